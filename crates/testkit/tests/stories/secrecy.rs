//! The server never holds what people say (invariant 1): after a scenario with known words, none of them is in the
//! database, in the files beside it or in what the server wrote about itself.

use std::path::Path;

use base64::{Engine as _, engine::general_purpose};
use sealpost_client::command::Command;
use sealpost_testkit::{Backend, ServerProcess, alice, bob, carol};
use sqlx::{Connection as _, PgConnection, Row as _};

/// Said, or written somewhere, and nowhere else.
const SECRETS: [&str; 6] = [
    "xylophone marmalade",
    "Wednesday Conspiracy",
    "zeppelin draft",
    "übermorgen 早上好",
    "quagmire reply",
    "ferret archive",
];
/// Public by design: if this is not found, the search is broken.
const PUBLIC: &str = "Alice";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_said_is_on_the_server_on_sqlite() {
    let server = ServerProcess::start(&[("SEALPOST__LOG__LEVEL", "trace")]);
    scenario(&server).await;
    let mut files = files_in(&server.data());
    assert!(files.iter().any(|(name, _)| name.ends_with("-wal")), "the write-ahead log is looked at");
    files.push(("log".to_owned(), std::fs::read(server.log()).unwrap()));
    assert!(files.iter().any(|(_, bytes)| holds(bytes, PUBLIC.as_bytes())));
    assert_free_of_secrets(&files);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_said_is_on_the_server_on_postgres() {
    let Some(backend) = Backend::postgres().await else { return };
    let variables = [("SEALPOST__DATABASE__URL", backend.url()), ("SEALPOST__LOG__LEVEL", "trace")];
    let server = ServerProcess::start(&variables);
    scenario(&server).await;
    let mut places = postgres_tables(backend.url()).await;
    assert!(places.iter().any(|(_, bytes)| holds(bytes, PUBLIC.as_bytes())));
    places.push(("log".to_owned(), std::fs::read(server.log()).unwrap()));
    assert_free_of_secrets(&places);
}

async fn scenario(server: &ServerProcess) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let chat = alice.start_direct(&bob).await;
    let group = alice.make_group(SECRETS[1], &[&bob, &carol]).await;
    alice.says(chat, SECRETS[0]).await;
    bob.sees(chat, &[SECRETS[0]]).await;
    bob.says(chat, SECRETS[4]).await;
    carol.joins(group).await;
    carol.says(group, SECRETS[3]).await;
    alice.sees(group, &[SECRETS[3]]).await;
    alice.does(Command::SaveDraft { conversation: chat, text: SECRETS[2].to_owned() }).await;
    let laptop = alice.second_device().await;
    laptop.joins(chat).await;
    laptop.says(chat, SECRETS[5]).await;
    bob.sees(chat, &[SECRETS[0], SECRETS[4], SECRETS[5]]).await;
    assert_eq!(laptop.joins(group).await.name, SECRETS[1]);
}

fn files_in(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.is_file())
        .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
        .collect()
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

fn assert_free_of_secrets(places: &[(String, Vec<u8>)]) {
    for secret in
        SECRETS.iter().flat_map(|text| std::iter::once(*text).chain(text.split(' ').filter(|word| word.len() > 6)))
    {
        for (form, needle) in forms(secret.as_bytes()) {
            let found = places.iter().find(|(_, bytes)| holds(bytes, &needle));
            assert!(found.is_none(), "{secret:?} is in {} as {form}", found.map_or("", |(place, _)| place));
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

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle))
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
            assert!(forms(secret).iter().any(|(_, needle)| holds(&bytes, needle)), "{prefix:?}");
        }
    }
}
