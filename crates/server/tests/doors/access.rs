//! Who may call what: every operation of the list by everyone who may not.

use sealpost_protocol::{Access, Bytes, ProblemKind, account::Recover, operation::OPERATIONS};

use crate::{
    person::{PASSWORD, Person, sign_in},
    server::{TestServer, problem},
};

/// What the operation answers to a body that fits no operation but is JSON, with this session.
async fn refusal(server: &TestServer, operation: &str, token: Option<&Bytes>) -> ProblemKind {
    let bearer = token.map(|token| format!("Bearer {}", token.to_base64url()));
    let headers: Vec<_> = bearer.iter().map(|value| ("authorization", value.as_str())).collect();
    let body = example(operation);
    problem(&server.post(&format!("/v1/{operation}"), &headers, &body).await).kind()
}

/// A body that the operation can read, from the fixtures of the protocol.
fn example(operation: &str) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../protocol/tests/fixtures/frames.json");
    let fixtures: Vec<serde_json::Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let request = fixtures
        .iter()
        .filter(|fixture| fixture["type"] == "request")
        .map(|fixture| &fixture["json"])
        .find(|request| request["operation"] == operation)
        .unwrap_or_else(|| panic!("no fixture of {operation}"));
    serde_json::to_vec(&request["body"]).unwrap()
}

#[tokio::test]
async fn every_operation_refuses_who_may_not_call_it() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let without_device = sign_in(&server, "alice", PASSWORD).await.unwrap().session_token;
    let recover = Recover { username: "alice".to_owned(), recovery_token: alice.recovery_token.clone() };
    let recovering = server.call(None, recover).await.unwrap().session_token;
    let nonsense = Bytes::from(vec![5; 32]);
    for &(operation, access, _) in OPERATIONS {
        if access == Access::Anyone {
            continue;
        }
        assert_eq!(refusal(&server, operation, None).await, ProblemKind::SignedOut, "{operation}");
        assert_eq!(refusal(&server, operation, Some(&nonsense)).await, ProblemKind::SignedOut, "{operation}");
        if access != Access::Recovering {
            assert_eq!(refusal(&server, operation, Some(&recovering)).await, ProblemKind::NotAllowed, "{operation}");
        }
        if access == Access::Device {
            assert_eq!(
                refusal(&server, operation, Some(&without_device)).await,
                ProblemKind::NotAllowed,
                "{operation}"
            );
        }
    }
}

#[tokio::test]
async fn a_header_that_holds_no_token_is_not_taken_for_no_header() {
    let server = TestServer::start().await;
    for value in ["Bearer", "Bearer ???", "Basic YTpi"] {
        let answer = server.post("/v1/me/read", &[("authorization", value)], b"{}").await;
        assert_eq!(problem(&answer).kind(), ProblemKind::SignedOut, "{value}");
    }
}
