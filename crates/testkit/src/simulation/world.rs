//! The simulated world: devices and a server, what happens next, and devices that die at any effect. What happens on
//! the way between them is in `network`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use rand::{Rng, SeedableRng, rngs::StdRng};
use sealpost_client::engine::{CommandId, Effect, Event, RequestId, TimerId, Via};
use sealpost_client::{command::Command, engine::EngineConfig};
use sealpost_protocol::{Bytes, Request, Timestamp, operation::Outcome, socket::CloseCode};
use tempfile::TempDir;

use super::{
    agenda::Agenda,
    device::{Device, Link},
    lies::Lies,
    malice::Malice,
    network::Connection,
    node::Node,
    races::Races,
    schedule::Faults,
};

/// Longest time that a dead device stays so, in milliseconds.
const DEAD_MAX: u64 = 20_000;

/// Most things that happen in a while in which nobody does anything; more mean that something goes round in circles.
const HAPPENINGS_MAX: usize = 20_000;

/// How often the server tells of cursors, in milliseconds.
const CURSORS_EVERY: u64 = 200;

/// Where the server has its files, in the world's folder.
pub(super) const SERVER_FOLDER: &str = "server";

/// Files by name.
pub(super) type Files = Vec<(String, Vec<u8>)>;

/// The files in a folder. What is in folders of it, attachments, nobody has here.
pub(super) fn files_in(folder: &Path) -> std::io::Result<Files> {
    let mut files = Files::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.push((entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?));
        }
    }
    Ok(files)
}

/// The name of a device's database in the world's folder.
pub(super) fn device_file(number: usize) -> String {
    format!("device-{number}.sqlite3")
}

/// The device that something is meant for, and its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub device: usize,
    pub life: u64,
}

/// Something on its way.
#[derive(Debug)]
pub(super) enum Happening {
    /// An HTTP request reaches the server.
    Posted { from: Target, id: RequestId, token: Option<Bytes>, request: Request, answered: bool },
    /// A frame reaches the server.
    Framed { connection: u64, id: RequestId, request: Request, answered: bool },
    /// A hello reaches the server.
    Dialed { from: Target, attempt: u64, token: Bytes },
    /// The server tells of cursors that moved.
    TellsCursors,
    /// The server looks whether it has something to push.
    Pushing { connection: u64 },
    /// A frame reaches the device over its connection.
    Received { to: Target, connection: u64, event: Box<Event> },
    /// Something reaches the device without a connection.
    Told { to: Target, event: Box<Event> },
    /// The device learns that its link is down.
    Dropped { to: Target, link: Link, code: Option<CloseCode> },
    /// The server learns that a connection is gone.
    Closed { connection: u64 },
    /// A timer fires.
    Fires { to: Target, timer: TimerId, setting: u64 },
    /// A dead device is started.
    Starts { device: usize },
}

impl Happening {
    /// Whether it is more than a timer that will fire some day.
    pub(super) fn is_traffic(&self) -> bool {
        !matches!(self, Self::Fires { .. })
    }
}

/// What a simulation counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Entries in the logs at the end.
    pub entries: u64,
    /// Requests that reached the server.
    pub requests: u64,
    /// Events that engines handled.
    pub events: u64,
    /// Connections that were cut.
    pub cuts: u64,
    /// Devices that died.
    pub crashes: u64,
    /// Restarts of the server.
    pub restarts: u64,
    /// Requests that the server refused.
    pub refusals: u64,
    /// Lies that a lying server told, and what a malicious device did.
    pub lies: u64,
    /// Devices that a lying server made up and whose key packages it handed out.
    pub ghosts: u64,
    /// How often a server that lies joined a group in what it told.
    pub intrusions: u64,
    /// Times that the server did not have any more what a device lacked of a log.
    pub gaps: u64,
    /// Devices that another one of their owner linked.
    pub linked: u64,
    /// Devices that another one of their owner revoked.
    pub revoked: u64,
    /// Most races for an epoch that a device lost in a conversation before it won one.
    pub races: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.entries += other.entries;
        self.requests += other.requests;
        self.events += other.events;
        self.cuts += other.cuts;
        self.crashes += other.crashes;
        self.restarts += other.restarts;
        self.refusals += other.refusals;
        self.lies += other.lies;
        self.ghosts += other.ghosts;
        self.intrusions += other.intrusions;
        self.gaps += other.gaps;
        self.linked += other.linked;
        self.revoked += other.revoked;
        self.races = self.races.max(other.races);
    }
}

/// Everything that is simulated.
pub(super) struct World {
    pub rng: StdRng,
    pub faults: Faults,
    pub devices: Vec<Device>,
    pub agenda: Agenda<Happening>,
    pub node: Node,
    pub counts: Counts,
    pub trace: bool,
    pub connections: BTreeMap<u64, Connection>,
    pub lies: Lies,
    pub malice: Malice,
    /// Some device lost its database: nobody knows any more what it had.
    pub forgetful: bool,
    /// Devices lose their databases, perhaps with what they alone knew.
    pub loses_keys: bool,
    /// Devices that signed out in its midst.
    pub signed_out: BTreeSet<usize>,
    pub races: Races,
    /// How often a device wanted to add one that the lying server had made up.
    pub ghosts_added: u64,
    /// How often a device appended something that it had made in an epoch which the log never had.
    pub ahead: u64,
    /// Most milliseconds that the clock of a device that is added is wrong.
    pub clock_error: u64,
    numbers: u64,
    cursors_entered: bool,
    folder: TempDir,
}

impl World {
    /// A world on what is in `folder`, without devices so far.
    pub(super) fn new(seed: u64, folder: TempDir, start: Timestamp) -> Result<Self, String> {
        let node = Node::start(folder.path().join(SERVER_FOLDER), start)?;
        Ok(Self {
            rng: StdRng::seed_from_u64(seed),
            faults: Faults::NONE,
            devices: Vec::new(),
            agenda: Agenda::new(start),
            node,
            counts: Counts::default(),
            trace: is_traced(),
            connections: BTreeMap::new(),
            lies: Lies::default(),
            malice: Malice::default(),
            forgetful: false,
            loses_keys: false,
            signed_out: BTreeSet::new(),
            races: Races::default(),
            ghosts_added: 0,
            ahead: 0,
            clock_error: 0,
            numbers: 0,
            cursors_entered: false,
            folder,
        })
    }

    /// Stops everything; what is left is in the folder.
    pub(super) fn end(self) -> TempDir {
        let Self { devices, connections, node, folder, .. } = self;
        drop((devices, connections));
        node.stop();
        folder
    }

    /// Adds a device that is not started yet.
    pub(super) fn add_device(&mut self, owner: usize, config: EngineConfig) -> usize {
        let path = self.folder.path().join(device_file(self.devices.len()));
        let ahead = match self.clock_error.cast_signed() {
            0 => 0,
            error => self.rng.gen_range(-error..=error),
        };
        self.devices.push(Device::new(owner, path, config, ahead));
        self.devices.len() - 1
    }

    /// The devices that keep to the protocol, by number.
    pub(super) fn honest(&self) -> impl Iterator<Item = (usize, &Device)> {
        self.devices.iter().enumerate().filter(|(number, _)| self.malice.device != Some(*number))
    }

    /// A number that was not given out before.
    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Starts a device that is not running.
    pub(super) fn start(&mut self, device: usize) -> Result<(), String> {
        let randomness = self.rng.r#gen();
        if self.devices[device].is_running() {
            return Ok(());
        }
        self.devices[device].start(randomness)?;
        self.handle(device, Event::Started);
        Ok(())
    }

    /// Gives a device a command; its result appears in the device's `finished` under the number that is returned.
    pub(super) fn command(&mut self, device: usize, command: Command) -> u64 {
        let number = self.number();
        self.note(|| format!("device {device} command {number}: {command:?}"));
        self.handle(device, Event::Command { id: CommandId(number), command });
        number
    }

    /// Lets everything happen that comes before `until`, at most `most` things; whether there was nothing more.
    pub(super) fn run_until(&mut self, until: Timestamp, most: usize) -> Result<bool, String> {
        for _ in 0..most {
            let Some(happening) = self.agenda.next_before(until) else { return Ok(true) };
            self.node.set_time(self.agenda.now());
            self.happen(happening)?;
        }
        Ok(false)
    }

    /// Lets everything happen that comes in so many milliseconds, and the time pass.
    pub(super) fn live_on(&mut self, milliseconds: u64) -> Result<(), String> {
        let until = self.agenda.now() + milliseconds;
        if !self.run_until(until, HAPPENINGS_MAX)? {
            return Err(format!("more than {HAPPENINGS_MAX} things happened in {milliseconds} ms"));
        }
        self.agenda.pass(until.saturating_sub(self.agenda.now()));
        Ok(())
    }

    /// The server stops, which ends every connection, and starts again on what it has stored.
    pub(super) fn restart_server(&mut self) -> Result<(), String> {
        self.note(|| "server restarts".to_owned());
        self.node.prune();
        self.restart_on(|_| Ok(()))
    }

    /// The server's files as they are, with the server started again on them.
    pub(super) fn copy_server(&mut self) -> Result<Files, String> {
        let mut copy = Files::new();
        self.note(|| "server is copied".to_owned());
        self.restart_on(|folder| {
            copy = files_in(folder)?;
            Ok(())
        })?;
        Ok(copy)
    }

    /// The server has lost everything since it was copied.
    pub(super) fn put_server_back(&mut self, copy: &Files) -> Result<(), String> {
        self.note(|| "server is put back".to_owned());
        self.restart_on(|folder| {
            for (name, _) in files_in(folder)? {
                fs::remove_file(folder.join(name))?;
            }
            copy.iter().try_for_each(|(name, bytes)| fs::write(folder.join(name), bytes))
        })
    }

    /// The server stops, something is done with its files, and it starts again.
    fn restart_on(&mut self, files: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), String> {
        self.counts.restarts += 1;
        let open: Vec<u64> = self.connections.keys().copied().collect();
        for connection in open {
            self.cut(connection, false);
            self.connections.remove(&connection);
        }
        self.node.restart_on(files)
    }

    /// Takes a device's network away for a while.
    pub(super) fn go_offline(&mut self, device: usize, milliseconds: u64) {
        self.note(|| format!("device {device} offline for {milliseconds} ms"));
        self.devices[device].offline_until = self.agenda.now() + milliseconds;
        if let Link::Up(connection) = self.devices[device].link {
            self.cut(connection, true);
        }
    }

    /// Gives every device its network back.
    pub(super) fn heal(&mut self) {
        for device in 0..self.devices.len() {
            self.devices[device].offline_until = 0;
            self.command(device, Command::NetworkChanged { online: true });
        }
    }

    /// Whether something is on its way that is not lost.
    pub(super) fn has_traffic(&self) -> bool {
        self.agenda.coming().any(Happening::is_traffic)
    }

    fn happen(&mut self, happening: Happening) -> Result<(), String> {
        match happening {
            Happening::Posted { from, id, token, request, answered } => {
                self.posted(from, id, token, request, answered);
            }
            Happening::Framed { connection, id, request, answered } => {
                self.framed(connection, id, request, answered);
            }
            Happening::Dialed { from, attempt, token } => self.dialed(from, attempt, &token),
            Happening::TellsCursors => {
                self.cursors_entered = false;
                self.node.tell_cursors();
                self.look_for_pushes();
            }
            Happening::Pushing { connection } => self.push(connection),
            Happening::Received { to, connection, event } => {
                if self.is_alive(to) && self.devices[to.device].link == Link::Up(connection) {
                    self.handle(to.device, *event);
                }
            }
            Happening::Told { to, event } => {
                if self.is_alive(to) {
                    self.handle(to.device, *event);
                }
            }
            Happening::Dropped { to, link, code } => {
                if self.is_alive(to) && self.devices[to.device].link == link {
                    self.devices[to.device].link = Link::Down;
                    self.handle(to.device, Event::Disconnected { code });
                }
            }
            Happening::Closed { connection } => {
                self.connections.remove(&connection);
            }
            Happening::Fires { to, timer, setting } => {
                if self.is_alive(to) && self.devices[to.device].timers.get(&timer) == Some(&setting) {
                    self.devices[to.device].timers.remove(&timer);
                    self.handle(to.device, Event::Timer(timer));
                }
            }
            Happening::Starts { device } => self.start(device)?,
        }
        Ok(())
    }

    /// Hands a device an event and performs what comes of it, if the device lives that long.
    fn handle(&mut self, device: usize, event: Event) {
        if !self.devices[device].is_running() {
            return;
        }
        if self.trace {
            eprintln!("{} device {device}: {}", self.agenda.now(), brief(&event));
        }
        self.counts.events += 1;
        if self.happens(self.faults.crash / 4.0) {
            return self.crash(device);
        }
        let now = self.agenda.now();
        let mut effects = self.devices[device].handle(event, now);
        let dies = self.happens(self.faults.crash);
        if dies {
            effects.truncate(self.rng.gen_range(0..=effects.len()));
        }
        for effect in effects {
            self.perform(device, effect);
        }
        if dies {
            self.crash(device);
        }
    }

    fn perform(&mut self, device: usize, effect: Effect) {
        let target = Target { device, life: self.devices[device].life };
        match effect {
            // Nobody sends files here.
            Effect::Upload(_) | Effect::Fetch(_) | Effect::RemoveFiles(_) => {}
            Effect::Request { id, request, via: Via::Http { token } } => self.post(target, id, token, request),
            Effect::Request { id, request, via: Via::Socket } => self.send_up(device, id, request),
            Effect::Connect { token } => {
                let attempt = self.number();
                self.devices[device].token = Some(token.clone());
                self.devices[device].link = Link::Dialing(attempt);
                let at = self.after_delay();
                self.agenda.enter(at, Happening::Dialed { from: target, attempt, token });
            }
            Effect::Disconnect => self.hang_up(target),
            Effect::Timer { id, at } => {
                let setting = self.number();
                self.devices[device].timers.insert(id, setting);
                let at = self.devices[device].real(at);
                self.agenda.enter(at, Happening::Fires { to: target, timer: id, setting });
            }
            Effect::Finished { id, result } => {
                self.note(|| format!("device {device} finished {}: {result:?}", id.0));
                self.devices[device].finished.insert(id.0, result);
            }
            Effect::Changed(_) | Effect::Erased => {}
        }
    }

    /// A device dies and loses its database. Started again it is a new one.
    pub(super) fn lose_database(&mut self, device: usize) -> Result<(), String> {
        self.note(|| format!("device {device} loses its database"));
        self.forgetful = true;
        self.crash(device);
        self.devices[device].forget().map_err(|error| error.to_string())
    }

    fn crash(&mut self, device: usize) {
        self.counts.crashes += 1;
        self.note(|| format!("device {device} crashes"));
        if let Link::Up(connection) = self.devices[device].link {
            self.cut(connection, true);
        }
        self.devices[device].crash();
        let at = self.agenda.now() + self.rng.gen_range(0..=DEAD_MAX);
        self.agenda.enter(at, Happening::Starts { device });
    }

    pub(super) fn is_alive(&self, target: Target) -> bool {
        self.devices.get(target.device).is_some_and(|device| device.life == target.life)
    }

    pub(super) fn after_delay(&mut self) -> Timestamp {
        self.agenda.now() + 1 + self.rng.gen_range(0..=self.faults.delay)
    }

    pub(super) fn happens(&mut self, rate: f64) -> bool {
        rate > 0.0 && self.rng.gen_bool(rate)
    }

    pub(super) fn answered(&mut self, outcome: &Outcome) {
        if !self.cursors_entered {
            self.cursors_entered = true;
            self.agenda.enter(self.agenda.now() + CURSORS_EVERY, Happening::TellsCursors);
        }
        self.counts.requests += 1;
        self.counts.refusals += u64::from(outcome.is_err());
    }

    /// Says what happens, when someone replays a seed and wants to know.
    pub(super) fn note(&self, line: impl FnOnce() -> String) {
        if self.trace {
            eprintln!("{} {}", self.agenda.now(), line());
        }
    }
}

/// Whether everything that happens is to be told.
pub(super) fn is_traced() -> bool {
    std::env::var_os("SEALPOST_SIMULATION_TRACE").is_some()
}

/// The beginning of a long description.
pub(super) fn brief(thing: &impl std::fmt::Debug) -> String {
    let text = format!("{thing:?}");
    let end = text.char_indices().nth(300).map_or(text.len(), |(at, _)| at);
    text[..end].to_owned()
}

/// A temporary folder in memory, where the machine has one: what is simulated is the order of things, not the disk.
pub(super) fn memory_folder() -> std::io::Result<TempDir> {
    let memory = std::path::Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }
}
