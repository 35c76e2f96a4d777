//! `sealpost-server`: serves, looks at its configuration, makes a backup, puts one back, makes invites.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use sealpost_server::{
    BackupError, RestoreError, Server, StartError, Verified, back_up, check_certificate,
    config::{self, Config, LogFormat, TlsMode},
    make_invite, make_replacement, restore,
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tracing_subscriber::EnvFilter;

/// The Sealpost server: end-to-end encrypted messaging that you host yourself.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Configuration file; `sealpost.toml` in the current folder if that exists.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Looks at the configuration without starting the server.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Writes a backup of the embedded database; the server may be running.
    Backup {
        /// The file to write, which must not be there yet.
        file: PathBuf,
    },
    /// Puts a backup back, after reading all of it: into an empty data folder. With PostgreSQL, without a file, after
    /// `pg_restore` has put it back; the server must not be running.
    Restore {
        /// The backup.
        file: Option<PathBuf>,
        /// Only reads the backup. (A PostgreSQL database gets the tables of this version.)
        #[arg(long)]
        verify: bool,
    },
    /// Prints the code of a new invite to register; the server may be running.
    Invite {
        /// How many accounts may register with it.
        #[arg(long, default_value_t = 1)]
        uses: u32,
        /// For how many days.
        #[arg(long, default_value_t = 7)]
        days: u32,
    },
    /// Prints a code for someone who lost password, recovery code and every device: with it they begin anew under the same
    /// username. What the account has now is lost to them for good, so be sure who asks; the server may be running.
    Replace {
        /// The username.
        username: String,
        /// For how many hours the code is good.
        #[arg(long, default_value_t = 24)]
        hours: u32,
    },
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Says what is wrong with the configuration.
    Check,
    /// Prints a commented sample with every key and its default.
    Sample,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(Command::Config { command: ConfigCommand::Sample }) = arguments.command {
        return print(&config::sample());
    }
    let config = match config::load(arguments.config.as_deref(), std::env::vars()) {
        Ok(config) => config,
        Err(error) => return complain(&error),
    };
    match arguments.command {
        Some(Command::Config { .. }) => match check_certificate(&config) {
            Ok(()) => print("The configuration is fine.\n"),
            Err(error) => complain(&error),
        },
        Some(Command::Backup { file }) => match backup(&config, &file) {
            Ok(bytes) => print(&format!("{bytes} bytes are in {}\n", file.display())),
            Err(error) => complain(&error),
        },
        Some(Command::Restore { file, verify }) => match put_back(&config, file.as_deref(), verify) {
            Ok(Verified { accounts, conversations, entries }) => print(&format!(
                "{accounts} accounts and {conversations} conversations with {entries} entries are whole{}\n",
                if verify { "" } else { " and put back" }
            )),
            Err(error) => complain(&error),
        },
        Some(Command::Invite { uses, days }) => match invite(&config, uses, days) {
            Ok(code) => print(&format!("{code}\n")),
            Err(error) => complain(&error),
        },
        Some(Command::Replace { username, hours }) => match replacement(&config, &username, hours) {
            Ok(Some(code)) => print(&format!("{code}\n")),
            Ok(None) => refuse(&format!("nobody here has the username {username}")),
            Err(error) => complain(&error),
        },
        None => match serve(config) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => complain(error.as_ref()),
        },
    }
}

fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn complain(error: &dyn std::error::Error) -> ExitCode {
    refuse(&error.to_string())
}

fn refuse(why: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "sealpost-server: {why}");
    ExitCode::FAILURE
}

#[tokio::main]
async fn backup(config: &Config, file: &Path) -> Result<u64, BackupError> {
    back_up(config, file).await
}

#[tokio::main]
async fn put_back(config: &Config, file: Option<&Path>, verify: bool) -> Result<Verified, RestoreError> {
    restore(config, file, verify).await
}

#[tokio::main]
async fn invite(config: &Config, uses: u32, days: u32) -> Result<String, StartError> {
    make_invite(config, uses, days).await
}

#[tokio::main]
async fn replacement(config: &Config, username: &str, hours: u32) -> Result<Option<String>, StartError> {
    make_replacement(config, username, hours).await
}

#[tokio::main]
async fn serve(config: Config) -> Result<(), Box<dyn std::error::Error>> {
    start_log(&config)?;
    check_certificate(&config)?;
    let listen = config.server.listen;
    let scheme = if config.tls.mode == TlsMode::Off { "http" } else { "https" };
    let server = Server::new(config).await?;
    let listener = TcpListener::bind(listen).await.map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    let address = listener.local_addr()?;
    tracing::info!(server.address = %address, "Sealpost serves {scheme}://{address}");
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let running = server.clone();
    let mut serving = tokio::spawn(async move { running.serve(listener).await });
    let early = tokio::select! {
        served = &mut serving => Some(served),
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
    };
    tracing::info!("Sealpost stops");
    server.shutdown().await;
    let served = match early {
        Some(served) => served,
        None => serving.await,
    };
    Ok(served??)
}

fn start_log(config: &Config) -> Result<(), Box<dyn std::error::Error>> {
    let filter = EnvFilter::try_new(config.log.filter()).map_err(|error| format!("log.level: {error}"))?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter);
    match config.log.format {
        LogFormat::Text => subscriber.init(),
        LogFormat::Json => subscriber.json().flatten_event(true).init(),
    }
    Ok(())
}
