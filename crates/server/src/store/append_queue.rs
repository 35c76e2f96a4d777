//! Group commit: appends from all connections wait in one bounded queue; one task writes what waits as one transaction
//! and answers each caller after the commit. So a flush to disk is shared by everyone who waited for it.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{AppendOutcome, NewEntry, Store, StoreError, StoreResult};

/// Most entries in one transaction.
const BATCH_MAX: usize = 500;
/// What may wait, in units of [`UNIT`]; every entry counts for at least one: 64 MiB or 65,536 entries.
const BUDGET: usize = 64 * 1024;
/// Bytes in one unit of the budget.
const UNIT: usize = 1024;
/// How long a caller waits for room in the queue before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way to append: a cloneable handle to the one task that writes. The task ends, after it has written what waits,
/// when [`AppendQueue::close`] is called or the last handle is dropped.
#[derive(Debug, Clone)]
pub struct AppendQueue {
    jobs: mpsc::Sender<Job>,
    room: Arc<Semaphore>,
    closed: CancellationToken,
}

/// An entry that waits, with who waits for it.
#[derive(Debug)]
struct Job {
    entry: NewEntry,
    answer: oneshot::Sender<StoreResult<AppendOutcome>>,
    room: OwnedSemaphorePermit,
}

impl AppendQueue {
    /// Starts the task that writes to `store`. Await the handle after [`AppendQueue::close`] to know that all is
    /// written.
    pub fn start(store: Store) -> (Self, JoinHandle<()>) {
        let (jobs, waiting) = mpsc::channel(BATCH_MAX);
        let closed = CancellationToken::new();
        let task = tokio::spawn(write_batches(store, waiting, closed.clone()));
        (Self { jobs, room: Arc::new(Semaphore::new(BUDGET)), closed }, task)
    }

    /// Appends an entry; returns when it is durable.
    ///
    /// # Errors
    /// `Busy` when the queue stayed full or is closed; otherwise why the transaction failed.
    pub async fn append(&self, entry: NewEntry) -> StoreResult<AppendOutcome> {
        let (answer, outcome) = oneshot::channel();
        let units = (entry.content.size() / UNIT + 1).min(BUDGET);
        let units = u32::try_from(units).map_err(|_| StoreError::Busy)?;
        let enqueue = async {
            let room = self.room.clone().acquire_many_owned(units).await.map_err(|_| StoreError::Busy)?;
            self.jobs.send(Job { entry, answer, room }).await.map_err(|_| StoreError::Busy)
        };
        timeout(PATIENCE, enqueue).await.map_err(|_| StoreError::Busy)??;
        outcome.await.map_err(|_| StoreError::Busy)?
    }

    /// Takes no more entries; what waits is still written and answered.
    pub fn close(&self) {
        self.room.close();
        self.closed.cancel();
    }
}

async fn write_batches(store: Store, mut waiting: mpsc::Receiver<Job>, closed: CancellationToken) {
    let mut jobs = Vec::with_capacity(BATCH_MAX);
    loop {
        let taken = tokio::select! {
            biased;
            () = closed.cancelled(), if !waiting.is_closed() => {
                // What is in the queue can still be taken out.
                waiting.close();
                continue;
            }
            taken = waiting.recv_many(&mut jobs, BATCH_MAX) => taken,
        };
        if taken == 0 {
            return;
        }
        answer_all(&store, &mut jobs).await;
    }
}

async fn answer_all(store: &Store, jobs: &mut Vec<Job>) {
    let (entries, callers): (Vec<_>, Vec<_>) = jobs.drain(..).map(|job| (job.entry, (job.answer, job.room))).unzip();
    let outcomes = write(store, &entries).await;
    for ((answer, room), outcome) in callers.into_iter().zip(outcomes) {
        drop(room);
        // A caller that no longer waits finds out by sending again.
        let _ = answer.send(outcome);
    }
}

/// Writes a batch. If it fails as a whole for a reason that lies in one of its entries, each is tried by itself.
async fn write(store: &Store, entries: &[NewEntry]) -> Vec<StoreResult<AppendOutcome>> {
    let error = match store.append(entries).await {
        Ok(outcomes) => return outcomes.into_iter().map(Ok).collect(),
        Err(error) => error,
    };
    tracing::warn!(error = %error, entries = entries.len(), "A batch of entries could not be appended.");
    if error.is_temporary() || entries.len() == 1 {
        return entries.iter().map(|_| Err(error.clone())).collect();
    }
    let mut outcomes = Vec::with_capacity(entries.len());
    for entry in entries {
        let alone = store.append(std::slice::from_ref(entry)).await;
        outcomes.push(alone.and_then(|mut one| one.pop().ok_or(StoreError::Busy)));
    }
    outcomes
}
