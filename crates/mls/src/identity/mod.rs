//! Who is who (DESIGN section 4): the root key signs device-list keys, a device-list key signs device certificates and
//! the chain of device lists, and a credential carries all of it into an MLS leaf.
//!
//! Independent of MLS: signatures over CBOR. Every signature is Ed25519 over `label || CBOR of the part to be signed`.

mod certificate;
mod credential;
mod delisting;
mod device_list;
mod keys;
mod leave;
mod proof;
mod reset;

pub use certificate::{DeviceCertificate, ListKeyCertificate};
pub use credential::Credential;
pub use delisting::Delisting;
pub use device_list::{DeviceChain, DeviceEntry, DeviceList};
pub(crate) use keys::verify_raw;
pub use keys::{DeviceKey, ListKey, RootKey};
pub use leave::LeaveStatement;
pub use proof::{DELISTINGS_MAX, RemovalProof, STATEMENTS_MAX};
pub(crate) use proof::{decode_proofs, encode_proofs, is_carried};
pub use reset::ResetStatement;

/// An identity structure is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// Bytes that are not the structure.
    #[error("a malformed identity structure")]
    Malformed,
    /// A format version that is not known.
    #[error("an unknown version of an identity structure")]
    Version,
    /// A signature does not verify.
    #[error("a signature of an identity structure does not verify")]
    Signature,
    /// Parts that do not belong together: another account, device, key or generation.
    #[error("parts of an identity do not belong together")]
    Mismatch,
    /// A device list does not follow from the one before.
    #[error("a device list does not follow from the one before")]
    Chain,
}

impl From<crate::codec::Malformed> for IdentityError {
    fn from(_: crate::codec::Malformed) -> Self {
        Self::Malformed
    }
}
