//! What is encrypted for a conversation: a message, the sender's place in the log, and padding that hides the size.
//!
//! CBOR: `[version, message, log reference, padding]` with a log reference `[seq, hash]` or null, and, where the sender tells
//! their account's devices, a field more: `[version, message, log reference, devices, padding]`. The whole envelope is
//! padded to a multiple of 256 bytes up to 4 KiB, and above that to sizes of which each is at most 12 % larger than the
//! one before.

use ciborium::Value;

use super::{CONTENT_MAX, ContentError, codec};

/// The version of an envelope without devices, and of one with them.
const VERSION: u64 = 1;
const VERSION_WITH_DEVICES: u64 = 2;
/// Sizes up to this one are multiples of [`SMALL_STEP`].
const SMALL_MAX: usize = 4096;
const SMALL_STEP: usize = 256;
/// Above, each size is the one before and this part of it more: 3/25 is 12 %.
const LARGE_STEP: (usize, usize) = (3, 25);
/// Most bytes of an envelope beside its message: heads of array and strings, version, log reference.
const OVERHEAD_MAX: usize = 64;
/// The padding's head: a byte string whose length is written in 4 bytes whatever it is, so that every size can be reached.
const PADDING_HEAD: u8 = 0x5a;
const PADDING_HEAD_LEN: usize = 5;

/// A message on its way, as it is before encryption and after decryption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The encoded message ([`super::Content::bytes`]).
    pub content: Vec<u8>,
    /// The newest entry that the sender had taken.
    pub log: Option<LogReference>,
    /// The newest device list of the sender's account, with the certificate of the key that signed it.
    pub devices: Option<Vec<u8>>,
}

/// A place in the conversation's log as its sender saw it. Receivers compare it with theirs: a server that shows
/// different logs to different people is found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogReference {
    /// Number of the entry.
    pub seq: u64,
    /// Running hash up to and with it.
    pub hash: [u8; 32],
}

/// Why something is not an envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// Of a later version of the app.
    #[error("the message needs a newer version of this app")]
    Version,
    /// Too large for a message.
    #[error("the message is too large")]
    TooLarge,
    /// Not as the format has it.
    #[error("the message's envelope is malformed")]
    Malformed,
}

impl From<ContentError> for EnvelopeError {
    fn from(_: ContentError) -> Self {
        Self::Malformed
    }
}

impl Envelope {
    /// The bytes to encrypt.
    ///
    /// # Errors
    /// [`EnvelopeError::TooLarge`] when the message, with the list, is larger than [`CONTENT_MAX`].
    pub fn encode(&self) -> Result<Vec<u8>, EnvelopeError> {
        if !self.fits() {
            return Err(EnvelopeError::TooLarge);
        }
        let log =
            self.log.map_or(Value::Null, |log| Value::Array(vec![log.seq.into(), Value::Bytes(log.hash.to_vec())]));
        let devices = self.devices.clone().map(Value::Bytes);
        // The head of an array of four or five.
        let (head, version) = if devices.is_some() { (0x85, VERSION_WITH_DEVICES) } else { (0x84, VERSION) };
        let mut bytes = vec![head];
        for field in [version.into(), Value::Bytes(self.content.clone()), log].into_iter().chain(devices) {
            ciborium::into_writer(&field, &mut bytes).map_err(|_| EnvelopeError::Malformed)?;
        }
        let size = padded_size(bytes.len() + PADDING_HEAD_LEN);
        let padding = u32::try_from(size - bytes.len() - PADDING_HEAD_LEN).map_err(|_| EnvelopeError::TooLarge)?;
        bytes.push(PADDING_HEAD);
        bytes.extend(padding.to_be_bytes());
        bytes.resize(size, 0);
        Ok(bytes)
    }

    /// What decrypted `bytes` hold.
    ///
    /// # Errors
    /// When they are no envelope, one of a later version, or larger than any.
    pub fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > padded_size(CONTENT_MAX + OVERHEAD_MAX) {
            return Err(EnvelopeError::TooLarge);
        }
        let fields = codec::read_value(bytes)?.into_array().map_err(|_| EnvelopeError::Malformed)?;
        let version = fields.first().and_then(Value::as_integer).ok_or(EnvelopeError::Malformed)?;
        let has_devices = version == VERSION_WITH_DEVICES.into();
        if !has_devices && version != VERSION.into() {
            return Err(EnvelopeError::Version);
        }
        let mut fields = fields.into_iter().skip(1);
        let mut next = || fields.next().ok_or(EnvelopeError::Malformed);
        let (content, log) = (byte_string(next()?)?, next()?);
        let devices = if has_devices { Some(byte_string(next()?)?) } else { None };
        let padding = byte_string(next()?)?;
        if fields.next().is_some() {
            return Err(EnvelopeError::Malformed);
        }
        let envelope = Self { content, log: decode_log(log)?, devices };
        if padding.iter().any(|byte| *byte != 0) || !envelope.fits() {
            return Err(EnvelopeError::Malformed);
        }
        Ok(envelope)
    }

    /// Whether it is not larger than any.
    pub(crate) fn fits(&self) -> bool {
        self.content.len() + self.devices.as_ref().map_or(0, Vec::len) <= CONTENT_MAX
    }
}

fn byte_string(value: Value) -> Result<Vec<u8>, EnvelopeError> {
    value.into_bytes().map_err(|_| EnvelopeError::Malformed)
}

fn decode_log(value: Value) -> Result<Option<LogReference>, EnvelopeError> {
    let Value::Array(fields) = value else {
        return if value.is_null() { Ok(None) } else { Err(EnvelopeError::Malformed) };
    };
    let [Value::Integer(seq), Value::Bytes(hash)] =
        <[Value; 2]>::try_from(fields).map_err(|_| EnvelopeError::Malformed)?
    else {
        return Err(EnvelopeError::Malformed);
    };
    let seq = seq.try_into().map_err(|_| EnvelopeError::Malformed)?;
    let hash = hash.try_into().map_err(|_| EnvelopeError::Malformed)?;
    Ok(Some(LogReference { seq, hash }))
}

/// The smallest size that an envelope may have and that holds `size` bytes.
pub(crate) fn padded_size(size: usize) -> usize {
    if size <= SMALL_MAX {
        return size.next_multiple_of(SMALL_STEP);
    }
    let (part, whole) = LARGE_STEP;
    let mut padded = SMALL_MAX;
    while padded < size {
        padded += padded * part / whole;
    }
    padded
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    const LOG: LogReference = LogReference { seq: u64::MAX, hash: [7; 32] };

    fn envelope(content_len: usize) -> Envelope {
        Envelope { content: vec![9; content_len], log: Some(LOG), devices: None }
    }

    #[test]
    fn every_length_near_a_limit_survives_and_is_padded() {
        let lengths = (0..600).chain(3900..4300).chain(65_400..65_700).chain([CONTENT_MAX]);
        for length in lengths {
            let sent = envelope(length);
            let bytes = sent.encode().unwrap();
            assert_eq!(padded_size(bytes.len()), bytes.len(), "{length}");
            assert_eq!(Envelope::decode(&bytes).unwrap(), sent);
        }
    }

    #[test]
    fn sizes_grow_by_256_bytes_and_then_by_at_most_12_percent() {
        let mut size = padded_size(1);
        assert_eq!(size, 256);
        while size < CONTENT_MAX {
            let next = padded_size(size + 1);
            if size < SMALL_MAX {
                assert_eq!(next - size, 256);
            } else {
                assert!((next - size) * 100 <= size * 12, "{size} to {next}");
            }
            size = next;
        }
    }

    #[test]
    fn short_messages_look_alike() {
        let short = Envelope { content: vec![1], log: None, devices: None }.encode().unwrap();
        let longer = envelope(180).encode().unwrap();
        assert_eq!((short.len(), longer.len()), (256, 256));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(envelope(CONTENT_MAX + 1).encode(), Err(EnvelopeError::TooLarge));
        assert_eq!(Envelope::decode(&vec![0; 400_000]), Err(EnvelopeError::TooLarge));
        // [3, "a"], and [2, "a"]
        assert_eq!(Envelope::decode(&[0x82, 0x03, 0x61, 0x61]), Err(EnvelopeError::Version));
        assert_eq!(Envelope::decode(&[0x82, 0x02, 0x61, 0x61]), Err(EnvelopeError::Malformed));
        let mut hidden = envelope(10).encode().unwrap();
        *hidden.last_mut().unwrap() = 1;
        assert_eq!(Envelope::decode(&hidden), Err(EnvelopeError::Malformed));
        let mut truncated = envelope(10).encode().unwrap();
        truncated.pop();
        assert_eq!(Envelope::decode(&truncated), Err(EnvelopeError::Malformed));
    }

    proptest! {
        #[test]
        fn what_is_sent_is_received(
            content in prop::collection::vec(any::<u8>(), 0..6000),
            log in any::<Option<(u64, [u8; 32])>>(),
            devices in prop::option::of(prop::collection::vec(any::<u8>(), 0..600)),
        ) {
            let sent = Envelope { content, log: log.map(|(seq, hash)| LogReference { seq, hash }), devices };
            prop_assert_eq!(Envelope::decode(&sent.encode().unwrap()).unwrap(), sent);
        }

        #[test]
        fn garbage_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(envelope) = Envelope::decode(&bytes) {
                prop_assert_eq!(Envelope::decode(&envelope.encode().unwrap()).unwrap(), envelope);
            }
        }
    }
}
