//! What a timeline shows: messages with what belongs to them, and what happened.

use sealpost_protocol::{ConversationId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Attachment, AttachmentKind, Delivery, Person};

view_types! {
    /// One conversation's messages, oldest first.
    pub struct Timeline {
        /// Which conversation.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        pub conversation: ConversationId,
        /// Oldest first, pending ones last.
        pub items: Vec<TimelineItem>,
        /// There are older ones.
        pub has_older: bool,
        /// Others are still to come from the archive.
        pub restoring: bool,
        /// There are newer ones: the window is around an item.
        pub has_newer: bool,
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
        /// Of its entry, to be marked as read when it was seen; nothing while it waits to be sent.
        #[cfg_attr(feature = "typescript", tsify(type = "number | null"))]
        pub seq: Option<u64>,
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
        Message(Box<Message>),
        /// A message that was deleted for everyone.
        Deleted {
            /// Who wrote it.
            sender: Person,
            /// Written by this account.
            own: bool,
        },
        /// A message of a kind that this version cannot show.
        Unsupported {
            /// Who wrote it.
            sender: Person,
        },
        /// Something that happened, to be told in one line.
        Notice(Notice),
    }

    /// A message.
    pub struct Message {
        /// Who wrote it.
        pub sender: Person,
        /// Written by this account, on any device.
        pub own: bool,
        /// Its text, as written (Markdown), to be copied and edited; mentions as `@username`.
        pub text: String,
        /// Its text, to be shown.
        pub body: Vec<Block>,
        /// How far it got, if it is an own one.
        pub delivery: Option<Delivery>,
        /// Why it failed, if it failed.
        pub failure: Option<SendFailure>,
        /// The message that it answers.
        pub reply: Option<Quote>,
        /// By emoji, first used first.
        pub reactions: Vec<Reaction>,
        /// Its text was changed.
        pub edited: bool,
        /// A copy of a message from elsewhere.
        pub forwarded: bool,
        /// It mentions this person.
        pub mentions_me: bool,
        /// When it disappears: milliseconds since the Unix epoch.
        #[cfg_attr(feature = "typescript", tsify(type = "number | null"))]
        pub expires: Option<Timestamp>,
        /// It is a poll; its text is the question.
        pub poll: Option<Poll>,
        /// Its photos, voice, videos and files; its text is what is said of them.
        pub attachments: Vec<Attachment>,
        /// This person may change its text.
        pub may_edit: bool,
    }

    /// Why a message could not be sent.
    #[derive(Copy)]
    #[serde(rename_all = "snake_case")]
    pub enum SendFailure {
        /// Only admins write there.
        OnlyAdmins,
        /// This device is no longer in the conversation.
        NotMember,
        /// The conversation was stopped.
        Stopped,
        /// It is larger than a message may be.
        TooLarge,
        /// The server has no room left for this account's files.
        NoRoom,
        /// This person may not write to the other, or not that way.
        NotAllowed,
        /// This device could not encrypt it.
        NotEncrypted,
        /// It may have been sent so long ago that nobody knows any more whether it was.
        TooOld,
        /// The server did not take it.
        Refused,
    }

    /// A message that another answers.
    pub struct Quote {
        /// Its key; nothing if it is not here.
        pub key: Option<String>,
        /// Who wrote it.
        pub sender: Option<Person>,
        /// Its first line; empty if it is gone or not here.
        pub text: String,
        /// What its first file is.
        pub media: Option<AttachmentKind>,
        /// It was deleted.
        pub deleted: bool,
    }

    /// An emoji under a message.
    pub struct Reaction {
        /// Which.
        pub emoji: String,
        /// Who reacted with it.
        pub people: Vec<Person>,
        /// This person did.
        pub own: bool,
    }

    /// A poll.
    pub struct Poll {
        /// What can be chosen.
        pub options: Vec<PollOption>,
        /// Whether several may be chosen.
        pub multiple: bool,
        /// How many people voted.
        pub voters: u32,
    }

    /// An answer in a poll.
    pub struct PollOption {
        /// The answer.
        pub text: String,
        /// Who chose it.
        pub people: Vec<Person>,
        /// This person did.
        pub own: bool,
    }

    /// A block of a text.
    #[serde(tag = "block", rename_all = "snake_case")]
    pub enum Block {
        /// A paragraph.
        Paragraph {
            /// What it says.
            spans: Vec<Span>,
        },
        /// Words of another.
        Quotation {
            /// What they say.
            blocks: Vec<Block>,
        },
        /// A list.
        List {
            /// Number of the first item of a numbered one.
            start: Option<u32>,
            /// Its items.
            items: Vec<Vec<Block>>,
        },
        /// Code.
        Code {
            /// As it is.
            text: String,
        },
    }

    /// A run of text of one kind.
    pub struct Span {
        /// The text.
        pub text: String,
        /// Strong.
        pub bold: bool,
        /// Emphasised.
        pub italic: bool,
        /// Struck through.
        pub strike: bool,
        /// Code.
        pub code: bool,
        /// It leads to this address (http, https or mailto).
        pub link: Option<String>,
        /// It mentions this member.
        pub mention: Option<Person>,
    }

    /// How far a message got, and what it said before.
    pub struct MessageInfo {
        /// When the server took it: milliseconds since the Unix epoch.
        #[cfg_attr(feature = "typescript", tsify(type = "number | null"))]
        pub sent: Option<Timestamp>,
        /// Every other member, with times where the server knew them.
        pub members: Vec<MemberInfo>,
        /// What it said before, oldest first.
        pub revisions: Vec<Revision>,
    }

    /// How far a message got with a member.
    pub struct MemberInfo {
        /// Who.
        pub person: Person,
        /// It was delivered.
        pub delivered: bool,
        /// It was read.
        pub read: bool,
        /// When it was delivered.
        #[cfg_attr(feature = "typescript", tsify(type = "number | null"))]
        pub delivered_at: Option<Timestamp>,
        /// When it was read.
        #[cfg_attr(feature = "typescript", tsify(type = "number | null"))]
        pub read_at: Option<Timestamp>,
    }

    /// What a message once said.
    pub struct Revision {
        /// Since when.
        #[cfg_attr(feature = "typescript", tsify(type = "number"))]
        pub time: Timestamp,
        /// The text.
        pub text: String,
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
        /// Someone left.
        Departed {
            /// Who.
            person: Person,
        },
        /// Someone came by an invite link.
        JoinedByLink {
            /// Who.
            person: Person,
        },
        /// The group has another name.
        Renamed {
            /// By whom.
            by: Person,
            /// The new name.
            name: String,
        },
        /// The group has another description.
        DescriptionChanged {
            /// By whom.
            by: Person,
        },
        /// The group has another picture.
        PictureChanged {
            /// By whom.
            by: Person,
        },
        /// Messages disappear after another time.
        TimerChanged {
            /// By whom.
            by: Person,
            /// After how many seconds; nothing for never.
            seconds: Option<u32>,
        },
        /// People were made admins, or no longer are.
        AdminsChanged {
            /// By whom.
            by: Person,
            /// Who.
            people: Vec<Person>,
            /// Whether they are now.
            admin: bool,
        },
        /// What members may do changed.
        PolicyChanged {
            /// By whom.
            by: Person,
        },
        /// People could not be added: they do not let this person add them.
        NotAdded {
            /// Who.
            people: Vec<Person>,
        },
        /// The server lost a part of the conversation, which goes on in a new group; what is here stays.
        Reset {
            /// Who began it.
            by: Person,
        },
        /// This device joined; what was written before is on the account's other devices.
        DeviceJoined,
        /// What was said in between did not reach this device: it was away for longer than the server keeps messages, or what
        /// the server has could not be followed.
        Missed {
            /// When what it had last was said.
            #[cfg_attr(feature = "typescript", tsify(type = "number"))]
            from: Timestamp,
            /// When it was in again.
            #[cfg_attr(feature = "typescript", tsify(type = "number"))]
            until: Timestamp,
        },
        /// A message could not be read.
        Unreadable {
            /// Why.
            cause: UnreadableCause,
        },
        /// This device is no longer in the conversation.
        Left,
        /// Something in the log was not as it has to be and was not applied; nothing is sent here any more.
        Stopped {
            /// Why.
            cause: StopCause,
        },
        /// The server does not show any more what the conversation was stopped for; it goes on.
        WentOn,
        /// Someone saw another log of this conversation than this device: the server shows people different things, or
        /// their app is wrong.
        OtherLog {
            /// Who.
            person: Person,
        },
        /// The server shows other devices of someone than their own devices see.
        OtherDevices {
            /// Whose.
            person: Person,
        },
        /// Someone lost everything that opened their account and goes on as another one, as the server says.
        BegunAnew {
            /// Who they were.
            person: Person,
        },
        /// A change of this person could not be made; Retry and Delete name it by `id`.
        NotDone {
            /// Names it.
            id: String,
            /// What could not be done.
            change: RefusedChange,
            /// Whether trying again can help.
            retry: bool,
        },
    }

    /// Why a message could not be read.
    #[derive(Copy)]
    #[serde(rename_all = "snake_case")]
    pub enum UnreadableCause {
        /// It was made with a newer version of the app.
        Newer,
        /// It could be decrypted, and makes no sense.
        Malformed,
        /// It does not fit this device's keys: it was damaged, or is not what its sender sent.
        #[serde(other)]
        Undecryptable,
    }

    /// Why a conversation was stopped.
    #[derive(Copy)]
    #[serde(rename_all = "snake_case")]
    pub enum StopCause {
        /// The server's log is not the one that it showed before.
        Log,
        /// A member's identity key is not the one known before.
        Identity,
        /// A device is in it that is on no list of its account.
        Device,
        /// The conversation was begun anew, which this version cannot follow.
        BegunAnew,
        /// The server offered the group of another conversation.
        OtherGroup,
        /// A change broke the rules of the conversation.
        #[serde(other)]
        Rule,
    }

    /// A change of a group that could not be made.
    #[serde(tag = "refused", rename_all = "snake_case")]
    pub enum RefusedChange {
        /// People were to be added.
        Add {
            /// Who.
            people: Vec<Person>,
        },
        /// People were to be removed.
        Remove {
            /// Who.
            people: Vec<Person>,
        },
        /// Someone was to be made an admin, or no longer be one.
        Admin {
            /// Who.
            person: Person,
            /// Whether they were to be one.
            admin: bool,
        },
        /// What members may do.
        Policy,
        /// The name.
        Name,
        /// The description.
        Description,
        /// The picture.
        Picture,
        /// After what time messages disappear.
        Timer,
        /// An invite link.
        Link,
    }
}

impl SendFailure {
    const ALL: [Self; 9] = [
        Self::OnlyAdmins,
        Self::NotMember,
        Self::Stopped,
        Self::TooLarge,
        Self::NoRoom,
        Self::NotAllowed,
        Self::NotEncrypted,
        Self::TooOld,
        Self::Refused,
    ];

    /// The word that it is stored as.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::OnlyAdmins => "only_admins",
            Self::NotMember => "not_member",
            Self::Stopped => "stopped",
            Self::TooLarge => "too_large",
            Self::NoRoom => "no_room",
            Self::NotAllowed => "not_allowed",
            Self::NotEncrypted => "not_encrypted",
            Self::TooOld => "too_old",
            Self::Refused => "refused",
        }
    }

    /// What a stored word means; earlier versions stored sentences.
    pub(crate) fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|failure| failure.word() == word).unwrap_or(Self::Refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_again_and_so_are_sentences_of_earlier_versions() {
        for failure in SendFailure::ALL {
            assert_eq!(SendFailure::from_word(failure.word()), failure);
        }
        assert_eq!(SendFailure::from_word("the log is full"), SendFailure::Refused);
    }
}
