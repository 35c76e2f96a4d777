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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::{
        GroupError, KeyPackageError, Suite,
        testing::{Chat, Person, each_suite},
    };

    #[test]
    fn added_devices_get_the_leaves_that_were_foretold() {
        each_suite(|suite| {
            let (alice, bob, carol, dave) = (Person::new(1), Person::new(2), Person::new(3), Person::new(4));
            let mut chat = Chat::of_admin(suite, &alice, &[&bob, &carol]);
            let (package, newer) = (chat.key_package(&dave.device(1)), chat.key_package(&bob.device(2)));
            let bundle = chat.make(0, |group, context| group.add(context, &[package, newer], &[1], None));
            let checked = chat.accept(0, &bundle).unwrap();
            let members = chat.view.members().unwrap();
            assert_eq!(checked.change.added.len(), 2);
            assert!(checked.change.added.iter().all(|added| members.contains(added)));
            assert_eq!(checked.change.added[0].leaf_index, 1);
            assert_eq!(checked.change.removed[0].account, bob.account);
            assert!(members.iter().all(|member| member.device != bob.device(1).credential.device));
        });
    }

    #[test]
    fn key_packages_of_another_suite_and_garbage_are_refused() {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let chat = Chat::new(Suite::Classic, alice.device(1), &crate::Roles::group([alice.account]));
        let other = Chat::new(Suite::XWing, alice.device(2), &crate::Roles::group([alice.account]));
        let package = other.key_package(&bob.device(1));
        let mut group = chat.group(0);
        let mut add = |packages: &[Vec<u8>]| chat.devices[0].run(|context| group.add(context, packages, &[], None));
        assert!(matches!(add(std::slice::from_ref(&package)), Err(GroupError::KeyPackage(KeyPackageError::Suite))));
        assert!(matches!(add(&[vec![0; 40]]), Err(GroupError::KeyPackage(KeyPackageError::Malformed))));
        assert!(matches!(add(&vec![package; 101]), Err(GroupError::TooManyAdds)));
        assert!(!chat.group(0).has_pending_commit());
    }

    #[test]
    fn only_one_commit_is_pending() {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let chat = Chat::direct(Suite::default(), &alice, &bob);
        chat.make(0, |group, context| group.update(context));
        let mut group = chat.group(0);
        let second = chat.devices[0].run(|context| group.update(context));
        assert!(matches!(second, Err(GroupError::CommitPending)));
    }
}
