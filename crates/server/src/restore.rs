//! Putting a backup back. Everything that the logs hold is checked first; then the database begins a history of its own, so
//! that nothing is handed out which may have been used since the backup was made.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rand::{RngCore as _, rngs::OsRng};

use crate::{
    Config,
    store::{Store, StoreError, Verified},
};

/// Why nothing was put back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// PostgreSQL has its own tools.
    #[error("the database is PostgreSQL: put the backup back with pg_restore, then run `restore` without a file")]
    Postgres,
    /// There is nothing to put back.
    #[error("name the backup to put back")]
    NoFile,
    /// What is there is never replaced.
    #[error("{0} holds a database already: move it away first")]
    Exists(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The backup is damaged, or is none.
    #[error("the backup cannot be used: {0}")]
    Store(#[from] StoreError),
}

/// Reads everything in the backup and, unless it is only to be verified, makes it the database of the data folder. Without a
/// file it is the PostgreSQL database, which was put back by its own tools.
///
/// # Errors
/// When there is a database already, or the backup is not whole; then nothing has changed.
pub async fn restore(config: &Config, file: Option<&Path>, only_verify: bool) -> Result<Verified, RestoreError> {
    match (config.database.url.as_str(), file) {
        ("", Some(file)) => restore_sqlite(&config.server.data, file, only_verify).await,
        ("", None) => Err(RestoreError::NoFile),
        (url, None) => {
            let store = Store::open_postgres(url).await?;
            let verified = check(&store, only_verify).await;
            store.close().await;
            Ok(verified?)
        }
        (_, Some(_)) => Err(RestoreError::Postgres),
    }
}

async fn restore_sqlite(data: &Path, file: &Path, only_verify: bool) -> Result<Verified, RestoreError> {
    if !only_verify && Store::has_left_something_in(data) {
        return Err(RestoreError::Exists(data.to_owned()));
    }
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| RestoreError::File { path, source }
    };
    fs::metadata(file).map_err(failed(file))?;
    // Beside its place, so that it gets there as a whole.
    let parent = if only_verify { std::env::temp_dir() } else { data.to_owned() };
    let draft = parent.join(format!("restore-{:08x}", OsRng.next_u32()));
    let made = check_copy(&draft, file, only_verify).await;
    let placed = match (&made, only_verify) {
        (Ok(_), false) => Store::move_sqlite(&draft, data).map_err(failed(data)),
        _ => Ok(()),
    };
    // A rest that cannot be deleted changes nothing about what was made.
    let _ = fs::remove_dir_all(&draft);
    placed?;
    made
}

/// Works on a copy in a folder of its own: opening a database may change it.
async fn check_copy(draft: &Path, file: &Path, only_verify: bool) -> Result<Verified, RestoreError> {
    Store::copy_sqlite_file(file, draft).await?;
    let store = Store::open_sqlite(draft).await?;
    let verified = check(&store, only_verify).await;
    store.close().await;
    Ok(verified?)
}

async fn check(store: &Store, only_verify: bool) -> Result<Verified, StoreError> {
    let verified = store.verify().await?;
    if !only_verify {
        let mut incarnation = [0; 16];
        OsRng.fill_bytes(&mut incarnation);
        store.begin_history(incarnation).await?;
    }
    Ok(verified)
}
