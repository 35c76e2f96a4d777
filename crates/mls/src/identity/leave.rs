//! Leave statements: an account says, by one of its devices, that it leaves a group. Whoever commits the removal of its
//! leaves carries the statement in the commit, so that the server and every member see for themselves that it may.

use sealpost_protocol::{AccountId, Bytes, ConversationId, DeviceId};
use serde::{Deserialize, Serialize};

use super::{IdentityError, keys::DeviceKey, keys::verify};
use crate::codec::{decode_at_most, encode, fixed};

const FORMAT: u8 = 1;
const LABEL: &str = "Sealpost 1.0 leave statement";

/// Longest encoded statement in bytes.
const ENCODED_MAX: usize = 256;

/// An account leaves a group, signed by the MLS signature key of one of its devices.
///
/// CBOR: `[1, conversation, generation, epoch, account, device, signature]`. The signature is also over the encryption key
/// that the device's leaf has: a device that is added again has another, so an old statement removes nobody twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Fields", try_from = "Fields")]
pub struct LeaveStatement {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Which MLS group of it.
    pub generation: u64,
    /// The epoch in which the device signed.
    pub epoch: u64,
    /// Who leaves, with all devices.
    pub account: AccountId,
    /// Which of its devices signed.
    pub device: DeviceId,
    signature: [u8; 64],
}

type Fields = (u8, ConversationId, u64, u64, AccountId, DeviceId, Bytes);

impl LeaveStatement {
    /// Signs for the device whose leaf has the encryption key `leaf_key`.
    pub(crate) fn sign(
        (conversation, generation, epoch): (ConversationId, u64, u64),
        (account, device): (AccountId, DeviceId),
        device_key: &DeviceKey,
        leaf_key: &[u8],
    ) -> Self {
        let mut statement = Self { conversation, generation, epoch, account, device, signature: [0; 64] };
        statement.signature = device_key.sign_labelled(LABEL, &statement.signed_part(leaf_key));
        statement
    }

    /// Whether the device with this signature key and this leaf signed it.
    pub(crate) fn verify(&self, signature_key: &[u8; 32], leaf_key: &[u8]) -> Result<(), IdentityError> {
        verify(signature_key, LABEL, &self.signed_part(leaf_key), &self.signature)
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

    fn signed_part(&self, leaf_key: &[u8]) -> Vec<u8> {
        let leaf_key = Bytes::from(leaf_key.to_vec());
        encode(&(FORMAT, self.conversation, self.generation, self.epoch, self.account, self.device, leaf_key))
    }
}

impl From<LeaveStatement> for Fields {
    fn from(s: LeaveStatement) -> Self {
        (FORMAT, s.conversation, s.generation, s.epoch, s.account, s.device, s.signature.into())
    }
}

impl TryFrom<Fields> for LeaveStatement {
    type Error = IdentityError;
    fn try_from(fields: Fields) -> Result<Self, IdentityError> {
        let (format, conversation, generation, epoch, account, device, signature) = fields;
        if format != FORMAT {
            return Err(IdentityError::Version);
        }
        Ok(Self { conversation, generation, epoch, account, device, signature: fixed(&signature)? })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn signed() -> (DeviceKey, LeaveStatement) {
        let key = DeviceKey::generate(&mut rand::thread_rng());
        let who = (AccountId([1; 16]), DeviceId([2; 16]));
        let statement = LeaveStatement::sign((ConversationId([3; 16]), 1, 7), who, &key, b"leaf");
        (key, statement)
    }

    #[test]
    fn statements_verify_and_round_trip() {
        let (key, statement) = signed();
        assert_eq!(statement.verify(&key.public_key(), b"leaf"), Ok(()));
        assert_eq!(LeaveStatement::from_bytes(&statement.to_bytes()).unwrap(), statement);
    }

    #[test]
    fn another_leaf_place_or_person_breaks_the_signature() {
        let (key, statement) = signed();
        let changed = [
            LeaveStatement { generation: 2, ..statement.clone() },
            LeaveStatement { epoch: 8, ..statement.clone() },
            LeaveStatement { account: AccountId([9; 16]), ..statement.clone() },
            LeaveStatement { conversation: ConversationId([9; 16]), ..statement.clone() },
        ];
        for changed in changed {
            assert_eq!(changed.verify(&key.public_key(), b"leaf"), Err(IdentityError::Signature));
        }
        assert_eq!(statement.verify(&key.public_key(), b"another"), Err(IdentityError::Signature));
    }

    #[test]
    fn other_spellings_and_lengths_are_refused() {
        let (_, statement) = signed();
        let longer = [statement.to_bytes(), vec![0]].concat();
        assert!(LeaveStatement::from_bytes(&longer).is_err());
        assert!(LeaveStatement::from_bytes(&[0; ENCODED_MAX + 1]).is_err());
    }

    proptest::proptest! {
        #[test]
        fn garbage_is_malformed(bytes in proptest::collection::vec(proptest::num::u8::ANY, 1..200)) {
            proptest::prop_assert!(LeaveStatement::from_bytes(&bytes).is_err());
        }
    }
}
