//! Devices and the signed chains of device lists that admit them. Lists and certificates are bytes, verified elsewhere.

use sealpost_mls::identity::DeviceCertificate;
use sealpost_protocol::{
    AccountId, Bytes, DeviceId, Timestamp,
    device::{DeviceLists, DeviceSeen},
};

use super::{
    Store, StoreResult, Swap,
    convert::{checked, column, hash, number},
    db::{Tx, execute, fetch_all, fetch_optional},
    delistings::delist,
};

/// A device to be stored.
#[derive(Debug, Clone)]
pub struct NewDevice {
    /// Made by the client.
    pub device: DeviceId,
    /// Its certificate.
    pub certificate: Vec<u8>,
    /// Ed25519 key of its MLS leaves.
    pub signature_key: [u8; 32],
}

/// An account's first device, with list version 1 and the list key certificate of generation 1.
#[derive(Debug, Clone)]
pub struct FirstDevice {
    /// The device.
    pub device: NewDevice,
    /// Version 1 of the list.
    pub list: Vec<u8>,
    /// The first list key, signed by the root key.
    pub list_key_certificate: Vec<u8>,
}

/// The next device list with what it changes.
#[derive(Debug, Clone)]
pub struct DeviceListUpdate {
    /// Whose.
    pub account: AccountId,
    /// Its version: one more than the present one.
    pub version: u64,
    /// The list.
    pub list: Vec<u8>,
    /// A device that it admits, with the token hash of the session that becomes that device's.
    pub admitted: Option<(NewDevice, [u8; 32])>,
    /// Devices that it leaves out.
    pub removed: Vec<DeviceId>,
    /// What proves that to others.
    pub proof: Vec<u8>,
    /// A new list key: its generation and certificate.
    pub list_key_certificate: Option<(u64, Vec<u8>)>,
    /// When.
    pub now: Timestamp,
}

/// What became of a device list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum ListPublished {
    /// It is the newest one. `ended` are the token hashes of the removed devices' sessions.
    Done {
        /// Sessions that ended.
        ended: Vec<[u8; 32]>,
    },
    /// It is not the next one; the present version.
    Conflict(u64),
    /// The device's identifier is in use.
    IdTaken,
}

/// A device that was admitted once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Whose.
    pub account: AccountId,
    /// Its certificate.
    pub certificate: Vec<u8>,
    /// Ed25519 key of its MLS leaves.
    pub signature_key: [u8; 32],
    /// Version of the list that admitted it.
    pub admitted: u64,
    /// When a list left it out.
    pub removed: Option<Timestamp>,
}

impl Device {
    /// Whether a certificate says of it what it was published with: one of later keys of the account does as well. That an
    /// account's key signed it was seen before.
    pub fn is_certified_by(&self, certificate: &DeviceCertificate) -> bool {
        certificate.account == self.account
            && certificate.signature_key == self.signature_key
            && certificate.list_version == self.admitted
    }
}

impl Store {
    /// A device, also one that was removed.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn device(&self, device: DeviceId) -> StoreResult<Option<Device>> {
        let row = fetch_optional!(
            self.db.read(),
            (Vec<u8>, Vec<u8>, Vec<u8>, i64, Option<i64>),
            "SELECT account, certificate, signature_key, admitted, removed FROM devices WHERE id = $1",
            device.as_bytes().as_slice(),
        );
        let Some((account, certificate, signature_key, admitted, removed)) = row else { return Ok(None) };
        Ok(Some(Device {
            account: checked("an account id", AccountId::from_slice(&account))?,
            certificate,
            signature_key: hash("a signature key", &signature_key)?,
            admitted: number("a device list version", admitted)?,
            removed: removed.map(|time| number("a time", time)).transpose()?,
        }))
    }

    /// The list of this version that the account published.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn device_list(&self, account: AccountId, version: u64) -> StoreResult<Option<Vec<u8>>> {
        let list = fetch_optional!(
            self.db.read(),
            (Vec<u8>,),
            "SELECT list FROM device_lists WHERE account = $1 AND version = $2",
            account.as_bytes().as_slice(),
            column(version),
        );
        Ok(list.map(|(list,)| list))
    }

    /// The account's lists after a version with all of its list key certificates, or nothing for an unknown account.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn device_lists(&self, account: AccountId, after_version: u64) -> StoreResult<Option<DeviceLists>> {
        let id = account.as_bytes().as_slice();
        let root =
            fetch_optional!(self.db.read(), (Vec<u8>,), "SELECT root_public_key FROM accounts WHERE id = $1", id);
        let Some((root,)) = root else { return Ok(None) };
        // Lists before certificates: a list that is published in between may be missing, its certificate never.
        let lists = fetch_all!(
            self.db.read(),
            (Vec<u8>,),
            "SELECT list FROM device_lists WHERE account = $1 AND version > $2 ORDER BY version",
            id,
            column(after_version),
        );
        let certificates = fetch_all!(
            self.db.read(),
            (Vec<u8>,),
            "SELECT certificate FROM list_key_certificates WHERE account = $1 ORDER BY generation",
            id,
        );
        let bytes = |rows: Vec<(Vec<u8>,)>| rows.into_iter().map(|(bytes,)| Bytes(bytes)).collect();
        Ok(Some(DeviceLists {
            root_public_key: hash("a root key", &root)?.into(),
            list_key_certificates: bytes(certificates),
            lists: bytes(lists),
        }))
    }

    /// Publishes a device list with what it changes, if it is the next one: admits a device and binds the session to
    /// it; ends the sessions of removed devices, deletes their key packages and Welcomes, and has their leaves wait to
    /// be removed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn publish_device_list(&self, update: &DeviceListUpdate) -> StoreResult<ListPublished> {
        let mut tx = self.db.begin().await?;
        let published = publish(&mut tx, update).await?;
        if let ListPublished::Done { .. } = published {
            tx.commit().await?;
        }
        Ok(published)
    }

    /// When each device that is on the account's newest list was there. Whether it is connected is for others to say.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn devices_seen(&self, account: AccountId) -> StoreResult<Vec<DeviceSeen>> {
        let rows = fetch_all!(
            self.db.read(),
            (Vec<u8>, Option<i64>, Option<i64>),
            "SELECT id, added, last_seen FROM devices WHERE account = $1 AND removed IS NULL",
            account.as_bytes().as_slice(),
        );
        let seen = |(device, added, last_seen): (Vec<u8>, Option<i64>, Option<i64>)| {
            Ok(DeviceSeen {
                device: checked("a device id", DeviceId::from_slice(&device))?,
                added: added.map(|time| number("a time", time)).transpose()?,
                last_seen: last_seen.map(|time| number("a time", time)).transpose()?,
                connected: false,
            })
        };
        rows.into_iter().map(seen).collect()
    }

    /// Notes when devices were last connected.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_devices_seen(&self, devices: &[DeviceId], time: Timestamp) -> StoreResult<()> {
        let mut tx = self.db.begin().await?;
        for device in devices {
            execute!(
                tx.on(),
                "UPDATE devices SET last_seen = $1 WHERE id = $2",
                column(time),
                device.as_bytes().as_slice(),
            );
        }
        tx.commit().await
    }
}

/// Publishes a device list within a transaction, which is to be dropped if that cannot be done.
pub(super) async fn publish(tx: &mut Tx, update: &DeviceListUpdate) -> StoreResult<ListPublished> {
    if let Swap::Conflict(present) = swap_version(tx, update).await? {
        return Ok(ListPublished::Conflict(present));
    }
    insert_list(tx, update.account, update.version, &update.list).await?;
    if let Some((generation, certificate)) = &update.list_key_certificate {
        insert_certificate(tx, update.account, *generation, certificate).await?;
    }
    if let Some((device, session)) = &update.admitted {
        if !insert_device(tx, update.account, device, (update.version, update.now)).await? {
            return Ok(ListPublished::IdTaken);
        }
        execute!(
            tx.on(),
            "UPDATE sessions SET device = $1 WHERE token_hash = $2",
            device.device.as_bytes().as_slice(),
            session.as_slice(),
        );
    }
    // Before their rows are locked, as appends lock conversations first; and again for what was appended meanwhile.
    delist(tx, update.account, &update.removed, &update.proof).await?;
    let mut ended = Vec::new();
    for device in &update.removed {
        ended.extend(remove_device(tx, update.account, *device, update.now).await?);
    }
    delist(tx, update.account, &update.removed, &update.proof).await?;
    Ok(ListPublished::Done { ended })
}

/// Stores the first device of a new account; false if its identifier is in use.
pub(super) async fn insert_first_device(
    tx: &mut Tx,
    account: AccountId,
    first: &FirstDevice,
    now: Timestamp,
) -> StoreResult<bool> {
    insert_certificate(tx, account, 1, &first.list_key_certificate).await?;
    insert_list(tx, account, 1, &first.list).await?;
    insert_device(tx, account, &first.device, (1, now)).await
}

async fn swap_version(tx: &mut Tx, update: &DeviceListUpdate) -> StoreResult<Swap> {
    let id = update.account.as_bytes().as_slice();
    let swapped = execute!(
        tx.on(),
        "UPDATE accounts SET device_list_version = device_list_version + 1 WHERE id = $1 AND device_list_version = $2",
        id,
        column(update.version) - 1,
    );
    if swapped == 1 {
        return Ok(Swap::Done(update.version));
    }
    let present = fetch_optional!(tx.on(), (i64,), "SELECT device_list_version FROM accounts WHERE id = $1", id);
    Ok(Swap::Conflict(number("a device list version", present.map_or(0, |(version,)| version))?))
}

async fn insert_list(tx: &mut Tx, account: AccountId, version: u64, list: &[u8]) -> StoreResult<()> {
    execute!(
        tx.on(),
        "INSERT INTO device_lists (account, version, list) VALUES ($1, $2, $3)",
        account.as_bytes().as_slice(),
        column(version),
        list,
    );
    Ok(())
}

async fn insert_certificate(tx: &mut Tx, account: AccountId, generation: u64, bytes: &[u8]) -> StoreResult<()> {
    execute!(
        tx.on(),
        "INSERT INTO list_key_certificates (account, generation, certificate) VALUES ($1, $2, $3) \
         ON CONFLICT DO NOTHING",
        account.as_bytes().as_slice(),
        column(generation),
        bytes,
    );
    Ok(())
}

async fn insert_device(
    tx: &mut Tx,
    account: AccountId,
    new: &NewDevice,
    (admitted, now): (u64, Timestamp),
) -> StoreResult<bool> {
    let inserted = execute!(
        tx.on(),
        "INSERT INTO devices (id, account, certificate, signature_key, admitted, inbox_last, added) \
         VALUES ($1, $2, $3, $4, $5, 0, $6) ON CONFLICT DO NOTHING",
        new.device.as_bytes().as_slice(),
        account.as_bytes().as_slice(),
        new.certificate.as_slice(),
        new.signature_key.as_slice(),
        column(admitted),
        column(now),
    );
    Ok(inserted == 1)
}

async fn remove_device(
    tx: &mut Tx,
    account: AccountId,
    device: DeviceId,
    now: Timestamp,
) -> StoreResult<Vec<[u8; 32]>> {
    let id = device.as_bytes().as_slice();
    let removed = execute!(
        tx.on(),
        "UPDATE devices SET removed = $1 WHERE id = $2 AND account = $3 AND removed IS NULL",
        column(now),
        id,
        account.as_bytes().as_slice(),
    );
    if removed == 0 {
        return Ok(Vec::new());
    }
    execute!(tx.on(), "DELETE FROM key_packages WHERE device = $1", id);
    execute!(tx.on(), "DELETE FROM handovers WHERE device = $1", id);
    execute!(tx.on(), "DELETE FROM inbox WHERE device = $1", id);
    let ended = fetch_all!(
        tx.on(),
        (Vec<u8>,),
        "DELETE FROM sessions WHERE account = $1 AND device = $2 RETURNING token_hash",
        account.as_bytes().as_slice(),
        id,
    );
    ended.iter().map(|(token_hash,)| hash("a token hash", token_hash)).collect()
}
