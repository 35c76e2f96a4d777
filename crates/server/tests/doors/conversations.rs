//! Conversations through the doors, with real MLS groups: creating, sending, joining, delivery, refusals.

use rand::{Rng as _, rngs::OsRng};
use sealpost_mls::{CommitBundle, Group, GroupId, Joined, Processed, Roles, apply, external, join};
use sealpost_protocol::{
    Bytes, ClientId, ConversationId, ProblemKind, conversation::*, device::KeyPackagesClaim, socket::Event,
};

use crate::{
    person::{Person, SUITE, now},
    server::TestServer,
    socket::Socket,
};

pub fn fresh() -> ClientId {
    ClientId(OsRng.r#gen())
}

pub fn upload(bundle: CommitBundle) -> CommitUpload {
    CommitUpload {
        commit: bundle.commit.into(),
        welcome: bundle.welcome.map(Into::into),
        group_info: bundle.group_info.into(),
    }
}

impl Person {
    /// A group of this device alone, with the request that makes it a conversation with `others`.
    pub async fn prepare(&self, server: &TestServer, roles: Roles, others: &[&Person]) -> (Group, ConversationCreate) {
        let conversation = ConversationId(OsRng.r#gen());
        let mut accounts: Vec<_> = others.iter().map(|person| person.account).collect();
        accounts.push(self.account);
        let claim = KeyPackagesClaim { claim: fresh(), accounts, suite: SUITE.number(), conversation: None };
        let claimed = server.call(Some(&self.token), claim).await.unwrap().key_packages;
        let key_packages: Vec<_> = claimed.into_iter().map(|claimed| claimed.key_package).collect();
        let id = GroupId { conversation, generation: 1 };
        let (group, (group_info, ratchet_tree), bundle) = self.work(|context| {
            let mut group = Group::create(context, id, SUITE, &roles, now()).unwrap();
            let first = group.export_group_info(context).unwrap();
            let bundle = group.add(context, &key_packages, &[], Some(&[7; 32])).unwrap();
            (group, first, bundle)
        });
        let direct_with = match roles {
            Roles::Direct { .. } => others.first().map(|other| other.account),
            Roles::Group { .. } => None,
        };
        let create = ConversationCreate {
            conversation,
            direct_with,
            suite: SUITE.number(),
            group_info: group_info.into(),
            ratchet_tree: ratchet_tree.into(),
            client_id: fresh(),
            commit: upload(bundle),
            state: None,
        };
        (group, create)
    }

    pub async fn start_direct(&self, server: &TestServer, other: &Person) -> (Group, ConversationId) {
        let roles = Roles::direct(self.account, other.account);
        let (mut group, create) = self.prepare(server, roles, &[other]).await;
        let conversation = create.conversation;
        server.call(Some(&self.token), create).await.unwrap();
        self.work(|context| group.merge_pending_commit(context)).unwrap();
        (group, conversation)
    }

    pub async fn join_by_welcome(&self, server: &TestServer) -> Joined {
        let inbox = server.call(Some(&self.token), InboxRead {}).await.unwrap();
        let welcome = inbox.welcomes.last().unwrap();
        let read = TreeRead { conversation: welcome.conversation, tree: welcome.tree.clone() };
        let tree = server.call(Some(&self.token), read).await.unwrap().ratchet_tree;
        let joined = self.work(|context| join::from_welcome(context, &welcome.welcome, &tree)).unwrap();
        let acknowledge = InboxAcknowledge { number: welcome.number };
        server.call(Some(&self.token), acknowledge).await.unwrap();
        joined
    }

    pub fn message(&self, group: &mut Group, text: &str) -> LogAppend {
        let message = self.work(|context| group.encrypt(context, text.as_bytes())).unwrap();
        entry(group, application(message))
    }

    fn read_message(&self, group: &mut Group, entry: &Entry) -> String {
        match self.work(|context| group.process(context, entry.body.message())).unwrap() {
            Processed::Application { plaintext, .. } => String::from_utf8(plaintext).unwrap(),
            other => panic!("expected a message, got {other:?}"),
        }
    }

    async fn external_join(
        &self,
        server: &TestServer,
        conversation: ConversationId,
    ) -> (LogAppend, Vec<sealpost_mls::Write>) {
        let info = server.call(Some(&self.token), GroupInfoRead { conversation }).await.unwrap();
        let joined = self.work(|context| external::commit(context, &info.group_info, &info.ratchet_tree)).unwrap();
        let commit = CommitUpload { commit: joined.commit.into(), welcome: None, group_info: joined.group_info.into() };
        let append = LogAppend {
            conversation,
            generation: info.position.generation,
            epoch: info.position.epoch,
            client_id: fresh(),
            append: Append::Commit(commit),
        };
        (append, joined.writes)
    }
}

/// A message that neither expires nor can be erased.
fn application(message: Vec<u8>) -> Append {
    Append::Application { message: message.into(), expires_in: None, delete_token_hash: None, blobs: Vec::new() }
}

pub fn entry(group: &Group, append: Append) -> LogAppend {
    LogAppend {
        conversation: group.id().conversation,
        generation: group.id().generation,
        epoch: group.epoch(),
        client_id: fresh(),
        append,
    }
}

/// The message as if it were of this conversation: its group id comes after version, wire format and a length.
pub fn addressed(append: &LogAppend, conversation: ConversationId) -> Append {
    let Append::Application { message, .. } = &append.append else { panic!("an application message") };
    let mut message = message.to_vec();
    message[5..21].copy_from_slice(conversation.as_bytes());
    application(message)
}

pub fn entries(event: Event) -> Option<LogWindow> {
    match event {
        Event::Entries(window) => Some(window),
        _ => None,
    }
}

pub async fn alice_and_bob(server: &TestServer) -> (Person, Person) {
    two_people(server, "alice", "bob").await
}

async fn two_people(server: &TestServer, one: &str, other: &str) -> (Person, Person) {
    let alice = Person::register(server, one).await;
    let bob = Person::register(server, other).await;
    alice.upload_key_packages(server, 5).await;
    bob.upload_key_packages(server, 5).await;
    (alice, bob)
}

#[tokio::test]
async fn two_people_chat_in_real_time() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let mut bobs = Socket::connect(&server, &bob.token).await;
    assert!(bobs.backlog().await.is_empty());

    let (mut group, conversation) = alice.start_direct(&server, &bob).await;
    let inbox = bobs.event_that(|event| if let Event::Inbox(inbox) = event { Some(inbox) } else { None }).await;
    assert_eq!(inbox.welcomes.len(), 1);
    assert_eq!(inbox.welcomes[0].position, LogPosition { generation: 1, epoch: 1, last_seq: 1 });
    let mut joined = bob.join_by_welcome(&server).await;
    assert_eq!(joined.group.id().conversation, conversation);
    assert!(server.call(Some(&bob.token), InboxRead {}).await.unwrap().welcomes.is_empty());

    let mut alices = Socket::connect(&server, &alice.token).await;
    for number in 0..20 {
        let text = format!("message {number}");
        let append = alice.message(&mut group, &text);
        let appended = alices.call(append).await.unwrap();
        assert_eq!((appended.seq, appended.duplicate), (number + 2, false));
        let window = bobs.event_that(entries).await;
        assert_eq!(window.entries.len(), 1);
        assert_eq!(window.entries[0].seq, appended.seq);
        assert_eq!(bob.read_message(&mut joined.group, &window.entries[0]), text);
    }
    let reply = bob.message(&mut joined.group, "hello alice");
    bobs.call(reply).await.unwrap();
    let window = alices
        .event_that(|event| entries(event).filter(|window| window.entries.iter().any(|entry| entry.seq == 22)))
        .await;
    assert_eq!(alice.read_message(&mut group, window.entries.last().unwrap()), "hello alice");
}

#[tokio::test]
async fn who_was_away_gets_everything_in_windows_and_acknowledges_it() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let (mut group, conversation) = alice.start_direct(&server, &bob).await;
    for number in 0..250 {
        server.call(Some(&alice.token), alice.message(&mut group, &format!("{number}"))).await.unwrap();
    }
    let mut bobs = Socket::connect(&server, &bob.token).await;
    let mut seqs = Vec::new();
    let mut hash = [0; 32];
    let first = server.call(Some(&alice.token), LogRead { conversation, after: 0 }).await.unwrap();
    hash = first.entries[0].running_hash(&hash);
    for event in bobs.backlog().await {
        let Event::Entries(window) = event else { continue };
        assert!(window.entries.len() <= WINDOW_ENTRIES_MAX as usize);
        for entry in window.entries {
            hash = entry.running_hash(&hash);
            assert_eq!(entry.hash, Bytes::from(hash));
            seqs.push(entry.seq);
        }
    }
    assert_eq!(seqs, (2..=251).collect::<Vec<_>>(), "from where the device was added, without a gap");

    let cursor = LogCursor { conversation, seq: 251 };
    bobs.call(StoredWrite { cursors: vec![cursor] }).await.unwrap();
    bobs.call(ReadWrite { cursor }).await.unwrap();
    let moved = bobs
        .event_that(|event| match event {
            Event::Cursors(cursors) => {
                let bobs = cursors.members.into_iter().find(|member| member.account == bob.account)?;
                (bobs.delivered == 251 && bobs.read == 251).then_some(cursors.conversation)
            }
            _ => None,
        })
        .await;
    assert_eq!(moved, conversation);
    let mut again = Socket::connect(&server, &bob.token).await;
    assert!(!again.backlog().await.into_iter().any(|event| matches!(event, Event::Entries(_))));
}

#[tokio::test]
async fn a_message_is_taken_once_and_only_in_the_current_epoch() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let (mut group, conversation) = alice.start_direct(&server, &bob).await;
    let append = alice.message(&mut group, "once");
    let first = server.call(Some(&alice.token), append.clone()).await.unwrap();
    let again = server.call(Some(&alice.token), append.clone()).await.unwrap();
    assert_eq!((again.seq, again.time, again.duplicate), (first.seq, first.time, true));

    let mut other = alice.message(&mut group, "other");
    other.client_id = append.client_id;
    let reused = server.call(Some(&alice.token), other).await.unwrap_err();
    assert_eq!(reused.kind(), ProblemKind::ClientIdReused);
    assert_eq!(reused.first.map(|first| first.seq), Some(first.seq));

    let stale = alice.message(&mut group, "stale");
    let update = alice.work(|context| group.update(context)).unwrap();
    let update = server.call(Some(&alice.token), entry(&group, Append::Commit(upload(update)))).await.unwrap();
    let refused = server.call(Some(&alice.token), stale).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::StaleEpoch);
    assert_eq!(refused.current, Some(LogPosition { generation: 1, epoch: 2, last_seq: update.seq }));
    let window = server.call(Some(&alice.token), LogRead { conversation, after: 0 }).await.unwrap();
    assert_eq!(window.last_seq, update.seq);
}

#[tokio::test]
async fn what_is_no_message_of_this_epoch_is_not_appended() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let (mut group, conversation) = alice.start_direct(&server, &bob).await;
    let good = alice.message(&mut group, "good");
    let junk = LogAppend { append: application(vec![1, 2, 3]), ..good.clone() };
    let foreign = LogAppend { append: addressed(&good, ConversationId([9; 16])), ..good.clone() };
    let other_epoch = LogAppend { epoch: good.epoch + 1, ..good.clone() };
    let other_generation = LogAppend { generation: 2, ..good.clone() };
    let update = alice.work(|context| group.update(context)).unwrap();
    let commit = LogAppend { append: application(update.commit), ..good.clone() };
    for bad in [junk, foreign, other_epoch, other_generation, commit] {
        let refused = server.call(Some(&alice.token), bad).await.unwrap_err();
        assert_eq!(refused.kind(), ProblemKind::InvalidRequest, "{refused}");
    }
    let window = server.call(Some(&alice.token), LogRead { conversation, after: 0 }).await.unwrap();
    assert_eq!(window.last_seq, 1, "nothing that was refused is in the log");
    server.call(Some(&alice.token), good).await.unwrap();
}

#[tokio::test]
async fn strangers_see_nothing_of_a_conversation() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let eve = Person::register(&server, "eve").await;
    let (mut group, conversation) = alice.start_direct(&server, &bob).await;
    let foreign = ConversationId([9; 16]);
    let tree = Bytes::from([0; 32]);
    let append = alice.message(&mut group, "mine");
    for conversation in [conversation, foreign] {
        let token = Some(&eve.token);
        let not_found = ProblemKind::NotFound;
        let cursor = LogCursor { conversation, seq: 1 };
        let state = StateWrite { conversation, base_version: 0, state: vec![1].into() };
        let append = LogAppend { conversation, append: addressed(&append, conversation), ..append.clone() };
        assert_eq!(server.call(token, LogRead { conversation, after: 0 }).await.unwrap_err().kind(), not_found);
        assert_eq!(server.call(token, GroupInfoRead { conversation }).await.unwrap_err().kind(), not_found);
        assert_eq!(server.call(token, CursorsRead { conversation }).await.unwrap_err().kind(), not_found);
        assert_eq!(server.call(token, StateRead { conversation }).await.unwrap_err().kind(), not_found);
        assert_eq!(server.call(token, state).await.unwrap_err().kind(), not_found);
        assert_eq!(server.call(token, append).await.unwrap_err().kind(), not_found);
        let read = TreeRead { conversation, tree: tree.clone() };
        assert_eq!(server.call(token, read).await.unwrap_err().kind(), not_found);
        server.call(token, ReadWrite { cursor }).await.expect("ignored alike");
        server.call(token, StoredWrite { cursors: vec![cursor] }).await.expect("ignored alike");
    }
    let cursors = server.call(Some(&alice.token), CursorsRead { conversation }).await.unwrap();
    assert!(cursors.members.iter().all(|member| member.account != eve.account));
}

#[tokio::test]
async fn a_second_device_joins_by_external_commit_and_hears_of_everything() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let (mut group, conversation) = alice.start_direct(&server, &bob).await;
    let laptop = bob.second_device(&server).await;
    let listed = server.call(Some(&laptop.token), ConversationsList {}).await.unwrap().conversations;
    assert_eq!(listed.iter().map(|one| (one.conversation, one.joined)).collect::<Vec<_>>(), [(conversation, false)]);

    let (late, _) = laptop.external_join(&server, conversation).await;
    let (append, writes) = laptop.external_join(&server, conversation).await;
    let mut alices = Socket::connect(&server, &alice.token).await;
    alices.backlog().await;
    let appended = server.call(Some(&laptop.token), append.clone()).await.unwrap();
    assert_eq!(appended.seq, 2);
    let refused = server.call(Some(&laptop.token), late).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::StaleEpoch);
    let again = server.call(Some(&laptop.token), append).await.unwrap();
    assert_eq!((again.seq, again.duplicate), (2, true), "asking again says what became of it");

    apply(&writes, &laptop.store).unwrap();
    let window = alices.event_that(entries).await;
    let Processed::Commit(commit) =
        alice.work(|context| group.process(context, window.entries[0].body.message())).unwrap()
    else {
        panic!("expected a commit")
    };
    alice.work(|context| group.merge(context, *commit)).unwrap();
    let mut laptops = Socket::connect(&server, &laptop.token).await;
    laptops.backlog().await;
    server.call(Some(&alice.token), alice.message(&mut group, "to both")).await.unwrap();
    let window = laptops.event_that(entries).await;
    let id = GroupId { conversation, generation: 1 };
    let mut joined = laptop.work(|context| Group::load(context, id)).unwrap().unwrap();
    assert_eq!(laptop.read_message(&mut joined, &window.entries[0]), "to both");
}

#[tokio::test]
async fn of_two_who_start_a_direct_conversation_one_wins() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let roles = Roles::direct(alice.account, bob.account);
    let (_, alices) = alice.prepare(&server, roles.clone(), &[&bob]).await;
    let (_, bobs) = bob.prepare(&server, roles, &[&alice]).await;
    let winner = server.call(Some(&alice.token), alices.clone()).await.unwrap();
    let lost = server.call(Some(&bob.token), bobs).await.unwrap_err();
    assert_eq!((lost.kind(), lost.conversation), (ProblemKind::DirectExists, Some(winner.conversation)));
    let again = server.call(Some(&alice.token), alices.clone()).await.unwrap();
    assert_eq!(again, winner, "making it again is harmless");
    let taken = ConversationCreate { client_id: fresh(), ..alices };
    assert_eq!(server.call(Some(&alice.token), taken).await.unwrap_err().kind(), ProblemKind::IdTaken);
}

#[tokio::test]
async fn conversations_that_are_not_what_they_say_are_refused() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let carol = Person::register(&server, "carol").await;
    carol.upload_key_packages(&server, 5).await;
    let direct = Roles::direct(alice.account, bob.account);
    let (_, good) = alice.prepare(&server, direct, &[&bob]).await;
    let other_id = ConversationCreate { conversation: ConversationId([8; 16]), ..good.clone() };
    let other_pair = ConversationCreate { direct_with: Some(carol.account), ..good.clone() };
    let as_group = ConversationCreate { direct_with: None, ..good.clone() };
    let with_oneself = ConversationCreate { direct_with: Some(alice.account), ..good.clone() };
    let nonsense = ConversationCreate { group_info: vec![0; 50].into(), ..good.clone() };
    for bad in [other_id, other_pair, as_group, with_oneself, nonsense] {
        assert_eq!(server.call(Some(&alice.token), bad).await.unwrap_err().kind(), ProblemKind::InvalidRequest);
    }
    let stolen = server.call(Some(&bob.token), good.clone()).await.unwrap_err();
    assert_eq!(stolen.kind(), ProblemKind::InvalidRequest, "the creating device is another one");
    let mut no_welcome = good.clone();
    no_welcome.commit.welcome = None;
    let refused = server.call(Some(&alice.token), no_welcome).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::CommitRefused);
    let mut long = good.clone();
    long.commit.commit = vec![0; ENTRY_MAX + 1].into();
    let mut deep = good.clone();
    deep.ratchet_tree = vec![0; 64 * 1024 + 1].into();
    for large in [long, deep] {
        assert_eq!(server.call(Some(&alice.token), large).await.unwrap_err().kind(), ProblemKind::TooLarge);
    }
    let (_, third) = alice.prepare(&server, Roles::direct(alice.account, bob.account), &[&bob, &carol]).await;
    let refused = server.call(Some(&alice.token), third).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::CommitRefused);
    assert!(refused.detail.contains("direct"), "{refused}");
    server.call(Some(&alice.token), good).await.unwrap();
}

#[tokio::test]
async fn commits_that_break_a_rule_are_refused_with_the_rule() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let carol = Person::register(&server, "carol").await;
    carol.upload_key_packages(&server, 5).await;
    let (mut group, create) = alice.prepare(&server, Roles::group([alice.account]), &[&bob]).await;
    let conversation = create.conversation;
    server.call(Some(&alice.token), create).await.unwrap();
    alice.work(|context| group.merge_pending_commit(context)).unwrap();
    let mut bobs = bob.join_by_welcome(&server).await.group;

    let bundle = bob.work(|context| bobs.add(context, &[carol.key_package(false)], &[], None)).unwrap();
    let by_non_admin = entry(&bobs, Append::Commit(upload(bundle)));
    let refused = server.call(Some(&bob.token), by_non_admin.clone()).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::CommitRefused);
    assert!(refused.detail.contains("admin"), "{refused}");
    let not_the_sender = server.call(Some(&alice.token), by_non_admin).await.unwrap_err();
    assert_eq!(not_the_sender.kind(), ProblemKind::CommitRefused);

    let unknown = Person::new("dave");
    let bundle = alice.work(|context| group.add(context, &[unknown.key_package(false)], &[], None)).unwrap();
    let refused = server.call(Some(&alice.token), entry(&group, Append::Commit(upload(bundle)))).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::InvalidIdentity, "a device that nobody published");
    alice.work(|context| group.clear_pending_commit(context)).unwrap();

    let window = server.call(Some(&alice.token), LogRead { conversation, after: 0 }).await.unwrap();
    assert_eq!(window.last_seq, 1, "nothing that was refused is in the log");
    let bundle = alice.work(|context| group.add(context, &[carol.key_package(false)], &[], None)).unwrap();
    let good = entry(&group, Append::Commit(upload(bundle)));
    assert_eq!(server.call(Some(&alice.token), good).await.unwrap().seq, 2);
    let carols = carol.join_by_welcome(&server).await.group;
    assert_eq!(carols.epoch(), 2);
}

#[tokio::test]
async fn state_changes_by_compare_and_swap_and_members_are_told() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let (_, conversation) = alice.start_direct(&server, &bob).await;
    let mut bobs = Socket::connect(&server, &bob.token).await;
    bobs.backlog().await;
    let write = |base_version| StateWrite { conversation, base_version, state: b"ciphertext".as_slice().into() };
    assert_eq!(server.call(Some(&alice.token), write(0)).await.unwrap().version, 1);
    let conflict = server.call(Some(&alice.token), write(0)).await.unwrap_err();
    assert_eq!((conflict.kind(), conflict.version), (ProblemKind::VersionConflict, Some(1)));
    let summary = bobs.event_that(|event| if let Event::Conversation(one) = event { Some(one) } else { None }).await;
    assert_eq!((summary.conversation, summary.state_version), (conversation, 1));
    let read = server.call(Some(&bob.token), StateRead { conversation }).await.unwrap();
    assert_eq!((read.version, read.state), (1, b"ciphertext".as_slice().into()));
}

#[derive(Clone, Default)]
struct Lines(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_log_line_holds_content_tokens_or_who_talks_where() {
    let lines = Lines::default();
    let log = sealpost_server::config::Log { level: "trace".to_owned(), ..Default::default() };
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(log.filter())
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    // For the whole process: other tests may write lines too, but none with these names.
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let server = TestServer::start().await;
    let (alice, bob) = two_people(&server, "wilhelmina", "bartholomew").await;
    let (mut group, conversation) = alice.start_direct(&server, &bob).await;
    let append = alice.message(&mut group, "the eagle lands at dawn");
    let Append::Application { message, .. } = append.append.clone() else { panic!("an application message") };
    server.call(Some(&alice.token), append).await.unwrap();
    let mut socket = Socket::connect(&server, &bob.token).await;
    socket.backlog().await;
    socket.call(LogRead { conversation: ConversationId([9; 16]), after: 0 }).await.unwrap_err();
    server.server.app().store().close().await;
    server.call(Some(&alice.token), ConversationsList {}).await.unwrap_err();

    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("/v1/log/append") && text.contains("database cannot be used"), "{text}");
    let encoded = message.to_base64url();
    let (conversation, account) = (conversation.to_string(), alice.account.to_string());
    let token = alice.token.to_base64url();
    for secret in ["eagle", "wilhelmina", "bartholomew", &encoded[40..80], &conversation, &account, &token] {
        assert!(!text.contains(secret), "the log names {secret}");
    }
}
