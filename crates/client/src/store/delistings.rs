//! Lists that leave out devices which may be in a conversation still: until they are removed nothing is sent there.

use rusqlite::params;
use sealpost_protocol::{AccountId, ConversationId};

use super::{Result, Store};

impl Store<'_> {
    /// Devices of an account may have to be removed from a conversation.
    pub(crate) fn add_delisting(&self, id: ConversationId, account: AccountId, proof: &[u8]) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO delistings (conversation, account, proof) VALUES (?1, ?2, ?3)";
        self.run(sql, params![id.0, account.0, proof]).map(drop)
    }

    /// The same for every conversation that the account is in.
    pub(crate) fn add_delisting_everywhere(&self, account: AccountId, proof: &[u8]) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO delistings (conversation, account, proof)
            SELECT conversation, account, ?2 FROM members WHERE account = ?1";
        self.run(sql, params![account.0, proof]).map(drop)
    }

    /// The proofs for a conversation.
    pub(crate) fn delistings(&self, id: ConversationId) -> Result<Vec<Vec<u8>>> {
        self.many("SELECT proof FROM delistings WHERE conversation = ?1 ORDER BY account", [id.0], |row| row.get(0))
    }

    /// Nobody has to be removed by them any more.
    pub(crate) fn forget_delistings(&self, id: ConversationId) -> Result<()> {
        self.run("DELETE FROM delistings WHERE conversation = ?1", [id.0]).map(drop)
    }
}
