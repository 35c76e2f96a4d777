//! From Send to the other person's screen: two native clients and a server over real sockets.

#![allow(clippy::unwrap_used)]

use std::time::Instant;

use sealpost_benches::{Durations, line};
use sealpost_client::snapshot::{Snapshot, SnapshotKey};
use sealpost_testkit::{Backend, TestServer, alice, bob};

const MESSAGES: usize = 500;

#[tokio::main]
async fn main() {
    line("Delivery from one client's Send to the other client's snapshot");
    measure("SQLite", Backend::Sqlite).await;
    if let Some(backend) = Backend::postgres().await {
        measure("PostgreSQL", backend).await;
    }
}

async fn measure(name: &str, backend: Backend) {
    let mut server = TestServer::start(backend).await;
    let (alice, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = alice.start_direct(&bob).await;
    bob.joins(chat).await;
    let mut durations = Durations::default();
    for number in 0..MESSAGES {
        let text = format!("message {number}");
        let start = Instant::now();
        let key = SnapshotKey::newest(chat, 1);
        let seen = bob.until(key, "the message", |snapshot| match snapshot {
            Snapshot::Timeline(timeline) => timeline.items.last().filter(|item| is_text(item, &text)).map(|_| ()),
            _ => None,
        });
        tokio::join!(alice.says(chat, &text), seen);
        durations.add(start.elapsed());
    }
    line(format_args!(
        "  {name}, {MESSAGES} messages: mean {:.2} ms, p99 {:.2} ms",
        durations.mean().as_secs_f64() * 1000.0,
        durations.quantile(0.99).as_secs_f64() * 1000.0
    ));
    alice.closes().await;
    bob.closes().await;
    server.stop().await;
}

fn is_text(item: &sealpost_client::snapshot::TimelineItem, expected: &str) -> bool {
    use sealpost_client::snapshot::ItemContent;
    matches!(&item.content, ItemContent::Message(message) if message.text == expected)
}
