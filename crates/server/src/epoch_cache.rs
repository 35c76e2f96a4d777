//! What is known of a conversation in one epoch, kept for as long as the epoch lasts or until others need the room.
//!
//! Members change by commits, so what is kept under (generation, epoch) never has to be invalidated, unless someone
//! leaves within an epoch.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use sealpost_protocol::ConversationId;

/// A bounded cache of one value for each conversation.
pub(crate) struct EpochCache<V> {
    capacity: usize,
    kept: Mutex<Kept<V>>,
}

struct Kept<V> {
    uses: u64,
    values: HashMap<ConversationId, Value<V>>,
}

struct Value<V> {
    epoch: (u64, u64),
    used: u64,
    value: V,
}

impl<V: Clone> EpochCache<V> {
    /// A cache for at most `capacity` conversations.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, kept: Mutex::new(Kept { uses: 0, values: HashMap::new() }) }
    }

    /// What was kept for exactly this generation and epoch.
    pub(crate) fn get(&self, conversation: ConversationId, epoch: (u64, u64)) -> Option<V> {
        let mut kept = self.lock();
        kept.uses += 1;
        let now = kept.uses;
        let value = kept.values.get_mut(&conversation).filter(|value| value.epoch == epoch)?;
        value.used = now;
        Some(value.value.clone())
    }

    /// Keeps `value`, unless that of a later epoch is kept.
    pub(crate) fn put(&self, conversation: ConversationId, epoch: (u64, u64), value: V) {
        let mut kept = self.lock();
        kept.uses += 1;
        let used = kept.uses;
        if kept.values.get(&conversation).is_some_and(|known| known.epoch > epoch) {
            return;
        }
        kept.values.insert(conversation, Value { epoch, used, value });
        if kept.values.len() > self.capacity {
            let mut ages: Vec<u64> = kept.values.values().map(|value| value.used).collect();
            // Several at once, so that a full cache is not searched at every insertion.
            let middle = ages.len() / 4;
            let (_, limit, _) = ages.select_nth_unstable(middle);
            let limit = *limit;
            kept.values.retain(|_, value| value.used > limit);
        }
    }

    /// Forgets what is kept for a conversation.
    pub(crate) fn forget(&self, conversation: ConversationId) {
        self.lock().values.remove(&conversation);
    }

    fn lock(&self) -> MutexGuard<'_, Kept<V>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> ConversationId {
        ConversationId([number; 16])
    }

    #[test]
    fn another_epoch_is_not_found_and_never_goes_back() {
        let cache = EpochCache::new(4);
        cache.put(id(1), (1, 5), "five");
        assert_eq!(cache.get(id(1), (1, 5)), Some("five"));
        assert_eq!(cache.get(id(1), (1, 6)), None);
        cache.put(id(1), (1, 4), "four");
        assert_eq!(cache.get(id(1), (1, 5)), Some("five"));
        cache.put(id(1), (2, 0), "reset");
        assert_eq!(cache.get(id(1), (2, 0)), Some("reset"));
        cache.forget(id(1));
        assert_eq!(cache.get(id(1), (2, 0)), None);
    }

    #[test]
    fn the_least_recently_used_make_room() {
        let cache = EpochCache::new(8);
        for number in 0..8 {
            cache.put(id(number), (1, 0), number);
        }
        assert_eq!(cache.get(id(0), (1, 0)), Some(0));
        cache.put(id(8), (1, 0), 8);
        assert_eq!(cache.get(id(1), (1, 0)), None);
        assert_eq!(cache.get(id(0), (1, 0)), Some(0));
        assert_eq!(cache.get(id(8), (1, 0)), Some(8));
    }
}
