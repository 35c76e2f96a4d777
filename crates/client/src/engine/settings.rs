//! What the person chose for the account, and the own profile.

use sealpost_protocol::{AccountId, safety};

use super::{CommandId, Result, conversations::Outcome, sign_up::CommandResult, turn::Turn};
use crate::{
    command::{Failure, PictureChange},
    snapshot::Settings,
};

impl Turn<'_> {
    pub(super) fn change_settings(&mut self, _settings: &Settings) -> Result<Outcome> {
        Ok(Err(Failure::new("not-allowed", "this is not possible yet")))
    }

    pub(super) fn settings_changed(&mut self, _settings: &safety::AccountSettings) -> Result<()> {
        Ok(())
    }

    pub(super) fn set_profile(
        &mut self,
        _id: CommandId,
        _display_name: String,
        _picture: Option<PictureChange>,
    ) -> Result<CommandResult> {
        Ok(Some(Err(Failure::new("not-allowed", "this is not possible yet"))))
    }

    pub(super) fn profile_changed(&mut self, _account: AccountId) -> Result<()> {
        Ok(())
    }
}
