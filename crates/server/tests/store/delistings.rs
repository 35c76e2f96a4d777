//! Devices that left their account's list: what waits for the commit that removes them, and what does not wait.

use std::sync::Arc;

use sealpost_protocol::Bytes;
use sealpost_server::store::{AppendOutcome, DeviceListUpdate, ListPublished};

use crate::{database::Database, fixtures::*, log::joining};

/// The account's next list leaves devices out.
async fn leave_out(db: &Database, version: u64, devices: &[&Person]) {
    let removed = devices.iter().map(|device| device.device).collect();
    let update = DeviceListUpdate { removed, ..list_update(devices[0], version) };
    assert!(matches!(db.store.publish_device_list(&update).await.unwrap(), ListPublished::Done { .. }));
}

fn pending(version: u64) -> AppendOutcome {
    AppendOutcome::RemovalsPending(vec![Bytes(format!("proof {version}").into_bytes())])
}

pub async fn a_device_that_is_not_listed_is_removed_before_anything_else(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let (phone, tablet) = (add_device(&db.store, &bob, 2).await, add_device(&db.store, &bob, 3).await);
    let id = group(&db.store, &alice, &[&bob, &phone, &tablet]).await;
    let elsewhere = group(&db.store, &alice, &[&bob]).await;
    let joined = outcome(&db.store, joining(id, &add_device(&db.store, &alice, 2).await, 1, &[])).await;
    assert!(matches!(joined, AppendOutcome::Appended(_)));
    leave_out(&db, 4, &[&phone]).await;
    leave_out(&db, 5, &[&tablet]).await;

    for entry in [
        message(id, &alice, 2, "not yet"),
        commit(id, &alice, 2, effects(&[], &[])),
        commit(id, &alice, 2, effects(&[], &[&phone])),
    ] {
        assert_eq!(outcome(&db.store, entry).await, pending(5));
    }
    append(&db.store, message(elsewhere, &alice, 1, "where neither is")).await;
    assert_eq!(outcome(&db.store, message(id, &phone, 2, "still here")).await, pending(5));
    let batch = [
        message(id, &bob, 2, "too early"),
        commit(id, &bob, 2, effects(&[], &[&phone, &tablet])),
        message(id, &bob, 3, "without them"),
    ];
    let outcomes = db.store.append(&batch).await.unwrap();
    assert_eq!(outcomes[0], pending(5));
    assert!(outcomes[1..].iter().all(|outcome| matches!(outcome, AppendOutcome::Appended(_))), "{outcomes:?}");
    append(&db.store, message(id, &alice, 3, "and on")).await;
    assert!(db.store.is_member(id, bob.account).await.unwrap());
}

pub async fn the_last_leaf_of_an_account_waits_for_its_next_device(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let phone = add_device(&db.store, &bob, 2).await;
    let id = group(&db.store, &alice, &[&bob]).await;
    leave_out(&db, 3, &[&bob]).await;
    append(&db.store, message(id, &alice, 1, "to be read by the next one")).await;
    assert!(matches!(outcome(&db.store, joining(id, &phone, 1, &[])).await, AppendOutcome::Appended(_)));
    assert_eq!(outcome(&db.store, message(id, &alice, 2, "not yet")).await, pending(3));
    append(&db.store, commit(id, &phone, 2, effects(&[], &[&bob]))).await;
    append(&db.store, message(id, &alice, 3, "without the old one")).await;
}

pub async fn a_device_that_is_added_when_it_has_left_its_list_is_removed_next(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let phone = add_device(&db.store, &bob, 2).await;
    let id = group(&db.store, &alice, &[&bob]).await;
    leave_out(&db, 3, &[&phone]).await;
    // It was checked while the device was listed.
    append(&db.store, commit(id, &alice, 1, effects(&[&phone], &[]))).await;
    assert_eq!(outcome(&db.store, message(id, &alice, 2, "not yet")).await, pending(3));
    append(&db.store, commit(id, &alice, 2, effects(&[], &[&phone]))).await;
    append(&db.store, message(id, &alice, 3, "without it")).await;
}
