//! People, conversations and entries with as little as a test has to say about them.

use std::sync::Arc;

use sealpost_protocol::{
    AccountId, ClientId, ConversationId, DeviceId, Timestamp,
    account::{Backup, Wrapping},
    conversation::{ADD_BATCH_MAX, Entry, HASH_LEN},
};
use sealpost_server::store::{
    AddedLeaf, AppendOutcome, CommitEffects, ConversationCreated, CutTree, DeviceListUpdate, Erasure, FirstDevice,
    ListPublished, NewContent, NewConversation, NewDevice, NewEntry, NewKeyPackage, NewSession, Registered,
    Registration, SessionKind, Store,
};

pub const NOW: Timestamp = 1_790_000_000_000;
pub const HOUR: u64 = 60 * 60 * 1000;
pub const DAY: u64 = 24 * HOUR;
pub const SUITE: u16 = 0x004E;

/// An account with one of its devices.
#[derive(Debug, Clone)]
pub struct Person {
    pub account: AccountId,
    pub device: DeviceId,
    pub token_hash: [u8; 32],
}

pub fn client_id() -> ClientId {
    ClientId(rand::random())
}

pub fn registration(username: &str) -> Registration {
    let account = AccountId(rand::random());
    let device = new_device();
    Registration {
        account,
        username: username.to_owned(),
        display_name: format!("{username} Example"),
        root_public_key: rand::random(),
        opaque_record: b"opaque record".to_vec(),
        recovery_token_hash: rand::random(),
        backup: backup(1),
        session: session(account, Some(device.device)),
        device: FirstDevice { device, list: b"list 1".to_vec(), list_key_certificate: b"certificate 1".to_vec() },
        invite: None,
        now: NOW,
    }
}

pub async fn register(store: &Store, username: &str) -> Person {
    let new = registration(username);
    assert_eq!(store.register(&new).await.unwrap(), Registered::Done { replaced: None });
    Person { account: new.account, device: new.device.device.device, token_hash: new.session.token_hash }
}

/// Signs the person in again and has a list admit a new device.
pub async fn add_device(store: &Store, person: &Person, version: u64) -> Person {
    let (device, session) = (new_device(), session(person.account, None));
    let added = Person { account: person.account, device: device.device, token_hash: session.token_hash };
    store.add_session(&session).await.unwrap();
    let update = DeviceListUpdate { admitted: Some((device, session.token_hash)), ..list_update(person, version) };
    assert_eq!(store.publish_device_list(&update).await.unwrap(), ListPublished::Done { ended: Vec::new() });
    added
}

pub fn list_update(person: &Person, version: u64) -> DeviceListUpdate {
    DeviceListUpdate {
        account: person.account,
        version,
        list: format!("list {version}").into_bytes(),
        admitted: None,
        removed: Vec::new(),
        proof: format!("proof {version}").into_bytes(),
        list_key_certificate: None,
        now: NOW,
    }
}

pub fn new_device() -> NewDevice {
    NewDevice { device: DeviceId(rand::random()), certificate: b"certificate".to_vec(), signature_key: rand::random() }
}

pub fn session(account: AccountId, device: Option<DeviceId>) -> NewSession {
    NewSession {
        token_hash: rand::random(),
        account,
        device,
        kind: SessionKind::Full,
        created: NOW,
        expires: NOW + 90 * DAY,
    }
}

pub fn backup(version: u64) -> Backup {
    let wrapping = |kind: &str| Wrapping { kind: kind.to_owned(), ciphertext: rand::random::<[u8; 32]>().into() };
    Backup {
        version,
        ciphertext: rand::random::<[u8; 32]>().into(),
        wrappings: vec![wrapping("password"), wrapping("recovery-code")],
    }
}

pub fn key_package(expires: Timestamp) -> NewKeyPackage {
    let reference: [u8; 32] = rand::random();
    NewKeyPackage { reference: reference.to_vec(), suite: SUITE, key_package: reference.to_vec(), expires }
}

/// Effects that add the people by Welcome and remove the devices.
pub fn effects(added: &[&Person], removed: &[&Person]) -> CommitEffects {
    assert!(added.len() <= ADD_BATCH_MAX);
    let leaf = |person: &&Person| AddedLeaf {
        account: person.account,
        device: person.device,
        welcome: Some(format!("welcome {}", person.device).into_bytes()),
    };
    CommitEffects {
        group_info: rand::random::<[u8; 16]>().to_vec(),
        tree: CutTree::new(&rand::random::<[u8; 16]>()),
        added: added.iter().map(leaf).collect(),
        removed: removed.iter().map(|person| person.device).collect(),
        gone: removed.iter().map(|person| person.account).collect(),
    }
}

pub fn new_conversation(founder: &Person, others: &[&Person]) -> NewConversation {
    NewConversation {
        conversation: ConversationId(rand::random()),
        direct_with: None,
        suite: SUITE,
        account: founder.account,
        device: founder.device,
        client_id: client_id(),
        time: NOW,
        commit: b"first commit".as_slice().into(),
        effects: effects(others, &[]),
        state: None,
    }
}

/// A group at epoch 1 with one entry.
pub async fn group(store: &Store, founder: &Person, others: &[&Person]) -> ConversationId {
    let new = new_conversation(founder, others);
    assert!(matches!(store.create_conversation(&new).await.unwrap(), ConversationCreated::Done(_)));
    new.conversation
}

pub fn message(conversation: ConversationId, sender: &Person, epoch: u64, text: &str) -> NewEntry {
    NewEntry {
        conversation,
        account: sender.account,
        device: sender.device,
        generation: 1,
        epoch,
        client_id: client_id(),
        time: NOW + 1,
        erasure: Erasure::default(),
        blobs: Vec::new(),
        content: NewContent::Application(text.as_bytes().into()),
    }
}

pub fn commit(conversation: ConversationId, sender: &Person, epoch: u64, effects: CommitEffects) -> NewEntry {
    let message_of_its_own = rand::random::<[u8; 16]>().into();
    let content = NewContent::Commit(message_of_its_own, Box::new(effects));
    NewEntry { content, ..message(conversation, sender, epoch, "") }
}

/// Appends one entry, which must succeed.
pub async fn append(store: &Store, entry: NewEntry) -> Arc<Entry> {
    match store.append(&[entry]).await.unwrap().pop() {
        Some(AppendOutcome::Appended(entry)) => entry,
        other => panic!("{other:?}"),
    }
}

/// Appends one entry; gives what became of it.
pub async fn outcome(store: &Store, entry: NewEntry) -> AppendOutcome {
    store.append(&[entry]).await.unwrap().pop().unwrap()
}

/// Reads the whole log window by window, and checks that seqs have no gap and hashes form a chain.
pub async fn whole_log(store: &Store, conversation: ConversationId, founder: &Person) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut hash = [0; HASH_LEN];
    loop {
        let window = store.log_window(conversation, founder.device, entries.len() as u64).await.unwrap().unwrap();
        if window.entries.is_empty() {
            assert_eq!(window.last_seq, entries.len() as u64);
            return entries;
        }
        for entry in window.entries {
            assert_eq!(entry.seq, entries.len() as u64 + 1);
            hash = entry.running_hash(&hash);
            assert_eq!(*entry.hash, hash);
            entries.push(entry);
        }
    }
}
