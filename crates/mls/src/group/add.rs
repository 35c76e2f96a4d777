//! Adding devices.

use super::commit::{Changes, CommitBundle, read_key_packages, read_leaves};
use crate::{CONVERSATION_KEY_LEN, Context, Group, GroupError};

impl Group {
    /// Commits to adding the devices of `key_packages` (at most [`crate::ADD_MAX`]) and, in the same commit, to removing
    /// the leaves `remove`. The joiners find `conversation_key` in their Welcome. The commit stays pending.
    ///
    /// An add alone carries no update path: it does not grow with the tree, and healing is scheduled apart.
    ///
    /// # Errors
    /// [`GroupError::CommitPending`], [`GroupError::TooManyAdds`], [`GroupError::KeyPackage`],
    /// [`GroupError::UnknownLeaf`], or what OpenMLS refuses: a device that is a member, say.
    pub fn add(
        &mut self,
        context: &Context<'_>,
        key_packages: &[impl AsRef<[u8]>],
        remove: &[u32],
        conversation_key: Option<&[u8; CONVERSATION_KEY_LEN]>,
    ) -> Result<CommitBundle, GroupError> {
        let add = read_key_packages(self, key_packages)?;
        let remove = read_leaves(self, remove)?;
        self.commit(context, Changes { add, remove, conversation_key, ..Default::default() })
    }
}
