//! What a commit changed in a group: its members, admins and policy as this device keeps and tells them.

use sealpost_mls::{GroupError, Member, Policy, Roles, Who};
use sealpost_protocol::{
    AccountId, ConversationId, Timestamp,
    conversation::{ConversationKind, Entry},
};

use super::{Result, turn::Turn};
use crate::{
    snapshot::StopCause,
    store::{Conversation, StoredNotice},
};

type Admins = Vec<(AccountId, bool)>;

/// Where something is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub seq: u64,
    pub time: Timestamp,
}

impl From<&Entry> for At {
    fn from(entry: &Entry) -> Self {
        Self { seq: entry.seq, time: entry.time }
    }
}

fn is_in(members: &Admins, account: AccountId) -> bool {
    members.iter().any(|(member, _)| *member == account)
}

/// Who is in `some` and not in `others`.
fn only_in(some: &Admins, others: &Admins) -> Vec<AccountId> {
    some.iter().map(|member| member.0).filter(|account| !is_in(others, *account)).collect()
}

impl Turn<'_> {
    /// Reads the members from the group anew and tells what changed. `by` is who changed them; without it this device has
    /// just joined and nothing is told. `added` leaves were added at once, and those who are gone of `left` left.
    pub(super) fn members_changed(
        &mut self,
        id: ConversationId,
        by: Option<AccountId>,
        at: impl Into<At>,
        added: usize,
        left: &[AccountId],
    ) -> Result<()> {
        let at = at.into();
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        let read = self.with_group(&conversation, |_, group| {
            Ok::<_, GroupError>((group.members()?, group.roles()?, group.own_leaf()))
        })?;
        let Some(read) = read else { return Ok(()) };
        let (leaves, roles, own_leaf) = read?;
        // Whoever came in by a commit is seen here for the first time, perhaps.
        if self.pin_all(&leaves)? {
            return self.stop(id, at.seq, StopCause::Identity);
        }
        let before = if at.seq == 1 { Vec::new() } else { self.store.members(id)? };
        let now = admins_of(&leaves, &roles);
        // Who is in again after a reset was in before.
        if conversation.reset_by.is_none() && !only_in(&now, &before).is_empty() {
            self.store.set(id, "grew_seq", at.seq)?;
        }
        self.keep_former_editors(id, &before, &now)?;
        self.store.set_members(id, &now)?;
        self.set_peer(&conversation, &roles)?;
        if let Some(by) = by
            && at.seq > 1
        {
            self.tell_members(id, by, at, &before, &now, left)?;
            self.tell_roles(id, by, at, &before, &now, roles.policy())?;
        }
        self.tell_successors(id, &only_in(&now, &before))?;
        self.keep_policy(&conversation, roles.policy())?;
        self.renew_state_if_due(&conversation)?;
        self.reconsider_state(id)?;
        self.group_grew(id, own_leaf, &leaves, added)?;
        self.memory.due.names = true;
        self.memory.cursors_wanted.insert(id);
        self.details_changed(id);
        Ok(())
    }

    /// Before the state was read: who could have written it.
    fn keep_former_editors(&mut self, id: ConversationId, before: &Admins, now: &Admins) -> Result<()> {
        let group = self.store.group(id)?;
        if group.record.is_some() {
            return Ok(());
        }
        let could_edit = |(_, admin): &&(AccountId, bool)| *admin || !group.edit_admins;
        let lost = before.iter().filter(could_edit).filter(|(account, _)| !now.contains(&(*account, true)));
        lost.map(|(account, _)| *account).try_for_each(|account| Ok(self.store.add_former_editor(id, account)?))
    }

    fn tell_members(
        &mut self,
        id: ConversationId,
        by: AccountId,
        at: At,
        before: &Admins,
        now: &Admins,
        left: &[AccountId],
    ) -> Result<()> {
        let people = only_in(now, before);
        if !people.is_empty() {
            self.store.add_notice(id, at.seq, at.time, &StoredNotice::Added { by, people })?;
        }
        let gone = only_in(before, now);
        if gone.is_empty() {
            return Ok(());
        }
        let (departed, people): (Vec<_>, Vec<_>) = gone.iter().partition(|account| left.contains(account));
        for account in &gone {
            self.store.remove_leaving(id, *account)?;
            self.make_sure_of(*account)?;
        }
        for person in departed {
            self.store.add_notice(id, at.seq, at.time, &StoredNotice::Departed { person })?;
        }
        if !people.is_empty() {
            self.store.add_notice(id, at.seq, at.time, &StoredNotice::Removed { by, people })?;
        }
        Ok(())
    }

    fn tell_roles(
        &mut self,
        id: ConversationId,
        by: AccountId,
        at: At,
        before: &Admins,
        now: &Admins,
        policy: Policy,
    ) -> Result<()> {
        for admin in [true, false] {
            let changed = |member: &&(AccountId, bool)| member.1 == admin && before.contains(&(member.0, !admin));
            let people: Vec<_> = now.iter().filter(changed).map(|member| member.0).collect();
            if !people.is_empty() {
                self.store.add_notice(id, at.seq, at.time, &StoredNotice::AdminsChanged { by, people, admin })?;
            }
        }
        let known = self.store.group(id)?;
        let known = [known.add_admins, known.edit_admins, known.post_admins];
        let group = self.store.conversation(id)?.is_some_and(|found| found.kind == ConversationKind::Group);
        if group && known != admins_only(policy) {
            self.store.add_notice(id, at.seq, at.time, &StoredNotice::PolicyChanged { by })?;
        }
        Ok(())
    }

    fn keep_policy(&mut self, conversation: &Conversation, policy: Policy) -> Result<()> {
        let [add, edit, post] = admins_only(policy);
        self.store.set_group(conversation.id, "add_admins", add)?;
        self.store.set_group(conversation.id, "edit_admins", edit)?;
        Ok(self.store.set_group(conversation.id, "post_admins", post)?)
    }

    /// The state is signed by someone who may change it: otherwise who joins later would not take it. An admin signs it anew
    /// when its writer has gone or may no longer.
    pub(super) fn renew_state_if_due(&mut self, conversation: &Conversation) -> Result<()> {
        let id = conversation.id;
        let Some(writer) = self.state_writer(id)? else { return Ok(()) };
        if self.may_edit(id, writer)? || !self.is_admin(id)? {
            return Ok(());
        }
        self.renew_state(id)
    }
}

fn admins_of(leaves: &[Member], roles: &Roles) -> Admins {
    let mut members: Admins = leaves.iter().map(|leaf| (leaf.account, roles.is_admin(leaf.account))).collect();
    members.sort();
    members.dedup();
    members
}

fn admins_only(policy: Policy) -> [bool; 3] {
    [policy.add, policy.edit, policy.post].map(|who| who == Who::Admins)
}
