//! A server whose database is an old copy of itself: nothing that arrived anywhere is lost, what was lost is sent again,
//! and chats go on without anyone doing anything.

use sealpost_client::{
    command::Command,
    snapshot::{Delivery, Notice, SnapshotKey},
};
use sealpost_protocol::{ConversationId, conversation::LogLost};
use sealpost_testkit::{
    TestClient, TestServer, alice, bob, carol,
    client::quick_engine,
    hand::{Door, HandDevice},
    on_each_database,
};

use super::groups::{adds, details, rename, told};

on_each_database! {
    a_chat_goes_on_with_everything_that_was_said,
    what_a_server_took_since_it_was_put_back_stays,
    who_was_away_reads_what_the_server_did_not_lose,
    a_server_that_is_put_back_twice_goes_on,
    a_lie_about_lost_entries_tells_nobody_what_was_said_before_they_came,
    a_member_who_knows_more_has_an_admin_reset_the_group,
    a_group_has_its_members_name_and_second_devices_again,
    an_own_device_that_was_away_misses_nothing,
}

async fn is_begun_anew(person: &TestClient, at: ConversationId) {
    told(person, at, "that it was begun anew", |notice| matches!(notice, Notice::Reset { .. })).await;
}

/// What is shown, in any order: what was lost elsewhere comes again where it was not.
async fn has(person: &TestClient, at: ConversationId, texts: &[&str]) {
    let key = SnapshotKey::newest(at, u32::MAX);
    let mut wanted = texts.to_vec();
    wanted.sort_unstable();
    let what = format!("{wanted:?} in any order");
    person
        .until(key, &what, |snapshot| {
            let mut shown = sealpost_testkit::client::shown(snapshot);
            shown.sort_unstable();
            (shown == wanted).then_some(())
        })
        .await;
}

async fn a_chat_goes_on_with_everything_that_was_said(mut server: TestServer) {
    let url = server.url();
    let (alice, mut bob) = (alice(&url).await, bob(&url).await);
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "one").await;
    bob.sees(chat, &["one"]).await;
    bob.says(chat, "two").await;
    alice.sees(chat, &["one", "two"]).await;
    let copy = server.is_copied().await;
    alice.says(chat, "three").await;
    bob.sees(chat, &["one", "two", "three"]).await;
    bob.closes().await;
    alice.says(chat, "four").await;
    alice.shows_delivery(chat, "four", Delivery::Sent).await;
    server.is_put_back(&copy).await;
    is_begun_anew(&alice, chat).await;
    bob.opens_again().await;
    is_begun_anew(&bob, chat).await;
    bob.sees(chat, &["one", "two", "three", "four"]).await;
    bob.says(chat, "five").await;
    alice.sees(chat, &["one", "two", "three", "four", "five"]).await;
    alice.says(chat, "six").await;
    bob.sees(chat, &["one", "two", "three", "four", "five", "six"]).await;
    // Once each, also when everything is read anew.
    bob.closes().await;
    bob.opens_again().await;
    alice.says(chat, "seven").await;
    bob.sees(chat, &["one", "two", "three", "four", "five", "six", "seven"]).await;
}

async fn what_a_server_took_since_it_was_put_back_stays(mut server: TestServer) {
    let url = server.url();
    let (mut alice, mut bob) = (alice(&url).await, bob(&url).await);
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "one").await;
    bob.sees(chat, &["one"]).await;
    bob.closes().await;
    let copy = server.is_copied().await;
    alice.says(chat, "lost").await;
    alice.shows_delivery(chat, "lost", Delivery::Sent).await;
    alice.closes().await;
    server.is_put_back(&copy).await;
    // In the place of what Alice said, and one more.
    bob.opens_again().await;
    bob.says(chat, "two").await;
    bob.says(chat, "three").await;
    bob.shows_delivery(chat, "three", Delivery::Sent).await;
    alice.opens_again().await;
    has(&alice, chat, &["one", "lost", "two", "three"]).await;
    has(&bob, chat, &["one", "lost", "two", "three"]).await;
    alice.says(chat, "four").await;
    has(&bob, chat, &["one", "lost", "two", "three", "four"]).await;
}

async fn a_member_who_knows_more_has_an_admin_reset_the_group(mut server: TestServer) {
    let url = server.url();
    let (mut alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Choir", &[&bob, &carol]).await;
    alice.says(group, "one").await;
    for person in [&bob, &carol] {
        person.joins(group).await;
        person.sees(group, &["one"]).await;
    }
    alice.closes().await;
    let copy = server.is_copied().await;
    bob.says(group, "two").await;
    carol.sees(group, &["one", "two"]).await;
    server.is_put_back(&copy).await;
    alice.opens_again().await;
    alice.sees(group, &["one", "two"]).await;
    // By now or by this it shows that the server's log is another one than Carol's.
    carol.says(group, "three").await;
    for person in [&alice, &bob, &carol] {
        is_begun_anew(person, group).await;
        has(person, group, &["one", "two", "three"]).await;
    }
    bob.says(group, "four").await;
    for person in [&alice, &bob, &carol] {
        has(person, group, &["one", "two", "three", "four"]).await;
    }
}

async fn a_group_has_its_members_name_and_second_devices_again(mut server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let laptop = bob.second_device().await;
    let group = alice.make_group("Choir", &[&bob]).await;
    for device in [&bob, &laptop] {
        device.joins(group).await;
    }
    alice.says(group, "one").await;
    for device in [&bob, &laptop] {
        device.sees(group, &["one"]).await;
    }
    let copy = server.is_copied().await;
    // Epochs, a member, a name: all of it after the copy.
    adds(&alice, group, &carol).await;
    carol.joins(group).await;
    alice.does(rename(group, "Chorus")).await;
    for person in [&bob, &carol] {
        details(person, group, "the new name", |details| details.name == "Chorus").await;
    }
    carol.says(group, "two").await;
    bob.sees(group, &["one", "two"]).await;
    server.is_put_back(&copy).await;
    for person in [&alice, &bob, &laptop] {
        is_begun_anew(person, group).await;
    }
    alice.says(group, "three").await;
    for device in [&alice, &bob, &laptop] {
        has(device, group, &["one", "two", "three"]).await;
        details(device, group, "name and members", |details| details.name == "Chorus" && details.members.len() == 3)
            .await;
    }
    has(&carol, group, &["two", "three"]).await;
    carol.says(group, "four").await;
    has(&laptop, group, &["one", "two", "three", "four"]).await;
}

async fn who_was_away_reads_what_the_server_did_not_lose(mut server: TestServer) {
    let url = server.url();
    let (alice, mut bob) = (alice(&url).await, bob(&url).await);
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "one").await;
    bob.sees(chat, &["one"]).await;
    bob.closes().await;
    alice.says(chat, "two").await;
    alice.says(chat, "three").await;
    alice.shows_delivery(chat, "three", Delivery::Sent).await;
    let copy = server.is_copied().await;
    alice.says(chat, "lost").await;
    alice.shows_delivery(chat, "lost", Delivery::Sent).await;
    server.is_put_back(&copy).await;
    alice.says(chat, "four").await;
    alice.shows_delivery(chat, "four", Delivery::Sent).await;
    bob.opens_again().await;
    has(&bob, chat, &["one", "two", "three", "lost", "four"]).await;
}

async fn a_server_that_is_put_back_twice_goes_on(mut server: TestServer) {
    let url = server.url();
    let (alice, bob) = (alice(&url).await, bob(&url).await);
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "one").await;
    bob.sees(chat, &["one"]).await;
    let copy = server.is_copied().await;
    let mut texts = vec!["one"];
    for (ours, theirs) in [("two", "three"), ("four", "five"), ("six", "seven")] {
        alice.says(chat, ours).await;
        texts.push(ours);
        has(&bob, chat, &texts).await;
        bob.says(chat, theirs).await;
        texts.push(theirs);
        has(&alice, chat, &texts).await;
        server.is_put_back(&copy).await;
    }
    alice.says(chat, "eight").await;
    texts.push("eight");
    has(&bob, chat, &texts).await;
}

async fn a_lie_about_lost_entries_tells_nobody_what_was_said_before_they_came(server: TestServer) {
    let url = server.url();
    let person = async |username: &str| {
        // The suite of devices whose requests are made by hand.
        let person = TestClient::with_engine(&url, username, quick_engine(false)).await;
        let (username, display_name) = (username.to_owned(), username.to_owned());
        let password = format!("{username} lantern otter quilt");
        person.does(Command::SignUp { username, display_name, password, invite: None }).await;
        person
    };
    let (alice, bob, carol) = (person("alice").await, person("bob").await, person("carol").await);
    let mallory = HandDevice::register(&Door::http(&url), "mallory", 2).await;
    let group = alice.make_group("Choir", &[&bob]).await;
    bob.joins(group).await;
    alice.does(Command::AddMembers { conversation: group, members: vec![mallory.account] }).await;
    alice.says(group, "one").await;
    bob.sees(group, &["one"]).await;
    adds(&alice, group, &carol).await;
    carol.joins(group).await;
    alice.says(group, "two").await;
    carol.sees(group, &["two"]).await;
    let lie = LogLost { conversation: group, seq: 7_000, hash: vec![7; 32].into(), after: 0 };
    assert!(!mallory.call(lie).await.unwrap().may_reset);
    for person in [&alice, &bob, &carol] {
        is_begun_anew(person, group).await;
    }
    alice.says(group, "three").await;
    carol.sees(group, &["two", "three"]).await;
    bob.sees(group, &["one", "two", "three"]).await;
}

async fn an_own_device_that_was_away_misses_nothing(mut server: TestServer) {
    let url = server.url();
    let (alice, mut bob) = (alice(&url).await, bob(&url).await);
    let mut laptop = alice.second_device().await;
    let chat = alice.start_direct(&bob).await;
    laptop.joins(chat).await;
    alice.says(chat, "one").await;
    for device in [&bob, &laptop] {
        device.sees(chat, &["one"]).await;
    }
    laptop.closes().await;
    let copy = server.is_copied().await;
    bob.says(chat, "two").await;
    alice.sees(chat, &["one", "two"]).await;
    bob.closes().await;
    server.is_put_back(&copy).await;
    // Alice begins it anew, and much is said before her laptop hears of that.
    is_begun_anew(&alice, chat).await;
    bob.opens_again().await;
    bob.sees(chat, &["one", "two"]).await;
    bob.says(chat, "three").await;
    alice.sees(chat, &["one", "two", "three"]).await;
    laptop.opens_again().await;
    has(&laptop, chat, &["one", "two", "three"]).await;
    laptop.says(chat, "four").await;
    bob.sees(chat, &["one", "two", "three", "four"]).await;
}
