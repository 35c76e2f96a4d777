//! Sessions, known by the SHA-256 of their tokens, and sign-ins between their two steps.

use sealpost_protocol::{AccountId, DeviceId, SignInId, Timestamp};

use super::{
    Store, StoreError, StoreResult,
    convert::{checked, column, hash, number},
    db::{Tx, execute, fetch_all, fetch_optional},
};

/// A session's end moves at most this often, in milliseconds: once an hour.
const SLIDE_INTERVAL: u64 = 60 * 60 * 1000;

/// What a session may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionKind {
    /// Made with the password or a passkey.
    Full,
    /// Made with the recovery code: may only set a new password, and revoke devices.
    Recovery,
    /// Made by another device: nobody has shown that they know the password.
    Linked,
}

/// A session to be made.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// Whose.
    pub account: AccountId,
    /// The device that it is bound to; nothing until one is published.
    pub device: Option<DeviceId>,
    /// What it may do.
    pub kind: SessionKind,
    /// When it begins.
    pub created: Timestamp,
    /// When it ends unless it is used.
    pub expires: Timestamp,
}

/// A session that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub account: AccountId,
    /// The device that it is bound to.
    pub device: Option<DeviceId>,
    /// What it may do.
    pub kind: SessionKind,
    /// When it began.
    pub created: Timestamp,
    /// When it ends unless it is used.
    pub expires: Timestamp,
}

/// The session that sets a new password.
#[derive(Debug, Clone, Copy)]
pub struct KeptSession {
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// Until when, now that it is a full one.
    pub expires: Timestamp,
    /// Every other one ends.
    pub alone: bool,
}

/// A sign-in between its two steps.
#[derive(Clone)]
pub struct SignIn {
    /// Nothing for a username that does not exist.
    pub account: Option<AccountId>,
    /// OPAQUE `ServerLogin`, serialised.
    pub state: Vec<u8>,
}

impl SessionKind {
    fn to_column(self) -> i64 {
        match self {
            Self::Full => 1,
            Self::Recovery => 2,
            Self::Linked => 3,
        }
    }

    fn from_column(column: i64) -> StoreResult<Self> {
        match column {
            1 => Ok(Self::Full),
            2 => Ok(Self::Recovery),
            3 => Ok(Self::Linked),
            _ => Err(StoreError::Corrupt("a session's kind")),
        }
    }
}

impl Store {
    /// Makes a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_session(&self, session: &NewSession) -> StoreResult<()> {
        let mut tx = self.db.begin().await?;
        insert_session(&mut tx, session).await?;
        tx.commit().await
    }

    /// The session with this token, if it has not ended. One that is used ends `lifetime` milliseconds from now, unless it
    /// was made with the recovery code; its row is written at most once an hour.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn use_session(
        &self,
        token_hash: [u8; 32],
        now: Timestamp,
        lifetime: u64,
    ) -> StoreResult<Option<Session>> {
        let row = fetch_optional!(
            self.db.read(),
            (Vec<u8>, Option<Vec<u8>>, i64, i64, i64),
            "SELECT account, device, kind, created, expires FROM sessions WHERE token_hash = $1 AND expires > $2",
            token_hash.as_slice(),
            column(now),
        );
        let Some((account, device, kind, created, expires)) = row else { return Ok(None) };
        let mut session = Session {
            account: checked("an account id", AccountId::from_slice(&account))?,
            device: device.map(|device| checked("a device id", DeviceId::from_slice(&device))).transpose()?,
            kind: SessionKind::from_column(kind)?,
            created: number("a session's beginning", created)?,
            expires: number("a session's end", expires)?,
        };
        let moved = now.saturating_add(lifetime);
        if session.kind != SessionKind::Recovery && moved >= session.expires.saturating_add(SLIDE_INTERVAL) {
            execute!(
                self.db.write(),
                "UPDATE sessions SET expires = $1 WHERE token_hash = $2 AND expires < $1",
                column(moved),
                token_hash.as_slice(),
            );
            session.expires = moved;
        }
        Ok(Some(session))
    }

    /// Ends one session; false if there was none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&self, token_hash: [u8; 32]) -> StoreResult<bool> {
        let ended = execute!(self.db.write(), "DELETE FROM sessions WHERE token_hash = $1", token_hash.as_slice());
        Ok(ended == 1)
    }

    /// Ends all sessions of an account, or all but one. Gives the token hashes of those that ended.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn end_sessions(&self, account: AccountId, but: Option<[u8; 32]>) -> StoreResult<Vec<[u8; 32]>> {
        let mut tx = self.db.begin().await?;
        forget_sign_ins(&mut tx, account).await?;
        let rows = fetch_all!(
            tx.on(),
            (Vec<u8>,),
            "DELETE FROM sessions WHERE account = $1 AND token_hash <> $2 RETURNING token_hash",
            account.as_bytes().as_slice(),
            but.as_ref().map_or(&[][..], |hash| hash.as_slice()),
        );
        tx.commit().await?;
        rows.iter().map(|(token_hash,)| hash("a token hash", token_hash)).collect()
    }

    /// Ends all sessions of a device. Gives their token hashes.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn end_sessions_of_device(&self, account: AccountId, device: DeviceId) -> StoreResult<Vec<[u8; 32]>> {
        let rows = fetch_all!(
            self.db.write(),
            (Vec<u8>,),
            "DELETE FROM sessions WHERE account = $1 AND device = $2 RETURNING token_hash",
            account.as_bytes().as_slice(),
            device.as_bytes().as_slice(),
        );
        rows.iter().map(|(token_hash,)| hash("a token hash", token_hash)).collect()
    }

    /// Keeps a sign-in until its second step.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_sign_in(&self, id: SignInId, sign_in: &SignIn, expires: Timestamp) -> StoreResult<()> {
        execute!(
            self.db.write(),
            "INSERT INTO sign_ins (id, account, state, expires) VALUES ($1, $2, $3, $4)",
            id.as_bytes().as_slice(),
            sign_in.account.as_ref().map(|account| account.as_bytes().as_slice()),
            sign_in.state.as_slice(),
            column(expires),
        );
        Ok(())
    }

    /// A sign-in that has begun and has not expired.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn sign_in(&self, id: SignInId, now: Timestamp) -> StoreResult<Option<SignIn>> {
        let row = fetch_optional!(
            self.db.read(),
            (Option<Vec<u8>>, Vec<u8>),
            "SELECT account, state FROM sign_ins WHERE id = $1 AND expires > $2",
            id.as_bytes().as_slice(),
            column(now),
        );
        let Some((account, state)) = row else { return Ok(None) };
        let account = account.map(|account| checked("an account id", AccountId::from_slice(&account))).transpose()?;
        Ok(Some(SignIn { account, state }))
    }

    /// Ends a sign-in, with a session if it succeeded: once, and not after a new password had it forgotten. False if it had
    /// ended; then there is no session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sign_in(&self, id: SignInId, session: Option<&NewSession>) -> StoreResult<bool> {
        let mut tx = self.db.begin().await?;
        let ended = execute!(tx.on(), "DELETE FROM sign_ins WHERE id = $1", id.as_bytes().as_slice()) == 1;
        if let Some(session) = session.filter(|_| ended) {
            insert_session(&mut tx, session).await?;
        }
        tx.commit().await?;
        Ok(ended)
    }
}

/// Makes a session within a transaction.
pub(super) async fn insert_session(tx: &mut Tx, session: &NewSession) -> StoreResult<()> {
    execute!(
        tx.on(),
        "INSERT INTO sessions (token_hash, account, device, kind, created, expires) VALUES ($1, $2, $3, $4, $5, $6)",
        session.token_hash.as_slice(),
        session.account.as_bytes().as_slice(),
        session.device.as_ref().map(|device| device.as_bytes().as_slice()),
        session.kind.to_column(),
        column(session.created),
        column(session.expires),
    );
    Ok(())
}

/// Forgets sign-ins that have begun: with the sessions ends what an old password could still become.
pub(super) async fn forget_sign_ins(tx: &mut Tx, account: AccountId) -> StoreResult<()> {
    execute!(tx.on(), "DELETE FROM sign_ins WHERE account = $1", account.as_bytes().as_slice());
    Ok(())
}

/// Ends all sessions of the account but `kept`, which becomes a full one.
pub(super) async fn end_others(tx: &mut Tx, account: AccountId, kept: KeptSession) -> StoreResult<Vec<[u8; 32]>> {
    if !kept.alone {
        return Ok(Vec::new());
    }
    execute!(
        tx.on(),
        "UPDATE sessions SET kind = $1, expires = $2 WHERE token_hash = $3",
        SessionKind::Full.to_column(),
        column(kept.expires),
        kept.token_hash.as_slice(),
    );
    let rows = fetch_all!(
        tx.on(),
        (Vec<u8>,),
        "DELETE FROM sessions WHERE account = $1 AND token_hash <> $2 RETURNING token_hash",
        account.as_bytes().as_slice(),
        kept.token_hash.as_slice(),
    );
    rows.iter().map(|(token_hash,)| hash("a token hash", token_hash)).collect()
}
