//! Gives a new server people and chats to look around in: alice, bob and charlie, each with a real client, who say what
//! [`script`] has them say, again and again. `cargo xtask run -- --demo` starts it beside the server.
//!
//! Everything goes through the client's commands and snapshots, as if people did it: nothing is written past them. They
//! keep talking because a device that signs in has no messages from before it was there.

mod person;
mod script;

use std::{env, process::ExitCode};

/// The password of everyone in the demonstration.
pub const PASSWORD: &str = "password123";

#[tokio::main]
async fn main() -> ExitCode {
    let Some(server_url) = env::args().nth(1) else {
        eprintln!("usage: sealpost-demo http://HOST:PORT");
        return ExitCode::FAILURE;
    };
    match script::play(&server_url).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The demonstration ends: {error:#}");
            ExitCode::FAILURE
        }
    }
}
