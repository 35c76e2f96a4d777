//! The Sealpost client: a state machine without I/O (`engine`) over its database (`store`), what it says inside messages
//! (`content`), what views ask of it and show (`command`, `snapshot`), and what runs it on a machine or in a browser
//! (`driver`, `platform`); beside it what a browser locks its database with (`app_lock`).

pub mod app_lock;
pub mod command;
pub mod content;
mod driver;
pub mod engine;
pub mod media;
mod platform;
mod redacted;
pub mod snapshot;
mod store;

pub use driver::{Change, Changes, Client, ClientOptions, OpenFailure};
pub use engine::EngineConfig;
pub use platform::{DatabaseError, DatabaseKey, DatabaseLocation, Source, Storage, erase_database};
pub use sealpost_protocol::BlobId;
