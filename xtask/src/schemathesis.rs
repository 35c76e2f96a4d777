//! Schemathesis: calls every operation as the OpenAPI document describes it and as it forbids, and compares the answers with the
//! document. On a server of its own with people in it (`sealpost-stage`), once for each database.
//!
//! What is called is the same each time; another seed, from the variable below, calls other things.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::slice;

use anyhow::{Context, Result, bail};
use xshell::cmd;

use crate::project::Project;
use crate::setup;
use crate::stamp::Stamp;
use crate::test::Tests;

const SEED_VARIABLE: &str = "SEALPOST_SCHEMATHESIS_SEED";
const SEED: &str = "1";
/// Its configuration, and which version of it and of what it needs.
const FOLDER: &str = "xtask/schemathesis";

pub fn on_sqlite(tests: &Tests<'_>, report: &Path) -> Result<()> {
    run(tests, "sqlite", report)
}

pub fn on_postgres(tests: &Tests<'_>, report: &Path) -> Result<()> {
    run(tests, "postgres", report)
}

fn run(tests: &Tests<'_>, database: &str, report: &Path) -> Result<()> {
    let Tests { project, filter, .. } = *tests;
    let schemathesis = install(project)?;
    let stage = Stage::open(project, database)?;
    if let Some(name) = filter
        && !stage.value("OPERATIONS")?.split(' ').any(|operation| operation.contains(name))
    {
        return Ok(fs::write(report, "<testsuites/>")?);
    }
    let folder = project.root.join(FOLDER);
    let seed = env::var(SEED_VARIABLE).unwrap_or_else(|_| SEED.to_owned());
    eprintln!("    The seed is {seed}; {SEED_VARIABLE} sets another.");
    let filter = filter.into_iter().flat_map(|name| ["--include-path-regex", name]);
    let (configuration, document) =
        (folder.join("schemathesis.toml"), format!("{}/v1/openapi.json", stage.value("URL")?));
    let mut command = cmd!(project.shell, "{schemathesis} --config-file {configuration} run {document} --seed {seed}")
        .args(["--report", "junit", "--report-junit-path"])
        .arg(report)
        .args(filter)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    for (name, value) in &stage.lines {
        command = command.env(format!("STAGE_{name}"), value);
    }
    // It writes notes of its own where it is started.
    let reports = project.target.join("reports");
    fs::create_dir_all(&reports)?;
    let _folder = project.shell.push_dir(reports);
    Ok(command.run()?)
}

/// Schemathesis in an environment of its own below the target folder, made anew when its requirements change.
fn install(project: &Project) -> Result<PathBuf> {
    let environment = project.target.join("tools/schemathesis");
    let program = environment.join("bin/schemathesis");
    let requirements = project.root.join(FOLDER).join("requirements.txt");
    let stamp = Stamp::new(project.target.join("stamps/schemathesis"), slice::from_ref(&requirements), &[])?;
    if !stamp.is_current(&program) {
        setup::ensure(&[&setup::PYTHON])?;
        eprintln!("Installing by pip: schemathesis (once)");
        let shell = &project.shell;
        cmd!(shell, "python3 -m venv --clear {environment}").run()?;
        let pip = environment.join("bin/pip");
        let install = ["install", "--quiet", "--disable-pip-version-check", "--requirement"];
        cmd!(shell, "{pip} {install...} {requirements}").run()?;
        stamp.record()?;
    }
    Ok(program)
}

/// A running server with people in it. Ends when this is dropped, or when this process does.
struct Stage {
    process: Child,
    /// What the program says of it: names and values.
    lines: Vec<(String, String)>,
}

impl Stage {
    fn open(project: &Project, database: &str) -> Result<Self> {
        // The shell's variables name the server's program and PostgreSQL.
        let mut command = Command::new(project.target.join("debug/sealpost-stage"));
        for name in ["SEALPOST_TEST_POSTGRES", "SEALPOST_SERVER_BIN"] {
            command.envs(project.shell.var_os(name).map(|value| (name, value)));
        }
        let mut process = command.arg(database).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = process.stdout.take().context("the stage has no output")?;
        let mut stage = Self { process, lines: Vec::new() };
        for line in BufReader::new(output).lines() {
            match line?.split_once('=') {
                Some((name, value)) => stage.lines.push((name.to_owned(), value.to_owned())),
                None => return Ok(stage),
            }
        }
        bail!("the stage ended before it said where it is")
    }

    fn value(&self, name: &str) -> Result<&str> {
        let line = self.lines.iter().find(|(known, _)| known == name);
        line.map(|(_, value)| value.as_str()).with_context(|| format!("the stage says no {name}"))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        self.process.wait().ok();
    }
}
