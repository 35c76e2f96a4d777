//! What can go wrong, one type for each family of operations, so that a caller can act on it.

use crate::identity::{DELISTINGS_MAX, IdentityError, STATEMENTS_MAX};

/// A failure of the caller's store.
#[derive(Debug, thiserror::Error)]
#[error("the state store failed")]
pub struct StoreError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Creating, loading, changing or writing to a group failed. The stored group is as it was before, if the caller rolls
/// its transaction back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GroupError {
    /// The state store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A commit is pending: merge or clear it first.
    #[error("a commit is pending")]
    CommitPending,
    /// There is no pending commit to merge.
    #[error("no commit is pending")]
    NoCommitPending,
    /// A key package to add is not usable.
    #[error(transparent)]
    KeyPackage(#[from] KeyPackageError),
    /// More key packages than one commit may add.
    #[error("one commit adds at most {} key packages", crate::ADD_MAX)]
    TooManyAdds,
    /// More proofs than one commit may carry.
    #[error("one commit carries at most {} leave statements and {} lists", STATEMENTS_MAX, DELISTINGS_MAX)]
    TooManyProofs,
    /// The leaf is not that of a member.
    #[error("no member has leaf {0}")]
    UnknownLeaf(u32),
    /// The received commit breaks a membership rule, or the roles are none.
    #[error(transparent)]
    Rule(#[from] RuleViolation),
    /// A leaf of the group holds no valid Sealpost credential.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The group lacks valid roles, or its identifier is not a conversation's.
    #[error("not a Sealpost group")]
    NotSealpost,
    /// The received commit was staged in another epoch than the group is in now.
    #[error("the commit belongs to another epoch")]
    WrongEpoch,
    /// OpenMLS refused.
    #[error("MLS: {0}")]
    Mls(#[source] Cause),
}

/// Making or reading a key package failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyPackageError {
    /// The state store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bytes are not a key package.
    #[error("not a key package")]
    Malformed,
    /// Its ciphersuite is not spoken here.
    #[error("the key package has another ciphersuite")]
    Suite,
    /// Its credential is not a valid Sealpost credential.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Its lifetime does not begin at 0, has ended, or lasts longer than a year from now.
    #[error("the key package's lifetime is not acceptable")]
    Lifetime,
    /// OpenMLS refused.
    #[error("MLS: {0}")]
    Mls(#[source] Cause),
}

/// A message of the log could not be taken. The group is unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// The state store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bytes are not an MLS message of a kind that a log carries.
    #[error("not a message of a log")]
    Malformed,
    /// The message is of another group.
    #[error("the message is of another group")]
    WrongGroup,
    /// The message is of an epoch that has ended.
    #[error("the message is of epoch {message}, the group is in {group}")]
    PastEpoch {
        /// The message's epoch.
        message: u64,
        /// The group's epoch.
        group: u64,
    },
    /// The message is of an epoch that this device has not reached: entries are missing.
    #[error("the message is of epoch {message}, the group is in {group}")]
    FutureEpoch {
        /// The message's epoch.
        message: u64,
        /// The group's epoch.
        group: u64,
    },
    /// The key of this message was used: it was decrypted before.
    #[error("the message was decrypted before")]
    Duplicate,
    /// This device sent the message: senders keep no key to read it.
    #[error("the message is this device's own")]
    OwnMessage,
    /// A signature, a tag or a credential does not verify.
    #[error("the message does not verify")]
    Invalid(#[source] Cause),
    /// The message cannot be decrypted.
    #[error("the message cannot be decrypted")]
    Undecryptable(#[source] Cause),
    /// The commit breaks a rule on its own, whatever the group's members are.
    #[error(transparent)]
    Rule(#[from] RuleViolation),
    /// A lifetime in an added key package has ended by this device's clock: the clock is wrong, the commit is not.
    #[error("this device's clock is wrong")]
    Clock,
    /// A leaf of the group holds no valid Sealpost credential.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

/// Joining a group failed. Nothing was joined.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The state store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bytes are not a Welcome, a GroupInfo or a ratchet tree.
    #[error("malformed")]
    Malformed,
    /// No stored key package opens the Welcome: it was used before, or is for another device.
    #[error("no key package of this device opens the Welcome")]
    NoKeyPackage,
    /// The tree is not that of the Welcome's or GroupInfo's epoch.
    #[error("the ratchet tree is of another epoch")]
    TreeMismatch,
    /// A signature or a tag does not verify.
    #[error("the group does not verify: {0}")]
    Invalid(#[source] Cause),
    /// A leaf of the group holds no valid Sealpost credential.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The group lacks valid roles, has another suite, or its identifier is not a conversation's.
    #[error("not a Sealpost group")]
    NotSealpost,
    /// This device may not join: its account is not a member.
    #[error(transparent)]
    Rule(#[from] RuleViolation),
}

/// A commit breaks the rules of membership (DESIGN section 5). Server and clients refuse it alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleViolation {
    /// A proposal travels by reference: there are no standalone proposals.
    #[error("a proposal travels by reference")]
    ProposalByReference,
    /// A proposal other than add, remove, external init and group context extensions.
    #[error("a proposal of a kind that is not allowed")]
    ProposalNotAllowed,
    /// A leaf without a valid Sealpost credential.
    #[error("a leaf has no valid credential")]
    InvalidCredential,
    /// The committer's new leaf is another device's.
    #[error("the committer's leaf is another device's")]
    LeafOfAnotherDevice,
    /// A device would have two leaves.
    #[error("a device would have two leaves")]
    DuplicateDevice,
    /// A leaf names another root key than the account's other leaves.
    #[error("an account would have two root keys")]
    RootKeyMismatch,
    /// Someone who is not an admin adds another account's device.
    #[error("only admins add other accounts")]
    AddByNonAdmin,
    /// Someone who may not removes another account's device.
    #[error("only admins remove other accounts")]
    RemoveByNonAdmin,
    /// A device of a third account in a direct conversation.
    #[error("a direct conversation has two accounts")]
    NotOfThisDirect,
    /// Roles are changed by someone who may not, or where they cannot change.
    #[error("roles may not be changed here")]
    RolesNotAllowed,
    /// A commit's authenticated data are not proofs that hold, or it leaves a leaf of someone who left.
    #[error("a proof for a removal does not hold")]
    InvalidProof,
    /// A new group in this one's place is not signed by a member who may, or is not what the statement says.
    #[error("this member may not begin the conversation anew")]
    ResetNotAllowed,
    /// The group would have members and no admin among them.
    #[error("a group keeps an admin")]
    NoAdminLeft,
    /// Roles are malformed, of another kind, or name no admin; or another group context extension is changed.
    #[error("the group context is not valid")]
    InvalidGroupContext,
    /// An external commit by an account that is not a member.
    #[error("the joining device's account is not a member")]
    ExternalByOutsider,
    /// An external commit removes more than the joining device's old leaf.
    #[error("an external commit removes another device's leaf")]
    ExternalRemovesOthers,
}

/// The server's view refuses a commit or cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublicError {
    /// Bytes that are not what they should be.
    #[error("malformed {0}")]
    Malformed(&'static str),
    /// More than there may be of something: bytes, or what is added.
    #[error("{what}: {len} is more than {max}")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How much there is.
        len: usize,
        /// How much there may be.
        max: usize,
    },
    /// The commit is of another group.
    #[error("the commit is of another group")]
    WrongGroup,
    /// The commit is of another epoch.
    #[error("the commit is of epoch {commit}, the group is in {group}")]
    WrongEpoch {
        /// The commit's epoch.
        commit: u64,
        /// The group's epoch.
        group: u64,
    },
    /// The committer's leaf is not the authenticated device's.
    #[error("the committer is another device")]
    WrongSender,
    /// The commit does not verify.
    #[error("the commit is not valid: {0}")]
    InvalidCommit(#[source] Cause),
    /// The commit breaks a rule of membership.
    #[error(transparent)]
    Rule(#[from] RuleViolation),
    /// The Welcome is not for exactly the key packages that the commit adds.
    #[error("the Welcome is not for exactly those who are added")]
    WelcomeMismatch,
    /// The GroupInfo is not of the new epoch, not of the committer, or not as it should be.
    #[error("the GroupInfo does not fit: {0}")]
    GroupInfo(&'static str),
    /// The group or its tree does not verify.
    #[error("the group is not valid: {0}")]
    InvalidGroup(#[source] Cause),
    /// The group is not a Sealpost group.
    #[error("not a Sealpost group")]
    NotSealpost,
    /// A leaf of the group holds no valid Sealpost credential.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}
