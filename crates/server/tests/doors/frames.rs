//! Frames that are wrong get the named error and leave the state alone.

use sealpost_protocol::{
    Bytes, ProblemKind,
    account::{MeRead, SignInStart, SignOut},
    device::DeviceListWrite,
    socket::{
        ClientFrame, CloseCode, Event, PROTOCOL_VERSION, SUBPROTOCOL_CBOR, SUBPROTOCOL_JSON, ServerFrame, to_cbor,
    },
};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    person::{PASSWORD, Person, sign_in},
    server::{TestServer, problem},
    socket::{Ended, Socket},
};

#[tokio::test]
async fn both_subprotocols_answer_the_same() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    for subprotocol in [SUBPROTOCOL_JSON, SUBPROTOCOL_CBOR] {
        let (mut socket, welcome) = Socket::connect_as(&server, &alice.token, subprotocol).await;
        assert_eq!(welcome.incarnation.len(), 16);
        assert_eq!(welcome.frame_max, 8 * 1024 * 1024);
        assert_eq!(socket.event().await, Event::BacklogDone {});
        assert_eq!(socket.call(MeRead {}).await.unwrap().profile.account, alice.account);
        socket.send(&ClientFrame::Ping {}).await;
        assert!(matches!(socket.receive().await, Ok(ServerFrame::Pong {})));
    }
}

#[tokio::test]
async fn only_a_session_of_this_version_is_welcome() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let mut socket = Socket::open(&server, SUBPROTOCOL_CBOR, &[]).await.unwrap();
    socket.hello(&vec![1; 32].into(), PROTOCOL_VERSION).await;
    assert_eq!(socket.ended().await, Ended::Closed(CloseCode::SignedOut));
    let mut socket = Socket::open(&server, SUBPROTOCOL_CBOR, &[]).await.unwrap();
    socket.hello(&alice.token, PROTOCOL_VERSION + 1).await;
    assert_eq!(socket.ended().await, Ended::Closed(CloseCode::Version));
    let mut socket = Socket::open(&server, SUBPROTOCOL_CBOR, &[]).await.unwrap();
    socket.send(&ClientFrame::Ping {}).await;
    assert_eq!(socket.ended().await, Ended::Closed(CloseCode::BadFrame));
    assert!(Socket::open(&server, "", &[]).await.is_err());
    assert!(Socket::open(&server, "sealpost.v9.json", &[]).await.is_err());
}

#[tokio::test]
async fn other_origins_may_not_connect() {
    let server = TestServer::with(|config| config.server.allowed_origins = vec!["https://www.example".into()]).await;
    let own = format!("http://{}", server.address);
    for origin in [own.as_str(), "https://www.example"] {
        assert!(Socket::open(&server, SUBPROTOCOL_CBOR, &[("origin", origin)]).await.is_ok(), "{origin}");
    }
    for origin in ["https://evil.example", "null", "https://www.example.evil.example"] {
        assert!(Socket::open(&server, SUBPROTOCOL_CBOR, &[("origin", origin)]).await.is_err(), "{origin}");
    }
}

#[tokio::test]
async fn frames_that_cannot_be_read_close_the_socket_and_change_nothing() {
    let server = TestServer::with(|config| config.limits.frame_bytes = 1024 * 1024).await;
    let alice = Person::register(&server, "alice").await;
    let whole = to_cbor(&ClientFrame::Request { id: 1, request: SignOut { everywhere: true }.into() }).unwrap();
    let truncated = whole[..whole.len() - 1].to_vec();
    for (message, code) in [
        (Message::Binary(truncated.into()), CloseCode::BadFrame),
        (Message::Binary(vec![0xff; 100].into()), CloseCode::BadFrame),
        (Message::Binary(Vec::new().into()), CloseCode::BadFrame),
        (Message::Text("{\"frame\":\"ping\"}".into()), CloseCode::BadFrame),
        (Message::Binary(vec![0; 1024 * 1024 + 1].into()), CloseCode::TooLarge),
    ] {
        let mut socket = Socket::connect(&server, &alice.token).await;
        socket.send_raw(message).await;
        assert_eq!(socket.ended().await, Ended::Closed(code));
    }
    assert!(server.call(Some(&alice.token), MeRead {}).await.is_ok());
}

#[tokio::test]
async fn a_request_that_cannot_be_read_is_answered() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let (mut socket, _) = Socket::connect_as(&server, &alice.token, SUBPROTOCOL_JSON).await;
    for bad in [
        r#"{"frame":"request","id":41,"request":{"operation":"no/such","body":{}}}"#,
        r#"{"frame":"request","id":41,"request":{"operation":"log/read","body":{"conversation":"short","after":0}}}"#,
        r#"{"frame":"request","id":41,"request":{"operation":"log/read","body":{}}}"#,
        r#"{"frame":"request","id":41}"#,
    ] {
        socket.send_raw(Message::Text(bad.into())).await;
        assert_eq!(socket.answer(41).await.unwrap_err().kind(), ProblemKind::InvalidRequest, "{bad}");
    }
    assert!(socket.call(MeRead {}).await.is_ok());
    let anonymous = socket.call(SignInStart { username: "alice".to_owned(), message: Bytes::default() }).await;
    assert_eq!(anonymous.unwrap_err().kind(), ProblemKind::NotAllowed);
}

#[tokio::test]
async fn http_bodies_that_are_wrong_get_the_named_error() {
    let server = TestServer::with(|config| config.limits.frame_bytes = 1024 * 1024).await;
    let alice = Person::register(&server, "alice").await;
    let bearer = format!("Bearer {}", alice.token.to_base64url());
    let headers = |content_type| [("authorization", bearer.as_str()), ("content-type", content_type)];
    for (path, content_type, body, kind) in [
        ("/v1/log/read", "application/json", b"{".as_slice(), ProblemKind::InvalidRequest),
        ("/v1/log/read", "application/json", b"{}", ProblemKind::InvalidRequest),
        ("/v1/log/read", "application/cbor", b"{}", ProblemKind::InvalidRequest),
        ("/v1/me/read", "application/json", b" []", ProblemKind::InvalidRequest),
        ("/v1/log/read", "text/plain", b"{}", ProblemKind::InvalidRequest),
        ("/v1/no/such", "application/json", b"{}", ProblemKind::NotFound),
        ("/v1/vault/write", "application/json", &vec![b' '; 1024 * 1024 + 1], ProblemKind::TooLarge),
    ] {
        assert_eq!(
            problem(&server.post(path, &headers(content_type), body).await).kind(),
            kind,
            "{path} {content_type}"
        );
    }
    let not_a_name = server.post("/v1/%FF", &headers("application/json"), b"{}").await;
    assert_eq!(problem(&not_a_name).kind(), ProblemKind::NotFound);
}

#[tokio::test]
async fn other_methods_are_refused_with_the_one_that_there_is() {
    let server = TestServer::start().await;
    for (method, path, allowed) in [
        ("GET", "/v1/me/read", "POST"),
        ("DELETE", "/v1/me/read", "POST"),
        ("PUT", "/v1/poll/open", "POST"),
        ("POST", "/v1/openapi.json", "GET,HEAD"),
    ] {
        let answer = crate::http::send(server.address, method, path, &[], b"").await;
        assert_eq!(problem(&answer).kind(), ProblemKind::WrongMethod, "{method} {path}");
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
    }
}

#[tokio::test]
async fn http_speaks_cbor_to_who_asks_for_it() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let bearer = format!("Bearer {}", alice.token.to_base64url());
    let cbor = [("content-type", "application/cbor"), ("accept", "application/cbor"), ("authorization", &bearer)];
    let answer = server.post("/v1/me/read", &cbor, &to_cbor(&MeRead {}).unwrap()).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/cbor")));
    let me: sealpost_protocol::account::Me = sealpost_protocol::socket::from_cbor(&answer.body).unwrap();
    assert_eq!(me.profile.account, alice.account);
    let answer = server.post("/v1/me/read", &cbor, b"").await;
    let problem: sealpost_protocol::Problem = sealpost_protocol::socket::from_cbor(&answer.body).unwrap();
    assert_eq!((answer.status, problem.kind()), (400, ProblemKind::InvalidRequest));
}

#[tokio::test]
async fn a_session_that_ends_closes_its_sockets() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let laptop = alice.second_device(&server).await;
    let mut socket = Socket::connect(&server, &alice.token).await;
    let mut other = Socket::connect(&server, &laptop.token).await;
    let list = laptop.list.next(&alice.list_key, &alice.list_key_certificate, None, &[laptop.device]);
    let write = DeviceListWrite { list: list.to_bytes().into(), device: None };
    server.call(Some(&alice.token), write).await.unwrap();
    assert_eq!(other.ended().await, Ended::Closed(CloseCode::DeviceRevoked));
    server.call(Some(&alice.token), SignOut { everywhere: false }).await.unwrap();
    assert_eq!(socket.ended().await, Ended::Closed(CloseCode::SignedOut));
}

#[tokio::test]
async fn a_connection_gets_its_device_without_connecting_again() {
    let server = TestServer::start().await;
    let phone = Person::register(&server, "alice").await;
    let token = sign_in(&server, "alice", PASSWORD).await.unwrap().session_token;
    let mut socket = Socket::connect(&server, &token).await;
    let refused = socket.call(sealpost_protocol::conversation::InboxRead {}).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::NotAllowed);
    let mut tablet = Person::new("alice");
    let key = tablet.device_key.public_key();
    tablet.list = phone.list.next(&phone.list_key, &phone.list_key_certificate, Some((tablet.device, key)), &[]);
    tablet.credential.certificate = sealpost_mls::identity::DeviceCertificate::sign(
        &phone.list_key,
        &phone.list_key_certificate,
        tablet.device,
        &tablet.device_key,
        2,
    );
    socket.call(tablet.publication()).await.unwrap();
    assert!(socket.call(sealpost_protocol::conversation::InboxRead {}).await.is_ok());
}
