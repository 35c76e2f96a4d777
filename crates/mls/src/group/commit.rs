//! Making a commit, whatever it changes: proposals by value, the Welcome of those it adds, and the GroupInfo of the new
//! epoch. The commit stays pending until the log has answered.

use openmls::prelude::{
    Extension, Extensions, GroupContext, KeyPackage, LeafNodeIndex, LeafNodeParameters, OpenMlsProvider as _,
    UnknownExtension,
};
use sha2::{Digest, Sha256};

use super::CONVERSATION_KEY_EXTENSION;
use crate::{
    CONVERSATION_KEY_LEN, Context, Group, GroupError,
    identity::{RemovalProof, encode_proofs},
    key_package,
    wire::{GroupInfoMessage, to_tls},
};

/// A commit with what its epoch's joiners need. All are serialised `MLSMessage`s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitBundle {
    /// `PublicMessage` with the commit.
    pub commit: Vec<u8>,
    /// `Welcome` for everyone who is added, if someone is.
    pub welcome: Option<Vec<u8>>,
    /// `GroupInfo` of the new epoch with `external_pub`, without a tree and without the conversation key.
    pub group_info: Vec<u8>,
    /// The epoch that the commit begins.
    pub epoch_after: u64,
}

/// What a commit is to change.
#[derive(Default)]
pub(super) struct Changes<'a> {
    pub add: Vec<KeyPackage>,
    pub remove: Vec<LeafNodeIndex>,
    pub extensions: Option<Extensions<GroupContext>>,
    pub update: bool,
    /// Why those among `remove` may be removed by anyone.
    pub proofs: &'a [RemovalProof],
    /// For those who are added.
    pub conversation_key: Option<&'a [u8; CONVERSATION_KEY_LEN]>,
}

impl Group {
    pub(super) fn commit(&mut self, context: &Context<'_>, changes: Changes<'_>) -> Result<CommitBundle, GroupError> {
        if self.has_pending_commit() {
            return Err(GroupError::CommitPending);
        }
        let key = changes.conversation_key;
        let bundle = self.stage(context, changes).map_err(|error| match context.provider.storage.failure() {
            Some(failure) => failure.into(),
            None => error,
        })?;
        let (commit, welcome, group_info) = bundle.into_messages();
        let commit = to_tls(&commit).map_err(malformed)?;
        let group_info = to_tls(&group_info.ok_or(GroupError::NotSealpost)?).map_err(malformed)?;
        self.set_pending(context, Some(Sha256::digest(&commit).into()))?;
        Ok(CommitBundle {
            commit,
            welcome: welcome.map(|welcome| to_tls(&welcome)).transpose().map_err(malformed)?,
            group_info: if key.is_some() { without_key(&group_info, context)? } else { group_info },
            epoch_after: self.epoch() + 1,
        })
    }

    fn stage(
        &mut self,
        context: &Context<'_>,
        changes: Changes<'_>,
    ) -> Result<openmls::prelude::CommitMessageBundle, GroupError> {
        let provider = &context.provider;
        self.mls.set_aad(encode_proofs(changes.proofs));
        // The device was certified anew since its leaf was made: the leaf says so from now on.
        let own = context.credential_with_key();
        let anew = self.mls.own_leaf_node().is_some_and(|leaf| *leaf.credential() != own.credential);
        let mut builder = self
            .mls
            .commit_builder()
            .force_self_update(changes.update || anew)
            .propose_adds(changes.add)
            .propose_removals(changes.remove);
        if anew {
            builder = builder.leaf_node_parameters(LeafNodeParameters::builder().with_credential_with_key(own).build());
        }
        if let Some(extensions) = changes.extensions {
            builder = builder.propose_group_context_extensions(extensions).map_err(mls)?;
        }
        let key = changes
            .conversation_key
            .map(|key| Extension::Unknown(CONVERSATION_KEY_EXTENSION, UnknownExtension(key.to_vec())));
        builder
            .load_psks(&provider.storage)
            .map_err(mls)?
            .use_ratchet_tree_extension(false)
            .create_group_info_with_extensions(key)
            .map_err(mls)?
            .build(provider.rand(), provider.crypto(), context.device_key, |_| true)
            .map_err(mls)?
            .stage_commit(provider)
            .map_err(mls)
    }
}

/// OpenMLS puts the same extensions into the Welcome's GroupInfo, which is encrypted to the joiners, and into the one
/// that the server gets. The server's must not hold the conversation key, so it is taken out and signed anew.
fn without_key(group_info: &[u8], context: &Context<'_>) -> Result<Vec<u8>, GroupError> {
    let message = GroupInfoMessage::read(group_info).map_err(malformed)?;
    let stripped = message.without(CONVERSATION_KEY_EXTENSION, context.device_key).map_err(malformed)?;
    to_tls(&stripped).map_err(malformed)
}

fn mls(error: impl std::error::Error + Send + Sync + 'static) -> GroupError {
    GroupError::Mls(error.into())
}

fn malformed(error: crate::codec::Malformed) -> GroupError {
    GroupError::Mls(error.into())
}

/// The key packages, verified and of the group's suite.
pub(super) fn read_key_packages(
    group: &Group,
    key_packages: &[impl AsRef<[u8]>],
) -> Result<Vec<KeyPackage>, GroupError> {
    if key_packages.len() > crate::ADD_MAX {
        return Err(GroupError::TooManyAdds);
    }
    let read = |bytes: &[u8]| {
        let package = key_package::read(bytes)?;
        let same = package.ciphersuite() == group.mls.ciphersuite();
        if same { Ok(package) } else { Err(crate::KeyPackageError::Suite.into()) }
    };
    key_packages.iter().map(|bytes| read(bytes.as_ref())).collect()
}

/// The leaves, each of a member.
pub(super) fn read_leaves(group: &Group, leaves: &[u32]) -> Result<Vec<LeafNodeIndex>, GroupError> {
    let member = |&leaf: &u32| {
        let index = LeafNodeIndex::new(leaf);
        group.mls.public_group().leaf(index).map(|_| index).ok_or(GroupError::UnknownLeaf(leaf))
    };
    leaves.iter().map(member).collect()
}

/// Commits that Sealpost does not make, for the tests of what it refuses.
#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    impl Group {
        pub(crate) fn commit_extensions(
            &mut self,
            context: &Context<'_>,
            extensions: Extensions<GroupContext>,
        ) -> Result<CommitBundle, GroupError> {
            self.commit(context, Changes { extensions: Some(extensions), ..Default::default() })
        }

        pub(crate) fn commit_leaf(
            &mut self,
            context: &Context<'_>,
            parameters: LeafNodeParameters,
        ) -> Result<CommitBundle, GroupError> {
            let provider = &context.provider;
            let builder = self.mls.commit_builder().force_self_update(true).leaf_node_parameters(parameters);
            let complete = builder.load_psks(&provider.storage).unwrap().create_group_info(true).build(
                provider.rand(),
                provider.crypto(),
                context.device_key,
                |_| true,
            );
            let (commit, _, group_info) = complete.unwrap().stage_commit(provider).unwrap().into_messages();
            Ok(CommitBundle {
                commit: to_tls(&commit).unwrap(),
                welcome: None,
                group_info: to_tls(&group_info.unwrap()).unwrap(),
                epoch_after: self.epoch() + 1,
            })
        }

        pub(crate) fn own_leaf_key(&self) -> Vec<u8> {
            to_tls(self.mls.own_leaf_node().unwrap().encryption_key()).unwrap()
        }

        /// An update with these authenticated data.
        pub(crate) fn commit_with_data(
            &mut self,
            context: &Context<'_>,
            data: &[u8],
        ) -> Result<CommitBundle, GroupError> {
            self.mls.set_aad(data.to_vec());
            self.commit_leaf(context, LeafNodeParameters::default())
        }

        /// Proposes to remove leaf 0 and commits to the reference.
        pub(crate) fn commit_by_reference(&mut self, context: &Context<'_>) -> Vec<u8> {
            let provider = &context.provider;
            self.mls.propose_remove_member(provider, context.device_key, LeafNodeIndex::new(0)).unwrap();
            let (commit, _, _) = self.mls.commit_to_pending_proposals(provider, context.device_key).unwrap();
            to_tls(&commit).unwrap()
        }
    }
}
