//! `cargo xtask ci`: everything that must hold before a change is taken.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use xshell::cmd;

use crate::progress::step;
use crate::project::Project;
use crate::test::{Compiler, Tests};
use crate::{setup, test, tidy};

pub fn run(project: &Project) -> Result<()> {
    // What helps the next build only slows this one down.
    let _once = project.shell.push_env("CARGO_INCREMENTAL", "0");
    step("Format", || Ok(project.cargo().args(["fmt", "--all", "--check"]).run()?))?;
    step("Tidy", || tidy::run(project))?;
    let tests = Tests { project, filter: None, compiler: Compiler::Clippy };
    test::build(project, tests.compiler)?;
    step("Web app: types and lints", || {
        let _folder = project.shell.push_dir(project.web());
        Ok(cmd!(project.shell, "npm run check").run()?)
    })?;
    step("Tasks: lints", || {
        Ok(tests.compiler.compiles(project.cargo()).args(["build", "--locked", "--package", "xtask"]).run()?)
    })?;
    step("Dependencies: licences, bans, sources", || check_dependencies(project))?;
    test::run(&tests)
}

/// Runs cargo-deny, which is built once into the target folder where the machine has none. Known vulnerabilities are
/// looked up where their database can be fetched.
fn check_dependencies(project: &Project) -> Result<()> {
    let deny = cargo_deny(project)?;
    let graph = ["--workspace", "--locked"];
    let check = ["check", "--hide-inclusion-graph"];
    cmd!(project.shell, "{deny} {graph...} {check...} licenses bans sources").run()?;
    if cmd!(project.shell, "{deny} fetch db").quiet().ignore_stderr().run().is_ok() {
        cmd!(project.shell, "{deny} {graph...} --offline {check...} advisories").run()?;
    } else {
        eprintln!("    The advisory database cannot be fetched from here: known vulnerabilities are not checked.");
    }
    Ok(())
}

fn cargo_deny(project: &Project) -> Result<PathBuf> {
    if let Some(deny) = setup::which("cargo-deny") {
        return Ok(deny);
    }
    let tools = project.target.join("tools");
    let deny = tools.join("bin").join("cargo-deny").with_extension(env::consts::EXE_EXTENSION);
    if !deny.exists() {
        eprintln!("Installing by cargo: cargo-deny (a few minutes, once)");
        let build = tools.join("build");
        // It runs for seconds: unoptimised it is there in half the time.
        let install = ["install", "--locked", "--debug", "cargo-deny", "--root"];
        let install = project.cargo().args(install).arg(&tools).arg("--target-dir").arg(&build);
        install.env("CARGO_PROFILE_DEV_DEBUG", "0").run()?;
        fs::remove_dir_all(build)?;
    }
    Ok(deny)
}
