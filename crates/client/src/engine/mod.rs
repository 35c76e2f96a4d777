//! The client's protocol logic as a state machine without I/O and clock: events in, effects out.

pub mod event;

pub use event::{CommandId, Effect, Event, RequestFailure, RequestId, TimerId, Via};
