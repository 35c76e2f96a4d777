//! Devices: signed lists, certificates, key packages, and what becomes of the account's keys when one is revoked.
//! Certificates and lists are bytes here; `sealpost-mls` has their formats and verifies them.

use crate::{
    AccountId, Bytes, ClientId, ConversationId, DeviceId, Timestamp,
    account::{Backup, VaultRecord},
};

/// Key packages that a device keeps on the server.
pub const KEY_PACKAGE_TARGET: u32 = 50;
/// A device refills when fewer are left.
pub const KEY_PACKAGE_REFILL: u32 = 25;
/// Most accounts whose device lists are read at once.
pub const LISTS_OF_MAX: usize = 100;

/// The generation of an account's keys before the first of its devices was revoked.
pub fn first_generation() -> u64 {
    1
}

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

    /// Reads what the server knows of the account's devices.
    pub struct DevicesRead {}

    /// The account's devices.
    pub struct Devices {
        /// Those that are on its newest list, in no particular order.
        pub devices: Vec<DeviceSeen>,
    }

    /// When a device was there.
    #[derive(Copy, PartialEq, Eq)]
    pub struct DeviceSeen {
        /// Which.
        pub device: DeviceId,
        /// When a list admitted it; nothing if that was before the server noted it.
        pub added: Option<Timestamp>,
        /// When it was last connected, to the minute; nothing if it never was, or is now.
        pub last_seen: Option<Timestamp>,
        /// Whether it is connected.
        pub connected: bool,
    }

    /// Ends the sessions of devices that are to be revoked, so that they do nothing meanwhile. By a session that was made a
    /// moment ago.
    pub struct DevicesSignOut {
        /// Which; others than those of the account are left alone. At most 32.
        #[cfg_attr(feature = "openapi", schema(max_items = 32))]
        pub devices: Vec<DeviceId>,
    }

    /// Revokes devices: a list without them, signed with a list key of the next generation, and with it the account's new
    /// keys, all at once. By a session that was made a moment ago. `version-conflict` if list, backup, vault or archive are
    /// others by now than those that this follows from.
    pub struct DevicesRevoke {
        /// The next list, signed with the new list key. It admits nobody.
        pub list: Bytes,
        /// The new list key, signed by the root key.
        pub list_key_certificate: Bytes,
        /// The next version of the backup, which holds the new keys.
        pub backup: Backup,
        /// The vault's present version.
        pub vault_version: u64,
        /// All that the vault then has, sealed with the new vault key.
        pub vault: Vec<VaultRecord>,
        /// The archive's present version. What it has is not sealed anew.
        pub archive_version: u64,
        /// The new keys for the devices that stay, at most one for each.
        pub handovers: Vec<Handover>,
    }

    /// The account's new keys for one of its devices.
    #[derive(PartialEq, Eq)]
    pub struct Handover {
        /// For which device.
        pub device: DeviceId,
        /// Reference of the key package of that device that they are sealed to.
        pub key_package: Bytes,
        /// HPKE ciphertext, after the encapsulated key.
        pub sealed: Bytes,
    }

    /// Reads the keys of the present generation that were handed over to the session's device.
    pub struct HandoverRead {}

    /// Keys that wait for a device.
    pub struct HandoverWaiting {
        /// The present generation.
        pub generation: u64,
        /// Nothing if nobody could hand them over to this device, which has to sign in anew.
        pub handover: Option<Handover>,
    }

    /// Asks why a device is on its account's list no longer.
    pub struct DelistingRead {
        /// Which.
        pub device: DeviceId,
        /// The device's signature, 64 bytes: nobody else is told.
        pub signature: Bytes,
    }

    /// Why a device is on its account's list no longer.
    pub struct DelistingProof {
        /// The account's chain up to the first list without it; nothing if it is on the newest one.
        pub chain: Option<DeviceLists>,
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
