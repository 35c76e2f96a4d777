//! What people do to messages: answer, react, edit, delete, mention, ask, copy; offline and on several devices.

use sealpost_client::{
    command::{Answer, Command},
    snapshot::{Delivery, ItemContent, Message, Snapshot, SnapshotKey},
};
use sealpost_protocol::{ClientId, ConversationId};
use sealpost_testkit::{TestClient, TestServer, alice, bob, carol, on_each_database};

on_each_database! {
    people_answer_react_and_edit,
    what_is_deleted_goes_everywhere,
    what_was_done_offline_arrives_in_order,
    a_group_mentions_asks_and_copies,
    a_poll_has_several_choices,
}

/// Waits until the message with this key is as `wanted`, and gives it.
async fn message(who: &TestClient, at: ConversationId, id: ClientId, wanted: impl Fn(&Message) -> bool) -> Message {
    let key = SnapshotKey::newest(at, 100);
    let found = who.until(key, "a message", |snapshot| {
        let Snapshot::Timeline(timeline) = snapshot else { return None };
        timeline.items.iter().find_map(|item| match &item.content {
            ItemContent::Message(message) if item.key == id.to_string() && wanted(message) => Some((**message).clone()),
            _ => None,
        })
    });
    found.await
}

/// Waits until a message is shown as deleted, or not at all.
async fn gone(who: &TestClient, at: ConversationId, id: ClientId, trace: bool) {
    let found = who.until(SnapshotKey::newest(at, 100), "that a message is gone", |snapshot| {
        let Snapshot::Timeline(timeline) = snapshot else { return None };
        let item = timeline.items.iter().find(|item| item.key == id.to_string());
        let deleted = item.map(|item| matches!(item.content, ItemContent::Deleted { .. }));
        (deleted == trace.then_some(true)).then_some(())
    });
    found.await;
}

async fn replies(who: &TestClient, at: ConversationId, to: ClientId, text: &str) -> ClientId {
    let id = ClientId(rand::random());
    let reply_to = Some(to.to_string());
    who.does(Command::SendText { conversation: at, id, text: text.to_owned(), reply_to }).await;
    id
}

async fn reacts(who: &TestClient, at: ConversationId, to: ClientId, emoji: &str, add: bool) {
    who.does(Command::React { conversation: at, key: to.to_string(), emoji: emoji.to_owned(), add }).await;
}

async fn edits(who: &TestClient, at: ConversationId, id: ClientId, text: &str) {
    who.does(Command::EditText { conversation: at, key: id.to_string(), text: text.to_owned() }).await;
}

async fn deletes(who: &TestClient, at: ConversationId, id: ClientId, everyone: bool) {
    who.does(Command::DeleteMessages { conversation: at, keys: vec![id.to_string()], everyone }).await;
}

fn reactions(message: &Message) -> Vec<(&str, usize, bool)> {
    message.reactions.iter().map(|known| (known.emoji.as_str(), known.people.len(), known.own)).collect()
}

async fn people_answer_react_and_edit(server: TestServer) {
    let (alice, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = alice.start_direct(&bob).await;
    let hello = alice.says(chat, "Hello Bob").await;
    bob.joins(chat).await;
    message(&bob, chat, hello, |_| true).await;

    let answer = replies(&bob, chat, hello, "Hello Alice").await;
    let seen = message(&alice, chat, answer, |_| true).await;
    let quote = seen.reply.unwrap();
    assert_eq!((quote.key, quote.text.as_str()), (Some(hello.to_string()), "Hello Bob"));

    reacts(&bob, chat, hello, "❤", true).await;
    reacts(&bob, chat, hello, "👍", true).await;
    let seen = message(&alice, chat, hello, |message| message.reactions.len() == 2).await;
    assert_eq!(reactions(&seen), [("❤", 1, false), ("👍", 1, false)]);
    reacts(&alice, chat, hello, "👍", true).await;
    reacts(&bob, chat, hello, "❤", false).await;
    let both = |message: &Message| message.reactions.len() == 1 && message.reactions[0].people.len() == 2;
    assert_eq!(reactions(&message(&bob, chat, hello, both).await), [("👍", 2, true)]);
    message(&alice, chat, hello, both).await;

    edits(&alice, chat, hello, "Hello **Bob**").await;
    let seen = message(&bob, chat, hello, |message| message.edited).await;
    assert_eq!(seen.text, "Hello **Bob**");
    let refused = bob.tries(Command::EditText { conversation: chat, key: hello.to_string(), text: "no".into() }).await;
    assert_eq!(refused.unwrap_err().kind, "not-allowed");
    // A device that comes later sees the log from where it joined; one that was there sees the same as all.
    message(&alice, chat, hello, |message| message.delivery == Some(Delivery::Delivered)).await;
    let key = SnapshotKey::MessageInfo { conversation: chat, key: hello.to_string() };
    alice.does(Command::ReadMessageInfo { conversation: chat, key: hello.to_string() }).await;
    let found = alice.until(key, "who has the message", |snapshot| match snapshot {
        Snapshot::MessageInfo(info) if info.members.iter().any(|member| member.delivered) => Some(info.clone()),
        _ => None,
    });
    let info = found.await;
    assert_eq!(info.members.iter().map(|member| member.person.username.as_str()).collect::<Vec<_>>(), ["bob"]);
    assert_eq!(info.revisions.iter().map(|said| said.text.as_str()).collect::<Vec<_>>(), ["Hello Bob"]);
}

async fn what_is_deleted_goes_everywhere(server: TestServer) {
    let (alice, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "first").await;
    bob.joins(chat).await;
    let mut laptop = alice.second_device().await;
    laptop.joins(chat).await;
    let (secret, boring) = (alice.says(chat, "a secret").await, bob.says(chat, "boring").await);
    for device in [&alice, &bob, &laptop] {
        message(device, chat, secret, |_| true).await;
        message(device, chat, boring, |_| true).await;
    }
    reacts(&bob, chat, secret, "😮", true).await;
    message(&laptop, chat, secret, |message| message.reactions.len() == 1).await;

    let refused =
        bob.tries(Command::DeleteMessages { conversation: chat, keys: vec![secret.to_string()], everyone: true });
    assert_eq!(refused.await.unwrap_err().kind, "not-allowed");
    // Deleted on another device than it was written on, while one is away.
    laptop.closes().await;
    deletes(&alice, chat, secret, true).await;
    gone(&alice, chat, secret, true).await;
    gone(&bob, chat, secret, true).await;
    deletes(&bob, chat, boring, false).await;
    gone(&bob, chat, boring, false).await;
    laptop.opens_again().await;
    gone(&laptop, chat, secret, true).await;
    message(&laptop, chat, boring, |_| true).await;
    assert!(bob.texts(chat).await.iter().all(|text| text != "a secret" && text != "boring"));
}

async fn what_was_done_offline_arrives_in_order(mut server: TestServer) {
    let (alice, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = alice.start_direct(&bob).await;
    let first = alice.says(chat, "first").await;
    bob.joins(chat).await;
    message(&bob, chat, first, |_| true).await;
    server.stop().await;

    let second = replies(&alice, chat, first, "second").await;
    let third = alice.says(chat, "third").await;
    edits(&alice, chat, second, "zweitens").await;
    reacts(&alice, chat, first, "🎉", true).await;
    deletes(&alice, chat, third, true).await;
    let shown = message(&alice, chat, second, |message| message.text == "zweitens").await;
    assert_eq!(shown.delivery, Some(Delivery::Pending));
    gone(&alice, chat, third, false).await;

    server.start_again().await;
    let seen = message(&bob, chat, second, |message| message.edited).await;
    assert_eq!(seen.reply.unwrap().key, Some(first.to_string()));
    message(&bob, chat, first, |message| reactions(message) == [("🎉", 1, false)]).await;
    message(&alice, chat, second, |message| message.delivery == Some(Delivery::Delivered)).await;
    assert_eq!(bob.texts(chat).await, ["first", "zweitens"]);
}

async fn a_group_mentions_asks_and_copies(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Lunch", &[&bob, &carol]).await;
    for person in [&alice, &bob, &carol] {
        person.joins(group).await;
    }
    let known = alice.does(Command::CompleteMention { conversation: group, prefix: "ca".into() }).await;
    let Answer::People { people } = known else { panic!("{known:?}") };
    assert_eq!(people.iter().map(|person| person.username.as_str()).collect::<Vec<_>>(), ["carol"]);
    let call = alice.says(group, "@carol, where are you?").await;
    let (seen, other) = (message(&carol, group, call, |_| true).await, message(&bob, group, call, |_| true).await);
    assert!(seen.mentions_me && !other.mentions_me);
    assert_eq!(seen.text, "@carol, where are you?");
    let row = carol.until(SnapshotKey::Conversations, "the mention", |snapshot| match snapshot {
        Snapshot::Conversations(list) => list.rows.iter().find(|row| row.mentioned).cloned(),
        _ => None,
    });
    assert_eq!(row.await.conversation, group);

    let poll = ClientId(rand::random());
    let options = vec!["Soup".to_owned(), "Rice".to_owned()];
    let question = "What shall we eat?".to_owned();
    alice.does(Command::SendPoll { conversation: group, id: poll, question, options, multiple: false }).await;
    for (person, choices) in [(&bob, [0]), (&carol, [1])] {
        message(person, group, poll, |message| message.poll.is_some()).await;
        person.does(Command::Vote { conversation: group, key: poll.to_string(), choices: choices.to_vec() }).await;
    }
    bob.does(Command::Vote { conversation: group, key: poll.to_string(), choices: vec![1] }).await;
    for person in [&alice, &bob, &carol] {
        let voted = |message: &Message| message.poll.as_ref().is_some_and(|poll| poll.options[1].people.len() == 2);
        assert_eq!(message(person, group, poll, voted).await.poll.unwrap().voters, 2);
    }

    let chat = bob.start_direct(&carol).await;
    let copies = Command::Forward {
        id: ClientId([7; 16]),
        conversation: group,
        keys: vec![call.to_string(), poll.to_string()],
        to: vec![chat],
    };
    // Given twice, as after an answer that was lost, it sends once.
    bob.does(copies.clone()).await;
    bob.does(copies).await;
    carol.joins(chat).await;
    carol.sees(chat, &["@carol, where are you?", "What shall we eat?\n\n- Soup\n- Rice"]).await;
    let copies = carol.items(chat).await;
    assert!(copies.iter().all(|item| match &item.content {
        ItemContent::Message(message) => message.forwarded && !message.mentions_me,
        _ => true,
    }));
}

async fn a_poll_has_several_choices(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Lunch", &[&bob, &carol]).await;
    for person in [&alice, &bob, &carol] {
        person.joins(group).await;
    }
    let several = ClientId(rand::random());
    let options = ["Monday", "Tuesday", "Friday"].map(str::to_owned).to_vec();
    let question = "When?".to_owned();
    alice.does(Command::SendPoll { conversation: group, id: several, question, options, multiple: true }).await;
    let votes = async |person: &TestClient, choices: &[u32]| {
        message(person, group, several, |message| message.poll.is_some()).await;
        person.does(Command::Vote { conversation: group, key: several.to_string(), choices: choices.to_vec() }).await;
    };
    votes(&bob, &[0, 2]).await;
    votes(&carol, &[0, 1]).await;
    votes(&alice, &[1]).await;
    votes(&alice, &[]).await;
    let counts = |message: &Message| {
        let poll = message.poll.as_ref().unwrap();
        poll.options.iter().map(|option| option.people.len()).collect::<Vec<_>>()
    };
    for person in [&alice, &bob, &carol] {
        let voted = |message: &Message| counts(message) == [2, 1, 1];
        let poll = message(person, group, several, voted).await.poll.unwrap();
        assert_eq!((poll.voters, poll.multiple), (2, true));
    }
}
