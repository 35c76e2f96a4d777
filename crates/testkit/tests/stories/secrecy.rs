//! The server never holds what people say (invariant 1): after a scenario with known words, none of them is in the
//! database, in the files beside it or in what the server wrote about itself.

use std::{path::Path, time::Duration};

use super::archive::is_archived;
use base64::{Engine as _, engine::general_purpose};
use memchr::memmem;
use sealpost_client::{
    command::{Answer, Command, PictureChange},
    snapshot::{ItemContent, Snapshot, SnapshotKey},
};
use sealpost_protocol::{ClientId, ConversationId, bytes};
use sealpost_testkit::{Backend, ServerProcess, TestClient, alice, bob, carol};
use sqlx::{Connection as _, PgConnection, Row as _};

// Said or written in one place each.
const TEXT: &str = "xylophone marmalade";
const UNICODE_TEXT: &str = "übermorgen 早上好";
const REPLY: &str = "quagmire reply";
const FROM_THE_LAPTOP: &str = "ferret parsnips";
const EDITED: &str = "trombone correction";
const DELETED: &str = "regretted kumquat";
const DISAPPEARING: &str = "mayfly whisper";
const REACTION: &str = "👩\u{200D}🚀";
const DRAFT: &str = "zeppelin draft";
const QUESTION: &str = "Gorgonzola tonight";
const OPTIONS: [&str; 2] = ["certainly Gherkins", "perhaps Halloumi"];
const GROUP_NAME: &str = "Wednesday Conspiracy";
const NEW_GROUP_NAME: &str = "Thursday Intrigue";
const DESCRIPTION: &str = "clandestine beekeeping";
const SEARCHED: &str = "marmala";
/// Of a file: what its bytes spell, its name, its type, and what it is said to show.
const FILE: [&str; 4] = ["submarine photograph", "holiday-armadillo.webp", "image/webp", "pangolin portrait"];
const SECRETS: [&str; 21] = [
    FILE[0],
    FILE[1],
    FILE[2],
    FILE[3],
    TEXT,
    UNICODE_TEXT,
    REPLY,
    FROM_THE_LAPTOP,
    EDITED,
    DELETED,
    DISAPPEARING,
    REACTION,
    DRAFT,
    QUESTION,
    OPTIONS[0],
    OPTIONS[1],
    GROUP_NAME,
    NEW_GROUP_NAME,
    DESCRIPTION,
    SEARCHED,
    PICTURE,
];
/// What the bytes of a group's and of a person's picture spell.
const PICTURE: &str = "portrait of an okapi";
/// Sent to the moderators in clear, because the reporter chose to.
const REPORTED: &str = "impolite walrus";
/// Public by design: if this is not found, the search is broken.
const PUBLIC: &str = "Alice";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_said_is_on_the_server_on_sqlite() {
    let server = ServerProcess::start(&[("SEALPOST__LOG__LEVEL", "trace")]);
    let link = scenario(&server).await;
    let mut files = files_in(&server.data());
    assert!(files.iter().any(|(name, _)| name.ends_with("-wal")), "the write-ahead log is looked at");
    assert!(files.iter().any(|(name, _)| name.contains("/blobs/")), "the attachments are looked at");
    files.push(("log".to_owned(), std::fs::read(server.log()).unwrap()));
    assert_only_what_is_public(&files, &link);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_said_is_on_the_server_on_postgres() {
    let Some(backend) = Backend::postgres().await else { return };
    let variables = [("SEALPOST__DATABASE__URL", backend.url()), ("SEALPOST__LOG__LEVEL", "trace")];
    let server = ServerProcess::start(&variables);
    let link = scenario(&server).await;
    let mut places = postgres_tables(backend.url()).await;
    places.extend(files_in(&server.data()));
    places.push(("log".to_owned(), std::fs::read(server.log()).unwrap()));
    assert_only_what_is_public(&places, &link);
}

/// Everything that people can say, write or set. Gives the secret of an invite link.
async fn scenario(server: &ServerProcess) -> Vec<u8> {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let chat = alice.start_direct(&bob).await;
    let group = alice.make_group(GROUP_NAME, &[&bob, &carol]).await;
    let first = alice.says(chat, TEXT).await;
    reads(&bob, chat, TEXT).await;
    carol.joins(group).await;
    carol.says(group, UNICODE_TEXT).await;
    reads(&alice, group, UNICODE_TEXT).await;
    alice.does(Command::SaveDraft { conversation: chat, text: DRAFT.to_owned() }).await;
    let laptop = alice.second_device().await;
    laptop.joins(chat).await;
    laptop.says(chat, FROM_THE_LAPTOP).await;
    reads(&bob, chat, FROM_THE_LAPTOP).await;
    assert_eq!(laptop.joins(group).await.name, GROUP_NAME);
    change_messages(&alice, &bob, chat, first.to_string()).await;
    sends_a_file(&alice, &bob, chat).await;
    ask_and_forward(&alice, &bob, group, chat).await;
    let link = change_group(&alice, &carol, group, &url).await;
    alice.does(Command::Search { query: SEARCHED.to_owned(), conversation: None, limit: 5, utc_offset: 0 }).await;
    let offending = bob.says(chat, REPORTED).await;
    reads(&alice, chat, REPORTED).await;
    let (account, keys) = (bob.account().await, vec![offending.to_string()]);
    alice.does(Command::SetContact { account, contact: true }).await;
    alice.does(Command::Block { account, blocked: true }).await;
    alice.does(Command::Report { conversation: chat, account, keys, comment: "see".to_owned() }).await;
    assert!(is_archived(&alice).await.total > 5);
    link
}

/// Waits until a message is shown.
async fn reads(person: &TestClient, at: ConversationId, text: &str) {
    let found = person.until(SnapshotKey::newest(at, u32::MAX), text, |snapshot| {
        let Snapshot::Timeline(timeline) = snapshot else { return None };
        timeline.items.iter().find_map(|item| match &item.content {
            ItemContent::Message(message) if message.text.starts_with(text) => Some(item.key.clone()),
            _ => None,
        })
    });
    found.await;
}

async fn change_messages(alice: &TestClient, bob: &TestClient, chat: ConversationId, first: String) {
    let id = ClientId(rand::random());
    bob.does(Command::SendText { conversation: chat, id, text: REPLY.to_owned(), reply_to: Some(first.clone()) }).await;
    bob.does(Command::React { conversation: chat, key: first, emoji: REACTION.to_owned(), add: true }).await;
    reads(alice, chat, REPLY).await;
    let slip = alice.says(chat, "a slip").await.to_string();
    alice.does(Command::EditText { conversation: chat, key: slip, text: EDITED.to_owned() }).await;
    reads(bob, chat, EDITED).await;
    let regretted = alice.says(chat, DELETED).await.to_string();
    reads(bob, chat, DELETED).await;
    alice.does(Command::DeleteMessages { conversation: chat, keys: vec![regretted], everyone: true }).await;
    alice.does(Command::SetTimer { conversation: chat, seconds: Some(3600) }).await;
    bob.says(chat, DISAPPEARING).await;
    reads(alice, chat, DISAPPEARING).await;
}

async fn sends_a_file(alice: &TestClient, bob: &TestClient, chat: ConversationId) {
    let [said, name, content_type, description] = FILE;
    let bytes = said.repeat(1000).into_bytes();
    super::media::sends(alice, chat, description, &[(name, content_type, bytes)]).await;
    reads(bob, chat, description).await;
}

async fn ask_and_forward(alice: &TestClient, bob: &TestClient, group: ConversationId, chat: ConversationId) {
    let (id, key) = (ClientId(rand::random()), |id: ClientId| id.to_string());
    let (question, options) = (QUESTION.to_owned(), OPTIONS.map(str::to_owned).to_vec());
    alice.does(Command::SendPoll { conversation: group, id, question, options, multiple: false }).await;
    bob.joins(group).await;
    reads(bob, group, QUESTION).await;
    bob.does(Command::Vote { conversation: group, key: key(id), choices: vec![1] }).await;
    let copy = ClientId(rand::random());
    bob.does(Command::Forward { id: copy, conversation: group, keys: vec![key(id)], to: vec![chat] }).await;
}

/// Pictures, a new name, a removal with the new key that follows it, and someone who comes by a link.
async fn change_group(alice: &TestClient, carol: &TestClient, group: ConversationId, url: &str) -> Vec<u8> {
    let png = bytes::encode(&[b"\x89PNG\r\n\x1a\n".as_slice(), PICTURE.as_bytes()].concat());
    let picture = || Some(PictureChange::Set { data: png.clone() });
    let (name, description) = (Some(NEW_GROUP_NAME.to_owned()), Some(DESCRIPTION.to_owned()));
    alice.does(Command::ChangeGroup { conversation: group, name, description, picture: picture() }).await;
    alice.does(Command::SetProfile { display_name: "Alice".to_owned(), picture: picture() }).await;
    alice.does(Command::RemoveMembers { conversation: group, members: vec![carol.account().await] }).await;
    let answer = alice.does(Command::CreateLink { conversation: group, seconds: None, uses: None, approval: false });
    let Answer::Link { fragment } = answer.await else { panic!("not a link") };
    let dave = TestClient::sign_up(url, "dave").await;
    // The link is at the server a moment after it was made.
    while dave.tries(Command::JoinByLink { fragment: fragment.clone() }).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(dave.joins(group).await.name, NEW_GROUP_NAME);
    bytes::decode(&fragment).unwrap()
}

fn files_in(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: std::path::PathBuf| match path.is_dir() {
        true => files_in(&path),
        false => vec![(path.display().to_string(), std::fs::read(path).unwrap())],
    };
    entries.flat_map(read).collect()
}

/// Every row of every table, byte strings as they are in text form (hexadecimal) and as bytes.
async fn postgres_tables(url: &str) -> Vec<(String, Vec<u8>)> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let tables = sqlx::query("SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'");
    let tables: Vec<String> =
        tables.fetch_all(&mut connection).await.unwrap().iter().map(|row| row.get::<String, _>(0)).collect();
    assert!(tables.len() > 5);
    let mut places = Vec::new();
    for table in tables {
        let query = sqlx::AssertSqlSafe(format!("SELECT t::text FROM {table} t"));
        for row in sqlx::query(query).fetch_all(&mut connection).await.unwrap() {
            places.push((table.clone(), row.get::<String, _>(0).into_bytes()));
        }
    }
    places
}

fn assert_only_what_is_public(places: &[(String, Vec<u8>)], link: &[u8]) {
    let places: Vec<_> = places.iter().map(|(place, bytes)| (place, bytes.to_ascii_lowercase())).collect();
    for public in [PUBLIC, REPORTED] {
        let forms = forms(public.as_bytes());
        let found = places.iter().any(|(_, bytes)| forms.iter().any(|(_, needle)| holds(bytes, needle)));
        assert!(found, "{public:?} is not found");
    }
    let words = SECRETS.iter().flat_map(|text| text.split(' ').filter(|word| word.len() > 6));
    let texts = SECRETS.iter().copied().chain(words).map(str::as_bytes);
    for secret in texts.chain([link]) {
        for (form, needle) in forms(secret) {
            let found = places.iter().find(|(_, bytes)| holds(bytes, &needle));
            let shown = String::from_utf8_lossy(secret);
            assert!(found.is_none(), "{shown:?} is in {} as {form}", found.map_or("", |(place, _)| place));
        }
    }
}

/// How bytes may be written down: as they are, in hexadecimal, and in base64 at each of its three alignments.
fn forms(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![
        ("text", secret.to_vec()),
        ("hexadecimal", hex.clone().into_bytes()),
        ("hexadecimal", hex.to_uppercase().into_bytes()),
    ];
    for offset in 0..3 {
        for engine in [&general_purpose::STANDARD_NO_PAD, &general_purpose::URL_SAFE_NO_PAD] {
            let shifted = [vec![0; offset], secret.to_vec()].concat();
            let encoded = engine.encode(shifted);
            // The first and the last characters depend on what stands beside.
            let (from, to) = ((offset * 8).div_ceil(6), (offset + secret.len()) * 8 / 6);
            forms.push(("base64", encoded.as_bytes()[from..to].to_vec()));
        }
    }
    forms
}

/// Whether lower-cased bytes have these, in whatever case.
fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    memmem::find(bytes, &needle.to_ascii_lowercase()).is_some()
}

#[test]
fn a_secret_is_found_in_every_form() {
    let secret = b"marmalade";
    let around = |prefix: &[u8]| [prefix, secret, b"!?"].concat();
    for prefix in [&b""[..], b"a", b"ab", b"abc"] {
        let plain = around(prefix);
        let written = [
            plain.clone(),
            general_purpose::STANDARD.encode(&plain).into_bytes(),
            plain.iter().map(|byte| format!("{byte:02X}")).collect::<String>().into_bytes(),
        ];
        for bytes in written {
            assert!(forms(secret).iter().any(|(_, needle)| holds(&bytes.to_ascii_lowercase(), needle)), "{prefix:?}");
        }
    }
}
