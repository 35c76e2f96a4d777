//! What everyone can read of an application message: the header of its `PrivateMessage` (RFC 9420 section 6.3).
//! Independent of groups and of cryptography: it says what the message claims, not that anyone can decrypt it.

use tls_codec::{TlsDeserialize, TlsSize, VLBytes};

use crate::{
    GroupId, PublicError,
    wire::{MLS_10, from_tls},
};

const WIRE_FORMAT_PRIVATE_MESSAGE: u16 = 2;
const CONTENT_TYPE_APPLICATION: u8 = 1;

/// Which group and epoch an application message was made in, as it says itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApplicationHeader {
    /// The group.
    pub group: GroupId,
    /// Its epoch.
    pub epoch: u64,
}

/// `MLSMessage` with a `PrivateMessage`.
#[derive(TlsDeserialize, TlsSize)]
struct PrivateMessage {
    version: u16,
    wire_format: u16,
    group_id: VLBytes,
    epoch: u64,
    content_type: u8,
    // Read so that a message ends where it should.
    _authenticated_data: VLBytes,
    _encrypted_sender_data: VLBytes,
    _ciphertext: VLBytes,
}

impl ApplicationHeader {
    /// Reads the header of a serialised `MLSMessage`.
    ///
    /// # Errors
    /// If it is anything but exactly one `PrivateMessage` with application content of a Sealpost group.
    pub fn read(message: &[u8]) -> Result<Self, PublicError> {
        let malformed = PublicError::Malformed("application message");
        let Ok(message) = from_tls::<PrivateMessage>(message) else { return Err(malformed) };
        let is_application = message.version == MLS_10
            && message.wire_format == WIRE_FORMAT_PRIVATE_MESSAGE
            && message.content_type == CONTENT_TYPE_APPLICATION;
        match GroupId::from_bytes(message.group_id.as_slice()) {
            Some(group) if is_application => Ok(Self { group, epoch: message.epoch }),
            _ => Err(malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{Chat, Person, each_suite};

    #[test]
    fn a_message_says_where_it_was_made_and_a_commit_is_none() {
        each_suite(|suite| {
            let chat = Chat::direct(suite, &Person::new(1), &Person::new(2));
            let mut group = chat.group(0);
            let message = chat.devices[0].run(|context| group.encrypt(context, b"text")).unwrap();
            let header = ApplicationHeader::read(&message).unwrap();
            assert_eq!(header, ApplicationHeader { group: chat.id, epoch: chat.view.epoch() });
            let commit = chat.make(0, |group, context| group.update(context)).commit;
            assert!(ApplicationHeader::read(&commit).is_err());
        });
    }

    #[test]
    fn anything_else_is_malformed() {
        let chat = Chat::direct(crate::Suite::default(), &Person::new(1), &Person::new(2));
        let mut group = chat.group(0);
        let message = chat.devices[0].run(|context| group.encrypt(context, b"text")).unwrap();
        let content_type = 2 + 2 + 1 + 24 + 8;
        for place in [1, 3, 4, content_type] {
            let mut changed = message.clone();
            changed[place] ^= 2;
            assert!(ApplicationHeader::read(&changed).is_err(), "byte {place}");
        }
        assert!(ApplicationHeader::read(&message[..message.len() - 1]).is_err());
        assert!(ApplicationHeader::read(&[message.as_slice(), &[0]].concat()).is_err());
        assert!(ApplicationHeader::read(&[]).is_err());
    }
}
