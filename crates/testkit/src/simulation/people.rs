//! What the simulated people do, and a ledger of it that the end is compared with.

use std::collections::{BTreeMap, BTreeSet};

use rand::{Rng, seq::SliceRandom};
use sealpost_client::{
    command::{Answer, Command, Failure},
    engine::EngineConfig,
    snapshot::Linking,
};
use sealpost_protocol::{AccountId, ClientId, ConversationId, conversation::ConversationKind};

use super::{amend::Amended, schedule::Schedule, world::World};

/// Longest time between two steps that follow each other closely, in milliseconds.
const SHORT_GAP: u64 = 5_000;
/// Longest time between two steps with hours in between, in milliseconds.
const LONG_GAP: u64 = 30 * 60 * 60 * 1000;
/// Longest time without a network, in milliseconds.
const OFFLINE_MAX: u64 = 60_000;
/// So often a new device looks for another one that links it, before its owner types the password.
const LINKING_MAX: u32 = 12;
/// Most things that happen between two steps; more mean that something goes round in circles.
const STEP_HAPPENINGS: usize = 20_000;

/// A person.
#[derive(Clone)]
pub(super) struct Person {
    pub username: String,
    pub password: String,
    pub account: AccountId,
}

/// Something that was said.
pub(super) struct Said {
    pub text: String,
    pub by: AccountId,
    pub at: ConversationId,
    /// The device, its life and the command: where the result will be.
    origin: (usize, u64, u64),
    /// Whether the device took it; nobody knows if it died before it could say so.
    pub taken: Option<bool>,
}

/// People and what they did.
pub(super) struct People {
    pub list: Vec<Person>,
    pub said: BTreeMap<ClientId, Said>,
    /// Every name that a group was given, with which group it was, unless its device died before it could say so.
    pub group_names: BTreeMap<String, Option<ConversationId>>,
    /// What was done to messages and chats.
    pub amended: Amended,
    /// Nobody leaves a group or is removed from one.
    pub all_stay: bool,
    config: EngineConfig,
    /// Devices that sign in, with the life and number of the command that does it.
    signing_in: BTreeMap<usize, (u64, u64)>,
    /// How often new devices looked for another one that links them.
    linking: BTreeMap<usize, u32>,
    /// Those that one has approved.
    approved: BTreeSet<usize>,
}

impl People {
    /// Everyone starts the device at which they signed up.
    pub(super) fn begin(world: &mut World, list: Vec<Person>, config: EngineConfig) -> Result<Self, String> {
        for owner in 0..list.len() {
            let device = world.add_device(owner, config.clone());
            world.start(device)?;
        }
        let (said, group_names, amended) = (BTreeMap::new(), BTreeMap::new(), Amended::default());
        let (signing_in, linking, approved) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Ok(Self { list, said, group_names, amended, all_stay: false, config, signing_in, linking, approved })
    }

    /// Everything that the schedule has people do, with everything that goes wrong meanwhile.
    pub(super) fn live(&mut self, world: &mut World, schedule: &Schedule) -> Result<(), String> {
        world.faults = schedule.faults;
        let late: Vec<usize> = (0..schedule.late_devices).map(|_| world.rng.gen_range(0..schedule.steps)).collect();
        for step in 0..schedule.steps {
            for _ in late.iter().filter(|at| **at == step) {
                let owner = world.rng.gen_range(0..self.list.len());
                let device = world.add_device(owner, self.config.clone());
                world.start(device)?;
            }
            self.step(world, step)?;
            self.keep_signing_in(world);
            self.look_at_results(world);
            let gap = self.gap(world);
            let until = world.agenda.now() + gap;
            if !world.run_until(until, STEP_HAPPENINGS)? {
                return Err(format!("more than {STEP_HAPPENINGS} things happened after step {step}"));
            }
            world.agenda.pass(until.saturating_sub(world.agenda.now()));
        }
        self.look_at_results(world);
        Ok(())
    }

    fn gap(&self, world: &mut World) -> u64 {
        let (long, together) = (world.faults.long_gap, 0.3);
        if long > 0.0 && world.rng.gen_bool(long) {
            world.rng.gen_range(0..LONG_GAP)
        } else if world.rng.gen_bool(together) {
            0
        } else {
            world.rng.gen_range(0..SHORT_GAP)
        }
    }

    fn step(&mut self, world: &mut World, step: usize) -> Result<(), String> {
        if world.rng.gen_bool(world.faults.restart) {
            world.restart_server()?;
        }
        if world.rng.gen_bool(world.faults.offline) {
            let (device, long) = (world.rng.gen_range(0..world.devices.len()), world.rng.gen_range(0..OFFLINE_MAX));
            world.go_offline(device, long);
        }
        let first = step == 0;
        match world.rng.gen_range(0..100) {
            0..30 if first => self.meet_at_once(world),
            0..36 if !first => self.say(world),
            36..49 if !first => self.amend(world),
            49..52 if !first => self.choose(world),
            52..57 if !first => self.all_say(world),
            57..60 if !first => self.draft(world),
            60..65 if !first => self.meet_at_once(world),
            65..70 => self.start_direct(world),
            70..78 if !first => self.make_group(world),
            78..84 if !first => self.add_members(world),
            84..87 if !first => self.set_timer(world),
            87..92 if !first => self.change_group(world),
            92..95 if !first && !self.all_stay => self.part(world),
            95..100 if !first => self.mark_read(world),
            _ => self.make_group(world),
        }
        Ok(())
    }

    /// A device that somebody uses, if it is running.
    pub(super) fn device(&self, world: &mut World) -> Option<usize> {
        let device = world.rng.gen_range(0..world.devices.len());
        world.devices[device].account().map(|_| device)
    }

    fn say(&mut self, world: &mut World) {
        let Some(device) = self.device(world) else { return };
        let rows = world.devices[device].conversations();
        let Some(row) = rows.choose(&mut world.rng) else { return };
        if world.rng.gen_bool(0.3) {
            return self.ask_in(world, device, row.conversation);
        }
        for _ in 0..world.rng.gen_range(1..=3) {
            self.say_in(world, device, row.conversation);
        }
    }

    /// Everyone says something in the same conversation at the same moment.
    fn all_say(&mut self, world: &mut World) {
        let Some(device) = self.device(world) else { return };
        let rows = world.devices[device].conversations();
        let Some(conversation) = rows.choose(&mut world.rng).map(|row| row.conversation) else { return };
        for device in 0..world.devices.len() {
            if world.devices[device].conversations().iter().any(|row| row.conversation == conversation) {
                self.say_in(world, device, conversation);
            }
        }
    }

    pub(super) fn say_in(
        &mut self,
        world: &mut World,
        device: usize,
        conversation: ConversationId,
    ) -> Option<ClientId> {
        let (id, text) = (ClientId(world.rng.r#gen()), format!("text {}", self.said.len()));
        let command = Command::SendText { conversation, id, text: text.clone(), reply_to: None };
        self.send(world, device, (conversation, id, text), command)
    }

    /// Someone begins a poll.
    fn ask_in(&mut self, world: &mut World, device: usize, conversation: ConversationId) {
        let (id, question) = (ClientId(world.rng.r#gen()), format!("question {}", self.said.len()));
        let options = ["yes", "no", "perhaps"].map(str::to_owned).to_vec();
        let multiple = world.rng.gen_bool(0.5);
        let command = Command::SendPoll { conversation, id, question: question.clone(), options, multiple };
        self.send(world, device, (conversation, id, question), command);
    }

    /// Gives a command that sends a message, sometimes twice, and enters it into the ledger.
    fn send(
        &mut self,
        world: &mut World,
        device: usize,
        (at, id, text): (ConversationId, ClientId, String),
        command: Command,
    ) -> Option<ClientId> {
        let by = world.devices[device].account()?;
        let life = world.devices[device].life;
        let number = world.command(device, command.clone());
        self.said.insert(id, Said { text, by, at, origin: (device, life, number), taken: None });
        if world.rng.gen_bool(0.1) {
            world.command(device, command);
        }
        Some(id)
    }

    fn start_direct(&mut self, world: &mut World) {
        let Some(device) = self.device(world) else { return };
        let Some(with) = self.others(world, device, 1).pop() else { return };
        world.command(device, Command::StartDirect { account: with });
    }

    /// Two people open their chat at the same moment, and both say something in it.
    fn meet_at_once(&mut self, world: &mut World) {
        let Some(one) = self.device(world) else { return };
        let owner = world.devices[one].owner;
        let others: Vec<usize> = (0..world.devices.len()).filter(|at| world.devices[*at].owner != owner).collect();
        let Some(other) = others.choose(&mut world.rng).copied() else { return };
        for (device, with) in [(one, world.devices[other].owner), (other, owner)] {
            let account = self.list[with].account;
            let number = world.command(device, Command::StartDirect { account });
            let started = world.devices[device].finished.get(&number).cloned();
            if let Some(Ok(Answer::Conversation { conversation })) = started {
                self.say_in(world, device, conversation);
            }
        }
    }

    fn make_group(&mut self, world: &mut World) {
        let Some(device) = self.device(world) else { return };
        let many = world.rng.gen_range(1..self.list.len().max(2));
        let (members, name) = (self.others(world, device, many), self.new_group_name(None));
        let number = world.command(device, Command::CreateGroup { name: name.clone(), members });
        if let Some(Ok(Answer::Conversation { conversation })) = world.devices[device].finished.get(&number) {
            self.group_names.insert(name, Some(*conversation));
        }
    }

    /// A name that no group had, for this one.
    pub(super) fn new_group_name(&mut self, group: Option<ConversationId>) -> String {
        let name = format!("group {}", self.group_names.len());
        self.group_names.insert(name.clone(), group);
        name
    }

    /// Someone adds one or two people to a group; sometimes another device does the same at the same moment.
    fn add_members(&mut self, world: &mut World) {
        let Some(device) = self.device(world) else { return };
        let mut rows = world.devices[device].conversations();
        rows.retain(|row| row.kind == ConversationKind::Group && world.devices[device].may_add(row.conversation));
        let Some(conversation) = rows.choose(&mut world.rng).map(|row| row.conversation) else { return };
        let together = world.rng.gen_bool(0.4);
        for device in 0..world.devices.len() {
            let adds = world.devices[device].may_add(conversation) && (together || world.rng.gen_bool(0.5));
            if adds {
                let present = world.devices[device].members(conversation);
                let mut members = self.others(world, device, 2);
                members.retain(|account| !present.contains(account));
                if !members.is_empty() {
                    world.command(device, Command::AddMembers { conversation, members });
                }
            }
        }
    }

    fn mark_read(&mut self, world: &mut World) {
        let Some(device) = self.device(world) else { return };
        let rows = world.devices[device].conversations();
        let Some(row) = rows.choose(&mut world.rng) else { return };
        self.mark_read_in(world, device, row.conversation);
    }

    fn mark_read_in(&self, world: &mut World, device: usize, conversation: ConversationId) {
        if let Some(timeline) = world.devices[device].timeline(conversation) {
            let rows = world.devices[device].conversations();
            if rows.iter().any(|row| row.conversation == conversation && row.request) {
                // Who began it learns of it only then.
                world.command(device, Command::AcceptRequest { conversation });
            }
            world.command(device, Command::MarkRead { conversation, seq: timeline.last_seq });
        }
    }

    /// Everyone reads everything.
    pub(super) fn read_all(&self, world: &mut World) {
        for device in 0..world.devices.len() {
            for row in world.devices[device].conversations() {
                if row.request {
                    world.command(device, Command::AcceptRequest { conversation: row.conversation });
                }
                self.mark_read_in(world, device, row.conversation);
            }
        }
    }

    pub(super) fn others(&self, world: &mut World, device: usize, many: usize) -> Vec<AccountId> {
        let me = world.devices[device].owner;
        let mut others: Vec<usize> = (0..self.list.len()).filter(|other| *other != me).collect();
        others.shuffle(&mut world.rng);
        others.into_iter().take(many).map(|other| self.list[other].account).collect()
    }

    /// Goes on linking a new device by another one of its owner. Gives whether it is worth going on.
    fn link(&mut self, world: &mut World, device: usize) -> bool {
        let looked = self.linking.entry(device).or_default();
        *looked += 1;
        if *looked > LINKING_MAX {
            world.command(device, Command::StopLinking {});
            self.approved.remove(&device);
            return false;
        }
        let owner = world.devices[device].owner;
        let others = world
            .devices
            .iter()
            .enumerate()
            .filter(|(other, state)| *other != device && state.owner == owner && state.account().is_some());
        let others: Vec<usize> = others.map(|(other, _)| other).collect();
        match world.devices[device].linking() {
            Linking::None | Linking::Failed { .. } => {
                world.command(device, Command::StartLinking {});
            }
            Linking::Waiting { code, qr } => {
                if let Some(other) = others.choose(&mut world.rng).copied() {
                    let code = if device.is_multiple_of(4) { qr } else { code };
                    world.command(other, Command::LinkDevice { code });
                }
            }
            Linking::Compare { digits, .. } => {
                let has_them = |other: &&usize| match world.devices[**other].linking() {
                    Linking::Compare { digits: theirs, may_approve, .. } => may_approve && theirs == digits,
                    _ => false,
                };
                if let Some(other) = others.iter().find(has_them) {
                    world.command(*other, Command::ApproveLinking {});
                    self.approved.insert(device);
                }
            }
            Linking::Starting | Linking::Approved => {}
        }
        true
    }

    /// People whose signing in failed, or whose device died before it was signed in, try again. Every second new device is
    /// linked by another one, if there is one in time.
    pub(super) fn keep_signing_in(&mut self, world: &mut World) {
        for device in 0..world.devices.len() {
            let state = &world.devices[device];
            if !state.is_running() {
                continue;
            }
            if state.account().is_some() {
                self.linking.remove(&device);
                world.counts.linked += u64::from(self.approved.remove(&device));
                continue;
            }
            let waits = self
                .signing_in
                .get(&device)
                .is_some_and(|(life, number)| *life == state.life && !state.finished.contains_key(number));
            if device.is_multiple_of(2) && !waits && self.link(world, device) {
                continue;
            }
            if !waits {
                let state = &world.devices[device];
                let person = &self.list[state.owner];
                let (username, password) = (person.username.clone(), person.password.clone());
                let life = state.life;
                let number = world.command(device, Command::SignIn { username, password });
                self.signing_in.insert(device, (life, number));
            }
        }
    }

    /// Notes which texts were taken.
    pub(super) fn look_at_results(&mut self, world: &World) {
        for said in self.said.values_mut().filter(|said| said.taken.is_none()) {
            let (device, life, command) = said.origin;
            let device = &world.devices[device];
            if device.life == life {
                said.taken = device.finished.get(&command).map(Result::is_ok);
            }
        }
    }
}

/// So many people sign up, each at a device that is added.
pub(super) fn sign_up(world: &mut World, people: usize, config: &EngineConfig) -> Result<Vec<Person>, String> {
    let mut list = Vec::new();
    for number in 0..people {
        let device = world.add_device(number, config.clone());
        world.start(device)?;
        let (username, password) = (format!("person{number}"), format!("lantern-otter-{number}-quilt"));
        let command = Command::SignUp {
            username: username.clone(),
            display_name: format!("Person {number}"),
            password: password.clone(),
            invite: None,
        };
        finish(world, device, command)?;
        let code = world.devices[device].recovery_code().ok_or("there is no recovery code after sign-up")?;
        finish(world, device, Command::ConfirmRecoveryCode { code })?;
        let account = world.devices[device].account().ok_or("nobody is signed in after sign-up")?;
        list.push(Person { username, password, account });
    }
    Ok(list)
}

/// Gives a command and waits for its result.
fn finish(world: &mut World, device: usize, command: Command) -> Result<Answer, String> {
    let number = world.command(device, command.clone());
    for _ in 0..60 {
        if let Some(result) = world.devices[device].finished.get(&number) {
            return result
                .clone()
                .map_err(|Failure { kind, detail, .. }| format!("{command:?} fails: {kind}: {detail}"));
        }
        let until = world.agenda.now() + 1000;
        world.run_until(until, STEP_HAPPENINGS)?;
        world.agenda.pass(until.saturating_sub(world.agenda.now()));
    }
    Err(format!("{command:?} does not finish"))
}
