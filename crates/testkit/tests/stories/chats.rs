//! People find each other and talk, in direct chats and groups, through a real server.

use sealpost_client::{
    command::{Answer, Command},
    snapshot::{Delivery, ItemContent, Notice, Snapshot, SnapshotKey},
};
use sealpost_protocol::{ConversationId, conversation::ConversationKind};
use sealpost_testkit::{TestClient, TestServer, alice, bob, carol, on_each_database};

on_each_database! {
    two_people_find_each_other_and_talk,
    three_people_talk_in_a_group,
    someone_is_added_to_a_group,
    two_who_start_at_once_end_in_one_chat,
    what_is_written_offline_arrives,
    a_restart_of_the_server_loses_nothing,
}

async fn two_people_find_each_other_and_talk(server: TestServer) {
    let (alice, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let found = alice.does(Command::SearchPeople { prefix: "bo".into() }).await;
    let Answer::People { people } = found else { panic!("no people: {found:?}") };
    assert_eq!(people.iter().map(|person| person.account).collect::<Vec<_>>(), [bob.account().await]);

    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "Hello Bob").await;
    let row = bob.joins(chat).await;
    assert_eq!((row.kind, row.name.as_str()), (ConversationKind::Direct, "Alice"));
    bob.sees(chat, &["Hello Bob"]).await;
    bob.says(chat, "Hello Alice").await;
    alice.sees(chat, &["Hello Bob", "Hello Alice"]).await;

    alice.shows_delivery(chat, "Hello Bob", Delivery::Delivered).await;
    let Snapshot::Timeline(timeline) = bob.snapshot(SnapshotKey::newest(chat, 10)).await else {
        panic!("not a timeline")
    };
    bob.does(Command::MarkRead { conversation: chat, seq: timeline.last_seq }).await;
    alice.shows_delivery(chat, "Hello Bob", Delivery::Read).await;
    assert_eq!(bob.start_direct(&alice).await, chat, "the chat that exists is opened");
}

async fn three_people_talk_in_a_group(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Hiking", &[&bob, &carol]).await;
    for person in [&alice, &bob, &carol] {
        let row = person.joins(group).await;
        assert_eq!((row.kind, row.name.as_str()), (ConversationKind::Group, "Hiking"));
    }
    for (number, person) in [&bob, &carol, &alice].into_iter().enumerate() {
        let so_far: Vec<String> = (0..=number).map(|said| format!("message {said}")).collect();
        person.says(group, &format!("message {number}")).await;
        for other in [&alice, &bob, &carol] {
            other.sees(group, &so_far).await;
        }
    }
}

async fn someone_is_added_to_a_group(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Cinema", &[&bob]).await;
    alice.says(group, "before Carol").await;
    bob.sees(group, &["before Carol"]).await;
    alice.does(Command::AddMembers { conversation: group, members: vec![carol.account().await] }).await;
    assert_eq!(carol.joins(group).await.name, "Cinema");
    carol.says(group, "thanks").await;
    carol.sees(group, &["thanks"]).await;
    for person in [&alice, &bob] {
        person.sees(group, &["before Carol", "thanks"]).await;
    }
    let told = bob.items(group).await;
    assert!(told.iter().any(|item| matches!(&item.content,
        ItemContent::Notice(Notice::Added { by, people }) if by.username == "alice" && people[0].username == "carol")));
}

async fn two_who_start_at_once_end_in_one_chat(server: TestServer) {
    let (alice, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let (by_alice, by_bob) = tokio::join!(say_first(&alice, &bob, "from Alice"), say_first(&bob, &alice, "from Bob"));
    let _ = (by_alice, by_bob);
    let chats = [only_chat(&alice).await, only_chat(&bob).await];
    assert_eq!(chats[0], chats[1]);
    let order = alice.texts(chats[0]).await;
    bob.sees(chats[0], &order).await;
}

async fn say_first(who: &TestClient, to: &TestClient, text: &str) {
    let chat = who.start_direct(to).await;
    who.says(chat, text).await;
}

/// The only chat, once both messages are in it. Until then the one that gives way may be shown.
async fn only_chat(person: &TestClient) -> ConversationId {
    let row = person.until(SnapshotKey::Conversations, "one chat", |snapshot| match snapshot {
        Snapshot::Conversations(list) if list.rows.len() == 1 => list.rows.first().cloned(),
        _ => None,
    });
    let shown = row.await.conversation;
    for text in ["from Alice", "from Bob"] {
        let key = SnapshotKey::newest(shown, 100);
        let sent = person.until(key, text, |snapshot| match snapshot {
            Snapshot::Timeline(timeline) => timeline.items.iter().find_map(|item| match &item.content {
                ItemContent::Message(message) if message.text == text => {
                    (message.delivery != Some(Delivery::Pending)).then_some(())
                }
                _ => None,
            }),
            _ => None,
        });
        sent.await;
    }
    match person.snapshot(SnapshotKey::Conversations).await {
        Snapshot::Conversations(list) if list.rows.len() == 1 => list.rows[0].conversation,
        other => panic!("not one chat: {other:?}"),
    }
}

async fn what_is_written_offline_arrives(mut server: TestServer) {
    let (alice, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "online").await;
    bob.sees(chat, &["online"]).await;
    server.stop().await;
    for text in ["offline 1", "offline 2", "offline 3"] {
        alice.says(chat, text).await;
        alice.shows_delivery(chat, text, Delivery::Pending).await;
    }
    server.start_again().await;
    bob.sees(chat, &["online", "offline 1", "offline 2", "offline 3"]).await;
    alice.shows_delivery(chat, "offline 3", Delivery::Delivered).await;
}

async fn a_restart_of_the_server_loses_nothing(mut server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Allotment", &[&bob, &carol]).await;
    for person in [&bob, &carol] {
        person.joins(group).await;
    }
    let mut said = Vec::new();
    for round in 0..3 {
        for person in [&alice, &bob, &carol] {
            said.push(format!("{} in round {round}", person.username));
            person.says(group, said.last().unwrap()).await;
            for other in [&alice, &bob, &carol] {
                other.sees(group, &said).await;
            }
        }
        server.stop().await;
        server.start_again().await;
    }
}
