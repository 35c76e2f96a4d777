//! The web app: its npm packages, and the production build in `web/dist` that the server carries inside it.

use std::slice;

use anyhow::Result;
use xshell::cmd;

use crate::progress::step;
use crate::project::Project;
use crate::stamp::Stamp;
use crate::{setup, wasm};

/// Installs the npm packages in the lockfile's versions.
///
/// Not by `npm ci`: that refuses a lockfile without the optional packages of every platform, and which of those a
/// lockfile names depends on the machine that wrote it.
pub fn install(project: &Project) -> Result<()> {
    setup::ensure(&[&setup::NODE])?;
    let web = project.web();
    let packages = web.join("node_modules");
    let inputs = [web.join("package.json"), web.join("package-lock.json")];
    let stamp = Stamp::new(packages.join(".stamp"), &inputs, &[])?;
    if stamp.is_current(&packages) {
        return Ok(());
    }
    step("Web app: packages", || {
        let _folder = project.shell.push_dir(&web);
        // The tests drive the machine's Chromium.
        let install = cmd!(project.shell, "npm install --no-save --no-audit --no-fund");
        install.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1").run()?;
        stamp.record()
    })
}

/// Builds the web app, with the browser's client in it, if anything it is made of changed.
pub fn build(project: &Project) -> Result<()> {
    install(project)?;
    wasm::build(project)?;
    let web = project.web();
    // The stamp is not in dist, because all that is in dist is served.
    let made = ["node_modules", "dist", "test-results", "playwright-report"];
    let stamp = Stamp::new(web.join("node_modules/.dist-stamp"), slice::from_ref(&web), &made)?;
    if stamp.is_current(&web.join("dist/index.html")) {
        return Ok(());
    }
    step("Web app: build", || {
        let _folder = project.shell.push_dir(&web);
        cmd!(project.shell, "npm run build").run()?;
        stamp.record()
    })
}
