//! Fills a new server with people and chats to look around in: alice, bob and charlie, each with a real client, say what
//! [`script`] has them say. `cargo xtask run -- --demo` starts it beside the server.
//!
//! Everything goes through the client's commands and snapshots, as if people did it: nothing is written past them.

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
        Ok(script::Played::New) => {
            eprintln!("The demonstration is ready: sign in as alice, bob or charlie with the password {PASSWORD}.");
            ExitCode::SUCCESS
        }
        Ok(script::Played::Before) => {
            eprintln!("The demonstration is there already: sign in as alice, bob or charlie, password {PASSWORD}.");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("The demonstration could not be prepared: {error:#}");
            ExitCode::FAILURE
        }
    }
}
