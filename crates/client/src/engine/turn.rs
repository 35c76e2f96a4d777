//! One event's turn: the open transaction, what the engine holds in memory, and the effects so far.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use sealpost_mls::{Group, Randomness};
use sealpost_protocol::{AccountId, ClientId, ConversationId, Timestamp, account::Passkey, device::DeviceSeen};

use super::{
    CommandId, Effect, EngineConfig, Event, RequestId, Result, TimerId,
    activity::Activity,
    archive::Archiving,
    connection::Link,
    files::Moving,
    gossip::OwnList,
    linking::Linking,
    lost_keys::LostKeys,
    mls::Identity,
    purpose::{Purpose, Task},
    sign_out::SigningOut,
    sign_up::Finishing,
};
use crate::{
    command::{Answer, Failure},
    snapshot::SnapshotKey,
    store::Store,
};

/// What the engine holds in memory. All of it can be found again.
#[derive(Default)]
pub(crate) struct Memory {
    pub next_request: u64,
    /// When the last event came, by this device's clock.
    pub now: Timestamp,
    pub link: Link,
    /// Connections that failed in a row.
    pub attempt: u32,
    /// The server's clock less this device's, in milliseconds.
    pub clock_offset: i64,
    /// The clocks were compared since the engine was opened.
    pub clocks_compared: bool,
    /// When the expiry timer fires.
    pub expiry: Option<Timestamp>,
    /// Who waits for a report to be sent.
    pub reporting: BTreeMap<ClientId, CommandId>,
    /// At most so many records of the vault are written at once, after the server refused more.
    pub vault_batch: Option<usize>,
    /// Records of the vault that the server does not take.
    pub vault_refused: BTreeSet<String>,
    /// Files on their way.
    pub moving: Moving,
    /// When members had messages whose info was asked for.
    pub times: BTreeMap<(ConversationId, String), Vec<sealpost_protocol::conversation::MemberTimes>>,
    pub identity: Option<Arc<Identity>>,
    pub open: BTreeMap<RequestId, Open>,
    pub held: BTreeMap<Task, Held>,
    /// Sign-ups whose last request waits to be sent again.
    pub finishing: Vec<Finishing>,
    /// Commands that have not come to their end.
    pub commands: BTreeSet<CommandId>,
    /// The command that this device signs out by.
    pub signing_out: Option<CommandId>,
    /// A sign-out that waits until the vault is written.
    pub signs_out_after_vault: Option<SigningOut>,
    /// Conversations to look at.
    pub attention: BTreeSet<ConversationId>,
    /// Conversations whose log has to be read.
    pub behind: BTreeSet<ConversationId>,
    pub cursors_wanted: BTreeSet<ConversationId>,
    /// Up to where the person has read on other devices, where that is further than this device has taken the log.
    pub read_elsewhere: BTreeMap<ConversationId, u64>,
    /// Leave statements that do not hold as far as this device has taken the log; a connection brings them anew.
    pub early_statements: BTreeMap<ConversationId, Vec<Vec<u8>>>,
    /// How often logs were read again from an entry that the server showed as blank.
    pub blanks_read_again: BTreeMap<ConversationId, u32>,
    /// State reads that gave an older state than the server is known to have: the version that was read and the known one.
    pub states_older: BTreeMap<ConversationId, (u64, u64)>,
    /// Conversations whose state was written by someone who may not, as far as this device had taken the log.
    pub states_refused: BTreeSet<ConversationId>,
    /// When states that do not open are looked at once more, of conversations where it is known what they said.
    pub states_broken: BTreeMap<ConversationId, Timestamp>,
    /// Conversations whose state was read and did not open.
    pub states_closed: BTreeSet<ConversationId>,
    /// Conversations whose state is looked at once more.
    pub states_looked_at: BTreeSet<ConversationId>,
    /// How often such a state was written again.
    pub states_mended: BTreeMap<ConversationId, u32>,
    /// Conversations whose state did not open and was asked for again since the connection began.
    pub states_retried: BTreeSet<ConversationId>,
    /// How often states that did not open were read once more before they are written.
    pub states_reread: BTreeMap<ConversationId, u32>,
    /// Conversations whose requests to join are to be asked for.
    pub requests_wanted: BTreeSet<ConversationId>,
    /// When this device is to reset conversations.
    pub resets: BTreeMap<ConversationId, Timestamp>,
    /// Conversations that the server would let this device reset, admin or not.
    pub resets_allowed: BTreeSet<ConversationId>,
    /// Up to where everyone knows the same log of conversations that are to be reset, as the server was told.
    pub forks_told: BTreeMap<ConversationId, u64>,
    /// Conversations that the server does not let this device reset.
    pub resets_refused: BTreeSet<ConversationId>,
    /// Until when Welcomes are waited for, where they are sure to come.
    pub welcomes_due: BTreeMap<ConversationId, Timestamp>,
    /// Keys of conversations that own devices shared, and in whose place this device put the one after.
    pub keys_defended: BTreeSet<(ConversationId, [u8; 32])>,
    /// Up to where the logs of conversations that the server lost entries of are as this device knows them.
    pub forks: BTreeMap<ConversationId, u64>,
    /// When the server may be told again that it lost entries of conversations.
    pub tell_lost_at: BTreeMap<ConversationId, Timestamp>,
    /// Conversations of which the server was told that it lost entries.
    pub lost_told: BTreeSet<ConversationId>,
    /// Conversations that this device would join but whose group its account is not in: who began it anew has yet to add it.
    pub not_in_group: BTreeSet<ConversationId>,
    /// How often the server did not have the lists of conversations' devices.
    pub lists_missed: BTreeMap<ConversationId, u32>,
    /// Accounts whose device lists were just read so that they can be added to a conversation.
    pub lists_read: BTreeSet<(ConversationId, AccountId)>,
    pub lost_keys: LostKeys,
    /// Who waits for a conversation to be made.
    pub creating: BTreeMap<ConversationId, Vec<CommandId>>,
    /// Conversations to which someone is to be added who has no key package yet.
    pub absent: BTreeMap<ConversationId, Held>,
    pub groups: HashMap<ConversationId, Group>,
    pub due: Due,
    pub key_packages_left: Option<u32>,
    pub inbox_seen: u64,
    pub inbox_told: u64,
    /// Accounts whose names the server was asked for.
    pub asked: BTreeSet<AccountId>,
    /// Accounts whose names and pictures may have changed.
    pub stale: BTreeSet<AccountId>,
    /// People who had been verified, and of whom the server has still to say whether they are who they were.
    pub unsure: BTreeSet<AccountId>,
    /// Accounts whose pictures the server does not give.
    pub unreadable: BTreeSet<AccountId>,
    pub activity: Activity,
    pub archiving: Archiving,
    /// When the server was last told what is stored here.
    pub stored_told: Timestamp,
    /// When something last happened in a conversation.
    pub active: BTreeMap<ConversationId, Timestamp>,
    pub linking: Linking,
    /// When own devices were there.
    pub devices_seen: Vec<DeviceSeen>,
    /// The account's passkeys, once the server was asked.
    pub passkeys: Option<Vec<Passkey>>,
    /// The account's newest list, as the server showed it.
    pub own_list: Option<OwnList>,
    /// Which list of it conversations were told: its SHA-256.
    pub list_told: BTreeMap<ConversationId, [u8; 32]>,
    /// Which list the newest message that told one told a conversation.
    pub list_sent: BTreeMap<ConversationId, (ClientId, [u8; 32])>,
    /// This device has revoked others, whose leaves are still to go.
    pub revoked: bool,
    /// When the maintenance timer fires.
    pub maintenance: Option<Timestamp>,
    /// When every conversation is looked at next.
    pub sweep: Timestamp,
    /// When single conversations are.
    pub wake: BTreeSet<(Timestamp, ConversationId)>,
}

/// What is to be asked once for each connection, or when something says so.
#[derive(Default)]
pub(crate) struct Due {
    /// Which segments the archive has.
    pub archive: bool,
    /// When own devices were there.
    pub devices: bool,
    /// Which passkeys there are.
    pub passkeys: bool,
    /// The account's own device list.
    pub own_list: bool,
    pub list: bool,
    pub inbox: bool,
    pub names: bool,
    pub pictures: bool,
    pub presence: bool,
    pub profile: bool,
    pub reports: bool,
    pub settings: bool,
    pub stored: bool,
    /// Lists that members told of may be missing.
    pub told_lists: bool,
    pub vault_read: bool,
    pub vault_write: bool,
    /// Entries may be left to be blanked.
    pub erasures: bool,
}

/// A request on its way.
pub(crate) struct Open {
    pub purpose: Purpose,
    pub on_socket: bool,
}

/// A task that failed for a while.
pub(crate) struct Held {
    pub until: Timestamp,
    pub attempt: u32,
}

pub(crate) struct Turn<'a> {
    pub store: Store<'a>,
    pub config: &'a EngineConfig,
    pub rng: &'a mut dyn Randomness,
    pub now: Timestamp,
    pub memory: &'a mut Memory,
    pub effects: Vec<Effect>,
    pub changed: BTreeSet<SnapshotKey>,
}

impl Turn<'_> {
    pub(super) fn take(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Started => self.started(),
            Event::Command { id, command } => self.command(id, command),
            Event::Connected(welcome) => self.connected(&welcome),
            Event::Disconnected { code } => self.disconnected(code),
            Event::Pushed(event) => self.pushed(event),
            Event::Answered { request, outcome } => match self.memory.open.remove(&request) {
                Some(open) => self.answered(open.purpose, outcome),
                // Lost before, by a failure inside or with its connection.
                None => Ok(()),
            },
            Event::Timer(timer) => self.fired(timer),
            Event::Staged(file) => self.staged(&file),
            Event::FileMoved { blob, bytes } => self.file_moved(blob, bytes),
            Event::Uploaded { blob, outcome } => self.uploaded(blob, outcome),
            Event::Fetched { blob, outcome } => self.fetched(blob, outcome),
        }
    }

    /// Random bytes.
    pub fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }

    /// A random client id.
    pub fn client_id(&mut self) -> ClientId {
        ClientId(self.random())
    }

    /// A random number of milliseconds below `limit`.
    pub fn jitter(&mut self, limit: u64) -> u64 {
        if limit == 0 { 0 } else { self.rng.next_u64() % limit }
    }

    /// The server's time, by the last comparison of the clocks.
    pub fn server_time(&self) -> Timestamp {
        self.now.saturating_add_signed(self.memory.clock_offset)
    }

    /// The server's time in seconds.
    pub fn server_seconds(&self) -> u64 {
        self.server_time() / 1000
    }

    pub fn finish(&mut self, id: CommandId, result: std::result::Result<Answer, Failure>) {
        if self.memory.commands.remove(&id) {
            self.effects.push(Effect::Finished { id, result });
        }
    }

    pub fn set_timer(&mut self, id: TimerId, at: Timestamp) {
        self.effects.push(Effect::Timer { id, at });
    }

    /// A conversation looks different now: its timeline, its place in the list.
    pub fn changed(&mut self, conversation: ConversationId) {
        self.changed.insert(SnapshotKey::newest(conversation, 0));
        self.changed.insert(SnapshotKey::Conversations);
    }

    /// A conversation's members or state look different now.
    pub fn details_changed(&mut self, conversation: ConversationId) {
        self.changed(conversation);
        self.changed.insert(SnapshotKey::Details { conversation });
    }

    /// Something may be to do in a conversation.
    pub fn attend(&mut self, conversation: ConversationId) {
        self.memory.attention.insert(conversation);
    }

    /// Runs `operation` so that the database is as before if it gives `Err` inside.
    pub fn attempt<T, E>(
        &mut self,
        operation: impl FnOnce(&mut Self) -> Result<std::result::Result<T, E>>,
    ) -> Result<std::result::Result<T, E>> {
        self.store.0.execute_batch("SAVEPOINT attempt")?;
        let outcome = operation(self)?;
        self.store.0.execute_batch(match outcome {
            Ok(_) => "RELEASE attempt",
            Err(_) => "ROLLBACK TO attempt; RELEASE attempt",
        })?;
        Ok(outcome)
    }
}
