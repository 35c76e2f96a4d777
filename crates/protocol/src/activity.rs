//! What people do at the moment: typing, presence. Never stored, told only while it is true.

use crate::{AccountId, ConversationId, Timestamp};

/// Most accounts that one device watches at a time.
pub const WATCHED_MAX: usize = 100;
/// Typing that is not repeated ends after so many seconds.
pub const TYPING_SECONDS: u64 = 5;

crate::operation::body! {
    /// Says that the person types in a conversation, or no longer does. To be repeated every 3 s while it is true.
    pub struct TypingWrite {
        /// Where.
        pub conversation: ConversationId,
        /// Whether they type.
        pub typing: bool,
    }

    /// Someone types, or no longer does.
    #[derive(Copy, PartialEq, Eq)]
    pub struct Typing {
        /// Where.
        pub conversation: ConversationId,
        /// Who.
        pub account: AccountId,
        /// Whether they type.
        pub typing: bool,
    }

    /// Tells this device of the presence of these accounts from now on, in place of those watched before.
    pub struct PresenceWatch {
        /// At most 100; of those that share no conversation with the caller nothing is told.
        #[cfg_attr(feature = "openapi", schema(max_items = 100))]
        pub accounts: Vec<AccountId>,
    }

    /// What is known of accounts' presence.
    #[derive(PartialEq, Eq)]
    pub struct Presences {
        /// One for each account that lets the caller see it.
        pub presences: Vec<Presence>,
    }

    /// Whether someone is there.
    #[derive(Copy, PartialEq, Eq)]
    pub struct Presence {
        /// Who.
        pub account: AccountId,
        /// A device of theirs is connected.
        pub online: bool,
        /// When the last one was, by the minute; nothing if it is not known or not to be seen.
        #[serde(default)]
        pub last_seen: Option<Timestamp>,
    }
}
