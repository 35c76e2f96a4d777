//! Commits that remove people and change roles, and what follows a removal. Each is made anew from the present group on
//! every attempt, and dropped when the group is already as it is to be.

use std::collections::BTreeSet;

use sealpost_mls::{
    ADD_MAX, Group, GroupError, Member, Policy, Roles, Who,
    identity::{DELISTINGS_MAX, Delisting, LeaveStatement, RemovalProof, STATEMENTS_MAX},
};
use sealpost_protocol::{AccountId, Bytes, ConversationId, Problem};

use super::{Result, purpose::Task, turn::Turn};
use crate::store::{Conversation, Intent, OutboxRow, Phase, Rekey, RolesChange, StateChange};

/// What stands in the group's roles for "only admins may".
pub(super) fn who(admins_only: bool) -> Who {
    if admins_only { Who::Admins } else { Who::Members }
}

impl RolesChange {
    fn apply(self, roles: &Roles) -> Roles {
        match self {
            Self::Admin { account, admin } => roles.with_admin(account, admin),
            Self::Policy { add, edit, post } => {
                roles.with_policy(Policy { add: who(add), edit: who(edit), post: who(post) })
            }
        }
    }
}

/// What a device in a group commits to: who is to go, with what proof.
struct Removal {
    leaves: Vec<u32>,
    proofs: Vec<RemovalProof>,
}

impl Removal {
    /// These accounts, as far as they are members: at most as many leaves as one commit removes.
    fn of(group: &Group, accounts: &[AccountId], own: AccountId) -> std::result::Result<Self, GroupError> {
        let members = group.members()?.into_iter();
        let gone = members.filter(|member| member.account != own && accounts.contains(&member.account));
        let leaves = gone.map(|member| member.leaf_index).take(ADD_MAX).collect();
        Ok(Self { leaves, proofs: Vec::new() })
    }

    /// Whoever left, with all leaves, and devices that their accounts list no longer, as far as the proofs hold.
    fn of_left(
        group: &Group,
        mut statements: Vec<LeaveStatement>,
        delistings: Vec<Delisting>,
        own: AccountId,
    ) -> std::result::Result<Self, GroupError> {
        statements.retain(|statement| statement.account != own && group.verify_leave(statement).is_ok());
        statements.truncate(STATEMENTS_MAX);
        let left = |account| statements.iter().any(|statement| statement.account == account);
        let leaves = group.members()?.into_iter().filter(|member| left(member.account));
        let mut leaves: BTreeSet<u32> = leaves.map(|member| member.leaf_index).collect();
        let mut proofs: Vec<_> = statements.iter().cloned().map(RemovalProof::Leave).collect();
        let delistings = delistings.into_iter().filter(|delisting| !left(delisting.list().account));
        for delisting in delistings {
            let delisted = group.delisted(&delisting)?;
            if !delisted.is_empty() && proofs.len() < statements.len() + DELISTINGS_MAX {
                leaves.extend(delisted);
                proofs.push(RemovalProof::Delisting(delisting));
            }
        }
        leaves.remove(&group.own_leaf());
        Ok(Self { leaves: leaves.into_iter().collect(), proofs })
    }
}

impl Turn<'_> {
    pub(super) fn send_removal(&mut self, at: &Conversation, row: &OutboxRow, accounts: &[AccountId]) -> Result<()> {
        let me = self.me()?;
        self.commit_removal(at, row, |group| Removal::of(group, accounts, me))
    }

    pub(super) fn send_removal_of_left(&mut self, at: &Conversation, row: &OutboxRow) -> Result<()> {
        let me = self.me()?;
        let known = self.store.leaving(at.id)?;
        let statements = known.iter().filter_map(|(_, statement)| LeaveStatement::from_bytes(statement).ok()).collect();
        let delistings = self.store.delistings(at.id)?;
        let delistings = delistings.iter().filter_map(|proof| Delisting::from_bytes(proof).ok()).collect();
        self.commit_removal(at, row, |group| Removal::of_left(group, statements, delistings, me))
    }

    fn commit_removal(
        &mut self,
        at: &Conversation,
        row: &OutboxRow,
        removal: impl FnOnce(&Group) -> std::result::Result<Removal, GroupError>,
    ) -> Result<()> {
        let Some(removal) = self.with_group(at, |_, group| removal(group))? else { return self.rejoin(at) };
        let Removal { leaves, proofs } = removal?;
        if leaves.is_empty() {
            if row.intent == Intent::RemoveLeft {
                self.forget_leaving(at.id)?;
            }
            return self.intent_is_met(at.id, row);
        }
        if row.intent != Intent::RemoveLeft && !self.is_admin(at.id)? {
            return self.refuse_change(at.id, row, false);
        }
        let made = self.with_group(at, |context, group| group.remove(context, &leaves, &proofs))?;
        self.send_commit(at, row, made)
    }

    /// The leaves of a conversation as they are here.
    pub(super) fn leaves(&mut self, at: &Conversation) -> Result<Vec<Member>> {
        let leaves = self.with_group(at, |_, group| group.members())?;
        Ok(leaves.transpose()?.unwrap_or_default())
    }

    /// An own commit removed who is not among these leaves any more: those of them whom their accounts do not list stay out.
    pub(super) fn note_put_out(&mut self, at: &Conversation, before: &[Member]) -> Result<()> {
        if before.is_empty() {
            return Ok(());
        }
        let delistings = self.store.delistings(at.id)?;
        let delistings: Vec<_> = delistings.iter().filter_map(|proof| Delisting::from_bytes(proof).ok()).collect();
        let stay: BTreeSet<_> = self.leaves(at)?.into_iter().map(|member| member.device).collect();
        let gone = before.iter().filter(|member| !stay.contains(&member.device));
        for member in gone.filter(|member| delistings.iter().any(|delisting| delisting.takes(&member.credential))) {
            self.store.add_put_out(at.id, member.device)?;
        }
        Ok(())
    }

    /// Own devices were revoked: their leaves go now, whether or not somebody says something.
    pub(super) fn remove_revoked(&mut self) -> Result<()> {
        let me = self.me()?;
        for id in self.store.delisted_somewhere(me)? {
            if self.store.conversation(id)?.is_some_and(|found| found.phase == Phase::Joined) {
                self.remove_left_first(id)?;
            }
        }
        Ok(())
    }

    fn forget_leaving(&mut self, id: ConversationId) -> Result<()> {
        for (account, _) in self.store.leaving(id)? {
            self.store.remove_leaving(id, account)?;
        }
        Ok(self.store.forget_delistings(id)?)
    }

    /// This device came into a group anew: of those who had left it while it was in, some may have been removed and added again.
    pub(super) fn forget_stale_statements(&mut self, id: ConversationId) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        for (account, bytes) in self.store.leaving(id)? {
            let statement = LeaveStatement::from_bytes(&bytes).ok();
            let holds = self.with_group(&conversation, |_, group| {
                statement.is_some_and(|statement| group.verify_leave(&statement).is_ok())
            })?;
            if holds == Some(false) {
                self.store.remove_leaving(id, account)?;
            }
        }
        Ok(())
    }

    pub(super) fn send_roles(&mut self, at: &Conversation, row: &OutboxRow, change: RolesChange) -> Result<()> {
        let roles = self.with_group(at, |_, group| {
            let (roles, members) = (group.roles()?, group.members()?);
            let next = change.apply(&roles);
            let is_member = match change {
                RolesChange::Admin { account, .. } => members.iter().any(|member| member.account == account),
                RolesChange::Policy { .. } => true,
            };
            Ok::<_, GroupError>((is_member && next != roles).then_some(next))
        })?;
        let Some(roles) = roles else { return self.rejoin(at) };
        let Some(roles) = roles? else { return self.intent_is_met(at.id, row) };
        if !self.is_admin(at.id)? {
            return self.refuse_change(at.id, row, false);
        }
        let made = self.with_group(at, |context, group| group.set_roles(context, &roles))?;
        self.send_commit(at, row, made)
    }

    /// The group is already as the intent wants it, or whom it is about has gone.
    fn intent_is_met(&mut self, id: ConversationId, row: &OutboxRow) -> Result<()> {
        self.store.outbox_remove(row.position)?;
        self.details_changed(id);
        self.attend(id);
        Ok(())
    }

    /// The log has this device's removal: whoever went must not read the state any more. The new key is the first message
    /// of the new epoch, and the state is written under it.
    pub(super) fn renew_key(&mut self, at: &Conversation) -> Result<()> {
        let Some(at) = &self.store.conversation(at.id)? else { return Ok(()) };
        let unread = at.state_known > 0 && self.store.group(at.id)?.record.is_none();
        if unread || at.conversation_key.is_none() || self.memory.signing_out.is_some() {
            // What the state says could not be written under the new one: it is read first. Who signs out could not tell it.
            return Ok(self.store.set_rekey(at.id, Rekey::ThisDevice)?);
        }
        let key: [u8; 32] = self.random();
        self.store.set_group(at.id, "previous_key", at.conversation_key)?;
        self.share_conversation_key(at.id, &key)?;
        self.store.set_rekey(at.id, Rekey::Nobody)?;
        self.drop_key_messages(at.id)?;
        let content = Bytes(self.key_message(at.id, &key)?);
        let (renewal, message) = (self.client_id(), self.client_id());
        if !self.lacks_key(at) {
            // Otherwise it is written again by those who could read it.
            self.store.outbox_push_first(at.id, renewal, &Intent::State(StateChange::Renew))?;
        }
        Ok(self.store.outbox_push_first(at.id, message, &Intent::Change(content))?)
    }

    /// The key of a conversation, or its state, is known here now: a new key may be due, for which that was missing.
    pub(super) fn renew_key_if_due(&mut self, id: ConversationId) -> Result<()> {
        match self.store.conversation(id)? {
            Some(at) if self.store.group(id)?.rekey_by == Rekey::ThisDevice => self.renew_key(&at),
            _ => Ok(()),
        }
    }

    /// Someone left a group. Whoever wants to send there next removes them first; until then it is remembered.
    pub(super) fn someone_leaves(&mut self, id: ConversationId, statement: &[u8]) -> Result<()> {
        let known = self.store.conversation(id)?.is_some();
        if !known || LeaveStatement::from_bytes(statement).is_err() {
            return Ok(());
        }
        // Without them everyone else may have everything.
        self.memory.cursors_wanted.insert(id);
        if !self.take_statement(id, statement)? {
            let early = self.memory.early_statements.entry(id).or_default();
            if early.len() < STATEMENTS_MAX && !early.iter().any(|known| known == statement) {
                early.push(statement.to_vec());
            }
        }
        self.attend(id);
        Ok(())
    }

    /// Looks again at statements that came before the part of the log that they are about.
    pub(super) fn take_early_statements(&mut self, id: ConversationId) -> Result<()> {
        for statement in self.memory.early_statements.remove(&id).unwrap_or_default() {
            if !self.take_statement(id, &statement)? {
                self.memory.early_statements.entry(id).or_default().push(statement);
            }
        }
        Ok(())
    }

    /// Keeps a leave statement that holds in the group as it is here. Gives whether it does.
    fn take_statement(&mut self, id: ConversationId, bytes: &[u8]) -> Result<bool> {
        // Who left is not added again by who begins it anew.
        let knows = |phase: Phase| phase.is_taking() || matches!(phase, Phase::Stopped | Phase::Lost);
        let Some(conversation) = self.store.conversation(id)?.filter(|found| knows(found.phase)) else {
            return Ok(false);
        };
        let Ok(statement) = LeaveStatement::from_bytes(bytes) else { return Ok(false) };
        let holds = self.with_group(&conversation, |_, group| group.verify_leave(&statement).is_ok())?;
        if holds != Some(true) {
            return Ok(false);
        }
        self.store.add_leaving(id, statement.account, bytes)?;
        self.details_changed(id);
        if statement.account == self.me()? {
            // On another own device.
            self.leave(id)?;
        }
        Ok(true)
    }

    /// Whether a list that leaves devices of this conversation out is the account's, as far as is known.
    pub(super) fn may_delist(&mut self, at: &Conversation, delisting: &Delisting) -> Result<bool> {
        let account = delisting.list().account;
        let root = self.leaves(at)?.into_iter().find(|member| member.account == account);
        match root.map(|member| member.credential.root_public_key) {
            Some(root) => Ok(self.store.may_be_list(&root, delisting.list())?),
            None => Ok(false),
        }
    }

    /// Keeps a list that leaves out devices which are in the group as it is here. Gives whether it does.
    fn take_delisting(&mut self, id: ConversationId, delisting: &Delisting) -> Result<bool> {
        let Some(conversation) = self.store.conversation(id)?.filter(|found| found.phase.is_taking()) else {
            return Ok(false);
        };
        let delisted = self.with_group(&conversation, |_, group| group.delisted(delisting))?.transpose()?;
        let any = delisted.is_some_and(|leaves| !leaves.is_empty()) && self.may_delist(&conversation, delisting)?;
        if any {
            self.store.add_delisting(id, delisting.list().account, &delisting.to_bytes())?;
        }
        Ok(any)
    }

    /// Nothing is taken here before who left, and who is not listed any more, is removed.
    pub(super) fn removals_pending(&mut self, id: ConversationId, problem: &Problem) -> Result<()> {
        let mut any = false;
        for proof in &problem.removals {
            any |= match RemovalProof::from_bytes(proof) {
                Ok(RemovalProof::Leave(_)) => self.take_statement(id, proof)?,
                Ok(RemovalProof::Delisting(delisting)) => self.take_delisting(id, &delisting)?,
                Err(_) => false,
            };
        }
        if any {
            self.remove_left_first(id)?;
        } else {
            // This device is behind, perhaps, or the server shows what does not hold.
            self.memory.behind.insert(id);
            self.hold(Task::Conversation(id), None);
        }
        Ok(())
    }

    /// Before a message: gives whether someone who left, or a device that is not listed any more, has to be removed first.
    pub(super) fn must_remove_first(&mut self, at: &Conversation) -> Result<bool> {
        let me = self.me()?;
        let others = self.store.leaving(at.id)?.iter().any(|(account, _)| *account != me)
            || !self.store.delistings(at.id)?.is_empty();
        if others {
            self.remove_left_first(at.id)?;
        }
        Ok(others)
    }

    fn remove_left_first(&mut self, id: ConversationId) -> Result<()> {
        // One that waits already may stand behind what cannot be sent before it.
        if !self.store.outbox_bring_first(id, &Intent::RemoveLeft)? {
            let client_id = self.client_id();
            self.store.outbox_push_first(id, client_id, &Intent::RemoveLeft)?;
        }
        self.attend(id);
        Ok(())
    }
}
