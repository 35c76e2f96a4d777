//! What is shown of the account's own devices, and of one that is being linked.

use sealpost_protocol::{DeviceId, Timestamp};
use serde::{Deserialize, Serialize};

view_types! {
    /// The account's devices.
    pub struct Devices {
        /// This one first, then in the order in which they came.
        pub devices: Vec<OwnDevice>,
    }

    /// A device of the account.
    pub struct OwnDevice {
        /// Names it in commands.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        pub device: DeviceId,
        /// As the person calls it; may be empty.
        pub name: String,
        /// What it runs on; empty if it has not said.
        pub platform: String,
        /// It is this one.
        pub this: bool,
        /// It is connected, as far as is known.
        pub connected: bool,
        /// When it was added, if the server knows.
        #[cfg_attr(feature = "typescript", tsify(type = "number | null"))]
        pub added: Option<Timestamp>,
        /// When it was last connected, if the server knows and it is not now.
        #[cfg_attr(feature = "typescript", tsify(type = "number | null"))]
        pub last_seen: Option<Timestamp>,
        /// It came while this device was there, and the person has not said yet that they know.
        pub is_new: bool,
    }

    /// A device that is being linked, on either side.
    #[serde(tag = "state", rename_all = "snake_case")]
    pub enum Linking {
        /// There is none.
        None,
        /// The server or the other device is asked.
        Starting,
        /// This new device waits for another one to scan or type this.
        Waiting {
            /// Eight characters, in two groups.
            code: String,
            /// What the QR code says.
            qr: String,
        },
        /// Both devices are to show the same digits.
        Compare {
            /// Six digits.
            digits: String,
            /// What the new device runs on; nothing on that one.
            device: Option<String>,
            /// This is the device on which to approve it.
            may_approve: bool,
        },
        /// It was approved, and the new device sets itself up.
        Approved,
        /// It came to nothing.
        Failed {
            /// Why.
            reason: LinkingFailure,
        },
    }

    /// Why a device could not be linked.
    #[derive(Copy)]
    #[serde(rename_all = "snake_case")]
    pub enum LinkingFailure {
        /// The server could not be reached.
        Offline,
        /// It took too long.
        Expired,
        /// The other device does not want it.
        Refused,
        /// The other device typed another code.
        WrongCode,
        /// Something on the way was changed: somebody may stand in between.
        Changed,
    }
}
