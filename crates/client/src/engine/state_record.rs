//! The conversation's state as it is written: what stands in it, and the record of it that its writer signs. Independent
//! of how records are sealed and exchanged, and of who may write one.

use sealpost_mls::identity::{Credential, DeviceKey};
use sealpost_protocol::{AccountId, Bytes, ConversationId, LinkId, Timestamp};

use super::keys::{self, Key};
use crate::{redacted::redacted, store::StateChange};

const FORMAT: u8 = 2;
const FORMAT_NAME_ONLY: u8 = 1;
const PURPOSE: &str = "conversation state";
/// The state's plaintext is padded to a multiple of this, in bytes.
const PADDING: usize = 256;
/// Most invite links of a group.
pub(super) const LINKS_MAX: usize = 20;

/// Longest name and description that are shown, in characters.
pub(super) const NAME_MAX: usize = 64;
pub(super) const DESCRIPTION_MAX: usize = 1000;
/// After how many seconds messages may disappear: 30 s to 4 weeks.
pub(super) const TIMER: std::ops::RangeInclusive<u32> = 30..=4 * 7 * 24 * 60 * 60;

/// A text of another without what could turn around what stands beside it, and not longer than it may be.
pub(super) fn shown(text: &str, most: usize) -> String {
    let text = text.chars().filter(|char| !matches!(char, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'));
    text.take(most).collect()
}

/// What all members agree on beside who they are.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Of a group.
    pub name: String,
    pub description: String,
    pub picture: Option<Bytes>,
    /// After so many seconds messages disappear.
    pub timer: Option<u32>,
    pub links: Vec<InviteLink>,
}

redacted!(State);

/// An invite link.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct InviteLink {
    pub secret: [u8; 32],
    pub expires: Option<Timestamp>,
    /// How many may come by it.
    pub uses: Option<u32>,
    /// How many have.
    pub used: u32,
    /// An admin has to approve each.
    pub approval: bool,
}

redacted!(InviteLink);

impl InviteLink {
    /// The link's name on the server.
    pub(super) fn id(&self) -> LinkId {
        link_id(&self.secret)
    }

    /// Whether someone may come by it at `now`, by the server's clock.
    pub(super) fn is_open(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| now < expires) && self.uses.is_none_or(|uses| self.used < uses)
    }
}

/// The name on the server of the link with this secret.
pub(super) fn link_id(secret: &[u8; 32]) -> LinkId {
    let derived = keys::derive(secret, "sealpost link id v1");
    let mut id = [0; 16];
    id.copy_from_slice(derived.split_at(16).0);
    LinkId(id)
}

type LinkFields = (Bytes, Option<Timestamp>, Option<u32>, u32, bool);
type Body = (u8, u64, String, String, Option<Bytes>, Option<u32>, Vec<LinkFields>);
type Fields = (Bytes, Bytes, Bytes);

/// A state as its writer signed it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// The version that the writer meant to write.
    pub version: u64,
    pub state: State,
    /// Who wrote it.
    pub writer: Credential,
    bytes: Vec<u8>,
}

redacted!(Record);

impl Record {
    /// Signs a state. CBOR: `[body, credential, signature]`.
    pub(super) fn sign(
        conversation: ConversationId,
        version: u64,
        state: &State,
        key: &DeviceKey,
        writer: &Credential,
    ) -> Self {
        let body = state.encode(version);
        let signature = key.sign_for(PURPOSE, &signed_part(conversation, &body));
        let fields: Fields = (body.into(), writer.to_bytes().into(), signature.into());
        Self { version, state: state.clone(), writer: writer.clone(), bytes: encode(&fields) }
    }

    /// Reads a record and verifies that the device that it names signed it. Whether that device is whose it says, and
    /// may write, is for the caller.
    pub(super) fn read(conversation: ConversationId, bytes: &[u8]) -> Option<Self> {
        let (body, writer, signature): Fields = ciborium::from_reader(bytes).ok()?;
        let writer = Credential::from_bytes(&writer).ok()?;
        let signature = signature.as_ref().try_into().ok()?;
        writer.verify_signed(PURPOSE, &signed_part(conversation, &body), &signature).ok()?;
        let (version, state) = State::decode(&body)?;
        Some(Self { version, state, writer, bytes: bytes.to_vec() })
    }

    /// The account that wrote it.
    pub(super) fn by(&self) -> AccountId {
        self.writer.account
    }

    /// As it was signed.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

fn signed_part(conversation: ConversationId, body: &[u8]) -> Vec<u8> {
    [conversation.as_bytes().as_slice(), body].concat()
}

fn encode(value: &impl serde::Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let written = ciborium::into_writer(value, &mut bytes);
    debug_assert!(written.is_ok());
    bytes
}

/// What a sealed state holds.
pub(super) enum Opened {
    /// A signed record.
    Record(Vec<u8>),
    /// A name that nobody signed, as the first version wrote it.
    Name(String),
}

fn about(conversation: ConversationId) -> Vec<u8> {
    [b"sealpost state v1".as_slice(), conversation.as_bytes()].concat()
}

/// Seals a record under the conversation key.
pub(super) fn seal(
    conversation: ConversationId,
    key: &[u8; 32],
    record: &[u8],
    rng: &mut dyn sealpost_mls::Randomness,
) -> Vec<u8> {
    keys::seal(key, &about(conversation), &encode_sealed(record), rng)
}

/// Opens a sealed state.
pub(super) fn open(conversation: ConversationId, key: &[u8; 32], sealed: &[u8]) -> Option<Opened> {
    decode_sealed(&keys::open(key, &about(conversation), sealed)?)
}

/// What is sealed of a state. CBOR: `[2, record, padding]`.
pub(super) fn encode_sealed(record: &[u8]) -> Vec<u8> {
    let head = record.len() + 12;
    let padding = Bytes(vec![0; head.next_multiple_of(PADDING) - head]);
    encode(&(FORMAT, Bytes(record.to_vec()), padding))
}

/// Reads what [`encode_sealed`] or the first version wrote.
pub(super) fn decode_sealed(plaintext: &[u8]) -> Option<Opened> {
    if let Ok((FORMAT_NAME_ONLY, name, _)) = ciborium::from_reader::<(u8, String, Bytes), _>(plaintext) {
        return Some(Opened::Name(name));
    }
    let (format, record, _): (u8, Bytes, Bytes) = ciborium::from_reader(plaintext).ok()?;
    (format == FORMAT).then_some(Opened::Record(record.0))
}

impl State {
    /// The body of a record. CBOR:
    /// `[2, version, name, description, picture, timer, [[secret, expires, uses, used, approval], ...]]`.
    pub(super) fn encode(&self, version: u64) -> Vec<u8> {
        let link = |link: &InviteLink| (link.secret.into(), link.expires, link.uses, link.used, link.approval);
        let links = self.links.iter().map(link).collect();
        let Self { name, description, picture, timer, .. } = self.clone();
        let body: Body = (FORMAT, version, name, description, picture, timer, links);
        encode(&body)
    }

    /// The version and the state that a record's body holds.
    pub(super) fn decode(body: &[u8]) -> Option<(u64, Self)> {
        let (format, version, name, description, picture, timer, links): Body = ciborium::from_reader(body).ok()?;
        let link = |(secret, expires, uses, used, approval): LinkFields| {
            Some(InviteLink { secret: secret.as_ref().try_into().ok()?, expires, uses, used, approval })
        };
        let links = links.into_iter().map(link).collect::<Option<Vec<_>>>()?;
        let known = format == FORMAT && links.len() <= LINKS_MAX;
        let timer = timer.filter(|seconds| TIMER.contains(seconds));
        let (name, description) = (shown(&name, NAME_MAX), shown(&description, DESCRIPTION_MAX));
        known.then_some((version, Self { name, description, picture, timer, links }))
    }

    /// Makes a change. Gives whether anything is different now.
    pub(super) fn apply(&mut self, change: &StateChange) -> bool {
        let before = self.clone();
        match change {
            StateChange::Name(name) => self.name.clone_from(name),
            StateChange::Description(description) => self.description.clone_from(description),
            StateChange::Picture(picture) => self.picture.clone_from(picture),
            StateChange::Timer(timer) => self.timer = *timer,
            StateChange::AddLink { secret, expires, uses, approval } => {
                let known = self.links.iter().any(|link| link.secret == *secret);
                if !known && self.links.len() < LINKS_MAX {
                    let (expires, uses, approval) = (*expires, *uses, *approval);
                    self.links.push(InviteLink { secret: *secret, expires, uses, used: 0, approval });
                }
            }
            StateChange::EndLink { secret } => self.links.retain(|link| link.secret != *secret),
            StateChange::UseLink { secret } => {
                let links = self.links.iter_mut().filter(|link| link.secret == *secret);
                links.for_each(|link| link.used = link.used.saturating_add(1));
            }
            StateChange::Renew => {}
        }
        *self != before
    }
}

/// The key under which what a link leads to is sealed.
pub(super) fn preview_key(secret: &[u8; 32]) -> Key {
    keys::derive(secret, "sealpost link preview v1")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::rngs::OsRng;
    use sealpost_mls::identity::{DeviceCertificate, ListKey, ListKeyCertificate, RootKey};
    use sealpost_protocol::DeviceId;

    const HERE: ConversationId = ConversationId([1; 16]);

    fn device() -> (DeviceKey, Credential) {
        let rng = &mut OsRng;
        let (root, list, key) = (RootKey::generate(rng), ListKey::generate(rng), DeviceKey::generate(rng));
        let certificate = ListKeyCertificate::sign(&root, AccountId([2; 16]), 1, &list);
        let device = DeviceCertificate::sign(&list, &certificate, DeviceId([3; 16]), &key, 1);
        (key, Credential::new(root.public_key(), certificate, device))
    }

    fn state() -> State {
        let link = InviteLink { secret: [5; 32], expires: Some(7), uses: Some(2), used: 1, approval: true };
        let picture = Some(vec![9; 300].into());
        State { name: "Familie ❤".into(), description: "us".into(), picture, timer: Some(30), links: vec![link] }
    }

    #[test]
    fn a_state_survives_signing_and_sealing() {
        let (key, credential) = device();
        let record = Record::sign(HERE, 4, &state(), &key, &credential);
        let sealed = seal(HERE, &[8; 32], record.bytes(), &mut OsRng);
        let Some(Opened::Record(opened)) = open(HERE, &[8; 32], &sealed) else { panic!("not a record") };
        let read = Record::read(HERE, &opened).unwrap();
        assert_eq!(read, record);
        assert_eq!((read.version, &read.state, read.by()), (4, &state(), AccountId([2; 16])));
        assert!(open(HERE, &[7; 32], &sealed).is_none());
        assert!(open(ConversationId([2; 16]), &[8; 32], &sealed).is_none());
    }

    #[test]
    fn what_another_signed_or_changed_is_no_record() {
        let (key, credential) = device();
        let (thief, _) = device();
        assert!(Record::read(HERE, Record::sign(HERE, 4, &state(), &thief, &credential).bytes()).is_none());
        let record = Record::sign(HERE, 4, &state(), &key, &credential);
        assert!(Record::read(ConversationId([2; 16]), record.bytes()).is_none());
        for place in (0..record.bytes().len()).step_by(7) {
            let mut changed = record.bytes().to_vec();
            changed[place] ^= 1;
            assert!(Record::read(HERE, &changed).is_none_or(|read| read.state == record.state));
        }
    }

    #[test]
    fn a_name_of_the_first_version_is_read() {
        let plaintext = encode(&(1u8, "Cinema", Bytes(vec![0; 20])));
        let sealed = keys::seal(&[8; 32], &about(HERE), &plaintext, &mut OsRng);
        assert!(matches!(open(HERE, &[8; 32], &sealed), Some(Opened::Name(name)) if name == "Cinema"));
    }

    #[test]
    fn short_states_look_alike() {
        let (key, credential) = device();
        let len = |name: &str| {
            let state = State { name: name.into(), ..State::default() };
            seal(HERE, &[8; 32], Record::sign(HERE, 1, &state, &key, &credential).bytes(), &mut OsRng).len()
        };
        assert_eq!(len("a").div_ceil(PADDING), len("a name of some").div_ceil(PADDING));
    }

    #[test]
    fn links_end_by_time_and_use() {
        let link = InviteLink { secret: [5; 32], expires: Some(100), uses: Some(2), used: 1, approval: false };
        assert!(link.is_open(99) && !link.is_open(100));
        let mut state = State { links: vec![link], ..State::default() };
        assert!(state.apply(&StateChange::UseLink { secret: [5; 32] }));
        assert!(!state.links[0].is_open(99));
        assert!(state.apply(&StateChange::EndLink { secret: [5; 32] }));
        assert!(!state.apply(&StateChange::EndLink { secret: [5; 32] }));
    }
}
