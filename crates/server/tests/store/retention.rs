//! How long entries are kept, for whom, and what is left of those that are not.

use std::sync::Arc;

use sealpost_protocol::{
    ConversationId, Timestamp,
    conversation::{LogWindow, Pruned},
};
use sealpost_server::store::{AppendOutcome, Loss, NewEntry, PASSWORD_SETUP, Retention};

use crate::{
    database::Database,
    fixtures::*,
    log::{joining, stored},
};

const RETENTION: Retention = Retention { members: 365 * DAY, devices: 30 * DAY };

async fn prune(db: &Database, now: Timestamp) {
    assert_eq!(db.store.prune_logs(None, RETENTION, now).await.unwrap(), None, "few are looked at all at once");
    db.store.setting_or(PASSWORD_SETUP, b"a set-up").await.unwrap();
    db.store.verify().await.unwrap();
}

/// Has as many messages said, the first of them entry 2.
async fn say(db: &Database, id: ConversationId, person: &Person, number: usize) -> Vec<NewEntry> {
    let said: Vec<_> = (0..number).map(|at| message(id, person, 1, &format!("message {at}"))).collect();
    for entry in &said {
        append(&db.store, entry.clone()).await;
    }
    said
}

async fn window(db: &Database, id: ConversationId, person: &Person, after: u64) -> LogWindow {
    db.store.log_window(id, person.device, after).await.unwrap().unwrap()
}

/// Where the entries begin that a device gets, and which it is told are gone.
async fn begins(db: &Database, id: ConversationId, person: &Person) -> (Option<u64>, Option<u64>) {
    let window = window(db, id, person, 0).await;
    (window.entries.first().map(|entry| entry.seq), window.pruned.map(|pruned| pruned.seq))
}

pub async fn what_every_device_has_is_not_kept(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let id = group(&db.store, &alice, &[&bob]).await;
    say(&db, id, &alice, 3).await;
    let third = window(&db, id, &alice, 2).await.entries.remove(0);
    prune(&db, NOW).await;
    assert_eq!(begins(&db, id, &alice).await, (Some(1), None));

    db.store.write_stored(&[stored(&alice, id, 4), stored(&bob, id, 3)], NOW).await.unwrap();
    prune(&db, NOW + HOUR).await;
    assert_eq!(begins(&db, id, &bob).await, (Some(4), Some(3)));
    let pruned = window(&db, id, &bob, 1).await.pruned;
    assert_eq!(pruned, Some(Pruned { seq: 3, hash: third.hash.clone() }));
    // Whoever has them is told nothing of it.
    assert_eq!(window(&db, id, &bob, 3).await.pruned, None);

    db.store.write_stored(&[stored(&bob, id, 4)], NOW).await.unwrap();
    prune(&db, NOW + HOUR).await;
    let all = window(&db, id, &bob, 4).await;
    assert!(all.entries.is_empty() && all.pruned.is_none() && all.last_seq == 4);
    // The log goes on as if nothing had happened.
    let next = append(&db.store, message(id, &bob, 1, "next")).await;
    assert_eq!(window(&db, id, &alice, 4).await.entries, [(*next).clone()]);
    db.store.verify().await.unwrap();
}

pub async fn away_devices_and_away_people_are_waited_for(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let tablet = add_device(&db.store, &bob, 2).await;
    let id = group(&db.store, &alice, &[&bob, &tablet]).await;
    say(&db, id, &alice, 2).await;
    db.store.write_stored(&[stored(&alice, id, 3), stored(&bob, id, 2)], NOW).await.unwrap();

    prune(&db, NOW + 30 * DAY).await;
    assert_eq!(begins(&db, id, &tablet).await, (Some(2), None), "a tablet is waited for");
    prune(&db, NOW + 30 * DAY + 1).await;
    assert_eq!(begins(&db, id, &tablet).await, (Some(3), Some(2)), "the last has not come to anyone of bob's");
    prune(&db, NOW + 365 * DAY).await;
    assert_eq!(begins(&db, id, &tablet).await, (Some(3), Some(2)), "bob is waited for");
    prune(&db, NOW + 365 * DAY + 1).await;
    assert_eq!(begins(&db, id, &tablet).await, (None, Some(3)));
}

pub async fn a_device_that_came_later_has_nothing_from_before(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let id = group(&db.store, &alice, &[&bob]).await;
    say(&db, id, &alice, 2).await;
    let tablet = add_device(&db.store, &bob, 2).await;
    append(&db.store, joining(id, &tablet, 1, &[])).await;
    let stored = [stored(&alice, id, 4), stored(&bob, id, 2), stored(&tablet, id, 4)];
    db.store.write_stored(&stored, NOW).await.unwrap();
    // Bob's first device is the only one of his that gets the third.
    prune(&db, NOW + 40 * DAY).await;
    assert_eq!(begins(&db, id, &bob).await, (Some(3), Some(2)));
    prune(&db, NOW + 400 * DAY).await;
    assert_eq!(window(&db, id, &bob, 2).await.pruned.map(|pruned| pruned.seq), Some(4));
}

pub async fn a_pruned_entry_is_not_taken_twice_nor_missed(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let id = group(&db.store, &alice, &[]).await;
    let said = say(&db, id, &alice, 3).await;
    let hashes: Vec<_> = window(&db, id, &alice, 1).await.entries.into_iter().map(|entry| entry.hash).collect();
    db.store.write_stored(&[stored(&alice, id, 4)], NOW).await.unwrap();
    let missed = async |seq: usize| {
        let hash: &[u8; 32] = hashes[seq - 2].as_ref().try_into().unwrap();
        db.store.note_loss(id, alice.device, ((seq as u64, hash), 0), NOW).await.unwrap()
    };

    prune(&db, NOW + 100 * DAY).await;
    let again = outcome(&db.store, said[0].clone()).await;
    assert!(matches!(again, AppendOutcome::Duplicate(first) if first.seq == 2), "{again:?}");
    assert_eq!(missed(2).await, Loss::None);

    // Long after that nobody sends it again, and nothing of it is left but the newest entry's place.
    prune(&db, NOW + 130 * DAY).await;
    let again = outcome(&db.store, said[2].clone()).await;
    assert!(matches!(again, AppendOutcome::ClientIdReused(first) if first.seq == 4), "{again:?}");
    assert!(matches!(outcome(&db.store, said[0].clone()).await, AppendOutcome::Appended(_)));
    assert_eq!((missed(2).await, missed(4).await), (Loss::None, Loss::None));
    db.store.verify().await.unwrap();
}

pub async fn who_was_removed_and_never_came_has_no_part_any_more(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let id = group(&db.store, &alice, &[&bob]).await;
    say(&db, id, &alice, 1).await;
    append(&db.store, commit(id, &alice, 1, effects(&[], &[&bob]))).await;
    append(&db.store, message(id, &alice, 2, "without bob")).await;
    db.store.write_stored(&[stored(&alice, id, 4)], NOW).await.unwrap();
    prune(&db, NOW + 30 * DAY).await;
    assert_eq!(begins(&db, id, &bob).await, (Some(2), None), "what bob missed before");
    prune(&db, NOW + 31 * DAY).await;
    assert!(db.store.log_window(id, bob.device, 1).await.unwrap().is_none());
}

pub async fn many_logs_are_pruned_a_few_at_a_time(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let mut groups = Vec::new();
    for _ in 0..201 {
        groups.push(group(&db.store, &alice, &[]).await);
    }
    groups.sort_unstable();
    let later = NOW + 366 * DAY;
    let at = db.store.prune_logs(None, RETENTION, later).await.unwrap();
    assert_eq!(at, Some(groups[199]));
    assert_eq!(begins(&db, groups[199], &alice).await, (None, Some(1)));
    assert_eq!(begins(&db, groups[200], &alice).await, (Some(1), None));
    assert_eq!(db.store.prune_logs(at, RETENTION, later).await.unwrap(), None);
    assert_eq!(begins(&db, groups[200], &alice).await, (None, Some(1)));
}

pub async fn a_welcome_that_nobody_came_for_expires(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    group(&db.store, &alice, &[&bob]).await;
    let welcomes = async || db.store.inbox(bob.device, 0, 10).await.unwrap().len();
    db.store.expire_welcomes(RETENTION, NOW + 365 * DAY - 1).await.unwrap();
    assert_eq!(welcomes().await, 1);
    db.store.expire_welcomes(RETENTION, NOW + 365 * DAY).await.unwrap();
    assert_eq!(welcomes().await, 0);
}

pub async fn nothing_becomes_old_by_a_jump_of_the_clock(db: Arc<Database>) {
    let clock = async |now| db.store.age_clock(now).await.unwrap();
    assert_eq!(clock(NOW).await, NOW);
    assert_eq!(clock(NOW + HOUR).await, NOW + HOUR);
    // A year ahead, or a server that stood still for one.
    assert_eq!(clock(NOW + 365 * DAY).await, NOW + HOUR + DAY);
    assert_eq!(clock(NOW + 2 * HOUR).await, NOW + HOUR + DAY, "it does not go back");
    assert_eq!(clock(NOW + 2 * DAY).await, NOW + 2 * DAY);
}
