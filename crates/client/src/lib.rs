//! The Sealpost client: a state machine without I/O (`engine`), what it says inside messages (`content`) and what views
//! ask of it and show (`command`, `snapshot`).

pub mod command;
pub mod content;
pub mod engine;
pub mod snapshot;
