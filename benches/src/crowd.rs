//! People and their groups, put into the server's database straight through its store: what is measured begins when they
//! are there, and nobody measured decrypts anything, so that groups are names and entries are bytes.

use sealpost_protocol::{
    AccountId, Bytes, ClientId, ConversationId, DeviceId, Timestamp,
    account::{Backup, Wrapping},
};
use sealpost_server::{
    Clock,
    store::{
        AddedLeaf, AppendOutcome, CommitEffects, ConversationCreated, CutTree, Erasure, FirstDevice, NewContent,
        NewConversation, NewDevice, NewEntry, NewSession, Registered, Registration, SessionKind, Store, StoreResult,
    },
};
use sha2::{Digest as _, Sha256};

/// One day in milliseconds.
const DAY: u64 = 24 * 60 * 60 * 1000;
/// X-Wing.
const SUITE: u16 = 0x004E;
/// Entries in one transaction.
const ENTRIES_AT_ONCE: usize = 500;

/// Someone with one device, which is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who.
    pub account: AccountId,
    /// The device.
    pub device: DeviceId,
    /// The session's token.
    pub token: Bytes,
}

impl Person {
    /// Registers someone by a number that nobody else has.
    ///
    /// # Errors
    /// When the database fails.
    ///
    /// # Panics
    /// When the number is taken.
    pub async fn register(store: &Store, number: usize) -> StoreResult<Self> {
        let (account, device) = (AccountId(rand::random()), DeviceId(rand::random()));
        let token: [u8; 32] = rand::random();
        let now = now();
        let session = NewSession {
            token_hash: Sha256::digest(token).into(),
            account,
            device: Some(device),
            kind: SessionKind::Full,
            created: now,
            expires: now + 90 * DAY,
        };
        let wrapping = Wrapping { kind: "password".to_owned(), ciphertext: vec![0; 64].into() };
        let device_made = NewDevice { device, certificate: vec![0; 64], signature_key: rand::random() };
        let registration = Registration {
            account,
            username: format!("person{number}"),
            display_name: format!("Person {number}"),
            root_public_key: rand::random(),
            opaque_record: vec![0; 192],
            recovery_token_hash: rand::random(),
            backup: Backup { version: 1, ciphertext: vec![0; 64].into(), wrappings: vec![wrapping] },
            session,
            device: FirstDevice { device: device_made, list: vec![0; 64], list_key_certificate: vec![0; 64] },
            invite: None,
            now,
        };
        assert_eq!(store.register(&registration).await?, Registered::Done { replaced: None }, "person {number} is new");
        Ok(Self { account, device, token: token.into() })
    }
}

/// Makes a group at epoch 1; the first of its members founds it.
///
/// # Errors
/// When the database fails.
///
/// # Panics
/// When there are no members.
pub async fn make_group(store: &Store, members: &[Person]) -> StoreResult<ConversationId> {
    let [founder, others @ ..] = members else { panic!("a group without members") };
    // Nobody has a Welcome to take: they have joined.
    let leaf = |person: &Person| AddedLeaf { account: person.account, device: person.device, welcome: None };
    let new = NewConversation {
        conversation: ConversationId(rand::random()),
        direct_with: None,
        suite: SUITE,
        account: founder.account,
        device: founder.device,
        client_id: ClientId(rand::random()),
        time: now(),
        commit: vec![0; 64].into(),
        effects: CommitEffects {
            group_info: vec![0; 64],
            tree: CutTree::new(&rand::random::<[u8; 32]>()),
            added: others.iter().map(leaf).collect(),
            removed: Vec::new(),
            gone: Vec::new(),
        },
        state: None,
    };
    match store.create_conversation(&new).await? {
        ConversationCreated::Done(_) => Ok(new.conversation),
        other => panic!("a group that is not new: {other:?}"),
    }
}

/// Appends `entries` messages of `bytes` bytes to each of these groups, by the member that is named with it.
///
/// # Errors
/// When the database fails.
///
/// # Panics
/// When an entry is refused.
pub async fn append(
    store: &Store,
    groups: &[(ConversationId, Person)],
    (entries, bytes): (usize, usize),
) -> StoreResult<()> {
    let entry = |(conversation, sender): &(ConversationId, Person)| NewEntry {
        conversation: *conversation,
        account: sender.account,
        device: sender.device,
        generation: 1,
        epoch: 1,
        client_id: ClientId(rand::random()),
        time: now(),
        erasure: Erasure::default(),
        blobs: Vec::new(),
        content: NewContent::Application(vec![1; bytes].into()),
    };
    for _ in 0..entries {
        for some in groups.chunks(ENTRIES_AT_ONCE) {
            let batch: Vec<NewEntry> = some.iter().map(entry).collect();
            let outcomes = store.append(&batch).await?;
            assert!(outcomes.iter().all(|outcome| matches!(outcome, AppendOutcome::Appended(_))), "all are taken");
        }
    }
    Ok(())
}

fn now() -> Timestamp {
    Clock::System.now()
}
