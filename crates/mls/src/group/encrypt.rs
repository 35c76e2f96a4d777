//! Encrypting application messages.

use crate::{Context, Group, GroupError, wire::to_tls};

impl Group {
    /// Encrypts `plaintext`, which the caller has padded, as a `PrivateMessage` (a serialised `MLSMessage`). The key is
    /// used up: what this returns must only leave after the store is durable.
    ///
    /// # Errors
    /// [`GroupError::Mls`] if the device is no longer a member.
    pub fn encrypt(&mut self, context: &Context<'_>, plaintext: &[u8]) -> Result<Vec<u8>, GroupError> {
        let message = self.mls.create_message(&context.provider, context.device_key, plaintext);
        let message = message.map_err(|error| context.failed(error, |error| GroupError::Mls(error.into())))?;
        to_tls(&message).map_err(|error| GroupError::Mls(error.into()))
    }
}
