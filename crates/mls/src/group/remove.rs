//! Removing devices.

use super::commit::{Changes, CommitBundle, read_leaves};
use crate::{Context, Group, GroupError};

impl Group {
    /// Commits to removing the leaves. Nothing sent after it can be read by them. The commit stays pending.
    ///
    /// # Errors
    /// [`GroupError::CommitPending`], [`GroupError::UnknownLeaf`], or OpenMLS's refusal of removing the own leaf.
    pub fn remove(&mut self, context: &Context<'_>, leaves: &[u32]) -> Result<CommitBundle, GroupError> {
        let remove = read_leaves(self, leaves)?;
        self.commit(context, Changes { remove, update: true, ..Default::default() })
    }
}
