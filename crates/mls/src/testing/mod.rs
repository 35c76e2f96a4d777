//! People and devices for tests and fuzz targets, and what dishonest ones make.
#![allow(clippy::unwrap_used)]

#[cfg(test)]
mod chat;
#[cfg(test)]
mod story;

use std::cell::RefCell;

use rand::{SeedableRng, rngs::StdRng};
use sealpost_protocol::{AccountId, DeviceId};

#[cfg(test)]
pub(crate) use chat::{Chat, KEY, NOW, each_suite, reference};

use crate::{
    Context, JoinError, MemoryStore,
    group::{ExternalJoin, external},
    identity::{Credential, DeviceCertificate, DeviceKey, ListKey, ListKeyCertificate, RootKey},
};

/// An external commit, whether or not the rules allow it.
///
/// # Errors
/// As those of [`external::commit`], but for broken rules.
pub fn join_against_the_rules(
    context: &Context<'_>,
    group_info: &[u8],
    ratchet_tree: &[u8],
) -> Result<ExternalJoin, JoinError> {
    let (info, tree) = external::read(group_info, ratchet_tree)?;
    external::commit_unchecked(context, info, tree)
}

/// An account.
pub struct Person {
    /// Names it.
    pub account: AccountId,
    /// Who it is.
    pub root: RootKey,
    /// Certifies its devices.
    pub list: ListKey,
    /// The root key's word for that.
    pub list_certificate: ListKeyCertificate,
}

impl Person {
    /// The person with this number, always the same.
    pub fn new(number: u8) -> Self {
        let rng = &mut StdRng::seed_from_u64(u64::from(number));
        let (account, root, list) = (AccountId([number; 16]), RootKey::generate(rng), ListKey::generate(rng));
        let list_certificate = ListKeyCertificate::sign(&root, account, 1, &list);
        Self { account, root, list, list_certificate }
    }

    /// Someone else who claims this account, with keys of their own.
    pub fn impostor(&self) -> Self {
        let other = Self::new(self.account.0[0] ^ 0x80);
        let list_certificate = ListKeyCertificate::sign(&other.root, self.account, 1, &other.list);
        Self { account: self.account, list_certificate, ..other }
    }

    /// The person's device with this number, always the same, with an empty store.
    pub fn device(&self, number: u8) -> TestDevice {
        let rng = StdRng::seed_from_u64(u64::from(self.account.0[0]) << 8 | u64::from(number));
        self.device_with_key(number, rng)
    }

    /// The device with this number, its key made from `rng`.
    pub fn device_with_key(&self, number: u8, mut rng: StdRng) -> TestDevice {
        let key = DeviceKey::generate(&mut rng);
        let device = DeviceId([self.account.0[0] ^ number.rotate_left(4); 16]);
        let certificate = DeviceCertificate::sign(&self.list, &self.list_certificate, device, &key, u64::from(number));
        let credential = Credential::new(self.root.public_key(), self.list_certificate.clone(), certificate);
        TestDevice { key, credential, store: MemoryStore::new(), rng: RefCell::new(rng) }
    }
}

/// A device with its state.
pub struct TestDevice {
    /// Its signature key.
    pub key: DeviceKey,
    /// What proves that key to be its.
    pub credential: Credential,
    /// Its groups and keys.
    pub store: MemoryStore,
    /// Always the same sequence.
    pub rng: RefCell<StdRng>,
}

impl TestDevice {
    /// Runs one operation of the device.
    pub fn run<T>(&self, operation: impl FnOnce(&Context<'_>) -> T) -> T {
        let mut rng = self.rng.borrow_mut();
        operation(&Context::new(&self.store, &mut *rng, &self.key, &self.credential))
    }

    /// Whose it is, and which.
    pub fn id(&self) -> (AccountId, DeviceId) {
        (self.credential.account, self.credential.device)
    }
}
