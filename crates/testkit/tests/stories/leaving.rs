//! People leave groups: for them it is over at once, and whoever writes next removes them.

use sealpost_client::{command::Command, snapshot::Notice};
use sealpost_protocol::ConversationId;
use sealpost_testkit::{TestClient, TestServer, alice, bob, carol, on_each_database};

use super::groups::{adds, details, fails, makes_admin, members, rename, row, told};

on_each_database! {
    who_leaves_is_removed_by_who_writes_next,
    the_last_admin_names_another_and_may_leave_offline,
    who_left_is_gone_at_once_and_may_come_back,
    two_admins_leave_at_once_and_one_who_stays_is_one,
    who_adds_someone_and_goes_does_both,
    two_who_left_and_came_back_show_each_other,
}

/// Waits until the server knows as well that someone has left.
pub async fn is_out(person: &TestClient, group: ConversationId) {
    told(person, group, "the end", |notice| matches!(notice, Notice::Left)).await;
}

async fn departure(person: &TestClient, group: ConversationId, name: &str) {
    let what = format!("that {name} left");
    told(person, group, &what, |notice| matches!(notice, Notice::Departed { person } if person.username == name)).await;
}

async fn who_leaves_is_removed_by_who_writes_next(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Allotment", &[&bob, &carol]).await;
    alice.says(group, "hello").await;
    for person in [&bob, &carol] {
        person.joins(group).await;
        person.sees(group, &["hello"]).await;
    }
    let phone = bob.second_device().await;
    phone.joins(group).await;
    bob.does(Command::LeaveGroup { conversation: group, successor: None }).await;
    for device in [&bob, &phone] {
        row(device, group, "the end", |row| row.ended).await;
    }
    bob.sees(group, &["hello"]).await;
    // Carol is no admin, and removes Bob because he left.
    carol.says(group, "he left").await;
    for person in [&alice, &carol] {
        person.sees(group, &["hello", "he left"]).await;
        departure(person, group, "bob").await;
        assert_eq!(members(&details(person, group, "who is left", |_| true).await), ["alice", "carol"]);
    }
    bob.sees(group, &["hello"]).await;
    alice.does(rename(group, "Garden")).await;
    details(&carol, group, "the new name", |details| details.name == "Garden").await;
    adds(&alice, group, &bob).await;
    row(&bob, group, "being back", |row| !row.ended && row.name == "Garden").await;
}

async fn two_who_left_and_came_back_show_each_other(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Allotment", &[&bob, &carol]).await;
    for person in [&bob, &carol] {
        person.joins(group).await;
    }
    carol.does(Command::LeaveGroup { conversation: group, successor: None }).await;
    is_out(&carol, group).await;
    details(&bob, group, "that Carol left", |details| details.members.len() == 2).await;
    bob.does(Command::LeaveGroup { conversation: group, successor: None }).await;
    is_out(&bob, group).await;
    // Both are removed by this.
    alice.says(group, "alone").await;
    for name in ["bob", "carol"] {
        departure(&alice, group, name).await;
    }
    for person in [&bob, &carol] {
        adds(&alice, group, person).await;
        row(person, group, "being back", |row| !row.ended).await;
    }
    for person in [&alice, &bob, &carol] {
        details(person, group, "all three", |details| details.members.len() == 3).await;
    }
}

async fn the_last_admin_names_another_and_may_leave_offline(mut server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Band", &[&bob, &carol]).await;
    for person in [&bob, &carol] {
        person.joins(group).await;
    }
    fails(&alice, Command::LeaveGroup { conversation: group, successor: None }, "not-allowed").await;
    server.stop().await;
    let successor = Some(bob.account().await);
    alice.does(Command::LeaveGroup { conversation: group, successor }).await;
    row(&alice, group, "the end", |row| row.ended).await;
    server.start_again().await;
    details(&bob, group, "being the admin", |details| details.admin).await;
    is_out(&alice, group).await;
    bob.says(group, "now I").await;
    carol.sees(group, &["now I"]).await;
    departure(&carol, group, "alice").await;
    let left = details(&carol, group, "who is left", |details| details.members.len() == 2).await;
    assert_eq!(left.members.iter().filter(|member| member.admin).count(), 1);
    assert!(alice.texts(group).await.is_empty());
}

async fn who_left_is_gone_at_once_and_may_come_back(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Rowing", &[&bob, &carol]).await;
    for person in [&bob, &carol] {
        person.joins(group).await;
    }
    bob.does(Command::LeaveGroup { conversation: group, successor: None }).await;
    for person in [&alice, &carol] {
        details(person, group, "two who are left", |details| members(details) == ["alice", "carol"]).await;
    }
    // Nobody has written since: no commit has removed him yet.
    adds(&alice, group, &bob).await;
    row(&bob, group, "being back", |row| !row.ended && !row.joining).await;
    departure(&carol, group, "bob").await;
    carol.says(group, "welcome back").await;
    bob.sees(group, &["welcome back"]).await;
}

async fn two_admins_leave_at_once_and_one_who_stays_is_one(mut server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Chorus", &[&bob, &carol]).await;
    for person in [&bob, &carol] {
        person.joins(group).await;
    }
    makes_admin(&alice, group, &bob).await;
    server.stop().await;
    for person in [&alice, &bob] {
        person.does(Command::LeaveGroup { conversation: group, successor: None }).await;
        row(person, group, "the end", |row| row.ended).await;
    }
    server.start_again().await;
    for person in [&alice, &bob] {
        is_out(person, group).await;
    }
    details(&carol, group, "being the admin", |details| details.admin && details.members.len() == 1).await;
    fails(&carol, rename(group, ""), "invalid-name").await;
    carol.does(rename(group, "Solo")).await;
    details(&carol, group, "the new name", |details| details.name == "Solo").await;
}

async fn who_adds_someone_and_goes_does_both(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Relay", &[&bob]).await;
    bob.joins(group).await;
    alice.does(Command::AddMembers { conversation: group, members: vec![carol.account().await] }).await;
    alice.does(Command::LeaveGroup { conversation: group, successor: Some(bob.account().await) }).await;
    is_out(&alice, group).await;
    carol.joins(group).await;
    bob.says(group, "welcome").await;
    carol.sees(group, &["welcome"]).await;
}
