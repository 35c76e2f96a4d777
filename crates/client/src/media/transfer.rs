//! Files between this device and the server: staged, uploaded by tus, downloaded by ranges, read.
//!
//! What was downloaded in order is kept; what is read from further on (a video that is wound forward) passes through.

use std::sync::Arc;

use sealpost_protocol::{
    BlobId, Bytes, Problem, ProblemKind,
    blob::{self, PART_LEN},
};
use sha2::{Digest, Sha256};

use super::{
    FILE_MAX, MediaError, SealedFile, Sealing, padded_len,
    seal::{CHUNK_LEN, SEALED_CHUNK_LEN},
};
use crate::{
    driver::decode_problem,
    engine::RequestFailure,
    platform::{Folder, Http, HttpRequest, HttpResponse, Source},
    redacted::redacted,
};

/// So many chunks are sealed, opened, written and fetched at once.
const CHUNKS_AT_ONCE: u64 = 16;
/// How often an upload is looked at anew when the server says that it stands elsewhere.
const TRIES: u32 = 4;

/// A way to the server for files.
#[derive(Clone)]
pub(crate) struct Media {
    pub folder: Folder,
    pub http: Http,
    pub server_url: Arc<str>,
}

/// A file on its way, or to be read, with the session's token.
#[derive(Clone)]
pub struct Transfer {
    /// Which.
    pub file: SealedFile,
    /// The session's token.
    pub token: Bytes,
}

redacted!(Transfer);

fn failed(answer: &HttpResponse) -> RequestFailure {
    decode_problem(&answer.body).map_or(RequestFailure::Lost, RequestFailure::Problem)
}

impl Media {
    /// Removes the files that nobody can open: what was being sealed when the device died, or belonged to another database.
    pub(crate) async fn remove_unknown(&self, is_known: impl Fn(BlobId) -> bool) {
        for name in self.folder.names().await {
            if !name.parse().is_ok_and(&is_known) {
                self.folder.remove(&name).await;
            }
        }
    }

    /// Seals a file into this device's folder under `blob`. `random` is new for each file.
    ///
    /// # Errors
    /// When it is too large, cannot be read, or there is no room for it.
    pub(crate) async fn stage(
        &self,
        blob: BlobId,
        source: &Source,
        (key, nonce): ([u8; 32], [u8; 7]),
    ) -> Result<SealedFile, MediaError> {
        let size = source.len()?;
        if size > FILE_MAX {
            return Err(MediaError::TooLarge);
        }
        let name = blob.to_string();
        let sealing = Sealing::new(&key, nonce, size).await?;
        let (padded, piece) = (padded_len(size), CHUNKS_AT_ONCE * CHUNK_LEN);
        let (mut from, mut written, mut hash) = (0, 0, Sha256::new());
        self.folder.remove(&name).await;
        while from < padded {
            let to = (from + piece).min(padded);
            let mut plain = source.read(from.min(size), to.min(size)).await?;
            plain.resize((to - from) as usize, 0);
            let sealed = sealing.seal(from / CHUNK_LEN, &plain).await?;
            hash.update(&sealed);
            self.folder.write(&name, written, &sealed).await?;
            (from, written) = (to, written + sealed.len() as u64);
        }
        self.folder.sync(&name).await?;
        Ok(SealedFile { blob, key, nonce, hash: hash.finalize().into(), size })
    }

    /// Uploads a staged file from where the server has it, telling how far it is. Done already is as good.
    pub(crate) async fn upload(&self, transfer: &Transfer, told: impl Fn(u64)) -> Result<(), RequestFailure> {
        let (name, len) = (transfer.file.blob.to_string(), transfer.file.sealed_len());
        let mut offset = self.begin_upload(transfer).await?;
        let mut tries = 1;
        while offset < len {
            told(offset);
            let part = (len - offset).min(PART_LEN);
            let bytes = self.folder.read(&name, offset, part).await.map_err(|error| {
                tracing::warn!(%error, "a file that was to be uploaded cannot be read");
                Problem::new(ProblemKind::BlobMissing).with_detail("the file is not on this device any more")
            })?;
            let answer = self.patch(transfer, offset, bytes).await?;
            match answer.status {
                204 => offset = answer.upload_offset.filter(|now| *now > offset).ok_or(RequestFailure::Lost)?,
                // Another request of this device was faster, or it is not known any more.
                404 | 409 if tries < TRIES => {
                    tries += 1;
                    offset = self.begin_upload(transfer).await?;
                }
                _ => return Err(failed(&answer)),
            }
        }
        Ok(())
    }

    /// Begins an upload, or goes on with it; gives how much of it the server has.
    async fn begin_upload(&self, transfer: &Transfer) -> Result<u64, RequestFailure> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let length = transfer.file.sealed_len().to_string();
        let metadata = format!("{} {}", blob::METADATA_ID, STANDARD.encode(transfer.file.blob.as_bytes()));
        let headers = [("upload-length", length.as_str()), ("upload-metadata", metadata.as_str())];
        let url = format!("{}{}", self.server_url, blob::PATH);
        let answer = self.tus("POST", &url, &transfer.token, &headers, Vec::new()).await?;
        if answer.status != 201 {
            return Err(failed(&answer));
        }
        let url = self.url(transfer.file.blob);
        let answer = self.tus("HEAD", &url, &transfer.token, &[], Vec::new()).await?;
        answer.upload_offset.filter(|_| answer.status == 200).ok_or(RequestFailure::Lost)
    }

    async fn patch(&self, transfer: &Transfer, offset: u64, bytes: Vec<u8>) -> Result<HttpResponse, RequestFailure> {
        let offset = offset.to_string();
        let headers = [("content-type", "application/offset+octet-stream"), ("upload-offset", offset.as_str())];
        self.tus("PATCH", &self.url(transfer.file.blob), &transfer.token, &headers, bytes).await
    }

    async fn tus(
        &self,
        method: &'static str,
        url: &str,
        token: &Bytes,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<HttpResponse, RequestFailure> {
        let headers = [headers, &[("tus-resumable", blob::TUS_VERSION)]].concat();
        let token = token.to_base64url();
        let request = HttpRequest { method, url, token: Some(&token), headers: &headers, body };
        self.http.request(request).await.map_err(|_| RequestFailure::Lost)
    }

    fn url(&self, blob: BlobId) -> String {
        format!("{}{}/{blob}", self.server_url, blob::PATH)
    }

    /// Reads the bytes `from..to` of a file, from this device or else from the server.
    ///
    /// # Errors
    /// [`MediaError::Damaged`] when it is not what was sealed; [`MediaError::NotFound`] when the server has it no more.
    pub(crate) async fn read(&self, transfer: &Transfer, from: u64, to: u64) -> Result<Vec<u8>, MediaError> {
        let file = &transfer.file;
        let (to, mut plain) = (to.min(file.size), Vec::new());
        let sealing = Sealing::of(file).await?;
        let mut chunk = from / CHUNK_LEN;
        while chunk * CHUNK_LEN < to {
            let until = to.div_ceil(CHUNK_LEN).min(chunk + CHUNKS_AT_ONCE);
            plain.append(&mut self.read_chunks(transfer, &sealing, chunk, until).await?);
            chunk = until;
        }
        let skipped = usize::try_from(from % CHUNK_LEN).unwrap_or_default().min(plain.len());
        let length = usize::try_from(to.saturating_sub(from)).unwrap_or_default();
        plain.drain(..skipped);
        plain.truncate(length);
        Ok(plain)
    }

    /// Downloads what is missing of a file, telling how far it is, and looks at the whole.
    pub(crate) async fn fetch(&self, transfer: &Transfer, told: impl Fn(u64)) -> Result<(), MediaError> {
        let (name, len) = (transfer.file.blob.to_string(), transfer.file.sealed_len());
        let sealing = Sealing::of(&transfer.file).await?;
        loop {
            let held = self.folder.len(&name).await?.unwrap_or(0);
            if held >= len {
                break;
            }
            told(held);
            let chunk = held / SEALED_CHUNK_LEN;
            let until = len.div_ceil(SEALED_CHUNK_LEN).min(chunk + PART_LEN / CHUNK_LEN);
            self.read_chunks(transfer, &sealing, chunk, until).await?;
            if self.folder.len(&name).await?.unwrap_or(0) <= held {
                return Err(MediaError::Storage("nothing is kept".to_owned()));
            }
        }
        self.check(&transfer.file).await
    }

    /// Whether this device holds all of a file but for its padding, perhaps.
    pub(crate) async fn is_read(&self, file: &SealedFile) -> Result<bool, MediaError> {
        let needed = (file.size.div_ceil(CHUNK_LEN) * SEALED_CHUNK_LEN).min(file.sealed_len());
        Ok(self.folder.len(&file.blob.to_string()).await?.is_some_and(|held| held >= needed))
    }

    /// Whether what this device holds is the whole file, by its hash: everyone has the same. What is not goes.
    async fn check(&self, file: &SealedFile) -> Result<(), MediaError> {
        let (name, len) = (file.blob.to_string(), file.sealed_len());
        let (mut at, mut hash) = (0, Sha256::new());
        while at < len {
            let piece = (len - at).min(CHUNKS_AT_ONCE * SEALED_CHUNK_LEN);
            hash.update(self.folder.read(&name, at, piece).await?);
            at += piece;
        }
        if <[u8; 32]>::from(hash.finalize()) == file.hash {
            return Ok(());
        }
        self.folder.remove(&name).await;
        Err(MediaError::Damaged)
    }

    /// Opens the chunks `first..until`. Those that come next to what this device holds are kept.
    async fn read_chunks(
        &self,
        transfer: &Transfer,
        sealing: &Sealing,
        first: u64,
        until: u64,
    ) -> Result<Vec<u8>, MediaError> {
        let (name, len) = (transfer.file.blob.to_string(), transfer.file.sealed_len());
        let (from, to) = (first * SEALED_CHUNK_LEN, (until * SEALED_CHUNK_LEN).min(len));
        let held = self.folder.len(&name).await?.unwrap_or(0);
        if held >= to {
            return sealing.open(first, &self.folder.read(&name, from, to - from).await?).await;
        }
        let sealed = self.get(transfer, from, to).await?;
        let plain = sealing.open(first, &sealed).await?;
        // Only what opened is kept. What cannot be kept now (there is no room, somebody else is at it) passes through.
        if (from..to).contains(&held)
            && let Err(error) = self.folder.write(&name, from, &sealed).await
        {
            tracing::debug!(%error, "a part of a file is not kept");
        }
        Ok(plain)
    }

    async fn get(&self, transfer: &Transfer, from: u64, to: u64) -> Result<Vec<u8>, MediaError> {
        let range = format!("bytes={from}-{}", to - 1);
        let token = transfer.token.to_base64url();
        let url = self.url(transfer.file.blob);
        let headers = [("range", range.as_str())];
        let request =
            HttpRequest { method: "GET", url: &url, token: Some(&token), headers: &headers, body: Vec::new() };
        let answer = self.http.request(request).await.map_err(|_| MediaError::Offline)?;
        match answer.status {
            206 | 200 if answer.body.len() as u64 == to - from => Ok(answer.body),
            206 | 200 | 416 => Err(MediaError::Damaged),
            404 => Err(MediaError::NotFound),
            _ => Err(MediaError::Offline),
        }
    }
}
