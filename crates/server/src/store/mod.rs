//! The store: everything that the server keeps, on SQLite or on PostgreSQL. SQL lives here only, each statement once.
//!
//! One file a table family. Lookups give `Option`, conflicts are outcomes of their own, rows become the types of
//! `sealpost-protocol` by checked conversion. Clock and randomness are arguments. Independent of MLS (groups, Welcomes
//! and trees are bytes), of transports and of who is connected.

mod accounts;
mod append;
mod append_queue;
mod archive;
mod backups;
mod blobs;
mod commits;
mod conversations;
mod convert;
mod copy;
mod cursor_steps;
mod cursors;
mod db;
mod delistings;
mod departures;
mod devices;
mod erasure;
mod error;
mod inbox;
mod invites;
mod key_packages;
mod linkings;
mod links;
mod log;
mod passkeys;
mod people;
mod reports;
mod retention;
mod revocations;
mod sessions;
mod settings;
mod successors;
mod trees;
mod vault;
mod verify;

use std::{
    fs::{DirBuilder, File, TryLockError},
    io,
    path::Path,
    sync::Arc,
};

use sealpost_protocol::Timestamp;

pub use accounts::{Credentials, Registered, Registration};
pub use append::{AppendOutcome, Erasure, NewContent, NewEntry};
pub use append_queue::AppendQueue;
pub use archive::ArchiveWritten;
pub use backups::{BackupChange, BackupWritten};
pub use blobs::{Blob, UploadBegun};
pub use commits::{AddedLeaf, CommitEffects};
pub use conversations::{ConversationCreated, NewConversation};
pub use cursors::{DeliveredChange, Due, Leaf, StoredCursor};
pub use departures::{Departed, Departure, NewDeparture};
pub use devices::{Device, DeviceListUpdate, FirstDevice, ListPublished, NewDevice};
pub use erasure::Erased;
pub use error::{StoreError, StoreResult};
pub use invites::Invite;
pub use key_packages::NewKeyPackage;
pub use linkings::{LinkingMet, LinkingSide};
pub use links::{JoinRequestPut, Link, LinkWritten};
pub use log::Loss;
pub use passkeys::NewPasskey;
pub use people::Shared;
pub use reports::Report;
pub use retention::Retention;
pub use revocations::{Revocation, Revoked};
pub use sessions::{KeptSession, NewSession, Session, SessionKind, SignIn};
pub use settings::PASSWORD_SETUP;
pub use trees::CutTree;
pub use vault::VaultWritten;
pub use verify::Verified;

use convert::column;
use db::{Db, execute};

/// Name of the database file in the data folder.
const SQLITE_FILE: &str = "sealpost.sqlite3";
/// Name of the file whose lock says that a server uses the data folder.
const LOCK_FILE: &str = "lock";
/// How long a claim of key packages can be repeated, in milliseconds: 30 days.
const CLAIM_LIFETIME: u64 = 30 * 24 * 60 * 60 * 1000;

/// What came of a compare and swap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Swap {
    /// Written; the new version.
    Done(u64),
    /// Left alone; the present version, 0 if there is none.
    Conflict(u64),
}

/// Everything that the server keeps. Clones share the same connections.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    /// Held while the data folder is in use.
    lock: Option<Arc<File>>,
}

impl Store {
    /// Opens the SQLite database in `folder`, which is made if it is missing.
    ///
    /// # Errors
    /// `Locked` when another server uses the folder; also when the folder or the database cannot be used.
    pub async fn open_sqlite(folder: &Path) -> StoreResult<Self> {
        make_private_folder(folder).map_err(|error| StoreError::Folder(Arc::new(error)))?;
        let lock = lock_folder(folder)?;
        let db = Db::open_sqlite(&folder.join(SQLITE_FILE)).await?;
        Ok(Self { db, lock: Some(Arc::new(lock)) })
    }

    /// Opens the SQLite database in `folder` for a host's task of a moment, whether or not a server uses it: SQLite itself
    /// keeps the two apart.
    ///
    /// # Errors
    /// When the folder or the database cannot be used.
    pub async fn open_sqlite_beside(folder: &Path) -> StoreResult<Self> {
        make_private_folder(folder).map_err(|error| StoreError::Folder(Arc::new(error)))?;
        Ok(Self { db: Db::open_sqlite(&folder.join(SQLITE_FILE)).await?, lock: None })
    }

    /// Opens a PostgreSQL database by its `postgres://` address. Several servers may share it.
    ///
    /// # Errors
    /// When the address is wrong or the database cannot be used.
    pub async fn open_postgres(url: &str) -> StoreResult<Self> {
        Ok(Self { db: Db::open_postgres(url).await?, lock: None })
    }

    /// Finishes what runs, closes the connections and gives the data folder free.
    pub async fn close(&self) {
        self.db.close().await;
        if let Some(lock) = &self.lock {
            // Closing the file at the latest gives the lock free; there is nothing to do about a failure here.
            let _ = lock.unlock();
        }
    }

    /// Whether the database answers, for readiness checks.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> StoreResult<()> {
        execute!(self.db.read(), "SELECT 1");
        Ok(())
    }

    /// Deletes what has expired: sessions, sign-ins, invites, links, key packages, old claims, and trees that nothing names.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune(&self, now: Timestamp) -> StoreResult<()> {
        let moment = column(now);
        execute!(self.db.write(), "DELETE FROM sign_ins WHERE expires <= $1", moment);
        execute!(self.db.write(), "DELETE FROM sessions WHERE expires <= $1", moment);
        execute!(self.db.write(), "DELETE FROM invites WHERE expires <= $1", moment);
        // Requests to join go with their links.
        execute!(self.db.write(), "DELETE FROM links WHERE expires <= $1", moment);
        execute!(self.db.write(), "DELETE FROM key_packages WHERE expires <= $1", moment);
        execute!(self.db.write(), "DELETE FROM claims WHERE time <= $1", column(now.saturating_sub(CLAIM_LIFETIME)));
        self.prune_linkings(now).await?;
        self.prune_trees().await
    }
}

/// Makes a folder, which only its owner may enter.
pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Takes the data folder for this process; the operating system gives it free when the process ends, however it ends.
fn lock_folder(folder: &Path) -> StoreResult<File> {
    let open = File::options().create(true).truncate(false).write(true).open(folder.join(LOCK_FILE));
    let file = open.map_err(|error| StoreError::Folder(Arc::new(error)))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked),
        Err(TryLockError::Error(error)) => Err(StoreError::Folder(Arc::new(error))),
    }
}
