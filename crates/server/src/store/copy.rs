//! A copy of the embedded database, made while a server uses it.

use std::{path::Path, time::Duration};

use sqlx::{
    Connection as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};

use super::{SQLITE_FILE, Store, StoreError, StoreResult};

/// How long to wait for a lock before the database counts as unavailable.
const PATIENCE: Duration = Duration::from_secs(60);

impl Store {
    /// Whether there is an embedded database in `folder`.
    pub fn is_in(folder: &Path) -> bool {
        folder.join(SQLITE_FILE).is_file()
    }

    /// Whether there is anything of an embedded database in `folder`, its journal alone included.
    pub fn has_left_something_in(folder: &Path) -> bool {
        ["", "-wal", "-shm"].iter().any(|end| folder.join(format!("{SQLITE_FILE}{end}")).exists())
    }

    /// Writes what the database in `folder` holds at this moment into `file`, which is empty or not there, and reads the
    /// copy from end to end. Nobody who uses the database is held up, and nothing in it changes.
    ///
    /// # Errors
    /// When there is no database in `folder`, the copy cannot be written, or it is damaged (`Corrupt`).
    pub async fn copy_sqlite(folder: &Path, file: &Path) -> StoreResult<()> {
        Self::copy_database(&folder.join(SQLITE_FILE), file).await
    }

    /// The same for a database by its own name.
    pub(super) async fn copy_database(database: &Path, file: &Path) -> StoreResult<()> {
        let options = SqliteConnectOptions::new().busy_timeout(PATIENCE).read_only(true);
        let mut source = SqliteConnection::connect_with(&options.clone().filename(database)).await?;
        let target = file.to_string_lossy().into_owned();
        sqlx::query("VACUUM INTO $1").bind(target).execute(&mut source).await?;
        source.close().await?;

        let options = options.filename(file).journal_mode(SqliteJournalMode::Delete);
        let mut copy = SqliteConnection::connect_with(&options).await?;
        let verdict: String = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&mut copy).await?;
        copy.close().await?;
        if verdict == "ok" { Ok(()) } else { Err(StoreError::Corrupt("a page of the copy")) }
    }
}
