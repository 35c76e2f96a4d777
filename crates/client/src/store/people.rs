//! Accounts that were seen, and the root keys that they were first seen with.

use rusqlite::params;
use sealpost_protocol::{AccountId, account::Profile};

use super::{Result, Store};
use crate::snapshot::Person;

impl Store<'_> {
    /// Keeps what the server says of an account. The root key is not taken from it.
    pub(crate) fn set_profile(&self, profile: &Profile) -> Result<()> {
        self.set_names(profile.account, &profile.username, &profile.display_name)
    }

    pub(crate) fn set_names(&self, account: AccountId, username: &str, display_name: &str) -> Result<()> {
        let sql = "INSERT INTO people (account, username, display_name) VALUES (?1, ?2, ?3)
            ON CONFLICT (account) DO UPDATE SET username = excluded.username, display_name = excluded.display_name";
        self.run(sql, params![account.0, username, display_name]).map(drop)
    }

    /// Remembers an account's root key if none is known, and gives the one that is.
    pub(crate) fn pin(&self, account: AccountId, root_public_key: &[u8; 32]) -> Result<[u8; 32]> {
        let sql = "INSERT INTO people (account, root_public_key) VALUES (?1, ?2)
            ON CONFLICT (account) DO UPDATE SET root_public_key = coalesce(root_public_key, excluded.root_public_key)
            RETURNING root_public_key";
        let pinned = self.one(sql, params![account.0, root_public_key], |row| row.get(0))?;
        pinned.ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    /// The root key that an account was first seen with.
    pub(crate) fn pinned(&self, account: AccountId) -> Result<Option<[u8; 32]>> {
        let sql = "SELECT root_public_key FROM people WHERE account = ?1";
        Ok(self.one(sql, [account.0], |row| row.get(0))?.flatten())
    }

    /// The account as views show it; without names as long as they are not known.
    pub(crate) fn person(&self, account: AccountId) -> Result<Person> {
        let sql = "SELECT coalesce(username, ''), coalesce(display_name, '') FROM people WHERE account = ?1";
        let names = self.one(sql, [account.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (username, display_name) = names.unwrap_or_default();
        Ok(Person { account, username, display_name, picture: None })
    }

    /// Members whose names are not known.
    pub(crate) fn nameless(&self, limit: u32) -> Result<Vec<AccountId>> {
        let sql = "SELECT account FROM (SELECT account FROM members UNION SELECT account FROM join_requests)
            LEFT JOIN people USING (account) WHERE people.username IS NULL LIMIT ?1";
        self.many(sql, [limit], |row| row.get(0).map(AccountId))
    }

    /// The conversations that an account is in.
    pub(crate) fn conversations_of(&self, account: AccountId) -> Result<Vec<sealpost_protocol::ConversationId>> {
        let sql = "SELECT DISTINCT conversation FROM members WHERE account = ?1";
        self.many(sql, [account.0], |row| row.get(0).map(sealpost_protocol::ConversationId))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::store::{Store, in_memory};
    use sealpost_protocol::AccountId;

    #[test]
    fn the_first_root_key_stays() {
        let connection = in_memory();
        let store = Store(&connection);
        let alice = AccountId([1; 16]);
        assert_eq!(store.pin(alice, &[2; 32]).unwrap(), [2; 32]);
        assert_eq!(store.pin(alice, &[3; 32]).unwrap(), [2; 32]);
        assert_eq!(store.pinned(alice).unwrap(), Some([2; 32]));
    }
}
