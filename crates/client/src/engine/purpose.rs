//! Why a request was made: what its answer is for.

use sealpost_protocol::{AccountId, Bytes, ClientId, ConversationId, conversation::LogCursor};

use super::{
    CommandId,
    archive::ArchivePurpose,
    credentials::CredentialsPurpose,
    linking::LinkingPurpose,
    passkeys::Entering,
    sign_in::{Recovering, SigningIn},
    sign_out::SigningOut,
    sign_up::{Finishing, SigningUp},
};

/// What is done at most once at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Task {
    SignUp,
    Publish,
    KeyPackages,
    Vault,
    List,
    Inbox,
    InboxTold,
    Names,
    Stored,
    Settings,
    Profile,
    Pictures,
    Presence,
    Erase,
    Report,
    /// Reading what the archive has.
    Archive,
    ArchiveWrite,
    /// The account's own list, and new keys.
    OwnList,
    /// Lists that members told of.
    ToldLists,
    Devices,
    Passkeys,
    WhyEnded,
    Linking,
    /// A file to the server.
    Upload,
    /// A file from the server.
    Fetch,
    Conversation(ConversationId),
}

/// What the answer to a request is for.
pub(crate) enum Purpose {
    SignUpStart(Box<SigningUp>),
    SignUpFinish(Box<Finishing>),
    SignInStart(Box<SigningIn>),
    SignInFinish(Box<SigningIn>),
    Recover(Box<Recovering>),
    EnterByPasskey(Box<Entering>),
    PasswordStart(Box<Recovering>),
    PasswordFinish(Box<Recovering>),
    SignOut(SigningOut),
    ListToLeave(SigningOut),
    LeaveList(SigningOut),
    Search {
        command: CommandId,
        prefix: String,
    },
    DeviceLists,
    DeviceListWrite {
        credential: Vec<u8>,
    },
    KeyPackagesCount,
    KeyPackagesWrite {
        last_resort: Option<Vec<u8>>,
    },
    VaultRead,
    VaultWrite {
        records: Vec<(String, Vec<u8>)>,
    },
    List,
    Inbox,
    InboxTold(u64),
    /// Of these accounts.
    Names(Vec<AccountId>),
    SettingsRead,
    SettingsWrite,
    ProfileName(String),
    ProfilePicture(String),
    Picture(AccountId),
    Presence,
    Typing,
    Report(ClientId),
    Stored(Vec<LogCursor>),
    Read {
        conversation: ConversationId,
        seq: u64,
    },
    Log {
        conversation: ConversationId,
        after: u64,
        known: u64,
    },
    LostTold(ConversationId),
    Reset(ConversationId),
    Lists {
        conversation: ConversationId,
        accounts: Vec<AccountId>,
    },
    ListsToAdd {
        conversation: ConversationId,
        accounts: Vec<AccountId>,
    },
    Tree {
        conversation: ConversationId,
        tree: Bytes,
    },
    GroupInfo(ConversationId),
    Join(ConversationId),
    ClaimToCreate(ConversationId),
    Create(ConversationId),
    ClaimToAdd {
        conversation: ConversationId,
        id: ClientId,
        accounts: Vec<AccountId>,
    },
    Message {
        conversation: ConversationId,
        id: ClientId,
    },
    Commit {
        conversation: ConversationId,
        id: ClientId,
    },
    State(ConversationId),
    Cursors(ConversationId),
    CursorTimes {
        conversation: ConversationId,
        key: String,
    },
    Erase {
        conversation: ConversationId,
        seq: u64,
    },
    Change {
        conversation: ConversationId,
        id: ClientId,
    },
    StateWrite {
        conversation: ConversationId,
        id: ClientId,
    },
    Leave {
        conversation: ConversationId,
        id: ClientId,
        statement: Bytes,
    },
    Link {
        conversation: ConversationId,
        id: ClientId,
    },
    Settle {
        conversation: ConversationId,
        id: ClientId,
    },
    FollowLink {
        command: CommandId,
        secret: Box<[u8; 32]>,
        join: bool,
    },
    AskToJoin(ConversationId),
    OwnRequests(ConversationId),
    Withdraw(ConversationId),
    JoinRequests(ConversationId),
    Archive(ArchivePurpose),
    Credentials(CredentialsPurpose),
    OwnList,
    ToldLists(Vec<AccountId>),
    Handover,
    Devices,
    Passkeys,
    WhyEnded,
    Linking(LinkingPurpose),
}

impl Purpose {
    /// The task that the request is part of.
    pub fn task(&self) -> Option<Task> {
        match self {
            Self::SignUpFinish(_) => Some(Task::SignUp),
            Self::SignUpStart(_)
            | Self::SignInStart(_)
            | Self::SignInFinish(_)
            | Self::Recover(_)
            | Self::EnterByPasskey(_)
            | Self::PasswordStart(_)
            | Self::PasswordFinish(_)
            | Self::SignOut(_)
            | Self::ListToLeave(_)
            | Self::LeaveList(_)
            | Self::Search { .. }
            | Self::Typing
            | Self::CursorTimes { .. }
            | Self::FollowLink { .. }
            | Self::Credentials(_) => None,
            Self::DeviceLists | Self::DeviceListWrite { .. } => Some(Task::Publish),
            Self::KeyPackagesCount | Self::KeyPackagesWrite { .. } => Some(Task::KeyPackages),
            Self::VaultRead | Self::VaultWrite { .. } => Some(Task::Vault),
            Self::List => Some(Task::List),
            Self::Inbox => Some(Task::Inbox),
            Self::InboxTold(_) => Some(Task::InboxTold),
            Self::Names(_) => Some(Task::Names),
            Self::SettingsRead | Self::SettingsWrite => Some(Task::Settings),
            Self::ProfileName(_) | Self::ProfilePicture(_) => Some(Task::Profile),
            Self::Picture(_) => Some(Task::Pictures),
            Self::Presence => Some(Task::Presence),
            Self::Stored(_) => Some(Task::Stored),
            Self::Erase { .. } => Some(Task::Erase),
            Self::Report(_) => Some(Task::Report),
            Self::Archive(purpose) => Some(purpose.task()),
            Self::OwnList | Self::Handover => Some(Task::OwnList),
            Self::ToldLists(_) => Some(Task::ToldLists),
            Self::Devices => Some(Task::Devices),
            Self::Passkeys => Some(Task::Passkeys),
            Self::WhyEnded => Some(Task::WhyEnded),
            Self::Linking(_) => Some(Task::Linking),
            Self::Read { conversation, .. }
            | Self::ClaimToAdd { conversation, .. }
            | Self::Lists { conversation, .. }
            | Self::ListsToAdd { conversation, .. }
            | Self::Message { conversation, .. }
            | Self::Commit { conversation, .. }
            | Self::Log { conversation, .. }
            | Self::LostTold(conversation)
            | Self::Reset(conversation)
            | Self::Tree { conversation, .. }
            | Self::GroupInfo(conversation)
            | Self::Join(conversation)
            | Self::ClaimToCreate(conversation)
            | Self::Create(conversation)
            | Self::State(conversation)
            | Self::Change { conversation, .. }
            | Self::StateWrite { conversation, .. }
            | Self::Leave { conversation, .. }
            | Self::Link { conversation, .. }
            | Self::Settle { conversation, .. }
            | Self::AskToJoin(conversation)
            | Self::OwnRequests(conversation)
            | Self::Withdraw(conversation)
            | Self::JoinRequests(conversation)
            | Self::Cursors(conversation) => Some(Task::Conversation(*conversation)),
        }
    }

    /// Whether the request was made without a session, or to get one: its refusal does not end the present one.
    pub fn is_entry(&self) -> bool {
        matches!(
            self,
            Self::SignUpStart(_)
                | Self::SignUpFinish(_)
                | Self::SignInStart(_)
                | Self::SignInFinish(_)
                | Self::Recover(_)
                | Self::EnterByPasskey(_)
                | Self::PasswordStart(_)
                | Self::PasswordFinish(_)
                | Self::SignOut(_)
                | Self::ListToLeave(_)
                | Self::LeaveList(_)
                | Self::Credentials(_)
                | Self::WhyEnded
                | Self::Linking(_)
        )
    }
}
