//! Starting, stopping, health, and a database that is lost.

use sealpost_protocol::{ProblemKind, account::MeRead, socket::CloseCode};
use sealpost_server::{Config, Server};

use crate::{
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
