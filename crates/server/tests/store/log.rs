//! The log: order, exactly once, epochs, who may append, who may read what.

use std::{collections::HashSet, sync::Arc};

use sealpost_protocol::{
    ConversationId,
    conversation::{Appended, LogCursor, WINDOW_BYTES_MAX},
};
use sealpost_server::store::{AddedLeaf, AppendOutcome, AppendQueue, NewContent, NewEntry, StoredCursor};

use crate::{database::Database, fixtures::*};

pub async fn concurrent_appends_leave_no_gap_and_an_intact_chain(db: Arc<Database>) {
    const SENDERS: usize = 16;
    const EACH: usize = 40;
    let alice = register(&db.store, "alice").await;
    let mut conversations = Vec::new();
    for _ in 0..3 {
        conversations.push(group(&db.store, &alice, &[]).await);
    }
    let (queue, task) = AppendQueue::start(db.store.clone());
    let senders = (0..SENDERS).map(|sender| {
        let (queue, alice, conversations) = (queue.clone(), alice.clone(), conversations.clone());
        tokio::spawn(async move {
            for number in 0..EACH {
                let conversation = conversations[(sender + number) % conversations.len()];
                let entry = message(conversation, &alice, 1, &format!("{sender} {number}"));
                let client_id = entry.client_id;
                let AppendOutcome::Appended(stored) = queue.append(entry).await.unwrap() else { panic!() };
                assert_eq!(stored.client_id, client_id);
            }
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.unwrap();
    }
    queue.close();
    task.await.unwrap();

    let mut seen = HashSet::new();
    for conversation in conversations {
        let entries = whole_log(&db.store, conversation, &alice).await;
        seen.extend(entries.iter().skip(1).map(|entry| entry.body.message().to_vec()));
        // One sender's own entries are in its order.
        for sender in 0..SENDERS {
            let prefix = format!("{sender} ").into_bytes();
            let own = entries.iter().filter(|entry| entry.body.message().starts_with(&prefix));
            let numbers: Vec<usize> = own
                .map(|entry| String::from_utf8_lossy(&entry.body.message()[prefix.len()..]).parse().unwrap())
                .collect();
            assert!(numbers.is_sorted(), "{numbers:?}");
        }
    }
    assert_eq!(seen.len(), SENDERS * EACH);
}

pub async fn batches_over_the_same_conversations_in_any_order_all_succeed(db: Arc<Database>) {
    const CONVERSATIONS: usize = 6;
    const WRITERS: usize = 8;
    const BATCHES: usize = 10;
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let mut conversations = Vec::new();
    for _ in 0..CONVERSATIONS {
        conversations.push(group(&db.store, &alice, &[&bob]).await);
    }
    let writers = (0..WRITERS).map(|writer| {
        let (db, mut order) = (db.clone(), conversations.clone());
        let sender = if writer % 2 == 0 { alice.clone() } else { bob.clone() };
        order.rotate_left(writer % CONVERSATIONS);
        if writer % 3 == 0 {
            order.reverse();
        }
        tokio::spawn(async move {
            for batch in 0..BATCHES {
                let entries: Vec<_> = order.iter().map(|id| message(*id, &sender, 1, &format!("{batch}"))).collect();
                let outcomes = db.store.append(&entries).await.unwrap();
                assert!(outcomes.iter().all(|outcome| matches!(outcome, AppendOutcome::Appended(_))));
                let cursors: Vec<_> = order.iter().map(|id| stored(&sender, *id, batch as u64 + 2)).collect();
                db.store.write_stored(&cursors, NOW).await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    for conversation in conversations {
        assert_eq!(whole_log(&db.store, conversation, &alice).await.len(), 1 + WRITERS * BATCHES);
    }
}

pub async fn the_same_entry_again_is_a_duplicate(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let id = group(&db.store, &alice, &[]).await;
    let entry = message(id, &alice, 1, "hello");
    let first = append(&db.store, entry.clone()).await;
    let duplicate = AppendOutcome::Duplicate(Appended { seq: 2, time: first.time, duplicate: true });
    let later = NewEntry { time: NOW + HOUR, ..entry.clone() };
    assert_eq!(outcome(&db.store, later.clone()).await, duplicate);

    // After the epoch moved on it is a duplicate still, not stale; and so within one batch.
    append(&db.store, commit(id, &alice, 1, effects(&[], &[]))).await;
    assert_eq!(outcome(&db.store, later).await, duplicate);
    let twice = message(id, &alice, 2, "twice");
    let outcomes = db.store.append(&[twice.clone(), twice]).await.unwrap();
    assert!(
        matches!(&outcomes[..], [AppendOutcome::Appended(one), AppendOutcome::Duplicate(two)] if one.seq == two.seq)
    );
    assert_eq!(whole_log(&db.store, id, &alice).await.len(), 4);

    // The same client id in another conversation is another entry.
    let elsewhere = NewEntry { conversation: group(&db.store, &alice, &[]).await, ..entry };
    assert_eq!(append(&db.store, elsewhere).await.seq, 2);
}

pub async fn another_entry_under_the_same_client_id_is_refused(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let id = group(&db.store, &alice, &[]).await;
    let entry = message(id, &alice, 1, "hello");
    let first = append(&db.store, entry.clone()).await;
    let reused = AppendOutcome::ClientIdReused(Appended { seq: 2, time: first.time, duplicate: true });
    let other = NewEntry { content: NewContent::Application(b"other".as_slice().into()), ..entry.clone() };
    assert_eq!(outcome(&db.store, other).await, reused);
    let as_commit = NewContent::Commit(b"hello".as_slice().into(), Box::new(effects(&[], &[])));
    assert_eq!(outcome(&db.store, NewEntry { content: as_commit, ..entry }).await, reused);
    assert_eq!(whole_log(&db.store, id, &alice).await.len(), 2);
    assert_eq!(db.store.position(id).await.unwrap().unwrap().epoch, 1);
}

pub async fn an_entry_of_another_epoch_is_stale(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let id = group(&db.store, &alice, &[]).await;
    for (generation, epoch) in [(1, 0), (1, 2), (0, 1), (2, 1), (u64::MAX, u64::MAX)] {
        let entry = NewEntry { generation, ..message(id, &alice, epoch, "stale") };
        let AppendOutcome::StaleEpoch(current) = outcome(&db.store, entry).await else { panic!() };
        assert_eq!((current.generation, current.epoch, current.last_seq), (1, 1, 1));
    }
    // Within one batch the commit ends the epoch for what comes after it.
    let batch = [
        message(id, &alice, 1, "before"),
        commit(id, &alice, 1, effects(&[], &[])),
        message(id, &alice, 1, "after"),
        message(id, &alice, 2, "next"),
    ];
    let outcomes = db.store.append(&batch).await.unwrap();
    assert!(matches!(&outcomes[2], AppendOutcome::StaleEpoch(current) if (current.epoch, current.last_seq) == (2, 3)));
    let epochs: Vec<_> = whole_log(&db.store, id, &alice).await.iter().map(|entry| entry.epoch).collect();
    assert_eq!(epochs, [0, 1, 1, 2]);
}

pub async fn of_concurrent_commits_one_wins(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let id = group(&db.store, &alice, &[&bob]).await;
    for epoch in 1..=5 {
        let attempts = [&alice, &bob, &alice, &bob].map(|sender| {
            let change = effects(&[], &[]);
            let (db, view) = (db.clone(), change.group_info.clone());
            let entry = commit(id, sender, epoch, change);
            tokio::spawn(async move { (outcome(&db.store, entry).await, view) })
        });
        let mut winners = Vec::new();
        for attempt in attempts {
            match attempt.await.unwrap() {
                (AppendOutcome::Appended(_), view) => winners.push(view),
                (AppendOutcome::StaleEpoch(current), _) => assert_eq!(current.epoch, epoch + 1),
                other => panic!("{other:?}"),
            }
        }
        // What joiners get is the winner's.
        assert_eq!(winners, [db.store.group_info(id).await.unwrap().unwrap().group_info.0]);
    }
    assert_eq!(whole_log(&db.store, id, &alice).await.len(), 6);
}

pub async fn strangers_and_missing_conversations_look_alike(db: Arc<Database>) {
    let [alice, eve] = [register(&db.store, "alice").await, register(&db.store, "eve").await];
    let phone = add_device(&db.store, &alice, 2).await;
    let id = group(&db.store, &alice, &[]).await;
    let known = message(id, &alice, 1, "known");
    append(&db.store, known.clone()).await;
    let missing = ConversationId([0; 16]);
    for entry in [
        message(id, &eve, 1, "from a stranger"),
        message(id, &phone, 1, "from a device that has not joined"),
        message(missing, &alice, 1, "to nowhere"),
        commit(id, &eve, 1, effects(&[&eve], &[])),
        NewEntry { account: eve.account, device: eve.device, ..known },
    ] {
        assert_eq!(outcome(&db.store, entry).await, AppendOutcome::NotMember);
    }
    assert!(db.store.log_window(id, eve.device, 0).await.unwrap().is_none());
    assert!(db.store.log_window(missing, alice.device, 0).await.unwrap().is_none());
    assert!(!db.store.is_member(id, eve.account).await.unwrap());
    assert_eq!(whole_log(&db.store, id, &alice).await.len(), 2);
}

pub fn joining(id: ConversationId, joiner: &Person, epoch: u64, removed: &[&Person]) -> NewEntry {
    let mut change = effects(&[], removed);
    change.added = vec![AddedLeaf { account: joiner.account, device: joiner.device, welcome: None }];
    commit(id, joiner, epoch, change)
}

pub async fn a_member_joins_by_its_own_commit(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let phone = add_device(&db.store, &alice, 2).await;
    let id = group(&db.store, &alice, &[]).await;
    let join = joining(id, &phone, 1, &[]);
    let AppendOutcome::Appended(entry) = outcome(&db.store, join.clone()).await else { panic!() };
    assert!(matches!(outcome(&db.store, join).await, AppendOutcome::Duplicate(first) if first.seq == entry.seq));
    assert!(db.store.inbox(phone.device, 0, 10).await.unwrap().is_empty());
    append(&db.store, message(id, &phone, 2, "here")).await;

    // It reads from where it joined, not before.
    let window = db.store.log_window(id, phone.device, 0).await.unwrap().unwrap();
    assert_eq!(window.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [3]);
    // Joining anew replaces its leaf.
    let again = append(&db.store, joining(id, &phone, 2, &[&phone])).await;
    let seen = db.store.conversation(id, phone.account, phone.device).await.unwrap().unwrap();
    assert_eq!((seen.joined, seen.stored), (true, again.seq));
    assert_eq!(db.store.leaf_devices(id).await.unwrap().len(), 2);
}

pub fn stored(person: &Person, conversation: ConversationId, seq: u64) -> StoredCursor {
    StoredCursor { account: person.account, device: person.device, cursor: LogCursor { conversation, seq } }
}

pub async fn a_removed_device_reads_up_to_its_removal(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let id = group(&db.store, &alice, &[&bob]).await;
    let last = message(id, &bob, 1, "bob's last");
    append(&db.store, last.clone()).await;
    append(&db.store, commit(id, &alice, 1, effects(&[], &[&bob]))).await;
    append(&db.store, message(id, &alice, 2, "without bob")).await;

    assert!(!db.store.is_member(id, bob.account).await.unwrap());
    assert!(!db.store.is_leaf(id, bob.device).await.unwrap());
    assert!(db.store.conversations(bob.account, bob.device).await.unwrap().is_empty());
    assert_eq!(outcome(&db.store, message(id, &bob, 2, "no longer")).await, AppendOutcome::NotMember);
    assert!(matches!(outcome(&db.store, last).await, AppendOutcome::Duplicate(_)));

    let [due] = db.store.due(bob.device).await.unwrap().try_into().unwrap();
    assert_eq!((due.stored, due.last_seq), (1, 3));
    let window = db.store.log_window(id, bob.device, due.stored).await.unwrap().unwrap();
    assert_eq!(window.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(window.last_seq, 3);
    db.store.write_stored(&[stored(&bob, id, 4)], NOW).await.unwrap();
    assert_eq!(db.store.due(bob.device).await.unwrap().len(), 1, "a cursor beyond the removal was taken");
    db.store.write_stored(&[stored(&bob, id, 3)], NOW).await.unwrap();
    assert!(db.store.due(bob.device).await.unwrap().is_empty());
    assert!(db.store.log_window(id, bob.device, 0).await.unwrap().is_none());
}

pub async fn windows_are_bounded(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let id = group(&db.store, &alice, &[]).await;
    let small: Vec<_> = (0..150).map(|number| message(id, &alice, 1, &number.to_string())).collect();
    db.store.append(&small).await.unwrap();
    let window = db.store.log_window(id, alice.device, 0).await.unwrap().unwrap();
    assert_eq!((window.entries.len(), window.last_seq), (100, 151));
    let rest = db.store.log_window(id, alice.device, 100).await.unwrap().unwrap();
    assert_eq!(rest.entries.len(), 51);
    assert!(db.store.log_window(id, alice.device, u64::MAX).await.unwrap().unwrap().entries.is_empty());

    let half = "x".repeat(WINDOW_BYTES_MAX / 2);
    let huge = "x".repeat(2 * WINDOW_BYTES_MAX);
    let large = [&half, &half, &half, &huge, &half].map(|text| message(id, &alice, 1, text));
    db.store.append(&large).await.unwrap();
    let mut lengths = Vec::new();
    let mut after = 151;
    while after < 156 {
        let window = db.store.log_window(id, alice.device, after).await.unwrap().unwrap();
        after = window.entries.last().unwrap().seq;
        lengths.push(window.entries.len());
    }
    assert_eq!(lengths, [2, 1, 1, 1]);
}
