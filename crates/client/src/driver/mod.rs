//! Performs what the engine wants: an actor that owns the engine, feeds it with what happens and carries out its
//! effects; and [`Client`], the handle to it. The same natively and in a browser: `platform` has what differs.
//!
//! Nothing here knows the protocol's rules. The actor never waits for the network: tasks do, and tell it.

mod connection;
mod files;
mod http;
mod poll;
mod route;

pub(crate) use http::decode_problem;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use sealpost_protocol::{
    BlobId, Bytes, Request, Response, Timestamp,
    socket::{ClientFrame, ServerFrame},
};
use tokio::sync::{broadcast, mpsc, oneshot};

use self::{
    connection::{News, Way},
    poll::Poller,
    route::Route,
};
use crate::{
    command::{Answer, Command, Failure},
    engine::{CommandId, Effect, Engine, EngineConfig, Event, OpenError, RequestFailure, RequestId, TimerId, Via},
    media::{Media, Transfer},
    platform::{self, Database, DatabaseError, DatabaseLocation, Folder, Http, Storage},
    snapshot::{SignedOutReason, Snapshot, SnapshotKey},
};

/// Calls of handles that wait for the actor.
const CALLS_WAITING_MAX: usize = 64;
/// Answers to HTTP requests that wait for the actor; more wait in their tasks.
const ANSWERS_WAITING_MAX: usize = 64;
/// Frames that wait for the network. The engine has far fewer requests open.
const OUTGOING_MAX: usize = 512;
/// Frames from the network that wait for the actor; more wait in the network.
const NEWS_WAITING_MAX: usize = 64;
/// News of changes that a receiver may leave untaken before it is told that everything changed.
const CHANGES_WAITING_MAX: usize = 256;
/// How long the actor sleeps at most, so that a clock that is set back delays no timer for long.
const SLEEP_MAX: Duration = Duration::from_secs(60);

/// What a client needs to be opened.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// `http://` or `https://`, host and port.
    pub server_url: String,
    /// Where to keep the database.
    pub database: DatabaseLocation,
    /// The engine's own settings.
    pub engine: EngineConfig,
}

/// Why a client cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenFailure {
    /// Neither `http://` nor `https://`.
    #[error("the server's address must begin with http:// or https://")]
    ServerUrl,
    /// The system has no network stack for it.
    #[error("no HTTP requests can be made")]
    Http,
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] OpenError),
}

/// A handle to a running client. Cheap to clone; dropping the last one stops the client.
#[derive(Clone)]
pub struct Client {
    calls: mpsc::Sender<Call>,
    changes: Arc<broadcast::Receiver<Vec<SnapshotKey>>>,
    storage: Storage,
    media: Media,
}

/// What handles ask of the actor.
enum Call {
    /// Something happened to a file that a handle works on.
    File(Event),
    Transfer {
        blob: BlobId,
        reply: oneshot::Sender<Option<(Transfer, bool)>>,
    },
    Command {
        command: Command,
        reply: oneshot::Sender<Result<Answer, Failure>>,
    },
    Snapshot {
        key: SnapshotKey,
        reply: oneshot::Sender<Snapshot>,
    },
    Close {
        reply: oneshot::Sender<()>,
    },
}

/// Which snapshots changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// These. A timeline is named with limit 0 and stands for all its windows.
    Keys(Vec<SnapshotKey>),
    /// Any may have: the receiver was too slow to be told which.
    Everything,
}

/// Tells which snapshots change, from when it was made.
pub struct Changes(broadcast::Receiver<Vec<SnapshotKey>>);

impl Changes {
    /// Waits for the next change; nothing when the client has stopped.
    pub async fn next(&mut self) -> Option<Change> {
        match self.0.recv().await {
            Ok(keys) => Some(Change::Keys(keys)),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Change::Everything),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

impl Client {
    /// Opens the database and starts the client. A damaged database is set aside and the device starts as a new one.
    ///
    /// # Errors
    /// When the address is none, or the database is in use or cannot be opened.
    pub async fn open(options: ClientOptions) -> Result<Self, OpenFailure> {
        let server_url = options.server_url.trim_end_matches('/').to_owned();
        let socket_url = socket_url(&server_url).ok_or(OpenFailure::ServerUrl)?;
        let http = Http::new().map_err(|_| OpenFailure::Http)?;
        let mut database = Database::acquire(&options.database).await?;
        let storage = database.storage();
        let mut config = options.engine;
        if config.platform.is_empty() {
            config.platform = platform::device_platform();
        }
        let engine = open_engine(&mut database, config)?;
        let folder = Folder::of(&options.database).await;
        let media = Media { folder, http: http.clone(), server_url: server_url.as_str().into() };
        media.remove_unknown(|blob| engine.knows_file(blob)).await;
        let (calls, called) = mpsc::channel(CALLS_WAITING_MAX);
        let (changed, changes) = broadcast::channel(CHANGES_WAITING_MAX);
        let (answers, answered) = mpsc::channel(ANSWERS_WAITING_MAX);
        let driver = Driver {
            engine,
            server_url,
            socket_url,
            http,
            connection: None,
            route: Route::default(),
            timers: BTreeMap::new(),
            clock: platform::now(),
            commands: HashMap::new(),
            last_command: 0,
            answers,
            changed,
            database,
            erased: false,
            media: media.clone(),
            files: calls.downgrade(),
        };
        platform::spawn_actor(driver.run(called, answered));
        Ok(Self { calls, changes: Arc::new(changes), storage, media })
    }

    /// Gives a command and waits for its end.
    ///
    /// # Errors
    /// Why it failed, for views to put into words.
    pub async fn command(&self, command: Command) -> Result<Answer, Failure> {
        self.call(|reply| Call::Command { command, reply }).await?
    }

    /// Reads a snapshot.
    ///
    /// # Errors
    /// When the client has stopped.
    pub async fn snapshot(&self, key: SnapshotKey) -> Result<Snapshot, Failure> {
        self.call(|reply| Call::Snapshot { key, reply }).await
    }

    /// News of changes from now on.
    pub fn changes(&self) -> Changes {
        Changes(self.changes.resubscribe())
    }

    /// Where the database is.
    pub fn storage(&self) -> Storage {
        self.storage
    }

    /// Stops the client and waits until its database is closed. Every handle is of no use afterwards.
    pub async fn close(&self) {
        // Stopped already is as good.
        let _ = self.call(|reply| Call::Close { reply }).await;
    }

    async fn call<T>(&self, call: impl FnOnce(oneshot::Sender<T>) -> Call) -> Result<T, Failure> {
        let (reply, answer) = oneshot::channel();
        self.calls.send(call(reply)).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())
    }
}

fn stopped() -> Failure {
    Failure { kind: "internal".into(), detail: "the client has stopped".into(), retry_after: None }
}

fn socket_url(server_url: &str) -> Option<String> {
    let (scheme, rest) = server_url.split_once("://")?;
    let scheme = match scheme {
        "http" => "ws",
        "https" => "wss",
        _ => return None,
    };
    Some(format!("{scheme}://{rest}/v1/socket"))
}

/// Opens what is there, or a new database when that is damaged.
fn open_engine(database: &mut Database, config: EngineConfig) -> Result<Engine, OpenFailure> {
    let damage = match database.open() {
        Ok(connection) => match Engine::open(connection, config.clone(), Box::new(rand::rngs::OsRng)) {
            Ok(engine) => return Ok(engine),
            Err(OpenError::Damaged(error)) => error.to_string(),
            Err(error) => return Err(error.into()),
        },
        Err(DatabaseError::Damaged(error)) => error.to_string(),
        Err(error) => return Err(error.into()),
    };
    tracing::error!(error = %damage, "The database is damaged: it is set aside and this device starts as a new one");
    database.set_aside()?;
    let config = EngineConfig { signed_out_reason: Some(SignedOutReason::DatabaseDamaged), ..config };
    Ok(Engine::open(database.open()?, config, Box::new(rand::rngs::OsRng))?)
}

/// The actor.
struct Driver {
    engine: Engine,
    server_url: String,
    socket_url: String,
    http: Http,
    connection: Option<Connection>,
    route: Route,
    timers: BTreeMap<TimerId, Timestamp>,
    /// The clock when it was last read.
    clock: Timestamp,
    commands: HashMap<CommandId, oneshot::Sender<Result<Answer, Failure>>>,
    last_command: u64,
    answers: mpsc::Sender<Answered>,
    changed: broadcast::Sender<Vec<SnapshotKey>>,
    database: Database,
    media: Media,
    /// How tasks that move files tell of it; it keeps nobody alive.
    files: mpsc::WeakSender<Call>,
    /// Someone signed out and nobody has signed in since: when the client stops, its database goes too.
    erased: bool,
}

/// A request that came to its end.
type Answered = (RequestId, Result<Response, RequestFailure>);

/// The way to the task that has the connection, and back. Dropping it ends the task.
struct Connection {
    outgoing: mpsc::Sender<ClientFrame>,
    news: mpsc::Receiver<News>,
}

impl Driver {
    async fn run(mut self, mut calls: mpsc::Receiver<Call>, mut answers: mpsc::Receiver<Answered>) {
        self.feed(Event::Started);
        let closing = loop {
            let wait = self.until_next_timer();
            tokio::select! {
                call = calls.recv() => match call {
                    Some(Call::Command { command, reply }) => self.command(command, reply),
                    // Who does not wait for the answer any more does not need it.
                    Some(Call::Snapshot { key, reply }) => drop(reply.send(self.engine.snapshot(&key))),
                    Some(Call::File(event)) => self.feed(event),
                    Some(Call::Transfer { blob, reply }) => drop(reply.send(self.engine.transfer(blob))),
                    Some(Call::Close { reply }) => break Some(reply),
                    None => break None,
                },
                Some((request, outcome)) = answers.recv() => self.feed(Event::Answered { request, outcome }),
                news = next_news(&mut self.connection) => self.news(news),
                () = platform::sleep(wait) => self.fire_timers(),
            }
        };
        drop(self.engine);
        if self.erased {
            self.database.erase();
        }
        self.database.release();
        if let Some(reply) = closing {
            let _ = reply.send(());
        }
    }

    fn command(&mut self, command: Command, reply: oneshot::Sender<Result<Answer, Failure>>) {
        self.last_command += 1;
        let id = CommandId(self.last_command);
        self.commands.insert(id, reply);
        self.feed(Event::Command { id, command });
    }

    /// Gives the engine what happened, and performs what it wants, until it wants nothing more.
    fn feed(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let now = self.now();
            for effect in self.engine.handle(event, now) {
                events.extend(self.perform(effect));
            }
        }
    }

    /// Performs an effect. Some have something happen at once.
    fn perform(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::Request { id, request, via: Via::Http { token } } => self.post(id, request, token),
            Effect::Request { id, request, via: Via::Socket } => return self.send(id, request),
            Effect::Connect { token } => {
                self.erased = false;
                self.connect(token);
            }
            Effect::Disconnect => return self.disconnect(),
            Effect::Timer { id, at } => drop(self.timers.insert(id, at)),
            // Nobody may be listening.
            Effect::Changed(keys) => drop(self.changed.send(keys)),
            Effect::Finished { id, result } => {
                if let Some(reply) = self.commands.remove(&id) {
                    let _ = reply.send(result);
                }
            }
            Effect::Upload(transfer) => self.upload(transfer),
            Effect::Fetch(transfer) => self.fetch(transfer),
            Effect::RemoveFiles(blobs) => self.remove_files(blobs),
            Effect::Erased => {
                self.erased = true;
                self.media.folder.erase();
                self.database.erase_set_aside();
            }
        }
        None
    }

    fn post(&self, id: RequestId, request: Request, token: Option<Bytes>) {
        let (http, server_url, answers) = (self.http.clone(), self.server_url.clone(), self.answers.clone());
        platform::spawn(async move {
            let outcome = http::call(&http, &server_url, token, &request).await;
            // A client that has stopped needs no answer.
            let _ = answers.send((id, outcome)).await;
        });
    }

    fn send(&mut self, id: RequestId, request: Request) -> Option<Event> {
        // Without a connection the engine knows already, or will be told, that what it sent is lost.
        let connection = self.connection.as_ref()?;
        match connection.outgoing.try_send(ClientFrame::Request { id: id.0, request }) {
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => None,
            // The network takes nothing: as good as no connection.
            Err(mpsc::error::TrySendError::Full(_)) => self.disconnect(),
        }
    }

    fn connect(&mut self, token: Bytes) {
        let (outgoing, frames) = mpsc::channel(OUTGOING_MAX);
        let (sender, news) = mpsc::channel(NEWS_WAITING_MAX);
        let poller = Poller { http: self.http.clone(), server_url: self.server_url.clone(), token };
        let way = Way { socket_url: self.socket_url.clone(), poller, route: self.route.clone() };
        platform::spawn(connection::run(way, frames, sender));
        self.connection = Some(Connection { outgoing, news });
    }

    fn disconnect(&mut self) -> Option<Event> {
        self.connection.take().map(|_| Event::Disconnected { code: None })
    }

    fn news(&mut self, news: News) {
        match news {
            News::Welcome(welcome) => self.feed(Event::Connected(welcome)),
            News::Frame(ServerFrame::Response { id, response }) => {
                self.feed(Event::Answered { request: RequestId(id), outcome: Ok(response) });
            }
            News::Frame(ServerFrame::Problem { id, problem }) => {
                let outcome = Err(RequestFailure::Problem(problem));
                self.feed(Event::Answered { request: RequestId(id), outcome });
            }
            News::Frame(ServerFrame::Event { event }) => self.feed(Event::Pushed(event)),
            // A second welcome says nothing new.
            News::Frame(ServerFrame::Welcome(_) | ServerFrame::Pong {}) => {}
            News::Closed(code) => {
                self.connection = None;
                self.feed(Event::Disconnected { code });
            }
        }
    }

    /// The clock. If it was set back, the timers go back with it.
    fn now(&mut self) -> Timestamp {
        let now = platform::now();
        set_back(&mut self.timers, self.clock.saturating_sub(now));
        self.clock = now;
        now
    }

    fn until_next_timer(&mut self) -> Duration {
        let now = self.now();
        let next = self.timers.values().min();
        let wait = next.map_or(SLEEP_MAX, |at| Duration::from_millis(at.saturating_sub(now)));
        wait.min(SLEEP_MAX)
    }

    fn fire_timers(&mut self) {
        let now = self.now();
        let due: Vec<TimerId> = self.timers.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id).collect();
        for id in due {
            self.timers.remove(&id);
            self.feed(Event::Timer(id));
        }
    }
}

fn set_back(timers: &mut BTreeMap<TimerId, Timestamp>, by: u64) {
    timers.values_mut().for_each(|at| *at = at.saturating_sub(by));
}

/// What the connection has to say; without one, nothing ever.
async fn next_news(connection: &mut Option<Connection>) -> News {
    match connection {
        // A task that ended without a word is a connection that ended.
        Some(connection) => connection.news.recv().await.unwrap_or(News::Closed(None)),
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::snapshot::Session;

    /// A client without a server, in a folder.
    fn options(folder: &tempfile::TempDir) -> ClientOptions {
        let name = folder.path().join("client.db").to_string_lossy().into_owned();
        ClientOptions {
            // The discard service's port: nobody listens.
            server_url: "http://127.0.0.1:9/".to_owned(),
            database: DatabaseLocation::File { name, key: None },
            engine: EngineConfig::default(),
        }
    }

    async fn session(client: &Client) -> Session {
        match client.snapshot(SnapshotKey::Session).await.unwrap() {
            Snapshot::Session(session) => session,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_damaged_database_starts_a_new_device_and_says_why() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("client.db"), [0x55; 8192]).unwrap();
        let client = Client::open(options(&folder)).await.unwrap();
        let damaged = Session::SignedOut { reason: Some(SignedOutReason::DatabaseDamaged) };
        assert_eq!(session(&client).await, damaged);
        assert!(folder.path().join("client.db.damaged").exists());
    }

    #[tokio::test]
    async fn a_closed_client_gives_its_database_up_and_answers_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let client = Client::open(options(&folder)).await.unwrap();
        let second = Client::open(options(&folder)).await;
        assert!(matches!(second, Err(OpenFailure::Database(DatabaseError::InUse))));
        client.close().await;
        let refused = client.command(Command::SearchPeople { prefix: "a".into() }).await.unwrap_err();
        assert_eq!(refused.kind, "internal");
        let again = Client::open(options(&folder)).await.unwrap();
        assert_eq!(session(&again).await, Session::SignedOut { reason: None });
    }

    #[tokio::test]
    async fn dropping_the_last_handle_stops_the_client() {
        let folder = tempfile::tempdir().unwrap();
        let client = Client::open(options(&folder)).await.unwrap();
        let other = client.clone();
        let mut changes = client.changes();
        drop(client);
        session(&other).await;
        drop(other);
        while changes.next().await.is_some() {}
    }

    #[tokio::test]
    async fn without_a_server_signing_up_fails_as_offline() {
        let folder = tempfile::tempdir().unwrap();
        let client = Client::open(options(&folder)).await.unwrap();
        let sign_up = Command::SignUp {
            username: "ada".into(),
            display_name: "Ada".into(),
            password: "seven purple teapots".into(),
            invite: None,
        };
        assert_eq!(client.command(sign_up).await.unwrap_err().kind, "offline");
    }

    #[tokio::test]
    async fn an_address_that_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let options = ClientOptions { server_url: "example.com".into(), ..options(&folder) };
        assert!(matches!(Client::open(options).await, Err(OpenFailure::ServerUrl)));
    }

    #[test]
    fn timers_go_back_with_the_clock() {
        let mut timers = BTreeMap::from([(TimerId::Retry, 10_500), (TimerId::Reconnect, 100)]);
        set_back(&mut timers, 10_000);
        assert_eq!(timers, BTreeMap::from([(TimerId::Retry, 500), (TimerId::Reconnect, 0)]));
    }

    #[test]
    fn the_socket_is_at_the_servers_address() {
        assert_eq!(socket_url("https://chat.example:8443").unwrap(), "wss://chat.example:8443/v1/socket");
        assert_eq!(socket_url("http://127.0.0.1:8080").unwrap(), "ws://127.0.0.1:8080/v1/socket");
    }
}
