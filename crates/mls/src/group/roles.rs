//! Who may do what in a group: a required GroupContext extension, so that it is agreed on like the members are.

use openmls::prelude::{
    CredentialType, Extension, ExtensionType, Extensions, GroupContext, RequiredCapabilitiesExtension, UnknownExtension,
};
use sealpost_protocol::AccountId;

use crate::{
    CommitBundle, Context, Group, GroupError, RuleViolation,
    codec::{decode, encode},
};

/// Private-use extension type of the roles in the GroupContext.
pub(crate) const ROLES_EXTENSION: u16 = 0xF5EA;

const FORMAT_DEFAULT: u8 = 1;
const FORMAT_POLICY: u8 = 2;
const KIND_DIRECT: u8 = 1;
const KIND_GROUP: u8 = 2;

/// Everyone in a group, or its admins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Every member.
    Members,
    /// Admins only.
    Admins,
}

/// What members who are no admins may do. Who may edit and post is for clients to check: the server cannot see either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Who adds accounts.
    pub add: Who,
    /// Who changes the conversation's state.
    pub edit: Who,
    /// Who sends messages.
    pub post: Who,
}

impl Default for Policy {
    fn default() -> Self {
        Self { add: Who::Admins, edit: Who::Admins, post: Who::Members }
    }
}

/// What kind of conversation a group is, and who may change its members.
///
/// CBOR: `[1, kind, accounts]`, kind 1 for direct and 2 for group, accounts ascending. A group with another policy than
/// the default: `[2, 2, admins, add, edit, post]`, each 1 for members and 2 for admins. Nothing has two spellings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Roles {
    /// Two accounts, each of which may add its own devices and the other's.
    Direct {
        /// Ascending.
        accounts: [AccountId; 2],
    },
    /// Admins add and remove accounts.
    Group {
        /// Ascending; at least one.
        admins: Vec<AccountId>,
        /// What the others may do.
        policy: Policy,
    },
}

type DefaultFields = (u8, u8, Vec<AccountId>);
type PolicyFields = (u8, u8, Vec<AccountId>, u8, u8, u8);

impl Roles {
    /// A direct conversation of two accounts.
    pub fn direct(one: AccountId, other: AccountId) -> Self {
        Self::Direct { accounts: [one.min(other), one.max(other)] }
    }

    /// A group with these admins and the default policy.
    pub fn group(admins: impl IntoIterator<Item = AccountId>) -> Self {
        let mut admins: Vec<_> = admins.into_iter().collect();
        admins.sort();
        admins.dedup();
        Self::Group { admins, policy: Policy::default() }
    }

    /// These roles with `account` as an admin, or no longer as one. Nothing changes in a direct conversation, nor where
    /// nobody would be an admin.
    #[must_use]
    pub fn with_admin(&self, account: AccountId, admin: bool) -> Self {
        let Self::Group { admins, policy } = self else { return self.clone() };
        let others = admins.iter().copied().filter(|other| *other != account);
        match Self::group(others.chain(admin.then_some(account))) {
            Self::Group { admins, .. } if !admins.is_empty() => Self::Group { admins, policy: *policy },
            _ => self.clone(),
        }
    }

    /// These roles with another policy. Nothing changes in a direct conversation.
    #[must_use]
    pub fn with_policy(&self, policy: Policy) -> Self {
        match self {
            Self::Direct { .. } => self.clone(),
            Self::Group { admins, .. } => Self::Group { admins: admins.clone(), policy },
        }
    }

    /// What members who are no admins may do. In a direct conversation either side may do everything.
    pub fn policy(&self) -> Policy {
        match self {
            Self::Direct { .. } => Policy { add: Who::Members, edit: Who::Members, post: Who::Members },
            Self::Group { policy, .. } => *policy,
        }
    }

    /// The admins; a direct conversation has none.
    pub fn admins(&self) -> &[AccountId] {
        match self {
            Self::Direct { .. } => &[],
            Self::Group { admins, .. } => admins,
        }
    }

    /// Whether the account is among `who`, given that it is a member.
    pub fn is_among(&self, account: AccountId, who: Who) -> bool {
        who == Who::Members || self.is_admin(account)
    }

    /// Whether the account is an admin. A direct conversation has none.
    pub fn is_admin(&self, account: AccountId) -> bool {
        matches!(self, Self::Group { admins, .. } if admins.contains(&account))
    }

    /// Whether this is a direct conversation of which the account is one side.
    pub fn is_direct_of(&self, account: AccountId) -> bool {
        matches!(self, Self::Direct { accounts } if accounts.contains(&account))
    }

    /// The GroupContext extensions of a group with these roles.
    pub(crate) fn context_extensions(&self) -> Result<Extensions<GroupContext>, RuleViolation> {
        let required = RequiredCapabilitiesExtension::new(
            &[ExtensionType::Unknown(ROLES_EXTENSION)],
            &[],
            &[CredentialType::Basic],
        );
        let roles = Extension::Unknown(ROLES_EXTENSION, UnknownExtension(self.to_bytes()));
        Extensions::from_vec(vec![Extension::RequiredCapabilities(required), roles])
            .map_err(|_| RuleViolation::InvalidGroupContext)
    }

    /// Reads the roles of a group, whose GroupContext has exactly the extensions that Sealpost gives it.
    pub(crate) fn read(extensions: &Extensions<GroupContext>) -> Result<Self, RuleViolation> {
        let stored = extensions.unknown(ROLES_EXTENSION).ok_or(RuleViolation::InvalidGroupContext)?;
        let roles = Self::from_bytes(&stored.0).ok_or(RuleViolation::InvalidGroupContext)?;
        let expected = roles.context_extensions()?;
        let same = extensions.iter().count() == expected.iter().count()
            && extensions.required_capabilities() == expected.required_capabilities();
        if same { Ok(roles) } else { Err(RuleViolation::InvalidGroupContext) }
    }

    /// Reads the roles that a proposal sets in place of those of `current`.
    pub(crate) fn read_replacement(
        current: &GroupContext,
        proposed: &Extensions<GroupContext>,
    ) -> Result<Self, RuleViolation> {
        let (before, after) = (Self::read(current.extensions())?, Self::read(proposed)?);
        let same_kind = std::mem::discriminant(&before) == std::mem::discriminant(&after);
        if same_kind { Ok(after) } else { Err(RuleViolation::RolesNotAllowed) }
    }
}

impl Roles {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Direct { accounts } => encode(&(FORMAT_DEFAULT, KIND_DIRECT, accounts.as_slice())),
            Self::Group { admins, policy } if *policy == Policy::default() => {
                encode(&(FORMAT_DEFAULT, KIND_GROUP, admins.as_slice()))
            }
            Self::Group { admins, policy } => {
                let [add, edit, post] = [policy.add, policy.edit, policy.post].map(Who::number);
                encode(&(FORMAT_POLICY, KIND_GROUP, admins.as_slice(), add, edit, post))
            }
        }
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let roles = match decode::<DefaultFields>(bytes) {
            Ok((_, KIND_DIRECT, accounts)) => Self::Direct { accounts: accounts.try_into().ok()? },
            Ok((_, KIND_GROUP, admins)) => Self::Group { admins, policy: Policy::default() },
            Ok(_) => return None,
            Err(_) => {
                let (_, _, admins, add, edit, post) = decode::<PolicyFields>(bytes).ok()?;
                let [add, edit, post] = [add, edit, post].map(Who::from_number);
                Self::Group { admins, policy: Policy { add: add?, edit: edit?, post: post? } }
            }
        };
        let accounts = match &roles {
            Self::Direct { accounts } => accounts.as_slice(),
            Self::Group { admins, .. } => admins,
        };
        let ascending = !accounts.is_empty() && accounts.is_sorted_by(|one, next| one < next);
        // The encoding of what was read says whether format and kind were those that it has.
        (ascending && roles.to_bytes() == bytes).then_some(roles)
    }
}

impl Who {
    fn number(self) -> u8 {
        match self {
            Self::Members => 1,
            Self::Admins => 2,
        }
    }

    fn from_number(number: u8) -> Option<Self> {
        [Self::Members, Self::Admins].into_iter().find(|who| who.number() == number)
    }
}

impl Group {
    /// Sets the admins and the policy of a group. The commit stays pending.
    pub fn set_roles(&mut self, context: &Context<'_>, roles: &Roles) -> Result<CommitBundle, GroupError> {
        let extensions = roles.context_extensions()?;
        self.commit(context, super::commit::Changes { extensions: Some(extensions), ..Default::default() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const POLICY: Policy = Policy { add: Who::Members, edit: Who::Admins, post: Who::Admins };

    fn account(number: u8) -> AccountId {
        AccountId([number; 16])
    }

    #[test]
    fn roles_have_one_spelling_each() {
        let group = Roles::group([account(2), account(1)]);
        for roles in [Roles::direct(account(1), account(2)), group.clone(), group.with_policy(POLICY)] {
            let bytes = roles.to_bytes();
            assert_eq!(Roles::from_bytes(&bytes), Some(roles.clone()));
            assert_eq!(bytes[1], if roles == group.with_policy(POLICY) { 2 } else { 1 });
        }
        assert_eq!(group.with_policy(POLICY).with_policy(Policy::default()).to_bytes(), group.to_bytes());
    }

    #[test]
    fn other_spellings_are_no_roles() {
        let admins = [account(1)];
        let wrong = [
            encode(&(FORMAT_POLICY, KIND_GROUP, admins, 2, 2, 1)),
            encode(&(FORMAT_POLICY, KIND_GROUP, admins, 3, 2, 1)),
            encode(&(FORMAT_POLICY, KIND_DIRECT, [account(1), account(2)], 1, 1, 1)),
            encode(&(FORMAT_DEFAULT, KIND_GROUP, admins, 1, 1, 1)),
            encode(&(FORMAT_POLICY, KIND_GROUP, admins)),
            encode(&(FORMAT_DEFAULT, KIND_GROUP, [account(2), account(1)])),
            encode(&(FORMAT_DEFAULT, KIND_DIRECT, admins)),
            encode(&(FORMAT_DEFAULT, 3, admins)),
            Roles::group([]).to_bytes(),
        ];
        for bytes in wrong {
            assert_eq!(Roles::from_bytes(&bytes), None);
        }
    }

    #[test]
    fn the_last_admin_stays_one() {
        let roles = Roles::group([account(1)]).with_policy(POLICY);
        assert_eq!(roles.with_admin(account(1), false), roles);
        let both = roles.with_admin(account(2), true);
        assert_eq!(both.admins(), [account(1), account(2)]);
        assert_eq!(both.with_admin(account(1), false).admins(), [account(2)]);
        assert_eq!(both.policy(), POLICY);
        assert!(roles.is_among(account(2), Who::Members) && !roles.is_among(account(2), Who::Admins));
    }
}
