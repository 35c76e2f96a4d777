//! What the engine takes and what it gives: events in, effects out. Independent of how effects are performed.
//!
//! The contract with whoever drives the engine (the driver, or a simulation):
//! - [`Event::Started`] comes first, once.
//! - Effects are performed after `handle` has returned, in their order.
//! - An [`Effect::Request`] over HTTP is answered exactly once by [`Event::Answered`], however long it takes. One over the
//!   socket is answered, or its connection ends in [`Event::Disconnected`], which loses all that were open.
//! - An [`Effect::Connect`] is followed by [`Event::Connected`] or [`Event::Disconnected`], and a connection by exactly one
//!   [`Event::Disconnected`], also when the engine asked for it by [`Effect::Disconnect`].
//! - A timer fires at most once for each [`Effect::Timer`]; setting one that is running replaces it.
//! - What the server pushes and answers on one socket arrives in the order in which the server sent it.

use sealpost_protocol::{
    BlobId, Bytes, Problem, Request, Response, Timestamp,
    socket::{self, CloseCode, Welcome},
};

use crate::{
    command::{Answer, Command, Failure},
    media::{MediaError, SealedFile, Transfer},
    snapshot::SnapshotKey,
};

/// Names a command between [`Event::Command`] and [`Effect::Finished`]; chosen by who gives the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommandId(pub u64);

/// Names a request between [`Effect::Request`] and [`Event::Answered`]; unique in an engine's life, also on the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// Names a timer. There is one of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TimerId {
    /// Connect again.
    Reconnect,
    /// Tell the server what this device has stored.
    Cursors,
    /// Try again what failed for a while.
    Retry,
    /// Look for what is done once in a while: healing, key packages.
    Maintenance,
    /// Typing that was not repeated ends, drafts are kept.
    Activity,
    /// Remove messages that disappear.
    Expiry,
    /// Write to the archive.
    Archive,
    /// Look what the other device has said, while one is linked.
    Linking,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The engine was opened: the first event.
    Started,
    /// The person wants something.
    Command {
        /// Repeated by [`Effect::Finished`].
        id: CommandId,
        /// What.
        command: Command,
    },
    /// The connection that was asked for is there; its hello was answered by this.
    Connected(Welcome),
    /// There is no connection (any more). Everything that was open on the socket is lost.
    Disconnected {
        /// Why, if the server said so.
        code: Option<CloseCode>,
    },
    /// The server pushed something.
    Pushed(socket::Event),
    /// A request was answered or failed.
    Answered {
        /// Which.
        request: RequestId,
        /// The answer.
        outcome: Result<Response, RequestFailure>,
    },
    /// A timer fired.
    Timer(TimerId),
    /// A file was sealed onto this device.
    Staged(SealedFile),
    /// So much of a file has been moved.
    FileMoved {
        /// Which.
        blob: BlobId,
        /// Bytes of the sealed file.
        bytes: u64,
    },
    /// An upload came to its end.
    Uploaded {
        /// Which.
        blob: BlobId,
        /// Whether the server has all of it.
        outcome: Result<(), RequestFailure>,
    },
    /// A download came to its end, or all of a file was read.
    Fetched {
        /// Which.
        blob: BlobId,
        /// Whether all of it is here.
        outcome: Result<(), MediaError>,
    },
}

/// Why a request has no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestFailure {
    /// The server refused it.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// Nobody knows whether it arrived.
    #[error("the connection was lost before the answer came")]
    Lost,
}

/// How a request travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// `POST /v1/<operation>`, with the session's token if there is one.
    Http {
        /// The bearer token.
        token: Option<Bytes>,
    },
    /// The connected socket.
    Socket,
}

/// Something to be done.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "most effects are requests, and none lives long")]
pub enum Effect {
    /// Ask the server.
    Request {
        /// Repeated by [`Event::Answered`].
        id: RequestId,
        /// What.
        request: Request,
        /// Over what.
        via: Via,
    },
    /// Connect the socket with this session.
    Connect {
        /// The session's token.
        token: Bytes,
    },
    /// Close the socket, or stop connecting.
    Disconnect,
    /// Fire a timer.
    Timer {
        /// Which.
        id: TimerId,
        /// When, by the clock that `handle` is given.
        at: Timestamp,
    },
    /// Upload a file that was staged; [`Event::Uploaded`] follows, exactly once, and before it [`Event::FileMoved`] now and then.
    Upload(Transfer),
    /// Download a file; [`Event::Fetched`] follows, exactly once, and before it [`Event::FileMoved`] now and then.
    Fetch(Transfer),
    /// Remove what this device holds of files.
    RemoveFiles(Vec<BlobId>),
    /// These snapshots may have changed. A timeline is named with limit 0 and stands for all its windows.
    Changed(Vec<SnapshotKey>),
    /// A command has come to its end.
    Finished {
        /// Which.
        id: CommandId,
        /// What it gave.
        result: Result<Answer, Failure>,
    },
    /// The person signed out and the engine's database is empty again: what else this device keeps of them (other
    /// files, caches) is to be erased as well.
    Erased,
}
