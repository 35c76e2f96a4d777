//! Sessions: making, showing and ending them.

use rand::{RngCore as _, rngs::OsRng};
use sealpost_protocol::{
    AccountId, Bytes, DeviceId, Problem, ProblemKind,
    account::{Done, Me, SignOut, SignedIn as SignedInAnswer},
};
use zeroize::Zeroizing;

use super::problem;
use crate::{
    app::App,
    caller::{SignedIn, hash_secret},
    store::{NewSession, SessionKind},
};

/// How long a recovery session lasts, in milliseconds: 15 minutes.
const RECOVERY_SESSION: u64 = 15 * 60 * 1000;

/// How long after it was made a session may change the password and the backup, in milliseconds: 15 minutes.
const FRESH: u64 = 15 * 60 * 1000;

/// A session to be stored, with the token that only its owner gets.
pub(super) struct MadeSession {
    /// 32 random bytes.
    pub token: Zeroizing<[u8; 32]>,
    /// What is stored.
    pub session: NewSession,
}

/// Makes a session, not yet stored.
pub(super) fn make(app: &App, account: AccountId, device: Option<DeviceId>, kind: SessionKind) -> MadeSession {
    let mut token = Zeroizing::new([0; 32]);
    OsRng.fill_bytes(token.as_mut());
    let created = app.now();
    let lifetime = match kind {
        SessionKind::Full | SessionKind::Linked => app.session_lifetime(),
        SessionKind::Recovery => RECOVERY_SESSION,
    };
    let token_hash = hash_secret(token.as_ref());
    let session = NewSession { token_hash, account, device, kind, created, expires: created.saturating_add(lifetime) };
    MadeSession { token, session }
}

/// What someone who just signed in needs to go on.
pub(super) async fn signed_in(app: &App, made: &MadeSession) -> Result<SignedInAnswer, Problem> {
    let NewSession { account, device, expires, .. } = made.session;
    let profile = app.store.profile(account).await?.ok_or(problem(ProblemKind::NotFound))?;
    let backup = app.store.backup(account).await?.ok_or(problem(ProblemKind::NotFound))?;
    let session_token = Bytes::from(made.token.as_slice());
    Ok(SignedInAnswer { session_token, me: Me { profile, device, session_expires: expires }, backup })
}

/// Refuses what takes more than a session that somebody may have got hold of: whoever changes the password or the backup has
/// just shown that they know the password or the recovery code, or have a passkey.
pub(super) fn must_be_fresh(app: &App, session: &SignedIn) -> Result<(), Problem> {
    let is_shown = session.kind != SessionKind::Linked;
    if is_shown && app.now() < session.created.saturating_add(FRESH) {
        return Ok(());
    }
    Err(problem(ProblemKind::NotAllowed).with_detail("sign in again first: this session is not of just now"))
}

/// Who is signed in.
pub(super) async fn me(app: &App, session: &SignedIn) -> Result<Me, Problem> {
    let profile = app.store.profile(session.account).await?.ok_or(problem(ProblemKind::NotFound))?;
    Ok(Me { profile, device: session.device, session_expires: session.expires })
}

/// Ends this session or all of the account, and their connections with them.
pub(super) async fn sign_out(app: &App, session: &SignedIn, body: SignOut) -> Result<Done, Problem> {
    if body.everywhere {
        if session.kind == SessionKind::Recovery {
            return Err(problem(ProblemKind::NotAllowed).with_detail("a recovery session may only end itself"));
        }
        app.store.end_sessions(session.account, None).await?;
        app.hub.end_sessions(session.account, None, None);
    } else {
        app.store.end_session(session.token_hash).await?;
        app.hub.end_sessions(session.account, Some(session.token_hash), None);
    }
    Ok(Done {})
}
