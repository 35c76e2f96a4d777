//! A conversation of which the server lost entries goes on in a new MLS group: who may begins it, the others follow. What
//! was taken stays, and what this device sent and the server lost is sent again.

use sealpost_mls::{GroupId, Reset, Suite, Write, identity::ResetStatement};
use sealpost_protocol::{
    ConversationId, ProblemKind, Request,
    conversation::{Append, Appended, ConversationKind, Entry, EntryBody, LogAppend, LogRead, LogWindow, ResetUpload},
    socket::{from_cbor, to_cbor},
};

use super::{
    EngineError, RequestFailure, Result,
    lost_entries::{LOOK_BACK, RESET_SPREAD},
    members::At,
    purpose::{Purpose, Task},
    requests::{Answered, is_temporary},
    turn::Turn,
};
use crate::{
    snapshot::StopCause,
    store::{Conversation, Intent, JoinRow, Phase, Rekey, StoredNotice},
};

/// Who was put out by a reset is added again within this time, or joins by an external commit; in milliseconds.
const WELCOME_PATIENCE: u64 = 15_000;

impl Turn<'_> {
    /// Makes a new group with the roles of the one before, for the log to accept.
    pub(super) fn begin_reset(&mut self, conversation: &Conversation) -> Result<()> {
        let id = conversation.id;
        let Some(roles) = self.with_group(conversation, |_, group| group.roles())? else {
            // There is nothing to reset by here.
            return Ok(self.store.set_phase(id, Phase::Outside)?);
        };
        let (me, generation) = (self.me()?, conversation.generation + 1);
        let roles = match (roles?, conversation.kind) {
            (roles, ConversationKind::Group) => roles.with_admin(me, true),
            (roles, ConversationKind::Direct) => roles,
        };
        let suite = Suite::from_number(conversation.suite).ok_or(EngineError::Broken("an unknown suite"))?;
        let group = GroupId { conversation: id, generation };
        // Who knows no other log than the server's does not know where that of others is another one.
        let own = self.memory.forks.get(&id).copied().filter(|seq| *seq < conversation.applied_seq);
        let told = self.memory.forks_told.get(&id).copied();
        let after =
            own.into_iter().chain(told).min().unwrap_or_else(|| conversation.applied_seq.saturating_sub(LOOK_BACK));
        let times = (after, self.server_seconds());
        let members = self.store.present_members(id)?.into_iter().map(|(account, _)| account);
        let members: Vec<_> = members.chain([me]).collect();
        let made = self.with_context(|context| Reset::make(context, group, suite, &roles, members, times))??;
        let client_id = self.client_id();
        let upload = ResetUpload {
            statement: made.statement.to_bytes().into(),
            group_info: made.group_info.into(),
            ratchet_tree: made.ratchet_tree.into(),
        };
        let append = Append::Reset(upload);
        let request = Request::LogAppend(LogAppend { conversation: id, generation, epoch: 0, client_id, append });
        let row = JoinRow {
            client_id,
            request: to_cbor(&request)?,
            writes: to_cbor(&made.writes)?,
            base_seq: conversation.applied_seq,
            base_hash: conversation.applied_hash.unwrap_or_default(),
        };
        self.store.set_join(id, &row)?;
        self.ask(request, Purpose::Reset(id));
        Ok(())
    }

    pub(super) fn reset_answered(&mut self, id: ConversationId, answer: Answered<Appended>) -> Result<()> {
        let Some(row) = self.store.join(id)? else { return Ok(()) };
        let Some(conversation) = self.store.conversation(id)?.filter(|found| found.phase == Phase::Lost) else {
            return Ok(());
        };
        match answer {
            Ok(appended) => {
                let at = At { seq: appended.seq, time: appended.time };
                self.reset_accepted(&conversation, &row, at, None)
            }
            Err(RequestFailure::Lost) => Ok(()),
            Err(failure) if is_temporary(&failure) => {
                self.hold(Task::Conversation(id), Some(&failure));
                Ok(())
            }
            Err(RequestFailure::Problem(problem)) => {
                self.store.remove_join(id)?;
                match problem.kind() {
                    ProblemKind::NotFound => return self.leave(id),
                    // Someone was faster, or the log went on.
                    ProblemKind::StaleEpoch => {
                        let at = self.now + self.jitter(RESET_SPREAD);
                        self.memory.resets.insert(id, at);
                        self.memory.behind.insert(id);
                        self.hold(Task::Conversation(id), None);
                    }
                    _ => {
                        tracing::warn!(error = %problem, "a reset was refused");
                        self.memory.resets_refused.insert(id);
                        // If it was to begin a stopped conversation anew, that is stopped again.
                        self.memory.behind.insert(id);
                        self.hold(Task::Conversation(id), None);
                    }
                }
                Ok(())
            }
        }
    }

    /// The log has this device's new group: the others are added again before anything is said in it.
    fn reset_accepted(
        &mut self,
        conversation: &Conversation,
        row: &JoinRow,
        at: At,
        hash: Option<&[u8; 32]>,
    ) -> Result<()> {
        let id = conversation.id;
        let request: Request = from_cbor(&row.request)?;
        let Request::LogAppend(request) = request else { return Err(EngineError::Broken("a reset is no append")) };
        let writes: Vec<Write> = from_cbor(&row.writes)?;
        self.forget_group(conversation)?;
        sealpost_mls::apply(&writes, &self.store)?;
        self.store.remove_join(id)?;
        self.store.set(id, "generation", request.generation)?;
        let me = self.me()?;
        let (own, others): (Vec<_>, Vec<_>) =
            self.store.present_members(id)?.into_iter().partition(|(account, _)| *account == me);
        self.store.set_members(id, &own)?;
        self.store.set_rekey(id, Rekey::Nobody)?;
        self.enter(id, at.seq, hash)?;
        // Own other devices come with them.
        let (client_id, others) = (self.client_id(), others.into_iter().map(|(account, _)| account).collect());
        self.store.outbox_push_first(id, client_id, &Intent::Add(others))?;
        let Append::Reset(upload) = &request.append else { return Err(EngineError::Broken("not a reset")) };
        let statement = ResetStatement::from_bytes(&upload.statement)?;
        self.begun_anew(conversation, &statement, at)?;
        if self.store.group(id)?.record.is_some() {
            self.renew_state(id)?;
        }
        Ok(())
    }

    /// What both who resets a conversation and who follows do.
    fn begun_anew(&mut self, before: &Conversation, statement: &ResetStatement, at: At) -> Result<()> {
        let (id, by) = (before.id, statement.account);
        self.store.set(id, "reset_by", by.0)?;
        self.store.set(id, "reset_seq", at.seq)?;
        self.store.add_notice(id, at.seq, at.time, &StoredNotice::Reset { by })?;
        // From here on the log is another one than what was held of it.
        self.store.release_from(id, at.seq)?;
        self.store.hold_range(id, (at.seq, at.seq))?;
        self.memory.archiving.left_out = true;
        // Whatever it waited for is over.
        self.went_well(Task::Conversation(id));
        self.memory.resets.remove(&id);
        self.memory.lost_told.remove(&id);
        self.memory.resets_allowed.remove(&id);
        self.memory.forks_told.remove(&id);
        // Where this device's log parts from the others' may be before where theirs did.
        let own = self.memory.forks.remove(&id).filter(|seq| *seq < before.applied_seq);
        self.send_again(before, own.into_iter().chain([statement.after]).min().unwrap_or_default())?;
        self.details_changed(id);
        Ok(())
    }

    /// The reset in a window of the log, if there is one. Without one, where the log is still the one that this device knows.
    pub(super) fn find_reset(&mut self, conversation: &Conversation, window: &LogWindow) -> Result<()> {
        self.compare_logs(conversation, window)?;
        match self.next_reset(conversation, window)? {
            Some(entry) => self.take_reset(conversation, entry),
            None if self.has_everything(conversation)? => self.nothing_lost(conversation),
            None => self.read_on(window),
        }
    }

    /// The first reset in a window that begins a later generation and was not refused here.
    pub(super) fn next_reset<'w>(&self, at: &Conversation, window: &'w LogWindow) -> Result<Option<&'w Entry>> {
        for entry in &window.entries {
            let is_later = matches!(entry.body, EntryBody::Reset { .. }) && entry.generation > at.generation;
            if is_later && !self.is_refused(at, entry)? {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// A reset may come after what others said meanwhile.
    pub(super) fn read_on(&mut self, window: &LogWindow) -> Result<()> {
        let id = window.conversation;
        let read = window.entries.last().map_or(window.last_seq, |entry| entry.seq);
        if read < window.last_seq && self.is_free(Task::Conversation(id)) {
            let purpose = Purpose::Log { conversation: id, after: read, known: 0 };
            self.ask(LogRead { conversation: id, after: read }, purpose);
        }
        Ok(())
    }

    /// Follows whoever reset the conversation, if that was one who may.
    pub(super) fn take_reset(&mut self, conversation: &Conversation, entry: &Entry) -> Result<()> {
        let id = conversation.id;
        let Ok(hash) = <[u8; 32]>::try_from(entry.hash.as_ref()) else { return Ok(()) };
        if let Some(row) = self.store.join(id)?.filter(|row| row.client_id == entry.client_id) {
            return self.reset_accepted(conversation, &row, At::from(entry), Some(&hash));
        }
        let statement = ResetStatement::from_bytes(entry.body.message()).ok();
        let fits = |found: &ResetStatement| found.conversation == id && found.generation == entry.generation;
        let Some(statement) = statement.filter(|found| fits(found) && entry.epoch == 0) else {
            // Nobody signed that: the server tells it, and may tell something else later.
            tracing::warn!("a reset is none, and is read again");
            self.memory.behind.insert(id);
            self.hold(Task::Conversation(id), None);
            return Ok(());
        };
        // A leaf that is on no list counts for nothing here either; who is not known to be on one may have come since.
        let Some(key) = self.store.listed_key(statement.account, statement.device)? else {
            self.memory.behind.insert(id);
            if !self.ask_for_list_of(id, statement.account) {
                tracing::warn!("a conversation was reset by a device that is on no list");
                self.hold(Task::Conversation(id), None);
            }
            return Ok(());
        };
        let holds = self.with_group(conversation, |_, group| group.verify_reset(&statement, &key))?;
        if let Some(Err(violation)) = holds {
            tracing::warn!(error = %violation, "a reset breaks a rule");
            self.store.set_log_hash(id, entry.seq, &hash)?;
            return self.stop(id, entry.seq, StopCause::Rule);
        }
        if !statement.members.contains(&self.me()?) {
            return self.put_out_by_reset(conversation, entry, &statement);
        }
        self.forget_group(conversation)?;
        self.store.remove_join(id)?;
        self.store.set(id, "generation", entry.generation)?;
        self.store.set(id, "floor_epoch", None::<u64>)?;
        self.store.set(id, "epoch", None::<u64>)?;
        self.store.advance(id, entry.seq, Some(&hash))?;
        self.restart_outbox(id)?;
        self.begun_anew(conversation, &statement, At::from(entry))?;
        self.memory.behind.remove(&id);
        self.memory.due.stored = true;
        if self.store.welcome_for(id)?.is_some() {
            return self.be_welcomed(id);
        }
        self.store.set_phase(id, Phase::Expected)?;
        let at = self.now + WELCOME_PATIENCE + self.jitter(WELCOME_PATIENCE);
        self.memory.welcomes_due.insert(id, at);
        self.wake_at(id, at);
        self.attend(id);
        Ok(())
    }

    /// In what the server lost this person had been removed.
    fn put_out_by_reset(
        &mut self,
        conversation: &Conversation,
        entry: &Entry,
        statement: &ResetStatement,
    ) -> Result<()> {
        let (id, by) = (conversation.id, statement.account);
        self.store.advance(id, entry.seq, None)?;
        let notice = StoredNotice::Removed { by, people: vec![self.me()?] };
        self.store.add_notice(id, entry.seq, entry.time, &notice)?;
        self.memory.due.stored = true;
        self.put_out(id)
    }

    /// This device is in the new group of a conversation that was reset, if that is one; `conversation` is as it was before
    /// it joined. Gives whether it is.
    pub(super) fn followed_reset(&mut self, conversation: &Conversation, at: At) -> Result<bool> {
        let (id, known) = (conversation.id, self.store.members(conversation.id)?);
        // The server had lost that this device was in it, and with it the reset: it was told that it is not, or was added
        // again before it could be.
        let now = self.store.conversation(id)?.map_or(0, |now| now.generation);
        let unseen = (now > conversation.generation).then_some(conversation.applied_seq);
        let left_at = conversation.gone_at.or(unseen);
        if left_at.is_none() && conversation.reset_by.is_none() {
            return Ok(false);
        }
        self.store.set(id, "gone_at", None::<u64>)?;
        self.members_changed(id, None, at, 0, &[])?;
        let mut new = self.store.members(id)?;
        new.retain(|(account, _)| !known.iter().any(|(before, _)| before == account));
        // Nobody is told what was said before they came.
        if let Some(seq) = left_at.filter(|_| new.is_empty()) {
            self.send_again(conversation, seq.saturating_sub(LOOK_BACK))?;
        }
        let Some(by) = conversation.reset_by else { return Ok(false) };
        if !new.is_empty() {
            let people = new.into_iter().map(|(account, _)| account).collect();
            self.store.add_notice(id, at.seq, at.time, &StoredNotice::Added { by, people })?;
        }
        self.store.set(id, "reset_by", None::<[u8; 16]>)?;
        Ok(true)
    }
}
