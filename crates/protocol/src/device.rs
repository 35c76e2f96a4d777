//! Devices: signed lists, certificates and key packages. Certificates and lists are bytes here; `sealpost-mls` has
//! their formats and verifies them.

use crate::{AccountId, Bytes, ClientId, ConversationId, DeviceId};

/// Key packages that a device keeps on the server.
pub const KEY_PACKAGE_TARGET: u32 = 50;
/// A device refills when fewer are left.
pub const KEY_PACKAGE_REFILL: u32 = 25;
/// Most accounts whose device lists are read at once.
pub const LISTS_OF_MAX: usize = 100;

crate::operation::body! {
    /// Reads an account's device lists.
    pub struct DeviceListsRead {
        /// Whose.
        pub account: AccountId,
        /// Lists newer than this version; 0 for all.
        pub after_version: u64,
    }

    /// An account's chain of device lists.
    pub struct DeviceLists {
        /// Ed25519 root identity key, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub root_public_key: Bytes,
        /// Every device-list key that the root key has signed, by generation.
        pub list_key_certificates: Vec<Bytes>,
        /// Lists in the order of their versions.
        pub lists: Vec<Bytes>,
    }

    /// Reads the device lists of several accounts.
    pub struct DeviceListsOf {
        /// At most 100. Unknown ones are left out of the answer, and the last ones where it would become too large.
        #[cfg_attr(feature = "openapi", schema(max_items = 100))]
        pub accounts: Vec<AccountId>,
    }

    /// The device lists of several accounts.
    pub struct ListsOfAccounts {
        /// Those of some of the accounts, of one at least unless none is known.
        pub accounts: Vec<AccountLists>,
    }

    /// An account with its chain of device lists.
    pub struct AccountLists {
        /// Whose.
        pub account: AccountId,
        /// Its whole chain.
        pub chain: DeviceLists,
    }

    /// Publishes the next device list; from a session without a device also the device that becomes the session's.
    /// `version-conflict` if the list is not the next one.
    pub struct DeviceListWrite {
        /// The next list, signed by the device-list key.
        pub list: Bytes,
        /// The device that the list admits, with its certificate.
        #[serde(default)]
        pub device: Option<NewDevice>,
    }

    /// A device that a list admits.
    pub struct NewDevice {
        /// Made by the client.
        pub device: DeviceId,
        /// Its certificate.
        pub certificate: Bytes,
    }

    /// Adds key packages of the session's device.
    pub struct KeyPackagesWrite {
        /// At most 100 serialised `KeyPackage`s, for one use each.
        #[cfg_attr(feature = "openapi", schema(max_items = 100))]
        pub key_packages: Vec<Bytes>,
        /// Replaces the last-resort package.
        #[serde(default)]
        pub last_resort: Option<Bytes>,
    }

    /// Reads how many key packages of the session's device are left.
    pub struct KeyPackagesCount {}

    /// How many key packages are left.
    pub struct KeyPackagesLeft {
        /// Without the last-resort package.
        pub left: u32,
    }

    /// Takes one key package of every device of the accounts, but never of the asking device. Repeating a claim
    /// gives the same packages.
    pub struct KeyPackagesClaim {
        /// Names the claim.
        pub claim: ClientId,
        /// At most 100; unknown accounts are left out of the answer.
        #[cfg_attr(feature = "openapi", schema(max_items = 100))]
        pub accounts: Vec<AccountId>,
        /// The MLS ciphersuite.
        pub suite: u16,
        /// What they are for, if it exists: its members give theirs whatever they chose since.
        #[serde(default)]
        pub conversation: Option<ConversationId>,
    }

    /// Key packages that were taken.
    pub struct KeyPackagesClaimed {
        /// One for each device.
        pub key_packages: Vec<ClaimedKeyPackage>,
        /// Accounts that do not let the caller reach them.
        #[serde(default)]
        pub refused: Vec<AccountId>,
    }

    /// One device's key package.
    pub struct ClaimedKeyPackage {
        /// Whose.
        pub account: AccountId,
        /// Which device.
        pub device: DeviceId,
        /// Serialised `KeyPackage`.
        pub key_package: Bytes,
    }
}
