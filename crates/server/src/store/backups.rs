//! Backups: an account's wrapped keys, replaced by compare and swap together with what belongs to them.

use sealpost_protocol::{
    AccountId, PasskeyId,
    account::{Backup, Wrapping},
    socket::{from_cbor, to_cbor},
};

use super::{
    Store, StoreError, StoreResult, Swap,
    convert::{checked, column, number},
    db::{Tx, execute, fetch_optional},
    passkeys::{self, NewPasskey, PasskeyAdded},
};

/// What opens the account, and changes with a backup.
#[derive(Debug, Clone, Default)]
pub struct BackupChange {
    /// SHA-256 of a new recovery token.
    pub recovery_token_hash: Option<[u8; 32]>,
    /// A new passkey.
    pub passkey_added: Option<NewPasskey>,
    /// A passkey that is one no longer.
    pub passkey_removed: Option<PasskeyId>,
}

/// What became of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum BackupWritten {
    /// Written, and all that changes with it.
    Done,
    /// Left alone: it does not follow the present version, which is this; 0 if there is none.
    Conflict(u64),
    /// Left alone: the passkey's id or token is in use.
    PasskeyTaken,
    /// Left alone: the account has as many passkeys as it may.
    TooManyPasskeys,
}

impl Store {
    /// The account's backup.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn backup(&self, account: AccountId) -> StoreResult<Option<Backup>> {
        let row = fetch_optional!(
            self.db.read(),
            (i64, Vec<u8>, Vec<u8>),
            "SELECT version, ciphertext, wrappings FROM backups WHERE account = $1",
            account.as_bytes().as_slice(),
        );
        let Some((version, ciphertext, wrappings)) = row else { return Ok(None) };
        Ok(Some(Backup {
            version: number("a backup's version", version)?,
            ciphertext: ciphertext.into(),
            wrappings: checked("a backup's wrappings", from_cbor::<Vec<Wrapping>>(&wrappings).ok())?,
        }))
    }

    /// Replaces the backup, and with it what opens the account, if the new version is the next.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_backup(
        &self,
        account: AccountId,
        backup: &Backup,
        change: &BackupChange,
    ) -> StoreResult<BackupWritten> {
        let mut tx = self.db.begin().await?;
        if let Swap::Conflict(version) = swap_backup(&mut tx, account, backup).await? {
            return Ok(BackupWritten::Conflict(version));
        }
        if let Some(hash) = change.recovery_token_hash {
            execute!(
                tx.on(),
                "UPDATE accounts SET recovery_token_hash = $1 WHERE id = $2",
                hash.as_slice(),
                account.as_bytes().as_slice(),
            );
        }
        if let Some(passkey) = change.passkey_removed {
            passkeys::remove(&mut tx, account, passkey).await?;
        }
        if let Some(new) = &change.passkey_added {
            match passkeys::add(&mut tx, account, new).await? {
                PasskeyAdded::Done => {}
                PasskeyAdded::Taken => return Ok(BackupWritten::PasskeyTaken),
                PasskeyAdded::Full => return Ok(BackupWritten::TooManyPasskeys),
            }
        }
        tx.commit().await?;
        Ok(BackupWritten::Done)
    }

    /// Sets a new password: replaces OPAQUE record and backup; the session `kept` becomes a full one, and others end unless
    /// they are to go on. Gives the token hashes of the sessions that ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_password(
        &self,
        account: AccountId,
        opaque_record: &[u8],
        backup: &Backup,
        kept: super::KeptSession,
    ) -> StoreResult<(Swap, Vec<[u8; 32]>)> {
        let mut tx = self.db.begin().await?;
        let swap = swap_backup(&mut tx, account, backup).await?;
        if let Swap::Conflict(_) = swap {
            return Ok((swap, Vec::new()));
        }
        execute!(
            tx.on(),
            "UPDATE accounts SET opaque_record = $1 WHERE id = $2",
            opaque_record,
            account.as_bytes().as_slice(),
        );
        super::sessions::forget_sign_ins(&mut tx, account).await?;
        let ended = super::sessions::end_others(&mut tx, account, kept).await?;
        tx.commit().await?;
        Ok((swap, ended))
    }
}

/// Stores an account's first backup.
pub(super) async fn insert_backup(tx: &mut Tx, account: AccountId, backup: &Backup) -> StoreResult<()> {
    execute!(
        tx.on(),
        "INSERT INTO backups (account, version, ciphertext, wrappings) VALUES ($1, $2, $3, $4)",
        account.as_bytes().as_slice(),
        column(backup.version),
        backup.ciphertext.as_ref(),
        encoded(&backup.wrappings)?,
    );
    Ok(())
}

pub(super) async fn swap_backup(tx: &mut Tx, account: AccountId, backup: &Backup) -> StoreResult<Swap> {
    let swapped = execute!(
        tx.on(),
        "UPDATE backups SET version = version + 1, ciphertext = $1, wrappings = $2 \
         WHERE account = $3 AND version = $4",
        backup.ciphertext.as_ref(),
        encoded(&backup.wrappings)?,
        account.as_bytes().as_slice(),
        column(backup.version) - 1,
    );
    if swapped == 1 {
        return Ok(Swap::Done(backup.version));
    }
    let present = fetch_optional!(
        tx.on(),
        (i64,),
        "SELECT version FROM backups WHERE account = $1",
        account.as_bytes().as_slice(),
    );
    Ok(Swap::Conflict(number("a backup's version", present.map_or(0, |(version,)| version))?))
}

fn encoded(wrappings: &Vec<Wrapping>) -> StoreResult<Vec<u8>> {
    to_cbor(wrappings).map_err(|_| StoreError::Corrupt("wrappings that cannot be encoded"))
}
