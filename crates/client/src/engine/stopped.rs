//! A conversation that was stopped, since something in its log is against the rules: nothing of it is taken or sent any
//! more, but for who leaves and a reset. Whoever may begins it anew, the person leaves it, or the server shows another log after all.

use sealpost_protocol::{
    ConversationId,
    conversation::{ConversationKind, Entry, LogRead, LogWindow},
};

use super::{Result, conversations::Outcome, purpose::Purpose, turn::Turn};
use crate::{
    command::{Answer, Failure},
    snapshot::{SendFailure, StopCause},
    store::{Conversation, Intent, Phase, StoredNotice},
};

impl Turn<'_> {
    /// A rule was broken: nothing is taken or sent here any more. It is told as of now: what the refused entry says of its
    /// time is not taken either.
    pub(super) fn stop(&mut self, id: ConversationId, seq: u64, cause: StopCause) -> Result<()> {
        tracing::warn!(?cause, "a conversation was stopped");
        self.store.set_phase(id, Phase::Stopped)?;
        self.store.remove_join(id)?;
        self.memory.behind.remove(&id);
        self.store.add_notice(id, seq, self.server_time(), &StoredNotice::Stopped { cause })?;
        // It stopped there again: that it goes on is not so any more.
        self.store.remove_notice(id, seq, &StoredNotice::WentOn)?;
        self.fail_messages(id, SendFailure::Stopped)?;
        if self.store.outbox_has(id, &Intent::Leave)? {
            // What was to be done before leaving is not done any more.
            self.leave_only(id)?;
        }
        self.details_changed(id);
        Ok(())
    }

    pub(super) fn step_stopped(&mut self, stopped: &Conversation) -> Result<()> {
        let (id, after) = (stopped.id, stopped.applied_seq);
        if !self.leave_if_wanted(stopped)? && self.memory.behind.contains(&id) {
            self.ask(LogRead { conversation: id, after }, Purpose::Log { conversation: id, after, known: 0 });
        }
        Ok(())
    }

    /// Follows whoever began the conversation anew, and goes on where the entry that was refused is not in the log.
    pub(super) fn look_at_stopped(&mut self, stopped: &Conversation, window: &LogWindow) -> Result<()> {
        let id = stopped.id;
        if self.store.outbox_has(id, &Intent::Leave)? {
            return Ok(());
        }
        while let Some(reset) = self.next_reset(stopped, window)? {
            self.take_reset(stopped, reset)?;
            let is_stopped = self.store.conversation(id)?.is_some_and(|found| found.phase == Phase::Stopped);
            if !is_stopped || !self.is_refused(stopped, reset)? {
                return Ok(());
            }
        }
        if let Some(seq) = self.store.first_refused(id, stopped.applied_seq)? {
            let shown = window.entries.iter().find(|entry| entry.seq == seq);
            let is_there = match shown {
                Some(entry) => self.is_refused(stopped, entry)?,
                None => window.last_seq >= seq,
            };
            if !is_there {
                return self.go_on(stopped, seq);
            }
        }
        self.read_on(window)
    }

    /// Whether this is an entry that this device has refused: of what it has not taken it knows the running hash.
    pub(super) fn is_refused(&self, at: &Conversation, entry: &Entry) -> Result<bool> {
        let known = self.store.log_hash(at.id, entry.seq)?;
        Ok(entry.seq > at.applied_seq && known.is_some_and(|known| *entry.hash == known))
    }

    fn go_on(&mut self, stopped: &Conversation, refused: u64) -> Result<()> {
        let id = stopped.id;
        tracing::warn!("the server does not show any more what a conversation was stopped for");
        self.store.forget_log_hashes_after(id, stopped.applied_seq)?;
        self.store.set_phase(id, Phase::Joined)?;
        self.store.add_notice(id, refused, self.server_time(), &StoredNotice::WentOn)?;
        self.memory.behind.insert(id);
        self.memory.due.stored = true;
        self.details_changed(id);
        self.attend(id);
        Ok(())
    }

    /// The person begins a stopped conversation anew: in a new group, without what was refused.
    pub(super) fn begin_anew(&mut self, at: ConversationId) -> Result<Outcome> {
        let stopped = match self.resolve(at)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        if stopped.phase != Phase::Stopped || self.store.outbox_has(at, &Intent::Leave)? {
            return Ok(Err(Failure::new("not-allowed", "only a chat that was stopped is begun anew")));
        }
        if stopped.kind == ConversationKind::Group && !self.is_admin(stopped.id)? {
            return Ok(Err(Failure::new("not-allowed", "only admins begin a group anew")));
        }
        if stopped.epoch.is_none() {
            return Ok(Err(Failure::new("not-allowed", "this device does not know who is in the chat")));
        }
        if self.memory.resets_refused.contains(&stopped.id) {
            return Ok(Err(Failure::new("not-allowed", "the server did not let this device begin it anew")));
        }
        if !self.is_connected() {
            return Ok(Err(Failure::offline()));
        }
        self.store.set_phase(stopped.id, Phase::Lost)?;
        // The server did not lose anything: it is not told so.
        self.memory.lost_told.insert(stopped.id);
        self.begin_reset(&stopped)?;
        self.details_changed(stopped.id);
        self.attend(stopped.id);
        Ok(Ok(Answer::Done))
    }
}
