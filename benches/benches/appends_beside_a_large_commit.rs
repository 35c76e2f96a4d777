//! How long appends wait while commits of a large group are checked and taken, beside how long the same senders wait in
//! the same run when nothing else happens. The large group's tree is as empty as it is right after everyone was added, so
//! that its commits are as large as they ever are. They are made beforehand: that is the work of another machine.
//!
//! Arguments: how many accounts the group has, how many commits are made for each figure.

#![allow(clippy::unwrap_used)]

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use sealpost_benches::{Durations, line, rate, sizes};
use sealpost_mls::{ADD_MAX, Group, Suite, generate_key_package};
use sealpost_protocol::{
    Bytes, ClientId, ConversationId, ProblemKind,
    conversation::{Append, LogAppend},
};
use sealpost_server::{App, Clock, Config};
use sealpost_testkit::{
    Backend,
    hand::{Door, HandDevice, now, upload},
    server::without_limits,
};

/// In the large group.
const ACCOUNTS: usize = 1_000;
/// Most commits that are taken for one figure.
const COMMITS: usize = 60;
/// How many devices upload each commit at the same moment. All are checked, one is taken.
const AT_ONCE: [usize; 2] = [1, 8];
const SENDERS: usize = 10;
/// Each figure is taken over this time, if there are commits enough.
const SPAN: Duration = Duration::from_secs(5);
/// What is encrypted in each message.
const PADDED_BYTES: usize = 256;

/// Who sends what to which conversation.
type Sender = (Bytes, ConversationId, Bytes);

#[tokio::main]
async fn main() {
    let [accounts, commits] = sizes([ACCOUNTS, COMMITS]);
    line(format_args!("Appends of {SENDERS} senders beside commits of a group of {accounts} accounts"));
    measure("SQLite", "", (accounts, commits)).await;
    if let Some(backend) = Backend::postgres().await {
        measure("PostgreSQL", backend.url(), (accounts, commits)).await;
    }
}

async fn measure(name: &str, url: &str, (accounts, commits): (usize, usize)) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::in_folder(folder.path());
    config.database.url = url.to_owned();
    config.limits = without_limits();
    let app = App::open(config, Clock::System).await.unwrap();
    let senders = senders(&app).await;
    let (founder, mut group) = large_group(&app, accounts).await;
    let mut waiting = make_commits(&founder, &mut group, commits * AT_ONCE.len());
    line(format_args!("  {name}: each commit has {} KB", size(&waiting[0]) / 1000));

    let quiet = send_all(&app, &senders, Instant::now() + SPAN).await;
    line(format_args!("  {name}, quiet: {}", told(&quiet)));
    for at_once in AT_ONCE {
        let mut some = waiting.drain(..commits).collect();
        let until = Instant::now() + SPAN;
        let committing = take_commits(&app, &founder, &mut some, at_once, until);
        let (beside, checks) = tokio::join!(send_all(&app, &senders, until), committing);
        // Those that are left would follow a gap.
        for commit in some {
            founder.call(commit).await.unwrap();
        }
        line(format_args!(
            "  {name}, {at_once} at once are committed ({} times, median {} ms): {}; p99 {:.1} times the quiet one",
            checks.len(),
            checks.quantile(0.5).as_millis(),
            told(&beside),
            beside.quantile(0.99).as_secs_f64() / quiet.quantile(0.99).as_secs_f64()
        ));
    }
    app.close().await;
}

fn told(waits: &Durations) -> String {
    let [median, p99, longest] = [0.5, 0.99, 1.0].map(|share| waits.quantile(share).as_secs_f64() * 1000.0);
    let sent = rate(waits.len(), SPAN);
    format!("{sent:.0}/s, waits: median {median:.2} ms, p99 {p99:.2} ms, longest {longest:.1} ms")
}

async fn senders(app: &Arc<App>) -> Vec<Sender> {
    let door = Door::App(Arc::clone(app));
    let mut senders = Vec::new();
    for number in 0..SENDERS {
        let device = HandDevice::register(&door, &format!("sender{number}"), 0).await;
        let (mut group, summary) = device.make_group(&[]).await;
        let message = device.run(|context| group.encrypt(context, &[0; PADDED_BYTES])).unwrap();
        senders.push((device.token.clone(), summary.conversation, message.into()));
    }
    senders
}

/// A group of accounts with one device each, and the device that added them all.
async fn large_group(app: &Arc<App>, accounts: usize) -> (HandDevice, Group) {
    let door = Door::App(Arc::clone(app));
    let founder = HandDevice::register(&door, "founder", 0).await;
    let mut packages: Vec<Bytes> = Vec::new();
    for number in 1..accounts {
        let member = HandDevice::register(&door, &format!("member{number}"), 0).await;
        let package = member.run(|context| generate_key_package(context, Suite::XWing, now(), false)).unwrap();
        packages.push(package.into());
    }
    let (mut group, _) = founder.make_group_of(Suite::XWing, &[]).await;
    for batch in packages.chunks(ADD_MAX) {
        let bundle = founder.run(|context| group.add(context, batch, &[], None)).unwrap();
        founder.call(founder.entry(&group, Append::Commit(upload(&bundle)))).await.unwrap();
        founder.run(|context| group.merge_pending_commit(context)).unwrap();
    }
    (founder, group)
}

/// Commits that follow each other, by which the founder heals.
fn make_commits(founder: &HandDevice, group: &mut Group, many: usize) -> VecDeque<LogAppend> {
    let commit = |_| {
        let bundle = founder.run(|context| group.update(context)).unwrap();
        let commit = founder.entry(group, Append::Commit(upload(&bundle)));
        founder.run(|context| group.merge_pending_commit(context)).unwrap();
        commit
    };
    (0..many).map(commit).collect()
}

fn size(commit: &LogAppend) -> usize {
    let Append::Commit(upload) = &commit.append else { panic!("not a commit") };
    upload.commit.len()
}

/// Has one commit after the other be taken, each uploaded `at_once` times; gives how long each took.
async fn take_commits(
    app: &Arc<App>,
    founder: &HandDevice,
    commits: &mut VecDeque<LogAppend>,
    at_once: usize,
    until: Instant,
) -> Durations {
    let caller = app.authenticate(None, &founder.token).await.unwrap();
    let mut durations = Durations::default();
    while let Some(commit) = commits.pop_front_if(|_| Instant::now() < until) {
        let start = Instant::now();
        let uploads = (0..at_once).map(|_| {
            let commit = LogAppend { client_id: ClientId(rand::random()), ..commit.clone() };
            let (app, caller) = (Arc::clone(app), caller.clone());
            tokio::spawn(async move { app.call(&caller, commit.into()).await })
        });
        let mut taken = 0;
        for outcome in futures::future::join_all(uploads).await {
            match outcome.unwrap() {
                Ok(_) => taken += 1,
                Err(problem) if problem.kind() == ProblemKind::StaleEpoch => {}
                Err(problem) => panic!("a commit is refused: {problem:?}"),
            }
        }
        assert_eq!(taken, 1, "one of them is taken");
        durations.add(start.elapsed());
    }
    durations
}

/// Every sender waits for its answer before it sends again; gives how long all of them waited.
async fn send_all(app: &Arc<App>, senders: &[Sender], until: Instant) -> Durations {
    let running = senders.iter().map(|sender| tokio::spawn(send(Arc::clone(app), sender.clone(), until)));
    let mut waits = Durations::default();
    for sent in futures::future::join_all(running).await {
        waits.add_all(&sent.unwrap());
    }
    waits
}

/// Sends the same message again and again: to the server it is another one each time, by its client id.
async fn send(app: Arc<App>, (token, conversation, message): Sender, until: Instant) -> Durations {
    let caller = app.authenticate(None, &token).await.unwrap();
    let mut waits = Durations::default();
    while Instant::now() < until {
        let client_id = ClientId(rand::random());
        let append = Append::Application {
            message: message.clone(),
            expires_in: None,
            delete_token_hash: None,
            blobs: Vec::new(),
        };
        let append = LogAppend { conversation, generation: 1, epoch: 1, client_id, append };
        let asked = Instant::now();
        app.call(&caller, append.into()).await.unwrap();
        waits.add(asked.elapsed());
    }
    waits
}
