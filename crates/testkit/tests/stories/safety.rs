//! Who may reach someone, and what the host's moderators are told.

use sealpost_client::{
    command::{Answer, Command, SettingsChange},
    snapshot::{Notice, WhoMayMessage},
};
use sealpost_protocol::safety;
use sealpost_testkit::{
    MODERATORS_TOKEN, TestClient, TestServer, alice, bob, carol, on_each_database, server::eventually,
};

use super::groups::{fails, row, told};

on_each_database! {
    who_shares_a_group_may_write_and_others_may_not,
    who_takes_nobody_new_is_not_added_to_groups,
    what_someone_reports_is_read_by_the_moderators,
}

/// Chooses who may begin chats, and waits until the server knows.
pub async fn takes(server: &TestServer, person: &TestClient, who: WhoMayMessage) {
    let change = SettingsChange { who_may_message: Some(who), ..SettingsChange::default() };
    person.does(Command::ChangeSettings(change)).await;
    let wanted = match who {
        WhoMayMessage::Everyone => safety::WhoMayMessage::Everyone,
        WhoMayMessage::SharedGroups => safety::WhoMayMessage::SharedGroups,
        WhoMayMessage::Nobody => safety::WhoMayMessage::Nobody,
    };
    let (account, app) = (person.account().await, server.server().app());
    let has_it = async || app.store().account_settings(account).await.unwrap().who_may_message == wanted;
    eventually("the setting", has_it).await;
}

async fn who_shares_a_group_may_write_and_others_may_not(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    takes(&server, &alice, WhoMayMessage::SharedGroups).await;
    for person in [&bob, &carol] {
        fails(person, Command::StartDirect { account: alice.account().await }, "not-allowed").await;
    }
    let group = alice.make_group("Chess", &[&bob]).await;
    bob.joins(group).await;
    let chat = bob.start_direct(&alice).await;
    bob.says(chat, "hello").await;
    alice.sees(chat, &["hello"]).await;
    fails(&carol, Command::StartDirect { account: alice.account().await }, "not-allowed").await;
}

async fn who_takes_nobody_new_is_not_added_to_groups(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let chat = carol.start_direct(&bob).await;
    carol.says(chat, "hello").await;
    bob.sees(chat, &["hello"]).await;
    takes(&server, &bob, WhoMayMessage::Nobody).await;
    let not_added = |notice: &Notice| matches!(notice, Notice::NotAdded { people } if people[0].username == "bob");
    // Neither from the beginning nor later; who is with him comes all the same.
    let group = alice.make_group("Chess", &[&bob, &carol]).await;
    assert_eq!(carol.joins(group).await.name, "Chess");
    told(&alice, group, "who was not added", not_added).await;
    let other = alice.make_group("Go", &[]).await;
    alice.does(Command::AddMembers { conversation: other, members: vec![bob.account().await] }).await;
    told(&alice, other, "who was not added", not_added).await;
    // The group lives on.
    alice.says(group, "without Bob").await;
    carol.sees(group, &["without Bob"]).await;

    // Who has a chat with him may add him, and by a link he comes by himself.
    let friends = carol.make_group("Friends", &[&bob]).await;
    bob.joins(friends).await;
    let link = Command::CreateLink { conversation: group, seconds: None, uses: None, approval: false };
    let Answer::Link { fragment } = alice.does(link).await else { panic!("no link") };
    super::links::inspects(&bob, &fragment).await;
    bob.does(Command::JoinByLink { fragment }).await;
    row(&bob, group, "being in", |row| !row.requested && !row.joining && !row.ended).await;
}

async fn what_someone_reports_is_read_by_the_moderators(server: TestServer) {
    let url = server.url();
    let (alice, bob) = (alice(&url).await, bob(&url).await);
    let chat = alice.start_direct(&bob).await;
    let rude = alice.says(chat, "something rude").await;
    alice.says(chat, "something private").await;
    bob.joins(chat).await;
    bob.sees(chat, &["something rude", "something private"]).await;
    let (account, keys) = (alice.account().await, vec![rude.to_string()]);
    bob.does(Command::Report { conversation: chat, account, keys, comment: "look at this".to_owned() }).await;
    let reports = reqwest::Client::new().get(format!("{url}/v1/admin/reports"));
    assert_eq!(reports.try_clone().unwrap().send().await.unwrap().status(), 401);
    let read = reports.bearer_auth(MODERATORS_TOKEN).send().await.unwrap().text().await.unwrap();
    for shown in ["look at this", "something rude", "Unproven", &account.to_string(), &bob.account().await.to_string()]
    {
        assert!(read.contains(shown), "{shown} is not in {read}");
    }
    assert!(!read.contains("something private"), "only what was chosen is shown");
}
