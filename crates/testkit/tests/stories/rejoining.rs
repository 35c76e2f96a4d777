//! Devices that were removed from a group and added to it again.

use sealpost_client::{command::Command, snapshot::Notice};
use sealpost_protocol::{AccountId, ConversationId};
use sealpost_testkit::{TestClient, TestServer, alice, bob, carol, on_each_database};

use super::groups::{details, rename, told};

on_each_database! {
    who_was_removed_and_added_again_while_away_goes_on,
    who_was_added_again_reads_on_even_where_nothing_was_said_since,
    who_was_removed_and_added_again_while_here_has_the_new_key,
}

async fn removes(person: &TestClient, conversation: ConversationId, who: AccountId) {
    person.does(Command::RemoveMembers { conversation, members: vec![who] }).await;
}

async fn adds(person: &TestClient, conversation: ConversationId, who: AccountId) {
    person.does(Command::AddMembers { conversation, members: vec![who] }).await;
}

async fn is_removed(person: &TestClient, at: ConversationId) {
    told(person, at, "that Bob was removed", |notice| matches!(notice, Notice::Removed { .. })).await;
}

async fn who_was_removed_and_added_again_while_away_goes_on(server: TestServer) {
    let url = server.url();
    let (alice, mut bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Choir", &[&bob, &carol]).await;
    let account = bob.account().await;
    alice.says(group, "before").await;
    for person in [&bob, &carol] {
        person.joins(group).await;
        person.sees(group, &["before"]).await;
    }
    bob.closes().await;
    removes(&alice, group, account).await;
    alice.says(group, "without Bob").await;
    carol.sees(group, &["before", "without Bob"]).await;
    adds(&alice, group, account).await;
    alice.says(group, "with Bob again").await;
    carol.sees(group, &["before", "without Bob", "with Bob again"]).await;
    bob.opens_again().await;
    bob.sees(group, &["before", "with Bob again"]).await;
    bob.says(group, "here I am").await;
    for person in [&alice, &carol] {
        person.sees(group, &["before", "without Bob", "with Bob again", "here I am"]).await;
    }
    // And the key of the group is the new one.
    alice.does(rename(group, "Chorus")).await;
    details(&bob, group, "the new name", |details| details.name == "Chorus").await;
}

async fn who_was_added_again_reads_on_even_where_nothing_was_said_since(mut server: TestServer) {
    let url = server.url();
    let (alice, mut bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Chess", &[&bob, &carol]).await;
    let account = bob.account().await;
    alice.says(group, "before").await;
    for person in [&bob, &carol] {
        person.joins(group).await;
        person.sees(group, &["before"]).await;
    }
    // What Bob wrote before he knew waits for him to be back.
    server.stop().await;
    bob.says(group, "written away").await;
    bob.closes().await;
    server.start_again().await;
    removes(&alice, group, account).await;
    for person in [&alice, &carol] {
        is_removed(person, group).await;
    }
    adds(&alice, group, account).await;
    told(
        &carol,
        group,
        "that Bob is back",
        |notice| matches!(notice, Notice::Added { people, .. } if people[0].username == "bob"),
    )
    .await;
    bob.opens_again().await;
    for person in [&alice, &bob, &carol] {
        person.sees(group, &["before", "written away"]).await;
    }
}

async fn who_was_removed_and_added_again_while_here_has_the_new_key(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Judo", &[&bob, &carol]).await;
    let account = bob.account().await;
    for person in [&bob, &carol] {
        person.joins(group).await;
    }
    removes(&alice, group, account).await;
    is_removed(&alice, group).await;
    adds(&alice, group, account).await;
    alice.says(group, "again").await;
    bob.sees(group, &["again"]).await;
    alice.does(rename(group, "Aikido")).await;
    details(&bob, group, "the new name", |details| details.name == "Aikido").await;
    bob.says(group, "yes").await;
    carol.sees(group, &["again", "yes"]).await;
}
