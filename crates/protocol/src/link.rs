//! Invite links of groups, and requests to join by them.
//!
//! A link's secret never reaches the server: it stands in the link's fragment and in the conversation's encrypted state.
//! The server knows the link's id, which is derived from the secret, and a preview that is sealed under it. Who joins
//! proves to the members by a MAC under the secret that the link was there to see.

use crate::{AccountId, Bytes, ConversationId, DeviceId, LinkId, RequestId, Timestamp};

/// Largest sealed preview, in bytes.
pub const PREVIEW_MAX: usize = 64 * 1024;

crate::operation::body! {
    /// Makes a link, changes its preview, or revokes it. Admins only.
    pub struct LinkWrite {
        /// Of which conversation.
        pub conversation: ConversationId,
        /// Derived from its secret.
        pub link: LinkId,
        /// What who follows it is shown, sealed under its secret; at most 64 KiB. Nothing revokes the link.
        #[serde(default)]
        pub preview: Option<Bytes>,
        /// When it ends; nothing for never.
        #[serde(default)]
        pub expires: Option<Timestamp>,
    }

    /// Reads what a link leads to.
    pub struct LinkRead {
        /// Which.
        pub link: LinkId,
    }

    /// What a link leads to.
    pub struct LinkTarget {
        /// Which conversation.
        pub conversation: ConversationId,
        /// Sealed under the link's secret.
        pub preview: Bytes,
        /// The caller is a member already.
        pub member: bool,
    }

    /// Asks to be added by a link. Asking again replaces the request.
    pub struct JoinRequestWrite {
        /// By which link.
        pub link: LinkId,
        /// One of the calling device's key packages, made for this.
        pub key_package: Bytes,
        /// Under the link's secret over the key package (see the client's `engine/links.rs`), 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub mac: Bytes,
    }

    /// Reads the requests that wait in a conversation. Admins only.
    pub struct JoinRequestsRead {
        /// Which.
        pub conversation: ConversationId,
    }

    /// Requests to join.
    #[derive(PartialEq, Eq)]
    pub struct JoinRequests {
        /// Oldest first, at most 100.
        pub requests: Vec<JoinRequest>,
    }

    /// A request to join.
    #[derive(PartialEq, Eq)]
    pub struct JoinRequest {
        /// Names it.
        pub request: RequestId,
        /// Into which conversation.
        pub conversation: ConversationId,
        /// By which link.
        pub link: LinkId,
        /// Who asks.
        pub account: AccountId,
        /// With which device.
        pub device: DeviceId,
        /// The device's key package.
        pub key_package: Bytes,
        /// Under the link's secret over the key package.
        pub mac: Bytes,
        /// When it was asked.
        pub time: Timestamp,
    }

    /// Ends a request: an admin refuses it or has added who asked, or who asked takes it back.
    pub struct JoinRequestSettle {
        /// Which.
        pub request: RequestId,
    }

    /// Reads the caller's own requests that wait.
    pub struct JoinRequestsOwn {}
}
