//! Passkeys: they come and go with a backup, and sign in.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use sealpost_protocol::{Bytes, PasskeyId, ProblemKind, account::*};
use sha2::{Digest as _, Sha256};

use crate::{
    person::{PASSWORD, Person, backup, sign_in},
    server::TestServer,
};

fn token(number: u8) -> Bytes {
    vec![number; 32].into()
}

fn hash(number: u8) -> Bytes {
    Sha256::digest(&*token(number)).as_slice().into()
}

/// Makes a passkey with the next version of the backup.
fn add(version: u64, number: u8) -> BackupWrite {
    let passkey = NewPasskey { passkey: PasskeyId([number; 16]), token_hash: hash(number) };
    BackupWrite { passkey_added: Some(passkey), ..BackupWrite::from(backup(version)) }
}

fn remove(version: u64, number: u8) -> BackupWrite {
    BackupWrite { passkey_removed: Some(PasskeyId([number; 16])), ..BackupWrite::from(backup(version)) }
}

fn enter(number: u8) -> PasskeySignIn {
    PasskeySignIn { token: token(number) }
}

#[tokio::test]
async fn a_passkey_signs_in_until_it_is_removed() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let by = Some(&alice.token);
    let unknown = server.call(None, enter(1)).await.unwrap_err();
    assert_eq!(unknown.kind(), ProblemKind::WrongCredentials);

    server.call(by, add(2, 1)).await.unwrap();
    server.call(by, add(3, 2)).await.unwrap();
    let listed = async || {
        let passkeys = server.call(by, PasskeysRead {}).await.unwrap().passkeys;
        passkeys.into_iter().map(|passkey| passkey.passkey.0[0]).collect::<Vec<_>>()
    };
    assert_eq!(listed().await, [1, 2]);
    let signed_in = server.call(None, enter(1)).await.unwrap();
    assert_eq!((signed_in.me.profile.account, signed_in.me.device), (alice.account, None));
    assert_eq!(signed_in.backup, backup(3));
    // It may what a session of the password may: it opens the same.
    let token = signed_in.session_token;
    server.call(Some(&token), remove(4, 2)).await.unwrap();
    assert_eq!(listed().await, [1]);

    // What the server keeps of a token is no token.
    let by_hash = PasskeySignIn { token: hash(1) };
    for wrong in [enter(2), enter(9), by_hash, PasskeySignIn { token: Bytes::default() }] {
        assert_eq!(server.call(None, wrong).await.unwrap_err(), unknown);
    }
    server.call(by, remove(5, 1)).await.unwrap();
    assert_eq!(server.call(None, enter(1)).await.unwrap_err(), unknown);
    assert!(server.call(Some(&token), MeRead {}).await.is_ok(), "who came by it stays until they are removed");
}

#[tokio::test]
async fn a_passkey_and_its_backup_come_together_or_not_at_all() {
    let clock = Arc::new(AtomicU64::new(1_790_000_000_000));
    let server = TestServer::at(Arc::clone(&clock)).await;
    let (alice, bob) = (Person::register(&server, "alice").await, Person::register(&server, "bob").await);
    let refused = async |by: &Bytes, write: BackupWrite| server.call(Some(by), write).await.unwrap_err().kind();
    assert_eq!(refused(&alice.token, add(3, 1)).await, ProblemKind::VersionConflict);
    let short = NewPasskey { passkey: PasskeyId([1; 16]), token_hash: vec![1; 31].into() };
    let short = BackupWrite { passkey_added: Some(short), ..BackupWrite::from(backup(2)) };
    assert_eq!(refused(&alice.token, short).await, ProblemKind::InvalidRequest);
    for number in 1..=5 {
        server.call(Some(&alice.token), add(u64::from(number) + 1, number)).await.unwrap();
    }
    assert_eq!(refused(&alice.token, add(7, 6)).await, ProblemKind::TooLarge);
    assert_eq!(refused(&bob.token, add(2, 1)).await, ProblemKind::IdTaken);
    assert!(server.call(Some(&bob.token), PasskeysRead {}).await.unwrap().passkeys.is_empty());

    clock.fetch_add(20 * 60 * 1000, Ordering::Relaxed);
    assert_eq!(refused(&alice.token, remove(7, 1)).await, ProblemKind::NotAllowed);
    let fresh = sign_in(&server, "alice", PASSWORD).await.unwrap().session_token;
    server.call(Some(&fresh), remove(7, 1)).await.unwrap();
}

#[tokio::test]
async fn signing_in_with_passkeys_is_limited_by_address() {
    let server = TestServer::with(|config| config.limits.sign_ins_per_minute = 3).await;
    for _ in 0..3 {
        assert_eq!(server.call(None, enter(9)).await.unwrap_err().kind(), ProblemKind::WrongCredentials);
    }
    assert_eq!(server.call(None, enter(9)).await.unwrap_err().kind(), ProblemKind::RateLimited);
}
