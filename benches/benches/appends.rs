//! Durable appends through the server's operations (session, membership, group commit, running hash, fan-out) with
//! 1, 10 and 100 concurrent senders, beside a bare loop that only inserts rows of the same size into a table of its own,
//! in batches as large as the number of senders, with the same durability. And how long one sender waits.

#![allow(clippy::unwrap_used)]

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use sealpost_benches::{Durations, line, rate};
use sealpost_protocol::{
    Bytes, ClientId, ConversationId,
    conversation::{Append, LogAppend},
};
use sealpost_server::{App, Clock, Config};
use sealpost_testkit::{
    Backend,
    hand::{Door, HandDevice},
    server::without_limits,
};
use sqlx::{Connection as _, PgConnection};

const SENDERS: [usize; 3] = [1, 10, 100];
/// Each figure is taken over this time.
const SPAN: Duration = Duration::from_secs(4);
/// What is encrypted in each message.
const PADDED_BYTES: usize = 256;
/// A row of the bare loop: a message of so many padded bytes as `PrivateMessage`.
const MESSAGE_BYTES: usize = 389;
/// As the server has it: see `store/db.rs`.
const CHECKPOINT_PAGES: u32 = 16_000;

#[tokio::main]
async fn main() {
    line("Durable appends");
    for senders in SENDERS {
        let folder = tempfile::tempdir().unwrap();
        let bare = bare_sqlite(folder.path(), senders);
        measure("SQLite", senders, "", bare).await;
    }
    for senders in SENDERS {
        let Some(backend) = Backend::postgres().await else { return };
        let bare = bare_postgres(backend.url(), senders).await;
        measure("PostgreSQL", senders, backend.url(), bare).await;
    }
}

async fn measure(name: &str, senders: usize, url: &str, bare: f64) {
    let (durable, waits) = through_the_server(url, senders).await;
    line(format_args!(
        "  {name}, {senders:3} senders: {durable:7.0}/s, bare loop {bare:7.0}/s, ratio {:3.0} %; waits: median {:.2} ms, p99 {:.2} ms",
        durable / bare * 100.0,
        waits.quantile(0.5).as_secs_f64() * 1000.0,
        waits.quantile(0.99).as_secs_f64() * 1000.0,
    ));
}

/// Appends a second with each sender waiting for its answer before it sends again, and how long they waited.
async fn through_the_server(url: &str, senders: usize) -> (f64, Durations) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::in_folder(folder.path());
    config.database.url = url.to_owned();
    config.limits = without_limits();
    let app = App::open(config, Clock::System).await.unwrap();
    let door = Door::App(Arc::clone(&app));
    let mut tasks = Vec::new();
    for number in 0..senders {
        let device = HandDevice::register(&door, &format!("sender{number}"), 0).await;
        let (mut group, summary) = device.make_group(&[]).await;
        let message = device.run(|context| group.encrypt(context, &[0; PADDED_BYTES])).unwrap().into();
        tasks.push((Arc::clone(&app), device.token.clone(), summary.conversation, message));
    }
    let start = Instant::now();
    let running: Vec<_> = tasks
        .into_iter()
        .map(|(app, token, conversation, message)| tokio::spawn(send(app, token, (conversation, message), start)))
        .collect();
    let (mut sent, mut waits) = (0, Durations::default());
    for task in running {
        let (count, durations) = task.await.unwrap();
        sent += count;
        waits.add_all(&durations);
    }
    let elapsed = start.elapsed();
    app.close().await;
    (rate(sent, elapsed), waits)
}

/// Sends the same message again and again: to the server it is another one each time, by its client id.
async fn send(
    app: Arc<App>,
    token: Bytes,
    (conversation, message): (ConversationId, Bytes),
    start: Instant,
) -> (usize, Durations) {
    let caller = app.authenticate(None, &token).await.unwrap();
    let (mut sent, mut waits) = (0, Durations::default());
    while start.elapsed() < SPAN {
        let client_id = ClientId(rand::random());
        let append = Append::Application {
            message: message.clone(),
            expires_in: None,
            delete_token_hash: None,
            blobs: Vec::new(),
        };
        let append = LogAppend { conversation, generation: 1, epoch: 1, client_id, append };
        let asked = Instant::now();
        app.call(&caller, append.into()).await.unwrap();
        waits.add(asked.elapsed());
        sent += 1;
    }
    (sent, waits)
}

/// Rows a second of a loop that does nothing but insert, `batch` rows in one statement and one transaction.
fn bare_sqlite(folder: &Path, batch: usize) -> f64 {
    let database = rusqlite::Connection::open(folder.join("bare.sqlite3")).unwrap();
    database
        .execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES};
             CREATE TABLE log (conversation BLOB NOT NULL, seq INTEGER NOT NULL, client_id BLOB NOT NULL, time INTEGER,
               kind INTEGER, generation INTEGER, epoch INTEGER, hash BLOB, message BLOB NOT NULL,
               PRIMARY KEY (conversation, seq), UNIQUE (conversation, client_id))"
        ))
        .unwrap();
    let values = vec!["(?, ?, ?, 1, 1, 1, 1, ?, ?)"; batch].join(", ");
    let mut insert = database.prepare(&format!("INSERT INTO log VALUES {values}")).unwrap();
    let (start, mut rows) = (Instant::now(), 0);
    while start.elapsed() < SPAN {
        for sender in 0..batch {
            let at = sender * 5;
            insert.raw_bind_parameter(at + 1, [sender as u8; 16]).unwrap();
            insert.raw_bind_parameter(at + 2, rows as i64).unwrap();
            insert.raw_bind_parameter(at + 3, rand::random::<[u8; 16]>()).unwrap();
            insert.raw_bind_parameter(at + 4, [0; 32]).unwrap();
            insert.raw_bind_parameter(at + 5, [1; MESSAGE_BYTES]).unwrap();
        }
        insert.raw_execute().unwrap();
        rows += batch;
    }
    rate(rows, start.elapsed())
}

async fn bare_postgres(url: &str, batch: usize) -> f64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let create = "CREATE TABLE bare_log (conversation BYTEA NOT NULL, seq BIGINT NOT NULL, client_id BYTEA NOT NULL,
        time BIGINT, kind BIGINT, generation BIGINT, epoch BIGINT, hash BYTEA, message BYTEA NOT NULL,
        PRIMARY KEY (conversation, seq), UNIQUE (conversation, client_id))";
    sqlx::query(create).execute(&mut connection).await.unwrap();
    let insert = "INSERT INTO bare_log SELECT conversation, seq, client_id, 1, 1, 1, 1, $4, $5
        FROM UNNEST($1::bytea[], $2::bigint[], $3::bytea[]) AS rows (conversation, seq, client_id)";
    let (start, mut rows) = (Instant::now(), 0_usize);
    while start.elapsed() < SPAN {
        let conversations: Vec<Vec<u8>> = (0..batch).map(|sender| vec![sender as u8; 16]).collect();
        let client_ids: Vec<Vec<u8>> = (0..batch).map(|_| rand::random::<[u8; 16]>().to_vec()).collect();
        sqlx::query(insert)
            .bind(conversations)
            .bind(vec![rows as i64; batch])
            .bind(client_ids)
            .bind(vec![0_u8; 32])
            .bind(vec![1_u8; MESSAGE_BYTES])
            .execute(&mut connection)
            .await
            .unwrap();
        rows += batch;
    }
    rate(rows, start.elapsed())
}
