//! Benchmarks of what people wait for, printed and not asserted: `cargo bench -p sealpost-benches`, or one of them by
//! `--bench appends`. With `SEALPOST_TEST_POSTGRES` set they run on PostgreSQL too.
//!
//! - `appends`: durable appends a second with 1, 10 and 100 concurrent senders, and how long one sender waits.
//! - `appends_beside_a_large_commit`: how long appends wait while commits of a group of 1,000 are checked.
//! - `attachments`: a file of 1 GiB sealed, sent and read, with the memory that it takes, beside a bare copy.
//! - `delivery`: from a person's Send to the other person's screen.
//! - `groups`: MLS groups of 2, 50 and 250 leaves: create, add, send, receive.
//! - `large_group`: a group of 1,000 accounts that are all online: make, add, send, receive, with bytes.
//! - `reconnect_storm`: 2,000 devices with 200 conversations each come back at once after a restart of the server.
//! - `restore`: a new device gets 50,000 messages from the account's archive.
//! - `slow_readers`: what 1,000 connections cost the server that take nothing of what flows into their conversations.
//! - `sync`: a device that was away takes 10,000 entries.
//! - `three_thousand_leaves`: the MLS operations of a group of 1,000 accounts with 3 devices each.
//!
//! This library has what they share: measuring and printing, people who are in the database already, bare connections.

pub mod connection;
pub mod crowd;
pub mod usage;

use std::time::{Duration, Instant};

/// How long things took.
#[derive(Debug, Default, Clone)]
pub struct Durations(Vec<Duration>);

impl Durations {
    /// Notes how long one thing took.
    pub fn add(&mut self, duration: Duration) {
        self.0.push(duration);
    }

    /// Notes everything that `others` noted.
    pub fn add_all(&mut self, others: &Self) {
        self.0.extend_from_slice(&others.0);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The duration that `share` of all do not exceed: 0.5 is the median. Zero if there are none.
    pub fn quantile(&self, share: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort();
        let last = sorted.len().saturating_sub(1);
        sorted.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
    }

    /// The mean. Zero if there are none.
    pub fn mean(&self) -> Duration {
        let many = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.iter().sum::<Duration>().checked_div(many).unwrap_or_default()
    }
}

/// How long `work` takes, with what it gives.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// Prints one line of results.
#[expect(clippy::print_stdout, reason = "results are what a benchmark is for")]
pub fn line(text: impl std::fmt::Display) {
    println!("{text}");
}

/// The numbers among the program's arguments, in the place of `sizes` as far as there are any: for a smaller run.
pub fn sizes<const N: usize>(mut sizes: [usize; N]) -> [usize; N] {
    let given = std::env::args().filter_map(|argument| argument.parse().ok());
    sizes.iter_mut().zip(given).for_each(|(size, given)| *size = given);
    sizes
}

/// Things a second.
pub fn rate(many: usize, elapsed: Duration) -> f64 {
    many as f64 / elapsed.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_means() {
        let mut durations = Durations::default();
        assert_eq!((durations.quantile(0.5), durations.mean()), (Duration::ZERO, Duration::ZERO));
        (1..=5).rev().for_each(|seconds| durations.add(Duration::from_secs(seconds)));
        assert_eq!(durations.quantile(0.5), Duration::from_secs(3));
        assert_eq!(durations.quantile(1.0), Duration::from_secs(5));
        assert_eq!(durations.mean(), Duration::from_secs(3));
    }
}
