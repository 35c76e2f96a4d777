//! Frames of the socket at `/v1/socket`. Subprotocols: `sealpost.v1.json` (text) and `sealpost.v1.cbor` (binary).

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, Bytes, ConversationId, Problem, Request, Response, Timestamp,
    activity::{Presence, Typing},
    conversation::{ConversationSummary, Cursors, Inbox, LogWindow},
    safety::AccountSettings,
};

/// Subprotocol with JSON in text frames.
pub const SUBPROTOCOL_JSON: &str = "sealpost.v1.json";
/// Subprotocol with CBOR in binary frames.
pub const SUBPROTOCOL_CBOR: &str = "sealpost.v1.cbor";
/// The version that [`ClientFrame::Hello`] names.
pub const PROTOCOL_VERSION: u32 = 1;
/// Seconds between pings.
pub const HEARTBEAT_SECONDS: u32 = 30;

/// From the client.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(
    clippy::large_enum_variant,
    reason = "a frame is made, moved once and gone; boxing would only add an allocation"
)]
#[serde(tag = "frame", rename_all = "snake_case")]
pub enum ClientFrame {
    /// The first frame, within ten seconds.
    Hello {
        /// The session's token, 32 bytes.
        token: Bytes,
        /// [`PROTOCOL_VERSION`].
        version: u32,
        /// Names of what the client can beyond v1; unknown ones are ignored.
        #[serde(default)]
        capabilities: Vec<String>,
    },
    /// Calls an operation.
    Request {
        /// Repeated by the answer.
        id: u64,
        /// What is asked.
        request: Request,
    },
    /// Every [`HEARTBEAT_SECONDS`]; the server closes after two misses.
    Ping {},
}

/// From the server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "frame", rename_all = "snake_case")]
pub enum ServerFrame {
    /// Answer to `hello`.
    Welcome(Welcome),
    /// Answer to a request.
    Response {
        /// As in the request.
        id: u64,
        /// The answer.
        response: Response,
    },
    /// A request failed.
    Problem {
        /// As in the request.
        id: u64,
        /// Why.
        problem: Problem,
    },
    /// Something happened.
    Event {
        /// What.
        event: Event,
    },
    /// Answer to `ping`.
    Pong {},
}

/// What a connection may count on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// Names the server's history: changes when it is restored from a backup. 16 bytes.
    pub incarnation: Bytes,
    /// The server's clock.
    pub server_time: Timestamp,
    /// Seconds between pings.
    pub heartbeat_seconds: u32,
    /// Largest frame that the server takes, in bytes.
    pub frame_max: u64,
    /// For how long it keeps messages for devices that are away and stay signed in.
    #[serde(default)]
    pub kept: Option<Kept>,
}

/// For how long a server keeps messages for devices that are away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Days for people none of whose devices has got a message.
    pub days: u32,
    /// Days for the other devices of people who have it.
    pub device_days: u32,
}

/// What a server pushes. A client that misses one finds the same by asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Entries that the device has not stored yet, in order. The log goes on after a gap that the client must fetch.
    Entries(LogWindow),
    /// Welcomes for the device.
    Inbox(Inbox),
    /// Members' cursors moved.
    Cursors(Cursors),
    /// A conversation is new to the account, or its encrypted state changed.
    Conversation(ConversationSummary),
    /// Everything that waited when the connection began has been sent.
    BacklogDone {},
    /// The account's vault changed.
    VaultChanged {
        /// Its present version.
        version: u64,
    },
    /// The account's archive changed.
    ArchiveChanged {
        /// Its present version.
        version: u64,
    },
    /// Someone types in a conversation, or no longer does.
    Typing(Typing),
    /// The presence of an account that this device watches changed.
    Presence(Presence),
    /// An entry was blanked: what it carried is to go from this device as well.
    Erased {
        /// Whose log.
        conversation: ConversationId,
        /// Which entry.
        seq: u64,
    },
    /// Someone left a group and waits to be removed from it by the next commit.
    Leaving {
        /// Which group.
        conversation: ConversationId,
        /// Their leave statement.
        statement: Bytes,
    },
    /// Requests to join wait in a conversation that this account is an admin of, or one of its own was settled.
    JoinRequests {
        /// Which conversation.
        conversation: ConversationId,
    },
    /// The account's settings changed on another device.
    SettingsChanged(AccountSettings),
    /// The profile (name, picture) of an account that shares a conversation changed.
    ProfileChanged {
        /// Whose.
        account: AccountId,
    },
    /// The device list of an account that shares a conversation changed.
    DeviceListChanged {
        /// Whose.
        account: AccountId,
        /// Its present version.
        version: u64,
    },
}

/// Why the server closed a socket. WebSocket close codes; the text says the same for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// The server stops; come back after a moment.
    Draining = 1001,
    /// The server is overloaded; come back later.
    Overloaded = 1013,
    /// A frame that cannot be read; do not repeat it.
    BadFrame = 4400,
    /// The session has ended; sign in.
    SignedOut = 4401,
    /// The device was removed from its account.
    DeviceRevoked = 4403,
    /// The protocol version is not spoken here; update the app.
    Version = 4406,
    /// Too slow, or silent for too long; come back.
    TooSlow = 4408,
    /// A frame is too large; do not repeat it.
    TooLarge = 4413,
    /// Too many requests; come back later.
    RateLimited = 4429,
}

impl CloseCode {
    /// Every code.
    pub const ALL: [Self; 9] = [
        Self::Draining,
        Self::Overloaded,
        Self::BadFrame,
        Self::SignedOut,
        Self::DeviceRevoked,
        Self::Version,
        Self::TooSlow,
        Self::TooLarge,
        Self::RateLimited,
    ];

    /// The code with this number.
    pub fn from_u16(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|known| *known as u16 == code)
    }

    /// Whether connecting again with the same session makes sense.
    pub fn may_retry(self) -> bool {
        !matches!(self, Self::SignedOut | Self::DeviceRevoked | Self::Version)
    }
}

/// A frame could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Not CBOR of a known frame.
    #[error("a frame could not be decoded: {0}")]
    Decode(#[from] ciborium::de::Error<std::io::Error>),
    /// Could not be written.
    #[error("a frame could not be encoded: {0}")]
    Encode(#[from] ciborium::ser::Error<std::io::Error>),
}

/// `value` as CBOR.
///
/// # Errors
/// When a value cannot be represented, which no type of this crate does.
pub fn to_cbor<T: Serialize>(value: &T) -> Result<Vec<u8>, FrameError> {
    let mut bytes = Vec::with_capacity(256);
    ciborium::into_writer(value, &mut bytes)?;
    Ok(bytes)
}

/// The value that `bytes` holds as CBOR.
///
/// # Errors
/// When they are not CBOR of a `T`.
pub fn from_cbor<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, FrameError> {
    Ok(ciborium::from_reader(bytes)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        ClientId, ConversationId,
        conversation::{Append, CommitUpload, Entry, EntryBody, LogAppend},
    };

    fn append(append: Append) -> ClientFrame {
        let request = LogAppend {
            conversation: ConversationId([1; 16]),
            generation: 1,
            epoch: u64::MAX,
            client_id: ClientId([2; 16]),
            append,
        };
        ClientFrame::Request { id: 7, request: request.into() }
    }

    #[test]
    fn frames_keep_their_bytes_in_both_forms() {
        let message = Bytes(vec![0, 255, 10]);
        let commit = CommitUpload { commit: message.clone(), welcome: None, group_info: message.clone() };
        for frame in [
            append(Append::Application {
                message: message.clone(),
                expires_in: Some(30),
                delete_token_hash: None,
                blobs: Vec::new(),
            }),
            append(Append::Commit(commit)),
        ] {
            let json = serde_json::to_string(&frame).unwrap();
            assert!(json.contains("\"AP8K\""), "{json}");
            let from_json: ClientFrame = serde_json::from_str(&json).unwrap();
            let cbor = to_cbor(&frame).unwrap();
            let from_cbor: ClientFrame = from_cbor(&cbor).unwrap();
            assert_eq!(format!("{from_json:?}"), format!("{frame:?}"));
            assert_eq!(to_cbor(&from_json).unwrap(), cbor);
            assert_eq!(to_cbor(&from_cbor).unwrap(), cbor);
        }
    }

    #[test]
    fn byte_strings_are_raw_in_cbor() {
        let entry = Entry {
            seq: 1,
            client_id: ClientId([3; 16]),
            time: 1,
            generation: 1,
            epoch: 0,
            hash: [4; 32].into(),
            body: EntryBody::Application { message: vec![5; 1000].into() },
            expires_in: None,
        };
        let event = ServerFrame::Event {
            event: Event::Entries(LogWindow {
                conversation: ConversationId([1; 16]),
                entries: vec![entry],
                last_seq: 1,
                pruned: None,
            }),
        };
        let cbor = to_cbor(&event).unwrap();
        assert!(cbor.len() < 1300, "{} bytes", cbor.len());
        assert!(cbor.windows(1000).any(|window| window == [5; 1000]));
        assert!(matches!(from_cbor(&cbor).unwrap(), ServerFrame::Event { event: Event::Entries(_) }));
    }
}
