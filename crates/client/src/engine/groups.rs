//! Changing groups: state, members, admins, policy, leaving.

use sealpost_protocol::{AccountId, ConversationId};

use super::{Result, conversations::Outcome, turn::Turn};
use crate::{
    command::{Failure, PictureChange},
    snapshot::Policy,
};

impl Turn<'_> {
    pub(super) fn change_group(
        &mut self,
        _at: ConversationId,
        _name: Option<String>,
        _description: Option<String>,
        _picture: Option<PictureChange>,
    ) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn set_message_timer(&mut self, _at: ConversationId, _seconds: Option<u32>) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn remove_members(&mut self, _at: ConversationId, _members: &[AccountId]) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn set_admin(&mut self, _at: ConversationId, _account: AccountId, _admin: bool) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn set_policy(&mut self, _at: ConversationId, _policy: Policy) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn leave_group(&mut self, _at: ConversationId, _successor: Option<AccountId>) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn someone_leaves(&mut self, _conversation: ConversationId, _statement: &[u8]) -> Result<()> {
        Ok(())
    }
}
