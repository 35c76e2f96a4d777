//! An account's device lists: a hash chain that says which devices the account had at each version.

use std::collections::HashSet;

use sealpost_protocol::{AccountId, Bytes, DeviceId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    IdentityError, ListKeyCertificate,
    keys::{ListKey, verify},
};
use crate::codec::{countable, decode_canonical, encode, fixed};

const FORMAT: u8 = 1;
const LABEL: &str = "Sealpost 1.0 device list";

/// A device in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceEntry {
    /// Which device.
    pub device: DeviceId,
    /// Its MLS signature key, Ed25519.
    pub signature_key: [u8; 32],
    /// The version of the list that admitted it.
    pub admitted: u64,
}

/// One version of an account's list of devices.
///
/// CBOR: `[1, version, previous hash, account, generation, [[device, signature key, admitted], ...], signature]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Fields", try_from = "Fields")]
pub struct DeviceList {
    /// Counts from 1 without gaps.
    pub version: u64,
    /// SHA-256 of the list before, as encoded; zeros for version 1.
    pub previous_hash: [u8; 32],
    /// Whose devices.
    pub account: AccountId,
    /// Generation of the device-list key that signed this.
    pub generation: u64,
    /// In no particular order, each device once.
    pub devices: Vec<DeviceEntry>,
    signature: [u8; 64],
}

type EntryFields = (DeviceId, Bytes, u64);
type Fields = (u8, u64, Bytes, AccountId, u64, Vec<EntryFields>, Bytes);

impl DeviceList {
    /// The account's first list, with its first device.
    pub fn first(list_key: &ListKey, certificate: &ListKeyCertificate, device: DeviceId, key: [u8; 32]) -> Self {
        let devices = vec![DeviceEntry { device, signature_key: key, admitted: 1 }];
        Self::signed(list_key, certificate, 1, [0; 32], devices)
    }

    /// The list after this one: without the devices of `leaving`, with `joining`.
    pub fn next(
        &self,
        list_key: &ListKey,
        certificate: &ListKeyCertificate,
        joining: Option<(DeviceId, [u8; 32])>,
        leaving: &[DeviceId],
    ) -> Self {
        let version = self.version + 1;
        let stay = self.devices.iter().filter(|entry| !leaving.contains(&entry.device)).copied();
        let join = joining.map(|(device, signature_key)| DeviceEntry { device, signature_key, admitted: version });
        Self::signed(list_key, certificate, version, self.hash(), stay.chain(join).collect())
    }

    fn signed(
        list_key: &ListKey,
        certificate: &ListKeyCertificate,
        version: u64,
        previous_hash: [u8; 32],
        devices: Vec<DeviceEntry>,
    ) -> Self {
        let (account, generation) = (certificate.account, certificate.generation);
        let mut list = Self { version, previous_hash, account, generation, devices, signature: [0; 64] };
        list.signature = list_key.sign(LABEL, &list.signed_part());
        list
    }

    /// Whether the certified device-list key signed this list, and each device is in it once, admitted by it or before.
    /// Does not verify `list_key` itself, nor the chain.
    pub fn verify(&self, list_key: &ListKeyCertificate) -> Result<(), IdentityError> {
        if self.account != list_key.account || self.generation != list_key.generation {
            return Err(IdentityError::Mismatch);
        }
        verify(&list_key.public_key, LABEL, &self.signed_part(), &self.signature)?;
        let devices: HashSet<_> = self.devices.iter().map(|entry| entry.device).collect();
        let keys: HashSet<_> = self.devices.iter().map(|entry| entry.signature_key).collect();
        let admitted = self.devices.iter().all(|entry| (1..=self.version).contains(&entry.admitted));
        let once = devices.len() == self.devices.len() && keys.len() == self.devices.len();
        if once && admitted { Ok(()) } else { Err(IdentityError::Chain) }
    }

    /// Whether this list follows `previous`: next version, its hash, no older generation, devices that stay unchanged,
    /// and new devices admitted by this version.
    pub fn follows(&self, previous: &Self) -> Result<(), IdentityError> {
        let linked = self.account == previous.account
            && Some(self.version) == previous.version.checked_add(1)
            && self.previous_hash == previous.hash()
            && self.generation >= previous.generation;
        let consistent = self.devices.iter().all(|entry| match previous.entry(&entry.device) {
            Some(before) => before == entry,
            None => entry.admitted == self.version,
        });
        if linked && consistent { Ok(()) } else { Err(IdentityError::Chain) }
    }

    /// The device's entry, if the list contains it.
    pub fn entry(&self, device: &DeviceId) -> Option<&DeviceEntry> {
        self.devices.iter().find(|entry| &entry.device == device)
    }

    /// SHA-256 of the encoded list.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.to_bytes()).into()
    }

    /// Reads the CBOR form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IdentityError> {
        Ok(decode_canonical(bytes)?)
    }

    /// The CBOR form.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    fn signed_part(&self) -> Vec<u8> {
        let previous = Bytes::from(self.previous_hash);
        encode(&(FORMAT, self.version, previous, self.account, self.generation, self.entry_fields()))
    }

    fn entry_fields(&self) -> Vec<EntryFields> {
        self.devices.iter().map(|entry| (entry.device, entry.signature_key.into(), entry.admitted)).collect()
    }
}

impl From<DeviceList> for Fields {
    fn from(list: DeviceList) -> Self {
        let entries = list.entry_fields();
        let (previous, signature) = (list.previous_hash.into(), list.signature.into());
        (FORMAT, list.version, previous, list.account, list.generation, entries, signature)
    }
}

impl TryFrom<Fields> for DeviceList {
    type Error = IdentityError;
    fn try_from(fields: Fields) -> Result<Self, IdentityError> {
        let (format, version, previous, account, generation, entries, signature) = fields;
        if format != FORMAT {
            return Err(IdentityError::Version);
        }
        let devices = entries
            .into_iter()
            .map(|(device, key, admitted)| {
                Ok(DeviceEntry { device, signature_key: fixed(&key)?, admitted: countable(admitted)? })
            })
            .collect::<Result<_, IdentityError>>()?;
        let (previous_hash, signature) = (fixed(&previous)?, fixed(&signature)?);
        let (version, generation) = (countable(version)?, countable(generation)?);
        Ok(Self { version, previous_hash, account, generation, devices, signature })
    }
}

/// A verified chain of device lists, from version 1 on.
#[derive(Debug, Clone)]
pub struct DeviceChain {
    earlier: Vec<DeviceList>,
    newest: DeviceList,
}

impl DeviceChain {
    /// Verifies the lists from version 1 on: every device-list key is signed by the root key, every list by the key of
    /// its generation, and every list follows from the one before.
    pub fn verify(
        root_public_key: &[u8; 32],
        list_keys: &[ListKeyCertificate],
        lists: Vec<DeviceList>,
    ) -> Result<Self, IdentityError> {
        let mut lists = lists.into_iter();
        let first = lists.next().ok_or(IdentityError::Chain)?;
        if first.version != 1 || first.previous_hash != [0; 32] {
            return Err(IdentityError::Chain);
        }
        certified(root_public_key, list_keys, &first)?;
        let mut chain = Self { earlier: Vec::new(), newest: first };
        for list in lists {
            chain.extend(root_public_key, list_keys, list)?;
        }
        Ok(chain)
    }

    /// Verifies and appends the next list. On an error the chain is unchanged.
    pub fn extend(
        &mut self,
        root_public_key: &[u8; 32],
        list_keys: &[ListKeyCertificate],
        list: DeviceList,
    ) -> Result<(), IdentityError> {
        list.follows(self.newest())?;
        certified(root_public_key, list_keys, &list)?;
        self.earlier.push(std::mem::replace(&mut self.newest, list));
        Ok(())
    }

    /// Every list, in the order of the versions.
    pub fn lists(&self) -> impl Iterator<Item = &DeviceList> {
        self.earlier.iter().chain([&self.newest])
    }

    /// The newest list.
    pub fn newest(&self) -> &DeviceList {
        &self.newest
    }

    /// Whether list `version` is in the chain and contains the device with this key. A leaf stays valid by the version
    /// that its certificate names, whatever later lists say.
    pub fn admits(&self, device: &DeviceId, signature_key: &[u8; 32], version: u64) -> bool {
        let list = self.lists().find(|list| list.version == version);
        list.and_then(|list| list.entry(device)).is_some_and(|entry| &entry.signature_key == signature_key)
    }
}

fn certified(root: &[u8; 32], list_keys: &[ListKeyCertificate], list: &DeviceList) -> Result<(), IdentityError> {
    let key = list_keys.iter().find(|key| key.generation == list.generation).ok_or(IdentityError::Mismatch)?;
    key.verify(root)?;
    list.verify(key)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::Person;

    const A: DeviceId = DeviceId([1; 16]);
    const B: DeviceId = DeviceId([2; 16]);

    fn lists(person: &Person) -> Vec<DeviceList> {
        let first = DeviceList::first(&person.list, &person.list_certificate, A, [1; 32]);
        let second = first.next(&person.list, &person.list_certificate, Some((B, [2; 32])), &[]);
        let third = second.next(&person.list, &person.list_certificate, None, &[A]);
        vec![first, second, third]
    }

    fn verify(person: &Person, lists: Vec<DeviceList>) -> Result<DeviceChain, IdentityError> {
        DeviceChain::verify(&person.root.public_key(), std::slice::from_ref(&person.list_certificate), lists)
    }

    #[test]
    fn a_chain_remembers_who_was_admitted_when() {
        let alice = Person::new(1);
        let chain = verify(&alice, lists(&alice)).unwrap();
        assert_eq!(chain.newest().version, 3);
        assert!(chain.newest().entry(&A).is_none());
        assert!(chain.admits(&A, &[1; 32], 1) && chain.admits(&A, &[1; 32], 2));
        assert!(!chain.admits(&A, &[1; 32], 3) && !chain.admits(&A, &[9; 32], 1) && !chain.admits(&B, &[2; 32], 1));
        let bytes = chain.newest().to_bytes();
        assert_eq!(&DeviceList::from_bytes(&bytes).unwrap(), chain.newest());
    }

    #[test]
    fn gaps_forks_and_foreign_signatures_are_refused() {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let [first, second, third] = <[_; 3]>::try_from(lists(&alice)).unwrap();
        assert_eq!(verify(&alice, vec![first.clone(), third.clone()]).unwrap_err(), IdentityError::Chain);
        assert_eq!(verify(&alice, vec![second.clone()]).unwrap_err(), IdentityError::Chain);
        let forked = first.next(&alice.list, &alice.list_certificate, None, &[]);
        assert_eq!(verify(&alice, vec![first.clone(), forked, third]).unwrap_err(), IdentityError::Chain);
        let forged = first.next(&bob.list, &alice.list_certificate, None, &[]);
        assert_eq!(verify(&alice, vec![first.clone(), forged]).unwrap_err(), IdentityError::Signature);
        assert_eq!(verify(&bob, vec![first.clone()]).unwrap_err(), IdentityError::Mismatch);
        let keys = std::slice::from_ref(&alice.list_certificate);
        let foreign_root = DeviceChain::verify(&bob.root.public_key(), keys, vec![first]);
        assert_eq!(foreign_root.unwrap_err(), IdentityError::Signature);
    }

    #[test]
    fn a_new_generation_takes_over_and_the_old_key_is_worthless() {
        let alice = Person::new(1);
        let all = lists(&alice);
        let newer = ListKey::generate(&mut rand::thread_rng());
        let certificate = ListKeyCertificate::sign(&alice.root, alice.account, 2, &newer);
        let keys = [alice.list_certificate.clone(), certificate.clone()];
        let root = alice.root.public_key();
        let mut chain = DeviceChain::verify(&root, &keys, all).unwrap();
        let fourth = chain.newest().next(&newer, &certificate, None, &[]);
        chain.extend(&root, &keys, fourth).unwrap();
        let fifth = chain.newest().next(&alice.list, &alice.list_certificate, Some((A, [3; 32])), &[]);
        assert_eq!(chain.extend(&root, &keys, fifth), Err(IdentityError::Chain));
        assert_eq!(chain.newest().version, 4);
    }

    #[test]
    fn a_device_may_not_change_its_key_silently() {
        let alice = Person::new(1);
        let first = DeviceList::first(&alice.list, &alice.list_certificate, A, [1; 32]);
        let mut second = first.next(&alice.list, &alice.list_certificate, None, &[]);
        second.devices[0].signature_key = [5; 32];
        second.signature = alice.list.sign(LABEL, &second.signed_part());
        assert_eq!(verify(&alice, vec![first, second]).unwrap_err(), IdentityError::Chain);
    }
}
