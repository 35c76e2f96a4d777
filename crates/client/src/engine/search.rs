//! Searching messages on this device.

use sealpost_protocol::ConversationId;

use super::{Result, conversations::Outcome, turn::Turn};
use crate::command::Failure;

impl Turn<'_> {
    pub(super) fn search_messages(
        &mut self,
        _query: &str,
        _at: Option<ConversationId>,
        _limit: u32,
    ) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }
}
