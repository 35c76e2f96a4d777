//! Creating a group: its creator is the one member of epoch 0.

use openmls::prelude::{
    MIXED_PLAINTEXT_WIRE_FORMAT_POLICY, MlsGroup, MlsGroupCreateConfig, SenderRatchetConfiguration,
};

use super::FORWARD_DISTANCE_MAX;
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
            .sender_ratchet_configuration(SenderRatchetConfiguration::new(0, FORWARD_DISTANCE_MAX))
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
