//! A server that lies now and then: it withholds, repeats, reorders, exchanges and damages what it tells devices, and makes
//! entries up that fit its log. What it has stored stays as it is, so that afterwards there is something to compare with.

use rand::{Rng, rngs::StdRng, seq::SliceRandom};
use sealpost_client::engine::{Event, RequestFailure};
use sealpost_protocol::{
    Bytes, DeviceId, Response, Timestamp,
    conversation::{ConversationSummary, Entry, EntryBody, Inbox, LogWindow, Pruned},
    device::{DeviceLists, KeyPackagesClaimed, ListsOfAccounts},
    socket,
};

use super::ghost;

/// How often a server that lies does so when it hands out key packages, which it seldom does: 1.0 is always.
const HANDED_OUT: f64 = 0.7;
/// So much of what was told before is remembered, to be told again.
const REMEMBERED: usize = 64;

/// What the server has told, and how often it lies.
#[derive(Default)]
pub(super) struct Lies {
    /// For each thing that is told: 0.0 never, 1.0 always.
    pub rate: f64,
    /// How often it lied.
    pub told: u64,
    /// How often it joined a group in what it told.
    pub intrusions: u64,
    /// Devices that it made up and whose key packages it handed out.
    pub ghosts: Vec<DeviceId>,
    pushed: Vec<socket::Event>,
    answered: Vec<Response>,
}

impl Lies {
    /// What a device is told instead of `event`.
    pub(super) fn instead_of(&mut self, event: Event, now: Timestamp, rng: &mut StdRng) -> Vec<Event> {
        let lies = self.rate > 0.0 && rng.gen_bool(if hands_out(&event) { HANDED_OUT } else { self.rate });
        match event {
            Event::Pushed(pushed) => {
                remember(&mut self.pushed, &pushed);
                if !lies {
                    return vec![Event::Pushed(pushed)];
                }
                self.told += 1;
                self.push(pushed, rng).into_iter().map(Event::Pushed).collect()
            }
            Event::Answered { request, outcome: Ok(mut response) } => {
                remember(&mut self.answered, &response);
                if lies {
                    self.told += 1;
                    self.answer(&mut response, now, rng);
                }
                vec![Event::Answered { request, outcome: Ok(response) }]
            }
            Event::Answered { request, outcome: Err(RequestFailure::Problem(mut problem)) } => {
                if let Some(current) = problem.current.as_mut().filter(|_| lies) {
                    self.told += 1;
                    current.epoch += rng.gen_range(0..2);
                    current.last_seq += rng.gen_range(0..2);
                }
                vec![Event::Answered { request, outcome: Err(RequestFailure::Problem(problem)) }]
            }
            other => vec![other],
        }
    }

    fn push(&self, mut pushed: socket::Event, rng: &mut StdRng) -> Vec<socket::Event> {
        match rng.gen_range(0..5) {
            0 => Vec::new(),
            1 => self.pushed.choose(rng).cloned().into_iter().chain([pushed]).collect(),
            2 => [pushed].into_iter().chain(self.pushed.choose(rng).cloned()).collect(),
            _ => {
                match &mut pushed {
                    socket::Event::Entries(window) => self.window(window, rng),
                    socket::Event::Inbox(inbox) => welcomes(inbox, rng),
                    socket::Event::Leaving { statement, .. } => damage(statement, rng),
                    socket::Event::Conversation(summary) => position(summary, rng),
                    _ => {}
                }
                vec![pushed]
            }
        }
    }

    fn answer(&mut self, response: &mut Response, now: Timestamp, rng: &mut StdRng) {
        let same = |known: &&Response| std::mem::discriminant(*known) == std::mem::discriminant(response);
        let before: Vec<&Response> = self.answered.iter().filter(same).collect();
        let before = before.choose(rng).map(|known| (*known).clone());
        match response {
            Response::LogRead(window) => match rng.gen_range(0..10) {
                0 => prune(window, rng),
                _ => self.window(window, rng),
            },
            Response::InboxRead(inbox) => welcomes(inbox, rng),
            Response::ConversationsList(list) => {
                if let Some(summary) = list.conversations.choose_mut(rng) {
                    position(summary, rng);
                }
            }
            Response::KeyPackagesClaim(claimed) => self.ghosts.extend(key_packages(claimed, before, now, rng)),
            Response::DeviceListsOf(lists) => device_lists(lists, before, rng),
            Response::GroupInfoRead(answer) => match (rng.gen_range(0..4), before) {
                (0, _) => damage(&mut answer.group_info, rng),
                (1, _) => damage(&mut answer.ratchet_tree, rng),
                (2, _) => answer.position.epoch += 1,
                (_, Some(Response::GroupInfoRead(other))) => *answer = other,
                _ => {}
            },
            Response::TreeRead(tree) => match (rng.gen_bool(0.5), before) {
                (true, Some(Response::TreeRead(other))) => *tree = other,
                _ => damage(&mut tree.ratchet_tree, rng),
            },
            Response::StateRead(state) => match (rng.gen_bool(0.5), before) {
                (true, Some(Response::StateRead(other))) => *state = other,
                _ => damage(&mut state.state, rng),
            },
            _ => {}
        }
    }

    /// A window of a log that is not the server's.
    fn window(&self, window: &mut LogWindow, rng: &mut StdRng) {
        if window.entries.is_empty() {
            return;
        }
        let at = rng.gen_range(0..window.entries.len());
        match rng.gen_range(0..8) {
            0 => drop(window.entries.remove(at)),
            1 => window.entries.reverse(),
            2 => window.entries.insert(at, window.entries[at].clone()),
            3 => {
                window.entries.truncate(at);
                let before = window.entries.last().map_or(0, |entry| entry.seq);
                window.last_seq = before.max(window.last_seq.saturating_sub(rng.gen_range(0..3)));
            }
            4 => self.exchange(&mut window.entries[at], rng),
            5 => {
                let entry = &mut window.entries[at];
                entry.client_id.0[rng.gen_range(0..16)] ^= 1;
                entry.time ^= rng.gen_range(0..1 << 20);
            }
            _ => damage_entry(&mut window.entries[at], rng),
        }
        if rng.gen_bool(0.7) {
            self.fit_hashes(window);
        }
    }

    /// Makes the running hashes fit what the entries are by now, as a server does that keeps such a log.
    fn fit_hashes(&self, window: &mut LogWindow) {
        let mut before = self.hash_before(window);
        for entry in &mut window.entries {
            if let Some(hash) = before {
                entry.hash = entry.running_hash(&hash).into();
            }
            before = entry.hash.as_ref().try_into().ok();
        }
    }

    /// The running hash before a window, if it was told.
    fn hash_before(&self, window: &LogWindow) -> Option<[u8; 32]> {
        let first = window.entries.first()?.seq;
        let pushed = self.pushed.iter().filter_map(|pushed| match pushed {
            socket::Event::Entries(told) if told.conversation == window.conversation => Some(&told.entries),
            _ => None,
        });
        let before = pushed.flatten().find(|entry| entry.seq + 1 == first)?;
        before.hash.as_ref().try_into().ok()
    }

    /// An entry of another place stands in this one's.
    fn exchange(&self, entry: &mut Entry, rng: &mut StdRng) {
        let windows = self.pushed.iter().filter_map(|pushed| match pushed {
            socket::Event::Entries(window) => window.entries.first(),
            _ => None,
        });
        let windows: Vec<_> = windows.collect();
        if let Some(other) = windows.choose(rng) {
            entry.body = other.body.clone();
            entry.client_id = other.client_id;
        }
    }
}

fn hands_out(event: &Event) -> bool {
    matches!(event, Event::Answered { outcome: Ok(Response::KeyPackagesClaim(_)), .. })
}

fn remember<T: Clone>(list: &mut Vec<T>, thing: &T) {
    if list.len() == REMEMBERED {
        list.remove(0);
    }
    list.push(thing.clone());
}

fn damage(bytes: &mut Bytes, rng: &mut StdRng) {
    if !bytes.0.is_empty() {
        let at = rng.gen_range(0..bytes.0.len());
        bytes.0[at] ^= 1 << rng.gen_range(0..8);
    }
}

fn damage_entry(entry: &mut Entry, rng: &mut StdRng) {
    match &mut entry.body {
        EntryBody::Application { message } | EntryBody::Commit { message } => match rng.gen_range(0..3) {
            0 => damage(message, rng),
            1 => message.0.truncate(message.0.len() / 2),
            _ => entry.body = EntryBody::Blank {},
        },
        _ => entry.epoch += 1,
    }
}

/// Another place in the log, another end of it, or a loss that there was not.
fn position(summary: &mut ConversationSummary, rng: &mut StdRng) {
    match rng.gen_range(0..5) {
        0 => summary.position.epoch += 1,
        1 => summary.position.last_seq += rng.gen_range(1..3),
        2 => summary.position.last_seq = summary.position.last_seq.saturating_sub(1),
        3 => damage(&mut summary.hash, rng),
        _ => summary.lost = Some(rng.gen_range(0..=summary.position.last_seq)),
    }
}

fn welcomes(inbox: &mut Inbox, rng: &mut StdRng) {
    let Some(welcome) = inbox.welcomes.choose_mut(rng) else { return };
    match rng.gen_range(0..4) {
        0 => damage(&mut welcome.welcome, rng),
        1 => damage(&mut welcome.tree, rng),
        2 => damage(&mut welcome.hash, rng),
        _ => inbox.welcomes.clear(),
    }
}

/// Entries are not kept any more that are.
fn prune(window: &mut LogWindow, rng: &mut StdRng) {
    let seq = rng.gen_range(0..=window.last_seq);
    window.entries.retain(|entry| entry.seq > seq);
    window.pruned = Some(Pruned { seq, hash: rng.r#gen::<[u8; 32]>().into() });
}

/// Key packages of a device that there is not, which it gives, or under the names of others, damaged ones, and too few.
fn key_packages(
    claimed: &mut KeyPackagesClaimed,
    before: Option<Response>,
    now: Timestamp,
    rng: &mut StdRng,
) -> Option<DeviceId> {
    let others = match before {
        Some(Response::KeyPackagesClaim(others)) => others.key_packages,
        _ => Vec::new(),
    };
    match (claimed.key_packages.choose_mut(rng), others.choose(rng)) {
        (Some(package), _) if rng.gen_bool(0.3) => return ghost::hand_out(package, now, rng),
        (Some(package), Some(other)) if rng.gen_bool(0.4) => package.key_package = other.key_package.clone(),
        (Some(package), Some(other)) if rng.gen_bool(0.4) => *package = other.clone(),
        (Some(package), _) if rng.gen_bool(0.5) => damage(&mut package.key_package, rng),
        _ => drop(claimed.key_packages.pop()),
    }
    None
}

/// Lists that end too early, go on as the account never said, damaged ones, and those of others.
fn device_lists(lists: &mut ListsOfAccounts, before: Option<Response>, rng: &mut StdRng) {
    let others = match before {
        Some(Response::DeviceListsOf(others)) => others.accounts,
        _ => Vec::new(),
    };
    let Some(account) = lists.accounts.choose_mut(rng) else { return };
    match (rng.gen_range(0..6), others.choose(rng)) {
        (0, _) => drop(account.chain.lists.pop()),
        (4.., _) => ghost::go_on(&mut account.chain, rng),
        (1, Some(other)) => account.chain = other.chain.clone(),
        (2, _) => lists.accounts.clear(),
        _ => damage_chain(&mut account.chain, rng),
    }
}

fn damage_chain(chain: &mut DeviceLists, rng: &mut StdRng) {
    match rng.gen_range(0..3) {
        0 => damage(&mut chain.root_public_key, rng),
        1 => chain.lists.iter_mut().for_each(|list| damage(list, rng)),
        _ => chain.list_key_certificates.iter_mut().for_each(|certificate| damage(certificate, rng)),
    }
}
