//! A database for one test.

use std::{future::Future, sync::Arc};

use sealpost_server::store::{Store, StoreError};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;

use crate::fixtures::{Person, group, message, register};

/// An open store and where its database is.
pub struct Database {
    pub store: Store,
    place: Place,
}

enum Place {
    Folder(TempDir),
    Postgres { server: String, name: String },
}

impl Database {
    /// A database in a new folder.
    pub async fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        Self { store: Store::open_sqlite(folder.path()).await.unwrap(), place: Place::Folder(folder) }
    }

    /// A new database on the PostgreSQL server for tests, if there is one.
    pub async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var("SEALPOST_TEST_POSTGRES") else {
            println!("skipped: no PostgreSQL");
            return None;
        };
        let name = format!("sealpost_test_{:032x}", rand::random::<u128>());
        on_server(&server, &format!("CREATE DATABASE {name}")).await;
        let store = Store::open_postgres(&address(&server, &name)).await.unwrap();
        Some(Self { store, place: Place::Postgres { server, name } })
    }

    /// Opens the same database again.
    pub async fn reopen(&self) -> Result<Store, StoreError> {
        match &self.place {
            Place::Folder(folder) => Store::open_sqlite(folder.path()).await,
            Place::Postgres { server, name } => Store::open_postgres(&address(server, name)).await,
        }
    }

    /// Runs a statement past the store.
    pub async fn tamper(&self, statement: &str) {
        match &self.place {
            Place::Folder(folder) => {
                let file = folder.path().join("sealpost.sqlite3");
                let mut connection = SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
                sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
            }
            Place::Postgres { server, name } => on_server(&address(server, name), statement).await,
        }
    }

    /// The one number that a query past the store gives.
    pub async fn number(&self, query: &str) -> i64 {
        match &self.place {
            Place::Folder(folder) => {
                let file = folder.path().join("sealpost.sqlite3");
                let mut connection = SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
                sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut connection).await.unwrap()
            }
            Place::Postgres { server, name } => {
                let mut connection = PgConnection::connect(&address(server, name)).await.unwrap();
                sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut connection).await.unwrap()
            }
        }
    }

    async fn remove(&self) {
        self.store.close().await;
        if let Place::Postgres { server, name } = &self.place {
            on_server(server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

fn address(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(name);
    url.into()
}

async fn on_server(address: &str, statement: &str) {
    let mut connection = PgConnection::connect(address).await.unwrap();
    sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Runs a test with its database and removes the database, whether the test passes or not.
pub async fn run<F>(database: Option<Database>, test: impl FnOnce(Arc<Database>) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let Some(database) = database.map(Arc::new) else { return };
    let passed = tokio::spawn(test(database.clone())).await;
    database.remove().await;
    if let Err(failure) = passed {
        std::panic::resume_unwind(failure.into_panic());
    }
}

pub async fn reopening_keeps_everything(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let conversation = group(&db.store, &alice, &[&bob]).await;
    let outcomes = db.store.append(&[message(conversation, &alice, 1, "kept")]).await.unwrap();
    let before = everything(&db.store, &alice, conversation).await;
    db.store.close().await;

    let again = db.reopen().await.unwrap();
    assert_eq!(everything(&again, &alice, conversation).await, before);
    assert!(before.contains(&format!("{:?}", entry_hash(&outcomes))));
    again.close().await;
}

fn entry_hash(outcomes: &[sealpost_server::store::AppendOutcome]) -> Vec<u8> {
    match outcomes {
        [sealpost_server::store::AppendOutcome::Appended(entry)] => entry.hash.to_vec(),
        other => panic!("{other:?}"),
    }
}

async fn everything(store: &Store, person: &Person, conversation: sealpost_protocol::ConversationId) -> String {
    let window = store.log_window(conversation, person.device, 0).await.unwrap().unwrap();
    let hashes: Vec<_> = window.entries.iter().map(|entry| entry.hash.to_vec()).collect();
    format!(
        "{window:?} {hashes:?} {:?} {:?} {:?}",
        store.profile(person.account).await.unwrap().unwrap(),
        store.group_info(conversation).await.unwrap().unwrap(),
        store.incarnation([7; 16]).await.unwrap(),
    )
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let db = Database::sqlite().await;
    assert!(matches!(db.reopen().await, Err(StoreError::Locked)));
    db.store.close().await;
    assert!(db.reopen().await.is_ok());
}

/// What the two databases are told apart by is the types of their columns, nothing else.
#[test]
fn migrations_differ_in_column_types_only() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut names: Vec<_> = folder.join("sqlite").read_dir().unwrap().map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert!(!names.is_empty());
    assert_eq!(names.len(), folder.join("postgres").read_dir().unwrap().count());
    for name in names {
        let read = |database: &str| std::fs::read_to_string(folder.join(database).join(&name)).unwrap();
        let same = read("postgres").replace("BYTEA", "BLOB").replace("BIGINT", "INTEGER").replace(" COLLATE \"C\"", "");
        let same: Vec<_> = same.lines().filter(|line| !line.contains("SET STORAGE")).collect();
        assert_eq!(read("sqlite").lines().collect::<Vec<_>>(), same, "{name:?}");
    }
}
