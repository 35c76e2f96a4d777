//! `cargo xtask test`: every test there is, on databases and browsers that it starts itself.
//!
//! A suite that fails does not keep the others from running. The figures at the end are added up from the runners'
//! own JUnit reports.

use std::fs;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use xshell::{Cmd, cmd};

use crate::postgres::Postgres;
use crate::progress::{Elapsed, step};
use crate::project::Project;
use crate::{fuzz, schemathesis, setup, web};

/// How long each fuzz target runs: enough for what a change broke at once. `cargo xtask fuzz` looks for the rest.
const FUZZ_SECONDS: u64 = 2;

/// What compiles the workspace.
#[derive(Clone, Copy, PartialEq)]
pub enum Compiler {
    Rustc,
    /// Clippy's driver, which compiles as rustc does and refuses what it finds fault with: so nothing is compiled once more
    /// to be looked at.
    Clippy,
}

impl Compiler {
    /// `cargo` with this compiler for the workspace's own crates.
    pub fn compiles<'a>(self, cargo: Cmd<'a>) -> Cmd<'a> {
        match self {
            Self::Rustc => cargo,
            // As `cargo clippy -- -D warnings` does it, which checks and builds nothing.
            Self::Clippy => cargo
                .env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
                .env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__"),
        }
    }
}

/// What is tested, and how.
pub struct Tests<'a> {
    pub project: &'a Project,
    /// Only tests whose name contains this.
    pub filter: Option<&'a str>,
    pub compiler: Compiler,
}

/// Runs the suites.
///
/// # Errors
/// Names the suites that failed.
pub fn run(tests: &Tests<'_>) -> Result<()> {
    let project = tests.project;
    let start = Instant::now();
    setup::ensure(&[&setup::CHROMIUM, &setup::PEBBLE])?;
    setup::wish_for_chromium_shell();
    build(project, tests.compiler)?;
    let postgres = step("PostgreSQL: start", Postgres::start)?;

    let shell = &project.shell;
    let _database = shell.push_env("SEALPOST_TEST_POSTGRES", postgres.url());
    let _server = shell.push_env("SEALPOST_SERVER_BIN", project.target.join("debug/sealpost-server"));
    let _authority = shell.push_env("SEALPOST_TEST_PEBBLE", setup::which("pebble").context("no Pebble")?);
    let _chromium = shell.push_env("CHROMIUM", setup::chromium().context("no Chromium")?);
    let _shell = shell.push_env("CHROMIUM_SHELL", setup::chromium_shell().unwrap_or_default());

    let suites: [(&str, Suite); 7] = [
        ("Task tests", task_tests),
        ("Rust tests", rust_tests),
        ("Fuzz targets", fuzz_targets),
        ("Schemathesis on SQLite", schemathesis::on_sqlite),
        ("Schemathesis on PostgreSQL", schemathesis::on_postgres),
        ("Web tests", web_tests),
        ("Browser tests", browser_tests),
    ];
    let mut tally = Some(Tally::default());
    let mut failed = Vec::new();
    for (name, suite) in suites {
        let report = project.target.join("reports").join(name.replace(' ', "-").to_lowercase() + ".xml");
        if report.exists() {
            fs::remove_file(&report)?;
        }
        if let Err(error) = step(name, || suite(tests, &report)) {
            eprintln!("    {error:#}");
            failed.push(name);
        }
        tally = tally.zip(Tally::read(&report)).map(|(sum, one)| sum.plus(one));
    }
    drop(postgres);
    eprintln!("\n==> All tests: {}", Elapsed(start.elapsed()));
    report(tally);
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

/// A runner of tests. Writes a JUnit report to the path, if it can.
type Suite = fn(&Tests<'_>, &Path) -> Result<()>;

/// Builds the web app, and beside it what the Rust tests run: either leaves a processor idle for a minute.
///
/// # Errors
/// When something cannot be built.
pub fn build(project: &Project, compiler: Compiler) -> Result<()> {
    setup::ensure(&[&setup::NODE, &setup::WASM_CLANG, &setup::CPP_COMPILER])?;
    // The server for tests reads the web app from its folder, which must be there when it is compiled.
    fs::create_dir_all(project.web().join("dist"))?;
    thread::scope(|scope| {
        let web = scope.spawn(|| web::build(&Project::open()?));
        let tests = step("Tests: build", || build_tests(project, compiler))
            .and_then(|()| step("Fuzz targets: build", || fuzz::build(project)));
        let web = web.join().unwrap_or_else(|panic| resume_unwind(panic));
        web.and(tests)
    })
}

/// The dev-profile server, which tests start and kill as a program, and the tests. All as one workspace, so that
/// dependencies are built once, with the features that all of it needs.
fn build_tests(project: &Project, compiler: Compiler) -> Result<()> {
    let build = ["build", "--locked", "--workspace", "--exclude", "xtask", "--bins", "--tests"];
    let looked_at = (compiler == Compiler::Clippy).then_some("--benches");
    Ok(compiler.compiles(project.cargo()).args(build).args(looked_at).run()?)
}

/// The tests of this crate. Apart from the rest, with which its dependencies would need other features and be built anew.
fn task_tests(tests: &Tests<'_>, report: &Path) -> Result<()> {
    run_rust_tests(tests, &["--package", "xtask"], report)
}

fn rust_tests(tests: &Tests<'_>, report: &Path) -> Result<()> {
    run_rust_tests(tests, &["--workspace", "--exclude", "xtask"], report)
}

fn run_rust_tests(tests: &Tests<'_>, packages: &[&str], report: &Path) -> Result<()> {
    let Tests { project, filter, compiler } = *tests;
    let cargo = compiler.compiles(project.cargo());
    if setup::which("cargo-nextest").is_none() {
        let test = cargo.args(["test", "--locked"]).args(packages);
        return Ok(test.args(["--tests", "--no-fail-fast", "--"]).args(filter).run()?);
    }
    // Always below the workspace, wherever cargo's target folder is.
    let written = project.root.join("target/nextest/default/junit.xml");
    if written.exists() {
        fs::remove_file(&written)?;
    }
    let configuration = format!("xtask:{}", project.root.join("xtask/nextest.toml").display());
    let run = ["nextest", "run", "--locked", "--no-fail-fast", "--no-tests=pass", "--tool-config-file"];
    let threads = ["--test-threads".to_owned(), test_threads().to_string()];
    let outcome = cargo.args(run).arg(configuration).args(packages).args(threads).args(filter).run();
    if written.exists() {
        fs::create_dir_all(report.parent().context("a report has a folder")?)?;
        fs::copy(written, report)?;
    }
    Ok(outcome?)
}

/// Tests at a time: most of them wait for each other's messages most of the time.
fn test_threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get) * 3
}

fn fuzz_targets(&Tests { project, filter, .. }: &Tests<'_>, report: &Path) -> Result<()> {
    fuzz::test(project, filter, FUZZ_SECONDS, report)
}

fn web_tests(&Tests { project, filter, .. }: &Tests<'_>, report: &Path) -> Result<()> {
    let _folder = project.shell.push_dir(project.web());
    let filter = filter.into_iter().flat_map(|name| ["--testNamePattern", name]);
    let options = ["--passWithNoTests", "--reporter=default", "--reporter=junit"];
    cmd!(project.shell, "npm test -- {options...} --outputFile.junit={report} {filter...}").run()?;
    Ok(())
}

fn browser_tests(&Tests { project, filter, .. }: &Tests<'_>, report: &Path) -> Result<()> {
    let _folder = project.shell.push_dir(project.web());
    let filter = filter.into_iter().flat_map(|name| ["--grep", name]);
    cmd!(project.shell, "npx --no-install playwright test --pass-with-no-tests --reporter=list,junit {filter...}")
        .env("PLAYWRIGHT_JUNIT_OUTPUT_FILE", report)
        .run()?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the last line is this task's result")]
fn report(tally: Option<Tally>) {
    match tally {
        Some(Tally { passed, failed, skipped }) => {
            eprintln!("{skipped} skipped");
            println!("{passed} passed, {failed} failed");
        }
        None => eprintln!("Not every runner left a report: its own closing lines above say how many passed."),
    }
}

/// How many tests ended how.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Tally {
    fn read(report: &Path) -> Option<Self> {
        Some(Self::of(&fs::read_to_string(report).ok()?))
    }

    /// Counts the test cases of a JUnit report.
    fn of(report: &str) -> Self {
        let markup = without_text(report);
        let mut tally = Self::default();
        for case in markup.split("<testcase").skip(1) {
            let has = |tag: &str| case.split('<').any(|element| element.split(&[' ', '>', '/']).next() == Some(tag));
            if has("failure") || has("error") {
                tally.failed += 1;
            } else if has("skipped") {
                tally.skipped += 1;
            } else {
                tally.passed += 1;
            }
        }
        tally
    }

    fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

/// The report without its CDATA sections: what a test printed may look like markup.
fn without_text(report: &str) -> String {
    let mut parts = report.split("<![CDATA[");
    let head = parts.next().unwrap_or_default().to_owned();
    parts.filter_map(|part| part.split_once("]]>")).fold(head, |kept, (_, rest)| kept + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_the_runners_report() {
        let report = r#"<?xml version="1.0"?><testsuites tests="5"><testsuite name="a">
            <testcase name="one" time="0.1"></testcase>
            <testcase name="two &lt;failure"/>
            <testcase name="three"><failure message="no">left: 1</failure></testcase>
            <testcase name="four"><skipped/></testcase>
            <testcase name="five"><system-out><![CDATA[<failure><testcase><error>]]></system-out></testcase>
            <testcase name="six"><flakyFailure message="once"/></testcase>
            <testcase name="seven"><error type="panic"/></testcase>
            </testsuite></testsuites>"#;
        assert_eq!(Tally::of(report), Tally { passed: 4, failed: 2, skipped: 1 });
    }

    #[test]
    fn an_empty_report_counts_nothing() {
        assert_eq!(Tally::of("<testsuites/>"), Tally::default());
    }
}
