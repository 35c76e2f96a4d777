//! A device's view of one MLS group: the state, what it holds, and its operations, one file each.
//!
//! State is stored after every operation, through the context's store; nothing is kept that a reload would miss.

mod add;
mod commit;
mod create;
mod encrypt;
pub mod external;
mod group_info;
pub mod join;
mod members;
mod process;
mod remove;
mod reset;
mod roles;
mod update;

use openmls::prelude::{MIXED_PLAINTEXT_WIRE_FORMAT_POLICY, MlsGroup, MlsGroupJoinConfig, SenderRatchetConfiguration};
use sealpost_protocol::ConversationId;
use sha2::{Digest, Sha256};

pub use commit::CommitBundle;
pub use external::ExternalJoin;
pub use join::Joined;
pub use members::Member;
pub use process::{Processed, ReceivedCommit};
pub use reset::Reset;
pub(crate) use roles::ROLES_EXTENSION;
pub use roles::{Policy, Roles, Who};

use crate::{Context, GroupError, StoreError, Suite, rules};

/// Private-use extension type of the conversation key in a Welcome's GroupInfo.
pub(crate) const CONVERSATION_KEY_EXTENSION: u16 = 0xF5EB;

/// A sender may be this many messages ahead of what a device has seen: messages that the log refused leave gaps.
const FORWARD_DISTANCE_MAX: u32 = 10_000;
/// The log may order so many messages of one sender otherwise than it made them. Small, because the keys are kept.
const OUT_OF_ORDER_MAX: u32 = 16;

/// Names an MLS group: one generation of a conversation.
///
/// As MLS `group_id`: the 16 bytes of the conversation, then the generation in 8 bytes, big endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GroupId {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Which MLS group of it, from 1.
    pub generation: u64,
}

impl GroupId {
    /// The 24 bytes of the MLS `group_id`.
    pub fn to_bytes(self) -> [u8; 24] {
        let mut bytes = [0; 24];
        let (conversation, generation) = bytes.split_at_mut(16);
        conversation.copy_from_slice(self.conversation.as_bytes());
        generation.copy_from_slice(&self.generation.to_be_bytes());
        bytes
    }

    /// The group that these bytes name, if they are 24.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (conversation, generation) = bytes.split_at_checked(16)?;
        Some(Self {
            conversation: ConversationId::from_slice(conversation)?,
            generation: u64::from_be_bytes(generation.try_into().ok()?),
        })
    }

    fn to_openmls(self) -> openmls::prelude::GroupId {
        openmls::prelude::GroupId::from_slice(&self.to_bytes())
    }
}

/// A group that the device is or was a member of.
pub struct Group {
    mls: MlsGroup,
    id: GroupId,
    suite: Suite,
    /// SHA-256 of the pending commit.
    pending: Option<[u8; 32]>,
}

impl Group {
    fn new(mls: MlsGroup, pending: Option<[u8; 32]>) -> Option<Self> {
        let id = GroupId::from_bytes(mls.group_id().as_slice())?;
        let suite = Suite::from_number(mls.ciphersuite() as u16)?;
        Some(Self { mls, id, suite, pending })
    }

    /// Loads the group, if the store has it.
    pub fn load(context: &Context<'_>, id: GroupId) -> Result<Option<Self>, GroupError> {
        let storage = &context.provider.storage;
        let loaded = MlsGroup::load(storage, &id.to_openmls());
        let loaded = loaded.map_err(|error| context.failed(error, |error| GroupError::Mls(error.into())))?;
        let Some(mls) = loaded else { return Ok(None) };
        let pending = storage.pending_commit(&id.to_bytes())?;
        Self::new(mls, pending).map(Some).ok_or(GroupError::NotSealpost)
    }

    /// Forgets the group.
    pub fn delete(mut self, context: &Context<'_>) -> Result<(), GroupError> {
        let storage = &context.provider.storage;
        storage.set_pending_commit(&self.id.to_bytes(), None)?;
        self.mls.delete(storage).map_err(|error| context.failed(error, |error| GroupError::Mls(error.into())))
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
        self.mls.epoch().as_u64()
    }

    /// The device's own leaf.
    pub fn own_leaf(&self) -> u32 {
        self.mls.own_leaf_index().u32()
    }

    /// Whether the device is still a member.
    pub fn is_active(&self) -> bool {
        self.mls.is_active()
    }

    /// Whether a commit of this device waits for the log's answer.
    pub fn has_pending_commit(&self) -> bool {
        self.mls.pending_commit().is_some()
    }

    /// Whether `commit` is the pending commit: then [`Self::merge_pending_commit`] applies it.
    pub fn commit_is_own(&self, commit: &[u8]) -> bool {
        self.has_pending_commit() && self.pending == Some(Sha256::digest(commit).into())
    }

    /// Applies the pending commit, when the log has accepted it.
    pub fn merge_pending_commit(&mut self, context: &Context<'_>) -> Result<(), GroupError> {
        if !self.has_pending_commit() {
            return Err(GroupError::NoCommitPending);
        }
        let merged = self.mls.merge_pending_commit(&context.provider);
        merged.map_err(|error| context.failed(error, |error| GroupError::Mls(error.into())))?;
        Ok(self.set_pending(context, None)?)
    }

    /// Drops the pending commit, when the log has refused it. Nothing happens if there is none.
    pub fn clear_pending_commit(&mut self, context: &Context<'_>) -> Result<(), GroupError> {
        let storage = &context.provider.storage;
        let cleared = self.mls.clear_pending_commit(storage);
        cleared.map_err(|error| context.failed(error, |error| GroupError::Mls(error.into())))?;
        Ok(self.set_pending(context, None)?)
    }

    fn set_pending(&mut self, context: &Context<'_>, hash: Option<[u8; 32]>) -> Result<(), StoreError> {
        context.provider.storage.set_pending_commit(&self.id.to_bytes(), hash.as_ref())?;
        self.pending = hash;
        Ok(())
    }

    /// The group's roles.
    pub fn roles(&self) -> Result<Roles, GroupError> {
        Ok(rules::roles(self.mls.public_group().group_context())?)
    }
}

/// How every Sealpost group is run, joined or created.
fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(MIXED_PLAINTEXT_WIRE_FORMAT_POLICY)
        .padding_size(0)
        .max_past_epochs(0)
        .number_of_resumption_psks(0)
        .use_ratchet_tree_extension(false)
        .sender_ratchet_configuration(sender_ratchet())
        .build()
}

fn sender_ratchet() -> SenderRatchetConfiguration {
    SenderRatchetConfiguration::new(OUT_OF_ORDER_MAX, FORWARD_DISTANCE_MAX)
}
