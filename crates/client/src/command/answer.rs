//! What commands give and take beside plain values.

use sealpost_protocol::{ConversationId, Timestamp, conversation::ConversationKind};
use serde::{Deserialize, Serialize};

use crate::snapshot::{Notifications, Person, TimelineItem, WhoMayMessage, view_types};

view_types! {
    /// What a command gives.
    #[serde(tag = "answer", rename_all = "snake_case")]
    pub enum Answer {
        /// Done; what changed is in the snapshots.
        Done,
        /// It is kept here and goes as soon as there is a connection.
        Waits,
        /// People that were found.
        People {
            /// Best first.
            people: Vec<Person>,
        },
        /// The conversation that was opened or made.
        Conversation {
            /// Which.
            #[cfg_attr(feature = "typescript", tsify(type = "string"))]
            conversation: ConversationId,
        },
        /// How good a password is.
        Password(PasswordStrength),
        /// An unsent text.
        Draft {
            /// Empty if there is none.
            text: String,
        },
        /// Messages that were found.
        Hits {
            /// Newest first.
            hits: Vec<Hit>,
            /// There are more.
            more: bool,
        },
        /// A message to jump to.
        Found {
            /// Its key; nothing if there is none.
            key: Option<String>,
        },
        /// A recovery code to be saved: groups of characters with dashes.
        RecoveryCode {
            /// The code.
            code: String,
        },
        /// An invite link.
        Link {
            /// What follows the app's address and `/join#`.
            fragment: String,
        },
        /// What an invite link leads to.
        LinkPreview(LinkPreview),
        /// What two people compare.
        SafetyNumber {
            /// Sixty digits, the same for both.
            number: String,
        },
        /// A piece of an export.
        ExportPart(Box<ExportPart>),
    }

    /// As what chats are exported.
    #[derive(Copy)]
    #[serde(rename_all = "snake_case")]
    pub enum ExportForm {
        /// For programs: docs/guides/export-format.md.
        Json,
        /// For people: what a view makes a page of.
        Page,
    }

    /// A piece of an export, of one chat.
    pub struct ExportPart {
        /// The chat, if it begins with this piece.
        pub chat: Option<ExportedChat>,
        /// What the piece says.
        pub content: ExportContent,
        /// How many messages and events are in it.
        pub items: u32,
        /// Names the piece that follows; nothing after the last.
        pub next: Option<String>,
    }

    /// What a piece of an export says.
    #[serde(tag = "content", rename_all = "snake_case")]
    pub enum ExportContent {
        /// Goes into the file as it is, after what the pieces before it gave.
        Text {
            /// A part of a JSON text.
            text: String,
        },
        /// Is to be drawn.
        Items {
            /// Oldest first.
            items: Vec<TimelineItem>,
        },
    }

    /// A chat that is exported.
    pub struct ExportedChat {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        pub conversation: ConversationId,
        /// Direct or group.
        #[cfg_attr(feature = "typescript", tsify(type = "'direct' | 'group'"))]
        pub kind: ConversationKind,
        /// As in the list.
        pub name: String,
        /// The group's description; may be empty.
        pub description: String,
        /// Who is in it now, by name; the own account included.
        pub members: Vec<ExportedMember>,
        /// How many messages that disappear are left out.
        pub left_out: u32,
        /// A part of it is still to come from the archive and is missing.
        pub incomplete: bool,
    }

    /// A member of a chat that is exported.
    pub struct ExportedMember {
        /// Who.
        pub person: Person,
        /// May add and remove people.
        pub admin: bool,
    }

    /// A message that was found.
    pub struct Hit {
        /// Where it is.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        pub conversation: ConversationId,
        /// That conversation's name.
        pub name: String,
        /// Its key in the timeline.
        pub key: String,
        /// Who wrote it.
        pub sender: Person,
        /// When: milliseconds since the Unix epoch.
        #[cfg_attr(feature = "typescript", tsify(type = "number"))]
        pub time: Timestamp,
        /// A part of its text around what was found.
        pub snippet: Vec<SnippetPart>,
    }

    /// A part of a snippet.
    pub struct SnippetPart {
        /// The text.
        pub text: String,
        /// It is what was searched for.
        pub found: bool,
    }

    /// What an invite link leads to.
    pub struct LinkPreview {
        /// The group.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        pub conversation: ConversationId,
        /// Its name.
        pub name: String,
        /// Its description; may be empty.
        pub description: String,
        /// How many people were in it when the link was last written.
        pub members: u32,
        /// This account is a member already.
        pub member: bool,
        /// An admin has to approve.
        pub approval: bool,
    }

    /// How a conversation stands in the list.
    #[serde(tag = "arrange", rename_all = "snake_case")]
    pub enum Arrangement {
        /// No notifications until a time.
        Mute {
            /// Milliseconds since the Unix epoch; nothing for no longer, the largest safe integer for always.
            #[cfg_attr(feature = "typescript", tsify(type = "number | null"))]
            until: Option<Timestamp>,
        },
        /// Stays at the top.
        Pin {
            /// Whether.
            pinned: bool,
        },
        /// Is out of the list until something new comes.
        Archive {
            /// Whether.
            archived: bool,
        },
        /// Looks unread, until it is opened.
        MarkUnread {
            /// Whether.
            unread: bool,
        },
    }

    /// A picture that is set or taken away.
    #[serde(tag = "picture", rename_all = "snake_case")]
    pub enum PictureChange {
        /// This one.
        Set {
            /// JPEG, PNG or WebP in base64url, at most 48 KiB.
            data: String,
        },
        /// None.
        Remove,
    }

    /// What is chosen anew of the settings; what is nothing stays.
    #[derive(Default)]
    pub struct SettingsChange {
        /// See [`crate::snapshot::Settings::read_receipts`].
        #[serde(default)]
        pub read_receipts: Option<bool>,
        /// See [`crate::snapshot::Settings::typing`].
        #[serde(default)]
        pub typing: Option<bool>,
        /// See [`crate::snapshot::Settings::presence`].
        #[serde(default)]
        pub presence: Option<bool>,
        /// Who may start a chat or add this person to a group.
        #[serde(default)]
        pub who_may_message: Option<WhoMayMessage>,
        /// Notifications on a device.
        #[serde(default)]
        pub notifications: Option<Notifications>,
        /// See [`crate::snapshot::Settings::archive`]; to turn it off erases it.
        #[serde(default)]
        pub archive: Option<bool>,
    }

    /// How good a password is.
    pub struct PasswordStrength {
        /// 0 (guessed at once) to 4 (very hard to guess).
        pub score: u8,
        /// Good enough to be taken.
        pub accepted: bool,
        /// What would make it better.
        pub hint: Option<PasswordHint>,
    }

    /// What would make a password better; the words are the view's.
    #[serde(rename_all = "snake_case")]
    pub enum PasswordHint {
        /// Fewer than eight characters.
        TooShort,
        /// A common password or word.
        Common,
        /// Made of the person's own names.
        Personal,
        /// A pattern of keys, dates, repeats or sequences.
        Pattern,
        /// Not enough of anything.
        AddWords,
    }

    /// Why a command failed, for views to put into words.
    pub struct Failure {
        /// A stable name: a problem kind of the protocol (`wrong-credentials`, `username-taken`, ...), or one of
        /// `offline`, `guessable-password`, `wrong-code`, `other-number`, `no-safety-number`, `invalid-username`, `invalid-name`, `invalid-picture`,
        /// `message-too-large`, `confirm-code-first`, `storage`, `internal`.
        pub kind: String,
        /// What exactly is wrong, for people, in English; views prefer their own words for the kind.
        pub detail: String,
        /// Seconds until trying again makes sense.
        pub retry_after: Option<u32>,
    }
}
