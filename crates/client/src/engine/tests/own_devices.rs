//! What a device makes of its own account's list: it erases itself by what the account says, and by nothing that a thief of
//! keys that were replaced, or a server that was set back, can show it.

use super::{devices::is_erased, messages::within, *};
use sealpost_mls::identity::{ListKey, RootKey};
use sealpost_protocol::{
    DeviceId,
    device::{DelistingProof, DeviceLists, HandoverWaiting},
};

/// A device whose account has a second generation of keys, and everything that signs for the account.
struct Account {
    engine: Engine,
    finish: RegistrationFinish,
    first: DeviceList,
    second: DeviceList,
    /// The list keys of both generations, with their certificates.
    keys: [(ListKey, ListKeyCertificate); 2],
}

impl Account {
    fn new() -> Self {
        let mut engine = open(Database::open_in_memory().unwrap());
        let (id, finish) = ask_to_sign_up(&mut engine);
        answer(&mut engine, id, Ok(signed_in(&finish)));
        let code = recovery::RecoveryCode::parse(&recovery_code(&engine).unwrap()).unwrap();
        let way = keys::BY_RECOVERY_CODE;
        let opened = keys::AccountKeys::open(&finish.backup, finish.account, way, &code.wrapping_key()).unwrap();
        let root = RootKey::from_secret(&opened.root);
        let old = ListKey::from_secret(&opened.shared.list_key);
        let old_certificate = ListKeyCertificate::from_bytes(&finish.list_key_certificate).unwrap();
        let new = ListKey::generate(&mut StdRng::seed_from_u64(9));
        let new_certificate = ListKeyCertificate::sign(&root, finish.account, 2, &new);
        let first = DeviceList::from_bytes(&finish.device_list).unwrap();
        let second = first.next(&new, &new_certificate, None, &[]);
        let keys = [(old, old_certificate), (new, new_certificate)];
        let mut account = Self { engine, finish, first, second, keys };
        let session = account.session();
        within(&mut account.engine, |turn| {
            turn.store.set_session(&crate::store::Session { generation: 2, ..session.clone() }).unwrap();
        });
        account
    }

    fn session(&mut self) -> crate::store::Session {
        within(&mut self.engine, |turn| turn.session().unwrap().unwrap())
    }

    fn chain(&self, lists: &[&DeviceList]) -> DeviceLists {
        DeviceLists {
            root_public_key: self.finish.root_public_key.clone(),
            list_key_certificates: self.keys.iter().map(|(_, certificate)| certificate.to_bytes().into()).collect(),
            lists: lists.iter().map(|list| list.to_bytes().into()).collect(),
        }
    }

    /// The list after one of these without this device, signed with the key of a generation.
    fn without(&self, list: &DeviceList, generation: usize) -> DeviceList {
        let (key, certificate) = &self.keys[generation - 1];
        list.next(key, certificate, None, &[self.finish.device])
    }

    /// Connects anew and shows the device this chain.
    fn sees(&mut self, lists: &[&DeviceList]) -> Vec<Effect> {
        let chain = self.chain(lists);
        self.engine.handle(Event::Disconnected { code: None }, 1_000);
        self.engine.handle(Event::Timer(TimerId::Reconnect), 100_000);
        let effects = connect(&mut self.engine, 100_000);
        let asked = |request: &Request| matches!(request, Request::DeviceListsRead(_));
        let id = requests(&effects).into_iter().find(|(_, request)| asked(request)).unwrap().0;
        answer(&mut self.engine, id, Ok(Response::DeviceListsRead(chain)))
    }
}

#[test]
fn a_device_erases_itself_by_a_list_of_its_account_without_it() {
    let mut account = Account::new();
    let gone = account.without(&account.second, 2);
    let (first, second) = (account.first.clone(), account.second.clone());
    assert!(!is_erased(&account.sees(&[&first, &second])));
    assert!(is_erased(&account.sees(&[&first, &second, &gone])));
    let removed = Session::SignedOut { reason: Some(SignedOutReason::DeviceRemoved) };
    assert_eq!(account.engine.snapshot(&SnapshotKey::Session), Snapshot::Session(removed));
}

#[test]
fn a_list_key_that_was_replaced_erases_nothing() {
    let mut account = Account::new();
    let (first, second) = (account.first.clone(), account.second.clone());
    let forged = account.without(&first, 1);
    assert!(!is_erased(&account.sees(&[&first, &forged])), "whatever was seen before");
    assert!(!is_erased(&account.sees(&[&first, &second])));
    assert!(!is_erased(&account.sees(&[&first, &forged])));
    // Nor does a chain that lacks what this device has seen of it.
    let aside = account.without(&first, 2);
    assert!(!is_erased(&account.sees(&[&first, &aside])));
    // Nor the same, told to a device whose session was ended.
    let ended = Event::Disconnected { code: Some(CloseCode::SignedOut) };
    let effects = account.engine.handle(ended, 200_000);
    let asked = |request: &Request| matches!(request, Request::DelistingRead(_));
    let id = requests(&effects).into_iter().find(|(_, request)| asked(request)).unwrap().0;
    let chain = Some(account.chain(&[&first, &forged]));
    let effects = answer(&mut account.engine, id, Ok(Response::DelistingRead(DelistingProof { chain })));
    assert!(!is_erased(&effects));
    assert_eq!(account.engine.connection.query_row("SELECT count(*) FROM session", [], |row| row.get(0)), Ok(1));
}

#[test]
fn a_device_that_gets_no_new_keys_signs_in_anew_and_keeps_what_it_has() {
    let mut account = Account::new();
    let (first, second) = (account.first.clone(), account.second.clone());
    let third = second.next(&account.keys[1].0, &account.keys[1].1, None, &[DeviceId([9; 16])]);
    let session = account.session();
    within(&mut account.engine, |turn| {
        turn.store.set_session(&crate::store::Session { generation: 1, ..session.clone() }).unwrap();
    });
    let effects = account.sees(&[&first, &second, &third]);
    let asked = |request: &Request| matches!(request, Request::HandoverRead(_));
    let id = requests(&effects).into_iter().find(|(_, request)| asked(request)).unwrap().0;
    let waiting = HandoverWaiting { generation: 2, handover: None };
    answer(&mut account.engine, id, Ok(Response::HandoverRead(waiting)));
    let ended = Session::SignedOut { reason: Some(SignedOutReason::SessionEnded) };
    assert_eq!(account.engine.snapshot(&SnapshotKey::Session), Snapshot::Session(ended), "it has to sign in anew");
    assert_eq!(account.engine.connection.query_row("SELECT count(*) FROM session", [], |row| row.get(0)), Ok(1));
}
