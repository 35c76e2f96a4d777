//! The body of a message: parts, which may hold parts (`NestedPart` of the draft).

use std::fmt;

use ciborium::Value;

/// A part with what it is for.
#[derive(Debug, Clone, PartialEq)]
pub struct NestedPart {
    /// What it is for.
    pub disposition: Disposition,
    /// Language tags (RFC 5646), separated by commas; empty if unknown.
    pub language: String,
    /// What it holds.
    pub body: Body,
}

macro_rules! dispositions {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        /// What a part is for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Disposition {
            $($(#[$doc])* $name,)*
            /// One that this version does not know.
            Unknown(u8),
        }

        impl From<u8> for Disposition {
            fn from(number: u8) -> Self {
                match number { $($number => Self::$name,)* unknown => Self::Unknown(unknown) }
            }
        }

        impl From<Disposition> for u8 {
            fn from(disposition: Disposition) -> Self {
                match disposition { $(Disposition::$name => $number,)* Disposition::Unknown(number) => number }
            }
        }
    };
}

dispositions! {
    /// Nothing said.
    Unspecified = 0;
    /// To be shown.
    Render = 1;
    /// A reaction to another message.
    Reaction = 2;
    /// About the sender.
    Profile = 3;
    /// To be shown within the chat.
    Inline = 4;
    /// A small picture of something.
    Icon = 5;
    /// To be downloaded.
    Attachment = 6;
    /// A call, or how to join one.
    Session = 7;
    /// A preview made by the sender.
    Preview = 8;
}

/// What a part holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Nothing: a deletion, or a reaction taken back.
    Null,
    /// A document.
    Single {
        /// Its media type.
        content_type: String,
        /// Its bytes.
        content: Vec<u8>,
    },
    /// A document that is kept elsewhere.
    External(Box<External>),
    /// Several parts.
    Multi {
        /// How they belong together.
        semantics: Semantics,
        /// At least two.
        parts: Vec<NestedPart>,
    },
    /// A kind of part that this version does not know.
    Unknown {
        /// Its number, above 3.
        cardinality: u64,
        /// What follows it.
        fields: Vec<Value>,
    },
}

/// How the parts of a [`Body::Multi`] belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Semantics {
    /// The receiver takes one.
    ChooseOne,
    /// All are one thing, or nothing of it.
    SingleUnit,
    /// Each is taken by itself.
    ProcessAll,
}

impl Semantics {
    /// The semantics with this number, if there are such.
    pub(super) fn from_number(number: u64) -> Option<Self> {
        [Self::ChooseOne, Self::SingleUnit, Self::ProcessAll].into_iter().find(|known| known.number() == number)
    }

    /// The number in the format.
    pub(super) fn number(self) -> u64 {
        match self {
            Self::ChooseOne => 0,
            Self::SingleUnit => 1,
            Self::ProcessAll => 2,
        }
    }
}

/// A document that is kept elsewhere, usually encrypted.
#[derive(Clone, PartialEq, Eq)]
pub struct External {
    /// Its media type.
    pub content_type: String,
    /// Where it is.
    pub url: String,
    /// Until when, in seconds since the Unix epoch; 0 for ever.
    pub expires: u32,
    /// Its size in bytes; 0 if unknown.
    pub size: u64,
    /// IANA's number of the AEAD algorithm; 0 for none.
    pub encryption: u16,
    /// The AEAD key.
    pub key: Vec<u8>,
    /// The AEAD nonce.
    pub nonce: Vec<u8>,
    /// The AEAD's additional data.
    pub aad: Vec<u8>,
    /// IANA's number of the hash algorithm for named information; 0 for none.
    pub hash_algorithm: u8,
    /// Hash of what is at `url`.
    pub content_hash: Vec<u8>,
    /// For people; may be empty.
    pub description: String,
    /// A name to save it under; may be empty.
    pub filename: String,
}

impl fmt::Debug for External {
    // The key opens the document.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("External")
            .field("content_type", &self.content_type)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl NestedPart {
    /// A document in no particular language.
    pub fn single(disposition: Disposition, content_type: &str, content: &[u8]) -> Self {
        let body = Body::Single { content_type: content_type.to_owned(), content: content.to_vec() };
        Self { disposition, language: String::new(), body }
    }

    /// The text that stands for the part: the first that the semantics allow to be shown alone.
    pub(super) fn shown_text(&self) -> Option<&str> {
        if !matches!(self.disposition, Disposition::Unspecified | Disposition::Render | Disposition::Inline) {
            return None;
        }
        match &self.body {
            Body::Single { content_type, content } if is_text(content_type) => std::str::from_utf8(content).ok(),
            Body::Multi { semantics: Semantics::ChooseOne | Semantics::ProcessAll, parts } => {
                parts.iter().find_map(Self::shown_text)
            }
            _ => None,
        }
    }
}

/// Whether documents of this media type are readable as they are; parameters do not matter for that.
fn is_text(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    ["text/markdown", "text/plain"].iter().any(|known| essence.eq_ignore_ascii_case(known))
}
