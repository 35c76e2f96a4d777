//! Conversations: creation, the log, joining, cursors, the encrypted state and the inbox of Welcomes.

use serde::{Deserialize, Serialize};

use crate::{AccountId, BlobId, Bytes, ClientId, ConversationId, Timestamp};

mod entry;

pub use entry::{Entry, EntryBody, HashedEntry};

/// Most accounts that one commit may add.
pub const ADD_BATCH_MAX: usize = 100;
/// Largest serialised application message or commit, in bytes.
pub const ENTRY_MAX: usize = 4 * 1024 * 1024;
/// Most entries in one window of the log.
pub const WINDOW_ENTRIES_MAX: u32 = 100;
/// Most bytes of entries in one window of the log, unless a single entry is larger.
pub const WINDOW_BYTES_MAX: usize = 256 * 1024;
/// So far after the newest entry a reset takes its place: farther than anyone can have come in what was lost, so that no
/// number that a device knows is given to another entry.
pub const RESET_GAP: u64 = 1 << 20;
/// A conversation is reset at most once in this time, in milliseconds: an hour.
pub const RESET_EVERY: u64 = 60 * 60 * 1000;
/// Length of a running hash in bytes.
pub const HASH_LEN: usize = 32;
/// The running hash before entry 1.
pub const HASH_BEFORE: [u8; HASH_LEN] = [0; HASH_LEN];

/// Two accounts, or any number with roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConversationKind {
    /// Exactly one conversation for each unordered pair of accounts.
    Direct,
    /// A group.
    Group,
}

/// Where a log stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogPosition {
    /// Which MLS group of the conversation, from 1.
    pub generation: u64,
    /// The MLS epoch.
    pub epoch: u64,
    /// Number of the newest entry; 0 for none.
    pub last_seq: u64,
}

/// What a client appends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Append {
    /// An MLS `PrivateMessage`.
    Application {
        /// The serialised message.
        message: Bytes,
        /// The entry is to be blanked so many seconds after it was taken; 30 s to 4 weeks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(minimum = 30, maximum = 2_419_200))]
        expires_in: Option<u32>,
        /// SHA-256 of the token by which the entry can be blanked, 32 bytes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::bytes::Bytes32>))]
        delete_token_hash: Option<Bytes>,
        /// The blobs that the message is about, which the sender has uploaded whole for it: they live as long as it. At most 32.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "openapi", schema(max_items = 32))]
        blobs: Vec<BlobId>,
    },
    /// A commit.
    Commit(CommitUpload),
    /// A new MLS group in place of the present one, whatever epoch that is in. The request names the new group's
    /// generation and epoch 0.
    Reset(ResetUpload),
}

crate::operation::body! {
    /// A commit with what its epoch's joiners need.
    #[derive(PartialEq, Eq)]
    pub struct CommitUpload {
        /// MLS `PublicMessage` with the commit, proposals by value.
        pub commit: Bytes,
        /// MLS `Welcome` for everyone it adds, without a ratchet tree; there exactly if it adds someone.
        #[serde(default)]
        pub welcome: Option<Bytes>,
        /// MLS `GroupInfo` of the new epoch with `external_pub`, without a ratchet tree, signed by the committer.
        pub group_info: Bytes,
    }

    /// A new MLS group in which only the device that makes it is a member.
    #[derive(PartialEq, Eq)]
    pub struct ResetUpload {
        /// The reset statement, signed by the calling device (see `sealpost_mls::identity::ResetStatement`).
        pub statement: Bytes,
        /// MLS `GroupInfo` of epoch 0 with `external_pub`, without a ratchet tree.
        pub group_info: Bytes,
        /// Ratchet tree of epoch 0.
        pub ratchet_tree: Bytes,
    }

    /// Makes a conversation, with its first commit as entry 1 in the same transaction.
    pub struct ConversationCreate {
        /// Made by the client.
        pub conversation: ConversationId,
        /// The other account makes it a direct conversation; nothing makes it a group.
        #[serde(default)]
        pub direct_with: Option<AccountId>,
        /// The MLS ciphersuite.
        pub suite: u16,
        /// MLS `GroupInfo` of epoch 0, in which only the creating device is a member.
        pub group_info: Bytes,
        /// Ratchet tree of epoch 0.
        pub ratchet_tree: Bytes,
        /// Client id of the first commit, which makes creating again harmless.
        pub client_id: ClientId,
        /// Adds the first members; in a direct conversation the other account's devices.
        pub commit: CommitUpload,
        /// The conversation's encrypted state, if it has one.
        #[serde(default)]
        pub state: Option<Bytes>,
    }

    /// A conversation as the caller's device sees it.
    #[derive(PartialEq, Eq)]
    pub struct ConversationSummary {
        /// Which.
        pub conversation: ConversationId,
        /// Direct or group.
        pub kind: ConversationKind,
        /// The MLS ciphersuite.
        pub suite: u16,
        /// Where its log stands.
        pub position: LogPosition,
        /// Whether the caller's device is a leaf of its tree. If not, it joins by external commit.
        pub joined: bool,
        /// Up to which seq the caller's device has stored entries; where it joined if it has stored none.
        pub stored: u64,
        /// Up to which seq the caller's account has read.
        #[serde(default)]
        pub read: u64,
        /// Version of the encrypted state; 0 for none.
        pub state_version: u64,
        /// Running hash at `position.last_seq`, 32 bytes, by which a device that has all of it sees that it is what it knows.
        #[serde(default)]
        pub hash: Bytes,
        /// There if a member knows of entries that this server does not have, and whoever may reset the conversation is to do
        /// so: up to which entry all know the same, as far as was said.
        #[serde(default)]
        pub lost: Option<u64>,
    }

    /// Lists the account's conversations, most recently used first.
    pub struct ConversationsList {}

    /// Conversations.
    pub struct Conversations {
        /// Most recently used first.
        pub conversations: Vec<ConversationSummary>,
    }

    /// Appends an entry to a log.
    pub struct LogAppend {
        /// Whose log.
        pub conversation: ConversationId,
        /// The MLS group that the entry was made in.
        pub generation: u64,
        /// The epoch that it was made in.
        pub epoch: u64,
        /// Made by the client, unique in the conversation.
        pub client_id: ClientId,
        /// What is appended.
        pub append: Append,
    }

    /// An entry's place in its log.
    #[derive(Copy, PartialEq, Eq)]
    pub struct Appended {
        /// Its number, from 1; without gaps but for those before resets.
        pub seq: u64,
        /// When the server took it.
        pub time: Timestamp,
        /// It had been appended before.
        pub duplicate: bool,
    }

    /// Reads a window of a log.
    pub struct LogRead {
        /// Whose log.
        pub conversation: ConversationId,
        /// Entries after this seq.
        pub after: u64,
    }

    /// Entries without a gap (but for those before resets, and one that `pruned` names), in order; fewer than there are when
    /// the window is full.
    #[derive(PartialEq, Eq)]
    pub struct LogWindow {
        /// Whose log.
        pub conversation: ConversationId,
        /// In the order of their seqs.
        pub entries: Vec<Entry>,
        /// Number of the log's newest entry.
        pub last_seq: u64,
        /// There if the device asked for entries that are not kept any more: `entries` begins after them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub pruned: Option<Pruned>,
    }

    /// Up to where entries are not kept any more.
    #[derive(PartialEq, Eq)]
    pub struct Pruned {
        /// The last of them.
        pub seq: u64,
        /// Running hash up to and with that one, 32 bytes.
        pub hash: Bytes,
    }

    /// Reads what an external join needs, all of one epoch.
    pub struct GroupInfoRead {
        /// Which conversation.
        pub conversation: ConversationId,
    }

    /// What an external join needs.
    pub struct GroupInfoAnswer {
        /// The log at this epoch: `last_seq` and `hash` are those of the newest entry.
        pub position: LogPosition,
        /// Running hash at `position.last_seq`, 32 bytes.
        pub hash: Bytes,
        /// MLS `GroupInfo` with `external_pub`.
        pub group_info: Bytes,
        /// Its ratchet tree.
        pub ratchet_tree: Bytes,
    }

    /// Reads the ratchet tree that a Welcome names.
    pub struct TreeRead {
        /// Which conversation.
        pub conversation: ConversationId,
        /// SHA-256 of the serialised tree, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub tree: Bytes,
    }

    /// A ratchet tree.
    pub struct Tree {
        /// Serialised `ratchet_tree`.
        pub ratchet_tree: Bytes,
    }

    /// Reads the device's Welcomes.
    pub struct InboxRead {}

    /// Welcomes for the device.
    #[derive(PartialEq, Eq)]
    pub struct Inbox {
        /// Oldest first.
        pub welcomes: Vec<InboxWelcome>,
    }

    /// A Welcome for one device.
    #[derive(PartialEq, Eq)]
    pub struct InboxWelcome {
        /// Its place in the inbox.
        pub number: u64,
        /// The conversation to join, as the device sees it.
        pub conversation: ConversationId,
        /// Direct or group.
        pub kind: ConversationKind,
        /// The MLS ciphersuite.
        pub suite: u16,
        /// The log right after the commit that added the device.
        pub position: LogPosition,
        /// Running hash at that place, 32 bytes.
        pub hash: Bytes,
        /// MLS `Welcome` with this device's secrets only.
        pub welcome: Bytes,
        /// Names the tree to fetch: SHA-256 of the serialised tree, 32 bytes.
        pub tree: Bytes,
        /// When the commit was taken.
        pub time: Timestamp,
    }

    /// Deletes Welcomes that the device has durably used or given up.
    pub struct InboxAcknowledge {
        /// Up to and with this number.
        pub number: u64,
    }

    /// Says up to where the device has durably stored entries.
    pub struct StoredWrite {
        /// At most 500; going back is ignored.
        #[cfg_attr(feature = "openapi", schema(max_items = 500))]
        pub cursors: Vec<LogCursor>,
    }

    /// A place in a log.
    #[derive(Copy, PartialEq, Eq)]
    pub struct LogCursor {
        /// Whose log.
        pub conversation: ConversationId,
        /// Up to and with this entry.
        pub seq: u64,
    }

    /// Says up to where the person has read.
    pub struct ReadWrite {
        /// Up to where; going back is ignored.
        pub cursor: LogCursor,
    }

    /// Reads the members' cursors.
    pub struct CursorsRead {
        /// Which conversation.
        pub conversation: ConversationId,
    }

    /// Cursors of the members.
    #[derive(PartialEq, Eq)]
    pub struct Cursors {
        /// Which conversation.
        pub conversation: ConversationId,
        /// One for each member account. Where a server pushes those of a conversation of more than 32 accounts: the
        /// own one, and those of the members that have stored and read least.
        pub members: Vec<MemberCursor>,
    }

    /// One member's cursors.
    #[derive(Copy, PartialEq, Eq)]
    pub struct MemberCursor {
        /// Whose.
        pub account: AccountId,
        /// The farthest that one of the account's devices has stored.
        pub delivered: u64,
        /// Up to where the person has read.
        pub read: u64,
    }

    /// Reads when each member had an entry.
    pub struct CursorTimesRead {
        /// In which conversation.
        pub conversation: ConversationId,
        /// Which entry.
        pub seq: u64,
    }

    /// When each member had an entry.
    #[derive(PartialEq, Eq)]
    pub struct CursorTimes {
        /// Members of whom the server knows something; read times only of those who let it be seen.
        pub members: Vec<MemberTimes>,
    }

    /// When a member had an entry.
    #[derive(Copy, PartialEq, Eq)]
    pub struct MemberTimes {
        /// Who.
        pub account: AccountId,
        /// When a device of theirs had stored it.
        #[serde(default)]
        pub delivered: Option<Timestamp>,
        /// When they had read it.
        #[serde(default)]
        pub read: Option<Timestamp>,
    }

    /// Says that the device has stored an entry that this server does not have, or another one in its place.
    pub struct LogLost {
        /// Of whose log.
        pub conversation: ConversationId,
        /// Number of the entry.
        pub seq: u64,
        /// Running hash at it, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub hash: Bytes,
        /// Up to where the device knows the same log as this server.
        pub after: u64,
    }

    /// What becomes of lost entries.
    pub struct LossNoted {
        /// Whether the caller may reset the conversation, as far as this server knows.
        pub may_reset: bool,
    }

    /// Blanks an entry: what it carried goes, its place and hash stay.
    pub struct LogErase {
        /// Whose log.
        pub conversation: ConversationId,
        /// Which entry.
        pub seq: u64,
        /// The token whose SHA-256 was appended with it, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub token: Bytes,
    }

    /// Leaves a group.
    pub struct ConversationLeave {
        /// Which.
        pub conversation: ConversationId,
        /// The leave statement, signed by the calling device (see `sealpost_mls::LeaveStatement`).
        pub statement: Bytes,
    }

    /// Replaces the encrypted state if it is still at `base_version`, else `version-conflict`.
    pub struct StateWrite {
        /// Which conversation.
        pub conversation: ConversationId,
        /// The version that the writer knows; 0 for none.
        pub base_version: u64,
        /// Encrypted under the conversation key, at most 64 KiB.
        pub state: Bytes,
    }

    /// Reads the encrypted state.
    pub struct StateRead {
        /// Which conversation.
        pub conversation: ConversationId,
    }

    /// The encrypted state.
    pub struct ConversationState {
        /// 0 for none.
        pub version: u64,
        /// Encrypted under the conversation key.
        pub state: Bytes,
    }
}
