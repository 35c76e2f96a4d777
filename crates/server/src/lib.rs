//! The Sealpost server: accounts, devices and the ordered, encrypted logs of conversations.
//!
//! [`App`] is the server without its doors, [`Session`] one connected device without a transport, [`Server`] both behind
//! HTTP and sockets. The server never holds a key or a plaintext of what people say, and never knows the client crate.

mod acme;
mod app;
mod backup;
mod blobs;
mod caller;
mod check_queue;
mod clock;
mod codec;
mod commit_check;
pub mod config;
mod epoch_cache;
mod fan_out;
mod http;
mod hub;
mod invites;
mod limits;
mod listeners;
mod operations;
mod passwords;
mod poll;
mod receipts;
mod restore;
mod session;
mod socket;
pub mod store;
mod tls;
mod turns;
mod uploads;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{net::TcpListener, sync::Semaphore, time::MissedTickBehavior};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use app::{App, StartError};
pub use backup::{BackupError, back_up};
pub use blobs::{BlobError, Part};
pub use caller::Caller;
pub use clock::Clock;
pub use config::Config;
pub use invites::{make_invite, make_replacement};
pub use restore::{RestoreError, restore};
pub use session::Session;
pub use store::Verified;
pub use tls::{CertificateError, check_certificate};

use acme::Renewal;
use http::Peer;
use listeners::{ClearListener, TlsListener};

/// How often receipts are written and told.
const RECEIPTS_EVERY: Duration = Duration::from_millis(200);
/// How often entries whose time has come are blanked.
const BLANK_EVERY: Duration = Duration::from_secs(2);
/// How often blobs whose time has come are looked at.
const COLLECT_EVERY: Duration = Duration::from_secs(2);
/// How often what has expired is deleted.
const PRUNE_EVERY: Duration = Duration::from_secs(10 * 60);
/// How often logs are pruned.
const PRUNE_LOGS_EVERY: Duration = Duration::from_secs(60 * 60);

/// A server that can be served on a listener and stopped again.
#[derive(Clone)]
pub struct Server {
    app: Arc<App>,
    /// Soft: nothing new, and sockets are told to come back later.
    draining: CancellationToken,
    /// Hard: whoever is still there is dropped.
    stopped: CancellationToken,
    tasks: TaskTracker,
}

impl Server {
    /// Opens the database and gets ready.
    ///
    /// # Errors
    /// When the database cannot be used, or another server uses the data folder.
    pub async fn new(config: Config) -> Result<Self, StartError> {
        Ok(Self::over(App::open(config, Clock::System).await?))
    }

    /// Doors to an app that is open.
    pub fn over(app: Arc<App>) -> Self {
        let server = Self {
            app,
            draining: CancellationToken::new(),
            stopped: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        server.spawn_repeated(RECEIPTS_EVERY, |app| async move { app.flush_receipts().await });
        server.spawn_repeated(BLANK_EVERY, |app| async move { app.blank_expired().await });
        server.spawn_repeated(PRUNE_EVERY, |app| async move { app.prune().await });
        let draining = server.draining.clone();
        server.spawn_repeated(COLLECT_EVERY, move |app| {
            let draining = draining.clone();
            async move {
                // Buckets may be slow.
                tokio::select! {
                    () = app.collect_blobs() => {}
                    () = draining.cancelled() => {}
                }
            }
        });
        let draining = server.draining.clone();
        server.spawn_repeated(PRUNE_LOGS_EVERY, move |app| {
            let draining = draining.clone();
            async move {
                // It may take long, and can be left off anywhere.
                tokio::select! {
                    () = app.prune_logs() => {}
                    () = draining.cancelled() => {}
                }
            }
        });
        server
    }

    /// The server without its doors.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Answers on `listener` until [`Server::shutdown`].
    ///
    /// # Errors
    /// When the listener fails, or the certificate cannot be used.
    pub async fn serve(&self, listener: TcpListener) -> io::Result<()> {
        let doors = http::Doors {
            app: Arc::clone(&self.app),
            draining: self.draining.clone(),
            tasks: self.tasks.clone(),
            connections: Arc::new(Semaphore::new(self.app.config().limits.connections)),
            polls: poll::Polls::default(),
        };
        let router = http::router(Arc::new(doors));
        match tls::https(self.app.config()).map_err(io::Error::other)? {
            Some(https) => {
                self.renew(https.renewal);
                self.serve_on(TlsListener::new(listener, https.acceptor), router).await
            }
            None => self.serve_on(ClearListener(listener), router).await,
        }
    }

    /// Keeps the certificate fresh until the server stops.
    fn renew(&self, renewal: Option<Renewal>) {
        let Some(renewal) = renewal else { return };
        let draining = self.draining.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = renewal.run() => {}
                () = draining.cancelled() => {}
            }
        });
    }

    async fn serve_on<L>(&self, listener: L, router: Router) -> io::Result<()>
    where
        L: Listener<Addr = SocketAddr>,
        Peer: for<'a> Connected<IncomingStream<'a, L>>,
    {
        let router = router.into_make_service_with_connect_info::<Peer>();
        let draining = self.draining.clone();
        let serving = axum::serve(listener, router).with_graceful_shutdown(async move { draining.cancelled().await });
        // Tracked, so that requests that are being answered count as something that runs.
        let serving = self.tasks.track_future(serving.into_future());
        tokio::select! {
            served = serving => served,
            () = self.stopped.cancelled() => Ok(()),
        }
    }

    /// Stops: takes nothing new, tells sockets to come back later, waits for what runs as long as configured, then
    /// writes what was accepted and closes the database.
    pub async fn shutdown(&self) {
        self.draining.cancel();
        self.tasks.close();
        let patience = Duration::from_secs(self.app.config().server.drain_seconds);
        if tokio::time::timeout(patience, self.tasks.wait()).await.is_err() {
            tracing::warn!(connections = self.tasks.len(), "connections did not end in time");
        }
        self.stopped.cancel();
        self.app.close().await;
    }

    fn spawn_repeated<F>(&self, period: Duration, work: impl Fn(Arc<App>) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send,
    {
        let (app, draining) = (Arc::clone(&self.app), self.draining.clone());
        self.tasks.spawn(async move {
            let mut interval = tokio::time::interval(period);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    _ = interval.tick() => work(Arc::clone(&app)).await,
                    () = draining.cancelled() => return,
                }
            }
        });
    }
}
