//! One simulated device: an engine on a database file, which can die at any moment and be opened again.
//! Independent of the network and of what people do.

use std::{collections::BTreeMap, path::PathBuf};

use rand::{SeedableRng, rngs::StdRng};
use sealpost_client::{
    command::{Answer, Failure},
    engine::{Effect, Engine, EngineConfig, Event, TimerId},
    snapshot::{Archive, ConversationRow, Details, Linking, Session, Settings, Snapshot, SnapshotKey, Timeline},
};
use sealpost_protocol::{AccountId, Bytes, ConversationId, DeviceId, Timestamp};

/// The device's side of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Down,
    /// Named by the number of the attempt.
    Dialing(u64),
    /// Named by the number of the connection. It may be dead without the device knowing yet.
    Up(u64),
}

/// One installation.
pub(super) struct Device {
    /// Whose: a place in the list of people.
    pub owner: usize,
    path: PathBuf,
    config: EngineConfig,
    engine: Option<Engine>,
    /// Counts the times that the device was started; what was meant for an earlier life is dropped.
    pub life: u64,
    pub link: Link,
    /// The number of the setting that counts, for each timer.
    pub timers: BTreeMap<TimerId, u64>,
    /// Has no network until then.
    pub offline_until: Timestamp,
    /// By how many milliseconds its clock is ahead of the world's.
    pub ahead: i64,
    /// The session's token, once the engine has connected with one.
    pub token: Option<Bytes>,
    /// Results of the commands of this life.
    pub finished: BTreeMap<u64, Result<Answer, Failure>>,
}

impl Device {
    pub(super) fn new(owner: usize, path: PathBuf, config: EngineConfig, ahead: i64) -> Self {
        Self {
            owner,
            path,
            config,
            engine: None,
            life: 0,
            link: Link::Down,
            timers: BTreeMap::new(),
            offline_until: 0,
            ahead,
            token: None,
            finished: BTreeMap::new(),
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.engine.is_some()
    }

    /// Starts the device: opens its database and begins a new life.
    pub(super) fn start(&mut self, randomness: u64) -> Result<(), String> {
        let connection = rusqlite::Connection::open(&self.path).map_err(|error| error.to_string())?;
        // A simulated crash loses what was not committed, and nothing of what was: there is no disk to wait for.
        let pragmas = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF";
        connection.execute_batch(pragmas).map_err(|error| error.to_string())?;
        let rng = Box::new(StdRng::seed_from_u64(randomness));
        let engine = Engine::open(connection, self.config.clone(), rng);
        self.engine = Some(engine.map_err(|error| format!("a device's database does not open: {error}"))?);
        self.life += 1;
        Ok(())
    }

    /// The device dies: whatever its engine had not made durable is gone.
    pub(super) fn crash(&mut self) {
        self.engine = None;
        self.link = Link::Down;
        self.timers.clear();
        self.finished.clear();
        self.life += 1;
    }

    /// What it had stored is gone.
    pub(super) fn forget(&mut self) -> std::io::Result<()> {
        self.token = None;
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// When it is by the world's clock what `time` is by this device's.
    pub(super) fn real(&self, time: Timestamp) -> Timestamp {
        time.saturating_add_signed(self.ahead.saturating_neg())
    }

    /// Hands the engine an event; nothing if the device is not running. `now` is by the world's clock.
    pub(super) fn handle(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        let now = now.saturating_add_signed(self.ahead);
        self.engine.as_mut().map(|engine| engine.handle(event, now)).unwrap_or_default()
    }

    fn snapshot(&self, key: &SnapshotKey) -> Option<Snapshot> {
        self.engine.as_ref().map(|engine| engine.snapshot(key))
    }

    /// The account that is signed in here.
    pub(super) fn account(&self) -> Option<AccountId> {
        match self.snapshot(&SnapshotKey::Session) {
            Some(Snapshot::Session(Session::SignedIn { me, .. })) => Some(me.account),
            _ => None,
        }
    }

    /// How far this device is with being linked, or with linking another one.
    pub(super) fn linking(&self) -> Linking {
        match self.snapshot(&SnapshotKey::Linking) {
            Some(Snapshot::Linking(linking)) => linking,
            _ => Linking::None,
        }
    }

    /// The account's other devices.
    pub(super) fn others(&self) -> Vec<DeviceId> {
        match self.snapshot(&SnapshotKey::Devices) {
            Some(Snapshot::Devices(devices)) => {
                devices.devices.iter().filter(|device| !device.this).map(|device| device.device).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The recovery code, while it is to be saved.
    pub(super) fn recovery_code(&self) -> Option<String> {
        match self.snapshot(&SnapshotKey::Session) {
            Some(Snapshot::Session(Session::SignedIn { recovery_code, .. })) => recovery_code,
            _ => None,
        }
    }

    pub(super) fn conversations(&self) -> Vec<ConversationRow> {
        match self.snapshot(&SnapshotKey::Conversations) {
            Some(Snapshot::Conversations(list)) => list.rows,
            _ => Vec::new(),
        }
    }

    /// How far the device has what its account's archive has.
    pub(super) fn archive(&self) -> Option<Archive> {
        match self.snapshot(&SnapshotKey::Archive) {
            Some(Snapshot::Archive(archive)) => Some(archive),
            _ => None,
        }
    }

    /// Everything in a conversation.
    pub(super) fn timeline(&self, conversation: ConversationId) -> Option<Timeline> {
        match self.snapshot(&SnapshotKey::newest(conversation, u32::MAX)) {
            Some(Snapshot::Timeline(timeline)) => Some(timeline),
            _ => None,
        }
    }

    /// A conversation's members and state.
    pub(super) fn details(&self, conversation: ConversationId) -> Option<Details> {
        match self.snapshot(&SnapshotKey::Details { conversation }) {
            Some(Snapshot::Details(details)) => Some(details),
            _ => None,
        }
    }

    /// Accounts in a conversation, in no particular order.
    pub(super) fn members(&self, conversation: ConversationId) -> Vec<AccountId> {
        let members = self.details(conversation).map(|details| details.members).unwrap_or_default();
        members.iter().map(|member| member.person.account).collect()
    }

    /// Whether this person may add people to a conversation.
    pub(super) fn may_add(&self, conversation: ConversationId) -> bool {
        self.details(conversation).is_some_and(|details| details.may_add)
    }

    /// What the person chose for the account.
    pub(super) fn settings(&self) -> Option<Settings> {
        match self.snapshot(&SnapshotKey::Settings) {
            Some(Snapshot::Settings(settings)) => Some(settings),
            _ => None,
        }
    }
}
