//! The server's clock, handed in so that tests and simulations choose the time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use sealpost_protocol::Timestamp;

/// Tells the time.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's.
    #[default]
    System,
    /// The machine's, so many milliseconds ahead.
    Ahead(u64),
    /// Milliseconds since the Unix epoch that a test sets.
    Manual(Arc<AtomicU64>),
}

impl Clock {
    /// Milliseconds since the Unix epoch.
    pub fn now(&self) -> Timestamp {
        let machine = || {
            let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
        };
        match self {
            Self::System => machine(),
            Self::Ahead(milliseconds) => machine().saturating_add(*milliseconds),
            Self::Manual(now) => now.load(Ordering::Relaxed),
        }
    }
}
