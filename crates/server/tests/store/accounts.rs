//! Accounts, invites, search, backups, vaults and settings.

use std::sync::Arc;

use sealpost_protocol::{
    AccountId, PasskeyId,
    account::{VaultRecord, VaultWrite},
};
use sealpost_server::store::{
    BackupChange, BackupWritten, Invite, NewPasskey, Registered, Registration, Store, VaultWritten,
};

use crate::{database::Database, fixtures::*};

const DONE: Registered = Registered::Done { replaced: None };

pub async fn registering_makes_everything_at_once(db: Arc<Database>) {
    let new = registration("alice");
    assert_eq!(db.store.register(&new).await.unwrap(), DONE);

    let profile = db.store.profile(new.account).await.unwrap().unwrap();
    assert_eq!((profile.username.as_str(), profile.display_name.as_str()), ("alice", "alice Example"));
    assert_eq!(profile.device_list_version, 1);
    let credentials = db.store.credentials("alice").await.unwrap().unwrap();
    assert_eq!(credentials.account, new.account);
    assert_eq!(credentials.recovery_token_hash, new.recovery_token_hash);
    assert_eq!(db.store.backup(new.account).await.unwrap().unwrap(), new.backup);
    let session = db.store.use_session(new.session.token_hash, NOW, 90 * DAY).await.unwrap().unwrap();
    assert_eq!((session.account, session.device), (new.account, Some(new.device.device.device)));
    assert_eq!(db.store.device(new.device.device.device).await.unwrap().unwrap().removed, None);
    let lists = db.store.device_lists(new.account, 0).await.unwrap().unwrap();
    assert_eq!((lists.lists.len(), lists.list_key_certificates.len()), (1, 1));
}

pub async fn taken_names_and_ids_are_told_apart(db: Arc<Database>) {
    let first = registration("alice");
    assert_eq!(db.store.register(&first).await.unwrap(), DONE);

    let same_name = registration("alice");
    assert_eq!(db.store.register(&same_name).await.unwrap(), Registered::UsernameTaken);
    let mut same_id = registration("bob");
    same_id.account = first.account;
    assert_eq!(db.store.register(&same_id).await.unwrap(), Registered::IdTaken);
    let mut same_device = registration("carol");
    same_device.device.device.device = first.device.device.device;
    assert_eq!(db.store.register(&same_device).await.unwrap(), Registered::IdTaken);

    assert!(db.store.credentials("bob").await.unwrap().is_none());
    assert!(!db.store.is_username_taken("carol").await.unwrap());
    assert!(db.store.use_session(same_name.session.token_hash, NOW, DAY).await.unwrap().is_none());
}

pub async fn an_invite_is_used_as_often_as_it_says(db: Arc<Database>) {
    let code_hash = rand::random();
    db.store.add_invite(code_hash, 3, NOW + DAY, None).await.unwrap();
    let attempts = (0..8).map(|number| {
        let (db, mut new) = (db.clone(), registration(&format!("person{number}")));
        new.invite = Some(code_hash);
        tokio::spawn(async move { db.store.register(&new).await.unwrap() })
    });
    let mut registered = Vec::new();
    for attempt in attempts.collect::<Vec<_>>() {
        registered.push(attempt.await.unwrap());
    }
    assert_eq!(registered.iter().filter(|outcome| **outcome == DONE).count(), 3);
    assert_eq!(registered.iter().filter(|outcome| **outcome == Registered::InviteRefused).count(), 5);
    assert_eq!(db.store.open_invite(code_hash, NOW).await.unwrap(), None);

    let expired = rand::random();
    db.store.add_invite(expired, 1, NOW, None).await.unwrap();
    assert_eq!(db.store.open_invite(expired, NOW).await.unwrap(), None);
}

pub async fn who_lost_everything_begins_anew_under_the_same_name(db: Arc<Database>) {
    let lost = register(&db.store, "alice").await;
    let bob = register(&db.store, "bob").await;
    let written = write(0, &[record("settings", Some("sealed"))]);
    assert!(matches!(db.store.write_vault(lost.account, &written).await.unwrap(), VaultWritten::Done(_)));
    let code_hash = rand::random();
    db.store.add_invite(code_hash, 1, NOW + DAY, Some(lost.account)).await.unwrap();
    assert_eq!(db.store.open_invite(code_hash, NOW).await.unwrap(), Some(Invite { replaces: Some(lost.account) }));

    let with_code = |username: &str| Registration { invite: Some(code_hash), ..registration(username) };
    for other in ["bob", "alicia"] {
        assert_eq!(db.store.register(&with_code(other)).await.unwrap(), Registered::InviteRefused);
    }
    assert!(db.store.use_session(lost.token_hash, NOW, DAY).await.unwrap().is_some(), "nothing has happened");
    let first = with_code("alice");
    let replaced = Registered::Done { replaced: Some(lost.account) };
    assert_eq!(db.store.register(&first).await.unwrap(), replaced);
    assert_eq!(db.store.register(&with_code("alice")).await.unwrap(), Registered::InviteRefused, "it is used");

    assert_eq!(db.store.credentials("alice").await.unwrap().unwrap().account, first.account);
    assert_eq!(found(&db.store, "alice").await, ["alice"]);
    let former = db.store.profile(lost.account).await.unwrap().unwrap();
    assert!(former.username.starts_with("alice~"), "{}", former.username);
    assert_eq!(former.successor, Some(first.account));
    assert!(db.store.credentials(&former.username).await.unwrap().is_none(), "nobody signs in to it");
    assert!(db.store.use_session(lost.token_hash, NOW, DAY).await.unwrap().is_none());
    assert!(db.store.backup(lost.account).await.unwrap().is_none());
    assert!(db.store.vault(lost.account, 0).await.unwrap().records.is_empty());
    assert!(db.store.use_session(bob.token_hash, NOW, DAY).await.unwrap().is_some());

    let again = rand::random();
    db.store.add_invite(again, 1, NOW + DAY, Some(first.account)).await.unwrap();
    let second = Registration { invite: Some(again), ..registration("alice") };
    assert_eq!(db.store.register(&second).await.unwrap(), Registered::Done { replaced: Some(first.account) });
    let former = db.store.profile(lost.account).await.unwrap().unwrap();
    assert_eq!(former.successor, Some(second.account), "the newest is who is there now");
}

async fn found(store: &Store, prefix: &str) -> Vec<String> {
    let profiles = store.search_accounts(prefix, 20).await.unwrap();
    profiles.into_iter().map(|profile| profile.username).collect()
}

pub async fn accounts_are_found_by_the_beginning_of_a_name(db: Arc<Database>) {
    for (username, display_name) in [("anna", "Ökonom Bär"), ("annabel", "Zoë Q"), ("bert", "Anna-Lena von Au")] {
        let new = registration(username);
        assert_eq!(db.store.register(&new).await.unwrap(), DONE);
        assert!(db.store.set_display_name(new.account, display_name).await.unwrap());
    }
    assert_eq!(found(&db.store, "anna").await, ["anna", "bert", "annabel"]);
    assert_eq!(found(&db.store, "ANNAB").await, ["annabel"]);
    assert_eq!(found(&db.store, "bär").await, ["anna"]);
    assert_eq!(found(&db.store, "ökonom  b").await, ["anna"]);
    assert_eq!(found(&db.store, "VON a").await, ["bert"]);
    assert_eq!(found(&db.store, "example").await, [""; 0]);
    for nothing in ["", " ", "nna", "%", "_nna", "a\0", "\\"] {
        assert_eq!(found(&db.store, nothing).await, [""; 0], "{nothing:?}");
    }
    assert_eq!(db.store.search_accounts("a", 1).await.unwrap().len(), 1);
}

pub async fn injection_strings_are_only_text(db: Arc<Database>) {
    let strings = ["'; DROP TABLE accounts; --", "\" OR 1=1", "$1", "?1", "\\'", "%_%", "Robert'); DELETE FROM log;--"];
    for (number, text) in strings.into_iter().enumerate() {
        let new = registration(&format!("person{number}"));
        assert_eq!(db.store.register(&new).await.unwrap(), DONE);
        assert!(db.store.set_display_name(new.account, text).await.unwrap());
        assert_eq!(db.store.profile(new.account).await.unwrap().unwrap().display_name, text);
        assert_eq!(found(&db.store, text).await, [format!("person{number}")]);
        assert!(db.store.credentials(text).await.unwrap().is_none());
        assert_eq!(db.store.setting_or(text, text.as_bytes()).await.unwrap(), text.as_bytes());
    }
    assert!(db.store.credentials("a\0b").await.unwrap().is_none());
}

pub async fn backups_are_compared_and_swapped(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let second = backup(2);
    let recovery = rand::random();
    let change = BackupChange { recovery_token_hash: Some(recovery), ..BackupChange::default() };
    let none = BackupChange::default();
    assert_eq!(db.store.write_backup(alice.account, &second, &change).await.unwrap(), BackupWritten::Done);
    assert_eq!(db.store.write_backup(alice.account, &backup(2), &none).await.unwrap(), BackupWritten::Conflict(2));
    assert_eq!(db.store.write_backup(alice.account, &backup(4), &none).await.unwrap(), BackupWritten::Conflict(2));
    assert_eq!(db.store.backup(alice.account).await.unwrap().unwrap(), second);
    assert_eq!(db.store.credentials("alice").await.unwrap().unwrap().recovery_token_hash, recovery);
    assert_eq!(db.store.write_backup(AccountId([0; 16]), &second, &none).await.unwrap(), BackupWritten::Conflict(0));
}

pub async fn passkeys_come_and_go_with_a_backup_or_not_at_all(db: Arc<Database>) {
    let (alice, bob) = (register(&db.store, "alice").await, register(&db.store, "bob").await);
    let new = |number: u8| NewPasskey {
        passkey: PasskeyId([number; 16]),
        token_hash: [number; 32],
        now: NOW + u64::from(number),
    };
    let add = |number| BackupChange { passkey_added: Some(new(number)), ..BackupChange::default() };
    let write = async |person: &Person, version, change: &BackupChange| {
        db.store.write_backup(person.account, &backup(version), change).await.unwrap()
    };
    let passkeys = async || {
        let passkeys = db.store.passkeys(alice.account).await.unwrap();
        passkeys.into_iter().map(|one| (one.passkey.0[0], one.created - NOW)).collect::<Vec<_>>()
    };
    assert_eq!(write(&alice, 2, &add(1)).await, BackupWritten::Done);
    assert_eq!(write(&alice, 2, &add(2)).await, BackupWritten::Conflict(2));
    assert_eq!(passkeys().await, [(1, 1)]);
    assert_eq!(db.store.account_of_passkey([1; 32]).await.unwrap(), Some(alice.account));
    assert_eq!(db.store.account_of_passkey([2; 32]).await.unwrap(), None);

    // Nobody takes the passkey of another, and what is refused leaves the backup as it was.
    assert_eq!(write(&bob, 2, &add(1)).await, BackupWritten::PasskeyTaken);
    assert_eq!(db.store.backup(bob.account).await.unwrap().unwrap().version, 1);
    for number in 2..=5 {
        assert_eq!(write(&alice, u64::from(number) + 1, &add(number)).await, BackupWritten::Done);
    }
    assert_eq!(write(&alice, 7, &add(6)).await, BackupWritten::TooManyPasskeys);

    let of_another = BackupChange { passkey_removed: Some(PasskeyId([1; 16])), ..BackupChange::default() };
    assert_eq!(write(&bob, 2, &of_another).await, BackupWritten::Done);
    assert_eq!(passkeys().await.len(), 5);
    let swapped = BackupChange { passkey_removed: Some(PasskeyId([1; 16])), ..add(6) };
    assert_eq!(write(&alice, 7, &swapped).await, BackupWritten::Done);
    assert_eq!(passkeys().await, [(2, 2), (3, 3), (4, 4), (5, 5), (6, 6)]);
    assert_eq!(db.store.account_of_passkey([1; 32]).await.unwrap(), None);
}

fn record(name: &str, value: Option<&str>) -> VaultRecord {
    VaultRecord { name: name.as_bytes().into(), value: value.map(|value| value.as_bytes().into()) }
}

fn write(base_version: u64, records: &[VaultRecord]) -> VaultWrite {
    VaultWrite { base_version, generation: 1, records: records.to_vec() }
}

pub async fn vaults_are_compared_and_swapped(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let writers = (0..8).map(|number| {
        let (db, account) = (db.clone(), alice.account);
        let write = write(0, &[record("a", Some(&number.to_string()))]);
        tokio::spawn(async move { db.store.write_vault(account, &write).await })
    });
    let mut swaps = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        swaps.push(writer.await.unwrap().unwrap());
    }
    assert_eq!(swaps.iter().filter(|swap| **swap == VaultWritten::Done(1)).count(), 1);
    assert_eq!(swaps.iter().filter(|swap| **swap == VaultWritten::Conflict(1)).count(), 7);

    // One that would hold too much is left as it was.
    let large = vec![0; 5 * 1024 * 1024];
    let too_much = [VaultRecord { name: b"large".as_slice().into(), value: Some(large.into()) }];
    assert_eq!(db.store.write_vault(alice.account, &write(1, &too_much)).await.unwrap(), VaultWritten::Full);

    let records = [record("a", None), record("b", Some("two"))];
    assert_eq!(db.store.write_vault(alice.account, &write(1, &records)).await.unwrap(), VaultWritten::Done(2));
    let third = write(2, &[record("c", Some("three"))]);
    let with_other_keys = VaultWrite { generation: 2, ..third.clone() };
    assert_eq!(db.store.write_vault(alice.account, &with_other_keys).await.unwrap(), VaultWritten::Conflict(2));
    assert_eq!(db.store.write_vault(alice.account, &third).await.unwrap(), VaultWritten::Done(3));
    let vault = db.store.vault(alice.account, 0).await.unwrap();
    let named: Vec<_> = vault.records.iter().map(|record| (record.name.to_vec(), record.value.is_some())).collect();
    assert_eq!(named, [(b"a".to_vec(), false), (b"b".to_vec(), true), (b"c".to_vec(), true)]);
    assert_eq!(vault.version, 3);
    assert_eq!(db.store.vault(alice.account, 2).await.unwrap().records.len(), 1);
    assert!(db.store.vault(alice.account, u64::MAX).await.unwrap().records.is_empty());
}

pub async fn settings_are_made_once(db: Arc<Database>) {
    let makers = (0..8_u8).map(|number| {
        let db = db.clone();
        tokio::spawn(async move { db.store.incarnation([number; 16]).await.unwrap() })
    });
    let mut made = Vec::new();
    for maker in makers.collect::<Vec<_>>() {
        made.push(maker.await.unwrap());
    }
    assert!(made.iter().all(|incarnation| *incarnation == made[0]));
}
