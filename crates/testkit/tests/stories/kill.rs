//! The server is killed in the middle of many sends. Nothing that anyone sent is lost, doubled or out of order.

use std::time::Duration;

use sealpost_client::snapshot::{Snapshot, SnapshotKey};
use sealpost_protocol::ConversationId;
use sealpost_testkit::{
    Backend, ServerProcess, TestClient,
    client::{alice, bob, carol},
};

/// Messages in all, each half by another person.
const MESSAGES: usize = 2000;
/// How long the devices get to converge.
const PATIENCE: Duration = Duration::from_secs(240);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_of_2000_sends_on_sqlite() {
    survives_a_kill(ServerProcess::start(&[])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_of_2000_sends_on_postgres() {
    if let Some(backend) = Backend::postgres().await {
        survives_a_kill(ServerProcess::start(&[("SEALPOST__DATABASE__URL", backend.url())])).await;
    }
}

async fn survives_a_kill(mut server: ServerProcess) {
    let url = server.url();
    let (phone, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let laptop = phone.second_device().await;
    let group = phone.make_group("Under fire", &[&bob, &carol]).await;
    for device in [&phone, &laptop, &bob, &carol] {
        device.joins(group).await;
    }
    let sending = async { tokio::join!(say_many(&phone, group, "phone"), say_many(&bob, group, "bob")) };
    let killing = async {
        for part in [3, 2] {
            sees_at_least(&carol, group, MESSAGES / part).await;
            server.kill();
            server.start_again();
        }
    };
    tokio::join!(sending, killing);
    let order = everything(&phone, group).await;
    for device in [&laptop, &bob, &carol] {
        let theirs = everything(device, group).await;
        if let Some(at) = theirs.iter().zip(&order).position(|(theirs, ours)| theirs != ours) {
            panic!("{} differs at {at}: {:?} and {:?}", device.username, theirs[at], order[at]);
        }
    }
    for sender in ["phone", "bob"] {
        let by_them: Vec<&String> = order.iter().filter(|text| text.starts_with(sender)).collect();
        let expected: Vec<String> = (0..MESSAGES / 2).map(|number| format!("{sender} {number}")).collect();
        assert!(by_them.iter().copied().eq(&expected), "what {sender} sent is not there once and in order");
    }
}

async fn say_many(device: &TestClient, group: ConversationId, name: &str) {
    for number in 0..MESSAGES / 2 {
        device.says(group, &format!("{name} {number}")).await;
    }
}

/// Waits until a device has received so many messages.
async fn sees_at_least(device: &TestClient, group: ConversationId, many: usize) {
    let key = SnapshotKey::newest(group, 1);
    let waiting = device.until(key, "half of the messages", |snapshot| match snapshot {
        Snapshot::Timeline(timeline) => (timeline.last_seq >= many as u64).then_some(()),
        _ => None,
    });
    waiting.await;
}

/// All texts of a device, once all are there and none is pending.
async fn everything(device: &TestClient, group: ConversationId) -> Vec<String> {
    let key = SnapshotKey::newest(group, 1);
    let mut changes = device.client.changes();
    let waiting = async {
        loop {
            if let Snapshot::Timeline(timeline) = device.snapshot(key.clone()).await
                && timeline.last_seq >= MESSAGES as u64
            {
                let texts = device.texts(group).await;
                if texts.len() >= MESSAGES {
                    return texts;
                }
            }
            changes.next().await.unwrap();
        }
    };
    match tokio::time::timeout(PATIENCE, waiting).await {
        Ok(texts) => texts,
        Err(_) => panic!("{} has {} of {MESSAGES} messages", device.username, device.texts(group).await.len()),
    }
}
