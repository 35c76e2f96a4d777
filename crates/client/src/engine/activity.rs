//! Typing and presence: told while they are true, never stored.

use sealpost_protocol::{ConversationId, activity};

use super::{Result, conversations::Outcome, turn::Turn};

impl Turn<'_> {
    pub(super) fn look(&mut self, _at: Option<ConversationId>) -> Result<Outcome> {
        Ok(Ok(crate::command::Answer::Done))
    }

    pub(super) fn set_typing(&mut self, _at: ConversationId, _typing: bool) -> Result<Outcome> {
        Ok(Ok(crate::command::Answer::Done))
    }

    pub(super) fn someone_types(&mut self, _typing: &activity::Typing) -> Result<()> {
        Ok(())
    }

    pub(super) fn presence_changed(&mut self, _presence: &activity::Presence) -> Result<()> {
        Ok(())
    }
}
