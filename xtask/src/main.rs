//! The repository's tasks: whatever a person or CI starts is a subcommand here, and each does its own set-up.
//!
//! Nothing in the product depends on this crate, and this crate depends on nothing of the product: it runs cargo, npm
//! and the servers as programs.

mod ci;
mod fuzz;
mod measure;
mod postgres;
mod progress;
mod project;
mod run;
mod schemathesis;
mod setup;
mod stamp;
mod test;
mod tidy;
mod wasm;
mod web;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::project::Project;
use crate::test::{Compiler, Tests};

/// Builds, runs and tests Sealpost.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything in release and serve http://localhost:8080
    Run {
        /// Arguments for sealpost-server
        #[arg(last = true)]
        server: Vec<String>,
    },
    /// Run every test there is: Rust, fuzz targets, web, and real browsers
    Test {
        /// Run only tests whose name contains this
        filter: Option<String>,
    },
    /// Give decoders inputs that libFuzzer makes up, and replay what failed
    Fuzz {
        /// Which decoder
        #[arg(default_value = fuzz::ALL)]
        target: String,
        /// How long each runs
        #[arg(default_value_t = 60)]
        seconds: u64,
        /// Replay this input of the target instead
        #[arg(long)]
        input: Option<PathBuf>,
    },
    /// What CI runs: format, lints, tidy, licences, then every test
    Ci,
    /// Measure the app in a browser with 100,000 messages in 500 chats
    Measure,
    /// Build the browser's client into web/src/sdk/generated
    Wasm,
    /// Check the structure of the repository
    Tidy,
}

fn main() -> ExitCode {
    match start(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        // What went wrong in a program that was run, a backtrace of this one would only hide.
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(task: Task) -> Result<()> {
    let project = Project::open()?;
    match task {
        Task::Run { server } => run::run(&project, &server),
        Task::Test { filter } => {
            test::run(&Tests { project: &project, filter: filter.as_deref(), compiler: Compiler::Rustc })
        }
        Task::Fuzz { target, seconds, input } => fuzz::run(&project, &fuzz::Request { target, seconds, input }),
        Task::Ci => ci::run(&project),
        Task::Measure => measure::run(&project),
        Task::Wasm => wasm::build(&project),
        Task::Tidy => tidy::run(&project),
    }
}
