//! Attachments on this device and on their way: sealed in chunks when they are chosen, kept sealed, uploaded and downloaded as
//! they are kept, and opened chunk by chunk where they are read. Independent of messages and of MLS.
//!
//! The key of a file is in the message that tells of it and in the client's database, so the folder of files needs no
//! encryption of its own.

pub(crate) mod seal;
mod transfer;

pub(crate) use seal::{Sealing, padded_len, sealed_len};
pub(crate) use transfer::Media;
pub use transfer::Transfer;

use sealpost_protocol::BlobId;

use crate::{command::Failure, redacted::redacted};

/// Largest file, in bytes, before it is padded and sealed.
pub const FILE_MAX: u64 = 2 * 1024 * 1024 * 1024 - 128 * 1024 * 1024;

/// How a file is sealed, and how long it is.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedFile {
    /// Where it is.
    pub blob: BlobId,
    /// AES-256, made for this file alone.
    pub key: [u8; seal::KEY_LEN],
    /// What its nonces begin with.
    pub nonce: [u8; seal::NONCE_LEN],
    /// SHA-256 of the sealed file.
    pub hash: [u8; 32],
    /// In bytes, before it was padded and sealed.
    pub size: u64,
}

redacted!(SealedFile);

impl SealedFile {
    /// Length of the sealed file in bytes.
    pub fn sealed_len(&self) -> u64 {
        sealed_len(self.size)
    }
}

/// Why a file cannot be staged or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// Larger than a file may be.
    #[error("a file has at most {} MiB", FILE_MAX / 1024 / 1024)]
    TooLarge,
    /// Nobody told this device of it, or it is gone.
    #[error("there is no such file any more")]
    NotFound,
    /// What the server or the disk has is not what was sealed.
    #[error("the file was changed on its way")]
    Damaged,
    /// The server cannot be reached.
    #[error("there is no connection to the server")]
    Offline,
    /// The device has no room left.
    #[error("this device has no room left")]
    NoRoom,
    /// The disk, or the browser's storage, refused.
    #[error("this device's storage cannot be used: {0}")]
    Storage(String),
    /// The chosen file cannot be read.
    #[error("the file cannot be read: {0}")]
    Source(String),
}

impl From<MediaError> for Failure {
    fn from(error: MediaError) -> Self {
        let kind = match error {
            MediaError::TooLarge => "too-large",
            MediaError::NotFound => "not-found",
            MediaError::Damaged => "damaged",
            MediaError::Offline => "offline",
            MediaError::NoRoom => "no-room",
            MediaError::Storage(_) => "storage",
            MediaError::Source(_) => "unreadable-file",
        };
        Self::new(kind, error.to_string())
    }
}
