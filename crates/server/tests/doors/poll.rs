//! Long polling: the same events as on a socket, for clients whose sockets are blocked.

use sealpost_mls::Roles;
use sealpost_protocol::{
    Bytes, Problem,
    account::SignOut,
    activity::TypingWrite,
    poll::{PollBatch, PollNext, PollOpened},
    socket::{CloseCode, Event},
};

use crate::{
    conversations::alice_and_bob,
    person::Person,
    server::{TestServer, problem},
};

async fn post<T: serde::de::DeserializeOwned>(
    server: &TestServer,
    path: &str,
    token: &Bytes,
    body: &[u8],
) -> Result<T, Problem> {
    let bearer = format!("Bearer {}", token.to_base64url());
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let answer = server.post(path, &headers, body).await;
    match answer.status {
        200 => Ok(serde_json::from_slice(&answer.body).unwrap()),
        _ => Err(problem(&answer)),
    }
}

async fn open(server: &TestServer, token: &Bytes) -> PollOpened {
    post(server, "/v1/poll/open", token, b"").await.unwrap()
}

async fn next(server: &TestServer, token: &Bytes, poll: &Bytes, acknowledged: u64) -> Result<PollBatch, Problem> {
    let ask = PollNext { poll: poll.clone(), acknowledged };
    post(server, "/v1/poll/next", token, &serde_json::to_vec(&ask).unwrap()).await
}

#[tokio::test]
async fn batches_come_again_until_they_are_acknowledged() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let roles = Roles::direct(alice.account, bob.account);
    let (_, create) = alice.prepare(&server, roles, &[&bob]).await;
    let conversation = server.call(Some(&alice.token), create).await.unwrap().conversation;

    let opened = open(&server, &bob.token).await;
    assert_eq!(opened.welcome.incarnation.len(), 16);
    let first = next(&server, &bob.token, &opened.poll, 0).await.unwrap();
    let again = next(&server, &bob.token, &opened.poll, 0).await.unwrap();
    assert_eq!((first.number, &first.events), (1, &again.events));
    let (mut number, mut events) = (first.number, first.events);
    while !events.iter().any(|event| matches!(event, Event::BacklogDone {})) {
        let batch = next(&server, &bob.token, &opened.poll, number).await.unwrap();
        number = batch.number;
        events.extend(batch.events);
    }
    assert!(events.iter().any(|event| matches!(event, Event::Inbox(inbox) if inbox.welcomes.len() == 1)));

    // What happens while someone waits is told at once, to the later of two who wait.
    let earlier = next(&server, &bob.token, &opened.poll, number);
    let later = async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        next(&server, &bob.token, &opened.poll, number).await.unwrap()
    };
    let typing = async {
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        server.call(Some(&alice.token), TypingWrite { conversation, typing: true }).await.unwrap();
    };
    let (earlier, later, ()) = tokio::join!(earlier, later, typing);
    let earlier = earlier.unwrap();
    assert_eq!((earlier.number, earlier.events), (number, Vec::new()));
    assert!(matches!(later.events[..], [Event::Typing(_)]), "{:?}", later.events);
}

#[tokio::test]
async fn a_poll_belongs_to_its_session_and_ends_with_it() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let eve = Person::register(&server, "eve").await;
    let before = open(&server, &alice.token).await;
    let opened = open(&server, &alice.token).await;
    assert_eq!(next(&server, &alice.token, &before.poll, 0).await.unwrap_err().status, 404, "another one replaced it");
    assert_eq!(next(&server, &eve.token, &opened.poll, 0).await.unwrap_err().status, 404);
    let nobody = post::<PollOpened>(&server, "/v1/poll/open", &Bytes(vec![5; 32]), b"").await.unwrap_err();
    assert_eq!(nobody.status, 401);

    let first = next(&server, &alice.token, &opened.poll, 0).await.unwrap();
    assert!(matches!(first.events[..], [Event::BacklogDone {}]), "{:?}", first.events);
    let waiting = next(&server, &alice.token, &opened.poll, first.number);
    let signing_out = server.call(Some(&alice.token), SignOut { everywhere: true });
    let (ended, signed_out) = tokio::join!(waiting, signing_out);
    signed_out.unwrap();
    assert_eq!(ended.unwrap().closed, Some(CloseCode::SignedOut as u16));
    assert_eq!(next(&server, &alice.token, &opened.poll, first.number).await.unwrap_err().status, 401);
}

#[tokio::test]
async fn a_server_that_stops_ends_polls_at_once() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let opened = open(&server, &alice.token).await;
    let first = next(&server, &alice.token, &opened.poll, 0).await.unwrap();
    let waiting = next(&server, &alice.token, &opened.poll, first.number);
    let stopping = async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        server.server.shutdown().await;
    };
    let (ended, ()) = tokio::join!(waiting, stopping);
    assert_eq!(ended.unwrap().closed, Some(CloseCode::Draining as u16));
}
