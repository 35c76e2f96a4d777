//! The demonstration, as `cargo xtask run -- --demo` starts it beside a server that is new.

use sealpost_client::{
    EngineConfig,
    command::Command,
    snapshot::{Snapshot, SnapshotKey},
};
use sealpost_testkit::{Backend, TestClient, TestServer, process};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demonstration_has_chats_for_all_three() {
    let server = TestServer::start(Backend::Sqlite).await;
    let mut demo = process::demo(&server.url()).kill_on_drop(true).spawn().unwrap();
    for (username, chats) in [("alice", 2), ("bob", 2), ("charlie", 1)] {
        let device = TestClient::with_engine(&server.url(), username, EngineConfig::default()).await;
        let sign_in = || Command::SignIn { username: username.to_owned(), password: "password123".to_owned() };
        sealpost_testkit::server::eventually("the sign-in", async || device.tries(sign_in()).await.is_ok()).await;
        let found = device.until(SnapshotKey::Conversations, "chats", |snapshot| match snapshot {
            Snapshot::Conversations(list) => {
                let is_there = list.rows.iter().any(|row| row.name == "Weekend hike" && !row.joining);
                (is_there && list.rows.len() >= chats).then_some(())
            }
            _ => None,
        });
        found.await;
    }
    demo.kill().await.unwrap();
}
