//! The client for browsers: thin bindings around `sealpost-client`, to be used in a dedicated worker that opens at most
//! one client in its life. No logic lives here; the TypeScript types of commands and snapshots are generated from Rust.
//!
//! Values travel as JSON: identifiers are strings, numbers are numbers, what is absent is `null`.

use js_sys::Function;
use sealpost_client::{
    BlobId, Change, Client, ClientOptions, DatabaseKey, DatabaseLocation, EngineConfig, OpenFailure, Storage,
    app_lock::{PinError, open_with_pin, seal_with_pin},
    command::{Answer, Command, Failure},
    snapshot::{Snapshot, SnapshotKey},
};
use tsify::{Ts, Tsify};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

/// Has panics told on the console, which is all that can be done about them.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// A running client. It runs until it is closed or its worker ends.
#[wasm_bindgen]
pub struct SealpostClient(Client);

#[wasm_bindgen]
impl SealpostClient {
    /// Opens the database of this name and starts the client. `server_url` is the server's origin; `database_key` has 32
    /// random bytes. Rejects with a `Failure`.
    pub async fn open(server_url: String, database: String, database_key: Vec<u8>) -> Result<Self, Ts<Failure>> {
        let database = DatabaseLocation::File { name: database, key: Some(key_of(database_key)?) };
        let options = ClientOptions { server_url, database, engine: EngineConfig::default() };
        match Client::open(options).await {
            Ok(client) => Ok(Self(client)),
            Err(error @ (OpenFailure::Database(_) | OpenFailure::Engine(_))) => Err(failed("storage", &error)),
            Err(error) => Err(failed("internal", &error)),
        }
    }

    /// Does what the person asked. Rejects with a `Failure`.
    pub async fn command(&self, command: Ts<Command>) -> Result<Ts<Answer>, Ts<Failure>> {
        let command = command.to_rust().map_err(|error| failed("internal", &error))?;
        let answer = self.0.command(command).await.map_err(|failure| to_js(&failure))?;
        Ok(to_js(&answer))
    }

    /// Reads a snapshot. Rejects with a `Failure`.
    pub async fn snapshot(&self, key: Ts<SnapshotKey>) -> Result<Ts<Snapshot>, Ts<Failure>> {
        let key = key.to_rust().map_err(|error| failed("internal", &error))?;
        let snapshot = self.0.snapshot(key).await.map_err(|failure| to_js(&failure))?;
        Ok(to_js(&snapshot))
    }

    /// Reads the bytes from `from` to before `to` of a file. Rejects with a `Failure`.
    pub async fn read_file(&self, blob: String, from: f64, to: f64) -> Result<Vec<u8>, Ts<Failure>> {
        // Lengths of files are far below 2^53.
        let read = self.0.read_file(blob_of(&blob)?, from as u64, to as u64).await;
        read.map_err(|failure| to_js(&failure))
    }

    /// Calls back with the keys of what changed, as long as the client runs. A timeline is named with limit 0 and stands
    /// for all its windows; `'all'` says that anything may have changed.
    pub fn on_change(
        &self,
        #[wasm_bindgen(unchecked_param_type = "(changed: SnapshotKey[] | 'all') => void")] listener: Function,
    ) {
        let mut changes = self.0.changes();
        wasm_bindgen_futures::spawn_local(async move {
            while let Some(change) = changes.next().await {
                let changed = match change {
                    Change::Keys(keys) => {
                        keys.iter().map(|key| JsValue::from(to_js(key))).collect::<js_sys::Array>().into()
                    }
                    Change::Everything => JsValue::from_str("all"),
                };
                // What a listener throws is its own fault; the next change is told all the same.
                let _ = listener.call1(&JsValue::UNDEFINED, &changed);
            }
        });
    }

    /// Where this device keeps its messages: `memory` where the browser has no private file system.
    #[wasm_bindgen(getter, unchecked_return_type = "'opfs' | 'memory'")]
    pub fn storage(&self) -> String {
        match self.0.storage() {
            Storage::Persistent => "opfs".to_owned(),
            Storage::Memory => "memory".to_owned(),
        }
    }

    /// Stops the client and gives its database up. The worker is to be ended afterwards.
    pub async fn close(&self) {
        self.0.close().await;
    }
}

// Files of a browser are in a browser only.
#[cfg(target_family = "wasm")]
#[wasm_bindgen]
impl SealpostClient {
    /// Seals a file onto this device under a new blob id, which a message may name then. Rejects with a `Failure`.
    pub async fn stage_file(&self, blob: String, file: web_sys::Blob) -> Result<(), Ts<Failure>> {
        let staged = self.0.stage_file(blob_of(&blob)?, sealpost_client::Source(file)).await;
        staged.map_err(|failure| to_js(&failure))
    }
}

/// Seals a database key with a PIN or passphrase of at least six characters. Rejects with a `Failure`.
#[wasm_bindgen]
pub fn seal_database_key(database_key: Vec<u8>, pin: String) -> Result<Vec<u8>, Ts<Failure>> {
    seal_with_pin(&key_of(database_key)?, &Zeroizing::new(pin)).map_err(|error| pin_failed(&error))
}

/// Opens what was sealed so. Rejects with a `Failure`, of kind `wrong-pin` if it was another PIN.
#[wasm_bindgen]
pub fn open_database_key(sealed: Vec<u8>, pin: String) -> Result<Vec<u8>, Ts<Failure>> {
    open_with_pin(&sealed, &Zeroizing::new(pin)).map(|key| key.to_vec()).map_err(|error| pin_failed(&error))
}

/// Deletes the database of this name, which no client may have open. The worker is to be ended afterwards.
#[wasm_bindgen]
pub async fn erase_database(database: String) -> Result<(), Ts<Failure>> {
    let place = DatabaseLocation::File { name: database, key: None };
    sealpost_client::erase_database(&place).await.map_err(|error| failed("storage", &error))
}

fn key_of(bytes: Vec<u8>) -> Result<DatabaseKey, Ts<Failure>> {
    let bytes = Zeroizing::new(bytes);
    let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| failed("internal", "a database key has 32 bytes"))?;
    Ok(DatabaseKey::new(key))
}

fn blob_of(id: &str) -> Result<BlobId, Ts<Failure>> {
    id.parse().map_err(|error| failed("not-found", &error))
}

fn pin_failed(error: &PinError) -> Ts<Failure> {
    let kind = match error {
        PinError::TooShort => "pin-too-short",
        PinError::Wrong => "wrong-pin",
        _ => "internal",
    };
    failed(kind, error)
}

fn failed(kind: &str, detail: &(impl std::fmt::Display + ?Sized)) -> Ts<Failure> {
    to_js(&Failure { kind: kind.to_owned(), detail: detail.to_string(), retry_after: None })
}

/// Plain values of this crate's types are always JSON, so this cannot fail; if it did, a view would find `undefined`.
fn to_js<T: Tsify + serde::Serialize>(value: &T) -> Ts<T> {
    value.into_ts().unwrap_or_else(|_| Ts::new_unchecked(JsValue::UNDEFINED))
}
