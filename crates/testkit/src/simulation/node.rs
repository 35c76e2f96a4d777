//! The real server's operations and sessions, called in this thread, one at a time, without a transport.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use futures::FutureExt as _;
use sealpost_protocol::{
    Bytes, Problem, Request, Timestamp,
    operation::Outcome,
    socket::{CloseCode, Event},
};
use sealpost_server::{App, Caller, Clock, Config, Session, config::Retention};
use tokio::runtime::{Builder, Runtime};

/// A server whose clock is the simulation's.
pub(super) struct Node {
    /// How long it keeps messages, from its next start on.
    pub retention: Retention,
    runtime: Runtime,
    app: Arc<App>,
    clock: Arc<AtomicU64>,
    folder: PathBuf,
}

impl Node {
    pub(super) fn start(folder: PathBuf, now: Timestamp) -> Result<Self, String> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        let clock = Arc::new(AtomicU64::new(now));
        let retention = Retention::default();
        let app = runtime.block_on(open(&folder, &clock, &retention))?;
        Ok(Self { retention, runtime, app, clock, folder })
    }

    /// Stops the server, does something with its files and starts it again. Every session must have been dropped.
    pub(super) fn restart_on(&mut self, files: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), String> {
        self.runtime.block_on(self.app.close());
        files(&self.folder).map_err(|error| error.to_string())?;
        self.app = self.runtime.block_on(open(&self.folder, &self.clock, &self.retention))?;
        Ok(())
    }

    /// Stops the server. Every session must have been dropped.
    pub(super) fn stop(self) {
        self.runtime.block_on(self.app.close());
    }

    pub(super) fn set_time(&self, now: Timestamp) {
        self.clock.store(now, Ordering::Relaxed);
    }

    /// A request over HTTP.
    pub(super) fn call(&self, token: Option<&Bytes>, request: Request) -> Outcome {
        self.runtime.block_on(async {
            let caller = match token {
                Some(token) => self.app.authenticate(None, token.as_ref()).await?,
                None => Caller::anonymous(None),
            };
            self.app.call(&caller, request).await
        })
    }

    /// A socket says hello.
    pub(super) fn connect(&self, token: &Bytes) -> Result<Session, Problem> {
        self.runtime.block_on(Session::open(&self.app, None, token.as_ref()))
    }

    /// A request over a socket.
    pub(super) fn request(&self, session: &mut Session, request: Request) -> Outcome {
        self.runtime.block_on(session.request(request))
    }

    /// Whether a socket may have something to push, if nobody asked since it got it.
    pub(super) fn has_events(&self, session: &Session) -> bool {
        session.changed().now_or_never().is_some()
    }

    /// What a socket pushes next.
    pub(super) fn take_events(&self, session: &mut Session) -> Result<Vec<Event>, CloseCode> {
        self.runtime.block_on(session.next_events())
    }

    /// What the server does a few times a second.
    pub(super) fn tell_cursors(&self) {
        self.runtime.block_on(self.app.flush_receipts());
        self.runtime.block_on(self.app.blank_expired());
    }

    /// What the server does a few times an hour.
    pub(super) fn prune(&self) {
        self.runtime.block_on(self.app.prune());
        self.runtime.block_on(self.app.prune_logs());
    }

    /// The database file, for what only the server knows.
    pub(super) fn database(&self) -> PathBuf {
        self.folder.join("sealpost.sqlite3")
    }
}

async fn open(folder: &PathBuf, clock: &Arc<AtomicU64>, retention: &Retention) -> Result<Arc<App>, String> {
    let mut config = Config::in_folder(folder);
    config.retention = retention.clone();
    config.limits = crate::server::without_limits();
    App::open(config, Clock::Manual(Arc::clone(clock))).await.map_err(|error| error.to_string())
}
