//! One connected device, without a transport: requests in, answers and events out.
//!
//! The socket drives it in a loop, a simulation step by step. What a device has not stored comes first, window by window
//! and most recently used conversation first, then `backlog_done`, then what happens. Nothing but marks is kept for a
//! device that does not keep up, so the memory of a slow one is constant.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::Arc,
};

use sealpost_protocol::{
    Access, Bytes, ConversationId, DeviceId, Problem, ProblemKind, Request,
    conversation::{Entry, Inbox, LogWindow},
    operation::Outcome,
    socket::{CloseCode, Event, HEARTBEAT_SECONDS, Kept, Welcome},
};

use crate::{
    app::App,
    caller::Caller,
    hub::{Registered, Waiting},
    operations::WELCOMES_MAX,
};

/// A session is looked up again after this time, in milliseconds: so its end slides on while it is connected, and its
/// end elsewhere is noticed.
const RENEW_EVERY: u64 = 60 * 60 * 1000;

/// How far a conversation's log was delivered on this connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Everything up to this seq, which was the newest.
    Live(u64),
    /// Everything up to this seq; more is to be read.
    Behind(u64),
}

/// One connected device.
pub struct Session {
    app: Arc<App>,
    caller: Caller,
    mailbox: Registered,
    /// What waited when the session got its device, and another mailbox.
    told_before: Option<Waiting>,
    token: zeroize::Zeroizing<Vec<u8>>,
    renewed: u64,
    places: HashMap<ConversationId, Place>,
    /// Conversations whose place is behind, in the order in which they are read.
    behind: VecDeque<ConversationId>,
    inbox_delivered: u64,
    inbox_waits: bool,
    backlog: bool,
    /// Departures to be told of at the end of the backlog.
    departures: Vec<Event>,
}

impl Session {
    /// The session with this token, connected: from now on it is told what happens.
    ///
    /// # Errors
    /// `signed-out` when there is no such session, `unavailable` when the database cannot be read.
    pub async fn open(app: &Arc<App>, address: Option<IpAddr>, token: &[u8]) -> Result<Self, Problem> {
        let caller = app.authenticate(address, token).await?;
        let mailbox = register(app, &caller)?;
        // Again, now that it would be told: the session may have ended in between.
        let caller = app.authenticate(address, token).await.map(|again| Caller { session: again.session, ..caller })?;
        let mut session = Self {
            mailbox,
            told_before: None,
            renewed: app.now(),
            app: Arc::clone(app),
            caller,
            token: token.to_vec().into(),
            places: HashMap::new(),
            behind: VecDeque::new(),
            inbox_delivered: 0,
            inbox_waits: false,
            backlog: true,
            departures: Vec::new(),
        };
        session.find_backlog().await?;
        Ok(session)
    }

    /// What the connection may count on.
    pub fn welcome(&self) -> Welcome {
        Welcome {
            incarnation: self.app.incarnation().into(),
            server_time: self.app.now(),
            heartbeat_seconds: HEARTBEAT_SECONDS,
            frame_max: self.app.config().limits.frame_bytes as u64,
            kept: Some(self.kept()),
        }
    }

    /// For how long messages are kept for devices that can still read them: who is signed out begins as a new one.
    fn kept(&self) -> Kept {
        let config = self.app.config();
        let within = |days: u32| days.min(config.session.days);
        Kept { days: within(config.retention.days), device_days: within(config.retention.device_days) }
    }

    /// Calls an operation.
    ///
    /// # Errors
    /// What the operation refuses; operations for callers without a session are refused here.
    pub async fn request(&mut self, request: Request) -> Outcome {
        if request.access() == Access::Anyone {
            return Err(Problem::new(ProblemKind::NotAllowed).with_detail("that is called by HTTP, without a session"));
        }
        // The session may have got its device meanwhile, here or by HTTP.
        if request.access() == Access::Device && self.caller.device().is_none() {
            self.renew().await?;
        }
        Box::pin(self.app.call(&self.caller, request)).await
    }

    /// To be called at each frame; looks at the clock, and once in a while at the session.
    ///
    /// # Errors
    /// Why the connection is to be closed.
    pub async fn keep_alive(&mut self) -> Result<(), CloseCode> {
        if self.app.now().saturating_sub(self.renewed) < RENEW_EVERY {
            return Ok(());
        }
        self.renew().await.map_err(|problem| match problem.kind() {
            ProblemKind::SignedOut => CloseCode::SignedOut,
            _ => CloseCode::Overloaded,
        })
    }

    /// The same for a connection whose requests come by another way: the session may have got its device meanwhile.
    ///
    /// # Errors
    /// Why the connection is to be closed.
    pub(crate) async fn keep_alive_without_frames(&mut self) -> Result<(), CloseCode> {
        if self.caller.device().is_none() {
            self.renewed = 0;
        }
        self.keep_alive().await
    }

    /// Returns when [`Session::next_events`] may have something. Can be dropped at any time.
    pub async fn changed(&self) {
        if self.behind.is_empty() && !self.inbox_waits && !self.backlog && self.told_before.is_none() {
            self.mailbox.changed().await;
        }
    }

    /// What is due now, in the order in which it is to be sent; at most one window is read.
    ///
    /// # Errors
    /// Why the connection is to be closed.
    pub async fn next_events(&mut self) -> Result<Vec<Event>, CloseCode> {
        let waiting = self.told_before.take().unwrap_or_else(|| self.mailbox.take());
        if let Some(code) = waiting.ended {
            return Err(code);
        }
        self.due(waiting).await.map_err(|problem| {
            tracing::warn!(problem = problem.kind().name(), "a connection is closed because its events cannot be read");
            CloseCode::Overloaded
        })
    }

    async fn due(&mut self, mut waiting: Waiting) -> Result<Vec<Event>, Problem> {
        let mut events = Vec::new();
        events.extend(
            waiting.device_lists.into_iter().map(|(account, version)| Event::DeviceListChanged { account, version }),
        );
        events.extend(waiting.vault.map(|version| Event::VaultChanged { version }));
        events.extend(waiting.archive.map(|version| Event::ArchiveChanged { version }));
        events.extend(waiting.people.into_events());
        let (Some(account), Some(device)) = (self.caller.account(), self.caller.device()) else {
            return Ok(self.finish_backlog(events));
        };
        self.inbox_waits |= waiting.inbox;
        events.extend(self.next_inbox(device).await?);
        for conversation in waiting.conversations {
            events.extend(self.app.store.conversation(conversation, account, device).await?.map(Event::Conversation));
        }
        // Those who appended at the same time may have told of it in another order.
        waiting.entries.make_contiguous().sort_by_key(|(conversation, entry)| (*conversation, entry.seq));
        events.extend(self.take_live(waiting.entries));
        for conversation in waiting.behind {
            self.fall_behind(conversation, None);
        }
        events.extend(self.next_window(device).await?);
        events
            .extend(waiting.leaving.into_iter().map(|((conversation, _), statement)| leaving(conversation, statement)));
        // After the entries that they are about.
        events.extend(waiting.erased.into_iter().map(|(conversation, seq)| Event::Erased { conversation, seq }));
        // Clones only when another connection of the node still holds the same cursors.
        events.extend(waiting.cursors.into_values().map(|cursors| Event::Cursors(Arc::unwrap_or_clone(cursors))));
        Ok(self.finish_backlog(events))
    }

    fn finish_backlog(&mut self, mut events: Vec<Event>) -> Vec<Event> {
        if self.behind.is_empty() && !self.inbox_waits {
            // Now the device knows the groups as they were left.
            events.append(&mut self.departures);
            events.extend(std::mem::take(&mut self.backlog).then_some(Event::BacklogDone {}));
        }
        events
    }

    /// Notes what the device has not stored.
    async fn find_backlog(&mut self) -> Result<(), Problem> {
        let Some(device) = self.caller.device() else { return Ok(()) };
        self.inbox_waits = true;
        for due in self.app.store.due(device).await? {
            self.fall_behind(due.conversation, Some(due.stored));
        }
        let departures = self.app.store.departures_around(device).await?;
        self.departures = departures.into_iter().map(|one| leaving(one.conversation, one.statement)).collect();
        Ok(())
    }

    async fn renew(&mut self) -> Result<(), Problem> {
        let caller = self.app.authenticate(self.caller.address, &self.token).await?;
        self.renewed = self.app.now();
        let bound_meanwhile = caller.device() != self.caller.device();
        self.caller = caller;
        if bound_meanwhile {
            // What the old mailbox was told is not told again: it comes first.
            let before = std::mem::replace(&mut self.mailbox, register(&self.app, &self.caller)?);
            self.told_before = Some(before.take());
            // Again, as at the beginning.
            self.caller = self.app.authenticate(self.caller.address, &self.token).await?;
            self.find_backlog().await?;
        }
        Ok(())
    }

    /// Entries that follow what was delivered, as windows; others make their conversation be read.
    fn take_live(&mut self, entries: VecDeque<(ConversationId, Arc<Entry>)>) -> Vec<Event> {
        let mut windows: Vec<LogWindow> = Vec::new();
        for (conversation, entry) in entries {
            match self.places.get(&conversation) {
                Some(Place::Live(seq)) if entry.seq <= *seq => {}
                Some(Place::Live(seq)) if entry.seq == seq + 1 => {
                    self.places.insert(conversation, Place::Live(entry.seq));
                    let last_seq = entry.seq;
                    let entry = Arc::unwrap_or_clone(entry);
                    match windows.last_mut().filter(|window| window.conversation == conversation) {
                        Some(window) => {
                            window.entries.push(entry);
                            window.last_seq = last_seq;
                        }
                        None => {
                            let entries = vec![entry];
                            windows.push(LogWindow { conversation, entries, last_seq, pruned: None });
                        }
                    }
                }
                _ => self.fall_behind(conversation, None),
            }
        }
        windows.into_iter().map(Event::Entries).collect()
    }

    /// Makes the conversation be read after `seq`, or after what was delivered of it.
    fn fall_behind(&mut self, conversation: ConversationId, seq: Option<u64>) {
        match self.places.get(&conversation) {
            Some(Place::Behind(_)) => return,
            Some(Place::Live(delivered)) => self.places.insert(conversation, Place::Behind(*delivered)),
            // Nothing was delivered on this connection: the store knows where the device is.
            None => self.places.insert(conversation, Place::Behind(seq.unwrap_or(UNKNOWN))),
        };
        self.behind.push_back(conversation);
    }

    async fn next_window(&mut self, device: DeviceId) -> Result<Option<Event>, Problem> {
        let Some(conversation) = self.behind.front().copied() else { return Ok(None) };
        let after = match self.places.get(&conversation) {
            Some(Place::Behind(UNKNOWN)) | None => self.app.store.stored_seq(conversation, device).await?,
            Some(Place::Behind(seq) | Place::Live(seq)) => Some(*seq),
        };
        let window = match after {
            Some(after) => self.app.store.log_window(conversation, device, after).await?,
            None => None,
        };
        let Some(window) = window else {
            // No part in it any more.
            self.behind.pop_front();
            self.places.remove(&conversation);
            return Ok(None);
        };
        let delivered = window.entries.last().map_or(window.last_seq, |entry| entry.seq);
        if delivered >= window.last_seq {
            self.behind.pop_front();
            self.places.insert(conversation, Place::Live(delivered));
        } else {
            self.places.insert(conversation, Place::Behind(delivered));
        }
        Ok(if window.entries.is_empty() && window.pruned.is_none() { None } else { Some(Event::Entries(window)) })
    }

    async fn next_inbox(&mut self, device: DeviceId) -> Result<Option<Event>, Problem> {
        if !self.inbox_waits {
            return Ok(None);
        }
        let welcomes = self.app.store.inbox(device, self.inbox_delivered, WELCOMES_MAX).await?;
        // The window may have been full in number or in bytes: only an empty one says that nothing is left.
        self.inbox_waits = !welcomes.is_empty();
        self.inbox_delivered = welcomes.last().map_or(self.inbox_delivered, |welcome| welcome.number);
        Ok(if welcomes.is_empty() { None } else { Some(Event::Inbox(Inbox { welcomes })) })
    }
}

/// Stands for a place that only the store knows. No log is that long.
const UNKNOWN: u64 = u64::MAX;

fn leaving(conversation: ConversationId, statement: Bytes) -> Event {
    Event::Leaving { conversation, statement }
}

fn register(app: &App, caller: &Caller) -> Result<Registered, Problem> {
    let session = caller.signed_in()?;
    Ok(app.hub.register(session.account, session.device, session.token_hash))
}
