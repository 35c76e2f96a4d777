//! The account's own devices, and what is left of this one when it is one of them no longer.

use rusqlite::params;
use sealpost_mls::identity::DeviceList;
use sealpost_protocol::DeviceId;
use zeroize::Zeroizing;

use super::{Result, Store, session::Secret};

/// A device of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OwnDeviceRow {
    pub device: DeviceId,
    /// The person was not told yet that it came.
    pub is_new: bool,
}

impl Store<'_> {
    /// The account's devices in the order in which they came.
    pub(crate) fn own_devices(&self) -> Result<Vec<OwnDeviceRow>> {
        let sql = "SELECT device, is_new FROM own_devices ORDER BY admitted, device";
        self.many(sql, [], |row| Ok(OwnDeviceRow { device: DeviceId(row.get(0)?), is_new: row.get(1)? }))
    }

    /// The account's newest list is this one. Devices that it adds to those that are known are new to the person, unless none
    /// was known. Gives whether something changed.
    pub(crate) fn set_own_devices(&self, list: &DeviceList) -> Result<bool> {
        let known = self.own_devices()?;
        let gone = known.iter().filter(|row| list.entry(&row.device).is_none());
        let mut changed = false;
        for row in gone {
            changed |= self.run("DELETE FROM own_devices WHERE device = ?1", [row.device.0])? > 0;
        }
        let sql = "INSERT OR IGNORE INTO own_devices (device, admitted, is_new) VALUES (?1, ?2, ?3)";
        for entry in &list.devices {
            changed |= self.run(sql, params![entry.device.0, entry.admitted, !known.is_empty()])? > 0;
        }
        Ok(changed)
    }

    /// The person knows of all devices.
    pub(crate) fn acknowledge_devices(&self) -> Result<()> {
        self.run("UPDATE own_devices SET is_new = 0", []).map(drop)
    }

    /// The archive key of a generation before the present one.
    pub(crate) fn former_archive_key(&self, generation: u64) -> Result<Option<Secret>> {
        let sql = "SELECT key FROM archive_keys WHERE generation = ?1";
        self.one(sql, [generation], |row| row.get(0).map(Zeroizing::new))
    }

    /// Those of all generations before, in their order.
    pub(crate) fn former_archive_keys(&self) -> Result<Vec<(u64, Secret)>> {
        let sql = "SELECT generation, key FROM archive_keys ORDER BY generation";
        self.many(sql, [], |row| Ok((row.get(0)?, Zeroizing::new(row.get(1)?))))
    }

    pub(crate) fn add_former_archive_keys(&self, keys: &[(u64, Secret)]) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO archive_keys (generation, key) VALUES (?1, ?2)";
        keys.iter().try_for_each(|(generation, key)| self.run(sql, params![generation, **key]).map(drop))
    }

    /// This device was removed from its account: to be called after everything was erased.
    pub(crate) fn set_removed(&self) -> Result<()> {
        self.run("INSERT OR IGNORE INTO removal (id) VALUES (1)", []).map(drop)
    }

    /// Whether that is what became of who was here last.
    pub(crate) fn was_removed(&self) -> Result<bool> {
        Ok(self.one("SELECT 1 FROM removal", [], |_| Ok(()))?.is_some())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand::{SeedableRng as _, rngs::StdRng};
    use sealpost_mls::identity::{ListKey, ListKeyCertificate, RootKey};
    use sealpost_protocol::AccountId;

    use super::*;
    use crate::store::in_memory;

    #[test]
    fn devices_that_come_later_are_new_until_the_person_knows() {
        let connection = in_memory();
        let store = Store(&connection);
        let rng = &mut StdRng::seed_from_u64(1);
        let (root, key) = (RootKey::generate(rng), ListKey::generate(rng));
        let certificate = ListKeyCertificate::sign(&root, AccountId([1; 16]), 1, &key);
        let [phone, laptop] = [DeviceId([1; 16]), DeviceId([2; 16])];
        let first = DeviceList::first(&key, &certificate, phone, [1; 32]);
        let second = first.next(&key, &certificate, Some((laptop, [2; 32])), &[]);
        let row = |device, is_new| OwnDeviceRow { device, is_new };
        assert!(store.set_own_devices(&first).unwrap());
        assert!(store.set_own_devices(&second).unwrap());
        assert!(!store.set_own_devices(&second).unwrap());
        assert_eq!(store.own_devices().unwrap(), [row(phone, false), row(laptop, true)]);
        store.acknowledge_devices().unwrap();
        assert_eq!(store.own_devices().unwrap(), [row(phone, false), row(laptop, false)]);
        assert!(store.set_own_devices(&second.next(&key, &certificate, None, &[phone])).unwrap());
        assert_eq!(store.own_devices().unwrap(), [row(laptop, false)]);
    }
}
