//! Accounts: registration and sign-in by OPAQUE (RFC 9807), recovery, backup, vault, sessions and public profiles.
//!
//! OPAQUE messages are opaque bytes here. The suite is Ristretto255 with SHA-512 and Argon2id on the client; the
//! credential identifier is the username in lower case.

use crate::{AccountId, Bytes, DeviceId, PasskeyId, SignInId, Timestamp};

/// Shortest username.
pub const USERNAME_MIN: usize = 3;
/// Longest username.
pub const USERNAME_MAX: usize = 32;
/// Longest display name, in characters.
pub const DISPLAY_NAME_MAX: usize = 64;
/// Most passkeys of an account.
pub const PASSKEYS_MAX: usize = 5;

/// Whether `username` is well formed: 3 to 32 of `a-z`, `0-9`, `_` and `.`, starting with a letter.
pub fn is_valid_username(username: &str) -> bool {
    (USERNAME_MIN..=USERNAME_MAX).contains(&username.len())
        && username.starts_with(|c: char| c.is_ascii_lowercase())
        && username.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.')
}

/// Whether `name` can be shown as a display name: 1 to 64 characters, no control characters, not blank.
pub fn is_valid_display_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= DISPLAY_NAME_MAX && !name.chars().any(char::is_control)
}

crate::operation::body! {
    /// First step of registration.
    pub struct RegistrationStart {
        /// The wished username.
        #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z][a-z0-9_.]{2,31}$"))]
        pub username: String,
        /// OPAQUE `RegistrationRequest`.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub message: Bytes,
        /// Needed where registration is by invite, and to take the place of an account that nobody can open any more.
        #[serde(default)]
        pub invite: Option<String>,
    }

    /// Answer to [`RegistrationStart`] and [`PasswordStart`].
    pub struct RegistrationStarted {
        /// OPAQUE `RegistrationResponse`.
        pub message: Bytes,
    }

    /// Second step of registration: makes the account, its first device and a session in one transaction.
    pub struct RegistrationFinish {
        /// Made by the client.
        pub account: AccountId,
        /// As in the first step.
        #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z][a-z0-9_.]{2,31}$"))]
        pub username: String,
        /// Shown to others.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
        pub display_name: String,
        /// OPAQUE `RegistrationRecord`.
        pub upload: Bytes,
        /// Ed25519 root identity key, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub root_public_key: Bytes,
        /// The first device-list key, signed by the root key.
        pub list_key_certificate: Bytes,
        /// The first device, made by the client.
        pub device: DeviceId,
        /// The first device's certificate.
        pub device_certificate: Bytes,
        /// Version 1 of the device list, which holds the first device.
        pub device_list: Bytes,
        /// The account's keys, wrapped.
        pub backup: Backup,
        /// SHA-256 of the token that the recovery code yields, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub recovery_token_hash: Bytes,
        /// As in the first step.
        #[serde(default)]
        pub invite: Option<String>,
    }

    /// First step of signing in.
    pub struct SignInStart {
        /// Who.
        pub username: String,
        /// OPAQUE `KE1`.
        pub message: Bytes,
    }

    /// Answer to [`SignInStart`].
    pub struct SignInStarted {
        /// Names this attempt in the second step; good for two minutes, once.
        pub sign_in: SignInId,
        /// OPAQUE `KE2`.
        pub message: Bytes,
    }

    /// Second step of signing in.
    pub struct SignInFinish {
        /// From the first step.
        pub sign_in: SignInId,
        /// OPAQUE `KE3`.
        pub message: Bytes,
    }

    /// A session was made.
    pub struct SignedIn {
        /// 32 random bytes: the bearer token, as base64url in the `Authorization` header.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub session_token: Bytes,
        /// Who signed in.
        pub me: Me,
        /// The account's wrapped keys.
        pub backup: Backup,
    }

    /// Signs in with the recovery code instead of the password. The session may only set a new password.
    pub struct Recover {
        /// Who.
        pub username: String,
        /// The token that the recovery code yields, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub recovery_token: Bytes,
    }

    /// First step of setting a new password.
    pub struct PasswordStart {
        /// OPAQUE `RegistrationRequest`.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub message: Bytes,
    }

    /// Second step, by a session that was made a moment ago: replaces OPAQUE record and backup in one transaction and turns a
    /// recovery session into a full one.
    pub struct PasswordFinish {
        /// OPAQUE `RegistrationRecord`.
        pub upload: Bytes,
        /// The backup wrapped anew; its version is one more than the present one.
        pub backup: Backup,
        /// The account's other sessions go on; otherwise they end. Ignored where the session was made with the recovery code.
        #[serde(default)]
        pub keep_sessions: bool,
    }

    /// Nothing to say but that it is done.
    #[derive(Default)]
    pub struct Done {}

    /// The account's keys (root key, vault key, archive key) under a random backup key, which is wrapped several times.
    #[derive(PartialEq, Eq)]
    pub struct Backup {
        /// From 1, one more at each change.
        #[cfg_attr(feature = "openapi", schema(minimum = 1))]
        pub version: u64,
        /// AES-256-GCM ciphertext of the keys under the backup key.
        pub ciphertext: Bytes,
        /// The backup key, once for each way to open it.
        #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 16))]
        pub wrappings: Vec<Wrapping>,
    }

    /// The backup key under one key that the person can make again.
    #[derive(PartialEq, Eq)]
    pub struct Wrapping {
        /// `password` (OPAQUE export key), `recovery-code` or `passkey`; later kinds are kept as they are.
        #[cfg_attr(feature = "openapi", schema(max_length = 64))]
        pub kind: String,
        /// AES-256-GCM ciphertext of the backup key.
        pub ciphertext: Bytes,
    }

    /// Reads the backup.
    pub struct BackupRead {}

    /// Replaces the backup if its version is one more than the present one. By a session that was made a moment ago.
    pub struct BackupWrite {
        /// The new backup.
        pub backup: Backup,
        /// SHA-256 of the recovery token when the recovery code changed, 32 bytes.
        #[serde(default)]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::bytes::Bytes32>))]
        pub recovery_token_hash: Option<Bytes>,
        /// A passkey that signs in from then on.
        #[serde(default)]
        pub passkey_added: Option<NewPasskey>,
        /// A passkey that signs in no longer.
        #[serde(default)]
        pub passkey_removed: Option<PasskeyId>,
    }

    /// A passkey that comes with a backup.
    pub struct NewPasskey {
        /// Made by the client.
        pub passkey: PasskeyId,
        /// SHA-256 of the token that the passkey yields, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub token_hash: Bytes,
    }

    /// Reads which passkeys the account has.
    pub struct PasskeysRead {}

    /// The account's passkeys.
    pub struct Passkeys {
        /// At most 5, oldest first.
        pub passkeys: Vec<Passkey>,
    }

    /// A passkey of the account.
    pub struct Passkey {
        /// Which.
        pub passkey: PasskeyId,
        /// When the server got it.
        pub created: Timestamp,
    }

    /// Signs in with a passkey instead of the password: a session like any other, without a device.
    pub struct PasskeySignIn {
        /// The token that the passkey yields, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub token: Bytes,
    }

    /// Reads the vault's records that changed after a version.
    pub struct VaultRead {
        /// 0 for all.
        pub after_version: u64,
    }

    /// Records of the vault.
    pub struct VaultRecords {
        /// The vault's present version.
        pub version: u64,
        /// The generation of the account's keys: all records are sealed with the vault key of that generation.
        #[serde(default = "crate::device::first_generation")]
        #[cfg_attr(feature = "openapi", schema(minimum = 1))]
        pub generation: u64,
        /// What changed, oldest first.
        pub records: Vec<VaultRecord>,
    }

    /// One encrypted record.
    pub struct VaultRecord {
        /// Opaque name, 1 to 64 bytes: a MAC of the record's real name.
        pub name: Bytes,
        /// Ciphertext; nothing deletes the record.
        pub value: Option<Bytes>,
    }

    /// Writes records if vault and keys are still those that the writer knows, else `version-conflict`.
    pub struct VaultWrite {
        /// The version that the writer knows.
        pub base_version: u64,
        /// The generation of the keys that the writer has.
        #[serde(default = "crate::device::first_generation")]
        #[cfg_attr(feature = "openapi", schema(minimum = 1))]
        pub generation: u64,
        /// At most 100.
        #[cfg_attr(feature = "openapi", schema(max_items = 100))]
        pub records: Vec<VaultRecord>,
    }

    /// A record's version after a write.
    pub struct Version {
        /// The new version.
        pub version: u64,
    }

    /// Reads who is signed in.
    pub struct MeRead {}

    /// Who is signed in.
    pub struct Me {
        /// The account.
        pub profile: Profile,
        /// The session's device; nothing until it has published one.
        #[serde(default)]
        pub device: Option<DeviceId>,
        /// When the session ends unless it is used.
        pub session_expires: Timestamp,
    }

    /// What everyone on the server may see of an account.
    pub struct Profile {
        /// The account.
        pub account: AccountId,
        /// Unique, lower case.
        pub username: String,
        /// As its owner wrote it.
        pub display_name: String,
        /// Ed25519 root identity key, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::bytes::Bytes32))]
        pub root_public_key: Bytes,
        /// Version of the newest device list.
        pub device_list_version: u64,
        /// Version of the profile picture; 0 for none.
        #[serde(default)]
        pub picture_version: u64,
        /// The account that has taken this one's place: its person lost everything that opened it. Nobody is there any more.
        #[serde(default)]
        pub successor: Option<AccountId>,
    }

    /// Changes the caller's profile.
    pub struct ProfileWrite {
        /// The new display name.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
        pub display_name: String,
    }

    /// Reads profiles by account; unknown accounts are left out.
    pub struct AccountsRead {
        /// At most 1,000.
        #[cfg_attr(feature = "openapi", schema(max_items = 1000))]
        pub accounts: Vec<AccountId>,
    }

    /// Finds accounts whose username or a word of whose display name starts with `prefix`.
    pub struct AccountsSearch {
        /// At least one character.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 256))]
        pub prefix: String,
    }

    /// Profiles.
    pub struct Profiles {
        /// In the order of relevance, at most 20 for a search.
        pub profiles: Vec<Profile>,
    }

    /// Ends sessions.
    pub struct SignOut {
        /// All sessions of the account instead of this one.
        pub everywhere: bool,
    }
}

/// A backup with which nothing else changes.
impl From<Backup> for BackupWrite {
    fn from(backup: Backup) -> Self {
        Self { backup, recovery_token_hash: None, passkey_added: None, passkey_removed: None }
    }
}
