//! A large file on its way: sealed, uploaded, downloaded and opened, with what the server and this process take of memory for
//! it. The baseline is the same bytes as they are, uploaded and downloaded by bare requests to the same server, and sent on
//! to a file.
//!
//! Argument: how many MiB.

#![allow(clippy::unwrap_used)]

use std::{
    fs::File,
    io::{Read as _, Write as _},
    path::Path,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sealpost_benches::{
    crowd::Person,
    line, sizes,
    usage::{Usage, forget_peak, megabytes},
};
use sealpost_client::{
    Source,
    command::Command,
    snapshot::{AttachmentKind, AttachmentState, ItemContent, OutgoingFile, Snapshot, SnapshotKey},
};
use sealpost_protocol::{BlobId, ClientId, ConversationId, blob::PART_LEN};
use sealpost_server::store::Store;
use sealpost_testkit::{ServerProcess, TestClient, alice, bob};

const MEBIBYTES: usize = 1024;
const MEBIBYTE: usize = 1024 * 1024;
/// No step takes longer.
const PATIENCE: Duration = Duration::from_secs(600);

#[tokio::main]
async fn main() {
    let [mebibytes] = sizes([MEBIBYTES]);
    line(format_args!("a file of {mebibytes} MiB"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("film");
    fill(&file, mebibytes);
    let data = tempfile::tempdir().unwrap();
    let store = Store::open_sqlite(&data.path().join("data")).await.unwrap();
    let person = Person::register(&store, 0).await.unwrap();
    store.close().await;
    let server = ServerProcess::start_in(data, &[]);
    let bytes = (mebibytes * MEBIBYTE) as u64;

    let bare = measured("bare", bytes, &server, copy_bare(&server, &person, &file, bytes)).await;
    let (alice, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = alice.start_direct(&bob).await;
    bob.joins(chat).await;
    let id = ClientId(rand::random());
    let sealed = measured("sealed and uploaded, downloaded and opened", bytes, &server, async {
        let start = Instant::now();
        let blob = send(&alice, chat, id, &file).await;
        until(&alice, chat, id, AttachmentState::Here).await;
        until(&bob, chat, id, AttachmentState::Remote).await;
        let sent = start.elapsed();
        let start = Instant::now();
        let mut saved = File::create(folder.path().join("saved")).unwrap();
        let mut at = 0;
        while at < bytes {
            let piece = bob.client.read_file(blob, at, at + MEBIBYTE as u64).await.unwrap();
            saved.write_all(&piece).unwrap();
            at += piece.len() as u64;
        }
        (sent, start.elapsed())
    });
    let sealed = sealed.await;
    line(format_args!("  of the bare copy's throughput: {:.2}", bare.as_secs_f64() / sealed.as_secs_f64()));
}

/// Runs what gives the times of an upload and a download; gives their sum.
async fn measured(
    what: &str,
    bytes: u64,
    server: &ServerProcess,
    work: impl Future<Output = (Duration, Duration)>,
) -> Duration {
    let here = std::process::id();
    let before = [server.id(), here].map(|process| {
        forget_peak(process);
        Usage::of(process).resident
    });
    let (up, down) = work.await;
    let more = |process: u32, before: u64| megabytes(Usage::of(process).peak.saturating_sub(before));
    let rate = |time: Duration| megabytes(bytes) / time.as_secs_f64();
    line(format_args!("  {what}: up {up:.1?} ({:.0} MB/s), down {down:.1?} ({:.0} MB/s)", rate(up), rate(down)));
    let (of_server, of_client) = (more(server.id(), before[0]), more(here, before[1]));
    line(format_args!("    at most {of_server:.1} MB more in the server, {of_client:.1} MB more here"));
    up + down
}

/// Bytes that do not repeat soon.
fn fill(file: &Path, mebibytes: usize) {
    let mut file = File::create(file).unwrap();
    let mut piece: Vec<u8> = (0..MEBIBYTE).map(|n| (n * 31 + n / 251) as u8).collect();
    for number in 0..mebibytes {
        piece[..8].copy_from_slice(&(number as u64).to_be_bytes());
        file.write_all(&piece).unwrap();
    }
}

async fn copy_bare(server: &ServerProcess, person: &Person, file: &Path, bytes: u64) -> (Duration, Duration) {
    let blob = BlobId(rand::random());
    let (http, url) = (reqwest::Client::builder().no_proxy().build().unwrap(), format!("{}/v1/blobs", server.url()));
    let token = person.token.to_base64url();
    let asked = |request: reqwest::RequestBuilder| request.bearer_auth(&token).header("tus-resumable", "1.0.0");
    let start = Instant::now();
    let metadata = format!("id {}", STANDARD.encode(blob.0));
    let begun = asked(http.post(&url)).header("upload-length", bytes).header("upload-metadata", metadata);
    assert_eq!(begun.send().await.unwrap().status(), 201);
    let url = format!("{url}/{blob}");
    let mut from = File::open(file).unwrap();
    let mut offset = 0;
    while offset < bytes {
        let mut part = vec![0; PART_LEN.min(bytes - offset) as usize];
        from.read_exact(&mut part).unwrap();
        let request = asked(http.patch(&url)).header("content-type", "application/offset+octet-stream");
        let answer = request.header("upload-offset", offset).body(part).send().await.unwrap();
        assert_eq!(answer.status(), 204);
        offset = (offset + PART_LEN).min(bytes);
    }
    let up = start.elapsed();
    let start = Instant::now();
    let mut answer = asked(http.get(&url)).send().await.unwrap();
    let mut saved = File::create(file.with_extension("bare")).unwrap();
    while let Some(piece) = answer.chunk().await.unwrap() {
        saved.write_all(&piece).unwrap();
    }
    (up, start.elapsed())
}

async fn send(alice: &TestClient, chat: ConversationId, id: ClientId, file: &Path) -> BlobId {
    let blob = BlobId(rand::random());
    alice.client.stage_file(blob, Source::Path(file.to_owned())).await.unwrap();
    let outgoing = OutgoingFile {
        blob,
        kind: AttachmentKind::File,
        name: "film".to_owned(),
        content_type: String::new(),
        width: None,
        height: None,
        thumbhash: None,
        duration: None,
        waveform: Vec::new(),
        description: String::new(),
    };
    let files = vec![outgoing];
    alice.does(Command::SendFiles { conversation: chat, id, text: String::new(), reply_to: None, files }).await;
    blob
}

/// Waits until a message's file is where it is wanted.
async fn until(who: &TestClient, chat: ConversationId, id: ClientId, wanted: AttachmentState) {
    let found = who.until_within(PATIENCE, SnapshotKey::newest(chat, 10), "the file", |snapshot| {
        let Snapshot::Timeline(timeline) = snapshot else { return None };
        timeline.items.iter().find_map(|item| match &item.content {
            ItemContent::Message(message) if item.key == id.to_string() => {
                message.attachments.iter().all(|file| file.state == wanted).then_some(())
            }
            _ => None,
        })
    });
    found.await;
}
