//! Checking a commit before the log takes it, and the view after it. Runs outside any transaction: the view that it was
//! checked against says which epoch the transaction has to find.

use std::collections::HashSet;

use openmls::prelude::{
    MlsMessageBodyIn, MlsMessageIn, ProcessedMessageContent, PublicGroup, PublicMessageIn, StagedCommit,
};
use sealpost_protocol::{AccountId, DeviceId};

use super::{PublicView, store};
use crate::{
    Change, GroupId, MemoryStore, PublicError, Roles, RuleViolation,
    identity::{LeaveStatement, ResetStatement},
    provider::crypto,
    rules,
    storage::Storage,
    wire::{EncryptedGroupSecrets, GroupInfoMessage, WelcomeMessage, from_tls, to_tls},
};

/// What a device uploads with a commit; all serialised `MLSMessage`s.
#[derive(Debug, Clone, Copy)]
pub struct CommitUpload<'a> {
    /// `PublicMessage` with the commit.
    pub commit: &'a [u8],
    /// `Welcome` for everyone it adds.
    pub welcome: Option<&'a [u8]>,
    /// `GroupInfo` of the new epoch.
    pub group_info: &'a [u8],
}

/// A commit that keeps every rule the server can check.
pub struct CheckedCommit {
    /// What it changes. `added[i]` is who has the key package `key_package_refs[i]`.
    pub change: Change,
    /// The group after it.
    pub view: PublicView,
}

impl PublicView {
    /// Checks a commit that `committer` uploads, as the server has authenticated it. What it carries of leave statements
    /// is checked with it.
    pub fn check(
        &self,
        upload: CommitUpload<'_>,
        committer: (AccountId, DeviceId),
    ) -> Result<CheckedCommit, PublicError> {
        at_most("GroupInfo", upload.group_info.len(), crate::GROUP_INFO_MAX)?;
        let (change, staged) = self.stage(upload.commit)?;
        at_most("added key packages", change.added.len(), crate::ADD_MAX)?;
        if (change.committer.account, change.committer.device) != committer {
            return Err(PublicError::WrongSender);
        }
        rules::check(&change, &self.members()?, &self.roles)?;
        check_welcome(upload.welcome, &change)?;
        let group_info = GroupInfoMessage::read(upload.group_info).map_err(|_| PublicError::Malformed("GroupInfo"))?;
        check_group_info(&group_info, &staged, &change)?;
        let group = self.merged(staged)?;
        let tag: tls_codec::VLBytes = to_tls(group.confirmation_tag())
            .and_then(|tag| from_tls(&tag))
            .map_err(|_| PublicError::Malformed("commit"))?;
        if tag.as_slice() != group_info.confirmation_tag() {
            return Err(PublicError::GroupInfo("its confirmation tag is not the commit's"));
        }
        Ok(CheckedCommit { change, view: Self::of(group, upload.group_info.into())? })
    }

    /// Checks a new group that `device` uploads to take this one's place: `group` is its `GroupInfo` and ratchet tree.
    /// The view of the new group has the device as its one member.
    pub fn check_reset(
        &self,
        statement: &[u8],
        (group_info, ratchet_tree): (&[u8], &[u8]),
        device: (AccountId, DeviceId),
    ) -> Result<(Self, ResetStatement), PublicError> {
        let statement = ResetStatement::from_bytes(statement)?;
        if (statement.account, statement.device) != device {
            return Err(PublicError::WrongSender);
        }
        rules::verify_reset_by_admin(&self.group, &statement)?;
        let new = Self::new(group_info, ratchet_tree)?;
        let id = GroupId { conversation: statement.conversation, generation: statement.generation };
        let members = new.members()?;
        let alone = matches!(members.as_slice(), [only] if (only.account, only.device) == device);
        let fits = match &self.roles {
            // Nobody leaves a direct conversation.
            Roles::Direct { accounts } => new.roles == self.roles && accounts.iter().eq(&statement.members),
            Roles::Group { .. } => new.roles.is_admin(statement.account),
        };
        if new.id != id || new.epoch() != 0 || new.suite != self.suite || !alone || !fits {
            return Err(RuleViolation::ResetNotAllowed.into());
        }
        Ok((new, statement))
    }

    /// Whether a leave statement holds in this epoch: its signer's leaf is in the tree, as it was when it signed.
    ///
    /// # Errors
    /// [`PublicError::Rule`].
    pub fn verify_leave(&self, statement: &LeaveStatement) -> Result<(), PublicError> {
        Ok(rules::verify_statement(&self.group, statement)?)
    }

    fn stage(&self, commit: &[u8]) -> Result<(Change, StagedCommit), PublicError> {
        let message = self.read(commit)?;
        let processed = self.group.process_message(crypto(), message);
        let processed = processed.map_err(|error| PublicError::InvalidCommit(error.into()))?;
        let sender = processed.sender().clone();
        let authenticated_data = processed.aad().to_vec();
        let ProcessedMessageContent::StagedCommitMessage(staged) = processed.into_content() else {
            return Err(PublicError::Malformed("commit"));
        };
        Ok((rules::read_change(&self.group, &sender, &authenticated_data, &staged)?, *staged))
    }

    fn read(&self, commit: &[u8]) -> Result<PublicMessageIn, PublicError> {
        let message: MlsMessageIn = from_tls(commit).map_err(|_| PublicError::Malformed("commit"))?;
        let MlsMessageBodyIn::PublicMessage(message) = message.extract() else {
            return Err(PublicError::Malformed("commit"));
        };
        if message.group_id() != self.group.group_id() {
            return Err(PublicError::WrongGroup);
        }
        let epoch = message.epoch().as_u64();
        if epoch != self.epoch() {
            return Err(PublicError::WrongEpoch { commit: epoch, group: self.epoch() });
        }
        Ok(message)
    }

    fn merged(&self, staged: StagedCommit) -> Result<PublicGroup, PublicError> {
        let mut group = store::copy(&self.group, self.suite)?;
        let memory = MemoryStore::new();
        group.merge_commit(&Storage::new(&memory), staged).map_err(|error| PublicError::InvalidCommit(error.into()))?;
        Ok(group)
    }
}

/// Refuses what is more than `max`.
pub(super) fn at_most(what: &'static str, len: usize, max: usize) -> Result<(), PublicError> {
    if len <= max { Ok(()) } else { Err(PublicError::TooLarge { what, len, max }) }
}

/// The Welcome is for exactly the key packages that are added, each once, and as large as one has to be: every joiner is
/// given its secrets together with the encrypted GroupInfo.
fn check_welcome(welcome: Option<&[u8]>, change: &Change) -> Result<(), PublicError> {
    let Some(welcome) = welcome else {
        return if change.added.is_empty() { Ok(()) } else { Err(PublicError::WelcomeMismatch) };
    };
    let message = WelcomeMessage::read(welcome).map_err(|_| PublicError::Malformed("Welcome"))?;
    at_most("encrypted GroupInfo", message.encrypted_group_info.as_slice().len(), crate::GROUP_INFO_MAX)?;
    let largest = message.secrets.iter().map(EncryptedGroupSecrets::len).max();
    at_most("secrets in the Welcome", largest.unwrap_or(0), crate::WELCOME_SECRETS_MAX)?;
    let joiners: HashSet<&[u8]> = message.joiners().collect();
    let added: HashSet<&[u8]> = change.key_package_refs.iter().map(Vec::as_slice).collect();
    let fits = !added.is_empty() && joiners == added && message.joiners().count() == added.len();
    if fits { Ok(()) } else { Err(PublicError::WelcomeMismatch) }
}

/// The GroupInfo is of the epoch that the commit begins, signed by the committer, without secrets and without a tree.
fn check_group_info(info: &GroupInfoMessage, staged: &StagedCommit, change: &Change) -> Result<(), PublicError> {
    let malformed = |_| PublicError::Malformed("GroupInfo");
    if info.context().map_err(malformed)? != to_tls(staged.group_context()).map_err(malformed)? {
        return Err(PublicError::GroupInfo("it is not of the commit's epoch"));
    }
    if !info.is_plain() {
        return Err(PublicError::GroupInfo("external_pub is its only extension"));
    }
    if info.signer() != change.committer.leaf_index {
        return Err(PublicError::GroupInfo("the committer did not sign it"));
    }
    let verified = info.verify(&change.committer.signature_key);
    verified.map_err(|_| PublicError::GroupInfo("its signature does not verify"))
}
