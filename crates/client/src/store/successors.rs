//! Accounts whose place another one has taken, as the server says.

use rusqlite::params;
use sealpost_protocol::{AccountId, ConversationId};

use super::{Result, Store};

/// Members of the conversation `?1`, or who is written to in it, who were said to have taken the place of somebody that was
/// verified, and are neither verified themselves nor accepted.
const UNACCEPTED: &str = "SELECT DISTINCT s.successor FROM successions s
    JOIN people former ON former.account = s.former LEFT JOIN people now ON now.account = s.successor
    WHERE former.verified_key IS NOT NULL
        AND (now.verified_key IS NULL OR now.verified_key IS NOT now.root_public_key)
        AND coalesce(now.successor_accepted, 0) = 0
        AND (EXISTS (SELECT 1 FROM members m WHERE m.conversation = ?1 AND m.account = s.successor)
            OR EXISTS (SELECT 1 FROM conversations c WHERE c.id = ?1 AND c.peer = s.successor))";

impl Store<'_> {
    /// Who has taken the place of an account.
    pub(crate) fn successor(&self, account: AccountId) -> Result<Option<AccountId>> {
        let sql = "SELECT successor FROM people WHERE account = ?1";
        Ok(self.one(sql, [account.0], |row| row.get::<_, Option<[u8; 16]>>(0))?.flatten().map(AccountId))
    }

    /// Keeps who has taken the place of an account, and of those whose place that one had taken. Gives whether that changed.
    pub(crate) fn set_successor(&self, account: AccountId, successor: Option<AccountId>) -> Result<bool> {
        let sql = "INSERT INTO people (account, successor) VALUES (?1, ?2)
            ON CONFLICT (account) DO UPDATE SET successor = excluded.successor WHERE successor IS NOT excluded.successor";
        let changed = match successor {
            Some(successor) => self.run(sql, params![account.0, successor.0])? > 0,
            None => {
                self.run(
                    "UPDATE people SET successor = NULL WHERE account = ?1 AND successor IS NOT NULL",
                    [account.0],
                )? > 0
            }
        };
        if let Some(successor) = successor {
            let sql = "UPDATE people SET successor = ?2 WHERE successor = ?1 AND account <> ?2";
            self.run(sql, params![account.0, successor.0])?;
            let sql = "INSERT OR IGNORE INTO successions (former, successor)
                SELECT ?1, ?2 UNION SELECT former, ?2 FROM successions WHERE successor = ?1 AND former <> ?2
                UNION SELECT ?1, successor FROM successions WHERE former = ?2 AND successor <> ?1";
            self.run(sql, params![account.0, successor.0])?;
        }
        Ok(changed)
    }

    /// Whether another account has taken the place of anybody.
    pub(crate) fn has_successors(&self) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM successions)";
        Ok(self.one(sql, [], |row| row.get(0))?.unwrap_or(false))
    }

    /// Those whose place an account was ever said to have taken.
    pub(crate) fn predecessors(&self, account: AccountId) -> Result<Vec<AccountId>> {
        self.many("SELECT former FROM successions WHERE successor = ?1", [account.0], |row| row.get(0).map(AccountId))
    }

    /// Those who were ever said to have taken an account's place.
    pub(crate) fn successors(&self, account: AccountId) -> Result<Vec<AccountId>> {
        self.many("SELECT successor FROM successions WHERE former = ?1", [account.0], |row| row.get(0).map(AccountId))
    }

    /// Keeps whether the person takes an account for the one whose place it has taken. Gives whether that changed.
    pub(crate) fn set_successor_accepted(&self, account: AccountId, accepted: bool) -> Result<bool> {
        let sql = "INSERT INTO people (account, successor_accepted) VALUES (?1, ?2)
            ON CONFLICT (account) DO UPDATE SET successor_accepted = excluded.successor_accepted
            WHERE successor_accepted <> excluded.successor_accepted";
        Ok(self.run(sql, params![account.0, accepted])? > 0)
    }

    /// Everyone whose root key was compared.
    pub(crate) fn verified_people(&self) -> Result<Vec<AccountId>> {
        self.many("SELECT account FROM people WHERE verified_key IS NOT NULL", [], |row| row.get(0).map(AccountId))
    }

    /// Whom the person has to accept before anything is sent in a conversation.
    pub(crate) fn unaccepted(&self, conversation: ConversationId) -> Result<Vec<AccountId>> {
        self.many(UNACCEPTED, [conversation.0], |row| row.get(0).map(AccountId))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::in_memory;

    #[test]
    fn who_took_the_place_of_a_verified_person_is_to_be_accepted() {
        let connection = in_memory();
        let store = Store(&connection);
        let [first, second, third] = [1, 2, 3].map(|number| AccountId([number; 16]));
        let here = ConversationId([9; 16]);
        store.pin(first, &[1; 32]).unwrap();
        store.set_members(here, &[(first, false), (third, false)]).unwrap();
        assert!(store.set_successor(first, Some(second)).unwrap());
        assert!(!store.set_successor(first, Some(second)).unwrap(), "that is known");
        assert_eq!(store.unaccepted(here).unwrap(), [], "nobody was verified");
        store.set_verified_key(first, Some(&[1; 32])).unwrap();
        assert_eq!(store.unaccepted(here).unwrap(), [], "the second is not here");

        store.pin(second, &[2; 32]).unwrap();
        store.set_successor(second, Some(third)).unwrap();
        assert_eq!(store.predecessors(third).unwrap(), [first, second]);
        assert_eq!(store.unaccepted(here).unwrap(), [third]);
        store.pin(third, &[3; 32]).unwrap();
        store.set_verified_key(third, Some(&[3; 32])).unwrap();
        assert_eq!(store.unaccepted(here).unwrap(), []);
        store.set_verified_key(third, None).unwrap();
        assert_eq!(store.unaccepted(here).unwrap(), [third]);
        assert!(store.set_successor_accepted(third, true).unwrap());
        assert_eq!(store.unaccepted(here).unwrap(), []);
        store.set_members(here, &[(second, false)]).unwrap();
        assert_eq!(store.unaccepted(here).unwrap(), [second], "nobody accepted who came in between");
        for account in [first, second] {
            store.set_successor(account, None).unwrap();
            assert_eq!(store.successor(account).unwrap(), None);
        }
        assert_eq!(store.unaccepted(here).unwrap(), [second], "the server does not take back what it said");
    }
}
