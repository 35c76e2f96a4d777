//! Decoders of outside bytes that others of this crate lead to only after a signature was verified, or not at all: for fuzz
//! targets. Each gives what it read, encoded again; nothing if it refuses.

use openmls::prelude::{KeyPackageIn, MlsMessageIn};

use crate::{
    group::Roles,
    identity::{decode_proofs, encode_proofs},
    wire::{self, GroupInfoMessage, WelcomeMessage, from_tls, to_tls},
};

/// An `MLSMessage` of any kind.
pub fn message(bytes: &[u8]) -> Option<Vec<u8>> {
    to_tls(&from_tls::<MlsMessageIn>(bytes).ok()?).ok()
}

/// A `KeyPackage`, before its signatures are verified.
pub fn key_package(bytes: &[u8]) -> Option<Vec<u8>> {
    to_tls(&from_tls::<KeyPackageIn>(bytes).ok()?).ok()
}

/// A `ratchet_tree`, before it is verified.
pub fn ratchet_tree(bytes: &[u8]) -> Option<Vec<u8>> {
    to_tls(&wire::ratchet_tree(bytes).ok()?).ok()
}

/// A Welcome as the server takes it apart.
pub fn welcome(bytes: &[u8]) -> Option<Vec<u8>> {
    to_tls(&WelcomeMessage::read(bytes).ok()?).ok()
}

/// A `GroupInfo` as the server takes it apart.
pub fn group_info(bytes: &[u8]) -> Option<Vec<u8>> {
    to_tls(&GroupInfoMessage::read(bytes).ok()?).ok()
}

/// The roles in a GroupContext.
pub fn roles(bytes: &[u8]) -> Option<Vec<u8>> {
    Some(Roles::from_bytes(bytes)?.to_bytes())
}

/// The proofs in a commit's authenticated data.
pub fn removal_proofs(bytes: &[u8]) -> Option<Vec<u8>> {
    Some(encode_proofs(&decode_proofs(bytes).ok()?))
}
