//! Creating a group: its creator is the one member of epoch 0.

use openmls::prelude::{MIXED_PLAINTEXT_WIRE_FORMAT_POLICY, MlsGroup, MlsGroupCreateConfig};

use super::sender_ratchet;
use crate::{Context, Group, GroupError, GroupId, Roles, Suite, key_package};

impl Group {
    /// Creates a group with the device as its one member. `now` in Unix seconds.
    pub fn create(
        context: &Context<'_>,
        id: GroupId,
        suite: Suite,
        roles: &Roles,
        now: u64,
    ) -> Result<Self, GroupError> {
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(suite.to_openmls())
            .wire_format_policy(MIXED_PLAINTEXT_WIRE_FORMAT_POLICY)
            .padding_size(0)
            .max_past_epochs(0)
            .number_of_resumption_psks(0)
            .use_ratchet_tree_extension(false)
            .sender_ratchet_configuration(sender_ratchet())
            .lifetime(key_package::lifetime(now))
            .capabilities(key_package::capabilities())
            .with_group_context_extensions(roles.context_extensions()?)
            .build();
        let mls = MlsGroup::new_with_group_id(
            &context.provider,
            context.device_key,
            &config,
            id.to_openmls(),
            context.credential_with_key(),
        )
        .map_err(|error| context.failed(error, |error| GroupError::Mls(error.into())))?;
        Self::new(mls, None).ok_or(GroupError::NotSealpost)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::{
        Roles,
        testing::{Chat, Person, each_suite},
    };

    #[test]
    fn a_new_group_has_its_creator_only_and_can_be_deleted() {
        each_suite(|suite| {
            let alice = Person::new(1);
            let roles = Roles::group([alice.account]);
            let chat = Chat::new(suite, alice.device(1), &roles);
            chat.assert_agreed();
            assert_eq!((chat.view.epoch(), chat.view.suite(), chat.view.id()), (0, suite, chat.id));
            assert_eq!(chat.group(0).member(0).unwrap().credential, chat.devices[0].credential);
            let group = chat.group(0);
            chat.devices[0].run(|context| group.delete(context)).unwrap();
            assert!(chat.devices[0].store.is_empty());
        });
    }
}
