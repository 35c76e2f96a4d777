//! A PostgreSQL of the tests' _own: made in a temporary folder, on a free port of this machine, stopped at the end.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::setup::{self, is_root, numbered_subfolders, which};

/// How long a server may take until it accepts connections.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// A database server for tests. Each test makes a database of its own in it.
pub struct Postgres {
    url: String,
    /// Stops when dropped. Absent if the person who runs the tests gave a server by `DATABASE_URL`.
    _own: Option<OwnServer>,
}

struct OwnServer {
    process: Child,
    programs: PathBuf,
    folder: TempDir,
}

impl Postgres {
    /// Takes the server that `DATABASE_URL` names, or starts one.
    pub fn start() -> Result<Self> {
        if let Ok(url) = env::var("DATABASE_URL").map(|url| url.trim().to_owned())
            && url.starts_with("postgres")
        {
            return Ok(Self { url, _own: None });
        }
        setup::ensure(&[&setup::POSTGRES])?;
        let programs = programs().context("no PostgreSQL")?;
        let folder = tempfile::Builder::new().prefix("sealpost-postgres-").tempdir()?;
        initialise(&programs, folder.path())?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let process = serve(&programs, folder.path(), port)?;
        let mut server = OwnServer { process, programs, folder };
        server.wait_until_ready(port)?;
        Ok(Self { url: format!("postgres://sealpost@127.0.0.1:{port}/postgres"), _own: Some(server) })
    }

    /// `postgres://user@host:port/database`; its user may create databases.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        let data = self.folder.path().join("data");
        let stop = ["stop", "--silent", "--mode=immediate", "--pgdata"];
        let stopped = unprivileged(&self.programs.join("pg_ctl")).args(stop).arg(data).stderr(Stdio::null()).status();
        if !stopped.is_ok_and(|status| status.success()) {
            // Already gone, or deaf: either way nothing may be left behind.
            self.process.kill().ok();
        }
        self.process.wait().ok();
    }
}

impl OwnServer {
    fn wait_until_ready(&mut self, port: u16) -> Result<()> {
        let deadline = Instant::now() + START_PATIENCE;
        while Instant::now() < deadline {
            let mut probe = Command::new(self.programs.join("pg_isready"));
            probe.args(["--quiet", "--host=127.0.0.1", "--username=sealpost", "--dbname=postgres"]);
            if probe.arg(format!("--port={port}")).status()?.success() {
                return Ok(());
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("PostgreSQL ended with {status}:\n{}", self.log());
            }
            thread::sleep(Duration::from_millis(50));
        }
        bail!("PostgreSQL accepts no connections:\n{}", self.log())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

/// The folder with `initdb`, `pg_ctl` and their companions.
pub fn programs() -> Option<PathBuf> {
    let debian = numbered_subfolders(Path::new("/usr/lib/postgresql")).into_iter().map(|folder| folder.join("bin"));
    // On PATH there may be links: the companions are where these point to.
    let on_path = which("pg_ctl").and_then(|path| Some(path.canonicalize().ok()?.parent()?.to_owned()));
    debian.chain(on_path).find(|folder| folder.join("initdb").exists() && folder.join("pg_isready").exists())
}

fn initialise(programs: &Path, folder: &Path) -> Result<()> {
    let data = folder.join("data");
    fs::create_dir(&data)?;
    if is_root() {
        hand_over(folder)?;
        hand_over(&data)?;
    }
    let output = unprivileged(&programs.join("initdb"))
        .args(["--username=sealpost", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"])
        .arg(&data)
        .output()?;
    if !output.status.success() {
        bail!("initdb failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// Starts the server as a child: Ctrl-C in the terminal reaches it too, and it shuts down by itself.
fn serve(programs: &Path, folder: &Path, port: u16) -> Result<Child> {
    let log = fs::File::create(folder.join("log"))?;
    let mut command = unprivileged(&programs.join("postgres"));
    command.arg("-D").arg(folder.join("data")).arg("-k").arg(folder).args(["-p", &port.to_string()]);
    // Tests lose nothing by a power cut; their databases come and go by the hundred.
    let settings = ["listen_addresses=127.0.0.1", "max_connections=300", "fsync=off", "full_page_writes=off"];
    for setting in settings {
        command.args(["-c", setting]);
    }
    let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
    Ok(child)
}

/// The user that runs the server when this task is run by root, which PostgreSQL refuses.
fn user() -> &'static str {
    let exists = |name: &str| Command::new("id").arg(name).output().is_ok_and(|output| output.status.success());
    if exists("postgres") { "postgres" } else { "nobody" }
}

/// `program`, as an unprivileged user, and where util-linux is there bound to end when this task does.
fn unprivileged(program: &Path) -> Command {
    let Some(setpriv) = which("setpriv") else {
        return Command::new(program);
    };
    let mut command = Command::new(setpriv);
    command.arg("--pdeathsig=INT").current_dir("/");
    if is_root() {
        let group = Command::new("id").args(["-gn", user()]).output().map(|output| output.stdout).unwrap_or_default();
        let group = String::from_utf8_lossy(&group).trim().to_owned();
        command.args(["--clear-groups", &format!("--reuid={}", user()), &format!("--regid={group}")]);
    }
    command.arg(program);
    command
}

fn hand_over(path: &Path) -> Result<()> {
    let status = Command::new("chown").arg(user()).arg(path).status()?;
    anyhow::ensure!(status.success(), "chown {} failed", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_started_server_answers_and_leaves_nothing_behind() {
        let Some(programs) = programs().filter(|_| env::var_os("DATABASE_URL").is_none()) else {
            eprintln!("skipped: no PostgreSQL here, or one was given");
            return;
        };
        let server = Postgres::start().unwrap();
        let ask =
            |sql: &str| Command::new(programs.join("psql")).args(["-Atc", sql, server.url()]).output().unwrap().stdout;
        ask("CREATE DATABASE one");
        assert_eq!(ask("SELECT count(*) FROM pg_database WHERE datname = 'one'").trim_ascii(), b"1");

        let own = server._own.as_ref().unwrap();
        let (folder, process) = (own.folder.path().to_owned(), own.process.id());
        drop(server);
        assert!(!folder.exists());
        assert!(!Path::new(&format!("/proc/{process}")).exists());
    }
}
