//! What this device had said in a conversation that was begun anew and that others may not have: it is said again.

use sealpost_protocol::{ClientId, ConversationId};

use super::{Result, turn::Turn};
use crate::store::{Conversation, Intent};

/// Nothing from further back is said again, whatever others say of where their logs part, in entries.
const SAID_AGAIN_MAX: u64 = 2_000;

impl Turn<'_> {
    /// Sends what this device had in the log after an entry, as new entries, because some may have taken others in their
    /// places. Where it arrived before, the message is known by its id. Whoever says where the logs part may lie: nobody is
    /// told what was said before they came.
    pub(super) fn send_again(&mut self, before: &Conversation, after: u64) -> Result<()> {
        let id = before.id;
        let after = after.max(before.grew_seq).max(before.applied_seq.saturating_sub(SAID_AGAIN_MAX));
        for content in self.store.sent_after(id, after)? {
            let client_id = self.client_id();
            self.store.outbox_push(id, client_id, &Intent::Message(content.into()))?;
        }
        Ok(())
    }

    /// The log took a message of this device before the reset: who knew another log then has not seen it.
    pub(super) fn taken_before_reset(&mut self, id: ConversationId, client_id: ClientId, seq: u64) -> Result<()> {
        let reset = self.store.conversation(id)?.map_or(0, |conversation| conversation.reset_seq);
        let Some(row) = self.store.outbox_find(id, client_id)?.filter(|_| seq < reset) else { return Ok(()) };
        if let Intent::Message(_) = row.intent {
            let next = self.client_id();
            self.store.outbox_push(id, next, &row.intent)?;
        }
        Ok(())
    }
}
