//! Safety numbers, and who was compared with.

use sealpost_client::{
    command::{Answer, Command},
    snapshot::{Snapshot, SnapshotKey},
};
use sealpost_protocol::{AccountId, ConversationId};
use sealpost_testkit::{TestClient, TestServer, alice, bob, carol, on_each_database};

use super::groups::fails;

on_each_database! {
    two_people_compare_their_number_and_all_own_devices_know,
    numbers_that_are_not_the_shown_one_are_refused,
}

async fn number(person: &TestClient, account: AccountId) -> String {
    match person.does(Command::ReadSafetyNumber { account }).await {
        Answer::SafetyNumber { number } => number,
        other => panic!("no number: {other:?}"),
    }
}

async fn verifies(person: &TestClient, account: AccountId, number: &str, verified: bool) {
    person.does(Command::SetVerified { account, number: number.to_owned(), verified }).await;
}

/// Waits until someone is shown in a chat as compared with, or not.
async fn shows(person: &TestClient, conversation: ConversationId, account: AccountId, verified: bool) {
    let found = person.until(SnapshotKey::Details { conversation }, "who was compared with", |snapshot| {
        let Snapshot::Details(details) = snapshot else { return None };
        let member = details.members.iter().find(|member| member.person.account == account)?;
        (member.verified == verified).then_some(())
    });
    found.await;
}

async fn two_people_compare_their_number_and_all_own_devices_know(server: TestServer) {
    let (phone, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = phone.start_direct(&bob).await;
    phone.says(chat, "hello").await;
    bob.sees(chat, &["hello"]).await;
    let (alices, bobs) = (phone.account().await, bob.account().await);

    let with_bob = number(&phone, bobs).await;
    assert_eq!(with_bob, number(&bob, alices).await);
    shows(&phone, chat, bobs, false).await;
    // As it is read out, in groups.
    let spaced: Vec<_> = with_bob.as_bytes().chunks(5).map(|group| String::from_utf8_lossy(group)).collect();
    verifies(&phone, bobs, &spaced.join(" "), true).await;
    shows(&phone, chat, bobs, true).await;

    // A device that comes later knows it, and one that is there hears of it when it is taken back.
    let laptop = phone.second_device().await;
    laptop.joins(chat).await;
    shows(&laptop, chat, bobs, true).await;
    assert_eq!(number(&laptop, bobs).await, with_bob);
    verifies(&laptop, bobs, &with_bob, false).await;
    shows(&phone, chat, bobs, false).await;
    // Bob compared nothing himself.
    shows(&bob, chat, alices, false).await;
}

async fn numbers_that_are_not_the_shown_one_are_refused(server: TestServer) {
    let (alice, bob, carol) = (alice(&server.url()).await, bob(&server.url()).await, carol(&server.url()).await);
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "hello").await;
    bob.sees(chat, &["hello"]).await;
    let (bobs, carols) = (bob.account().await, carol.account().await);

    // Nothing is known of carol but what the server says.
    fails(&alice, Command::ReadSafetyNumber { account: carols }, "not-found").await;
    fails(&alice, Command::ReadSafetyNumber { account: alice.account().await }, "invalid-request").await;
    let mut wrong = number(&alice, bobs).await;
    let last = if wrong.pop() == Some('0') { '1' } else { '0' };
    wrong.push(last);
    let mark = |number: &str| Command::SetVerified { account: bobs, number: number.to_owned(), verified: true };
    fails(&alice, mark(&wrong), "other-number").await;
    for no_number in ["", "https://example.org", &wrong[1..]] {
        fails(&alice, mark(no_number), "no-safety-number").await;
    }
    shows(&alice, chat, bobs, false).await;
}
