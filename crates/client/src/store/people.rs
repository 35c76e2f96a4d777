//! Accounts that were seen, and the root keys that they were first seen with.

use rusqlite::{Row, params};
use sealpost_protocol::{AccountId, Timestamp, account::Profile};

use super::{Result, Store};
use crate::snapshot::Person;

pub(super) const PERSON: &str = "account, coalesce(username, ''), coalesce(display_name, ''), picture";

pub(super) fn read_person(row: &Row<'_>) -> Result<Person> {
    let account = AccountId(row.get(0)?);
    Ok(Person { account, username: row.get(1)?, display_name: row.get(2)?, picture: row.get(3)? })
}

/// Whether a name, or one of its words, begins with lower-case letters.
pub(crate) fn any_word_starts(name: &str, prefix: &str) -> bool {
    let name = name.to_lowercase();
    name.starts_with(prefix) || name.split_whitespace().any(|word| word.starts_with(prefix))
}

impl Store<'_> {
    /// Keeps what the server says of an account. The root key is not taken from it.
    pub(crate) fn set_profile(&self, profile: &Profile) -> Result<()> {
        self.set_names(profile.account, &profile.username, &profile.display_name)?;
        let sql = "UPDATE people SET picture_version = ?2 WHERE account = ?1";
        self.run(sql, params![profile.account.0, profile.picture_version]).map(drop)
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

    /// The root key of an account that the person has compared.
    pub(crate) fn verified_key(&self, account: AccountId) -> Result<Option<[u8; 32]>> {
        let sql = "SELECT verified_key FROM people WHERE account = ?1";
        Ok(self.one(sql, [account.0], |row| row.get(0))?.flatten())
    }

    /// Keeps the root key of an account that the person has compared. Gives whether that changed.
    pub(crate) fn set_verified_key(&self, account: AccountId, key: Option<&[u8; 32]>) -> Result<bool> {
        let sql = "INSERT INTO people (account, verified_key) VALUES (?1, ?2)
            ON CONFLICT (account) DO UPDATE SET verified_key = excluded.verified_key
            WHERE verified_key IS NOT excluded.verified_key";
        Ok(self.run(sql, params![account.0, key])? > 0)
    }

    /// Whether the root key that is known of an account is the one that the person has compared.
    pub(crate) fn is_verified(&self, account: AccountId) -> Result<bool> {
        let verified = self.verified_key(account)?;
        Ok(verified.is_some() && verified == self.pinned(account)?)
    }

    /// The account as views show it; without names as long as they are not known.
    pub(crate) fn person(&self, account: AccountId) -> Result<Person> {
        let sql = format!("SELECT {PERSON} FROM people WHERE account = ?1");
        let person = self.one(&sql, [account.0], read_person)?;
        let nobody = || Person { account, username: String::new(), display_name: String::new(), picture: None };
        Ok(person.unwrap_or_else(nobody))
    }

    /// Accounts whose names are to be shown and are not known.
    pub(crate) fn nameless(&self, limit: u32) -> Result<Vec<AccountId>> {
        let sql = "SELECT account FROM (SELECT account FROM members UNION SELECT account FROM join_requests)
            LEFT JOIN people USING (account) WHERE people.username IS NULL
            UNION SELECT account FROM people WHERE username IS NULL AND (
                contact = 1 OR blocked = 1 OR met = 1 OR verified_key IS NOT NULL)
            LIMIT ?1";
        self.many(sql, [limit], |row| row.get(0).map(AccountId))
    }

    /// Accounts whose profile was not read for longest, and that are met in conversations or kept.
    pub(crate) fn longest_unrefreshed(&self, limit: u32) -> Result<Vec<AccountId>> {
        let sql = "SELECT account FROM people WHERE username IS NOT NULL AND (contact = 1 OR EXISTS (
                SELECT 1 FROM members WHERE members.account = people.account)) ORDER BY refreshed LIMIT ?1";
        self.many(sql, [limit], |row| row.get(0).map(AccountId))
    }

    /// An account's profile was read.
    pub(crate) fn set_refreshed(&self, account: AccountId, now: Timestamp) -> Result<()> {
        self.run("UPDATE people SET refreshed = ?2 WHERE account = ?1", params![account.0, now]).map(drop)
    }

    /// Keeps whether an account is a contact. Gives whether that changed.
    pub(crate) fn set_contact(&self, account: AccountId, contact: bool) -> Result<bool> {
        let sql = "INSERT INTO people (account, contact) VALUES (?1, ?2)
            ON CONFLICT (account) DO UPDATE SET contact = excluded.contact WHERE contact <> excluded.contact";
        Ok(self.run(sql, params![account.0, contact])? > 0)
    }

    /// Keeps whether an account is blocked. Gives whether that changed.
    pub(crate) fn set_blocked(&self, account: AccountId, blocked: bool) -> Result<bool> {
        let sql = "INSERT INTO people (account, blocked) VALUES (?1, ?2)
            ON CONFLICT (account) DO UPDATE SET blocked = excluded.blocked WHERE blocked <> excluded.blocked";
        Ok(self.run(sql, params![account.0, blocked])? > 0)
    }

    /// Whether an account is a contact, and whether it is blocked.
    pub(crate) fn standing(&self, account: AccountId) -> Result<(bool, bool)> {
        let sql = "SELECT contact, blocked FROM people WHERE account = ?1";
        Ok(self.one(sql, [account.0], |row| Ok((row.get(0)?, row.get(1)?)))?.unwrap_or_default())
    }

    /// Contacts who are not blocked, and blocked people, by name.
    pub(crate) fn contacts(&self) -> Result<(Vec<Person>, Vec<Person>)> {
        let sql = |which: &str| {
            format!("SELECT {PERSON} FROM people WHERE {which} ORDER BY lower(display_name), username, account")
        };
        let contacts = self.many(&sql("contact = 1 AND blocked = 0"), [], read_person)?;
        Ok((contacts, self.many(&sql("blocked = 1"), [], read_person)?))
    }

    /// Contacts and people of shared conversations of whose username or of a word of whose display name the beginning is
    /// this: contacts first, by name. Not who is blocked.
    pub(crate) fn known_people(&self, prefix: &str) -> Result<Vec<Person>> {
        let prefix = prefix.to_lowercase();
        let sql = format!(
            "SELECT {PERSON} FROM people WHERE username IS NOT NULL AND blocked = 0
                AND (contact = 1 OR account IN (SELECT account FROM members))
            ORDER BY contact DESC, lower(display_name), username, account"
        );
        let mut people = self.many(&sql, [], read_person)?;
        people.retain(|person| person.username.starts_with(&prefix) || any_word_starts(&person.display_name, &prefix));
        Ok(people)
    }

    /// People of whose username or of a word of whose display name the beginning is this.
    pub(crate) fn people_named(&self, prefix: &str) -> Result<Vec<AccountId>> {
        let prefix = prefix.to_lowercase();
        let all = self.many(&format!("SELECT {PERSON} FROM people WHERE username IS NOT NULL"), [], read_person)?;
        let named = all
            .into_iter()
            .filter(|person| person.username.starts_with(&prefix) || any_word_starts(&person.display_name, &prefix));
        Ok(named.map(|person| person.account).collect())
    }

    /// The conversations in which an account is shown: as a member, or as someone who asks to be let in.
    pub(crate) fn conversations_of(&self, account: AccountId) -> Result<Vec<sealpost_protocol::ConversationId>> {
        let sql = "SELECT conversation FROM members WHERE account = ?1
            UNION SELECT conversation FROM join_requests WHERE account = ?1";
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
