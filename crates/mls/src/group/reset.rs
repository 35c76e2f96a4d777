//! Going on in a new MLS group, when the one before cannot be used any more: after a part of the log was lost, say.

use sealpost_protocol::AccountId;

use super::{Group, GroupId, Roles};
use crate::{Context, GroupError, RuleViolation, ScratchStore, Suite, Write, identity::ResetStatement, rules};

/// A new MLS group that the log has yet to accept, with the device as its one member.
#[derive(Debug)]
pub struct Reset {
    /// Who makes it.
    pub statement: ResetStatement,
    /// `GroupInfo` of epoch 0 with `external_pub` (a serialised `MLSMessage`).
    pub group_info: Vec<u8>,
    /// Serialised `ratchet_tree` of epoch 0.
    pub ratchet_tree: Vec<u8>,
    /// The new group's state: [`crate::apply`] it when the log has accepted the reset, drop it otherwise.
    pub writes: Vec<Write>,
}

impl Reset {
    /// Makes the group `id` of these accounts, the own one among them; not every member may know what the log has after entry `after`. The context's store is left as
    /// it is. `now` in Unix seconds.
    pub fn make(
        context: &Context<'_>,
        id: GroupId,
        suite: Suite,
        roles: &Roles,
        members: Vec<AccountId>,
        (after, now): (u64, u64),
    ) -> Result<Self, GroupError> {
        let scratch = ScratchStore::new(context.provider.storage.store());
        let (group_info, ratchet_tree) = context
            .on_store(&scratch, |context| Group::create(context, id, suite, roles, now)?.export_group_info(context))?;
        let who = (context.credential.account, context.credential.device);
        let statement = ResetStatement::sign((id.conversation, id.generation, after), members, who, context.device_key);
        Ok(Self { statement, group_info, ratchet_tree, writes: scratch.into_writes() })
    }
}

impl Group {
    /// Whether a reset of this group holds, given that its signer's device is listed by its account with `key`: it is a
    /// member's. That it is an admin's is for the server to see to: who is one may have changed in what it lost.
    pub fn verify_reset(&self, statement: &ResetStatement, key: &[u8; 32]) -> Result<(), RuleViolation> {
        rules::verify_reset(self.mls.public_group(), statement, key)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        PublicError, PublicView,
        testing::{Chat, Person, TestDevice, each_suite},
    };

    fn reset(chat: &Chat, device: &TestDevice, generation: u64, roles: &Roles) -> Reset {
        let id = GroupId { generation, ..chat.view.id() };
        let times = (7, *crate::testing::NOW);
        let mut members = vec![device.id().0];
        if let Roles::Direct { accounts } = roles {
            members = accounts.to_vec();
        }
        device.run(|context| Reset::make(context, id, chat.view.suite(), roles, members, times)).unwrap()
    }

    fn offer(chat: &Chat, by: &TestDevice, made: &Reset) -> Result<PublicView, PublicError> {
        let group = (made.group_info.as_slice(), made.ratchet_tree.as_slice());
        Ok(chat.view.check_reset(&made.statement.to_bytes(), group, by.id())?.0)
    }

    #[test]
    fn either_side_of_a_direct_chat_goes_on_in_a_new_group() {
        each_suite(|suite| {
            let (alice, bob) = (Person::new(1), Person::new(2));
            let chat = Chat::direct(suite, &alice, &bob);
            let made = reset(&chat, &chat.devices[1], 2, chat.view.roles());
            let stored = chat.devices[1].store.len();
            let view = offer(&chat, &chat.devices[1], &made).unwrap();
            assert_eq!((view.id().generation, view.epoch(), view.members().unwrap().len()), (2, 0, 1));
            let key = chat.devices[1].key.public_key();
            assert!(chat.group(0).verify_reset(&made.statement, &key).is_ok());
            // Also by whoever has begun it anew and has not added the other yet.
            let alices = reset(&chat, &chat.devices[0], 2, chat.view.roles());
            let alone = chat.devices[0].run(|context| {
                crate::apply(&alices.writes, &chat.devices[0].store).unwrap();
                let id = GroupId { generation: 2, ..chat.view.id() };
                crate::Group::load(context, id).unwrap().unwrap()
            });
            let third = reset(&chat, &chat.devices[1], 3, chat.view.roles());
            assert!(alone.verify_reset(&third.statement, &key).is_ok());
            assert_eq!(chat.devices[1].store.len(), stored, "nothing is stored before the log accepts");
        });
    }

    #[test]
    fn of_a_group_only_admins_do_and_as_admins() {
        let suite = Suite::default();
        let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
        let chat = Chat::of_admin(suite, &alice, &[&bob]);
        let roles = chat.view.roles().clone();
        let (admin, member, outsider) = (&chat.devices[0], &chat.devices[1], carol.device(1));
        for device in [member, &outsider] {
            let made = reset(&chat, device, 2, &Roles::group([device.id().0]));
            assert!(matches!(offer(&chat, device, &made), Err(PublicError::Rule(RuleViolation::ResetNotAllowed))));
        }
        let by_outsider = reset(&chat, &outsider, 2, &Roles::group([carol.account]));
        let carols = outsider.key.public_key();
        assert!(chat.group(0).verify_reset(&by_outsider.statement, &carols).is_err());
        let laptop = bob.device(2);
        let by_laptop = reset(&chat, &laptop, 2, &Roles::group([bob.account])).statement;
        assert!(chat.group(0).verify_reset(&by_laptop, &carols).is_err());
        assert!(chat.group(0).verify_reset(&by_laptop, &laptop.key.public_key()).is_ok());
        let fine = reset(&chat, admin, 2, &roles);
        assert!(offer(&chat, admin, &fine).is_ok());
        assert!(offer(&chat, member, &fine).is_err(), "it is for the device that signed it");
        for made in [
            reset(&chat, admin, 2 + crate::GENERATIONS_AHEAD, &roles),
            reset(&chat, admin, 2, &Roles::direct(alice.account, bob.account)),
        ] {
            assert!(matches!(offer(&chat, admin, &made), Err(PublicError::Rule(RuleViolation::ResetNotAllowed))));
        }
    }
}
