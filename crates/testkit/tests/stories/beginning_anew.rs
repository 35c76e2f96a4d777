//! Someone who lost password, recovery code and every device begins anew, and those they chat with see it.

use sealpost_client::{
    command::{Answer, Command},
    snapshot::{ConversationRow, Delivery, ItemContent, Notice, Snapshot, SnapshotKey},
};
use sealpost_protocol::{AccountId, ConversationId};
use sealpost_testkit::{TestClient, TestServer, alice, bob, carol, on_each_database, server::eventually};

use super::groups::fails;

on_each_database! {
    contacts_see_that_someone_began_anew_and_write_to_the_new_account,
    where_someone_was_verified_nothing_is_sent_until_the_new_account_is_accepted,
    the_code_of_the_host_is_good_once_and_for_one_name,
    the_last_admin_leaves_a_group_in_which_nobody_is_any_more,
    what_was_said_offline_keeps_its_place_before_what_was_done_after_it,
}

/// The same name, another account: what was is gone.
async fn begins_anew(server: &TestServer, person: &TestClient) -> TestClient {
    let code = server.replacement(&person.username).await.expect("a code");
    let anew = TestClient::new_device(&server.url(), &person.username).await;
    anew.does(begin(&person.username, &code)).await;
    anew
}

fn begin(username: &str, code: &str) -> Command {
    Command::SignUp {
        username: username.to_owned(),
        display_name: "Bob".to_owned(),
        password: "another lantern otter quilt".to_owned(),
        invite: Some(code.to_owned()),
    }
}

/// Waits until the chat is so in the list.
async fn row(person: &TestClient, at: ConversationId, what: &str, wanted: impl Fn(&ConversationRow) -> bool) {
    let found = person.until(SnapshotKey::Conversations, what, |snapshot| {
        let Snapshot::Conversations(list) = snapshot else { return None };
        list.rows.iter().any(|row| row.conversation == at && wanted(row)).then_some(())
    });
    found.await;
}

async fn is_told(person: &TestClient, at: ConversationId, who: AccountId) {
    let found = person.until(SnapshotKey::newest(at, 99), "the line", |snapshot| {
        let Snapshot::Timeline(timeline) = snapshot else { return None };
        let is_line = |content: &ItemContent| {
            matches!(content, ItemContent::Notice(Notice::BegunAnew { person }) if person.account == who)
        };
        (timeline.items.iter().filter(|item| is_line(&item.content)).count() == 1).then_some(())
    });
    found.await;
}

async fn verifies(person: &TestClient, account: AccountId) {
    let Answer::SafetyNumber { number } = person.does(Command::ReadSafetyNumber { account }).await else {
        panic!("no number")
    };
    person.does(Command::SetVerified { account, number, verified: true }).await;
}

async fn contacts_see_that_someone_began_anew_and_write_to_the_new_account(server: TestServer) {
    let url = server.url();
    let (alice, mut carol, lost) = (alice(&url).await, carol(&url).await, bob(&url).await);
    let chat = alice.start_direct(&lost).await;
    alice.says(chat, "hello").await;
    lost.sees(chat, &["hello"]).await;
    let group = alice.make_group("Choir", &[&lost, &carol]).await;
    for person in [&carol, &lost] {
        person.joins(group).await;
    }
    let former = lost.account().await;
    carol.closes().await;

    let bob = begins_anew(&server, &lost).await;
    let account = bob.account().await;
    assert_ne!(account, former);
    for at in [chat, group] {
        is_told(&alice, at, former).await;
    }
    row(&alice, chat, "who bob is now", |row| {
        row.successor.as_ref().is_some_and(|person| person.account == account && person.username == "bob")
    })
    .await;
    let into_the_void = Command::SendText {
        conversation: chat,
        id: sealpost_protocol::ClientId([1; 16]),
        text: "are you there?".to_owned(),
        reply_to: None,
    };
    fails(&alice, into_the_void, "begun-anew").await;
    // Nobody was verified: a group goes on.
    alice.says(group, "who is missing?").await;
    // Whoever was away hears of it when they come back.
    carol.opens_again().await;
    is_told(&carol, group, former).await;
    carol.sees(group, &["who is missing?"]).await;

    let anew = alice.start_direct(&bob).await;
    alice.says(anew, "welcome back").await;
    bob.sees(anew, &["welcome back"]).await;
    alice.does(Command::ReplaceMember { conversation: group, account: former }).await;
    bob.joins(group).await;
    bob.says(group, "me").await;
    carol.sees(group, &["who is missing?", "me"]).await;
    bob.sees(group, &["me"]).await;
    eventually("no leaf of the former account", async || server.leaves_of(group).await == 3).await;
}

async fn where_someone_was_verified_nothing_is_sent_until_the_new_account_is_accepted(server: TestServer) {
    let url = server.url();
    let (alice, carol, lost) = (alice(&url).await, carol(&url).await, bob(&url).await);
    let chat = alice.start_direct(&lost).await;
    alice.says(chat, "hello").await;
    lost.sees(chat, &["hello"]).await;
    let group = alice.make_group("Choir", &[&lost, &carol]).await;
    carol.joins(group).await;
    let former = lost.account().await;
    verifies(&alice, former).await;
    let laptop = alice.second_device().await;
    laptop.joins(group).await;

    let bob = begins_anew(&server, &lost).await;
    let account = bob.account().await;
    is_told(&laptop, group, former).await;
    is_told(&alice, group, former).await;
    alice.says(group, "before").await;
    alice.shows_delivery(group, "before", Delivery::Sent).await;
    alice.does(Command::ReplaceMember { conversation: group, account: former }).await;
    bob.joins(group).await;
    // Nor does a device that comes only now, to which the former account is nobody in the group any more.
    let tablet = alice.second_device().await;
    tablet.joins(group).await;
    tablet.says(group, "from here").await;
    for device in [&alice, &laptop, &tablet] {
        row(device, group, "whom to accept", |row| row.unaccepted.iter().any(|person| person.account == account)).await;
    }
    alice.says(group, "do I know you?").await;
    laptop.says(group, "me neither").await;
    let anew = alice.start_direct(&bob).await;
    row(&alice, anew, "whom to accept", |row| row.unaccepted.len() == 1).await;
    alice.says(anew, "and here?").await;
    // Carol had verified nobody: what she says comes after all that waits.
    carol.says(group, "hi bob").await;
    bob.sees(group, &["hi bob"]).await;
    alice.sees(group, &["before", "hi bob", "do I know you?"]).await;
    tablet.shows_delivery(group, "from here", Delivery::Pending).await;
    is_told(&tablet, group, former).await;
    alice.shows_delivery(group, "do I know you?", Delivery::Pending).await;

    laptop.does(Command::AcceptSuccessor { account }).await;
    bob.sees(anew, &["and here?"]).await;
    eventually("what waited is said", async || {
        let texts = bob.texts(group).await;
        ["do I know you?", "me neither", "from here"].iter().all(|text| texts.iter().any(|shown| shown == text))
    })
    .await;
    row(&alice, group, "nobody to accept", |row| row.unaccepted.is_empty()).await;
}

async fn the_last_admin_leaves_a_group_in_which_nobody_is_any_more(server: TestServer) {
    let url = server.url();
    let (alice, lost) = (alice(&url).await, bob(&url).await);
    let group = alice.make_group("Choir", &[&lost]).await;
    lost.joins(group).await;
    let former = lost.account().await;
    begins_anew(&server, &lost).await;
    is_told(&alice, group, former).await;
    let admin = Command::SetAdmin { conversation: group, account: former, admin: true };
    fails(&alice, admin, "begun-anew").await;
    alice.does(Command::LeaveGroup { conversation: group, successor: None }).await;
    eventually("that she has left", async || server.departures().await == 1).await;
}

async fn what_was_said_offline_keeps_its_place_before_what_was_done_after_it(mut server: TestServer) {
    let url = server.url();
    let (alice, carol, eva) = (alice(&url).await, carol(&url).await, TestClient::sign_up(&url, "eva").await);
    let chat = alice.start_direct(&carol).await;
    alice.says(chat, "hello").await;
    carol.sees(chat, &["hello"]).await;
    verifies(&alice, carol.account().await).await;
    let group = alice.make_group("Choir", &[&carol]).await;
    carol.joins(group).await;

    server.stop().await;
    alice.says(group, "about eva").await;
    alice.does(Command::AddMembers { conversation: group, members: vec![eva.account().await] }).await;
    server.start_again().await;
    eva.joins(group).await;
    carol.sees(group, &["about eva"]).await;
    carol.says(group, "hi").await;
    eva.sees(group, &["hi"]).await;
    alice.sees(group, &["about eva", "hi"]).await;
}

async fn the_code_of_the_host_is_good_once_and_for_one_name(server: TestServer) {
    let url = server.url();
    let (alice, bob) = (alice(&url).await, bob(&url).await);
    let code = server.replacement("bob").await.expect("a code");
    assert_eq!(server.replacement("nobody").await, None);
    let thief = TestClient::new_device(&url, "bob").await;
    fails(&thief, begin("alice", &code), "registration-closed").await;
    fails(&thief, begin("bob", "guess"), "username-taken").await;
    // Neither of them noticed anything.
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "still you?").await;
    bob.sees(chat, &["still you?"]).await;
    thief.does(begin("bob", &code)).await;
    let late = TestClient::new_device(&url, "bob").await;
    fails(&late, begin("bob", &code), "username-taken").await;
}
