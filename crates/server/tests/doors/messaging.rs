//! What becomes of messages after they were sent: blanked by token or time, stored, read.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use sealpost_protocol::{
    Bytes, ConversationId, ProblemKind,
    conversation::*,
    safety::{AccountSettings, SettingsWrite, WhoMayMessage},
    socket::Event,
};
use sha2::{Digest as _, Sha256};

use crate::{
    conversations::{alice_and_bob, entries},
    person::{Person, now},
    server::TestServer,
    socket::Socket,
};

const TOKEN: [u8; 32] = [7; 32];

fn with(append: LogAppend, expires: Option<u32>, token_hash: Option<Bytes>) -> LogAppend {
    let Append::Application { message, .. } = append.append else { panic!("an application message") };
    LogAppend {
        append: Append::Application { message, expires_in: expires, delete_token_hash: token_hash, blobs: Vec::new() },
        ..append
    }
}

fn token_hash() -> Bytes {
    <[u8; 32]>::from(Sha256::digest(TOKEN)).into()
}

fn erased(event: Event) -> Option<(ConversationId, u64)> {
    match event {
        Event::Erased { conversation, seq } => Some((conversation, seq)),
        _ => None,
    }
}

#[tokio::test]
async fn who_has_the_token_blanks_a_message_for_everyone() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let eve = Person::register(&server, "eve").await;
    let (mut group, conversation) = alice.start_direct(&server, &bob).await;
    let mut bobs = Socket::connect(&server, &bob.token).await;
    bobs.backlog().await;
    let append = with(alice.message(&mut group, "regretted"), None, Some(token_hash()));
    let sent = server.call(Some(&alice.token), append.clone()).await.unwrap();
    let plain = server.call(Some(&alice.token), alice.message(&mut group, "kept")).await.unwrap();

    let erase = |conversation, seq, token: [u8; 32]| LogErase { conversation, seq, token: token.into() };
    for (person, request, kind) in [
        (&alice, erase(conversation, sent.seq, [8; 32]), ProblemKind::NotAllowed),
        (&alice, erase(conversation, plain.seq, TOKEN), ProblemKind::NotAllowed),
        (&alice, erase(conversation, 1, TOKEN), ProblemKind::NotAllowed),
        (&alice, erase(conversation, 9, TOKEN), ProblemKind::NotFound),
        (&alice, erase(ConversationId([9; 16]), sent.seq, TOKEN), ProblemKind::NotFound),
        (&eve, erase(conversation, sent.seq, TOKEN), ProblemKind::NotFound),
        (&alice, LogErase { conversation, seq: sent.seq, token: vec![7; 31].into() }, ProblemKind::InvalidRequest),
    ] {
        assert_eq!(server.call(Some(&person.token), request).await.unwrap_err().kind(), kind);
    }
    for _ in 0..2 {
        server.call(Some(&alice.token), erase(conversation, sent.seq, TOKEN)).await.unwrap();
    }
    assert_eq!(bobs.event_that(erased).await, (conversation, sent.seq));
    let window = server.call(Some(&bob.token), LogRead { conversation, after: 1 }).await.unwrap();
    assert_eq!(window.entries.iter().map(|entry| entry.body == EntryBody::Blank {}).collect::<Vec<_>>(), [true, false]);
    let again = server.call(Some(&alice.token), append).await.unwrap();
    assert_eq!((again.seq, again.duplicate), (sent.seq, true), "a late retry is still answered");
}

#[tokio::test]
async fn a_message_is_blanked_when_its_time_has_come() {
    let clock = Arc::new(AtomicU64::new(now() * 1000));
    let server = TestServer::at(Arc::clone(&clock)).await;
    let (alice, bob) = alice_and_bob(&server).await;
    let (mut group, conversation) = alice.start_direct(&server, &bob).await;
    let mut bobs = Socket::connect(&server, &bob.token).await;
    bobs.backlog().await;
    for (expires, token_hash) in [
        (Some(29), None),
        (Some(4 * 7 * 24 * 60 * 60 + 1), None),
        (None, Some(Bytes::from(vec![1; 31]))),
        (None, Some(Bytes::from(vec![1; 33]))),
    ] {
        let append = with(alice.message(&mut group, "wrong"), expires, token_hash);
        assert_eq!(server.call(Some(&alice.token), append).await.unwrap_err().kind(), ProblemKind::InvalidRequest);
    }
    let append = with(alice.message(&mut group, "for half a minute"), Some(30), None);
    let sent = server.call(Some(&alice.token), append).await.unwrap();
    let window = bobs.event_that(entries).await;
    assert_eq!(window.entries[0].expires_in, Some(30));
    let read = server.call(Some(&bob.token), LogRead { conversation, after: 1 }).await.unwrap();
    assert_eq!(read.entries, window.entries);

    clock.fetch_add(30_000, Ordering::Relaxed);
    server.server.app().blank_expired().await;
    assert_eq!(bobs.event_that(erased).await, (conversation, sent.seq));
    let read = server.call(Some(&bob.token), LogRead { conversation, after: 1 }).await.unwrap();
    assert_eq!(read.entries, [Entry { body: EntryBody::Blank {}, expires_in: None, ..window.entries[0].clone() }]);
}

#[tokio::test]
async fn cursors_say_when_someone_had_a_message() {
    let clock = Arc::new(AtomicU64::new(now() * 1000));
    let server = TestServer::at(Arc::clone(&clock)).await;
    let (alice, bob) = alice_and_bob(&server).await;
    let eve = Person::register(&server, "eve").await;
    let (mut group, conversation) = alice.start_direct(&server, &bob).await;
    let seq = server.call(Some(&alice.token), alice.message(&mut group, "seen?")).await.unwrap().seq;
    let cursor = LogCursor { conversation, seq };
    let times = CursorTimesRead { conversation, seq };
    let none = server.call(Some(&alice.token), times.clone()).await.unwrap();
    assert!(none.members.is_empty());

    let delivered = clock.fetch_add(0, Ordering::Relaxed);
    server.call(Some(&bob.token), StoredWrite { cursors: vec![cursor] }).await.unwrap();
    server.server.app().flush_receipts().await;
    while server.call(Some(&alice.token), times.clone()).await.unwrap().members.is_empty() {
        // The server's own job had taken the cursor and is about to write it.
        tokio::task::yield_now().await;
    }
    let read = clock.fetch_add(5000, Ordering::Relaxed) + 5000;
    server.call(Some(&bob.token), ReadWrite { cursor }).await.unwrap();
    let known = server.call(Some(&alice.token), times.clone()).await.unwrap();
    let bobs = MemberTimes { account: bob.account, delivered: Some(delivered), read: Some(read) };
    assert_eq!(known, CursorTimes { members: vec![bobs] });
    assert_eq!(server.call(Some(&eve.token), times.clone()).await.unwrap_err().kind(), ProblemKind::NotFound);

    // Who hides how far they have read shows it to their own devices only.
    let settings = AccountSettings { read_receipts: false, presence: true, who_may_message: WhoMayMessage::Everyone };
    server.call(Some(&bob.token), SettingsWrite { settings }).await.unwrap();
    let hidden = CursorTimes { members: vec![MemberTimes { read: None, ..bobs }] };
    assert_eq!(server.call(Some(&alice.token), times.clone()).await.unwrap(), hidden);
    assert_eq!(server.call(Some(&bob.token), times).await.unwrap(), known);
}
