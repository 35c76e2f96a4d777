//! What changes messages that are there: edits, deletions, reactions, votes; and polls and copies.

use sealpost_protocol::{ClientId, ConversationId, Timestamp, conversation::Entry};

use super::{Result, conversations::Outcome, incoming::Taken, turn::Turn};
use crate::{command::Failure, store::Conversation};

impl Turn<'_> {
    pub(super) fn edit_text(&mut self, _at: ConversationId, _key: &str, _text: &str) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn delete_messages(
        &mut self,
        _at: ConversationId,
        _keys: &[String],
        _everyone: bool,
    ) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn react(&mut self, _at: ConversationId, _key: &str, _emoji: &str, _add: bool) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn send_poll(
        &mut self,
        _at: ConversationId,
        _id: ClientId,
        _question: &str,
        _options: &[String],
        _multiple: bool,
    ) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn vote(&mut self, _at: ConversationId, _key: &str, _choices: &[u32]) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn forward(
        &mut self,
        _from: ConversationId,
        _keys: &[String],
        _to: &[ConversationId],
    ) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn complete_mention(&mut self, _at: ConversationId, _prefix: &str) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn find_time(&mut self, _at: ConversationId, _time: Timestamp) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn take_blank(&mut self, _conversation: &Conversation, _entry: &Entry) -> Result<Taken> {
        Ok(Taken::Yes { unread: false })
    }

    pub(super) fn entry_erased(&mut self, _conversation: ConversationId, _seq: u64) -> Result<()> {
        Ok(())
    }
}
