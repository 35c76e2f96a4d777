//! Why the store could not do something. Conflicts are not errors: each operation names its own outcomes.

use std::{io, sync::Arc};

use sqlx::migrate::MigrateError;

/// A failure of the store.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database cannot be used now (full disk, lost connection, lock held too long); the caller may retry.
    #[error("the database cannot be used now: {0}")]
    Unavailable(#[source] Arc<sqlx::Error>),
    /// Too much waits to be written, or the server stops; the caller may retry.
    #[error("too much waits to be written")]
    Busy,
    /// What is stored is not what was written. Names the value that makes no sense.
    #[error("the database holds a value that makes no sense: {0}")]
    Corrupt(&'static str),
    /// The database file itself is damaged, or a statement failed that never should.
    #[error("the database failed: {0}")]
    Failed(#[source] Arc<sqlx::Error>),
    /// Another server uses the same data folder.
    #[error("another server uses this data folder")]
    Locked,
    /// The data folder cannot be made or opened.
    #[error("the data folder cannot be used: {0}")]
    Folder(#[source] Arc<io::Error>),
    /// The tables could not be brought up to date.
    #[error("the tables could not be brought up to date: {0}")]
    Migration(#[source] Arc<MigrateError>),
}

/// What store operations give.
pub type StoreResult<T> = Result<T, StoreError>;

impl StoreError {
    /// Whether the same call may succeed later; nothing was changed.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Busy)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Unavailable(Arc::new(error)),
            sqlx::Error::Database(cause) if is_temporary_code(cause.code().as_deref()) => {
                Self::Unavailable(Arc::new(error))
            }
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Corrupt("a column of another type"),
            _ => Self::Failed(Arc::new(error)),
        }
    }
}

/// SQLite gives (extended) result codes in decimal, PostgreSQL five characters of SQLSTATE.
fn is_temporary_code(code: Option<&str>) -> bool {
    let Some(code) = code else { return false };
    if code.len() == 5 {
        // Connection, transaction rollback, insufficient resources, not in the right state, operator intervention.
        return ["08", "40", "53", "55", "57"].iter().any(|class| code.starts_with(class)) || code == "25006";
    }
    // BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN.
    code.parse::<u32>().is_ok_and(|number| matches!(number & 0xff, 5 | 6 | 8 | 10 | 13 | 14))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_disks_and_lost_connections_are_temporary_and_constraints_are_not() {
        for code in ["13", "5", "261", "778", "08006", "40P01", "53100", "57P01"] {
            assert!(is_temporary_code(Some(code)), "{code}");
        }
        for code in ["11", "26", "1555", "23505", "42601"] {
            assert!(!is_temporary_code(Some(code)), "{code}");
        }
    }
}
