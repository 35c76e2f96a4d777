//! Healing (post-compromise security): when this device's leaf is given new keys.

use sealpost_mls::Member;
use sealpost_protocol::{ConversationId, Timestamp, conversation::ConversationKind};

use super::{Result, turn::Turn};
use crate::store::{Conversation, Intent, Phase};

const DAY: u64 = 24 * 60 * 60 * 1000;
/// Groups of up to this many leaves heal by use; larger ones by age only.
const SMALL_GROUP: usize = 64;
/// Growth by more leaves than this leaves the tree unpopulated.
const GROWTH: usize = 32;
/// After growth, the lowest leaf of each block of this many heals, spread over [`SPREAD`] milliseconds.
const BLOCK: u32 = 32;
const SPREAD: u64 = 60 * 60 * 1000;
/// Healing that lost to another commit waits up to this long, in milliseconds.
const PUT_OFF: u64 = 5 * 60 * 1000;

/// When a device's leaf is given new keys. Times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Healing {
    /// After so many sends in a direct chat.
    pub direct_sends: u64,
    /// After so long in a direct chat that was used.
    pub direct_age: u64,
    /// After so many sends in a group of up to 64 leaves.
    pub group_sends: u64,
    /// After so long in a group of up to 64 leaves.
    pub group_age: u64,
    /// After so long in a larger group; up to a third is added at random.
    pub large_age: u64,
    /// Only when nothing happened in the conversation for so long.
    pub quiet: u64,
}

impl Default for Healing {
    fn default() -> Self {
        Self {
            direct_sends: 100,
            direct_age: DAY,
            group_sends: 200,
            group_age: 7 * DAY,
            large_age: 30 * DAY,
            quiet: 3_000,
        }
    }
}

impl Turn<'_> {
    /// Puts healing into an empty outbox when it is due and the conversation is quiet.
    pub(super) fn heal_if_due(&mut self, conversation: &Conversation) -> Result<()> {
        if !self.needs_healing(conversation)? {
            return Ok(());
        }
        let active = self.memory.active.get(&conversation.id).copied().unwrap_or(0);
        let quiet_at = active.saturating_add(self.config.healing.quiet);
        if self.now < quiet_at {
            self.wake_at(conversation.id, quiet_at);
            return Ok(());
        }
        let id = self.client_id();
        self.store.outbox_push(conversation.id, id, &Intent::Heal)?;
        self.attend(conversation.id);
        Ok(())
    }

    fn needs_healing(&mut self, conversation: &Conversation) -> Result<bool> {
        if let Some(at) = conversation.heal_at {
            if self.now < at {
                self.wake_at(conversation.id, at);
            }
            return Ok(self.now >= at);
        }
        let healing = self.config.healing;
        let age = self.now.saturating_sub(conversation.healed);
        if conversation.kind == ConversationKind::Direct {
            return Ok(
                conversation.sends >= healing.direct_sends || (conversation.sends > 0 && age >= healing.direct_age)
            );
        }
        if conversation.sends < healing.group_sends && age < healing.group_age {
            return Ok(false);
        }
        let leaves = self.with_group(conversation, |_, group| group.members().map(|members| members.len()))?;
        let Some(leaves) = leaves.transpose()? else { return Ok(false) };
        if leaves <= SMALL_GROUP {
            return Ok(true);
        }
        if age >= healing.large_age {
            let at = self.now + self.jitter(healing.large_age / 3);
            self.heal_at(conversation.id, at)?;
        }
        Ok(false)
    }

    fn heal_at(&mut self, id: ConversationId, at: Timestamp) -> Result<()> {
        self.store.set(id, "heal_at", at)?;
        self.wake_at(id, at);
        Ok(())
    }

    /// All own leaves get new keys within the next hour, and with them this device's present certificate.
    pub(super) fn heal_everywhere(&mut self) -> Result<()> {
        for id in self.store.in_phase(Phase::Joined)? {
            let at = self.now + self.jitter(SPREAD);
            self.heal_at(id, at)?;
        }
        Ok(())
    }

    pub(super) fn put_off_healing(&mut self, id: ConversationId) -> Result<()> {
        let at = self.now + PUT_OFF / 5 + self.jitter(PUT_OFF);
        self.heal_at(id, at)
    }

    /// The own leaf has new keys.
    pub(super) fn healed(&mut self, id: ConversationId) -> Result<()> {
        self.store.set(id, "sends", 0)?;
        self.store.set(id, "healed", self.now)?;
        Ok(self.store.set(id, "heal_at", None::<u64>)?)
    }

    /// After a group grew by many leaves, some of them heal early: that fills the tree.
    pub(super) fn group_grew(&mut self, id: ConversationId, own: u32, leaves: &[Member], added: usize) -> Result<()> {
        let same_block = |leaf: &&Member| leaf.leaf_index / BLOCK == own / BLOCK;
        let lowest = leaves.iter().filter(same_block).map(|leaf| leaf.leaf_index).min();
        if added > GROWTH && lowest == Some(own) {
            let at = self.now + self.jitter(SPREAD);
            self.heal_at(id, at)?;
        }
        Ok(())
    }
}
