//! What connections cost the server that say hello and then take nothing, while entries flow into their conversations:
//! memory for each, round by round, until the server cuts them off. The baseline is the same connections before anything
//! flows.
//!
//! Arguments: how many readers, how many entries each conversation gets in each round.

#![allow(clippy::unwrap_used)]

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use rand::rngs::OsRng;
use sealpost_benches::{
    connection::Connection,
    crowd::{Person, make_group},
    line, sizes,
    usage::{Usage, kernel_buffers, megabytes},
};
use sealpost_mls::{Group, GroupId, Roles, Suite};
use sealpost_protocol::{
    Bytes, ClientId, ConversationId,
    conversation::{Append, LogAppend},
    socket::ServerFrame,
};
use sealpost_server::store::{Store, StoreResult};
use sealpost_testkit::{
    ServerProcess,
    hand::{Keys, now},
};
use tokio::time::sleep;

const READERS: usize = 1_000;
const ENTRIES: usize = 200;
/// Readers of each conversation; one more writes.
const MEMBERS: usize = 100;
const ROUNDS: usize = 6;
/// What is encrypted in each message.
const PADDED_BYTES: usize = 1024;
/// How many connect at a time.
const CONNECTS_AT_ONCE: usize = 50;
/// What a reader's system takes before the server has to keep the rest: as little as there is.
const UNREAD: u32 = 4096;
/// By then the server has cut off who takes nothing.
const CUT_OFF: Duration = Duration::from_secs(40);

/// A conversation with who writes in it, and what.
struct Chat {
    conversation: ConversationId,
    writer: Person,
    message: Bytes,
}

#[tokio::main]
async fn main() {
    let [readers, entries] = sizes([READERS, ENTRIES]);
    line(format_args!("{readers} slow readers, {MEMBERS} of each conversation"));
    let folder = tempfile::tempdir().unwrap();
    let (chats, people) = fill(&folder.path().join("data"), readers).await.unwrap();
    let server = ServerProcess::start_in(folder, &[]);
    let before = Usage::of(server.id());
    line(format_args!("  before: {:.1} MB", megabytes(before.resident)));

    let connections = connect(server.address, &people).await;
    // Long enough for all backlogs, which are empty.
    sleep(Duration::from_secs(2)).await;
    tell("connected", &server, before, readers);
    for round in 1..=ROUNDS {
        let start = Instant::now();
        let writing = chats.iter().map(|chat| write(server.address, chat, entries));
        futures::future::join_all(writing).await;
        let taken = start.elapsed();
        tell(&format!("{entries} entries more in {taken:.1?}, round {round}"), &server, before, readers);
    }
    sleep(CUT_OFF).await;
    tell("after the time of the slow", &server, before, readers);
    drop(connections);
    sleep(Duration::from_secs(2)).await;
    tell("all gone", &server, before, readers);
}

fn tell(when: &str, server: &ServerProcess, before: Usage, readers: usize) {
    let now = Usage::of(server.id());
    let each = now.resident.saturating_sub(before.resident) as f64 / readers as f64;
    line(format_args!(
        "  {when}: {} connections, {:.1} MB, {:.1} KB for each reader, peak {:.1} MB; kernel {:.0} MB",
        now.files.saturating_sub(before.files),
        megabytes(now.resident),
        each / 1000.0,
        megabytes(now.peak),
        megabytes(kernel_buffers())
    ));
}

async fn fill(data: &std::path::Path, readers: usize) -> StoreResult<(Vec<Chat>, Vec<Person>)> {
    let store = Store::open_sqlite(data).await?;
    let (mut chats, mut people) = (Vec::new(), Vec::new());
    let count = readers.div_ceil(MEMBERS);
    for number in 0..count {
        let mut members = Vec::new();
        for member in 0..=MEMBERS {
            members.push(Person::register(&store, number * (MEMBERS + 1) + member).await?);
        }
        let conversation = make_group(&store, &members).await?;
        let message = message(conversation).into();
        chats.push(Chat { conversation, writer: members.remove(0), message });
        people.append(&mut members);
    }
    people.truncate(readers);
    store.close().await;
    Ok((chats, people))
}

/// A message that says it is of this conversation, in the epoch after its first commit: more the server cannot see.
fn message(conversation: ConversationId) -> Vec<u8> {
    let keys = Keys::generate(&mut OsRng);
    let id = GroupId { conversation, generation: 1 };
    keys.run(|context| {
        let roles = Roles::group([keys.account]);
        let mut group = Group::create(context, id, Suite::Classic, &roles, now()).unwrap();
        group.update(context).unwrap();
        group.merge_pending_commit(context).unwrap();
        group.encrypt(context, &[0; PADDED_BYTES]).unwrap()
    })
}

async fn connect(address: SocketAddr, people: &[Person]) -> Vec<Connection> {
    let connecting = people.iter().map(|person| Connection::open(address, &person.token, Some(UNREAD)));
    stream::iter(connecting).buffer_unordered(CONNECTS_AT_ONCE).try_collect().await.unwrap()
}

/// Writes so many entries, one after the other, through the socket.
async fn write(address: SocketAddr, chat: &Chat, entries: usize) {
    let mut connection = Connection::open(address, &chat.writer.token, None).await.unwrap();
    for _ in 0..entries {
        let append = Append::Application {
            message: chat.message.clone(),
            expires_in: None,
            delete_token_hash: None,
            blobs: Vec::new(),
        };
        let client_id = ClientId(rand::random());
        let append = LogAppend { conversation: chat.conversation, generation: 1, epoch: 1, client_id, append };
        let id = connection.ask(append).await.unwrap();
        loop {
            match connection.next().await.unwrap() {
                ServerFrame::Response { id: answered, .. } if answered == id => break,
                ServerFrame::Problem { problem, .. } => panic!("an entry is refused: {problem:?}"),
                _ => {}
            }
        }
    }
}
