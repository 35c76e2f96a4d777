//! Linking: a device that is signed in hands its account over to a new one, which shows it a code.
//!
//! The server passes four messages on between the two, and knows neither what they say nor the code. Each side has a key to
//! the place where they meet. The new device's offer is good for a minute, and for one other device.

use crate::{Bytes, Timestamp};

/// Characters of the number of the place where two devices meet.
pub const NUMBER_LEN: usize = 4;
/// What the number is made of: Crockford's base 32.
pub const NUMBER_ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Largest message in bytes.
pub const MESSAGE_MAX: usize = 16 * 1024;
/// How long an offer is good for, in milliseconds.
pub const OFFER_LASTS: u64 = 60 * 1000;
/// How long two devices that have met may take, in milliseconds.
pub const MEETING_LASTS: u64 = 5 * 60 * 1000;

crate::operation::body! {
    /// Offers a new device to be linked.
    pub struct LinkingOffer {
        /// The first message, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub offer: Bytes,
    }

    /// Where another device finds the offer.
    pub struct LinkingOffered {
        /// Four characters, which are part of the code that people type or scan.
        #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9A-HJKMNP-TV-Z]{4}$"))]
        pub number: String,
        /// The new device's key, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub key: Bytes,
        /// Until when another device may come.
        pub expires: Timestamp,
    }

    /// Comes to an offer: once. `linking-code-used` or `linking-code-expired` else.
    pub struct LinkingJoin {
        /// From the code.
        #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9A-HJKMNP-TV-Z]{4}$"))]
        pub number: String,
    }

    /// An offer, taken.
    pub struct LinkingJoined {
        /// The other device's key, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub key: Bytes,
        /// The first message.
        pub offer: Bytes,
    }

    /// Says the next message: the second by who came, the third by who offered. Each once.
    pub struct LinkingWrite {
        /// The sender's key, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub key: Bytes,
        /// What.
        pub message: Bytes,
    }

    /// Reads what was said.
    pub struct LinkingRead {
        /// The reader's key, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub key: Bytes,
    }

    /// What was said so far after the offer.
    pub struct LinkingMessages {
        /// The second message, of who came.
        pub answer: Option<Bytes>,
        /// The third message, of who offered.
        pub reveal: Option<Bytes>,
        /// The last message, which holds the account's keys.
        pub approval: Option<Bytes>,
        /// Either side does not want it any more.
        pub refused: bool,
    }

    /// Approves: the new device may make a session of the caller's account.
    pub struct LinkingApprove {
        /// The key of who came, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub key: Bytes,
        /// The last message.
        pub message: Bytes,
    }

    /// Ends it, by either side.
    pub struct LinkingRefuse {
        /// The caller's key, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub key: Bytes,
    }

    /// Makes the session of the new device, if that was approved. Repeating it ends the session that was made before.
    pub struct LinkingFinish {
        /// The new device's key, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub key: Bytes,
    }
}
