//! The native side: tokio, reqwest, tungstenite, and a file.

use std::{
    fs::{self, File},
    future::Future,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use rusqlite::Connection;
use sealpost_protocol::Timestamp;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{
        Message,
        client::IntoClientRequest,
        http::{HeaderValue, header::SEC_WEBSOCKET_PROTOCOL},
        protocol::WebSocketConfig,
    },
};

pub(crate) mod media;

use super::{DatabaseError, DatabaseLocation, HttpRequest, HttpResponse, Lost, SocketInput, Storage};

/// Largest frame that is taken, in bytes: a window with one entry of the largest size fits.
const FRAME_MAX: usize = 8 * 1024 * 1024;
/// Bytes that a socket reads ahead.
const READ_BUFFER: usize = 16 * 1024;

/// Runs a task beside the caller.
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

/// Runs a task that computes and writes to disk for long: it has a thread of its own, so that it holds up no other task.
pub(crate) fn spawn_actor(task: impl Future<Output = ()> + Send + 'static) {
    let runtime = tokio::runtime::Handle::current();
    std::thread::spawn(move || runtime.block_on(task));
}

/// Waits.
pub(crate) async fn sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// The system's clock.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis().try_into().unwrap_or(Timestamp::MAX)
}

/// What this device runs on, in words.
pub(crate) fn device_platform() -> String {
    match std::env::consts::OS {
        "linux" => "Linux".to_owned(),
        "macos" => "macOS".to_owned(),
        "windows" => "Windows".to_owned(),
        other => other.to_owned(),
    }
}

/// Makes HTTP requests.
#[derive(Clone)]
pub(crate) struct Http(reqwest::Client);

impl Http {
    /// Straight to the server, as its socket is: proxies of the environment are not asked.
    pub(crate) fn new() -> Result<Self, Lost> {
        reqwest::Client::builder().no_proxy().build().map(Self).map_err(|_| Lost)
    }

    /// Sends a request, and waits for the whole answer for so long.
    pub(super) async fn send(&self, request: HttpRequest<'_>, timeout: Duration) -> Result<HttpResponse, Lost> {
        let HttpRequest { method, url, token, headers, body } = request;
        let method = method.parse().map_err(|_| Lost)?;
        let mut request = self.0.request(method, url).timeout(timeout).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.map_err(|_| Lost)?;
        let status = response.status().as_u16();
        let offset = response.headers().get("upload-offset").and_then(|offset| offset.to_str().ok()?.parse().ok());
        let body = response.bytes().await.map_err(|_| Lost)?.to_vec();
        Ok(HttpResponse { status, upload_offset: offset, body })
    }
}

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens a socket.
pub(crate) async fn connect(url: &str, subprotocol: &'static str) -> Result<(SocketSender, SocketReceiver), Lost> {
    let mut request = url.into_client_request().map_err(|_| Lost)?;
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(subprotocol));
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .max_message_size(Some(FRAME_MAX))
        .max_frame_size(Some(FRAME_MAX));
    // Small frames must not wait for each other, hence no Nagle.
    let (stream, _) = connect_async_with_config(request, Some(config), true).await.map_err(|_| Lost)?;
    let (sink, stream) = stream.split();
    Ok((SocketSender(sink), SocketReceiver(stream)))
}

/// The way out of a socket. Dropping both ways closes it.
pub(crate) struct SocketSender(SplitSink<Stream, Message>);

impl SocketSender {
    /// Sends a binary frame, waiting for room.
    pub(crate) async fn send(&mut self, frame: Vec<u8>) -> Result<(), Lost> {
        self.0.send(Message::Binary(frame.into())).await.map_err(|_| Lost)
    }

    /// Says goodbye.
    pub(crate) async fn close(&mut self) {
        // Gone already is as good.
        let _ = self.0.send(Message::Close(None)).await;
    }
}

/// The way in of a socket.
pub(crate) struct SocketReceiver(SplitStream<Stream>);

impl SocketReceiver {
    /// Waits for what comes next.
    pub(crate) async fn next(&mut self) -> SocketInput {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Binary(frame))) => return SocketInput::Frame(frame.to_vec()),
                Some(Ok(Message::Close(frame))) => return SocketInput::Closed(frame.map(|frame| frame.code.into())),
                // Text is not spoken here; pings are answered by the library.
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return SocketInput::Closed(None),
            }
        }
    }
}

/// A place for a database, held against other processes as long as this lives.
pub(crate) struct Database {
    path: Option<PathBuf>,
    _lock: Option<File>,
}

impl Database {
    /// Takes the place.
    pub(crate) async fn acquire(location: &DatabaseLocation) -> Result<Self, DatabaseError> {
        let DatabaseLocation::File { name, key } = location else {
            return Ok(Self { path: None, _lock: None });
        };
        if key.is_some() {
            return Err(DatabaseError::Key);
        }
        let path = PathBuf::from(name);
        let place = |e: std::io::Error| DatabaseError::Place(e.to_string());
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(place)?;
        }
        let lock = File::create(path.with_added_extension("lock")).map_err(place)?;
        lock.try_lock().map_err(|e| match e {
            fs::TryLockError::WouldBlock => DatabaseError::InUse,
            fs::TryLockError::Error(e) => place(e),
        })?;
        Ok(Self { path: Some(path), _lock: Some(lock) })
    }

    /// Opens the database, making it if it is not there.
    pub(crate) fn open(&self) -> Result<Connection, DatabaseError> {
        let Some(path) = &self.path else {
            return Ok(Connection::open_in_memory()?);
        };
        let connection = Connection::open(path)?;
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;")?;
        Ok(connection)
    }

    /// Moves a damaged database aside, in place of one that was moved before.
    pub(crate) fn set_aside(&mut self) -> Result<(), DatabaseError> {
        for (file, aside) in self.files_and_asides() {
            match fs::rename(file, aside) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(DatabaseError::Place(e.to_string())),
                _ => {}
            }
        }
        Ok(())
    }

    /// Deletes what was moved aside.
    pub(crate) fn erase_set_aside(&self) {
        self.files_and_asides().iter().for_each(|(_, aside)| delete(aside));
    }

    /// Deletes the database, which must be closed, and what was moved aside.
    pub(crate) fn erase(&self) {
        self.files_and_asides().iter().for_each(|(file, _)| delete(file));
        self.erase_set_aside();
    }

    fn files_and_asides(&self) -> Vec<(PathBuf, PathBuf)> {
        let Some(path) = &self.path else { return Vec::new() };
        ["", "-wal", "-shm"]
            .iter()
            .map(|suffix| {
                let mut file = path.clone().into_os_string();
                file.push(suffix);
                let mut aside = path.with_added_extension("damaged").into_os_string();
                aside.push(suffix);
                (file.into(), aside.into())
            })
            .collect()
    }

    /// Where the database is.
    pub(crate) fn storage(&self) -> Storage {
        if self.path.is_some() { Storage::Persistent } else { Storage::Memory }
    }

    /// Gives the place up. The database must be closed.
    pub(crate) fn release(self) {}
}

/// Deletes a file that may not be there.
fn delete(file: &Path) {
    match fs::remove_file(file) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(error = %e, "A database file cannot be deleted");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use zeroize::Zeroizing;

    use super::*;

    fn location(folder: &tempfile::TempDir) -> DatabaseLocation {
        DatabaseLocation::File { name: folder.path().join("in/client.db").to_string_lossy().into_owned(), key: None }
    }

    #[tokio::test]
    async fn a_database_is_there_again_and_belongs_to_one_client_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let place = Database::acquire(&location(&folder)).await.unwrap();
        place.open().unwrap().execute_batch("CREATE TABLE kept (x)").unwrap();
        assert!(matches!(Database::acquire(&location(&folder)).await, Err(DatabaseError::InUse)));
        place.release();
        let again = Database::acquire(&location(&folder)).await.unwrap();
        assert!(again.open().unwrap().table_exists(None, "kept").unwrap());
        assert_eq!(again.storage(), Storage::Persistent);
    }

    #[tokio::test]
    async fn a_damaged_database_is_found_out_set_aside_and_erased_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let mut place = Database::acquire(&location(&folder)).await.unwrap();
        let file = folder.path().join("in/client.db");
        fs::write(&file, [0x55; 4096]).unwrap();
        assert!(matches!(place.open(), Err(DatabaseError::Damaged(_))));
        place.set_aside().unwrap();
        place.open().unwrap().execute_batch("CREATE TABLE fresh (x)").unwrap();
        let aside = folder.path().join("in/client.db.damaged");
        assert_eq!(fs::read(&aside).unwrap(), [0x55; 4096]);
        place.erase_set_aside();
        assert!(!aside.exists() && file.exists());
        place.erase();
        assert!(!file.exists());
    }

    #[tokio::test]
    async fn a_key_is_refused_rather_than_ignored() {
        let key = Some(Zeroizing::new([1; 32]));
        let location = DatabaseLocation::File { name: "unused.db".into(), key };
        assert!(matches!(Database::acquire(&location).await, Err(DatabaseError::Key)));
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_a_lost_request() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1/me/read", listener.local_addr().unwrap());
        drop(listener);
        assert!(Http::new().unwrap().post(&url, None, vec![]).await.is_err());
    }
}
