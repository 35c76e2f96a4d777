//! Device lists that were told inside messages, and what they prove whatever the server shows.

use rusqlite::params;
use sealpost_mls::identity::{Delisting, DeviceList};
use sealpost_protocol::{AccountId, ConversationId};

use super::{Result, Store};

/// A list that the account's own devices see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToldList {
    pub account: AccountId,
    pub root: [u8; 32],
    /// SHA-256 of the list.
    pub hash: [u8; 32],
    /// Where it was told.
    pub conversation: ConversationId,
    /// How often the server answered without it.
    pub missed: u32,
}

impl Store<'_> {
    /// Keeps one in the place of what was told before of the account; the same again changes nothing but how often it was missed.
    pub(crate) fn add_told_list(&self, told: &ToldList) -> Result<()> {
        let sql = "INSERT INTO told_lists (account, root_public_key, hash, conversation, missed)
            VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT DO UPDATE SET hash = ?3, conversation = ?4, missed = ?5
            WHERE hash <> ?3 OR missed < ?5";
        let ToldList { account, root, hash, conversation, missed } = told;
        self.run(sql, params![account.0, root, hash, conversation.0, missed]).map(drop)
    }

    /// Those that the server is still asked for: it missed them less often than that.
    pub(crate) fn told_lists(&self, missed_max: u32) -> Result<Vec<ToldList>> {
        let sql = "SELECT account, root_public_key, hash, conversation, missed FROM told_lists WHERE missed < ?1";
        self.many(sql, [missed_max], |row| {
            Ok(ToldList {
                account: AccountId(row.get(0)?),
                root: row.get(1)?,
                hash: row.get(2)?,
                conversation: ConversationId(row.get(3)?),
                missed: row.get(4)?,
            })
        })
    }

    pub(crate) fn forget_told_list(&self, told: &ToldList) -> Result<()> {
        let sql = "DELETE FROM told_lists WHERE account = ?1 AND root_public_key = ?2 AND hash = ?3";
        self.run(sql, params![told.account.0, told.root, told.hash]).map(drop)
    }

    /// The newest generation of an account's list key that is known, by its chain or by a list that was proven; 0 if none is.
    pub(crate) fn known_generation(&self, account: AccountId, root: &[u8; 32]) -> Result<u64> {
        let sql = "SELECT coalesce(max(generation), 0) FROM device_lists WHERE account = ?1 AND root_public_key = ?2";
        let shown: u64 = self.one(sql, params![account.0, root], |row| row.get(0))?.unwrap_or_default();
        let proven = self.list_proof(account, root)?.and_then(|proof| Delisting::from_bytes(&proof).ok());
        Ok(proven.map_or(shown, |proven| shown.max(proven.list().generation)))
    }

    /// Keeps a list that verifies, with its proof, if it shows a newer generation of its account's list key. Gives whether it
    /// does: then what is not on it is no device of the account.
    pub(crate) fn take_newer_generation(&self, root: &[u8; 32], list: &DeviceList, proof: &[u8]) -> Result<bool> {
        let account = list.account;
        let known = self.known_generation(account, root)?;
        if known == 0 || list.generation <= known {
            return Ok(false);
        }
        self.set_list_proof(account, root, proof)?;
        self.set_listed_now(account, root, list)?;
        Ok(true)
    }
}
