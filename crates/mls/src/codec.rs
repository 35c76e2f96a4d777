//! CBOR as this crate writes it: deterministic, because only arrays, integers and byte strings of fixed order are
//! written. Structures are arrays that begin with a format version. Independent of what is encoded.

use sealpost_protocol::Bytes;
use serde::{Serialize, de::DeserializeOwned};

/// Bytes that are not the structure that was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed")]
pub(crate) struct Malformed;

/// The CBOR of `value`.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a vector cannot fail, and the types of this crate always serialize.
    let written = ciborium::into_writer(value, &mut bytes);
    debug_assert!(written.is_ok());
    bytes
}

/// The value whose CBOR is exactly `bytes`.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Malformed> {
    let mut rest = bytes;
    let value = ciborium::from_reader(&mut rest).map_err(|_| Malformed)?;
    if rest.is_empty() { Ok(value) } else { Err(Malformed) }
}

/// The value whose deterministic CBOR is exactly `bytes`: another spelling of the same value is refused, so that a
/// signed structure has one encoding only.
pub(crate) fn decode_canonical<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, Malformed> {
    let value = decode(bytes)?;
    if encode(&value) == bytes { Ok(value) } else { Err(Malformed) }
}

/// [`decode_canonical`] of at most `max` bytes.
pub(crate) fn decode_at_most<T: Serialize + DeserializeOwned>(bytes: &[u8], max: usize) -> Result<T, Malformed> {
    if bytes.len() > max { Err(Malformed) } else { decode_canonical(bytes) }
}

/// A number that is kept in databases, whose numbers are signed: what is larger is nobody's honest count.
pub(crate) fn countable(number: u64) -> Result<u64, Malformed> {
    if i64::try_from(number).is_ok() { Ok(number) } else { Err(Malformed) }
}

/// A byte string of exactly `N` bytes.
pub(crate) fn fixed<const N: usize>(bytes: &Bytes) -> Result<[u8; N], Malformed> {
    bytes.0.as_slice().try_into().map_err(|_| Malformed)
}
