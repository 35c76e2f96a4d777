//! `cargo xtask fuzz`: the fuzz targets of `fuzz/`, each for a while, as many at a time as there are processors.
//!
//! What libFuzzer found worth keeping stays in the target folder and is where the next run begins. An input that fails is kept
//! below `artifacts/fuzz`, and the command that replays it is printed.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use xshell::cmd;

use crate::progress::{Elapsed, step};
use crate::project::Project;
use crate::setup;

/// Stands for every target.
pub const ALL: &str = "all";
const PROGRAM: &str = "sealpost-fuzz";
/// Where inputs that fail are kept.
const FAILURES: &str = "artifacts/fuzz";
/// Name the target, and the folder for its seeds, to the program.
const TARGET: &str = "SEALPOST_FUZZ_TARGET";
const SEEDS: &str = "SEALPOST_FUZZ_SEEDS";
/// Decoders must be done with any input long before these, in seconds and megabytes.
const LIMITS: [&str; 3] = ["-timeout=10", "-rss_limit_mb=1024", "-max_len=65536"];
/// Lines of a log that say what went wrong.
const TAIL: usize = 30;

/// What `cargo xtask fuzz` was asked for.
pub struct Request {
    /// Which target, or [`ALL`].
    pub target: String,
    /// How long each runs.
    pub seconds: u64,
    /// Replay this input instead.
    pub input: Option<PathBuf>,
}

/// Runs what was asked for.
///
/// # Errors
/// Names the targets that failed.
pub fn run(project: &Project, request: &Request) -> Result<()> {
    setup::ensure(&[&setup::CPP_COMPILER])?;
    step("Fuzz targets: build", || build(project))?;
    let targets = targets(project)?;
    let is_chosen = |target: &String| request.target == ALL || request.target == *target;
    let chosen: Vec<_> = targets.iter().filter(|target| is_chosen(target)).cloned().collect();
    match (chosen.as_slice(), &request.input) {
        ([], _) => bail!("the targets are {ALL} or one of {}", targets.join(", ")),
        ([target], Some(input)) => replay(project, target, input),
        (_, Some(_)) => bail!("name the target that the input is for"),
        (_, None) => step("Fuzz targets", || fuzz_all(project, &chosen, request.seconds, None)),
    }
}

/// Runs the targets whose name contains `filter` for `seconds` each.
///
/// # Errors
/// Names the targets that failed.
pub fn test(project: &Project, filter: Option<&str>, seconds: u64, report: &Path) -> Result<()> {
    let chosen: Vec<_> =
        targets(project)?.into_iter().filter(|target| filter.is_none_or(|filter| target.contains(filter))).collect();
    fuzz_all(project, &chosen, seconds, Some(report))
}

/// Builds the program with the project's own crates instrumented, of the same dependencies as the tests.
pub fn build(project: &Project) -> Result<()> {
    let build = ["build", "--locked", "--workspace", "--exclude", "xtask", "--bin", PROGRAM];
    let wrapper = project.root.join("fuzz/instrumented.sh");
    project.cargo().args(build).env("RUSTC_WORKSPACE_WRAPPER", wrapper).run()?;
    // Tests build the same program, as every other, without instruments.
    fs::create_dir_all(folder(project))?;
    fs::copy(project.target.join("debug").join(PROGRAM), program(project))?;
    Ok(())
}

fn folder(project: &Project) -> PathBuf {
    project.target.join("fuzz")
}

fn program(project: &Project) -> PathBuf {
    folder(project).join(PROGRAM)
}

fn targets(project: &Project) -> Result<Vec<String>> {
    let program = program(project);
    Ok(cmd!(project.shell, "{program}")
        .env_remove(TARGET)
        .quiet()
        .ignore_stderr()
        .read()?
        .lines()
        .map(str::to_owned)
        .collect())
}

fn replay(project: &Project, target: &str, input: &Path) -> Result<()> {
    let program = program(project);
    let input = project.root.join(input);
    Ok(cmd!(project.shell, "{program} {LIMITS...} {input}").env(TARGET, target).run()?)
}

/// What became of a target.
struct Outcome {
    target: String,
    failure: Option<String>,
}

fn fuzz_all(project: &Project, targets: &[String], seconds: u64, report: Option<&Path>) -> Result<()> {
    let (left, outcomes) = (Mutex::new(targets.iter()), Mutex::new(Vec::new()));
    let next = || left.lock().ok().and_then(|mut left| left.next());
    let (root, folder, program) = (&project.root, &folder(project), &program(project));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(|| {
                while let Some(target) = next() {
                    let failure = fuzz(root, folder, program, target, seconds).err();
                    let failure = failure.map(|error| format!("{error:#}"));
                    if let Ok(mut outcomes) = outcomes.lock() {
                        outcomes.push(Outcome { target: target.clone(), failure });
                    }
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().unwrap_or_default();
    if let Some(report) = report {
        write_report(report, &outcomes)?;
    }
    let failed: Vec<_> = outcomes.iter().filter(|outcome| outcome.failure.is_some()).collect();
    for Outcome { target, failure } in &failed {
        eprintln!("\n{target}: {}", failure.as_deref().unwrap_or_default());
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.iter().map(|outcome| outcome.target.as_str()).collect::<Vec<_>>().join(", "));
    }
    Ok(())
}

/// Runs one target.
fn fuzz(root: &Path, folder: &Path, program: &Path, target: &str, seconds: u64) -> Result<()> {
    let start = Instant::now();
    let (folder, failures) = (folder.join(target), Path::new(FAILURES).join(target));
    let (corpus, seeds, log) = (folder.join("corpus"), folder.join("seeds"), folder.join("log"));
    for needed in [&corpus, &seeds, &root.join(&failures)] {
        fs::create_dir_all(needed)?;
    }
    let output = File::create(&log)?;
    let status = Command::new(program)
        .current_dir(root)
        .envs([(TARGET, OsStr::new(target)), (SEEDS, seeds.as_os_str())])
        // It would stand between the message and the end of the log; a replay shows it.
        .env("RUST_BACKTRACE", "0")
        .args([format!("-max_total_time={seconds}"), format!("-artifact_prefix={}/", failures.display())])
        .args(LIMITS)
        .arg("-print_final_stats=1")
        .args([&corpus, &seeds])
        .stdout(output.try_clone()?)
        .stderr(output)
        .status()
        .context("the program cannot be started")?;
    let log = fs::read_to_string(&log)?;
    if status.success() {
        let inputs = after(&log, "stat::number_of_executed_units:").unwrap_or("?");
        eprintln!("    {target}: {inputs} inputs in {}", Elapsed(start.elapsed()));
        return Ok(());
    }
    let tail: Vec<_> = log.lines().rev().take(TAIL).collect();
    let tail: String = tail.into_iter().rev().map(|line| format!("    {line}\n")).collect();
    let kept = after(&log, "Test unit written to ");
    let replay = kept.map_or(String::new(), |input| format!("    Replay: cargo xtask fuzz {target} --input {input}"));
    bail!("{status} after {}\n{tail}{replay}", Elapsed(start.elapsed()))
}

/// The rest of the line of a log that has `label`.
fn after<'l>(log: &'l str, label: &str) -> Option<&'l str> {
    log.lines().find_map(|line| line.split_once(label)).map(|(_, rest)| rest.trim())
}

/// A JUnit report, as other runners write one.
fn write_report(report: &Path, outcomes: &[Outcome]) -> Result<()> {
    fs::create_dir_all(report.parent().context("a report has a folder")?)?;
    Ok(fs::write(report, as_junit(outcomes))?)
}

fn as_junit(outcomes: &[Outcome]) -> String {
    let case = |Outcome { target, failure }: &Outcome| match failure {
        None => format!("<testcase name=\"{target}\"/>"),
        Some(failure) => {
            let failure = failure.replace("]]>", "]] >");
            format!("<testcase name=\"{target}\"><failure><![CDATA[{failure}]]></failure></testcase>")
        }
    };
    let cases: Vec<_> = outcomes.iter().map(case).collect();
    format!("<testsuites><testsuite name=\"fuzz\">\n{}\n</testsuite></testsuites>\n", cases.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_log_says() {
        let log =
            "INFO: Seed: 1\nstat::number_of_executed_units: 42\nartifact_prefix='a/'; Test unit written to a/crash-1\n";
        assert_eq!(after(log, "stat::number_of_executed_units:"), Some("42"));
        assert_eq!(after(log, "Test unit written to "), Some("a/crash-1"));
        assert_eq!(after(log, "nothing"), None);
    }

    #[test]
    fn reports_each_target() {
        let outcome = |target: &str, failure: Option<&str>| Outcome {
            target: target.to_owned(),
            failure: failure.map(str::to_owned),
        };
        let report = as_junit(&[outcome("one", None), outcome("two", Some("]]> <testcase"))]);
        assert!(report.contains("<testcase name=\"one\"/>"));
        assert!(report.contains("<failure><![CDATA[]] > <testcase]]></failure>"), "{report}");
    }
}
