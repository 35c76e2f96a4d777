//! Vaults: an account's small encrypted records, all under one version that is compared and swapped.

use sealpost_protocol::{
    AccountId,
    account::{VaultRecord, VaultRecords, VaultWrite},
};

use super::{
    Store, StoreResult,
    convert::{column, number},
    db::{Tx, execute, fetch_all, fetch_optional},
};

/// Most records of one vault, deleted ones included.
const RECORDS_MAX: i64 = 10_000;
/// Most bytes of values in one vault, so that all of it fits into one answer.
const BYTES_MAX: i64 = 4 * 1024 * 1024;

/// What came of writing to a vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum VaultWritten {
    /// Written; the new version.
    Done(u64),
    /// Left alone, because the vault changed meanwhile; its present version.
    Conflict(u64),
    /// Left alone, because the vault would hold too much.
    Full,
}

impl Store {
    /// The records that changed after a version, oldest change first, with the vault's present version.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn vault(&self, account: AccountId, after_version: u64) -> StoreResult<VaultRecords> {
        // The version is read first: what is written in between only comes early, never twice or not at all, because
        // the reader goes on from the version that it was told.
        let (version, generation) = self.vault_version(account).await?;
        let rows = fetch_all!(
            self.db.read(),
            (Vec<u8>, Option<Vec<u8>>),
            "SELECT name, value FROM vault_records WHERE account = $1 AND version > $2 ORDER BY version, name",
            account.as_bytes().as_slice(),
            column(after_version),
        );
        let record =
            |(name, value): (Vec<u8>, Option<Vec<u8>>)| VaultRecord { name: name.into(), value: value.map(Into::into) };
        Ok(VaultRecords { version, generation, records: rows.into_iter().map(record).collect() })
    }

    /// Writes records if vault and keys are still those that the writer knows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_vault(&self, account: AccountId, write: &VaultWrite) -> StoreResult<VaultWritten> {
        let mut tx = self.db.begin().await?;
        let swapped = execute!(
            tx.on(),
            "UPDATE accounts SET vault_version = vault_version + 1 \
             WHERE id = $1 AND vault_version = $2 AND generation = $3",
            account.as_bytes().as_slice(),
            column(write.base_version),
            column(write.generation),
        );
        if swapped == 0 {
            drop(tx);
            return Ok(VaultWritten::Conflict(self.vault_version(account).await?.0));
        }
        let version = write.base_version.saturating_add(1);
        if !put_records(&mut tx, account, (version, 1), &write.records).await? {
            return Ok(VaultWritten::Full);
        }
        tx.commit().await?;
        Ok(VaultWritten::Done(version))
    }

    /// The vault's version and the generation of its key.
    async fn vault_version(&self, account: AccountId) -> StoreResult<(u64, u64)> {
        let row = fetch_optional!(
            self.db.read(),
            (i64, i64),
            "SELECT vault_version, generation FROM accounts WHERE id = $1",
            account.as_bytes().as_slice(),
        );
        let (version, generation) = row.unwrap_or((0, 1));
        Ok((number("a vault's version", version)?, number("a generation", generation)?))
    }
}

/// Writes records as of a version; false if the vault then holds so many times more than it may.
pub(super) async fn put_records(
    tx: &mut Tx,
    account: AccountId,
    (version, times): (u64, i64),
    records: &[VaultRecord],
) -> StoreResult<bool> {
    for record in records {
        execute!(
            tx.on(),
            "INSERT INTO vault_records (account, name, version, value) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (account, name) DO UPDATE SET version = excluded.version, value = excluded.value",
            account.as_bytes().as_slice(),
            record.name.as_ref(),
            column(version),
            record.value.as_deref(),
        );
    }
    let held = fetch_optional!(
        tx.on(),
        (i64, i64),
        "SELECT COUNT(*), COALESCE(SUM(LENGTH(value)), 0) FROM vault_records WHERE account = $1",
        account.as_bytes().as_slice(),
    );
    Ok(held.is_none_or(|(records, bytes)| records <= times * RECORDS_MAX && bytes <= times * BYTES_MAX))
}
