//! The long-polling door: one poll is one [`Session`], for clients whose sockets are blocked.
//!
//! Events come in numbered batches. One batch is made at a time, and repeated until it is acknowledged, so a lost answer
//! loses nothing and the memory of a poll is that of one batch.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rand::{RngCore as _, rngs::OsRng};
use sealpost_protocol::{
    Problem, ProblemKind,
    poll::{POLL_SILENCE_SECONDS, POLL_WAIT_SECONDS, PollBatch, PollNext, PollOpened},
    socket::{CloseCode, Event},
};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::{hub::TokenHash, session::Session};

/// Longest wait for something to happen.
const WAIT: Duration = Duration::from_secs(POLL_WAIT_SECONDS);
/// Nobody asked for so long: the poll has ended.
const SILENCE: Duration = Duration::from_secs(POLL_SILENCE_SECONDS);

/// How often it is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);

type PollId = [u8; 16];

/// Every open poll of this node. A session has at most one: opening another one ends it.
#[derive(Default)]
pub(crate) struct Polls {
    open: Mutex<HashMap<TokenHash, Arc<Poll>>>,
}

/// One open poll.
struct Poll {
    id: PollId,
    /// Counts who asks: of two at once the later one is answered with what happens.
    asked: AtomicU64,
    asked_again: Notify,
    heard: Mutex<Instant>,
    delivery: tokio::sync::Mutex<Delivery>,
    /// Its place among the connections.
    _place: OwnedSemaphorePermit,
}

struct Delivery {
    session: Session,
    /// The newest batch's number.
    number: u64,
    /// The newest batch, until it is acknowledged.
    waiting: Option<Vec<Event>>,
}

impl Polls {
    /// Opens a poll for a session, in place of the one that it had.
    pub(crate) fn open(&self, session: Session, token_hash: TokenHash, place: OwnedSemaphorePermit) -> PollOpened {
        let mut id = PollId::default();
        OsRng.fill_bytes(&mut id);
        let welcome = session.welcome();
        let poll = Poll {
            id,
            asked: AtomicU64::new(0),
            asked_again: Notify::new(),
            heard: Mutex::new(Instant::now()),
            delivery: tokio::sync::Mutex::new(Delivery { session, number: 0, waiting: None }),
            _place: place,
        };
        if let Some(before) = lock(&self.open).insert(token_hash, Arc::new(poll)) {
            before.ask();
        }
        PollOpened { poll: id.into(), welcome }
    }

    /// The next batch of a session's poll; waits for something to happen. To be run to its end, also when nobody waits for
    /// the answer any more: what it takes is kept until it is acknowledged.
    ///
    /// # Errors
    /// `not-found` for a poll that has ended or is another session's.
    pub(crate) async fn next(
        &self,
        token_hash: TokenHash,
        ask: &PollNext,
        draining: &CancellationToken,
    ) -> Result<PollBatch, Problem> {
        let poll = lock(&self.open).get(&token_hash).filter(|poll| poll.id.as_slice() == &*ask.poll).cloned();
        let poll = poll.ok_or_else(|| Problem::new(ProblemKind::NotFound).with_detail("the poll has ended"))?;
        let batch = poll.next(ask.acknowledged, draining).await;
        if batch.closed.is_some() {
            self.end(token_hash, poll.id);
        }
        Ok(batch)
    }

    /// Ends a poll when nobody has asked for a while. Returns when it has ended, however that came.
    pub(crate) async fn watch(&self, token_hash: TokenHash, opened: &PollOpened, draining: &CancellationToken) {
        let Ok(id) = PollId::try_from(&*opened.poll) else { return };
        let is_asked_for = || {
            let open = lock(&self.open);
            let poll = open.get(&token_hash).filter(|poll| poll.id == id);
            poll.is_some_and(|poll| lock(&poll.heard).elapsed() < SILENCE)
        };
        while is_asked_for() {
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = draining.cancelled() => break,
            }
        }
        self.end(token_hash, id);
    }

    fn end(&self, token_hash: TokenHash, id: PollId) {
        let mut open = lock(&self.open);
        if open.get(&token_hash).is_some_and(|poll| poll.id == id) {
            open.remove(&token_hash);
        }
    }
}

impl Poll {
    /// Has whoever asked before answered at once; gives the number of this turn.
    fn ask(&self) -> u64 {
        let turn = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        self.asked_again.notify_waiters();
        turn
    }

    async fn next(&self, acknowledged: u64, draining: &CancellationToken) -> PollBatch {
        *lock(&self.heard) = Instant::now();
        let turn = self.ask();
        let mut delivery = self.delivery.lock().await;
        let deadline = Instant::now() + WAIT;
        if delivery.number <= acknowledged {
            delivery.waiting = None;
        }
        if let Err(code) = delivery.session.keep_alive_without_frames().await {
            return delivery.closed(code);
        }
        while delivery.waiting.is_none() {
            let asked_again = self.asked_again.notified();
            if self.asked.load(Ordering::Relaxed) != turn {
                break;
            }
            tokio::select! {
                () = delivery.session.changed() => {}
                () = asked_again => break,
                () = tokio::time::sleep_until(deadline) => break,
                () = draining.cancelled() => return delivery.closed(CloseCode::Draining),
            }
            if let Err(code) = delivery.collect().await {
                return delivery.closed(code);
            }
        }
        *lock(&self.heard) = Instant::now();
        PollBatch { number: delivery.number, events: delivery.waiting.clone().unwrap_or_default(), closed: None }
    }
}

impl Delivery {
    /// Makes the next batch of what happened, if anything did.
    async fn collect(&mut self) -> Result<(), CloseCode> {
        let events = self.session.next_events().await?;
        if !events.is_empty() {
            self.number += 1;
            self.waiting = Some(events);
        }
        Ok(())
    }

    fn closed(&self, code: CloseCode) -> PollBatch {
        PollBatch { number: self.number, events: Vec::new(), closed: Some(code as u16) }
    }
}

/// Every critical section leaves its data whole, so a panic elsewhere is no reason to stop.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
