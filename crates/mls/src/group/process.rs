//! Taking messages of the log: decrypting application messages, staging commits, merging them.

use std::fmt;

use openmls::prelude::{
    KeyPackageVerifyError, LeafNodeIndex, MlsMessageBodyIn, MlsMessageIn, ProcessMessageError, ProcessedMessageContent,
    ProposalValidationError, ProtocolMessage, Sender, StageCommitError, StagedCommit, ValidationError,
};

use super::Member;
use crate::{Change, Context, Group, GroupError, ProcessError, RuleViolation, rules, wire::from_tls};

/// A message of the log, taken.
pub enum Processed {
    /// A decrypted application message.
    Application {
        /// Who sent it.
        sender: Box<Member>,
        /// What it says, padded as its sender padded it.
        plaintext: Vec<u8>,
    },
    /// A commit, staged: nothing has changed until [`Group::merge`].
    Commit(Box<ReceivedCommit>),
    /// This device's pending commit: [`Group::merge_pending_commit`] applies it.
    OwnPendingCommit,
}

/// A commit that verifies, with what it changes. Whether it may is checked by [`Group::check_rules`].
pub struct ReceivedCommit {
    /// What it changes.
    pub change: Change,
    /// Whether it removes this device.
    pub self_removed: bool,
    /// The epoch that it begins.
    pub epoch_after: u64,
    staged: Box<StagedCommit>,
}

impl fmt::Debug for Processed {
    // Plaintexts never reach a log line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Application { sender, plaintext } => {
                write!(f, "Application {{ sender: {}, plaintext: {} bytes }}", sender.leaf_index, plaintext.len())
            }
            Self::Commit(received) => received.fmt(f),
            Self::OwnPendingCommit => f.write_str("OwnPendingCommit"),
        }
    }
}

impl fmt::Debug for ReceivedCommit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedCommit").field("change", &self.change).finish_non_exhaustive()
    }
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
        let authenticated_data = processed.aad().to_vec();
        match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => {
                let Sender::Member(index) = sender else { return Err(ProcessError::Malformed) };
                Ok(Processed::Application { sender: Box::new(self.sender(index)?), plaintext: message.into_bytes() })
            }
            ProcessedMessageContent::StagedCommitMessage(staged) => self.received(&sender, &authenticated_data, staged),
            ProcessedMessageContent::OwnPendingCommit => Ok(Processed::OwnPendingCommit),
            ProcessedMessageContent::OwnPrivateMessage => Err(ProcessError::OwnMessage),
            _ => Err(ProcessError::Malformed),
        }
    }

    /// Whether a received commit keeps the rules of membership.
    pub fn check_rules(&self, received: &ReceivedCommit) -> Result<(), RuleViolation> {
        let members = rules::members(self.mls.public_group())?;
        let roles = rules::roles(self.mls.public_group().group_context())?;
        rules::check(&received.change, &members, &roles)
    }

    /// Applies a received commit that keeps the rules (see [`Self::check_rules`]); a pending commit of this device is
    /// dropped.
    ///
    /// # Errors
    /// [`GroupError::Rule`] if it breaks one: the group is unchanged. [`GroupError::WrongEpoch`] if another commit was
    /// merged meanwhile.
    pub fn merge(&mut self, context: &Context<'_>, received: ReceivedCommit) -> Result<(), GroupError> {
        if received.epoch_after != self.epoch() + 1 {
            return Err(GroupError::WrongEpoch);
        }
        self.check_rules(&received)?;
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

    fn received(
        &self,
        sender: &Sender,
        authenticated_data: &[u8],
        staged: Box<StagedCommit>,
    ) -> Result<Processed, ProcessError> {
        Ok(Processed::Commit(Box::new(ReceivedCommit {
            change: rules::read_change(self.mls.public_group(), sender, authenticated_data, &staged)?,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        Suite,
        testing::{Chat, Person, each_suite},
    };

    #[test]
    fn past_future_own_and_repeated_messages_are_told_apart() {
        each_suite(|suite| {
            let (alice, bob) = (Person::new(1), Person::new(2));
            let mut chat = Chat::direct(suite, &alice, &bob);
            let encrypt = |chat: &Chat, by: usize| {
                let mut group = chat.group(by);
                chat.devices[by].run(|context| group.encrypt(context, b"text")).unwrap()
            };
            let process = |chat: &Chat, number: usize, message: &[u8]| {
                let mut group = chat.group(number);
                chat.devices[number].run(|context| group.process(context, message))
            };
            let old = encrypt(&chat, 0);
            process(&chat, 1, &old).unwrap();
            assert!(matches!(process(&chat, 1, &old), Err(ProcessError::Duplicate)));
            assert!(matches!(process(&chat, 0, &old), Err(ProcessError::OwnMessage)));
            let bundle = chat.make(0, |group, context| group.update(context));
            let behind = chat.devices.remove(1);
            chat.accept(0, &bundle).unwrap();
            assert!(matches!(process(&chat, 0, &old), Err(ProcessError::PastEpoch { message: 1, group: 2 })));
            let new = encrypt(&chat, 0);
            let mut group = chat.group_of(&behind);
            let ahead = behind.run(|context| group.process(context, &new));
            assert!(matches!(ahead, Err(ProcessError::FutureEpoch { message: 2, group: 1 })));
        });
    }

    #[test]
    fn changed_messages_do_not_verify_and_change_nothing() {
        each_suite(|suite| {
            let (alice, bob) = (Person::new(1), Person::new(2));
            let mut chat = Chat::direct(suite, &alice, &bob);
            let bundle = chat.make(0, |group, context| group.update(context));
            let mut changed = bundle.commit.clone();
            let last = changed.len() - 1;
            changed[last] ^= 1;
            let mut group = chat.group(1);
            let refused = chat.devices[1].run(|context| group.process(context, &changed));
            assert!(matches!(refused, Err(ProcessError::Invalid(_))));
            chat.accept(0, &bundle).unwrap();
            chat.assert_agreed();
        });
    }

    #[test]
    fn a_commit_staged_before_another_was_merged_is_not_merged() {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let mut chat = Chat::direct(Suite::default(), &alice, &bob);
        let bundle = chat.make(0, |group, context| group.update(context));
        let mut group = chat.group(1);
        let staged = chat.devices[1].run(|context| group.process(context, &bundle.commit)).unwrap();
        let Processed::Commit(staged) = staged else { unreachable!("a commit") };
        chat.accept(0, &bundle).unwrap();
        let mut group = chat.group(1);
        let merged = chat.devices[1].run(|context| group.merge(context, *staged));
        assert!(matches!(merged, Err(GroupError::WrongEpoch)));
        chat.assert_agreed();
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn garbage_is_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let alice = Person::new(1);
            let chat = Chat::new(Suite::Classic, alice.device(1), &crate::Roles::group([alice.account]));
            let mut framed = vec![0, 1, 0, 1];
            framed.extend(&bytes);
            for bytes in [&bytes, &framed] {
                let mut group = chat.group(0);
                proptest::prop_assert!(chat.devices[0].run(|context| group.process(context, bytes)).is_err());
            }
        }
    }
}
