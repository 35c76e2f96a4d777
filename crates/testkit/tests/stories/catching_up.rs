//! What was done on one device, or without a connection, is where it belongs when devices catch up.

use std::time::Duration;

use sealpost_client::{
    command::{Answer, Command},
    snapshot::{Snapshot, SnapshotKey},
};
use sealpost_testkit::{MODERATORS_TOKEN, TestClient, TestServer, alice, bob, client::PATIENCE, on_each_database};

on_each_database! {
    what_was_read_on_the_phone_is_read_on_the_laptop_in_every_chat,
    a_report_without_a_connection_reaches_the_moderators_once,
}

/// More chats than those whose cursors a device asks for.
const CHATS: usize = 24;

async fn has_unread(device: &TestClient, unread: u32) {
    let what = format!("{unread} unread");
    let found = device.until(SnapshotKey::Conversations, &what, |snapshot| match snapshot {
        Snapshot::Conversations(list) => {
            let total: u32 = list.rows.iter().map(|row| row.unread).sum();
            (list.rows.len() == CHATS && total == unread).then_some(())
        }
        _ => None,
    });
    found.await;
}

async fn what_was_read_on_the_phone_is_read_on_the_laptop_in_every_chat(server: TestServer) {
    let (phone, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let mut chats = Vec::new();
    for number in 0..CHATS {
        let chat = phone.make_group(&format!("Group {number}"), &[&bob]).await;
        bob.joins(chat).await;
        chats.push(chat);
    }
    let mut laptop = phone.second_device().await;
    for chat in &chats {
        laptop.joins(*chat).await;
    }
    laptop.closes().await;
    for chat in &chats {
        bob.says(*chat, "good night").await;
    }
    has_unread(&phone, CHATS as u32).await;
    for &conversation in &chats {
        let Snapshot::Timeline(timeline) = phone.snapshot(SnapshotKey::newest(conversation, 10)).await else {
            panic!("not a timeline")
        };
        phone.does(Command::MarkRead { conversation, seq: timeline.last_seq }).await;
    }
    has_unread(&phone, 0).await;
    laptop.opens_again().await;
    for chat in &chats {
        laptop.sees(*chat, &["good night"]).await;
    }
    has_unread(&laptop, 0).await;
}

async fn a_report_without_a_connection_reaches_the_moderators_once(mut server: TestServer) {
    let (alice, mut bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "impolite").await;
    bob.sees(chat, &["impolite"]).await;
    server.stop().await;
    bob.closes().await;
    bob.opens_again().await;
    let keys = bob.items(chat).await.into_iter().map(|item| item.key).collect();
    let account = alice.account().await;
    let report = Command::Report { conversation: chat, account, keys, comment: "look".to_owned() };
    assert_eq!(bob.does(report).await, Answer::Waits);
    // It waits though the app is closed meanwhile.
    bob.closes().await;
    server.start_again().await;
    bob.opens_again().await;
    let url = format!("{}/v1/admin/reports", server.url());
    let reported = async {
        loop {
            let request = reqwest::Client::new().get(&url).bearer_auth(MODERATORS_TOKEN);
            let body = request.send().await.unwrap().text().await.unwrap();
            if body.contains("impolite") {
                return body;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let body = tokio::time::timeout(PATIENCE, reported).await.expect("the report");
    assert_eq!(body.matches("\"number\"").count(), 1, "{body}");
}
