//! Revocations: a device list that leaves devices out, and with it new keys of the account, all in one transaction.

use sealpost_protocol::{
    AccountId, Bytes, DeviceId,
    account::{Backup, VaultRecord},
    device::Handover,
};

use super::{
    ListPublished, Store, StoreResult, Swap,
    archive::next_version,
    backups::swap_backup,
    convert::{column, hash, number},
    db::{Tx, execute, fetch_all, fetch_optional},
    devices::{DeviceListUpdate, publish},
    sessions::forget_sign_ins,
    vault::put_records,
};

/// So many times more than it may else the vault may then hold: whoever is to be revoked may have filled it.
const HEADROOM: i64 = 2;

/// What takes the place of an account's keys.
#[derive(Debug, Clone)]
pub struct Revocation {
    /// The next list, with the certificate of the new list key.
    pub list: DeviceListUpdate,
    /// The generation of the new keys.
    pub generation: u64,
    /// The next version of the backup.
    pub backup: Backup,
    /// The vault's version that the new records follow from.
    pub vault_version: u64,
    /// All that the vault then has.
    pub vault: Vec<VaultRecord>,
    /// The archive's version that was seen.
    pub archive_version: u64,
    /// The keys for the devices that stay.
    pub handovers: Vec<Handover>,
    /// Token hash of the session that revokes: of those without a device it alone goes on.
    pub session: [u8; 32],
}

/// What became of a revocation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Revoked {
    /// The new keys are in force.
    Done {
        /// Token hashes of the sessions that ended.
        ended: Vec<[u8; 32]>,
        /// The vault's version now.
        vault: u64,
        /// The archive's version now.
        archive: u64,
    },
    /// Left alone: list, backup, vault or archive changed meanwhile.
    Conflict,
    /// Left alone, because the vault would hold too much.
    Full,
}

impl Store {
    /// Puts a list without some devices, and new keys, in the place of the account's present ones.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke(&self, new: &Revocation) -> StoreResult<Revoked> {
        let mut tx = self.db.begin().await?;
        let account = new.list.account;
        // Backups before accounts, as a new password has them.
        let Swap::Done(_) = swap_backup(&mut tx, account, &new.backup).await? else { return Ok(Revoked::Conflict) };
        let ListPublished::Done { mut ended } = publish(&mut tx, &new.list).await? else {
            return Ok(Revoked::Conflict);
        };
        let (archive, _) = next_version(&mut tx, account).await?;
        let vault = new.vault_version.saturating_add(1);
        if archive != new.archive_version.saturating_add(1) || !swap_generation(&mut tx, new).await? {
            return Ok(Revoked::Conflict);
        }
        execute!(tx.on(), "DELETE FROM vault_records WHERE account = $1", account.as_bytes().as_slice());
        if !put_records(&mut tx, account, (vault, HEADROOM), &new.vault).await? {
            return Ok(Revoked::Full);
        }
        put_handovers(&mut tx, account, &new.handovers).await?;
        forget_sign_ins(&mut tx, account).await?;
        execute!(tx.on(), "DELETE FROM linkings WHERE account = $1", account.as_bytes().as_slice());
        ended.extend(end_without_device(&mut tx, account, new.session).await?);
        tx.commit().await?;
        Ok(Revoked::Done { ended, vault, archive })
    }

    /// The generation of the account's keys, and those that wait for a device.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn handover(&self, account: AccountId, device: DeviceId) -> StoreResult<(u64, Option<Handover>)> {
        let mut tx = self.db.begin_reading().await?;
        let account = account.as_bytes().as_slice();
        let generation = fetch_optional!(tx.on(), (i64,), "SELECT generation FROM accounts WHERE id = $1", account);
        let row = fetch_optional!(
            tx.on(),
            (Vec<u8>, Vec<u8>),
            "SELECT key_package, sealed FROM handovers WHERE device = $1 AND account = $2",
            device.as_bytes().as_slice(),
            account,
        );
        let generation = number("a generation", generation.map_or(1, |(generation,)| generation))?;
        let handover =
            |(key_package, sealed)| Handover { device, key_package: Bytes(key_package), sealed: Bytes(sealed) };
        Ok((generation, row.map(handover)))
    }
}

async fn swap_generation(tx: &mut Tx, new: &Revocation) -> StoreResult<bool> {
    let swapped = execute!(
        tx.on(),
        "UPDATE accounts SET vault_version = vault_version + 1, generation = $1 \
         WHERE id = $2 AND vault_version = $3 AND generation < $1",
        column(new.generation),
        new.list.account.as_bytes().as_slice(),
        column(new.vault_version),
    );
    Ok(swapped == 1)
}

async fn put_handovers(tx: &mut Tx, account: AccountId, handovers: &[Handover]) -> StoreResult<()> {
    execute!(tx.on(), "DELETE FROM handovers WHERE account = $1", account.as_bytes().as_slice());
    for handover in handovers {
        execute!(
            tx.on(),
            "INSERT INTO handovers (device, account, key_package, sealed) VALUES ($1, $2, $3, $4)",
            handover.device.as_bytes().as_slice(),
            account.as_bytes().as_slice(),
            handover.key_package.as_ref(),
            handover.sealed.as_ref(),
        );
    }
    Ok(())
}

/// Ends the account's sessions that have no device yet, but for one: whoever has them may have the old keys.
async fn end_without_device(tx: &mut Tx, account: AccountId, but: [u8; 32]) -> StoreResult<Vec<[u8; 32]>> {
    let rows = fetch_all!(
        tx.on(),
        (Vec<u8>,),
        "DELETE FROM sessions WHERE account = $1 AND device IS NULL AND token_hash <> $2 RETURNING token_hash",
        account.as_bytes().as_slice(),
        but.as_slice(),
    );
    rows.iter().map(|(token_hash,)| hash("a token hash", token_hash)).collect()
}
