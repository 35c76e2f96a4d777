//! What the engine reads of what others and own devices wrote, decoder by decoder, for fuzz targets. What travels sealed is
//! read here as it is when it was opened: whoever has the key may have sealed anything. Each gives what it read, encoded
//! again; nothing if it refuses.

use sealpost_protocol::{Bytes, ConversationId};

use super::{
    archive, changes, follow_link, keys, linking, links,
    pins::Pins,
    records::Record,
    recovery::RecoveryCode,
    state_record::{self, Opened, State},
    vault,
};

/// The conversation whose members sign the states that are read here.
pub const CONVERSATION: ConversationId = ConversationId([1; 16]);

/// The keys in an account's backup.
pub fn backup(plaintext: &[u8]) -> Option<Vec<u8>> {
    Some(keys::AccountKeys::decode(plaintext)?.encode().to_vec())
}

/// The keys that one device hands over to another.
pub fn shared_keys(plaintext: &[u8]) -> Option<Vec<u8>> {
    Some(keys::SharedKeys::decode(plaintext)?.encode().to_vec())
}

/// What the device that is signed in answers to a new one.
pub fn link_answer(bytes: &[u8]) -> Option<Vec<u8>> {
    Some(linking::LinkAnswer::decode(bytes)?.encode())
}

/// What a new device reveals of itself.
pub fn link_reveal(bytes: &[u8]) -> Option<Vec<u8>> {
    Some(linking::LinkReveal::decode(bytes)?.encode())
}

/// What brings a new device the account's keys.
pub fn link_approval(bytes: &[u8]) -> Option<Vec<u8>> {
    Some(linking::LinkApproval::decode(bytes)?.encode())
}

/// The code of a new device as it is typed or scanned.
pub fn link_code(text: &[u8]) -> Option<Vec<u8>> {
    Some(linking::SeenCode::parse(std::str::from_utf8(text).ok()?)?.number.into_bytes())
}

/// Name and value of a record of the vault.
pub fn vault_record(plaintext: &[u8]) -> Option<Vec<u8>> {
    let (name, value) = vault::decode_record(plaintext)?;
    Some(vault::encode_record(&name, &value))
}

/// A segment of the archive, of whatever range.
pub fn archive_segment(padded: &[u8]) -> Option<Vec<u8>> {
    Some(archive::Segment::unpad(padded, (0, u64::MAX))?.pad())
}

/// How a conversation stands, as two own devices agree on it that both have this record.
pub fn agreed_record(value: &[u8]) -> Option<Vec<u8>> {
    let record = Record::decode(value)?;
    let agreed = Record::merge("chat/", record.clone(), record);
    assert!(Record::merge("chat/", agreed.clone(), agreed.clone()) == agreed, "devices never agree on it");
    Some(agreed.encode())
}

/// Root keys that were seen, as two own devices agree on them that both have this record.
pub fn pins(value: &[u8]) -> Option<Vec<u8>> {
    let pins = Pins::decode(value)?;
    Some(pins.clone().merge(pins).encode())
}

/// What is sealed of a conversation's state.
pub fn sealed_state(plaintext: &[u8]) -> Option<Vec<u8>> {
    match state_record::decode_sealed(plaintext)? {
        Opened::Record(record) => Some(state_record::encode_sealed(&record)),
        // The first version's, which is written no more.
        Opened::Name(_) => None,
    }
}

/// A conversation's state with its writer's signature.
pub fn state_record(bytes: &[u8]) -> Option<Vec<u8>> {
    Some(state_record::Record::read(CONVERSATION, bytes)?.bytes().to_vec())
}

/// A conversation's state as its writer signs it.
pub fn state(body: &[u8]) -> Option<Vec<u8>> {
    let (version, state) = State::decode(body)?;
    Some(state.encode(version))
}

/// What a message tells of a change of the state.
pub fn announcement(content: &[u8]) -> Option<Vec<u8>> {
    Some(changes::Announcement::decode(content)?.encode())
}

/// What an invite link shows.
pub fn link_preview(plaintext: &[u8]) -> Option<Vec<u8>> {
    Some(links::encode_preview(&links::decode_preview(plaintext)?))
}

/// The fragment of an invite link.
pub fn link_fragment(text: &[u8]) -> Option<Vec<u8>> {
    let secret = follow_link::read_fragment(std::str::from_utf8(text).ok()?).ok()?;
    Some(Bytes::from(secret).to_base64url().into_bytes())
}

/// A recovery code as it is typed.
pub fn recovery_code(text: &[u8]) -> Option<Vec<u8>> {
    Some(RecoveryCode::parse(std::str::from_utf8(text).ok()?)?.to_text().into_bytes())
}
