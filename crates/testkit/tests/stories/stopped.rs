//! Chats whose log has something in it that no rule allows: nobody takes it, nothing is sent to whoever came in by it, and
//! the people go on without it.

use sealpost_client::{
    command::Command,
    snapshot::{Delivery, Notice},
};
use sealpost_protocol::ConversationId;
use sealpost_testkit::{TestClient, TestServer, alice, bob, carol, on_each_database};

use super::{
    groups::{details, fails, row, told},
    leaving::is_out,
};

on_each_database! {
    an_admin_begins_a_group_anew_that_the_server_joined,
    a_direct_chat_that_the_server_joined_is_begun_anew_by_either_side,
    a_group_goes_on_once_the_server_shows_its_log_without_what_was_refused,
}

async fn is_stopped(person: &TestClient, at: ConversationId) {
    told(person, at, "that it was stopped", |notice| matches!(notice, Notice::Stopped { .. })).await;
    row(person, at, "a stopped chat", |row| row.stopped && row.ended).await;
}

async fn an_admin_begins_a_group_anew_that_the_server_joined(mut server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Choir", &[&bob, &carol]).await;
    alice.says(group, "one").await;
    for person in [&bob, &carol] {
        person.joins(group).await;
        person.sees(group, &["one"]).await;
    }
    server.joins_itself(group).await;
    for person in [&alice, &bob, &carol] {
        is_stopped(person, group).await;
        details(person, group, "its members", |details| details.members.len() == 3).await;
    }
    fails(&bob, Command::BeginAnew { conversation: group }, "not-allowed").await;
    carol.does(Command::LeaveGroup { conversation: group, successor: None }).await;
    is_out(&carol, group).await;
    details(&alice, group, "that Carol left", |details| details.members.len() == 2).await;
    row(&alice, group, "the way on", |row| row.may_begin_anew).await;
    alice.does(Command::BeginAnew { conversation: group }).await;
    for person in [&alice, &bob] {
        told(person, group, "that it was begun anew", |notice| matches!(notice, Notice::Reset { .. })).await;
        row(person, group, "a chat to write in", |row| !row.stopped && !row.ended && !row.joining).await;
    }
    bob.says(group, "two").await;
    for person in [&alice, &bob] {
        person.sees(group, &["one", "two"]).await;
    }
    fails(&alice, Command::BeginAnew { conversation: group }, "not-allowed").await;
}

async fn a_direct_chat_that_the_server_joined_is_begun_anew_by_either_side(mut server: TestServer) {
    let url = server.url();
    let (mut alice, bob) = (alice(&url).await, bob(&url).await);
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "one").await;
    bob.sees(chat, &["one"]).await;
    server.joins_itself(chat).await;
    for person in [&alice, &bob] {
        is_stopped(person, chat).await;
    }
    alice.closes().await;
    bob.does(Command::BeginAnew { conversation: chat }).await;
    row(&bob, chat, "a chat to write in", |row| !row.stopped && !row.ended && !row.joining).await;
    bob.says(chat, "while you were away").await;
    bob.shows_delivery(chat, "while you were away", Delivery::Sent).await;
    alice.opens_again().await;
    row(&alice, chat, "a chat to write in", |row| !row.stopped && !row.ended && !row.joining).await;
    alice.sees(chat, &["one", "while you were away"]).await;
    alice.says(chat, "two").await;
    bob.sees(chat, &["one", "while you were away", "two"]).await;
}

async fn a_group_goes_on_once_the_server_shows_its_log_without_what_was_refused(mut server: TestServer) {
    let url = server.url();
    let (alice, bob) = (alice(&url).await, bob(&url).await);
    let group = alice.make_group("Choir", &[&bob]).await;
    bob.joins(group).await;
    alice.says(group, "one").await;
    bob.sees(group, &["one"]).await;
    let copy = server.is_copied().await;
    server.joins_itself(group).await;
    for person in [&alice, &bob] {
        is_stopped(person, group).await;
    }
    server.is_put_back(&copy).await;
    for person in [&alice, &bob] {
        told(person, group, "that it goes on", |notice| matches!(notice, Notice::WentOn)).await;
        row(person, group, "a chat to write in", |row| !row.stopped && !row.ended).await;
    }
    bob.says(group, "two").await;
    alice.sees(group, &["one", "two"]).await;
}
