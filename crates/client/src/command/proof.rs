//! What shows that it is the person who asks.

use sealpost_protocol::Bytes;
use serde::{Deserialize, Serialize};

/// What shows that the person wants something that takes more than to be signed in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(tag = "proof", rename_all = "snake_case")]
pub enum Proof {
    /// They know the password.
    Password {
        /// Never leaves the device.
        password: String,
    },
    /// They have the recovery code.
    RecoveryCode {
        /// However it is spaced and cased.
        code: String,
    },
    /// They have a passkey.
    Passkey {
        /// What its authenticator gave: 32 bytes as base64url. Never leaves the device.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        secret: Bytes,
    },
}
