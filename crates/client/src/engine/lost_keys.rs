//! A conversation's key that nobody of the account has any more: a device asks the others for it in a message, and one of
//! them says it again. Whoever has just signed in on a new device finds it in the vault, unless the account's only device
//! was lost before it had put it there (decision 17), or no device of the account was there when the key was replaced.

use std::collections::{BTreeMap, BTreeSet};

use sealpost_protocol::{Bytes, ConversationId, Timestamp};

use super::{Result, purpose::Task, state_record, turn::Turn};
use crate::store::{Conversation, Intent, StateChange};

/// Another own device may be about to put the key into the vault: so long it is waited for, in milliseconds.
const PATIENCE: u64 = 3 * 60 * 1000;
/// So long after it was asked for, the key is asked for again; twice as long each time, up to a day. In milliseconds.
const ASK_AGAIN: u64 = 10 * 60 * 1000;
const ASK_AGAIN_MAX: u64 = 24 * 60 * 60 * 1000;
/// Most keys that are tried at a time.
const CANDIDATES_MAX: usize = 8;
/// Those who have the key say it within so long for each member, one of them before the others; in milliseconds.
const ANSWER_SPREAD: u64 = 500;
/// And within so long at most.
const ANSWER_SPREAD_MAX: u64 = 60_000;

/// Keys that are asked for.
#[derive(Default)]
pub(crate) struct LostKeys {
    /// When this device last asked, or found that it lacks the key, and how long it waits before it asks again.
    asked: BTreeMap<ConversationId, (Timestamp, u64)>,
    /// Where the state does not open by the key that is known here: perhaps it was replaced while this device was out.
    outdated: BTreeSet<ConversationId>,
    /// What others said the key is.
    candidates: BTreeMap<ConversationId, Vec<[u8; 32]>>,
    /// When this device is to say a key that another asked for.
    due: BTreeMap<ConversationId, Timestamp>,
}

impl Turn<'_> {
    /// Asks the others for a conversation's key if there is something that it opens, or says it to who asked.
    pub(super) fn look_for_lost_keys(&mut self, conversation: &Conversation) -> Result<()> {
        let id = conversation.id;
        match conversation.conversation_key {
            _ if self.lacks_key(conversation) && self.needs_key(conversation)? && self.vault_is_known() => {
                self.ask_for_key(id)
            }
            Some(key) if self.memory.lost_keys.due.get(&id).is_some_and(|at| *at <= self.now) => {
                self.memory.lost_keys.due.remove(&id);
                if self.lacks_key(conversation) {
                    // It is not the one that was asked for.
                    return Ok(());
                }
                let content = self.key_message(id, &key)?;
                self.push_change(id, content)
            }
            _ => Ok(()),
        }
    }

    /// Whether a conversation's key is not known here, or only one that was replaced.
    pub(super) fn lacks_key(&self, conversation: &Conversation) -> bool {
        conversation.conversation_key.is_none() || self.memory.lost_keys.outdated.contains(&conversation.id)
    }

    /// Whether there is a state to read, or one to be written.
    fn needs_key(&self, conversation: &Conversation) -> Result<bool> {
        Ok(conversation.state_known > 0 || !self.store.outbox_states(conversation.id)?.is_empty())
    }

    /// The state was looked at, and opened or not.
    pub(super) fn state_opened(&mut self, id: ConversationId, opened: bool) {
        if opened {
            self.memory.lost_keys.outdated.remove(&id);
        } else if self.memory.lost_keys.outdated.insert(id) {
            self.attend(id);
        }
    }

    fn vault_is_known(&self) -> bool {
        !self.memory.due.vault_read && self.is_free(Task::Vault)
    }

    fn ask_for_key(&mut self, id: ConversationId) -> Result<()> {
        let Some((at, wait)) = self.memory.lost_keys.asked.get(&id).copied() else {
            // Who knows the state may find it put right meanwhile.
            let patience = if self.store.group(id)?.record.is_some() { ASK_AGAIN } else { PATIENCE };
            let spread = self.answer_spread(id)?;
            let wait = patience + self.jitter(spread);
            self.memory.lost_keys.asked.insert(id, (self.now, wait));
            self.wake_at(id, self.now.saturating_add(wait));
            return Ok(());
        };
        if self.now < at.saturating_add(wait) {
            self.wake_at(id, at.saturating_add(wait));
            return Ok(());
        }
        if self.store.members(id)?.len() < 2 {
            return Ok(());
        }
        if wait >= ASK_AGAIN && self.waits_to_change_state(id)? {
            return self.replace_lost_key(id);
        }
        tracing::warn!("a conversation's key is nowhere to be found; the others are asked for it");
        let wait = wait.saturating_mul(2).clamp(ASK_AGAIN, ASK_AGAIN_MAX);
        self.memory.lost_keys.asked.insert(id, (self.now, wait));
        self.wake_at(id, self.now.saturating_add(wait));
        let content = self.key_wanted_message(id)?;
        self.push_change(id, content)
    }

    /// Whether there is something here to be written that this account may write.
    fn waits_to_change_state(&mut self, id: ConversationId) -> Result<bool> {
        let by_person = |change: &StateChange| !matches!(change, StateChange::Renew | StateChange::UseLink { .. });
        let me = self.me()?;
        let is_unknown = self.store.group(id)?.record.is_none();
        Ok(is_unknown && self.store.outbox_states(id)?.iter().any(by_person) && self.may_edit(id, me)?)
    }

    /// Nobody answered, and the person has said what is to stand there now: it is written under a new key. What stood there
    /// before is lost with the old one.
    fn replace_lost_key(&mut self, id: ConversationId) -> Result<()> {
        tracing::warn!("nobody has a conversation's key any more; there is a new one");
        self.memory.lost_keys.asked.remove(&id);
        self.memory.lost_keys.candidates.remove(&id);
        self.memory.lost_keys.outdated.remove(&id);
        let key: [u8; 32] = self.random();
        self.share_conversation_key(id, &key)?;
        let (client_id, content) = (self.client_id(), self.key_message(id, &key)?);
        self.store.outbox_push_first(id, client_id, &Intent::Change(Bytes(content)))?;
        self.attend(id);
        Ok(())
    }

    fn push_change(&mut self, id: ConversationId, content: Vec<u8>) -> Result<()> {
        let client_id = self.client_id();
        self.store.outbox_push(id, client_id, &Intent::Change(Bytes(content)))?;
        self.attend(id);
        Ok(())
    }

    /// Another device asked for the key.
    pub(super) fn key_was_asked_for(&mut self, id: ConversationId) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        if self.lacks_key(&conversation) {
            // The answer is for this device as well.
            self.memory.lost_keys.asked.insert(id, (self.now, ASK_AGAIN));
            return Ok(());
        }
        let spread = self.answer_spread(id)?;
        let at = self.now + self.jitter(spread);
        self.memory.lost_keys.due.insert(id, at);
        self.wake_at(id, at);
        Ok(())
    }

    /// Over how many milliseconds those who can all do the same are spread.
    pub(super) fn answer_spread(&self, id: ConversationId) -> Result<u64> {
        let members = u64::try_from(self.store.members(id)?.len()).unwrap_or(u64::MAX);
        Ok(ANSWER_SPREAD.saturating_mul(members).min(ANSWER_SPREAD_MAX))
    }

    /// Someone said a key: who has it need not say it any more.
    pub(super) fn key_was_said(&mut self, conversation: &Conversation, key: &[u8; 32]) {
        if conversation.conversation_key == Some(*key) {
            self.memory.lost_keys.due.remove(&conversation.id);
        }
    }

    /// A key that anyone could have said is only taken once it opens the state.
    pub(super) fn keep_candidate(&mut self, id: ConversationId, key: &[u8; 32]) -> Result<()> {
        let candidates = self.memory.lost_keys.candidates.entry(id).or_default();
        if candidates.len() < CANDIDATES_MAX && !candidates.contains(key) {
            candidates.push(*key);
        }
        self.read_state_again(id)
    }

    /// Whether there are keys to be tried.
    pub(super) fn has_candidates(&self, id: ConversationId) -> bool {
        self.memory.lost_keys.candidates.contains_key(&id)
    }

    /// Takes the one among the keys that were said that opens the state. Where none does, the state may be one from before.
    pub(super) fn try_candidates(&mut self, id: ConversationId, sealed: &[u8]) -> Result<()> {
        let candidates = self.memory.lost_keys.candidates.get(&id).into_iter().flatten();
        let found = candidates.copied().find(|key| state_record::open(id, key, sealed).is_some());
        if let Some(key) = found {
            self.memory.lost_keys.candidates.remove(&id);
            self.memory.lost_keys.outdated.remove(&id);
            let before = self.store.conversation(id)?.and_then(|conversation| conversation.conversation_key);
            self.store.set_group(id, "previous_key", before)?;
            self.share_conversation_key(id, &key)?;
            self.key_was_replaced(id)?;
        }
        Ok(())
    }
}
