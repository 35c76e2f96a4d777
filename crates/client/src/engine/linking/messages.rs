//! What the two devices say to each other, and what binds it together.
//!
//! 1. offer (new device): SHA-256 of what it will reveal.
//! 2. answer (the other one): a nonce, its credential, and a MAC that shows that it has seen the code.
//! 3. reveal (new device): its public key, a nonce, and what it runs on.
//! 4. approval (the other one): the account's keys, sealed to that public key, and a signature by its device key.
//!
//! All of 1 to 3 goes into a transcript, and of it both show six digits. Neither a server nor anybody else in between can
//! make the digits agree but by chance, one in a million, because it has to commit itself before it knows what the other
//! side says. Who scanned the QR code knows the offer from there: then nothing is left to chance.

use sealpost_mls::{
    HandoverKey, Suite, hand_over,
    identity::{Credential, DeviceKey},
};
use sealpost_protocol::Bytes;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::engine::keys::{Key, mac};

const FORMAT: u8 = 1;
/// The suite whose HPKE is used, post-quantum whatever that of the conversations is.
pub(super) const SUITE: Suite = Suite::XWing;
/// What the approving device signs for.
const SIGNED: &str = "linking approval";
/// Longest name of what a device runs on, in characters.
const PLATFORM_MAX: usize = 100;

/// The second message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LinkAnswer {
    nonce: [u8; 32],
    pub credential: Credential,
    mac: [u8; 32],
}

/// The third message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LinkReveal {
    pub public_key: Vec<u8>,
    pub nonce: [u8; 32],
    pub platform: String,
}

/// The last message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LinkApproval {
    sealed: Vec<u8>,
    signature: [u8; 64],
}

/// The hash of everything that was said before the approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Transcript([u8; 32]);

type AnswerFields = (u8, Bytes, Credential, Bytes);
type RevealFields = (u8, Bytes, Bytes, String);
type ApprovalFields = (u8, Bytes, Bytes);

impl LinkAnswer {
    pub(super) fn new(code_key: &Key, offer: &[u8; 32], nonce: [u8; 32], credential: Credential) -> Self {
        let mac = answer_mac(code_key, offer, &nonce, &credential);
        Self { nonce, credential, mac }
    }

    /// Whether who says this has seen the code with this key.
    pub(super) fn has_seen(&self, code_key: &Key, offer: &[u8; 32]) -> bool {
        // What is compared is known to who sent it, or worth nothing.
        answer_mac(code_key, offer, &self.nonce, &self.credential) == self.mac
    }

    /// CBOR: `[1, nonce, credential, mac]`.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let fields: AnswerFields = (FORMAT, self.nonce.into(), self.credential.clone(), self.mac.into());
        written(&fields)
    }

    /// Reads what [`Self::encode`] wrote.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (format, nonce, credential, mac): AnswerFields = ciborium::from_reader(bytes).ok()?;
        (format == FORMAT).then_some(())?;
        Some(Self { nonce: nonce.as_ref().try_into().ok()?, credential, mac: mac.as_ref().try_into().ok()? })
    }
}

fn answer_mac(code_key: &Key, offer: &[u8; 32], nonce: &[u8; 32], credential: &Credential) -> [u8; 32] {
    mac(code_key, &[b"sealpost linking answer v1".as_slice(), offer, nonce, &credential.to_bytes()].concat())
}

impl LinkReveal {
    /// What the new device offers: it can reveal nothing else afterwards.
    pub(super) fn offer(&self) -> [u8; 32] {
        hash(b"sealpost linking offer v1", &[&self.encode()])
    }

    /// CBOR: `[1, public key, nonce, platform]`.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let fields: RevealFields = (FORMAT, Bytes(self.public_key.clone()), self.nonce.into(), self.platform.clone());
        written(&fields)
    }

    /// Reads what [`Self::encode`] wrote.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (format, public_key, nonce, platform): RevealFields = ciborium::from_reader(bytes).ok()?;
        let shown = platform.chars().count() <= PLATFORM_MAX && !platform.chars().any(char::is_control);
        (format == FORMAT && shown).then_some(())?;
        Some(Self { public_key: public_key.0, nonce: nonce.as_ref().try_into().ok()?, platform })
    }
}

impl Transcript {
    pub(super) fn new(offer: &[u8; 32], answer: &LinkAnswer, reveal: &LinkReveal) -> Self {
        let parts = [Sha256::digest(answer.encode()), Sha256::digest(reveal.encode())];
        Self(hash(b"sealpost linking transcript v1", &[offer, &parts[0], &parts[1]]))
    }

    /// The six digits that both devices show.
    pub(super) fn digits(&self) -> String {
        let hash = hash(b"sealpost linking digits v1", &[&self.0]);
        let number = hash.first_chunk().map_or(0, |first| u64::from_be_bytes(*first));
        format!("{:06}", number % 1_000_000)
    }

    /// What the keys are bound to: also to the code.
    fn purpose(&self, code_key: &Key) -> Vec<u8> {
        [b"linking v1".as_slice(), &mac(code_key, &self.0)].concat()
    }

    fn signed(&self, sealed: &[u8]) -> Vec<u8> {
        [self.0.as_slice(), &Sha256::digest(sealed)].concat()
    }
}

impl LinkApproval {
    /// Seals `secret` to what the new device revealed.
    pub(super) fn seal(
        transcript: &Transcript,
        code_key: &Key,
        device_key: &DeviceKey,
        reveal: &LinkReveal,
        secret: &[u8],
    ) -> Option<Self> {
        let sealed = hand_over(SUITE, &reveal.public_key, &transcript.purpose(code_key), secret).ok()?;
        let signature = device_key.sign_for(SIGNED, &transcript.signed(&sealed));
        Some(Self { sealed, signature })
    }

    /// What the device with the answer's credential sealed, if it did.
    pub(super) fn open(
        &self,
        transcript: &Transcript,
        code_key: &Key,
        answer: &LinkAnswer,
        key: &HandoverKey,
    ) -> Option<Zeroizing<Vec<u8>>> {
        answer.credential.verify_signed(SIGNED, &transcript.signed(&self.sealed), &self.signature).ok()?;
        key.open(&transcript.purpose(code_key), &self.sealed).ok()
    }

    /// CBOR: `[1, sealed, signature]`.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let fields: ApprovalFields = (FORMAT, Bytes(self.sealed.clone()), self.signature.into());
        written(&fields)
    }

    /// Reads what [`Self::encode`] wrote.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (format, sealed, signature): ApprovalFields = ciborium::from_reader(bytes).ok()?;
        (format == FORMAT).then_some(())?;
        Some(Self { sealed: sealed.0, signature: signature.as_ref().try_into().ok()? })
    }
}

fn hash(label: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let begun = Sha256::new().chain_update(label);
    parts.iter().fold(begun, |hash, part| hash.chain_update(part)).finalize().into()
}

fn written(fields: &impl serde::Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let written = ciborium::into_writer(fields, &mut bytes);
    debug_assert!(written.is_ok());
    bytes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand::{SeedableRng as _, rngs::StdRng};
    use sealpost_mls::identity::{DeviceCertificate, ListKey, ListKeyCertificate, RootKey};
    use sealpost_protocol::{AccountId, DeviceId};

    use super::*;

    struct Meeting {
        key: HandoverKey,
        reveal: LinkReveal,
        device_key: DeviceKey,
        answer: LinkAnswer,
        code_key: Key,
    }

    fn meet() -> Meeting {
        let rng = &mut StdRng::seed_from_u64(1);
        let (root, list_key, device_key) = (RootKey::generate(rng), ListKey::generate(rng), DeviceKey::generate(rng));
        let certificate = ListKeyCertificate::sign(&root, AccountId([1; 16]), 1, &list_key);
        let device = DeviceCertificate::sign(&list_key, &certificate, DeviceId([2; 16]), &device_key, 1);
        let credential = Credential::new(root.public_key(), certificate, device);
        let key = HandoverKey::generate(SUITE, rng).unwrap();
        let (public_key, platform) = (key.public_key().to_vec(), "Firefox on Linux".to_owned());
        let reveal = LinkReveal { public_key, nonce: [3; 32], platform };
        let code_key = Zeroizing::new([5; 32]);
        let answer = LinkAnswer::new(&code_key, &reveal.offer(), [4; 32], credential);
        Meeting { key, reveal, device_key, answer, code_key }
    }

    #[test]
    fn the_keys_reach_the_device_that_was_seen_and_nobody_else() {
        let Meeting { key, reveal, device_key, answer, code_key } = meet();
        let transcript = Transcript::new(&reveal.offer(), &answer, &reveal);
        let approval = LinkApproval::seal(&transcript, &code_key, &device_key, &reveal, b"keys").unwrap();
        assert_eq!(approval.open(&transcript, &code_key, &answer, &key).unwrap().as_slice(), b"keys");
        let other = HandoverKey::generate(SUITE, &mut StdRng::seed_from_u64(2)).unwrap();
        assert!(approval.open(&transcript, &code_key, &answer, &other).is_none());
        assert!(approval.open(&transcript, &Zeroizing::new([6; 32]), &answer, &key).is_none(), "another code");
        let stranger = DeviceKey::generate(&mut StdRng::seed_from_u64(3));
        let forged = LinkApproval::seal(&transcript, &code_key, &stranger, &reveal, b"keys").unwrap();
        assert!(forged.open(&transcript, &code_key, &answer, &key).is_none(), "another device");
        let later = LinkReveal { nonce: [9; 32], ..reveal.clone() };
        let elsewhere = Transcript::new(&reveal.offer(), &answer, &later);
        assert!(approval.open(&elsewhere, &code_key, &answer, &key).is_none(), "another meeting");
    }

    #[test]
    fn whoever_has_not_seen_the_code_is_found_out() {
        let Meeting { reveal, answer, code_key, .. } = meet();
        assert!(answer.has_seen(&code_key, &reveal.offer()));
        assert!(!answer.has_seen(&Zeroizing::new([6; 32]), &reveal.offer()));
        assert!(!answer.has_seen(&code_key, &[0; 32]));
    }

    #[test]
    fn the_digits_are_of_all_that_was_said() {
        let Meeting { reveal, answer, code_key, .. } = meet();
        let offer = reveal.offer();
        let digits = |answer: &LinkAnswer, reveal: &LinkReveal| Transcript::new(&offer, answer, reveal).digits();
        let here = digits(&answer, &reveal);
        assert!(here.len() == 6 && here.bytes().all(|digit| digit.is_ascii_digit()));
        let other_key = LinkReveal { public_key: vec![1; 1216], ..reveal.clone() };
        let other_answer = LinkAnswer::new(&code_key, &offer, [8; 32], answer.credential.clone());
        assert!(digits(&answer, &other_key) != here && digits(&other_answer, &reveal) != here);
        assert_ne!(other_key.offer(), offer);
    }

    #[test]
    fn messages_are_read_as_they_were_written() {
        let Meeting { reveal, answer, device_key, code_key, .. } = meet();
        assert_eq!(LinkReveal::decode(&reveal.encode()), Some(reveal.clone()));
        assert_eq!(LinkAnswer::decode(&answer.encode()), Some(answer.clone()));
        let transcript = Transcript::new(&reveal.offer(), &answer, &reveal);
        let approval = LinkApproval::seal(&transcript, &code_key, &device_key, &reveal, b"keys").unwrap();
        assert_eq!(LinkApproval::decode(&approval.encode()), Some(approval));
        let odd = LinkReveal { platform: "a\u{7}b".to_owned(), ..reveal };
        assert_eq!(LinkReveal::decode(&odd.encode()), None);
    }

    proptest::proptest! {
        #[test]
        fn garbage_is_no_message(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            proptest::prop_assert!(LinkAnswer::decode(&bytes).is_none());
            proptest::prop_assert!(LinkReveal::decode(&bytes).is_none());
            proptest::prop_assert!(LinkApproval::decode(&bytes).is_none());
        }
    }
}
