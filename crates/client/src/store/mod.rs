//! The client's database: rows in, rows out. SQL lives here only; what rows mean to the protocol is the engine's.
//! Independent of the network and of time. Every function works inside the transaction that the engine has begun.

mod amendments;
mod archive;
mod chats;
mod conversations;
mod delistings;
mod expiry;
mod files;
mod groups;
mod list;
mod lists;
mod mls_state;
mod notices;
mod outbox;
mod own_devices;
mod people;
mod pictures;
mod reports;
mod search;
mod session;
mod successors;
mod timeline;
mod told_lists;
mod vault;
mod welcomes;
mod windows;

pub(crate) use amendments::{Amendment, AmendmentKind};
pub(crate) use archive::{Range, SegmentRow};
pub(crate) use chats::Chat;
pub(crate) use conversations::{Conversation, JoinRow, Phase};
pub(crate) use files::{FileRow, FileState};
pub(crate) use groups::{AskedRow, GroupRow, JoinRequestRow, Rekey};
pub(crate) use list::{LastMessage, ListRow};
pub(crate) use lists::Listed;
pub(crate) use notices::{StoredChange, StoredNotice};
pub(crate) use outbox::{Due, Intent, OutboxRow, RolesChange, StateChange};
pub(crate) use people::any_word_starts;
pub(crate) use search::{Found, Wanted, searchable, stands_alone};
pub(crate) use session::Session;
pub(crate) use timeline::{ItemKind, NewItem, Own, PresentItem, TimelineRow, expiry};
pub(crate) use told_lists::ToldList;
pub(crate) use windows::{Exported, LogPlace, QuotedRow};

use rusqlite::{Connection, OptionalExtension, Params, Row, config::DbConfig};

/// The schema's numbered files; the database's `user_version` says how many were run.
const MIGRATIONS: [&str; 21] = [
    include_str!("schema.sql"),
    include_str!("registrations.sql"),
    include_str!("amendments.sql"),
    include_str!("arrangement.sql"),
    include_str!("groups.sql"),
    include_str!("waiting.sql"),
    include_str!("lookups.sql"),
    include_str!("resets.sql"),
    include_str!("lists.sql"),
    include_str!("retention.sql"),
    include_str!("delistings.sql"),
    include_str!("old_keys.sql"),
    include_str!("signing_out.sql"),
    include_str!("blanks.sql"),
    include_str!("verified.sql"),
    include_str!("broken.sql"),
    include_str!("archive.sql"),
    include_str!("devices.sql"),
    include_str!("told_lists.sql"),
    include_str!("successors.sql"),
    include_str!("media.sql"),
];
/// Every table but the search index, which follows the timeline.
const TABLES: [&str; 43] = [
    // Before the timeline, whose rows are looked for in them as they go.
    "archive_segments",
    "held_ranges",
    "session",
    "registrations",
    "people",
    "conversations",
    "members",
    "timeline",
    "amendments",
    "erasures",
    "member_cursors",
    "outbox",
    "log_hashes",
    "welcomes",
    "joins",
    "vault",
    "mls_state",
    "chats",
    "hidden",
    "pictures",
    "unsent",
    "conversation_state",
    "leaving",
    "join_requests",
    "asked",
    "former_editors",
    "withheld",
    "withheld_amendments",
    "reports",
    "last_resorts",
    "device_lists",
    "listed_devices",
    "delistings",
    "deletions",
    "archive_keys",
    "own_devices",
    "list_proofs",
    "put_out",
    "told_lists",
    "files",
    "files_gone",
    "successions",
    "removal",
];
/// Databases of at most so many pages are checked as a whole when they are opened.
const CHECKED_PAGES: u64 = 20_000;

/// The database could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It is damaged, or not one of ours: set it aside and start anew.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// It is of a later version of the app.
    #[error("the database is of a newer version of the app")]
    Newer,
    /// It cannot be read or written now.
    #[error("the database cannot be used: {0}")]
    Unusable(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => {
                Self::Damaged(error.to_string())
            }
            _ => Self::Unusable(error),
        }
    }
}

/// What a store function gives.
pub(crate) type Result<T> = rusqlite::Result<T>;

/// Checks the database and brings its schema up to date.
pub(crate) fn prepare(connection: &mut Connection) -> std::result::Result<(), OpenError> {
    let pages: u64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    if pages <= CHECKED_PAGES {
        let verdict: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
        if verdict != "ok" {
            return Err(OpenError::Damaged(verdict));
        }
    }
    let version: usize = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > MIGRATIONS.len() {
        return Err(OpenError::Newer);
    }
    connection.set_prepared_statement_cache_capacity(256);
    // Plans must not look at bound values: each binding would have its statement compiled anew, `LIMIT ?` among them.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    search::add_functions(connection)?;
    let transaction = connection.transaction()?;
    for migration in MIGRATIONS.iter().skip(version) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", MIGRATIONS.len())?;
    Ok(transaction.commit()?)
}

/// The database inside a transaction.
#[derive(Clone, Copy)]
pub(crate) struct Store<'a>(pub(crate) &'a Connection);

impl Store<'_> {
    fn run(&self, sql: &str, params: impl Params) -> Result<usize> {
        self.0.prepare_cached(sql)?.execute(params)
    }

    fn one<T>(&self, sql: &str, params: impl Params, read: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<Option<T>> {
        self.0.prepare_cached(sql)?.query_row(params, read).optional()
    }

    fn many<T>(&self, sql: &str, params: impl Params, read: impl FnMut(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        self.0.prepare_cached(sql)?.query_map(params, read)?.collect()
    }

    /// Erases everything.
    pub(crate) fn erase(&self) -> Result<()> {
        TABLES.iter().try_for_each(|table| self.0.execute_batch(&format!("DELETE FROM {table}")))
    }
}

/// A column that holds what it should not.
pub(crate) fn invalid(column: usize) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(column, "malformed".to_owned(), rusqlite::types::Type::Blob)
}

#[cfg(test)]
pub(crate) fn in_memory() -> Connection {
    #![allow(clippy::unwrap_used)]
    let mut connection = Connection::open_in_memory().unwrap();
    prepare(&mut connection).unwrap();
    connection
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn preparing_twice_changes_nothing() {
        let mut connection = in_memory();
        connection.execute("INSERT INTO vault VALUES ('name', x'01', 0)", []).unwrap();
        prepare(&mut connection).unwrap();
        let rows: u64 = connection.query_row("SELECT count(*) FROM vault", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn everything_is_erased() {
        let connection = in_memory();
        // The search index has no triggers of its own: its tables follow the timeline.
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table'
            AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'search%' ORDER BY name";
        let mut there: Vec<String> = Store(&connection).many(sql, [], |row| row.get(0)).unwrap();
        let mut erased = TABLES.map(str::to_owned).to_vec();
        there.sort_unstable();
        erased.sort_unstable();
        assert_eq!(erased, there);
        Store(&connection).erase().unwrap();
    }

    #[test]
    fn a_file_that_is_no_database_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("client.db");
        std::fs::write(&path, vec![0x5a; 8192]).unwrap();
        let opened = prepare(&mut Connection::open(&path).unwrap());
        assert!(matches!(opened, Err(OpenError::Damaged(_))), "{opened:?}");
    }

    #[test]
    fn a_database_with_a_damaged_page_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("client.db");
        let mut connection = Connection::open(&path).unwrap();
        prepare(&mut connection).unwrap();
        connection.execute("INSERT INTO vault VALUES ('name', zeroblob(20000), 0)", []).unwrap();
        connection.close().unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 3 / 4096 * 4096;
        bytes[middle..middle + 4096].fill(0x77);
        std::fs::write(&path, bytes).unwrap();
        let opened = prepare(&mut Connection::open(&path).unwrap());
        assert!(matches!(opened, Err(OpenError::Damaged(_))), "{opened:?}");
    }

    #[test]
    fn a_later_schema_is_left_alone() {
        let mut connection = in_memory();
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(prepare(&mut connection), Err(OpenError::Newer)));
    }
}
