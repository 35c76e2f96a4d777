//! Who is in a group.

use sealpost_protocol::{AccountId, DeviceId};

use crate::{Group, GroupError, identity::Credential, rules};

/// A leaf of a group: one device of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its place in the tree.
    pub leaf_index: u32,
    /// Whose device.
    pub account: AccountId,
    /// Which device.
    pub device: DeviceId,
    /// Its MLS signature key, Ed25519.
    pub signature_key: [u8; 32],
    /// Its credential, verified against the signature key. The root key in it is for the caller to compare.
    pub credential: Credential,
}

impl Member {
    pub(crate) fn new(leaf_index: u32, signature_key: [u8; 32], credential: Credential) -> Self {
        Self { leaf_index, account: credential.account, device: credential.device, signature_key, credential }
    }
}

impl Group {
    /// The members, by leaf.
    pub fn members(&self) -> Result<Vec<Member>, GroupError> {
        Ok(rules::members(self.mls.public_group())?)
    }

    /// The member at a leaf.
    pub fn member(&self, leaf_index: u32) -> Result<Member, GroupError> {
        let index = openmls::prelude::LeafNodeIndex::new(leaf_index);
        let leaf = self.mls.public_group().leaf(index).ok_or(GroupError::UnknownLeaf(leaf_index))?;
        Ok(rules::member(index, leaf)?)
    }
}
