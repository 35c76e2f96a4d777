//! The content of an MLS basic credential: everything that proves a leaf to whoever has pinned the account's root key.

use sealpost_protocol::{AccountId, Bytes, DeviceId};
use serde::{Deserialize, Serialize};

use super::{DeviceCertificate, IdentityError, ListKeyCertificate};
use crate::codec::{decode_canonical, encode, fixed};

const FORMAT: u8 = 1;

/// A device's identity in an MLS leaf.
///
/// CBOR: `[1, account, device, root public key, list key certificate, device certificate]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Fields", try_from = "Fields")]
pub struct Credential {
    /// Whose device.
    pub account: AccountId,
    /// Which device.
    pub device: DeviceId,
    /// The account's root key: what people compare and clients pin.
    pub root_public_key: [u8; 32],
    /// The device-list key that certified the device.
    pub list_key: ListKeyCertificate,
    /// The device's certificate.
    pub certificate: DeviceCertificate,
}

type Fields = (u8, AccountId, DeviceId, Bytes, ListKeyCertificate, DeviceCertificate);

impl Credential {
    /// The credential of the certified device.
    pub fn new(root_public_key: [u8; 32], list_key: ListKeyCertificate, certificate: DeviceCertificate) -> Self {
        Self { account: certificate.account, device: certificate.device, root_public_key, list_key, certificate }
    }

    /// Whether this proves that `leaf_signature_key` is the device's, given that [`Self::root_public_key`] is the
    /// account's: that is the caller's to compare with what it pinned.
    pub fn verify(&self, leaf_signature_key: &[u8; 32]) -> Result<(), IdentityError> {
        let (list_key, certificate) = (&self.list_key, &self.certificate);
        if list_key.account != self.account
            || certificate.account != self.account
            || certificate.device != self.device
            || &certificate.signature_key != leaf_signature_key
        {
            return Err(IdentityError::Mismatch);
        }
        list_key.verify(&self.root_public_key)?;
        certificate.verify(list_key)
    }

    /// Whether the device of this credential signed `part` for the purpose ([`super::DeviceKey::sign_for`]). Verifies the
    /// credential itself as well.
    pub fn verify_signed(&self, purpose: &str, part: &[u8], signature: &[u8; 64]) -> Result<(), IdentityError> {
        let key = &self.certificate.signature_key;
        self.verify(key)?;
        super::keys::verify(key, &super::keys::for_purpose(purpose), part, signature)
    }

    /// Reads the CBOR form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IdentityError> {
        Ok(decode_canonical(bytes)?)
    }

    /// The CBOR form.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

impl From<Credential> for Fields {
    fn from(c: Credential) -> Self {
        (FORMAT, c.account, c.device, c.root_public_key.into(), c.list_key, c.certificate)
    }
}

impl TryFrom<Fields> for Credential {
    type Error = IdentityError;
    fn try_from((format, account, device, root, list_key, certificate): Fields) -> Result<Self, IdentityError> {
        if format != FORMAT {
            return Err(IdentityError::Version);
        }
        Ok(Self { account, device, root_public_key: fixed(&root)?, list_key, certificate })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::Person;

    #[test]
    fn proves_its_own_leaf_and_no_other() {
        let alice = Person::new(1);
        let device = alice.device(1);
        let credential = &device.credential;
        assert_eq!(credential.verify(&device.key.public_key()), Ok(()));
        assert_eq!(credential.verify(&alice.device(2).key.public_key()), Err(IdentityError::Mismatch));
        assert_eq!(&Credential::from_bytes(&credential.to_bytes()).unwrap(), credential);
    }

    #[test]
    fn what_the_device_signs_is_bound_to_its_purpose() {
        let device = Person::new(1).device(1);
        let signature = device.key.sign_for("one purpose", b"part");
        assert_eq!(device.credential.verify_signed("one purpose", b"part", &signature), Ok(()));
        for (purpose, part) in [("one purpose", b"trap".as_slice()), ("another", b"part")] {
            let verified = device.credential.verify_signed(purpose, part, &signature);
            assert_eq!(verified, Err(IdentityError::Signature));
        }
        let other = Person::new(1).device(2).credential;
        assert!(other.verify_signed("one purpose", b"part", &signature).is_err());
    }

    #[test]
    fn a_foreign_root_key_does_not_fit() {
        let device = Person::new(1).device(1);
        let mut credential = device.credential.clone();
        credential.root_public_key = Person::new(2).root.public_key();
        assert_eq!(credential.verify(&device.key.public_key()), Err(IdentityError::Signature));
    }

    proptest::proptest! {
        #[test]
        fn garbage_is_malformed(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            proptest::prop_assert!(Credential::from_bytes(&bytes).is_err());
        }
    }
}
