//! The rules of membership (DESIGN section 5): what a commit changes, and whether it may. The server's view and every
//! client run this same code on their own tree, so that neither has to trust the other.

use std::collections::{HashMap, HashSet};

use openmls::prelude::{
    BasicCredential, GroupContext, LeafNode, LeafNodeIndex, Proposal, ProposalOrRefType, PublicGroup, Sender,
    StagedCommit,
};
use sealpost_protocol::{AccountId, DeviceId};

use crate::{
    GENERATIONS_AHEAD, RuleViolation,
    group::{GroupId, Member, Roles},
    identity::{Credential, Delisting, IdentityError, LeaveStatement, RemovalProof, ResetStatement, decode_proofs},
    wire::to_tls,
};

/// What a commit changes.
#[derive(Debug, Clone)]
pub struct Change {
    /// Who commits, as it is after the commit: for an external commit the leaf that joins.
    pub committer: Member,
    /// Whether this is an external commit.
    pub external: bool,
    /// Who is added by key package, at the leaves that they get. Not the committer of an external commit.
    pub added: Vec<Member>,
    /// The references of the key packages of `added`, in the same order.
    pub key_package_refs: Vec<Vec<u8>>,
    /// Whose leaves are removed.
    pub removed: Vec<Member>,
    /// Who left: the commit carries their leave statements, which hold. All their leaves are among `removed`.
    pub left: Vec<AccountId>,
    /// Leaves, removed or not, whose accounts list their devices no longer, as the commit proves.
    pub delisted: Vec<u32>,
    /// The lists that prove it. Whether they are the account's, and not made with a list key that it has replaced, is for who
    /// knows its lists to say.
    pub delistings: Vec<Delisting>,
    /// Whether the committer's leaf has new keys.
    pub updated: bool,
    /// The new roles, if the commit sets them.
    pub roles: Option<Roles>,
}

/// Reads an unverified credential of a leaf.
pub(crate) fn credential(content: &openmls::prelude::Credential) -> Result<Credential, IdentityError> {
    let basic = BasicCredential::try_from(content.clone()).map_err(|_| IdentityError::Malformed)?;
    Credential::from_bytes(basic.identity())
}

/// Reads the credential of a leaf and verifies it against the leaf's signature key.
pub(crate) fn verified_credential(
    content: &openmls::prelude::Credential,
    signature_key: &[u8],
) -> Result<(Credential, [u8; 32]), IdentityError> {
    let credential = credential(content)?;
    let key = signature_key.try_into().map_err(|_| IdentityError::Mismatch)?;
    credential.verify(&key)?;
    Ok((credential, key))
}

/// The member at a leaf whose credential was verified when it came in.
pub(crate) fn member(index: LeafNodeIndex, leaf: &LeafNode) -> Result<Member, IdentityError> {
    let key = leaf.signature_key().as_slice().try_into().map_err(|_| IdentityError::Mismatch)?;
    Ok(Member::new(index.u32(), key, credential(leaf.credential())?))
}

/// The members of a tree whose credentials were verified when they came in.
pub(crate) fn members(group: &PublicGroup) -> Result<Vec<Member>, IdentityError> {
    group.treesync().full_leaves().map(|(index, leaf)| member(index, leaf)).collect()
}

/// Verifies every credential of a tree, and that an account has one root key and a device one leaf.
pub(crate) fn verify_tree(group: &PublicGroup) -> Result<Vec<Member>, IdentityError> {
    let mut members = Vec::new();
    for (index, leaf) in group.treesync().full_leaves() {
        let (credential, key) = verified_credential(leaf.credential(), leaf.signature_key().as_slice())?;
        members.push(Member::new(index.u32(), key, credential));
    }
    let mut roots = HashMap::new();
    let mut devices = HashSet::new();
    for member in &members {
        let root = roots.entry(member.account).or_insert(member.credential.root_public_key);
        if *root != member.credential.root_public_key || !devices.insert((member.account, member.device)) {
            return Err(IdentityError::Mismatch);
        }
    }
    Ok(members)
}

/// What a staged commit with these authenticated data changes, or the rule that it breaks whoever the members are.
pub(crate) fn read_change(
    group: &PublicGroup,
    sender: &Sender,
    authenticated_data: &[u8],
    staged: &StagedCommit,
) -> Result<Change, RuleViolation> {
    let proposals = Proposals::read(group, staged)?;
    let (external, index) = match sender {
        Sender::Member(index) => (false, *index),
        Sender::NewMemberCommit => {
            (true, group.ext_commit_sender_index(staged).map_err(|_| RuleViolation::ProposalNotAllowed)?)
        }
        _ => return Err(RuleViolation::ProposalNotAllowed),
    };
    let committer = match staged.update_path_leaf_node() {
        Some(leaf) => verified_member(index, leaf)?,
        None if external => return Err(RuleViolation::ProposalNotAllowed),
        None => group.leaf(index).map(|leaf| member(index, leaf)).ok_or(RuleViolation::InvalidCredential)??,
    };
    let free = free_leaves(group, &proposals.removed, external.then_some(index));
    let added =
        proposals.added.into_iter().zip(free).map(|((key, credential), leaf)| Member::new(leaf, key, credential));
    let Proofs { left, delisted, delistings } = read_proofs(group, authenticated_data)?;
    Ok(Change {
        committer,
        external,
        added: added.collect(),
        key_package_refs: proposals.key_package_refs,
        removed: proposals.removed,
        left,
        delisted,
        delistings,
        updated: staged.update_path_leaf_node().is_some(),
        roles: proposals.roles,
    })
}

/// What the proofs of a commit show, as the fields of [`Change`] say.
#[derive(Default)]
struct Proofs {
    left: Vec<AccountId>,
    delisted: Vec<u32>,
    delistings: Vec<Delisting>,
}

/// Whose leave statements these authenticated data hold, and the leaves that lists in them leave out.
fn read_proofs(group: &PublicGroup, authenticated_data: &[u8]) -> Result<Proofs, RuleViolation> {
    let mut proofs = Proofs::default();
    let mut listing = HashSet::new();
    for proof in decode_proofs(authenticated_data).map_err(|_| RuleViolation::InvalidProof)? {
        let is_new = match proof {
            RemovalProof::Leave(statement) => {
                verify_statement(group, &statement)?;
                let is_new = !proofs.left.contains(&statement.account);
                proofs.left.push(statement.account);
                is_new
            }
            RemovalProof::Delisting(delisting) => {
                proofs.delisted.extend(verify_delisting(group, &delisting)?);
                let is_new = listing.insert(delisting.list().account);
                proofs.delistings.push(delisting);
                is_new
            }
        };
        if !is_new {
            return Err(RuleViolation::InvalidProof);
        }
    }
    Ok(proofs)
}

/// The leaves whose devices this list takes from their account, if it holds in this tree: signed by the account that its
/// leaves know, and about at least one of them.
pub(crate) fn verify_delisting(group: &PublicGroup, delisting: &Delisting) -> Result<Vec<u32>, RuleViolation> {
    let mut members = members(group)?;
    members.retain(|member| member.account == delisting.list().account);
    // An account has one root key in a group.
    let root = members.first().map(|member| member.credential.root_public_key).ok_or(RuleViolation::InvalidProof)?;
    delisting.verify(&root).map_err(|_| RuleViolation::InvalidProof)?;
    let taken = members.iter().filter(|member| delisting.takes(&member.credential)).map(|member| member.leaf_index);
    let taken: Vec<_> = taken.collect();
    if taken.is_empty() { Err(RuleViolation::InvalidProof) } else { Ok(taken) }
}

/// Whether the statement holds in this tree: it is of this group, not of an epoch to come, and signed by a leaf that is
/// in the tree as it was when it signed. Nobody leaves a direct conversation.
pub(crate) fn verify_statement(group: &PublicGroup, statement: &LeaveStatement) -> Result<(), RuleViolation> {
    let context = group.group_context();
    let id = GroupId { conversation: statement.conversation, generation: statement.generation };
    let here = context.group_id().as_slice() == id.to_bytes() && statement.epoch <= context.epoch().as_u64();
    if !here || matches!(roles(context)?, Roles::Direct { .. }) {
        return Err(RuleViolation::InvalidProof);
    }
    for (index, leaf) in group.treesync().full_leaves() {
        let member = member(index, leaf)?;
        if (member.account, member.device) == (statement.account, statement.device) {
            let verified = statement.verify(&member.signature_key, &leaf_key(leaf)?);
            return verified.map_err(|_| RuleViolation::InvalidProof);
        }
    }
    Err(RuleViolation::InvalidProof)
}

/// Whether a reset holds that makes a new group in this one's place: for a later generation, and signed with this key by a
/// device of a member.
pub(crate) fn verify_reset(
    group: &PublicGroup,
    statement: &ResetStatement,
    key: &[u8; 32],
) -> Result<(), RuleViolation> {
    let context = group.group_context();
    let id = GroupId::from_bytes(context.group_id().as_slice()).ok_or(RuleViolation::ResetNotAllowed)?;
    let later = statement.generation > id.generation && statement.generation - id.generation <= GENERATIONS_AHEAD;
    let is_member = match roles(context)? {
        // Also where the other one's leaf is still to come into it: this may itself be a group after a reset.
        Roles::Direct { accounts } => accounts.contains(&statement.account),
        Roles::Group { .. } => members(group)?.iter().any(|member| member.account == statement.account),
    };
    if statement.conversation != id.conversation || !later || !is_member {
        return Err(RuleViolation::ResetNotAllowed);
    }
    statement.verify(key).map_err(|_| RuleViolation::ResetNotAllowed)
}

/// Whether a reset holds that is made by a leaf of this group: of an admin, or of either side of a direct conversation.
pub(crate) fn verify_reset_by_admin(group: &PublicGroup, statement: &ResetStatement) -> Result<(), RuleViolation> {
    let roles = roles(group.group_context())?;
    let may = matches!(roles, Roles::Direct { .. }) || roles.is_admin(statement.account);
    let signer = |member: &Member| (member.account, member.device) == (statement.account, statement.device);
    let signer = members(group)?.into_iter().find(signer).filter(|_| may).ok_or(RuleViolation::ResetNotAllowed)?;
    verify_reset(group, statement, &signer.signature_key)
}

/// The encryption key of a leaf, to which a leave statement is bound.
pub(crate) fn leaf_key(leaf: &LeafNode) -> Result<Vec<u8>, RuleViolation> {
    to_tls(leaf.encryption_key()).map_err(|_| RuleViolation::InvalidCredential)
}

#[derive(Default)]
struct Proposals {
    added: Vec<([u8; 32], Credential)>,
    key_package_refs: Vec<Vec<u8>>,
    removed: Vec<Member>,
    roles: Option<Roles>,
}

impl Proposals {
    fn read(group: &PublicGroup, staged: &StagedCommit) -> Result<Self, RuleViolation> {
        let mut all = Self::default();
        for queued in staged.queued_proposals() {
            if queued.proposal_or_ref_type() != ProposalOrRefType::Proposal {
                return Err(RuleViolation::ProposalByReference);
            }
            all.take(group, queued.proposal())?;
        }
        Ok(all)
    }

    fn take(&mut self, group: &PublicGroup, proposal: &Proposal) -> Result<(), RuleViolation> {
        match proposal {
            Proposal::Add(add) => {
                let leaf = add.key_package().leaf_node();
                let (credential, key) = verified_credential(leaf.credential(), leaf.signature_key().as_slice())?;
                let reference = add.key_package().hash_ref(crate::provider::crypto());
                self.added.push((key, credential));
                self.key_package_refs
                    .push(reference.map_err(|_| RuleViolation::InvalidCredential)?.as_slice().to_vec());
            }
            Proposal::Remove(remove) => {
                let leaf = group.leaf(remove.removed()).ok_or(RuleViolation::ProposalNotAllowed)?;
                self.removed.push(member(remove.removed(), leaf)?);
            }
            Proposal::GroupContextExtensions(proposal) => {
                self.roles = Some(Roles::read_replacement(group.group_context(), proposal.extensions())?);
            }
            // OpenMLS takes it in external commits only, and there exactly once.
            Proposal::ExternalInit(_) => {}
            _ => return Err(RuleViolation::ProposalNotAllowed),
        }
        Ok(())
    }
}

impl From<IdentityError> for RuleViolation {
    fn from(_: IdentityError) -> Self {
        Self::InvalidCredential
    }
}

fn verified_member(index: LeafNodeIndex, leaf: &LeafNode) -> Result<Member, RuleViolation> {
    let (credential, key) = verified_credential(leaf.credential(), leaf.signature_key().as_slice())?;
    Ok(Member::new(index.u32(), key, credential))
}

/// The leaves that added members get, in order: each the leftmost blank one (RFC 9420 section 7.7).
fn free_leaves(group: &PublicGroup, removed: &[Member], joining: Option<LeafNodeIndex>) -> impl Iterator<Item = u32> {
    let mut taken: HashSet<u32> = group.treesync().full_leaves().map(|(index, _)| index.u32()).collect();
    for member in removed {
        taken.remove(&member.leaf_index);
    }
    taken.extend(joining.map(|index| index.u32()));
    (0..).filter(move |index| !taken.contains(index))
}

/// Whether the change may be made in a group with these members and roles.
pub(crate) fn check(change: &Change, members: &[Member], roles: &Roles) -> Result<(), RuleViolation> {
    if change.external {
        check_external(change, members, roles)?;
    } else {
        check_committer(change, members)?;
        check_membership(change, members, roles)?;
        check_left(change, members)?;
    }
    check_roles(change, roles)?;
    check_admins(change, members, roles)?;
    check_devices(change, members)
}

fn check_committer(change: &Change, members: &[Member]) -> Result<(), RuleViolation> {
    let before = members.iter().find(|member| member.leaf_index == change.committer.leaf_index);
    let before = before.ok_or(RuleViolation::LeafOfAnotherDevice)?;
    let same = (before.account, before.device) == (change.committer.account, change.committer.device);
    if same { Ok(()) } else { Err(RuleViolation::LeafOfAnotherDevice) }
}

fn check_external(change: &Change, members: &[Member], roles: &Roles) -> Result<(), RuleViolation> {
    let committer = &change.committer;
    let member = members.iter().any(|member| member.account == committer.account);
    let may_join = member || roles.is_direct_of(committer.account);
    let old_leaf = |removed: &Member| (removed.account, removed.device) == (committer.account, committer.device);
    if !may_join {
        Err(RuleViolation::ExternalByOutsider)
    } else if !change.removed.iter().all(old_leaf) {
        Err(RuleViolation::ExternalRemovesOthers)
    } else if !change.added.is_empty()
        || change.roles.is_some()
        || !change.left.is_empty()
        || !change.delisted.is_empty()
    {
        Err(RuleViolation::ProposalNotAllowed)
    } else {
        Ok(())
    }
}

fn check_membership(change: &Change, members: &[Member], roles: &Roles) -> Result<(), RuleViolation> {
    let own = change.committer.account;
    let admin = roles.is_admin(own);
    for added in &change.added {
        if let Roles::Direct { .. } = roles {
            if !roles.is_direct_of(added.account) {
                return Err(RuleViolation::NotOfThisDirect);
            }
        } else if added.account != own && !roles.is_among(own, roles.policy().add) {
            return Err(RuleViolation::AddByNonAdmin);
        }
    }
    let removed: HashSet<u32> = change.removed.iter().map(|member| member.leaf_index).collect();
    let stays = |account| members.iter().any(|one| one.account == account && !removed.contains(&one.leaf_index));
    // The last device of an account stays, listed or not: by it the account is a member, and its next device joins.
    let is_delisted = |leaf: &Member| change.delisted.contains(&leaf.leaf_index) && stays(leaf.account);
    let may_remove =
        |leaf: &Member| leaf.account == own || admin || change.left.contains(&leaf.account) || is_delisted(leaf);
    if change.removed.iter().all(may_remove) { Ok(()) } else { Err(RuleViolation::RemoveByNonAdmin) }
}

/// Who left goes with all devices: a statement must not be used up on one of them.
fn check_left(change: &Change, members: &[Member]) -> Result<(), RuleViolation> {
    let removed: HashSet<u32> = change.removed.iter().map(|member| member.leaf_index).collect();
    let stays = |member: &Member| change.left.contains(&member.account) && !removed.contains(&member.leaf_index);
    if members.iter().any(stays) { Err(RuleViolation::InvalidProof) } else { Ok(()) }
}

fn check_roles(change: &Change, roles: &Roles) -> Result<(), RuleViolation> {
    let Some(new) = &change.roles else { return Ok(()) };
    let group = matches!((new, roles), (Roles::Group { .. }, Roles::Group { .. }));
    let may = roles.is_admin(change.committer.account) || *new == without_admins(roles, &change.left);
    if group && may { Ok(()) } else { Err(RuleViolation::RolesNotAllowed) }
}

/// The roles when these accounts have gone, so that nobody who is added again is an admin by what once was.
pub(crate) fn without_admins(roles: &Roles, gone: &[AccountId]) -> Roles {
    gone.iter().fold(roles.clone(), |roles, account| roles.with_admin(*account, false))
}

/// A group that has an admin keeps one, except when the last one's leave statement was let through: what the others
/// cannot undo must not end their conversation.
fn check_admins(change: &Change, members: &[Member], roles: &Roles) -> Result<(), RuleViolation> {
    let forced = change.removed.iter().any(|member| !change.left.contains(&member.account));
    if matches!(roles, Roles::Direct { .. }) || (change.roles.is_none() && !forced) {
        return Ok(());
    }
    let removed: HashSet<u32> = change.removed.iter().map(|member| member.leaf_index).collect();
    let after = change.roles.as_ref().unwrap_or(roles);
    let stay = members.iter().filter(|member| !removed.contains(&member.leaf_index));
    let came = change.added.iter().chain([&change.committer]);
    let has_admin = stay.chain(came).any(|member| after.is_admin(member.account));
    let had_admin = members.iter().any(|member| roles.is_admin(member.account));
    if has_admin || !had_admin { Ok(()) } else { Err(RuleViolation::NoAdminLeft) }
}

/// After the change each device has one leaf and each account one root key.
fn check_devices(change: &Change, members: &[Member]) -> Result<(), RuleViolation> {
    let removed: HashSet<u32> = change.removed.iter().map(|member| member.leaf_index).collect();
    let joining = change.external.then_some(&change.committer);
    let updated = (!change.external).then_some(&change.committer);
    let mut devices: HashSet<(AccountId, DeviceId)> = HashSet::new();
    let mut roots = HashMap::new();
    for member in members {
        roots.insert(member.account, member.credential.root_public_key);
        if !removed.contains(&member.leaf_index) {
            devices.insert((member.account, member.device));
        }
    }
    for member in change.added.iter().chain(joining) {
        if !devices.insert((member.account, member.device)) {
            return Err(RuleViolation::DuplicateDevice);
        }
    }
    for member in change.added.iter().chain(joining).chain(updated) {
        let root = member.credential.root_public_key;
        if *roots.entry(member.account).or_insert(root) != root {
            return Err(RuleViolation::RootKeyMismatch);
        }
    }
    Ok(())
}

/// The roles of a group, which every Sealpost group has.
pub(crate) fn roles(context: &GroupContext) -> Result<Roles, RuleViolation> {
    Roles::read(context.extensions())
}

#[cfg(test)]
mod tests;
