//! What a segment of the archive holds, and how it is sealed.
//!
//! CBOR: `[1, [kind, suite, name, peer], messages, amendments, notices]`, after its length in 4 bytes, padded with zeros to
//! one of the sizes that messages have. Sealed under a key derived of the archive key, together with account, conversation,
//! range and revision: a segment opens nowhere else, and not in place of a later one.

use sealpost_protocol::{
    AccountId, Bytes, ClientId, ConversationId, Timestamp,
    archive::{ArchiveSegment, SEGMENT_MAX},
    conversation::ConversationKind,
};

use crate::{
    content::{MessageId, padded_size},
    engine::keys::{self, Key},
    redacted::redacted,
    store::{Amendment, AmendmentKind, Own, Range},
};

const FORMAT: u8 = 1;
const LENGTH_LEN: usize = 4;

/// Which segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub conversation: ConversationId,
    pub range: Range,
    pub revision: u64,
}

impl From<&ArchiveSegment> for Place {
    fn from(segment: &ArchiveSegment) -> Self {
        let range = (segment.first, segment.last);
        Self { conversation: segment.conversation, range, revision: segment.revision }
    }
}

/// What is known of the conversation itself, for a device that finds it nowhere else.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct About {
    pub kind: ConversationKind,
    pub suite: u16,
    pub name: Option<String>,
    pub peer: Option<AccountId>,
}

/// A message.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ArchivedMessage {
    pub id: ClientId,
    pub seq: u64,
    pub time: Timestamp,
    pub sender: AccountId,
    /// As it travelled; nothing of one that its author deleted.
    pub content: Option<Vec<u8>>,
    pub message_id: Option<MessageId>,
}

/// Something that happened, as the timeline keeps it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ArchivedNotice {
    pub seq: u64,
    pub time: Timestamp,
    pub notice: Vec<u8>,
}

/// What was said and what happened in a range of a log.
#[derive(Clone)]
pub(crate) struct Segment {
    pub about: About,
    pub messages: Vec<ArchivedMessage>,
    pub amendments: Vec<Amendment>,
    pub notices: Vec<ArchivedNotice>,
}

redacted!(About, ArchivedMessage, ArchivedNotice, Segment);

type AboutFields = (u8, u16, Option<String>, Option<Bytes>);
type MessageFields = (Bytes, u64, u64, Bytes, Option<Bytes>, Option<Bytes>);
type AmendmentFields = (Bytes, Bytes, Bytes, u8, Bytes, u64, u64, Bytes, Option<u32>);
type NoticeFields = (u64, u64, Bytes);
type Fields = (u8, AboutFields, Vec<MessageFields>, Vec<AmendmentFields>, Vec<NoticeFields>);

impl Segment {
    /// How many things it holds.
    pub(crate) fn len(&self) -> usize {
        self.messages.len() + self.amendments.len() + self.notices.len()
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let bytes = |bytes: &[u8]| Bytes(bytes.to_vec());
        let About { kind, suite, name, peer } = &self.about;
        let about = (u8::from(*kind == ConversationKind::Group), *suite, name.clone(), peer.map(|peer| bytes(&peer.0)));
        let message = |m: &ArchivedMessage| -> MessageFields {
            let content = m.content.as_deref().map(bytes);
            (bytes(&m.id.0), m.seq, m.time, bytes(&m.sender.0), content, m.message_id.map(|id| bytes(&id.0)))
        };
        let amendment = |a: &Amendment| -> AmendmentFields {
            let (id, own_id, target) = (bytes(&a.client_id.0), bytes(&a.message_id.0), bytes(&a.target.0));
            let seq = a.seq.unwrap_or_default();
            (id, own_id, target, a.kind as u8, bytes(&a.sender.0), seq, a.time, bytes(&a.content), a.expires_in)
        };
        let notice = |n: &ArchivedNotice| -> NoticeFields { (n.seq, n.time, bytes(&n.notice)) };
        let fields: Fields = (
            FORMAT,
            about,
            self.messages.iter().map(message).collect(),
            self.amendments.iter().map(amendment).collect(),
            self.notices.iter().map(notice).collect(),
        );
        let mut encoded = Vec::new();
        let written = ciborium::into_writer(&fields, &mut encoded);
        debug_assert!(written.is_ok());
        encoded
    }

    /// Reads what [`Self::encode`] wrote, if all of it is from this range.
    pub(crate) fn decode(encoded: &[u8], (first, last): Range) -> Option<Self> {
        let (format, about, messages, amendments, notices): Fields = ciborium::from_reader(encoded).ok()?;
        (format == FORMAT).then_some(())?;
        let (kind, suite, name, peer) = about;
        let kind = if kind == 0 { ConversationKind::Direct } else { ConversationKind::Group };
        let peer = peer.map(|peer| AccountId::from_slice(&peer).ok_or(())).transpose().ok()?;
        let segment = Self {
            about: About { kind, suite, name, peer },
            messages: messages.into_iter().map(message).collect::<Option<_>>()?,
            amendments: amendments.into_iter().map(amendment).collect::<Option<_>>()?,
            notices: notices
                .into_iter()
                .map(|(seq, time, notice)| ArchivedNotice { seq, time, notice: notice.0 })
                .collect(),
        };
        let seqs = segment.messages.iter().map(|message| message.seq);
        let seqs = seqs.chain(segment.amendments.iter().filter_map(|amendment| amendment.seq));
        let mut seqs = seqs.chain(segment.notices.iter().map(|notice| notice.seq));
        seqs.all(|seq| (first..=last).contains(&seq)).then_some(segment)
    }

    /// Seals it for its place in an account's archive.
    pub(crate) fn seal(
        &self,
        archive_key: &Key,
        account: AccountId,
        place: Place,
        rng: &mut dyn sealpost_mls::Randomness,
    ) -> Vec<u8> {
        keys::seal(&segment_key(archive_key), &associated(account, place), &self.pad(), rng)
    }

    /// What of it is sealed.
    pub(crate) fn pad(&self) -> Vec<u8> {
        let encoded = self.encode();
        let mut padded = u32::try_from(encoded.len()).unwrap_or(u32::MAX).to_be_bytes().to_vec();
        padded.extend(encoded);
        padded.resize(padded_size(padded.len()), 0);
        padded
    }

    /// Opens a segment that a device of the account sealed for this place.
    pub(crate) fn open(archive_key: &Key, account: AccountId, place: Place, sealed: &[u8]) -> Option<Self> {
        if sealed.len() > SEGMENT_MAX {
            return None;
        }
        let padded = keys::open(&segment_key(archive_key), &associated(account, place), sealed)?;
        Self::unpad(&padded, place.range)
    }

    /// Reads what [`Self::pad`] wrote.
    pub(crate) fn unpad(padded: &[u8], range: Range) -> Option<Self> {
        let (length, rest) = padded.split_at_checked(LENGTH_LEN)?;
        let length = usize::try_from(u32::from_be_bytes(length.try_into().ok()?)).ok()?;
        Self::decode(rest.get(..length)?, range)
    }
}

fn message((id, seq, time, sender, content, message_id): MessageFields) -> Option<ArchivedMessage> {
    let message_id = message_id.map(|id| <[u8; 32]>::try_from(id.as_ref()).map(MessageId)).transpose().ok()?;
    Some(ArchivedMessage {
        id: ClientId::from_slice(&id)?,
        seq,
        time,
        sender: AccountId::from_slice(&sender)?,
        content: content.map(|content| content.0),
        message_id,
    })
}

fn amendment(fields: AmendmentFields) -> Option<Amendment> {
    let (client_id, message_id, target, kind, sender, seq, time, content, expires_in) = fields;
    Some(Amendment {
        client_id: ClientId::from_slice(&client_id)?,
        message_id: MessageId(message_id.as_ref().try_into().ok()?),
        target: MessageId(target.as_ref().try_into().ok()?),
        kind: AmendmentKind::from_number(kind)?,
        sender: AccountId::from_slice(&sender)?,
        own: Own::No,
        seq: Some(seq),
        time,
        content: content.0,
        expires_in,
        failure: None,
    })
}

fn segment_key(archive_key: &Key) -> Key {
    keys::derive(&**archive_key, "sealpost archive segments v1")
}

fn associated(account: AccountId, place: Place) -> Vec<u8> {
    let Place { conversation, range: (first, last), revision } = place;
    let numbers = [first, last, revision].map(u64::to_be_bytes).concat();
    [b"sealpost archive v1".as_slice(), account.as_bytes(), conversation.as_bytes(), &numbers].concat()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::rngs::OsRng;
    use zeroize::Zeroizing;

    const ALICE: AccountId = AccountId([1; 16]);

    fn segment() -> Segment {
        let message = |seq: u64, content: Option<&[u8]>| ArchivedMessage {
            id: ClientId([seq as u8; 16]),
            seq,
            time: seq * 100,
            sender: ALICE,
            content: content.map(<[u8]>::to_vec),
            message_id: Some(MessageId([seq as u8; 32])),
        };
        Segment {
            about: About { kind: ConversationKind::Group, suite: 1, name: Some("Choir".to_owned()), peer: Some(ALICE) },
            messages: vec![message(4, Some(b"la la la")), message(5, None)],
            amendments: vec![Amendment {
                client_id: ClientId([8; 16]),
                message_id: MessageId([8; 32]),
                target: MessageId([4; 32]),
                kind: AmendmentKind::React,
                sender: ALICE,
                own: Own::No,
                seq: Some(8),
                time: 800,
                content: "❤".as_bytes().to_vec(),
                expires_in: None,
                failure: None,
            }],
            notices: vec![ArchivedNotice { seq: 7, time: 700, notice: vec![1, 2] }],
        }
    }

    fn place() -> Place {
        Place { conversation: ConversationId([3; 16]), range: (4, 9), revision: 2 }
    }

    #[test]
    fn a_segment_opens_in_its_own_place_and_nowhere_else() {
        let key = Zeroizing::new([7; 32]);
        let sealed = segment().seal(&key, ALICE, place(), &mut OsRng);
        assert!(!sealed.windows(5).any(|part| part == b"la la" || part == b"Choir"));
        let opened = Segment::open(&key, ALICE, place(), &sealed).unwrap();
        assert_eq!(opened.encode(), segment().encode());
        for other in [
            Place { conversation: ConversationId([4; 16]), ..place() },
            Place { range: (4, 10), ..place() },
            Place { range: (3, 9), ..place() },
            Place { revision: 1, ..place() },
        ] {
            assert!(Segment::open(&key, ALICE, other, &sealed).is_none(), "{other:?}");
        }
        assert!(Segment::open(&key, AccountId([2; 16]), place(), &sealed).is_none());
        assert!(Segment::open(&Zeroizing::new([8; 32]), ALICE, place(), &sealed).is_none());
        assert!(Segment::open(&key, ALICE, place(), &sealed[..sealed.len() - 1]).is_none());
        assert!(Segment::open(&key, ALICE, place(), &[]).is_none());
        for byte in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[byte] ^= 1;
            assert!(Segment::open(&key, ALICE, place(), &changed).is_none());
        }
    }

    #[test]
    fn its_size_says_little_of_what_it_holds() {
        let key = Zeroizing::new([7; 32]);
        let mut longer = segment();
        longer.messages[0].content = Some(b"la la la la la la la la".to_vec());
        let sizes = [segment(), longer].map(|segment| segment.seal(&key, ALICE, place(), &mut OsRng).len());
        assert_eq!(sizes[0], sizes[1]);
    }

    #[test]
    fn what_is_from_another_range_is_malformed() {
        let encoded = segment().encode();
        assert!(Segment::decode(&encoded, (4, 8)).is_some());
        for range in [(5, 9), (1, 7), (0, 0)] {
            assert!(Segment::decode(&encoded, range).is_none(), "{range:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn garbage_is_malformed(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            proptest::prop_assert!(Segment::unpad(&bytes, (0, u64::MAX)).is_none());
        }
    }
}
