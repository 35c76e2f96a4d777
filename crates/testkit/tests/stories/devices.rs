//! Several devices of one person, forgotten passwords, and devices that lost their database.

use sealpost_client::{
    command::{Answer, Command},
    snapshot::{ItemContent, Session, SignedOutReason, Snapshot, SnapshotKey},
};
use sealpost_protocol::ConversationId;
use sealpost_testkit::{Backend, TestClient, TestServer, alice, bob, carol, on_each_database, shown};

use super::groups::{details, rename};

on_each_database! {
    a_second_device_joins_by_itself_and_has_everything_from_then_on,
    a_forgotten_password_is_replaced_with_the_recovery_code,
    nothing_more_is_encrypted_to_a_device_that_signed_out,
    a_person_signs_out_of_the_only_device_and_comes_back_on_another,
    a_password_and_a_recovery_code_are_replaced,
}

async fn a_second_device_joins_by_itself_and_has_everything_from_then_on(server: TestServer) {
    let url = server.url();
    let (phone, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let chat = phone.start_direct(&bob).await;
    let group = bob.make_group("Choir", &[&phone, &carol]).await;
    phone.says(chat, "before the laptop").await;
    bob.sees(chat, &["before the laptop"]).await;
    phone.joins(group).await;
    // Nobody else is online while the laptop joins.
    for person in [&phone, &bob, &carol] {
        person.closes().await;
    }
    let laptop = phone.second_device().await;
    assert_eq!(laptop.joins(chat).await.name, "Bob");
    assert_eq!(laptop.joins(group).await.name, "Choir");
    let (mut phone, mut bob, mut carol) = (phone, bob, carol);
    for person in [&mut phone, &mut bob, &mut carol] {
        person.opens_again().await;
    }
    laptop.says(chat, "from the laptop").await;
    phone.sees(chat, &["before the laptop", "from the laptop"]).await;
    bob.sees(chat, &["before the laptop", "from the laptop"]).await;
    phone.says(chat, "from the phone").await;
    // The phone had not archived its first message before: it does once it is back.
    laptop.sees(chat, &["before the laptop", "from the laptop", "from the phone"]).await;
    assert!(all_are_own(&laptop, chat).await && all_are_own(&phone, chat).await);
    carol.says(group, "la la la").await;
    for device in [&phone, &laptop, &bob] {
        device.sees(group, &["la la la"]).await;
    }
    let new_chat = laptop.start_direct(&carol).await;
    laptop.says(new_chat, "a chat that the laptop began").await;
    phone.joins(new_chat).await;
    phone.sees(new_chat, &["a chat that the laptop began"]).await;
}

async fn all_are_own(device: &TestClient, conversation: sealpost_protocol::ConversationId) -> bool {
    device.items(conversation).await.iter().all(|item| match &item.content {
        ItemContent::Message(message) => message.own,
        ItemContent::Notice(_) => true,
        ItemContent::Deleted { .. } | ItemContent::Unsupported { .. } => false,
    })
}

async fn nothing_more_is_encrypted_to_a_device_that_signed_out(server: TestServer) {
    let url = server.url();
    let (phone, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let chat = phone.start_direct(&bob).await;
    phone.says(chat, "one").await;
    bob.sees(chat, &["one"]).await;
    let group = carol.make_group("Choir", &[&phone, &bob]).await;
    carol.says(group, "la").await;
    for person in [&phone, &bob] {
        person.sees(group, &["la"]).await;
    }
    // Twice: what is agreed on by the first removal must not stand in the way of the second.
    for (number, name) in [(2, "Quartet"), (3, "Trio")] {
        let laptop = phone.second_device().await;
        laptop.joins(chat).await;
        laptop.joins(group).await;
        assert_eq!(server.leaves().await, 2 + 3 + 2);
        laptop.does(Command::SignOut {}).await;
        let ended = laptop.until(SnapshotKey::Session, "the end of the session", |snapshot| match snapshot {
            Snapshot::Session(Session::SignedOut { reason }) => Some(reason.clone()),
            _ => None,
        });
        assert_eq!(ended.await, None, "it was asked for");
        // Bob is no admin, and removes what is not listed any more before he writes.
        let text = format!("text {number}");
        bob.says(chat, &text).await;
        bob.says(group, &text).await;
        until_last(&phone, chat, &text).await;
        for person in [&phone, &carol] {
            until_last(person, group, &text).await;
        }
        assert_eq!(server.leaves().await, 2 + 3);
        // Everyone has the new key of what is shared.
        carol.does(rename(group, name)).await;
        let timer = Some(number * 100);
        bob.does(Command::SetTimer { conversation: chat, seconds: timer }).await;
        for person in [&phone, &bob] {
            details(person, group, "the new name", |details| details.name == name).await;
            details(person, chat, "the timer", |details| details.timer == timer).await;
        }
    }
}

async fn until_last(person: &TestClient, conversation: ConversationId, text: &str) {
    let key = SnapshotKey::Timeline { conversation, around: None, limit: 200 };
    let last = |snapshot: &Snapshot| shown(snapshot).last().copied() == Some(text);
    person.until(key, text, |snapshot| last(snapshot).then_some(())).await;
}

async fn a_person_signs_out_of_the_only_device_and_comes_back_on_another(server: TestServer) {
    let url = server.url();
    let (phone, bob) = (alice(&url).await, bob(&url).await);
    let chat = phone.start_direct(&bob).await;
    phone.says(chat, "one").await;
    bob.sees(chat, &["one"]).await;
    phone.does(Command::SignOut {}).await;
    bob.says(chat, "are you there?").await;
    let laptop = phone.second_device().await;
    laptop.joins(chat).await;
    bob.says(chat, "welcome back").await;
    // Nobody had what was said while there was no device.
    laptop.sees(chat, &["one", "welcome back"]).await;
    assert_eq!(server.leaves().await, 2, "the former device was removed once there was another");
    laptop.says(chat, "here I am").await;
    bob.sees(chat, &["one", "are you there?", "welcome back", "here I am"]).await;
}

async fn a_forgotten_password_is_replaced_with_the_recovery_code(server: TestServer) {
    let url = server.url();
    let (mut alice, bob) = (alice(&url).await, bob(&url).await);
    let chat = bob.start_direct(&alice).await;
    alice.joins(chat).await;
    alice.closes().await;
    let code = alice.recovery_code.clone().unwrap();
    let device = TestClient::new_device(&url, "alice").await;
    let (username, new_password) = (alice.username.clone(), "a brand new pelican umbrella".to_owned());
    let wrong = Command::Recover {
        username: username.clone(),
        code: code.replace(|c: char| c.is_ascii_digit(), "7"),
        new_password: new_password.clone(),
    };
    assert!(["wrong-code", "wrong-credentials"].contains(&device.tries(wrong).await.unwrap_err().kind.as_str()));
    // Typed as people type: lower case, spaces for dashes.
    let typed = code.to_lowercase().replace('-', " ");
    let recover = Command::Recover { username: username.clone(), code: typed, new_password: new_password.clone() };
    device.does(recover).await;
    device.joins(chat).await;
    bob.says(chat, "welcome back").await;
    device.sees(chat, &["welcome back"]).await;
    let old = Command::SignIn { username: username.clone(), password: alice.password.clone() };
    let other = TestClient::new_device(&url, "alice").await;
    assert_eq!(other.tries(old).await.unwrap_err().kind, "wrong-credentials");
    other.does(Command::SignIn { username, password: new_password }).await;
    // Whoever knew the old password is signed out.
    alice.opens_again().await;
    let signed_out = alice.until(SnapshotKey::Session, "the end of the session", |snapshot| match snapshot {
        Snapshot::Session(Session::SignedOut { reason }) => Some(reason.clone()),
        _ => None,
    });
    assert_eq!(signed_out.await, Some(SignedOutReason::SessionEnded));
}

async fn a_password_and_a_recovery_code_are_replaced(server: TestServer) {
    let url = server.url();
    let (phone, bob) = (alice(&url).await, bob(&url).await);
    let chat = phone.start_direct(&bob).await;
    let laptop = phone.second_device().await;
    laptop.joins(chat).await;
    let (old, new) = (phone.password.clone(), "a brand new pelican umbrella".to_owned());
    let change =
        |current: &str, new: &str| Command::ChangePassword { current: current.to_owned(), new: new.to_owned() };
    let kind = async |command| phone.tries(command).await.unwrap_err().kind;
    assert_eq!(kind(change("not her lantern otter quilt", &new)).await, "wrong-credentials");
    assert_eq!(kind(change(&old, "password1")).await, "guessable-password");
    phone.does(change(&old, &new)).await;
    let first = phone.recovery_code.clone().unwrap();

    // A code that is not set yet is nobody's; the one that is set takes the place of the first.
    let Answer::RecoveryCode { code } = phone.does(Command::NewRecoveryCode {}).await else { panic!("no code") };
    let set = |typed: &str, password: &str| Command::SetRecoveryCode {
        code: code.clone(),
        typed: typed.to_owned(),
        password: password.to_owned(),
    };
    // The one that is valid still is a code, but not the one that was shown.
    assert_eq!(kind(set(&first, &new)).await, "wrong-code");
    assert_eq!(kind(set("0000", &new)).await, "wrong-code");
    assert_eq!(kind(set(&code, &old)).await, "wrong-credentials");
    phone.does(set(&code.to_lowercase(), &new)).await;
    // Again, as if the answer had been lost.
    phone.does(set(&code, &new)).await;
    for device in [&phone, &laptop] {
        assert!(matches!(device.session().await, Session::SignedIn { .. }), "nobody was signed out");
    }
    laptop.says(chat, "still here").await;
    bob.sees(chat, &["still here"]).await;

    let tablet = TestClient::new_device(&url, "alice").await;
    let sign_in = |password: &str| Command::SignIn { username: "alice".to_owned(), password: password.to_owned() };
    assert_eq!(tablet.tries(sign_in(&old)).await.unwrap_err().kind, "wrong-credentials");
    tablet.does(sign_in(&new)).await;
    tablet.sees(chat, &["still here"]).await;
    let desktop = TestClient::new_device(&url, "alice").await;
    let newest = "yet another harbour teapot".to_owned();
    let recover = |code: &str| Command::Recover {
        username: "alice".to_owned(),
        code: code.to_owned(),
        new_password: newest.clone(),
    };
    assert_eq!(desktop.tries(recover(&first)).await.unwrap_err().kind, "wrong-credentials");
    desktop.does(recover(&code)).await;
    desktop.sees(chat, &["still here"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let server = TestServer::start(Backend::Sqlite).await;
    let alice = alice(&server.url()).await;
    let device = TestClient::new_device(&server.url(), "alice").await;
    let sign_in = |username: &str, password: &str| Command::SignIn {
        username: username.to_owned(),
        password: password.to_owned(),
    };
    let wrong = device.tries(sign_in("alice", "not her lantern otter quilt")).await.unwrap_err();
    let unknown = device.tries(sign_in("nobody", "not her lantern otter quilt")).await.unwrap_err();
    assert_eq!(wrong.kind, "wrong-credentials");
    assert_eq!(wrong, unknown);
    device.does(sign_in("alice", &alice.password)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_names_and_guessable_passwords_are_refused_with_their_reason() {
    let server = TestServer::start(Backend::Sqlite).await;
    let alice = alice(&server.url()).await;
    let device = TestClient::new_device(&server.url(), "mallory").await;
    let sign_up = |username: &str, password: &str| Command::SignUp {
        username: username.to_owned(),
        display_name: "Mallory".to_owned(),
        password: password.to_owned(),
        invite: None,
    };
    let good = device.password.clone();
    let kind = async |command| device.tries(command).await.unwrap_err().kind;
    assert_eq!(kind(sign_up("alice", &good)).await, "username-taken");
    for malformed in ["al", "Robert'); DROP TABLE accounts;--", "1st", "æsir", &"x".repeat(33)] {
        assert_eq!(kind(sign_up(malformed, &good)).await, "invalid-username", "{malformed}");
    }
    for guessable in ["12345678", "password1", "mallory1", "short"] {
        assert_eq!(kind(sign_up("mallory", guessable)).await, "guessable-password", "{guessable}");
    }
    assert!(matches!(alice.session().await, Session::SignedIn { .. }));
    device.does(sign_up("mallory", &good)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_database_is_set_aside_and_the_device_starts_as_a_new_one() {
    let server = TestServer::start(Backend::Sqlite).await;
    let (mut alice, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = alice.start_direct(&bob).await;
    bob.joins(chat).await;
    alice.closes().await;
    std::fs::write(alice.database(), b"this is no database, and long enough to be looked at as one".repeat(100))
        .unwrap();
    alice.opens_again().await;
    assert_eq!(alice.session().await, Session::SignedOut { reason: Some(SignedOutReason::DatabaseDamaged) });
    let kept = std::fs::read_dir(alice.database().parent().unwrap()).unwrap();
    let aside = kept.filter_map(Result::ok).any(|file| {
        file.path() != alice.database()
            && std::fs::read(file.path()).is_ok_and(|bytes| bytes.starts_with(b"this is no"))
    });
    assert!(aside, "what is left of the database is kept");
    alice.does(Command::SignIn { username: alice.username.clone(), password: alice.password.clone() }).await;
    alice.joins(chat).await;
    bob.says(chat, "you are back").await;
    alice.sees(chat, &["you are back"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_there_after_the_app_is_opened_again_without_a_server() {
    let mut server = TestServer::start(Backend::Sqlite).await;
    let (mut alice, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "kept").await;
    bob.sees(chat, &["kept"]).await;
    bob.says(chat, "'); DELETE FROM messages; -- <script>alert(1)</script>").await;
    let texts = ["kept", "'); DELETE FROM messages; -- <script>alert(1)</script>"];
    alice.sees(chat, &texts).await;
    alice.closes().await;
    server.stop().await;
    alice.opens_again().await;
    alice.sees(chat, &texts).await;
    alice.says(chat, "written without a network").await;
    alice.closes().await;
    alice.opens_again().await;
    server.start_again().await;
    bob.sees(chat, &["kept", texts[1], "written without a network"]).await;
}
