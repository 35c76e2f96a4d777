//! Trimming a Welcome: a joiner gets its own secrets only.

use crate::{
    PublicError,
    wire::{WelcomeMessage, to_tls},
};

/// The `Welcome` (a serialised `MLSMessage`) with the secrets for the joiner with this key package reference only.
pub fn trim_welcome(welcome: &[u8], key_package_ref: &[u8]) -> Result<Vec<u8>, PublicError> {
    let mut message = WelcomeMessage::read(welcome).map_err(|_| PublicError::Malformed("Welcome"))?;
    message.retain(key_package_ref);
    if message.joiners().next().is_none() {
        return Err(PublicError::WelcomeMismatch);
    }
    to_tls(&message).map_err(|_| PublicError::Malformed("Welcome"))
}
