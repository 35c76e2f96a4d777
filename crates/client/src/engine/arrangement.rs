//! How conversations stand in the person's list, on all devices: muted, pinned, archived, unread; requests and contacts.

use sealpost_protocol::{AccountId, ConversationId};

use super::{CommandId, Result, conversations::Outcome, sign_up::CommandResult, turn::Turn};
use crate::command::{Arrangement, Failure};

impl Turn<'_> {
    pub(super) fn arrange_conversation(&mut self, _at: ConversationId, _arrangement: &Arrangement) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn delete_conversation(&mut self, _at: ConversationId) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn accept_request(&mut self, _at: ConversationId) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn block(&mut self, _account: AccountId, _blocked: bool) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn set_contact(&mut self, _account: AccountId, _contact: bool) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn report(
        &mut self,
        _id: CommandId,
        _at: ConversationId,
        _account: AccountId,
        _keys: &[String],
        _comment: String,
    ) -> Result<CommandResult> {
        Ok(Some(Err(Failure::new("not-allowed", "this is not possible yet"))))
    }
}
