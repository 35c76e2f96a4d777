//! Invites to register, known by the SHA-256 of their codes. Using one is part of registering (accounts.rs).

use sealpost_protocol::Timestamp;

use super::{
    Store, StoreResult,
    convert::column,
    db::{execute, fetch_optional},
};

impl Store {
    /// Adds an invite that `uses` accounts may register with until `expires`; the same code again replaces it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_invite(&self, code_hash: [u8; 32], uses: u32, expires: Timestamp) -> StoreResult<()> {
        execute!(
            self.db.write(),
            "INSERT INTO invites (code_hash, uses_left, expires) VALUES ($1, $2, $3) \
             ON CONFLICT (code_hash) DO UPDATE SET uses_left = excluded.uses_left, expires = excluded.expires",
            code_hash.as_slice(),
            i64::from(uses),
            column(expires),
        );
        Ok(())
    }

    /// Whether someone may still register with the invite.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invite_is_open(&self, code_hash: [u8; 32], now: Timestamp) -> StoreResult<bool> {
        let row = fetch_optional!(
            self.db.read(),
            (i64,),
            "SELECT uses_left FROM invites WHERE code_hash = $1 AND uses_left > 0 AND expires > $2",
            code_hash.as_slice(),
            column(now),
        );
        Ok(row.is_some())
    }
}
