//! The server as a program of its own, which can be killed as only a program can.

use std::{
    fs::File,
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// The server's program.
const SERVER: &str = "sealpost-server";
/// Names the server's program.
pub const VARIABLE: &str = "SEALPOST_SERVER_BIN";
/// How long the server may take until it listens.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// A server that runs as a child of this process, and is killed when this is dropped.
pub struct ServerProcess {
    /// Where it listens.
    pub address: SocketAddr,
    folder: TempDir,
    variables: Vec<(String, String)>,
    child: Option<Child>,
}

impl ServerProcess {
    /// Starts a server with data of its own; `variables` are added to its configuration.
    pub fn start(variables: &[(&str, &str)]) -> Self {
        Self::start_in(tempfile::tempdir().expect("a temporary folder"), variables)
    }

    /// The same, with the data in a folder of `folder`.
    pub fn start_in(folder: TempDir, variables: &[(&str, &str)]) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut server = Self { address, folder, variables, child: None };
        server.start_again();
        server
    }

    /// Starts it again on the same data and port, and waits until it listens.
    pub fn start_again(&mut self) {
        self.kill();
        let log = File::options().create(true).append(true).open(self.log()).expect("a log file");
        // A limit on file sizes is to look like a full disk, not to end the program.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\""]).arg(program());
        command.stdin(Stdio::null()).stderr(log.try_clone().expect("a log file")).stdout(log);
        command.current_dir(self.folder.path());
        command.env("SEALPOST__SERVER__LISTEN", self.address.to_string());
        command.env("SEALPOST__SERVER__DATA", self.data());
        for limit in ["REGISTRATIONS_PER_HOUR", "APPENDS_PER_MINUTE", "WRITES_PER_MINUTE", "REQUESTS_PER_MINUTE"] {
            command.env(format!("SEALPOST__LIMITS__{limit}"), "0");
        }
        command.envs(self.variables.iter().cloned());
        self.child = Some(command.spawn().expect("the server's program starts"));
        self.wait_until_it_listens();
    }

    /// SIGKILL, and waits until the process is gone.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the server can be killed");
            child.wait().expect("the server ends");
        }
    }

    /// `http://` and where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The folder with its data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The file with everything that it wrote about itself.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    /// The process's number.
    ///
    /// # Panics
    /// When it is not running.
    pub fn id(&self) -> u32 {
        self.child.as_ref().expect("the server runs").id()
    }

    fn wait_until_it_listens(&mut self) {
        let start = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            if ended.is_some() || start.elapsed() > START_PATIENCE {
                let log = std::fs::read_to_string(self.log()).unwrap_or_default();
                panic!("the server does not start ({ended:?}):\n{log}");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The demonstration's program, to play at a server.
pub fn demo(server_url: &str) -> tokio::process::Command {
    let beside = beside_this_program("sealpost-demo").expect("this program has a folder");
    if !beside.exists() {
        build("sealpost-demo", &beside).expect("the demonstration's program can be built");
    }
    let mut command = tokio::process::Command::new(beside);
    command.arg(server_url);
    command
}

/// The server's program: the one that is named, or the one beside this test's program, built if it is not there.
fn program() -> PathBuf {
    if let Some(named) = std::env::var_os(VARIABLE) {
        return named.into();
    }
    let beside = beside_this_program(SERVER).expect("this program has a folder");
    if !beside.exists() {
        build(SERVER, &beside).expect("the server's program can be built");
    }
    beside
}

fn beside_this_program(name: &str) -> io::Result<PathBuf> {
    let this = std::env::current_exe()?;
    let folder = this.parent().ok_or(io::ErrorKind::NotFound)?;
    let profile = if folder.ends_with("deps") { folder.parent().ok_or(io::ErrorKind::NotFound)? } else { folder };
    Ok(profile.join(name))
}

fn build(name: &str, program: &Path) -> io::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--package", name, "--bin", name]);
    if program.parent().is_some_and(|folder| folder.ends_with("release")) {
        command.arg("--release");
    }
    command.current_dir(env!("CARGO_MANIFEST_DIR")).status()?;
    Ok(())
}
