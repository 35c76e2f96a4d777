//! `cargo xtask run`: from a fresh machine to the app on http://localhost:8080.

use std::{net::TcpStream, process::Command};

use anyhow::{Result, ensure};
use xshell::cmd;

use crate::progress::step;
use crate::project::Project;
use crate::web;

/// Where the server listens by default.
const ADDRESS: &str = "http://localhost:8080";
/// The same, to be connected to.
const LISTENS: &str = "localhost:8080";
/// Asks for people and chats to look around in.
const DEMO: &str = "--demo";
/// Where those are kept, apart from what people really said.
const DEMO_DATA: &str = "sealpost-demo-data";

/// Builds the web app and the server in release, then becomes the server. With `--demo` among its arguments, sample
/// chats are made by a program of its own as soon as it listens.
pub fn run(project: &Project, arguments: &[String]) -> Result<()> {
    let demo = arguments.iter().any(|argument| argument == DEMO);
    let arguments = arguments.iter().filter(|argument| *argument != DEMO);
    if demo {
        ensure_free()?;
    }
    web::build(project)?;
    step("Server: build", || {
        let target = &project.target;
        let packages = ["--package", "sealpost-server"]
            .into_iter()
            .chain(demo.then_some(["--package", "sealpost-demo"]).into_iter().flatten());
        let build = project.cargo().args(["build", "--locked", "--release", "--bins"]).args(packages);
        Ok(build.args(["--target-dir".as_ref(), target.as_os_str()]).run()?)
    })?;
    let release = project.target.join("release");
    let server = release.join("sealpost-server");
    let mut command: Command = cmd!(project.shell, "{server} {arguments...}").into();
    if demo {
        // Building takes minutes.
        ensure_free()?;
        command.env("SEALPOST__SERVER__DATA", project.root.join(DEMO_DATA));
        command.env("SEALPOST__SERVER__LISTEN", "127.0.0.1:8080");
        // It waits for the server, which this process is about to become, and ends by itself.
        Command::new(release.join("sealpost-demo")).arg(ADDRESS).spawn()?;
    }
    eprintln!("\n==> Sealpost on {ADDRESS} (Ctrl-C stops it)");
    become_server(command)
}

/// Refuses while another server answers where the demonstration's is to be: its people have a password that everyone knows, and
/// must not come to a server that is used.
fn ensure_free() -> Result<()> {
    ensure!(
        TcpStream::connect(LISTENS).is_err(),
        "something answers on {ADDRESS} already: stop it first, so that the demonstration is not written into it"
    );
    Ok(())
}

/// Replaces this process, so that Ctrl-C and every other signal reach the server itself and it can drain.
#[cfg(unix)]
fn become_server(mut command: Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(command.exec().into())
}

/// The console sends Ctrl-C to both processes; this one waits for the server's end.
#[cfg(not(unix))]
fn become_server(mut command: Command) -> Result<()> {
    let status = command.status()?;
    anyhow::ensure!(status.success(), "the server ended with {status}");
    Ok(())
}
