//! What a device makes of device lists that members tell inside messages.

use super::{
    states::{HERE, group, within},
    *,
};
use crate::snapshot::Notice;
use sealpost_mls::{
    Member,
    identity::{Credential, Delisting, DeviceKey, ListKey, RootKey},
};
use sealpost_protocol::{
    DeviceId,
    device::{AccountLists, DeviceLists, ListsOfAccounts},
};

const CAROL: AccountId = AccountId([0xca; 16]);

/// Carol's keys, of two generations, and her first list with her phone.
struct Carol {
    root: RootKey,
    keys: Vec<(ListKey, ListKeyCertificate)>,
    first: DeviceList,
}

impl Carol {
    fn new() -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let root = RootKey::generate(&mut rng);
        let keys: Vec<_> = (1..=2)
            .map(|generation| {
                let key = ListKey::generate(&mut rng);
                let certificate = ListKeyCertificate::sign(&root, CAROL, generation, &key);
                (key, certificate)
            })
            .collect();
        let phone = device(1).public_key();
        let first = DeviceList::first(&keys[0].0, &keys[0].1, DeviceId([1; 16]), phone);
        Self { root, keys, first }
    }

    /// The list after this one that has another device, signed with the key of a generation.
    fn next(&self, list: &DeviceList, generation: usize, joining: u8) -> DeviceList {
        let (key, certificate) = &self.keys[generation - 1];
        list.next(key, certificate, Some((DeviceId([joining; 16]), device(joining).public_key())), &[])
    }

    fn told(&self, list: &DeviceList) -> Vec<u8> {
        let certificate = &self.keys[usize::try_from(list.generation).unwrap() - 1].1;
        Delisting::new(certificate.clone(), list.clone()).to_bytes()
    }

    fn member(&self, number: u8, admitted: u64) -> Member {
        let (key, device_key) = (&self.keys[0], device(number));
        let certificate = DeviceCertificate::sign(&key.0, &key.1, DeviceId([number; 16]), &device_key, admitted);
        let signature_key = certificate.signature_key;
        let credential = Credential::new(self.root.public_key(), key.1.clone(), certificate);
        Member { leaf_index: 1, account: CAROL, device: DeviceId([number; 16]), signature_key, credential }
    }

    fn shown(&self, lists: &[&DeviceList]) -> ListsOfAccounts {
        let chain = DeviceLists {
            root_public_key: self.root.public_key().into(),
            list_key_certificates: self.keys.iter().map(|(_, certificate)| certificate.to_bytes().into()).collect(),
            lists: lists.iter().map(|list| list.to_bytes().into()).collect(),
        };
        ListsOfAccounts { accounts: vec![AccountLists { account: CAROL, chain }] }
    }
}

fn device(number: u8) -> DeviceKey {
    DeviceKey::generate(&mut StdRng::seed_from_u64(u64::from(number) + 10))
}

/// A device to which the server shows these lists of carol.
fn knowing(carol: &Carol, lists: &[&DeviceList]) -> Engine {
    let (mut engine, _) = group();
    shows(&mut engine, carol, lists);
    engine
}

fn shows(engine: &mut Engine, carol: &Carol, lists: &[&DeviceList]) {
    within(engine, |turn| turn.told_lists_read(&[CAROL], Ok(carol.shown(lists))).unwrap());
}

fn tells(engine: &mut Engine, carol: &Carol, list: &[u8]) -> bool {
    let phone = carol.member(1, 1);
    within(engine, |turn| {
        turn.take_told_list(HERE, &phone, list).unwrap();
        std::mem::take(&mut turn.memory.due.told_lists)
    })
}

fn notices(engine: &Engine) -> usize {
    let Snapshot::Timeline(timeline) = engine.snapshot(&SnapshotKey::newest(HERE, 99)) else { panic!("no timeline") };
    let is_of_devices = |item: &&crate::snapshot::TimelineItem| matches!(&item.content, ItemContent::Notice(Notice::OtherDevices { person }) if person.account == CAROL);
    timeline.items.iter().filter(is_of_devices).count()
}

#[test]
fn a_list_that_the_server_keeps_back_is_found_out() {
    let carol = Carol::new();
    let second = carol.next(&carol.first, 1, 2);
    let mut engine = knowing(&carol, &[&carol.first]);
    assert!(!tells(&mut engine, &carol, &carol.told(&carol.first)), "it is known");
    assert!(tells(&mut engine, &carol, &carol.told(&second)));
    for missed in 1..=5 {
        assert_eq!(notices(&engine), 0, "after {} answers", missed - 1);
        shows(&mut engine, &carol, &[&carol.first]);
    }
    assert_eq!(notices(&engine), 1);
    // Told once more it is not asked for for ever.
    tells(&mut engine, &carol, &carol.told(&second));
    assert!(within(&mut engine, |turn| turn.store.told_lists(5)).unwrap().is_empty());
}

#[test]
fn a_list_that_comes_later_is_no_lie() {
    let carol = Carol::new();
    let second = carol.next(&carol.first, 1, 2);
    let mut engine = knowing(&carol, &[&carol.first]);
    assert!(tells(&mut engine, &carol, &carol.told(&second)));
    shows(&mut engine, &carol, &[&carol.first]);
    shows(&mut engine, &carol, &[&carol.first, &second]);
    assert!(within(&mut engine, |turn| turn.store.told_lists(5)).unwrap().is_empty());
    assert!(!tells(&mut engine, &carol, &carol.told(&second)));
    assert_eq!(notices(&engine), 0);
}

#[test]
fn what_others_tell_does_not_take_the_place_of_what_was_told() {
    let carol = Carol::new();
    let second = carol.next(&carol.first, 1, 2);
    let mut engine = knowing(&carol, &[&carol.first]);
    assert!(tells(&mut engine, &carol, &carol.told(&second)));
    // A thief of the list key tells one list after the other, and a server that helps shows them.
    for number in 60..80 {
        tells(&mut engine, &carol, &carol.told(&carol.next(&carol.first, 1, number)));
    }
    assert_eq!(within(&mut engine, |turn| turn.store.told_lists(5)).unwrap().len(), 4);
    let forged = carol.next(&carol.first, 1, 60);
    for _ in 1..=5 {
        shows(&mut engine, &carol, &[&carol.first, &forged]);
    }
    assert_eq!(notices(&engine), 1);
}

#[test]
fn a_server_that_answers_something_else_is_asked_no_faster_and_found_out() {
    let carol = Carol::new();
    let second = carol.next(&carol.first, 1, 2);
    let mut engine = knowing(&carol, &[&carol.first]);
    assert!(tells(&mut engine, &carol, &carol.told(&second)));
    for _ in 1..=5 {
        let mut aside = carol.shown(&[&carol.first]);
        aside.accounts[0].account = BOB;
        within(&mut engine, |turn| {
            turn.told_lists_read(&[CAROL], Ok(aside)).unwrap();
            assert!(!turn.is_free(super::super::purpose::Task::ToldLists), "it is held");
        });
    }
    assert_eq!(notices(&engine), 1);
}

#[test]
fn a_replaced_list_key_tells_nothing() {
    let carol = Carol::new();
    let honest = carol.first.next(&carol.keys[1].0, &carol.keys[1].1, None, &[]);
    let mut engine = knowing(&carol, &[&carol.first, &honest]);
    assert!(!tells(&mut engine, &carol, &carol.told(&carol.next(&carol.first, 1, 66))));
    assert!(within(&mut engine, |turn| turn.store.told_lists(5)).unwrap().is_empty());
}

#[test]
fn what_does_not_verify_or_is_of_somebody_else_says_nothing() {
    let carol = Carol::new();
    let second = carol.next(&carol.first, 1, 2);
    let mut engine = knowing(&carol, &[&carol.first]);
    let crossed = Delisting::new(carol.keys[1].1.clone(), second.clone()).to_bytes();
    let far = ListKeyCertificate::sign(&carol.root, CAROL, u64::MAX, &carol.keys[1].0);
    let far = Delisting::new(far.clone(), carol.first.next(&carol.keys[1].0, &far, None, &[])).to_bytes();
    for told in [Vec::new(), vec![0x80], crossed, far] {
        assert!(!tells(&mut engine, &carol, &told));
    }
    let mut mallory = carol.member(1, 1);
    mallory.account = BOB;
    within(&mut engine, |turn| turn.take_told_list(HERE, &mallory, &carol.told(&second)).unwrap());
    assert!(within(&mut engine, |turn| turn.store.told_lists(5)).unwrap().is_empty());
}
