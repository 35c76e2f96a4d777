//! A device that was away takes what it missed, through a real socket into its database.

#![allow(clippy::unwrap_used)]

use std::time::Instant;

use sealpost_benches::{line, rate};
use sealpost_client::snapshot::{Snapshot, SnapshotKey};
use sealpost_testkit::{Backend, TestServer, alice, bob};

const ENTRIES: usize = 10_000;

#[tokio::main]
async fn main() {
    line("Sync of a device that was away");
    let mut server = TestServer::start(Backend::Sqlite).await;
    let (alice, mut bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = alice.start_direct(&bob).await;
    bob.joins(chat).await;
    bob.closes().await;
    let start = Instant::now();
    for number in 0..ENTRIES {
        alice.says(chat, &format!("message {number}")).await;
    }
    let key = SnapshotKey::newest(chat, 1);
    let sent = alice.until(key, "the last message on the server", |snapshot| match snapshot {
        Snapshot::Timeline(timeline) => (timeline.last_seq > ENTRIES as u64).then_some(()),
        _ => None,
    });
    sent.await;
    let sending = start.elapsed();
    line(format_args!("  sent by one client: {ENTRIES} in {sending:.1?}, {:.0}/s", rate(ENTRIES, sending)));

    let start = Instant::now();
    bob.opens_again().await;
    let key = SnapshotKey::newest(chat, 1);
    let all = bob.until(key, "all entries", |snapshot| match snapshot {
        Snapshot::Timeline(timeline) => (timeline.last_seq > ENTRIES as u64).then_some(()),
        _ => None,
    });
    all.await;
    let taken = start.elapsed();
    line(format_args!("  taken: {ENTRIES} in {taken:.1?}, {:.0}/s", rate(ENTRIES, taken)));
    alice.closes().await;
    bob.closes().await;
    server.stop().await;
}
