//! Key packages and claims.

use std::{collections::HashSet, sync::Arc};

use sealpost_protocol::{AccountId, device::ClaimedKeyPackage};
use sealpost_server::store::NewKeyPackage;

use crate::{database::Database, fixtures::*};

fn bytes(claimed: &[ClaimedKeyPackage]) -> Vec<Vec<u8>> {
    claimed.iter().map(|one| one.key_package.to_vec()).collect()
}

async fn claim(db: &Database, asking: &Person, accounts: &[AccountId]) -> Vec<Vec<u8>> {
    bytes(&db.store.claim_key_packages(asking.device, client_id(), accounts, (SUITE, false), NOW).await.unwrap())
}

async fn publish(
    db: &Database,
    owner: &Person,
    packages: &[NewKeyPackage],
    last_resort: Option<&NewKeyPackage>,
) -> u32 {
    db.store.add_key_packages((owner.account, owner.device), packages, last_resort, NOW).await.unwrap().unwrap()
}

pub async fn a_device_has_so_many_packages_and_no_more(db: Arc<Database>) {
    let bob = register(&db.store, "bob").await;
    let packages = |count: usize| (0..count).map(|_| key_package(NOW + DAY)).collect::<Vec<_>>();
    let left = publish(&db, &bob, &packages(150), None).await;
    let owner = (bob.account, bob.device);
    assert_eq!(db.store.add_key_packages(owner, &packages(201 - left as usize), None, NOW).await.unwrap(), None);
    assert_eq!(db.store.key_packages_left(bob.device, NOW).await.unwrap(), left, "none of them was added");
    assert_eq!(publish(&db, &bob, &packages(200 - left as usize), None).await, 200);
}

pub async fn a_claim_can_be_repeated(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let phone = add_device(&db.store, &alice, 2).await;
    for owner in [&alice, &phone, &bob] {
        let packages: Vec<_> = (0..3).map(|_| key_package(NOW + DAY)).collect();
        assert_eq!(publish(&db, owner, &packages, None).await, 3);
        assert_eq!(publish(&db, owner, &packages, None).await, 3);
    }
    let accounts = [alice.account, bob.account, AccountId([0; 16])];
    let id = client_id();
    let first = db.store.claim_key_packages(alice.device, id, &accounts, (SUITE, false), NOW).await.unwrap();
    let devices: HashSet<_> = first.iter().map(|one| (one.account, one.device)).collect();
    // One of each device, of the asking account too, but none of the asking device.
    assert_eq!(devices, HashSet::from([(alice.account, phone.device), (bob.account, bob.device)]));
    let again = db.store.claim_key_packages(alice.device, id, &accounts, (SUITE, false), NOW).await.unwrap();
    assert_eq!(bytes(&again), bytes(&first));
    assert_eq!(db.store.key_packages_left(bob.device, NOW).await.unwrap(), 2);
    assert_eq!(db.store.key_packages_left(alice.device, NOW).await.unwrap(), 3);

    // The same id of another device is another claim, and another suite has no packages.
    let other = db.store.claim_key_packages(phone.device, id, &[bob.account], (SUITE, false), NOW).await.unwrap();
    assert!(bytes(&other).iter().all(|package| !bytes(&first).contains(package)));
    assert!(
        db.store.claim_key_packages(phone.device, client_id(), &accounts, (1, false), NOW).await.unwrap().is_empty()
    );
}

pub async fn no_package_is_handed_out_twice(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let packages: Vec<_> = (0..30).map(|_| key_package(NOW + DAY)).collect();
    assert_eq!(publish(&db, &bob, &packages, None).await, 30);
    let claims = (0..30).map(|_| {
        let (db, alice, bob) = (db.clone(), alice.clone(), bob.account);
        tokio::spawn(async move { claim(&db, &alice, &[bob]).await })
    });
    let mut taken = HashSet::new();
    for one in claims.collect::<Vec<_>>() {
        for package in one.await.unwrap() {
            assert!(taken.insert(package), "a package was handed out twice");
        }
    }
    assert_eq!(taken.len(), 30);
    // Uploading them again brings none of them back.
    assert_eq!(publish(&db, &bob, &packages, None).await, 0);
    assert!(claim(&db, &alice, &[bob.account]).await.is_empty());
}

pub async fn the_last_resort_and_old_packages(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let (single, old_resort, resort) =
        (key_package(NOW + DAY), key_package(NOW + 365 * DAY), key_package(NOW + 365 * DAY));
    assert_eq!(publish(&db, &bob, &[], Some(&old_resort)).await, 0);
    assert_eq!(publish(&db, &bob, std::slice::from_ref(&single), Some(&resort)).await, 1);
    assert_eq!(claim(&db, &alice, &[bob.account]).await, [single.key_package]);
    // Then the last-resort package, the newest one only, as often as needed.
    for _ in 0..2 {
        assert_eq!(claim(&db, &alice, &[bob.account]).await, std::slice::from_ref(&resort.key_package));
    }

    let year = key_package(NOW + 365 * DAY);
    assert_eq!(publish(&db, &bob, std::slice::from_ref(&year), None).await, 1);
    let later = NOW + 90 * DAY;
    assert_eq!(db.store.key_packages_left(bob.device, later).await.unwrap(), 0);
    let claimed =
        db.store.claim_key_packages(alice.device, client_id(), &[bob.account], (SUITE, false), later).await.unwrap();
    assert!(claimed.is_empty(), "a package of 90 days was handed out");
    let in_time = db
        .store
        .claim_key_packages(alice.device, client_id(), &[bob.account], (SUITE, false), later - 1)
        .await
        .unwrap();
    assert_eq!(bytes(&in_time), [year.key_package]);
}
