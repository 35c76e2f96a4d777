//! Leaves and key packages are of the published device, whoever holds its session.

use sealpost_mls::Roles;
use sealpost_protocol::{
    Bytes, ProblemKind,
    device::{KeyPackagesCount, KeyPackagesWrite},
};

use crate::{conversations::alice_and_bob, person::Person, server::TestServer};

#[tokio::test]
async fn a_founder_is_the_published_device() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let roles = Roles::direct(alice.account, bob.account);
    for pretender in alice.pretenders() {
        let (_, create) = pretender.prepare(&server, roles.clone(), &[&bob]).await;
        let refused = server.call(Some(&alice.token), create).await.unwrap_err();
        assert_eq!(refused.kind(), ProblemKind::InvalidIdentity, "{refused}");
    }
    let (_, create) = alice.prepare(&server, roles, &[&bob]).await;
    server.call(Some(&alice.token), create).await.unwrap();
}

#[tokio::test]
async fn key_packages_are_of_the_published_device() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    for pretender in alice.pretenders() {
        let write = |last_resort: Option<Bytes>, key_packages| KeyPackagesWrite { key_packages, last_resort };
        for write in [
            write(None, vec![alice.key_package(false), pretender.key_package(false)]),
            write(Some(pretender.key_package(true)), vec![alice.key_package(false)]),
        ] {
            let refused = server.call(Some(&alice.token), write).await.unwrap_err();
            assert_eq!(refused.kind(), ProblemKind::InvalidIdentity, "{refused}");
        }
    }
    assert_eq!(server.call(Some(&alice.token), KeyPackagesCount {}).await.unwrap().left, 0);
    assert_eq!(alice.upload_key_packages(&server, 1).await, 1);
}
