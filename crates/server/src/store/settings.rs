//! Settings that the server makes for itself once: the OPAQUE set-up, the incarnation.

use super::{
    Store, StoreResult,
    convert::checked,
    db::{execute, fetch_optional},
};

/// Setting that holds OPAQUE's long-term secret.
pub const PASSWORD_SETUP: &str = "opaque-server-setup";
/// Setting that names the server's history.
pub(super) const INCARNATION: &str = "incarnation";

impl Store {
    /// The setting `name`; if there is none yet, it becomes `value`. Several nodes that start at once all get the same.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setting_or(&self, name: &str, value: &[u8]) -> StoreResult<Vec<u8>> {
        let read = "SELECT value FROM server_settings WHERE name = $1";
        if let Some((stored,)) = fetch_optional!(self.db.read(), (Vec<u8>,), read, name) {
            return Ok(stored);
        }
        let insert = "INSERT INTO server_settings (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        execute!(self.db.write(), insert, name, value);
        let row = fetch_optional!(self.db.read(), (Vec<u8>,), read, name);
        Ok(checked("a setting that was just made", row)?.0)
    }

    /// The 16 bytes that name the server's history; `fresh` at the first start.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn incarnation(&self, fresh: [u8; 16]) -> StoreResult<[u8; 16]> {
        let stored = self.setting_or(INCARNATION, &fresh).await?;
        checked("the incarnation", stored.try_into().ok())
    }
}
