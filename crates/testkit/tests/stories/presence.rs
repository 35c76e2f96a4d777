//! What people see of each other beside messages: typing, presence, names and pictures; and what they let be seen.

use std::time::Duration;

use sealpost_client::{
    command::{Answer, Command, PictureChange, SettingsChange},
    snapshot::{
        ConversationRow, Delivery, Kept, Notifications, Session, Settings, Snapshot, SnapshotKey, WhoMayMessage,
    },
};
use sealpost_protocol::{ConversationId, bytes};
use sealpost_testkit::{TestClient, TestServer, alice, bob, carol, hand, on_each_database, server::eventually};

on_each_database! {
    typing_is_seen_while_it_lasts_and_only_by_who_may,
    presence_is_seen_by_who_may_see_it,
    settings_are_on_all_devices_and_hold_at_the_server,
    a_picture_and_a_name_reach_those_who_read_messages,
}

/// How long nothing must happen.
const A_WHILE: Duration = Duration::from_millis(800);

async fn row<T>(
    person: &TestClient,
    at: ConversationId,
    what: &str,
    wanted: impl Fn(&ConversationRow) -> Option<T>,
) -> T {
    let found = person.until(SnapshotKey::Conversations, what, |snapshot| match snapshot {
        Snapshot::Conversations(list) => list.rows.iter().find(|row| row.conversation == at).and_then(&wanted),
        _ => None,
    });
    found.await
}

async fn sees_typing(person: &TestClient, at: ConversationId, names: &[&str]) {
    row(person, at, &format!("{names:?} typing"), |row| (row.typing == names).then_some(())).await;
}

async fn types(person: &TestClient, conversation: ConversationId, typing: bool) {
    person.does(Command::SetTyping { conversation, typing }).await;
}

async fn settings(person: &TestClient) -> Settings {
    match person.snapshot(SnapshotKey::Settings).await {
        Snapshot::Settings(settings) => settings,
        other => panic!("no settings: {other:?}"),
    }
}

async fn types_in_secret(person: &TestClient, secret: bool) {
    let change = SettingsChange { typing: Some(!secret), ..SettingsChange::default() };
    person.does(Command::ChangeSettings(change)).await;
}

async fn shows_presence(person: &TestClient, shown: bool) {
    let change = SettingsChange { presence: Some(shown), ..SettingsChange::default() };
    person.does(Command::ChangeSettings(change)).await;
}

/// Two people who have written to each other.
async fn acquainted(one: &TestClient, other: &TestClient) -> ConversationId {
    let chat = one.start_direct(other).await;
    one.says(chat, "hello").await;
    other.sees(chat, &["hello"]).await;
    other.says(chat, "hi").await;
    one.sees(chat, &["hello", "hi"]).await;
    chat
}

async fn typing_is_seen_while_it_lasts_and_only_by_who_may(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let chat = acquainted(&alice, &bob).await;
    types(&alice, chat, true).await;
    sees_typing(&bob, chat, &["Alice"]).await;
    types(&alice, chat, false).await;
    sees_typing(&bob, chat, &[]).await;
    types(&alice, chat, true).await;
    sees_typing(&bob, chat, &["Alice"]).await;
    alice.says(chat, "there").await;
    bob.sees(chat, &["hello", "hi", "there"]).await;
    sees_typing(&bob, chat, &[]).await;
    types(&alice, chat, true).await;
    sees_typing(&bob, chat, &["Alice"]).await;
    // Not repeated, it ends by itself.
    sees_typing(&bob, chat, &[]).await;
    types_in_secret(&bob, true).await;
    types(&alice, chat, true).await;
    types(&bob, chat, true).await;
    // A request is told nothing.
    let request = carol.start_direct(&bob).await;
    carol.says(request, "who are you?").await;
    bob.sees(request, &["who are you?"]).await;
    types_in_secret(&bob, false).await;
    types(&bob, request, true).await;
    tokio::time::sleep(A_WHILE).await;
    for (person, at) in [(&alice, chat), (&bob, chat), (&carol, request)] {
        sees_typing(person, at, &[]).await;
    }
}

async fn presence_is_seen_by_who_may_see_it(server: TestServer) {
    let url = server.url();
    let (alice, mut bob) = (alice(&url).await, bob(&url).await);
    let chat = acquainted(&alice, &bob).await;
    let is_online = async |person: &TestClient, online: bool| {
        let what = format!("presence {online}");
        row(person, chat, &what, |row| {
            let shown = row.presence.as_ref().is_some_and(|presence| presence.online);
            (shown == online).then_some(())
        })
        .await;
    };
    for person in [&alice, &bob] {
        person.does(Command::Look { conversation: Some(chat) }).await;
        is_online(person, true).await;
    }
    bob.closes().await;
    let seen = row(&alice, chat, "when Bob was there", |row| row.presence.as_ref()?.last_seen).await;
    let now = 1000 * hand::now();
    assert!(seen <= now + 1000 && seen + 120_000 > now, "to the minute: {seen}");
    bob.opens_again().await;
    is_online(&alice, true).await;
    shows_presence(&bob, false).await;
    bob.does(Command::Look { conversation: Some(chat) }).await;
    is_online(&alice, false).await;
    is_online(&bob, false).await;
    // Nor is it said when he went.
    bob.closes().await;
    let seen = |row: &ConversationRow| row.presence.as_ref().and_then(|presence| presence.last_seen);
    row(&alice, chat, "nothing of Bob", |row| seen(row).is_none().then_some(())).await;
    let account = row(&alice, chat, "Bob", |row| row.peer.as_ref().map(|peer| peer.account)).await;
    assert_eq!(server.server().app().store().last_seen(&[account]).await.unwrap(), []);
    bob.opens_again().await;
    bob.does(Command::Look { conversation: Some(chat) }).await;
    shows_presence(&bob, true).await;
    is_online(&alice, true).await;
    is_online(&bob, true).await;
}

async fn settings_are_on_all_devices_and_hold_at_the_server(mut server: TestServer) {
    let url = server.url();
    let (phone, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let chat = acquainted(&phone, &bob).await;
    let laptop = phone.second_device().await;
    laptop.joins(chat).await;
    // Chosen without a connection, it is shown at once and told later.
    server.stop().await;
    let chosen = Settings {
        archive: true,
        read_receipts: false,
        typing: true,
        presence: true,
        who_may_message: WhoMayMessage::SharedGroups,
        notifications: Notifications::Discreet,
        // As the server says unless its host chose otherwise.
        kept: Some(Kept { days: 90, device_days: 30 }),
    };
    let change = SettingsChange { read_receipts: Some(false), ..SettingsChange::default() };
    phone.does(Command::ChangeSettings(change)).await;
    let change = SettingsChange {
        who_may_message: Some(chosen.who_may_message),
        notifications: Some(chosen.notifications),
        ..SettingsChange::default()
    };
    phone.does(Command::ChangeSettings(change)).await;
    assert_eq!(settings(&phone).await, chosen);
    server.start_again().await;
    let agreed = laptop.until(SnapshotKey::Settings, "the settings", |snapshot| match snapshot {
        Snapshot::Settings(settings) => (*settings == chosen).then_some(()),
        _ => None,
    });
    agreed.await;
    let (account, app) = (phone.account().await, server.server().app());
    eventually("the settings at the server", async || {
        !app.store().account_settings(account).await.unwrap().read_receipts
    })
    .await;
    bob.says(chat, "do you read this?").await;
    phone.sees(chat, &["hello", "hi", "do you read this?"]).await;
    phone.does(Command::MarkRead { conversation: chat, seq: u64::MAX }).await;
    row(&laptop, chat, "nothing unread", |row| (row.unread == 0).then_some(())).await;
    bob.shows_delivery(chat, "do you read this?", Delivery::Delivered).await;
    tokio::time::sleep(A_WHILE).await;
    bob.shows_delivery(chat, "do you read this?", Delivery::Delivered).await;
    let start = Command::StartDirect { account: phone.account().await };
    assert_eq!(carol.tries(start).await.unwrap_err().kind, "not-allowed");
}

async fn a_picture_and_a_name_reach_those_who_read_messages(server: TestServer) {
    let url = server.url();
    let (alice, bob) = (alice(&url).await, bob(&url).await);
    let chat = acquainted(&alice, &bob).await;
    let laptop = alice.second_device().await;
    laptop.joins(chat).await;
    let picture = [b"\x89PNG\r\n\x1a\n".as_slice(), b"drawn with love"].concat();
    let set = |picture| Command::SetProfile { display_name: "Alice Müller".to_owned(), picture };
    let bad = PictureChange::Set { data: bytes::encode(b"<svg onload=alert(1)>") };
    assert_eq!(alice.tries(set(Some(bad))).await.unwrap_err().kind, "invalid-picture");
    alice.does(set(Some(PictureChange::Set { data: bytes::encode(&picture) }))).await;
    let shown = row(&bob, chat, "the picture", |row| {
        let peer = row.peer.as_ref()?;
        (row.name == "Alice Müller").then(|| peer.picture.clone())?
    });
    let id = shown.await;
    let key = SnapshotKey::Picture { id: id.clone() };
    let Snapshot::Picture(drawn) = bob.snapshot(key).await else { panic!("no picture") };
    assert!(drawn.data.unwrap().starts_with("data:image/png;base64,iVBORw0KGgpkcmF3biB3aXRoIGxvdmU"));
    for device in [&alice, &laptop] {
        let me = device.until(SnapshotKey::Session, "the own picture", |snapshot| match snapshot {
            Snapshot::Session(Session::SignedIn { me, .. }) => (me.picture.as_ref() == Some(&id)).then(|| me.clone()),
            _ => None,
        });
        assert_eq!(me.await.display_name, "Alice Müller");
    }
    laptop.does(set(Some(PictureChange::Remove))).await;
    let gone = |row: &ConversationRow| row.peer.as_ref().is_some_and(|peer| peer.picture.is_none()).then_some(());
    row(&bob, chat, "no picture", gone).await;
    // A report says what its writer chose to show.
    let keys: Vec<_> = bob.items(chat).await.into_iter().map(|item| item.key).collect();
    let account = alice.account().await;
    let report = Command::Report { conversation: chat, account, keys, comment: "that picture".to_owned() };
    assert_eq!(bob.does(report).await, Answer::Done);
}
