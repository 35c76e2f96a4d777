//! The account's vault as this device knows it.

use rusqlite::params;

use super::{Result, Store};

impl Store<'_> {
    /// Takes a record of the server, which wins.
    pub(crate) fn vault_take(&self, name: &str, value: &[u8]) -> Result<()> {
        let sql = "INSERT INTO vault (name, value, dirty) VALUES (?1, ?2, 0)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value, dirty = 0";
        self.run(sql, params![name, value]).map(drop)
    }

    /// Writes a record that the server does not have yet, in place of any other.
    pub(crate) fn vault_set(&self, name: &str, value: &[u8]) -> Result<()> {
        let sql = "INSERT INTO vault (name, value, dirty) VALUES (?1, ?2, 1)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value, dirty = 1";
        self.run(sql, params![name, value]).map(drop)
    }

    /// A record's value.
    pub(crate) fn vault_get(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.one("SELECT value FROM vault WHERE name = ?1", [name], |row| row.get(0))
    }

    /// Names and values of all records.
    pub(crate) fn vault_all(&self) -> Result<Vec<(String, Vec<u8>)>> {
        self.many("SELECT name, value FROM vault ORDER BY name", [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Names and values of records that the server does not have.
    pub(crate) fn vault_dirty(&self, limit: usize) -> Result<Vec<(String, Vec<u8>)>> {
        let sql = "SELECT name, value FROM vault WHERE dirty = 1 ORDER BY name LIMIT ?1";
        self.many(sql, [limit], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The server has none of the records any more, as far as is known.
    pub(crate) fn vault_soil(&self) -> Result<()> {
        self.run("UPDATE vault SET dirty = 1", []).map(drop)
    }

    /// The server has a record now, unless it has changed meanwhile.
    pub(crate) fn vault_clean(&self, name: &str, value: &[u8]) -> Result<()> {
        self.run("UPDATE vault SET dirty = 0 WHERE name = ?1 AND value = ?2", params![name, value]).map(drop)
    }
}
