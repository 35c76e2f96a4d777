//! Invites to register, known by the SHA-256 of their codes. Using one is part of registering (accounts.rs).

use sealpost_protocol::{AccountId, Timestamp};

use super::{
    Store, StoreResult,
    convert::{checked, column},
    db::{Tx, execute, fetch_optional},
};

/// An invite that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invite {
    /// Who registers with it takes the place, and the username, of this account.
    pub replaces: Option<AccountId>,
}

impl Store {
    /// Adds an invite that `uses` accounts may register with until `expires`, or one to take the place of the account
    /// `replaces`; the same code again replaces it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_invite(
        &self,
        code_hash: [u8; 32],
        uses: u32,
        expires: Timestamp,
        replaces: Option<AccountId>,
    ) -> StoreResult<()> {
        execute!(
            self.db.write(),
            "INSERT INTO invites (code_hash, uses_left, expires, replaces) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (code_hash) DO UPDATE SET uses_left = excluded.uses_left, expires = excluded.expires, \
             replaces = excluded.replaces",
            code_hash.as_slice(),
            i64::from(uses),
            column(expires),
            replaces.as_ref().map(|account| account.as_bytes().as_slice()),
        );
        Ok(())
    }

    /// The invite, if someone may still register with it.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn open_invite(&self, code_hash: [u8; 32], now: Timestamp) -> StoreResult<Option<Invite>> {
        let row = fetch_optional!(
            self.db.read(),
            (Option<Vec<u8>>,),
            "SELECT replaces FROM invites WHERE code_hash = $1 AND uses_left > 0 AND expires > $2",
            code_hash.as_slice(),
            column(now),
        );
        row.map(|(replaces,)| invite(replaces)).transpose()
    }
}

/// Uses an invite once; nothing if nobody may register with it any more.
pub(super) async fn use_invite(tx: &mut Tx, code_hash: [u8; 32], now: Timestamp) -> StoreResult<Option<Invite>> {
    let row = fetch_optional!(
        tx.on(),
        (Option<Vec<u8>>,),
        "UPDATE invites SET uses_left = uses_left - 1 WHERE code_hash = $1 AND uses_left > 0 AND expires > $2 \
         RETURNING replaces",
        code_hash.as_slice(),
        column(now),
    );
    row.map(|(replaces,)| invite(replaces)).transpose()
}

fn invite(replaces: Option<Vec<u8>>) -> StoreResult<Invite> {
    let account = |id: Vec<u8>| checked("an account id", AccountId::from_slice(&id));
    Ok(Invite { replaces: replaces.map(account).transpose()? })
}
