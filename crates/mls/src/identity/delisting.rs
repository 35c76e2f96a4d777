//! Delistings: an account says, by a later list of its devices, that some it had are its devices no longer. Whoever commits
//! the removal of their leaves carries the list in the commit, so that the server and every member see for themselves that
//! it may.

use sealpost_protocol::{Bytes, DeviceId};
use serde::{Deserialize, Serialize};

use super::{
    Credential, DeviceKey, DeviceList, IdentityError, ListKeyCertificate,
    keys::{for_purpose, verify},
};
use crate::codec::{decode_at_most, encode, fixed};

/// The kind of proof that this is, as [`super::RemovalProof`] tells them apart.
pub(super) const KIND: u8 = 2;

/// Longest encoded delisting in bytes. A list has some 60 for each device.
const ENCODED_MAX: usize = 8 * 1024;
/// What a device asks for.
const REQUEST: &str = "delisting request";

/// A device list with the certificate of the key that signed it.
///
/// CBOR: `[2, list key certificate, list]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Fields", try_from = "Fields")]
pub struct Delisting {
    list_key: ListKeyCertificate,
    list: DeviceList,
}

type Fields = (u8, ListKeyCertificate, DeviceList);

impl Delisting {
    /// The proof that devices are not on `list`.
    pub fn new(list_key: ListKeyCertificate, list: DeviceList) -> Self {
        Self { list_key, list }
    }

    /// The list.
    pub fn list(&self) -> &DeviceList {
        &self.list
    }

    /// Whether the account with this root key signed it.
    ///
    /// # Errors
    /// What of it does not verify.
    pub fn verify(&self, root_public_key: &[u8; 32]) -> Result<(), IdentityError> {
        self.list_key.verify(root_public_key)?;
        self.list.verify(&self.list_key)
    }

    /// Whether it takes the device of a leaf with this credential from its account, if it verifies: a list does that which
    /// comes after the one that admitted the device, and was not signed with a key that had been replaced by then.
    pub fn takes(&self, leaf: &Credential) -> bool {
        self.list.account == leaf.account
            && self.list.generation >= leaf.certificate.generation
            && self.list.version > leaf.certificate.list_version
            && self.list.entry(&leaf.device).is_none()
    }

    /// What a device signs to be told why it is listed no longer.
    pub fn sign_request(device: DeviceId, key: &DeviceKey) -> [u8; 64] {
        key.sign_for(REQUEST, device.as_bytes())
    }

    /// Whether the device with this key asks.
    ///
    /// # Errors
    /// [`IdentityError::Signature`] if not.
    pub fn verify_request(key: &[u8; 32], device: DeviceId, signature: &Bytes) -> Result<(), IdentityError> {
        let signature = fixed(signature)?;
        verify(key, &for_purpose(REQUEST), device.as_bytes(), &signature)
    }

    /// Reads the CBOR form.
    ///
    /// # Errors
    /// [`IdentityError::Malformed`] or [`IdentityError::Version`]. Whether it holds is for the group to say.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IdentityError> {
        Ok(decode_at_most(bytes, ENCODED_MAX)?)
    }

    /// The CBOR form.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

impl From<Delisting> for Fields {
    fn from(delisting: Delisting) -> Self {
        (KIND, delisting.list_key, delisting.list)
    }
}

impl TryFrom<Fields> for Delisting {
    type Error = IdentityError;
    fn try_from((kind, list_key, list): Fields) -> Result<Self, IdentityError> {
        if kind != KIND {
            return Err(IdentityError::Version);
        }
        Ok(Self { list_key, list })
    }
}
