//! The archive: what was said before a device came, or while it was away, on every device of a person.

use std::time::Duration;

use sealpost_client::{
    command::{Answer, Command, SettingsChange},
    snapshot::{Archive, ItemContent, Notice, Snapshot, SnapshotKey},
};
use sealpost_protocol::ConversationId;
use sealpost_testkit::{Backend, TestClient, TestServer, alice, bob, carol, on_each_database};

use super::groups::rename;

on_each_database! {
    a_new_device_has_what_was_said_before_it_came,
    who_lost_all_devices_has_everything_on_the_next_one,
    a_device_that_was_away_for_too_long_has_what_it_missed,
    what_is_deleted_or_disappears_goes_from_the_archive,
    an_archive_that_is_turned_off_is_erased,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Waits until the archive is as wanted.
async fn archive(person: &TestClient, what: &str, wanted: impl Fn(&Archive) -> bool) -> Archive {
    let found = person.until(SnapshotKey::Archive, what, |snapshot| match snapshot {
        Snapshot::Archive(archive) => wanted(archive).then_some(*archive),
        _ => None,
    });
    found.await
}

/// Waits until all that is here is in the archive, and the other way round.
pub async fn is_archived(person: &TestClient) -> Archive {
    archive(person, "everything archived", |archive| !archive.waiting && archive.restored == archive.total).await
}

async fn key_of(person: &TestClient, conversation: ConversationId, text: &str) -> String {
    let items = person.items(conversation).await;
    let found =
        items.iter().find(|item| matches!(&item.content, ItemContent::Message(message) if message.text == text));
    found.unwrap_or_else(|| panic!("no {text:?}")).key.clone()
}

/// What is shown of each message and notice, but for what devices say of themselves.
async fn shown(person: &TestClient, conversation: ConversationId) -> Vec<String> {
    let items = person.items(conversation).await.into_iter();
    let shown = items.filter_map(|item| match item.content {
        ItemContent::Message(message) => {
            let reactions: Vec<_> = message.reactions.iter().map(|reaction| reaction.emoji.clone()).collect();
            let (text, sender, edited) = (message.text, message.sender.display_name, message.edited);
            Some(format!("{sender}: {text} {reactions:?} {edited} own {}", message.own))
        }
        ItemContent::Deleted { sender, .. } => Some(format!("{}: deleted", sender.display_name)),
        ItemContent::Notice(Notice::DeviceJoined) => None,
        ItemContent::Notice(notice) => Some(format!("{notice:?}")),
        ItemContent::Unsupported { .. } => Some("unsupported".to_owned()),
    });
    shown.collect()
}

/// Waits until one device shows what another does.
async fn shows_the_same(one: &TestClient, other: &TestClient, conversation: ConversationId) {
    let expected = shown(other, conversation).await;
    let key = SnapshotKey::newest(conversation, 1000);
    let same = async {
        let mut changes = one.client.changes();
        while shown(one, conversation).await != expected {
            changes.next().await.expect("the client runs");
        }
    };
    let ended = tokio::time::timeout(sealpost_testkit::client::PATIENCE, same).await;
    assert!(ended.is_ok(), "{key:?}: {:?} is not {expected:?}", shown(one, conversation).await);
}

async fn a_new_device_has_what_was_said_before_it_came(server: TestServer) {
    let url = server.url();
    let (phone, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let chat = phone.start_direct(&bob).await;
    let group = bob.make_group("Choir", &[&phone, &carol]).await;
    phone.joins(group).await;
    for number in 0..5 {
        phone.says(chat, &format!("from the phone {number}")).await;
        bob.says(group, &format!("la {number}")).await;
    }
    phone.sees(group, &(0..5).map(|number| format!("la {number}")).collect::<Vec<_>>()).await;
    bob.sees(chat, &(0..5).map(|number| format!("from the phone {number}")).collect::<Vec<_>>()).await;
    let edited = key_of(&phone, chat, "from the phone 1").await;
    phone.does(Command::EditText { conversation: chat, key: edited, text: "changed".to_owned() }).await;
    let deleted = key_of(&bob, group, "la 2").await;
    bob.does(Command::DeleteMessages { conversation: group, keys: vec![deleted], everyone: true }).await;
    let liked = key_of(&phone, group, "la 3").await;
    phone.does(Command::React { conversation: group, key: liked, emoji: "❤".to_owned(), add: true }).await;
    bob.does(rename(group, "Large choir")).await;
    phone
        .sees(chat, &["from the phone 0", "changed", "from the phone 2", "from the phone 3", "from the phone 4"])
        .await;
    phone.sees(group, &["la 0", "la 1", "la 3", "la 4"]).await;
    is_archived(&phone).await;
    // Nobody else is there.
    let (phones_chat, phones_group) = (shown(&phone, chat).await, shown(&phone, group).await);
    for person in [&phone, &bob, &carol] {
        person.closes().await;
    }
    let laptop = phone.second_device().await;
    laptop.joins(chat).await;
    assert_eq!(laptop.joins(group).await.name, "Large choir");
    laptop
        .sees(chat, &["from the phone 0", "changed", "from the phone 2", "from the phone 3", "from the phone 4"])
        .await;
    is_archived(&laptop).await;
    assert_eq!(shown(&laptop, chat).await, phones_chat);
    assert_eq!(shown(&laptop, group).await, phones_group);
    let joined = |items: Vec<_>| items.iter().any(|item: &String| item.contains("DeviceJoined"));
    assert!(!joined(shown(&laptop, chat).await));
    let found = laptop
        .does(Command::Search { query: "changed".to_owned(), conversation: None, limit: 10, utc_offset: 0 })
        .await;
    assert!(matches!(&found, Answer::Hits { hits, .. } if hits.len() == 1), "{found:?}");
}

async fn who_lost_all_devices_has_everything_on_the_next_one(server: TestServer) {
    let url = server.url();
    let (phone, bob) = (alice(&url).await, bob(&url).await);
    let chat = phone.start_direct(&bob).await;
    phone.says(chat, "one").await;
    bob.sees(chat, &["one"]).await;
    let laptop = phone.second_device().await;
    laptop.joins(chat).await;
    laptop.sees(chat, &["one"]).await;
    bob.says(chat, "two").await;
    laptop.says(chat, "three").await;
    for device in [&phone, &laptop] {
        let texts = device.until(SnapshotKey::newest(chat, 100), "three messages", |snapshot| {
            (sealpost_testkit::shown(snapshot).len() == 3).then_some(())
        });
        texts.await;
        is_archived(device).await;
    }
    // Nothing was written twice: both know of the same, once each.
    assert_eq!(is_archived(&phone).await.total, is_archived(&laptop).await.total);
    let expected = shown(&phone, chat).await;
    // One is lost, the other signs out, which writes what is left.
    phone.closes().await;
    bob.says(chat, "four").await;
    laptop
        .until(SnapshotKey::newest(chat, 100), "four", |snapshot| {
            sealpost_testkit::shown(snapshot).contains(&"four").then_some(())
        })
        .await;
    laptop.does(Command::SignOut {}).await;
    let tablet = phone.second_device().await;
    tablet.joins(chat).await;
    let four = tablet.until(SnapshotKey::newest(chat, 100), "four messages", |snapshot| {
        (sealpost_testkit::shown(snapshot).len() == 4).then_some(())
    });
    four.await;
    assert_eq!(shown(&tablet, chat).await[..expected.len()], expected);
    tablet.says(chat, "five").await;
    bob.until(SnapshotKey::newest(chat, 100), "five", |snapshot| {
        sealpost_testkit::shown(snapshot).contains(&"five").then_some(())
    })
    .await;
}

async fn a_device_that_was_away_for_too_long_has_what_it_missed(mut server: TestServer) {
    let (phone, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = phone.start_direct(&bob).await;
    phone.says(chat, "hello").await;
    bob.joins(chat).await;
    let mut laptop = phone.second_device().await;
    laptop.joins(chat).await;
    bob.says(chat, "all of us").await;
    laptop.sees(chat, &["hello", "all of us"]).await;
    laptop.closes().await;
    bob.says(chat, "while the laptop is away").await;
    phone.sees(chat, &["hello", "all of us", "while the laptop is away"]).await;
    server.comes_back_after(29 * DAY).await;
    phone.says(chat, "a month later").await;
    bob.sees(chat, &["hello", "all of us", "while the laptop is away", "a month later"]).await;
    server.comes_back_after(31 * DAY).await;
    server.has_pruned(4).await;
    laptop.opens_again().await;
    laptop.sees(chat, &["hello", "all of us", "while the laptop is away", "a month later"]).await;
    is_archived(&laptop).await;
    let says_missed = laptop.items(chat).await;
    let missed = says_missed.iter().any(|item| matches!(item.content, ItemContent::Notice(Notice::Missed { .. })));
    assert!(!missed, "nothing is missing any more");
    laptop.says(chat, "back").await;
    phone.sees(chat, &["hello", "all of us", "while the laptop is away", "a month later", "back"]).await;
    shows_the_same(&laptop, &phone, chat).await;
}

async fn what_is_deleted_or_disappears_goes_from_the_archive(mut server: TestServer) {
    let (phone, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = phone.start_direct(&bob).await;
    phone.says(chat, "stays").await;
    phone.says(chat, "is hidden").await;
    phone.says(chat, "is deleted").await;
    bob.sees(chat, &["stays", "is hidden", "is deleted"]).await;
    is_archived(&phone).await;
    let hidden = key_of(&phone, chat, "is hidden").await;
    let hide = Command::DeleteMessages { conversation: chat, keys: vec![hidden], everyone: false };
    phone.does(hide).await;
    let deleted = key_of(&phone, chat, "is deleted").await;
    phone.does(Command::DeleteMessages { conversation: chat, keys: vec![deleted], everyone: true }).await;
    bob.sees(chat, &["stays", "is hidden"]).await;
    phone.does(Command::SetTimer { conversation: chat, seconds: Some(7 * 24 * 60 * 60) }).await;
    phone.says(chat, "for a week").await;
    bob.sees(chat, &["stays", "is hidden", "for a week"]).await;
    is_archived(&phone).await;
    let laptop = phone.second_device().await;
    laptop.joins(chat).await;
    laptop.sees(chat, &["stays", "for a week"]).await;
    is_archived(&laptop).await;
    shows_the_same(&laptop, &phone, chat).await;
    phone.closes().await;
    server.comes_back_after(8 * DAY).await;
    laptop.sees(chat, &["stays"]).await;
    let tablet = phone.second_device().await;
    tablet.joins(chat).await;
    tablet.sees(chat, &["stays"]).await;
    shows_the_same(&tablet, &laptop, chat).await;
}

async fn an_archive_that_is_turned_off_is_erased(server: TestServer) {
    let (phone, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = phone.start_direct(&bob).await;
    phone.says(chat, "one").await;
    bob.sees(chat, &["one"]).await;
    assert!(is_archived(&phone).await.total > 0);
    let turn = |on| Command::ChangeSettings(SettingsChange { archive: Some(on), ..SettingsChange::default() });
    phone.does(turn(false)).await;
    archive(&phone, "an erased archive", |archive| !archive.enabled && archive.total == 0).await;
    let laptop = phone.second_device().await;
    laptop.joins(chat).await;
    bob.says(chat, "two").await;
    laptop.sees(chat, &["two"]).await;
    assert_eq!(archive(&laptop, "no archive", |archive| !archive.enabled).await.total, 0);
    // Turned on again by the one that lacks the beginning: the other one writes that.
    laptop.does(turn(true)).await;
    laptop.sees(chat, &["one", "two"]).await;
    for device in [&phone, &laptop] {
        is_archived(device).await;
    }
    shows_the_same(&laptop, &phone, chat).await;
    // And once more, by the one that has everything, for a device that comes meanwhile.
    phone.does(turn(false)).await;
    archive(&laptop, "an erased archive", |archive| !archive.enabled && archive.total == 0).await;
    let tablet = phone.second_device().await;
    tablet.joins(chat).await;
    bob.says(chat, "three").await;
    tablet.sees(chat, &["three"]).await;
    phone.does(turn(true)).await;
    tablet.sees(chat, &["one", "two", "three"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn segments_that_were_changed_or_moved_are_refused_and_the_rest_is_there() {
    let server = TestServer::start(Backend::Sqlite).await;
    let (phone, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let (chat, group) = (phone.start_direct(&bob).await, phone.make_group("Choir", &[&bob]).await);
    phone.says(chat, "one").await;
    bob.sees(chat, &["one"]).await;
    phone.says(group, "la").await;
    bob.sees(group, &["la"]).await;
    for person in [&phone, &bob] {
        is_archived(person).await;
    }
    server.swaps_archives(phone.account().await, chat, bob.account().await).await;
    let laptop = phone.second_device().await;
    laptop.joins(chat).await;
    laptop.joins(group).await;
    laptop.sees(group, &["la"]).await;
    assert_eq!(archive(&laptop, "a part that does not open", |archive| archive.unreadable > 0).await.unreadable, 1);
    assert!(laptop.texts(chat).await.is_empty());
    bob.says(chat, "two").await;
    laptop.sees(chat, &["two"]).await;
}
