//! Identifiers. Each is a type of its own, so that one cannot be passed where another is meant.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::bytes::{BytesVisitor, decode, encode, serialize_bytes};

/// A text that is not an identifier: those are 22 characters of base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identifier is 22 characters of base64url")]
pub struct InvalidId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// 16 random bytes; 22 characters of base64url as text.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub [u8; 16]);

        impl $name {
            /// The identifier with these 16 bytes, or nothing if there are more or fewer.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// The 16 bytes.
            pub fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                decode(text).and_then(|bytes| Self::from_slice(&bytes)).ok_or(InvalidId)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serialize_bytes(&self.0, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let bytes = deserializer.deserialize_any(BytesVisitor)?;
                Self::from_slice(&bytes).ok_or_else(|| de::Error::custom("an identifier has 16 bytes"))
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some("^[A-Za-z0-9_-]{21}[AQgw]$"))
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    )*};
}

ids! {
    /// A person on this server.
    AccountId;
    /// One installation of a person, one MLS leaf in each of its conversations.
    DeviceId;
    /// A direct chat or a group.
    ConversationId;
    /// Made by a client for one entry, claim or message of its own; makes repeating a request harmless.
    ClientId;
    /// A sign-in between its two steps.
    SignInId;
    /// A passkey of an account, named by the client; not what its authenticator calls it.
    PasskeyId;
    /// An invite link of a group.
    LinkId;
    /// A request to join a group by a link.
    RequestId;
    /// An encrypted attachment; chosen by the client that uploads it. Whoever is told of it may read it.
    BlobId;
}
