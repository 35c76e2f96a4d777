//! Headings with the time each step took.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::Result;

/// Does `work` under a heading, and says how long it took and whether it failed.
pub fn step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("\n==> {title}");
    let start = Instant::now();
    let result = work();
    let outcome = if result.is_ok() { "done in" } else { "FAILED after" };
    eprintln!("    {title}: {outcome} {}", Elapsed(start.elapsed()));
    result
}

/// A duration as people read it: `0.4 s`, `12.0 s`, `3 min 05 s`.
pub struct Elapsed(pub Duration);

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        if seconds < 60 {
            write!(f, "{:.1} s", self.0.as_secs_f64())
        } else {
            write!(f, "{} min {:02} s", seconds / 60, seconds % 60)
        }
    }
}
