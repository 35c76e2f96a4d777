//! Leaving a group: for the person it is over at once; the server is told when it can be. Also what is left of one that
//! this device was put out of.

use sealpost_mls::GroupError;
use sealpost_protocol::{
    AccountId, Bytes, ClientId, ConversationId, ProblemKind,
    account::Done,
    conversation::{ConversationKind, ConversationLeave},
};

use super::{
    RequestFailure, Result,
    conversations::Outcome,
    purpose::{Purpose, Task},
    requests::{Answered, is_temporary},
    turn::Turn,
};
use crate::{
    command::{Answer, Failure},
    snapshot::SendFailure,
    store::{Conversation, Due, Intent, OutboxRow, Phase, RolesChange, StoredNotice},
};

impl Turn<'_> {
    pub(super) fn leave_group(&mut self, at: ConversationId, successor: Option<AccountId>) -> Result<Outcome> {
        let conversation = match self.resolve(at)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        if conversation.kind != ConversationKind::Group {
            return Ok(Err(Failure::new("not-allowed", "only groups can be left")));
        }
        match conversation.phase {
            Phase::Joined => {}
            Phase::Stopped => return self.leave_stopped(&conversation),
            Phase::Left | Phase::Leaving => return Ok(Ok(Answer::Done)),
            Phase::Local => return self.drop_local_group(&conversation),
            Phase::Requested => return self.take_request_back(&conversation),
            _ => return Ok(Err(Failure::new("not-allowed", "this device is not in the group yet"))),
        }
        let successor = match self.successor(&conversation, successor)? {
            Ok(successor) => successor,
            Err(failure) => return Ok(Err(failure)),
        };
        if let Some(account) = successor {
            let id = self.client_id();
            let promotion = Intent::Roles(RolesChange::Admin { account, admin: true });
            self.store.outbox_push(conversation.id, id, &promotion)?;
        }
        let id = self.client_id();
        self.store.outbox_push(conversation.id, id, &Intent::Leave)?;
        self.store.set_phase(conversation.id, Phase::Leaving)?;
        self.details_changed(conversation.id);
        self.attend(conversation.id);
        Ok(Ok(Answer::Done))
    }

    /// Whom the last admin makes one before leaving, if there is anybody.
    fn successor(
        &mut self,
        at: &Conversation,
        named: Option<AccountId>,
    ) -> Result<std::result::Result<Option<AccountId>, Failure>> {
        let me = self.me()?;
        let is_alone = self.members_there(at.id)?.iter().all(|(account, _)| *account == me);
        if is_alone || self.missing_successor(at.id)?.is_none() {
            return Ok(Ok(None));
        }
        let members = self.members_there(at.id)?;
        let known = named.filter(|named| *named != me && members.iter().any(|(account, _)| account == named));
        Ok(match known {
            Some(successor) => Ok(Some(successor)),
            None => Err(Failure::new("not-allowed", "the last admin names another before leaving")),
        })
    }

    /// Someone who is made an admin before this account, the last one, can go.
    fn missing_successor(&mut self, id: ConversationId) -> Result<Option<AccountId>> {
        let me = self.me()?;
        let mut members = self.members_there(id)?;
        if members.iter().all(|(account, _)| *account == me) {
            // Nobody is there to be one, and yet the server lets no last admin go.
            members = self.store.present_members(id)?;
        }
        let mut others = members.iter().filter(|(account, _)| *account != me);
        let needed = members.contains(&(me, true)) && !others.clone().any(|(_, admin)| *admin);
        Ok(others.next().filter(|_| needed).map(|(account, _)| *account))
    }

    /// The server never had the group.
    fn drop_local_group(&mut self, conversation: &Conversation) -> Result<Outcome> {
        let id = conversation.id;
        if self.store.outbox_create(id)?.is_some_and(|row| row.sent.is_some()) {
            return Ok(Err(Failure::new("unavailable", "the group is being made; leave it in a moment")));
        }
        self.forget_group(conversation)?;
        self.store.remove_conversation(id)?;
        let gone = Failure::new("not-found", "the group was given up");
        self.answer_creating(id, &Err(gone));
        self.details_changed(id);
        Ok(Ok(Answer::Done))
    }

    /// Nothing else is done any more in a conversation that was stopped: what waits goes, and only the leaving is told.
    fn leave_stopped(&mut self, at: &Conversation) -> Result<Outcome> {
        if !self.store.outbox_has(at.id, &Intent::Leave)? {
            self.leave_only(at.id)?;
        }
        self.details_changed(at.id);
        Ok(Ok(Answer::Done))
    }

    /// Whatever waits to be done in a conversation goes, and leaving it takes its place.
    pub(super) fn leave_only(&mut self, id: ConversationId) -> Result<()> {
        self.store.outbox_forget(id)?;
        let client_id = self.client_id();
        self.store.outbox_push(id, client_id, &Intent::Leave)?;
        self.attend(id);
        Ok(())
    }

    /// Tells the server that the account leaves a conversation that was stopped, if it does. Gives whether it does.
    pub(super) fn leave_if_wanted(&mut self, at: &Conversation) -> Result<bool> {
        let head = self.store.outbox_head(at.id, Due::ALL)?;
        let Some(row) = head.filter(|row| row.intent == Intent::Leave) else { return Ok(false) };
        let statement = self.with_group(at, |context, group| {
            // A commit that was on its way is of no use any more.
            group.clear_pending_commit(context)?;
            group.leave_statement(context)
        })?;
        match statement {
            Some(Ok(statement)) => self.tell_leaving(at.id, &row, Bytes(statement.to_bytes()))?,
            Some(Err(GroupError::Store(error))) => return Err(error.into()),
            // This device cannot state it; for the person it is over all the same.
            None | Some(Err(_)) => self.has_left(at.id, Some(&Bytes(Vec::new())))?,
        }
        Ok(true)
    }

    fn tell_leaving(&mut self, at: ConversationId, row: &OutboxRow, statement: Bytes) -> Result<()> {
        let request = ConversationLeave { conversation: at, statement: statement.clone() };
        self.ask(request, Purpose::Leave { conversation: at, id: row.client_id, statement });
        Ok(())
    }

    /// States that the account leaves, and tells the server.
    pub(super) fn send_leave(&mut self, at: &Conversation, row: &OutboxRow) -> Result<()> {
        if let Some(account) = self.missing_successor(at.id)? {
            // The other admins have left since.
            let (id, promotion) = (self.client_id(), RolesChange::Admin { account, admin: true });
            self.store.outbox_push_first(at.id, id, &Intent::Roles(promotion))?;
            self.attend(at.id);
            return Ok(());
        }
        let statement = self.with_group(at, |context, group| group.leave_statement(context))?;
        // Without the group nothing can be stated: this device joins again, and then leaves.
        let Some(statement) = statement else { return self.rejoin(at) };
        self.tell_leaving(at.id, row, Bytes(statement?.to_bytes()))
    }

    pub(super) fn leave_answered(
        &mut self,
        id: ConversationId,
        client_id: ClientId,
        statement: &Bytes,
        answer: Answered<Done>,
    ) -> Result<()> {
        if self.store.outbox_find(id, client_id)?.is_none() {
            return Ok(());
        }
        let problem = match answer {
            Ok(_) => return self.has_left(id, Some(statement)),
            Err(RequestFailure::Lost) => return Ok(()),
            Err(failure) if is_temporary(&failure) => {
                self.hold(Task::Conversation(id), Some(&failure));
                return Ok(());
            }
            Err(RequestFailure::Problem(problem)) => problem,
        };
        let stopped = self.store.conversation(id)?.is_some_and(|found| found.phase == Phase::Stopped);
        if problem.kind() == ProblemKind::NotFound || stopped {
            // A stopped conversation is never brought up to date: it is over here whatever the server makes of it.
            return self.has_left(id, Some(statement));
        }
        // The statement does not hold where the server is, or this is the last admin there: this device is behind.
        self.memory.behind.insert(id);
        self.hold(Task::Conversation(id), None);
        Ok(())
    }

    /// The server knows. What the timeline shows stays.
    fn has_left(&mut self, id: ConversationId, statement: Option<&Bytes>) -> Result<()> {
        let me = self.me()?;
        if let Some(statement) = statement {
            self.store.add_leaving(id, me, statement)?;
        }
        self.store.remove_welcomes(id)?;
        self.put_out(id)
    }

    /// Whether this account has left, and was not removed from the group yet.
    pub(super) fn waits_to_be_removed(&mut self, id: ConversationId) -> Result<bool> {
        let me = self.me()?;
        Ok(self.store.leaving(id)?.iter().any(|(account, _)| *account == me))
    }

    /// The server takes nothing from this device any more: whether it was removed, the log says, as far as it may read it.
    pub(super) fn not_known(&mut self, id: ConversationId) -> Result<()> {
        self.memory.behind.insert(id);
        self.hold(Task::Conversation(id), None);
        Ok(())
    }

    /// This device was removed, or left: what it said before is not for those who are there when it is added again.
    pub(super) fn put_out(&mut self, id: ConversationId) -> Result<()> {
        self.leave(id)?;
        Ok(self.store.set(id, "gone_at", None::<u64>)?)
    }

    /// The conversation is not this device's any more, unless a Welcome leads back into it.
    pub(super) fn leave(&mut self, id: ConversationId) -> Result<()> {
        if self.store.welcome_for(id)?.is_some() {
            self.drop_group(id);
            self.be_welcomed(id)?;
            self.details_changed(id);
            return Ok(());
        }
        if let Some(conversation) = self.store.conversation(id)?
            && self.was_never_shown(&conversation)?
        {
            self.forget_group(&conversation)?;
            self.store.remove_conversation(id)?;
            self.details_changed(id);
            return Ok(());
        }
        let before = self.store.conversation(id)?.map(|conversation| conversation.phase);
        let took_part = matches!(before, Some(Phase::Joined | Phase::Lost)) && !self.waits_to_be_removed(id)?;
        self.store.set_phase(id, Phase::Left)?;
        self.store.remove_join(id)?;
        self.store.outbox_forget(id)?;
        self.memory.behind.remove(&id);
        if let Some(conversation) = self.store.conversation(id)? {
            if took_part {
                // Perhaps the server knows of this account all the same.
                self.memory.due.list = true;
                self.store.set(id, "gone_at", conversation.applied_seq)?;
            }
            self.store.add_notice(id, conversation.applied_seq, self.now, &StoredNotice::Left)?;
        }
        self.fail_messages(id, SendFailure::NotMember)?;
        self.details_changed(id);
        Ok(())
    }

    /// Whether a group came and went before there was anything of it to see, not even its name.
    fn was_never_shown(&self, conversation: &Conversation) -> Result<bool> {
        let nameless = conversation.kind == ConversationKind::Group && conversation.name.is_none();
        Ok(nameless && !self.store.has_messages(conversation.id)?)
    }
}
