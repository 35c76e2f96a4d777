//! Message ids and the URIs that they are made of (draft-ietf-mimi-content-08, "Message ID").

use std::fmt;

use sealpost_protocol::{AccountId, ConversationId, bytes};
use sha2::{Digest, Sha256};

use super::SALT_LEN;

/// SHA-256 in IANA's registry of hash algorithms for named information: the first byte of each message id.
const SHA256: u8 = 1;

/// Names a message: one byte for the hash algorithm and the first 31 of the hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub [u8; 32]);

impl MessageId {
    /// `hash(len(sender URI) || sender URI || len(room URI) || room URI || message || salt)`, lengths as 2 bytes big
    /// endian. URIs longer than 65,535 bytes are cut there, which no real URI reaches.
    pub(super) fn derive(sender_uri: &str, room_uri: &str, message: &[u8], salt: &[u8; SALT_LEN]) -> Self {
        let mut hash = Sha256::new();
        for uri in [sender_uri, room_uri] {
            let length = u16::try_from(uri.len()).unwrap_or(u16::MAX);
            hash.update(length.to_be_bytes());
            hash.update(uri.as_bytes().get(..usize::from(length)).unwrap_or_default());
        }
        hash.update(message);
        hash.update(salt);
        let hash: [u8; 32] = hash.finalize().into();
        let mut id = [0; 32];
        id[0] = SHA256;
        id[1..].copy_from_slice(&hash[..31]);
        Self(id)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bytes::encode(&self.0))
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({self})")
    }
}

/// An account as a message's sender. Names no host, so that moving the server changes no message id.
pub fn account_uri(account: AccountId) -> String {
    format!("sealpost:u/{account}")
}

/// A conversation as a message's room. Names no host either.
pub fn conversation_uri(conversation: ConversationId) -> String {
    format!("sealpost:r/{conversation}")
}
