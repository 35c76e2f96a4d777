//! Files of messages: what handles stage and read, and what the engine wants moved. Bytes never pass through the actor.

use futures::future::join_all;
use rand::RngCore as _;
use sealpost_protocol::BlobId;
use tokio::sync::mpsc;

use super::{Call, Client, Driver, stopped};
use crate::{
    command::Failure,
    engine::Event,
    media::{MediaError, Transfer},
    platform::{self, Source},
};

impl Client {
    /// Seals a file onto this device under a new blob id, which a message may name then. Doing it again is harmless.
    ///
    /// # Errors
    /// When it is too large, cannot be read, or this device has no room for it.
    pub async fn stage_file(&self, blob: BlobId, source: Source) -> Result<(), Failure> {
        let mut random = [0; 32 + 7];
        rand::rngs::OsRng.fill_bytes(&mut random);
        let (mut key, mut nonce) = ([0; 32], [0; 7]);
        key.copy_from_slice(&random[..32]);
        nonce.copy_from_slice(&random[32..]);
        let file = self.media.stage(blob, &source, (key, nonce)).await?;
        self.tell(Event::Staged(file)).await
    }

    /// Reads bytes `from..to` of a file, fewer at its end: from this device, or as they come from the server.
    ///
    /// # Errors
    /// When nobody told of it, it is gone or was changed, or the server cannot be reached.
    pub async fn read_file(&self, blob: BlobId, from: u64, to: u64) -> Result<Vec<u8>, Failure> {
        let (transfer, here) = self.call(|reply| Call::Transfer { blob, reply }).await?.ok_or(MediaError::NotFound)?;
        let bytes = match self.media.read(&transfer, from, to).await {
            Err(MediaError::NotFound) => {
                self.tell(Event::Fetched { blob, outcome: Err(MediaError::NotFound) }).await?;
                return Err(MediaError::NotFound.into());
            }
            read => read?,
        };
        if !here && self.media.is_read(&transfer.file).await? {
            let outcome = self.media.fetch(&transfer, |_| {}).await;
            let damaged = outcome == Err(MediaError::Damaged);
            self.tell(Event::Fetched { blob, outcome }).await?;
            // Each chunk opens, and all of them are not what everyone was told of.
            if damaged {
                return Err(MediaError::Damaged.into());
            }
        }
        Ok(bytes)
    }

    async fn tell(&self, event: Event) -> Result<(), Failure> {
        self.calls.send(Call::File(event)).await.map_err(|_| stopped())
    }
}

impl Driver {
    pub(super) fn upload(&self, transfer: Transfer) {
        let (media, files, blob) = (self.media.clone(), self.files.clone(), transfer.file.blob);
        platform::spawn(async move {
            let outcome = media.upload(&transfer, |bytes| moved(&files, blob, bytes)).await;
            told(&files, Event::Uploaded { blob, outcome }).await;
        });
    }

    pub(super) fn fetch(&self, transfer: Transfer) {
        let (media, files, blob) = (self.media.clone(), self.files.clone(), transfer.file.blob);
        platform::spawn(async move {
            let outcome = media.fetch(&transfer, |bytes| moved(&files, blob, bytes)).await;
            told(&files, Event::Fetched { blob, outcome }).await;
        });
    }

    pub(super) fn remove_files(&self, blobs: Vec<BlobId>) {
        // Begun before anything else is done: who reads next finds them gone.
        let removals: Vec<_> = blobs.iter().map(|blob| self.media.folder.remove(&blob.to_string())).collect();
        platform::spawn(async move { drop(join_all(removals).await) });
    }
}

/// So much of a file has been moved. If many wait to be told something, this one does not matter.
fn moved(files: &mpsc::WeakSender<Call>, blob: BlobId, bytes: u64) {
    if let Some(files) = files.upgrade() {
        let _ = files.try_send(Call::File(Event::FileMoved { blob, bytes }));
    }
}

/// A client that has stopped looks for it when it starts.
async fn told(files: &mpsc::WeakSender<Call>, event: Event) {
    if let Some(files) = files.upgrade() {
        let _ = files.send(Call::File(event)).await;
    }
}
