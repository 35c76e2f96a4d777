//! Who uploads a part now: each holds a part in memory, so there are places for a few, and for fewer of one account.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sealpost_protocol::{AccountId, Problem, ProblemKind};

/// Most parts on their way at a time, and of one account.
const UPLOADS_MAX: usize = 48;
const OF_AN_ACCOUNT_MAX: usize = 4;
/// When to come back, in seconds.
const RETRY_AFTER: u32 = 2;

/// The places.
#[derive(Debug, Default)]
pub(crate) struct Uploads(Arc<Mutex<HashMap<AccountId, usize>>>);

/// A place, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Upload {
    places: Arc<Mutex<HashMap<AccountId, usize>>>,
    account: AccountId,
}

impl Uploads {
    /// Takes a place.
    ///
    /// # Errors
    /// `rate-limited` when there is none.
    pub(crate) fn begin(&self, account: AccountId) -> Result<Upload, Problem> {
        let mut taken = lock(&self.0);
        let (all, own) = (taken.values().sum::<usize>(), taken.get(&account).copied().unwrap_or(0));
        if all >= UPLOADS_MAX || own >= OF_AN_ACCOUNT_MAX {
            let mut problem = Problem::new(ProblemKind::RateLimited).with_detail("too many uploads at a time");
            problem.retry_after = Some(RETRY_AFTER);
            return Err(problem);
        }
        taken.insert(account, own + 1);
        Ok(Upload { places: Arc::clone(&self.0), account })
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let mut taken = lock(&self.places);
        match taken.get_mut(&self.account) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(taken.remove(&self.account)),
        }
    }
}

/// Every critical section leaves its data whole.
fn lock(places: &Mutex<HashMap<AccountId, usize>>) -> MutexGuard<'_, HashMap<AccountId, usize>> {
    places.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_account_has_a_few_places_and_gets_them_back() {
        let (uploads, ada, bob) = (Uploads::default(), AccountId([1; 16]), AccountId([2; 16]));
        let held: Vec<_> = (0..OF_AN_ACCOUNT_MAX).map(|_| uploads.begin(ada).unwrap()).collect();
        assert_eq!(uploads.begin(ada).unwrap_err().kind(), ProblemKind::RateLimited);
        uploads.begin(bob).unwrap();
        drop(held);
        assert!(lock(&uploads.0).is_empty());
        uploads.begin(ada).unwrap();
    }
}
