//! States and announcements of a group, as a server that lets everything through would show them.

use super::*;
use crate::{
    content::{Content, Disposition, MimiContent, NestedPart},
    engine::{
        changes::Place,
        state_record::{self, Record, State},
    },
    snapshot::Details,
    store::{Phase, Rekey, StoredNotice},
};
use sealpost_mls::identity::{Credential, DeviceKey, ListKey, RootKey};
use sealpost_protocol::{DeviceId, conversation::ConversationKind};

const HERE: ConversationId = ConversationId([0x11; 16]);
const KEY: [u8; 32] = [8; 32];

struct Device {
    key: DeviceKey,
    credential: Credential,
}

fn device(account: AccountId, seed: u64) -> Device {
    let rng = &mut StdRng::seed_from_u64(seed);
    let (root, list, key) = (RootKey::generate(rng), ListKey::generate(rng), DeviceKey::generate(rng));
    let certificate = ListKeyCertificate::sign(&root, account, 1, &list);
    let device = DeviceCertificate::sign(&list, &certificate, DeviceId([2; 16]), &key, 1);
    Device { key, credential: Credential::new(root.public_key(), certificate, device) }
}

fn within<T>(engine: &mut Engine, work: impl FnOnce(&mut Turn<'_>) -> T) -> T {
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
fn group() -> (Engine, Device) {
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
