//! The operations of the server: one request type, one response type, one path each. HTTP and the socket are two doors
//! to the same list.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Problem, account::*, activity::*, archive::*, conversation::*, device::*, link::*, linking::*, safety::*};

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone, without a session. Only over HTTP.
    Anyone,
    /// A session made with the recovery code, or any other.
    Recovering,
    /// A session made with the password, a passkey or by another device, with or without a device.
    Account,
    /// A session bound to a device.
    Device,
}

/// One operation: implemented by its request type.
pub trait Operation: Serialize + DeserializeOwned + Into<Request> {
    /// What the server answers.
    type Response: Serialize + DeserializeOwned + TryFrom<Response, Error = Box<Response>>;
    /// Its stable name, such as `log/append`; over HTTP it is `POST /v1/` and the name.
    const NAME: &'static str;
    /// Who may call it.
    const ACCESS: Access;
}

/// Derives what every body needs.
macro_rules! body {
    ($($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)* })*) => {$(
        #[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        $(#[$meta])*
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }
    )*};
}
pub(crate) use body;

macro_rules! operations {
    ($($name:literal $request:ident -> $response:ident, $access:ident, $doc:literal;)*) => {
        /// Any request, as it travels on the socket.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(tag = "operation", content = "body")]
        pub enum Request {$(
            #[doc = $doc]
            #[serde(rename = $name)]
            $request($request),
        )*}

        /// Any response, as it travels on the socket.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(tag = "operation", content = "body")]
        pub enum Response {$(
            #[doc = concat!("Answer to [`", stringify!($request), "`].")]
            #[serde(rename = $name)]
            $request($response),
        )*}

        impl Request {
            /// The operation's stable name.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$request(_) => $name,)* }
            }

            /// Who may call the operation.
            pub fn access(&self) -> Access {
                match self { $(Self::$request(_) => Access::$access,)* }
            }
        }

        $(
            impl Operation for $request {
                type Response = $response;
                const NAME: &'static str = $name;
                const ACCESS: Access = Access::$access;
            }

            impl From<$request> for Request {
                fn from(request: $request) -> Self {
                    Self::$request(request)
                }
            }
        )*

        /// Name, access and meaning of every operation.
        pub const OPERATIONS: &[(&str, Access, &str)] = &[$(($name, Access::$access, $doc),)*];

        /// Calls `$callback!` with the list of all operations: `name Request -> Response, access, doc;` each.
        #[macro_export]
        macro_rules! for_each_operation {
            ($callback:ident) => {
                $callback! { $($name $request -> $response, $access, $doc;)* }
            };
        }
    };
}

/// A response may belong to several operations, so the conversion names the type, not the operation.
macro_rules! response_types {
    ($($response:ident: $($variant:ident)|+;)*) => {$(
        impl TryFrom<Response> for $response {
            type Error = Box<Response>;
            fn try_from(response: Response) -> Result<Self, Box<Response>> {
                match response {
                    $(Response::$variant(body) => Ok(body),)+
                    other => Err(Box::new(other)),
                }
            }
        }
    )*};
}

operations! {
    "registration/start" RegistrationStart -> RegistrationStarted, Anyone, "First step of registration (OPAQUE).";
    "registration/finish" RegistrationFinish -> SignedIn, Anyone, "Second step of registration: account, first device, session.";
    "sign-in/start" SignInStart -> SignInStarted, Anyone, "First step of signing in (OPAQUE).";
    "sign-in/finish" SignInFinish -> SignedIn, Anyone, "Second step of signing in: a session without a device.";
    "recover" Recover -> SignedIn, Anyone, "Signs in with the recovery code, to set a new password.";
    "passkeys/sign-in" PasskeySignIn -> SignedIn, Anyone, "Signs in with a passkey: a session without a device.";
    "passkeys/read" PasskeysRead -> Passkeys, Account, "Which passkeys the account has.";
    "password/start" PasswordStart -> RegistrationStarted, Recovering, "First step of a new password (OPAQUE).";
    "password/finish" PasswordFinish -> Done, Recovering, "Second step of a new password.";
    "sign-out" SignOut -> Done, Recovering, "Ends this session or all of them.";
    "me/read" MeRead -> Me, Recovering, "Who is signed in.";
    "profile/write" ProfileWrite -> Profile, Account, "Changes the display name.";
    "backup/read" BackupRead -> Backup, Recovering, "The account's wrapped keys.";
    "backup/write" BackupWrite -> Done, Account, "Replaces the account's wrapped keys.";
    "vault/read" VaultRead -> VaultRecords, Account, "Records of the vault that changed.";
    "vault/write" VaultWrite -> Version, Account, "Writes records of the vault, by compare and swap.";
    "accounts/read" AccountsRead -> Profiles, Account, "Profiles by account.";
    "accounts/search" AccountsSearch -> Profiles, Account, "Profiles by the beginning of a name.";
    "device-lists/read" DeviceListsRead -> DeviceLists, Account, "An account's chain of device lists.";
    "device-lists/of" DeviceListsOf -> ListsOfAccounts, Account, "The chains of device lists of several accounts.";
    "device-lists/write" DeviceListWrite -> Done, Account, "Publishes the next device list.";
    "devices/read" DevicesRead -> Devices, Account, "When each device of the account was there.";
    "devices/sign-out" DevicesSignOut -> Done, Recovering, "Ends the sessions of devices of the account.";
    "devices/revoke" DevicesRevoke -> Done, Recovering, "Revokes devices of the account, with new keys for the others.";
    "devices/handover" HandoverRead -> HandoverWaiting, Device, "New keys of the account for this device.";
    "devices/delisting" DelistingRead -> DelistingProof, Anyone, "Why a device is on its account's list no longer.";
    "linking/offer" LinkingOffer -> LinkingOffered, Anyone, "Offers a new device to be linked.";
    "linking/join" LinkingJoin -> LinkingJoined, Device, "Comes to the offer of a new device.";
    "linking/write" LinkingWrite -> Done, Anyone, "Says the next message to the other device.";
    "linking/read" LinkingRead -> LinkingMessages, Anyone, "What the other device said.";
    "linking/approve" LinkingApprove -> Done, Device, "Approves a new device, with the account's keys for it.";
    "linking/refuse" LinkingRefuse -> Done, Anyone, "Ends the linking of a new device.";
    "linking/finish" LinkingFinish -> SignedIn, Anyone, "A session for a new device that was approved.";
    "key-packages/write" KeyPackagesWrite -> KeyPackagesLeft, Device, "Adds key packages of this device.";
    "key-packages/count" KeyPackagesCount -> KeyPackagesLeft, Device, "How many key packages of this device are left.";
    "key-packages/claim" KeyPackagesClaim -> KeyPackagesClaimed, Device, "Takes a key package of each device of accounts.";
    "conversations/create" ConversationCreate -> ConversationSummary, Device, "Makes a conversation with its first members.";
    "conversations/list" ConversationsList -> Conversations, Device, "The account's conversations.";
    "log/append" LogAppend -> Appended, Device, "Appends a message or a commit to a conversation's log.";
    "log/read" LogRead -> LogWindow, Device, "A window of a conversation's log.";
    "group-info/read" GroupInfoRead -> GroupInfoAnswer, Device, "What an external join needs.";
    "tree/read" TreeRead -> Tree, Device, "The ratchet tree that a Welcome names.";
    "inbox/read" InboxRead -> Inbox, Device, "Welcomes for this device.";
    "inbox/acknowledge" InboxAcknowledge -> Done, Device, "Deletes Welcomes that were used.";
    "cursors/stored" StoredWrite -> Done, Device, "Up to where this device has stored entries.";
    "cursors/read-up-to" ReadWrite -> Done, Device, "Up to where the person has read.";
    "cursors/read" CursorsRead -> Cursors, Device, "Delivered and read cursors of a conversation's members.";
    "cursors/times" CursorTimesRead -> CursorTimes, Device, "When each member had stored and read an entry.";
    "log/erase" LogErase -> Done, Device, "Blanks an entry by its delete token.";
    "log/lost" LogLost -> LossNoted, Device, "Says that entries are missing here, so that the conversation is reset.";
    "conversations/leave" ConversationLeave -> Done, Device, "Leaves a group by a signed statement.";
    "typing/write" TypingWrite -> Done, Device, "Whether the person types in a conversation.";
    "presence/watch" PresenceWatch -> Presences, Device, "Whose presence this device is told of.";
    "settings/read" SettingsRead -> AccountSettings, Account, "What the account lets others see and do.";
    "settings/write" SettingsWrite -> AccountSettings, Account, "Changes what the account lets others see and do.";
    "pictures/read" PictureRead -> Picture, Account, "An account's encrypted profile picture.";
    "pictures/write" PictureWrite -> Picture, Account, "Replaces the account's encrypted profile picture.";
    "links/write" LinkWrite -> Done, Device, "Makes, changes or revokes an invite link of a group.";
    "links/read" LinkRead -> LinkTarget, Device, "What an invite link leads to.";
    "join-requests/write" JoinRequestWrite -> JoinRequest, Device, "Asks to be added by a link.";
    "join-requests/read" JoinRequestsRead -> JoinRequests, Device, "Requests that wait in a conversation.";
    "join-requests/own" JoinRequestsOwn -> JoinRequests, Device, "The caller's own requests that wait.";
    "join-requests/settle" JoinRequestSettle -> Done, Device, "Ends a request to join.";
    "reports/write" ReportWrite -> Done, Account, "Tells the host's moderators of messages.";
    "state/read" StateRead -> ConversationState, Device, "A conversation's encrypted state.";
    "state/write" StateWrite -> Version, Device, "Replaces a conversation's encrypted state.";
    "archive/list" ArchiveList -> ArchiveListed, Device, "Which segments the account's archive has.";
    "archive/read" ArchiveRead -> ArchiveSegments, Device, "Segments of the account's archive.";
    "archive/write" ArchiveWrite -> Version, Device, "Writes a segment of the account's archive, by compare and swap.";
    "archive/erase" ArchiveErase -> Version, Device, "Erases the account's archive.";
}

response_types! {
    RegistrationStarted: RegistrationStart | PasswordStart;
    SignedIn: RegistrationFinish | SignInFinish | Recover | PasskeySignIn | LinkingFinish;
    Passkeys: PasskeysRead;
    SignInStarted: SignInStart;
    Done: PasswordFinish | SignOut | BackupWrite | DeviceListWrite | InboxAcknowledge | StoredWrite | ReadWrite | LogErase
        | ConversationLeave | TypingWrite | LinkWrite | JoinRequestSettle | ReportWrite | DevicesSignOut | DevicesRevoke
        | LinkingWrite
        | LinkingApprove | LinkingRefuse;
    LossNoted: LogLost;
    CursorTimes: CursorTimesRead;
    Presences: PresenceWatch;
    AccountSettings: SettingsRead | SettingsWrite;
    Picture: PictureRead | PictureWrite;
    LinkTarget: LinkRead;
    JoinRequest: JoinRequestWrite;
    JoinRequests: JoinRequestsRead | JoinRequestsOwn;
    Me: MeRead;
    Profile: ProfileWrite;
    Backup: BackupRead;
    VaultRecords: VaultRead;
    Version: VaultWrite | StateWrite | ArchiveWrite | ArchiveErase;
    ArchiveListed: ArchiveList;
    ArchiveSegments: ArchiveRead;
    Profiles: AccountsRead | AccountsSearch;
    DeviceLists: DeviceListsRead;
    ListsOfAccounts: DeviceListsOf;
    Devices: DevicesRead;
    HandoverWaiting: HandoverRead;
    DelistingProof: DelistingRead;
    LinkingOffered: LinkingOffer;
    LinkingJoined: LinkingJoin;
    LinkingMessages: LinkingRead;
    KeyPackagesLeft: KeyPackagesWrite | KeyPackagesCount;
    KeyPackagesClaimed: KeyPackagesClaim;
    ConversationSummary: ConversationCreate;
    Conversations: ConversationsList;
    Appended: LogAppend;
    LogWindow: LogRead;
    GroupInfoAnswer: GroupInfoRead;
    Tree: TreeRead;
    Inbox: InboxRead;
    Cursors: CursorsRead;
    ConversationState: StateRead;
}

/// What a request comes to.
pub type Outcome = Result<Response, Problem>;
