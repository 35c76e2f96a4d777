//! Who is told of what: from what an operation changed to the mailboxes of connected devices.

pub(crate) mod cursors;
pub(crate) mod people;

use std::sync::Arc;

use sealpost_protocol::{
    AccountId, Bytes, ConversationId, DeviceId,
    conversation::{Entry, EntryBody},
};

use crate::{
    app::App,
    store::{CommitEffects, StoreResult},
};

/// Tells the leaves of a conversation of an entry that was appended. It is on disk: who cannot be told finds it there.
pub(crate) async fn entry_appended(
    app: &App,
    conversation: ConversationId,
    entry: &Arc<Entry>,
    effects: Option<&CommitEffects>,
) {
    match leaves_after(app, conversation, entry).await {
        Ok(leaves) => app.hub.tell_entries(&leaves, conversation, std::slice::from_ref(entry)),
        Err(error) => tracing::warn!(%error, "devices could not be told of an entry"),
    }
    let Some(effects) = effects else { return };
    // Whoever was removed is told of the commit that did it.
    app.hub.tell_entries(&effects.removed, conversation, std::slice::from_ref(entry));
    let invited: Vec<DeviceId> =
        effects.added.iter().filter(|leaf| leaf.welcome.is_some()).map(|leaf| leaf.device).collect();
    app.hub.tell_inbox(&invited);
    for joined in effects.added.iter().filter(|leaf| leaf.welcome.is_none()) {
        who_leaves(app, conversation, joined.device).await;
    }
    let mut accounts: Vec<AccountId> = effects.added.iter().map(|leaf| leaf.account).collect();
    accounts.sort_unstable();
    accounts.dedup();
    app.hub.tell_conversation(&accounts, conversation);
    if !accounts.is_empty() {
        people::members_added(app, conversation).await;
    }
}

/// An entry that was appended before was sent again, so its sender had no answer, and perhaps nobody was told of it. Makes
/// the connected devices look.
pub(crate) async fn entry_repeated(app: &App, conversation: ConversationId) {
    match app.store.leaf_devices(conversation).await {
        Ok(leaves) => {
            let leaves: Vec<DeviceId> = leaves.into_iter().map(|leaf| leaf.device).collect();
            app.hub.tell_behind(&leaves, conversation);
            app.hub.tell_inbox(&leaves);
        }
        Err(error) => tracing::warn!(%error, "devices could not be told of an entry"),
    }
}

/// Tells a device that joined by itself who has left and waits to be removed: the others were told when that happened.
async fn who_leaves(app: &App, conversation: ConversationId, device: DeviceId) {
    match app.store.departures_around(device).await {
        Ok(departures) => {
            departures.iter().filter(|departure| departure.conversation == conversation).for_each(|departure| {
                app.hub.tell_leaving(&[device], conversation, departure.account, &departure.statement)
            })
        }
        Err(error) => tracing::warn!(%error, "a device could not be told who leaves"),
    }
}

/// Tells the leaves of a group, and the devices of who left it, that someone left.
pub(crate) async fn member_left(app: &App, conversation: ConversationId, account: AccountId, statement: &Bytes) {
    // Those of the leaver are leaves no longer, in the midst of an epoch.
    app.leaves.forget(conversation);
    match app.store.leaf_devices(conversation).await {
        Ok(leaves) => {
            let leaves: Vec<DeviceId> = leaves.into_iter().map(|leaf| leaf.device).collect();
            app.hub.tell_leaving(&leaves, conversation, account, statement);
        }
        Err(error) => tracing::warn!(%error, "devices could not be told that someone left"),
    }
}

/// Tells the leaves of a conversation of entries that were blanked.
pub(crate) async fn entries_erased(app: &App, conversation: ConversationId, seqs: &[u64]) {
    match app.store.leaf_devices(conversation).await {
        Ok(leaves) => {
            let leaves: Vec<DeviceId> = leaves.into_iter().map(|leaf| leaf.device).collect();
            app.hub.tell_erased(&leaves, conversation, seqs);
        }
        Err(error) => tracing::warn!(%error, "devices could not be told of blanked entries"),
    }
}

/// Tells the members of a conversation that its state changed.
pub(crate) async fn state_changed(app: &App, conversation: ConversationId) -> StoreResult<()> {
    let members: Vec<AccountId> =
        app.store.cursors(conversation).await?.into_iter().map(|member| member.account).collect();
    app.hub.tell_conversation(&members, conversation);
    Ok(())
}

/// Tells everyone who shares a conversation with `account`, and its own devices, of its device list.
pub(crate) async fn device_list_changed(app: &App, account: AccountId, version: u64) -> StoreResult<()> {
    let mut accounts = app.store.contacts(account).await?;
    accounts.push(account);
    app.hub.tell_device_list(&accounts, account, version);
    Ok(())
}

/// The devices of the epoch that `entry` leaves the conversation in.
async fn leaves_after(app: &App, conversation: ConversationId, entry: &Entry) -> StoreResult<Arc<[DeviceId]>> {
    let epoch = match entry.body {
        EntryBody::Application { .. } | EntryBody::Blank {} | EntryBody::Reset { .. } => {
            (entry.generation, entry.epoch)
        }
        EntryBody::Commit { .. } => (entry.generation, entry.epoch.saturating_add(1)),
    };
    leaves_at(app, conversation, epoch).await
}

/// The devices of an epoch, which is the present one or was a moment ago.
async fn leaves_at(app: &App, conversation: ConversationId, epoch: (u64, u64)) -> StoreResult<Arc<[DeviceId]>> {
    if let Some(leaves) = app.leaves.get(conversation, epoch) {
        return Ok(leaves);
    }
    let leaves: Arc<[DeviceId]> =
        app.store.leaf_devices(conversation).await?.into_iter().map(|leaf| leaf.device).collect();
    app.leaves.put(conversation, epoch, Arc::clone(&leaves));
    Ok(leaves)
}
