//! Devices and their lists.

use std::sync::Arc;

use sealpost_protocol::AccountId;
use sealpost_server::store::{DeviceListUpdate, ListPublished};

use crate::{database::Database, fixtures::*};

pub async fn device_lists_form_one_chain(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let writers = (0..6).map(|_| {
        let (db, update) = (db.clone(), list_update(&alice, 2));
        tokio::spawn(async move { db.store.publish_device_list(&update).await.unwrap() })
    });
    let mut published = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        published.push(writer.await.unwrap());
    }
    assert_eq!(published.iter().filter(|one| **one == ListPublished::Done { ended: Vec::new() }).count(), 1);
    assert_eq!(published.iter().filter(|one| **one == ListPublished::Conflict(2)).count(), 5);

    let phone = add_device(&db.store, &alice, 3).await;
    let session = db.store.use_session(phone.token_hash, NOW, DAY).await.unwrap().unwrap();
    assert_eq!(session.device, Some(phone.device));
    assert_eq!(db.store.device(phone.device).await.unwrap().unwrap().admitted, 3);

    let mut taken = list_update(&alice, 4);
    let mut device = new_device();
    device.device = phone.device;
    taken.admitted = Some((device, alice.token_hash));
    assert_eq!(db.store.publish_device_list(&taken).await.unwrap(), ListPublished::IdTaken);

    let key = DeviceListUpdate { list_key_certificate: Some((2, b"certificate 2".to_vec())), ..list_update(&alice, 4) };
    assert_eq!(db.store.publish_device_list(&key).await.unwrap(), ListPublished::Done { ended: Vec::new() });
    let lists = db.store.device_lists(alice.account, 2).await.unwrap().unwrap();
    assert_eq!(lists.lists.iter().map(|list| list.to_vec()).collect::<Vec<_>>(), [b"list 3", b"list 4"]);
    assert_eq!(lists.list_key_certificates.len(), 2);
    assert!(db.store.device_lists(AccountId([0; 16]), 0).await.unwrap().is_none());
}

pub async fn a_removed_device_loses_sessions_packages_and_welcomes(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let phone = add_device(&db.store, &alice, 2).await;
    let id = group(&db.store, &bob, &[&alice, &phone]).await;
    let [welcome] = db.store.inbox(phone.device, 0, 10).await.unwrap().try_into().unwrap();
    append(&db.store, commit(id, &bob, 1, effects(&[], &[]))).await;
    for person in [&alice, &phone] {
        let owner = (person.account, person.device);
        assert_eq!(db.store.add_key_packages(owner, &[key_package(NOW + DAY)], None, NOW).await.unwrap(), Some(1));
    }

    let update = DeviceListUpdate { removed: vec![phone.device, bob.device], ..list_update(&alice, 3) };
    let published = db.store.publish_device_list(&update).await.unwrap();
    assert_eq!(published, ListPublished::Done { ended: vec![phone.token_hash] });
    assert_eq!(db.store.device(alice.device).await.unwrap().unwrap().removed, None);
    assert_eq!(db.store.device(phone.device).await.unwrap().unwrap().removed, Some(NOW));
    assert!(db.store.use_session(phone.token_hash, NOW, DAY).await.unwrap().is_none());
    assert!(db.store.inbox(phone.device, 0, 10).await.unwrap().is_empty());
    assert_eq!(db.store.key_packages_left(phone.device, NOW).await.unwrap(), 0);
    // Others keep theirs, and nobody removes another account's device.
    assert_eq!(db.store.inbox(alice.device, 0, 10).await.unwrap().len(), 1);
    assert_eq!(db.store.key_packages_left(alice.device, NOW).await.unwrap(), 1);
    assert_eq!(db.store.device(bob.device).await.unwrap().unwrap().removed, None);

    // The tree that the Welcomes named goes with the last of them, the present one stays.
    let tree = || async { db.store.tree(id, &welcome.tree, bob.device).await.unwrap() };
    db.store.prune(NOW).await.unwrap();
    assert!(tree().await.is_some());
    let update = DeviceListUpdate { removed: vec![alice.device], ..list_update(&alice, 4) };
    assert!(matches!(db.store.publish_device_list(&update).await.unwrap(), ListPublished::Done { .. }));
    db.store.prune(NOW).await.unwrap();
    assert!(tree().await.is_none());
    assert!(db.store.group_info(id).await.unwrap().is_some());
}
