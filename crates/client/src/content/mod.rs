//! What messages say: the IETF MIMI message format (draft-ietf-mimi-content-08, CBOR), and the envelope in which it is
//! encrypted ([`envelope`]). Independent of MLS, of the server and of how messages are stored or shown.
//!
//! What this version does not know (parts, extensions, dispositions) is kept. A message that is passed on travels with
//! its original bytes: [`Content`] holds them beside their meaning.

pub(crate) mod attachment;
mod codec;
pub mod envelope;
pub mod kind;
mod links;
pub mod markdown;
pub mod mention;
mod message_id;
mod part;
pub mod poll;
pub mod preview;
#[cfg(test)]
mod shown;
#[cfg(test)]
mod vectors;

pub use codec::{CONTENT_MAX, ContentError, DEPTH_MAX, PARTS_MAX};
pub(crate) use envelope::padded_size;
pub use envelope::{Envelope, EnvelopeError, LogReference};
pub use kind::{Change, Kind};
pub use message_id::{MessageId, account_uri, conversation_uri};
pub use part::{Body, Disposition, External, NestedPart, Semantics};

use ciborium::Value;
use sealpost_protocol::{AccountId, ConversationId};

/// Largest text of a message, in bytes of UTF-8.
pub const TEXT_MAX: usize = 64 * 1024;
/// Length of a salt in bytes.
pub const SALT_LEN: usize = 16;
/// The content type of texts: GitHub Flavored Markdown as MIMI restricts it.
pub const MARKDOWN: &str = "text/markdown;variant=GFM-MIMI";

/// One message: `mimiContent` of the draft.
#[derive(Debug, Clone, PartialEq)]
pub struct MimiContent {
    /// Random; makes equal messages differ in their ids.
    pub salt: [u8; SALT_LEN],
    /// The message that this one edits or deletes, or the reaction that it takes back.
    pub replaces: Option<MessageId>,
    /// Groups messages by topic; empty for none.
    pub topic_id: Vec<u8>,
    /// When the message is to be deleted.
    pub expires: Option<Expiration>,
    /// The message that this one answers or reacts to.
    pub in_reply_to: Option<MessageId>,
    /// Further fields by name; no name twice.
    pub extensions: Vec<(ExtensionName, Value)>,
    /// What it says.
    pub body: NestedPart,
}

/// When a message is to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiration {
    /// So many seconds after it was read.
    AfterReading(u32),
    /// At this time, in seconds since the Unix epoch.
    At(u32),
}

/// Names an extension.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExtensionName {
    /// Registered if positive, for private use if negative; exact as a double, so within 2^53 - 1 of zero.
    Number(i64),
    /// For private use: 1 to 255 bytes of UTF-8.
    Text(String),
}

impl ExtensionName {
    /// The sender's URI.
    pub const SENDER_URI: Self = Self::Number(1);
    /// The room's URI.
    pub const ROOM_URI: Self = Self::Number(2);

    /// Private: the message is a copy of one from elsewhere; its value is true.
    pub fn forwarded() -> Self {
        Self::Text("sealpost-forwarded".to_owned())
    }
}

impl MimiContent {
    /// A message of `sender` in `conversation` that says `body`. `salt` has to be random.
    pub fn new(sender: AccountId, conversation: ConversationId, salt: [u8; SALT_LEN], body: NestedPart) -> Self {
        let extensions = vec![
            (ExtensionName::SENDER_URI, Value::Text(account_uri(sender))),
            (ExtensionName::ROOM_URI, Value::Text(conversation_uri(conversation))),
        ];
        Self { salt, replaces: None, topic_id: Vec::new(), expires: None, in_reply_to: None, extensions, body }
    }

    /// A text of `sender` in `conversation`. `salt` has to be random.
    ///
    /// # Errors
    /// [`ContentError::TextTooLarge`] above [`TEXT_MAX`].
    pub fn text(
        markdown: &str,
        sender: AccountId,
        conversation: ConversationId,
        salt: [u8; SALT_LEN],
    ) -> Result<Self, ContentError> {
        if markdown.len() > TEXT_MAX {
            return Err(ContentError::TextTooLarge);
        }
        let body = NestedPart::single(Disposition::Render, MARKDOWN, markdown.as_bytes());
        Ok(Self::new(sender, conversation, salt, body))
    }

    /// Moves the message to another conversation before it was sent anywhere.
    pub fn move_to(&mut self, conversation: ConversationId) {
        self.extensions.retain(|(name, _)| *name != ExtensionName::ROOM_URI);
        self.extensions.push((ExtensionName::ROOM_URI, Value::Text(conversation_uri(conversation))));
    }

    /// Whether it is a copy of a message from elsewhere.
    pub fn is_forwarded(&self) -> bool {
        let forwarded = (ExtensionName::forwarded(), Value::Bool(true));
        self.extensions.contains(&forwarded)
    }

    /// The text that stands for the whole message, if it is a new text and one that this version can show.
    pub fn shown_text(&self) -> Option<&str> {
        match self.replaces {
            None => self.body.shown_text(),
            Some(_) => None,
        }
    }
}

/// A message with the bytes that it travelled or will travel in.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    meaning: MimiContent,
    bytes: Vec<u8>,
}

impl Content {
    /// `meaning` with its deterministic encoding (RFC 8949 section 4.2.1).
    ///
    /// # Errors
    /// When it is larger or deeper than a message may be, or not one that the format can express.
    pub fn new(meaning: MimiContent) -> Result<Self, ContentError> {
        let bytes = codec::encode(&meaning)?;
        // What could not be read again must not be sent.
        codec::decode(&bytes)?;
        Ok(Self { meaning, bytes })
    }

    /// What `bytes` mean.
    ///
    /// # Errors
    /// When they are not a message, or one larger or deeper than a message may be.
    pub fn decode(bytes: &[u8]) -> Result<Self, ContentError> {
        Ok(Self { meaning: codec::decode(bytes)?, bytes: bytes.to_vec() })
    }

    /// What it means.
    pub fn meaning(&self) -> &MimiContent {
        &self.meaning
    }

    /// The bytes, as they were made or received.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its message id in a conversation, from an account.
    pub fn id_in(&self, conversation: ConversationId, sender: AccountId) -> MessageId {
        self.message_id(&account_uri(sender), &conversation_uri(conversation))
    }

    /// Its message id in the given room, from the given sender.
    pub fn message_id(&self, sender_uri: &str, room_uri: &str) -> MessageId {
        MessageId::derive(sender_uri, room_uri, &self.bytes, &self.meaning.salt)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SENDER: AccountId = AccountId([1; 16]);
    const ROOM: ConversationId = ConversationId([2; 16]);

    #[test]
    fn a_text_is_shown_as_it_was_written() {
        let text = MimiContent::text("*hello*\n❤", SENDER, ROOM, [3; SALT_LEN]).unwrap();
        let received = Content::decode(Content::new(text).unwrap().bytes()).unwrap();
        assert_eq!(received.meaning().shown_text(), Some("*hello*\n❤"));
    }

    #[test]
    fn a_text_of_the_largest_size_is_taken_and_one_byte_more_is_not() {
        let largest = MimiContent::text(&"x".repeat(TEXT_MAX), SENDER, ROOM, [3; SALT_LEN]).unwrap();
        Content::new(largest).unwrap();
        let too_large = MimiContent::text(&"x".repeat(TEXT_MAX + 1), SENDER, ROOM, [3; SALT_LEN]);
        assert!(matches!(too_large, Err(ContentError::TextTooLarge)));
    }

    #[test]
    fn an_edit_is_not_shown_as_a_new_text() {
        let mut edit = MimiContent::text("better", SENDER, ROOM, [3; SALT_LEN]).unwrap();
        edit.replaces = Some(MessageId([4; 32]));
        assert_eq!(edit.shown_text(), None);
    }

    #[test]
    fn equal_texts_have_ids_of_their_own() {
        let id = |salt| {
            let content = Content::new(MimiContent::text("hi", SENDER, ROOM, salt).unwrap()).unwrap();
            content.message_id(&account_uri(SENDER), &conversation_uri(ROOM))
        };
        assert_ne!(id([1; SALT_LEN]), id([2; SALT_LEN]));
    }
}
