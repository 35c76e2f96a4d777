//! One place in a conversation's log: what it carries, and the running hash by which everyone sees the same log.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::HASH_LEN;
#[cfg(doc)]
use super::RESET_GAP;
use crate::{Bytes, ClientId, Timestamp};

/// What an entry of the log carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EntryBody {
    /// An MLS `PrivateMessage` (as `MLSMessage`).
    Application {
        /// The serialised message.
        message: Bytes,
    },
    /// An MLS `PublicMessage` with a commit (as `MLSMessage`).
    Commit {
        /// The serialised message.
        message: Bytes,
    },
    /// The conversation goes on in a new MLS group, in which the device that made it is the only member yet. Its entry is
    /// [`RESET_GAP`] after the one before, in epoch 0 of the new generation.
    Reset {
        /// Who began it (see `sealpost_mls::identity::ResetStatement`).
        statement: Bytes,
    },
    /// An application message that is gone: blanked by its delete token or expired. Its running hash stays, and is all
    /// that can be known of it.
    Blank {},
}

static NOTHING: Bytes = Bytes(Vec::new());

impl EntryBody {
    /// The serialised MLS message, or the statement of a reset; empty for a blank entry.
    pub fn message(&self) -> &Bytes {
        match self {
            Self::Application { message } | Self::Commit { message } => message,
            Self::Reset { statement } => statement,
            Self::Blank {} => &NOTHING,
        }
    }

    fn hash_tag(&self) -> u8 {
        match self {
            Self::Application { .. } => 1,
            Self::Commit { .. } => 2,
            // Never hashed: a blank entry keeps the hash of what it was.
            Self::Blank {} => 3,
            Self::Reset { .. } => 4,
        }
    }
}

crate::operation::body! {
    /// One place in a log.
    #[derive(PartialEq, Eq)]
    pub struct Entry {
        /// From 1; without gaps but for those before resets.
        pub seq: u64,
        /// As its sender made it.
        pub client_id: ClientId,
        /// When the server took it.
        pub time: Timestamp,
        /// The MLS group that it belongs to.
        pub generation: u64,
        /// The epoch that it belongs to; a commit ends this epoch.
        pub epoch: u64,
        /// Running hash up to and with this entry, 32 bytes (see [`Entry::running_hash`]).
        pub hash: Bytes,
        /// What it carries.
        pub body: EntryBody,
        /// It is to be blanked so many seconds after its time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub expires_in: Option<u32>,
    }
}

/// What an entry's running hash covers beside the hash before it.
pub struct HashedEntry<'a> {
    /// Number of the entry.
    pub seq: u64,
    /// As its sender made it.
    pub client_id: ClientId,
    /// When the server took it.
    pub time: Timestamp,
    /// Its MLS group.
    pub generation: u64,
    /// Its epoch.
    pub epoch: u64,
    /// What it carries.
    pub body: &'a EntryBody,
}

impl HashedEntry<'_> {
    /// `SHA-256(previous || seq || client id || time || generation || epoch || kind || message)`, integers as 8 bytes
    /// big endian, kind as one byte (1 application, 2 commit, 4 reset). The hash before entry 1 is
    /// [`super::HASH_BEFORE`], 32 zero bytes.
    pub fn running_hash(&self, previous: &[u8; HASH_LEN]) -> [u8; HASH_LEN] {
        let mut hash = Sha256::new();
        hash.update(previous);
        hash.update(self.seq.to_be_bytes());
        hash.update(self.client_id.as_bytes());
        hash.update(self.time.to_be_bytes());
        hash.update(self.generation.to_be_bytes());
        hash.update(self.epoch.to_be_bytes());
        hash.update([self.body.hash_tag()]);
        hash.update(self.body.message().as_ref());
        hash.finalize().into()
    }
}

impl Entry {
    /// What [`HashedEntry::running_hash`] gives for this entry.
    pub fn running_hash(&self, previous: &[u8; HASH_LEN]) -> [u8; HASH_LEN] {
        HashedEntry {
            seq: self.seq,
            client_id: self.client_id,
            time: self.time,
            generation: self.generation,
            epoch: self.epoch,
            body: &self.body,
        }
        .running_hash(previous)
    }
}
