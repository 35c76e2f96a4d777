//! States and announcements of a group, as a server that lets everything through would show them.

use super::*;
use crate::{
    content::{Content, Disposition, MimiContent, NestedPart},
    engine::{
        changes::Place,
        state_record::{self, Record, State},
    },
    snapshot::{Details, MemberChange, StopCause},
    store::{Intent, OutboxRow, Phase, Rekey, StateChange, StoredNotice},
};
use sealpost_mls::identity::{Credential, DeviceKey, ListKey, RootKey};
use sealpost_protocol::{
    DeviceId,
    account::Version,
    conversation::{ConversationKind, Entry, EntryBody, Inbox, InboxWelcome, LogPosition, LogWindow, StateWrite},
    socket::from_cbor,
};

pub(super) const HERE: ConversationId = ConversationId([0x11; 16]);
const KEY: [u8; 32] = [8; 32];

pub(super) struct Device {
    pub(super) key: DeviceKey,
    pub(super) credential: Credential,
}

pub(super) fn device(account: AccountId, seed: u64) -> Device {
    let rng = &mut StdRng::seed_from_u64(seed);
    let (root, list, key) = (RootKey::generate(rng), ListKey::generate(rng), DeviceKey::generate(rng));
    let certificate = ListKeyCertificate::sign(&root, account, 1, &list);
    let device = DeviceCertificate::sign(&list, &certificate, DeviceId([2; 16]), &key, 1);
    Device { key, credential: Credential::new(root.public_key(), certificate, device) }
}

pub(super) fn within<T>(engine: &mut Engine, work: impl FnOnce(&mut Turn<'_>) -> T) -> T {
    let mut turn = Turn {
        store: Store(&engine.connection),
        config: &engine.config,
        rng: &mut *engine.rng,
        now: 1_000,
        memory: &mut engine.memory,
        effects: Vec::new(),
        changed: Default::default(),
    };
    work(&mut turn)
}

/// A group that someone else made, with Bob as a member and an admin whom nobody here is.
pub(super) fn group() -> (Engine, Device) {
    let mut engine = open(Database::open_in_memory().unwrap());
    sign_up(&mut engine);
    let bob = device(BOB, 1);
    within(&mut engine, |turn| {
        let store = turn.store;
        store.add_conversation(HERE, ConversationKind::Group, Suite::Classic.number(), Phase::Joined, 1).unwrap();
        store.set(HERE, "conversation_key", KEY).unwrap();
        store.set(HERE, "name", "Honest").unwrap();
        store.set_members(HERE, &[(BOB, false), (AccountId([0xad; 16]), true)]).unwrap();
        store.pin(BOB, &bob.credential.root_public_key).unwrap();
    });
    (engine, bob)
}

fn takes(engine: &mut Engine, version: u64, name: &str, by: &Device) {
    within(engine, |turn| {
        let state = State { name: name.to_owned(), ..State::default() };
        let record = Record::sign(HERE, version, &state, &by.key, &by.credential);
        let sealed = state_record::seal(HERE, &KEY, record.bytes(), turn.rng);
        turn.take_state(HERE, version, &sealed).unwrap();
    });
}

fn details(engine: &Engine) -> Details {
    match engine.snapshot(&SnapshotKey::Details { conversation: HERE }) {
        Snapshot::Details(details) => details,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_state_is_taken_from_those_only_who_may_write_it() {
    let (mut engine, bob) = group();
    takes(&mut engine, 1, "Stolen", &bob);
    assert_eq!(details(&engine).name, "Honest", "only admins edit");
    within(&mut engine, |turn| turn.store.set_group(HERE, "edit_admins", false)).unwrap();
    takes(&mut engine, 2, "Bob's", &bob);
    assert_eq!(details(&engine).name, "Bob's");
    takes(&mut engine, 3, "Impostor's", &device(BOB, 2));
    takes(&mut engine, 3, "Stranger's", &device(AccountId([0xcc; 16]), 3));
    takes(&mut engine, 1, "Older", &bob);
    assert_eq!(details(&engine).name, "Bob's");
}

#[test]
fn a_state_that_came_before_the_right_to_write_it_is_looked_at_again() {
    let (mut engine, bob) = group();
    takes(&mut engine, 1, "Early", &bob);
    let due = |engine: &mut Engine| {
        let known = within(engine, |turn| turn.store.conversation(HERE)).unwrap().unwrap();
        known.state_known > known.state_version
    };
    assert!(!due(&mut engine));
    within(&mut engine, |turn| turn.reconsider_state(HERE)).unwrap();
    assert!(due(&mut engine));
}

#[test]
fn a_state_under_the_key_before_is_written_again_under_the_present_one() {
    let (mut engine, bob) = group();
    within(&mut engine, |turn| turn.store.set_group(HERE, "edit_admins", false)).unwrap();
    takes(&mut engine, 1, "Bob's", &bob);
    within(&mut engine, |turn| {
        turn.store.set_group(HERE, "previous_key", KEY).unwrap();
        turn.store.set(HERE, "conversation_key", [9; 32]).unwrap();
    });
    let renewal = Intent::State(StateChange::Renew);
    takes(&mut engine, 1, "Bob's", &bob);
    within(&mut engine, |turn| {
        assert!(!turn.store.outbox_has(HERE, &renewal).unwrap(), "who removed someone does it first");
        turn.memory.states_broken.insert(HERE, 0);
        turn.look_at_broken_state(HERE).unwrap();
    });
    takes(&mut engine, 1, "Bob's", &bob);
    assert!(within(&mut engine, |turn| turn.store.outbox_has(HERE, &renewal)).unwrap());
}

#[test]
fn a_state_that_does_not_open_is_not_written_over_at_once() {
    let (mut engine, bob) = group();
    within(&mut engine, |turn| turn.store.set_group(HERE, "edit_admins", false)).unwrap();
    takes(&mut engine, 1, "Bob's", &bob);
    within(&mut engine, |turn| {
        turn.take_state(HERE, 2, b"under a key that is on its way").unwrap();
        let (id, change) = (turn.client_id(), StateChange::Renew);
        turn.store.outbox_push(HERE, id, &Intent::State(change.clone())).unwrap();
        let sent = |turn: &mut Turn<'_>| {
            let (at, row) =
                (turn.store.conversation(HERE).unwrap().unwrap(), turn.store.outbox_find(HERE, id).unwrap());
            turn.send_state(&at, &row.unwrap(), &change).unwrap();
            turn.store.outbox_find(HERE, id).unwrap().unwrap().sent.is_some()
        };
        for _ in 0..5 {
            assert!(!sent(turn), "it is read again first");
            turn.take_state(HERE, 2, b"under a key that is on its way").unwrap();
        }
        assert!(sent(turn), "some never open");
    });
}

#[test]
fn a_state_by_someone_who_may_not_write_it_is_written_again_by_an_editor() {
    let (mut engine, bob) = group();
    within(&mut engine, |turn| {
        let (me, identity) = (turn.me().unwrap(), turn.identity().unwrap());
        turn.store.set_members(HERE, &[(BOB, false), (me, true)]).unwrap();
        turn.store.pin(me, &identity.credential.root_public_key).unwrap();
        turn.store.set_group(HERE, "edit_admins", false).unwrap();
    });
    takes(&mut engine, 1, "Bob's", &bob);
    within(&mut engine, |turn| turn.store.set_group(HERE, "edit_admins", true)).unwrap();
    takes(&mut engine, 2, "Bob's again", &bob);
    let renewal = Intent::State(StateChange::Renew);
    let renews = |engine: &mut Engine| within(engine, |turn| turn.store.outbox_has(HERE, &renewal)).unwrap();
    assert!(!renews(&mut engine), "a commit that lets Bob may be on its way");
    within(&mut engine, |turn| {
        turn.memory.states_broken.insert(HERE, 0);
        turn.look_at_broken_state(HERE).unwrap();
    });
    takes(&mut engine, 2, "Bob's again", &bob);
    assert!(renews(&mut engine));
    within(&mut engine, |turn| {
        let at = turn.store.conversation(HERE).unwrap().unwrap();
        let record = turn.next_record(&at, &StateChange::Renew).unwrap().unwrap();
        let record = Record::read(HERE, &record).unwrap();
        assert_eq!((record.version, record.by(), record.state.name.as_str()), (3, turn.me().unwrap(), "Bob's"));
    });
}

const SECRET: [u8; 32] = [5; 32];

/// This account is the group's only admin, and sends a change of its state; gives what waits for the answer.
fn sends(engine: &mut Engine, change: &StateChange) -> (OutboxRow, StateWrite) {
    within(engine, |turn| {
        let me = turn.me().unwrap();
        turn.store.set_members(HERE, &[(me, true)]).unwrap();
        let identity = turn.identity().unwrap();
        turn.store.pin(me, &identity.credential.root_public_key).unwrap();
        let id = turn.client_id();
        turn.store.outbox_push(HERE, id, &Intent::State(change.clone())).unwrap();
        let (at, row) = (turn.store.conversation(HERE).unwrap().unwrap(), turn.store.outbox_find(HERE, id).unwrap());
        turn.send_state(&at, &row.unwrap(), change).unwrap();
        let row = turn.store.outbox_find(HERE, id).unwrap().unwrap();
        match from_cbor(row.sent.as_ref().unwrap()).unwrap() {
            Request::StateWrite(write) => (row, write),
            other => panic!("{other:?}"),
        }
    })
}

fn uses(engine: &mut Engine) -> Vec<u32> {
    let at = within(engine, |turn| turn.store.conversation(HERE)).unwrap().unwrap();
    within(engine, |turn| turn.state_of(&at)).unwrap().links.iter().map(|link| link.used).collect()
}

/// What was sent is refused because the state is newer, and goes on once that state is known.
fn is_refused(engine: &mut Engine, row: &OutboxRow, change: &StateChange, version: u64, state: &[u8]) {
    within(engine, |turn| {
        let mut problem = Problem::new(ProblemKind::VersionConflict);
        problem.version = Some(version);
        turn.state_written(HERE, row.client_id, Err(problem.into())).unwrap();
        turn.take_state(HERE, version, state).unwrap();
        let at = turn.store.conversation(HERE).unwrap().unwrap();
        let row = turn.store.outbox_find(HERE, row.client_id).unwrap().unwrap();
        turn.resend_state(&at, &row, change, row.sent.as_ref().unwrap()).unwrap();
    });
}

#[test]
fn a_use_of_a_link_whose_answer_was_lost_counts_once() {
    let (mut engine, _) = group();
    let add = StateChange::AddLink { secret: SECRET, expires: None, uses: Some(2), approval: false };
    let (row, _) = sends(&mut engine, &add);
    within(&mut engine, |turn| turn.state_written(HERE, row.client_id, Ok(Version { version: 1 }))).unwrap();
    assert_eq!(uses(&mut engine), [0]);

    let using = StateChange::UseLink { secret: SECRET };
    let (row, write) = sends(&mut engine, &using);
    is_refused(&mut engine, &row, &using, 2, &write.state);
    assert_eq!(uses(&mut engine), [1]);
    assert!(within(&mut engine, |turn| turn.store.outbox_find(HERE, row.client_id)).unwrap().is_none());

    // What another wrote first is built upon.
    let (row, _) = sends(&mut engine, &using);
    is_refused(&mut engine, &row, &using, 3, &write.state);
    let row = within(&mut engine, |turn| turn.store.outbox_find(HERE, row.client_id)).unwrap().unwrap();
    let again: Request = from_cbor(&row.sent.unwrap()).unwrap();
    assert!(matches!(again, Request::StateWrite(write) if write.base_version == 3), "it is made anew");
}

#[test]
fn a_link_that_another_admin_ended_is_ended_at_the_server_too() {
    let (mut engine, bob) = group();
    let add = StateChange::AddLink { secret: SECRET, expires: None, uses: Some(1), approval: false };
    let (row, _) = sends(&mut engine, &add);
    within(&mut engine, |turn| turn.state_written(HERE, row.client_id, Ok(Version { version: 1 }))).unwrap();
    within(&mut engine, |turn| {
        let me = turn.me().unwrap();
        turn.store.set_members(HERE, &[(me, true), (BOB, true)]).unwrap();
        assert!(!turn.store.outbox_has(HERE, &Intent::Link { secret: SECRET, ended: false }).unwrap());
    });
    takes(&mut engine, 2, "Without links", &bob);
    within(&mut engine, |turn| {
        assert!(turn.store.outbox_has(HERE, &Intent::Link { secret: SECRET, ended: false }).unwrap());
    });
}

fn announces(engine: &mut Engine, by: AccountId, content_type: &str, bytes: &[u8]) {
    let body = NestedPart::single(Disposition::Unspecified, content_type, bytes);
    let content = Content::new(MimiContent { body, ..MimiContent::text("", by, HERE, [1; 16]).unwrap() }).unwrap();
    let place = Place { conversation: HERE, seq: 7, time: 7 };
    assert!(within(engine, |turn| turn.take_change(place, by, &content)).unwrap());
}

#[test]
fn announcements_and_keys_count_from_those_only_who_may_send_them() {
    let (mut engine, _) = group();
    let renamed = [&[0x83, 0x01, 0x01, 0x63], b"New".as_slice()].concat();
    let notices = |engine: &mut Engine| -> u64 {
        engine.connection.query_row("SELECT count(*) FROM timeline WHERE kind = 2", [], |row| row.get(0)).unwrap()
    };
    announces(&mut engine, BOB, "application/vnd.sealpost.change+cbor", &renamed);
    assert_eq!(notices(&mut engine), 0);
    announces(&mut engine, AccountId([0xad; 16]), "application/vnd.sealpost.change+cbor", &renamed);
    assert_eq!(notices(&mut engine), 1);
    announces(&mut engine, BOB, "application/vnd.sealpost.change+cbor", b"garbage");

    let key =
        |engine: &mut Engine| within(engine, |turn| turn.store.conversation(HERE)).unwrap().unwrap().conversation_key;
    let kind = "application/vnd.sealpost.conversation-key";
    within(&mut engine, |turn| turn.store.set_rekey(HERE, Rekey::By(AccountId([0xad; 16])))).unwrap();
    announces(&mut engine, BOB, kind, &[9; 32]);
    assert_eq!(key(&mut engine), Some(KEY));
    announces(&mut engine, AccountId([0xad; 16]), kind, &[9; 32]);
    assert_eq!(key(&mut engine), Some([9; 32]));
    announces(&mut engine, AccountId([0xad; 16]), kind, &[7; 32]);
    assert_eq!(key(&mut engine), Some([9; 32]), "one key after one removal");
}

#[test]
fn a_notice_becomes_another_one() {
    let (engine, _) = group();
    let store = Store(&engine.connection);
    let added = StoredNotice::Added { by: BOB, people: vec![AccountId([3; 16])] };
    let joined = StoredNotice::JoinedByLink { person: AccountId([3; 16]) };
    assert!(!store.change_notice(HERE, &added, &joined).unwrap());
    store.add_notice(HERE, 3, 3, &added).unwrap();
    assert!(store.change_notice(HERE, &added, &joined).unwrap());
}

#[test]
fn who_was_added_by_a_commit_is_not_added_again_after_being_removed() {
    let (mut engine, _) = group();
    let carol = AccountId([0xca; 16]);
    within(&mut engine, |turn| {
        // Bob is in; Carol had no key package.
        let added = Intent::Add(vec![BOB, carol]);
        let position = turn.store.outbox_push(HERE, ClientId([1; 16]), &added).unwrap();
        let (row, at) = (turn.store.outbox_at(position).unwrap().unwrap(), turn.store.conversation(HERE).unwrap());
        let entry = Entry {
            seq: 4,
            client_id: row.client_id,
            time: 4,
            generation: 1,
            epoch: 3,
            hash: vec![0; 32].into(),
            body: EntryBody::Commit { message: Vec::new().into() },
            expires_in: None,
        };
        turn.merge_own(&at.unwrap(), &row, &entry).unwrap();
        assert!(turn.store.outbox_at(position).unwrap().unwrap().intent == Intent::Add(vec![carol]));
    });
}

#[test]
fn a_welcome_of_a_device_that_was_added_again_is_kept_and_used_when_it_is_out() {
    let (mut engine, _) = group();
    let phase = |turn: &Turn<'_>| turn.store.conversation(HERE).unwrap().unwrap().phase;
    within(&mut engine, |turn| {
        turn.store.advance(HERE, 5, None).unwrap();
        let welcome = |number, last_seq| InboxWelcome {
            number,
            conversation: HERE,
            kind: ConversationKind::Group,
            suite: Suite::Classic.number(),
            position: LogPosition { generation: 1, epoch: 7, last_seq },
            hash: vec![0; 32].into(),
            time: 1,
            welcome: Vec::new().into(),
            tree: vec![1; 32].into(),
        };
        // The one that this device has joined by is of no use, the later one is.
        turn.take_inbox(Inbox { welcomes: vec![welcome(3, 5), welcome(4, 9)] }).unwrap();
        assert_eq!(phase(turn), Phase::Joined);
        assert_eq!(turn.store.first_welcome().unwrap(), Some(4));
        turn.leave(HERE).unwrap();
        assert_eq!(phase(turn), Phase::Welcomed);
    });
}

#[test]
fn a_log_that_begins_after_what_was_taken_makes_a_device_join_again() {
    let (mut engine, _) = group();
    within(&mut engine, |turn| {
        turn.store.advance(HERE, 5, None).unwrap();
        let window = |last_seq| LogWindow { conversation: HERE, entries: Vec::new(), last_seq, pruned: None };
        turn.log_read(HERE, (0, 0), Ok(window(5))).unwrap();
        assert_eq!(turn.store.conversation(HERE).unwrap().unwrap().phase, Phase::Joined);
        turn.log_read(HERE, (0, 0), Ok(window(9))).unwrap();
        assert_eq!(turn.store.conversation(HERE).unwrap().unwrap().phase, Phase::Expected);
        turn.inbox_read(Ok(Inbox { welcomes: Vec::new() })).unwrap();
        assert_eq!(turn.store.conversation(HERE).unwrap().unwrap().phase, Phase::Outside);
    });
}

#[test]
fn a_group_that_was_stopped_can_be_left() {
    let (mut engine, _) = group();
    within(&mut engine, |turn| turn.stop(HERE, 3, StopCause::Rule)).unwrap();
    let left = run(&mut engine, Command::LeaveGroup { conversation: HERE, successor: None });
    assert_eq!(result(&left), Some(Ok(Answer::Done)));
    within(&mut engine, |turn| {
        let stopped = turn.store.conversation(HERE).unwrap().unwrap();
        turn.step_stopped(&stopped).unwrap();
        assert_eq!(turn.store.conversation(HERE).unwrap().unwrap().phase, Phase::Left);
        // What the list says of it does not lead back into it.
        assert!(turn.waits_to_be_removed(HERE).unwrap());
    });
}

#[test]
fn a_refused_change_is_told_until_it_is_tried_again_or_given_up() {
    let (mut engine, _) = group();
    let id = ClientId([1; 16]);
    let refuse = |engine: &mut Engine| {
        within(engine, |turn| {
            turn.store.outbox_push(HERE, id, &Intent::Remove(vec![BOB])).unwrap();
            let row = turn.store.outbox_find(HERE, id).unwrap().unwrap();
            turn.refuse_change(HERE, &row, true).unwrap();
        });
    };
    let told = |engine: &Engine| match engine.snapshot(&SnapshotKey::newest(HERE, 9)) {
        Snapshot::Timeline(timeline) => timeline.items.len(),
        other => panic!("{other:?}"),
    };
    refuse(&mut engine);
    assert_eq!((told(&engine), details(&engine).members[0].waiting), (1, None));
    assert_eq!(result(&run(&mut engine, Command::Retry { conversation: HERE, id })), Some(Ok(Answer::Done)));
    let bob = |engine: &Engine| details(engine).members.into_iter().find(|member| member.person.account == BOB);
    assert_eq!((told(&engine), bob(&engine).unwrap().waiting), (0, Some(MemberChange::Remove)));
    engine.connection.execute("DELETE FROM outbox", []).unwrap();
    refuse(&mut engine);
    assert_eq!(result(&run(&mut engine, Command::Discard { conversation: HERE, id })), Some(Ok(Answer::Done)));
    assert_eq!((told(&engine), bob(&engine).unwrap().waiting), (0, None));
}

#[test]
fn a_leaf_with_the_id_of_this_device_is_checked_like_any_other() {
    let (mut engine, _) = group();
    within(&mut engine, |turn| {
        let own = turn.identity().unwrap().credential.clone();
        assert_eq!(turn.listed_now(HERE, std::slice::from_ref(&own)).unwrap(), Some(vec![true]));
        let rng = &mut StdRng::seed_from_u64(3);
        let (root, list, key) = (RootKey::generate(rng), ListKey::generate(rng), DeviceKey::generate(rng));
        let certificate = ListKeyCertificate::sign(&root, BOB, 1, &list);
        let device = DeviceCertificate::sign(&list, &certificate, own.device, &key, 1);
        let ghost = Credential::new(root.public_key(), certificate, device);
        assert_eq!(turn.listed_now(HERE, &[ghost]).unwrap(), None, "its account's lists are asked for first");
    });
}
