//! Problems: RFC 9457 documents with a stable `type`, the same object over HTTP and on the socket.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ConversationId, conversation::Appended, conversation::LogPosition};

/// What every problem `type` starts with; the kind follows.
const TYPE_PREFIX: &str = "urn:sealpost:problem:";

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $status:literal, $title:literal;)*) => {
        /// What went wrong, as a stable name that programs may act on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ProblemKind {
            $($(#[$doc])* $kind,)*
            /// A kind that this version does not know.
            Unknown,
        }

        impl ProblemKind {
            /// Every kind there is but `Unknown`.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The stable name, the last part of the problem's `type`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* Self::Unknown => "unknown" }
            }

            /// The HTTP status.
            pub fn status(self) -> u16 {
                match self { $(Self::$kind => $status,)* Self::Unknown => 500 }
            }

            /// One sentence for people, the same for every problem of the kind.
            pub fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)* Self::Unknown => "Something went wrong" }
            }
        }
    };
}

kinds! {
    /// The body is not what the operation takes.
    InvalidRequest = "invalid-request", 400, "The request is malformed";
    /// No session, or one that has ended.
    SignedOut = "signed-out", 401, "Sign in first";
    /// Unknown user or wrong password, which are not told apart.
    WrongCredentials = "wrong-credentials", 401, "The username, password or code is wrong";
    /// The session may not do this (a recovery session, or one without a device).
    NotAllowed = "not-allowed", 403, "This session may not do that";
    /// The device is no longer on its account's list.
    DeviceRevoked = "device-revoked", 403, "This device was removed from its account";
    /// Registration is closed, or the invite is wrong or used.
    RegistrationClosed = "registration-closed", 403, "Registration is not open here";
    /// Missing, or not the caller's to see: the two look alike.
    NotFound = "not-found", 404, "There is no such thing";
    /// There is such a thing, but it takes another method; the header `Allow` says which.
    WrongMethod = "wrong-method", 405, "That takes another method";
    /// The username is in use.
    UsernameTaken = "username-taken", 409, "That username is taken";
    /// An identifier that the client made is in use.
    IdTaken = "id-taken", 409, "That identifier is taken";
    /// The two accounts have a direct conversation already; `conversation` names it.
    DirectExists = "direct-exists", 409, "That chat exists already";
    /// The entry is not for the current generation and epoch; `current` says what is.
    StaleEpoch = "stale-epoch", 409, "The conversation has moved on";
    /// Nothing may be sent before who left, or a device that its account lists no longer, is removed; `removals` prove it.
    RemovalsPending = "removals-pending", 409, "Someone left and has to be removed first";
    /// The client id was used with other bytes; `first` is what became of it.
    ClientIdReused = "client-id-reused", 409, "That was sent before with other content";
    /// Another device has come to this offer to be linked.
    LinkingCodeUsed = "linking-code-used", 409, "That code was used already";
    /// The offer to be linked is over.
    LinkingCodeExpired = "linking-code-expired", 410, "That code is no longer good";
    /// A message tells of a blob that its sender has not uploaded whole, or that belongs to another message.
    BlobMissing = "blob-missing", 409, "An attachment is not on the server";
    /// What is sent does not continue the upload; its present offset is to be asked for.
    UploadOffset = "upload-offset", 409, "The upload stands elsewhere";
    /// The request does not say by which version of tus it goes, or says another one.
    UploadVersion = "upload-version", 412, "Uploads go by tus 1.0.0";
    /// The account's attachments take as much room as it has.
    QuotaExceeded = "quota-exceeded", 413, "There is no room left for attachments";
    /// A record changed since it was read; `version` is the present one.
    VersionConflict = "version-conflict", 409, "That changed meanwhile";
    /// A commit breaks a rule of the conversation; `detail` says which.
    CommitRefused = "commit-refused", 422, "The change to the conversation was refused";
    /// A signature, certificate or key package does not hold.
    InvalidIdentity = "invalid-identity", 422, "An identity or signature is not valid";
    /// Larger than the server takes.
    TooLarge = "too-large", 413, "That is too large";
    /// Too many requests; `retry_after` says when to come back.
    RateLimited = "rate-limited", 429, "Too many requests, wait a moment";
    /// The server is busy, full or its database cannot be written; nothing was changed.
    Unavailable = "unavailable", 503, "The server cannot do that now";
    /// A fault of the server; nothing was changed.
    Internal = "internal", 500, "The server failed";
}

/// A problem document (RFC 9457) with Sealpost's extension members.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[error("{title}: {detail}")]
pub struct Problem {
    /// `urn:sealpost:problem:` and the kind's name.
    #[serde(rename = "type")]
    pub problem_type: String,
    /// One sentence for people, the same for every problem of the kind.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What exactly is wrong here, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Seconds until it makes sense to try again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// Where the conversation stands now (`stale-epoch`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<LogPosition>,
    /// What became of the client id when it was first used (`client-id-reused`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Appended>,
    /// The conversation that exists (`direct-exists`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// The present version (`version-conflict`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// With `removals-pending`: leave statements of those who have to be removed, and lists without devices that have to be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removals: Vec<crate::Bytes>,
}

impl Problem {
    /// A problem of `kind` without details.
    pub fn new(kind: ProblemKind) -> Self {
        Self {
            problem_type: format!("{TYPE_PREFIX}{}", kind.name()),
            title: kind.title().to_owned(),
            status: kind.status(),
            detail: String::new(),
            retry_after: None,
            current: None,
            first: None,
            conversation: None,
            version: None,
            removals: Vec::new(),
        }
    }

    /// The same problem with `detail` for people.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// The kind that the `type` names.
    pub fn kind(&self) -> ProblemKind {
        let name = self.problem_type.strip_prefix(TYPE_PREFIX).unwrap_or_default();
        ProblemKind::ALL.iter().copied().find(|kind| kind.name() == name).unwrap_or(ProblemKind::Unknown)
    }

    /// Whether the same request may succeed later without a change.
    pub fn is_temporary(&self) -> bool {
        matches!(self.kind(), ProblemKind::RateLimited | ProblemKind::Unavailable) || self.status >= 500
    }
}

impl From<ProblemKind> for Problem {
    fn from(kind: ProblemKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Problem({}: {})", self.kind().name(), self.detail)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_kind_survives_the_way_to_the_client() {
        for &kind in ProblemKind::ALL {
            let sent = Problem::new(kind).with_detail("why");
            let json = serde_json::to_string(&sent).unwrap();
            let received: Problem = serde_json::from_str(&json).unwrap();
            assert_eq!(received, sent);
            assert_eq!(received.kind(), kind);
        }
    }

    #[test]
    fn a_kind_of_a_later_version_is_unknown() {
        let json = r#"{"type":"urn:sealpost:problem:from-the-future","title":"x","status":418}"#;
        let problem: Problem = serde_json::from_str(json).unwrap();
        assert_eq!(problem.kind(), ProblemKind::Unknown);
    }
}
