//! Handing secrets over from one device to another: HPKE (RFC 9180) in base mode, with the KEM, KDF and AEAD of a
//! ciphersuite, to a key pair made for that alone or to that of a key package.
//!
//! Who sealed something is for the caller to find out: base mode does not say.

use openmls::prelude::{Ciphersuite, HpkeCiphertext, KeyPackageBundle, KeyPackageRef, OpenMlsCrypto as _};
use openmls_traits::storage::StorageProvider as _;
use zeroize::Zeroizing;

use crate::{
    KeyPackageError, Randomness, StateStore, StoreError, Suite, key_package,
    provider::crypto,
    storage::Storage,
    wire::{self, from_tls, to_tls},
};

/// What HPKE's `info` begins with, so that nothing that MLS encrypts to the same key is taken for a handover.
const LABEL: &[u8] = b"Sealpost 1.0 handover\0";

/// A key pair that something is handed over to.
pub struct HandoverKey {
    suite: Suite,
    private: Zeroizing<Vec<u8>>,
    public: Vec<u8>,
}

/// Something is not sealed for this key, or was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this was not handed over to this device, or was changed")]
pub struct NotHandedOver;

impl HandoverKey {
    /// A new key pair.
    ///
    /// # Errors
    /// When the key cannot be derived.
    pub fn generate(suite: Suite, rng: &mut dyn Randomness) -> Result<Self, NotHandedOver> {
        let mut material = Zeroizing::new([0; 32]);
        rng.fill_bytes(material.as_mut());
        let config = suite.to_openmls().hpke_config();
        let pair = crypto().derive_hpke_keypair(config, material.as_ref()).map_err(|_| NotHandedOver)?;
        Ok(Self { suite, private: Zeroizing::new(pair.private.to_vec()), public: pair.public })
    }

    /// The public key: 1,216 bytes with X-Wing.
    pub fn public_key(&self) -> &[u8] {
        &self.public
    }

    /// What was sealed to this key for the same purpose.
    ///
    /// # Errors
    /// [`NotHandedOver`]
    pub fn open(&self, purpose: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotHandedOver> {
        open(self.suite.to_openmls(), &self.private, purpose, sealed)
    }
}

/// Seals a secret to the public key of a [`HandoverKey`]; `purpose` is authenticated with it.
///
/// # Errors
/// [`NotHandedOver`] if that is no key of the suite.
pub fn hand_over(suite: Suite, public_key: &[u8], purpose: &[u8], secret: &[u8]) -> Result<Vec<u8>, NotHandedOver> {
    seal(suite.to_openmls(), public_key, purpose, secret)
}

/// Seals a secret to the device of a serialised key package, whose signatures are verified. Whose it is, is for
/// [`crate::inspect_key_package`] to say.
///
/// # Errors
/// As those of reading the key package.
pub fn hand_over_to_key_package(package: &[u8], purpose: &[u8], secret: &[u8]) -> Result<Vec<u8>, KeyPackageError> {
    let package = key_package::read(package)?;
    let sealed = seal(package.ciphersuite(), package.hpke_init_key().as_slice(), purpose, secret);
    sealed.map_err(|error| KeyPackageError::Mls(error.into()))
}

/// What was sealed to one of this device's key packages, named by its reference. Nothing if its keys are not here any more,
/// or it was sealed to others.
///
/// # Errors
/// When the store fails.
pub fn take_over(
    store: &dyn StateStore,
    suite: Suite,
    reference: &[u8],
    purpose: &[u8],
    sealed: &[u8],
) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
    let Ok(reference) = wire::hash_reference(reference) else { return Ok(None) };
    let storage = Storage::new(store);
    let found = storage.key_package::<KeyPackageRef, KeyPackageBundle>(&reference);
    let bundle = match (found, storage.failure()) {
        (_, Some(failure)) => return Err(failure),
        (Ok(Some(bundle)), None) => bundle,
        _ => return Ok(None),
    };
    Ok(open(suite.to_openmls(), bundle.init_private_key(), purpose, sealed).ok())
}

fn seal(suite: Ciphersuite, key: &[u8], purpose: &[u8], secret: &[u8]) -> Result<Vec<u8>, NotHandedOver> {
    let info = [LABEL, purpose].concat();
    let sealed = crypto().hpke_seal(suite.hpke_config(), key, &info, &[], secret).map_err(|_| NotHandedOver)?;
    to_tls(&sealed).map_err(|_| NotHandedOver)
}

fn open(suite: Ciphersuite, key: &[u8], purpose: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotHandedOver> {
    let sealed: HpkeCiphertext = from_tls(sealed).map_err(|_| NotHandedOver)?;
    let info = [LABEL, purpose].concat();
    let opened = crypto().hpke_open(suite.hpke_config(), &sealed, key, &info, &[]);
    opened.map(Zeroizing::new).map_err(|_| NotHandedOver)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;
    use crate::{
        delete_key_package, generate_key_package, key_package_ref,
        testing::{NOW, Person, each_suite},
    };

    #[test]
    fn what_is_handed_over_opens_with_its_key_and_for_its_purpose_alone() {
        each_suite(|suite| {
            let key = |seed| HandoverKey::generate(suite, &mut StdRng::seed_from_u64(seed)).unwrap();
            let (mine, other) = (key(1), key(2));
            let sealed = hand_over(suite, mine.public_key(), b"linking", b"the account's keys").unwrap();
            assert_eq!(mine.open(b"linking", &sealed).unwrap().as_slice(), b"the account's keys");
            assert_eq!(mine.open(b"another purpose", &sealed), Err(NotHandedOver));
            assert_eq!(other.open(b"linking", &sealed), Err(NotHandedOver));
            for place in (0..sealed.len()).step_by(31) {
                let mut changed = sealed.clone();
                changed[place] ^= 1;
                assert!(mine.open(b"linking", &changed).is_err(), "byte {place}");
            }
            assert!(hand_over(suite, b"no key", b"linking", b"secret").is_err());
        });
    }

    #[test]
    fn a_device_takes_over_what_was_sealed_to_its_key_package() {
        each_suite(|suite| {
            let (alice, bob) = (Person::new(1).device(1), Person::new(2).device(1));
            let package = alice.run(|context| generate_key_package(context, suite, *NOW, false)).unwrap();
            let reference = key_package_ref(&package).unwrap();
            let sealed = hand_over_to_key_package(&package, b"revocation", b"secret").unwrap();
            let take = |store: &dyn StateStore, purpose: &[u8]| take_over(store, suite, &reference, purpose, &sealed);
            assert_eq!(take(&alice.store, b"revocation").unwrap().unwrap().as_slice(), b"secret");
            assert!(take(&alice.store, b"another").unwrap().is_none());
            assert!(take(&bob.store, b"revocation").unwrap().is_none());
            delete_key_package(&alice.store, &reference).unwrap();
            assert!(take(&alice.store, b"revocation").unwrap().is_none());
            assert!(hand_over_to_key_package(&package[..50], b"revocation", b"secret").is_err());
        });
    }

    proptest::proptest! {
        #[test]
        fn garbage_is_not_handed_over(sealed in proptest::collection::vec(proptest::num::u8::ANY, 0..1300)) {
            let key = HandoverKey::generate(Suite::Classic, &mut StdRng::seed_from_u64(1)).unwrap();
            proptest::prop_assert!(key.open(b"linking", &sealed).is_err());
        }
    }
}
