//! What views show: plain values that the client computes and views draw as they are. Independent of how they are drawn.
//!
//! A view asks for a snapshot by its [`SnapshotKey`] and asks again when the client says that it changed.

use sealpost_protocol::{AccountId, ConversationId, Timestamp, conversation::ConversationKind};
use serde::{Deserialize, Serialize};

/// Derives what every snapshot and command type needs, TypeScript included.
macro_rules! view_types {
    ($($(#[$meta:meta])* pub $kind:tt $name:ident $body:tt)*) => {$(
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
        $(#[$meta])*
        pub $kind $name $body
    )*};
}
pub(crate) use view_types;

/// Names a snapshot. Identifiers are text, as everywhere in views.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SnapshotKey {
    /// [`Session`].
    Session,
    /// [`Connection`].
    Connection,
    /// [`ConversationList`].
    Conversations,
    /// [`Timeline`].
    Timeline {
        /// Which conversation.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// How many of the newest items at most.
        limit: u32,
    },
    /// [`Details`].
    Details {
        /// Which conversation.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
    },
}

view_types! {
    /// Any snapshot.
    #[serde(tag = "type", rename_all = "snake_case")]
    pub enum Snapshot {
        /// Who is signed in here.
        Session(Session),
        /// How the connection is.
        Connection(Connection),
        /// The list of conversations.
        Conversations(ConversationList),
        /// One conversation's messages.
        Timeline(Timeline),
        /// One conversation's members and state.
        Details(Details),
    }

    /// Who is signed in here.
    #[serde(tag = "state", rename_all = "snake_case")]
    pub enum Session {
        /// Nobody.
        SignedOut {
            /// Why, if it was not the person's own doing.
            reason: Option<SignedOutReason>,
        },
        /// A person.
        SignedIn {
            /// The person.
            me: Person,
            /// The recovery code to save, until the person has typed it again. Groups of characters with dashes.
            recovery_code: Option<String>,
            /// Whether a second chat may be started: the code was confirmed, or there is no chat yet.
            may_start_chat: bool,
        },
    }

    /// Why a device was signed out.
    #[serde(rename_all = "snake_case")]
    pub enum SignedOutReason {
        /// The session ended or was ended elsewhere.
        SessionEnded,
        /// The device's database was damaged; it was set aside and this device starts as a new one.
        DatabaseDamaged,
    }

    /// An account as views show it.
    pub struct Person {
        /// The account.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        pub account: AccountId,
        /// With which it signs in and is found.
        pub username: String,
        /// As its owner wrote it.
        pub display_name: String,
    }

    /// How the connection is.
    #[serde(tag = "state", rename_all = "snake_case")]
    pub enum Connection {
        /// Nobody is signed in.
        Idle,
        /// On the way.
        Connecting,
        /// Connected, and still receiving what waited.
        CatchingUp,
        /// Connected and up to date.
        Online,
        /// No connection; the client tries again by itself.
        Offline,
        /// The server speaks another version: the app must be reloaded.
        UpdateNeeded,
    }

    /// The list of conversations.
    pub struct ConversationList {
        /// Newest first.
        pub rows: Vec<ConversationRow>,
        /// Unread messages in all of them.
        pub unread: u32,
    }

    /// A conversation in the list.
    pub struct ConversationRow {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        pub conversation: ConversationId,
        /// Direct or group.
        #[cfg_attr(feature = "typescript", tsify(type = "'direct' | 'group'"))]
        pub kind: ConversationKind,
        /// The other person's display name, or the group's name.
        pub name: String,
        /// The other person of a direct chat, once known.
        pub peer: Option<Person>,
        /// The unsent text, on one line, at most 120 characters; shown in place of `last`.
        pub draft: Option<String>,
        /// The newest message.
        pub last: Option<Preview>,
        /// Of the newest message, or when the conversation began: milliseconds since the Unix epoch.
        #[cfg_attr(feature = "typescript", tsify(type = "number"))]
        pub time: Timestamp,
        /// Messages after the read cursor.
        pub unread: u32,
        /// Not ready yet: this device still waits to be let in.
        pub joining: bool,
        /// Nothing can be sent: it was stopped, or this device is not in it.
        pub ended: bool,
    }

    /// The newest message in a few words.
    pub struct Preview {
        /// Its sender's display name; nothing for own messages and in direct chats.
        pub sender: Option<String>,
        /// First line of its text, at most 120 characters.
        pub text: String,
        /// How far an own message got.
        pub delivery: Option<Delivery>,
    }

    /// How far an own message got.
    #[serde(rename_all = "snake_case")]
    pub enum Delivery {
        /// Waits here to be sent.
        Pending,
        /// On the server.
        Sent,
        /// Stored by a device of every member.
        Delivered,
        /// Read by every member.
        Read,
        /// Could not be sent; Retry and Delete are offered.
        Failed,
    }

    /// One conversation's messages, oldest first.
    pub struct Timeline {
        /// Which conversation.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        pub conversation: ConversationId,
        /// Oldest first, pending ones last.
        pub items: Vec<TimelineItem>,
        /// There are older ones.
        pub has_older: bool,
        /// `key` of the first item after the read cursor.
        pub first_unread: Option<String>,
        /// Seq of the newest entry here, to be marked as read when it was seen.
        #[cfg_attr(feature = "typescript", tsify(type = "number"))]
        pub last_seq: u64,
    }

    /// One place in a timeline.
    pub struct TimelineItem {
        /// Stays the same from pending to sent.
        pub key: String,
        /// When the server took it, or when it was written here: milliseconds since the Unix epoch.
        #[cfg_attr(feature = "typescript", tsify(type = "number"))]
        pub time: Timestamp,
        /// What it is.
        pub content: ItemContent,
    }

    /// What an item of a timeline is.
    #[serde(tag = "type", rename_all = "snake_case")]
    pub enum ItemContent {
        /// A message.
        Message {
            /// Who wrote it.
            sender: Person,
            /// Written by this account, on any device.
            own: bool,
            /// Its text, as written (Markdown).
            text: String,
            /// How far it got, if it is an own one.
            delivery: Option<Delivery>,
            /// Why it failed, in words, if it failed.
            failure: Option<String>,
        },
        /// A message of a kind that this version cannot show.
        Unsupported {
            /// Who wrote it.
            sender: Person,
        },
        /// Something that happened, to be told in one line.
        Notice(Notice),
    }

    /// Something that happened in a conversation.
    #[serde(tag = "notice", rename_all = "snake_case")]
    pub enum Notice {
        /// Someone made the conversation.
        Created {
            /// Who.
            by: Person,
        },
        /// People were added.
        Added {
            /// By whom.
            by: Person,
            /// Who.
            people: Vec<Person>,
        },
        /// People were removed.
        Removed {
            /// By whom.
            by: Person,
            /// Who.
            people: Vec<Person>,
        },
        /// This device joined; what was written before is on the account's other devices.
        DeviceJoined,
        /// A message could not be read.
        Unreadable {
            /// Why, in words.
            cause: String,
        },
        /// This device is no longer in the conversation.
        Left,
        /// A change broke the conversation's rules and was not applied; nothing is sent here any more.
        Stopped {
            /// Why, in words.
            cause: String,
        },
    }

    /// One conversation's members and state.
    pub struct Details {
        /// Which conversation.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        pub conversation: ConversationId,
        /// Direct or group.
        #[cfg_attr(feature = "typescript", tsify(type = "'direct' | 'group'"))]
        pub kind: ConversationKind,
        /// As in the list.
        pub name: String,
        /// Everyone in it, by name; the own account included.
        pub members: Vec<DetailsMember>,
        /// Whether this person may add people.
        pub may_add: bool,
        /// Whether the key exchange is post-quantum.
        pub post_quantum: bool,
    }

    /// A member of a conversation.
    pub struct DetailsMember {
        /// Who.
        pub person: Person,
        /// May add and remove people.
        pub admin: bool,
        /// This account.
        pub me: bool,
    }
}
