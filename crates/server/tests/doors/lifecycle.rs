//! Starting, stopping, health, and a database that is lost.

use std::{fs, os::unix::fs::PermissionsExt as _};

use sealpost_protocol::{
    ProblemKind, account::MeRead, conversation::LogRead, device::KeyPackagesCount, socket::CloseCode,
};
use sealpost_server::{BackupError, Config, RestoreError, Server, back_up, restore};
use sqlx::{Connection as _, SqliteConnection};

use crate::{
    conversations::alice_and_bob,
    person::{PASSWORD, Person, sign_in},
    server::TestServer,
    socket::{Ended, Socket},
};

#[tokio::test]
async fn a_server_that_stops_tells_its_sockets_and_keeps_everything() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let mut socket = Socket::connect(&server, &alice.token).await;
    let stopping = tokio::spawn(server.stop());
    assert_eq!(socket.ended().await, Ended::Closed(CloseCode::Draining));
    let folder = stopping.await.unwrap();
    let server = TestServer::in_folder(folder, |_| {}).await;
    assert_eq!(server.call(Some(&alice.token), MeRead {}).await.unwrap().profile.account, alice.account);
    assert!(sign_in(&server, "alice", PASSWORD).await.is_ok(), "the secret for passwords is kept");
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let server = TestServer::start().await;
    let error = Server::new(Config::in_folder(server.folder.path())).await.err().unwrap();
    assert!(error.to_string().contains("another server"), "{error}");
    assert_eq!(server.get("/readyz", &[]).await.status, 200);
}

#[tokio::test]
async fn health_says_whether_the_process_lives_and_can_serve() {
    let server = TestServer::start().await;
    assert_eq!(server.get("/healthz", &[]).await.status, 200);
    assert_eq!(server.get("/readyz", &[]).await.status, 200);
    server.server.app().store().close().await;
    assert_eq!(server.get("/healthz", &[]).await.status, 200);
    assert_eq!(server.get("/readyz", &[]).await.status, 503);
}

#[tokio::test]
async fn a_lost_database_is_said_and_may_be_retried() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    server.server.app().store().close().await;
    let problem = server.call(Some(&alice.token), MeRead {}).await.unwrap_err();
    assert_eq!(problem.kind(), ProblemKind::Unavailable);
    assert!(problem.is_temporary() && problem.retry_after.is_some());
    let mut socket = Socket::open(&server, sealpost_protocol::socket::SUBPROTOCOL_CBOR, &[]).await.unwrap();
    socket.hello(&alice.token, sealpost_protocol::socket::PROTOCOL_VERSION).await;
    assert_eq!(socket.ended().await, Ended::Closed(CloseCode::Overloaded));
}

#[tokio::test]
async fn a_backup_is_made_while_people_write_and_is_a_server_again() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let (mut group, conversation) = alice.start_direct(&server, &bob).await;
    let before = server.call(Some(&alice.token), alice.message(&mut group, "before")).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.sqlite3");
    let config = server.server.app().config().clone();
    let copying = tokio::spawn({
        let (config, file) = (config.clone(), file.clone());
        async move { back_up(&config, &file).await }
    });
    for _ in 0..20 {
        server.call(Some(&alice.token), alice.message(&mut group, "text")).await.unwrap();
    }
    let bytes = copying.await.unwrap().unwrap();
    let metadata = fs::metadata(&file).unwrap();
    assert_eq!((metadata.len(), metadata.permissions().mode() & 0o777), (bytes, 0o600));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    assert!(matches!(back_up(&config, &file).await, Err(BackupError::Exists(_))));

    let restored = tempfile::tempdir().unwrap();
    let into = Config::in_folder(restored.path());
    let verified = restore(&into, Some(&file), true).await.unwrap();
    assert_eq!((verified.accounts, verified.conversations), (2, 1));
    assert_eq!(fs::read_dir(restored.path()).unwrap().count(), 0, "it was only verified");
    assert_eq!(restore(&into, Some(&file), false).await.unwrap(), verified);
    assert!(matches!(restore(&into, Some(&file), false).await, Err(RestoreError::Exists(_))));
    let again = TestServer::in_folder(restored, |_| {}).await;
    assert_ne!(again.server.app().incarnation(), server.server.app().incarnation());
    let left = again.call(Some(&bob.token), KeyPackagesCount {}).await.unwrap().left;
    assert_eq!(left, 0, "what may have been used since is not handed out");
    assert!(sign_in(&again, "alice", PASSWORD).await.is_ok(), "the secret for passwords is in it");
    let read = |conversation| LogRead { conversation, after: 0 };
    let all = server.call(Some(&bob.token), read(conversation)).await.unwrap().entries;
    let kept = again.call(Some(&bob.token), read(conversation)).await.unwrap().entries;
    assert!(kept.last().is_some_and(|entry| entry.seq >= before.seq) && kept.len() <= all.len());
    for (kept, known) in kept.iter().zip(&all) {
        assert_eq!((kept.seq, &kept.hash), (known.seq, &known.hash), "it is a beginning of what there is now");
    }
}

#[tokio::test]
async fn a_backup_that_cannot_be_made_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("backup.sqlite3"));
    let mut config = Config::in_folder(&data);
    assert!(matches!(back_up(&config, &file).await, Err(BackupError::NoDatabase(_))));
    assert!(!data.exists() && !file.exists());
    fs::create_dir(&data).unwrap();
    fs::write(data.join("sealpost.sqlite3"), "no database").unwrap();
    assert!(matches!(back_up(&config, &file).await, Err(BackupError::Store(_))));
    let nowhere = folder.path().join("no such folder/backup.sqlite3");
    assert!(matches!(back_up(&config, &nowhere).await, Err(BackupError::Unwritable { .. })));
    config.database.url = "postgres://somewhere/chat".to_owned();
    assert!(back_up(&config, &file).await.unwrap_err().to_string().contains("pg_dump"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the data folder alone");
}

#[tokio::test]
async fn a_backup_that_is_not_whole_is_not_put_back() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let (mut group, _) = alice.start_direct(&server, &bob).await;
    for _ in 0..3 {
        server.call(Some(&alice.token), alice.message(&mut group, "text")).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let into = Config::in_folder(folder.path().join("data"));
    let damages = [
        "DELETE FROM log WHERE seq = 2",
        "UPDATE log SET message = x'00' WHERE seq = 2",
        "DELETE FROM log WHERE seq = 4",
        "DELETE FROM server_settings",
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        let file = folder.path().join(format!("backup-{number}.sqlite3"));
        back_up(server.server.app().config(), &file).await.unwrap();
        let mut database = SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
        sqlx::query(damage).execute(&mut database).await.unwrap();
        database.close().await.unwrap();
        let refused = restore(&into, Some(&file), false).await.unwrap_err();
        assert!(matches!(refused, RestoreError::Store(_)), "{damage}: {refused}");
    }
    let no_database = folder.path().join("text");
    fs::write(&no_database, "no database").unwrap();
    for file in [no_database, folder.path().join("nothing")] {
        assert!(restore(&into, Some(&file), false).await.is_err());
    }
    assert!(!folder.path().join("data/sealpost.sqlite3").exists());
    assert!(matches!(restore(&into, None, false).await, Err(RestoreError::NoFile)));
}
