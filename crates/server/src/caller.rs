//! Who calls an operation, and what that allows.

use std::net::IpAddr;

use sealpost_protocol::{Access, AccountId, DeviceId, Problem, ProblemKind, Timestamp};
use sha2::{Digest, Sha256};

use crate::{hub::TokenHash, store::SessionKind};

/// Who calls: an address and, if signed in, a session.
#[derive(Debug, Clone)]
pub struct Caller {
    pub(crate) address: Option<IpAddr>,
    pub(crate) session: Option<SignedIn>,
}

/// The session of a caller.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn {
    /// SHA-256 of its token.
    pub token_hash: TokenHash,
    /// Whose.
    pub account: AccountId,
    /// The device that it is bound to; nothing until one is published.
    pub device: Option<DeviceId>,
    /// What it may do.
    pub kind: SessionKind,
    /// When it began.
    pub created: Timestamp,
    /// When it ends unless it is used.
    pub expires: Timestamp,
}

/// A caller's device.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallingDevice {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub device: DeviceId,
}

impl Caller {
    /// Someone without a session.
    pub fn anonymous(address: Option<IpAddr>) -> Self {
        Self { address, session: None }
    }

    /// The account that is signed in.
    pub fn account(&self) -> Option<AccountId> {
        self.session.as_ref().map(|session| session.account)
    }

    /// The device that the session is bound to.
    pub fn device(&self) -> Option<DeviceId> {
        self.session.as_ref().and_then(|session| session.device)
    }

    /// Whether the caller may do what needs `access`.
    ///
    /// # Errors
    /// `signed-out` without a session, `not-allowed` with one that is not enough.
    pub(crate) fn require(&self, access: Access) -> Result<(), Problem> {
        match access {
            Access::Anyone => Ok(()),
            Access::Recovering => self.signed_in().map(|_| ()),
            Access::Account => self.full_session().map(|_| ()),
            Access::Device => self.calling_device().map(|_| ()),
        }
    }

    /// The session, whatever it may do.
    pub(crate) fn signed_in(&self) -> Result<&SignedIn, Problem> {
        self.session.as_ref().ok_or_else(|| Problem::new(ProblemKind::SignedOut))
    }

    /// A session that was made with the password or a passkey, or by another device.
    pub(crate) fn full_session(&self) -> Result<&SignedIn, Problem> {
        let session = self.signed_in()?;
        match session.kind {
            SessionKind::Full | SessionKind::Linked => Ok(session),
            SessionKind::Recovery => {
                Err(Problem::new(ProblemKind::NotAllowed).with_detail("a recovery session may only set a new password"))
            }
        }
    }

    /// A session that is bound to a device.
    pub(crate) fn calling_device(&self) -> Result<CallingDevice, Problem> {
        let session = self.full_session()?;
        let device = session
            .device
            .ok_or_else(|| Problem::new(ProblemKind::NotAllowed).with_detail("this session has no device yet"))?;
        Ok(CallingDevice { account: session.account, device })
    }
}

/// What is stored of a secret that a client shows again: a session's token, a recovery token, an invite.
pub(crate) fn hash_secret(secret: &[u8]) -> TokenHash {
    Sha256::digest(secret).into()
}
