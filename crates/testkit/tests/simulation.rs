//! Random schedules over the simulated network; `sealpost_testkit::simulation` says what they prove.
//!
//! Split into parts so that they run side by side. `SEALPOST_SIMULATION_SCHEDULES` says how many there are in all,
//! `SEALPOST_SIMULATION_FIRST` from which seed on, and `SEALPOST_SIMULATION_SEED` replays one.

#![allow(clippy::unwrap_used)]

use sealpost_testkit::simulation::{
    Counts, Schedule, Violation, run, run_with_lies, run_with_little_kept, run_with_lost_databases, run_with_malice,
    run_with_rollback, run_with_sign_outs, seeds,
};

/// Schedules in all, where nothing else is said.
const SCHEDULES: u64 = 2000;
/// As many as there are tests below.
const PARTS: u64 = 4;

/// One in so many schedules also runs with a server that is put back in its midst, with one that lies, and with a malicious member.
const ONE_IN: u64 = 100;

fn part(part: u64) {
    run_all(&seeds(part, PARTS, SCHEDULES), run);
}

fn run_all(seeds: &[u64], run: impl Fn(Schedule) -> Result<Counts, Violation>) -> Counts {
    let mut sum = Counts::default();
    let mut violations: Vec<Violation> = Vec::new();
    for seed in seeds {
        match run(Schedule::from_seed(*seed)) {
            Ok(counts) => sum += counts,
            Err(violation) => {
                eprintln!("{violation}");
                violations.push(violation);
            }
        }
    }
    eprintln!("{} schedules: {sum:?}", seeds.len());
    assert!(violations.is_empty(), "{} of {} schedules ended wrong", violations.len(), seeds.len());
    sum
}

#[test]
fn devices_converge_part_1() {
    part(0);
}

#[test]
fn devices_converge_part_2() {
    part(1);
}

#[test]
fn devices_converge_part_3() {
    part(2);
}

#[test]
fn devices_converge_part_4() {
    part(3);
}

#[test]
fn conversations_go_on_with_a_server_that_was_put_back() {
    run_all(&some(), run_with_rollback);
}

#[test]
fn conversations_go_on_after_a_server_that_lies() {
    let seeds = some();
    let sum = run_all(&seeds, run_with_lies);
    assert!(sum.ghosts > 0 || seeds.len() == 1, "devices are made up");
    assert!(sum.intrusions > 0 || seeds.len() == 1, "the server joins groups");
}

#[test]
fn conversations_go_on_beside_a_malicious_member() {
    run_all(&some(), run_with_malice);
}

#[test]
fn conversations_go_on_with_devices_that_lost_their_databases() {
    run_all(&some(), run_with_lost_databases);
}

#[test]
fn conversations_go_on_with_devices_that_sign_out_or_are_revoked() {
    let seeds = some();
    let sum = run_all(&seeds, run_with_sign_outs);
    assert!(sum.revoked > 0 || seeds.len() == 1, "devices are revoked");
    assert!(sum.linked > 0 || seeds.len() == 1, "devices are linked");
}

#[test]
fn conversations_go_on_where_little_is_kept() {
    let seeds = some();
    let sum = run_all(&seeds, run_with_little_kept);
    assert!(sum.gaps > 0 || seeds.len() == 1, "devices miss something");
}

/// The seed that is to be replayed, or some of all.
fn some() -> Vec<u64> {
    let all: Vec<u64> = (0..PARTS).flat_map(|part| seeds(part, PARTS, SCHEDULES)).collect();
    match all.len() {
        1 => all,
        _ => all.into_iter().filter(|seed| seed % ONE_IN == 0).collect(),
    }
}
