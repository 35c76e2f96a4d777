//! What views ask of the client, and what they get back.

use sealpost_protocol::{AccountId, BlobId, Bytes, ClientId, ConversationId, DeviceId, PasskeyId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::snapshot::{OutgoingFile, Policy};

mod answer;
mod name;
mod proof;

pub use answer::{
    Answer, Arrangement, ExportContent, ExportForm, ExportPart, ExportedChat, ExportedMember, Failure, Hit,
    LinkPreview, PasswordHint, PasswordStrength, PictureChange, SettingsChange, SnippetPart,
};

pub use proof::Proof;

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
        /// Where registration is by invite, or to take the place of an account that nobody can open any more.
        invite: Option<String>,
    },
    /// Signs in and makes this a device of the account.
    SignIn {
        /// Who.
        username: String,
        /// Never leaves the device.
        password: String,
    },
    /// Signs in with a passkey and makes this a device of the account whose it is.
    SignInWithPasskey {
        /// What its authenticator gave: 32 bytes as base64url. Never leaves the device.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        secret: Bytes,
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
    /// Takes a new password, on all devices; those that are signed in stay so.
    ChangePassword {
        /// The present one.
        current: String,
        /// The one to come.
        new: String,
    },
    /// Makes up a recovery code, which is nobody's yet. Gives [`Answer::RecoveryCode`].
    NewRecoveryCode {},
    /// Puts a new recovery code in the place of the present one.
    SetRecoveryCode {
        /// The new one, as it was shown.
        code: String,
        /// As the person typed it again.
        typed: String,
        /// The password.
        password: String,
    },
    /// Asks the server which passkeys there are, for [`crate::snapshot::Passkeys`]. Gives [`Answer::Done`] at once.
    ReadPasskeys {},
    /// Makes a passkey a way to open the account. Repeating it with the same secret does nothing.
    AddPasskey {
        /// What its authenticator gave: 32 bytes as base64url. Never leaves the device.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        secret: Bytes,
        /// What its authenticator calls it, as base64url. For own devices alone.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        credential: Bytes,
        /// The password.
        password: String,
    },
    /// Has a passkey open nothing any more.
    RemovePasskey {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        passkey: PasskeyId,
        /// The password.
        password: String,
    },
    /// Ends the session and erases everything on this device.
    SignOut {},
    /// Asks the server when the account's devices were there, for [`crate::snapshot::Devices`]. Gives [`Answer::Done`] at once.
    ReadDevices {},
    /// Gives a device of the account a name, on all of them.
    RenameDevice {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        device: DeviceId,
        /// At most 64 characters; empty for none.
        name: String,
    },
    /// The person has seen which devices are new, on this one.
    AcknowledgeDevices {},
    /// Signs other devices of the account out for good: they are erased, and nothing that is on them opens anything new.
    RevokeDevices {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string[]"))]
        devices: Vec<DeviceId>,
        /// That it is the person who wants it.
        proof: Proof,
    },
    /// Shows a code on a device where nobody is signed in, for another one to scan: see [`crate::snapshot::Linking`].
    StartLinking {},
    /// Ends the linking of a device, on either.
    StopLinking {},
    /// The code of a new device was scanned or typed.
    LinkDevice {
        /// As it was read.
        code: String,
    },
    /// Both devices show the same digits.
    ApproveLinking {},
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
        /// Markdown, at most 64 KiB. `@username` of a member mentions them.
        text: String,
        /// Key of the message that it answers.
        #[serde(default)]
        reply_to: Option<String>,
    },
    /// Replaces the text of an own message.
    EditText {
        /// Where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// The message's key in the timeline.
        key: String,
        /// Markdown, at most 64 KiB.
        text: String,
    },
    /// Deletes messages: own ones for everyone, any on this account's devices.
    DeleteMessages {
        /// Where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// Their keys.
        keys: Vec<String>,
        /// For everyone rather than for this account only; own messages only.
        everyone: bool,
    },
    /// Reacts to a message, or takes the reaction back.
    React {
        /// Where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// The message's key in the timeline.
        key: String,
        /// One emoji.
        emoji: String,
        /// Whether to react rather than to take back.
        add: bool,
    },
    /// Sends a poll.
    SendPoll {
        /// Where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// Made by the view, as for a text.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        id: ClientId,
        /// What is asked.
        question: String,
        /// 2 to 12 answers to choose from.
        options: Vec<String>,
        /// Whether several may be chosen.
        multiple: bool,
    },
    /// Sends staged files with what is said of them, as one message. Repeating it with the same id does nothing.
    SendFiles {
        /// Where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// Made by the view, as for a text.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        id: ClientId,
        /// As in a text; may be empty.
        text: String,
        /// Key of the message that it answers.
        #[serde(default)]
        reply_to: Option<String>,
        /// 1 to 32 files, in the order in which they are shown.
        files: Vec<OutgoingFile>,
    },
    /// Removes staged files that are not to be sent.
    DropFiles {
        /// As they were staged.
        #[cfg_attr(feature = "typescript", tsify(type = "string[]"))]
        blobs: Vec<BlobId>,
    },
    /// Whether this device is to hold an attachment: downloads it, or removes what it holds.
    KeepFile {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        blob: BlobId,
        /// Whether.
        keep: bool,
    },
    /// Votes in a poll, in place of what this person had chosen.
    Vote {
        /// Where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// The message's key in the timeline.
        key: String,
        /// Numbers of the chosen options, from 0; none takes the vote back.
        choices: Vec<u32>,
    },
    /// Sends copies of messages elsewhere. Repeating it with the same id does nothing.
    Forward {
        /// Made by the view, as for a text; the copies' ids follow from it.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        id: ClientId,
        /// From where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// Their keys, in the order in which they are sent.
        keys: Vec<String>,
        /// To where.
        #[cfg_attr(feature = "typescript", tsify(type = "string[]"))]
        to: Vec<ConversationId>,
    },
    /// Members whose names begin like this, to complete a mention.
    CompleteMention {
        /// Where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// What was typed after the `@`.
        prefix: String,
    },
    /// The first message at or after a time, to jump to. Gives [`Answer::Found`].
    FindTime {
        /// Where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// Milliseconds since the Unix epoch.
        #[cfg_attr(feature = "typescript", tsify(type = "number"))]
        time: Timestamp,
    },
    /// Asks the server when members had a message, for its [`crate::snapshot::MessageInfo`]. Gives [`Answer::Done`] at once.
    ReadMessageInfo {
        /// Where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// The message's key.
        key: String,
    },
    /// Searches messages on this device. Gives [`Answer::Hits`].
    Search {
        /// Words, `"phrases"`, `from:`, `in:`, `before:`, `after:`, `has:link`, `has:poll`; the last word may be unfinished.
        query: String,
        /// Only here.
        #[cfg_attr(feature = "typescript", tsify(type = "string | null"))]
        #[serde(default)]
        conversation: Option<ConversationId>,
        /// How many hits at most.
        limit: u32,
        /// Minutes by which the person's clock is ahead of UTC: the days of `before:` and `after:` are the person's own.
        #[serde(default)]
        utc_offset: i16,
    },
    /// Reads the next piece of an export: what is on this device of conversations, in clear. Gives [`Answer::ExportPart`].
    ReadExport {
        /// Which, in the order in which they stand in the file: the same for every piece.
        #[cfg_attr(feature = "typescript", tsify(type = "string[]"))]
        conversations: Vec<ConversationId>,
        /// As what.
        form: ExportForm,
        /// Also messages that disappear.
        disappearing: bool,
        /// The `next` of the piece before; nothing for the first.
        #[serde(default)]
        after: Option<String>,
    },
    /// The person looks at a conversation, or at none: whose presence is to be known.
    Look {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string | null"))]
        #[serde(default)]
        conversation: Option<ConversationId>,
    },
    /// The person types, or no longer does. To be given at each key; repeats cost nothing.
    SetTyping {
        /// Where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// Whether they type.
        typing: bool,
    },
    /// Changes how a conversation stands in this person's list, on all devices.
    ArrangeConversation {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// What.
        arrangement: Arrangement,
    },
    /// Removes a conversation's messages from this account's devices; a group is left first by [`Command::LeaveGroup`].
    DeleteConversation {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
    },
    /// Accepts a message request.
    AcceptRequest {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
    },
    /// Blocks someone, or no longer.
    Block {
        /// Whom.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        account: AccountId,
        /// Whether to block.
        blocked: bool,
    },
    /// Adds someone to the contacts, or removes them.
    SetContact {
        /// Whom.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        account: AccountId,
        /// Whether to add.
        contact: bool,
    },
    /// Gives the safety number with someone: [`Answer::SafetyNumber`].
    ReadSafetyNumber {
        /// With whom.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        account: AccountId,
    },
    /// The person has compared the safety number with someone, or wants to do it anew.
    SetVerified {
        /// With whom.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        account: AccountId,
        /// The number that was shown. Refused if it is another.
        number: String,
        /// Whether it was compared.
        verified: bool,
    },
    /// Takes an account for the one whose place it has taken, though that one was verified and this one is not.
    AcceptSuccessor {
        /// The new one.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        account: AccountId,
    },
    /// Puts the account that a member began anew with in the member's place in a group.
    ReplaceMember {
        /// Which group.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// The former one.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        account: AccountId,
    },
    /// Reports messages to the host's moderators.
    Report {
        /// Where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// Whom it is about.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        account: AccountId,
        /// Keys of the messages that are shown to the moderators.
        keys: Vec<String>,
        /// What the person says about it.
        comment: String,
    },
    /// Changes this account's settings, on all devices.
    ChangeSettings(SettingsChange),
    /// Changes the own name and picture.
    SetProfile {
        /// Shown to others.
        display_name: String,
        /// A new picture, or to have none; nothing leaves it.
        #[serde(default)]
        picture: Option<PictureChange>,
    },
    /// Changes a group's name, description or picture; what is nothing stays.
    ChangeGroup {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// The new name.
        #[serde(default)]
        name: Option<String>,
        /// The new description; empty for none.
        #[serde(default)]
        description: Option<String>,
        /// A new picture, or to have none.
        #[serde(default)]
        picture: Option<PictureChange>,
    },
    /// Sets after how many seconds new messages disappear; nothing keeps them.
    SetTimer {
        /// Where.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// 30 s to 4 weeks.
        #[serde(default)]
        seconds: Option<u32>,
    },
    /// Removes people from a group.
    RemoveMembers {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// Whom.
        #[cfg_attr(feature = "typescript", tsify(type = "string[]"))]
        members: Vec<AccountId>,
    },
    /// Makes a member an admin, or no longer one.
    SetAdmin {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// Whom.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        account: AccountId,
        /// Whether they are to be an admin.
        admin: bool,
    },
    /// Sets what members who are no admins may do.
    SetPolicy {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// What.
        policy: Policy,
    },
    /// Leaves a group. The last admin names a successor first.
    LeaveGroup {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// Made an admin before leaving.
        #[cfg_attr(feature = "typescript", tsify(type = "string | null"))]
        #[serde(default)]
        successor: Option<AccountId>,
    },
    /// Begins a conversation that was stopped anew, with the same people: of a group an admin does. Needs a connection.
    BeginAnew {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
    },
    /// Makes an invite link of a group. Gives [`Answer::Link`].
    CreateLink {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// For how many seconds it is good; nothing for ever.
        #[serde(default)]
        seconds: Option<u32>,
        /// How many people may join by it; nothing for any number.
        #[serde(default)]
        uses: Option<u32>,
        /// Whether an admin has to approve each.
        approval: bool,
    },
    /// Ends an invite link.
    RevokeLink {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// Its id, as in the details.
        link: String,
    },
    /// Reads what a link leads to. Gives [`Answer::LinkPreview`].
    InspectLink {
        /// The link's fragment.
        fragment: String,
    },
    /// Asks to join by a link. Gives [`Answer::Conversation`], which waits until an admin's device lets this one in.
    JoinByLink {
        /// The link's fragment.
        fragment: String,
    },
    /// Lets someone in who asked to join, or refuses.
    AnswerJoinRequest {
        /// Which.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        conversation: ConversationId,
        /// The request, as in the details.
        request: String,
        /// Whether to let them in.
        accept: bool,
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
