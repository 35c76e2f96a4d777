//! Certificates: the root key certifies a device-list key, a device-list key certifies a device.

use sealpost_protocol::{AccountId, Bytes, DeviceId};
use serde::{Deserialize, Serialize};

use super::{
    IdentityError,
    keys::{DeviceKey, ListKey, RootKey, verify},
};
use crate::codec::{countable, decode_canonical, encode, fixed};

const FORMAT: u8 = 1;
const LIST_KEY_LABEL: &str = "Sealpost 1.0 list key certificate";
const DEVICE_LABEL: &str = "Sealpost 1.0 device certificate";

/// Says that a device-list key is an account's, signed by the root key.
///
/// CBOR: `[1, account, generation, public key, signature]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "ListKeyFields", try_from = "ListKeyFields")]
pub struct ListKeyCertificate {
    /// Whose key.
    pub account: AccountId,
    /// Counts the account's list keys from 1; revoking a device makes a new generation.
    pub generation: u64,
    /// The device-list key, Ed25519.
    pub public_key: [u8; 32],
    signature: [u8; 64],
}

type ListKeyFields = (u8, AccountId, u64, Bytes, Bytes);

impl ListKeyCertificate {
    /// Certifies `list_key` for `account`.
    pub fn sign(root: &RootKey, account: AccountId, generation: u64, list_key: &ListKey) -> Self {
        let mut certificate = Self { account, generation, public_key: list_key.public_key(), signature: [0; 64] };
        certificate.signature = root.sign(LIST_KEY_LABEL, &certificate.signed_part());
        certificate
    }

    /// Whether the root key signed this.
    pub fn verify(&self, root_public_key: &[u8; 32]) -> Result<(), IdentityError> {
        verify(root_public_key, LIST_KEY_LABEL, &self.signed_part(), &self.signature)
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
        encode(&(FORMAT, self.account, self.generation, Bytes::from(self.public_key)))
    }
}

impl From<ListKeyCertificate> for ListKeyFields {
    fn from(c: ListKeyCertificate) -> Self {
        (FORMAT, c.account, c.generation, c.public_key.into(), c.signature.into())
    }
}

impl TryFrom<ListKeyFields> for ListKeyCertificate {
    type Error = IdentityError;
    fn try_from((format, account, generation, key, signature): ListKeyFields) -> Result<Self, IdentityError> {
        known(format)?;
        let generation = countable(generation)?;
        Ok(Self { account, generation, public_key: fixed(&key)?, signature: fixed(&signature)? })
    }
}

/// Says that a device is an account's, signed by a device-list key.
///
/// CBOR: `[1, account, device, signature key, generation, list version, signature]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "DeviceFields", try_from = "DeviceFields")]
pub struct DeviceCertificate {
    /// Whose device.
    pub account: AccountId,
    /// Which device.
    pub device: DeviceId,
    /// The signature key of its MLS leaves, Ed25519.
    pub signature_key: [u8; 32],
    /// Generation of the device-list key that signed this.
    pub generation: u64,
    /// The version of the device list that admitted the device.
    pub list_version: u64,
    signature: [u8; 64],
}

type DeviceFields = (u8, AccountId, DeviceId, Bytes, u64, u64, Bytes);

impl DeviceCertificate {
    /// Certifies a device that list version `list_version` admits.
    pub fn sign(
        list_key: &ListKey,
        list_key_certificate: &ListKeyCertificate,
        device: DeviceId,
        device_key: &DeviceKey,
        list_version: u64,
    ) -> Self {
        let mut certificate = Self {
            account: list_key_certificate.account,
            device,
            signature_key: device_key.public_key(),
            generation: list_key_certificate.generation,
            list_version,
            signature: [0; 64],
        };
        certificate.signature = list_key.sign(DEVICE_LABEL, &certificate.signed_part());
        certificate
    }

    /// Whether the certified device-list key signed this. Does not verify `list_key` itself.
    pub fn verify(&self, list_key: &ListKeyCertificate) -> Result<(), IdentityError> {
        if self.account != list_key.account || self.generation != list_key.generation {
            return Err(IdentityError::Mismatch);
        }
        verify(&list_key.public_key, DEVICE_LABEL, &self.signed_part(), &self.signature)
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
        let key = Bytes::from(self.signature_key);
        encode(&(FORMAT, self.account, self.device, key, self.generation, self.list_version))
    }
}

impl From<DeviceCertificate> for DeviceFields {
    fn from(c: DeviceCertificate) -> Self {
        (FORMAT, c.account, c.device, c.signature_key.into(), c.generation, c.list_version, c.signature.into())
    }
}

impl TryFrom<DeviceFields> for DeviceCertificate {
    type Error = IdentityError;
    fn try_from(fields: DeviceFields) -> Result<Self, IdentityError> {
        let (format, account, device, key, generation, list_version, signature) = fields;
        known(format)?;
        let (signature_key, signature) = (fixed(&key)?, fixed(&signature)?);
        let (generation, list_version) = (countable(generation)?, countable(list_version)?);
        Ok(Self { account, device, signature_key, generation, list_version, signature })
    }
}

fn known(format: u8) -> Result<(), IdentityError> {
    if format == FORMAT { Ok(()) } else { Err(IdentityError::Version) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn signed() -> (RootKey, ListKeyCertificate, DeviceCertificate) {
        let rng = &mut rand::thread_rng();
        let (root, list, device) = (RootKey::generate(rng), ListKey::generate(rng), DeviceKey::generate(rng));
        let list_certificate = ListKeyCertificate::sign(&root, AccountId([1; 16]), 1, &list);
        let certificate = DeviceCertificate::sign(&list, &list_certificate, DeviceId([2; 16]), &device, 3);
        (root, list_certificate, certificate)
    }

    #[test]
    fn certificates_verify_and_round_trip() {
        let (root, list, device) = signed();
        assert_eq!(list.verify(&root.public_key()), Ok(()));
        assert_eq!(device.verify(&list), Ok(()));
        assert_eq!(ListKeyCertificate::from_bytes(&list.to_bytes()).unwrap(), list);
        assert_eq!(DeviceCertificate::from_bytes(&device.to_bytes()).unwrap(), device);
    }

    #[test]
    fn any_changed_field_breaks_the_signature() {
        let (root, list, device) = signed();
        let (mut changed, mut moved) = (list.clone(), device.clone());
        changed.generation += 1;
        assert_eq!(changed.verify(&root.public_key()), Err(IdentityError::Signature));
        moved.list_version += 1;
        assert_eq!(moved.verify(&list), Err(IdentityError::Signature));
        assert_eq!(device.verify(&changed), Err(IdentityError::Mismatch));
        assert!(list.verify(&[7; 32]).is_err());
    }

    #[test]
    fn a_number_that_no_database_holds_is_refused() {
        let (_, mut list, mut device) = signed();
        (list.generation, device.list_version) = (u64::MAX, 1 << 63);
        assert_eq!(ListKeyCertificate::from_bytes(&list.to_bytes()), Err(IdentityError::Malformed));
        assert_eq!(DeviceCertificate::from_bytes(&device.to_bytes()), Err(IdentityError::Malformed));
    }

    #[test]
    fn another_format_or_spelling_is_refused() {
        let (_, list, _) = signed();
        let mut bytes = list.to_bytes();
        bytes[1] = 2;
        assert_eq!(ListKeyCertificate::from_bytes(&bytes), Err(IdentityError::Malformed));
        let mut longer = list.to_bytes();
        longer.push(0);
        assert_eq!(ListKeyCertificate::from_bytes(&longer), Err(IdentityError::Malformed));
    }
}
