//! The devices that accounts have listed, from chains that were verified.

use rusqlite::params;
use sealpost_mls::identity::{Credential, DeviceChain, DeviceList};
use sealpost_protocol::{AccountId, DeviceId};

use super::{Result, Store};

/// What is known of a device that an account has listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    /// It is on the newest list known.
    Now,
    /// It was once.
    Before,
}

impl Store<'_> {
    /// Whether a known list names the device of a leaf with this credential, with its key, as the certificate says.
    pub(crate) fn listed(&self, leaf: &Credential) -> Result<Option<Listed>> {
        let sql = "SELECT present FROM listed_devices WHERE account = ?1 AND root_public_key = ?2 AND device = ?3
            AND signature_key = ?4 AND admitted = ?5";
        let certificate = &leaf.certificate;
        let key = certificate.signature_key;
        let leaf = params![leaf.account.0, leaf.root_public_key, leaf.device.0, key, certificate.list_version];
        let present: Option<bool> = self.one(sql, leaf, |row| row.get(0))?;
        Ok(present.map(|present| if present { Listed::Now } else { Listed::Before }))
    }

    /// The key of a device that is on the newest list known of an account, by the root key that is known of it.
    pub(crate) fn listed_key(&self, account: AccountId, device: DeviceId) -> Result<Option<[u8; 32]>> {
        let sql = "SELECT signature_key FROM listed_devices JOIN people USING (account, root_public_key)
            WHERE account = ?1 AND device = ?2 AND present = 1";
        self.one(sql, params![account.0, device.0], |row| row.get(0))
    }

    /// Whether a list was on a verified chain that goes back to this root key.
    pub(crate) fn knows_list(&self, root: &[u8; 32], list: &DeviceList) -> Result<bool> {
        self.knows_list_hash(list.account, root, &list.hash())
    }

    /// The same by the SHA-256 of the list.
    pub(crate) fn knows_list_hash(&self, account: AccountId, root: &[u8; 32], hash: &[u8; 32]) -> Result<bool> {
        let sql =
            "SELECT EXISTS (SELECT 1 FROM device_lists WHERE account = ?1 AND root_public_key = ?2 AND hash = ?3)";
        Ok(self.one(sql, params![account.0, root, hash], |row| row.get(0))?.unwrap_or(false))
    }

    /// Whether a list is to be taken for the account's, by this root key: it is on the chain that is known, or was not made
    /// with a list key that the account is known to have replaced.
    pub(crate) fn may_be_list(&self, root: &[u8; 32], list: &DeviceList) -> Result<bool> {
        let newer = "SELECT EXISTS (SELECT 1 FROM device_lists
            WHERE account = ?1 AND root_public_key = ?2 AND generation > ?3)";
        let replaced: bool =
            self.one(newer, params![list.account.0, root, list.generation], |row| row.get(0))?.unwrap_or_default();
        Ok(!replaced || self.knows_list(root, list)?)
    }

    /// Keeps what an account's chain says. Gives whether it was taken: one that ends in an older generation of the list
    /// key than is known was made with a key that the account has replaced.
    pub(crate) fn take_lists(&self, account: AccountId, root: &[u8; 32], chain: &DeviceChain) -> Result<bool> {
        let newest = chain.newest();
        let known = "SELECT coalesce(max(generation), 0) FROM device_lists WHERE account = ?1 AND root_public_key = ?2";
        let generation: u64 = self.one(known, params![account.0, root], |row| row.get(0))?.unwrap_or_default();
        if newest.generation < generation {
            return Ok(false);
        }
        let list = "INSERT OR IGNORE INTO device_lists (account, root_public_key, hash, generation)
            VALUES (?1, ?2, ?3, ?4)";
        let device = "INSERT OR IGNORE INTO listed_devices
            (account, root_public_key, device, signature_key, admitted, present) VALUES (?1, ?2, ?3, ?4, ?5, 0)";
        let mut is_new = false;
        for known in chain.lists() {
            is_new = self.run(list, params![account.0, root, known.hash(), known.generation])? > 0;
            for entry in known.devices.iter().filter(|entry| entry.admitted == known.version) {
                self.run(device, params![account.0, root, entry.device.0, entry.signature_key, entry.admitted])?;
            }
        }
        // An old copy takes nothing back.
        if is_new {
            self.set_listed_now(account, root, newest)?;
        }
        Ok(true)
    }

    fn set_listed_now(&self, account: AccountId, root: &[u8; 32], newest: &DeviceList) -> Result<()> {
        let sql = "UPDATE listed_devices SET present = 0 WHERE account = ?1 AND root_public_key = ?2";
        self.run(sql, params![account.0, root])?;
        let sql = "UPDATE listed_devices SET present = 1 WHERE account = ?1 AND root_public_key = ?2 AND device = ?3
            AND signature_key = ?4 AND admitted = ?5";
        for entry in &newest.devices {
            self.run(sql, params![account.0, root, entry.device.0, entry.signature_key, entry.admitted])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand::{SeedableRng as _, rngs::StdRng};
    use sealpost_mls::identity::{DeviceCertificate, DeviceKey, ListKey, ListKeyCertificate, RootKey};

    use super::*;
    use crate::store::in_memory;

    const ALICE: AccountId = AccountId([1; 16]);

    struct Keys {
        root: RootKey,
        list: ListKey,
        certificate: ListKeyCertificate,
    }

    fn keys() -> Keys {
        let rng = &mut StdRng::seed_from_u64(1);
        let (root, list) = (RootKey::generate(rng), ListKey::generate(rng));
        let certificate = ListKeyCertificate::sign(&root, ALICE, 1, &list);
        Keys { root, list, certificate }
    }

    impl Keys {
        fn leaf(&self, number: u8, admitted: u64) -> Credential {
            let key = DeviceKey::generate(&mut StdRng::seed_from_u64(u64::from(number) + 10));
            let device = DeviceId([number; 16]);
            let certificate = DeviceCertificate::sign(&self.list, &self.certificate, device, &key, admitted);
            Credential::new(self.root.public_key(), self.certificate.clone(), certificate)
        }

        fn first(&self, leaf: &Credential) -> DeviceList {
            DeviceList::first(&self.list, &self.certificate, leaf.device, leaf.certificate.signature_key)
        }

        fn take(&self, store: &Store<'_>, certificates: &[ListKeyCertificate], lists: &[DeviceList]) -> bool {
            let root = self.root.public_key();
            let chain = DeviceChain::verify(&root, certificates, lists.to_vec()).unwrap();
            store.take_lists(ALICE, &root, &chain).unwrap()
        }
    }

    #[test]
    fn a_leaf_is_listed_once_its_list_is_known_and_stays_so() {
        let connection = in_memory();
        let (store, keys) = (Store(&connection), keys());
        let (phone, laptop) = (keys.leaf(1, 1), keys.leaf(2, 2));
        let certificates = [keys.certificate.clone()];
        assert_eq!(store.listed(&phone).unwrap(), None);
        let first = keys.first(&phone);
        assert!(keys.take(&store, &certificates, std::slice::from_ref(&first)));
        assert_eq!(store.listed(&phone).unwrap(), Some(Listed::Now));
        assert_eq!(store.listed(&laptop).unwrap(), None);
        let joining = Some((laptop.device, laptop.certificate.signature_key));
        let second = first.next(&keys.list, &keys.certificate, joining, &[phone.device]);
        assert!(keys.take(&store, &certificates, &[first.clone(), second]));
        assert_eq!(store.listed(&phone).unwrap(), Some(Listed::Before));
        assert_eq!(store.listed(&laptop).unwrap(), Some(Listed::Now));
        assert_eq!(store.listed_key(ALICE, laptop.device).unwrap(), None, "its root key is not known to be hers");
        store.pin(ALICE, &keys.root.public_key()).unwrap();
        assert_eq!(store.listed_key(ALICE, laptop.device).unwrap(), Some(laptop.certificate.signature_key));
        assert_eq!(store.listed_key(ALICE, phone.device).unwrap(), None);
        assert!(keys.take(&store, &certificates, std::slice::from_ref(&first)));
        assert_eq!(store.listed(&phone).unwrap(), Some(Listed::Before), "an old copy takes nothing back");
        // A server that was restored knows the first list alone, and the account goes on from there.
        let tablet = keys.leaf(3, 2);
        let joining = Some((tablet.device, tablet.certificate.signature_key));
        let other = first.next(&keys.list, &keys.certificate, joining, &[]);
        assert!(keys.take(&store, &certificates, &[first, other]));
        assert_eq!(store.listed(&tablet).unwrap(), Some(Listed::Now));
        assert_eq!(store.listed(&phone).unwrap(), Some(Listed::Now));
        assert_eq!(store.listed(&laptop).unwrap(), Some(Listed::Before));
    }

    #[test]
    fn what_a_leaf_says_of_itself_must_be_what_the_list_says() {
        let connection = in_memory();
        let (store, keys) = (Store(&connection), keys());
        let phone = keys.leaf(1, 1);
        assert!(keys.take(&store, std::slice::from_ref(&keys.certificate), &[keys.first(&phone)]));
        assert_eq!(store.listed(&keys.leaf(1, 2)).unwrap(), None);
        let mut of_another_key = phone.clone();
        of_another_key.certificate.signature_key = [7; 32];
        assert_eq!(store.listed(&of_another_key).unwrap(), None);
        assert_eq!(store.listed(&Credential { root_public_key: [7; 32], ..phone }).unwrap(), None);
    }

    #[test]
    fn a_replaced_list_key_lists_nothing_any_more() {
        let connection = in_memory();
        let (store, keys) = (Store(&connection), keys());
        let (phone, thief) = (keys.leaf(1, 1), keys.leaf(2, 2));
        let newer = ListKey::generate(&mut StdRng::seed_from_u64(5));
        let certificate = ListKeyCertificate::sign(&keys.root, ALICE, 2, &newer);
        let certificates = [keys.certificate.clone(), certificate.clone()];
        let first = keys.first(&phone);
        let second = first.next(&newer, &certificate, None, &[]);
        assert!(keys.take(&store, &certificates, &[first.clone(), second]));
        let joining = Some((thief.device, thief.certificate.signature_key));
        let forked = first.next(&keys.list, &keys.certificate, joining, &[]);
        let root = keys.root.public_key();
        assert!(store.may_be_list(&root, &first).unwrap(), "it is on the chain");
        assert!(!store.may_be_list(&root, &forked).unwrap());
        assert!(!keys.take(&store, &certificates, &[first, forked]));
        assert_eq!(store.listed(&thief).unwrap(), None);
    }
}
