//! Lists that leave out devices which may be in a conversation still: until they are removed nothing is sent there.

use rusqlite::params;
use sealpost_protocol::{AccountId, ConversationId, DeviceId};

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

    /// The newest list that is known of an account by this root key, as a proof.
    pub(crate) fn list_proof(&self, account: AccountId, root: &[u8; 32]) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT proof FROM list_proofs WHERE account = ?1 AND root_public_key = ?2";
        self.one(sql, params![account.0, root], |row| row.get(0))
    }

    pub(crate) fn set_list_proof(&self, account: AccountId, root: &[u8; 32], proof: &[u8]) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO list_proofs (account, root_public_key, proof) VALUES (?1, ?2, ?3)";
        self.run(sql, params![account.0, root, proof]).map(drop)
    }

    /// Conversations from which devices of an account may have to be removed.
    pub(crate) fn delisted_somewhere(&self, account: AccountId) -> Result<Vec<ConversationId>> {
        let sql = "SELECT conversation FROM delistings WHERE account = ?1";
        self.many(sql, [account.0], |row| row.get(0).map(ConversationId))
    }

    /// A commit removed a device because its account listed it no longer.
    pub(crate) fn add_put_out(&self, id: ConversationId, device: DeviceId) -> Result<()> {
        let sql = "INSERT OR IGNORE INTO put_out (conversation, device) VALUES (?1, ?2)";
        self.run(sql, params![id.0, device.0]).map(drop)
    }

    /// Whether one did.
    pub(crate) fn was_put_out(&self, id: ConversationId, device: DeviceId) -> Result<bool> {
        let sql = "SELECT 1 FROM put_out WHERE conversation = ?1 AND device = ?2";
        Ok(self.one(sql, params![id.0, device.0], |_| Ok(()))?.is_some())
    }

    /// Nobody has to be removed by them any more.
    pub(crate) fn forget_delistings(&self, id: ConversationId) -> Result<()> {
        self.run("DELETE FROM delistings WHERE conversation = ?1", [id.0]).map(drop)
    }
}
