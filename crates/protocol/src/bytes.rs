//! Byte strings as they travel: base64url without padding in JSON, raw in CBOR (DESIGN: "What travels").
//!
//! Decoding takes either form whatever the format, because serde's buffering of tagged enums hides which format is read.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An opaque byte string of any length.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// The bytes as base64url without padding.
    pub fn to_base64url(&self) -> String {
        encode(&self.0)
    }
}

/// `bytes` as base64url without padding.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes that `text` encodes, or nothing if it is not base64url without padding.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

impl fmt::Debug for Bytes {
    // Contents are ciphertexts, keys and tokens: their length is all a log line may hold.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({})", self.0.len())
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl<const N: usize> From<[u8; N]> for Bytes {
    fn from(bytes: [u8; N]) -> Self {
        Self(bytes.to_vec())
    }
}

impl std::ops::Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_bytes(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BytesVisitor).map(Self)
    }
}

/// Writes `bytes` in the form of the serializer's format.
pub(crate) fn serialize_bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        serializer.serialize_str(&encode(bytes))
    } else {
        serializer.serialize_bytes(bytes)
    }
}

/// Reads a byte string in either form.
pub(crate) struct BytesVisitor;

impl de::Visitor<'_> for BytesVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a byte string, or base64url without padding")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<u8>, E> {
        decode(text).ok_or_else(|| E::custom("not base64url without padding"))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }
}

/// How byte strings are described.
#[cfg(feature = "openapi")]
mod described {
    use utoipa::{
        PartialSchema, ToSchema,
        openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
    };

    use super::Bytes;

    fn text(description: &str, pattern: &str) -> RefOr<Schema> {
        let object = ObjectBuilder::new().schema_type(Type::String).description(Some(description));
        object.pattern(Some(pattern)).into()
    }

    impl PartialSchema for Bytes {
        // The last character of two or three has bits to spare, which are zero.
        fn schema() -> RefOr<Schema> {
            text(
                "bytes, as base64url without padding",
                "^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$",
            )
        }
    }

    impl ToSchema for Bytes {}

    /// In place of [`Bytes`] where there are 32 of them.
    pub struct Bytes32;

    impl PartialSchema for Bytes32 {
        fn schema() -> RefOr<Schema> {
            text("32 bytes, as base64url without padding", "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")
        }
    }

    impl ToSchema for Bytes32 {}
}

#[cfg(feature = "openapi")]
pub use described::Bytes32;
