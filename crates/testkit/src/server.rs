//! The real server in this process, on a free port of 127.0.0.1, over data of its own.

use std::{net::SocketAddr, time::Duration};

use rand::{SeedableRng as _, rngs::StdRng};
use sealpost_mls::{
    MemoryStore,
    identity::{Credential, DeviceKey},
};
use sealpost_protocol::{
    AccountId, ConversationId,
    conversation::{Entry, GroupInfoAnswer},
};
use sealpost_server::{
    App, Clock, Config, Server,
    config::{Limits, Log},
};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    bucket::{Bucket, files_under},
    client::PATIENCE,
    intruder,
    postgres::OwnDatabase,
};

/// How often to look for what nobody tells of.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Where a test's server keeps its data.
pub enum Backend {
    /// In the embedded database.
    Sqlite,
    /// In a database of its own on the PostgreSQL that the tests were given.
    Postgres(OwnDatabase),
}

impl Backend {
    /// PostgreSQL, if the tests were given one; says that the test is skipped otherwise.
    pub async fn postgres() -> Option<Self> {
        let database = OwnDatabase::create().await;
        if database.is_none() {
            eprintln!("skipped: no PostgreSQL");
        }
        database.map(Self::Postgres)
    }

    /// What to write into `database.url`.
    pub fn url(&self) -> &str {
        match self {
            Self::Sqlite => "",
            Self::Postgres(database) => database.url(),
        }
    }
}

/// A server's data as they once were.
pub enum Copied {
    /// A folder with the embedded database.
    Sqlite(TempDir),
    /// A database.
    Postgres(OwnDatabase),
}

/// The embedded database's file.
const DATABASE: &str = "sealpost.sqlite3";

/// Runs stories, async functions that take a [`TestServer`], as tests on each database.
#[macro_export]
macro_rules! on_each_database {
    ($($story:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story($crate::TestServer::start($crate::Backend::Sqlite).await).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                if let Some(backend) = $crate::Backend::postgres().await {
                    super::$story($crate::TestServer::start(backend).await).await;
                }
            })*
        }
    };
}

/// What moderators show the server.
pub const MODERATORS_TOKEN: &str = "a token that nobody guesses, ever";

/// A server that can be stopped and started again on the same data and port.
pub struct TestServer {
    /// Where it listens.
    pub address: SocketAddr,
    backend: Backend,
    data: TempDir,
    ahead: Duration,
    bucket: Option<Bucket>,
    running: Option<(Server, JoinHandle<()>)>,
}

impl TestServer {
    /// Starts a server.
    pub async fn start(backend: Backend) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let mut server = Self {
            address: ([127, 0, 0, 1], 0).into(),
            backend,
            data,
            ahead: Duration::ZERO,
            bucket: None,
            running: None,
        };
        server.start_again().await;
        server
    }

    /// Starts a server that keeps attachments in a bucket.
    pub async fn start_on_bucket() -> Self {
        let mut server = Self::start(Backend::Sqlite).await;
        server.stop().await;
        server.bucket = Some(Bucket::serve().await);
        server.start_again().await;
        server
    }

    /// The files in which the server, or the bucket, has attachments.
    pub fn stored_parts(&self) -> Vec<std::path::PathBuf> {
        files_under(&self.bucket.as_ref().map_or_else(|| self.data.path().join("blobs"), Bucket::folder))
    }

    /// Starts it again after [`TestServer::stop`].
    pub async fn start_again(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("a port to listen on");
        self.address = listener.local_addr().expect("an address");
        let milliseconds = u64::try_from(self.ahead.as_millis()).expect("a time that ends");
        let app = App::open(self.config(), Clock::Ahead(milliseconds)).await.expect("the server starts");
        let server = Server::over(app);
        let serving = server.clone();
        let task = tokio::spawn(async move { serving.serve(listener).await.expect("the server serves") });
        self.running = Some((server, task));
    }

    /// Stops it as an operator would: connections are told to come back, what was accepted is written.
    pub async fn stop(&mut self) {
        if let Some((server, task)) = self.running.take() {
            server.shutdown().await;
            task.await.expect("the server ends");
        }
    }

    /// Stops it and starts it again so much later, by its own clock: that is the one that counts for everyone.
    pub async fn comes_back_after(&mut self, time: Duration) {
        self.stop().await;
        self.ahead += time;
        self.start_again().await;
    }

    /// Puts a copy of its data aside, as a host does who copies files while it stands.
    pub async fn is_copied(&mut self) -> Copied {
        self.stop().await;
        let copied = match &self.backend {
            Backend::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                std::fs::copy(self.data.path().join(DATABASE), folder.path().join(DATABASE)).expect("a copy");
                Copied::Sqlite(folder)
            }
            Backend::Postgres(database) => Copied::Postgres(database.copied().await),
        };
        self.start_again().await;
        copied
    }

    /// Has lost everything since it was copied.
    pub async fn is_put_back(&mut self, copied: &Copied) {
        self.stop().await;
        match (&self.backend, copied) {
            (Backend::Sqlite, Copied::Sqlite(folder)) => {
                std::fs::copy(folder.path().join(DATABASE), self.data.path().join(DATABASE)).expect("a copy");
            }
            (Backend::Postgres(database), Copied::Postgres(copy)) => database.take_from(copy).await,
            _ => panic!("a copy of another database"),
        }
        self.start_again().await;
    }

    /// Changes its database behind its back, as a dishonest host does.
    pub async fn is_tampered_with(&self, statement: &str) {
        match &self.backend {
            Backend::Sqlite => {
                let database = rusqlite::Connection::open(self.data.path().join(DATABASE)).expect("the database");
                database.execute(statement, []).expect("a change");
            }
            Backend::Postgres(database) => {
                let mut connection = PgConnection::connect(database.url()).await.expect("PostgreSQL answers");
                sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.expect("a change");
            }
        }
    }

    /// Joins a conversation itself, in its log, as a dishonest host has it.
    pub async fn joins_itself(&mut self, conversation: ConversationId) {
        let newest = self.newest(conversation).await;
        let account = AccountId(rand::random());
        let entry = intruder::entry(&newest, account, 1, &mut StdRng::from_entropy()).expect("an external commit");
        self.adds(conversation, &entry).await;
    }

    /// Lets a device into a conversation that has no business there, as a dishonest host has it who works with whoever has
    /// the device. Gives its MLS state.
    pub async fn lets_in(&mut self, conversation: ConversationId, device: (&DeviceKey, &Credential)) -> MemoryStore {
        let (newest, store) = (self.newest(conversation).await, MemoryStore::new());
        let entry = intruder::entry_of(&newest, device, &store, 1, &mut StdRng::from_entropy());
        self.adds(conversation, &entry.expect("an external commit")).await;
        store
    }

    async fn newest(&self, conversation: ConversationId) -> GroupInfoAnswer {
        let newest = self.server().app().store().group_info(conversation).await.expect("the database answers");
        newest.expect("a conversation")
    }

    /// Adds an entry to a log behind the server's back.
    async fn adds(&mut self, conversation: ConversationId, entry: &Entry) {
        let blob = |bytes: &[u8]| {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            match &self.backend {
                Backend::Sqlite => format!("X'{digits}'"),
                Backend::Postgres(_) => format!("'\\x{digits}'"),
            }
        };
        let (id, hash, seq) = (blob(&conversation.0), blob(&entry.hash), entry.seq);
        let (client_id, message) = (blob(&entry.client_id.0), blob(entry.body.message()));
        let (time, generation, epoch) = (entry.time, entry.generation, entry.epoch);
        let insertion = format!(
            "INSERT INTO log (conversation, seq, client_id, time, kind, generation, epoch, hash, message)
             VALUES ({id}, {seq}, {client_id}, {time}, 2, {generation}, {epoch}, {hash}, {message})"
        );
        let head = format!("UPDATE conversations SET last_seq = {seq}, last_hash = {hash} WHERE id = {id}");
        self.stop().await;
        self.is_tampered_with(&insertion).await;
        self.is_tampered_with(&head).await;
        self.start_again().await;
    }

    /// Waits until so many entries of its logs are blank.
    pub async fn has_blanked(&self, entries: i64) {
        let query = "SELECT COUNT(*) FROM log WHERE kind = 3 AND LENGTH(message) = 0";
        eventually("blank entries", async || self.count(query).await == entries).await;
    }

    /// Waits until the entries up to `seq` of one conversation at least are not kept any more.
    pub async fn has_pruned(&self, seq: u64) {
        let query = format!("SELECT COUNT(*) FROM conversations WHERE pruned_seq >= {seq}");
        let pruned = async || {
            let (server, _) = self.running.as_ref().expect("the server runs");
            server.app().prune_logs().await;
            self.count(&query).await > 0
        };
        eventually("a pruned log", pruned).await;
    }

    /// How many devices are in groups, as the server knows them.
    pub async fn leaves(&self) -> i64 {
        self.count("SELECT COUNT(*) FROM leaves WHERE removed_seq IS NULL").await
    }

    /// How many accounts have said that they leave a group, and are still to be removed.
    pub async fn departures(&self) -> i64 {
        self.count("SELECT COUNT(*) FROM departures").await
    }

    /// How many devices are in one.
    pub async fn leaves_of(&self, conversation: ConversationId) -> i64 {
        let id: String = conversation.0.iter().map(|byte| format!("{byte:02x}")).collect();
        let id = match self.backend {
            Backend::Sqlite => format!("x'{id}'"),
            Backend::Postgres(_) => format!("'\\x{id}'"),
        };
        self.count(&format!("SELECT COUNT(*) FROM leaves WHERE removed_seq IS NULL AND conversation = {id}")).await
    }

    /// A code of the host for someone who lost everything that opened their account.
    pub async fn replacement(&self, username: &str) -> Option<String> {
        let (server, _) = self.running.as_ref().expect("a server that runs");
        sealpost_server::make_replacement(server.app().config(), username, 24).await.expect("the database")
    }

    /// Gives one account the segments that another one's archive has of a conversation, in place of its own, as a dishonest
    /// host might.
    pub async fn swaps_archives(&self, account: AccountId, conversation: ConversationId, other: AccountId) {
        let database = rusqlite::Connection::open(self.data.path().join(DATABASE)).expect("the database");
        let sql = "UPDATE archive_segments SET sealed = (
                SELECT sealed FROM archive_segments WHERE account = ?3 AND conversation = ?2 LIMIT 1)
            WHERE account = ?1 AND conversation = ?2";
        let changed = database.execute(sql, (account.0, conversation.0, other.0)).expect("segments");
        assert!(changed > 0, "nothing was archived");
    }

    async fn count(&self, query: &str) -> i64 {
        match &self.backend {
            Backend::Sqlite => {
                let database = rusqlite::Connection::open(self.data.path().join(DATABASE)).expect("the database");
                database.query_row(query, [], |row| row.get::<_, i64>(0)).expect("a count")
            }
            Backend::Postgres(database) => {
                let mut connection = PgConnection::connect(database.url()).await.expect("PostgreSQL answers");
                let count = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(query));
                count.fetch_one(&mut connection).await.expect("a count")
            }
        }
    }

    /// `http://` and where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The folder with its data.
    pub fn data(&self) -> &std::path::Path {
        self.data.path()
    }

    /// Where its data are.
    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    /// The running server.
    ///
    /// # Panics
    /// When it is stopped.
    pub fn server(&self) -> &Server {
        &self.running.as_ref().expect("the server runs").0
    }

    fn config(&self) -> Config {
        let mut config = Config::in_folder(self.data.path());
        config.database.url = self.backend.url().to_owned();
        config.server.drain_seconds = 5;
        config.limits = without_limits();
        if let Some(bucket) = &self.bucket {
            config.blobs = bucket.config();
        }
        config.admin.token = MODERATORS_TOKEN.to_owned();
        config.log = Log::default();
        config
    }
}

/// Waits for something of which nobody tells.
///
/// # Panics
/// When it does not come about.
pub async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "it does not come to {what}");
}

/// No rate limits: tests do in a second what people do in a day.
pub fn without_limits() -> Limits {
    Limits {
        registrations_per_hour: 0,
        sign_ins_per_minute: 0,
        recoveries_per_hour: 0,
        searches_per_minute: 0,
        claims_per_minute: 0,
        appends_per_minute: 0,
        commits_per_minute: 0,
        device_lists_per_minute: 0,
        writes_per_minute: 0,
        requests_per_minute: 0,
        ..Limits::default()
    }
}
