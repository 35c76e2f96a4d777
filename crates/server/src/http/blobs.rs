//! Blobs over HTTP: uploads by tus 1.0.0 (with `creation` and `termination`), downloads by range. What travels is written down in
//! `sealpost_protocol::blob`.
//!
//! Whoever is signed in on a device and knows a blob's id may read it: ids are known from inside encrypted messages alone.

use std::{ops::Range, sync::Arc, time::Duration};

use axum::{
    body::{Body, BodyDataStream, Bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::StreamExt as _;
use rand::{Rng as _, rngs::OsRng};
use sealpost_protocol::{
    BlobId, Problem, ProblemKind,
    blob::{METADATA_ID, PART_LEN, PATH, TUS_VERSION},
};

use super::{
    Doors, PeerAddress,
    operation::{answer_codec, bearer_token},
    refuse,
};
use crate::{
    blobs::{BlobError, Part},
    caller::CallingDevice,
    store::{Blob, UploadBegun},
};

const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
/// The headers of uploads.
pub(super) const HEADERS: [HeaderName; 4] = [TUS_RESUMABLE, UPLOAD_LENGTH, UPLOAD_METADATA, UPLOAD_OFFSET];
/// The media type of what is uploaded.
const OFFSET_STREAM: &str = "application/offset+octet-stream";
/// Who sends nothing for so long is not waited for.
const SILENCE: Duration = Duration::from_secs(60);

impl From<BlobError> for Problem {
    fn from(error: BlobError) -> Self {
        tracing::error!(%error, "attachments cannot be stored or read");
        let mut problem = Self::new(ProblemKind::Unavailable);
        problem.retry_after = Some(5);
        problem
    }
}

/// Says what uploads there can be. Before the rules for other origins, which answer every such question by themselves: what a
/// browser asks ahead of a request names its method.
pub(super) async fn tell_options(State(doors): State<Arc<Doors>>, request: Request, next: Next) -> Response {
    let ahead = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if request.method() != Method::OPTIONS || ahead || !request.uri().path().starts_with(PATH) {
        return next.run(request).await;
    }
    let max = doors.app.config().blobs.max_bytes.to_string();
    let headers = [
        ("tus-resumable", TUS_VERSION),
        ("tus-version", TUS_VERSION),
        ("tus-extension", "creation,termination"),
        ("tus-max-size", max.as_str()),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Begins an upload.
pub(super) async fn create(
    State(doors): State<Arc<Doors>>,
    PeerAddress(address): PeerAddress,
    headers: HeaderMap,
) -> Response {
    answer(
        &headers,
        Box::pin(async {
            let caller = caller(&doors, address, &headers).await?;
            let size = number(&headers, &UPLOAD_LENGTH)?;
            let blob = id_of(&headers)?;
            let config = &doors.app.config().blobs;
            if size == 0 || size > config.max_bytes {
                let detail = format!("an attachment has 1 to {} bytes here", config.max_bytes);
                return Err(Problem::new(ProblemKind::TooLarge).with_detail(detail));
            }
            let times = (doors.app.now(), doors.app.blob_grace());
            match doors.app.store.begin_upload(caller.account, (blob, size), config.account_bytes, times).await? {
                UploadBegun::Done => {
                    let place = (header::LOCATION, format!("{PATH}/{blob}"));
                    Ok((StatusCode::CREATED, [place]).into_response())
                }
                UploadBegun::Taken => Err(Problem::new(ProblemKind::IdTaken)),
                UploadBegun::Full => Err(Problem::new(ProblemKind::QuotaExceeded)),
            }
        }),
    )
    .await
}

/// How far an upload is.
pub(super) async fn offset(
    State(doors): State<Arc<Doors>>,
    PeerAddress(address): PeerAddress,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    answer(
        &headers,
        Box::pin(async {
            let caller = caller(&doors, address, &headers).await?;
            let (_, blob) = own_upload(&doors, caller, &id).await?;
            let headers = [
                (UPLOAD_OFFSET, blob.stored.to_string()),
                (UPLOAD_LENGTH, blob.size.to_string()),
                (header::CACHE_CONTROL, "no-store".to_owned()),
            ];
            Ok((StatusCode::OK, headers).into_response())
        }),
    )
    .await
}

/// Goes on with an upload.
pub(super) async fn append(
    State(doors): State<Arc<Doors>>,
    PeerAddress(address): PeerAddress,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    answer(
        &headers,
        Box::pin(async {
            let caller = caller(&doors, address, &headers).await?;
            if headers.get(header::CONTENT_TYPE).is_none_or(|found| found != OFFSET_STREAM) {
                return Err(Problem::new(ProblemKind::InvalidRequest)
                    .with_detail("uploads are application/offset+octet-stream"));
            }
            let (id, blob) = own_upload(&doors, caller, &id).await?;
            let _place = doors.app.uploads.begin(caller.account)?;
            if number(&headers, &UPLOAD_OFFSET)? != blob.stored {
                return Err(Problem::new(ProblemKind::UploadOffset));
            }
            let stored = store_parts(&doors, id, blob, request.into_body().into_data_stream()).await?;
            Ok((StatusCode::NO_CONTENT, [(UPLOAD_OFFSET, stored.to_string())]).into_response())
        }),
    )
    .await
}

/// Stores whole parts as they come, and the last one; gives how much of the blob is stored then. What comes after a cut or a
/// silence in the midst of a part is sent again.
async fn store_parts(doors: &Doors, id: BlobId, blob: Blob, mut body: BodyDataStream) -> Result<u64, Problem> {
    let (mut stored, mut waiting) = (blob.stored, Vec::new());
    loop {
        let piece = match tokio::time::timeout(SILENCE, body.next()).await {
            Ok(Some(Ok(piece))) => piece,
            Ok(None) => break,
            Ok(Some(Err(_))) | Err(_) => return Ok(stored),
        };
        let mut rest = piece.as_ref();
        while !rest.is_empty() {
            let wanted = (blob.size - stored).min(PART_LEN);
            let missing = usize::try_from(wanted).unwrap_or(usize::MAX) - waiting.len();
            if missing == 0 {
                return Err(Problem::new(ProblemKind::TooLarge).with_detail("more than the upload has"));
            }
            let (taken, after) = rest.split_at(rest.len().min(missing));
            waiting.extend_from_slice(taken);
            rest = after;
            if taken.len() == missing {
                store_part(doors, id, (stored, stored + wanted), std::mem::take(&mut waiting).into()).await?;
                stored += wanted;
            }
        }
    }
    Ok(stored)
}

/// A task of its own: a client that hangs up must not leave a part that nobody knows of.
async fn store_part(doors: &Doors, blob: BlobId, (from, to): (u64, u64), bytes: Bytes) -> Result<(), Problem> {
    let app = Arc::clone(&doors.app);
    let part = Part { blob, number: from / PART_LEN, object: OsRng.r#gen() };
    let stored = doors.tasks.spawn(async move {
        app.blobs.put(&part, bytes).await?;
        let extended = app.store.extend_blob(&part, (from, to), (app.now(), app.blob_grace())).await;
        if !matches!(extended, Ok(true)) {
            app.blobs.delete_part(&part).await?;
        }
        if extended? { Ok(()) } else { Err(Problem::new(ProblemKind::UploadOffset)) }
    });
    stored.await.map_err(|_| Problem::new(ProblemKind::Internal))?
}

/// Ends an upload.
pub(super) async fn delete(
    State(doors): State<Arc<Doors>>,
    PeerAddress(address): PeerAddress,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    answer(
        &headers,
        Box::pin(async {
            let caller = caller(&doors, address, &headers).await?;
            let (id, _) = own_upload(&doors, caller, &id).await?;
            match doors.app.store.drop_upload(caller.account, id).await? {
                true => Ok(StatusCode::NO_CONTENT.into_response()),
                false => Err(Problem::new(ProblemKind::NotAllowed).with_detail("a message tells of it")),
            }
        }),
    )
    .await
}

/// Reads a blob, or a range of it.
pub(super) async fn read(
    State(doors): State<Arc<Doors>>,
    PeerAddress(address): PeerAddress,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let outcome = async {
        signed_in(&doors, address, &headers).await?;
        let id = parsed(&id)?;
        let blob = doors.app.store.blob(id).await?.filter(|blob| blob.stored == blob.size).ok_or_else(not_found)?;
        let (status, range) = match asked_range(&headers, blob.size) {
            Asked::All => (StatusCode::OK, 0..blob.size),
            Asked::Range(range) => (StatusCode::PARTIAL_CONTENT, range),
            Asked::Nothing => {
                let range = format!("bytes */{}", blob.size);
                return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, range)]).into_response());
            }
        };
        let parts = doors.app.store.blob_parts(id).await?;
        Ok(content(id, &blob, status, range.clone(), Body::from_stream(doors.app.blobs.read(parts, range))))
    };
    outcome.await.unwrap_or_else(|problem| refuse(answer_codec(&headers), &problem))
}

fn content(id: BlobId, blob: &Blob, status: StatusCode, range: Range<u64>, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, (range.end - range.start).to_string()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::ETAG, format!("\"{id}\"")),
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable".to_owned()),
        (header::CONTENT_DISPOSITION, "attachment".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".to_owned()),
    ];
    let mut response = (status, headers, body).into_response();
    let part = format!("bytes {}-{}/{}", range.start, range.end.saturating_sub(1), blob.size);
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(part) = HeaderValue::from_str(&part)
    {
        response.headers_mut().insert(header::CONTENT_RANGE, part);
    }
    response
}

/// What of a blob is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    All,
    Range(Range<u64>),
    /// Nothing that is there.
    Nothing,
}

/// One range of bytes (RFC 9110 section 14.1.2). Several, and what is no range, count as none.
fn asked_range(headers: &HeaderMap, size: u64) -> Asked {
    let value = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let Some((first, last)) = value.and_then(|value| value.strip_prefix("bytes=")?.split_once('-')) else {
        return Asked::All;
    };
    let range = match (first.trim().parse::<u64>().ok(), last.trim().parse::<u64>().ok()) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Some(first), None) if last.trim().is_empty() => first..size,
        (None, Some(length)) if first.trim().is_empty() => size.saturating_sub(length)..size,
        _ => return Asked::All,
    };
    if range.is_empty() { Asked::Nothing } else { Asked::Range(range) }
}

async fn signed_in(
    doors: &Doors,
    address: Option<std::net::IpAddr>,
    headers: &HeaderMap,
) -> Result<CallingDevice, Problem> {
    let token = bearer_token(headers)?.ok_or_else(|| Problem::new(ProblemKind::SignedOut))?;
    let caller = doors.app.authenticate(address, &token).await?;
    let device = caller.calling_device()?;
    doors.app.count_request(&caller)?;
    Ok(device)
}

/// Who uploads, in the version of the protocol that is spoken here.
async fn caller(
    doors: &Doors,
    address: Option<std::net::IpAddr>,
    headers: &HeaderMap,
) -> Result<CallingDevice, Problem> {
    let caller = signed_in(doors, address, headers).await?;
    if headers.get(TUS_RESUMABLE).is_none_or(|version| version != TUS_VERSION) {
        return Err(Problem::new(ProblemKind::UploadVersion));
    }
    Ok(caller)
}

/// An upload of the caller's. Others' and those that are not there look alike.
async fn own_upload(doors: &Doors, caller: CallingDevice, id: &str) -> Result<(BlobId, Blob), Problem> {
    let id = parsed(id)?;
    let blob = doors.app.store.blob(id).await?.filter(|blob| blob.account == caller.account);
    Ok((id, blob.ok_or_else(not_found)?))
}

fn parsed(id: &str) -> Result<BlobId, Problem> {
    id.parse().map_err(|_| not_found())
}

fn not_found() -> Problem {
    Problem::new(ProblemKind::NotFound)
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Problem> {
    let value = headers.get(name).and_then(|value| value.to_str().ok()?.parse().ok());
    value.ok_or_else(|| Problem::new(ProblemKind::InvalidRequest).with_detail(format!("{name} is to be a number")))
}

/// The id in the metadata of a new upload.
fn id_of(headers: &HeaderMap) -> Result<BlobId, Problem> {
    let metadata = headers.get(UPLOAD_METADATA).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let value = metadata.split(',').find_map(|pair| pair.trim().strip_prefix(METADATA_ID)?.strip_prefix(' '));
    let id = value.and_then(|value| BlobId::from_slice(&STANDARD.decode(value.trim()).ok()?));
    id.ok_or_else(|| Problem::new(ProblemKind::InvalidRequest).with_detail("Upload-Metadata is to have the id"))
}

/// An answer to an upload, in its version of the protocol.
async fn answer(headers: &HeaderMap, outcome: impl Future<Output = Result<Response, Problem>>) -> Response {
    let mut response = outcome.await.unwrap_or_else(|problem| refuse(answer_codec(headers), &problem));
    response.headers_mut().insert(TUS_RESUMABLE, HeaderValue::from_static(TUS_VERSION));
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ranges_are_read_as_http_has_them() {
        for (value, asked) in [
            ("bytes=0-9", Asked::Range(0..10)),
            ("bytes=90-", Asked::Range(90..100)),
            ("bytes=-5", Asked::Range(95..100)),
            ("bytes=-500", Asked::Range(0..100)),
            ("bytes=50-500", Asked::Range(50..100)),
            ("bytes=100-", Asked::Nothing),
            ("bytes=-0", Asked::Nothing),
            ("bytes=9-3", Asked::All),
            ("bytes=0-1,5-6", Asked::All),
            ("lines=1-2", Asked::All),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, value.parse().unwrap());
            assert_eq!(asked_range(&headers, 100), asked, "{value}");
        }
        assert_eq!(asked_range(&HeaderMap::new(), 100), Asked::All);
    }
}
