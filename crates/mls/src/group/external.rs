//! Joining by external commit: how a device of a member account enters without anyone else online.

use openmls::prelude::{
    CreationFromExternalError, ExternalCommitBuilderError, LeafNodeParameters, MlsGroup, MlsMessageBodyIn,
    MlsMessageIn, OpenMlsProvider as _, RatchetTreeIn, group_info::VerifiableGroupInfo,
};
use sealpost_protocol::AccountId;

use super::{GroupId, Member, join_config};
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
    /// The group that the GroupInfo named; it is for the caller to compare with the one that it wants to join.
    pub id: GroupId,
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
    let (info, tree) = read(group_info, ratchet_tree)?;
    may_join(context.credential.account, &info, &tree)?;
    commit_unchecked(context, info, tree)
}

/// The external commit, whether or not the rules allow it.
pub(crate) fn commit_unchecked(
    context: &Context<'_>,
    group_info: VerifiableGroupInfo,
    tree: RatchetTreeIn,
) -> Result<ExternalJoin, JoinError> {
    let scratch = ScratchStore::new(context.provider.storage.store());
    let mut join = context.on_store(&scratch, |context| commit_at_once(context, group_info, tree))?;
    join.writes = scratch.into_writes();
    Ok(join)
}

pub(crate) fn read(group_info: &[u8], ratchet_tree: &[u8]) -> Result<(VerifiableGroupInfo, RatchetTreeIn), JoinError> {
    let message: MlsMessageIn = from_tls(group_info).map_err(|_| JoinError::Malformed)?;
    let MlsMessageBodyIn::GroupInfo(group_info) = message.extract() else { return Err(JoinError::Malformed) };
    let tree = wire::ratchet_tree(ratchet_tree).map_err(|_| JoinError::Malformed)?;
    Ok((group_info, tree))
}

/// OpenMLS stores and merges an external commit in one step.
fn commit_at_once(
    context: &Context<'_>,
    group_info: VerifiableGroupInfo,
    tree: RatchetTreeIn,
) -> Result<ExternalJoin, JoinError> {
    let provider = &context.provider;
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
        id: group.id(),
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        GroupError, PublicError, Roles,
        testing::{Chat, Person, each_suite},
    };

    #[test]
    fn a_second_device_joins_alone_and_reads_on() {
        each_suite(|suite| {
            let (alice, bob) = (Person::new(1), Person::new(2));
            let mut chat = Chat::direct(suite, &alice, &bob);
            chat.join(alice.device(2)).unwrap();
            chat.join(bob.device(2)).unwrap();
            chat.assert_agreed();
            chat.say(2, b"from my second device");
            chat.say(0, b"to everyone");
        });
    }

    #[test]
    fn nothing_is_stored_before_the_log_accepts() {
        each_suite(|suite| {
            let (alice, bob) = (Person::new(1), Person::new(2));
            let chat = Chat::direct(suite, &alice, &bob);
            let device = alice.device(2);
            let join = chat.external_commit(&device).unwrap();
            assert!(device.store.is_empty() && !join.writes.is_empty());
            assert_eq!(join.epoch_after, chat.view.epoch() + 1);
        });
    }

    #[test]
    fn a_device_that_lost_its_group_comes_back_in_place_of_its_old_leaf() {
        each_suite(|suite| {
            let (alice, bob) = (Person::new(1), Person::new(2));
            let mut chat = Chat::direct(suite, &alice, &bob);
            chat.devices.remove(1);
            chat.join(bob.device(1)).unwrap();
            assert_eq!(chat.view.members().unwrap().len(), 2);
            chat.say(1, b"back again");
        });
    }

    #[test]
    fn outsiders_are_refused_by_themselves_the_server_and_the_members() {
        each_suite(|suite| {
            let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
            let chat = Chat::of_admin(suite, &alice, &[&bob]);
            let device = carol.device(1);
            let refused = chat.external_commit(&device).unwrap_err();
            assert!(matches!(refused, JoinError::Rule(RuleViolation::ExternalByOutsider)));
            let (info, tree) = read(chat.view.group_info(), chat.view.ratchet_tree()).unwrap();
            let join = device.run(|context| commit_unchecked(context, info, tree)).unwrap();
            let error = chat.offer_external(&device, &join).err().unwrap();
            assert!(matches!(error, PublicError::Rule(RuleViolation::ExternalByOutsider)));
            let refused = chat.receive(0, &join.commit).unwrap_err();
            assert!(matches!(refused, GroupError::Rule(RuleViolation::ExternalByOutsider)));
            assert_eq!(chat.group(0).roles().unwrap(), Roles::group([alice.account]));
            chat.assert_agreed();
        });
    }

    #[test]
    fn a_tree_of_another_epoch_is_told() {
        each_suite(|suite| {
            let (alice, bob) = (Person::new(1), Person::new(2));
            let mut chat = Chat::direct(suite, &alice, &bob);
            let old_tree = chat.view.ratchet_tree().to_vec();
            let bundle = chat.make(0, |group, context| group.update(context));
            chat.accept(0, &bundle).unwrap();
            let group_info = chat.view.group_info();
            let refused = alice.device(2).run(|context| commit(context, group_info, &old_tree)).unwrap_err();
            assert!(matches!(refused, JoinError::TreeMismatch));
        });
    }
}
