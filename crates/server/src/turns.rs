//! Turns to append: an account whose devices lost the race for an epoch twice gets a short time in which nobody else commits
//! in that conversation, so that it does not lose for ever to those who are nearer or faster. Those who wait come one after
//! another.
//!
//! Known to this process alone, and only a courtesy: the log is right without it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use sealpost_protocol::{AccountId, ConversationId, Problem, ProblemKind, Timestamp};

/// Lost races after which an account gets a turn.
const LOST_MAX: u32 = 2;
/// How long a turn is, in milliseconds: time to read what came first, to make the commit anew and to send it.
const TURN: u64 = 6_000;
/// Lost races are forgotten after this time without another one, in milliseconds.
const FORGOTTEN_AFTER: u64 = 60_000;
/// Most conversations in which races are counted; in further ones there are no turns.
const CONVERSATIONS_MAX: usize = 4096;
/// Most accounts that wait in one conversation; further ones do not.
const WAITING_MAX: usize = 64;

/// Who lost how often, and whose turn it is.
#[derive(Default)]
struct Races {
    /// How often, and when last.
    lost: HashMap<AccountId, (u32, Timestamp)>,
    waiting: VecDeque<AccountId>,
    /// When the turn of the first who waits began.
    since: Timestamp,
}

impl Races {
    /// Whose turn it is.
    fn holder(&mut self, now: Timestamp) -> Option<AccountId> {
        // Also when the clock was set back.
        self.since = self.since.min(now);
        while !self.waiting.is_empty() && now >= self.since.saturating_add(TURN) {
            // It did not use it.
            self.waiting.pop_front();
            self.since = now;
        }
        self.waiting.front().copied()
    }

    fn lose(&mut self, account: AccountId, now: Timestamp) {
        self.lost.retain(|_, (_, last)| now.saturating_sub(*last) < FORGOTTEN_AFTER);
        let (lost, last) = self.lost.entry(account).or_default();
        (*lost, *last) = (*lost + 1, now);
        if *lost >= LOST_MAX && self.waiting.len() < WAITING_MAX && !self.waiting.contains(&account) {
            if self.holder(now).is_none() {
                self.since = now;
            }
            self.lost.remove(&account);
            self.waiting.push_back(account);
        }
    }

    fn win(&mut self, account: AccountId, now: Timestamp) {
        self.lost.remove(&account);
        if self.waiting.front() == Some(&account) {
            self.since = now;
        }
        self.waiting.retain(|waiting| *waiting != account);
    }

    fn is_over(&mut self, now: Timestamp) -> bool {
        self.holder(now).is_none() && now >= self.since.saturating_add(FORGOTTEN_AFTER)
    }
}

/// The turns of every conversation.
#[derive(Default)]
pub(crate) struct Turns {
    races: Mutex<HashMap<ConversationId, Races>>,
}

impl Turns {
    /// Whether a member may commit in the present epoch now.
    ///
    /// # Errors
    /// `rate-limited` while it is another's turn, which counts as a lost race.
    pub(crate) fn check(&self, at: ConversationId, account: AccountId, now: Timestamp) -> Result<(), Problem> {
        let mut races = self.races.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(here) = races.get_mut(&at) else { return Ok(()) };
        match here.holder(now) {
            Some(holder) if holder != account => {
                here.lose(account, now);
                let mut wait = Problem::new(ProblemKind::RateLimited).with_detail("it is another member's turn");
                wait.retry_after = Some(1);
                Err(wait)
            }
            _ => Ok(()),
        }
    }

    /// A member's device came too late with what it appended.
    pub(crate) fn lost(&self, at: ConversationId, account: AccountId, now: Timestamp) {
        let mut races = self.races.lock().unwrap_or_else(PoisonError::into_inner);
        if races.len() >= CONVERSATIONS_MAX && !races.contains_key(&at) {
            races.retain(|_, here| !here.is_over(now));
            if races.len() >= CONVERSATIONS_MAX {
                return;
            }
        }
        races.entry(at).or_default().lose(account, now);
    }

    /// What a member's device appended was taken.
    pub(crate) fn won(&self, at: ConversationId, account: AccountId, now: Timestamp) {
        let mut races = self.races.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(here) = races.get_mut(&at) {
            here.win(account, now);
            if here.lost.is_empty() && here.waiting.is_empty() {
                races.remove(&at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HERE: ConversationId = ConversationId([1; 16]);
    const A: AccountId = AccountId([1; 16]);
    const B: AccountId = AccountId([2; 16]);
    const C: AccountId = AccountId([3; 16]);

    #[test]
    fn who_lost_twice_gets_a_turn_and_no_other_conversation_waits() {
        let turns = Turns::default();
        turns.lost(HERE, A, 0);
        assert!(turns.check(HERE, B, 0).is_ok());
        turns.lost(HERE, A, 10);
        let wait = turns.check(HERE, B, 20).unwrap_err();
        assert_eq!((wait.kind(), wait.retry_after), (ProblemKind::RateLimited, Some(1)));
        assert!(turns.check(HERE, A, 20).is_ok());
        assert!(turns.check(ConversationId([2; 16]), B, 20).is_ok());
        turns.won(HERE, A, 30);
        assert!(turns.check(HERE, B, 30).is_ok());
    }

    #[test]
    fn turns_come_one_after_another_and_end_unused() {
        let turns = Turns::default();
        for account in [A, A, B, B] {
            turns.lost(HERE, account, 0);
        }
        assert!(turns.check(HERE, B, TURN - 1).is_err());
        assert!(turns.check(HERE, B, TURN).is_ok());
        assert!(turns.check(HERE, A, TURN).is_err());
        assert!(turns.check(HERE, C, 2 * TURN).is_ok());
        turns.lost(HERE, C, 2 * TURN);
        turns.lost(HERE, C, 2 * TURN + FORGOTTEN_AFTER);
        assert!(turns.check(HERE, B, 2 * TURN + FORGOTTEN_AFTER).is_ok(), "what is long ago is forgotten");
    }

    #[test]
    fn who_waits_for_others_gets_the_next_turn() {
        let turns = Turns::default();
        (0..2).for_each(|_| turns.lost(HERE, A, 0));
        (0..2).for_each(|_| assert!(turns.check(HERE, B, 1).is_err()));
        turns.won(HERE, A, 2);
        assert!(turns.check(HERE, C, 3).is_err());
        assert!(turns.check(HERE, B, 3).is_ok());
    }

    #[test]
    fn what_is_counted_is_bounded() {
        let turns = Turns::default();
        for number in 0..CONVERSATIONS_MAX + 10 {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_be_bytes());
            turns.lost(ConversationId(id), A, 0);
        }
        assert_eq!(turns.races.lock().unwrap().len(), CONVERSATIONS_MAX);
        turns.lost(HERE, A, FORGOTTEN_AFTER);
        assert_eq!(turns.races.lock().unwrap().len(), 1);
    }
}
