//! The network between devices and the server, and what goes wrong with it.
//!
//! Within one connection frames keep their order. A cut connection loses what was on its way to the device; what was on
//! its way to the server may still arrive, even after the device has connected anew.

use rand::{Rng, seq::SliceRandom as _};
use sealpost_client::engine::{Event, RequestFailure, RequestId};
use sealpost_protocol::{
    AccountId, Bytes, ProblemKind, Request, Response, Timestamp,
    conversation::{Entry, GroupInfoRead},
    operation::Outcome,
    socket::{self, CloseCode},
};
use sealpost_server::Session;

use crate::intruder;

use super::{
    device::{Device, Link},
    ghost,
    world::{Happening, Target, World, brief},
};

/// Time that passes before a device notices that its connection is gone, at most, in milliseconds.
const NOTICE_MAX: u64 = 2_000;
/// Time after which an HTTP request without an answer fails, in milliseconds.
const HTTP_TIMEOUT: u64 = 5_000;

/// A connection as the network and the server see it.
pub(super) struct Connection {
    pub target: Target,
    pub session: Option<Session>,
    /// Frames to the server that arrive later than this are lost.
    carries_until: Timestamp,
    /// The moments at which the newest frame of each direction arrives: a later one does not overtake it.
    up: Timestamp,
    down: Timestamp,
    push_entered: bool,
}

impl Connection {
    fn is_cut(&self) -> bool {
        self.carries_until != Timestamp::MAX
    }
}

impl World {
    pub(super) fn posted(
        &mut self,
        from: Target,
        id: RequestId,
        token: Option<Bytes>,
        request: Request,
        answered: bool,
    ) {
        self.note(|| format!("server: device {} posts {}", from.device, brief(&request)));
        let outcome = self.node.call(token.as_ref(), request);
        self.answered(&outcome);
        self.look_for_pushes();
        let answer = Event::Answered { request: id, outcome: outcome.map_err(RequestFailure::Problem) };
        if answered && !self.happens(self.faults.lost) {
            let at = self.after_delay();
            self.agenda.enter(at, Happening::Told { to: from, event: Box::new(answer) });
        } else if answered {
            self.lose(from, id);
        }
    }

    pub(super) fn framed(&mut self, number: u64, id: RequestId, request: Request, answered: bool) {
        let now = self.agenda.now();
        let Some(connection) = self.connections.get_mut(&number) else { return };
        let Some(session) = connection.session.as_mut().filter(|_| now <= connection.carries_until) else { return };
        let device = connection.target.device;
        if self.trace {
            eprintln!("{now} server: device {device} (connection {number}) {id:?} {}", brief(&request));
        }
        let append = match &request {
            Request::LogAppend(append) => Some((append.conversation, append.generation, append.epoch)),
            _ => None,
        };
        let outcome = self.node.request(session, request);
        self.answered(&outcome);
        if let Some((conversation, generation, epoch)) = append {
            self.races.ran((device, conversation), epoch, &outcome);
            self.ahead += u64::from(is_ahead((generation, epoch), &outcome) && self.malice.device != Some(device));
        }
        if let (true, Err(problem)) = (self.trace, &outcome) {
            eprintln!("{now} server: refuses {id:?}: {problem}");
        }
        self.look_for_pushes();
        if answered {
            let outcome = outcome.map_err(RequestFailure::Problem);
            self.send_down(number, Event::Answered { request: id, outcome });
        }
        if self.happens(self.faults.cut) {
            self.cut(number, true);
        }
    }

    pub(super) fn dialed(&mut self, from: Target, attempt: u64, token: &Bytes) {
        let now = self.agenda.now();
        let Some(device) = self.devices.get(from.device) else { return };
        if !self.is_alive(from) || device.link != Link::Dialing(attempt) {
            return;
        }
        if device.offline_until > now {
            return self.drop_link(from, Link::Dialing(attempt), None);
        }
        match self.node.connect(token) {
            Err(problem) => {
                let code = match problem.kind() {
                    ProblemKind::SignedOut => CloseCode::SignedOut,
                    _ => CloseCode::Overloaded,
                };
                self.drop_link(from, Link::Dialing(attempt), Some(code));
            }
            Ok(session) => {
                let (device, welcome) = (from.device, session.welcome());
                self.note(|| format!("device {device} connected ({attempt})"));
                let connection = Connection {
                    target: from,
                    session: Some(session),
                    carries_until: Timestamp::MAX,
                    up: now,
                    down: now,
                    push_entered: false,
                };
                self.connections.insert(attempt, connection);
                self.devices[device].link = Link::Up(attempt);
                self.send_down(attempt, Event::Connected(welcome));
                self.look_for_pushes();
            }
        }
    }

    /// Enters a push for every connection that has something: each is served after a time of its own.
    pub(super) fn look_for_pushes(&mut self) {
        let now = self.agenda.now();
        for (number, connection) in &mut self.connections {
            let Some(session) = connection.session.as_ref().filter(|_| !connection.is_cut()) else { continue };
            if !connection.push_entered && self.node.has_events(session) {
                connection.push_entered = true;
                let at = now + self.rng.gen_range(0..=self.faults.delay);
                self.agenda.enter(at, Happening::Pushing { connection: *number });
            }
        }
    }

    pub(super) fn push(&mut self, number: u64) {
        let Some(connection) = self.connections.get_mut(&number) else { return };
        connection.push_entered = false;
        let (target, is_cut) = (connection.target, connection.is_cut());
        let Some(session) = connection.session.as_mut().filter(|_| !is_cut) else { return };
        match self.node.take_events(session) {
            Ok(events) => {
                for event in events {
                    self.push_event(number, event);
                }
                self.look_for_pushes();
            }
            Err(code) => {
                self.cut(number, false);
                self.drop_link(target, Link::Up(number), Some(code));
            }
        }
    }

    fn push_event(&mut self, number: u64, event: socket::Event) {
        if self.happens(self.faults.doubled) {
            self.send_down(number, Event::Pushed(event.clone()));
        }
        self.send_down(number, Event::Pushed(event));
    }

    fn send_down(&mut self, number: u64, event: Event) {
        let now = self.agenda.now();
        for mut told in self.lies.instead_of(event, now, &mut self.rng) {
            if self.happens(self.lies.rate) && self.intrude(number, &mut told) {
                (self.lies.told, self.lies.intrusions) = (self.lies.told + 1, self.lies.intrusions + 1);
            }
            self.tell(number, told);
        }
    }

    /// The lying server joins the group in what it tells of a log, if it can. Gives whether it does.
    fn intrude(&mut self, number: u64, told: &mut Event) -> bool {
        let window = match told {
            Event::Pushed(socket::Event::Entries(window))
            | Event::Answered { outcome: Ok(Response::LogRead(window)), .. } => window,
            _ => return false,
        };
        let Some(connection) = self.connections.get(&number) else { return false };
        let token = self.devices[connection.target.device].token.as_ref();
        let read = GroupInfoRead { conversation: window.conversation };
        let Ok(Response::GroupInfoRead(newest)) = self.node.call(token, Request::GroupInfoRead(read)) else {
            return false;
        };
        let accounts: Vec<AccountId> = self.devices.iter().filter_map(Device::account).collect();
        let member = accounts.choose(&mut self.rng).filter(|_| self.rng.gen_bool(0.5)).copied();
        let account = member.unwrap_or_else(|| AccountId(self.rng.r#gen()));
        let is_newest = |entry: &Entry| (entry.seq, &entry.hash) == (newest.position.last_seq, &newest.hash);
        if !window.entries.last().is_some_and(is_newest) {
            return false;
        }
        let Some(entry) = intruder::entry(&newest, account, self.agenda.now(), &mut self.rng) else { return false };
        window.last_seq = entry.seq;
        window.entries.push(entry);
        true
    }

    fn tell(&mut self, number: u64, event: Event) {
        if let Event::Pushed(socket::Event::Entries(window))
        | Event::Answered { outcome: Ok(Response::LogRead(window)), .. } = &event
        {
            self.counts.gaps += u64::from(window.pruned.is_some());
        }
        let at = self.after_delay();
        let Some(connection) = self.connections.get_mut(&number) else { return };
        if connection.is_cut() {
            return;
        }
        connection.down = connection.down.max(at);
        let received = Happening::Received { to: connection.target, connection: number, event: Box::new(event) };
        self.agenda.enter(connection.down, received);
    }

    /// Cuts a connection. What is on its way to the server may still arrive if `late_frames`; the device learns of it
    /// some time later.
    pub(super) fn cut(&mut self, number: u64, late_frames: bool) {
        let now = self.agenda.now();
        let (carried, noticed) = (self.rng.gen_range(0..=self.faults.delay), self.rng.gen_range(0..=NOTICE_MAX));
        let Some(connection) = self.connections.get_mut(&number) else { return };
        if connection.is_cut() {
            return;
        }
        self.counts.cuts += 1;
        connection.carries_until = if late_frames { now + carried } else { now.saturating_sub(1) };
        let target = connection.target;
        self.note(|| format!("connection {number} of device {} cut", target.device));
        self.agenda.enter(now + carried + 1, Happening::Closed { connection: number });
        let dropped = Happening::Dropped { to: target, link: Link::Up(number), code: None };
        self.agenda.enter(now + noticed, dropped);
    }

    fn drop_link(&mut self, to: Target, link: Link, code: Option<CloseCode>) {
        let at = self.after_delay();
        self.agenda.enter(at, Happening::Dropped { to, link, code });
    }

    pub(super) fn post(&mut self, from: Target, id: RequestId, token: Option<Bytes>, request: Request) {
        let offline = self.devices[from.device].offline_until > self.agenda.now();
        if offline || self.happens(self.faults.lost) {
            return self.lose(from, id);
        }
        let at = self.after_delay();
        self.agenda.enter(at, Happening::Posted { from, id, token, request, answered: true });
    }

    /// The answer of a request will never come.
    fn lose(&mut self, to: Target, id: RequestId) {
        let at = self.agenda.now() + self.rng.gen_range(0..=HTTP_TIMEOUT);
        let event = Event::Answered { request: id, outcome: Err(RequestFailure::Lost) };
        self.agenda.enter(at, Happening::Told { to, event: Box::new(event) });
    }

    pub(super) fn send_up(&mut self, device: usize, id: RequestId, mut request: Request) {
        let Link::Up(number) = self.devices[device].link else { return };
        if ghost::is_added(&request, &self.lies.ghosts) {
            self.ghosts_added += 1;
        }
        let besides = self.malice.change(device, &mut request, &mut self.rng);
        let (at, doubled) = (self.after_delay(), self.happens(self.faults.doubled) && may_come_twice(&request));
        let Some(connection) = self.connections.get_mut(&number) else { return };
        if connection.is_cut() {
            return;
        }
        connection.up = connection.up.max(at);
        let at = connection.up;
        let copy = doubled.then(|| request.clone());
        self.agenda.enter(at, Happening::Framed { connection: number, id, request, answered: true });
        for request in copy.into_iter().chain(besides) {
            self.agenda.enter(at, Happening::Framed { connection: number, id, request, answered: false });
        }
    }

    pub(super) fn hang_up(&mut self, target: Target) {
        let link = self.devices[target.device].link;
        if let Link::Up(number) = link {
            self.cut(number, true);
        }
        if link != Link::Down {
            self.drop_link(target, link, None);
        }
    }
}

/// Whether something was appended that was made in an epoch which the log has not come to.
fn is_ahead(made_in: (u64, u64), outcome: &Outcome) -> bool {
    let current = outcome.as_ref().err().and_then(|problem| problem.current.as_ref());
    current.is_some_and(|current| (current.generation, current.epoch) < made_in)
}

/// Whether a request that arrives twice is answered as if it had arrived once.
fn may_come_twice(request: &Request) -> bool {
    !matches!(
        request,
        Request::VaultWrite(_)
            | Request::StateWrite(_)
            | Request::BackupWrite(_)
            | Request::DeviceListWrite(_)
            | Request::PasswordStart(_)
            | Request::PasswordFinish(_)
            | Request::SignOut(_)
    )
}
