//! What views ask of the client, and what they get back.

use std::fmt;

use sealpost_protocol::{AccountId, ClientId, ConversationId};
use serde::{Deserialize, Serialize};

use crate::snapshot::{Person, view_types};

/// Something the person does.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Makes an account with this device as its first. Gives [`Answer::Done`]; the recovery code is in the session snapshot.
    SignUp {
        /// 3 to 32 of a-z, 0-9, `_`, `.`.
        username: String,
        /// Shown to others.
        display_name: String,
        /// Never leaves the device.
        password: String,
        /// Where registration is by invite.
        invite: Option<String>,
    },
    /// Signs in and makes this a device of the account.
    SignIn {
        /// Who.
        username: String,
        /// Never leaves the device.
        password: String,
    },
    /// Replaces a forgotten password and signs in.
    Recover {
        /// Who.
        username: String,
        /// The recovery code, however it is spaced and cased.
        code: String,
        /// The new password.
        new_password: String,
    },
    /// Says how good a password would be, while it is typed.
    CheckPassword {
        /// The password.
        password: String,
        /// What is easily guessed from: username and display name.
        context: Vec<String>,
    },
    /// The person typed the recovery code again. Refused if it is another.
    ConfirmRecoveryCode {
        /// As typed.
        code: String,
    },
    /// Ends the session and erases everything on this device.
    SignOut {
        /// Also ends the sessions of all other devices.
        everywhere: bool,
    },
    /// Finds people by the beginning of their names.
    SearchPeople {
        /// What was typed.
        prefix: String,
    },
    /// Opens the direct chat with someone, making it if there is none.
    StartDirect {
        /// With whom.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        account: AccountId,
    },
    /// Makes a group with this account as admin.
    CreateGroup {
        /// Its name.
        name: String,
        /// Everyone else, at most 249.
        #[cfg_attr(feature = "typescript", tsify(type = "string[]"))]
        members: Vec<AccountId>,
    },
    /// Adds people to a group.
    AddMembers {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// Whom.
        #[cfg_attr(feature = "typescript", tsify(type = "string[]"))]
        members: Vec<AccountId>,
    },
    /// Sends a text. Repeating it with the same id does nothing.
    SendText {
        /// Where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// Made by the view: 16 random bytes as base64url. It is the key of the timeline item.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        id: ClientId,
        /// Markdown, at most 64 KiB.
        text: String,
    },
    /// Tries a failed message again.
    Retry {
        /// Where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// The item's key.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        id: ClientId,
    },
    /// Gives up a failed message.
    Discard {
        /// Where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// The item's key.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        id: ClientId,
    },
    /// The person has seen everything up to an entry.
    MarkRead {
        /// Where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// Up to and with this seq.
        #[cfg_attr(feature = "typescript", tsify(type = "number"))]
        seq: u64,
    },
    /// Keeps an unsent text with its conversation; an empty one removes it.
    SaveDraft {
        /// Where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// The text.
        text: String,
    },
    /// Reads the unsent text.
    ReadDraft {
        /// Where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
    },
    /// The device says that it has a network again: connect at once.
    NetworkChanged {
        /// Whether it has one.
        online: bool,
    },
}

impl fmt::Debug for Command {
    // Passwords, codes and texts are not for logs: the name is all.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignUp { .. } => "SignUp",
            Self::SignIn { .. } => "SignIn",
            Self::Recover { .. } => "Recover",
            Self::CheckPassword { .. } => "CheckPassword",
            Self::ConfirmRecoveryCode { .. } => "ConfirmRecoveryCode",
            Self::SignOut { .. } => "SignOut",
            Self::SearchPeople { .. } => "SearchPeople",
            Self::StartDirect { .. } => "StartDirect",
            Self::CreateGroup { .. } => "CreateGroup",
            Self::AddMembers { .. } => "AddMembers",
            Self::SendText { .. } => "SendText",
            Self::Retry { .. } => "Retry",
            Self::Discard { .. } => "Discard",
            Self::MarkRead { .. } => "MarkRead",
            Self::SaveDraft { .. } => "SaveDraft",
            Self::ReadDraft { .. } => "ReadDraft",
            Self::NetworkChanged { .. } => "NetworkChanged",
        })
    }
}

view_types! {
    /// What a command gives.
    #[serde(tag = "answer", rename_all = "snake_case")]
    pub enum Answer {
        /// Done; what changed is in the snapshots.
        Done,
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
        /// `offline`, `guessable-password`, `wrong-code`, `invalid-username`, `invalid-name`, `message-too-large`,
        /// `confirm-code-first`, `storage`, `internal`.
        pub kind: String,
        /// What exactly is wrong, for people, in English; views prefer their own words for the kind.
        pub detail: String,
        /// Seconds until trying again makes sense.
        pub retry_after: Option<u32>,
    }
}
