//! What differs between a native program and a browser's worker: tasks, time, the network and where the database is.
//! The only place that asks which of the two it is; both sides have the same functions and types.
//!
//! Independent of the engine and of what travels: bytes in, bytes out.

use std::{fmt, time::Duration};

use zeroize::Zeroizing;

mod memory_files;
#[cfg(any(test, target_family = "wasm"))]
mod user_agent;

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(not(target_family = "wasm"))]
pub use native::media::Source;
#[cfg(not(target_family = "wasm"))]
pub(crate) use native::{
    Database, Http, SocketReceiver, SocketSender, connect, device_platform,
    media::{Cipher, Folder},
    now, sleep, spawn, spawn_actor,
};

#[cfg(target_family = "wasm")]
mod wasm;
#[cfg(target_family = "wasm")]
pub use wasm::media::Source;
#[cfg(target_family = "wasm")]
pub(crate) use wasm::{
    Database, Http, SocketReceiver, SocketSender, connect, device_platform,
    media::{Cipher, Folder},
    now, sleep, spawn, spawn_actor,
};

/// Longest time that an HTTP request may take.
const HTTP_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest time that a part of a file may take on its way: at a tenth of a megabit a second.
const PART_TIMEOUT: Duration = Duration::from_secs(6 * 60);

impl Http {
    /// Posts CBOR, and takes CBOR or JSON.
    pub(crate) async fn post(&self, url: &str, token: Option<&str>, body: Vec<u8>) -> Result<HttpResponse, Lost> {
        let headers = [("content-type", "application/cbor"), ("accept", "application/cbor, application/problem+json")];
        let request = HttpRequest { method: "POST", url, token, headers: &headers, body };
        self.send(request, HTTP_TIMEOUT).await
    }

    /// Asks for a part of a file, or sends one.
    pub(crate) async fn request(&self, request: HttpRequest<'_>) -> Result<HttpResponse, Lost> {
        self.send(request, PART_TIMEOUT).await
    }
}

/// Where a client keeps its database.
#[derive(Clone)]
pub enum DatabaseLocation {
    /// In memory: gone when the client closes.
    Memory,
    /// In a file. Natively a path; in a browser a name in the origin's private file system.
    File {
        /// Path or name.
        name: String,
        /// Encrypts the file. Needed in a browser to open it, and not available natively.
        key: Option<DatabaseKey>,
    },
}

/// A random key of 32 bytes, never a password.
pub type DatabaseKey = Zeroizing<[u8; 32]>;

impl fmt::Debug for DatabaseLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("Memory"),
            Self::File { name, .. } => f.debug_struct("File").field("name", name).finish_non_exhaustive(),
        }
    }
}

/// Deletes a database without opening it, which takes no key. No client may have it open.
///
/// # Errors
/// When its place cannot be reached, or a client has it.
pub async fn erase_database(location: &DatabaseLocation) -> Result<(), DatabaseError> {
    let database = Database::acquire(location).await?;
    Folder::of(location).await.erase();
    database.erase();
    database.release();
    Ok(())
}

/// Where a client's database is in fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// On disk.
    Persistent,
    /// In memory, as wished or because there is nowhere else.
    Memory,
}

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// Another client has it open.
    #[error("the database is in use by another client")]
    InUse,
    /// What is there is no database, or one under another key.
    #[error("the database is damaged")]
    Damaged(#[source] rusqlite::Error),
    /// A key natively, or none in a browser.
    #[error("a database key is needed in a browser and not available elsewhere")]
    Key,
    /// SQLite refused.
    #[error("the database cannot be opened: {0}")]
    Sqlite(#[source] rusqlite::Error),
    /// The place to store it refused.
    #[error("the database's place cannot be used: {0}")]
    Place(String),
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => Self::Damaged(error),
            _ => Self::Sqlite(error),
        }
    }
}

/// The network failed: nobody knows whether what was sent arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection failed")]
pub(crate) struct Lost;

/// An HTTP request for a part of a file.
pub(crate) struct HttpRequest<'a> {
    /// The method.
    pub method: &'static str,
    /// The whole address.
    pub url: &'a str,
    /// The session's token, in base64url.
    pub token: Option<&'a str>,
    /// Further headers, by lower-case names.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body; empty for none.
    pub body: Vec<u8>,
}

/// An HTTP response.
pub(crate) struct HttpResponse {
    /// The status.
    pub status: u16,
    /// How much of an upload the server has.
    pub upload_offset: Option<u64>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// What comes next on a socket.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SocketInput {
    /// A binary frame.
    Frame(Vec<u8>),
    /// The end, with the close code if the other side gave one.
    Closed(Option<u16>),
}
