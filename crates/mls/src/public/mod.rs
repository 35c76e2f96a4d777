//! The server's view of a group: what is public of it, followed commit by commit.
//!
//! Holds no secret, so it cannot check confirmation tags or path ciphertexts; clients do. It checks the same rules of
//! membership as they (see [`crate::Change`]) and that what joiners will need fits the commit.

mod check;
mod store;
mod welcome;

use std::sync::Arc;

use openmls::prelude::{MlsMessageBodyIn, MlsMessageIn, ProposalStore, PublicGroup};
use sha2::{Digest, Sha256};

pub use check::{CheckedCommit, CommitUpload};
pub use welcome::trim_welcome;

use crate::{
    GroupId, Member, MemoryStore, PublicError, Roles, Suite,
    provider::crypto,
    rules,
    storage::Storage,
    wire::{self, GroupInfoMessage, from_tls, to_tls},
};

/// The public part of a group at one epoch. Never changes: a checked commit gives the next view. Cloning is cheap.
#[derive(Clone)]
pub struct PublicView {
    group: Arc<PublicGroup>,
    id: GroupId,
    suite: Suite,
    roles: Roles,
    group_info: Arc<[u8]>,
    ratchet_tree: Arc<[u8]>,
}

impl PublicView {
    /// Verifies everything of a group that is seen for the first time: its `GroupInfo` (a serialised `MLSMessage`) and
    /// its `ratchet_tree`, every signature and every credential. How many members a new group has is for the caller.
    pub fn new(group_info: &[u8], ratchet_tree: &[u8]) -> Result<Self, PublicError> {
        check::at_most("GroupInfo", group_info.len(), crate::GROUP_INFO_MAX)?;
        let message: MlsMessageIn = from_tls(group_info).map_err(|_| PublicError::Malformed("GroupInfo"))?;
        let MlsMessageBodyIn::GroupInfo(verifiable) = message.extract() else {
            return Err(PublicError::Malformed("GroupInfo"));
        };
        let plain = GroupInfoMessage::read(group_info).map_err(|_| PublicError::Malformed("GroupInfo"))?;
        if !plain.is_plain() {
            return Err(PublicError::GroupInfo("external_pub is its only extension"));
        }
        let tree = wire::ratchet_tree(ratchet_tree).map_err(|_| PublicError::Malformed("ratchet tree"))?;
        let memory = MemoryStore::new();
        let storage = Storage::new(&memory);
        let (group, _) = PublicGroup::from_external(crypto(), &storage, tree, verifiable, ProposalStore::new())
            .map_err(|error| PublicError::InvalidGroup(error.into()))?;
        rules::verify_tree(&group)?;
        Self::of(group, group_info.into())
    }

    /// The view that [`Self::group_info`] and [`Self::ratchet_tree`] of an earlier view describe. They are trusted: they
    /// must come from a view. Unlike [`Self::new`] this does not depend on the time.
    pub fn restore(group_info: &[u8], ratchet_tree: &[u8]) -> Result<Self, PublicError> {
        Self::of(store::rebuild(group_info, ratchet_tree)?, group_info.into())
    }

    fn of(group: PublicGroup, group_info: Arc<[u8]>) -> Result<Self, PublicError> {
        let tree = to_tls(&group.export_ratchet_tree()).map_err(|_| PublicError::Malformed("ratchet tree"))?;
        Ok(Self {
            id: GroupId::from_bytes(group.group_id().as_slice()).ok_or(PublicError::NotSealpost)?,
            suite: Suite::from_number(group.ciphersuite() as u16).ok_or(PublicError::NotSealpost)?,
            roles: rules::roles(group.group_context()).map_err(|_| PublicError::NotSealpost)?,
            group: Arc::new(group),
            group_info,
            ratchet_tree: tree.into(),
        })
    }

    /// Which group.
    pub fn id(&self) -> GroupId {
        self.id
    }

    /// Its ciphersuite.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// Its epoch.
    pub fn epoch(&self) -> u64 {
        self.group.group_context().epoch().as_u64()
    }

    /// Its roles.
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    /// Its members, by leaf.
    pub fn members(&self) -> Result<Vec<Member>, PublicError> {
        Ok(rules::members(&self.group)?)
    }

    /// The `GroupInfo` of this epoch (a serialised `MLSMessage`), for external joins and for [`Self::restore`].
    pub fn group_info(&self) -> &[u8] {
        &self.group_info
    }

    /// The serialised `ratchet_tree` of this epoch.
    pub fn ratchet_tree(&self) -> &[u8] {
        &self.ratchet_tree
    }

    /// SHA-256 of [`Self::ratchet_tree`], by which it is named. (Not the `tree_hash` of RFC 9420.)
    pub fn tree_hash(&self) -> [u8; 32] {
        Sha256::digest(&self.ratchet_tree).into()
    }
}

#[cfg(test)]
mod tests;
