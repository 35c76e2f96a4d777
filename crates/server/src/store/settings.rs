//! Settings that the server makes for itself: the OPAQUE set-up and the incarnation once, and the clock of what goes by age.

use sealpost_protocol::Timestamp;

use super::{
    Store, StoreResult,
    convert::checked,
    db::{execute, fetch_optional},
};

/// Setting that holds OPAQUE's long-term secret.
pub const PASSWORD_SETUP: &str = "opaque-server-setup";
/// Setting that names the server's history.
pub(super) const INCARNATION: &str = "incarnation";
/// Setting that holds [`Store::age_clock`], big-endian.
const AGE_CLOCK: &str = "age-clock";
/// One day in milliseconds.
const DAY: u64 = 24 * 60 * 60 * 1000;

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

    /// How late it is for what goes by age: the server's time, but at most a day later than when this was asked last, so that
    /// neither a server that stood still nor a clock that jumped makes everything old at once.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn age_clock(&self, now: Timestamp) -> StoreResult<Timestamp> {
        let stored = self.setting_or(AGE_CLOCK, &now.to_be_bytes()).await?;
        let last = u64::from_be_bytes(checked("the clock of what goes by age", stored.try_into().ok())?);
        let clock = now.min(last.saturating_add(DAY)).max(last);
        let update = "UPDATE server_settings SET value = $2 WHERE name = $1";
        execute!(self.db.write(), update, AGE_CLOCK, clock.to_be_bytes().as_slice());
        Ok(clock)
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
