//! What one simulation does, all of it drawn from a seed: how many take part, how bad the network is, how long it goes on.
//! Independent of the server.

use std::fmt;

use rand::{Rng, SeedableRng, rngs::StdRng};
use sealpost_client::engine::{EngineConfig, Healing};

/// Names the seed to replay.
pub const SEED_VARIABLE: &str = "SEALPOST_SIMULATION_SEED";
/// Names how many schedules the suite runs in all.
pub const COUNT_VARIABLE: &str = "SEALPOST_SIMULATION_SCHEDULES";
/// Names the seed of the first of them, so that a long run can go on where another ended.
pub const FIRST_VARIABLE: &str = "SEALPOST_SIMULATION_FIRST";

/// Most people that take part.
pub(super) const PEOPLE_MAX: usize = 4;

/// Most milliseconds that a clock is wrong: three years.
const CLOCK_ERROR_MAX: u64 = 3 * 365 * 24 * 60 * 60 * 1000;

/// How often things go wrong. Rates are for each chance: 0.0 never, 1.0 always.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Faults {
    /// Longest delay of a frame in one direction, in milliseconds.
    pub delay: u64,
    /// A frame that arrives finds its connection cut.
    pub cut: f64,
    /// An HTTP request, or its answer, is lost.
    pub lost: f64,
    /// A request, or something pushed, arrives twice.
    pub doubled: f64,
    /// A device dies while it handles an event or performs its effects.
    pub crash: f64,
    /// The server restarts before a step.
    pub restart: f64,
    /// A device has no network for a while from a step on.
    pub offline: f64,
    /// Hours pass between two steps.
    pub long_gap: f64,
}

impl Faults {
    /// A network as it should be.
    pub const NONE: Self =
        Self { delay: 40, cut: 0.0, lost: 0.0, doubled: 0.0, crash: 0.0, restart: 0.0, offline: 0.0, long_gap: 0.0 };

    /// Each kind of fault is there or not, so that some schedules show one kind alone and some show all together.
    fn draw(rng: &mut StdRng) -> Self {
        let mut rate = |most: f64| if rng.gen_bool(0.5) { rng.gen_range(0.0..most) } else { 0.0 };
        let (cut, lost, doubled, crash) = (rate(0.04), rate(0.2), rate(0.2), rate(0.03));
        let (restart, offline, long_gap) = (rate(0.1), rate(0.25), rate(0.15));
        let delay = *[5, 50, 400, 3000].get(rng.gen_range(0..4)).unwrap_or(&50);
        Self { delay, cut, lost, doubled, crash, restart, offline, long_gap }
    }
}

/// One simulation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    /// Everything else follows from it.
    pub seed: u64,
    /// People.
    pub accounts: usize,
    /// Devices beyond each person's first, which sign in at some step.
    pub late_devices: usize,
    /// Whether conversations use the post-quantum suite rather than the classic one.
    pub post_quantum: bool,
    /// Whether devices renew their keys after every other message, so that commits meet all the time.
    pub eager_healing: bool,
    /// Most milliseconds that a device's clock is wrong, either way.
    pub clock_error: u64,
    /// Things that people do.
    pub steps: usize,
    /// What goes wrong meanwhile.
    pub faults: Faults,
}

impl Schedule {
    /// The schedule of a seed.
    pub fn from_seed(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed ^ 0x5ea1_9057);
        Self {
            seed,
            accounts: rng.gen_range(2..=PEOPLE_MAX),
            late_devices: rng.gen_range(0..=2),
            post_quantum: rng.gen_ratio(1, 10),
            eager_healing: rng.gen_bool(0.5),
            clock_error: if rng.gen_ratio(1, 4) { rng.gen_range(1..=CLOCK_ERROR_MAX) } else { 0 },
            steps: rng.gen_range(10..=30),
            faults: Faults::draw(&mut rng),
        }
    }
}

impl Schedule {
    /// How its devices' engines are set.
    pub(super) fn engine(&self) -> EngineConfig {
        let config = crate::client::quick_engine(self.post_quantum);
        let healing = Healing { direct_sends: 2, group_sends: 2, quiet: 20, ..Healing::default() };
        if self.eager_healing { EngineConfig { healing, ..config } } else { config }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}: {} people, {} late devices, ", self.seed, self.accounts, self.late_devices)?;
        write!(f, "{} suite, ", if self.post_quantum { "post-quantum" } else { "classic" })?;
        write!(f, "{}", if self.eager_healing { "eager healing, " } else { "" })?;
        write!(f, "clocks wrong by {} ms, {} steps, {:?}", self.clock_error, self.steps, self.faults)
    }
}

/// The seeds that part `part` of `parts` of the suite runs: the one that is to be replayed, or its share of `default`.
///
/// # Panics
/// When a variable does not hold a number.
pub fn seeds(part: u64, parts: u64, default: u64) -> Vec<u64> {
    let number = |name: &str| {
        std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap_or_else(|_| panic!("{name} must be a number")))
    };
    match number(SEED_VARIABLE) {
        Some(seed) if seed % parts == part => vec![seed],
        Some(_) => Vec::new(),
        None => {
            let first = number(FIRST_VARIABLE).unwrap_or_default();
            let count = number(COUNT_VARIABLE).unwrap_or(default);
            (first..first.saturating_add(count)).filter(|seed| seed % parts == part).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_schedule_again() {
        assert_eq!(Schedule::from_seed(7), Schedule::from_seed(7));
        assert_ne!(Schedule::from_seed(7), Schedule { seed: 7, ..Schedule::from_seed(8) });
    }

    #[test]
    fn some_schedules_have_no_fault_of_a_kind_and_some_have() {
        let crash: Vec<bool> = (0..50).map(|seed| Schedule::from_seed(seed).faults.crash > 0.0).collect();
        assert!(crash.contains(&true) && crash.contains(&false));
    }
}
