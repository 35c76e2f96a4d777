//! Engines of many devices against the real server's operations, over a simulated network and a virtual clock.
//!
//! Everything that happens follows from a seed: delays, lost and doubled frames, cut connections, devices that die at any
//! effect, restarts of the server, people who act at the same moment, devices that join late, clocks that are years
//! wrong. In the end the network is healed, everything becomes quiet, and then every device must show the same log with
//! every intent in it once.
//!
//! `SEALPOST_SIMULATION_SEED=7 cargo nextest run -p sealpost-testkit --test simulation` replays a seed;
//! `SEALPOST_SIMULATION_TRACE=1` and `--no-capture` beside it tell what happens.

mod agenda;
mod agree;
mod amend;
mod beginning;
mod check;
mod choices;
mod complaints;
mod device;
mod dishonest;
mod ghost;
mod lies;
mod malice;
mod network;
mod node;
mod people;
mod races;
mod rollback;
mod schedule;
mod truth;
mod world;

use std::time::{SystemTime, UNIX_EPOCH};

use sealpost_protocol::Timestamp;

pub use dishonest::{
    run_with_lies, run_with_little_kept, run_with_lost_databases, run_with_malice, run_with_sign_outs,
};
pub use rollback::run_with_rollback;
pub use schedule::{COUNT_VARIABLE, FIRST_VARIABLE, Faults, SEED_VARIABLE, Schedule, seeds};
pub use world::Counts;

use beginning::Beginning;
use people::People;
use world::World;

/// How long everything may take to become quiet once the network is healed: as many spans of so many milliseconds.
const SPANS: u32 = 300;
const SPAN: u64 = 15_000;

/// Most races for an epoch that a device may lose before it gets its turn.
const RACES_MAX: u64 = 5;

/// A schedule whose end was not as it must be.
#[derive(Debug, thiserror::Error)]
#[error("{what}\n  {schedule}\n  replay: {SEED_VARIABLE}={} cargo nextest run -p sealpost-testkit --test simulation", schedule.seed)]
pub struct Violation {
    /// What is wrong.
    pub what: String,
    /// Where.
    pub schedule: Schedule,
}

/// Runs a schedule to the final comparison.
///
/// # Errors
/// Says what is wrong and how to replay it.
pub fn run(schedule: Schedule) -> Result<Counts, Violation> {
    judged(schedule, simulate)
}

/// What a simulation came to; whatever was logged as an error is wrong, too.
fn judged(schedule: Schedule, simulate: impl FnOnce(&Schedule) -> Result<Counts, String>) -> Result<Counts, Violation> {
    let (result, complaints) = complaints::heard(world::is_traced(), || simulate(&schedule));
    let result = result.and_then(|counts| match complaints.first() {
        Some(complaint) => Err(format!("{} errors were logged: {complaint}", complaints.len())),
        None => Ok(counts),
    });
    result.map_err(|what| Violation { what, schedule })
}

fn simulate(schedule: &Schedule) -> Result<Counts, String> {
    let (mut world, list) = Beginning::of(schedule)?.world(schedule)?;
    let mut people = People::begin(&mut world, list, schedule.engine())?;
    people.live(&mut world, schedule)?;
    settle(&mut world, &mut people, is_settled_and_agreed)?;
    check::check(&world, &people)?;
    people.read_all(&mut world);
    settle(&mut world, &mut people, check::everything_is_read)?;
    world.counts.entries = check::check(&world, &people)?;
    people.say_what_disappears(&mut world);
    if !people.amended.to_disappear.is_empty() {
        settle(&mut world, &mut people, is_settled_and_agreed)?;
        agree::the_last_goes(&mut world, &people)?;
        check::check(&world, &people)?;
    }
    world.counts.races = world.races.most_lost();
    if world.counts.races > RACES_MAX {
        return Err(format!("a device lost {} races before it won one", world.counts.races));
    }
    Ok(world.counts)
}

/// Whether everyone has everything, and all know the same state of their conversations: one that was written over by who
/// could not read it is put right a while later.
fn is_settled_and_agreed(world: &World, people: &People) -> Result<(), String> {
    check::is_settled(world, people)?;
    agree::states_agree(world)
}

/// What is waited for; says what is missing.
type Quiet = fn(&World, &People) -> Result<(), String>;

/// Heals the network and lets everything become quiet.
fn settle(world: &mut World, people: &mut People, quiet: Quiet) -> Result<(), String> {
    world.note(|| "the network is healed".to_owned());
    world.faults = Faults::NONE;
    world.heal();
    let mut missing = String::new();
    for _ in 0..SPANS {
        people.keep_signing_in(world);
        world.live_on(SPAN)?;
        people.look_at_results(world);
        if world.has_traffic() {
            continue;
        }
        match quiet(world, people) {
            Ok(()) => return Ok(()),
            Err(what) => missing = what,
        }
    }
    Err(format!("it does not become quiet: {missing}"))
}

/// The beginning of today: key packages are checked against the machine's clock, so the virtual one must be near it.
fn today() -> Timestamp {
    const DAY: u64 = 24 * 60 * 60;
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    (seconds - seconds % DAY) * 1000
}
