//! Checking a commit before the log takes it: against the cached public group of its epoch, outside any transaction,
//! which then only compares and swaps the epoch.

use std::collections::{BTreeSet, HashSet};

use sealpost_mls::{
    CommitUpload as MlsUpload, Member, PublicError, PublicView, RuleViolation,
    identity::{Delisting, DeviceList},
    trim_welcome,
};
use sealpost_protocol::{
    AccountId, Bytes, ConversationId, Problem, ProblemKind,
    conversation::{CommitUpload, ResetUpload},
};

use crate::{
    app::App,
    caller::CallingDevice,
    store::{AddedLeaf, CommitEffects, CutTree},
};

/// A commit that keeps the rules.
pub(crate) struct Checked {
    /// The serialised commit, or the statement of a reset.
    pub commit: Bytes,
    /// What it changes.
    pub effects: CommitEffects,
    /// The accounts that others brought in and that had no device in the group before.
    pub newcomers: Vec<AccountId>,
    /// The group after it.
    pub view: PublicView,
}

/// The view of a conversation's present epoch, with its generation; nothing for a conversation that does not exist.
pub(crate) async fn present_view(
    app: &App,
    conversation: ConversationId,
    epoch: (u64, u64),
) -> Result<Option<PublicView>, Problem> {
    if let Some(view) = app.views.get(conversation, epoch) {
        return Ok(Some(view));
    }
    let Some(stored) = app.store.group_info(conversation).await? else { return Ok(None) };
    let position = stored.position;
    let bytes = stored.ratchet_tree.len();
    let restored = on_tree(app, bytes, move || PublicView::restore(&stored.group_info, &stored.ratchet_tree)).await?;
    let view = restored.map_err(|error| {
        tracing::error!(%error, "a stored public group cannot be read");
        Problem::new(ProblemKind::Internal)
    })?;
    app.views.put(conversation, (position.generation, position.epoch), view.clone());
    Ok(Some(view))
}

/// Checks that `upload` is a commit of the caller's device in `view`'s epoch that keeps the rules, and that every leaf
/// that it brings is of a device that is known here.
///
/// # Errors
/// `commit-refused` and the like, with the rule that it breaks.
pub(crate) async fn check(
    app: &App,
    view: PublicView,
    upload: CommitUpload,
    caller: CallingDevice,
) -> Result<Checked, Problem> {
    let bytes = view.ratchet_tree().len();
    let verified = on_tree(app, bytes, move || verify(&view, upload, caller)).await?;
    let (checked, brought, delistings) = verified.map_err(|error| refused(&error))?;
    check_devices(app, &brought).await?;
    check_delistings(app, &delistings).await?;
    Ok(checked)
}

/// Each of these lists, by which a commit removes devices, was published here by its account: who has a list key that was
/// replaced can sign lists as well, which those who know the newer key take for a broken rule.
async fn check_delistings(app: &App, delistings: &[Delisting]) -> Result<(), Problem> {
    for list in delistings.iter().map(Delisting::list) {
        let published = app.store.device_list(list.account, list.version).await?;
        let is_published = published.is_some_and(|bytes| DeviceList::from_bytes(&bytes).as_ref() == Ok(list));
        if !is_published {
            let detail = "a list that is to show whose devices are removed was not published here";
            return Err(Problem::new(ProblemKind::CommitRefused).with_detail(detail));
        }
    }
    Ok(())
}

/// Computes on a tree of so many bytes when it is that one's turn, which is held even if nobody waits for the answer any more.
async fn on_tree<T: Send + 'static>(
    app: &App,
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let turn = app.checks.with_tree(bytes).await;
    let work = move || {
        let done = work();
        drop(turn);
        done
    };
    app.compute(work).await
}

/// Checks that `upload` is a new group that the caller's device may put in the place of `view`'s, and that nobody is in it
/// who has left.
///
/// # Errors
/// `commit-refused` and the like, with the rule that it breaks.
pub(crate) async fn check_reset(
    app: &App,
    conversation: ConversationId,
    view: PublicView,
    upload: ResetUpload,
    caller: CallingDevice,
) -> Result<Checked, Problem> {
    let bytes = view.ratchet_tree().len();
    let verify = move || {
        let device = (caller.account, caller.device);
        let (new, statement) =
            view.check_reset(&upload.statement, (&upload.group_info, &upload.ratchet_tree), device)?;
        let others = view.members()?.into_iter().map(|member| member.device).filter(|other| *other != caller.device);
        let effects = CommitEffects {
            group_info: new.group_info().to_vec(),
            tree: CutTree::new(new.ratchet_tree()),
            added: Vec::new(),
            removed: others.collect(),
            gone: Vec::new(),
        };
        let brought = new.members()?;
        Ok((
            Checked { commit: upload.statement, effects, newcomers: Vec::new(), view: new },
            brought,
            statement.members,
        ))
    };
    let verified = on_tree(app, bytes, verify).await?.map_err(|error: PublicError| refused(&error))?;
    let (mut checked, brought, members) = verified;
    check_devices(app, &brought).await?;
    let departures = app.store.departures_around(caller.device).await?;
    let has_left =
        |account: &AccountId| departures.iter().any(|one| (one.conversation, one.account) == (conversation, *account));
    if members.iter().any(has_left) {
        let detail = "someone who left is not to be added again";
        return Err(Problem::new(ProblemKind::CommitRefused).with_detail(detail));
    }
    let known = app.store.cursors(conversation).await?.into_iter().map(|member| member.account);
    checked.effects.gone = known.filter(|account| members.binary_search(account).is_err()).collect();
    Ok(checked)
}

/// What a refused commit is told.
pub(crate) fn refused(error: &PublicError) -> Problem {
    let kind = match error {
        PublicError::Malformed(_) => ProblemKind::InvalidRequest,
        PublicError::TooLarge { .. } => ProblemKind::TooLarge,
        PublicError::Identity(_) | PublicError::Rule(RuleViolation::InvalidCredential) => ProblemKind::InvalidIdentity,
        _ => ProblemKind::CommitRefused,
    };
    Problem::new(kind).with_detail(error.to_string())
}

/// The commit if it keeps the rules, with the leaves that it brings into the tree, and the lists that it says leave devices
/// out.
fn verify(
    view: &PublicView,
    upload: CommitUpload,
    caller: CallingDevice,
) -> Result<(Checked, Vec<Member>, Vec<Delisting>), PublicError> {
    let parts =
        MlsUpload { commit: &upload.commit, welcome: upload.welcome.as_deref(), group_info: &upload.group_info };
    let checked = view.check(parts, (caller.account, caller.device))?;
    let change = checked.change;
    let mut added = Vec::with_capacity(change.added.len() + 1);
    if change.external {
        added.push(AddedLeaf { account: caller.account, device: caller.device, welcome: None });
    }
    for (member, reference) in change.added.iter().zip(&change.key_package_refs) {
        let welcome = upload.welcome.as_deref().map(|welcome| trim_welcome(welcome, reference)).transpose()?;
        added.push(AddedLeaf { account: member.account, device: member.device, welcome });
    }
    let effects = CommitEffects {
        group_info: checked.view.group_info().to_vec(),
        tree: CutTree::new(checked.view.ratchet_tree()),
        added,
        removed: change.removed.iter().map(|member| member.device).collect(),
        gone: gone(&change.removed, &checked.view)?,
    };
    let newcomers = newcomers(view, &change.added)?;
    let mut brought = change.added;
    brought.extend((change.external || change.updated).then_some(change.committer));
    Ok((Checked { commit: upload.commit, effects, newcomers, view: checked.view }, brought, change.delistings))
}

/// The accounts of these leaves that have none in the group before the commit.
fn newcomers(before: &PublicView, added: &[Member]) -> Result<Vec<AccountId>, PublicError> {
    if added.is_empty() {
        return Ok(Vec::new());
    }
    let known: HashSet<AccountId> = before.members()?.iter().map(|member| member.account).collect();
    let new: BTreeSet<_> = added.iter().map(|member| member.account).filter(|one| !known.contains(one)).collect();
    Ok(new.into_iter().collect())
}

/// The accounts of these leaves that have none in the group after the commit.
fn gone(removed: &[Member], after: &PublicView) -> Result<Vec<AccountId>, PublicError> {
    if removed.is_empty() {
        return Ok(Vec::new());
    }
    let stay: HashSet<AccountId> = after.members()?.iter().map(|member| member.account).collect();
    let gone: BTreeSet<_> = removed.iter().map(|member| member.account).filter(|one| !stay.contains(one)).collect();
    Ok(gone.into_iter().collect())
}

/// Every one of these leaves is of a device that its account has published here, with the key and in the list that it was
/// published with, under the account's root key.
///
/// # Errors
/// `invalid-identity`.
pub(crate) async fn check_devices(app: &App, leaves: &[Member]) -> Result<(), Problem> {
    let unknown = || Problem::new(ProblemKind::InvalidIdentity).with_detail("a leaf is not a device of its account");
    let mut accounts: Vec<_> = leaves.iter().map(|member| member.account).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let profiles = app.store.profiles(&accounts).await?;
    for member in leaves {
        let profile = profiles.iter().find(|profile| profile.account == member.account).ok_or_else(unknown)?;
        let device = app.store.device(member.device).await?.ok_or_else(unknown)?;
        let is_known = device.account == member.account
            && device.removed.is_none()
            && device.is_certified_by(&member.credential.certificate)
            && member.credential.root_public_key.as_slice() == profile.root_public_key.as_ref();
        if !is_known {
            return Err(unknown());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::{SystemTime, UNIX_EPOCH};

    use rand::rngs::OsRng;
    use sealpost_mls::{
        Context, Group, GroupId, MemoryStore, Roles, Suite,
        identity::{Credential, DeviceCertificate, DeviceKey, ListKey, ListKeyCertificate, RootKey},
    };

    use sealpost_protocol::DeviceId;

    use super::*;

    #[test]
    fn an_update_brings_the_leaf_of_its_committer() {
        let (account, device) = (AccountId([1; 16]), DeviceId([2; 16]));
        let (root, list_key, key) =
            (RootKey::generate(&mut OsRng), ListKey::generate(&mut OsRng), DeviceKey::generate(&mut OsRng));
        let list_key_certificate = ListKeyCertificate::sign(&root, account, 1, &list_key);
        let certificate = DeviceCertificate::sign(&list_key, &list_key_certificate, device, &key, 1);
        let credential = Credential::new(root.public_key(), list_key_certificate, certificate);
        let (store, mut rng) = (MemoryStore::new(), OsRng);
        let context = Context::new(&store, &mut rng, &key, &credential);
        let id = GroupId { conversation: ConversationId([3; 16]), generation: 1 };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut group = Group::create(&context, id, Suite::Classic, &Roles::group([account]), now).unwrap();
        let (group_info, tree) = group.export_group_info(&context).unwrap();
        let view = PublicView::new(&group_info, &tree).unwrap();
        let update = group.update(&context).unwrap();
        let upload = CommitUpload { commit: update.commit.into(), welcome: None, group_info: update.group_info.into() };
        let (checked, brought, _) = verify(&view, upload, CallingDevice { account, device }).unwrap();
        assert!(checked.effects.added.is_empty());
        assert_eq!(brought, checked.view.members().unwrap(), "the new leaf is compared with what was published");
        assert_ne!(brought, Vec::new());
    }
}
