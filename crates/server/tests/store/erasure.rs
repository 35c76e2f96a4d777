//! Blanking entries: what goes, what stays, and who may.

use std::sync::Arc;

use sealpost_protocol::{
    ConversationId,
    conversation::{Appended, Entry, EntryBody},
};
use sealpost_server::store::{AppendOutcome, Erased, Erasure, NewContent, NewEntry};

use crate::{database::Database, fixtures::*};

fn with_token(token_hash: [u8; 32], entry: NewEntry) -> NewEntry {
    NewEntry { erasure: Erasure { token_hash: Some(token_hash), expires_in: None }, ..entry }
}

fn expiring(seconds: u32, entry: NewEntry) -> NewEntry {
    NewEntry { erasure: Erasure { expires_in: Some(seconds), token_hash: None }, ..entry }
}

/// What an entry becomes when it is blanked.
fn blank(entry: &Entry) -> Entry {
    Entry { body: EntryBody::Blank {}, expires_in: None, ..entry.clone() }
}

async fn read(db: &Database, id: ConversationId, person: &Person) -> Vec<Entry> {
    db.store.log_window(id, person.device, 1).await.unwrap().unwrap().entries
}

pub async fn a_token_blanks_its_entry_and_nothing_else(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let id = group(&db.store, &alice, &[]).await;
    let one = append(&db.store, with_token([1; 32], message(id, &alice, 1, "one"))).await;
    let two = append(&db.store, with_token([2; 32], message(id, &alice, 1, "two"))).await;
    let untold = append(&db.store, message(id, &alice, 1, "no token")).await;

    for (conversation, seq, token, outcome) in [
        (id, one.seq, [2; 32], Erased::WrongToken),
        (id, untold.seq, [1; 32], Erased::WrongToken),
        (id, 1, [1; 32], Erased::WrongToken),
        (id, 9, [1; 32], Erased::NotFound),
        (id, u64::MAX, [1; 32], Erased::NotFound),
        (ConversationId([0; 16]), one.seq, [1; 32], Erased::NotFound),
        (id, one.seq, [1; 32], Erased::Done),
        (id, one.seq, [1; 32], Erased::Already),
        (id, one.seq, [2; 32], Erased::WrongToken),
    ] {
        assert_eq!(db.store.erase(conversation, seq, &token).await.unwrap(), outcome, "{seq} {token:?}");
    }
    assert_eq!(read(&db, id, &alice).await, [blank(&one), (*two).clone(), (*untold).clone()]);
    // The chain goes on from the hash of what was there.
    let next = append(&db.store, message(id, &alice, 1, "next")).await;
    let before: [u8; 32] = untold.hash.as_ref().try_into().unwrap();
    assert_eq!(*next.hash, next.running_hash(&before));
}

pub async fn an_entry_is_blanked_when_its_time_has_come(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let id = group(&db.store, &alice, &[]).await;
    let soon = append(&db.store, expiring(30, message(id, &alice, 1, "soon"))).await;
    let later = append(&db.store, expiring(60, message(id, &alice, 1, "later"))).await;
    let never = append(&db.store, message(id, &alice, 1, "never")).await;
    let seconds: Vec<_> = read(&db, id, &alice).await.iter().map(|entry| entry.expires_in).collect();
    assert_eq!(seconds, [Some(30), Some(60), None]);

    let at = |seconds: u64| soon.time + seconds * 1000;
    assert_eq!(db.store.blank_expired(at(30) - 1, 10).await.unwrap(), []);
    assert_eq!(db.store.blank_expired(at(30), 10).await.unwrap(), [(id, soon.seq)]);
    assert_eq!(db.store.blank_expired(at(30), 10).await.unwrap(), []);
    assert_eq!(read(&db, id, &alice).await, [blank(&soon), (*later).clone(), (*never).clone()]);

    let more: Vec<_> = (0..3).map(|_| expiring(30, message(id, &alice, 1, "more"))).collect();
    db.store.append(&more).await.unwrap();
    assert_eq!(db.store.blank_expired(at(DAY), 3).await.unwrap().len(), 3, "no more at once than was asked for");
    assert_eq!(db.store.blank_expired(at(DAY), 3).await.unwrap().len(), 1);
    let left: Vec<_> =
        read(&db, id, &alice).await.into_iter().filter(|entry| entry.body != EntryBody::Blank {}).collect();
    assert_eq!(left, [(*never).clone()]);
}

pub async fn a_blank_entry_is_still_a_duplicate(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let id = group(&db.store, &alice, &[]).await;
    let new = with_token([1; 32], message(id, &alice, 1, "said"));
    let first = append(&db.store, new.clone()).await;
    append(&db.store, message(id, &alice, 1, "after it")).await;
    assert_eq!(db.store.erase(id, first.seq, &[1; 32]).await.unwrap(), Erased::Done);

    let appended = Appended { seq: first.seq, time: first.time, duplicate: true };
    let retry = NewEntry { time: NOW + HOUR, ..new.clone() };
    assert_eq!(outcome(&db.store, retry).await, AppendOutcome::Duplicate(appended));
    let other = NewEntry { content: NewContent::Application(b"other".as_slice().into()), ..new.clone() };
    assert_eq!(outcome(&db.store, other).await, AppendOutcome::ClientIdReused(appended));
    let as_commit = NewContent::Commit(b"said".as_slice().into(), Box::new(effects(&[], &[])));
    assert_eq!(
        outcome(&db.store, NewEntry { content: as_commit, ..new }).await,
        AppendOutcome::ClientIdReused(appended)
    );
    assert_eq!(read(&db, id, &alice).await.len(), 2);
}
