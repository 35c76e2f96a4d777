//! A new device that an existing one links: by a code that is typed or scanned, and digits that both show.

use std::time::Duration;

use sealpost_client::{
    command::{Command, Failure},
    snapshot::{Linking, LinkingFailure, OwnDevice, Session, Snapshot, SnapshotKey},
};
use sealpost_testkit::{TestClient, TestServer, alice, bob, on_each_database};

use super::archive::is_archived;

on_each_database! {
    a_linked_device_has_everything_without_any_other_online,
    a_code_is_good_once_and_for_a_minute,
    who_does_not_want_it_ends_it_for_both,
    a_new_device_is_announced_and_can_be_named,
}

/// Waits until the linking is as wanted.
pub async fn linking<T>(device: &TestClient, what: &str, wanted: impl Fn(&Linking) -> Option<T>) -> T {
    let found = device.until(SnapshotKey::Linking, what, |snapshot| match snapshot {
        Snapshot::Linking(linking) => wanted(linking),
        _ => None,
    });
    found.await
}

/// The code that a new device shows, to be typed and to be scanned.
async fn code(device: &TestClient) -> (String, String) {
    let shown = |linking: &Linking| match linking {
        Linking::Waiting { code, qr } => Some((code.clone(), qr.clone())),
        _ => None,
    };
    linking(device, "a code", shown).await
}

async fn digits(device: &TestClient) -> String {
    let shown = |linking: &Linking| match linking {
        Linking::Compare { digits, .. } => Some(digits.clone()),
        _ => None,
    };
    linking(device, "digits", shown).await
}

/// Waits until somebody is signed in.
pub async fn is_signed_in(device: &TestClient) {
    let signed_in = |snapshot: &Snapshot| matches!(snapshot, Snapshot::Session(Session::SignedIn { .. })).then_some(());
    device.until(SnapshotKey::Session, "a session", signed_in).await;
}

async fn failed(device: &TestClient) -> LinkingFailure {
    let reason = |linking: &Linking| match linking {
        Linking::Failed { reason } => Some(*reason),
        _ => None,
    };
    linking(device, "a failure", reason).await
}

/// Waits until the account's devices are as wanted.
pub async fn devices<T>(device: &TestClient, what: &str, wanted: impl Fn(&[OwnDevice]) -> Option<T>) -> T {
    let found = device.until(SnapshotKey::Devices, what, |snapshot| match snapshot {
        Snapshot::Devices(shown) => wanted(&shown.devices),
        _ => None,
    });
    found.await
}

/// A new device that this one links, by the code that is to be scanned or typed.
async fn link(server: &TestServer, device: &TestClient, scanned: bool) -> TestClient {
    let new = TestClient::new_device(&server.url(), &device.username).await;
    new.does(Command::StartLinking {}).await;
    let (typed, qr) = code(&new).await;
    device.does(Command::LinkDevice { code: if scanned { qr } else { typed.to_lowercase() } }).await;
    assert_eq!(digits(&new).await, digits(device).await);
    let shown = linking(device, "the new device", |linking| match linking {
        Linking::Compare { device, may_approve: true, .. } => device.clone(),
        _ => None,
    });
    assert_eq!(shown.await, sealpost_testkit::client::quick_engine(true).platform);
    device.does(Command::ApproveLinking {}).await;
    is_signed_in(&new).await;
    linking(&new, "nothing more to do", |linking| (*linking == Linking::None).then_some(())).await;
    new
}

async fn a_linked_device_has_everything_without_any_other_online(server: TestServer) {
    let url = server.url();
    let (phone, bob) = (alice(&url).await, bob(&url).await);
    let chat = phone.start_direct(&bob).await;
    let group = bob.make_group("Choir", &[&phone]).await;
    phone.joins(group).await;
    phone.says(chat, "one").await;
    bob.says(group, "la").await;
    phone.sees(group, &["la"]).await;
    bob.sees(chat, &["one"]).await;
    is_archived(&phone).await;
    bob.closes().await;
    let laptop = link(&server, &phone, false).await;
    phone.closes().await;
    laptop.joins(chat).await;
    assert_eq!(laptop.joins(group).await.name, "Choir");
    laptop.sees(chat, &["one"]).await;
    laptop.sees(group, &["la"]).await;
    laptop.says(chat, "from the laptop").await;
    // Any device links the next one.
    is_archived(&laptop).await;
    let tablet = link(&server, &laptop, true).await;
    tablet.joins(chat).await;
    tablet.sees(chat, &["one", "from the laptop"]).await;
    let (mut phone, mut bob) = (phone, bob);
    phone.opens_again().await;
    bob.opens_again().await;
    tablet.says(chat, "from the tablet").await;
    for device in [&phone, &laptop, &bob] {
        device.sees(chat, &["one", "from the laptop", "from the tablet"]).await;
    }
    // A linked device has not shown the password: it changes nothing for which that is needed without it.
    let wrong = Command::ChangePassword { current: "not this one".to_owned(), new: "pelican umbrella lamp".to_owned() };
    assert_eq!(tablet.tries(wrong).await.unwrap_err().kind, "wrong-credentials");
    let current = phone.password.clone();
    tablet.does(Command::ChangePassword { current, new: "pelican umbrella lamp".to_owned() }).await;
}

async fn a_code_is_good_once_and_for_a_minute(mut server: TestServer) {
    let url = server.url();
    let (phone, bob) = (alice(&url).await, bob(&url).await);
    let (one, other) = (TestClient::new_device(&url, "alice").await, TestClient::new_device(&url, "alice").await);
    one.does(Command::StartLinking {}).await;
    other.does(Command::StartLinking {}).await;
    let ((first, _), (second, scanned)) = (code(&one).await, code(&other).await);
    let kind = |result: Result<_, Failure>| result.unwrap_err().kind;
    for wrong in ["", "ABCD", "not a code at all", "https://example.org/"] {
        assert_eq!(kind(phone.tries(Command::LinkDevice { code: wrong.to_owned() }).await), "wrong-code", "{wrong}");
    }
    phone.does(Command::LinkDevice { code: first.clone() }).await;
    digits(&one).await;
    assert_eq!(kind(bob.tries(Command::LinkDevice { code: first }).await), "linking-code-used");
    // A wrong letter in the part that the server does not know: the new device finds out.
    let last = if second.ends_with('0') { "1" } else { "0" };
    let mistyped = format!("{}{last}", &second[..second.len() - 1]);
    phone.does(Command::LinkDevice { code: mistyped }).await;
    assert_eq!(failed(&other).await, LinkingFailure::WrongCode);
    assert_eq!(failed(&phone).await, LinkingFailure::Refused);
    assert_eq!(kind(phone.tries(Command::LinkDevice { code: scanned }).await), "linking-code-used");
    // After a minute another code takes the place of one that nobody came for.
    let third = TestClient::new_device(&url, "alice").await;
    third.does(Command::StartLinking {}).await;
    let (stale, _) = code(&third).await;
    server.comes_back_after(Duration::from_secs(61)).await;
    phone.until(SnapshotKey::Connection, "a connection", online).await;
    assert_eq!(kind(phone.tries(Command::LinkDevice { code: stale.clone() }).await), "linking-code-expired");
    let fresh = linking(&third, "another code", |linking| match linking {
        Linking::Waiting { code, .. } if *code != stale => Some(code.clone()),
        _ => None,
    });
    let fresh = fresh.await;
    phone.does(Command::LinkDevice { code: fresh }).await;
    assert_eq!(digits(&third).await, digits(&phone).await);
}

fn online(snapshot: &Snapshot) -> Option<()> {
    matches!(snapshot, Snapshot::Connection(sealpost_client::snapshot::Connection::Online)).then_some(())
}

async fn who_does_not_want_it_ends_it_for_both(server: TestServer) {
    let url = server.url();
    let phone = alice(&url).await;
    let new = TestClient::new_device(&url, "alice").await;
    new.does(Command::StartLinking {}).await;
    phone.does(Command::LinkDevice { code: code(&new).await.0 }).await;
    digits(&phone).await;
    phone.does(Command::StopLinking {}).await;
    assert_eq!(failed(&new).await, LinkingFailure::Refused);
    new.does(Command::StopLinking {}).await;
    new.does(Command::StartLinking {}).await;
    phone.does(Command::LinkDevice { code: code(&new).await.1 }).await;
    digits(&phone).await;
    new.does(Command::StopLinking {}).await;
    assert_eq!(failed(&phone).await, LinkingFailure::Refused);
    assert_eq!(phone.tries(Command::ApproveLinking {}).await.unwrap_err().kind, "not-allowed");
    assert!(matches!(new.session().await, Session::SignedOut { .. }));
}

/// Asks when the devices were there, as who looks at the list does, and gives whether it then shows such a device.
async fn shows(person: &TestClient, such: impl Fn(&OwnDevice) -> bool) -> bool {
    person.does(Command::ReadDevices {}).await;
    match person.snapshot(SnapshotKey::Devices).await {
        Snapshot::Devices(shown) => shown.devices.iter().any(such),
        _ => false,
    }
}

async fn a_new_device_is_announced_and_can_be_named(server: TestServer) {
    let phone = alice(&server.url()).await;
    let alone = |shown: &[OwnDevice]| (shown.len() == 1 && shown[0].this && !shown[0].is_new).then_some(());
    devices(&phone, "one device", alone).await;
    let laptop = phone.second_device().await;
    let is_named = |device: &&OwnDevice| device.is_new && device.platform == "a test";
    let new = devices(&phone, "the new one", |shown| shown.iter().find(is_named).cloned()).await;
    assert!(!new.this);
    devices(&laptop, "both, none of them new", |shown| {
        (shown.len() == 2 && shown.iter().all(|device| !device.is_new) && shown[0].this).then_some(())
    })
    .await;
    let connected = async || shows(&phone, |one| !one.this && one.connected && one.added.is_some()).await;
    sealpost_testkit::server::eventually("that it is connected", connected).await;
    // Who came does not say for the others that it is known.
    laptop.does(Command::AcknowledgeDevices {}).await;
    let name = "Work laptop".to_owned();
    laptop.does(Command::RenameDevice { device: new.device, name: name.clone() }).await;
    let named = |shown: &[OwnDevice]| {
        shown.iter().find(|device| device.name == name && device.platform == "a test").map(|device| device.is_new)
    };
    assert!(devices(&phone, "the name", named).await, "it is still new to the phone");
    phone.does(Command::AcknowledgeDevices {}).await;
    devices(&phone, "that the person knows", |shown| shown.iter().all(|device| !device.is_new).then_some(())).await;
    let long = Command::RenameDevice { device: new.device, name: "n".repeat(65) };
    assert_eq!(phone.tries(long).await.unwrap_err().kind, "invalid-name");
    laptop.closes().await;
    let seen = async || shows(&phone, |one| !one.connected && one.last_seen.is_some()).await;
    sealpost_testkit::server::eventually("when it was last there", seen).await;
}
