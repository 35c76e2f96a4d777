//! A server whose disk is full: sends fail visibly, nothing vanishes, and all goes on when there is room again.

use sealpost_client::snapshot::Delivery;
use sealpost_testkit::{ServerProcess, alice, bob};

/// Room that the server gets for its data, in blocks of 1 KiB: enough to start, too little for what is said.
const LIMIT: u64 = 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_full_disk_refuses_waits_and_arrives_later() {
    let mut server = ServerProcess::start(&[]);
    let (alice, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "while there is room").await;
    bob.sees(chat, &["while there is room"]).await;
    limit_files(&server, Some(LIMIT));
    let long: Vec<String> = (0..40).map(|number| format!("{number} {}", "long ".repeat(10_000))).collect();
    for text in &long {
        alice.says(chat, text).await;
    }
    alice.shows_delivery(chat, &long[39], Delivery::Pending).await;
    let refusals = || std::fs::read_to_string(server.log()).unwrap().matches("database").count();
    wait_for(|| refusals() > 0).await;
    limit_files(&server, None);
    let mut all = vec!["while there is room".to_owned()];
    all.extend(long);
    bob.sees(chat, &all).await;
    alice.sees(chat, &all).await;
    alice.shows_delivery(chat, &all[40], Delivery::Delivered).await;
    server.kill();
}

/// How large a file the server may write: what SQLite sees of a full disk.
fn limit_files(server: &ServerProcess, limit: Option<u64>) {
    let limit = limit.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
    let status = std::process::Command::new("prlimit")
        .args(["--pid", &server.id().to_string(), &format!("--fsize={limit}:unlimited")])
        .status();
    assert!(status.unwrap().success());
}

async fn wait_for(condition: impl Fn() -> bool) {
    let deadline = std::time::Instant::now() + sealpost_testkit::client::PATIENCE;
    while !condition() {
        assert!(std::time::Instant::now() < deadline, "it does not happen");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
