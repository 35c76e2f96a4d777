//! The log: appending messages and commits, reading windows, blanking entries.

use std::{collections::BTreeSet, ops::RangeInclusive, sync::atomic::Ordering};

use sealpost_mls::{ApplicationHeader, GroupId, PublicView};
use sealpost_protocol::{
    BlobId, Bytes, ConversationId, Problem, ProblemKind,
    account::Done,
    blob::BLOBS_MAX,
    conversation::{
        Append, Appended, CommitUpload, ENTRY_MAX, LogAppend, LogErase, LogLost, LogPosition, LogRead, LogWindow,
        LossNoted, ResetUpload,
    },
};

use super::{at_most, conversations::FIRST_TREE_MAX, exactly_32, invalid, problem, settings::check_may_add};
use crate::{
    app::App,
    caller::{CallingDevice, hash_secret},
    commit_check::{self, Checked},
    fan_out,
    store::{AddedLeaf, AppendOutcome, CommitEffects, CutTree, Erased, Erasure, Loss, NewContent, NewEntry},
};

/// How soon an entry may expire, in seconds: from half a minute to four weeks.
const EXPIRES_IN: RangeInclusive<u32> = 30..=4 * 7 * 24 * 60 * 60;

/// Appends a message or a commit; returns when it is durable.
pub(super) async fn append(app: &App, caller: CallingDevice, body: LogAppend) -> Result<Appended, Problem> {
    let (conversation, epoch) = (body.conversation, body.epoch);
    let appended = append_content(app, caller, body).await;
    match &appended {
        Ok(_) => app.turns.won(conversation, caller.account, app.now()),
        Err(problem) if problem.current.is_some_and(|current| epoch < current.epoch) => {
            app.turns.lost(conversation, caller.account, app.now());
        }
        Err(_) => {}
    }
    appended
}

async fn append_content(app: &App, caller: CallingDevice, body: LogAppend) -> Result<Appended, Problem> {
    let entry = |content| NewEntry {
        conversation: body.conversation,
        account: caller.account,
        device: caller.device,
        generation: body.generation,
        epoch: body.epoch,
        client_id: body.client_id,
        time: app.now(),
        erasure: Erasure::default(),
        blobs: Vec::new(),
        content,
    };
    match body.append {
        Append::Application { message, expires_in, delete_token_hash, blobs } => {
            check_blobs(&blobs)?;
            let erasure = erasure(expires_in, delete_token_hash)?;
            append_application(app, message, |content| NewEntry { erasure, blobs, ..entry(content) }).await
        }
        Append::Commit(upload) => append_commit(app, caller, upload, entry).await,
        Append::Reset(upload) => append_reset(app, caller, upload, entry).await,
    }
}

/// A window of the log, as far as the device may read it.
pub(super) async fn read(app: &App, caller: CallingDevice, body: LogRead) -> Result<LogWindow, Problem> {
    let window = app.store.log_window(body.conversation, caller.device, body.after).await?;
    window.ok_or(problem(ProblemKind::NotFound))
}

/// A device has stored an entry that is not here: tells the members that the conversation is to be reset.
pub(super) async fn lost(app: &App, caller: CallingDevice, body: LogLost) -> Result<LossNoted, Problem> {
    let hash = exactly_32("hash", &body.hash)?;
    let conversation = body.conversation;
    let position = position_for(app, conversation, caller).await?;
    let entry = ((body.seq, &hash), body.after);
    let loss = app.store.note_loss(conversation, caller.device, entry, app.now()).await?;
    if loss != Loss::None && !app.loss_was_told.load(Ordering::Relaxed) {
        // Whoever was not in the conversation yet in an old copy of the database is added again, with a new key package.
        app.store.void_all_key_packages().await?;
        app.loss_was_told.store(true, Ordering::Relaxed);
    }
    match loss {
        Loss::Noted => {
            tracing::warn!("a device knows of entries that are not here: their conversation is to be reset");
            fan_out::state_changed(app, conversation).await?;
        }
        Loss::None | Loss::Known => {}
        Loss::TooSoon(wait) => return Err(too_soon(wait)),
    }
    let view = commit_check::present_view(app, conversation, (position.generation, position.epoch)).await?;
    let may = |view: PublicView| view.roles().is_admin(caller.account) || view.roles().is_direct_of(caller.account);
    Ok(LossNoted { may_reset: view.is_some_and(may) })
}

/// Blanks an entry for whoever has its delete token.
pub(super) async fn erase(app: &App, caller: CallingDevice, body: LogErase) -> Result<Done, Problem> {
    let token = exactly_32("token", &body.token)?;
    if !app.store.is_member(body.conversation, caller.account).await? {
        return Err(problem(ProblemKind::NotFound));
    }
    match app.store.erase(body.conversation, body.seq, &hash_secret(&token)).await? {
        Erased::Done => fan_out::entries_erased(app, body.conversation, &[body.seq]).await,
        Erased::Already => {}
        Erased::WrongToken => {
            return Err(Problem::new(ProblemKind::NotAllowed).with_detail("the token is not that of the entry"));
        }
        Erased::NotFound => return Err(problem(ProblemKind::NotFound)),
    }
    Ok(Done {})
}

fn check_blobs(blobs: &[BlobId]) -> Result<(), Problem> {
    at_most("blobs", blobs.len(), BLOBS_MAX)?;
    let different: BTreeSet<_> = blobs.iter().collect();
    if different.len() < blobs.len() { Err(invalid("a blob is named twice")) } else { Ok(()) }
}

fn erasure(expires_in: Option<u32>, token_hash: Option<Bytes>) -> Result<Erasure, Problem> {
    if expires_in.is_some_and(|seconds| !EXPIRES_IN.contains(&seconds)) {
        return Err(invalid("an entry may expire after 30 seconds to 4 weeks"));
    }
    let token_hash = token_hash.map(|hash| exactly_32("delete_token_hash", &hash)).transpose()?;
    Ok(Erasure { expires_in, token_hash })
}

async fn append_application(
    app: &App,
    message: Bytes,
    entry: impl FnOnce(NewContent) -> NewEntry,
) -> Result<Appended, Problem> {
    at_most("message", message.len(), ENTRY_MAX)?;
    let header = ApplicationHeader::read(&message).map_err(|error| commit_check::refused(&error))?;
    let new = entry(NewContent::Application(message));
    let conversation = new.conversation;
    let group = GroupId { conversation, generation: new.generation };
    if header != (ApplicationHeader { group, epoch: new.epoch }) {
        return Err(invalid("the message is of another group or epoch"));
    }
    let outcome = app.appends.append(new).await?;
    match &outcome {
        AppendOutcome::Appended(entry) => fan_out::entry_appended(app, conversation, entry, None).await,
        AppendOutcome::Duplicate(_) => fan_out::entry_repeated(app, conversation).await,
        _ => {}
    }
    answer(outcome)
}

async fn append_commit(
    app: &App,
    caller: CallingDevice,
    upload: CommitUpload,
    entry: impl FnOnce(NewContent) -> NewEntry,
) -> Result<Appended, Problem> {
    at_most("commit", upload.commit.len(), ENTRY_MAX)?;
    // What the commit is an entry of is known before it is checked.
    let mut new = entry(NewContent::Application(Bytes::default()));
    let conversation = new.conversation;
    let _turn = app.checks.of(conversation).await;
    let position = position_for(app, conversation, caller).await?;
    let (theirs, present) = ((new.generation, new.epoch), (position.generation, position.epoch));
    if theirs > present {
        return Err(stale(position));
    }
    if theirs < present {
        // Epochs never come back, so this cannot be accepted any more: it is only looked up by its client id.
        new.content = NewContent::Commit(upload.commit, Box::new(no_effects(caller)));
        let outcome = app.appends.append(new).await?;
        if let AppendOutcome::Duplicate(_) = outcome {
            fan_out::entry_repeated(app, conversation).await;
        }
        return answer(outcome);
    }
    let view = commit_check::present_view(app, conversation, present).await?;
    let view = view.filter(|view| view.epoch() == new.epoch).ok_or_else(|| stale(position))?;
    app.turns.check(conversation, caller.account, app.now())?;
    let Checked { commit, effects, newcomers, view } = commit_check::check(app, view, upload, caller).await?;
    check_may_add(app, caller.account, conversation, &newcomers).await?;
    new.content = NewContent::Commit(commit, Box::new(effects.clone()));
    let outcome = app.appends.append(new).await?;
    if let AppendOutcome::Appended(entry) = &outcome {
        app.views.put(conversation, (entry.generation, entry.epoch.saturating_add(1)), view);
        fan_out::entry_appended(app, conversation, entry, Some(&effects)).await;
    }
    answer(outcome)
}

async fn append_reset(
    app: &App,
    caller: CallingDevice,
    upload: ResetUpload,
    entry: impl FnOnce(NewContent) -> NewEntry,
) -> Result<Appended, Problem> {
    at_most("ratchet_tree", upload.ratchet_tree.len(), FIRST_TREE_MAX)?;
    at_most("statement", upload.statement.len(), ENTRY_MAX)?;
    // What it is an entry of is known before the reset is checked.
    let mut new = entry(NewContent::Application(Bytes::default()));
    let conversation = new.conversation;
    let _turn = app.checks.of(conversation).await;
    let position = position_for(app, conversation, caller).await?;
    if new.generation <= position.generation {
        // Generations never come back: it is only looked up by its client id.
        let nowhere = LogPosition { generation: 0, epoch: 0, last_seq: 0 };
        new.content = NewContent::Reset(upload.statement, Box::new(no_effects(caller)), nowhere);
        return answer(app.appends.append(new).await?);
    }
    let view = commit_check::present_view(app, conversation, (position.generation, position.epoch)).await?;
    let view = view.ok_or_else(|| stale(position))?;
    let Checked { commit, effects, view, .. } =
        commit_check::check_reset(app, conversation, view, upload, caller).await?;
    if view.id().generation != new.generation || new.epoch != 0 {
        return Err(invalid("the statement is of another generation"));
    }
    new.content = NewContent::Reset(commit, Box::new(effects.clone()), position);
    let outcome = app.appends.append(new).await?;
    if let AppendOutcome::Appended(entry) = &outcome {
        app.views.put(conversation, (entry.generation, entry.epoch), view);
        fan_out::entry_appended(app, conversation, entry, Some(&effects)).await;
        fan_out::state_changed(app, conversation).await?;
    }
    answer(outcome)
}

/// Stands in for the effects of a commit that comes too late. Naming the device as one that joins lets a joining device
/// hear that it is late, instead of that it has no part in the conversation.
fn no_effects(caller: CallingDevice) -> CommitEffects {
    CommitEffects {
        group_info: Vec::new(),
        tree: CutTree::new(&[]),
        added: vec![AddedLeaf { account: caller.account, device: caller.device, welcome: None }],
        removed: Vec::new(),
        gone: Vec::new(),
    }
}

fn answer(outcome: AppendOutcome) -> Result<Appended, Problem> {
    match outcome {
        AppendOutcome::Appended(entry) => Ok(Appended { seq: entry.seq, time: entry.time, duplicate: false }),
        AppendOutcome::Duplicate(first) => Ok(first),
        AppendOutcome::ClientIdReused(first) => {
            let mut reused = problem(ProblemKind::ClientIdReused);
            reused.first = Some(first);
            Err(reused)
        }
        AppendOutcome::StaleEpoch(position) => Err(stale(position)),
        AppendOutcome::TooSoon(wait) => Err(too_soon(wait)),
        AppendOutcome::RemovalsPending(proofs) => {
            let mut pending = problem(ProblemKind::RemovalsPending);
            pending.detail = "a commit that removes who left, and devices that are not listed, comes first".to_owned();
            pending.removals = proofs;
            Err(pending)
        }
        AppendOutcome::BlobMissing => Err(problem(ProblemKind::BlobMissing)),
        AppendOutcome::NotMember => Err(problem(ProblemKind::NotFound)),
    }
}

/// Where the log of a conversation stands of which the caller's account is a member.
async fn position_for(app: &App, conversation: ConversationId, caller: CallingDevice) -> Result<LogPosition, Problem> {
    if !app.store.is_member(conversation, caller.account).await? {
        return Err(problem(ProblemKind::NotFound));
    }
    app.store.position(conversation).await?.ok_or(problem(ProblemKind::NotFound))
}

/// A conversation may be reset again in so many milliseconds.
fn too_soon(wait: u64) -> Problem {
    let mut too_soon = problem(ProblemKind::RateLimited).with_detail("the conversation was reset a while ago");
    too_soon.retry_after = Some(u32::try_from(wait / 1000).unwrap_or(u32::MAX).saturating_add(1));
    too_soon
}

fn stale(position: LogPosition) -> Problem {
    let mut stale = problem(ProblemKind::StaleEpoch);
    stale.current = Some(position);
    stale
}
