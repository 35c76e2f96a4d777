//! MLS state in the engine's own transaction.

use rusqlite::params;
use sealpost_mls::{StateStore, StoreError};

use super::Store;

fn failed(error: rusqlite::Error) -> StoreError {
    StoreError(Box::new(error))
}

impl StateStore for Store<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.one("SELECT value FROM mls_state WHERE key = ?1", [key], |row| row.get(0)).map_err(failed)
    }

    fn put(&self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let sql = "INSERT INTO mls_state (key, value) VALUES (?1, ?2)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        self.run(sql, params![key, value]).map(drop).map_err(failed)
    }

    fn delete(&self, key: &[u8]) -> Result<(), StoreError> {
        self.run("DELETE FROM mls_state WHERE key = ?1", [key]).map(drop).map_err(failed)
    }
}

impl Store<'_> {
    /// Forgets all MLS state: that of a device that is no longer.
    pub(crate) fn forget_mls_state(&self) -> super::Result<()> {
        self.run("DELETE FROM mls_state", []).map(drop)
    }
}
