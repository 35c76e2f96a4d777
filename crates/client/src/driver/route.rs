//! By which way the next connection goes: a socket, or long polling where sockets cannot be opened.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sealpost_protocol::Timestamp;

/// So many sockets in a row that cannot be opened make HTTP worth trying.
const FAILURES: u32 = 2;
/// First and longest time until a socket is tried again while polling works.
const AGAIN_FIRST: Duration = Duration::from_secs(30);
const AGAIN_LONGEST: Duration = Duration::from_secs(15 * 60);

/// What is known of the ways to the server. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Route(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    /// Sockets in a row that could not be opened.
    failures: u32,
    /// Polling works: until when no socket is tried first.
    polling_until: Timestamp,
    /// Times in a row that a socket could not be opened although polling worked.
    polls: u32,
}

impl Route {
    /// Whether to poll without trying a socket first.
    pub(super) fn polls_first(&self, now: Timestamp) -> bool {
        now < self.known().polling_until
    }

    /// A socket was opened and welcomed.
    pub(super) fn socket_works(&self) {
        *self.known() = Known::default();
    }

    /// A socket could not be opened. Whether HTTP is worth trying.
    pub(super) fn socket_fails(&self) -> bool {
        let mut known = self.known();
        known.failures = known.failures.saturating_add(1);
        known.failures >= FAILURES
    }

    /// Polling works although a socket could not be opened. How long to leave it at that before a socket is tried again.
    pub(super) fn polling_works(&self, now: Timestamp) -> Duration {
        let mut known = self.known();
        let wait = AGAIN_FIRST.saturating_mul(1 << known.polls.min(10)).min(AGAIN_LONGEST);
        known.polls = known.polls.saturating_add(1);
        known.polling_until = now.saturating_add(wait.as_millis().try_into().unwrap_or(u64::MAX));
        wait
    }

    /// Polling does not work (any more): a socket is worth trying again.
    pub(super) fn polling_fails(&self) {
        self.known().polling_until = 0;
    }

    /// Every critical section leaves its data whole.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polling_begins_after_two_sockets_and_ends_with_the_first_that_works() {
        let route = Route::default();
        assert!(!route.polls_first(1000));
        assert!(!route.socket_fails());
        assert!(route.socket_fails());
        assert_eq!(route.polling_works(1000), AGAIN_FIRST);
        assert!(route.polls_first(30_999) && !route.polls_first(31_000));
        assert_eq!(route.polling_works(31_000), AGAIN_FIRST * 2);
        route.polling_fails();
        assert!(!route.polls_first(31_000));
        route.socket_works();
        assert!(!route.socket_fails());
        assert_eq!(route.polling_works(0), AGAIN_FIRST);
    }
}
