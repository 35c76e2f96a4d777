//! From a hit, or a date, to its place in a long chat.

use sealpost_client::{
    command::{Answer, Command},
    snapshot::{ItemContent, Snapshot, SnapshotKey, Timeline},
};
use sealpost_protocol::ConversationId;
use sealpost_testkit::{TestClient, TestServer, alice, bob, on_each_database};

on_each_database! {
    people_jump_to_what_they_look_for,
}

async fn window(person: &TestClient, conversation: ConversationId, around: Option<String>) -> Timeline {
    match person.snapshot(SnapshotKey::Timeline { conversation, limit: 3, around }).await {
        Snapshot::Timeline(timeline) => timeline,
        other => panic!("not a timeline: {other:?}"),
    }
}

fn texts(timeline: &Timeline) -> Vec<&str> {
    let texts = timeline.items.iter().filter_map(|item| match &item.content {
        ItemContent::Message(message) => Some(message.text.as_str()),
        _ => None,
    });
    texts.collect()
}

async fn people_jump_to_what_they_look_for(server: TestServer) {
    let (alice, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = alice.start_direct(&bob).await;
    let said: Vec<String> = (0..20).map(|number| format!("message n{number}")).collect();
    for text in &said {
        alice.says(chat, text).await;
    }
    bob.joins(chat).await;
    bob.sees(chat, &said).await;
    let newest = window(&bob, chat, None).await;
    assert_eq!(
        (texts(&newest), newest.has_older, newest.has_newer),
        (vec!["message n17", "message n18", "message n19"], true, false)
    );

    let search = Command::Search { query: "n7".to_owned(), conversation: Some(chat), limit: 5, utc_offset: 0 };
    let Answer::Hits { hits, .. } = bob.does(search).await else { panic!("no hits") };
    assert_eq!(hits.len(), 1);
    let found = window(&bob, chat, Some(hits[0].key.clone())).await;
    let around: Vec<_> = (4..=10).map(|number| said[number].as_str()).collect();
    assert_eq!((texts(&found), found.has_older, found.has_newer), (around, true, true));

    // By its own time each message is found again, or one of the same moment before it.
    let times: Vec<_> = bob.items(chat).await.into_iter().map(|item| (item.time, item.key)).collect();
    let find = async |time| match bob.does(Command::FindTime { conversation: chat, time }).await {
        Answer::Found { key } => key,
        other => panic!("nothing to jump to: {other:?}"),
    };
    let time_of = |key: &str| times.iter().find(|(_, known)| known == key).unwrap().0;
    let time = time_of(&hits[0].key);
    let key = find(time).await.unwrap();
    assert_eq!(time_of(&key), time);
    assert!(texts(&window(&bob, chat, Some(key)).await).contains(&"message n7"));
    assert_eq!(find(times.last().unwrap().0 + 1).await, None);
}
