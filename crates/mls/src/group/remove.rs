//! Removing devices, and leaving: a member asks by a signed statement to be removed, because MLS lets nobody remove
//! themselves.

use std::collections::HashSet;

use sealpost_protocol::AccountId;

use super::commit::{Changes, CommitBundle, read_leaves};
use crate::{
    Context, Group, GroupError, RuleViolation,
    identity::{Delisting, LeaveStatement, RemovalProof, is_carried},
    rules,
};

impl Group {
    /// Commits to removing the leaves. Nothing sent after it can be read by them. The commit stays pending.
    ///
    /// It carries `proofs`, with which anyone may remove all leaves of who left and those of devices that are not listed any
    /// more. Who is removed with all leaves is an admin no longer.
    ///
    /// # Errors
    /// [`GroupError::CommitPending`], [`GroupError::UnknownLeaf`], [`GroupError::TooManyProofs`], or OpenMLS's refusal
    /// of removing the own leaf.
    pub fn remove(
        &mut self,
        context: &Context<'_>,
        leaves: &[u32],
        proofs: &[RemovalProof],
    ) -> Result<CommitBundle, GroupError> {
        if !is_carried(proofs) {
            return Err(GroupError::TooManyProofs);
        }
        let remove = read_leaves(self, leaves)?;
        let roles = self.roles()?;
        let after = rules::without_admins(&roles, &self.gone(leaves, proofs, context.credential.account)?);
        let extensions = if after == roles { None } else { Some(after.context_extensions()?) };
        self.commit(context, Changes { remove, extensions, update: true, proofs, ..Default::default() })
    }

    /// Who is no member without these leaves, as far as `own` may say that they are no admins then.
    fn gone(&self, leaves: &[u32], proofs: &[RemovalProof], own: AccountId) -> Result<Vec<AccountId>, GroupError> {
        let members = self.members()?;
        let stay: HashSet<_> =
            members.iter().filter(|member| !leaves.contains(&member.leaf_index)).map(|member| member.account).collect();
        let admin = self.roles()?.is_admin(own);
        let left = |account| {
            proofs.iter().any(|proof| matches!(proof, RemovalProof::Leave(statement) if statement.account == account))
        };
        let mut gone: Vec<_> = members.iter().map(|member| member.account).collect();
        gone.sort_unstable();
        gone.dedup();
        gone.retain(|account| !stay.contains(account) && (admin || left(*account)));
        Ok(gone)
    }

    /// States that this device's account leaves the group, with all its devices. It holds until this device's leaf gets
    /// other keys.
    ///
    /// # Errors
    /// [`GroupError::CommitPending`]: its commit may change the leaf.
    pub fn leave_statement(&self, context: &Context<'_>) -> Result<LeaveStatement, GroupError> {
        if self.has_pending_commit() {
            return Err(GroupError::CommitPending);
        }
        let leaf = self.mls.own_leaf_node().ok_or_else(|| GroupError::UnknownLeaf(self.own_leaf()))?;
        let who = (context.credential.account, context.credential.device);
        let place = (self.id.conversation, self.id.generation, self.epoch());
        Ok(LeaveStatement::sign(place, who, context.device_key, &rules::leaf_key(leaf)?))
    }

    /// Whether a leave statement holds in this epoch: its signer's leaf is in the tree, as it was when it signed.
    pub fn verify_leave(&self, statement: &LeaveStatement) -> Result<(), RuleViolation> {
        rules::verify_statement(self.mls.public_group(), statement)
    }

    /// The leaves that anyone may remove because this list of their account leaves out their devices: none if it does not
    /// hold in this epoch. One leaf of each account stays.
    ///
    /// # Errors
    /// When the tree cannot be read.
    pub fn delisted(&self, delisting: &Delisting) -> Result<Vec<u32>, GroupError> {
        let Ok(mut leaves) = rules::verify_delisting(self.mls.public_group(), delisting) else { return Ok(Vec::new()) };
        let own = self.members()?.iter().filter(|member| member.account == delisting.list().account).count();
        if own == leaves.len() {
            leaves.pop();
        }
        Ok(leaves)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::{
        ProcessError, Processed,
        testing::{Chat, Person, each_suite},
    };

    #[test]
    fn a_removed_device_knows_and_reads_nothing_more() {
        each_suite(|suite| {
            let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
            let mut chat = Chat::of_admin(suite, &alice, &[&bob, &carol]);
            let bundle = chat.make(0, |group, context| group.remove(context, &[1], &[]));
            let (mut of_bob, bob) = (chat.group(1), chat.devices.remove(1));
            let Processed::Commit(received) = bob.run(|context| of_bob.process(context, &bundle.commit)).unwrap()
            else {
                unreachable!("a commit")
            };
            assert!(received.self_removed);
            bob.run(|context| of_bob.merge(context, *received)).unwrap();
            assert!(!chat.group_of(&bob).is_active());
            chat.accept(0, &bundle).unwrap();
            chat.assert_agreed();

            let mut group = chat.group(0);
            let secret = chat.devices[0].run(|context| group.encrypt(context, b"without bob")).unwrap();
            let read = bob.run(|context| of_bob.process(context, &secret));
            assert!(read.is_err_and(|error| !matches!(error, ProcessError::Malformed)));
            assert!(bob.run(|context| of_bob.encrypt(context, b"hello?")).is_err());
        });
    }
}
