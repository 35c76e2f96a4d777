//! Receipts wait here for a moment, so that many become one transaction and one event for each conversation.
//!
//! They may be lost: devices repeat them. Independent of storage.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sealpost_protocol::{ConversationId, DeviceId};

use crate::store::StoredCursor;

/// Most devices whose stored cursors wait.
const DEVICES_MAX: usize = 50_000;
/// Most stored cursors of one device that wait: no device can make others wait for a long transaction. More are
/// forgotten; the device is sent again what it has, at its next connection.
const CURSORS_MAX: usize = 2_000;

/// What is waiting to be written and told.
#[derive(Default)]
pub(crate) struct Receipts {
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    stored: HashMap<DeviceId, HashMap<ConversationId, StoredCursor>>,
    moved: BTreeSet<ConversationId>,
    /// Until when conversations are not told of again.
    resting: HashMap<ConversationId, Instant>,
}

impl Receipts {
    /// A device has stored up to `cursors`.
    pub(crate) fn stored(&self, device: DeviceId, cursors: impl IntoIterator<Item = StoredCursor>) {
        let mut waiting = self.lock();
        if waiting.stored.len() >= DEVICES_MAX && !waiting.stored.contains_key(&device) {
            return;
        }
        let of_device = waiting.stored.entry(device).or_default();
        for stored in cursors {
            if let Some(known) = of_device.get_mut(&stored.cursor.conversation) {
                known.cursor.seq = known.cursor.seq.max(stored.cursor.seq);
            } else if of_device.len() < CURSORS_MAX {
                of_device.insert(stored.cursor.conversation, stored);
            }
        }
    }

    /// A member's cursor moved.
    pub(crate) fn moved(&self, conversation: ConversationId) {
        self.lock().moved.insert(conversation);
    }

    /// Takes the stored cursors to be written.
    pub(crate) fn take_stored(&self) -> Vec<StoredCursor> {
        std::mem::take(&mut self.lock().stored).into_values().flat_map(HashMap::into_values).collect()
    }

    /// Takes the conversations whose cursors are to be told; those that rest stay.
    pub(crate) fn take_moved(&self) -> BTreeSet<ConversationId> {
        let now = Instant::now();
        let mut waiting = self.lock();
        waiting.resting.retain(|_, until| *until > now);
        let Waiting { moved, resting, .. } = &mut *waiting;
        let (later, due) = std::mem::take(moved).into_iter().partition(|one| resting.contains_key(one));
        *moved = later;
        due
    }

    /// Lets a conversation, which is told of now, not be told of again for a while.
    pub(crate) fn rest(&self, conversation: ConversationId, time: Duration) {
        self.lock().resting.insert(conversation, Instant::now() + time);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use sealpost_protocol::{AccountId, conversation::LogCursor};

    use super::*;

    #[test]
    fn only_the_farthest_cursor_of_a_device_is_written() {
        let receipts = Receipts::default();
        let at = |seq| StoredCursor {
            account: AccountId([1; 16]),
            device: DeviceId([2; 16]),
            cursor: LogCursor { conversation: ConversationId([3; 16]), seq },
        };
        receipts.stored(DeviceId([2; 16]), [at(5), at(9), at(7)]);
        let taken = receipts.take_stored();
        assert_eq!(taken.iter().map(|stored| stored.cursor.seq).collect::<Vec<_>>(), [9]);
        assert!(receipts.take_stored().is_empty());
    }

    #[test]
    fn what_rests_is_told_later() {
        let receipts = Receipts::default();
        let (large, small) = (ConversationId([1; 16]), ConversationId([2; 16]));
        receipts.rest(large, Duration::from_millis(20));
        receipts.moved(large);
        receipts.moved(small);
        assert_eq!(receipts.take_moved(), BTreeSet::from([small]));
        let mut told = receipts.take_moved();
        while told.is_empty() {
            std::thread::yield_now();
            told = receipts.take_moved();
        }
        assert_eq!(told, BTreeSet::from([large]));
    }
}
