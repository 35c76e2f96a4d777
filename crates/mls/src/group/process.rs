//! Taking messages of the log: decrypting application messages, staging commits, merging them.

use openmls::prelude::{
    KeyPackageVerifyError, LeafNodeIndex, MlsMessageBodyIn, MlsMessageIn, ProcessMessageError, ProcessedMessageContent,
    ProposalValidationError, ProtocolMessage, Sender, StageCommitError, StagedCommit, ValidationError,
};
use sealpost_protocol::{AccountId, DeviceId};

use super::Member;
use crate::{Change, Context, Group, GroupError, ProcessError, RuleViolation, rules, wire::from_tls};

/// A message of the log, taken.
#[derive(Debug)]
pub enum Processed {
    /// A decrypted application message.
    Application {
        /// Who sent it.
        sender: Member,
        /// What it says, padded as its sender padded it.
        plaintext: Vec<u8>,
    },
    /// A commit, staged: nothing has changed until [`Group::merge`].
    Commit(Box<ReceivedCommit>),
    /// This device's pending commit: [`Group::merge_pending_commit`] applies it.
    OwnPendingCommit,
}

/// A commit that verifies, with what it changes. Whether it may is checked by [`Group::check_rules`].
#[derive(Debug)]
pub struct ReceivedCommit {
    /// What it changes.
    pub change: Change,
    /// Whether it removes this device.
    pub self_removed: bool,
    /// The epoch that it begins.
    pub epoch_after: u64,
    staged: Box<StagedCommit>,
}

impl Group {
    /// Takes a message of the log (a serialised `MLSMessage`). A commit is only staged.
    pub fn process(&mut self, context: &Context<'_>, message: &[u8]) -> Result<Processed, ProcessError> {
        if self.commit_is_own(message) {
            return Ok(Processed::OwnPendingCommit);
        }
        let message = self.read_message(message)?;
        let processed = self.mls.process_message(&context.provider, message);
        let processed = processed.map_err(|error| context.failed(error, process_error))?;
        let sender = processed.sender().clone();
        match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => {
                let Sender::Member(index) = sender else { return Err(ProcessError::Malformed) };
                Ok(Processed::Application { sender: self.sender(index)?, plaintext: message.into_bytes() })
            }
            ProcessedMessageContent::StagedCommitMessage(staged) => self.received(&sender, staged),
            ProcessedMessageContent::OwnPendingCommit => Ok(Processed::OwnPendingCommit),
            ProcessedMessageContent::OwnPrivateMessage => Err(ProcessError::OwnMessage),
            _ => Err(ProcessError::Malformed),
        }
    }

    /// Whether a received commit keeps the rules of membership. `pending_removals` are devices whose removal anyone may
    /// commit: the caller has verified that they left their account's signed list, or its leave statement.
    pub fn check_rules(
        &self,
        received: &ReceivedCommit,
        pending_removals: &[(AccountId, DeviceId)],
    ) -> Result<(), RuleViolation> {
        let members = rules::members(self.mls.public_group())?;
        let roles = rules::roles(self.mls.public_group().group_context())?;
        rules::check(&received.change, &members, &roles, pending_removals)
    }

    /// Applies a received commit that keeps the rules (see [`Self::check_rules`]); a pending commit of this device is
    /// dropped.
    ///
    /// # Errors
    /// [`GroupError::Rule`] if it breaks one: the group is unchanged. [`GroupError::WrongEpoch`] if another commit was
    /// merged meanwhile.
    pub fn merge(
        &mut self,
        context: &Context<'_>,
        received: ReceivedCommit,
        pending_removals: &[(AccountId, DeviceId)],
    ) -> Result<(), GroupError> {
        if received.epoch_after != self.epoch() + 1 {
            return Err(GroupError::WrongEpoch);
        }
        self.check_rules(&received, pending_removals)?;
        let merged = self.mls.merge_staged_commit(&context.provider, *received.staged);
        merged.map_err(|error| context.failed(error, |error| GroupError::Mls(error.into())))?;
        Ok(self.set_pending(context, None)?)
    }

    fn read_message(&self, message: &[u8]) -> Result<ProtocolMessage, ProcessError> {
        let message: MlsMessageIn = from_tls(message).map_err(|_| ProcessError::Malformed)?;
        let message: ProtocolMessage = match message.extract() {
            MlsMessageBodyIn::PublicMessage(message) => message.into(),
            MlsMessageBodyIn::PrivateMessage(message) => message.into(),
            _ => return Err(ProcessError::Malformed),
        };
        if message.group_id() != self.mls.group_id() {
            return Err(ProcessError::WrongGroup);
        }
        let (theirs, ours) = (message.epoch().as_u64(), self.epoch());
        match theirs.cmp(&ours) {
            std::cmp::Ordering::Less => Err(ProcessError::PastEpoch { message: theirs, group: ours }),
            std::cmp::Ordering::Greater => Err(ProcessError::FutureEpoch { message: theirs, group: ours }),
            std::cmp::Ordering::Equal => Ok(message),
        }
    }

    fn sender(&self, index: LeafNodeIndex) -> Result<Member, ProcessError> {
        let leaf = self.mls.public_group().leaf(index).ok_or(ProcessError::Malformed)?;
        Ok(rules::member(index, leaf)?)
    }

    fn received(&self, sender: &Sender, staged: Box<StagedCommit>) -> Result<Processed, ProcessError> {
        Ok(Processed::Commit(Box::new(ReceivedCommit {
            change: rules::read_change(self.mls.public_group(), sender, &staged)?,
            self_removed: staged.self_removed(),
            epoch_after: staged.epoch().as_u64(),
            staged,
        })))
    }
}

fn process_error<E>(error: ProcessMessageError<E>) -> ProcessError
where
    E: std::error::Error + Send + Sync + 'static,
{
    use openmls::{
        framing::errors::{MessageDecryptionError, SecretTreeError},
        treesync::errors::LeafNodeValidationError,
    };
    match error {
        ProcessMessageError::ValidationError(ValidationError::UnableToDecrypt(
            MessageDecryptionError::SecretTreeError(SecretTreeError::SecretReuseError),
        )) => ProcessError::Duplicate,
        ProcessMessageError::ValidationError(ValidationError::UnableToDecrypt(error)) => {
            ProcessError::Undecryptable(error.into())
        }
        ProcessMessageError::ValidationError(ValidationError::KeyPackageVerifyError(
            KeyPackageVerifyError::LifetimeError(_),
        ))
        | ProcessMessageError::InvalidCommit(StageCommitError::ProposalValidationError(
            ProposalValidationError::LeafNodeValidation(LeafNodeValidationError::Lifetime(_)),
        )) => ProcessError::Clock,
        error => ProcessError::Invalid(error.into()),
    }
}
