//! Where the bytes of blobs are: a folder, or a bucket of S3. A blob is stored in parts of 4 MiB, each of which is there as a
//! whole or not at all, and never changes.
//!
//! Independent of the database, which knows what parts there are and whose.

use std::{
    io::{self, SeekFrom},
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::body::Bytes;
use futures::{Stream, TryStreamExt as _, stream};
use object_store::{
    ObjectStore, ObjectStoreExt as _,
    aws::{AmazonS3, AmazonS3Builder},
    path::Path as Key,
};
use sealpost_protocol::{BlobId, blob::PART_LEN};
use tokio::{
    fs::{self, File},
    io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _},
};

use crate::{Config, store::make_private_folder};

/// So much of a blob is read at once: what a reader who takes nothing holds in memory.
const READ_LEN: u64 = 512 * 1024;

/// Why a blob cannot be stored or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// The folder or a file in it.
    #[error("the folder of attachments cannot be used: {0}")]
    Folder(#[from] io::Error),
    /// The bucket.
    #[error("the bucket of attachments cannot be used: {0}")]
    Bucket(#[from] object_store::Error),
}

/// The name of a stored part: the blob's, its number, and what tells it from what another writer left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Whose.
    pub blob: BlobId,
    /// From 0.
    pub number: u64,
    /// Random.
    pub object: [u8; 16],
}

impl Part {
    fn name(&self) -> String {
        format!("{}-{}", self.number, BlobId(self.object))
    }
}

/// A place for blobs. Clones are the same place.
#[derive(Debug, Clone)]
pub enum Blobs {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket, and what the names of its objects begin with.
    Bucket(Arc<AmazonS3>, Key),
}

impl Blobs {
    /// The place that a configuration names.
    ///
    /// # Errors
    /// When the folder cannot be made, or the bucket's description makes no sense.
    pub(crate) fn open(config: &Config) -> Result<Self, BlobError> {
        let blobs = &config.blobs;
        let Some((bucket, prefix)) = blobs.bucket() else {
            let folder = config.server.data.join("blobs");
            make_private_folder(&folder)?;
            return Ok(Self::Folder(folder));
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(&blobs.region)
            .with_access_key_id(&blobs.access_key_id)
            .with_secret_access_key(&blobs.secret_access_key);
        if !blobs.endpoint.is_empty() {
            builder = builder.with_endpoint(&blobs.endpoint).with_allow_http(blobs.endpoint.starts_with("http://"));
        }
        Ok(Self::Bucket(Arc::new(builder.build()?), Key::from(prefix)))
    }

    /// Stores a part; it is durable when this returns.
    ///
    /// # Errors
    /// When the place refuses it.
    pub(crate) async fn put(&self, part: &Part, bytes: Bytes) -> Result<(), BlobError> {
        match self {
            Self::Folder(folder) => write(&of_blob(folder, part.blob), &part.name(), &bytes).await?,
            Self::Bucket(bucket, prefix) => drop(bucket.put(&key(prefix, part), bytes.into()).await?),
        }
        Ok(())
    }

    /// Reads a range of a blob of these parts, which begins and ends within it.
    pub(crate) fn read(
        &self,
        parts: Vec<Part>,
        range: Range<u64>,
    ) -> impl Stream<Item = Result<Bytes, BlobError>> + Send + 'static {
        let place = self.clone();
        stream::try_unfold((place, parts, range), |(place, parts, range)| async move {
            if range.is_empty() {
                return Ok(None);
            }
            let (number, from) = (range.start / PART_LEN, range.start % PART_LEN);
            let to = (from + READ_LEN).min(PART_LEN).min(from + (range.end - range.start));
            let missing = || io::Error::new(io::ErrorKind::NotFound, "a part is missing");
            let part = usize::try_from(number).ok().and_then(|number| parts.get(number)).ok_or_else(missing)?;
            let bytes = place.read_part(part, from..to).await?;
            let next = range.start + (to - from);
            Ok(Some((bytes, (place, parts, next..range.end))))
        })
    }

    async fn read_part(&self, part: &Part, range: Range<u64>) -> Result<Bytes, BlobError> {
        match self {
            Self::Folder(folder) => Ok(read(&of_blob(folder, part.blob).join(part.name()), range).await?),
            Self::Bucket(bucket, prefix) => Ok(bucket.get_range(&key(prefix, part), range).await?),
        }
    }

    /// Deletes a part that nobody will name.
    ///
    /// # Errors
    /// When the place refuses; a part that is not there is as good.
    pub(crate) async fn delete_part(&self, part: &Part) -> Result<(), BlobError> {
        match self {
            Self::Folder(folder) => absent(fs::remove_file(of_blob(folder, part.blob).join(part.name())).await)?,
            Self::Bucket(bucket, prefix) => match bucket.delete(&key(prefix, part)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            },
        }
        Ok(())
    }

    /// Deletes all that there is of a blob, also parts that nobody knows of.
    ///
    /// # Errors
    /// When the place refuses.
    pub(crate) async fn delete(&self, blob: BlobId) -> Result<(), BlobError> {
        match self {
            Self::Folder(folder) => absent(fs::remove_dir_all(of_blob(folder, blob)).await)?,
            Self::Bucket(bucket, prefix) => {
                let all: Vec<_> = bucket.list(Some(&prefix.clone().join(blob.to_string()))).try_collect().await?;
                for object in all {
                    bucket.delete(&object.location).await?;
                }
            }
        }
        Ok(())
    }
}

fn key(prefix: &Key, part: &Part) -> Key {
    prefix.clone().join(part.blob.to_string()).join(part.name())
}

/// A blob's folder. They are spread over 256 folders, so that none of those has too many.
fn of_blob(folder: &Path, blob: BlobId) -> PathBuf {
    folder.join(format!("{:02x}", blob.0[0])).join(blob.to_string())
}

fn absent(deleted: io::Result<()>) -> io::Result<()> {
    match deleted {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Writes a file that is there under its name once it is on disk.
async fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder).await?;
    let draft = folder.join(format!("{name}.draft"));
    let mut file = File::create(&draft).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    fs::rename(&draft, folder.join(name)).await?;
    // Each folder on the way has a name in the one above, which may be as new.
    for folder in folder.ancestors().take(3) {
        File::open(folder).await?.sync_all().await?;
    }
    Ok(())
}

async fn read(file: &Path, range: Range<u64>) -> io::Result<Bytes> {
    let mut file = File::open(file).await?;
    file.seek(SeekFrom::Start(range.start)).await?;
    let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap_or_default()];
    file.read_exact(&mut bytes).await?;
    Ok(bytes.into())
}
