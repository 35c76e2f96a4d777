//! Who may reach whom, and what is reported to the host's moderators.

use serde::{Deserialize, Serialize};

use crate::{AccountId, Bytes, ConversationId, Timestamp};

/// Most messages in one report.
pub const REPORT_MESSAGES_MAX: usize = 50;
/// Longest comment and longest message in a report, in bytes.
pub const REPORT_TEXT_MAX: usize = 8 * 1024;
/// Largest sealed profile picture, in bytes.
pub const PICTURE_MAX: usize = 64 * 1024;

/// Who may start a chat with an account or add it to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WhoMayMessage {
    /// Anyone on this server.
    #[default]
    Everyone,
    /// Who shares a group with it.
    SharedGroups,
    /// Nobody new.
    Nobody,
}

crate::operation::body! {
    /// What an account lets others see and do.
    #[derive(Copy, PartialEq, Eq)]
    pub struct AccountSettings {
        /// Others see how far it has read, and it sees how far they have.
        pub read_receipts: bool,
        /// Others see whether it is online and when it was last, and it sees that of them.
        pub presence: bool,
        /// Who may start a chat with it or add it to a group.
        pub who_may_message: WhoMayMessage,
    }

    /// Reads the account's settings.
    pub struct SettingsRead {}

    /// Changes the account's settings.
    pub struct SettingsWrite {
        /// The new ones.
        pub settings: AccountSettings,
    }

    /// Replaces the account's profile picture.
    pub struct PictureWrite {
        /// Sealed under the profile key, at most 64 KiB; nothing removes it.
        #[serde(default)]
        pub picture: Option<Bytes>,
    }

    /// Reads an account's profile picture.
    pub struct PictureRead {
        /// Whose.
        pub account: AccountId,
    }

    /// A profile picture.
    pub struct Picture {
        /// One more at each change.
        pub version: u64,
        /// Sealed under the profile key; nothing if there is none.
        #[serde(default)]
        pub picture: Option<Bytes>,
    }

    /// Tells the host's moderators of messages. What it says is the reporter's word: the server cannot prove it.
    pub struct ReportWrite {
        /// Made by the client; repeating it does nothing.
        pub report: crate::ClientId,
        /// Whom it is about.
        pub account: AccountId,
        /// Where it happened, if the reporter says so.
        #[serde(default)]
        pub conversation: Option<ConversationId>,
        /// What the reporter says, at most 8 KiB.
        #[cfg_attr(feature = "openapi", schema(max_length = 8192))]
        pub comment: String,
        /// What the reporter chose to show, at most 50.
        #[cfg_attr(feature = "openapi", schema(max_items = 50))]
        pub messages: Vec<ReportedMessage>,
    }

    /// A message as its reporter shows it.
    #[derive(PartialEq, Eq)]
    pub struct ReportedMessage {
        /// Who is said to have written it.
        pub account: AccountId,
        /// When it was sent.
        pub time: Timestamp,
        /// Its text, at most 8 KiB.
        #[cfg_attr(feature = "openapi", schema(max_length = 8192))]
        pub text: String,
    }
}
