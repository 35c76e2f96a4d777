//! Who may do what in a group: a required GroupContext extension, so that it is agreed on like the members are.

use openmls::prelude::{
    CredentialType, Extension, ExtensionType, Extensions, GroupContext, RequiredCapabilitiesExtension, UnknownExtension,
};
use sealpost_protocol::AccountId;
use serde::{Deserialize, Serialize};

use crate::{
    CommitBundle, Context, Group, GroupError, RuleViolation,
    codec::{decode_canonical, encode},
};

/// Private-use extension type of the roles in the GroupContext.
pub(crate) const ROLES_EXTENSION: u16 = 0xF5EA;

const FORMAT: u8 = 1;
const KIND_DIRECT: u8 = 1;
const KIND_GROUP: u8 = 2;

/// What kind of conversation a group is, and who may change its members.
///
/// CBOR: `[1, kind, accounts]`, kind 1 for direct and 2 for group, accounts ascending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Fields", try_from = "Fields")]
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
    },
}

type Fields = (u8, u8, Vec<AccountId>);

impl Roles {
    /// A direct conversation of two accounts.
    pub fn direct(one: AccountId, other: AccountId) -> Self {
        Self::Direct { accounts: [one.min(other), one.max(other)] }
    }

    /// A group with these admins.
    pub fn group(admins: impl IntoIterator<Item = AccountId>) -> Self {
        let mut admins: Vec<_> = admins.into_iter().collect();
        admins.sort();
        admins.dedup();
        Self::Group { admins }
    }

    /// Whether the account is an admin. A direct conversation has none.
    pub fn is_admin(&self, account: AccountId) -> bool {
        matches!(self, Self::Group { admins } if admins.contains(&account))
    }

    /// The admins, ascending. A direct conversation has none.
    pub fn admins(&self) -> &[AccountId] {
        match self {
            Self::Direct { .. } => &[],
            Self::Group { admins, .. } => admins,
        }
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
        let roles = Extension::Unknown(ROLES_EXTENSION, UnknownExtension(encode(self)));
        Extensions::from_vec(vec![Extension::RequiredCapabilities(required), roles])
            .map_err(|_| RuleViolation::InvalidGroupContext)
    }

    /// Reads the roles of a group, whose GroupContext has exactly the extensions that Sealpost gives it.
    pub(crate) fn read(extensions: &Extensions<GroupContext>) -> Result<Self, RuleViolation> {
        let stored = extensions.unknown(ROLES_EXTENSION).ok_or(RuleViolation::InvalidGroupContext)?;
        let roles: Self = decode_canonical(&stored.0).map_err(|_| RuleViolation::InvalidGroupContext)?;
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

impl From<Roles> for Fields {
    fn from(roles: Roles) -> Self {
        match roles {
            Roles::Direct { accounts } => (FORMAT, KIND_DIRECT, accounts.to_vec()),
            Roles::Group { admins } => (FORMAT, KIND_GROUP, admins),
        }
    }
}

impl TryFrom<Fields> for Roles {
    type Error = &'static str;
    fn try_from((format, kind, accounts): Fields) -> Result<Self, Self::Error> {
        let ascending = accounts.is_sorted_by(|one, next| one < next);
        match (format, kind, <[AccountId; 2]>::try_from(accounts.as_slice())) {
            (FORMAT, KIND_DIRECT, Ok(accounts)) if ascending => Ok(Self::Direct { accounts }),
            (FORMAT, KIND_GROUP, _) if ascending && !accounts.is_empty() => Ok(Self::Group { admins: accounts }),
            _ => Err("not roles"),
        }
    }
}

impl Group {
    /// Sets the admins of a group. The commit stays pending.
    pub fn set_roles(&mut self, context: &Context<'_>, roles: &Roles) -> Result<CommitBundle, GroupError> {
        let extensions = roles.context_extensions()?;
        self.commit(context, super::commit::Changes { extensions: Some(extensions), ..Default::default() })
    }
}
