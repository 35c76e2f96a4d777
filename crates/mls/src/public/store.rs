//! How a public group is rebuilt from what Sealpost keeps of it, GroupInfo and tree in TLS form, and how it is copied.
//!
//! OpenMLS's own way of taking a group from a GroupInfo compares lifetimes with the clock, so that a group with a member
//! who has not healed for a year could never be loaded again. Its storage format has no such check. The tree's nodes are
//! read by OpenMLS, which verifies their signatures, and arranged as its tree is serialised; [`PublicGroup::load`] reads
//! that. The version of OpenMLS is pinned, and a test compares a rebuilt group with the original.

use openmls::{
    group::GroupContext,
    messages::ConfirmationTag,
    prelude::{LeafNode, Node, ParentNode, PublicGroup},
};
use serde::Serialize;

use crate::{
    MemoryStore, PublicError,
    codec::{Malformed, decode, encode},
    provider::crypto,
    storage::Storage,
    wire::{self, GroupInfoMessage, from_tls, interim_transcript_hash, to_tls},
};

/// OpenMLS's tree as it is serialised.
#[derive(Serialize)]
struct TreeSync {
    tree: BinaryTree,
    tree_hash: Vec<u8>,
}

#[derive(Serialize)]
struct BinaryTree {
    leaf_nodes: Vec<Slot<LeafNode>>,
    parent_nodes: Vec<Slot<ParentNode>>,
    default_leaf: Slot<LeafNode>,
    default_parent: Slot<ParentNode>,
}

#[derive(Serialize)]
struct Slot<T> {
    node: Option<Box<T>>,
}

impl BinaryTree {
    /// Leaves are the nodes with even numbers, parents those between (RFC 9420 appendix C). The tree is filled up to the
    /// next power of two.
    fn arrange(nodes: Vec<Option<Node>>) -> Result<Self, Malformed> {
        let leaves = nodes.len().div_ceil(2).next_power_of_two();
        let (mut leaf_nodes, mut parent_nodes) = (Vec::with_capacity(leaves), Vec::with_capacity(leaves - 1));
        for (number, node) in nodes.into_iter().enumerate() {
            match (number % 2 == 0, node) {
                (true, Some(Node::LeafNode(leaf))) => leaf_nodes.push(Slot { node: Some(leaf) }),
                (false, Some(Node::ParentNode(parent))) => parent_nodes.push(Slot { node: Some(parent) }),
                (true, None) => leaf_nodes.push(Slot { node: None }),
                (false, None) => parent_nodes.push(Slot { node: None }),
                _ => return Err(Malformed),
            }
        }
        leaf_nodes.resize_with(leaves, || Slot { node: None });
        parent_nodes.resize_with(leaves - 1, || Slot { node: None });
        Ok(Self { leaf_nodes, parent_nodes, default_leaf: Slot { node: None }, default_parent: Slot { node: None } })
    }
}

/// The group of a GroupInfo and a tree that are trusted.
pub(super) fn rebuild(group_info: &[u8], ratchet_tree: &[u8]) -> Result<PublicGroup, PublicError> {
    let info = GroupInfoMessage::read(group_info).map_err(|_| PublicError::Malformed("GroupInfo"))?;
    let suite = info.suite().ok_or(PublicError::NotSealpost)?;
    let rebuilt = || -> Result<Option<PublicGroup>, Malformed> {
        let context: GroupContext = from_tls(&info.context()?)?;
        let tag = info.confirmation_tag();
        let interim = interim_transcript_hash(context.confirmed_transcript_hash(), tag, suite)?;
        let tag: ConfirmationTag = from_tls(&to_tls(&tls_codec::VLBytes::from(tag.to_vec()))?)?;
        let tree = wire::ratchet_tree(ratchet_tree)?
            .into_verified(suite.to_openmls(), crypto(), context.group_id())
            .map_err(|_| Malformed)?;
        // OpenMLS gives the nodes of a tree to serde only.
        let tree = BinaryTree::arrange(decode(&encode(&tree))?)?;
        let tree = TreeSync { tree, tree_hash: context.tree_hash().to_vec() };
        load(&context, &tree, &tag, &interim)
    };
    rebuilt().ok().flatten().ok_or(PublicError::Malformed("ratchet tree"))
}

/// A copy that can be changed on its own; OpenMLS's type cannot be cloned.
pub(super) fn copy(group: &PublicGroup, suite: crate::Suite) -> Result<PublicGroup, PublicError> {
    let copied = || -> Result<Option<PublicGroup>, Malformed> {
        let (context, tag) = (group.group_context(), group.confirmation_tag());
        let mac: tls_codec::VLBytes = from_tls(&to_tls(tag)?)?;
        let interim = interim_transcript_hash(context.confirmed_transcript_hash(), mac.as_slice(), suite)?;
        load(context, group.treesync(), tag, &interim)
    };
    copied().ok().flatten().ok_or(PublicError::Malformed("ratchet tree"))
}

fn load(
    context: &GroupContext,
    tree: &impl Serialize,
    tag: &ConfirmationTag,
    interim: &[u8],
) -> Result<Option<PublicGroup>, Malformed> {
    let memory = MemoryStore::new();
    let storage = Storage::new(&memory);
    storage.put_public_group(context, tree, tag, interim).map_err(|_| Malformed)?;
    PublicGroup::load(&storage, context.group_id()).map_err(|_| Malformed)
}
