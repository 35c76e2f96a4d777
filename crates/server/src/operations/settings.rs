//! What an account lets others see and do.

use sealpost_protocol::{
    AccountId, Problem, ProblemKind,
    activity::Presence,
    safety::{AccountSettings, SettingsWrite, WhoMayMessage},
};

use crate::{app::App, caller::SignedIn, fan_out, store::StoreResult};

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
    let who = app.store.account_settings(other).await?.who_may_message;
    if who == WhoMayMessage::Everyone {
        return Ok(());
    }
    let shared = app.store.shared(caller, other).await?;
    if shared.direct || (who == WhoMayMessage::SharedGroups && shared.group) {
        return Ok(());
    }
    let detail = match who {
        WhoMayMessage::SharedGroups => "only who shares a group with this person may start a chat with them",
        _ => "this person takes no new chats",
    };
    Err(Problem::new(ProblemKind::NotAllowed).with_detail(detail))
}

/// Those of the accounts that give `caller` no key packages: they do not take everyone, and share no conversation with it.
pub(super) async fn refusing(app: &App, caller: AccountId, accounts: &[AccountId]) -> StoreResult<Vec<AccountId>> {
    let choosy: Vec<AccountId> =
        app.store.choosy(accounts).await?.into_iter().filter(|account| *account != caller).collect();
    let shared = app.store.sharing_with(caller, &choosy).await?;
    Ok(choosy.into_iter().filter(|account| !shared.contains(account)).collect())
}
