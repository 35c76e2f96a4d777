//! What a server keeps for devices that are away, and what they are told who come back later than that.

use std::time::Duration;

use sealpost_client::{
    command::{Command, SettingsChange},
    snapshot::{Delivery, Notice, Snapshot, SnapshotKey},
};
use sealpost_testkit::{TestServer, alice, bob, on_each_database};

use super::groups::told;

on_each_database! {
    a_device_that_was_away_for_too_long_is_told_what_it_missed,
    a_person_who_was_away_for_long_has_everything,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn a_device_that_was_away_for_too_long_is_told_what_it_missed(mut server: TestServer) {
    let (phone, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = phone.start_direct(&bob).await;
    // With an archive nothing would be missing.
    let settings = SettingsChange { archive: Some(false), ..SettingsChange::default() };
    phone.does(Command::ChangeSettings(settings)).await;
    phone.says(chat, "hello").await;
    bob.joins(chat).await;
    let mut laptop = phone.second_device().await;
    laptop.joins(chat).await;
    bob.says(chat, "all of us").await;
    laptop.sees(chat, &["all of us"]).await;
    laptop.closes().await;
    bob.says(chat, "not for the laptop").await;
    phone.sees(chat, &["hello", "all of us", "not for the laptop"]).await;

    let missed = phone.until(SnapshotKey::newest(chat, 100), "the log", |snapshot| match snapshot {
        Snapshot::Timeline(timeline) => Some(timeline.last_seq),
        _ => None,
    });
    let missed = missed.await;
    server.comes_back_after(29 * DAY).await;
    phone.says(chat, "a month later").await;
    bob.sees(chat, &["hello", "all of us", "not for the laptop", "a month later"]).await;
    server.comes_back_after(31 * DAY).await;
    server.has_pruned(missed).await;
    laptop.opens_again().await;
    told(
        &laptop,
        chat,
        "what it missed",
        |notice| matches!(notice, Notice::Missed { from, until } if u128::from(until - from) >= (60 * DAY).as_millis()),
    )
    .await;
    laptop.sees(chat, &["all of us"]).await;
    laptop.says(chat, "back").await;
    phone.sees(chat, &["hello", "all of us", "not for the laptop", "a month later", "back"]).await;
    phone.says(chat, "welcome").await;
    laptop.sees(chat, &["all of us", "back", "welcome"]).await;
    bob.sees(chat, &["hello", "all of us", "not for the laptop", "a month later", "back", "welcome"]).await;
}

async fn a_person_who_was_away_for_long_has_everything(mut server: TestServer) {
    let (alice, mut bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "one").await;
    bob.joins(chat).await;
    bob.sees(chat, &["one"]).await;
    alice.shows_delivery(chat, "one", Delivery::Delivered).await;
    bob.closes().await;
    alice.says(chat, "two").await;
    server.comes_back_after(45 * DAY).await;
    alice.says(chat, "three").await;
    server.comes_back_after(44 * DAY).await;
    alice.says(chat, "four").await;
    // What both have is not kept.
    server.has_pruned(2).await;
    bob.opens_again().await;
    bob.sees(chat, &["one", "two", "three", "four"]).await;
    bob.says(chat, "back").await;
    alice.sees(chat, &["one", "two", "three", "four", "back"]).await;
}
