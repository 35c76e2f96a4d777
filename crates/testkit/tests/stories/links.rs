//! Invite links: who makes them, who comes by them, and how they end.

use std::time::Duration;

use sealpost_client::{
    command::{Answer, Command, LinkPreview},
    snapshot::{ConversationRow, Notice, Snapshot, SnapshotKey},
};
use sealpost_protocol::ConversationId;
use sealpost_testkit::{TestClient, TestServer, alice, bob, carol, on_each_database};

use super::{
    groups::{details, fails, row, told},
    leaving::is_out,
};

on_each_database! {
    a_link_lets_people_in,
    an_admin_approves_who_comes_by_a_link,
    who_asked_to_come_in_takes_it_back,
    who_left_comes_back_by_a_link,
    a_link_ends_by_use_and_will,
}

pub async fn makes_link(
    person: &TestClient,
    at: ConversationId,
    seconds: Option<u32>,
    uses: Option<u32>,
    approval: bool,
) -> String {
    let command = Command::CreateLink { conversation: at, seconds, uses, approval };
    let Answer::Link { fragment } = person.does(command).await else { panic!("no link") };
    fragment
}

/// What a link shows, once the server has it.
pub async fn inspects(person: &TestClient, fragment: &str) -> LinkPreview {
    for _ in 0..200 {
        match person.tries(Command::InspectLink { fragment: fragment.to_owned() }).await {
            Ok(Answer::LinkPreview(preview)) => return preview,
            Ok(other) => panic!("not a preview: {other:?}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    panic!("{} cannot read the link", person.username)
}

/// Sees a link end.
async fn leads_nowhere(person: &TestClient, fragment: &str) {
    for _ in 0..200 {
        if person.tries(Command::InspectLink { fragment: fragment.to_owned() }).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    fails(person, Command::JoinByLink { fragment: fragment.to_owned() }, "not-found").await;
}

/// Waits for the answer to a request, and gives whether it was yes.
async fn is_let_in(person: &TestClient, at: ConversationId) -> bool {
    let answered = person.until(SnapshotKey::Conversations, "an answer", |snapshot| match snapshot {
        Snapshot::Conversations(list) => {
            let answered = |row: &&ConversationRow| row.conversation == at && !row.requested && !row.joining;
            list.rows.iter().find(answered).map(|row| !row.ended)
        }
        _ => None,
    });
    answered.await
}

async fn joins_by(person: &TestClient, fragment: &str) -> ConversationId {
    let answer = person.does(Command::JoinByLink { fragment: fragment.to_owned() }).await;
    let Answer::Conversation { conversation } = answer else { panic!("no conversation: {answer:?}") };
    conversation
}

async fn a_link_lets_people_in(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Chess", &[&bob]).await;
    bob.joins(group).await;
    fails(&bob, Command::CreateLink { conversation: group, seconds: None, uses: None, approval: false }, "not-allowed")
        .await;
    let fragment = makes_link(&alice, group, None, Some(5), false).await;
    let preview = inspects(&carol, &fragment).await;
    assert_eq!((preview.conversation, preview.name.as_str(), preview.members), (group, "Chess", 2));
    assert!(!preview.member && !preview.approval);
    assert_eq!(joins_by(&carol, &fragment).await, group);
    row(&carol, group, "being in", |row| !row.requested && !row.joining && row.name == "Chess").await;
    for person in [&alice, &bob] {
        told(
            person,
            group,
            "who came",
            |notice| matches!(notice, Notice::JoinedByLink { person } if person.username == "carol"),
        )
        .await;
    }
    carol.says(group, "hello").await;
    bob.sees(group, &["hello"]).await;
    let shown = details(&alice, group, "the use", |details| details.links.iter().any(|link| link.uses == 1)).await;
    assert_eq!((shown.links[0].uses_left, shown.links[0].fragment.as_str()), (Some(4), fragment.as_str()));
    assert!(details(&bob, group, "no links", |_| true).await.links.is_empty());
    assert!(inspects(&carol, &fragment).await.member);
}

async fn an_admin_approves_who_comes_by_a_link(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Club", &[]).await;
    let fragment = makes_link(&alice, group, None, None, true).await;
    assert!(inspects(&bob, &fragment).await.approval);
    for person in [&bob, &carol] {
        joins_by(person, &fragment).await;
        row(person, group, "waiting", |row| row.requested && row.name == "Club").await;
    }
    let waiting = details(&alice, group, "both", |details| {
        details.join_requests.len() == 2 && details.join_requests.iter().all(|one| !one.person.username.is_empty())
    })
    .await;
    row(&alice, group, "who asks in the list", |row| row.join_requests == 2 && row.members == 1).await;
    for one in waiting.join_requests {
        let accept = one.person.username == "bob";
        let request = one.request;
        alice.does(Command::AnswerJoinRequest { conversation: group, request, accept }).await;
    }
    row(&bob, group, "being in", |row| !row.requested && !row.joining).await;
    row(&carol, group, "being refused", |row| !row.requested && row.ended).await;
    assert!(details(&alice, group, "none", |details| details.join_requests.is_empty()).await.members.len() <= 2);
    row(&alice, group, "nobody asking any more", |row| row.join_requests == 0 && row.members == 2).await;
    bob.says(group, "hello").await;
    alice.sees(group, &["hello"]).await;
}

async fn who_asked_to_come_in_takes_it_back(mut server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Salon", &[]).await;
    let fragment = makes_link(&alice, group, None, None, true).await;
    for person in [&bob, &carol] {
        inspects(person, &fragment).await;
        joins_by(person, &fragment).await;
    }
    details(&alice, group, "both", |details| details.join_requests.len() == 2).await;
    bob.does(Command::LeaveGroup { conversation: group, successor: None }).await;
    row(&bob, group, "the end", |row| row.ended && !row.requested).await;
    details(&alice, group, "one", |details| details.join_requests.len() == 1).await;

    // Without a server it is taken back once there is one again.
    server.stop().await;
    carol.does(Command::LeaveGroup { conversation: group, successor: None }).await;
    server.start_again().await;
    details(&alice, group, "none", |details| details.join_requests.is_empty()).await;
    inspects(&bob, &fragment).await;
    joins_by(&bob, &fragment).await;
    details(&alice, group, "asking again", |details| details.join_requests.len() == 1).await;
}

async fn who_left_comes_back_by_a_link(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Choir", &[&bob, &carol]).await;
    for person in [&bob, &carol] {
        person.joins(group).await;
    }
    let approved = makes_link(&alice, group, None, None, true).await;
    let open = makes_link(&alice, group, None, None, false).await;
    // Nobody writes in between: both are still in the group when they ask.
    for (person, fragment) in [(&bob, &approved), (&carol, &open)] {
        inspects(person, fragment).await;
        person.does(Command::LeaveGroup { conversation: group, successor: None }).await;
        is_out(person, group).await;
        joins_by(person, fragment).await;
    }
    row(&carol, group, "being back", |row| !row.requested && !row.joining && !row.ended).await;
    let asked = details(&alice, group, "who asks", |details| details.join_requests.len() == 1).await;
    let request = asked.join_requests[0].request.clone();
    alice.does(Command::AnswerJoinRequest { conversation: group, request, accept: true }).await;
    row(&bob, group, "being back", |row| !row.requested && !row.joining && !row.ended).await;
    alice.says(group, "welcome back").await;
    for person in [&bob, &carol] {
        person.sees(group, &["welcome back"]).await;
    }
}

async fn a_link_ends_by_use_and_will(server: TestServer) {
    let url = server.url();
    let (mut alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Party", &[]).await;
    let once = makes_link(&alice, group, None, Some(1), false).await;
    inspects(&bob, &once).await;
    // Both ask while nobody is there to let them in: whoever was first is.
    alice.closes().await;
    joins_by(&bob, &once).await;
    joins_by(&carol, &once).await;
    alice.opens_again().await;
    details(&alice, group, "the use", |details| details.links.iter().any(|link| link.uses_left == Some(0))).await;
    let (bob_is_in, carol_is_in) = (is_let_in(&bob, group).await, is_let_in(&carol, group).await);
    assert!(bob_is_in != carol_is_in, "bob is in: {bob_is_in}, carol is in: {carol_is_in}");
    // Nor does it lead anywhere now.
    leads_nowhere(if carol_is_in { &bob } else { &carol }, &once).await;

    let ended = makes_link(&alice, group, None, None, false).await;
    inspects(&carol, &ended).await;
    let shown = details(&alice, group, "both", |details| details.links.len() == 2).await;
    let link = shown.links.iter().find(|link| link.fragment == ended).unwrap().link.clone();
    alice.does(Command::RevokeLink { conversation: group, link }).await;
    leads_nowhere(&carol, &ended).await;

    fails(&carol, Command::JoinByLink { fragment: "nonsense".into() }, "not-found").await;
}
