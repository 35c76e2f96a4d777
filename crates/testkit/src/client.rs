//! A person at a real client on a device with a database file of its own: few and small verbs.
//!
//! What a verb waits for, it waits for on snapshots, and fails after [`PATIENCE`].

use std::{path::PathBuf, sync::Arc, time::Duration};

use rand::Rng as _;
use sealpost_client::{
    Client, ClientOptions, DatabaseLocation,
    command::{Answer, Command, Failure},
    engine::{EngineConfig, Stretching, Suite},
    snapshot::{ConversationRow, Delivery, ItemContent, Session, Snapshot, SnapshotKey, TimelineItem},
};
use sealpost_protocol::{AccountId, ClientId, ConversationId};
use tempfile::TempDir;

/// How long a verb waits for what it expects.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The engine's settings in tests: a cheap password hash, few key packages.
pub fn quick_engine(post_quantum: bool) -> EngineConfig {
    EngineConfig {
        suite: if post_quantum { Suite::XWing } else { Suite::Classic },
        stretching: Stretching { memory: 8, passes: 1, lanes: 1 },
        key_packages: 6,
        key_package_refill: 3,
        archive_pause: 100,
        platform: "a test".to_owned(),
        ..EngineConfig::default()
    }
}

/// A person at one device.
pub struct TestClient {
    /// The running client.
    pub client: Client,
    /// As signed up.
    pub username: String,
    /// As signed up.
    pub password: String,
    /// To be typed when the password is forgotten.
    pub recovery_code: Option<String>,
    server_url: String,
    folder: Arc<TempDir>,
    engine: EngineConfig,
}

/// Alice, signed up at a server.
pub async fn alice(server_url: &str) -> TestClient {
    TestClient::sign_up(server_url, "alice").await
}

/// Bob, signed up at a server.
pub async fn bob(server_url: &str) -> TestClient {
    TestClient::sign_up(server_url, "bob").await
}

/// Carol, signed up at a server.
pub async fn carol(server_url: &str) -> TestClient {
    TestClient::sign_up(server_url, "carol").await
}

impl TestClient {
    /// A device on which nobody is signed in.
    pub async fn new_device(server_url: &str, username: &str) -> Self {
        Self::with_engine(server_url, username, quick_engine(true)).await
    }

    /// The same with other settings: the cost of the password's hash belongs to an account.
    pub async fn with_engine(server_url: &str, username: &str, engine: EngineConfig) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        let client = open(server_url, &folder, engine.clone()).await;
        let (username, password) = (username.to_owned(), format!("{username} lantern otter quilt"));
        Self { client, username, password, recovery_code: None, server_url: server_url.to_owned(), folder, engine }
    }

    /// A new account, whose recovery code is confirmed.
    pub async fn sign_up(server_url: &str, username: &str) -> Self {
        let mut person = Self::new_device(server_url, username).await;
        let (username, password) = (person.username.clone(), person.password.clone());
        let display_name = format!("{}{}", username[..1].to_uppercase(), &username[1..]);
        person.does(Command::SignUp { username, display_name, password, invite: None }).await;
        let Session::SignedIn { recovery_code, .. } = person.session().await else { panic!("nobody is signed in") };
        let code = recovery_code.expect("a recovery code");
        person.does(Command::ConfirmRecoveryCode { code: code.clone() }).await;
        person.recovery_code = Some(code);
        person
    }

    /// Another device of this person, signed in with the password.
    pub async fn second_device(&self) -> Self {
        let device = Self::new_device(&self.server_url, &self.username).await;
        device.does(Command::SignIn { username: self.username.clone(), password: self.password.clone() }).await;
        device
    }

    /// Gives a command that succeeds.
    pub async fn does(&self, command: Command) -> Answer {
        let what = format!("{command:?}");
        self.tries(command).await.unwrap_or_else(|failure| panic!("{}: {what} fails: {failure:?}", self.username))
    }

    /// Gives a command that may fail.
    ///
    /// # Errors
    /// Why it does.
    pub async fn tries(&self, command: Command) -> Result<Answer, Failure> {
        let what = format!("{command:?}");
        let result = tokio::time::timeout(PATIENCE, self.client.command(command)).await;
        result.unwrap_or_else(|_| panic!("{}: {what} does not end", self.username))
    }

    /// Who is signed in here.
    pub async fn session(&self) -> Session {
        match self.snapshot(SnapshotKey::Session).await {
            Snapshot::Session(session) => session,
            other => panic!("not a session: {other:?}"),
        }
    }

    /// The account that is signed in here.
    pub async fn account(&self) -> AccountId {
        match self.session().await {
            Session::SignedIn { me, .. } => me.account,
            Session::SignedOut { .. } => panic!("{} is signed out", self.username),
        }
    }

    /// Opens the direct chat with someone.
    pub async fn start_direct(&self, other: &Self) -> ConversationId {
        let account = other.account().await;
        let answer = self.does(Command::StartDirect { account }).await;
        let Answer::Conversation { conversation } = answer else { panic!("no conversation: {answer:?}") };
        conversation
    }

    /// Makes a group.
    pub async fn make_group(&self, name: &str, others: &[&Self]) -> ConversationId {
        let mut members = Vec::new();
        for other in others {
            members.push(other.account().await);
        }
        let answer = self.does(Command::CreateGroup { name: name.to_owned(), members }).await;
        let Answer::Conversation { conversation } = answer else { panic!("no conversation: {answer:?}") };
        conversation
    }

    /// Writes a message; gives its id.
    pub async fn says(&self, conversation: ConversationId, text: &str) -> ClientId {
        let id = ClientId(rand::thread_rng().r#gen());
        self.does(Command::SendText { conversation, id, text: text.to_owned(), reply_to: None }).await;
        id
    }

    /// Waits until the conversation is there, ready, and has its name.
    pub async fn joins(&self, conversation: ConversationId) -> ConversationRow {
        let found = self.until(SnapshotKey::Conversations, "the conversation", |snapshot| match snapshot {
            Snapshot::Conversations(list) => {
                let ready =
                    |row: &&ConversationRow| row.conversation == conversation && !row.joining && !row.name.is_empty();
                list.rows.iter().find(ready).cloned()
            }
            _ => None,
        });
        found.await
    }

    /// Waits until exactly these texts are shown, in this order.
    pub async fn sees(&self, conversation: ConversationId, texts: &[impl AsRef<str>]) {
        let key = SnapshotKey::newest(conversation, u32::MAX);
        let expected: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        self.until(key, &format!("{expected:?}"), |snapshot| (shown(snapshot) == expected).then_some(())).await;
    }

    /// The texts that are shown now.
    pub async fn texts(&self, conversation: ConversationId) -> Vec<String> {
        let snapshot = self.snapshot(SnapshotKey::newest(conversation, u32::MAX)).await;
        shown(&snapshot).into_iter().map(str::to_owned).collect()
    }

    /// Everything that is shown now, notices included.
    pub async fn items(&self, conversation: ConversationId) -> Vec<TimelineItem> {
        match self.snapshot(SnapshotKey::newest(conversation, u32::MAX)).await {
            Snapshot::Timeline(timeline) => timeline.items,
            other => panic!("not a timeline: {other:?}"),
        }
    }

    /// Waits until an own message got as far as `delivery`.
    pub async fn shows_delivery(&self, conversation: ConversationId, text: &str, delivery: Delivery) {
        let key = SnapshotKey::newest(conversation, u32::MAX);
        let what = format!("{text:?} as {delivery:?}");
        let found = self.until(key, &what, |snapshot| {
            let Snapshot::Timeline(timeline) = snapshot else { return None };
            timeline.items.iter().find_map(|item| match &item.content {
                ItemContent::Message(message)
                    if message.text == text && message.delivery.as_ref() == Some(&delivery) =>
                {
                    Some(())
                }
                _ => None,
            })
        });
        found.await;
    }

    /// Waits until a snapshot is as `wanted`, which gives what it found there.
    pub async fn until<T>(&self, key: SnapshotKey, what: &str, wanted: impl Fn(&Snapshot) -> Option<T>) -> T {
        self.until_within(PATIENCE, key, what, wanted).await
    }

    /// Waits for at most `patience` until a snapshot is as `wanted`.
    pub async fn until_within<T>(
        &self,
        patience: Duration,
        key: SnapshotKey,
        what: &str,
        wanted: impl Fn(&Snapshot) -> Option<T>,
    ) -> T {
        let mut changes = self.client.changes();
        let mut last = None;
        let waiting = async {
            loop {
                let snapshot = self.snapshot(key.clone()).await;
                if let Some(found) = wanted(&snapshot) {
                    return Some(found);
                }
                last = Some(snapshot);
                changes.next().await?;
            }
        };
        match tokio::time::timeout(patience, waiting).await {
            Ok(Some(found)) => found,
            Ok(None) => panic!("{}: the client has stopped", self.username),
            Err(_) => panic!("{} waits for {what} and has {last:?}", self.username),
        }
    }

    /// A snapshot as it is now.
    pub async fn snapshot(&self, key: SnapshotKey) -> Snapshot {
        self.client.snapshot(key).await.expect("the client runs")
    }

    /// The client ends, as when the app is closed.
    pub async fn closes(&self) {
        self.client.close().await;
    }

    /// The app is opened again on the same device.
    pub async fn opens_again(&mut self) {
        self.client = open(&self.server_url, &self.folder, self.engine.clone()).await;
    }

    /// The device's database.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join(DATABASE)
    }
}

const DATABASE: &str = "sealpost.sqlite3";

async fn open(server_url: &str, folder: &TempDir, engine: EngineConfig) -> Client {
    let name = folder.path().join(DATABASE).to_string_lossy().into_owned();
    let database = DatabaseLocation::File { name, key: None };
    let options = ClientOptions { server_url: server_url.to_owned(), database, engine };
    Client::open(options).await.expect("the client opens")
}

/// The texts of a timeline.
pub fn shown(snapshot: &Snapshot) -> Vec<&str> {
    let Snapshot::Timeline(timeline) = snapshot else { return Vec::new() };
    let texts = timeline.items.iter().filter_map(|item| match &item.content {
        ItemContent::Message(message) => Some(message.text.as_str()),
        _ => None,
    });
    texts.collect()
}
