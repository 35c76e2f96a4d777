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

mod attachment;
mod devices;
mod passkeys;
mod timeline;

pub use attachment::{Attachment, AttachmentKind, AttachmentState, OutgoingFile};
pub use devices::{Devices, Linking, LinkingFailure, OwnDevice};
pub use passkeys::{OwnPasskey, Passkeys};
pub use timeline::{
    Block, ItemContent, MemberInfo, Message, MessageInfo, Notice, Poll, PollOption, Quote, Reaction, RefusedChange,
    Revision, SendFailure, Span, StopCause, Timeline, TimelineItem, UnreadableCause,
};

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
        /// How many of the newest items at most; around `around`, how many before and after it.
        limit: u32,
        /// Key of an item that the window is around; nothing for the newest.
        #[serde(default)]
        around: Option<String>,
    },
    /// [`MessageInfo`].
    MessageInfo {
        /// Which conversation.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// The message's key.
        key: String,
    },
    /// [`Settings`].
    Settings,
    /// [`Archive`].
    Archive,
    /// [`Devices`].
    Devices,
    /// [`Passkeys`].
    Passkeys,
    /// [`Linking`].
    Linking,
    /// [`Contacts`].
    Contacts,
    /// [`Picture`].
    Picture {
        /// As in a person or a conversation.
        id: String,
    },
    /// [`Details`].
    Details {
        /// Which conversation.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
    },
}

impl SnapshotKey {
    /// The window of a conversation's newest items, at most `limit`.
    pub fn newest(conversation: ConversationId, limit: u32) -> Self {
        Self::Timeline { conversation, limit, around: None }
    }
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
        /// How far a message got, and what it said before.
        MessageInfo(MessageInfo),
        /// The account's settings.
        Settings(Settings),
        /// How the archive is.
        Archive(Archive),
        /// The account's devices.
        Devices(Devices),
        /// The account's passkeys.
        Passkeys(Passkeys),
        /// A device that is being linked.
        Linking(Linking),
        /// Contacts and blocked people.
        Contacts(Contacts),
        /// A picture.
        Picture(Picture),
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
        /// Another device of the account removed this one, and everything here was erased.
        DeviceRemoved,
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
        /// Names the picture, see [`SnapshotKey::Picture`].
        pub picture: Option<String>,
    }

    /// A picture of a person or a group.
    pub struct Picture {
        /// As in the key.
        pub id: String,
        /// JPEG, PNG or WebP as a `data:` address; nothing while it is not here.
        pub data: Option<String>,
    }

    /// What a person chose, on all their devices.
    pub struct Settings {
        /// Others see how far this person has read, and this person sees it of them.
        pub read_receipts: bool,
        /// Others see that this person types, and this person sees it of them.
        pub typing: bool,
        /// Others see whether this person is online and when last, and this person sees it of them.
        pub presence: bool,
        /// Who may start a chat or add this person to a group.
        pub who_may_message: WhoMayMessage,
        /// Notifications on a device.
        pub notifications: Notifications,
        /// The server keeps what was said, sealed, for this person's other and next devices.
        pub archive: bool,
        /// Not chosen but said by the server: for how long it keeps messages. Nothing if it has not said.
        pub kept: Option<Kept>,
    }

    /// How far this device has what the archive has.
    #[derive(Copy)]
    pub struct Archive {
        /// It is kept.
        pub enabled: bool,
        /// Something that is here may be to write yet.
        pub waiting: bool,
        /// How many things it has.
        #[cfg_attr(feature = "typescript", tsify(type = "number"))]
        pub total: u64,
        /// How many of them are here.
        #[cfg_attr(feature = "typescript", tsify(type = "number"))]
        pub restored: u64,
        /// How many of its parts do not open: they were changed, or belong elsewhere.
        pub unreadable: u32,
        /// The server takes no more.
        pub full: bool,
    }

    /// For how long the server keeps messages for devices that are away.
    #[derive(Copy)]
    pub struct Kept {
        /// Days for people none of whose devices has got a message.
        pub days: u32,
        /// Days for the other devices of people who have it.
        pub device_days: u32,
    }

    /// Who may start a chat or add a person to a group.
    #[derive(Copy)]
    #[serde(rename_all = "snake_case")]
    pub enum WhoMayMessage {
        /// Anyone.
        Everyone,
        /// Who shares a group.
        SharedGroups,
        /// Nobody new.
        Nobody,
    }

    /// What a notification says.
    #[derive(Copy)]
    #[serde(rename_all = "snake_case")]
    pub enum Notifications {
        /// There are none.
        Off,
        /// That there is a message, not what it says.
        Discreet,
        /// Who wrote what.
        Full,
    }

    /// Contacts and blocked people.
    pub struct Contacts {
        /// By name.
        pub contacts: Vec<Person>,
        /// By name.
        pub blocked: Vec<Person>,
    }

    /// What members who are no admins may do in a group.
    #[derive(Copy)]
    pub struct Policy {
        /// Who adds people.
        pub add: Who,
        /// Who changes name, description, picture and timer.
        pub edit: Who,
        /// Who writes.
        pub post: Who,
    }

    /// Everyone in a group, or its admins.
    #[derive(Copy)]
    #[serde(rename_all = "snake_case")]
    pub enum Who {
        /// Every member.
        Members,
        /// Admins only.
        Admins,
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
        /// It was stopped: something in its log was not as it has to be.
        pub stopped: bool,
        /// It was stopped, and this person may begin it anew.
        pub may_begin_anew: bool,
        /// A group that can be left, also one that was stopped.
        pub may_leave: bool,
        /// Waits for an admin to let this person in.
        pub requested: bool,
        /// From someone who is no contact: to be accepted, deleted or blocked.
        pub request: bool,
        /// The other person of a direct chat is blocked.
        pub blocked: bool,
        /// Who has taken the place of the other person of a direct chat: nobody reads what is written here.
        pub successor: Option<Person>,
        /// Have taken the place of people that were verified, and are to be accepted before anything is sent.
        pub unaccepted: Vec<Person>,
        /// Names the group's picture, see [`SnapshotKey::Picture`]; a direct chat has the person's.
        pub picture: Option<String>,
        /// No notifications until then: milliseconds since the Unix epoch.
        #[cfg_attr(feature = "typescript", tsify(type = "number | null"))]
        pub muted_until: Option<Timestamp>,
        /// Stays at the top.
        pub pinned: bool,
        /// Not in the list but among the archived.
        pub archived: bool,
        /// The person marked it as unread.
        pub marked_unread: bool,
        /// An unread message mentions this person.
        pub mentioned: bool,
        /// Who types now; display names.
        pub typing: Vec<String>,
        /// Of the other person of a direct chat, if it is to be seen.
        pub presence: Option<Presence>,
        /// Only admins write here, and this person is none.
        pub read_only: bool,
        /// How many people are in a group; 0 in a direct chat.
        pub members: u32,
        /// How many people ask to be let into a group; 0 for those who may not decide.
        pub join_requests: u32,
    }

    /// Whether someone is there.
    pub struct Presence {
        /// Connected now.
        pub online: bool,
        /// When last, if not: milliseconds since the Unix epoch.
        #[cfg_attr(feature = "typescript", tsify(type = "number | null"))]
        pub last_seen: Option<Timestamp>,
    }

    /// The newest message in a few words.
    pub struct Preview {
        /// Its sender's display name; nothing for own messages and in direct chats.
        pub sender: Option<String>,
        /// First line of its text, at most 120 characters.
        pub text: String,
        /// What its first file is.
        pub media: Option<AttachmentKind>,
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
        /// Whether this person may change name, description, picture and timer.
        pub may_edit: bool,
        /// Whether this person is an admin.
        pub admin: bool,
        /// Whether this person is the only admin, and has to name another before leaving.
        pub last_admin: bool,
        /// Whether the key exchange is post-quantum.
        pub post_quantum: bool,
        /// The group's description; may be empty.
        pub description: String,
        /// Names the picture.
        pub picture: Option<String>,
        /// After how many seconds new messages disappear.
        pub timer: Option<u32>,
        /// What members who are no admins may do.
        pub policy: Policy,
        /// The policy waits to reach the server.
        pub policy_waiting: bool,
        /// Invite links; admins see them.
        pub links: Vec<InviteLink>,
        /// Who asked to join; admins see them.
        pub join_requests: Vec<JoinRequest>,
        /// The other person of a direct chat is a contact.
        pub contact: bool,
        /// The other person of a direct chat is blocked.
        pub blocked: bool,
    }

    /// An invite link.
    pub struct InviteLink {
        /// Names it.
        pub link: String,
        /// What follows the app's address and `/join#`.
        pub fragment: String,
        /// When it ends.
        #[cfg_attr(feature = "typescript", tsify(type = "number | null"))]
        pub expires: Option<Timestamp>,
        /// How many more people may join by it.
        pub uses_left: Option<u32>,
        /// How many have.
        pub uses: u32,
        /// An admin has to approve each.
        pub approval: bool,
    }

    /// Someone who asked to join.
    pub struct JoinRequest {
        /// Names it.
        pub request: String,
        /// Who.
        pub person: Person,
        /// When.
        #[cfg_attr(feature = "typescript", tsify(type = "number"))]
        pub time: Timestamp,
    }

    /// A member of a conversation.
    pub struct DetailsMember {
        /// Who.
        pub person: Person,
        /// May add and remove people.
        pub admin: bool,
        /// This account.
        pub me: bool,
        /// The person has compared the safety number with them.
        pub verified: bool,
        /// Who has taken their place: nobody can open this account any more.
        pub successor: Option<Person>,
        /// What this device wants changed about them and the server does not have yet; it is shown as done.
        pub waiting: Option<MemberChange>,
    }

    /// A change of a member that waits to be made.
    #[derive(Copy)]
    #[serde(rename_all = "snake_case")]
    pub enum MemberChange {
        /// They are to be added.
        Add,
        /// They are to be removed.
        Remove,
        /// They are to be made an admin, or no longer be one.
        Role,
    }
}
