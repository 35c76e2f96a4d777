//! `cargo xtask measure`: how the app behaves in a browser when much is there: 100,000 messages in 500 chats. Prints
//! figures and asserts none; takes a quarter of an hour or more.

use anyhow::{Context, Result};
use xshell::cmd;

use crate::progress::step;
use crate::project::Project;
use crate::{setup, web};

/// Fills an account through the real server and measures a real Chromium.
///
/// # Errors
/// When something cannot be built, or the script fails.
pub fn run(project: &Project) -> Result<()> {
    setup::ensure(&[&setup::CHROMIUM])?;
    web::build(project)?;
    step("Server and filler: build", || {
        let build = ["build", "--locked", "--release", "--package", "sealpost-server", "--package", "sealpost-benches"];
        Ok(project.cargo().args(build).args(["--bins", "--target-dir"]).arg(&project.target).run()?)
    })?;
    let release = project.target.join("release");
    let _server = project.shell.push_env("SEALPOST_SERVER_BIN", release.join("sealpost-server"));
    let _filler = project.shell.push_env("SEALPOST_FILL_BIN", release.join("fill"));
    let _chromium = project.shell.push_env("CHROMIUM", setup::chromium().context("no Chromium")?);
    step("Measure", || {
        let _folder = project.shell.push_dir(project.web());
        Ok(cmd!(project.shell, "npx --no-install playwright test --config playwright.measure.config.ts").run()?)
    })
}
