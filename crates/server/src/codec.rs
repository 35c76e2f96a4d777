//! The two forms of everything that travels: JSON and CBOR.

use sealpost_protocol::{Problem, ProblemKind, socket};
use serde::{Serialize, de::DeserializeOwned};

/// How a body or frame is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    /// JSON (RFC 8259).
    Json,
    /// CBOR (RFC 8949).
    Cbor,
}

impl Codec {
    /// The value that `bytes` hold.
    ///
    /// # Errors
    /// `invalid-request`, with what is wrong.
    pub(crate) fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, Problem> {
        let malformed = |detail: String| Problem::new(ProblemKind::InvalidRequest).with_detail(detail);
        match self {
            // For a struct serde also takes the list of its fields.
            Self::Json if bytes.trim_ascii_start().starts_with(b"[") => {
                Err(malformed("a list is no object".to_owned()))
            }
            Self::Json => serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string())),
            Self::Cbor => socket::from_cbor(bytes).map_err(|error| malformed(error.to_string())),
        }
    }

    /// `value` in this form.
    ///
    /// # Errors
    /// `internal`, which no type of the protocol causes.
    pub(crate) fn encode<T: Serialize>(self, value: &T) -> Result<Vec<u8>, Problem> {
        let encoded = match self {
            Self::Json => serde_json::to_vec(value).map_err(|error| error.to_string()),
            Self::Cbor => socket::to_cbor(value).map_err(|error| error.to_string()),
        };
        encoded.map_err(|error| {
            tracing::error!(error, "a value could not be encoded");
            Problem::new(ProblemKind::Internal)
        })
    }
}
