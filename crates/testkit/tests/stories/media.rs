//! Photos and files: sent while offline, through a server that dies, to every device; gone with their message.

use sealpost_client::{
    Source,
    command::Command,
    snapshot::{Attachment, AttachmentKind, AttachmentState, ItemContent, OutgoingFile, Snapshot, SnapshotKey},
};
use sealpost_protocol::{BlobId, ClientId, ConversationId, blob::PART_LEN};
use sealpost_testkit::{ServerProcess, TestClient, TestServer, alice, bob, on_each_database, server::eventually};

use super::archive::is_archived;

on_each_database! {
    files_arrive_whole_on_every_device,
    a_new_device_has_the_files_of_the_archive,
    a_file_goes_with_its_message,
    a_file_that_was_changed_is_found_out,
    files_that_are_not_sent_leave_nothing,
}

/// The same with attachments in a bucket.
mod on_a_bucket {
    use super::TestServer;

    macro_rules! stories {
        ($($story:ident),* $(,)?) => {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story(TestServer::start_on_bucket().await).await;
            })*
        };
    }
    stories! {
        files_arrive_whole_on_every_device,
        a_new_device_has_the_files_of_the_archive,
        a_file_goes_with_its_message,
        a_file_that_was_changed_is_found_out,
        files_that_are_not_sent_leave_nothing,
    }
}

/// Bytes that are nowhere else.
fn bytes(len: usize, seed: u8) -> Vec<u8> {
    (0..len).map(|n| (n * 31 + n / 251 + usize::from(seed)) as u8).collect()
}

fn outgoing(blob: BlobId, name: &str, content_type: &str) -> OutgoingFile {
    OutgoingFile {
        blob,
        kind: AttachmentKind::Image,
        name: name.to_owned(),
        content_type: content_type.to_owned(),
        width: Some(640),
        height: Some(480),
        thumbhash: None,
        duration: None,
        waveform: Vec::new(),
        description: String::new(),
    }
}

/// Sends files with a caption as one message.
pub async fn sends(who: &TestClient, at: ConversationId, caption: &str, files: &[(&str, &str, Vec<u8>)]) -> ClientId {
    let mut staged = Vec::new();
    for (name, content_type, bytes) in files {
        let blob = BlobId(rand::random());
        who.client.stage_file(blob, Source::Bytes(bytes.clone())).await.unwrap();
        staged.push(outgoing(blob, name, content_type));
    }
    let id = ClientId(rand::random());
    let text = caption.to_owned();
    who.does(Command::SendFiles { conversation: at, id, text, reply_to: None, files: staged }).await;
    id
}

/// Waits until the files of a message are as wanted.
async fn files(
    who: &TestClient,
    at: ConversationId,
    id: ClientId,
    wanted: impl Fn(&[Attachment]) -> bool,
) -> Vec<Attachment> {
    let found = who.until(SnapshotKey::newest(at, 100), "files", |snapshot| {
        let Snapshot::Timeline(timeline) = snapshot else { return None };
        timeline.items.iter().find_map(|item| match &item.content {
            ItemContent::Message(message) if item.key == id.to_string() && wanted(&message.attachments) => {
                Some(message.attachments.clone())
            }
            _ => None,
        })
    });
    found.await
}

async fn is_remote(who: &TestClient, at: ConversationId, id: ClientId) -> Vec<Attachment> {
    files(who, at, id, |files| !files.is_empty() && files.iter().all(|file| file.state == AttachmentState::Remote))
        .await
}

async fn is_here(who: &TestClient, at: ConversationId, id: ClientId) -> Vec<Attachment> {
    files(who, at, id, |files| !files.is_empty() && files.iter().all(|file| file.state == AttachmentState::Here)).await
}

async fn reads(who: &TestClient, blob: BlobId) -> Vec<u8> {
    who.client.read_file(blob, 0, u64::MAX).await.unwrap()
}

async fn files_arrive_whole_on_every_device(mut server: TestServer) {
    let url = server.url();
    let (alice, bob) = (alice(&url).await, bob(&url).await);
    let (laptop, tablet) = (alice.second_device().await, bob.second_device().await);
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "Look").await;
    for device in [&bob, &laptop, &tablet] {
        device.joins(chat).await;
    }
    let (photo, note) = (bytes(PART_LEN as usize * 2 + 12_345, 1), b"<b>bold</b>".to_vec());
    let all = [("lake.png", "image/png", photo.clone()), ("../notes.html", "text/html", note.clone())];
    let id = sends(&alice, chat, "The lake", &all).await;
    assert_eq!(is_here(&alice, chat, id).await.len(), 2);
    for device in [&bob, &laptop, &tablet] {
        device.sees(chat, &["Look", "The lake"]).await;
        let shown = is_remote(device, chat, id).await;
        assert_eq!(shown.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["lake.png", "notes.html"]);
        assert_eq!([shown[0].kind, shown[1].kind], [AttachmentKind::Image, AttachmentKind::File]);
        assert_eq!(shown[1].content_type, "application/octet-stream", "nothing that a browser could run");
        // A piece of the middle, then all.
        let middle = device.client.read_file(shown[0].blob, 5_000_000, 5_000_100).await.unwrap();
        assert_eq!(middle, photo[5_000_000..5_000_100]);
        assert_eq!(reads(device, shown[0].blob).await, photo);
        device.does(Command::KeepFile { blob: shown[1].blob, keep: true }).await;
        is_here(device, chat, id).await;
    }
    // What is here is here without a server.
    server.stop().await;
    let shown = is_here(&bob, chat, id).await;
    assert_eq!((reads(&bob, shown[0].blob).await, reads(&bob, shown[1].blob).await), (photo.clone(), note));
    bob.does(Command::KeepFile { blob: shown[0].blob, keep: false }).await;
    assert_eq!(bob.client.read_file(shown[0].blob, 0, 10).await.unwrap_err().kind, "offline");
    server.start_again().await;
    assert_eq!(reads(&bob, shown[0].blob).await, photo);
}

async fn a_new_device_has_the_files_of_the_archive(server: TestServer) {
    let url = server.url();
    let (alice, bob) = (alice(&url).await, bob(&url).await);
    let chat = alice.start_direct(&bob).await;
    bob.joins(chat).await;
    let photo = bytes(100_000, 2);
    let id = sends(&alice, chat, "", &[("a.jpg", "image/jpeg", photo.clone())]).await;
    let shown = is_remote(&bob, chat, id).await;
    assert_eq!(reads(&bob, shown[0].blob).await, photo);
    is_archived(&bob).await;
    is_archived(&alice).await;
    // The log itself has nothing of it any more.
    server.has_pruned(1).await;
    let tablet = bob.second_device().await;
    tablet.joins(chat).await;
    let shown = is_remote(&tablet, chat, id).await;
    assert_eq!(reads(&tablet, shown[0].blob).await, photo);
}

async fn a_file_goes_with_its_message(server: TestServer) {
    let url = server.url();
    let (alice, bob) = (alice(&url).await, bob(&url).await);
    let chat = alice.start_direct(&bob).await;
    bob.joins(chat).await;
    let id = sends(&alice, chat, "regretted", &[("a.jpg", "image/jpeg", bytes(200_000, 3))]).await;
    let shown = is_remote(&bob, chat, id).await;
    reads(&bob, shown[0].blob).await;
    is_here(&bob, chat, id).await;
    let kept = |who: &TestClient| who.database().with_added_extension("media").join(shown[0].blob.to_string());
    assert!(kept(&bob).exists() && kept(&alice).exists());
    alice.does(Command::DeleteMessages { conversation: chat, keys: vec![id.to_string()], everyone: true }).await;
    for device in [&alice, &bob] {
        eventually("that nothing is left of the file here", async || !kept(device).exists()).await;
        assert_eq!(device.client.read_file(shown[0].blob, 0, 1).await.unwrap_err().kind, "not-found");
    }
    eventually("that nothing is left of it on the server", async || server.stored_parts().is_empty()).await;
}

async fn a_file_that_was_changed_is_found_out(server: TestServer) {
    let url = server.url();
    let (alice, bob) = (alice(&url).await, bob(&url).await);
    let chat = alice.start_direct(&bob).await;
    bob.joins(chat).await;
    let photo = bytes(1_000_000, 4);
    let id = sends(&alice, chat, "", &[("a.jpg", "image/jpeg", photo.clone())]).await;
    let shown = is_remote(&bob, chat, id).await;
    let part = server.stored_parts().pop().unwrap();
    let mut stored = std::fs::read(&part).unwrap();
    stored[500_000] ^= 1;
    std::fs::write(&part, stored).unwrap();
    assert_eq!(bob.client.read_file(shown[0].blob, 0, 100_000).await.unwrap(), photo[..100_000]);
    assert_eq!(bob.client.read_file(shown[0].blob, 0, 1_000_000).await.unwrap_err().kind, "damaged");
    assert_eq!(bob.client.read_file(shown[0].blob, 900_000, 1_000_000).await.unwrap(), photo[900_000..]);
}

async fn files_that_are_not_sent_leave_nothing(server: TestServer) {
    let mut alice = alice(&server.url()).await;
    let blob = BlobId([5; 16]);
    alice.client.stage_file(blob, Source::Bytes(bytes(10, 5))).await.unwrap();
    alice.client.stage_file(blob, Source::Bytes(bytes(70_000, 5))).await.unwrap();
    assert_eq!(reads(&alice, blob).await, bytes(70_000, 5), "the last that was staged counts");
    let kept = alice.database().with_added_extension("media").join(blob.to_string());
    assert!(kept.exists());
    // What was being sealed when the device died is known to nobody.
    let unknown = kept.with_file_name(BlobId([6; 16]).to_string());
    std::fs::write(&unknown, b"half of it").unwrap();
    alice.closes().await;
    alice.opens_again().await;
    assert!(kept.exists() && !unknown.exists());
    alice.does(Command::DropFiles { blobs: vec![blob] }).await;
    eventually("that it is gone", async || !kept.exists()).await;
    assert!(server.stored_parts().is_empty());
}

/// A large file goes through a server that is killed again and again and an app that is closed in the midst.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_arrives_whole_whatever_is_killed() {
    let mut server = ServerProcess::start(&[]);
    let url = server.url();
    let (mut alice, bob) = (alice(&url).await, bob(&url).await);
    let chat = alice.start_direct(&bob).await;
    bob.joins(chat).await;
    let film = bytes(PART_LEN as usize * 12 + 99, 6);
    let id = sends(&alice, chat, "A film", &[("film.mp4", "video/mp4", film.clone())]).await;
    alice.says(chat, "It may take a while").await;
    let so_far = |least: u64| {
        move |files: &[Attachment]| match files.first().map(|file| file.state) {
            Some(AttachmentState::Sending { done }) => done >= least,
            Some(state) => state == AttachmentState::Here,
            None => false,
        }
    };
    files(&alice, chat, id, so_far(PART_LEN)).await;
    server.kill();
    alice.closes().await;
    alice.opens_again().await;
    server.start_again();
    files(&alice, chat, id, so_far(PART_LEN * 5)).await;
    server.kill();
    server.start_again();
    bob.sees(chat, &["It may take a while", "A film"]).await;
    let shown = is_remote(&bob, chat, id).await;
    bob.does(Command::KeepFile { blob: shown[0].blob, keep: true }).await;
    server.kill();
    server.start_again();
    is_here(&bob, chat, id).await;
    assert!(reads(&bob, shown[0].blob).await == film);
}
