//! Uploads by tus and downloads by range, as a client of any making sees them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sealpost_protocol::{BlobId, Problem, ProblemKind, blob::PART_LEN};

use crate::{
    http::{Answer, send},
    person::Person,
    server::TestServer,
};

const TUS: (&str, &str) = ("tus-resumable", "1.0.0");
const STREAM: (&str, &str) = ("content-type", "application/offset+octet-stream");

fn bearer(person: &Person) -> String {
    format!("Bearer {}", person.token.to_base64url())
}

fn path(blob: BlobId) -> String {
    format!("/v1/blobs/{blob}")
}

async fn ask(
    server: &TestServer,
    person: &Person,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let (token, length) = (bearer(person), body.len().to_string());
    let mut all = vec![("authorization", token.as_str())];
    if !body.is_empty() {
        all.push(("content-length", &length));
    }
    all.extend_from_slice(headers);
    send(server.address, method, path, &all, body).await
}

async fn begin(server: &TestServer, person: &Person, blob: BlobId, length: u64) -> Answer {
    let (length, id) = (length.to_string(), format!("id {}", STANDARD.encode(blob.0)));
    let headers = [TUS, ("upload-length", length.as_str()), ("upload-metadata", id.as_str())];
    ask(server, person, "POST", "/v1/blobs", &headers, b"").await
}

async fn append(server: &TestServer, person: &Person, blob: BlobId, offset: u64, bytes: &[u8]) -> Answer {
    let offset = offset.to_string();
    let headers = [TUS, STREAM, ("upload-offset", offset.as_str())];
    ask(server, person, "PATCH", &path(blob), &headers, bytes).await
}

fn kind(answer: &Answer) -> ProblemKind {
    serde_json::from_slice::<Problem>(&answer.body).unwrap().kind()
}

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n % 253) as u8).collect()
}

#[tokio::test]
async fn a_blob_is_uploaded_in_parts_and_read_by_ranges() {
    let server = TestServer::start().await;
    let (alice, bob) = (Person::register(&server, "alice").await, Person::register(&server, "bob").await);
    let (blob, whole) = (BlobId([1; 16]), bytes(PART_LEN as usize + 1000));
    let begun = begin(&server, &alice, blob, whole.len() as u64).await;
    assert_eq!((begun.status, begun.header("location")), (201, Some(path(blob).as_str())));
    assert_eq!(begin(&server, &alice, blob, whole.len() as u64).await.status, 201, "beginning again changes nothing");

    let options = send(server.address, "OPTIONS", "/v1/blobs", &[], b"").await;
    assert_eq!((options.status, options.header("tus-extension")), (204, Some("creation,termination")));

    // What does not fill a part is not kept.
    let cut = append(&server, &alice, blob, 0, &whole[..1000]).await;
    assert_eq!((cut.status, cut.header("upload-offset")), (204, Some("0")));
    let first = append(&server, &alice, blob, 0, &whole[..PART_LEN as usize + 10]).await;
    assert_eq!(first.header("upload-offset"), Some(PART_LEN.to_string().as_str()));
    assert_eq!(ask(&server, &bob, "GET", &path(blob), &[], b"").await.status, 404, "only whole blobs are read");
    let stands = ask(&server, &alice, "HEAD", &path(blob), &[TUS], b"").await;
    assert_eq!(stands.header("upload-offset"), Some(PART_LEN.to_string().as_str()));
    let last = append(&server, &alice, blob, PART_LEN, &whole[PART_LEN as usize..]).await;
    assert_eq!(last.header("upload-offset"), Some(whole.len().to_string().as_str()));

    let read = ask(&server, &bob, "GET", &path(blob), &[], b"").await;
    assert_eq!((read.status, read.header("content-type")), (200, Some("application/octet-stream")));
    assert_eq!(read.header("x-content-type-options"), Some("nosniff"));
    assert!(read.body == whole);
    let border = format!("bytes={}-{}", PART_LEN - 5, PART_LEN + 4);
    let read = ask(&server, &bob, "GET", &path(blob), &[("range", &border)], b"").await;
    assert_eq!((read.status, &read.body[..]), (206, &whole[PART_LEN as usize - 5..PART_LEN as usize + 5]));
    let after = format!("bytes={}-", whole.len());
    assert_eq!(ask(&server, &bob, "GET", &path(blob), &[("range", &after)], b"").await.status, 416);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_changes_nothing() {
    let server = TestServer::with(|config| {
        config.blobs.max_bytes = 10_000;
        config.blobs.account_bytes = 15_000;
    })
    .await;
    let (alice, bob) = (Person::register(&server, "alice").await, Person::register(&server, "bob").await);
    let blob = BlobId([1; 16]);
    assert_eq!(kind(&begin(&server, &alice, blob, 10_001).await), ProblemKind::TooLarge);
    assert_eq!(kind(&begin(&server, &alice, blob, 0).await), ProblemKind::TooLarge);
    assert_eq!(begin(&server, &alice, blob, 9_000).await.status, 201);
    assert_eq!(kind(&begin(&server, &alice, blob, 9_001).await), ProblemKind::IdTaken);
    assert_eq!(kind(&begin(&server, &bob, blob, 9_000).await), ProblemKind::IdTaken);
    assert_eq!(kind(&begin(&server, &alice, BlobId([2; 16]), 9_000).await), ProblemKind::QuotaExceeded);
    assert_eq!(kind(&append(&server, &alice, blob, 5, &bytes(100)).await), ProblemKind::UploadOffset);
    assert_eq!(kind(&append(&server, &bob, blob, 0, &bytes(9_000)).await), ProblemKind::NotFound);
    assert_eq!(kind(&append(&server, &alice, BlobId([9; 16]), 0, b"x").await), ProblemKind::NotFound);
    let unversioned = [STREAM, ("upload-offset", "0")];
    let refused = ask(&server, &alice, "PATCH", &path(blob), &unversioned, b"x").await;
    assert_eq!((refused.status, refused.header("tus-resumable")), (412, Some("1.0.0")));
    let untyped = [TUS, ("upload-offset", "0")];
    assert_eq!(ask(&server, &alice, "PATCH", &path(blob), &untyped, b"x").await.status, 400);
    assert_eq!(send(server.address, "GET", &path(blob), &[], b"").await.status, 401);
    assert_eq!(ask(&server, &alice, "GET", "/v1/blobs/no-id", &[], b"").await.status, 404);
    assert_eq!(ask(&server, &alice, "PUT", &path(blob), &[], b"").await.status, 405);

    assert_eq!(append(&server, &alice, blob, 0, &bytes(9_000)).await.status, 204);
    assert_eq!(kind(&append(&server, &alice, blob, 9_000, b"more").await), ProblemKind::TooLarge);
    assert_eq!(ask(&server, &bob, "DELETE", &path(blob), &[TUS], b"").await.status, 404);
    assert_eq!(ask(&server, &alice, "DELETE", &path(blob), &[TUS], b"").await.status, 204);
    assert_eq!(ask(&server, &alice, "GET", &path(blob), &[], b"").await.status, 404);
}

#[tokio::test]
async fn of_two_who_upload_the_same_part_one_is_told_where_it_stands() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let (blob, whole) = (BlobId([1; 16]), bytes(PART_LEN as usize));
    begin(&server, &alice, blob, PART_LEN).await;
    let (one, other) = (append(&server, &alice, blob, 0, &whole), append(&server, &alice, blob, 0, &whole));
    let (one, other) = tokio::join!(one, other);
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    assert!(ask(&server, &alice, "GET", &path(blob), &[], b"").await.body == whole);
}
