//! Who is told what people do: typing, coming and going, new names and pictures, requests to join.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use sealpost_protocol::{
    AccountId, ConversationId, DeviceId, Problem, Timestamp,
    activity::{Presence, Typing},
};

use crate::{app::App, commit_check::present_view, store::StoreResult};

/// Times of when someone was there are told and kept by the minute, in milliseconds.
const MINUTE: u64 = 60 * 1000;

/// Tells the other members that someone types; false if the device is no leaf of the conversation.
pub(crate) async fn typing(app: &App, device: DeviceId, typing: Typing) -> StoreResult<bool> {
    let leaves = leaves_now(app, typing.conversation).await?;
    let is_leaf = leaves.contains(&device);
    if is_leaf {
        app.hub.tell_typing(&leaves, typing);
    }
    Ok(is_leaf)
}

/// The devices of a conversation's present epoch; none of one that does not exist.
async fn leaves_now(app: &App, conversation: ConversationId) -> StoreResult<Arc<[DeviceId]>> {
    let Some(position) = app.store.position(conversation).await? else { return Ok(Arc::default()) };
    super::leaves_at(app, conversation, (position.generation, position.epoch)).await
}

/// Tells everyone who shares a conversation with `account`, and its own devices, of its name or picture.
pub(crate) async fn profile_changed(app: &App, account: AccountId) -> StoreResult<()> {
    let mut accounts = app.store.contacts(account).await?;
    accounts.push(account);
    app.hub.tell_profile(&accounts, account);
    Ok(())
}

/// What `viewer` may know of the presence of `accounts`: of those that share a conversation with it, if neither side
/// hides it.
pub(crate) async fn visible_presences(
    app: &App,
    viewer: AccountId,
    accounts: &[AccountId],
) -> StoreResult<Vec<Presence>> {
    let mut asked = accounts.to_vec();
    asked.push(viewer);
    let hiding = app.store.hiding_presence(&asked).await?;
    if hiding.contains(&viewer) {
        return Ok(Vec::new());
    }
    let shared = app.store.sharing_with(viewer, accounts).await?;
    let seen: Vec<AccountId> = shared.into_keys().filter(|account| !hiding.contains(account)).collect();
    let times: BTreeMap<AccountId, Timestamp> = app.store.last_seen(&seen).await?.into_iter().collect();
    let presence = |account: AccountId| {
        let online = app.hub.is_online(account);
        let last_seen = times.get(&account).copied().filter(|_| !online);
        Presence { account, online, last_seen }
    };
    Ok(seen.into_iter().map(presence).collect())
}

/// Those who watch the account's presence and may see it.
pub(crate) async fn presence_viewers(app: &App, account: AccountId) -> StoreResult<BTreeSet<AccountId>> {
    let watchers = app.hub.watchers(account);
    if watchers.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut all = watchers.clone();
    all.push(account);
    let hiding = app.store.hiding_presence(&all).await?;
    if hiding.contains(&account) {
        return Ok(BTreeSet::new());
    }
    let shared = app.store.sharing_with(account, &watchers).await?;
    Ok(shared.into_keys().filter(|viewer| !hiding.contains(viewer)).collect())
}

/// Notes when those who went were last there, and tells who watches them and those who came.
pub(crate) async fn presences_changed(app: &App, changes: &[(AccountId, bool)]) -> StoreResult<()> {
    let now = app.now() / MINUTE * MINUTE;
    let gone: Vec<AccountId> = changes.iter().filter(|(_, online)| !online).map(|(account, _)| *account).collect();
    let hiding = app.store.hiding_presence(&gone).await?;
    let noted: BTreeSet<AccountId> = gone.into_iter().filter(|account| !hiding.contains(account)).collect();
    if !noted.is_empty() {
        app.store.write_last_seen(&noted, now).await?;
    }
    for (account, online) in changes {
        let viewers = presence_viewers(app, *account).await?;
        if !viewers.is_empty() {
            let last_seen = (!online).then_some(now);
            app.hub.tell_presence(&viewers, Presence { account: *account, online: *online, last_seen });
        }
    }
    Ok(())
}

/// Tells the admins of a group, and `others`, that requests to join it came or went.
pub(crate) async fn join_requests_changed(
    app: &App,
    conversation: ConversationId,
    others: &[AccountId],
) -> Result<(), Problem> {
    let mut accounts = admins(app, conversation).await?;
    accounts.extend_from_slice(others);
    app.hub.tell_join_requests(&accounts, conversation);
    Ok(())
}

/// Has the admins of a group look at the requests to join: those of accounts that a commit added went with it.
pub(crate) async fn members_added(app: &App, conversation: ConversationId) {
    let told = async {
        if app.store.has_links(conversation).await? {
            join_requests_changed(app, conversation, &[]).await?;
        }
        Ok::<_, Problem>(())
    };
    if let Err(problem) = told.await {
        tracing::warn!(problem = problem.kind().name(), "admins could not be told of requests to join");
    }
}

/// The admins of a group by its public view; none of a direct conversation or of one that does not exist.
pub(crate) async fn admins(app: &App, conversation: ConversationId) -> Result<Vec<AccountId>, Problem> {
    let Some(position) = app.store.position(conversation).await? else { return Ok(Vec::new()) };
    let view = present_view(app, conversation, (position.generation, position.epoch)).await?;
    Ok(view.map_or_else(Vec::new, |view| view.roles().admins().to_vec()))
}
