//! Receipts wait here for a moment, so that many become one transaction and one event for each conversation.
//!
//! They may be lost: devices repeat them. Independent of storage.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use sealpost_protocol::{ConversationId, DeviceId};

use crate::store::StoredCursor;

/// Most stored cursors that wait; more are forgotten, and come again with the device's next ones.
const WAITING_MAX: usize = 50_000;

/// What is waiting to be written and told.
#[derive(Default)]
pub(crate) struct Receipts {
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    stored: HashMap<(ConversationId, DeviceId), StoredCursor>,
    moved: BTreeSet<ConversationId>,
}

impl Receipts {
    /// Devices have stored up to `cursors`.
    pub(crate) fn stored(&self, cursors: impl IntoIterator<Item = StoredCursor>) {
        let mut waiting = self.lock();
        for stored in cursors {
            let key = (stored.cursor.conversation, stored.device);
            if let Some(known) = waiting.stored.get_mut(&key) {
                known.cursor.seq = known.cursor.seq.max(stored.cursor.seq);
            } else if waiting.stored.len() < WAITING_MAX {
                waiting.stored.insert(key, stored);
            }
        }
    }

    /// A member's cursor moved.
    pub(crate) fn moved(&self, conversation: ConversationId) {
        self.lock().moved.insert(conversation);
    }

    /// Takes the stored cursors to be written.
    pub(crate) fn take_stored(&self) -> Vec<StoredCursor> {
        std::mem::take(&mut self.lock().stored).into_values().collect()
    }

    /// Takes the conversations whose cursors are to be told.
    pub(crate) fn take_moved(&self) -> BTreeSet<ConversationId> {
        std::mem::take(&mut self.lock().moved)
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
        receipts.stored([at(5), at(9), at(7)]);
        let taken = receipts.take_stored();
        assert_eq!(taken.iter().map(|stored| stored.cursor.seq).collect::<Vec<_>>(), [9]);
        assert!(receipts.take_stored().is_empty());
    }
}
