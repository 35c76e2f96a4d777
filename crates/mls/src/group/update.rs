//! Healing (post-compromise security): new keys for the own leaf and its path.

use super::commit::{Changes, CommitBundle};
use crate::{Context, Group, GroupError};

impl Group {
    /// Commits to new keys of the own leaf. The commit stays pending.
    pub fn update(&mut self, context: &Context<'_>) -> Result<CommitBundle, GroupError> {
        self.commit(context, Changes { update: true, ..Default::default() })
    }
}
