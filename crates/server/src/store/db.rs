//! The two databases behind one set of queries: an enum, and macros that run one statement on either.
//!
//! Independent of what is stored. Placeholders `$1`, `ON CONFLICT`, `RETURNING` and row values mean the same to SQLite
//! and PostgreSQL, so each statement is written once; what differs is in the migrations and in [`On::for_update`].

use std::time::Duration;

use sqlx::{
    PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction,
    pool::PoolOptions,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{StoreError, StoreResult};

/// Connections that read SQLite side by side with the one that writes.
const SQLITE_READERS: u32 = 4;
/// Pages in the write-ahead log before SQLite moves them to the database file (64 MiB): fewer, larger checkpoints.
const SQLITE_CHECKPOINT_PAGES: &str = "16000";
/// Connections to PostgreSQL for one server process.
const POSTGRES_CONNECTIONS: u32 = 12;
/// Statements that a connection keeps prepared: all there are, those of many rows in every power of two.
const PREPARED_STATEMENTS: usize = 256;
/// How long a call waits for a connection or a lock before it is told that the database is unavailable.
const PATIENCE: Duration = Duration::from_secs(5);

/// The database in use.
#[derive(Debug, Clone)]
pub(super) enum Db {
    /// One file: a single writing connection and several that read.
    Sqlite {
        /// Reads only.
        read: SqlitePool,
        /// Exactly one connection.
        write: SqlitePool,
    },
    /// A PostgreSQL server, possibly shared with other nodes.
    Postgres(PgPool),
}

/// Something that statements run on, for either database.
pub(super) enum On<S, P> {
    /// SQLite.
    Sqlite(S),
    /// PostgreSQL.
    Postgres(P),
}

/// An open transaction; dropped without [`Tx::commit`], it is rolled back.
pub(super) type Tx = On<Transaction<'static, Sqlite>, Transaction<'static, Postgres>>;

impl Db {
    /// Opens (and makes) the SQLite file and brings its tables up to date.
    pub(super) async fn open_sqlite(file: &std::path::Path) -> StoreResult<Self> {
        use sqlx::ConnectOptions as _;
        let options = SqliteConnectOptions::new()
            .filename(file)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            .statement_cache_capacity(PREPARED_STATEMENTS)
            .pragma("temp_store", "memory")
            .disable_statement_logging();
        let writing = options
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT_PAGES);
        let pool = || PoolOptions::<Sqlite>::new().acquire_timeout(PATIENCE).test_before_acquire(false);
        let write =
            pool().min_connections(1).max_connections(1).after_release(|connection, _| Box::pin(is_usable(connection)));
        let write = write.connect_with(writing).await?;
        sqlx::migrate!("migrations/sqlite").run(&write).await.map_err(migration)?;
        let read = pool().max_connections(SQLITE_READERS).connect_with(options.read_only(true)).await?;
        Ok(Self::Sqlite { read, write })
    }

    /// Connects to PostgreSQL and brings its tables up to date.
    pub(super) async fn open_postgres(url: &str) -> StoreResult<Self> {
        use sqlx::ConnectOptions as _;
        let options: PgConnectOptions = url.parse()?;
        let pool = PoolOptions::<Postgres>::new()
            .acquire_timeout(PATIENCE)
            .max_connections(POSTGRES_CONNECTIONS)
            .connect_with(options.disable_statement_logging().statement_cache_capacity(PREPARED_STATEMENTS))
            .await?;
        sqlx::migrate!("migrations/postgres").run(&pool).await.map_err(migration)?;
        Ok(Self::Postgres(pool))
    }

    /// For one statement that reads.
    pub(super) fn read(&self) -> On<&SqlitePool, &PgPool> {
        match self {
            Self::Sqlite { read, .. } => On::Sqlite(read),
            Self::Postgres(pool) => On::Postgres(pool),
        }
    }

    /// For one statement that writes and is a transaction by itself.
    pub(super) fn write(&self) -> On<&SqlitePool, &PgPool> {
        match self {
            Self::Sqlite { write, .. } => On::Sqlite(write),
            Self::Postgres(pool) => On::Postgres(pool),
        }
    }

    /// Begins a transaction that writes. PostgreSQL runs it as `READ COMMITTED`: what must not change meanwhile is
    /// locked or compared and swapped.
    pub(super) async fn begin(&self) -> StoreResult<Tx> {
        Ok(match self {
            Self::Sqlite { write, .. } => On::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => On::Postgres(pool.begin().await?),
        })
    }

    /// Begins a transaction that reads, all of it as things are at one moment.
    pub(super) async fn begin_reading(&self) -> StoreResult<Tx> {
        Ok(match self {
            Self::Sqlite { read, .. } => On::Sqlite(read.begin().await?),
            Self::Postgres(pool) => {
                On::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?)
            }
        })
    }

    /// Finishes what runs and closes every connection.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// For a statement of this transaction.
    pub(super) fn on(&mut self) -> On<&mut SqliteConnection, &mut PgConnection> {
        match self {
            Self::Sqlite(transaction) => On::Sqlite(&mut **transaction),
            Self::Postgres(transaction) => On::Postgres(&mut **transaction),
        }
    }

    /// Makes the transaction's changes durable.
    pub(super) async fn commit(self) -> StoreResult<()> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

impl<S, P> On<S, P> {
    /// What a `SELECT` ends with to lock its rows: nothing in SQLite, where one connection writes at a time.
    pub(super) fn for_update(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "",
            Self::Postgres(_) => " FOR UPDATE",
        }
    }
}

/// Whether a connection has no transaction left. When the disk refuses a commit, SQLite rolls back by itself and the
/// driver goes on counting the transaction, so that no other could begin: such a connection is closed.
async fn is_usable(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    use sqlx::Connection as _;
    // Waits for the rollback of a transaction that was dropped.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

fn migration(error: sqlx::migrate::MigrateError) -> StoreError {
    StoreError::Migration(std::sync::Arc::new(error))
}

/// The largest piece that [`pieces`] cuts.
const PIECE_MAX: usize = 128;

/// Cuts `rows` into pieces whose lengths are powers of two, so that few different statements have to be prepared.
pub(super) fn pieces<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let len = if rest.is_empty() { return None } else { PIECE_MAX.min(1 << rest.len().ilog2()) };
        let (piece, after) = rest.split_at(len);
        rest = after;
        Some(piece)
    })
}

/// `keys` with the last one repeated up to a power of two, for the same reason; a repeated key matches no more rows.
pub(super) fn padded<T>(keys: &[T]) -> impl Iterator<Item = &T> {
    keys.iter().chain(keys.last().into_iter().cycle()).take(match keys.len() {
        0 => 0,
        len => len.next_power_of_two(),
    })
}

/// Runs `$body` with `$connection` on whichever database it is.
macro_rules! either {
    ($on:expr, $connection:ident => $body:expr) => {
        match $on {
            $crate::store::db::On::Sqlite($connection) => $body,
            $crate::store::db::On::Postgres($connection) => $body,
        }
    };
}

/// Runs a statement; gives the number of rows that it changed.
macro_rules! execute {
    ($on:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::store::db::either!($on, connection => {
            sqlx::query($sql)$(.bind($bind))*.execute(connection).await?.rows_affected()
        })
    };
}

/// Runs a statement; gives all of its rows as `Vec<$row>`.
macro_rules! fetch_all {
    ($on:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::store::db::either!($on, connection => {
            sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_all(connection).await?
        })
    };
}

/// Runs a statement; gives its first row, if there is one.
macro_rules! fetch_optional {
    ($on:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::store::db::either!($on, connection => {
            sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_optional(connection).await?
        })
    };
}

/// Runs a `SELECT` for rows whose columns are among `$keys`. With keys of one column `$sql` ends with `IN`; with keys of
/// several it ends with `AS`, for a common table that `$end` joins by `CROSS JOIN` (SQLite would scan the whole table for
/// an `IN` of several columns), and a row may come twice.
macro_rules! fetch_among {
    ($on:expr, $row:ty, $sql:expr, $keys:expr, |$key:ident| $($part:expr),+; $end:expr) => {
        if $keys.is_empty() {
            Vec::new()
        } else {
            $crate::store::db::either!($on, connection => {
                let mut query = sqlx::QueryBuilder::new(concat!($sql, " ("));
                query.push_values($crate::store::db::padded(&$keys), |mut values, $key| {
                    $(values.push_bind($part);)+
                });
                query.push(")").push($end);
                query.build_query_as::<$row>().fetch_all(connection).await?
            })
        }
    };
}

/// Runs an `INSERT` of many rows in few statements; gives the number of rows that it made.
macro_rules! insert_rows {
    ($tx:expr, $sql:expr, $rows:expr, |$row:ident| $($value:expr),+; $end:expr) => {{
        let mut inserted = 0;
        for piece in $crate::store::db::pieces(&$rows) {
            inserted += $crate::store::db::either!($tx.on(), connection => {
                let mut query = sqlx::QueryBuilder::new(concat!($sql, " "));
                query.push_values(piece, |mut values, $row| { $(values.push_bind($value);)+ });
                query.push($end);
                query.build().execute(connection).await?.rows_affected()
            });
        }
        inserted
    }};
}

pub(super) use {either, execute, fetch_all, fetch_among, fetch_optional, insert_rows};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hold_every_row_once_in_order() {
        for len in [0, 1, 2, 3, 127, 128, 129, 500] {
            let rows: Vec<usize> = (0..len).collect();
            assert_eq!(pieces(&rows).flatten().copied().collect::<Vec<_>>(), rows);
            assert!(pieces(&rows).all(|piece| piece.len().is_power_of_two()));
        }
    }

    #[test]
    fn padding_repeats_the_last_key_up_to_a_power_of_two() {
        assert_eq!(padded::<u8>(&[]).count(), 0);
        assert_eq!(padded(&[1, 2, 3]).copied().collect::<Vec<_>>(), [1, 2, 3, 3]);
        assert_eq!(padded(&[1, 2, 3, 4]).count(), 4);
    }
}
