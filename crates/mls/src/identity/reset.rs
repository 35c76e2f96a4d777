//! Reset statements: a member that may says that a conversation goes on in a new MLS group. Server and members check it
//! against the group before, so that nobody else can take a conversation over.

use sealpost_protocol::{AccountId, Bytes, ConversationId, DeviceId};
use serde::{Deserialize, Serialize};

use super::{IdentityError, keys::DeviceKey, keys::verify};
use crate::codec::{decode_at_most, encode, fixed};

const FORMAT: u8 = 1;
const LABEL: &str = "Sealpost 1.0 reset statement";

/// Longest encoded statement in bytes: 1,000 members have 16,000.
const ENCODED_MAX: usize = 32 * 1024;

/// A conversation goes on in a new MLS group, signed by the MLS signature key of the device that makes it. It is not bound
/// to the device's leaf: of that, those who lost a part of the log know another one.
///
/// CBOR: `[1, conversation, generation, after, members, account, device, signature]`, the members' 16 bytes each in one byte
/// string, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Fields", try_from = "Fields")]
pub struct ResetStatement {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The new MLS group.
    pub generation: u64,
    /// What the log has after this entry not every member may know: whoever said it says it again.
    pub after: u64,
    /// The accounts that are members, ascending: all but who makes it are still to be added to the new group.
    pub members: Vec<AccountId>,
    /// Who makes it.
    pub account: AccountId,
    /// By which device.
    pub device: DeviceId,
    signature: [u8; 64],
}

type Fields = (u8, ConversationId, u64, u64, Bytes, AccountId, DeviceId, Bytes);

impl ResetStatement {
    /// Signs for a device.
    pub(crate) fn sign(
        (conversation, generation, after): (ConversationId, u64, u64),
        mut members: Vec<AccountId>,
        (account, device): (AccountId, DeviceId),
        device_key: &DeviceKey,
    ) -> Self {
        members.sort_unstable();
        members.dedup();
        let mut statement = Self { conversation, generation, after, members, account, device, signature: [0; 64] };
        statement.signature = device_key.sign_labelled(LABEL, &statement.signed_part());
        statement
    }

    /// Whether the device with this signature key signed it.
    pub(crate) fn verify(&self, signature_key: &[u8; 32]) -> Result<(), IdentityError> {
        verify(signature_key, LABEL, &self.signed_part(), &self.signature)
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

    fn signed_part(&self) -> Vec<u8> {
        let members = self.member_bytes();
        encode(&(FORMAT, self.conversation, self.generation, self.after, members, self.account, self.device))
    }

    fn member_bytes(&self) -> Bytes {
        self.members.iter().flat_map(|account| account.0).collect::<Vec<u8>>().into()
    }
}

impl From<ResetStatement> for Fields {
    fn from(s: ResetStatement) -> Self {
        let members = s.member_bytes();
        (FORMAT, s.conversation, s.generation, s.after, members, s.account, s.device, s.signature.into())
    }
}

impl TryFrom<Fields> for ResetStatement {
    type Error = IdentityError;
    fn try_from(fields: Fields) -> Result<Self, IdentityError> {
        let (format, conversation, generation, after, members, account, device, signature) = fields;
        if format != FORMAT {
            return Err(IdentityError::Version);
        }
        let (chunks, rest) = members.as_chunks::<16>();
        let members: Vec<AccountId> = chunks.iter().copied().map(AccountId).collect();
        if !rest.is_empty() || !members.is_sorted_by(|one, other| one < other) || !members.contains(&account) {
            return Err(IdentityError::Malformed);
        }
        Ok(Self { conversation, generation, after, members, account, device, signature: fixed(&signature)? })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_statement_round_trips_and_holds_for_what_it_says_alone() {
        let key = DeviceKey::generate(&mut rand::thread_rng());
        let who = (AccountId([1; 16]), DeviceId([2; 16]));
        let statement =
            ResetStatement::sign((ConversationId([3; 16]), 2, 7), vec![AccountId([4; 16]), who.0], who, &key);
        assert_eq!(statement.verify(&key.public_key()), Ok(()));
        assert_eq!(ResetStatement::from_bytes(&statement.to_bytes()).unwrap(), statement);
        let changed = [
            ResetStatement { generation: 3, ..statement.clone() },
            ResetStatement { after: 8, ..statement.clone() },
            ResetStatement { members: vec![statement.account], ..statement.clone() },
            ResetStatement { account: AccountId([9; 16]), ..statement.clone() },
            ResetStatement { device: DeviceId([9; 16]), ..statement.clone() },
            ResetStatement { conversation: ConversationId([9; 16]), ..statement.clone() },
        ];
        for changed in changed {
            assert_eq!(changed.verify(&key.public_key()), Err(IdentityError::Signature));
        }
        let longer = [statement.to_bytes(), vec![0]].concat();
        assert!(ResetStatement::from_bytes(&longer).is_err());
        assert!(ResetStatement::from_bytes(&[0; ENCODED_MAX + 1]).is_err());
    }

    proptest::proptest! {
        #[test]
        fn garbage_is_malformed(bytes in proptest::collection::vec(proptest::num::u8::ANY, 1..200)) {
            proptest::prop_assert!(ResetStatement::from_bytes(&bytes).is_err());
        }
    }
}
