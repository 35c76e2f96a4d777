//! Files and ciphers in a browser's worker: the origin private file system, WebCrypto's AES-GCM.

use futures::{FutureExt as _, future::LocalBoxFuture};
use js_sys::{Array, ArrayBuffer, IteratorNext, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AesGcmParams, Blob, CryptoKey, DomException, File, FileSystemDirectoryHandle, FileSystemFileHandle,
    FileSystemGetDirectoryOptions, FileSystemGetFileOptions, FileSystemReadWriteOptions, FileSystemRemoveOptions,
    FileSystemSyncAccessHandle, SubtleCrypto, WorkerGlobalScope,
};

use crate::{
    media::MediaError,
    platform::{DatabaseLocation, memory_files::MemoryFiles},
};

/// The folder of sealed files.
const FOLDER: &str = "sealpost-media";

fn scope() -> Result<WorkerGlobalScope, JsValue> {
    Ok(js_sys::global().dyn_into()?)
}

fn word(error: &JsValue) -> String {
    match error.dyn_ref::<DomException>() {
        Some(exception) => format!("{}: {}", exception.name(), exception.message()),
        None => error.as_string().unwrap_or_else(|| "the browser refused".to_owned()),
    }
}

fn is_named(error: &JsValue, name: &str) -> bool {
    error.dyn_ref::<DomException>().is_some_and(|exception| exception.name() == name)
}

fn storage(error: JsValue) -> MediaError {
    if is_named(&error, "QuotaExceededError") {
        return MediaError::NoRoom;
    }
    MediaError::Storage(word(&error))
}

/// AES-256-GCM with one key.
pub(crate) struct Cipher {
    subtle: SubtleCrypto,
    key: CryptoKey,
}

impl Cipher {
    pub(crate) async fn new(key: &[u8; 32]) -> Result<Self, MediaError> {
        Self::import(key).await.map_err(storage)
    }

    async fn import(key: &[u8; 32]) -> Result<Self, JsValue> {
        let subtle = scope()?.crypto()?.subtle();
        let (raw, usages) = (Uint8Array::from(key.as_slice()), Array::of2(&"encrypt".into(), &"decrypt".into()));
        let imported = subtle.import_key_with_str("raw", &raw, "AES-GCM", false, &usages)?;
        let key = JsFuture::from(imported).await?.dyn_into()?;
        Ok(Self { subtle, key })
    }

    pub(crate) async fn seal(&self, nonce: &[u8; 12], plain: &[u8]) -> Result<Vec<u8>, MediaError> {
        let parameters = AesGcmParams::new("AES-GCM", &Uint8Array::from(nonce.as_slice()));
        let plain = Uint8Array::from(plain);
        let sealed = self.subtle.encrypt_with_object_and_buffer_source(&parameters, &self.key, &plain);
        taken(sealed.map_err(storage)?).await.map_err(storage)
    }

    pub(crate) async fn open(&self, nonce: &[u8; 12], sealed: &[u8]) -> Result<Vec<u8>, MediaError> {
        let parameters = AesGcmParams::new("AES-GCM", &Uint8Array::from(nonce.as_slice()));
        let sealed = Uint8Array::from(sealed);
        let plain = self.subtle.decrypt_with_object_and_buffer_source(&parameters, &self.key, &sealed);
        taken(plain.map_err(storage)?).await.map_err(|_| MediaError::Damaged)
    }
}

/// The bytes that a promise gives.
async fn taken(promise: js_sys::Promise) -> Result<Vec<u8>, JsValue> {
    let buffer: ArrayBuffer = JsFuture::from(promise).await?.dyn_into()?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// A file that the person chose.
#[derive(Debug, Clone)]
pub struct Source(pub Blob);

impl Source {
    /// Its length in bytes.
    pub(crate) fn len(&self) -> Result<u64, MediaError> {
        Ok(self.0.size() as u64)
    }

    /// The bytes `from..to`.
    pub(crate) async fn read(&self, from: u64, to: u64) -> Result<Vec<u8>, MediaError> {
        slice(&self.0, from, to).await.map_err(|error| MediaError::Source(word(&error)))
    }
}

async fn slice(blob: &Blob, from: u64, to: u64) -> Result<Vec<u8>, JsValue> {
    taken(blob.slice_with_f64_and_f64(from as f64, to as f64)?.array_buffer()).await
}

/// Where sealed files are: a folder of the origin private file system, or memory where there is none.
#[derive(Clone)]
pub(crate) enum Folder {
    Disk(FileSystemDirectoryHandle),
    Memory(MemoryFiles),
}

impl Folder {
    /// The one that belongs to a database.
    pub(crate) async fn of(location: &DatabaseLocation) -> Self {
        let folder = match location {
            DatabaseLocation::Memory => None,
            DatabaseLocation::File { .. } => root(true).await.ok(),
        };
        folder.map_or_else(|| Self::Memory(MemoryFiles::default()), Self::Disk)
    }

    /// The names of all files; none if they cannot be listed.
    pub(crate) async fn names(&self) -> Vec<String> {
        match self {
            // What is in memory was put there since it was opened.
            Self::Memory(_) => Vec::new(),
            Self::Disk(folder) => names(folder).await.unwrap_or_default(),
        }
    }

    /// How long a file is; nothing if it is not there.
    pub(crate) async fn len(&self, name: &str) -> Result<Option<u64>, MediaError> {
        match self {
            Self::Memory(files) => Ok(files.len(name)),
            Self::Disk(folder) => match file(folder, name, false).await {
                Ok(handle) => contents(&handle).await.map(|file| Some(file.size() as u64)).map_err(storage),
                Err(error) if is_named(&error, "NotFoundError") => Ok(None),
                Err(error) => Err(storage(error)),
            },
        }
    }

    /// Reads `len` bytes.
    pub(crate) async fn read(&self, name: &str, from: u64, len: u64) -> Result<Vec<u8>, MediaError> {
        let folder = match self {
            Self::Memory(files) => return files.read(name, from, len).ok_or(MediaError::NotFound),
            Self::Disk(folder) => folder,
        };
        let handle = match file(folder, name, false).await {
            Err(error) if is_named(&error, "NotFoundError") => return Err(MediaError::NotFound),
            handle => handle.map_err(storage)?,
        };
        let contents = contents(&handle).await.map_err(storage)?;
        let bytes = slice(&contents, from, from + len).await.map_err(storage)?;
        if bytes.len() as u64 == len { Ok(bytes) } else { Err(MediaError::Damaged) }
    }

    /// Writes bytes at a place, making the file if it is not there.
    pub(crate) async fn write(&self, name: &str, at: u64, bytes: &[u8]) -> Result<(), MediaError> {
        match self {
            Self::Memory(files) => {
                files.write(name, at, bytes);
                Ok(())
            }
            Self::Disk(folder) => write(folder, name, at, bytes).await.map_err(storage),
        }
    }

    /// Has what was written last: each piece is flushed as it is written.
    pub(crate) async fn sync(&self, _name: &str) -> Result<(), MediaError> {
        Ok(())
    }

    /// Deletes a file that may not be there, from this call on; it is gone when the future ends. What cannot be deleted stays
    /// sealed.
    pub(crate) fn remove(&self, name: &str) -> impl Future<Output = ()> + use<> {
        let removal = match self {
            Self::Memory(files) => {
                files.remove(name);
                None
            }
            Self::Disk(folder) => Some(JsFuture::from(folder.remove_entry(name))),
        };
        async move {
            if let Some(removal) = removal {
                let _ = removal.await;
            }
        }
    }

    /// Deletes every file.
    pub(crate) fn erase(&self) {
        match self {
            Self::Memory(files) => files.clear(),
            // The worker may end before this does: what is left is sealed, and its keys are gone.
            Self::Disk(_) => super::spawn(erase_all().map(drop)),
        }
    }
}

async fn root(create: bool) -> Result<FileSystemDirectoryHandle, JsValue> {
    let root: FileSystemDirectoryHandle =
        JsFuture::from(scope()?.navigator().storage().get_directory()).await?.dyn_into()?;
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(create);
    Ok(JsFuture::from(root.get_directory_handle_with_options(FOLDER, &options)).await?.dyn_into()?)
}

fn erase_all() -> LocalBoxFuture<'static, Result<(), JsValue>> {
    async {
        let root: FileSystemDirectoryHandle =
            JsFuture::from(scope()?.navigator().storage().get_directory()).await?.dyn_into()?;
        let options = FileSystemRemoveOptions::new();
        options.set_recursive(true);
        JsFuture::from(root.remove_entry_with_options(FOLDER, &options)).await?;
        Ok(())
    }
    .boxed_local()
}

async fn names(folder: &FileSystemDirectoryHandle) -> Result<Vec<String>, JsValue> {
    let (keys, mut names) = (folder.keys(), Vec::new());
    loop {
        let next: IteratorNext = JsFuture::from(keys.next()?).await?.unchecked_into();
        if next.done() {
            return Ok(names);
        }
        names.extend(next.value().as_string());
    }
}

async fn file(folder: &FileSystemDirectoryHandle, name: &str, create: bool) -> Result<FileSystemFileHandle, JsValue> {
    let options = FileSystemGetFileOptions::new();
    options.set_create(create);
    Ok(JsFuture::from(folder.get_file_handle_with_options(name, &options)).await?.dyn_into()?)
}

async fn contents(handle: &FileSystemFileHandle) -> Result<File, JsValue> {
    Ok(JsFuture::from(handle.get_file()).await?.dyn_into()?)
}

async fn write(folder: &FileSystemDirectoryHandle, name: &str, at: u64, bytes: &[u8]) -> Result<(), JsValue> {
    let handle = file(folder, name, true).await?;
    let access: FileSystemSyncAccessHandle = JsFuture::from(handle.create_sync_access_handle()).await?.dyn_into()?;
    let written = write_all(&access, at, bytes);
    access.close();
    written
}

fn write_all(access: &FileSystemSyncAccessHandle, at: u64, bytes: &[u8]) -> Result<(), JsValue> {
    let options = FileSystemReadWriteOptions::new();
    options.set_at(at as f64);
    let written = access.write_with_u8_array_and_options(bytes, &options)?;
    if written as usize != bytes.len() {
        return Err(DomException::new_with_message_and_name("no room is left", "QuotaExceededError")?.into());
    }
    access.flush()
}
