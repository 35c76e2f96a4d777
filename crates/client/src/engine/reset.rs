//! A conversation of which the server lost entries goes on in a new MLS group: who may begins it, the others follow. What
//! was taken stays, and what this device sent and the server lost is sent again.

use sealpost_mls::{GroupId, Reset, Suite, Write, identity::ResetStatement};
use sealpost_protocol::{
    ClientId, ConversationId, ProblemKind, Request,
    conversation::{
        Append, Appended, ConversationKind, Entry, EntryBody, LogAppend, LogLost, LogRead, LogWindow, LossNoted,
        ResetUpload,
    },
    socket::{from_cbor, to_cbor},
};

use super::{
    EngineError, RequestFailure, Result,
    incoming::next_hash,
    members::At,
    purpose::{Purpose, Task},
    requests::{Answered, is_temporary},
    turn::Turn,
};
use crate::{
    snapshot::StopCause,
    store::{Conversation, Intent, JoinRow, Phase, Rekey, StoredNotice},
};

/// Those who found out that entries were lost reset the conversation within this time, each at a random moment, in
/// milliseconds.
const RESET_SPREAD: u64 = 3_000;
/// Who only heard of it leaves it to them for so long, in milliseconds.
const RESET_PATIENCE: u64 = 10_000;
/// Who was put out by a reset is added again within this time, or joins by an external commit; in milliseconds.
const WELCOME_PATIENCE: u64 = 15_000;
/// So far back in the log it is looked for where the server's begins to be another one, in entries; what was said after
/// that is said again.
const LOOK_BACK: u64 = 100;

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

    fn wait_for_reset(&mut self, id: ConversationId) -> Result<()> {
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

    fn may_reset(&mut self, conversation: &Conversation) -> Result<bool> {
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
    fn parted(&self, conversation: &Conversation) -> u64 {
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
        self.store.release_from(id, at.seq)?;
        self.memory.archiving.left_out = true;
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

    /// Whether the server has all that this device has taken, and nobody else misses something.
    fn has_everything(&self, conversation: &Conversation) -> Result<bool> {
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
    fn compare_logs(&mut self, conversation: &Conversation, window: &LogWindow) -> Result<()> {
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
        self.store.release_from(id, entry.seq)?;
        self.memory.archiving.left_out = true;
        self.store.hold_range(id, (entry.seq, entry.seq))?;
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
