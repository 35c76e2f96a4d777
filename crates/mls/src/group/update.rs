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
    use rand::{SeedableRng as _, rngs::StdRng};

    use crate::{
        identity::{Credential, DeviceCertificate, ListKey, ListKeyCertificate},
        testing::{Chat, Person, each_suite},
    };

    #[test]
    fn whatever_a_device_commits_to_its_leaf_gets_its_new_certificate() {
        each_suite(|suite| {
            let (alice, bob) = (Person::new(1), Person::new(2));
            let mut chat = Chat::of_admin(suite, &alice, &[&bob]);
            let newer = ListKey::generate(&mut StdRng::seed_from_u64(7));
            let list_key = ListKeyCertificate::sign(&alice.root, alice.account, 2, &newer);
            let device = &mut chat.devices[0];
            let admitted = device.credential.certificate.list_version;
            let certificate =
                DeviceCertificate::sign(&newer, &list_key, device.credential.device, &device.key, admitted);
            device.credential = Credential::new(alice.root.public_key(), list_key, certificate);
            let certified = device.credential.clone();
            chat.add(0, vec![Person::new(3).device(1)]);
            for number in [0, 1, 2] {
                let members = chat.group(number).members().unwrap();
                assert!(members.iter().any(|member| member.credential == certified), "device {number}");
            }
            chat.assert_agreed();
            chat.say(0, b"by the same device");
        });
    }

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
