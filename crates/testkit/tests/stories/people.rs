//! Whom people know and how their chats stand: lists that agree on two devices, requests, contacts, blocking, search.

use sealpost_client::{
    command::{Answer, Arrangement, Command, Hit},
    snapshot::{Contacts, ConversationRow, Delivery, Snapshot, SnapshotKey},
};
use sealpost_protocol::ConversationId;
use sealpost_testkit::{TestClient, TestServer, alice, bob, carol, on_each_database};

on_each_database! {
    two_devices_agree_on_how_chats_stand,
    a_draft_is_on_both_devices_and_newer_typing_stays,
    what_is_unread_is_the_same_on_both_devices,
    a_stranger_is_a_request_until_accepted,
    a_blocked_person_is_neither_shown_nor_counted,
    a_deleted_chat_is_gone_until_something_new_comes,
    messages_are_found_on_the_device,
}

/// Waits until a chat stands in the list as wanted.
async fn row(person: &TestClient, at: ConversationId, what: &str, wanted: impl Fn(&ConversationRow) -> bool) {
    let found = person.until(SnapshotKey::Conversations, what, |snapshot| match snapshot {
        Snapshot::Conversations(list) => {
            list.rows.iter().any(|row| row.conversation == at && wanted(row)).then_some(())
        }
        _ => None,
    });
    found.await;
}

async fn arrange(person: &TestClient, conversation: ConversationId, arrangement: Arrangement) {
    person.does(Command::ArrangeConversation { conversation, arrangement }).await;
}

async fn reads(person: &TestClient, conversation: ConversationId) {
    let key = SnapshotKey::Timeline { conversation, limit: 10, around: None };
    let Snapshot::Timeline(timeline) = person.snapshot(key).await else { panic!("not a timeline") };
    person.does(Command::MarkRead { conversation, seq: timeline.last_seq }).await;
}

async fn contacts(person: &TestClient, what: &str, contacts: &[&str], blocked: &[&str]) {
    let named = |people: &[sealpost_client::snapshot::Person], names: &[&str]| {
        people.iter().map(|person| person.username.as_str()).eq(names.iter().copied())
    };
    let found = person.until(SnapshotKey::Contacts, what, |snapshot| match snapshot {
        Snapshot::Contacts(Contacts { contacts: known, blocked: out }) => {
            (named(known, contacts) && named(out, blocked)).then_some(())
        }
        _ => None,
    });
    found.await;
}

async fn finds(person: &TestClient, query: &str) -> Vec<Hit> {
    let command = Command::Search { query: query.to_owned(), conversation: None, limit: 20, utc_offset: 0 };
    match person.does(command).await {
        Answer::Hits { hits, .. } => hits,
        other => panic!("no hits: {other:?}"),
    }
}

/// The texts that a search shows, what was searched for in brackets.
async fn found(person: &TestClient, query: &str) -> Vec<String> {
    let mark = |part: &sealpost_client::command::SnippetPart| {
        if part.found { format!("[{}]", part.text) } else { part.text.clone() }
    };
    finds(person, query).await.iter().map(|hit| hit.snippet.iter().map(mark).collect()).collect()
}

async fn two_devices_agree_on_how_chats_stand(server: TestServer) {
    let (phone, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = phone.start_direct(&bob).await;
    phone.says(chat, "one").await;
    bob.sees(chat, &["one"]).await;
    let mut laptop = phone.second_device().await;
    laptop.joins(chat).await;
    row(&laptop, chat, "no request", |row| !row.request).await;

    let always = (1 << 53) - 1;
    arrange(&phone, chat, Arrangement::Mute { until: Some(always) }).await;
    arrange(&phone, chat, Arrangement::Pin { pinned: true }).await;
    row(&laptop, chat, "muted and pinned", |row| row.muted_until == Some(always) && row.pinned).await;
    arrange(&laptop, chat, Arrangement::Mute { until: None }).await;
    arrange(&laptop, chat, Arrangement::Archive { archived: true }).await;
    for device in [&phone, &laptop] {
        row(device, chat, "archived", |row| row.archived && !row.pinned && row.muted_until.is_none()).await;
    }
    bob.says(chat, "two").await;
    for device in [&phone, &laptop] {
        row(device, chat, "back", |row| !row.archived && row.unread == 1).await;
    }
    // What a device did offline reaches the other one, and does not undo what was done later.
    laptop.closes().await;
    arrange(&phone, chat, Arrangement::Pin { pinned: true }).await;
    laptop.opens_again().await;
    row(&laptop, chat, "pinned", |row| row.pinned).await;
    // Muted chats stay archived.
    arrange(&phone, chat, Arrangement::Mute { until: Some(always) }).await;
    arrange(&phone, chat, Arrangement::Archive { archived: true }).await;
    bob.says(chat, "three").await;
    for device in [&phone, &laptop] {
        row(device, chat, "still archived", |row| row.archived && row.unread == 2).await;
    }
}

async fn a_draft_is_on_both_devices_and_newer_typing_stays(server: TestServer) {
    let (phone, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = phone.start_direct(&bob).await;
    phone.says(chat, "one").await;
    let laptop = phone.second_device().await;
    laptop.joins(chat).await;
    let draft = |text: &str| Command::SaveDraft { conversation: chat, text: text.to_owned() };
    phone.does(draft("half a sen")).await;
    phone.does(draft("half a sentence")).await;
    row(&laptop, chat, "the draft", |row| row.draft.as_deref() == Some("half a sentence")).await;
    // Leaving keeps it at once; the laptop's own is newer.
    phone.does(draft("from the phone")).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    laptop.does(draft("from the laptop")).await;
    phone.does(Command::Look { conversation: None }).await;
    row(&phone, chat, "the newer draft", |row| row.draft.as_deref() == Some("from the laptop")).await;
    let kept = laptop.does(Command::ReadDraft { conversation: chat }).await;
    assert_eq!(kept, Answer::Draft { text: "from the laptop".to_owned() });
    laptop.does(draft("")).await;
    for device in [&phone, &laptop] {
        row(device, chat, "no draft", |row| row.draft.is_none()).await;
    }
}

async fn what_is_unread_is_the_same_on_both_devices(server: TestServer) {
    let (phone, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = phone.start_direct(&bob).await;
    phone.says(chat, "one").await;
    let laptop = phone.second_device().await;
    laptop.joins(chat).await;
    bob.sees(chat, &["one"]).await;
    bob.says(chat, "two").await;
    bob.says(chat, "three").await;
    for device in [&phone, &laptop] {
        row(device, chat, "two unread", |row| row.unread == 2).await;
    }
    reads(&phone, chat).await;
    for device in [&phone, &laptop] {
        row(device, chat, "nothing unread", |row| row.unread == 0).await;
    }
    arrange(&laptop, chat, Arrangement::MarkUnread { unread: true }).await;
    row(&phone, chat, "marked", |row| row.marked_unread && row.unread == 0).await;
    reads(&phone, chat).await;
    row(&laptop, chat, "not marked any more", |row| !row.marked_unread).await;
}

async fn a_stranger_is_a_request_until_accepted(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "do you know me?").await;
    contacts(&alice, "who is written to is a contact", &["bob"], &[]).await;
    bob.joins(chat).await;
    bob.sees(chat, &["do you know me?"]).await;
    row(&bob, chat, "a request", |row| row.request && row.unread == 1).await;
    let laptop = bob.second_device().await;
    laptop.joins(chat).await;
    row(&laptop, chat, "a request there too", |row| row.request).await;
    // Reading is told to own devices only.
    reads(&bob, chat).await;
    row(&bob, chat, "nothing unread", |row| row.unread == 0).await;
    let group = bob.make_group("Strangers", &[&carol, &alice]).await;
    row(&carol, group, "a request to a group", |row| row.request && row.name == "Strangers").await;
    alice.shows_delivery(chat, "do you know me?", Delivery::Delivered).await;
    bob.does(Command::AcceptRequest { conversation: chat }).await;
    alice.shows_delivery(chat, "do you know me?", Delivery::Read).await;
    for device in [&bob, &laptop] {
        row(device, chat, "no request", |row| !row.request).await;
        contacts(device, "accepted", &["alice"], &[]).await;
    }
    // Writing accepts, and what contacts begin is no request.
    carol.says(group, "hello").await;
    row(&carol, group, "no request", |row| !row.request).await;
    let other = bob.make_group("Friends", &[&alice]).await;
    alice.joins(other).await;
    row(&alice, other, "no request of a contact", |row| !row.request).await;
    alice.does(Command::SetContact { account: bob.account().await, contact: false }).await;
    contacts(&alice, "no contact any more", &[], &[]).await;
    row(&alice, other, "a request again", |row| row.request).await;
}

async fn a_blocked_person_is_neither_shown_nor_counted(server: TestServer) {
    let url = server.url();
    let (phone, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let chat = phone.start_direct(&bob).await;
    phone.says(chat, "hello").await;
    bob.sees(chat, &["hello"]).await;
    let group = carol.make_group("All", &[&phone, &bob]).await;
    bob.joins(group).await;
    phone.joins(group).await;
    let laptop = phone.second_device().await;
    laptop.joins(chat).await;
    laptop.joins(group).await;
    let account = bob.account().await;
    let hasty = bob.says(group, "said in haste").await;
    for person in [&phone, &laptop, &carol] {
        person.sees(group, &["said in haste"]).await;
    }
    phone.does(Command::Block { account, blocked: true }).await;
    row(&laptop, chat, "blocked", |row| row.blocked).await;
    contacts(&laptop, "blocked", &[], &["bob"]).await;
    bob.says(chat, "can you hear me").await;
    bob.says(group, "can anybody hear me").await;
    // What is deleted for everyone is deleted for who does not listen as well.
    let keys = vec![hasty.to_string()];
    bob.does(Command::DeleteMessages { conversation: group, keys, everyone: true }).await;
    carol.sees(group, &["can anybody hear me"]).await;
    carol.says(group, "yes").await;
    for device in [&phone, &laptop] {
        device.sees(group, &["yes"]).await;
        row(device, group, "one unread", |row| row.unread == 1).await;
        row(device, chat, "nothing unread", |row| row.blocked && row.unread == 0).await;
    }
    phone.does(Command::Block { account, blocked: false }).await;
    row(&laptop, chat, "not blocked", |row| !row.blocked).await;
    bob.says(chat, "and now").await;
    phone.sees(chat, &["hello", "and now"]).await;
    laptop.sees(chat, &["hello", "and now"]).await;
    row(&phone, chat, "one unread", |row| row.unread == 1).await;
}

async fn a_deleted_chat_is_gone_until_something_new_comes(server: TestServer) {
    let (phone, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = phone.start_direct(&bob).await;
    phone.says(chat, "one").await;
    bob.sees(chat, &["one"]).await;
    let laptop = phone.second_device().await;
    laptop.joins(chat).await;
    bob.says(chat, "two").await;
    for device in [&phone, &laptop] {
        device.sees(chat, &["one", "two"]).await;
    }
    laptop.does(Command::DeleteConversation { conversation: chat }).await;
    for device in [&phone, &laptop] {
        let gone = device.until(SnapshotKey::Conversations, "no chat", |snapshot| match snapshot {
            Snapshot::Conversations(list) => list.rows.is_empty().then_some(()),
            _ => None,
        });
        gone.await;
        assert!(device.texts(chat).await.is_empty());
        assert!(found(device, "two").await.is_empty());
    }
    bob.says(chat, "three").await;
    for device in [&phone, &laptop] {
        device.sees(chat, &["three"]).await;
        row(device, chat, "one unread", |row| row.unread == 1).await;
    }
    bob.sees(chat, &["one", "two", "three"]).await;
}

async fn messages_are_found_on_the_device(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let chat = alice.start_direct(&bob).await;
    let group = alice.make_group("Wandern im Tösstal", &[&bob, &carol]).await;
    bob.joins(group).await;
    alice.says(chat, "The timetable is at https://trains.example/zurich").await;
    bob.sees(chat, &["The timetable is at https://trains.example/zurich"]).await;
    bob.says(chat, "Thanks, see you at the café on Tuesday").await;
    bob.says(group, "明日は海へ行きましょう").await;
    carol.joins(group).await;
    carol.sees(group, &["明日は海へ行きましょう"]).await;
    carol.says(group, "the café is closed on Tuesday").await;
    alice.sees(group, &["明日は海へ行きましょう", "the café is closed on Tuesday"]).await;
    alice
        .sees(chat, &["The timetable is at https://trains.example/zurich", "Thanks, see you at the café on Tuesday"])
        .await;

    let cafes = ["the [café] is closed on Tuesday", "Thanks, see you at the [café] on Tuesday"];
    assert_eq!(found(&alice, "cafe").await, cafes);
    assert_eq!(found(&alice, "caf").await, cafes, "as it is typed");
    assert_eq!(found(&alice, "\"see you\" tues").await, ["Thanks, [see you] at the café on [Tuesday]"]);
    assert!(found(&alice, "\"you see\"").await.is_empty());
    assert_eq!(found(&alice, "海へ").await, ["明日は[海へ]行きましょう"]);
    assert_eq!(found(&alice, "cafe from:bob").await, cafes[1..]);
    assert_eq!(found(&alice, "cafe in:tösstal").await, cafes[..1]);
    assert_eq!(found(&alice, "from:me").await.len(), 1);
    assert_eq!(found(&alice, "has:link").await, ["The timetable is at https://trains.example/zurich"]);
    assert!(found(&alice, "cafe before:2020-01-01").await.is_empty());
    assert_eq!(found(&alice, "cafe after:2020-01-01").await, cafes);
    assert!(found(&alice, "cafe has:poll").await.is_empty());
    let hits = finds(&alice, "海").await;
    assert_eq!((hits[0].name.as_str(), hits[0].sender.username.as_str()), ("Wandern im Tösstal", "bob"));
    let here = Command::Search { query: "cafe".to_owned(), conversation: Some(chat), limit: 1, utc_offset: 0 };
    let Answer::Hits { hits, more } = alice.does(here).await else { panic!("no hits") };
    assert_eq!((hits.len(), more, hits[0].conversation), (1, false, chat));
    // Also without a server.
    assert!(found(&bob, "';DROP TABLE timeline;-- \" OR *").await.is_empty());
}
