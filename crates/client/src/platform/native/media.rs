//! Files and ciphers natively: a folder beside the database, AES-256-GCM of RustCrypto.

use std::{
    fs::{self, File},
    future::{Future, ready},
    io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use aes_gcm::{Aes256Gcm, KeyInit, aead::Aead};

use crate::{
    media::MediaError,
    platform::{DatabaseLocation, memory_files::MemoryFiles},
};

/// AES-256-GCM with one key.
pub(crate) struct Cipher(Aes256Gcm);

impl Cipher {
    pub(crate) async fn new(key: &[u8; 32]) -> Result<Self, MediaError> {
        Ok(Self(Aes256Gcm::new(key.into())))
    }

    pub(crate) async fn seal(&self, nonce: &[u8; 12], plain: &[u8]) -> Result<Vec<u8>, MediaError> {
        self.0.encrypt(nonce.into(), plain).map_err(|_| MediaError::TooLarge)
    }

    pub(crate) async fn open(&self, nonce: &[u8; 12], sealed: &[u8]) -> Result<Vec<u8>, MediaError> {
        self.0.decrypt(nonce.into(), sealed).map_err(|_| MediaError::Damaged)
    }
}

/// A file that the person chose.
#[derive(Debug, Clone)]
pub enum Source {
    /// Held in memory.
    Bytes(Vec<u8>),
    /// On disk.
    Path(PathBuf),
}

impl Source {
    /// Its length in bytes.
    pub(crate) fn len(&self) -> Result<u64, MediaError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
            Self::Path(path) => fs::metadata(path).map(|about| about.len()).map_err(unreadable),
        }
    }

    /// The bytes `from..to`.
    pub(crate) async fn read(&self, from: u64, to: u64) -> Result<Vec<u8>, MediaError> {
        let changed = || MediaError::Source("it changed meanwhile".to_owned());
        match self {
            Self::Bytes(bytes) => bytes.get(from as usize..to as usize).map(<[u8]>::to_vec).ok_or_else(changed),
            Self::Path(path) => read_range(path, from, to - from).map_err(unreadable)?.ok_or_else(changed),
        }
    }
}

fn unreadable(error: std::io::Error) -> MediaError {
    MediaError::Source(error.to_string())
}

/// `None` if the file is shorter.
fn read_range(path: &Path, from: u64, len: u64) -> std::io::Result<Option<Vec<u8>>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::with_capacity(len as usize);
    file.take(len).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 == len).then_some(bytes))
}

/// Where sealed files are: a folder beside the database, or memory beside one in memory. Pieces are small, so reading and writing
/// holds its task up for moments only.
#[derive(Clone)]
pub(crate) enum Folder {
    Disk(PathBuf),
    Memory(MemoryFiles),
}

fn storage(error: std::io::Error) -> MediaError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => MediaError::NoRoom,
        _ => MediaError::Storage(error.to_string()),
    }
}

impl Folder {
    /// The one that belongs to a database.
    pub(crate) async fn of(location: &DatabaseLocation) -> Self {
        match location {
            DatabaseLocation::Memory => Self::Memory(MemoryFiles::default()),
            DatabaseLocation::File { name, .. } => Self::Disk(PathBuf::from(name).with_added_extension("media")),
        }
    }

    /// The names of all files; none if they cannot be listed.
    pub(crate) async fn names(&self) -> Vec<String> {
        match self {
            // What is in memory was put there since it was opened.
            Self::Memory(_) => Vec::new(),
            Self::Disk(folder) => {
                let entries = fs::read_dir(folder).into_iter().flatten().flatten();
                entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
            }
        }
    }

    /// How long a file is; nothing if it is not there.
    pub(crate) async fn len(&self, name: &str) -> Result<Option<u64>, MediaError> {
        match self {
            Self::Memory(files) => Ok(files.len(name)),
            Self::Disk(folder) => match fs::metadata(folder.join(name)) {
                Ok(about) => Ok(Some(about.len())),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(storage(error)),
            },
        }
    }

    /// Reads `len` bytes.
    pub(crate) async fn read(&self, name: &str, from: u64, len: u64) -> Result<Vec<u8>, MediaError> {
        match self {
            Self::Memory(files) => files.read(name, from, len).ok_or(MediaError::NotFound),
            Self::Disk(folder) => match read_range(&folder.join(name), from, len) {
                Ok(bytes) => bytes.ok_or(MediaError::Damaged),
                Err(error) if error.kind() == ErrorKind::NotFound => Err(MediaError::NotFound),
                Err(error) => Err(storage(error)),
            },
        }
    }

    /// Writes bytes at a place, making the file if it is not there.
    pub(crate) async fn write(&self, name: &str, at: u64, bytes: &[u8]) -> Result<(), MediaError> {
        match self {
            Self::Memory(files) => {
                files.write(name, at, bytes);
                Ok(())
            }
            Self::Disk(folder) => {
                fs::create_dir_all(folder).map_err(storage)?;
                let file = File::options().create(true).truncate(false).write(true).open(folder.join(name));
                let mut file = file.map_err(storage)?;
                file.seek(SeekFrom::Start(at)).map_err(storage)?;
                file.write_all(bytes).map_err(storage)
            }
        }
    }

    /// Has what was written last.
    pub(crate) async fn sync(&self, name: &str) -> Result<(), MediaError> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Disk(folder) => File::open(folder.join(name)).and_then(|file| file.sync_all()).map_err(storage),
        }
    }

    /// Deletes a file that may not be there, from this call on; it is gone when the future ends. What cannot be deleted stays
    /// sealed.
    pub(crate) fn remove(&self, name: &str) -> impl Future<Output = ()> + use<> {
        match self {
            Self::Memory(files) => files.remove(name),
            Self::Disk(folder) => drop(fs::remove_file(folder.join(name))),
        }
        ready(())
    }

    /// Deletes every file.
    pub(crate) fn erase(&self) {
        match self {
            Self::Memory(files) => files.clear(),
            Self::Disk(folder) => drop(fs::remove_dir_all(folder)),
        }
    }
}
