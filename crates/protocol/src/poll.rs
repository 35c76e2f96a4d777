//! What travels where sockets are blocked: the same events, fetched by HTTP requests that wait (`POST /v1/poll/open`,
//! then `POST /v1/poll/next` again and again). Requests go as `POST /v1/` and the operation's name meanwhile.

use serde::{Deserialize, Serialize};

use crate::{
    Bytes,
    socket::{Event, Welcome},
};

/// Longest time that the server lets a poll wait for something to happen, in seconds.
pub const POLL_WAIT_SECONDS: u64 = 25;
/// A poll that nobody asks for so many seconds has ended.
pub const POLL_SILENCE_SECONDS: u64 = 60;

/// A poll is open: what a socket would have been welcomed with, and how the poll is called.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PollOpened {
    /// Names the poll, 16 bytes. Only the session that opened it may ask for it.
    pub poll: Bytes,
    /// What the connection may count on.
    pub welcome: Welcome,
}

/// Asks for what happened, waiting for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PollNext {
    /// Which poll.
    pub poll: Bytes,
    /// The newest batch that arrived; 0 before the first.
    pub acknowledged: u64,
}

/// What happened. The same batch comes again until it is acknowledged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PollBatch {
    /// Its number, from 1; the acknowledged one when nothing happened.
    pub number: u64,
    /// In the order in which they happened.
    pub events: Vec<Event>,
    /// The close code with which a socket would have ended: the poll is over.
    #[serde(default)]
    pub closed: Option<u16>,
}
