//! What travels between a Sealpost client and a Sealpost server: identifiers, the requests and responses of every
//! operation, socket frames and problem kinds.
//!
//! Independent of MLS, of transports and of storage: serde types only. The same types travel as JSON (byte strings as
//! base64url) and as CBOR (byte strings raw). Types are additive within v1: a new field has a default, and nothing is
//! renamed or removed.

pub mod account;
pub mod activity;
pub mod archive;
pub mod blob;
pub mod bytes;
pub mod conversation;
pub mod device;
pub mod id;
pub mod link;
pub mod linking;
pub mod operation;
pub mod poll;
pub mod problem;
pub mod safety;
pub mod socket;

pub use bytes::Bytes;
pub use id::{AccountId, BlobId, ClientId, ConversationId, DeviceId, LinkId, PasskeyId, RequestId, SignInId};
pub use operation::{Access, Operation, Request, Response};
pub use problem::{Problem, ProblemKind};

/// Milliseconds since the Unix epoch, by the server's clock unless said otherwise.
pub type Timestamp = u64;
