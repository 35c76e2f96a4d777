//! Devices that their owner's list does not show, as far as the server lets anyone see it.

use sealpost_client::snapshot::{Delivery, Notice, StopCause};
use sealpost_testkit::{TestServer, alice, bob, on_each_database};

use super::groups::told;

on_each_database! {
    nothing_is_said_to_a_device_as_long_as_it_is_on_no_list,
    a_device_that_signed_in_is_listed_and_is_told_everything,
}

async fn nothing_is_said_to_a_device_as_long_as_it_is_on_no_list(server: TestServer) {
    let url = server.url();
    let (mut alice, mut bob) = (alice(&url).await, bob(&url).await);
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "one").await;
    bob.sees(chat, &["one"]).await;
    for person in [&alice, &bob] {
        person.closes().await;
    }
    let second = bob.second_device().await;
    second.joins(chat).await;
    second.says(chat, "here").await;
    second.shows_delivery(chat, "here", Delivery::Sent).await;
    server.is_tampered_with("CREATE TABLE kept AS SELECT * FROM device_lists WHERE version = 2").await;
    server.is_tampered_with("DELETE FROM device_lists WHERE version = 2").await;
    alice.opens_again().await;
    bob.opens_again().await;
    alice.says(chat, "not for strangers").await;
    for person in [&alice, &bob] {
        let unlisted = |notice: &Notice| matches!(notice, Notice::Stopped { cause: StopCause::Device });
        told(person, chat, "that a device is on no list", unlisted).await;
        assert!(!person.texts(chat).await.contains(&"here".to_owned()), "nothing is taken from it");
    }
    alice.shows_delivery(chat, "not for strangers", Delivery::Pending).await;
    second.sees(chat, &["one", "here"]).await;
    // Once its owner is known to have listed it, everything goes on.
    server.is_tampered_with("INSERT INTO device_lists SELECT * FROM kept").await;
    second.sees(chat, &["one", "here", "not for strangers"]).await;
    for person in [&alice, &bob] {
        person.sees(chat, &["one", "here", "not for strangers"]).await;
    }
}

async fn a_device_that_signed_in_is_listed_and_is_told_everything(server: TestServer) {
    let url = server.url();
    let (mut alice, bob) = (alice(&url).await, bob(&url).await);
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "one").await;
    bob.sees(chat, &["one"]).await;
    // Alice takes the commit, asks for the list, and what was said meanwhile comes after it.
    alice.closes().await;
    let second = bob.second_device().await;
    second.joins(chat).await;
    second.says(chat, "two").await;
    bob.sees(chat, &["one", "two"]).await;
    alice.opens_again().await;
    alice.sees(chat, &["one", "two"]).await;
    alice.says(chat, "three").await;
    second.sees(chat, &["one", "two", "three"]).await;
}
