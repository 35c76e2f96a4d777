//! A backup of everything in the embedded database, made by the host while the server runs or stands.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

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
    if file.exists() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let unwritable = |source| BackupError::Unwritable { path: file.to_owned(), source };
    let mut draft = OsString::from(file);
    draft.push(".part");
    let draft = PathBuf::from(draft);
    make_private(&draft).map_err(unwritable)?;
    let made = match Store::copy_sqlite(&config.server.data, &draft).await {
        Ok(()) => publish(&draft, file).map_err(unwritable),
        Err(error) => Err(error.into()),
    };
    if made.is_err() {
        // What failed is told; a rest that cannot be deleted either changes nothing about that.
        let _ = fs::remove_file(&draft);
    }
    made
}

/// Makes an empty file that only its owner can read, in place of what a backup that was cut off has left.
fn make_private(file: &Path) -> io::Result<()> {
    if let Err(error) = fs::remove_file(file)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?;
    Ok(())
}

/// Gives the finished file its name once it is on disk.
fn publish(draft: &Path, file: &Path) -> io::Result<u64> {
    let written = File::open(draft)?;
    written.sync_all()?;
    fs::rename(draft, file)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()?;
    Ok(written.metadata()?.len())
}
