//! Invite links and requests to join by them.

use sealpost_protocol::ConversationId;

use super::{CommandId, Result, conversations::Outcome, sign_up::CommandResult, turn::Turn};
use crate::command::Failure;

impl Turn<'_> {
    pub(super) fn create_link(
        &mut self,
        _at: ConversationId,
        _seconds: Option<u32>,
        _uses: Option<u32>,
        _approval: bool,
    ) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn revoke_link(&mut self, _at: ConversationId, _link: &str) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn inspect_link(&mut self, _id: CommandId, _fragment: &str) -> Result<CommandResult> {
        Ok(Some(Err(Failure::new("not-allowed", "this is not possible yet"))))
    }

    pub(super) fn join_by_link(&mut self, _id: CommandId, _fragment: &str) -> Result<CommandResult> {
        Ok(Some(Err(Failure::new("not-allowed", "this is not possible yet"))))
    }

    pub(super) fn answer_join_request(
        &mut self,
        _at: ConversationId,
        _request: &str,
        _accept: bool,
    ) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn join_requests_changed(&mut self, _conversation: ConversationId) -> Result<()> {
        Ok(())
    }
}
