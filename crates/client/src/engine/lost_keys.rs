//! A conversation's key that nobody of the account has any more: a device asks the others for it in a message, and one of
//! them says it again. Whoever has just signed in on a new device finds it in the vault, unless the account's only device
//! was lost before it had put it there (decision 17).

use std::collections::BTreeMap;

use sealpost_protocol::{Bytes, ConversationId, Timestamp};

use super::{Result, purpose::Task, turn::Turn};
use crate::store::{Conversation, Intent, Rekey};

/// So long after it was asked for, the key is asked for again, in milliseconds.
const ASK_AGAIN: u64 = 10 * 60 * 1000;
/// Those who have the key say it within so long for each member, one of them before the others; in milliseconds.
const ANSWER_SPREAD: u64 = 500;
/// And within so long at most.
const ANSWER_SPREAD_MAX: u64 = 60_000;

/// Keys that are asked for.
#[derive(Default)]
pub(crate) struct LostKeys {
    /// When this device last asked.
    asked: BTreeMap<ConversationId, Timestamp>,
    /// When this device is to say a key that another asked for.
    due: BTreeMap<ConversationId, Timestamp>,
}

impl Turn<'_> {
    /// Asks the others for a conversation's key if there is something that it opens, or says it to who asked.
    pub(super) fn look_for_lost_keys(&mut self, conversation: &Conversation) -> Result<()> {
        let id = conversation.id;
        match conversation.conversation_key {
            None if conversation.state_known > 0 && self.vault_is_known() => self.ask_for_key(id),
            Some(key) if self.memory.lost_keys.due.get(&id).is_some_and(|at| *at <= self.now) => {
                self.memory.lost_keys.due.remove(&id);
                let content = self.key_message(id, &key)?;
                self.push_change(id, content)
            }
            _ => Ok(()),
        }
    }

    fn vault_is_known(&self) -> bool {
        !self.memory.due.vault_read && self.is_free(Task::Vault)
    }

    fn ask_for_key(&mut self, id: ConversationId) -> Result<()> {
        let again = self.memory.lost_keys.asked.get(&id).map_or(0, |at| at.saturating_add(ASK_AGAIN));
        if self.now < again {
            return Ok(());
        }
        tracing::warn!("a conversation's key is nowhere to be found; the others are asked for it");
        self.memory.lost_keys.asked.insert(id, self.now);
        self.wake_at(id, self.now.saturating_add(ASK_AGAIN));
        self.store.set_rekey(id, Rekey::Unknown)?;
        let content = self.key_wanted_message(id)?;
        self.push_change(id, content)
    }

    fn push_change(&mut self, id: ConversationId, content: Vec<u8>) -> Result<()> {
        let client_id = self.client_id();
        self.store.outbox_push(id, client_id, &Intent::Change(Bytes(content)))?;
        self.attend(id);
        Ok(())
    }

    /// Another device asked for the key.
    pub(super) fn key_was_asked_for(&mut self, id: ConversationId) -> Result<()> {
        let members = self.store.members(id)?.len();
        let spread = ANSWER_SPREAD.saturating_mul(u64::try_from(members).unwrap_or(u64::MAX)).min(ANSWER_SPREAD_MAX);
        let at = self.now + self.jitter(spread);
        self.memory.lost_keys.due.insert(id, at);
        self.wake_at(id, at);
        Ok(())
    }

    /// Someone said the key.
    pub(super) fn key_was_said(&mut self, id: ConversationId) {
        self.memory.lost_keys.due.remove(&id);
    }
}
