//! A new device gets the account's history from its archive: 50,000 messages in 100 chats.
//!
//! With `SEALPOST_BENCH_SERVE` set the server stays up afterwards for a browser to sign in at, until it is stopped.

#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use sealpost_benches::{line, rate};
use sealpost_client::{
    command::Command,
    engine::{EngineConfig, Stretching},
    snapshot::{Archive, Snapshot, SnapshotKey},
};
use sealpost_protocol::ConversationId;
use sealpost_testkit::{Backend, TestClient, TestServer, bob, client::quick_engine, shown};

const CHATS: usize = 100;
const MESSAGES: usize = 500;
/// So many of each chat come first.
const NEWEST: usize = 50;
const PATIENCE: Duration = Duration::from_secs(600);

#[tokio::main]
async fn main() {
    line("A new device restores 50,000 messages in 100 chats");
    let mut server = TestServer::start(Backend::Sqlite).await;
    let bob = bob(&server.url()).await;
    // As apps have it, so that a browser can sign in.
    let engine = EngineConfig { stretching: Stretching::default(), ..quick_engine(true) };
    let phone = sign_up(&server.url(), engine.clone()).await;
    let mut chats = Vec::new();
    for number in 0..CHATS {
        chats.push(bob.make_group(&format!("Group {number}"), &[&phone]).await);
    }
    let start = Instant::now();
    for number in 0..MESSAGES {
        for (chat, conversation) in chats.iter().enumerate() {
            bob.says(*conversation, &format!("message {number} of chat {chat}, as long as people write")).await;
        }
    }
    let total = (CHATS * MESSAGES) as u64;
    let archived = archive(&phone, |archive| archive.total >= total && !archive.waiting).await;
    let taken = start.elapsed();
    line(format_args!("  sent, taken and archived: {} things in {taken:.1?}", archived.total));
    phone.closes().await;

    let laptop = TestClient::with_engine(&server.url(), &phone.username, engine).await;
    let start = Instant::now();
    laptop.does(Command::SignIn { username: phone.username.clone(), password: phone.password.clone() }).await;
    line(format_args!("  signed in after {:.1?}", start.elapsed()));
    for chat in &chats {
        has_newest(&laptop, *chat).await;
    }
    line(format_args!("  the newest {NEWEST} of each chat after {:.1?}", start.elapsed()));
    archive(&laptop, |archive| archive.total > 0 && archive.restored == archive.total).await;
    let restored = start.elapsed();
    let each = rate(CHATS * MESSAGES, restored);
    line(format_args!("  everything after {restored:.1?}, {each:.0} messages/s"));
    laptop.closes().await;
    bob.closes().await;
    if std::env::var_os("SEALPOST_BENCH_SERVE").is_some() {
        line(format_args!("  {} takes {} with {:?}", server.url(), phone.username, phone.password));
        std::future::pending::<()>().await;
    }
    server.stop().await;
}

async fn sign_up(url: &str, engine: EngineConfig) -> TestClient {
    let person = TestClient::with_engine(url, "alice", engine).await;
    let (username, password) = (person.username.clone(), person.password.clone());
    person.does(Command::SignUp { username, display_name: "Alice".to_owned(), password, invite: None }).await;
    person
}

async fn archive(person: &TestClient, wanted: impl Fn(&Archive) -> bool) -> Archive {
    let found = person.until_within(PATIENCE, SnapshotKey::Archive, "the archive", |snapshot| match snapshot {
        Snapshot::Archive(archive) => wanted(archive).then_some(*archive),
        _ => None,
    });
    found.await
}

async fn has_newest(person: &TestClient, chat: ConversationId) {
    let key = SnapshotKey::newest(chat, NEWEST as u32);
    let last = format!("message {} of", MESSAGES - 1);
    let newest = person.until_within(PATIENCE, key, "the newest messages", |snapshot| {
        let texts = shown(snapshot);
        (texts.len() + 2 >= NEWEST && texts.last().is_some_and(|text| text.starts_with(&last))).then_some(())
    });
    newest.await;
}
