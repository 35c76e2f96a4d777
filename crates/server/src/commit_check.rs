//! Checking a commit before the log takes it: against the cached public group of its epoch, outside any transaction,
//! which then only compares and swaps the epoch.

use sealpost_mls::{CommitUpload as MlsUpload, Member, PublicError, PublicView, RuleViolation, trim_welcome};
use sealpost_protocol::{Bytes, ConversationId, Problem, ProblemKind, conversation::CommitUpload};

use crate::{
    app::App,
    caller::CallingDevice,
    store::{AddedLeaf, CommitEffects},
};

/// A commit that keeps the rules.
pub(crate) struct Checked {
    /// The serialised commit.
    pub commit: Bytes,
    /// What it changes.
    pub effects: CommitEffects,
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
    let restored = app.compute(move || PublicView::restore(&stored.group_info, &stored.ratchet_tree)).await?;
    let view = restored.map_err(|error| {
        tracing::error!(%error, "a stored public group cannot be read");
        Problem::new(ProblemKind::Internal)
    })?;
    app.views.put(conversation, (position.generation, position.epoch), view.clone());
    Ok(Some(view))
}

/// Checks that `upload` is a commit of the caller's device in `view`'s epoch that keeps the rules, and that whoever it
/// adds is known here.
///
/// # Errors
/// `commit-refused` and the like, with the rule that it breaks.
pub(crate) async fn check(
    app: &App,
    view: PublicView,
    upload: CommitUpload,
    caller: CallingDevice,
) -> Result<Checked, Problem> {
    let (checked, joining) = app.compute(move || verify(&view, upload, caller)).await?.map_err(|e| refused(&e))?;
    check_devices(app, &joining).await?;
    Ok(checked)
}

/// What a refused commit is told.
pub(crate) fn refused(error: &PublicError) -> Problem {
    let kind = match error {
        PublicError::Malformed(_) => ProblemKind::InvalidRequest,
        PublicError::Identity(_) | PublicError::Rule(RuleViolation::InvalidCredential) => ProblemKind::InvalidIdentity,
        _ => ProblemKind::CommitRefused,
    };
    Problem::new(kind).with_detail(error.to_string())
}

fn verify(
    view: &PublicView,
    upload: CommitUpload,
    caller: CallingDevice,
) -> Result<(Checked, Vec<Member>), PublicError> {
    let parts =
        MlsUpload { commit: &upload.commit, welcome: upload.welcome.as_deref(), group_info: &upload.group_info };
    let checked = view.check(parts, (caller.account, caller.device), &[])?;
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
        tree: checked.view.ratchet_tree().to_vec(),
        added,
        removed: change.removed.iter().map(|member| member.device).collect(),
    };
    let mut joining = change.added;
    joining.extend(change.external.then_some(change.committer));
    Ok((Checked { commit: upload.commit, effects, view: checked.view }, joining))
}

/// Every leaf that joins is a device that its account has published here, under the account's root key.
async fn check_devices(app: &App, joining: &[Member]) -> Result<(), Problem> {
    let unknown = || Problem::new(ProblemKind::InvalidIdentity).with_detail("a leaf is not a device of its account");
    let mut accounts: Vec<_> = joining.iter().map(|member| member.account).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let profiles = app.store.profiles(&accounts).await?;
    for member in joining {
        let profile = profiles.iter().find(|profile| profile.account == member.account).ok_or_else(unknown)?;
        let device = app.store.device(member.device).await?.ok_or_else(unknown)?;
        let is_known = device.account == member.account
            && device.removed.is_none()
            && device.signature_key == member.signature_key
            && member.credential.root_public_key.as_slice() == profile.root_public_key.as_ref();
        if !is_known {
            return Err(unknown());
        }
    }
    Ok(())
}
