//! Device lists that were told inside messages and that the server has not shown yet.

use rusqlite::params;
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
    /// Keeps one, unless so many are waited for of the account: new ones do not take the place of what was told before.
    pub(crate) fn add_told_list(&self, told: &ToldList, most: u32) -> Result<()> {
        let sql = "INSERT OR IGNORE INTO told_lists (account, root_public_key, hash, conversation, missed)
            SELECT ?1, ?2, ?3, ?4, ?5
            WHERE (SELECT count(*) FROM told_lists WHERE account = ?1 AND root_public_key = ?2) < ?6";
        let ToldList { account, root, hash, conversation, missed } = told;
        self.run(sql, params![account.0, root, hash, conversation.0, missed, most]).map(drop)
    }

    /// The server answered without it once more.
    pub(crate) fn told_list_missed(&self, told: &ToldList) -> Result<()> {
        let sql = "UPDATE told_lists SET missed = missed + 1
            WHERE account = ?1 AND root_public_key = ?2 AND hash = ?3";
        self.run(sql, params![told.account.0, told.root, told.hash]).map(drop)
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
}
