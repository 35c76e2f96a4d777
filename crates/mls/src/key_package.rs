//! Key packages (RFC 9420 section 10): made by a device, handed out by the server, verified by whoever adds the device.

use openmls::prelude::{
    Capabilities, Ciphersuite, CredentialType, ExtensionType, KeyPackage, KeyPackageBuilder, KeyPackageIn, Lifetime,
    ProtocolVersion,
};

use crate::{
    Context, KeyPackageError, StateStore, StoreError, Suite,
    group::{CONVERSATION_KEY_EXTENSION, ROLES_EXTENSION},
    identity::Credential,
    provider::crypto,
    rules,
    storage::Storage,
    wire::{self, from_tls, to_tls},
};

/// How long a key package lives from its making, in seconds: one year.
pub const KEY_PACKAGE_LIFETIME: u64 = 365 * 24 * 60 * 60;

/// Clocks of a device and the one that judges its lifetimes may differ by this much, in seconds: one day.
const CLOCK_TOLERANCE: u64 = 24 * 60 * 60;

/// A verified key package.
#[derive(Debug, Clone)]
pub struct KeyPackageInfo {
    /// Its ciphersuite.
    pub suite: Suite,
    /// Whose it is, verified against the key package's signature key. The root key in it is for the caller to compare.
    pub credential: Credential,
    /// Its reference, by which a Welcome names it (32 or 48 bytes, by suite).
    pub reference: Vec<u8>,
    /// When it ends, in Unix seconds.
    pub not_after: u64,
    /// Whether it may be used more than once.
    pub last_resort: bool,
}

/// Makes a key package of the device and stores its private keys. `now` in Unix seconds. Returns the serialised
/// `KeyPackage`.
pub fn generate_key_package(
    context: &Context<'_>,
    suite: Suite,
    now: u64,
    last_resort: bool,
) -> Result<Vec<u8>, KeyPackageError> {
    let mut builder =
        KeyPackageBuilder::new().key_package_lifetime(lifetime(now)).leaf_node_capabilities(capabilities());
    if last_resort {
        builder = builder.mark_as_last_resort();
    }
    let credential = context.credential_with_key();
    let bundle = builder
        .build(suite.to_openmls(), &context.provider, context.device_key, credential)
        .map_err(|error| context.failed(error, |error| KeyPackageError::Mls(error.into())))?;
    to_tls(bundle.key_package()).map_err(|_| KeyPackageError::Malformed)
}

/// Forgets the private keys of a key package, by its reference. For last-resort packages that were replaced: others are
/// forgotten when their Welcome is used.
pub fn delete_key_package(store: &dyn StateStore, reference: &[u8]) -> Result<(), StoreError> {
    let reference = wire::hash_reference(reference).map_err(|error| StoreError(error.into()))?;
    Storage::new(store).forget_key_package(&reference)
}

/// The reference of a serialised key package, without verifying it.
pub fn key_package_ref(bytes: &[u8]) -> Result<Vec<u8>, KeyPackageError> {
    let [_, _, high, low, ..] = *bytes else { return Err(KeyPackageError::Malformed) };
    let suite = Suite::from_number(u16::from_be_bytes([high, low])).ok_or(KeyPackageError::Suite)?;
    wire::key_package_ref(bytes, suite).map_err(|_| KeyPackageError::Malformed)
}

/// Verifies a serialised key package. `now` in Unix seconds.
pub fn inspect_key_package(bytes: &[u8], now: u64) -> Result<KeyPackageInfo, KeyPackageError> {
    let package = read(bytes)?;
    let lifetime = package.life_time();
    let latest = now.saturating_add(KEY_PACKAGE_LIFETIME + CLOCK_TOLERANCE);
    if lifetime.not_before() != 0 || lifetime.not_after() <= now || lifetime.not_after() > latest {
        return Err(KeyPackageError::Lifetime);
    }
    let suite = Suite::from_number(package.ciphersuite() as u16).ok_or(KeyPackageError::Suite)?;
    let leaf = package.leaf_node();
    let (credential, _) = rules::verified_credential(leaf.credential(), leaf.signature_key().as_slice())?;
    Ok(KeyPackageInfo {
        suite,
        credential,
        reference: wire::key_package_ref(bytes, suite).map_err(|_| KeyPackageError::Malformed)?,
        not_after: lifetime.not_after(),
        last_resort: package.last_resort(),
    })
}

/// A key package whose signatures verify.
pub(crate) fn read(bytes: &[u8]) -> Result<KeyPackage, KeyPackageError> {
    let package: KeyPackageIn = from_tls(bytes).map_err(|_| KeyPackageError::Malformed)?;
    package.validate(crypto(), ProtocolVersion::Mls10).map_err(|error| KeyPackageError::Mls(error.into()))
}

pub(crate) fn lifetime(now: u64) -> Lifetime {
    Lifetime::init(0, now.saturating_add(KEY_PACKAGE_LIFETIME))
}

/// What every Sealpost leaf says that it can.
pub(crate) fn capabilities() -> Capabilities {
    let suites: Vec<Ciphersuite> = Suite::ALL.into_iter().map(Suite::to_openmls).collect();
    let extensions = [
        ExtensionType::LastResort,
        ExtensionType::Unknown(ROLES_EXTENSION),
        ExtensionType::Unknown(CONVERSATION_KEY_EXTENSION),
    ];
    Capabilities::new(
        Some(&[ProtocolVersion::Mls10]),
        Some(&suites),
        Some(&extensions),
        Some(&[]),
        Some(&[CredentialType::Basic]),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{NOW, Person, each_suite};

    #[test]
    fn a_key_package_says_whose_it_is_and_how_long() {
        each_suite(|suite| {
            let device = Person::new(1).device(1);
            for last_resort in [false, true] {
                let package = device.run(|context| generate_key_package(context, suite, *NOW, last_resort)).unwrap();
                let info = inspect_key_package(&package, *NOW).unwrap();
                assert_eq!((info.suite, info.last_resort), (suite, last_resort));
                assert_eq!(info.credential, device.credential);
                assert_eq!(info.not_after, *NOW + KEY_PACKAGE_LIFETIME);
                assert_eq!(info.reference, key_package_ref(&package).unwrap());
                assert_eq!(info.reference, read(&package).unwrap().hash_ref(crypto()).unwrap().as_slice());
            }
        });
    }

    #[test]
    fn lifetimes_too_long_or_over_are_refused() {
        each_suite(|suite| {
            let device = Person::new(1).device(1);
            let made_at = |now: u64| device.run(|context| generate_key_package(context, suite, now, false)).unwrap();
            let far = made_at(*NOW + 10 * CLOCK_TOLERANCE);
            assert!(matches!(inspect_key_package(&far, *NOW), Err(KeyPackageError::Lifetime)));
            let late = *NOW + KEY_PACKAGE_LIFETIME + 1;
            assert!(matches!(inspect_key_package(&made_at(*NOW), late), Err(KeyPackageError::Lifetime)));
        });
    }

    #[test]
    fn a_changed_key_package_does_not_verify() {
        each_suite(|suite| {
            let device = Person::new(1).device(1);
            let package = device.run(|context| generate_key_package(context, suite, *NOW, false)).unwrap();
            for place in (4..package.len()).step_by(97) {
                let mut changed = package.clone();
                changed[place] ^= 1;
                assert!(inspect_key_package(&changed, *NOW).is_err(), "byte {place}");
            }
        });
    }

    #[test]
    fn a_deleted_key_package_leaves_nothing() {
        let device = Person::new(1).device(1);
        let package = device.run(|context| generate_key_package(context, Suite::default(), *NOW, true)).unwrap();
        assert!(!device.store.is_empty());
        delete_key_package(&device.store, &key_package_ref(&package).unwrap()).unwrap();
        assert!(device.store.is_empty());
    }
}
