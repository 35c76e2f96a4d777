//! A new password, by someone who is signed in or has the recovery code.

use sealpost_protocol::{
    Problem, ProblemKind,
    account::{Done, PasswordFinish, PasswordStart, RegistrationStarted},
};

use super::{backup, invalid, problem, sessions, version_conflict};
use crate::{
    app::App,
    caller::SignedIn,
    store::{KeptSession, SessionKind, Swap},
};

/// First step.
pub(super) async fn start(app: &App, session: &SignedIn, body: PasswordStart) -> Result<RegistrationStarted, Problem> {
    let profile = app.store.profile(session.account).await?.ok_or(problem(ProblemKind::NotFound))?;
    let message = app
        .passwords
        .start_registration(&profile.username, &body.message)
        .map_err(|error| invalid(error.to_string()))?;
    Ok(RegistrationStarted { message: message.into() })
}

/// Second step: record and backup in one transaction. A recovery session becomes a full one and ends every other: whoever has
/// them may know the old password.
pub(super) async fn finish(app: &App, session: &SignedIn, body: PasswordFinish) -> Result<Done, Problem> {
    sessions::must_be_fresh(app, session)?;
    backup::check(&body.backup)?;
    let record = app.passwords.finish_registration(&body.upload).map_err(|error| invalid(error.to_string()))?;
    let expires = app.now().saturating_add(app.session_lifetime());
    let alone = !body.keep_sessions || session.kind == SessionKind::Recovery;
    let kept = KeptSession { token_hash: session.token_hash, expires, alone };
    let (swap, _) = app.store.set_password(session.account, &record, &body.backup, kept).await?;
    match swap {
        Swap::Done(_) => {
            if alone {
                app.hub.end_sessions(session.account, None, Some(session.token_hash));
            }
            Ok(Done {})
        }
        Swap::Conflict(version) => Err(version_conflict(version)),
    }
}
