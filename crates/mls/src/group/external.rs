//! Joining by external commit: how a device of a member account enters without anyone else online.

use openmls::prelude::{
    CreationFromExternalError, ExternalCommitBuilderError, LeafNodeParameters, MlsGroup, MlsMessageBodyIn,
    MlsMessageIn, OpenMlsProvider as _, RatchetTreeIn, group_info::VerifiableGroupInfo,
};
use sealpost_protocol::AccountId;

use super::{Member, join_config};
use crate::{
    Context, Group, JoinError, RuleViolation, ScratchStore, Write, key_package, rules,
    wire::{self, from_tls, to_tls},
};

/// An external commit that the log has yet to accept. Messages are serialised `MLSMessage`s.
#[derive(Debug)]
pub struct ExternalJoin {
    /// `PublicMessage` with the commit.
    pub commit: Vec<u8>,
    /// `GroupInfo` of the new epoch with `external_pub`.
    pub group_info: Vec<u8>,
    /// The new group's state: [`crate::apply`] it when the log has accepted the commit, drop it otherwise.
    pub writes: Vec<Write>,
    /// The epoch that the commit begins.
    pub epoch_after: u64,
    /// Every member with this device; their root keys are for the caller to compare with what it pinned.
    pub members: Vec<Member>,
}

/// Makes an external commit from the `GroupInfo` (a serialised `MLSMessage`) and `ratchet_tree` of one epoch. An old leaf
/// with the same signature key is removed. The context's store is left as it is.
///
/// # Errors
/// [`JoinError::Rule`] if the device's account is not a member (in a direct conversation: not one of the two).
pub fn commit(context: &Context<'_>, group_info: &[u8], ratchet_tree: &[u8]) -> Result<ExternalJoin, JoinError> {
    let scratch = ScratchStore::new(context.provider.storage.store());
    let mut join = context.on_store(&scratch, |context| commit_at_once(context, group_info, ratchet_tree))?;
    join.writes = scratch.into_writes();
    Ok(join)
}

/// OpenMLS stores and merges an external commit in one step.
fn commit_at_once(context: &Context<'_>, group_info: &[u8], ratchet_tree: &[u8]) -> Result<ExternalJoin, JoinError> {
    let provider = &context.provider;
    let message: MlsMessageIn = from_tls(group_info).map_err(|_| JoinError::Malformed)?;
    let MlsMessageBodyIn::GroupInfo(group_info) = message.extract() else { return Err(JoinError::Malformed) };
    let tree = wire::ratchet_tree(ratchet_tree).map_err(|_| JoinError::Malformed)?;
    may_join(context.credential.account, &group_info, &tree)?;
    let invalid = |error: crate::error::Cause| JoinError::Invalid(error);
    let (mls, bundle) = MlsGroup::external_commit_builder()
        .with_ratchet_tree(tree)
        .with_config(join_config())
        .skip_lifetime_validation()
        .build_group(provider, group_info, context.credential_with_key())
        .map_err(|error| context.failed(error, join_error))?
        .leaf_node_parameters(LeafNodeParameters::builder().with_capabilities(key_package::capabilities()).build())
        .load_psks(&provider.storage)
        .map_err(|error| context.failed(error, |error| invalid(error.into())))?
        .create_group_info(true)
        .use_ratchet_tree_extension(false)
        .build(provider.rand(), crate::provider::crypto(), context.device_key, |_| true)
        .map_err(|error| context.failed(error, |error| invalid(error.into())))?
        .finalize(provider)
        .map_err(|error| context.failed(error, |error| invalid(error.into())))?;
    let mut group = Group::new(mls, None).ok_or(JoinError::NotSealpost)?;
    group.set_pending(context, None)?;
    let members = rules::verify_tree(group.mls.public_group())?;
    let (commit, _, group_info) = bundle.into_messages();
    let tls = |message| to_tls(&message).map_err(|error| invalid(error.into()));
    Ok(ExternalJoin {
        commit: tls(commit)?,
        group_info: tls(group_info.ok_or(JoinError::NotSealpost)?)?,
        writes: Vec::new(),
        epoch_after: group.epoch(),
        members,
    })
}

/// The server and every member refuse the commit otherwise; it is kinder to say so first.
fn may_join(account: AccountId, group_info: &VerifiableGroupInfo, tree: &RatchetTreeIn) -> Result<(), JoinError> {
    let roles = rules::roles(group_info.group_context()).map_err(|_| JoinError::NotSealpost)?;
    let mut accounts = tree.leaves().filter_map(|leaf| rules::credential(leaf.credential()).ok());
    let may = accounts.any(|credential| credential.account == account) || roles.is_direct_of(account);
    if may { Ok(()) } else { Err(RuleViolation::ExternalByOutsider.into()) }
}

fn join_error<E>(error: ExternalCommitBuilderError<E>) -> JoinError
where
    E: std::error::Error + Send + Sync + 'static,
{
    match error {
        ExternalCommitBuilderError::PublicGroupError(CreationFromExternalError::TreeHashMismatch) => {
            JoinError::TreeMismatch
        }
        error => JoinError::Invalid(error.into()),
    }
}
