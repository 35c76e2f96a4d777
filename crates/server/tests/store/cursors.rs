//! What a device lacks, and how far everyone is.

use std::sync::Arc;

use sealpost_protocol::conversation::LogCursor;
use sealpost_server::store::{DeliveredChange, NewEntry};

use crate::{database::Database, fixtures::*, log::stored};

pub async fn what_is_due_comes_most_recently_used_first(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let mut conversations = Vec::new();
    for _ in 0..4 {
        conversations.push(group(&db.store, &alice, &[&bob]).await);
    }
    assert!(db.store.due(bob.device).await.unwrap().is_empty());
    for (minute, at) in [2, 0, 3].into_iter().enumerate() {
        let entry = message(conversations[at], &alice, 1, "news");
        append(&db.store, NewEntry { time: NOW + 60_000 * (minute as u64 + 1), ..entry }).await;
    }
    let due = db.store.due(bob.device).await.unwrap();
    let order: Vec<_> = due.iter().map(|due| due.conversation).collect();
    assert_eq!(order, [conversations[3], conversations[0], conversations[2]]);
    assert!(due.iter().all(|due| (due.stored, due.last_seq) == (1, 2)));
    let listed = db.store.conversations(bob.account, bob.device).await.unwrap();
    assert_eq!(listed.iter().map(|seen| seen.conversation).collect::<Vec<_>>()[..3], order);
    assert_eq!(db.store.contacts(bob.account).await.unwrap(), [alice.account]);

    db.store.write_stored(&[stored(&bob, conversations[0], 2)], NOW).await.unwrap();
    assert_eq!(db.store.due(bob.device).await.unwrap().len(), 2);
}

pub async fn stored_cursors_move_forward_only(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let phone = add_device(&db.store, &bob, 2).await;
    let id = group(&db.store, &alice, &[&bob, &phone]).await;
    let entries: Vec<_> = (0..4).map(|number| message(id, &alice, 1, &number.to_string())).collect();
    db.store.append(&entries).await.unwrap();
    let delivered = |delivered| [DeliveredChange { conversation: id, account: bob.account, delivered }];

    assert_eq!(db.store.write_stored(&[stored(&bob, id, 3)], NOW).await.unwrap(), delivered(3));
    // Back, again, behind the other device, beyond the log, of a device that is not there: nothing moves.
    let ignored = [stored(&bob, id, 2), stored(&bob, id, 3), stored(&phone, id, 2), stored(&bob, id, 6)];
    for cursor in ignored {
        assert_eq!(db.store.write_stored(&[cursor], NOW).await.unwrap(), []);
    }
    assert_eq!(db.store.write_stored(&[stored(&register(&db.store, "eve").await, id, 4)], NOW).await.unwrap(), []);
    assert_eq!(
        db.store.write_stored(&[stored(&phone, id, 5), stored(&bob, id, 4)], NOW).await.unwrap().last(),
        delivered(5).last()
    );
    let cursors = db.store.cursors(id).await.unwrap();
    let bobs = cursors.iter().find(|member| member.account == bob.account).unwrap();
    assert_eq!((cursors.len(), bobs.delivered, bobs.read), (2, 5, 1));
}

pub async fn read_cursors_move_forward_only(db: Arc<Database>) {
    let [alice, eve] = [register(&db.store, "alice").await, register(&db.store, "eve").await];
    let id = group(&db.store, &alice, &[]).await;
    append(&db.store, message(id, &alice, 1, "one")).await;
    let read = |seq| LogCursor { conversation: id, seq };
    assert!(db.store.write_read(alice.account, read(2), NOW).await.unwrap());
    for seq in [2, 1, 3, u64::MAX] {
        assert!(!db.store.write_read(alice.account, read(seq), NOW).await.unwrap(), "{seq}");
    }
    assert!(!db.store.write_read(eve.account, read(1), NOW).await.unwrap());
    assert_eq!(db.store.cursors(id).await.unwrap()[0].read, 2);
    // The account's devices find it in their list of conversations.
    let listed = db.store.conversations(alice.account, alice.device).await.unwrap();
    assert_eq!(listed.iter().map(|summary| summary.read).collect::<Vec<_>>(), [2]);
}

pub async fn steps_say_when_members_had_an_entry(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let id = group(&db.store, &alice, &[&bob]).await;
    let entries: Vec<_> = (0..150).map(|number| message(id, &alice, 1, &number.to_string())).collect();
    db.store.append(&entries).await.unwrap();
    let carol = register(&db.store, "carol").await;
    append(&db.store, commit(id, &alice, 1, effects(&[&carol], &[]))).await;
    append(&db.store, message(id, &alice, 2, "for carol too")).await;
    let at = |seq| LogCursor { conversation: id, seq };
    let times = async |seq, person: &Person| -> (Option<u64>, Option<u64>) {
        let times = db.store.cursor_times(id, seq).await.unwrap();
        let found = times.iter().find(|member| member.account == person.account);
        found.map_or((None, None), |member| (member.delivered, member.read))
    };
    assert!(db.store.cursor_times(id, 2).await.unwrap().is_empty());

    db.store.write_stored(&[stored(&bob, id, 3), stored(&alice, id, 2)], NOW + 3).await.unwrap();
    db.store.write_stored(&[stored(&bob, id, 5)], NOW + 5).await.unwrap();
    db.store.write_read(bob.account, at(4), NOW + 6).await.unwrap();
    assert_eq!(times(2, &bob).await, (Some(NOW + 3), Some(NOW + 6)));
    assert_eq!(times(4, &bob).await, (Some(NOW + 5), Some(NOW + 6)));
    assert_eq!(times(5, &bob).await, (Some(NOW + 5), None));
    assert_eq!(times(6, &bob).await, (None, None));
    assert_eq!(times(2, &alice).await, (Some(NOW + 3), None));

    // Who was added later never had it, however far they are.
    db.store.write_stored(&[stored(&carol, id, 153)], NOW + 7).await.unwrap();
    assert_eq!(times(151, &carol).await, (None, None));
    // Only the newest steps are kept, and what is before them is unknown rather than wrong.
    for seq in 6..=150 {
        db.store.write_read(bob.account, at(seq), NOW + seq).await.unwrap();
    }
    assert_eq!(times(2, &bob).await, (Some(NOW + 3), None));
    assert_eq!(times(140, &bob).await.1, Some(NOW + 140));
    let known = (1..=150).map(async |seq| u64::from(times(seq, &bob).await.1.is_some()));
    let known: u64 = futures::future::join_all(known).await.into_iter().sum();
    assert!((64..=97).contains(&known), "{known} steps are kept");
    // They go with the membership.
    append(&db.store, commit(id, &alice, 2, effects(&[], &[&bob]))).await;
    append(&db.store, commit(id, &alice, 3, effects(&[&bob], &[]))).await;
    assert_eq!(times(140, &bob).await, (None, None));
}
