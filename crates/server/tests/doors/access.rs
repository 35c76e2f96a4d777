//! Who may call what: every operation of the list by everyone who may not.

use rand::{Rng as _, rngs::OsRng};
use sealpost_protocol::{Access, Bytes, ConversationId, ProblemKind, account::Recover, operation::OPERATIONS};
use serde_json::Value;

use crate::{
    conversations::alice_and_bob,
    person::{PASSWORD, Person, sign_in},
    server::{TestServer, problem},
};

/// Operations that need a session and name no conversation that is there already.
const OF_NO_CONVERSATION: &[&str] = &[
    "accounts/read",
    "accounts/search",
    "backup/read",
    "backup/write",
    "conversations/create",
    "conversations/list",
    "device-lists/of",
    "device-lists/read",
    "device-lists/write",
    "inbox/acknowledge",
    "inbox/read",
    "join-requests/own",
    "join-requests/settle",
    "join-requests/write",
    "key-packages/claim",
    "key-packages/count",
    "key-packages/write",
    "links/read",
    "me/read",
    "password/finish",
    "password/start",
    "pictures/read",
    "pictures/write",
    "presence/watch",
    "profile/write",
    "settings/read",
    "settings/write",
    "sign-out",
    "vault/read",
    "vault/write",
];

/// Operations that take what they are told of a conversation without saying whether there is one.
const LOOK_FOR_NONE: &[&str] = &["cursors/read-up-to", "cursors/stored"];

/// What the operation answers to this body with this session: nothing, or why not.
async fn outcome(
    server: &TestServer,
    operation: &str,
    token: Option<&Bytes>,
    body: &Value,
) -> Result<(), (ProblemKind, String)> {
    let bearer = token.map(|token| format!("Bearer {}", token.to_base64url()));
    let headers: Vec<_> = bearer.iter().map(|value| ("authorization", value.as_str())).collect();
    let answer = server.post(&format!("/v1/{operation}"), &headers, &serde_json::to_vec(body).unwrap()).await;
    if answer.status == 200 {
        return Ok(());
    }
    let problem = problem(&answer);
    Err((problem.kind(), problem.detail))
}

async fn refusal(server: &TestServer, operation: &str, token: Option<&Bytes>) -> ProblemKind {
    outcome(server, operation, token, &example(operation)).await.unwrap_err().0
}

/// Puts this conversation wherever a body names one; in how many places.
fn name_conversation(body: &mut Value, conversation: ConversationId) -> usize {
    match body {
        Value::Object(fields) => fields
            .iter_mut()
            .map(|(name, value)| {
                if name == "conversation" {
                    *value = serde_json::to_value(conversation).unwrap();
                    return 1;
                }
                name_conversation(value, conversation)
            })
            .sum(),
        Value::Array(values) => values.iter_mut().map(|value| name_conversation(value, conversation)).sum(),
        _ => 0,
    }
}

/// A body that the operation can read, from the fixtures of the protocol.
fn example(operation: &str) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../protocol/tests/fixtures/frames.json");
    let fixtures: Vec<serde_json::Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let request = fixtures
        .iter()
        .filter(|fixture| fixture["type"] == "request")
        .map(|fixture| &fixture["json"])
        .find(|request| request["operation"] == operation)
        .unwrap_or_else(|| panic!("no fixture of {operation}"));
    request["body"].clone()
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

/// A group, and a message that is about to be sent in it: only such a one makes the server look for the conversation.
async fn about_to_write(server: &TestServer) -> (ConversationId, Value) {
    let (alice, bob) = alice_and_bob(server).await;
    let (mut group, conversation) = alice.start_direct(server, &bob).await;
    let append = alice.message(&mut group, "text");
    (conversation, serde_json::to_value(append).unwrap())
}

#[tokio::test]
async fn to_who_is_no_member_a_conversation_looks_as_if_there_were_none() {
    let server = TestServer::start().await;
    let (here, append) = about_to_write(&server).await;
    let nowhere = ConversationId(OsRng.r#gen());
    let stranger = Person::register(&server, "carol").await;
    for &(operation, _, _) in OPERATIONS.iter().filter(|(_, access, _)| *access != Access::Anyone) {
        if OF_NO_CONVERSATION.contains(&operation) {
            continue;
        }
        let mut body = example(operation);
        let names = name_conversation(&mut body, here);
        assert!(names > 0, "{operation}: its example names no conversation, so it belongs in the list above");
        let at_hers = outcome(&server, operation, Some(&stranger.token), &body).await;
        name_conversation(&mut body, nowhere);
        assert_eq!(at_hers, outcome(&server, operation, Some(&stranger.token), &body).await, "{operation}");
        let at_hers = match operation {
            "log/append" => outcome(&server, operation, Some(&stranger.token), &append).await,
            _ => at_hers,
        };
        match operation {
            _ if LOOK_FOR_NONE.contains(&operation) => assert_eq!(at_hers, Ok(()), "{operation}"),
            // The statement of somebody else is refused before the conversation is looked for.
            "conversations/leave" => assert_eq!(at_hers.unwrap_err().0, ProblemKind::InvalidRequest),
            _ => assert_eq!(at_hers.unwrap_err().0, ProblemKind::NotFound, "{operation}"),
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
