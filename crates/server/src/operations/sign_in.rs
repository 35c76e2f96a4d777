//! Signing in with the password (OPAQUE), the recovery code or a passkey. Unknown users and wrong secrets look and cost the
//! same.

use rand::{RngCore as _, rngs::OsRng};
use sealpost_protocol::{
    Problem, ProblemKind, SignInId,
    account::{PasskeySignIn, Recover, SignInFinish, SignInStart, SignInStarted, SignedIn},
};
use subtle::ConstantTimeEq as _;

use super::{invalid, problem, sessions};
use crate::{
    app::App,
    caller::hash_secret,
    store::{SessionKind, SignIn},
};

/// How long the second step may take, in milliseconds: two minutes.
const SIGN_IN_WITHIN: u64 = 2 * 60 * 1000;

/// First step. Does not tell whether the user exists.
pub(super) async fn start(app: &App, body: SignInStart) -> Result<SignInStarted, Problem> {
    let username = body.username.to_lowercase();
    let credentials = app.store.credentials(&username).await?;
    let record = credentials.as_ref().map(|credentials| credentials.opaque_record.as_slice());
    let step =
        app.passwords.start_sign_in(&username, record, &body.message).map_err(|error| invalid(error.to_string()))?;
    let mut id = [0; 16];
    OsRng.fill_bytes(&mut id);
    let sign_in = SignIn { account: credentials.map(|credentials| credentials.account), state: step.state.to_vec() };
    app.store.add_sign_in(SignInId(id), &sign_in, app.now().saturating_add(SIGN_IN_WITHIN)).await?;
    Ok(SignInStarted { sign_in: SignInId(id), message: step.message.into() })
}

/// Second step: a session without a device.
pub(super) async fn finish(app: &App, body: SignInFinish) -> Result<SignedIn, Problem> {
    let wrong = || problem(ProblemKind::WrongCredentials);
    let sign_in = app.store.sign_in(body.sign_in, app.now()).await?.ok_or_else(wrong)?;
    let right = app.passwords.finish_sign_in(&sign_in.state, &body.message).is_ok();
    let Some(account) = sign_in.account.filter(|_| right) else {
        app.store.end_sign_in(body.sign_in, None).await?;
        return Err(wrong());
    };
    let made = sessions::make(app, account, None, SessionKind::Full);
    // The password may have been changed meanwhile.
    if !app.store.end_sign_in(body.sign_in, Some(&made.session)).await? {
        return Err(wrong());
    }
    sessions::signed_in(app, &made).await
}

/// Signs in with the recovery code, to set a new password.
pub(super) async fn recover(app: &App, body: Recover) -> Result<SignedIn, Problem> {
    let credentials = app.store.credentials(&body.username.to_lowercase()).await?;
    // Compared even for an unknown user, with what no token hashes to.
    let expected = credentials.as_ref().map_or([0; 32], |credentials| credentials.recovery_token_hash);
    let matches = bool::from(hash_secret(&body.recovery_token).ct_eq(&expected));
    let account = credentials.filter(|_| matches).ok_or(problem(ProblemKind::WrongCredentials))?.account;
    let made = sessions::make(app, account, None, SessionKind::Recovery);
    app.store.add_session(&made.session).await?;
    sessions::signed_in(app, &made).await
}

/// Signs in with a passkey: a session without a device. The token alone says whose it is: it has 256 bits that nobody
/// guesses, and is looked for by its hash, as a session's is.
pub(super) async fn by_passkey(app: &App, body: PasskeySignIn) -> Result<SignedIn, Problem> {
    let account = app.store.account_of_passkey(hash_secret(&body.token)).await?;
    let account = account.ok_or(problem(ProblemKind::WrongCredentials))?;
    let made = sessions::make(app, account, None, SessionKind::Full);
    app.store.add_session(&made.session).await?;
    sessions::signed_in(app, &made).await
}
