//! Random schedules over the simulated network; `sealpost_testkit::simulation` says what they prove.
//!
//! Split into parts so that they run side by side. `SEALPOST_SIMULATION_SCHEDULES` says how many there are in all,
//! `SEALPOST_SIMULATION_SEED` replays one.

#![allow(clippy::unwrap_used)]

use sealpost_testkit::simulation::{Counts, Schedule, Violation, run, seeds};

/// Schedules in all, where nothing else is said.
const SCHEDULES: u64 = 2000;
/// As many as there are tests below.
const PARTS: u64 = 4;

fn part(part: u64) {
    let seeds = seeds(part, PARTS, SCHEDULES);
    let mut sum = Counts::default();
    let mut violations: Vec<Violation> = Vec::new();
    for seed in &seeds {
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
