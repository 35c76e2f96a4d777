//! What an account lets others see and do.

use sealpost_protocol::{
    AccountId, ConversationId, Problem, ProblemKind,
    activity::Presence,
    safety::{AccountSettings, SettingsWrite, WhoMayMessage},
};

use crate::{
    app::App,
    caller::SignedIn,
    fan_out,
    store::{Shared, StoreResult},
};

/// The account's settings.
pub(super) async fn read(app: &App, session: &SignedIn) -> Result<AccountSettings, Problem> {
    Ok(app.store.account_settings(session.account).await?)
}

/// Changes the settings and tells the account's other devices; who watched a presence that is hidden now is told that
/// nobody is there.
pub(super) async fn write(app: &App, session: &SignedIn, body: SettingsWrite) -> Result<AccountSettings, Problem> {
    let (account, settings) = (session.account, body.settings);
    let viewers = fan_out::people::presence_viewers(app, account).await?;
    app.store.write_account_settings(account, settings).await?;
    if settings.presence {
        app.hub.presence_changed(account);
    } else {
        app.hub.tell_presence(&viewers, Presence { account, online: false, last_seen: None });
    }
    app.hub.tell_settings(account, session.token_hash, settings);
    Ok(settings)
}

/// Refuses who may not start a chat with `other`. A chat that exists is nothing new.
pub(super) async fn check_may_start(app: &App, caller: AccountId, other: AccountId) -> Result<(), Problem> {
    match refusing(app, caller, &[other], None).await?.first() {
        Some(_) => Err(not_allowed("this person takes no new chats from this account")),
        None => Ok(()),
    }
}

/// Refuses who may not add these people to a group: whom one may not start a chat with, one does not add either. Whoever asked
/// to come in by a link may be let in.
pub(super) async fn check_may_add(
    app: &App,
    caller: AccountId,
    conversation: ConversationId,
    accounts: &[AccountId],
) -> Result<(), Problem> {
    let refusing = refusing(app, caller, accounts, Some(conversation)).await?;
    if refusing.is_empty() {
        return Ok(());
    }
    let asking = app.store.join_requests(conversation, app.now()).await?;
    if refusing.iter().all(|account| asking.iter().any(|request| request.account == *account)) {
        return Ok(());
    }
    Err(not_allowed("someone who was to be added takes no new chats from this account"))
}

/// Those of the accounts that give `caller` no key packages and are not to be added to groups by it. In a conversation that
/// was reset its members are added again, whatever they chose since.
pub(super) async fn refusing(
    app: &App,
    caller: AccountId,
    accounts: &[AccountId],
    conversation: Option<ConversationId>,
) -> StoreResult<Vec<AccountId>> {
    let mut choosy = app.store.choosy(accounts).await?;
    choosy.retain(|(account, _)| *account != caller);
    let accounts: Vec<AccountId> = choosy.iter().map(|(account, _)| *account).collect();
    let sharing = app.store.sharing_with(caller, &accounts).await?;
    choosy.retain(|(account, who)| !takes(*who, sharing.get(account).copied().unwrap_or_default()));
    let mut refusing: Vec<AccountId> = choosy.into_iter().map(|(account, _)| account).collect();
    if let Some(conversation) = conversation
        && !refusing.is_empty()
        && app.store.is_member(conversation, caller).await?
    {
        let members = app.store.cursors(conversation).await?;
        refusing.retain(|account| !members.iter().any(|member| member.account == *account));
    }
    Ok(refusing)
}

/// Whether someone who chose `who` takes new chats from an account with which they share this.
fn takes(who: WhoMayMessage, shared: Shared) -> bool {
    match who {
        WhoMayMessage::Everyone => true,
        WhoMayMessage::SharedGroups => shared.direct || shared.group,
        WhoMayMessage::Nobody => shared.direct,
    }
}

fn not_allowed(detail: &str) -> Problem {
    Problem::new(ProblemKind::NotAllowed).with_detail(detail)
}
