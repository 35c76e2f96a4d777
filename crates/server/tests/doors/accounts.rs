//! Registration, signing in, recovery, sessions, profiles, backup and vault.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use rand::rngs::OsRng;
use sealpost_mls::identity::RootKey;
use sealpost_protocol::{AccountId, Bytes, ProblemKind, account::*};
use sealpost_server::config::RegistrationMode;

use crate::{
    person::{PASSWORD, Person, backup, sign_in},
    server::TestServer,
};

#[tokio::test]
async fn who_registers_is_signed_in_with_the_first_device() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let me = server.call(Some(&alice.token), MeRead {}).await.unwrap();
    assert_eq!(me.profile.account, alice.account);
    assert_eq!(me.profile.username, "alice");
    assert_eq!(me.profile.display_name, "alice Example");
    assert_eq!(me.profile.root_public_key, Bytes::from(alice.root.public_key()));
    assert_eq!(me.profile.device_list_version, 1);
    assert_eq!(me.device, Some(alice.device));
    assert_eq!(server.call(Some(&alice.token), BackupRead {}).await.unwrap(), backup(1));
}

#[tokio::test]
async fn signing_in_gives_the_backup_and_a_session_without_a_device() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let signed_in = sign_in(&server, "alice", PASSWORD).await.unwrap();
    assert_eq!(signed_in.me.profile.account, alice.account);
    assert_eq!(signed_in.me.device, None);
    assert_eq!(signed_in.backup, backup(1));
    assert_ne!(signed_in.session_token, alice.token);
    assert_eq!(signed_in.session_token.len(), 32);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_look_the_same() {
    let server = TestServer::start().await;
    Person::register(&server, "alice").await;
    let wrong = sign_in(&server, "alice", "not the password").await.unwrap_err();
    let unknown = sign_in(&server, "nobody", PASSWORD).await.unwrap_err();
    assert_eq!(wrong.kind(), ProblemKind::WrongCredentials);
    assert_eq!(wrong, unknown);

    let start = |username: &str| SignInStart { username: username.to_owned(), message: ke1() };
    let known = server.call(None, start("alice")).await.unwrap();
    let other = server.call(None, start("nobody")).await.unwrap();
    assert_eq!(known.message.len(), other.message.len());

    let recover = |username: &str| Recover { username: username.to_owned(), recovery_token: vec![9; 32].into() };
    let wrong = server.call(None, recover("alice")).await.unwrap_err();
    let unknown = server.call(None, recover("nobody")).await.unwrap_err();
    assert_eq!(wrong.kind(), ProblemKind::WrongCredentials);
    assert_eq!(wrong, unknown);
}

fn ke1() -> Bytes {
    let started = opaque_ke::ClientLogin::<crate::person::Opaque>::start(&mut OsRng, b"x").unwrap();
    started.message.serialize().to_vec().into()
}

#[tokio::test]
async fn a_sign_in_can_be_finished_once() {
    let server = TestServer::start().await;
    Person::register(&server, "alice").await;
    let started = server.call(None, SignInStart { username: "alice".to_owned(), message: ke1() }).await.unwrap();
    for _ in 0..2 {
        let finish = SignInFinish { sign_in: started.sign_in, message: vec![7; 64].into() };
        assert_eq!(server.call(None, finish).await.unwrap_err().kind(), ProblemKind::WrongCredentials);
    }
}

#[tokio::test]
async fn names_are_checked_and_unique() {
    let server = TestServer::start().await;
    Person::register(&server, "alice").await;
    let taken = Person::try_register(&server, "alice", None).await.err().unwrap();
    assert_eq!(taken.kind(), ProblemKind::UsernameTaken);
    for username in ["", "al", "Alice", "1alice", "ali ce", "álice", "a'; DROP TABLE accounts; --", "a\0b"] {
        let refused = Person::try_register(&server, username, None).await.err().unwrap();
        assert_eq!(refused.kind(), ProblemKind::InvalidRequest, "{username}");
        assert!(refused.detail.contains("username"), "{refused}");
    }
    let bob = Person::new("bob");
    let mut finish = bob.registration(&server, None).await.unwrap();
    finish.display_name = " \u{7}".to_owned();
    let refused = server.call(None, finish).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::InvalidRequest);
}

#[tokio::test]
async fn two_who_register_the_same_name_at_once_are_one_and_one_refused() {
    let server = TestServer::start().await;
    let (one, other) = (Person::new("carol"), Person::new("carol"));
    let first = one.registration(&server, None).await.unwrap();
    let second = other.registration(&server, None).await.unwrap();
    assert!(server.call(None, first).await.is_ok());
    assert_eq!(server.call(None, second).await.unwrap_err().kind(), ProblemKind::UsernameTaken);
}

#[tokio::test]
async fn an_identity_that_does_not_hold_together_is_refused() {
    let server = TestServer::start().await;
    let alice = Person::new("alice");
    let good = alice.registration(&server, None).await.unwrap();
    let mut foreign_root = good.clone();
    foreign_root.root_public_key = RootKey::generate(&mut OsRng).public_key().into();
    let mut foreign_account = good.clone();
    foreign_account.account = AccountId([7; 16]);
    let mut foreign_list = good.clone();
    foreign_list.device_list = Person::new("eve").list.to_bytes().into();
    let mut nonsense = good.clone();
    nonsense.device_certificate = vec![0xff; 40].into();
    for bad in [foreign_root, foreign_account, foreign_list, nonsense] {
        assert_eq!(server.call(None, bad).await.unwrap_err().kind(), ProblemKind::InvalidIdentity);
    }
    assert!(server.call(None, good).await.is_ok(), "what was refused left nothing behind");
}

#[tokio::test]
async fn registration_is_open_closed_or_by_invite() {
    let closed = TestServer::with(|config| config.registration.mode = RegistrationMode::Closed).await;
    let refused = Person::try_register(&closed, "alice", None).await.err().unwrap();
    assert_eq!(refused.kind(), ProblemKind::RegistrationClosed);

    let by_invite = TestServer::with(|config| config.registration.mode = RegistrationMode::Invite).await;
    // The host makes it while the server runs.
    let code = sealpost_server::make_invite(by_invite.server.app().config(), 1, 7).await.unwrap();
    for invite in [None, Some("guess")] {
        let refused = Person::try_register(&by_invite, "alice", invite).await.err().unwrap();
        assert_eq!(refused.kind(), ProblemKind::RegistrationClosed);
    }
    Person::try_register(&by_invite, "alice", Some(&code)).await.unwrap();
    let used = Person::try_register(&by_invite, "bob", Some(&code)).await.err().unwrap();
    assert_eq!(used.kind(), ProblemKind::RegistrationClosed);
}

#[tokio::test]
async fn who_lost_everything_takes_the_place_of_their_account_with_a_code_of_the_host() {
    let server = TestServer::start().await;
    let lost = Person::register(&server, "alice").await;
    let bob = Person::register(&server, "bob").await;
    let config = server.server.app().config();
    assert_eq!(sealpost_server::make_replacement(config, "carol", 24).await.unwrap(), None);
    let code = sealpost_server::make_replacement(config, "alice", 24).await.unwrap().unwrap();

    // For her name only.
    for (username, invite) in [("carol", &*code), ("bob", &*code), ("alice", "guess")] {
        let refused = Person::try_register(&server, username, Some(invite)).await.err().unwrap();
        let expected = if invite == code { ProblemKind::RegistrationClosed } else { ProblemKind::UsernameTaken };
        assert_eq!(refused.kind(), expected, "{username}");
    }
    server.call(Some(&lost.token), MeRead {}).await.unwrap();
    // Whatever the way in is for others.
    let folder = server.stop().await;
    let server = TestServer::in_folder(folder, |config| config.registration.mode = RegistrationMode::Closed).await;
    let alice = Person::try_register(&server, "alice", Some(&code)).await.unwrap();
    let ended = server.call(Some(&lost.token), MeRead {}).await.unwrap_err();
    assert_eq!(ended.kind(), ProblemKind::SignedOut);
    let recover = Recover { username: "alice".to_owned(), recovery_token: lost.recovery_token.clone() };
    assert_eq!(server.call(None, recover).await.unwrap_err().kind(), ProblemKind::WrongCredentials);

    let read = AccountsRead { accounts: vec![lost.account, alice.account] };
    let profiles = server.call(Some(&bob.token), read).await.unwrap().profiles;
    assert_eq!(profiles.iter().map(|profile| profile.successor).collect::<Vec<_>>(), [Some(alice.account), None]);
    let former = Recover { username: profiles[0].username.clone(), recovery_token: lost.recovery_token };
    assert_eq!(server.call(None, former).await.unwrap_err().kind(), ProblemKind::WrongCredentials);
    let used = Person::try_register(&server, "alice", Some(&code)).await.err().unwrap();
    assert_eq!(used.kind(), ProblemKind::RegistrationClosed);
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_with_the_recovery_code() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let recover = Recover { username: "alice".to_owned(), recovery_token: alice.recovery_token.clone() };
    let recovering = server.call(None, recover).await.unwrap();
    assert_eq!(recovering.backup, backup(1));
    let token = recovering.session_token;
    assert_eq!(server.call(Some(&token), MeRead {}).await.unwrap().profile.account, alice.account);

    // Even if it asks for it, who had the old password does not stay.
    new_password(&server, &token, "another long password", 2, true).await.unwrap();
    assert_eq!(sign_in(&server, "alice", PASSWORD).await.unwrap_err().kind(), ProblemKind::WrongCredentials);
    assert_eq!(sign_in(&server, "alice", "another long password").await.unwrap().backup, backup(2));
    let ended = server.call(Some(&alice.token), MeRead {}).await.unwrap_err();
    assert_eq!(ended.kind(), ProblemKind::SignedOut, "a new password ends every other session");
    assert!(server.call(Some(&token), VaultRead { after_version: 0 }).await.is_ok(), "this one is a full one now");
}

async fn new_password(
    server: &TestServer,
    token: &Bytes,
    password: &str,
    version: u64,
    keep_sessions: bool,
) -> Result<Done, sealpost_protocol::Problem> {
    use opaque_ke::{ClientRegistration, ClientRegistrationFinishParameters, RegistrationResponse};
    let started = ClientRegistration::<crate::person::Opaque>::start(&mut OsRng, password.as_bytes()).unwrap();
    let start = PasswordStart { message: started.message.serialize().to_vec().into() };
    let answer = server.call(Some(token), start).await?;
    let response = RegistrationResponse::deserialize(&answer.message).unwrap();
    let ksf = crate::person::cheap();
    let parameters = ClientRegistrationFinishParameters::new(Default::default(), Some(&ksf));
    let finished = started.state.finish(&mut OsRng, password.as_bytes(), response, parameters).unwrap();
    let upload = finished.message.serialize().to_vec().into();
    server.call(Some(token), PasswordFinish { upload, backup: backup(version), keep_sessions }).await
}

#[tokio::test]
async fn a_password_and_its_backup_change_together_or_not_at_all() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let refused = new_password(&server, &alice.token, "another long password", 3, false).await.unwrap_err();
    assert_eq!((refused.kind(), refused.version), (ProblemKind::VersionConflict, Some(1)));
    assert!(sign_in(&server, "alice", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_session_of_a_while_ago_changes_neither_password_nor_backup() {
    let clock = Arc::new(AtomicU64::new(1_790_000_000_000));
    let server = TestServer::at(Arc::clone(&clock)).await;
    let alice = Person::register(&server, "alice").await;
    clock.fetch_add(20 * 60 * 1000, Ordering::Relaxed);
    let refused = new_password(&server, &alice.token, "another long password", 2, true).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::NotAllowed);
    let write =
        |version| BackupWrite { recovery_token_hash: Some(vec![9; 32].into()), ..BackupWrite::from(backup(version)) };
    let refused = server.call(Some(&alice.token), write(2)).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::NotAllowed);
    // Who shows the password may, and the others stay signed in.
    let fresh = sign_in(&server, "alice", PASSWORD).await.unwrap().session_token;
    server.call(Some(&fresh), write(2)).await.unwrap();
    new_password(&server, &fresh, "another long password", 3, true).await.unwrap();
    assert!(server.call(Some(&alice.token), MeRead {}).await.is_ok());
    assert!(sign_in(&server, "alice", "another long password").await.is_ok());
}

#[tokio::test]
async fn sessions_end_one_by_one_or_all() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let one = sign_in(&server, "alice", PASSWORD).await.unwrap().session_token;
    let other = sign_in(&server, "alice", PASSWORD).await.unwrap().session_token;
    server.call(Some(&one), SignOut { everywhere: false }).await.unwrap();
    assert_eq!(server.call(Some(&one), MeRead {}).await.unwrap_err().kind(), ProblemKind::SignedOut);
    assert!(server.call(Some(&other), MeRead {}).await.is_ok());
    server.call(Some(&other), SignOut { everywhere: true }).await.unwrap();
    for token in [&other, &alice.token] {
        assert_eq!(server.call(Some(token), MeRead {}).await.unwrap_err().kind(), ProblemKind::SignedOut);
    }
}

#[tokio::test]
async fn people_are_found_by_the_beginning_of_their_names() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let bob = Person::register(&server, "bob").await;
    let token = Some(&bob.token);
    server.call(Some(&alice.token), ProfileWrite { display_name: "Ana 100% O'Neil".to_owned() }).await.unwrap();
    for prefix in ["ali", "ANA", "o'ne", "100%"] {
        let found = server.call(token, AccountsSearch { prefix: prefix.to_owned() }).await.unwrap().profiles;
        assert_eq!(found.iter().map(|profile| profile.account).collect::<Vec<_>>(), [alice.account], "{prefix}");
    }
    for prefix in ["%", "_", "' OR 1=1 --", "lice"] {
        let found = server.call(token, AccountsSearch { prefix: prefix.to_owned() }).await.unwrap().profiles;
        assert!(found.is_empty(), "{prefix}");
    }
    let blank = server.call(token, AccountsSearch { prefix: " ".to_owned() }).await.unwrap_err();
    assert_eq!(blank.kind(), ProblemKind::InvalidRequest);
    let read = AccountsRead { accounts: vec![bob.account, AccountId([9; 16]), alice.account] };
    let profiles = server.call(token, read).await.unwrap().profiles;
    assert_eq!(profiles.iter().map(|one| one.account).collect::<Vec<_>>(), [bob.account, alice.account]);
}

#[tokio::test]
async fn backup_and_vault_change_by_compare_and_swap() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let token = Some(&alice.token);
    let write = |version| BackupWrite::from(backup(version));
    server.call(token, write(2)).await.unwrap();
    let conflict = server.call(token, write(2)).await.unwrap_err();
    assert_eq!((conflict.kind(), conflict.version), (ProblemKind::VersionConflict, Some(2)));

    let record = VaultRecord { name: b"name".as_slice().into(), value: Some(b"value".as_slice().into()) };
    let vault = |base_version| VaultWrite { base_version, generation: 1, records: vec![record.clone()] };
    assert_eq!(server.call(token, vault(0)).await.unwrap().version, 1);
    let conflict = server.call(token, vault(0)).await.unwrap_err();
    assert_eq!((conflict.kind(), conflict.version), (ProblemKind::VersionConflict, Some(1)));
    let read = server.call(token, VaultRead { after_version: 0 }).await.unwrap();
    assert_eq!((read.version, read.records.len()), (1, 1));
    assert!(server.call(token, VaultRead { after_version: 1 }).await.unwrap().records.is_empty());
    let too_large = VaultRecord { name: vec![1; 65].into(), value: None };
    let refused =
        server.call(token, VaultWrite { base_version: 1, generation: 1, records: vec![too_large] }).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::TooLarge);
}

#[tokio::test]
async fn what_is_asked_too_often_is_refused_with_a_time_to_come_back() {
    let server = TestServer::with(|config| config.limits.sign_ins_per_minute = 3).await;
    let mut refused = None;
    for _ in 0..4 {
        let start = SignInStart { username: "alice".to_owned(), message: ke1() };
        refused = server.call(None, start).await.err();
    }
    let refused = refused.unwrap();
    assert_eq!(refused.kind(), ProblemKind::RateLimited);
    assert!(refused.retry_after.unwrap() >= 1);
    let body = serde_json::to_vec(&SignInStart { username: "alice".to_owned(), message: ke1() }).unwrap();
    let answer = server.post("/v1/sign-in/start", &[("content-type", "application/json")], &body).await;
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
}
