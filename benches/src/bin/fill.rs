//! Fills someone's account with chats, for measuring how the app behaves when much is there: a native client makes groups
//! with that person and writes in them, through the server like anyone. `cargo xtask measure` runs it.
//!
//! Arguments: the server's address, the person's username, how many groups, how many messages in each, how many messages in
//! the direct chat with that person, which is there from the beginning so that they can accept it.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use rand::{Rng, seq::SliceRandom};
use sealpost_benches::line;
use sealpost_client::{
    Client, ClientOptions, DatabaseLocation, EngineConfig,
    command::{Answer, Command},
    engine::{Healing, Stretching},
    snapshot::{Delivery, ItemContent, Session, Snapshot, SnapshotKey},
};
use sealpost_protocol::{AccountId, ClientId, ConversationId};

/// Made-up words that texts are drawn from, so that searches find some of them and not all.
const SYLLABLES: [&str; 16] =
    ["ba", "ri", "to", "ne", "ka", "lu", "mo", "sen", "dal", "fir", "gon", "hes", "jun", "pol", "vas", "wex"];

/// So many messages of one chat wait at once.
const ROUND: usize = 200;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, username, chats, messages, long] = arguments.as_slice() else {
        panic!("usage: fill URL USERNAME CHATS MESSAGES LONG");
    };
    let [chats, messages, long]: [usize; 3] = [chats, messages, long].map(|number| number.parse().unwrap());
    let client = sign_up(url).await;
    let account = find(&client, username).await;
    let Answer::Conversation { conversation: direct } = client.command(Command::StartDirect { account }).await.unwrap()
    else {
        panic!("no chat");
    };
    say(&client, direct, "hello".to_owned()).await;
    let mut made = Vec::with_capacity(chats);
    for number in 1..=chats {
        let command = Command::CreateGroup { name: format!("Chat {number}"), members: vec![account] };
        let Answer::Conversation { conversation } = client.command(command).await.unwrap() else { panic!("no chat") };
        made.push(conversation);
    }
    line(format_args!("{chats} chats are made"));
    for number in 1..=messages {
        for &conversation in &made {
            say(&client, conversation, text(number)).await;
        }
        // Not more than one round waits, so that memory stays small.
        for &conversation in &made {
            until_sent(&client, conversation).await;
        }
        if number % 20 == 0 {
            line(format_args!("{number} of {messages} messages are in each chat"));
        }
    }
    for number in 1..=long {
        say(&client, direct, text(number)).await;
        if number % ROUND == 0 {
            until_sent(&client, direct).await;
        }
    }
    until_sent(&client, direct).await;
    client.close().await;
}

async fn say(client: &Client, conversation: ConversationId, text: String) {
    let id = ClientId(rand::thread_rng().r#gen());
    client.command(Command::SendText { conversation, id, text, reply_to: None }).await.unwrap();
}

async fn sign_up(url: &str) -> Client {
    let stretching = Stretching { memory: 8, passes: 1, lanes: 1 };
    let engine = EngineConfig { stretching, healing: Healing::default(), ..EngineConfig::default() };
    let options = ClientOptions { server_url: url.to_owned(), database: DatabaseLocation::Memory, engine };
    let client = Client::open(options).await.unwrap();
    let command = Command::SignUp {
        username: "filler".into(),
        display_name: "Filler".into(),
        password: "lantern otter quilt 31".into(),
        invite: None,
    };
    client.command(command).await.unwrap();
    let Snapshot::Session(Session::SignedIn { recovery_code: Some(code), .. }) =
        client.snapshot(SnapshotKey::Session).await.unwrap()
    else {
        panic!("no recovery code");
    };
    client.command(Command::ConfirmRecoveryCode { code }).await.unwrap();
    client
}

async fn find(client: &Client, username: &str) -> AccountId {
    loop {
        let answer = client.command(Command::SearchPeople { prefix: username.to_owned() }).await;
        if let Ok(Answer::People { people }) = answer
            && let Some(person) = people.iter().find(|person| person.username == username)
        {
            return person.account;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn until_sent(client: &Client, conversation: ConversationId) {
    let mut changes = client.changes();
    loop {
        let Snapshot::Timeline(timeline) = client.snapshot(SnapshotKey::newest(conversation, 1)).await.unwrap() else {
            panic!("no timeline");
        };
        let waits = |content: &ItemContent| matches!(content, ItemContent::Message(message) if message.delivery == Some(Delivery::Pending));
        if !timeline.items.iter().any(|item| waits(&item.content)) {
            return;
        }
        changes.next().await.unwrap();
    }
}

/// A text of a few words; the first says which it is.
fn text(number: usize) -> String {
    let mut rng = rand::thread_rng();
    let mut text = format!("number {number}");
    for _ in 0..rng.gen_range(3..18) {
        text.push(' ');
        for _ in 0..rng.gen_range(1..=3) {
            text.push_str(SYLLABLES.choose(&mut rng).unwrap());
        }
    }
    text
}
