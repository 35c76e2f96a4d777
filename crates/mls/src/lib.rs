//! MLS (RFC 9420) for Sealpost: identities and device certificates, the operations of a group, and the server's public
//! view of a group.
//!
//! Bytes go in; bytes and small own types come out: no OpenMLS type is part of this interface. Independent of clocks,
//! networks and databases: the time is handed in, randomness is handed in, and state goes through [`StateStore`]. (One
//! exception is OpenMLS's own: it compares the lifetimes of key packages with the system's clock.)

mod codec;
mod error;
mod handover;
mod header;
mod key_package;
mod provider;
mod rules;
mod storage;
mod store;
mod suite;
mod wire;

pub mod group;
pub mod identity;
pub mod public;

pub use error::{GroupError, JoinError, KeyPackageError, ProcessError, PublicError, RuleViolation, StoreError};
pub use group::{
    CommitBundle, ExternalJoin, Group, GroupId, Joined, Member, Policy, Processed, ReceivedCommit, Reset, Roles, Who,
    external, join,
};
pub use handover::{HandoverKey, NotHandedOver, hand_over, hand_over_to_key_package, take_over};
pub use header::ApplicationHeader;
pub use key_package::{
    KEY_PACKAGE_LIFETIME, KeyPackageInfo, delete_key_package, generate_key_package, inspect_key_package,
    key_package_ref,
};
pub use provider::{Context, Randomness};
pub use public::{CheckedCommit, CommitUpload, PublicView, trim_welcome};
pub use rules::Change;
pub use store::{MemoryStore, ScratchStore, StateStore, Write, apply};
pub use suite::Suite;

/// A new group is at most so many generations ahead of what the server knows: it may have lost resets, too.
pub const GENERATIONS_AHEAD: u64 = 16;
/// Most key packages that one commit adds.
pub const ADD_MAX: usize = 100;
/// Largest serialised `GroupInfo`, in clear or encrypted in a Welcome, in bytes. One with X-Wing has 2 KB, and its roles
/// take 18 bytes for each admin.
pub const GROUP_INFO_MAX: usize = 64 * 1024;
/// Largest encrypted secrets for one joiner in a Welcome, in bytes. With X-Wing they have 1.3 KB.
pub const WELCOME_SECRETS_MAX: usize = 8 * 1024;
/// Length of a conversation key in bytes.
pub const CONVERSATION_KEY_LEN: usize = 32;

#[cfg(feature = "testing")]
pub mod decoders;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
