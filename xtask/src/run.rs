//! `cargo xtask run`: from a fresh machine to the app on http://localhost:8080.

use std::process::Command;

use anyhow::Result;
use xshell::cmd;

use crate::progress::step;
use crate::project::Project;
use crate::web;

/// Builds the web app and the server in release, then becomes the server.
pub fn run(project: &Project, arguments: &[String]) -> Result<()> {
    web::build(project)?;
    step("Server: build", || {
        let target = &project.target;
        let build = ["build", "--locked", "--release", "--package", "sealpost-server", "--bin", "sealpost-server"];
        Ok(project.cargo().args(build).args(["--target-dir".as_ref(), target.as_os_str()]).run()?)
    })?;
    let server = project.target.join("release/sealpost-server");
    let command = cmd!(project.shell, "{server} {arguments...}").into();
    eprintln!("\n==> Sealpost on http://localhost:8080 (Ctrl-C stops it)");
    become_server(command)
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
