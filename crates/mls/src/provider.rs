//! What every operation of a device needs: its store, its randomness, its key and its credential; and OpenMLS's view of
//! them. The cryptography is RustCrypto's. OpenMLS takes most randomness from the generator handed in; encapsulation
//! (HPKE) takes its own from the system.

use std::{cell::RefCell, sync::LazyLock};

use openmls::prelude::{BasicCredential, CredentialWithKey, OpenMlsProvider, OpenMlsRand};
use openmls_rust_crypto::RustCrypto;
use rand::{CryptoRng, RngCore};

use crate::{
    StateStore, StoreError,
    identity::{Credential, DeviceKey},
    storage::Storage,
};

static CRYPTO: LazyLock<RustCrypto> = LazyLock::new(RustCrypto::default);

/// The cryptography that needs neither state nor a device.
pub(crate) fn crypto() -> &'static RustCrypto {
    &CRYPTO
}

/// A cryptographically secure generator.
pub trait Randomness: RngCore + CryptoRng {}

impl<T: RngCore + CryptoRng + ?Sized> Randomness for T {}

/// One device at work on its state. Made anew for each transaction.
pub struct Context<'a> {
    pub(crate) provider: Provider<'a>,
    pub(crate) device_key: &'a DeviceKey,
    pub(crate) credential: &'a Credential,
}

impl<'a> Context<'a> {
    /// The device with this key and credential, working on `store`.
    pub fn new(
        store: &'a dyn StateStore,
        rng: &'a mut dyn Randomness,
        device_key: &'a DeviceKey,
        credential: &'a Credential,
    ) -> Self {
        Self {
            provider: Provider { storage: Storage::new(store), rng: Rng(RefCell::new(rng)) },
            device_key,
            credential,
        }
    }

    /// Runs `operation` as the same device on another store.
    pub(crate) fn on_store<T>(&self, store: &dyn StateStore, operation: impl FnOnce(&Context<'_>) -> T) -> T {
        let mut rng = self.provider.rng.0.borrow_mut();
        operation(&Context::new(store, &mut **rng, self.device_key, self.credential))
    }

    pub(crate) fn credential_with_key(&self) -> CredentialWithKey {
        CredentialWithKey {
            credential: BasicCredential::new(self.credential.to_bytes()).into(),
            signature_key: self.device_key.public_key().to_vec().into(),
        }
    }

    /// What went wrong: the store if it failed, else what `otherwise` makes of OpenMLS's error.
    pub(crate) fn failed<E: From<StoreError>, C>(&self, error: C, otherwise: impl FnOnce(C) -> E) -> E {
        match self.provider.storage.failure() {
            Some(failure) => failure.into(),
            None => otherwise(error),
        }
    }
}

/// OpenMLS's provider.
pub(crate) struct Provider<'a> {
    pub(crate) storage: Storage<'a>,
    rng: Rng<'a>,
}

impl<'a> OpenMlsProvider for Provider<'a> {
    type CryptoProvider = RustCrypto;
    type RandProvider = Rng<'a>;
    type StorageProvider = Storage<'a>;

    fn storage(&self) -> &Storage<'a> {
        &self.storage
    }

    fn crypto(&self) -> &RustCrypto {
        crypto()
    }

    fn rand(&self) -> &Rng<'a> {
        &self.rng
    }
}

pub(crate) struct Rng<'a>(RefCell<&'a mut dyn Randomness>);

impl OpenMlsRand for Rng<'_> {
    type Error = rand::Error;

    fn random_array<const N: usize>(&self) -> Result<[u8; N], rand::Error> {
        let mut bytes = [0; N];
        self.0.borrow_mut().try_fill_bytes(&mut bytes)?;
        Ok(bytes)
    }

    fn random_vec(&self, len: usize) -> Result<Vec<u8>, rand::Error> {
        let mut bytes = vec![0; len];
        self.0.borrow_mut().try_fill_bytes(&mut bytes)?;
        Ok(bytes)
    }
}
