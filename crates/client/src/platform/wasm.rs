//! The browser's side, in a dedicated worker: tasks of the event loop, `fetch`, `WebSocket`, and SQLite on the origin
//! private file system.
//!
//! The pool of files is opened at most once in a worker's life: a tab that gives up its lead ends its worker.

use std::{cell::Cell, future::Future, rc::Rc, time::Duration};

use futures::{
    StreamExt,
    channel::{mpsc, oneshot},
    future::{Either, select},
};
use js_sys::{ArrayBuffer, Uint8Array};
use rusqlite::{Connection, OpenFlags};
use sealpost_protocol::Timestamp;
use sqlite_wasm_rs::WasmOsCallback;
use sqlite_wasm_vfs::sahpool::{OpfsSAHError, OpfsSAHPoolCfgBuilder, OpfsSAHPoolUtil, install};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, BinaryType, CloseEvent, Headers, MessageEvent, RequestInit, WebSocket, WorkerGlobalScope,
};

pub(crate) mod media;

use super::{DatabaseError, DatabaseKey, DatabaseLocation, HttpRequest, HttpResponse, Lost, SocketInput, Storage};

/// Frames that were received and wait to be taken. A browser cannot be told to wait, so a socket that brings more is
/// closed, and what was missed is fetched.
const FRAMES_WAITING_MAX: usize = 4096;
/// The pool of files, and SQLite's name for encrypted files in it. It is never the default: if it were, a pool that
/// cannot be had would silently be replaced by memory.
const POOL: &str = "opfs-sahpool";
const ENCRYPTED_POOL: &str = "multipleciphers-opfs-sahpool";
/// Files that the pool has room for: a database, a damaged one, their journals, and some to spare.
const POOL_FILES: u32 = 8;
/// How often the pool is tried while the worker before this one still lets go of it, and how long each try waits.
const POOL_TRIES: u32 = 10;
const POOL_PAUSE: Duration = Duration::from_millis(100);

/// Runs a task beside the caller.
pub(crate) fn spawn(task: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(task);
}

/// Runs a task that computes and writes to disk for long: the whole worker is there for it.
pub(crate) fn spawn_actor(task: impl Future<Output = ()> + 'static) {
    spawn(task);
}

/// Waits.
pub(crate) async fn sleep(duration: Duration) {
    // The browser counts in 31 bits.
    let millis = u32::try_from(duration.as_millis()).unwrap_or(u32::MAX).min(i32::MAX as u32);
    gloo_timers::future::TimeoutFuture::new(millis).await;
}

/// The system's clock.
pub(crate) fn now() -> Timestamp {
    // Milliseconds since 1970 are far below 2^53.
    js_sys::Date::now() as Timestamp
}

/// What this device runs on, in words; empty if nobody knows.
pub(crate) fn device_platform() -> String {
    let worker = js_sys::global().dyn_into::<WorkerGlobalScope>().ok();
    let user_agent = worker.and_then(|worker| worker.navigator().user_agent().ok());
    super::user_agent::named(&user_agent.unwrap_or_default())
}

/// Makes HTTP requests.
#[derive(Clone)]
pub(crate) struct Http;

impl Http {
    /// By the worker's `fetch`.
    pub(crate) fn new() -> Result<Self, Lost> {
        Ok(Self)
    }

    /// Sends a request, and waits for the whole answer for so long.
    pub(super) async fn send(&self, request: HttpRequest<'_>, timeout: Duration) -> Result<HttpResponse, Lost> {
        let abort = AbortController::new().map_err(|_| Lost)?;
        let answer = Box::pin(fetch(request, &abort));
        match select(answer, Box::pin(sleep(timeout))).await {
            Either::Left((answer, _)) => answer.map_err(|_| Lost),
            Either::Right(_) => {
                abort.abort();
                Err(Lost)
            }
        }
    }
}

async fn fetch(request: HttpRequest<'_>, abort: &AbortController) -> Result<HttpResponse, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in request.headers {
        headers.set(name, value)?;
    }
    if let Some(token) = request.token {
        headers.set("authorization", &format!("Bearer {token}"))?;
    }
    let options = RequestInit::new();
    options.set_method(request.method);
    options.set_headers(&headers);
    if !request.body.is_empty() {
        options.set_body(&Uint8Array::from(request.body.as_slice()));
    }
    options.set_signal(Some(&abort.signal()));
    let worker: WorkerGlobalScope = js_sys::global().dyn_into()?;
    let response: web_sys::Response =
        JsFuture::from(worker.fetch_with_str_and_init(request.url, &options)).await?.dyn_into()?;
    let upload_offset = response.headers().get("upload-offset")?.and_then(|offset| offset.parse().ok());
    let body = JsFuture::from(response.array_buffer()?).await?;
    Ok(HttpResponse { status: response.status(), upload_offset, body: Uint8Array::new(&body).to_vec() })
}

/// Opens a socket.
pub(crate) async fn connect(url: &str, subprotocol: &'static str) -> Result<(SocketSender, SocketReceiver), Lost> {
    let socket = WebSocket::new_with_str(url, subprotocol).map_err(|_| Lost)?;
    socket.set_binary_type(BinaryType::Arraybuffer);
    let (opened, open) = oneshot::channel();
    let (sender, frames) = mpsc::channel(FRAMES_WAITING_MAX);
    let code = Rc::new(Cell::new(None));
    let handlers = Handlers::listen(&socket, opened, sender, &code);
    let shared = Rc::new(SocketGuard { socket, _handlers: handlers });
    open.await.map_err(|_| Lost)?;
    Ok((SocketSender(shared.clone()), SocketReceiver { frames, code, _socket: shared }))
}

/// What the browser calls when something happens to a socket.
struct Handlers {
    _open: Closure<dyn FnMut()>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _close: Closure<dyn FnMut(CloseEvent)>,
}

impl Handlers {
    /// `opened` gets the news that the socket is open, or is dropped if it never will be. `frames` ends with the socket,
    /// and then `code` says why.
    fn listen(
        socket: &WebSocket,
        opened: oneshot::Sender<()>,
        mut frames: mpsc::Sender<Vec<u8>>,
        code: &Rc<Cell<Option<u16>>>,
    ) -> Self {
        let opened = Rc::new(Cell::new(Some(opened)));
        let (opened_or_not, code, mut last) = (opened.clone(), code.clone(), frames.clone());
        let open = Closure::new(move || {
            if let Some(opened) = opened.take() {
                // Nobody waits for it any more.
                let _ = opened.send(());
            }
        });
        let full = socket.clone();
        let message = Closure::new(move |event: MessageEvent| {
            if let Ok(buffer) = event.data().dyn_into::<ArrayBuffer>()
                && frames.try_send(Uint8Array::new(&buffer).to_vec()).is_err()
            {
                frames.close_channel();
                let _ = full.close();
            }
        });
        let close = Closure::new(move |event: CloseEvent| {
            drop(opened_or_not.take());
            code.set(Some(event.code()));
            last.close_channel();
        });
        socket.set_onopen(Some(open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        Self { _open: open, _message: message, _close: close }
    }
}

/// A socket with its handlers; closed when both ways are dropped.
struct SocketGuard {
    socket: WebSocket,
    _handlers: Handlers,
}

impl Drop for SocketGuard {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Closed already is as good.
        let _ = self.socket.close();
    }
}

/// The way out of a socket.
pub(crate) struct SocketSender(Rc<SocketGuard>);

impl SocketSender {
    /// Sends a binary frame.
    pub(crate) async fn send(&mut self, frame: Vec<u8>) -> Result<(), Lost> {
        self.0.socket.send_with_u8_array(&frame).map_err(|_| Lost)
    }

    /// Says goodbye.
    pub(crate) async fn close(&mut self) {
        let _ = self.0.socket.close();
    }
}

/// The way in of a socket.
pub(crate) struct SocketReceiver {
    frames: mpsc::Receiver<Vec<u8>>,
    code: Rc<Cell<Option<u16>>>,
    _socket: Rc<SocketGuard>,
}

impl SocketReceiver {
    /// Waits for what comes next.
    pub(crate) async fn next(&mut self) -> SocketInput {
        match self.frames.next().await {
            Some(frame) => SocketInput::Frame(frame),
            None => SocketInput::Closed(self.code.get()),
        }
    }
}

/// A place for databases: the pool of files, or memory.
pub(crate) struct Database {
    place: Option<Place>,
}

struct Place {
    pool: OpfsSAHPoolUtil,
    name: String,
    key: Option<DatabaseKey>,
}

impl Database {
    /// Takes the place. Where the browser has none (private windows of some), it is memory.
    pub(crate) async fn acquire(location: &DatabaseLocation) -> Result<Self, DatabaseError> {
        let DatabaseLocation::File { name, key } = location else {
            return Ok(Self { place: None });
        };
        let place = acquire_pool().await?.map(|pool| Place { pool, name: name.clone(), key: key.clone() });
        Ok(Self { place })
    }

    /// Opens the database, making it if it is not there.
    pub(crate) fn open(&self) -> Result<Connection, DatabaseError> {
        let Some(place) = &self.place else {
            return Ok(Connection::open_in_memory()?);
        };
        let key = place.key.as_ref().ok_or(DatabaseError::Key)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let connection = Connection::open_with_flags_and_vfs(place.current(), flags, ENCRYPTED_POOL)?;
        let mut pragmas = zeroize::Zeroizing::new(String::from("PRAGMA cipher = 'sqlcipher'; PRAGMA legacy = 4; "));
        pragmas.push_str("PRAGMA key = \"x'");
        for byte in key.iter() {
            pragmas.push_str(&format!("{byte:02x}"));
        }
        pragmas.push_str("'\"; ");
        pragmas.push_str("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = TRUNCATE; ");
        pragmas.push_str("PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL;");
        connection.execute_batch(&pragmas)?;
        // A wrong key shows at the first read.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    }

    /// Leaves a damaged database where it is and goes on with the next file; older damaged ones go.
    pub(crate) fn set_aside(&mut self) -> Result<(), DatabaseError> {
        let Some(place) = &self.place else { return Ok(()) };
        let current = place.current();
        self.erase_set_aside();
        // An empty file with the next number makes it the current one.
        let next = place.numbered(place.number_of(&current).unwrap_or_default() + 1);
        place.pool.import_db_unchecked(&next, &[]).map_err(|e| DatabaseError::Place(e.to_string()))
    }

    /// Deletes every database but the current one.
    pub(crate) fn erase_set_aside(&self) {
        if let Some(place) = &self.place {
            let current = place.current();
            place.delete(|file| !file.starts_with(&current));
        }
    }

    /// Deletes every database; the current one must be closed.
    pub(crate) fn erase(&self) {
        if let Some(place) = &self.place {
            place.delete(|_| true);
        }
    }

    /// Where the database is.
    pub(crate) fn storage(&self) -> Storage {
        if self.place.is_some() { Storage::Persistent } else { Storage::Memory }
    }

    /// Gives the place up. The database must be closed.
    pub(crate) fn release(self) {
        if let Some(place) = self.place {
            // Ending the worker gives it up as well.
            let _ = place.pool.pause_vfs();
        }
    }
}

impl Place {
    fn numbered(&self, number: u32) -> String {
        format!("{}-{number}.db", self.name)
    }

    fn number_of(&self, file: &str) -> Option<u32> {
        file.strip_prefix(self.name.as_str())?.strip_prefix('-')?.strip_suffix(".db")?.parse().ok()
    }

    /// Deletes those files of this name, journals among them, that are asked for.
    fn delete(&self, asked: impl Fn(&str) -> bool) {
        for file in self.pool.list().iter().filter(|file| file.starts_with(&self.name) && asked(file)) {
            // What cannot be deleted now is tried again the next time.
            let _ = self.pool.delete_db(file);
        }
    }

    /// The file with the highest number.
    fn current(&self) -> String {
        let newest = self.pool.list().iter().filter_map(|file| self.number_of(file)).max();
        self.numbered(newest.unwrap_or(1))
    }
}

/// The pool, or nothing where the browser has no such file system.
async fn acquire_pool() -> Result<Option<OpfsSAHPoolUtil>, DatabaseError> {
    let options =
        OpfsSAHPoolCfgBuilder::new().vfs_name(POOL).directory(".sealpost").initial_capacity(POOL_FILES).build();
    let mut tries = 1;
    loop {
        match install::<WasmOsCallback>(&options, false).await {
            Ok(pool) => return Ok(Some(pool)),
            Err(OpfsSAHError::NotSupported | OpfsSAHError::GetDirHandle(_)) => return Ok(None),
            Err(OpfsSAHError::CreateSyncAccessHandle(_)) if tries == POOL_TRIES => return Err(DatabaseError::InUse),
            Err(OpfsSAHError::CreateSyncAccessHandle(_)) => tries += 1,
            Err(e) => return Err(DatabaseError::Place(e.to_string())),
        }
        sleep(POOL_PAUSE).await;
    }
}
