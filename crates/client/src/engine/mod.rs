//! The client's protocol logic as a state machine without I/O and clock: events in, effects out.
//!
//! [`Engine::handle`] takes one event in one transaction: MLS state, messages and cursors change together or not at all,
//! and effects leave only after the commit. What is held in memory (what is open, what to look at next) can all be found
//! again from the database: after a failure inside, the engine forgets it and connects anew.
//!
//! Work is found, not remembered: after each event [`Turn::pump`] looks at what the database says is unfinished and asks
//! the server for the next step of each, one request at a time for a conversation. So a lost answer, a lost connection or
//! a crash resumes by itself.
//!
//! Independent of transports, of threads and of the platform: time and randomness are handed in.

mod activity;
mod amendments;
mod archive;
mod arrangement;
mod blanks;
mod changes;
mod commits;
mod connection;
mod conversations;
mod create;
mod credentials;
mod cursors;
#[cfg(feature = "fuzzing")]
pub mod decoders;
mod devices;
pub mod event;
mod expiry;
mod export;
mod files;
mod follow_link;
mod forward;
mod gossip;
mod groups;
mod healing;
mod incoming;
mod join;
mod join_requests;
pub(crate) mod keys;
mod leaving;
mod linking;
mod links;
mod lists;
mod lost_entries;
mod lost_keys;
mod members;
mod message_info;
mod messages;
mod mls;
mod opaque;
mod own_devices;
mod passkeys;
mod password;
mod people;
mod pictures;
mod pins;
mod polls;
mod present;
mod profile;
mod pump;
mod purpose;
mod records;
mod recovery;
mod refusals;
mod removals;
mod reports;
mod requests;
mod reset;
mod revoke;
mod said_again;
mod search;
mod settings;
mod sign_in;
mod sign_out;
mod sign_up;
mod snapshots;
mod state;
mod state_record;
mod stopped;
mod successors;
#[cfg(test)]
mod tests;
mod timeline;
mod turn;
mod vault;
mod verification;

pub use event::{CommandId, Effect, Event, RequestFailure, RequestId, TimerId, Via};
pub use healing::Healing;
pub use opaque::Stretching;
pub use sealpost_mls::{Randomness, Suite};

use rusqlite::{Connection, TransactionBehavior};
use sealpost_protocol::{BlobId, Timestamp, device};

pub use crate::store::OpenError;
use crate::{
    command::Failure,
    media::Transfer,
    snapshot::{SignedOutReason, Snapshot, SnapshotKey},
    store::{self, Store},
};
use turn::{Memory, Turn};

/// What an engine can be told when it is opened.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// The MLS ciphersuite of new conversations and of this device's key packages.
    pub suite: Suite,
    /// How passwords are stretched. The same on every device of an account.
    pub stretching: Stretching,
    /// How many key packages the server is to have.
    pub key_packages: u32,
    /// Fewer than this are refilled.
    pub key_package_refill: u32,
    /// When this device's leaf is given new keys.
    pub healing: Healing,
    /// How long nothing comes in a conversation before it is archived, in milliseconds.
    pub archive_pause: u64,
    /// What this device runs on, as its owner's other devices show it: at most 100 characters.
    pub platform: String,
    /// Takes any password at sign-up, however guessable: for demonstrations alone.
    pub any_password: bool,
    /// Why nobody is signed in, if the database is new because the one before was damaged.
    pub signed_out_reason: Option<SignedOutReason>,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            suite: Suite::default(),
            stretching: Stretching::default(),
            key_packages: device::KEY_PACKAGE_TARGET,
            key_package_refill: device::KEY_PACKAGE_REFILL,
            healing: Healing::default(),
            archive_pause: 1_000,
            platform: String::new(),
            any_password: false,
            signed_out_reason: None,
        }
    }
}

/// Something failed inside an event, which is undone as a whole.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    #[error("the database failed: {0}")]
    Storage(#[from] rusqlite::Error),
    #[error("MLS state: {0}")]
    Mls(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("{0}")]
    Broken(&'static str),
}

macro_rules! from_mls {
    ($($error:ty),*) => {$(
        impl From<$error> for EngineError {
            fn from(error: $error) -> Self {
                Self::Mls(error.into())
            }
        }
    )*};
}
from_mls!(
    sealpost_mls::GroupError,
    sealpost_mls::StoreError,
    sealpost_mls::KeyPackageError,
    sealpost_mls::identity::IdentityError,
    sealpost_protocol::socket::FrameError
);

pub(crate) type Result<T> = std::result::Result<T, EngineError>;

/// The state machine of one device.
pub struct Engine {
    connection: Connection,
    config: EngineConfig,
    rng: Box<dyn Randomness + Send>,
    memory: Memory,
    /// When the last event came.
    last: Timestamp,
}

/// A clock that is set back by less is let be, in milliseconds.
const CLOCK_SLACK: u64 = 1_000;

impl Engine {
    /// Opens the engine on its database, which nothing else may use. Journal and durability are the opener's choice:
    /// `synchronous=FULL`, because a ratchet that was rolled back must never send again.
    ///
    /// # Errors
    /// [`OpenError::Damaged`] if the database is to be set aside, [`OpenError::Newer`] if the app is too old for it.
    pub fn open(
        mut connection: Connection,
        config: EngineConfig,
        rng: Box<dyn Randomness + Send>,
    ) -> std::result::Result<Self, OpenError> {
        store::prepare(&mut connection)?;
        Ok(Self { connection, config, rng, memory: Memory::default(), last: 0 })
    }

    /// Takes an event. `now` is this device's clock; it may jump.
    pub fn handle(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        if let Event::Command { id, .. } = &event {
            self.memory.commands.insert(*id);
        }
        let set_back = now.saturating_add(CLOCK_SLACK) < self.last;
        self.last = now;
        self.memory.now = now;
        match self.transact(event, now, set_back) {
            Ok(effects) => effects,
            Err(error) => {
                tracing::error!(error = %error, "an event could not be taken; connecting anew");
                self.start_anew(&error, now)
            }
        }
    }

    /// What a view shows.
    pub fn snapshot(&self, key: &SnapshotKey) -> Snapshot {
        snapshots::snapshot(Store(&self.connection), &self.memory, &self.config, key)
    }

    /// How a file is opened, with the token to read it; and whether all of it is on this device.
    pub(crate) fn transfer(&self, blob: BlobId) -> Option<(Transfer, bool)> {
        files::transfer(Store(&self.connection), blob).ok().flatten()
    }

    /// Whether a file on this device can still be opened; one of which that cannot be found out can.
    pub(crate) fn knows_file(&self, blob: BlobId) -> bool {
        files::is_known(Store(&self.connection), blob).unwrap_or(true)
    }

    fn transact(&mut self, event: Event, now: Timestamp, set_back: bool) -> Result<Vec<Effect>> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (effects, changed) = {
            let mut turn = Turn {
                store: Store(&transaction),
                config: &self.config,
                rng: &mut *self.rng,
                now,
                memory: &mut self.memory,
                effects: Vec::new(),
                changed: Default::default(),
            };
            turn.memory.now = now;
            if set_back {
                turn.clock_set_back();
            }
            turn.take(event)?;
            turn.pump()?;
            (turn.effects, turn.changed)
        };
        transaction.commit()?;
        let mut effects = effects;
        if !changed.is_empty() {
            effects.push(Effect::Changed(changed.into_iter().collect()));
        }
        Ok(effects)
    }

    /// The transaction was rolled back: memory must not know more than the database.
    fn start_anew(&mut self, error: &EngineError, now: Timestamp) -> Vec<Effect> {
        let kind = if matches!(error, EngineError::Storage(_)) { "storage" } else { "internal" };
        let lost = std::mem::take(&mut self.memory);
        let failure = Failure::new(kind, error.to_string());
        let mut effects: Vec<_> =
            lost.commands.iter().map(|&id| Effect::Finished { id, result: Err(failure.clone()) }).collect();
        effects.extend(self.memory.resume(&lost, now));
        effects
    }
}
