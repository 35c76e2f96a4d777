//! Whose commits are checked now, so that many of them neither cost more than they must nor keep everyone else waiting.
//!
//! Of each conversation one at a time, from the look at its log until the log has it: of several that were made in the
//! same epoch one can be taken, and the others are told so without being checked. On trees of large groups few at a time
//! in all: checks share the processors with everything else. Independent of MLS and of storage.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex as SyncMutex, PoisonError, Weak},
    thread::available_parallelism,
};

use sealpost_protocol::ConversationId;
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

/// A tree of more bytes than this is a large group's: of about a hundred devices.
const LARGE_TREE: usize = 128 * 1024;

/// Who may check a commit.
pub(crate) struct CheckQueue {
    /// Those that someone has or waits for.
    conversations: SyncMutex<HashMap<ConversationId, Weak<Mutex<()>>>>,
    large: Arc<Semaphore>,
}

impl Default for CheckQueue {
    /// Half of the processors, at least one, work on large trees.
    fn default() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self { conversations: SyncMutex::default(), large: Arc::new(Semaphore::new((processors / 2).max(1))) }
    }
}

impl CheckQueue {
    /// Waits for the turn of a conversation, which lasts until it is dropped.
    pub(crate) async fn of(&self, conversation: ConversationId) -> OwnedMutexGuard<()> {
        self.turn(conversation).lock_owned().await
    }

    /// Waits until a tree of so many bytes may be worked on; those of small groups at once.
    pub(crate) async fn with_tree(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        if bytes <= LARGE_TREE {
            return None;
        }
        // Never closed.
        Arc::clone(&self.large).acquire_owned().await.ok()
    }

    fn turn(&self, conversation: ConversationId) -> Arc<Mutex<()>> {
        let mut conversations = self.conversations.lock().unwrap_or_else(PoisonError::into_inner);
        conversations.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = conversations.get(&conversation).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::default();
        conversations.insert(conversation, Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use futures::FutureExt as _;

    use super::*;

    const CHAT: ConversationId = ConversationId([1; 16]);
    const OTHER: ConversationId = ConversationId([2; 16]);

    #[tokio::test]
    async fn a_conversation_has_one_turn_and_waits_for_no_other() {
        let queue = CheckQueue::default();
        let first = queue.of(CHAT).await;
        assert!(queue.of(CHAT).now_or_never().is_none());
        assert!(queue.of(OTHER).now_or_never().is_some());
        drop(first);
        assert!(queue.of(CHAT).now_or_never().is_some());
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_forgotten() {
        let queue = CheckQueue::default();
        for number in 0..10 {
            drop(queue.of(ConversationId([number; 16])).await);
        }
        let held = queue.of(CHAT).await;
        assert_eq!(queue.conversations.lock().unwrap().len(), 1);
        drop(held);
    }

    #[tokio::test]
    async fn only_large_trees_wait_for_each_other() {
        let queue = CheckQueue { large: Arc::new(Semaphore::new(1)), ..CheckQueue::default() };
        let large = queue.with_tree(LARGE_TREE + 1).await;
        assert!(queue.with_tree(LARGE_TREE + 1).now_or_never().is_none());
        assert!(queue.with_tree(LARGE_TREE).now_or_never().is_some());
        drop(large);
        assert!(queue.with_tree(LARGE_TREE + 1).now_or_never().is_some());
    }
}
