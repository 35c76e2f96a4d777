//! Passwords by OPAQUE (RFC 9807): the client's side. The password never leaves this file's callers' memory.
//!
//! The suite is that of `sealpost_protocol::account`; the server has the same one.

use argon2::{Algorithm, Argon2, Params, Version};
use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration, ClientRegistrationFinishParameters,
    CredentialResponse, Identifiers, RegistrationResponse, Ristretto255, TripleDh, errors::ProtocolError,
};
use sealpost_mls::Randomness;

use super::keys::{Key, derive};

/// Must be the same as the server's.
pub(super) struct OpaqueSuite;

impl CipherSuite for OpaqueSuite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, sha2::Sha512>;
    type Ksf = Argon2<'static>;
}

/// Parameters of Argon2id (RFC 9106).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretching {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Stretching {
    fn default() -> Self {
        Self { memory: 64 * 1024, passes: 3, lanes: 1 }
    }
}

impl Stretching {
    pub(crate) fn argon2(self) -> Argon2<'static> {
        // Parameters that Argon2 does not take fall back to its own.
        let params = Params::new(self.memory, self.passes, self.lanes, None).unwrap_or_default();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
    }
}

/// A new password on its way to the server.
pub(super) struct NewPassword(ClientRegistration<OpaqueSuite>);

impl NewPassword {
    /// The state, and the `RegistrationRequest`.
    pub(super) fn start(password: &str, mut rng: &mut dyn Randomness) -> Option<(Self, Vec<u8>)> {
        let started = ClientRegistration::start(&mut rng, password.as_bytes()).ok()?;
        Some((Self(started.state), started.message.serialize().to_vec()))
    }

    /// The `RegistrationRecord`, and the key that wraps the backup key.
    pub(super) fn finish(
        self,
        password: &str,
        response: &[u8],
        stretching: Stretching,
        mut rng: &mut dyn Randomness,
    ) -> Option<(Vec<u8>, Key)> {
        let response = RegistrationResponse::deserialize(response).ok()?;
        let ksf = stretching.argon2();
        let parameters = ClientRegistrationFinishParameters::new(Identifiers::default(), Some(&ksf));
        let finished = self.0.finish(&mut rng, password.as_bytes(), response, parameters).ok()?;
        Some((finished.message.serialize().to_vec(), wrapping_key(&finished.export_key)))
    }
}

/// A sign-in between its steps.
pub(super) struct SignInState(ClientLogin<OpaqueSuite>);

/// Why a sign-in cannot go on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SignInError {
    /// The password is not the account's, or there is no such account.
    WrongPassword,
    /// The server's message is not valid.
    Malformed,
}

impl SignInState {
    /// The state, and `KE1`.
    pub(super) fn start(password: &str, mut rng: &mut dyn Randomness) -> Option<(Self, Vec<u8>)> {
        let started = ClientLogin::start(&mut rng, password.as_bytes()).ok()?;
        Some((Self(started.state), started.message.serialize().to_vec()))
    }

    /// `KE3`, and the key that wraps the backup key.
    pub(super) fn finish(
        self,
        password: &str,
        response: &[u8],
        stretching: Stretching,
        mut rng: &mut dyn Randomness,
    ) -> Result<(Vec<u8>, Key), SignInError> {
        let response = CredentialResponse::deserialize(response).map_err(|_| SignInError::Malformed)?;
        let ksf = stretching.argon2();
        let parameters = ClientLoginFinishParameters::new(None, Identifiers::default(), Some(&ksf));
        match self.0.finish(&mut rng, password.as_bytes(), response, parameters) {
            Ok(finished) => Ok((finished.message.serialize().to_vec(), wrapping_key(&finished.export_key))),
            Err(ProtocolError::InvalidLoginError) => Err(SignInError::WrongPassword),
            Err(_) => Err(SignInError::Malformed),
        }
    }
}

fn wrapping_key(export_key: &[u8]) -> Key {
    derive(export_key, "sealpost password wrapping v1")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use opaque_ke::{
        CredentialFinalization, CredentialRequest, RegistrationRequest, RegistrationUpload, ServerLogin,
        ServerLoginParameters, ServerRegistration, ServerSetup,
    };
    use rand::rngs::OsRng;

    const WEAK: Stretching = Stretching { memory: 8, passes: 1, lanes: 1 };

    fn sign_in(server: &ServerSetup<OpaqueSuite>, record: &[u8], password: &str) -> Result<Key, SignInError> {
        let (state, ke1) = SignInState::start(password, &mut OsRng).unwrap();
        let record = ServerRegistration::deserialize(record).unwrap();
        let request = CredentialRequest::deserialize(&ke1).unwrap();
        let parameters = ServerLoginParameters::default();
        let started = ServerLogin::start(&mut OsRng, server, Some(record), request, b"alice", parameters).unwrap();
        let (ke3, key) = state.finish(password, &started.message.serialize(), WEAK, &mut OsRng)?;
        let finalization = CredentialFinalization::deserialize(&ke3).unwrap();
        started.state.finish(finalization, ServerLoginParameters::default()).unwrap();
        Ok(key)
    }

    #[test]
    fn the_same_password_gives_the_same_key_and_another_gives_none() {
        let server = ServerSetup::<OpaqueSuite>::new(&mut OsRng);
        let (state, request) = NewPassword::start("correct horse", &mut OsRng).unwrap();
        let request = RegistrationRequest::deserialize(&request).unwrap();
        let response = ServerRegistration::start(&server, request, b"alice").unwrap();
        let (upload, key) = state.finish("correct horse", &response.message.serialize(), WEAK, &mut OsRng).unwrap();
        let upload = RegistrationUpload::<OpaqueSuite>::deserialize(&upload).unwrap();
        let record = ServerRegistration::finish(upload).serialize();
        assert_eq!(sign_in(&server, &record, "correct horse"), Ok(key));
        assert_eq!(sign_in(&server, &record, "battery staple"), Err(SignInError::WrongPassword));
    }
}
