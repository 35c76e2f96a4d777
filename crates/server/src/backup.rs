//! A backup of everything in the embedded database, made by the host while the server runs or stands.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use rand::{RngCore as _, rngs::OsRng};

use crate::{
    Config,
    store::{Store, StoreError},
};

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// PostgreSQL has its own tools, which know more than one machine.
    #[error("the database is PostgreSQL: make the backup with pg_dump")]
    Postgres,
    /// There is nothing to make it of.
    #[error("there is no database in {0}")]
    NoDatabase(PathBuf),
    /// The database's own library takes no other names.
    #[error("{0} is not a name in UTF-8")]
    Name(PathBuf),
    /// A backup never replaces anything.
    #[error("{0} is there already")]
    Exists(PathBuf),
    /// The file cannot be made.
    #[error("{path} cannot be written: {source}")]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database cannot be read, or its copy not be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes a backup into `file`, which only its owner can read; gives its size in bytes. It is there as a whole or not at all.
///
/// # Errors
/// When `file` exists, or the backup cannot be made.
pub async fn back_up(config: &Config, file: &Path) -> Result<u64, BackupError> {
    if !config.database.url.is_empty() {
        return Err(BackupError::Postgres);
    }
    if !Store::is_in(&config.server.data) {
        return Err(BackupError::NoDatabase(config.server.data.clone()));
    }
    if file.exists() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let name = file.to_str().ok_or_else(|| BackupError::Name(file.to_owned()))?;
    // A name of its own: others may make a backup at the same time.
    let draft = PathBuf::from(format!("{name}.{:08x}.part", OsRng.next_u32()));
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists(file.to_owned()),
        _ => BackupError::Unwritable { path: file.to_owned(), source },
    };
    make_private(&draft).map_err(failed)?;
    let made = match Store::copy_sqlite(&config.server.data, &draft).await {
        Ok(()) => publish(&draft, file).map_err(failed),
        Err(error) => Err(error.into()),
    };
    // A rest that cannot be deleted changes nothing about what was made.
    let _ = fs::remove_file(&draft);
    made
}

/// Makes an empty file that only its owner can read.
fn make_private(file: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?;
    Ok(())
}

/// Gives the finished file its name once it is on disk, unless something else has it.
fn publish(draft: &Path, file: &Path) -> io::Result<u64> {
    let written = File::open(draft)?;
    written.sync_all()?;
    match fs::hard_link(draft, file) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
        // Not every file system has such links, a memory stick's say.
        Err(_) => fs::rename(draft, file)?,
        Ok(()) => {}
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()?;
    Ok(written.metadata()?.len())
}
