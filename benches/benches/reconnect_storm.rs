//! Everyone comes back at once: the server, a process of its own, is killed and started again, and thousands of devices,
//! each with hundreds of conversations that all went on meanwhile, connect as clients do. Says after what time all have
//! caught up, and what that takes of the server. The baseline is one device that does the same alone.
//!
//! The conversations are shared groups of modest size. The devices are connections without an engine: they take windows
//! and say what they have stored, and decrypt nothing.
//!
//! Arguments: how many devices, how many conversations each has.

#![allow(clippy::unwrap_used)]

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use rand::seq::SliceRandom as _;
use sealpost_benches::{
    Durations,
    connection::{Connection, Ended},
    crowd::{Person, append, make_group},
    line, sizes,
    usage::{Usage, megabytes},
};
use sealpost_protocol::{
    ConversationId,
    conversation::{LogCursor, StoredWrite},
    socket::{CloseCode, Event, HEARTBEAT_SECONDS, ServerFrame},
};
use sealpost_server::store::{Store, StoreResult};
use sealpost_testkit::ServerProcess;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{interval, sleep, timeout},
};

const DEVICES: usize = 2_000;
const CONVERSATIONS: usize = 200;
/// Members of each conversation.
const MEMBERS: usize = 20;
/// Entries that each device has missed in each conversation.
const MISSED: usize = 3;
/// A short message with all its padding, as `PrivateMessage`.
const MESSAGE_BYTES: usize = 389;
/// As clients have it: the first wait is a random time of up to half a second, later ones of up to twice as much each,
/// four steps more if the server is overloaded, and of half a minute at most; a welcome is waited for so long.
const RECONNECT_FIRST: Duration = Duration::from_millis(500);
const RECONNECT_LONGEST: Duration = Duration::from_secs(30);
const OVERLOADED_STEPS: u32 = 4;
const WELCOME_WITHIN: Duration = Duration::from_secs(15);
/// As clients have it: what is stored is told at most this often, so many logs at a time.
const STORED_EVERY: Duration = Duration::from_millis(300);
const CURSORS_AT_ONCE: usize = 500;
/// The server is quiet again when it uses less than this in a second.
const QUIET: Duration = Duration::from_millis(50);
/// How long that is waited for.
const QUIET_WITHIN: u32 = 300;

#[tokio::main]
async fn main() {
    let [devices, conversations] = sizes([DEVICES, CONVERSATIONS]);
    line(format_args!(
        "A restart with {devices} devices of {conversations} conversations each, in groups of {MEMBERS}, {MISSED} entries behind in each"
    ));
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    // One more, who comes back alone.
    let (people, alone) = fill(&folder.path().join("data"), devices, conversations).await.unwrap();
    line(format_args!("  the database is filled in {:.1?}", start.elapsed()));

    let mut server = ServerProcess::start_in(folder, &[]);
    storm(&mut server, "one device alone", alone).await;
    storm(&mut server, "all devices", people).await;
}

/// Has these devices come back to a server that is killed and started again, and says how that goes.
async fn storm(server: &mut ServerProcess, who: &str, people: Vec<Person>) {
    let restart = Instant::now();
    let (returns, mut returned) = mpsc::unbounded_channel();
    let (over, ends) = watch::channel(false);
    let mut devices = JoinSet::new();
    server.kill();
    for person in people {
        devices.spawn(come_back(server.address, person, returns.clone(), ends.clone()));
    }
    drop(returns);
    server.start_again();
    let (mut caught_up, mut attempts, mut entries) = (Durations::default(), 0, 0);
    while caught_up.len() < devices.len() {
        let device: Return = returned.recv().await.unwrap();
        caught_up.add(device.caught_up - restart);
        attempts += device.attempts;
        entries += device.entries;
    }
    let usage = Usage::of(server.id());
    let quiet = until_quiet(server.id()).await;
    let _ = over.send(true);
    while let Some(ended) = devices.join_next().await {
        ended.unwrap();
    }
    line(format_args!(
        "  {who}: {} have caught up after {:.1?} (median {:.1?}) with {entries} entries in {attempts} attempts; server: {:.1} s of processors, peak {:.0} MB; quiet again {quiet:.0?} later",
        caught_up.len(),
        caught_up.quantile(1.0),
        caught_up.quantile(0.5),
        usage.processor.as_secs_f64(),
        megabytes(usage.peak),
    ));
}

/// Registers people, and lets conversations of all of them go on without them.
async fn fill(data: &std::path::Path, devices: usize, conversations: usize) -> StoreResult<(Vec<Person>, Vec<Person>)> {
    let store = Store::open_sqlite(data).await?;
    let mut people = Vec::with_capacity(devices + 1);
    for number in 0..=devices {
        people.push(Person::register(&store, number).await?);
    }
    let alone = people.pop().unwrap();
    let mut groups = Vec::with_capacity(devices * conversations / MEMBERS);
    for round in 0..conversations {
        // In each round everyone gets into one group.
        people.shuffle(&mut rand::thread_rng());
        for (number, members) in people.chunks(MEMBERS).enumerate() {
            let mut members = members.to_vec();
            if number == round % people.len().div_ceil(MEMBERS) {
                members.push(alone.clone());
            }
            groups.push((make_group(&store, &members).await?, members.swap_remove(0)));
        }
    }
    append(&store, &groups, (MISSED, MESSAGE_BYTES)).await?;
    store.close().await;
    Ok((people, vec![alone]))
}

/// How a device came back.
struct Return {
    attempts: u32,
    entries: usize,
    caught_up: Instant,
}

/// Connects until it has caught up, tells the others so, and stays until the end as clients do.
async fn come_back(
    address: SocketAddr,
    person: Person,
    returns: mpsc::UnboundedSender<Return>,
    mut ends: watch::Receiver<bool>,
) {
    let mut device = Device { entries: 0, stored: Vec::new() };
    let (mut attempt, mut attempts) = (0, 0);
    loop {
        let limit = RECONNECT_FIRST.saturating_mul(1 << attempt.min(10)).min(RECONNECT_LONGEST);
        sleep(limit.mul_f64(rand::random())).await;
        attempts += 1;
        match device.connect(address, &person).await {
            Ok(mut connection) => {
                let _ = returns.send(Return { attempts, entries: device.entries, caught_up: Instant::now() });
                return stay(&mut connection, &mut ends).await;
            }
            Err(Ended(Some(CloseCode::Overloaded | CloseCode::RateLimited))) => attempt += 1 + OVERLOADED_STEPS,
            Err(Ended(_)) => attempt += 1,
        }
    }
}

/// A device without an engine.
struct Device {
    entries: usize,
    /// What the server has to be told yet.
    stored: Vec<LogCursor>,
}

impl Device {
    /// Connects, takes what waits, and tells how far it has come.
    async fn connect(&mut self, address: SocketAddr, person: &Person) -> Result<Connection, Ended> {
        let welcomed = async {
            let mut connection = Connection::open(address, &person.token, None).await?;
            match connection.next().await? {
                ServerFrame::Welcome(_) => Ok(connection),
                _ => Err(Ended(None)),
            }
        };
        let mut connection = timeout(WELCOME_WITHIN, welcomed).await.map_err(|_| Ended(None))??;
        let (mut told, mut asked) = (Instant::now(), None);
        let mut done = false;
        while !done || asked.is_some() || !self.stored.is_empty() {
            if asked.is_none() && !self.stored.is_empty() && (done || told.elapsed() > STORED_EVERY) {
                let cursors = self.stored.drain(..self.stored.len().min(CURSORS_AT_ONCE)).collect();
                told = Instant::now();
                asked = Some(connection.ask(StoredWrite { cursors }).await?);
            }
            match connection.next().await? {
                ServerFrame::Response { id, .. } if asked == Some(id) => asked = None,
                ServerFrame::Problem { .. } => return Err(Ended(None)),
                ServerFrame::Event { event: Event::Entries(window) } => {
                    self.entries += window.entries.len();
                    self.has_stored(window.conversation, window.entries.last().map_or(0, |entry| entry.seq));
                }
                ServerFrame::Event { event: Event::BacklogDone {} } => done = true,
                _ => {}
            }
        }
        Ok(connection)
    }

    fn has_stored(&mut self, conversation: ConversationId, seq: u64) {
        self.stored.push(LogCursor { conversation, seq });
    }
}

/// Takes what is told until all is over.
async fn stay(connection: &mut Connection, ends: &mut watch::Receiver<bool>) {
    let mut heartbeat = interval(Duration::from_secs(HEARTBEAT_SECONDS.into()));
    loop {
        let gone = tokio::select! {
            () = over(ends) => return,
            frame = connection.next() => frame.is_err(),
            _ = heartbeat.tick() => connection.ping().await.is_err(),
        };
        if gone {
            return;
        }
    }
}

async fn over(ends: &mut watch::Receiver<bool>) {
    let _ = ends.wait_for(|over| *over).await;
}

/// How long the server still works on what was told: receipts go to all members.
async fn until_quiet(server: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..QUIET_WITHIN {
        let before = Usage::of(server).processor;
        sleep(Duration::from_secs(1)).await;
        if Usage::of(server).processor - before < QUIET {
            break;
        }
    }
    start.elapsed()
}
