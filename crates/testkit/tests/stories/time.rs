//! What time does: messages disappear, mutes and links end. The server's clock is set forward, and everyone goes by it.

use std::time::Duration;

use sealpost_client::{
    command::{Arrangement, Command},
    snapshot::{ItemContent, Snapshot, SnapshotKey},
};
use sealpost_protocol::{ClientId, ConversationId};
use sealpost_testkit::{TestClient, TestServer, alice, bob, hand, on_each_database};

use super::{
    groups::{details, fails, row},
    links::{inspects, makes_link},
};

on_each_database! {
    what_disappears_goes_everywhere_when_its_time_has_come,
    what_is_deleted_for_everyone_is_blank_at_the_server,
    a_mute_ends_by_itself,
    a_link_ends_when_its_time_has_come,
}

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Waits until a message is shown that says when it disappears.
async fn disappears(person: &TestClient, at: ConversationId, id: ClientId) -> u64 {
    let found = person.until(SnapshotKey::newest(at, 100), "a message that disappears", |snapshot| {
        let Snapshot::Timeline(timeline) = snapshot else { return None };
        timeline.items.iter().find_map(|item| match &item.content {
            ItemContent::Message(message) if item.key == id.to_string() => message.expires,
            _ => None,
        })
    });
    found.await
}

async fn what_disappears_goes_everywhere_when_its_time_has_come(mut server: TestServer) {
    let (phone, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = phone.start_direct(&bob).await;
    phone.says(chat, "this stays").await;
    bob.joins(chat).await;
    let laptop = phone.second_device().await;
    laptop.joins(chat).await;
    phone.does(Command::SetTimer { conversation: chat, seconds: Some(30) }).await;
    for device in [&phone, &laptop, &bob] {
        details(device, chat, "the timer", |details| details.timer == Some(30)).await;
    }
    let ids = [phone.says(chat, "this goes").await, bob.says(chat, "and this").await];
    for device in [&phone, &laptop, &bob] {
        for id in ids {
            assert!(disappears(device, chat, id).await <= 1000 * hand::now() + 31_000);
        }
    }
    server.has_blanked(0).await;
    server.comes_back_after(Duration::from_secs(40)).await;
    for device in [&phone, &laptop, &bob] {
        device.sees(chat, &["this stays"]).await;
    }
    server.has_blanked(2).await;
}

async fn what_is_deleted_for_everyone_is_blank_at_the_server(server: TestServer) {
    let (alice, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = alice.start_direct(&bob).await;
    let said = alice.says(chat, "a slip").await;
    bob.joins(chat).await;
    bob.sees(chat, &["a slip"]).await;
    server.has_blanked(0).await;
    alice.does(Command::DeleteMessages { conversation: chat, keys: vec![said.to_string()], everyone: true }).await;
    for person in [&alice, &bob] {
        person.sees(chat, &[] as &[&str]).await;
    }
    server.has_blanked(1).await;
}

async fn a_mute_ends_by_itself(mut server: TestServer) {
    let (alice, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "one").await;
    bob.joins(chat).await;
    bob.sees(chat, &["one"]).await;
    let laptop = alice.second_device().await;
    laptop.joins(chat).await;
    let arrange =
        async |arrangement| alice.does(Command::ArrangeConversation { conversation: chat, arrangement }).await;
    for hours in [1_u32, 8] {
        let until = 1000 * (hand::now() + u64::from(hours) * 60 * 60);
        arrange(Arrangement::Mute { until: Some(until) }).await;
        for device in [&alice, &laptop] {
            row(device, chat, "muted", |row| row.muted_until == Some(until)).await;
        }
    }
    // Muted, it stays archived whatever comes; after that it comes back.
    arrange(Arrangement::Archive { archived: true }).await;
    bob.says(chat, "two").await;
    for device in [&alice, &laptop] {
        row(device, chat, "archived", |row| row.archived && row.unread == 1).await;
    }
    server.comes_back_after(2 * HOUR).await;
    bob.says(chat, "three").await;
    for device in [&alice, &laptop] {
        row(device, chat, "still archived", |row| row.archived && row.unread == 2).await;
    }
    server.comes_back_after(7 * HOUR).await;
    bob.says(chat, "four").await;
    for device in [&alice, &laptop] {
        row(device, chat, "back", |row| !row.archived && row.unread == 3).await;
    }
}

async fn a_link_ends_when_its_time_has_come(mut server: TestServer) {
    let (alice, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let group = alice.make_group("Party", &[]).await;
    let (brief, long) =
        (makes_link(&alice, group, Some(3600), None, false).await, makes_link(&alice, group, None, None, false).await);
    for link in [&brief, &long] {
        assert_eq!(inspects(&bob, link).await.name, "Party");
    }
    server.comes_back_after(2 * HOUR).await;
    assert_eq!(inspects(&bob, &long).await.name, "Party");
    fails(&bob, Command::JoinByLink { fragment: brief }, "not-found").await;
}
