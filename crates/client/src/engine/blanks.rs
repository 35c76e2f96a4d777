//! Blank entries, whose content was deleted or has disappeared. Commits never are: where one is missed, an entry that the
//! server showed as blank may have been it, and the log is read once more from there.

use sealpost_protocol::{
    ConversationId,
    conversation::{Entry, HASH_BEFORE},
};

use super::{Result, incoming::Taken, purpose::Task, turn::Turn};
use crate::store::Conversation;

/// So often the log is read again from a blank entry before this device joins anew instead.
const READ_AGAIN_MAX: u32 = 5;

impl Turn<'_> {
    /// A blank entry: what it carried was deleted or has disappeared. Nothing of it is kept.
    pub(super) fn take_blank(&mut self, conversation: &Conversation, entry: &Entry) -> Result<Taken> {
        let id = conversation.id;
        self.store.note_blank(id, entry.seq)?;
        if self.store.outbox_pending_commit(id)?.is_some_and(|own| own.client_id == entry.client_id) {
            return Ok(Taken::Gap);
        }
        self.message_logged(id, entry.client_id, entry.seq, entry.time)?;
        self.entry_erased(id, entry.seq)?;
        Ok(Taken::Yes { unread: false })
    }

    /// The log is in a later epoch than what was taken leads to.
    pub(super) fn commit_missed(&mut self, id: ConversationId) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        let Some(blank) = self.store.first_blank(id)? else { return self.rejoin(&conversation) };
        let times = self.memory.blanks_read_again.entry(id).or_default();
        *times += 1;
        let before = blank.saturating_sub(1);
        let hash = if before == 0 { Some(HASH_BEFORE) } else { self.store.log_hash(id, before)? };
        let Some(hash) = hash.filter(|_| *times <= READ_AGAIN_MAX) else {
            return self.rejoin(&conversation);
        };
        tracing::warn!("a blank entry may have been a commit; the log is read again from there");
        self.store.go_back(id, before, &hash)?;
        self.store.forget_log_hashes_after(id, before)?;
        self.memory.behind.insert(id);
        self.hold(Task::Conversation(id), None);
        Ok(())
    }
}
