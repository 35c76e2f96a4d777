//! Healing (post-compromise security): new keys for the own leaf and its path.

use super::commit::{Changes, CommitBundle};
use crate::{Context, Group, GroupError};

impl Group {
    /// Commits to new keys of the own leaf. The commit stays pending.
    pub fn update(&mut self, context: &Context<'_>) -> Result<CommitBundle, GroupError> {
        self.commit(context, Changes { update: true, ..Default::default() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::testing::{Chat, Person, each_suite};

    #[test]
    fn an_update_changes_the_own_leaf_only() {
        each_suite(|suite| {
            let (alice, bob) = (Person::new(1), Person::new(2));
            let mut chat = Chat::direct(suite, &alice, &bob);
            let before = chat.view.ratchet_tree().to_vec();
            let bundle = chat.make(1, |group, context| group.update(context));
            let checked = chat.accept(1, &bundle).unwrap();
            assert!(checked.change.updated && bundle.welcome.is_none());
            assert!(checked.change.added.is_empty() && checked.change.removed.is_empty());
            assert_ne!(chat.view.ratchet_tree(), before);
            chat.assert_agreed();
            chat.say(0, b"to the healed");
        });
    }
}
