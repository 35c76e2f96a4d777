//! What joiners need of the current epoch.

use crate::{Context, Group, GroupError, wire::to_tls};

impl Group {
    /// The `GroupInfo` (a serialised `MLSMessage`) and the `ratchet_tree` of the current epoch: what the server needs to
    /// begin following a group.
    pub fn export_group_info(&self, context: &Context<'_>) -> Result<(Vec<u8>, Vec<u8>), GroupError> {
        let group_info = self.mls.export_group_info(crate::provider::crypto(), context.device_key, false);
        let group_info = group_info.map_err(|error| GroupError::Mls(error.into()))?;
        let tls = to_tls(&group_info).map_err(|error| GroupError::Mls(error.into()))?;
        Ok((tls, self.export_ratchet_tree()?))
    }

    /// The `ratchet_tree` of the current epoch.
    pub fn export_ratchet_tree(&self) -> Result<Vec<u8>, GroupError> {
        to_tls(&self.mls.export_ratchet_tree()).map_err(|error| GroupError::Mls(error.into()))
    }
}
