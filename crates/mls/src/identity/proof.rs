//! Why leaves may be removed by someone who is no admin: their account left, or does not list their devices any more. A
//! commit carries its proofs in its authenticated data.

use ciborium::Value;
use serde::Serialize;

use super::{Delisting, IdentityError, LeaveStatement, delisting};
use crate::codec::{decode, encode};

/// Most leave statements that one commit carries.
pub const STATEMENTS_MAX: usize = 100;
/// Most delistings that one commit carries. They are much longer.
pub const DELISTINGS_MAX: usize = 32;
/// Longest encoding of all of them in bytes.
const ENCODED_MAX: usize = 512 * 1024;

/// A proof that leaves may be removed. Encoded as what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum RemovalProof {
    /// An account leaves with all its devices.
    Leave(LeaveStatement),
    /// An account lists some devices no longer.
    Delisting(Delisting),
}

impl RemovalProof {
    /// Reads the CBOR form.
    ///
    /// # Errors
    /// [`IdentityError::Malformed`] or [`IdentityError::Version`]. Whether it holds is for the group to say.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IdentityError> {
        // Each is an array of a few things, the first of which is a small number.
        match bytes.get(1) {
            Some(&delisting::KIND) => Ok(Self::Delisting(Delisting::from_bytes(bytes)?)),
            _ => Ok(Self::Leave(LeaveStatement::from_bytes(bytes)?)),
        }
    }

    /// The CBOR form.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

/// What a commit's authenticated data hold: nothing, or the proofs for those whom it removes.
pub(crate) fn encode_proofs(proofs: &[RemovalProof]) -> Vec<u8> {
    if proofs.is_empty() { Vec::new() } else { encode(proofs) }
}

/// Reads [`encode_proofs`].
pub(crate) fn decode_proofs(bytes: &[u8]) -> Result<Vec<RemovalProof>, IdentityError> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    if bytes.len() > ENCODED_MAX {
        return Err(IdentityError::Malformed);
    }
    let proofs: Vec<Value> = decode(bytes)?;
    if proofs.len() > STATEMENTS_MAX + DELISTINGS_MAX {
        return Err(IdentityError::Malformed);
    }
    let proofs: Vec<_> =
        proofs.iter().map(|proof| RemovalProof::from_bytes(&encode(proof))).collect::<Result<_, _>>()?;
    let known = !proofs.is_empty() && is_carried(&proofs) && encode(&proofs) == bytes;
    if known { Ok(proofs) } else { Err(IdentityError::Malformed) }
}

/// Whether one commit carries so many.
pub(crate) fn is_carried(proofs: &[RemovalProof]) -> bool {
    let delistings = proofs.iter().filter(|proof| matches!(proof, RemovalProof::Delisting(_))).count();
    proofs.len() - delistings <= STATEMENTS_MAX && delistings <= DELISTINGS_MAX
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use sealpost_protocol::{AccountId, ConversationId, DeviceId};

    use super::*;
    use crate::identity::{Credential, DeviceCertificate, DeviceKey, DeviceList, ListKey, ListKeyCertificate, RootKey};

    const ALICE: AccountId = AccountId([1; 16]);
    const PHONE: DeviceId = DeviceId([2; 16]);
    const LAPTOP: DeviceId = DeviceId([3; 16]);

    fn leave() -> LeaveStatement {
        let key = DeviceKey::generate(&mut rand::thread_rng());
        LeaveStatement::sign((ConversationId([3; 16]), 1, 7), (ALICE, PHONE), &key, b"leaf")
    }

    /// An account with a phone and a laptop, of which the third list has the laptop only.
    struct Account {
        root: RootKey,
        list_key: ListKey,
        certificate: ListKeyCertificate,
        lists: Vec<DeviceList>,
        phone: Credential,
        laptop: Credential,
    }

    impl Account {
        fn new() -> Self {
            let mut rng = rand::thread_rng();
            let (root, list_key) = (RootKey::generate(&mut rng), ListKey::generate(&mut rng));
            let certificate = ListKeyCertificate::sign(&root, ALICE, 1, &list_key);
            let (phone, laptop) = (DeviceKey::generate(&mut rng), DeviceKey::generate(&mut rng));
            let first = DeviceList::first(&list_key, &certificate, PHONE, phone.public_key());
            let second = first.next(&list_key, &certificate, Some((LAPTOP, laptop.public_key())), &[]);
            let third = second.next(&list_key, &certificate, None, &[PHONE]);
            let leaf = |device, key: &DeviceKey, version| {
                let device = DeviceCertificate::sign(&list_key, &certificate, device, key, version);
                Credential::new(root.public_key(), certificate.clone(), device)
            };
            let (phone, laptop) = (leaf(PHONE, &phone, 1), leaf(LAPTOP, &laptop, 2));
            Self { root, list_key, certificate, lists: vec![first, second, third], phone, laptop }
        }

        fn delisting(&self, version: usize) -> Delisting {
            Delisting::new(self.certificate.clone(), self.lists[version - 1].clone())
        }
    }

    #[test]
    fn a_later_list_takes_a_device_that_is_not_on_it_and_an_earlier_one_does_not() {
        let account = Account::new();
        let delisting = account.delisting(3);
        assert_eq!(delisting.verify(&account.root.public_key()), Ok(()));
        assert!(delisting.takes(&account.phone));
        assert!(!delisting.takes(&account.laptop));
        // The laptop is not on the list before it came.
        assert!(!account.delisting(1).takes(&account.laptop));
        assert!(!account.delisting(2).takes(&account.phone));
    }

    #[test]
    fn a_list_of_another_root_or_with_a_replaced_key_takes_nobody() {
        let account = Account::new();
        let mut rng = rand::thread_rng();
        let delisting = account.delisting(3);
        assert!(delisting.verify(&RootKey::generate(&mut rng).public_key()).is_err());
        let other = ListKeyCertificate::sign(&RootKey::generate(&mut rng), ALICE, 1, &account.list_key);
        assert!(Delisting::new(other, account.lists[2].clone()).verify(&account.root.public_key()).is_err());
        // A tablet that came with the second list key is not taken by who has the first.
        let (new_key, tablet) = (ListKey::generate(&mut rng), DeviceKey::generate(&mut rng));
        let certificate = ListKeyCertificate::sign(&account.root, ALICE, 2, &new_key);
        let tablet = DeviceCertificate::sign(&new_key, &certificate, DeviceId([4; 16]), &tablet, 4);
        let tablet = Credential::new(account.root.public_key(), certificate, tablet);
        let fourth = account.lists[2].next(&account.list_key, &account.certificate, None, &[LAPTOP]);
        let fifth = fourth.next(&account.list_key, &account.certificate, None, &[]);
        assert!(!Delisting::new(account.certificate.clone(), fifth).takes(&tablet));
    }

    #[test]
    fn proofs_round_trip_and_have_one_spelling() {
        let account = Account::new();
        let proofs = [RemovalProof::Leave(leave()), RemovalProof::Delisting(account.delisting(3))];
        for proof in &proofs {
            assert_eq!(&RemovalProof::from_bytes(&proof.to_bytes()).unwrap(), proof);
            assert!(RemovalProof::from_bytes(&[proof.to_bytes(), vec![0]].concat()).is_err());
        }
        assert_eq!(decode_proofs(&encode_proofs(&proofs)).unwrap(), proofs);
        assert_eq!(decode_proofs(&[]), Ok(Vec::new()));
        assert!(decode_proofs(&encode::<[RemovalProof]>(&[])).is_err(), "an empty list has one spelling");
        let many = vec![proofs[0].clone(); STATEMENTS_MAX + 1];
        assert!(decode_proofs(&encode_proofs(&many)).is_err());
        let many = vec![proofs[1].clone(); DELISTINGS_MAX + 1];
        assert!(decode_proofs(&encode_proofs(&many)).is_err());
    }

    #[test]
    fn leave_statements_are_carried_as_they_always_were() {
        let statement = leave();
        assert_eq!(encode_proofs(&[RemovalProof::Leave(statement.clone())]), encode(&[statement]));
    }

    proptest::proptest! {
        #[test]
        fn garbage_is_malformed(bytes in proptest::collection::vec(proptest::num::u8::ANY, 1..200)) {
            proptest::prop_assert!(RemovalProof::from_bytes(&bytes).is_err());
            proptest::prop_assert!(decode_proofs(&bytes).is_err());
        }
    }
}
