//! Reports that the server does not have yet.

use rusqlite::params;
use sealpost_protocol::ClientId;

use super::{Result, Store};

impl Store<'_> {
    /// Keeps a report until the server has it.
    pub(crate) fn add_report(&self, id: ClientId, request: &[u8]) -> Result<()> {
        self.run("INSERT INTO reports (report, request) VALUES (?1, ?2)", params![id.0, request]).map(drop)
    }

    /// How many there are.
    pub(crate) fn reports_waiting(&self) -> Result<u64> {
        Ok(self.one("SELECT count(*) FROM reports", [], |row| row.get(0))?.unwrap_or_default())
    }

    /// One of them, as it goes.
    pub(crate) fn next_report(&self) -> Result<Option<(ClientId, Vec<u8>)>> {
        let sql = "SELECT report, request FROM reports LIMIT 1";
        self.one(sql, [], |row| Ok((ClientId(row.get(0)?), row.get(1)?)))
    }

    pub(crate) fn remove_report(&self, id: ClientId) -> Result<()> {
        self.run("DELETE FROM reports WHERE report = ?1", [id.0]).map(drop)
    }
}
