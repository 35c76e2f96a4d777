//! Who is signed in on this device.

use std::fmt;

use rusqlite::params;
use sealpost_protocol::{AccountId, DeviceId, Timestamp};
use zeroize::Zeroizing;

use super::{Result, Store};

/// A secret key.
pub(crate) type Secret = Zeroizing<[u8; 32]>;

/// The session's row.
#[derive(Clone)]
pub(crate) struct Session {
    pub account: AccountId,
    pub username: String,
    pub display_name: String,
    pub root_public_key: [u8; 32],
    pub device: DeviceId,
    pub device_key: Secret,
    pub token: Vec<u8>,
    pub list_key: Secret,
    pub list_key_certificate: Vec<u8>,
    pub vault_key: Secret,
    pub archive_key: Secret,
    /// Of these keys, from 1: revoking a device makes new ones.
    pub generation: u64,
    /// Nothing until the device is on its account's list.
    pub credential: Option<Vec<u8>>,
    /// The server ended the session; what is here waits for the same person to sign in again.
    pub ended: bool,
    /// Until it was confirmed.
    pub recovery_code: Option<String>,
    /// When the last-resort key package was made.
    pub last_resort_made: Timestamp,
    /// The vault's version up to which its records are known.
    pub vault_version: u64,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({}, {})", self.account, self.device)
    }
}

impl Store<'_> {
    /// The session, ended or not.
    pub(crate) fn session(&self) -> Result<Option<Session>> {
        let sql = "SELECT account, username, display_name, root_public_key, device, device_key, token, list_key,
            list_key_certificate, vault_key, archive_key, credential, ended, recovery_code, last_resort_made,
            vault_version, generation FROM session";
        self.one(sql, [], |row| {
            Ok(Session {
                account: AccountId(row.get(0)?),
                username: row.get(1)?,
                display_name: row.get(2)?,
                root_public_key: row.get(3)?,
                device: DeviceId(row.get(4)?),
                device_key: Zeroizing::new(row.get(5)?),
                token: row.get(6)?,
                list_key: Zeroizing::new(row.get(7)?),
                list_key_certificate: row.get(8)?,
                vault_key: Zeroizing::new(row.get(9)?),
                archive_key: Zeroizing::new(row.get(10)?),
                credential: row.get(11)?,
                ended: row.get(12)?,
                recovery_code: row.get(13)?,
                last_resort_made: row.get(14)?,
                vault_version: row.get(15)?,
                generation: row.get(16)?,
            })
        })
    }

    /// Writes the session in place of any other.
    pub(crate) fn set_session(&self, session: &Session) -> Result<()> {
        // What is known of the server stays.
        let sql =
            "INSERT INTO session (id, account, username, display_name, root_public_key, device, device_key, token,
            list_key, list_key_certificate, vault_key, archive_key, credential, ended, recovery_code,
            last_resort_made, vault_version, generation)
            VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
            ON CONFLICT (id) DO UPDATE SET account = ?1, username = ?2, display_name = ?3, root_public_key = ?4,
            device = ?5, device_key = ?6, token = ?7, list_key = ?8, list_key_certificate = ?9, vault_key = ?10,
            archive_key = ?11, credential = ?12, ended = ?13, recovery_code = ?14, last_resort_made = ?15,
            vault_version = ?16, generation = ?17";
        let s = session;
        self.run(
            sql,
            params![
                s.account.0,
                s.username,
                s.display_name,
                s.root_public_key,
                s.device.0,
                *s.device_key,
                s.token,
                *s.list_key,
                s.list_key_certificate,
                *s.vault_key,
                *s.archive_key,
                s.credential,
                s.ended,
                s.recovery_code,
                s.last_resort_made,
                s.vault_version,
                s.generation,
            ],
        )?;
        Ok(())
    }

    pub(crate) fn set_vault_version(&self, version: u64) -> Result<()> {
        self.run("UPDATE session SET vault_version = ?1", [version]).map(drop)
    }

    /// The person has another name.
    pub(crate) fn set_display_name(&self, name: &str) -> Result<()> {
        self.run("UPDATE session SET display_name = ?1", [name])?;
        let sql = "UPDATE people SET display_name = ?1 WHERE account = (SELECT account FROM session)";
        self.run(sql, [name]).map(drop)
    }

    /// Remembers for how many days the server keeps messages: for people who are away, and for their other devices.
    pub(crate) fn set_kept(&self, (days, device_days): (u32, u32)) -> Result<()> {
        self.run("UPDATE session SET kept_days = ?1, kept_device_days = ?2", [days, device_days]).map(drop)
    }

    /// For how many days the server keeps messages, if it has said.
    pub(crate) fn kept(&self) -> Result<Option<(u32, u32)>> {
        let sql = "SELECT kept_days, kept_device_days FROM session WHERE kept_days IS NOT NULL";
        self.one(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Remembers the server's clock less this device's, for when there is no connection.
    pub(crate) fn set_clock_offset(&self, offset: i64) -> Result<()> {
        self.run("UPDATE session SET clock_offset = ?1", [offset]).map(drop)
    }

    /// The server's clock less this device's, when they were last compared.
    pub(crate) fn clock_offset(&self) -> Result<i64> {
        Ok(self.one("SELECT clock_offset FROM session", [], |row| row.get(0))?.unwrap_or(0))
    }

    /// A last-resort key package was made.
    pub(crate) fn add_last_resort(&self, reference: &[u8]) -> Result<()> {
        self.run("INSERT OR IGNORE INTO last_resorts (reference) VALUES (?1)", [reference]).map(drop)
    }

    /// Whether a reference is that of a last-resort key package.
    pub(crate) fn is_last_resort(&self, reference: &[u8]) -> Result<bool> {
        Ok(self.one("SELECT 1 FROM last_resorts WHERE reference = ?1", [reference], |_| Ok(()))?.is_some())
    }

    /// The server has this last-resort key package in place of all others.
    pub(crate) fn replace_last_resorts(&self, reference: &[u8], now: Timestamp) -> Result<()> {
        let sql = "UPDATE last_resorts SET replaced = ?2 WHERE replaced IS NULL AND reference <> ?1";
        self.run(sql, params![reference, now]).map(drop)
    }

    /// Takes out those that were replaced before a time; gives their references.
    pub(crate) fn take_last_resorts(&self, before: Timestamp) -> Result<Vec<Vec<u8>>> {
        self.many("DELETE FROM last_resorts WHERE replaced < ?1 RETURNING reference", [before], |row| row.get(0))
    }

    /// This device is being signed out, and is to be erased whatever comes.
    pub(crate) fn set_signing_out(&self) -> Result<()> {
        self.run("UPDATE session SET signing_out = 1", []).map(drop)
    }

    /// Whether it is.
    pub(crate) fn is_signing_out(&self) -> Result<bool> {
        Ok(self.one("SELECT signing_out FROM session", [], |row| row.get(0))?.unwrap_or(false))
    }

    /// Which device of the same account this was before it signed in anew.
    pub(crate) fn set_former_device(&self, device: DeviceId) -> Result<()> {
        self.run("UPDATE session SET former_device = ?1", [device.0]).map(drop)
    }

    /// That device, if there was one.
    pub(crate) fn former_device(&self) -> Result<Option<DeviceId>> {
        let sql = "SELECT former_device FROM session WHERE former_device IS NOT NULL";
        self.one(sql, [], |row| row.get(0).map(DeviceId))
    }

    pub(crate) fn end_session(&self) -> Result<()> {
        self.run("UPDATE session SET ended = 1", []).map(drop)
    }

    /// Sets the recovery code that is still to be confirmed.
    pub(crate) fn set_recovery_code(&self, code: Option<&str>) -> Result<()> {
        self.run("UPDATE session SET recovery_code = ?1", [code]).map(drop)
    }

    /// Keeps the recovery code of an account that the server is asked to make.
    pub(crate) fn add_registration(&self, session: &Session) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO registrations (account, username, recovery_code) VALUES (?1, ?2, ?3)";
        self.run(sql, params![session.account.0, session.username, session.recovery_code]).map(drop)
    }

    /// Whether an account of this name may have been made here.
    pub(crate) fn has_registration(&self, username: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM registrations WHERE username = ?1";
        Ok(self.one(sql, [username], |_| Ok(()))?.is_some())
    }

    /// The recovery code of an account whose registration was not answered.
    pub(crate) fn registration_code(&self, account: AccountId) -> Result<Option<String>> {
        self.one("SELECT recovery_code FROM registrations WHERE account = ?1", [account.0], |row| row.get(0))
    }

    /// What became of the registration is known.
    pub(crate) fn remove_registration(&self, account: AccountId) -> Result<()> {
        self.run("DELETE FROM registrations WHERE account = ?1", [account.0]).map(drop)
    }
}
