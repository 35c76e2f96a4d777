//! Joining: by the Welcome of someone who added this device, or by an external commit of its own.

use sealpost_mls::{ExternalJoin, GroupId, JoinError, Joined, Write, external, join};
use sealpost_protocol::{
    Bytes, ConversationId, ProblemKind, Request, Timestamp,
    account::Done,
    conversation::{
        Append, Appended, CommitUpload, EntryBody, GroupInfoAnswer, GroupInfoRead, HashedEntry, Inbox,
        InboxAcknowledge, InboxWelcome, LogAppend, LogPosition, LogWindow, Tree, TreeRead,
    },
    socket::{from_cbor, to_cbor},
};

use super::{
    EngineError, RequestFailure, Result,
    members::At,
    purpose::{Purpose, Task},
    requests::{Answered, is_temporary},
    turn::Turn,
};
use crate::{
    snapshot::StopCause,
    store::{Conversation, Intent, JoinRow, Phase, Rekey, StoredNotice},
};

impl Turn<'_> {
    pub(super) fn take_inbox(&mut self, inbox: Inbox) -> Result<()> {
        for welcome in &inbox.welcomes {
            self.memory.inbox_seen = self.memory.inbox_seen.max(welcome.number);
            self.take_welcome(welcome)?;
        }
        Ok(())
    }

    fn take_welcome(&mut self, welcome: &InboxWelcome) -> Result<()> {
        let id = welcome.conversation;
        let Some(conversation) = self.store.conversation(id)? else {
            self.add_known(id, welcome.kind, welcome.suite, Phase::Welcomed)?;
            self.store.add_welcome(welcome)?;
            return self.be_welcomed(id);
        };
        match conversation.phase {
            Phase::Expected | Phase::Outside | Phase::Left | Phase::Requested | Phase::Welcomed => {
                self.store.add_welcome(welcome)?;
                self.be_welcomed(id)
            }
            // Whoever reset the conversation adds this device: the log is to show it first.
            Phase::Lost => {
                self.store.add_welcome(welcome)?;
                self.memory.behind.insert(id);
                self.attend(id);
                Ok(())
            }
            // It was begun anew, as the log is to show.
            Phase::Stopped if welcome.position.generation > conversation.generation => {
                self.store.add_welcome(welcome)?;
                self.memory.behind.insert(id);
                self.attend(id);
                Ok(())
            }
            // It was removed and added again, as the log is to show: kept until then.
            Phase::Joined | Phase::Leaving if welcome.position.last_seq > conversation.applied_seq => {
                self.store.add_welcome(welcome)?;
                self.store.server_has(id, welcome.position.last_seq)?;
                self.expect_push();
                Ok(())
            }
            // This device takes part already, or must not.
            Phase::Local | Phase::Joined | Phase::Leaving | Phase::Stopped | Phase::Superseded => Ok(()),
        }
    }

    /// A Welcome that is here is to be used.
    pub(super) fn be_welcomed(&mut self, id: ConversationId) -> Result<()> {
        self.memory.welcomes_due.remove(&id);
        self.store.set_phase(id, Phase::Welcomed)?;
        self.store.remove_asked(id)?;
        if let Some(session) = self.session()? {
            self.store.remove_leaving(id, session.account)?;
        }
        self.store.remove_join(id)?;
        self.memory.behind.remove(&id);
        self.attend(id);
        Ok(())
    }

    /// The server does not show this device what follows what it has taken: it was removed and added again since.
    pub(super) fn added_again(&mut self, conversation: &Conversation) -> Result<()> {
        let id = conversation.id;
        let epoch = self.with_group(conversation, |_, group| group.epoch())?;
        self.drop_group(id);
        self.store.set(id, "floor_epoch", epoch.max(conversation.floor_epoch))?;
        if self.store.welcome_for(id)?.is_some() {
            self.be_welcomed(id)?;
        } else {
            self.store.set_phase(id, Phase::Expected)?;
            self.memory.behind.remove(&id);
            self.attend(id);
        }
        self.details_changed(id);
        Ok(())
    }

    /// The inbox is read as a whole: where no Welcome came, the device joins by itself.
    pub(super) fn inbox_read(&mut self, answer: Answered<Inbox>) -> Result<()> {
        match answer {
            Ok(inbox) => {
                self.memory.due.inbox = false;
                self.take_inbox(inbox)?;
                for id in self.store.in_phase(Phase::Expected)? {
                    if self.memory.welcomes_due.get(&id).is_some_and(|at| *at > self.now) {
                        continue;
                    }
                    self.store.set_phase(id, Phase::Outside)?;
                    self.attend(id);
                }
            }
            Err(failure) => self.hold(Task::Inbox, Some(&failure)),
        }
        Ok(())
    }

    /// Lets the server forget the Welcomes that were used.
    pub(super) fn pump_inbox_told(&mut self) -> Result<()> {
        let used = match self.store.first_welcome()? {
            Some(first) => self.memory.inbox_seen.min(first.saturating_sub(1)),
            None => self.memory.inbox_seen,
        };
        if used > self.memory.inbox_told && self.is_free(Task::InboxTold) {
            self.ask(InboxAcknowledge { number: used }, Purpose::InboxTold(used));
        }
        Ok(())
    }

    pub(super) fn inbox_told(&mut self, number: u64, answer: Answered<Done>) -> Result<()> {
        match answer {
            Ok(_) => self.memory.inbox_told = number,
            Err(failure) => self.hold(Task::InboxTold, Some(&failure)),
        }
        Ok(())
    }

    pub(super) fn step_welcome(&mut self, conversation: &Conversation) -> Result<()> {
        let id = conversation.id;
        match self.store.welcome_for(id)? {
            Some(welcome) => {
                let purpose = Purpose::Tree { conversation: id, tree: welcome.tree.clone() };
                self.ask(TreeRead { conversation: id, tree: welcome.tree }, purpose);
            }
            None => {
                self.store.set_phase(id, Phase::Outside)?;
                self.attend(id);
            }
        }
        Ok(())
    }

    /// The tree that a Welcome named was read, or is not there.
    pub(super) fn tree_read(&mut self, id: ConversationId, asked: &Bytes, answer: Answered<Tree>) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)?.filter(|found| found.phase == Phase::Welcomed) else {
            return Ok(());
        };
        let Some(welcome) = self.store.welcome_for(id)? else { return Ok(()) };
        if welcome.tree != *asked {
            // A later Welcome came meanwhile: its tree is asked for next.
            self.attend(id);
            return Ok(());
        }
        let tree = match answer {
            Ok(tree) => tree.ratchet_tree,
            Err(failure) if is_temporary(&failure) => {
                self.hold(Task::Conversation(id), Some(&failure));
                return Ok(());
            }
            // The tree is gone: the Welcome is of no use any more.
            Err(_) => return self.welcome_useless(id),
        };
        self.drop_group(id);
        let joined = self.attempt(|turn| {
            Ok(match turn.with_context(|context| join::from_welcome(context, &welcome.welcome, &tree))? {
                Err(JoinError::Store(error)) => return Err(error.into()),
                // It replaced the group of another conversation, or leads back into an epoch that was seen: undone.
                Ok(joined) if !fits(&joined, &conversation) => Err(JoinError::NotSealpost),
                joined => joined,
            })
        })?;
        // The key package is used up, whatever came of it.
        self.memory.key_packages_left = None;
        match joined {
            Ok(joined) => self.joined_by_welcome(&conversation, &welcome, joined),
            Err(error) => {
                tracing::warn!(error = %error, "a Welcome could not be used; joining by external commit");
                self.welcome_useless(id)
            }
        }
    }

    fn welcome_useless(&mut self, id: ConversationId) -> Result<()> {
        self.store.remove_welcomes(id)?;
        self.store.set_phase(id, Phase::Outside)?;
        Ok(())
    }

    fn joined_by_welcome(&mut self, conversation: &Conversation, welcome: &InboxWelcome, joined: Joined) -> Result<()> {
        let id = conversation.id;
        let (seq, sender) = (welcome.position.last_seq, joined.sender.account);
        let generation = joined.group.id().generation;
        if generation != conversation.generation {
            self.forget_group(conversation)?;
        }
        self.store.set(id, "generation", generation)?;
        self.keep_group(joined.group);
        // Who removed someone before may have a new key on the way.
        self.store.set_rekey(id, Rekey::Unknown)?;
        if self.pin_all(&joined.members)? {
            return self.stop(id, seq, StopCause::Identity);
        }
        if let Some(key) = joined.conversation_key {
            self.share_conversation_key(id, &key)?;
        }
        let hash = <[u8; 32]>::try_from(welcome.hash.as_ref()).ok();
        self.enter(id, seq, hash.as_ref())?;
        if self.followed_reset(conversation, At { seq, time: welcome.time })? {
            return Ok(());
        }
        let me = self.me()?;
        let notice = if sender == me {
            StoredNotice::DeviceJoined
        } else if seq <= 1 {
            StoredNotice::Created { by: sender }
        } else {
            StoredNotice::Added { by: sender, people: vec![me] }
        };
        self.store.add_notice(id, seq, welcome.time, &notice)?;
        self.gaps_closed(id)?;
        if sender != me {
            self.added_by(conversation, sender)?;
        }
        let added = joined.members.len();
        self.members_changed(id, None, At { seq, time: welcome.time }, added, &[])
    }

    /// The device takes part from an entry on.
    pub(super) fn enter(&mut self, id: ConversationId, seq: u64, hash: Option<&[u8; 32]>) -> Result<()> {
        // Who left before it was known that this device is out still wants to.
        let leaves = self.store.outbox_has(id, &Intent::Leave)?;
        self.store.set_phase(id, if leaves { Phase::Leaving } else { Phase::Joined })?;
        self.store.remove_welcomes(id)?;
        self.store.set(id, "floor_epoch", None::<u64>)?;
        self.store.set(id, "lists_due", true)?;
        self.note_epoch(id)?;
        self.forget_stale_statements(id)?;
        self.store.advance(id, seq, hash)?;
        self.store.hold_range(id, (seq, seq))?;
        self.archive_soon(id)?;
        self.restart_outbox(id)?;
        self.store.set(id, "sends", 0)?;
        self.store.set(id, "healed", self.now)?;
        self.memory.due.stored = true;
        // What was sent meanwhile was not taken.
        self.memory.behind.insert(id);
        self.attend(id);
        Ok(())
    }

    /// What is to be done by commits is made anew after the device joined anew: under other ids, because the log may have
    /// taken what this device has not seen.
    pub(super) fn restart_outbox(&mut self, id: ConversationId) -> Result<()> {
        for row in self.store.outbox_restart(id)? {
            let next = self.client_id();
            self.store.outbox_replace(row.position, next, &row.intent)?;
        }
        Ok(())
    }

    pub(super) fn step_external(&mut self, conversation: &Conversation) -> Result<()> {
        let id = conversation.id;
        match self.store.join(id)? {
            Some(join) => {
                let request: Request = from_cbor(&join.request)?;
                self.ask(request, Purpose::Join(id));
            }
            None => self.ask(GroupInfoRead { conversation: id }, Purpose::GroupInfo(id)),
        }
        Ok(())
    }

    pub(super) fn group_info_read(&mut self, id: ConversationId, answer: Answered<GroupInfoAnswer>) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)?.filter(|found| found.phase == Phase::Outside) else {
            return Ok(());
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) => return self.join_refused(id, &failure),
        };
        // Never into an epoch that was seen before: the join leads to the one after the server's.
        let same = answer.position.generation <= conversation.generation;
        if same && conversation.floor_epoch.is_some_and(|floor| answer.position.epoch < floor) {
            self.hold(Task::Conversation(id), None);
            return Ok(());
        }
        let made = self.with_context(|context| external::commit(context, &answer.group_info, &answer.ratchet_tree))?;
        match made {
            Ok(made) => self.send_join(&conversation, &answer, made),
            Err(JoinError::Store(error)) => Err(error.into()),
            Err(JoinError::Rule(violation)) => {
                tracing::warn!(error = %violation, "a conversation is not to be joined yet");
                self.memory.not_in_group.insert(id);
                self.hold_patiently(Task::Conversation(id));
                Ok(())
            }
            Err(error) => {
                tracing::warn!(error = %error, "a conversation could not be joined");
                self.hold(Task::Conversation(id), None);
                Ok(())
            }
        }
    }

    /// Who was added meanwhile need not wait any longer.
    pub(super) fn look_for_adds(&mut self, window: &LogWindow) {
        let id = window.conversation;
        let commits = window.entries.iter().any(|entry| matches!(entry.body, EntryBody::Commit { .. }));
        if commits && self.memory.not_in_group.remove(&id) {
            self.went_well(Task::Conversation(id));
            self.attend(id);
        }
    }

    fn send_join(&mut self, conversation: &Conversation, answer: &GroupInfoAnswer, made: ExternalJoin) -> Result<()> {
        let id = conversation.id;
        let LogPosition { generation, epoch, .. } = answer.position;
        if made.id != (GroupId { conversation: id, generation }) || made.epoch_after != epoch + 1 {
            tracing::warn!("the server offered the group of another conversation or epoch");
            self.hold(Task::Conversation(id), None);
            return Ok(());
        }
        if self.is_another_key(&made.members)? {
            // Nothing of it was taken: it may have been one lie, and the person learns why this takes its time.
            tracing::warn!("the server offered a group in which a member has another root key");
            let notice = StoredNotice::Stopped { cause: StopCause::Identity };
            self.store.add_notice(id, answer.position.last_seq, self.now, &notice)?;
            self.details_changed(id);
            self.hold(Task::Conversation(id), None);
            return Ok(());
        }
        let Ok(base_hash) = <[u8; 32]>::try_from(answer.hash.as_ref()) else {
            self.hold(Task::Conversation(id), None);
            return Ok(());
        };
        let client_id = self.client_id();
        let upload = CommitUpload { commit: made.commit.into(), welcome: None, group_info: made.group_info.into() };
        let request = Request::LogAppend(LogAppend {
            conversation: id,
            generation: answer.position.generation,
            epoch: answer.position.epoch,
            client_id,
            append: Append::Commit(upload),
        });
        let row = JoinRow {
            client_id,
            request: to_cbor(&request)?,
            writes: to_cbor(&made.writes)?,
            base_seq: answer.position.last_seq,
            base_hash,
        };
        self.store.set_join(id, &row)?;
        self.ask(request, Purpose::Join(id));
        Ok(())
    }

    pub(super) fn join_answered(&mut self, id: ConversationId, answer: Answered<Appended>) -> Result<()> {
        let Some(row) = self.store.join(id)? else { return Ok(()) };
        if self.store.conversation(id)?.is_none_or(|found| found.phase != Phase::Outside) {
            return Ok(());
        }
        match answer {
            Ok(appended) => self.joined_by_commit(id, &row, appended),
            Err(RequestFailure::Lost) => Ok(()),
            Err(failure) if is_temporary(&failure) => {
                self.hold(Task::Conversation(id), Some(&failure));
                Ok(())
            }
            Err(failure) => {
                // The conversation has moved on, or the commit is not good enough: a new one is made.
                self.store.remove_join(id)?;
                self.join_refused(id, &failure)
            }
        }
    }

    fn join_refused(&mut self, id: ConversationId, failure: &RequestFailure) -> Result<()> {
        if matches!(failure, RequestFailure::Problem(problem) if problem.kind() == ProblemKind::NotFound) {
            return self.leave(id);
        }
        if *failure != RequestFailure::Lost {
            self.hold(Task::Conversation(id), Some(failure));
        }
        Ok(())
    }

    fn joined_by_commit(&mut self, id: ConversationId, row: &JoinRow, appended: Appended) -> Result<()> {
        let writes: Vec<Write> = from_cbor(&row.writes)?;
        sealpost_mls::apply(&writes, &self.store)?;
        self.drop_group(id);
        self.store.remove_join(id)?;
        let request: Request = from_cbor(&row.request)?;
        let Request::LogAppend(request) = request else { return Err(EngineError::Broken("a join is not an append")) };
        let Some(before) = self.store.conversation(id)? else { return Ok(()) };
        let (at, missed) = (At { seq: appended.seq, time: appended.time }, self.missed(&before, appended)?);
        if before.generation != request.generation {
            self.forget_group(&before)?;
        }
        self.store.set(id, "generation", request.generation)?;
        let hash = hash_after(row, &request, appended.seq, appended.time);
        self.enter(id, appended.seq, hash.as_ref())?;
        if let Some(notice) = &missed {
            self.store.add_notice(id, at.seq, at.time, notice)?;
        }
        if self.followed_reset(&before, at)? {
            return self.gaps_closed(id);
        }
        if missed.is_none() {
            self.store.add_notice(id, at.seq, at.time, &StoredNotice::DeviceJoined)?;
        }
        self.gaps_closed(id)?;
        self.members_changed(id, None, at, 0, &[])
    }

    /// What is told of a join by a device that was in the conversation before: it has not got what was said meanwhile.
    fn missed(&self, before: &Conversation, appended: Appended) -> Result<Option<StoredNotice>> {
        let seq = before.applied_seq;
        if seq == 0 || appended.seq == seq + 1 {
            return Ok(None);
        }
        let from = self.store.time_at(before.id, seq)?;
        Ok(from.map(|from| StoredNotice::Missed { from, until: appended.time, after: Some(seq) }))
    }
}

/// The running hash at the own commit, if nothing came between it and what it was made on.
fn hash_after(row: &JoinRow, request: &LogAppend, seq: u64, time: Timestamp) -> Option<[u8; 32]> {
    let Append::Commit(upload) = &request.append else { return None };
    let body = EntryBody::Commit { message: upload.commit.clone() };
    let (client_id, generation, epoch) = (request.client_id, request.generation, request.epoch);
    let entry = HashedEntry { seq, client_id, time, generation, epoch, body: &body };
    (seq == row.base_seq + 1).then(|| entry.running_hash(&row.base_hash))
}

/// Whether a Welcome leads into this conversation, above every epoch that this device was in.
fn fits(joined: &Joined, conversation: &Conversation) -> bool {
    let group = &joined.group;
    let (id, floor) = (group.id(), conversation.floor_epoch);
    let is_later = id.generation > conversation.generation || floor.is_none_or(|floor| group.epoch() > floor);
    id.conversation == conversation.id && id.generation >= conversation.generation && is_later
}
