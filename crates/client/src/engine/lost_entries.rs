//! What a server lost of a conversation's log: this device finds out where that parts from what it has taken, tells the others,
//! and waits for the conversation to begin anew.

use sealpost_protocol::{
    ClientId, ConversationId, ProblemKind, Request,
    conversation::{ConversationKind, EntryBody, LogLost, LogRead, LogWindow, LossNoted},
    socket::from_cbor,
};

use super::{
    RequestFailure, Result,
    incoming::next_hash,
    purpose::{Purpose, Task},
    requests::Answered,
    turn::Turn,
};
use crate::store::{Conversation, Intent, Phase};

/// Those who found out that entries were lost reset the conversation within this time, each at a random moment, in
/// milliseconds.
pub(super) const RESET_SPREAD: u64 = 3_000;
/// Who only heard of it leaves it to them for so long, in milliseconds.
const RESET_PATIENCE: u64 = 10_000;
/// So far back in the log it is looked for where the server's begins to be another one, in entries; what was said after
/// that is said again.
pub(super) const LOOK_BACK: u64 = 100;

impl Turn<'_> {
    /// The server lacks an entry that this device has taken, or has another in its place.
    pub(super) fn entries_lost(&mut self, conversation: &Conversation) -> Result<()> {
        let id = conversation.id;
        tracing::warn!("the server lost entries; their conversation is to be reset");
        self.wait_for_reset(id)?;
        if self.may_reset(conversation)? {
            let at = self.now + self.jitter(RESET_SPREAD);
            self.memory.resets.insert(id, at);
        }
        Ok(())
    }

    pub(super) fn wait_for_reset(&mut self, id: ConversationId) -> Result<()> {
        self.store.set_phase(id, Phase::Lost)?;
        self.store.remove_join(id)?;
        // Perhaps someone has reset it already.
        self.memory.behind.insert(id);
        self.details_changed(id);
        self.attend(id);
        Ok(())
    }

    /// What the server said that it took from this device as entries `from` to `to` is not there, but for `but`: it is sent
    /// again. The log that this device has taken is still the server's.
    pub(super) fn acknowledged_lost(
        &mut self,
        id: ConversationId,
        range: (u64, u64),
        but: Option<ClientId>,
    ) -> Result<()> {
        for (client_id, content) in self.store.unconfirm_items(id, range, but)? {
            tracing::warn!("the server lost a message that it had taken; it is sent again");
            if self.store.outbox_find(id, client_id)?.is_none() {
                self.store.outbox_push(id, client_id, &Intent::Message(content.into()))?;
            }
            self.changed(id);
            self.attend(id);
        }
        Ok(())
    }

    /// The server told whether a conversation is to be reset, and up to where everyone knows the same log.
    pub(super) fn reset_wanted(&mut self, conversation: &Conversation, lost: Option<u64>) -> Result<()> {
        let id = conversation.id;
        match lost {
            Some(after) => self.memory.forks_told.insert(id, after),
            None => self.memory.forks_told.remove(&id),
        };
        if !conversation.phase.is_taking() {
            return Ok(());
        }
        if lost.is_none() {
            self.memory.resets.remove(&id);
        } else if !self.memory.resets.contains_key(&id) && self.may_reset(conversation)? {
            let at = self.now + RESET_PATIENCE + self.jitter(RESET_SPREAD);
            self.memory.resets.insert(id, at);
            self.wake_at(id, at);
        }
        Ok(())
    }

    /// Whether this device is to reset a conversation that it could go on with: others cannot.
    pub(super) fn reset_if_due(&mut self, conversation: &Conversation) -> Result<bool> {
        let due = self.memory.resets.get(&conversation.id).is_some_and(|at| *at <= self.now);
        if due {
            self.memory.lost_told.insert(conversation.id);
            self.wait_for_reset(conversation.id)?;
        }
        Ok(due)
    }

    pub(super) fn may_reset(&mut self, conversation: &Conversation) -> Result<bool> {
        let id = conversation.id;
        // Who is an admin may be another one for the server, by what it lost.
        let told = self.memory.resets_allowed.contains(&id);
        let may = told || conversation.kind == ConversationKind::Direct || self.is_admin(id)?;
        Ok(may && !self.memory.resets_refused.contains(&id))
    }

    pub(super) fn step_lost(&mut self, conversation: &Conversation) -> Result<()> {
        let id = conversation.id;
        if let Some(row) = self.store.join(id)? {
            let request: Request = from_cbor(&row.request)?;
            self.ask(request, Purpose::Reset(id));
        } else if self.memory.behind.contains(&id) {
            let after = conversation.applied_seq.saturating_sub(LOOK_BACK);
            self.ask(LogRead { conversation: id, after }, Purpose::Log { conversation: id, after, known: 0 });
        } else if let Some(hash) = conversation.applied_hash
            && self.memory.tell_lost_at.get(&id).is_none_or(|at| *at <= self.now)
            && self.memory.lost_told.insert(id)
        {
            let (seq, after) = (conversation.applied_seq, self.parted(conversation));
            let request = LogLost { conversation: id, seq, hash: hash.into(), after };
            self.ask(request, Purpose::LostTold(id));
        } else if self.may_reset(conversation)? {
            let at = *self.memory.resets.entry(id).or_insert(self.now);
            if at > self.now {
                self.wake_at(id, at);
            } else {
                self.begin_reset(conversation)?;
            }
        }
        Ok(())
    }

    /// Up to where this device knows the server's log, as far as it found out.
    pub(super) fn parted(&self, conversation: &Conversation) -> u64 {
        let back = conversation.applied_seq.saturating_sub(LOOK_BACK);
        self.memory.forks.get(&conversation.id).copied().unwrap_or(back)
    }

    pub(super) fn lost_told(&mut self, id: ConversationId, answer: Answered<LossNoted>) -> Result<()> {
        match answer {
            Err(RequestFailure::Problem(problem)) if problem.kind() == ProblemKind::NotFound => self.leave(id),
            Err(RequestFailure::Problem(problem)) if problem.kind() == ProblemKind::RateLimited => {
                // It was reset not long ago, which the log has; if that was another loss, it has to wait.
                self.memory.behind.insert(id);
                self.memory.lost_told.remove(&id);
                let at = self.now + problem.retry_after.map_or(RESET_PATIENCE, |seconds| u64::from(seconds) * 1000);
                self.memory.tell_lost_at.insert(id, at);
                self.wake_at(id, at);
                self.hold(Task::Conversation(id), None);
                Ok(())
            }
            Err(failure) => {
                self.memory.lost_told.remove(&id);
                self.hold(Task::Conversation(id), Some(&failure));
                Ok(())
            }
            Ok(noted) => {
                if noted.may_reset {
                    self.memory.resets_allowed.insert(id);
                }
                Ok(())
            }
        }
    }

    /// Whether the server has all that this device has taken, and nobody else misses something.
    pub(super) fn has_everything(&self, conversation: &Conversation) -> Result<bool> {
        let id = conversation.id;
        let same = self.memory.forks.get(&id) == Some(&conversation.applied_seq);
        Ok(same && !self.memory.forks_told.contains_key(&id) && self.store.join(id)?.is_none())
    }

    /// What the server said that made this device wait for a reset was not so.
    pub(super) fn nothing_lost(&mut self, conversation: &Conversation) -> Result<()> {
        let id = conversation.id;
        tracing::warn!("the server lost nothing after all");
        let leaves = self.store.outbox_has(id, &Intent::Leave)?;
        self.store.set_phase(id, if leaves { Phase::Leaving } else { Phase::Joined })?;
        self.memory.resets.remove(&id);
        self.memory.lost_told.remove(&id);
        self.memory.forks.remove(&id);
        self.memory.behind.insert(id);
        self.hold(Task::Conversation(id), None);
        self.details_changed(id);
        Ok(())
    }

    /// Finds the newest entry that is the same here and at the server.
    pub(super) fn compare_logs(&mut self, conversation: &Conversation, window: &LogWindow) -> Result<()> {
        let id = conversation.id;
        let pruned = window.pruned.iter().map(|pruned| (pruned.seq, &pruned.hash));
        let entries = window.entries.iter().map(|entry| (entry.seq, &entry.hash));
        for (seq, hash) in pruned.chain(entries).take_while(|(seq, _)| *seq <= conversation.applied_seq) {
            let same = self.store.log_hash(id, seq)?.is_some_and(|known| known == **hash);
            if same {
                self.memory.forks.insert(id, seq);
            } else {
                // At the latest there.
                self.memory.forks.entry(id).or_insert(seq.saturating_sub(1));
            }
        }
        let applied = conversation.applied_seq;
        let next = window.entries.iter().find(|entry| entry.seq == applied + 1 && entry.body != EntryBody::Blank {});
        if let (Some(next), Some(hash)) = (next, conversation.applied_hash)
            && next_hash(Some(&hash), next).is_some()
            && !self.begins_otherwise(id, next)?
        {
            // What follows shows it, too, where the server does not show this device what it knows from its Welcome.
            self.memory.forks.insert(id, applied);
        }
        Ok(())
    }

    /// Where the server's log ends before what was asked for, it is looked at further back. Gives whether it is.
    pub(super) fn look_further_back(&mut self, id: ConversationId, after: u64, last_seq: u64) -> bool {
        if last_seq < after {
            let after = last_seq.saturating_sub(LOOK_BACK);
            self.ask(LogRead { conversation: id, after }, Purpose::Log { conversation: id, after, known: 0 });
        }
        last_seq < after
    }
}
