//! Pictures of people and groups, whose key opens which, and what of the own profile the server does not have yet.

use rusqlite::params;
use sealpost_protocol::AccountId;

use super::{Result, Store};

impl Store<'_> {
    /// Keeps a picture under its id.
    pub(crate) fn add_picture(&self, id: &str, data: &[u8]) -> Result<()> {
        let sql = "INSERT INTO pictures (id, data) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING";
        self.run(sql, params![id, data]).map(drop)
    }

    /// A picture.
    pub(crate) fn picture(&self, id: &str) -> Result<Option<Vec<u8>>> {
        self.one("SELECT data FROM pictures WHERE id = ?1", [id], |row| row.get(0))
    }

    /// The key that opens an account's picture.
    pub(crate) fn profile_key(&self, account: AccountId) -> Result<Option<[u8; 32]>> {
        let sql = "SELECT profile_key FROM people WHERE account = ?1";
        Ok(self.one(sql, [account.0], |row| row.get(0))?.flatten())
    }

    /// Takes the key that opens an account's picture, which is read anew. Gives whether it is another one.
    pub(crate) fn set_profile_key(&self, account: AccountId, key: &[u8; 32]) -> Result<bool> {
        let sql = "INSERT INTO people (account, profile_key) VALUES (?1, ?2)
            ON CONFLICT (account) DO UPDATE SET profile_key = excluded.profile_key, picture_read = 0
            WHERE profile_key IS NOT excluded.profile_key";
        Ok(self.run(sql, params![account.0, key])? > 0)
    }

    /// Shows a picture, or none, as that of an account.
    pub(crate) fn set_person_picture(&self, account: AccountId, id: Option<&str>) -> Result<()> {
        let sql = "INSERT INTO people (account, picture) VALUES (?1, ?2)
            ON CONFLICT (account) DO UPDATE SET picture = excluded.picture";
        self.run(sql, params![account.0, id]).map(drop)
    }

    /// The server's picture of an account was read in this version.
    pub(crate) fn picture_was_read(&self, account: AccountId, version: u64) -> Result<()> {
        let sql = "UPDATE people SET picture_read = ?2, picture_version = ?2 WHERE account = ?1";
        self.run(sql, params![account.0, version]).map(drop)
    }

    /// Accounts whose pictures can be opened and were not read in their present version.
    pub(crate) fn unread_pictures(&self, limit: u32) -> Result<Vec<AccountId>> {
        let sql = "SELECT account FROM people WHERE profile_key IS NOT NULL AND picture_version <> picture_read
            LIMIT ?1";
        self.many(sql, [limit], |row| row.get(0).map(AccountId))
    }

    /// Remembers a part of the own profile that the server is still to be given.
    pub(crate) fn set_unsent(&self, what: &str, value: &str) -> Result<()> {
        self.run("INSERT OR REPLACE INTO unsent (what, value) VALUES (?1, ?2)", [what, value]).map(drop)
    }

    /// A part of the own profile that the server is still to be given.
    pub(crate) fn unsent(&self, what: &str) -> Result<Option<String>> {
        self.one("SELECT value FROM unsent WHERE what = ?1", [what], |row| row.get(0))
    }

    /// The server has a part of the own profile now, unless it has changed meanwhile.
    pub(crate) fn was_sent(&self, what: &str, value: &str) -> Result<()> {
        self.run("DELETE FROM unsent WHERE what = ?1 AND value = ?2", [what, value]).map(drop)
    }
}
