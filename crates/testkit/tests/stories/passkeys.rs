//! Passkeys, with what an authenticator would give in the place of one.

use rand::Rng as _;
use sealpost_client::{
    command::{Answer, Command, Proof},
    snapshot::{OwnPasskey, Session, Snapshot, SnapshotKey},
};
use sealpost_protocol::{Bytes, ConversationId};
use sealpost_testkit::{TestClient, TestServer, alice, bob, on_each_database};

on_each_database! {
    a_passkey_opens_the_account_whatever_else_opens_it_is_replaced,
    a_passkey_revokes_devices_and_stays,
}

/// What an authenticator gives, each time it is asked.
fn authenticator() -> Bytes {
    Bytes::from(rand::thread_rng().r#gen::<[u8; 32]>())
}

fn add(person: &TestClient, secret: &Bytes) -> Command {
    let (secret, password) = (secret.clone(), person.password.clone());
    Command::AddPasskey { secret, credential: vec![1, 2, 3].into(), password }
}

/// The passkeys as the settings list them, once there are so many.
async fn passkeys(person: &TestClient, many: usize) -> Vec<OwnPasskey> {
    person.does(Command::ReadPasskeys {}).await;
    let found = person.until(SnapshotKey::Passkeys, "the passkeys", |snapshot| match snapshot {
        Snapshot::Passkeys(shown) => shown.passkeys.clone().filter(|passkeys| passkeys.len() == many),
        _ => None,
    });
    found.await
}

async fn new_device(server: &TestServer, secret: &Bytes) -> TestClient {
    let device = TestClient::new_device(&server.url(), "alice").await;
    device.does(Command::SignInWithPasskey { secret: secret.clone() }).await;
    device
}

/// Nobody is signed in by it.
async fn opens_nothing(server: &TestServer, secret: &Bytes) {
    let device = TestClient::new_device(&server.url(), "alice").await;
    let refused = device.tries(Command::SignInWithPasskey { secret: secret.clone() }).await.unwrap_err();
    assert_eq!(refused.kind, "wrong-credentials");
    assert!(matches!(device.session().await, Session::SignedOut { .. }));
    device.closes().await;
}

async fn replaces_password_and_code(person: &mut TestClient) {
    let new = "a brand new pelican umbrella".to_owned();
    let change = Command::ChangePassword { current: person.password.clone(), new: new.clone() };
    person.does(change).await;
    person.password = new;
    let Answer::RecoveryCode { code } = person.does(Command::NewRecoveryCode {}).await else { panic!("no code") };
    let set = Command::SetRecoveryCode { typed: code.clone(), code: code.clone(), password: person.password.clone() };
    person.does(set).await;
    person.recovery_code = Some(code);
}

async fn a_passkey_opens_the_account_whatever_else_opens_it_is_replaced(server: TestServer) {
    let url = server.url();
    let (mut phone, bob) = (alice(&url).await, bob(&url).await);
    let chat: ConversationId = phone.start_direct(&bob).await;
    phone.says(chat, "before the laptop").await;
    bob.sees(chat, &["before the laptop"]).await;
    assert!(passkeys(&phone, 0).await.is_empty());

    let (secret, other) = (authenticator(), authenticator());
    let wrong = Command::AddPasskey {
        secret: secret.clone(),
        credential: vec![1].into(),
        password: "not the password".to_owned(),
    };
    assert_eq!(phone.tries(wrong).await.unwrap_err().kind, "wrong-credentials");
    opens_nothing(&server, &secret).await;
    // The second time as after an answer that was lost: it is one passkey.
    for _ in 0..2 {
        phone.does(add(&phone, &secret)).await;
    }
    let listed = passkeys(&phone, 1).await;
    assert_eq!((listed[0].name.as_str(), listed[0].credential.clone()), ("a test", Some(vec![1, 2, 3].into())));

    let laptop = new_device(&server, &secret).await;
    laptop.joins(chat).await;
    laptop.sees(chat, &["before the laptop"]).await;
    laptop.says(chat, "from the laptop").await;
    bob.sees(chat, &["before the laptop", "from the laptop"]).await;
    assert_eq!(passkeys(&laptop, 1).await[0].name, "a test", "own devices tell each other");
    opens_nothing(&server, &other).await;

    replaces_password_and_code(&mut phone).await;
    phone.does(add(&phone, &other)).await;
    let tablet = new_device(&server, &secret).await;
    tablet.sees(chat, &["before the laptop", "from the laptop"]).await;

    // Whoever sets a password with the recovery code signs all devices out; the passkeys stay.
    let (username, code) = (phone.username.clone(), phone.recovery_code.clone().unwrap());
    let recovered = TestClient::new_device(&url, "alice").await;
    let new_password = "another harbour teapot 92".to_owned();
    recovered.does(Command::Recover { username, code, new_password: new_password.clone() }).await;
    let [first, _] = passkeys(&recovered, 2).await.try_into().unwrap();
    let remove = |password: &str| Command::RemovePasskey { passkey: first.passkey, password: password.to_owned() };
    assert_eq!(recovered.tries(remove(&phone.password)).await.unwrap_err().kind, "wrong-credentials");
    recovered.does(remove(&new_password)).await;
    assert_ne!(passkeys(&recovered, 1).await[0].passkey, first.passkey);
    opens_nothing(&server, &secret).await;
    new_device(&server, &other).await.sees(chat, &["before the laptop", "from the laptop"]).await;
}

async fn a_passkey_revokes_devices_and_stays(server: TestServer) {
    let url = server.url();
    let (phone, bob) = (alice(&url).await, bob(&url).await);
    let chat = phone.start_direct(&bob).await;
    phone.says(chat, "one").await;
    let (secret, of_bob) = (authenticator(), authenticator());
    phone.does(add(&phone, &secret)).await;
    bob.does(add(&bob, &of_bob)).await;
    let laptop = new_device(&server, &secret).await;
    laptop.sees(chat, &["one"]).await;
    let Snapshot::Devices(shown) = laptop.snapshot(SnapshotKey::Devices).await else { panic!("no devices") };
    let stolen = vec![shown.devices.iter().find(|device| device.this).unwrap().device];
    let others = phone.until(SnapshotKey::Devices, "the laptop", |snapshot| match snapshot {
        Snapshot::Devices(shown) => (shown.devices.len() == 2).then_some(()),
        _ => None,
    });
    others.await;

    let revoke = |secret: &Bytes| Command::RevokeDevices {
        devices: stolen.clone(),
        proof: Proof::Passkey { secret: secret.clone() },
    };
    for wrong in [authenticator(), of_bob.clone()] {
        assert_eq!(phone.tries(revoke(&wrong)).await.unwrap_err().kind, "wrong-credentials");
    }
    phone.does(revoke(&secret)).await;
    let erased = laptop.until(SnapshotKey::Session, "that it was removed", |snapshot| match snapshot {
        Snapshot::Session(Session::SignedOut { .. }) => Some(()),
        _ => None,
    });
    erased.await;
    phone.says(chat, "two").await;
    let tablet = new_device(&server, &secret).await;
    tablet.sees(chat, &["one", "two"]).await;
    bob.sees(chat, &["one", "two"]).await;
}
