//! What everyone on the server may see of accounts.

use sealpost_protocol::{
    Problem, ProblemKind,
    account::{AccountsRead, AccountsSearch, Profile, ProfileWrite, Profiles, is_valid_display_name},
};

use super::{at_most, invalid, problem};
use crate::{app::App, caller::SignedIn, fan_out};

/// Most accounts in one request.
const ACCOUNTS_MAX: usize = 1000;
/// Longest prefix, in bytes.
const PREFIX_MAX: usize = 256;
/// Most profiles that a search gives.
const FOUND_MAX: u32 = 20;

/// Changes the caller's display name and tells who may care.
pub(super) async fn write(app: &App, session: &SignedIn, body: ProfileWrite) -> Result<Profile, Problem> {
    check_display_name(&body.display_name)?;
    app.store.set_display_name(session.account, &body.display_name).await?;
    fan_out::people::profile_changed(app, session.account).await?;
    app.store.profile(session.account).await?.ok_or(problem(ProblemKind::NotFound))
}

/// Profiles by account, in the order of the request; unknown ones are left out.
pub(super) async fn read(app: &App, body: AccountsRead) -> Result<Profiles, Problem> {
    at_most("accounts", body.accounts.len(), ACCOUNTS_MAX)?;
    let mut profiles = app.store.profiles(&body.accounts).await?;
    profiles.sort_by_key(|profile| body.accounts.iter().position(|account| *account == profile.account));
    Ok(Profiles { profiles })
}

/// Profiles by the beginning of a name.
pub(super) async fn search(app: &App, body: AccountsSearch) -> Result<Profiles, Problem> {
    if body.prefix.trim().is_empty() {
        return Err(invalid("prefix has at least one character"));
    }
    at_most("prefix", body.prefix.len(), PREFIX_MAX)?;
    Ok(Profiles { profiles: app.store.search_accounts(&body.prefix, FOUND_MAX).await? })
}

/// Whether a display name is one.
pub(super) fn check_display_name(name: &str) -> Result<(), Problem> {
    if is_valid_display_name(name) {
        return Ok(());
    }
    Err(invalid("display_name has 1 to 64 characters, not only spaces and no control characters"))
}
