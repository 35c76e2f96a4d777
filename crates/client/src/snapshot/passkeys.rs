//! What is shown of the account's passkeys.

use sealpost_protocol::{Bytes, PasskeyId, Timestamp};
use serde::{Deserialize, Serialize};

view_types! {
    /// The account's passkeys.
    pub struct Passkeys {
        /// Oldest first; nothing until the server has said which there are.
        pub passkeys: Option<Vec<OwnPasskey>>,
        /// There may be one more.
        pub may_add: bool,
    }

    /// A passkey of the account.
    pub struct OwnPasskey {
        /// Names it in commands.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        pub passkey: PasskeyId,
        /// What it was made on; empty if that is not known.
        pub name: String,
        /// When the server got it.
        #[cfg_attr(feature = "typescript", tsify(type = "number"))]
        pub added: Timestamp,
        /// What its authenticator calls it, if that is known.
        #[cfg_attr(feature = "typescript", tsify(type = "string | null"))]
        pub credential: Option<Bytes>,
    }
}
