//! Revoked devices: out at once, erased as soon as they learn of it, and what a thief has of one is worth nothing any more.

use sealpost_client::{
    Client, ClientOptions, DatabaseLocation,
    command::{Answer, Command, Proof, SettingsChange},
    snapshot::{
        Archive, ConversationList, Delivery, ItemContent, OwnDevice, Session, SignedOutReason, Snapshot, SnapshotKey,
    },
};
use sealpost_mls::{
    Context, Group, GroupId, MemoryStore, Processed,
    identity::{Credential, DeviceKey},
};
use sealpost_protocol::{
    AccountId, ClientId, ConversationId, DeviceId,
    operation::{Access, OPERATIONS},
};
use sealpost_testkit::{
    Backend, TestClient, TestServer, alice, bob, carol, client::quick_engine, on_each_database, server::eventually,
};

use super::{archive::is_archived, groups::rename, linking::devices};

on_each_database! {
    a_revoked_device_erases_itself_and_the_others_go_on,
    a_device_that_was_away_learns_of_the_new_keys,
    the_recovery_code_revokes_as_the_password_does,
    what_was_said_before_two_revocations_is_on_a_new_device,
    a_device_that_nobody_could_give_the_new_keys_signs_in_anew,
}

/// The account's other devices, as one of them knows them.
async fn others(device: &TestClient, many: usize) -> Vec<OwnDevice> {
    devices(device, "the other devices", |shown| {
        let others: Vec<_> = shown.iter().filter(|device| !device.this).cloned().collect();
        (others.len() == many).then_some(others)
    })
    .await
}

async fn this(device: &TestClient) -> DeviceId {
    devices(device, "itself", |shown| shown.iter().find(|device| device.this).map(|device| device.device)).await
}

fn by_password(person: &TestClient) -> Proof {
    Proof::Password { password: person.password.clone() }
}

async fn revoke(device: &TestClient, revoked: &[DeviceId]) {
    others(device, devices(device, "all", |shown| Some(shown.len())).await - 1).await;
    device.does(Command::RevokeDevices { devices: revoked.to_vec(), proof: by_password(device) }).await;
}

async fn is_removed(device: &TestClient) {
    let ended = |snapshot: &Snapshot| match snapshot {
        Snapshot::Session(Session::SignedOut { reason: Some(SignedOutReason::DeviceRemoved) }) => Some(()),
        _ => None,
    };
    device.until(SnapshotKey::Session, "that it was removed", ended).await;
}

/// Nothing is left in the device's database but that it was removed.
fn is_empty(device: &TestClient) {
    let database = rusqlite::Connection::open(device.database()).unwrap();
    for table in ["session", "timeline", "conversations", "vault", "mls_state", "people"] {
        let rows: u64 = database.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 0, "{table}");
    }
}

async fn a_revoked_device_erases_itself_and_the_others_go_on(server: TestServer) {
    let url = server.url();
    let (phone, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let chat = phone.start_direct(&bob).await;
    let group = carol.make_group("Choir", &[&phone, &bob]).await;
    let (laptop, tablet) = (phone.second_device().await, phone.second_device().await);
    for device in [&phone, &laptop, &tablet] {
        device.joins(chat).await;
        device.joins(group).await;
    }
    tablet.says(chat, "one").await;
    bob.sees(chat, &["one"]).await;
    assert_eq!(server.leaves().await, 4 + 5);
    others(&phone, 2).await;
    let wrong = Proof::Password { password: "not this one".to_owned() };
    let gone = this(&tablet).await;
    let refused = phone.tries(Command::RevokeDevices { devices: vec![gone], proof: wrong }).await.unwrap_err();
    assert_eq!(refused.kind, "wrong-credentials");
    let own = vec![this(&phone).await];
    let refused = phone.tries(Command::RevokeDevices { devices: own, proof: by_password(&phone) }).await.unwrap_err();
    assert_eq!(refused.kind, "invalid-request");

    revoke(&phone, &[gone]).await;
    is_removed(&tablet).await;
    is_empty(&tablet);
    // Its leaves go without anybody saying anything.
    eventually("no leaf of it", async || server.leaves().await == 3 + 4).await;
    for device in [&phone, &laptop] {
        others(device, 1).await;
    }
    // What own devices share goes on under the new keys.
    laptop.does(Command::ChangeSettings(SettingsChange { typing: Some(false), ..Default::default() })).await;
    let typing = |snapshot: &Snapshot| match snapshot {
        Snapshot::Settings(settings) => (!settings.typing).then_some(()),
        _ => None,
    };
    phone.until(SnapshotKey::Settings, "what the laptop chose", typing).await;
    for (number, device) in [&phone, &laptop, &bob].into_iter().enumerate() {
        device.says(chat, &format!("after {number}")).await;
        let texts: Vec<String> =
            ["one".to_owned()].into_iter().chain((0..=number).map(|number| format!("after {number}"))).collect();
        for other in [&phone, &laptop, &bob] {
            other.sees(chat, &texts).await;
        }
    }
    carol.does(rename(group, "Quartet")).await;
    for device in [&phone, &laptop, &bob] {
        super::groups::details(device, group, "the new name", |details| details.name == "Quartet").await;
    }
    // The person may sign in on it again.
    tablet.does(Command::SignIn { username: tablet.username.clone(), password: tablet.password.clone() }).await;
    tablet.joins(chat).await;
    is_archived(&phone).await;
    tablet.sees(chat, &["one", "after 0", "after 1", "after 2"]).await;
}

async fn a_device_that_was_away_learns_of_the_new_keys(server: TestServer) {
    let url = server.url();
    let (phone, bob) = (alice(&url).await, bob(&url).await);
    let chat = phone.start_direct(&bob).await;
    let (mut laptop, tablet) = (phone.second_device().await, phone.second_device().await);
    laptop.joins(chat).await;
    let gone = this(&tablet).await;
    others(&laptop, 2).await;
    laptop.closes().await;
    tablet.closes().await;
    revoke(&phone, &[gone]).await;
    bob.says(chat, "while it was away").await;
    phone.sees(chat, &["while it was away"]).await;
    laptop.opens_again().await;
    laptop.sees(chat, &["while it was away"]).await;
    others(&laptop, 1).await;
    laptop.does(Command::ChangeSettings(SettingsChange { presence: Some(false), ..Default::default() })).await;
    let presence = |snapshot: &Snapshot| match snapshot {
        Snapshot::Settings(settings) => (!settings.presence).then_some(()),
        _ => None,
    };
    phone.until(SnapshotKey::Settings, "what the laptop chose", presence).await;
    laptop.says(chat, "from the laptop").await;
    phone.closes().await;
    // It hands over what it has by now.
    is_archived(&laptop).await;
    let watch = laptop.second_device().await;
    watch.sees(chat, &["while it was away", "from the laptop"]).await;
    // The one that was revoked finds out when it comes back.
    let mut tablet = tablet;
    tablet.opens_again().await;
    is_removed(&tablet).await;
    is_empty(&tablet);
}

async fn the_recovery_code_revokes_as_the_password_does(server: TestServer) {
    let url = server.url();
    let phone = alice(&url).await;
    let (laptop, tablet) = (phone.second_device().await, phone.second_device().await);
    let gone: Vec<_> = others(&phone, 2).await.iter().map(|device| device.device).collect();
    let code = phone.recovery_code.clone().unwrap();
    let wrong = Proof::RecoveryCode { code: code.replace(|c: char| c.is_ascii_digit(), "7") };
    let refused = phone.tries(Command::RevokeDevices { devices: gone.clone(), proof: wrong }).await.unwrap_err();
    assert!(["wrong-code", "wrong-credentials"].contains(&refused.kind.as_str()), "{refused:?}");
    phone.does(Command::RevokeDevices { devices: gone, proof: Proof::RecoveryCode { code } }).await;
    is_removed(&laptop).await;
    is_removed(&tablet).await;
    others(&phone, 0).await;
    // The password opens the account as before.
    let watch = phone.second_device().await;
    others(&watch, 1).await;
}

async fn what_was_said_before_two_revocations_is_on_a_new_device(server: TestServer) {
    let url = server.url();
    let (phone, bob) = (alice(&url).await, bob(&url).await);
    let chat = phone.start_direct(&bob).await;
    for (number, text) in ["first", "second"].into_iter().enumerate() {
        let gone = phone.second_device().await;
        gone.joins(chat).await;
        let all = ["first", "answer 0", "second", "answer 1"];
        phone.says(chat, text).await;
        bob.sees(chat, &all[..=number * 2]).await;
        bob.says(chat, &format!("answer {number}")).await;
        phone.sees(chat, &all[..=number * 2 + 1]).await;
        is_archived(&phone).await;
        let device = this(&gone).await;
        others(&phone, 1).await;
        revoke(&phone, &[device]).await;
        is_removed(&gone).await;
    }
    phone.says(chat, "third").await;
    bob.sees(chat, &["first", "answer 0", "second", "answer 1", "third"]).await;
    // Bob may have it before the phone knows that the server has.
    phone.shows_delivery(chat, "third", Delivery::Delivered).await;
    is_archived(&phone).await;
    phone.closes().await;
    bob.closes().await;
    let laptop = phone.second_device().await;
    laptop.sees(chat, &["first", "answer 0", "second", "answer 1", "third"]).await;
    let archive = is_archived(&laptop).await;
    assert_eq!(archive.unreadable, 0);
}

async fn a_device_that_nobody_could_give_the_new_keys_signs_in_anew(server: TestServer) {
    let url = server.url();
    let (phone, bob) = (alice(&url).await, bob(&url).await);
    let chat = phone.start_direct(&bob).await;
    let (mut laptop, tablet) = (phone.second_device().await, phone.second_device().await);
    laptop.joins(chat).await;
    bob.says(chat, "one").await;
    laptop.sees(chat, &["one"]).await;
    laptop.closes().await;
    // A host that loses key packages, say.
    server.is_tampered_with("DELETE FROM key_packages").await;
    others(&phone, 2).await;
    revoke(&phone, &[this(&tablet).await]).await;
    laptop.opens_again().await;
    let ended = |snapshot: &Snapshot| match snapshot {
        Snapshot::Session(Session::SignedOut { reason }) => Some(reason.clone()),
        _ => None,
    };
    let reason = laptop.until(SnapshotKey::Session, "the end of the session", ended).await;
    assert_eq!(reason, Some(SignedOutReason::SessionEnded), "it is listed still, and nothing is erased");
    laptop.does(Command::SignIn { username: laptop.username.clone(), password: laptop.password.clone() }).await;
    laptop.joins(chat).await;
    laptop.sees(chat, &["one"]).await;
    laptop.says(chat, "two").await;
    phone.sees(chat, &["one", "two"]).await;
    others(&phone, 1).await;
}

/// What a thief has who has copied a device: its database, and what is in it.
struct Captured {
    folder: tempfile::TempDir,
    account: AccountId,
    token: sealpost_protocol::Bytes,
    key: DeviceKey,
    credential: Credential,
}

/// Copies a device that is closed.
fn capture(device: &TestClient) -> Captured {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stolen.sqlite3");
    std::fs::copy(device.database(), &file).unwrap();
    let database = rusqlite::Connection::open(&file).unwrap();
    let sql = "SELECT account, token, device_key, credential FROM session";
    let (account, token, key, credential): ([u8; 16], Vec<u8>, [u8; 32], Vec<u8>) =
        database.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
    Captured {
        folder,
        account: AccountId(account),
        token: token.into(),
        key: DeviceKey::from_secret(&key),
        credential: Credential::from_bytes(&credential).unwrap(),
    }
}

/// A host who works with the thief: takes the revoked device back, and forgets that it was revoked.
async fn takes_back(server: &TestServer, stolen: &Captured) {
    use sha2::Digest as _;
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (account, device) = (hex(&stolen.account.0), hex(&stolen.credential.device.0));
    let token = hex(&sha2::Sha256::digest(&*stolen.token));
    for statement in [
        format!("UPDATE devices SET removed = NULL WHERE id = X'{device}'"),
        format!("INSERT INTO sessions VALUES (X'{token}', X'{account}', X'{device}', 1, 1, 9000000000000)"),
        format!("DELETE FROM device_lists WHERE account = X'{account}' AND version > 2"),
        format!("DELETE FROM list_key_certificates WHERE account = X'{account}' AND generation > 1"),
        format!("UPDATE accounts SET device_list_version = 2, generation = 1 WHERE id = X'{account}'"),
        format!("UPDATE archive_segments SET generation = 1 WHERE account = X'{account}'"),
        "DELETE FROM delisted_leaves".to_owned(),
        "DELETE FROM delistings".to_owned(),
    ] {
        server.is_tampered_with(&statement).await;
    }
}

async fn thief(server: &TestServer, stolen: &Captured) -> Client {
    let name = stolen.folder.path().join("stolen.sqlite3").to_string_lossy().into_owned();
    let database = DatabaseLocation::File { name, key: None };
    let options = ClientOptions { server_url: server.url(), database, engine: quick_engine(true) };
    Client::open(options).await.unwrap()
}

/// Everything that a client shows of a conversation.
async fn texts(client: &Client, conversation: ConversationId) -> Vec<String> {
    let Ok(Snapshot::Timeline(timeline)) = client.snapshot(SnapshotKey::newest(conversation, 1000)).await else {
        panic!("the client has stopped");
    };
    let texts = timeline.items.into_iter().filter_map(|item| match item.content {
        ItemContent::Message(message) => Some(message.text),
        _ => None,
    });
    texts.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_thief_has_of_a_revoked_device_is_worth_nothing() {
    let mut server = TestServer::start(Backend::Sqlite).await;
    let url = server.url();
    let (phone, bob) = (alice(&url).await, bob(&url).await);
    let chat = phone.start_direct(&bob).await;
    let group = phone.make_group("Choir", &[&bob]).await;
    let laptop = phone.second_device().await;
    for id in [chat, group] {
        laptop.joins(id).await;
        phone.says(id, "before").await;
        laptop.sees(id, &["before"]).await;
        bob.sees(id, &["before"]).await;
    }
    is_archived(&laptop).await;
    let device = this(&laptop).await;
    laptop.closes().await;
    let stolen = capture(&laptop);
    revoke(&phone, &[device]).await;
    eventually("no leaf of it", async || server.leaves().await == 2 + 2).await;
    for id in [chat, group] {
        bob.says(id, "after").await;
        phone.sees(id, &["before", "after"]).await;
    }
    phone.does(rename(group, "Quartet")).await;
    super::groups::details(&bob, group, "the new name", |details| details.name == "Quartet").await;
    phone.does(Command::ChangeSettings(SettingsChange { presence: Some(false), ..Default::default() })).await;
    is_archived(&phone).await;

    the_session_is_over(&url, &stolen).await;
    let forged = nothing_new_opens_with_a_host_who_helps(&mut server, &stolen, (chat, group)).await;
    // What the thief wrote into an archive with the old key is not taken, whatever the host says of it.
    let honest = rusqlite::Connection::open(server.data().join("sealpost.sqlite3")).unwrap();
    let sql =
        "UPDATE archive_segments SET sealed = ?1, last_seq = ?2, revision = ?3, generation = 1, version = version + 100
        WHERE account = ?4 AND conversation = ?5";
    let put = honest.execute(sql, rusqlite::params![forged.0, forged.1, forged.2, stolen.account.0, chat.0]).unwrap();
    assert!(put > 0);
    honest.execute("UPDATE archives SET version = version + 200 WHERE account = ?1", [stolen.account.0]).unwrap();
    let watch = phone.second_device().await;
    watch.joins(group).await;
    let unreadable = |snapshot: &Snapshot| match snapshot {
        Snapshot::Archive(Archive { unreadable, .. }) => (*unreadable > 0).then_some(()),
        _ => None,
    };
    watch.until(SnapshotKey::Archive, "the forged segment", unreadable).await;
    assert!(!watch.texts(chat).await.contains(&"stolen".to_owned()));
    watch.closes().await;
    nobody_encrypts_to_who_is_let_in_again(&mut server, &stolen, chat, &[&phone, &bob]).await;
}

async fn the_session_is_over(url: &str, stolen: &Captured) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for (operation, access, _) in OPERATIONS {
        if *access == Access::Anyone {
            continue;
        }
        let post = http.post(format!("{url}/v1/{operation}")).bearer_auth(stolen.token.to_base64url());
        let answer = post.header("content-type", "application/json").body("{}").send().await.unwrap();
        assert_eq!(answer.status(), 401, "{operation}");
    }
}

/// Gives what the thief wrote into the archive of the chat there: a segment, its end and revision.
async fn nothing_new_opens_with_a_host_who_helps(
    server: &mut TestServer,
    stolen: &Captured,
    (chat, group): (ConversationId, ConversationId),
) -> (Vec<u8>, i64, i64) {
    let copy = server.is_copied().await;
    let mut accomplice = TestServer::start(Backend::Sqlite).await;
    accomplice.is_put_back(&copy).await;
    accomplice.stop().await;
    takes_back(&accomplice, stolen).await;
    accomplice.start_again().await;
    let client = thief(&accomplice, stolen).await;
    // Once something of its own is on the log, it has taken everything before. It was put out first, and has to come back.
    let is_sent = async || {
        let (id, text) = (ClientId(rand::random()), "stolen".to_owned());
        let said = client.command(Command::SendText { conversation: chat, id, text, reply_to: None }).await;
        assert_eq!(said, Ok(Answer::Done));
        let Ok(Snapshot::Timeline(timeline)) = client.snapshot(SnapshotKey::newest(chat, 1000)).await else {
            return false;
        };
        timeline.items.iter().any(|item| match &item.content {
            ItemContent::Message(message) => message.text == "stolen" && message.delivery == Some(Delivery::Sent),
            _ => false,
        })
    };
    eventually("it has taken everything", is_sent).await;
    for id in [chat, group] {
        assert!(!texts(&client, id).await.contains(&"after".to_owned()));
    }
    let Ok(Snapshot::Conversations(ConversationList { rows, .. })) = client.snapshot(SnapshotKey::Conversations).await
    else {
        panic!("the client has stopped");
    };
    assert!(rows.iter().all(|row| row.name != "Quartet"), "{rows:?}");
    let Ok(Snapshot::Settings(settings)) = client.snapshot(SnapshotKey::Settings).await else {
        panic!("the client has stopped");
    };
    assert!(settings.presence, "what was chosen since is not known");
    let database = rusqlite::Connection::open(accomplice.data().join("sealpost.sqlite3")).unwrap();
    let newest = || {
        let sql = "SELECT sealed, last_seq, revision FROM archive_segments WHERE account = ?1 AND conversation = ?2
            AND version > (SELECT max(version) FROM archive_segments WHERE conversation <> ?2 AND account = ?1)
            ORDER BY version DESC LIMIT 1";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        database.query_row(sql, rusqlite::params![stolen.account.0, chat.0], row)
    };
    eventually("what the thief archives", async || newest().is_ok()).await;
    client.close().await;
    newest().unwrap()
}

/// The host lets the device into the log again: whatever others do then, they encrypt nothing to it and take nothing of it.
async fn nobody_encrypts_to_who_is_let_in_again(
    server: &mut TestServer,
    stolen: &Captured,
    chat: ConversationId,
    people: &[&TestClient],
) {
    let store: MemoryStore = server.lets_in(chat, (&stolen.key, &stolen.credential)).await;
    for person in people {
        let stopped = |snapshot: &Snapshot| match snapshot {
            Snapshot::Timeline(timeline) => {
                timeline.items.iter().any(|item| format!("{:?}", item.content).contains("Stopped")).then_some(())
            }
            _ => None,
        };
        person.until(SnapshotKey::newest(chat, 1000), "that it was stopped", stopped).await;
        assert!(person.tries(Command::MarkRead { conversation: chat, seq: 1 }).await.is_ok());
    }
    let store_of = server.server().app().store();
    let position = store_of.position(chat).await.unwrap().unwrap();
    // Someone writes, and begins the chat anew where it has to be.
    let [phone, bob] = people else { panic!("two people") };
    phone.does(Command::BeginAnew { conversation: chat }).await;
    bob.until(SnapshotKey::Conversations, "that it goes on", |snapshot| match snapshot {
        Snapshot::Conversations(list) => {
            list.rows.iter().find(|row| row.conversation == chat && !row.stopped && !row.joining).map(drop)
        }
        _ => None,
    })
    .await;
    bob.says(chat, "only for alice").await;
    phone
        .until(SnapshotKey::newest(chat, 1000), "what was said", |snapshot| {
            sealpost_testkit::shown(snapshot).contains(&"only for alice").then_some(())
        })
        .await;
    let window = store_of.log_window(chat, this(phone).await, position.last_seq).await.unwrap().unwrap();
    let id = GroupId { conversation: chat, generation: position.generation };
    let mut opened = 0;
    for entry in &window.entries {
        let rng = &mut rand::rngs::OsRng;
        let context = Context::new(&store, rng, &stolen.key, &stolen.credential);
        let mut group = Group::load(&context, id).unwrap().unwrap();
        if let Ok(Processed::Application { .. }) = group.process(&context, entry.body.message()) {
            opened += 1;
        }
    }
    assert!(!window.entries.is_empty());
    assert_eq!(opened, 0, "the thief reads nothing of what came after");
}
