//! When something does not work: messages that fail, and a network that comes back.

use std::time::{Duration, Instant};

use sealpost_client::{
    command::Command,
    snapshot::{Connection, Delivery, Snapshot, SnapshotKey, WhoMayMessage},
};
use sealpost_testkit::{TestClient, TestServer, alice, bob, on_each_database};

use super::safety::takes;

on_each_database! {
    what_failed_is_tried_again_or_given_up,
    a_network_that_returns_is_used_at_once,
}

async fn is_connected(person: &TestClient, wanted: Connection) {
    let what = format!("{wanted:?}");
    let found = person.until(SnapshotKey::Connection, &what, |snapshot| match snapshot {
        Snapshot::Connection(connection) => (*connection == wanted).then_some(()),
        _ => None,
    });
    found.await;
}

async fn what_failed_is_tried_again_or_given_up(mut server: TestServer) {
    let (alice, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    takes(&server, &bob, WhoMayMessage::Nobody).await;
    // Written without a connection, so that it is refused later.
    server.stop().await;
    is_connected(&alice, Connection::Offline).await;
    let chat = alice.start_direct(&bob).await;
    let (kept, given_up) = (alice.says(chat, "may I?").await, alice.says(chat, "never mind").await);
    alice.shows_delivery(chat, "may I?", Delivery::Pending).await;
    server.start_again().await;
    for text in ["may I?", "never mind"] {
        alice.shows_delivery(chat, text, Delivery::Failed).await;
    }
    // Tried again it fails again, as long as nothing has changed.
    alice.does(Command::Retry { conversation: chat, id: kept }).await;
    alice.shows_delivery(chat, "may I?", Delivery::Failed).await;
    alice.does(Command::Discard { conversation: chat, id: given_up }).await;
    alice.sees(chat, &["may I?"]).await;

    takes(&server, &bob, WhoMayMessage::Everyone).await;
    alice.does(Command::Retry { conversation: chat, id: kept }).await;
    alice.shows_delivery(chat, "may I?", Delivery::Delivered).await;
    bob.sees(chat, &["may I?"]).await;
}

async fn a_network_that_returns_is_used_at_once(mut server: TestServer) {
    const ROUNDS: u32 = 6;
    let alice = alice(&server.url()).await;
    let mut waited = Duration::ZERO;
    for _ in 0..ROUNDS {
        is_connected(&alice, Connection::Online).await;
        server.stop().await;
        // Twice in vain, so that the next time would be some way off.
        is_connected(&alice, Connection::Offline).await;
        is_connected(&alice, Connection::Connecting).await;
        is_connected(&alice, Connection::Offline).await;
        server.start_again().await;
        let start = Instant::now();
        alice.does(Command::NetworkChanged { online: true }).await;
        is_connected(&alice, Connection::Online).await;
        waited += start.elapsed();
    }
    // Left to itself it waits up to 2 s after two attempts, half of that in the mean.
    assert!(waited < ROUNDS * Duration::from_millis(500), "{waited:?} for {ROUNDS} times");
}
