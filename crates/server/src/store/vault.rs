//! Vaults: an account's small encrypted records, all under one version that is compared and swapped.

use sealpost_protocol::{
    AccountId,
    account::{VaultRecord, VaultRecords},
};

use super::{
    Store, StoreResult, Swap,
    convert::{column, number},
    db::{execute, fetch_all, fetch_optional},
};

impl Store {
    /// The records that changed after a version, oldest change first, with the vault's present version.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn vault(&self, account: AccountId, after_version: u64) -> StoreResult<VaultRecords> {
        // The version is read first: what is written in between only comes early, never twice or not at all, because
        // the reader goes on from the version that it was told.
        let version = self.vault_version(account).await?;
        let rows = fetch_all!(
            self.db.read(),
            (Vec<u8>, Option<Vec<u8>>),
            "SELECT name, value FROM vault_records WHERE account = $1 AND version > $2 ORDER BY version, name",
            account.as_bytes().as_slice(),
            column(after_version),
        );
        let record =
            |(name, value): (Vec<u8>, Option<Vec<u8>>)| VaultRecord { name: name.into(), value: value.map(Into::into) };
        Ok(VaultRecords { version, records: rows.into_iter().map(record).collect() })
    }

    /// Writes records if the vault is still at `base_version`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_vault(
        &self,
        account: AccountId,
        base_version: u64,
        records: &[VaultRecord],
    ) -> StoreResult<Swap> {
        let mut tx = self.db.begin().await?;
        let swapped = execute!(
            tx.on(),
            "UPDATE accounts SET vault_version = vault_version + 1 WHERE id = $1 AND vault_version = $2",
            account.as_bytes().as_slice(),
            column(base_version),
        );
        if swapped == 0 {
            drop(tx);
            return Ok(Swap::Conflict(self.vault_version(account).await?));
        }
        let version = base_version.saturating_add(1);
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
        tx.commit().await?;
        Ok(Swap::Done(version))
    }

    async fn vault_version(&self, account: AccountId) -> StoreResult<u64> {
        let row = fetch_optional!(
            self.db.read(),
            (i64,),
            "SELECT vault_version FROM accounts WHERE id = $1",
            account.as_bytes().as_slice(),
        );
        number("a vault's version", row.map_or(0, |(version,)| version))
    }
}
