//! A group of 1,000 accounts on a real server, every one of them a native client that is online: made, one more added,
//! one message to all. Says how long each takes and how many bytes it is.

#![allow(clippy::unwrap_used)]

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};
use rusqlite::{Connection, OpenFlags};
use sealpost_benches::{Durations, line};
use sealpost_client::{
    command::{Answer, Command},
    snapshot::{Snapshot, SnapshotKey},
};
use sealpost_protocol::{AccountId, ConversationId};
use sealpost_testkit::{Backend, TestClient, TestServer};

/// Accounts in the group at the end.
const ACCOUNTS: usize = 1_000;
/// How many sign up at a time.
const SIGN_UPS_AT_ONCE: usize = 8;
const MESSAGES: usize = 5;
/// How long everyone may take to join: each of so many clients verifies the certificates of all, on one machine.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

#[tokio::main]
async fn main() {
    line(format_args!("A group of {ACCOUNTS} accounts, all online"));
    let mut server = TestServer::start(Backend::Sqlite).await;
    let people = sign_up(&server.url()).await;
    let (founder, late) = (&people[0], &people[ACCOUNTS - 1]);
    let mut members = Vec::new();
    for person in &people[1..] {
        members.push(person.account().await);
    }
    let newcomer = members.pop().unwrap();

    let group = create(founder, &people[1..ACCOUNTS - 1], members).await;
    let before = last_seq(server.data(), group);
    add(founder, late, group, newcomer).await;
    let commit = sizes(server.data(), group, before + 1);
    line(format_args!("  one more is added by a commit of {} KB", commit / 1000));
    send(founder, &people[1..], group).await;
    line(format_args!(
        "  a short message is an entry of {} B",
        sizes(server.data(), group, last_seq(server.data(), group))
    ));
    line(format_args!("  who joins fetches a tree of {} KB", tree(server.data(), group) / 1000));
    for person in people.iter() {
        person.closes().await;
    }
    server.stop().await;
}

async fn sign_up(url: &str) -> Arc<Vec<TestClient>> {
    let start = Instant::now();
    let signing_up = stream::iter(0..ACCOUNTS).map(|number| {
        let url = url.to_owned();
        async move { TestClient::sign_up(&url, &format!("person{number}")).await }
    });
    let people: Vec<_> = signing_up.buffered(SIGN_UPS_AT_ONCE).collect().await;
    line(format_args!("  signed up and connected in {:.1?}", start.elapsed()));
    Arc::new(people)
}

async fn create(founder: &TestClient, others: &[TestClient], members: Vec<AccountId>) -> ConversationId {
    let start = Instant::now();
    let answer = founder.does(Command::CreateGroup { name: "Everyone".into(), members }).await;
    let Answer::Conversation { conversation } = answer else { panic!("no conversation: {answer:?}") };
    for person in others {
        joins(person, conversation).await;
    }
    line(format_args!("  made, and everyone has joined, in {:.1?}", start.elapsed()));
    conversation
}

/// Waits until the conversation is there and ready.
async fn joins(person: &TestClient, conversation: ConversationId) {
    let found = person.until_within(PATIENCE, SnapshotKey::Conversations, "the group", |snapshot| match snapshot {
        Snapshot::Conversations(list) => {
            let ready = list.rows.iter().any(|row| row.conversation == conversation && !row.joining);
            ready.then_some(())
        }
        _ => None,
    });
    found.await;
}

async fn add(founder: &TestClient, late: &TestClient, group: ConversationId, account: AccountId) {
    let start = Instant::now();
    founder.does(Command::AddMembers { conversation: group, members: vec![account] }).await;
    joins(late, group).await;
    line(format_args!("  one more is added and has joined in {:.1?}", start.elapsed()));
}

async fn send(founder: &TestClient, others: &[TestClient], group: ConversationId) {
    let (mut first, mut all) = (Durations::default(), Durations::default());
    for number in 0..MESSAGES {
        let text = format!("message {number} to all");
        let start = Instant::now();
        founder.says(group, &text).await;
        let arrivals = others.iter().map(|person| async {
            let text = text.clone();
            let arrived = person.until(SnapshotKey::newest(group, 1), "the message", |snapshot| match snapshot {
                Snapshot::Timeline(timeline) => timeline.items.last().filter(|item| is_text(item, &text)).map(|_| ()),
                _ => None,
            });
            arrived.await;
            start.elapsed()
        });
        let mut arrivals: Vec<_> = futures::future::join_all(arrivals).await;
        arrivals.sort();
        first.add(arrivals[0]);
        all.add(*arrivals.last().unwrap());
    }
    line(format_args!(
        "  a message is shown by the first after {:.1?} and by all {} after {:.1?} (medians of {MESSAGES})",
        first.quantile(0.5),
        others.len(),
        all.quantile(0.5)
    ));
}

fn is_text(item: &sealpost_client::snapshot::TimelineItem, expected: &str) -> bool {
    use sealpost_client::snapshot::ItemContent;
    matches!(&item.content, ItemContent::Message(message) if message.text == expected)
}

fn query(data: &Path, sql: &str, parameters: impl rusqlite::Params) -> u64 {
    let database = data.join("sealpost.sqlite3");
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    connection.query_row(sql, parameters, |row| row.get::<_, i64>(0)).unwrap().cast_unsigned()
}

fn last_seq(data: &Path, group: ConversationId) -> u64 {
    query(data, "SELECT last_seq FROM conversations WHERE id = ?1", [group.as_bytes()])
}

fn sizes(data: &Path, group: ConversationId, seq: u64) -> u64 {
    let sql = "SELECT length(message) FROM log WHERE conversation = ?1 AND seq = ?2";
    query(data, sql, (group.as_bytes(), seq.cast_signed()))
}

fn tree(data: &Path, group: ConversationId) -> u64 {
    query(data, "SELECT sum(length(piece)) FROM tree_pieces WHERE conversation = ?1", [group.as_bytes()])
}
