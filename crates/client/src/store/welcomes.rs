//! Welcomes that came and were not yet used.

use rusqlite::params;
use sealpost_protocol::{ConversationId, conversation::InboxWelcome};

use super::{Result, Store, invalid};

impl Store<'_> {
    /// Keeps a Welcome until it is used.
    pub(crate) fn add_welcome(&self, welcome: &InboxWelcome) -> Result<()> {
        let mut bytes = Vec::new();
        ciborium::into_writer(welcome, &mut bytes).map_err(|_| invalid(2))?;
        let sql = "INSERT OR IGNORE INTO welcomes (number, conversation, welcome) VALUES (?1, ?2, ?3)";
        self.run(sql, params![welcome.number, welcome.conversation.0, bytes]).map(drop)
    }

    /// The newest Welcome for a conversation.
    pub(crate) fn welcome_for(&self, conversation: ConversationId) -> Result<Option<InboxWelcome>> {
        let sql = "SELECT welcome FROM welcomes WHERE conversation = ?1 ORDER BY number DESC LIMIT 1";
        let bytes: Option<Vec<u8>> = self.one(sql, [conversation.0], |row| row.get(0))?;
        bytes.map(|bytes| ciborium::from_reader(bytes.as_slice()).map_err(|_| invalid(0))).transpose()
    }

    pub(crate) fn remove_welcomes(&self, conversation: ConversationId) -> Result<()> {
        self.run("DELETE FROM welcomes WHERE conversation = ?1", [conversation.0]).map(drop)
    }

    /// The least number among the Welcomes that are still to be used.
    pub(crate) fn first_welcome(&self) -> Result<Option<u64>> {
        Ok(self.one("SELECT min(number) FROM welcomes", [], |row| row.get(0))?.flatten())
    }
}
