//! What tests and benchmarks are told with: real servers, real clients with few and small verbs, and a simulated network
//! for engines and the server's operations.
//!
//! Only tests and benchmarks use it; it panics and says why where a test is to fail.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bucket;
pub mod client;
pub mod hand;
mod intruder;
pub mod postgres;
pub mod process;
pub mod server;
pub mod simulation;

pub use client::{TestClient, alice, bob, carol, shown};
pub use process::ServerProcess;
pub use server::{Backend, MODERATORS_TOKEN, TestServer};
