//! The storage interface of OpenMLS over a [`StateStore`]: each value as CBOR under a label and the CBOR of its key.
//!
//! OpenMLS hides a failed store inside many error types; here the failure is kept aside, so that the operations can
//! tell it from a failure of MLS.

use std::cell::RefCell;

use openmls::{group::GroupContext, messages::ConfirmationTag, prelude::KeyPackageRef};
use openmls_traits::storage::{CURRENT_VERSION as V, StorageProvider, traits};
use sealpost_protocol::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::{StateStore, StoreError};

/// The labels of stored values. They are part of the stored format: never reuse a number.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Label {
    JoinConfig = 1,
    OwnLeafNodes = 2,
    ProposalRefs = 3,
    Proposal = 4,
    Tree = 5,
    InterimTranscriptHash = 6,
    Context = 7,
    ConfirmationTag = 8,
    GroupState = 9,
    MessageSecrets = 10,
    ResumptionPsks = 11,
    OwnLeafIndex = 12,
    EpochSecrets = 13,
    SignatureKeyPair = 14,
    EncryptionKeyPair = 15,
    EpochKeyPairs = 16,
    KeyPackage = 17,
    Psk = 18,
    PendingCommit = 19,
}

/// Stands for a failure that [`Storage::failure`] has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the state store failed")]
pub(crate) struct Failed;

/// OpenMLS's storage in the caller's store.
pub(crate) struct Storage<'a> {
    store: &'a dyn StateStore,
    failure: RefCell<Option<StoreError>>,
}

impl<'a> Storage<'a> {
    pub(crate) fn new(store: &'a dyn StateStore) -> Self {
        Self { store, failure: RefCell::new(None) }
    }

    /// The store beneath.
    pub(crate) fn store(&self) -> &'a dyn StateStore {
        self.store
    }

    /// Takes the first failure of the store, if it failed.
    pub(crate) fn failure(&self) -> Option<StoreError> {
        self.failure.borrow_mut().take()
    }

    /// SHA-256 of the pending commit of a group, set as long as one is pending.
    pub(crate) fn pending_commit(&self, group_id: &[u8]) -> Result<Option<[u8; 32]>, StoreError> {
        let stored = self.store.get(&key(Label::PendingCommit, group_id))?;
        Ok(stored.and_then(|hash| hash.try_into().ok()))
    }

    pub(crate) fn set_pending_commit(&self, group_id: &[u8], hash: Option<&[u8; 32]>) -> Result<(), StoreError> {
        let key = key(Label::PendingCommit, group_id);
        match hash {
            Some(hash) => self.store.put(&key, hash),
            None => self.store.delete(&key),
        }
    }

    pub(crate) fn forget_key_package(&self, reference: &KeyPackageRef) -> Result<(), StoreError> {
        self.store.delete(&key(Label::KeyPackage, reference))
    }

    /// Writes a public group as OpenMLS would, so that it can load it.
    pub(crate) fn put_public_group(
        &self,
        context: &GroupContext,
        tree: &impl Serialize,
        confirmation_tag: &ConfirmationTag,
        interim_transcript_hash: &[u8],
    ) -> Result<(), Failed> {
        let id = context.group_id();
        self.put(Label::Tree, id, tree)?;
        self.put(Label::Context, id, context)?;
        self.put(Label::ConfirmationTag, id, confirmation_tag)?;
        self.put(Label::InterimTranscriptHash, id, interim_transcript_hash)
    }

    fn keep<T>(&self, result: Result<T, StoreError>) -> Result<T, Failed> {
        result.map_err(|error| {
            self.failure.borrow_mut().get_or_insert(error);
            Failed
        })
    }

    fn put<T: Serialize + ?Sized>(
        &self,
        label: Label,
        id: &(impl Serialize + ?Sized),
        value: &T,
    ) -> Result<(), Failed> {
        let bytes = self.keep(to_cbor(value))?;
        self.keep(self.store.put(&key(label, id), &bytes))
    }

    fn get<T: DeserializeOwned>(&self, label: Label, id: &(impl Serialize + ?Sized)) -> Result<Option<T>, Failed> {
        let stored = self.keep(self.store.get(&key(label, id)))?.map(Zeroizing::new);
        let read = |bytes: Zeroizing<Vec<u8>>| ciborium::from_reader(bytes.as_slice());
        self.keep(stored.map(read).transpose().map_err(|error| StoreError(error.into())))
    }

    fn remove(&self, label: Label, id: &(impl Serialize + ?Sized)) -> Result<(), Failed> {
        self.keep(self.store.delete(&key(label, id)))
    }

    fn list(&self, label: Label, id: &(impl Serialize + ?Sized)) -> Result<Vec<Bytes>, Failed> {
        Ok(self.get(label, id)?.unwrap_or_default())
    }

    fn parse<T: DeserializeOwned>(&self, bytes: &Bytes) -> Result<T, Failed> {
        self.keep(ciborium::from_reader(bytes.as_ref()).map_err(|error| StoreError(error.into())))
    }
}

fn to_cbor<T: Serialize + ?Sized>(value: &T) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let mut bytes = Zeroizing::new(Vec::new());
    ciborium::into_writer(value, &mut *bytes).map_err(|error| StoreError(error.into()))?;
    Ok(bytes)
}

fn key(label: Label, id: &(impl Serialize + ?Sized)) -> Vec<u8> {
    let mut key = vec![label as u8];
    key.extend(crate::codec::encode(id));
    key
}

/// A value that a group has one of: how it is written, read and deleted.
macro_rules! one_per_group {
    ($($label:ident: $entity:ident, $write:ident, $read:ident, $delete:ident;)*) => {$(
        fn $write<GroupId: traits::GroupId<V>, $entity: traits::$entity<V>>(
            &self,
            group_id: &GroupId,
            value: &$entity,
        ) -> Result<(), Failed> {
            self.put(Label::$label, group_id, value)
        }

        fn $read<GroupId: traits::GroupId<V>, $entity: traits::$entity<V>>(
            &self,
            group_id: &GroupId,
        ) -> Result<Option<$entity>, Failed> {
            self.get(Label::$label, group_id)
        }

        fn $delete<GroupId: traits::GroupId<V>>(&self, group_id: &GroupId) -> Result<(), Failed> {
            self.remove(Label::$label, group_id)
        }
    )*};
}

/// A value with a key of its own.
macro_rules! one_per_key {
    ($($label:ident: $id:ident, $entity:ident, $write:ident, $read:ident <$first:ident, $second:ident>, $delete:ident;)*) => {$(
        fn $write<$id: traits::$id<V>, $entity: traits::$entity<V>>(
            &self,
            id: &$id,
            value: &$entity,
        ) -> Result<(), Failed> {
            self.put(Label::$label, id, value)
        }

        fn $read<$first: traits::$first<V>, $second: traits::$second<V>>(
            &self,
            id: &$id,
        ) -> Result<Option<$entity>, Failed> {
            self.get(Label::$label, id)
        }

        fn $delete<$id: traits::$id<V>>(&self, id: &$id) -> Result<(), Failed> {
            self.remove(Label::$label, id)
        }
    )*};
}

impl StorageProvider<V> for Storage<'_> {
    type Error = Failed;

    one_per_group! {
        JoinConfig: MlsGroupJoinConfig, write_mls_join_config, mls_group_join_config, delete_group_config;
        Tree: TreeSync, write_tree, tree, delete_tree;
        InterimTranscriptHash: InterimTranscriptHash, write_interim_transcript_hash, interim_transcript_hash,
            delete_interim_transcript_hash;
        Context: GroupContext, write_context, group_context, delete_context;
        ConfirmationTag: ConfirmationTag, write_confirmation_tag, confirmation_tag, delete_confirmation_tag;
        MessageSecrets: MessageSecrets, write_message_secrets, message_secrets, delete_message_secrets;
        ResumptionPsks: ResumptionPskStore, write_resumption_psk_store, resumption_psk_store,
            delete_all_resumption_psk_secrets;
        OwnLeafIndex: LeafNodeIndex, write_own_leaf_index, own_leaf_index, delete_own_leaf_index;
        EpochSecrets: GroupEpochSecrets, write_group_epoch_secrets, group_epoch_secrets, delete_group_epoch_secrets;
    }

    one_per_key! {
        SignatureKeyPair: SignaturePublicKey, SignatureKeyPair, write_signature_key_pair,
            signature_key_pair<SignaturePublicKey, SignatureKeyPair>, delete_signature_key_pair;
        EncryptionKeyPair: EncryptionKey, HpkeKeyPair, write_encryption_key_pair,
            encryption_key_pair<HpkeKeyPair, EncryptionKey>, delete_encryption_key_pair;
        KeyPackage: HashReference, KeyPackage, write_key_package, key_package<HashReference, KeyPackage>,
            delete_key_package;
    }

    fn write_psk<PskId: traits::PskId<V>, PskBundle: traits::PskBundle<V>>(
        &self,
        id: &PskId,
        psk: &PskBundle,
    ) -> Result<(), Failed> {
        self.put(Label::Psk, id, psk)
    }

    fn psk<PskBundle: traits::PskBundle<V>, PskId: traits::PskId<V>>(
        &self,
        id: &PskId,
    ) -> Result<Option<PskBundle>, Failed> {
        self.get(Label::Psk, id)
    }

    fn delete_psk<PskId: traits::PskId<V>>(&self, id: &PskId) -> Result<(), Failed> {
        self.remove(Label::Psk, id)
    }

    fn write_group_state<GroupState: traits::GroupState<V>, GroupId: traits::GroupId<V>>(
        &self,
        group_id: &GroupId,
        state: &GroupState,
    ) -> Result<(), Failed> {
        self.put(Label::GroupState, group_id, state)
    }

    fn group_state<GroupState: traits::GroupState<V>, GroupId: traits::GroupId<V>>(
        &self,
        group_id: &GroupId,
    ) -> Result<Option<GroupState>, Failed> {
        self.get(Label::GroupState, group_id)
    }

    fn delete_group_state<GroupId: traits::GroupId<V>>(&self, group_id: &GroupId) -> Result<(), Failed> {
        self.remove(Label::GroupState, group_id)
    }

    fn append_own_leaf_node<GroupId: traits::GroupId<V>, LeafNode: traits::LeafNode<V>>(
        &self,
        group_id: &GroupId,
        leaf_node: &LeafNode,
    ) -> Result<(), Failed> {
        let mut nodes = self.list(Label::OwnLeafNodes, group_id)?;
        nodes.push(Bytes(self.keep(to_cbor(leaf_node))?.to_vec()));
        self.put(Label::OwnLeafNodes, group_id, &nodes)
    }

    fn own_leaf_nodes<GroupId: traits::GroupId<V>, LeafNode: traits::LeafNode<V>>(
        &self,
        group_id: &GroupId,
    ) -> Result<Vec<LeafNode>, Failed> {
        self.list(Label::OwnLeafNodes, group_id)?.iter().map(|node| self.parse(node)).collect()
    }

    fn delete_own_leaf_nodes<GroupId: traits::GroupId<V>>(&self, group_id: &GroupId) -> Result<(), Failed> {
        self.remove(Label::OwnLeafNodes, group_id)
    }

    fn queue_proposal<
        GroupId: traits::GroupId<V>,
        ProposalRef: traits::ProposalRef<V>,
        QueuedProposal: traits::QueuedProposal<V>,
    >(
        &self,
        group_id: &GroupId,
        proposal_ref: &ProposalRef,
        proposal: &QueuedProposal,
    ) -> Result<(), Failed> {
        let mut refs = self.list(Label::ProposalRefs, group_id)?;
        refs.push(Bytes(self.keep(to_cbor(proposal_ref))?.to_vec()));
        self.put(Label::Proposal, &(group_id, proposal_ref), proposal)?;
        self.put(Label::ProposalRefs, group_id, &refs)
    }

    fn queued_proposal_refs<GroupId: traits::GroupId<V>, ProposalRef: traits::ProposalRef<V>>(
        &self,
        group_id: &GroupId,
    ) -> Result<Vec<ProposalRef>, Failed> {
        self.list(Label::ProposalRefs, group_id)?.iter().map(|bytes| self.parse(bytes)).collect()
    }

    fn queued_proposals<
        GroupId: traits::GroupId<V>,
        ProposalRef: traits::ProposalRef<V>,
        QueuedProposal: traits::QueuedProposal<V>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Vec<(ProposalRef, QueuedProposal)>, Failed> {
        let mut queued = Vec::new();
        for proposal_ref in self.queued_proposal_refs::<GroupId, ProposalRef>(group_id)? {
            if let Some(proposal) = self.get(Label::Proposal, &(group_id, &proposal_ref))? {
                queued.push((proposal_ref, proposal));
            }
        }
        Ok(queued)
    }

    fn remove_proposal<GroupId: traits::GroupId<V>, ProposalRef: traits::ProposalRef<V>>(
        &self,
        group_id: &GroupId,
        proposal_ref: &ProposalRef,
    ) -> Result<(), Failed> {
        let encoded = self.keep(to_cbor(proposal_ref))?;
        let mut refs = self.list(Label::ProposalRefs, group_id)?;
        refs.retain(|bytes| bytes.0 != *encoded);
        self.remove(Label::Proposal, &(group_id, proposal_ref))?;
        self.put(Label::ProposalRefs, group_id, &refs)
    }

    fn clear_proposal_queue<GroupId: traits::GroupId<V>, ProposalRef: traits::ProposalRef<V>>(
        &self,
        group_id: &GroupId,
    ) -> Result<(), Failed> {
        for proposal_ref in self.queued_proposal_refs::<GroupId, ProposalRef>(group_id)? {
            self.remove(Label::Proposal, &(group_id, &proposal_ref))?;
        }
        self.remove(Label::ProposalRefs, group_id)
    }

    fn write_encryption_epoch_key_pairs<
        GroupId: traits::GroupId<V>,
        EpochKey: traits::EpochKey<V>,
        HpkeKeyPair: traits::HpkeKeyPair<V>,
    >(
        &self,
        group_id: &GroupId,
        epoch: &EpochKey,
        leaf_index: u32,
        key_pairs: &[HpkeKeyPair],
    ) -> Result<(), Failed> {
        self.put(Label::EpochKeyPairs, &(group_id, epoch, leaf_index), key_pairs)
    }

    fn encryption_epoch_key_pairs<
        GroupId: traits::GroupId<V>,
        EpochKey: traits::EpochKey<V>,
        HpkeKeyPair: traits::HpkeKeyPair<V>,
    >(
        &self,
        group_id: &GroupId,
        epoch: &EpochKey,
        leaf_index: u32,
    ) -> Result<Vec<HpkeKeyPair>, Failed> {
        Ok(self.get(Label::EpochKeyPairs, &(group_id, epoch, leaf_index))?.unwrap_or_default())
    }

    fn delete_encryption_epoch_key_pairs<GroupId: traits::GroupId<V>, EpochKey: traits::EpochKey<V>>(
        &self,
        group_id: &GroupId,
        epoch: &EpochKey,
        leaf_index: u32,
    ) -> Result<(), Failed> {
        self.remove(Label::EpochKeyPairs, &(group_id, epoch, leaf_index))
    }
}
