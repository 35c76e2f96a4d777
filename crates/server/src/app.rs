//! The server without its doors: everything that operations need, and the one way to call them.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
    time::Duration,
};

use rand::{RngCore as _, rngs::OsRng};
use sealpost_mls::PublicView;
use sealpost_protocol::{
    Access, DeviceId, Problem, ProblemKind, Request, Timestamp, account::MeRead, operation::Outcome,
};
use tokio::task::JoinHandle;

use crate::{
    blobs::{BlobError, Blobs},
    caller::{Caller, SignedIn, hash_secret},
    check_queue::CheckQueue,
    clock::Clock,
    config::Config,
    epoch_cache::EpochCache,
    fan_out,
    hub::Hub,
    limits::Limits,
    operations,
    passwords::Passwords,
    receipts::Receipts,
    store::{AppendQueue, PASSWORD_SETUP, Retention, Store, StoreError, StoreResult},
    turns::Turns,
    uploads::Uploads,
};

/// Most public groups that are kept ready to check commits.
const VIEWS_MAX: usize = 256;
/// Most conversations whose leaves are kept ready to be told.
const LEAVES_MAX: usize = 4096;
/// Most entries that are blanked in one transaction, so that appends do not wait for long.
const BLANKED_AT_ONCE: u32 = 200;
/// Most blobs that are looked at in one go.
const BLOBS_AT_ONCE: u32 = 100;
/// Between a few pruned logs and the next, so that people are not kept waiting.
const PRUNE_PAUSE: Duration = Duration::from_millis(50);
/// How many stored cursors one transaction writes: messages wait for it.
const STORED_AT_ONCE: usize = 500;
/// When devices were there is noted by the minute, in milliseconds.
const MINUTE: u64 = 60 * 1000;
/// One day in milliseconds.
const DAY: u64 = 24 * 60 * 60 * 1000;

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The database cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The place for attachments cannot be used.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// The stored long-term secret for passwords is not one.
    #[error("the database holds no valid secret for passwords")]
    Passwords,
    /// The configuration makes no sense.
    #[error("{0}")]
    Config(String),
}

/// The server without its doors.
pub struct App {
    config: Config,
    clock: Clock,
    incarnation: [u8; 16],
    limits: Limits,
    pub(crate) store: Store,
    pub(crate) appends: AppendQueue,
    pub(crate) blobs: Blobs,
    pub(crate) uploads: Uploads,
    pub(crate) hub: Hub,
    pub(crate) passwords: Passwords,
    pub(crate) receipts: Receipts,
    pub(crate) turns: Turns,
    /// Public groups that commits are checked against.
    pub(crate) views: EpochCache<PublicView>,
    /// Who may check a commit now.
    pub(crate) checks: CheckQueue,
    /// A device has told, since the server started, that entries are missing, and key packages were voided for it.
    pub(crate) loss_was_told: AtomicBool,
    /// Who is told of an entry.
    pub(crate) leaves: EpochCache<Arc<[DeviceId]>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl App {
    /// Opens the database that `config` names and makes what is missing in it.
    ///
    /// # Errors
    /// When the database cannot be used, or another server uses the data folder.
    pub async fn open(config: Config, clock: Clock) -> Result<Arc<Self>, StartError> {
        if let Some(fault) = config.faults().into_iter().next() {
            return Err(StartError::Config(fault));
        }
        let store = match config.database.url.as_str() {
            "" => Store::open_sqlite(&config.server.data).await?,
            url => Store::open_postgres(url).await?,
        };
        let setup = store.setting_or(PASSWORD_SETUP, &Passwords::generate()).await?;
        let passwords = Passwords::open(&setup).map_err(|_| StartError::Passwords)?;
        let mut fresh = [0; 16];
        OsRng.fill_bytes(&mut fresh);
        let blobs = Blobs::open(&config)?;
        let (appends, writer) = AppendQueue::start(store.clone());
        Ok(Arc::new(Self {
            incarnation: store.incarnation(fresh).await?,
            appends,
            blobs,
            uploads: Uploads::default(),
            writer: Mutex::new(Some(writer)),
            limits: Limits::new(&config.limits),
            hub: Hub::default(),
            receipts: Receipts::default(),
            turns: Turns::default(),
            views: EpochCache::new(VIEWS_MAX),
            checks: CheckQueue::default(),
            loss_was_told: AtomicBool::new(false),
            leaves: EpochCache::new(LEAVES_MAX),
            passwords,
            store,
            clock,
            config,
        }))
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Names the server's history; changes when it is restored from a backup.
    pub fn incarnation(&self) -> [u8; 16] {
        self.incarnation
    }

    /// The server's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The database, for a host's tasks such as making invites.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Who calls with this token.
    ///
    /// # Errors
    /// `signed-out` when no session has it.
    pub async fn authenticate(&self, address: Option<IpAddr>, token: &[u8]) -> Result<Caller, Problem> {
        let token_hash = hash_secret(token);
        let session = self.store.use_session(token_hash, self.now(), self.session_lifetime()).await?;
        let session = session.ok_or_else(|| Problem::new(ProblemKind::SignedOut))?;
        let (account, device) = (session.account, session.device);
        let session = SignedIn {
            token_hash,
            account,
            device,
            kind: session.kind,
            created: session.created,
            expires: session.expires,
        };
        Ok(Caller { address, session: Some(session) })
    }

    /// Answers a request: checks the caller's access and limits, then does it.
    ///
    /// # Errors
    /// The problem that the caller is told.
    pub async fn call(&self, caller: &Caller, request: Request) -> Outcome {
        caller.require(request.access())?;
        match caller.account().filter(|_| request.access() != Access::Anyone) {
            Some(account) => self.limits.check(account, &request)?,
            None => self.limits.check_anonymous(caller.address, &request)?,
        }
        Box::pin(operations::dispatch(self, caller, request)).await
    }

    /// Counts what is no operation as one request of the caller.
    ///
    /// # Errors
    /// `rate-limited`.
    pub(crate) fn count_request(&self, caller: &Caller) -> Result<(), Problem> {
        caller.account().map_or(Ok(()), |account| self.limits.check(account, &MeRead {}.into()))
    }

    /// Writes the stored cursors that came in since this was last called, and tells devices which cursors moved and who
    /// came and went. To be called a few times a second.
    pub async fn flush_receipts(&self) {
        for stored in self.receipts.take_stored().chunks(STORED_AT_ONCE) {
            match self.store.write_stored(stored, self.now()).await {
                Ok(changes) => changes.iter().for_each(|change| self.receipts.moved(change.conversation)),
                Err(error) => tracing::warn!(%error, "receipts were lost, devices repeat them"),
            }
        }
        for conversation in self.receipts.take_moved() {
            if let Err(error) = fan_out::cursors::moved(self, conversation).await {
                tracing::warn!(%error, "cursors could not be told, devices ask for them");
            }
        }
        self.tell_presences().await;
        self.note_devices().await;
    }

    /// Notes when the devices that came or went were there.
    async fn note_devices(&self) {
        let seen = self.hub.take_seen();
        let minute = self.now() / MINUTE * MINUTE;
        if !seen.is_empty()
            && let Err(error) = self.store.write_devices_seen(&seen, minute).await
        {
            tracing::warn!(%error, "when devices were there could not be noted");
        }
    }

    /// Tells who came and who went since this was last called: whoever was away for less than that never was.
    async fn tell_presences(&self) {
        let changes = self.hub.take_presence_changes();
        if !changes.is_empty()
            && let Err(error) = fan_out::people::presences_changed(self, &changes).await
        {
            tracing::warn!(%error, "who came and went could not be told");
        }
    }

    /// Blanks entries whose time has come, and tells devices of it. To be called every few seconds.
    pub async fn blank_expired(&self) {
        loop {
            let blanked = match self.store.blank_expired(self.now(), BLANKED_AT_ONCE).await {
                Ok(blanked) => blanked,
                Err(error) => {
                    tracing::warn!(%error, "entries that have expired could not be blanked yet");
                    return;
                }
            };
            for of_one in blanked.chunk_by(|(one, _), (next, _)| one == next) {
                let Some((conversation, _)) = of_one.first() else { continue };
                let seqs: Vec<u64> = of_one.iter().map(|(_, seq)| *seq).collect();
                fan_out::entries_erased(self, *conversation, &seqs).await;
            }
            if blanked.len() < BLANKED_AT_ONCE as usize {
                return;
            }
        }
    }

    /// Deletes blobs that nothing tells of any more. To be called every few seconds.
    pub async fn collect_blobs(&self) {
        loop {
            let due = match self.store.due_blobs(self.now(), self.blob_grace(), BLOBS_AT_ONCE).await {
                Ok(due) => due,
                Err(error) => return tracing::warn!(%error, "attachments could not be looked at yet"),
            };
            let mut failed = false;
            for blob in &due {
                // The bytes first: what is left after a failure is known still, and looked at again the next time.
                if let Err(error) = self.blobs.delete(*blob).await {
                    tracing::warn!(%error, "an attachment could not be deleted yet");
                    failed = true;
                } else if let Err(error) = self.store.forget_blob(*blob).await {
                    return tracing::warn!(%error, "an attachment could not be forgotten yet");
                }
            }
            if due.is_empty() || failed {
                return;
            }
        }
    }

    /// How long a blob stays that nothing tells of, in milliseconds.
    pub(crate) fn blob_grace(&self) -> u64 {
        u64::from(self.config.blobs.grace_hours) * 60 * MINUTE
    }

    /// Deletes what has expired. To be called a few times an hour.
    pub async fn prune(&self) {
        self.limits.forget_idle();
        if let Err(error) = self.store.prune(self.now()).await {
            tracing::warn!(%error, "what has expired could not be deleted");
        }
    }

    /// Lets go of what devices were waited for long enough: Welcomes, and entries of all logs, a few at a time. To be called
    /// every hour or so.
    pub async fn prune_logs(&self) {
        if let Err(error) = self.walk_through_logs().await {
            tracing::warn!(%error, "logs could not be pruned");
        }
    }

    async fn walk_through_logs(&self) -> StoreResult<()> {
        let (clock, retention) = (self.store.age_clock(self.now()).await?, self.retention());
        self.store.expire_welcomes(retention, clock).await?;
        let mut after = None;
        while let Some(last) = self.store.prune_logs(after, retention, clock).await? {
            after = Some(last);
            tokio::time::sleep(PRUNE_PAUSE).await;
        }
        Ok(())
    }

    fn retention(&self) -> Retention {
        let config = &self.config.retention;
        let milliseconds = |days: u32| u64::from(days).saturating_mul(DAY);
        Retention { members: milliseconds(config.days), devices: milliseconds(config.device_days) }
    }

    /// Writes what was accepted and closes the database. Nothing can be called afterwards.
    pub async fn close(&self) {
        self.flush_receipts().await;
        self.appends.close();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && let Err(error) = writer.await
        {
            tracing::error!(%error, "the writer of entries failed");
        }
        self.store.close().await;
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn check_store(&self) -> StoreResult<()> {
        self.store.ping().await
    }

    pub(crate) fn session_lifetime(&self) -> u64 {
        u64::from(self.config.session.days).saturating_mul(DAY)
    }

    /// Runs what takes long enough to keep other connections waiting.
    ///
    /// # Errors
    /// `internal` when it panicked.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            tracing::error!(%error, "a computation failed");
            Problem::new(ProblemKind::Internal)
        })
    }
}

/// Causes are logged here, once, and never sent.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_temporary() {
            tracing::warn!(%error, "the database cannot be used now");
            let mut problem = Self::new(ProblemKind::Unavailable);
            problem.retry_after = Some(1);
            problem
        } else {
            tracing::error!(%error, "the database failed");
            Self::new(ProblemKind::Internal)
        }
    }
}
