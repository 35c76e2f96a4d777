//! Passkeys, known by the SHA-256 of the tokens that they yield. They come and go with backups.

use sealpost_protocol::{
    AccountId, PasskeyId, Timestamp,
    account::{PASSKEYS_MAX, Passkey},
};

use super::{
    Store, StoreResult,
    convert::{checked, column, number},
    db::{Tx, execute, fetch_all, fetch_optional},
};

/// A passkey to be kept.
#[derive(Debug, Clone)]
pub struct NewPasskey {
    /// Which.
    pub passkey: PasskeyId,
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// When.
    pub now: Timestamp,
}

/// What became of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PasskeyAdded {
    Done,
    /// Its id or its token is in use.
    Taken,
    /// There are as many as there may be.
    Full,
}

impl Store {
    /// The account's passkeys, oldest first.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn passkeys(&self, account: AccountId) -> StoreResult<Vec<Passkey>> {
        let rows = fetch_all!(
            self.db.read(),
            (Vec<u8>, i64),
            "SELECT passkey, created FROM passkeys WHERE account = $1 ORDER BY created, passkey",
            account.as_bytes().as_slice(),
        );
        let read = |(passkey, created): (Vec<u8>, i64)| {
            let passkey = checked("a passkey's id", PasskeyId::from_slice(&passkey))?;
            Ok(Passkey { passkey, created: number("when a passkey came", created)? })
        };
        rows.into_iter().map(read).collect()
    }

    /// Whose passkey yields the token with this SHA-256.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn account_of_passkey(&self, token_hash: [u8; 32]) -> StoreResult<Option<AccountId>> {
        let row = fetch_optional!(
            self.db.read(),
            (Vec<u8>,),
            "SELECT account FROM passkeys WHERE token_hash = $1",
            token_hash.as_slice(),
        );
        row.map(|(account,)| checked("an account id", AccountId::from_slice(&account))).transpose()
    }
}

/// Keeps a passkey. The account's backup was written in the same transaction, so nobody else changes its passkeys.
pub(super) async fn add(tx: &mut Tx, account: AccountId, new: &NewPasskey) -> StoreResult<PasskeyAdded> {
    let account = account.as_bytes().as_slice();
    let there = fetch_optional!(tx.on(), (i64,), "SELECT COUNT(*) FROM passkeys WHERE account = $1", account);
    if there.is_some_and(|(count,)| count >= column(PASSKEYS_MAX as u64)) {
        return Ok(PasskeyAdded::Full);
    }
    let added = execute!(
        tx.on(),
        "INSERT INTO passkeys (token_hash, account, passkey, created) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        new.token_hash.as_slice(),
        account,
        new.passkey.as_bytes().as_slice(),
        column(new.now),
    );
    Ok(if added == 1 { PasskeyAdded::Done } else { PasskeyAdded::Taken })
}

/// Forgets a passkey, if there is one.
pub(super) async fn remove(tx: &mut Tx, account: AccountId, passkey: PasskeyId) -> StoreResult<()> {
    execute!(
        tx.on(),
        "DELETE FROM passkeys WHERE account = $1 AND passkey = $2",
        account.as_bytes().as_slice(),
        passkey.as_bytes().as_slice(),
    );
    Ok(())
}
