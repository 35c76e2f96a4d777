//! Sessions and sign-ins.

use std::sync::Arc;

use sealpost_protocol::SignInId;
use sealpost_server::store::{KeptSession, NewSession, SessionKind, SignIn, Swap};

use crate::{database::Database, fixtures::*};

const LIFETIME: u64 = 90 * DAY;

pub async fn a_used_session_slides_at_most_once_an_hour(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let expires = |now| {
        let (db, token_hash) = (db.clone(), alice.token_hash);
        async move { db.store.use_session(token_hash, now, LIFETIME).await.unwrap().map(|session| session.expires) }
    };
    assert_eq!(expires(NOW + HOUR - 1).await, Some(NOW + LIFETIME));
    assert_eq!(expires(NOW + HOUR).await, Some(NOW + HOUR + LIFETIME));
    assert_eq!(expires(NOW + HOUR + 1).await, Some(NOW + HOUR + LIFETIME));
    assert_eq!(expires(NOW + HOUR + LIFETIME).await, None);
}

pub async fn a_recovery_session_does_not_slide(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let short = NewSession { kind: SessionKind::Recovery, expires: NOW + HOUR, ..session(alice.account, None) };
    db.store.add_session(&short).await.unwrap();
    let used = db.store.use_session(short.token_hash, NOW + 1, LIFETIME).await.unwrap().unwrap();
    assert_eq!((used.kind, used.expires), (SessionKind::Recovery, NOW + HOUR));
    assert_eq!(db.store.use_session(short.token_hash, NOW + HOUR, LIFETIME).await.unwrap(), None);
}

pub async fn sessions_end_one_by_one_and_all_at_once(db: Arc<Database>) {
    let (alice, bob) = (register(&db.store, "alice").await, register(&db.store, "bob").await);
    let more: Vec<_> = (0..3).map(|_| session(alice.account, None)).collect();
    for new in &more {
        db.store.add_session(new).await.unwrap();
    }
    assert!(db.store.end_session(more[0].token_hash).await.unwrap());
    assert!(!db.store.end_session(more[0].token_hash).await.unwrap());

    let mut ended = db.store.end_sessions(alice.account, Some(alice.token_hash)).await.unwrap();
    let mut expected = [more[1].token_hash, more[2].token_hash];
    ended.sort_unstable();
    expected.sort_unstable();
    assert_eq!(ended, expected);
    assert!(db.store.use_session(alice.token_hash, NOW, LIFETIME).await.unwrap().is_some());

    // What an old password began ends with them.
    let begun = SignIn { account: Some(alice.account), state: vec![1] };
    db.store.add_sign_in(SignInId([9; 16]), &begun, NOW + DAY).await.unwrap();
    assert_eq!(db.store.end_sessions(alice.account, None).await.unwrap(), [alice.token_hash]);
    assert!(db.store.sign_in(SignInId([9; 16]), NOW).await.unwrap().is_none());
    let late = session(alice.account, None);
    assert!(!db.store.end_sign_in(SignInId([9; 16]), Some(&late)).await.unwrap());
    assert!(db.store.use_session(late.token_hash, NOW, LIFETIME).await.unwrap().is_none());
    assert!(db.store.use_session(alice.token_hash, NOW, LIFETIME).await.unwrap().is_none());
    assert!(db.store.use_session(bob.token_hash, NOW, LIFETIME).await.unwrap().is_some());
}

pub async fn a_new_password_ends_the_other_sessions(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let recovery = NewSession { kind: SessionKind::Recovery, expires: NOW + HOUR, ..session(alice.account, None) };
    db.store.add_session(&recovery).await.unwrap();
    let kept = KeptSession { alone: true, token_hash: recovery.token_hash, expires: NOW + LIFETIME };

    let stale = db.store.set_password(alice.account, b"new", &backup(1), kept).await.unwrap();
    assert_eq!(stale, (Swap::Conflict(1), Vec::new()));
    assert_eq!(db.store.credentials("alice").await.unwrap().unwrap().opaque_record, b"opaque record");

    let set = db.store.set_password(alice.account, b"new", &backup(2), kept).await.unwrap();
    assert_eq!(set, (Swap::Done(2), vec![alice.token_hash]));
    assert_eq!(db.store.credentials("alice").await.unwrap().unwrap().opaque_record, b"new");
    let full = db.store.use_session(recovery.token_hash, NOW, LIFETIME).await.unwrap().unwrap();
    assert_eq!((full.kind, full.expires), (SessionKind::Full, NOW + LIFETIME));
}

pub async fn a_sign_in_ends_once(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let [known, unknown, late] = [(); 3].map(|()| SignInId(rand::random()));
    let sign_in = SignIn { account: Some(alice.account), state: b"state".to_vec() };
    db.store.add_sign_in(known, &sign_in, NOW + 1).await.unwrap();
    db.store.add_sign_in(late, &sign_in, NOW).await.unwrap();
    db.store.add_sign_in(unknown, &SignIn { account: None, state: b"fake".to_vec() }, NOW + 1).await.unwrap();

    let begun = db.store.sign_in(known, NOW).await.unwrap().unwrap();
    assert_eq!((begun.account, begun.state.as_slice()), (Some(alice.account), b"state".as_slice()));
    let [first, second] = [session(alice.account, None), session(alice.account, None)];
    assert!(db.store.end_sign_in(known, Some(&first)).await.unwrap());
    assert!(!db.store.end_sign_in(known, Some(&second)).await.unwrap());
    assert!(db.store.use_session(first.token_hash, NOW, LIFETIME).await.unwrap().is_some());
    assert!(db.store.use_session(second.token_hash, NOW, LIFETIME).await.unwrap().is_none());
    assert!(db.store.sign_in(known, NOW).await.unwrap().is_none());
    assert!(db.store.sign_in(late, NOW).await.unwrap().is_none());
    assert_eq!(db.store.sign_in(unknown, NOW).await.unwrap().unwrap().account, None);
    assert!(db.store.end_sign_in(unknown, None).await.unwrap());
    assert!(db.store.sign_in(unknown, NOW).await.unwrap().is_none());
}

pub async fn what_expired_is_pruned(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let sign_in = SignInId(rand::random());
    db.store.add_sign_in(sign_in, &SignIn { account: None, state: Vec::new() }, NOW + HOUR).await.unwrap();
    db.store.prune(NOW + HOUR).await.unwrap();
    assert!(db.store.sign_in(sign_in, NOW).await.unwrap().is_none());
    assert!(db.store.use_session(alice.token_hash, NOW, LIFETIME).await.unwrap().is_some());
    db.store.prune(NOW + LIFETIME).await.unwrap();
    assert!(db.store.use_session(alice.token_hash, NOW, LIFETIME).await.unwrap().is_none());
}
