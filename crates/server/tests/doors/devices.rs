//! Device lists and key packages.

use rand::rngs::OsRng;
use sealpost_mls::{
    Roles,
    identity::{DeviceCertificate, DeviceKey},
};
use sealpost_protocol::{AccountId, Bytes, ClientId, DeviceId, ProblemKind, account::MeRead, device::*};

use crate::{
    conversations::alice_and_bob,
    person::{PASSWORD, Person, SUITE, sign_in},
    server::TestServer,
};

#[tokio::test]
async fn a_second_device_is_listed_and_gets_the_session() {
    let server = TestServer::start().await;
    let phone = Person::register(&server, "alice").await;
    let laptop = phone.second_device(&server).await;
    let me = server.call(Some(&laptop.token), MeRead {}).await.unwrap();
    assert_eq!((me.device, me.profile.device_list_version), (Some(laptop.device), 2));
    let read = DeviceListsRead { account: phone.account, after_version: 0 };
    let lists = server.call(Some(&phone.token), read).await.unwrap();
    assert_eq!(lists.lists, [Bytes::from(phone.list.to_bytes()), Bytes::from(laptop.list.to_bytes())]);
    assert_eq!(lists.list_key_certificates, [Bytes::from(phone.list_key_certificate.to_bytes())]);
    let after = DeviceListsRead { account: phone.account, after_version: 1 };
    assert_eq!(server.call(Some(&phone.token), after).await.unwrap().lists.len(), 1);
    server.call(Some(&laptop.token), laptop.publication()).await.expect("publishing again is harmless");
    let unknown = DeviceListsRead { account: AccountId([1; 16]), after_version: 0 };
    assert_eq!(server.call(Some(&phone.token), unknown).await.unwrap_err().kind(), ProblemKind::NotFound);
}

#[tokio::test]
async fn lists_that_do_not_follow_are_refused() {
    let server = TestServer::start().await;
    let phone = Person::register(&server, "alice").await;
    let laptop = phone.second_device(&server).await;
    let token = sign_in(&server, "alice", PASSWORD).await.unwrap().session_token;
    let tablet_key = DeviceKey::generate(&mut OsRng);
    let tablet = (DeviceId([4; 16]), tablet_key.public_key());
    let publish = |list: &sealpost_mls::identity::DeviceList, version| {
        let certificate =
            DeviceCertificate::sign(&phone.list_key, &phone.list_key_certificate, tablet.0, &tablet_key, version);
        let device = Some(NewDevice { device: tablet.0, certificate: certificate.to_bytes().into() });
        DeviceListWrite { list: list.to_bytes().into(), device }
    };

    let fork = phone.list.next(&phone.list_key, &phone.list_key_certificate, Some(tablet), &[]);
    let conflict = server.call(Some(&token), publish(&fork, 2)).await.unwrap_err();
    assert_eq!((conflict.kind(), conflict.version), (ProblemKind::VersionConflict, Some(2)));

    let eve = Person::new("eve");
    let foreign_key = laptop.list.next(&eve.list_key, &phone.list_key_certificate, Some(tablet), &[]);
    let refused = server.call(Some(&token), publish(&foreign_key, 3)).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::InvalidIdentity);

    let next = laptop.list.next(&phone.list_key, &phone.list_key_certificate, Some(tablet), &[]);
    let wrong_version = server.call(Some(&token), publish(&next, 2)).await.unwrap_err();
    assert_eq!(wrong_version.kind(), ProblemKind::InvalidIdentity);
    let second_device_of_a_session = server.call(Some(&phone.token), publish(&next, 3)).await.unwrap_err();
    assert_eq!(second_device_of_a_session.kind(), ProblemKind::NotAllowed);
    server.call(Some(&token), publish(&next, 3)).await.unwrap();
}

#[tokio::test]
async fn lists_change_something_and_are_small() {
    let server = TestServer::with(|config| config.limits.sign_ins_per_minute = 0).await;
    let phone = Person::register(&server, "alice").await;
    let nothing = phone.list.next(&phone.list_key, &phone.list_key_certificate, None, &[]);
    for (list, kind) in
        [(nothing.to_bytes(), ProblemKind::InvalidRequest), (vec![0; 64 * 1024 + 1], ProblemKind::TooLarge)]
    {
        let write = DeviceListWrite { list: list.into(), device: None };
        assert_eq!(server.call(Some(&phone.token), write).await.unwrap_err().kind(), kind);
    }
    let mut newest = phone;
    for _ in 1..32 {
        newest = newest.second_device(&server).await;
    }
    let refused = newest.try_second_device(&server).await.err().unwrap();
    assert_eq!(refused.kind(), ProblemKind::TooLarge, "{refused}");
    let me = server.call(Some(&newest.token), MeRead {}).await.unwrap();
    assert_eq!(me.profile.device_list_version, 32);
}

#[tokio::test]
async fn a_device_that_is_left_out_is_signed_out() {
    let server = TestServer::start().await;
    let phone = Person::register(&server, "alice").await;
    let laptop = phone.second_device(&server).await;
    let list = laptop.list.next(&phone.list_key, &phone.list_key_certificate, None, &[laptop.device]);
    let write = DeviceListWrite { list: list.to_bytes().into(), device: None };
    server.call(Some(&phone.token), write).await.unwrap();
    assert_eq!(server.call(Some(&laptop.token), MeRead {}).await.unwrap_err().kind(), ProblemKind::SignedOut);
}

#[tokio::test]
async fn a_conversation_is_made_again_although_someone_whom_it_added_has_gone() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let laptop = bob.second_device(&server).await;
    laptop.upload_key_packages(&server, 2).await;
    let (_, create) = alice.prepare(&server, Roles::direct(alice.account, bob.account), &[&laptop]).await;
    let (_, late) = alice.prepare(&server, Roles::group([alice.account]), &[&laptop]).await;
    let first = server.call(Some(&alice.token), create.clone()).await.unwrap();
    let list = laptop.list.next(&bob.list_key, &bob.list_key_certificate, None, &[laptop.device]);
    server.call(Some(&bob.token), DeviceListWrite { list: list.to_bytes().into(), device: None }).await.unwrap();
    // The answer was lost, say.
    let again = server.call(Some(&alice.token), create).await.unwrap();
    assert_eq!((again.conversation, again.joined), (first.conversation, true));
    // One that was not made before is refused.
    let refused = server.call(Some(&alice.token), late).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::InvalidIdentity);
}

#[tokio::test]
async fn key_packages_are_handed_out_once_and_the_last_resort_for_ever() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let bob = Person::register(&server, "bob").await;
    assert_eq!(alice.upload_key_packages(&server, 2).await, 2);
    let claim = |number: u8| KeyPackagesClaim {
        claim: ClientId([number; 16]),
        accounts: vec![alice.account, bob.account, AccountId([1; 16])],
        suite: SUITE.number(),
        conversation: None,
    };
    let mut given = Vec::new();
    for number in [1, 2, 3, 4] {
        let claimed = server.call(Some(&bob.token), claim(number)).await.unwrap().key_packages;
        assert_eq!(claimed.len(), 1, "never of the asking device, nor of a device without any");
        assert_eq!((claimed[0].account, claimed[0].device), (alice.account, alice.device));
        given.push(claimed[0].key_package.clone());
    }
    assert_ne!(given[0], given[1]);
    assert_eq!(given[2], given[3], "the last resort");
    let again = server.call(Some(&bob.token), claim(1)).await.unwrap().key_packages;
    assert_eq!(again[0].key_package, given[0], "a repeated claim gives the same");
    assert_eq!(server.call(Some(&alice.token), KeyPackagesCount {}).await.unwrap().left, 0);
}

#[tokio::test]
async fn key_packages_of_others_and_nonsense_are_refused() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let bob = Person::register(&server, "bob").await;
    let write = |key_package: Bytes| KeyPackagesWrite { key_packages: vec![key_package], last_resort: None };
    for (bad, kind) in [
        (bob.key_package(false), ProblemKind::InvalidIdentity),
        (vec![0; 100].into(), ProblemKind::InvalidIdentity),
        (alice.key_package(true), ProblemKind::InvalidRequest),
        (vec![0; 20_000].into(), ProblemKind::TooLarge),
    ] {
        assert_eq!(server.call(Some(&alice.token), write(bad)).await.unwrap_err().kind(), kind);
    }
    assert_eq!(server.call(Some(&alice.token), KeyPackagesCount {}).await.unwrap().left, 0);
}
