//! Revoking devices: the list without them and the account's new keys, at once or not at all.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use rand::rngs::OsRng;
use sealpost_mls::identity::{Delisting, DeviceChain, DeviceList, ListKey, ListKeyCertificate};
use sealpost_protocol::{Bytes, ConversationId, DeviceId, ProblemKind, account::*, archive::*, device::*};

use crate::{
    person::{PASSWORD, Person, backup, sign_in},
    server::TestServer,
};

/// The revocation of all devices of a person but this one, from what the server has now, signed by her root key.
pub async fn revocation(server: &TestServer, person: &Person) -> DevicesRevoke {
    let token = Some(&person.token);
    let read = DeviceListsRead { account: person.account, after_version: 0 };
    let lists = server.call(token, read).await.unwrap();
    let newest = DeviceList::from_bytes(lists.lists.last().unwrap()).unwrap();
    let key = ListKey::generate(&mut OsRng);
    let certificate = ListKeyCertificate::sign(&person.root, person.account, newest.generation + 1, &key);
    let devices = newest.devices.iter().map(|entry| entry.device);
    let others: Vec<DeviceId> = devices.filter(|device| *device != person.device).collect();
    let handover = Handover { device: person.device, key_package: vec![1; 32].into(), sealed: vec![2; 100].into() };
    DevicesRevoke {
        list: newest.next(&key, &certificate, None, &others).to_bytes().into(),
        list_key_certificate: certificate.to_bytes().into(),
        backup: backup(server.call(token, BackupRead {}).await.unwrap().version + 1),
        vault_version: server.call(token, VaultRead { after_version: 0 }).await.unwrap().version,
        vault: vec![VaultRecord { name: vec![9; 8].into(), value: Some(vec![9; 20].into()) }],
        archive_version: server.call(token, ArchiveList { after_version: 0 }).await.unwrap().version,
        handovers: vec![handover],
    }
}

fn record(value: u8) -> VaultRecord {
    VaultRecord { name: vec![value; 8].into(), value: Some(vec![value; 8].into()) }
}

fn segment(generation: u64) -> ArchiveWrite {
    let (replaces, sealed, conversation) = (Vec::new(), vec![7; 40].into(), ConversationId([1; 16]));
    let first = generation;
    ArchiveWrite {
        conversation,
        first,
        last: first,
        revision: 1,
        as_of: 3,
        items: 2,
        replaces,
        generation,
        sealed,
        blobs: Vec::new(),
    }
}

#[tokio::test]
async fn a_revoked_device_is_out_and_everything_has_new_keys() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let laptop = alice.second_device(&server).await;
    let token = Some(&alice.token);
    let vault = |base_version, generation| VaultWrite { base_version, generation, records: vec![record(1)] };
    server.call(token, vault(0, 1)).await.unwrap();
    server.call(Some(&laptop.token), segment(1)).await.unwrap();
    let pending = sign_in(&server, "alice", PASSWORD).await.unwrap().session_token;

    let revoke = revocation(&server, &alice).await;
    server.call(token, revoke.clone()).await.unwrap();
    for gone in [&laptop.token, &pending] {
        assert_eq!(server.call(Some(gone), MeRead {}).await.unwrap_err().kind(), ProblemKind::SignedOut);
    }
    let backup = server.call(token, BackupRead {}).await.unwrap();
    assert_eq!((backup.version, backup), (2, revoke.backup.clone()));
    let vault_now = server.call(token, VaultRead { after_version: 0 }).await.unwrap();
    assert_eq!((vault_now.version, vault_now.generation), (2, 2));
    let names: Vec<_> = vault_now.records.iter().map(|record| record.name.to_vec()).collect();
    assert_eq!(names, [vec![9; 8]], "nothing is left of what the old key opens");
    let waiting = server.call(token, HandoverRead {}).await.unwrap();
    assert_eq!((waiting.generation, waiting.handover), (2, revoke.handovers.first().cloned()));
    let listed = server.call(token, ArchiveList { after_version: 0 }).await.unwrap();
    assert_eq!(listed.segments.iter().map(|info| info.generation).collect::<Vec<_>>(), [1]);
    assert_eq!(listed.segments[0].hash.len(), 32);

    // Who does not know the new keys writes nothing.
    let refused = server.call(token, vault(2, 1)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.version), (ProblemKind::VersionConflict, Some(2)));
    server.call(token, vault(2, 2)).await.unwrap();
    let written = ArchiveWrite { first: 5, last: 5, ..segment(1) };
    assert_eq!(server.call(token, written).await.unwrap_err().kind(), ProblemKind::VersionConflict);
    server.call(token, segment(2)).await.unwrap();
    // Nor does the old list key list anybody.
    let list = DeviceList::from_bytes(&revoke.list).unwrap();
    let tablet = DeviceId([4; 16]);
    let forged = list.next(&alice.list_key, &alice.list_key_certificate, Some((tablet, [4; 32])), &[]);
    let write = DeviceListWrite { list: forged.to_bytes().into(), device: None };
    assert_eq!(server.call(token, write).await.unwrap_err().kind(), ProblemKind::InvalidIdentity);
}

#[tokio::test]
async fn a_revocation_of_what_has_changed_meanwhile_changes_nothing() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let laptop = alice.second_device(&server).await;
    let token = Some(&alice.token);
    let revoke = revocation(&server, &alice).await;
    let stale = [
        DevicesRevoke { vault_version: 3, ..revoke.clone() },
        DevicesRevoke { archive_version: 3, ..revoke.clone() },
        DevicesRevoke { backup: backup(5), ..revoke.clone() },
    ];
    for stale in stale {
        assert_eq!(server.call(token, stale).await.unwrap_err().kind(), ProblemKind::VersionConflict);
    }
    server.call(Some(&laptop.token), MeRead {}).await.expect("it is a device still");
    assert_eq!(server.call(token, HandoverRead {}).await.unwrap().generation, 1);
    let tablet = laptop.second_device(&server).await;
    assert_eq!(server.call(token, revoke).await.unwrap_err().kind(), ProblemKind::VersionConflict, "the list");
    let revoke = revocation(&server, &alice).await;
    server.call(token, revoke).await.unwrap();
    assert_eq!(server.call(Some(&tablet.token), MeRead {}).await.unwrap_err().kind(), ProblemKind::SignedOut);
}

#[tokio::test]
async fn revocations_that_are_none_are_refused() {
    let server = TestServer::start().await;
    let (alice, bob) = (Person::register(&server, "alice").await, Person::register(&server, "bob").await);
    let laptop = alice.second_device(&server).await;
    let good = revocation(&server, &alice).await;
    let newest = laptop.list.clone();
    let key = ListKey::generate(&mut OsRng);
    let certified = |root, generation| ListKeyCertificate::sign(root, alice.account, generation, &key);
    let with = |certificate: &ListKeyCertificate, joining, leaving: &[DeviceId]| DevicesRevoke {
        list: newest.next(&key, certificate, joining, leaving).to_bytes().into(),
        list_key_certificate: certificate.to_bytes().into(),
        ..good.clone()
    };
    let second = certified(&alice.root, 2);
    let handover = good.handovers[0].clone();
    let gone = Handover { device: laptop.device, ..handover.clone() };
    let refused = [
        (with(&certified(&bob.root, 2), None, &[laptop.device]), ProblemKind::InvalidIdentity),
        (with(&certified(&alice.root, 1), None, &[laptop.device]), ProblemKind::InvalidRequest),
        (with(&second, Some((DeviceId([4; 16]), [4; 32])), &[laptop.device]), ProblemKind::InvalidRequest),
        (with(&second, None, &[]), ProblemKind::InvalidRequest),
        (with(&second, None, &[alice.device]), ProblemKind::InvalidRequest),
        (DevicesRevoke { handovers: vec![gone], ..good.clone() }, ProblemKind::InvalidRequest),
        (DevicesRevoke { handovers: vec![handover.clone(), handover], ..good.clone() }, ProblemKind::InvalidRequest),
        (DevicesRevoke { list: Bytes::from(vec![1; 9]), ..good.clone() }, ProblemKind::InvalidIdentity),
    ];
    for (number, (revoke, kind)) in refused.into_iter().enumerate() {
        assert_eq!(server.call(Some(&alice.token), revoke).await.unwrap_err().kind(), kind, "{number}");
    }
    server.call(Some(&alice.token), good).await.unwrap();
}

#[tokio::test]
async fn who_revokes_has_just_shown_the_password_or_the_recovery_code() {
    let clock = Arc::new(AtomicU64::new(1_790_000_000_000));
    let server = TestServer::at(Arc::clone(&clock)).await;
    let alice = Person::register(&server, "alice").await;
    alice.second_device(&server).await;
    clock.fetch_add(16 * 60 * 1000, Ordering::SeqCst);
    let revoke = revocation(&server, &alice).await;
    let refused = server.call(Some(&alice.token), revoke.clone()).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::NotAllowed);
    let recover = Recover { username: "alice".to_owned(), recovery_token: alice.recovery_token.clone() };
    let token = server.call(None, recover).await.unwrap().session_token;
    server.call(Some(&token), revoke).await.unwrap();
}

#[tokio::test]
async fn a_device_learns_why_it_is_listed_no_longer_and_nothing_more() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let laptop = alice.second_device(&server).await;
    let ask = |signature: [u8; 64]| DelistingRead { device: laptop.device, signature: signature.into() };
    let signed = Delisting::sign_request(laptop.device, &laptop.device_key);
    assert!(server.call(None, ask(signed)).await.unwrap().chain.is_none(), "it is on the list");
    server.call(Some(&alice.token), revocation(&server, &alice).await).await.unwrap();
    let foreign = Delisting::sign_request(laptop.device, &alice.device_key);
    assert_eq!(server.call(None, ask(foreign)).await.unwrap_err().kind(), ProblemKind::NotFound);
    // What the account does afterwards is not shown.
    let signed_in = sign_in(&server, "alice", PASSWORD).await.unwrap();
    assert!(signed_in.me.profile.device_list_version >= 3);
    let chain = server.call(None, ask(signed)).await.unwrap().chain.unwrap();
    let keys: Vec<_> =
        chain.list_key_certificates.iter().map(|one| ListKeyCertificate::from_bytes(one).unwrap()).collect();
    let lists = chain.lists.iter().map(|list| DeviceList::from_bytes(list).unwrap()).collect();
    let chain = DeviceChain::verify(&alice.root.public_key(), &keys, lists).unwrap();
    let admitted = laptop.credential.certificate.list_version;
    assert!(chain.admits(&laptop.device, &laptop.device_key.public_key(), admitted));
    assert!(chain.newest().entry(&laptop.device).is_none());
}

#[tokio::test]
async fn devices_know_when_each_was_there() {
    let clock = Arc::new(AtomicU64::new(1_790_000_000_000));
    let server = TestServer::at(Arc::clone(&clock)).await;
    let alice = Person::register(&server, "alice").await;
    let laptop = alice.second_device(&server).await;
    let seen = async |device: DeviceId| {
        server.server.app().flush_receipts().await;
        let devices = server.call(Some(&alice.token), DevicesRead {}).await.unwrap().devices;
        *devices.iter().find(|seen| seen.device == device).unwrap()
    };
    assert_eq!(seen(laptop.device).await.added, Some(1_790_000_000_000));
    assert_eq!((seen(laptop.device).await.last_seen, seen(laptop.device).await.connected), (None, false));
    let session = sealpost_server::Session::open(server.server.app(), None, &laptop.token).await.unwrap();
    assert_eq!((seen(laptop.device).await.last_seen, seen(laptop.device).await.connected), (None, true));
    clock.fetch_add(10 * 60 * 1000 + 1234, Ordering::SeqCst);
    drop(session);
    let minute = (1_790_000_000_000 + 10 * 60 * 1000) / 60_000 * 60_000;
    assert_eq!((seen(laptop.device).await.last_seen, seen(laptop.device).await.connected), (Some(minute), false));
}
