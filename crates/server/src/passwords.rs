//! The server's side of OPAQUE (RFC 9807): it learns neither the password nor whether a guess was near.
//!
//! Independent of storage: records and states come and go as bytes. The suite and the rule for the credential
//! identifier are those of `sealpost_protocol::account`; every message costs one or two curve operations, well under
//! a millisecond, so nothing here needs a thread of its own.

use opaque_ke::{
    CipherSuite, CredentialFinalization, CredentialRequest, RegistrationRequest, RegistrationUpload, Ristretto255,
    ServerLogin, ServerLoginParameters, ServerRegistration, ServerSetup, TripleDh, errors::ProtocolError,
};
use rand::rngs::OsRng;
use zeroize::Zeroizing;

/// Must be the same as the client's (see `sealpost_protocol::account`).
struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, sha2::Sha512>;
    type Ksf = argon2::Argon2<'static>;
}

/// A message that does not decode, or a proof that does not hold. Which of the two is nobody's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an OPAQUE message is not valid")]
pub struct InvalidMessage;

impl From<ProtocolError> for InvalidMessage {
    fn from(_: ProtocolError) -> Self {
        Self
    }
}

/// What a sign-in needs in its second step.
pub struct SignInStep {
    /// Kept by the server until the second step.
    pub state: Zeroizing<Vec<u8>>,
    /// `KE2`, for the client.
    pub message: Vec<u8>,
}

/// Registers and checks passwords under the server's long-term secret.
pub struct Passwords {
    setup: ServerSetup<Suite>,
}

impl Passwords {
    /// A new long-term secret, serialised. Losing it makes every password invalid.
    pub fn generate() -> Zeroizing<Vec<u8>> {
        Zeroizing::new(ServerSetup::<Suite>::new(&mut OsRng).serialize().to_vec())
    }

    /// The server whose long-term secret [`Passwords::generate`] made.
    ///
    /// # Errors
    /// When the bytes are not such a secret.
    pub fn open(setup: &[u8]) -> Result<Self, InvalidMessage> {
        ServerSetup::deserialize(setup).map(|setup| Self { setup }).map_err(|_| InvalidMessage)
    }

    /// First step of a new password: `RegistrationRequest` in, `RegistrationResponse` out.
    ///
    /// # Errors
    /// When `message` is malformed.
    pub fn start_registration(&self, username: &str, message: &[u8]) -> Result<Vec<u8>, InvalidMessage> {
        let request = RegistrationRequest::deserialize(message)?;
        let started = ServerRegistration::<Suite>::start(&self.setup, request, username.as_bytes())?;
        Ok(started.message.serialize().to_vec())
    }

    /// Second step of a new password: `RegistrationRecord` in, the record to store out.
    ///
    /// # Errors
    /// When `upload` is malformed.
    pub fn finish_registration(&self, upload: &[u8]) -> Result<Vec<u8>, InvalidMessage> {
        let upload = RegistrationUpload::<Suite>::deserialize(upload)?;
        Ok(ServerRegistration::finish(upload).serialize().to_vec())
    }

    /// First step of signing in: `KE1` in, `KE2` out. Without a record the answer looks the same and the second step
    /// fails.
    ///
    /// # Errors
    /// When `message` is malformed.
    pub fn start_sign_in(
        &self,
        username: &str,
        record: Option<&[u8]>,
        message: &[u8],
    ) -> Result<SignInStep, InvalidMessage> {
        let request = CredentialRequest::deserialize(message)?;
        let record = record.map(ServerRegistration::<Suite>::deserialize).transpose()?;
        let parameters = ServerLoginParameters::default();
        let started = ServerLogin::start(&mut OsRng, &self.setup, record, request, username.as_bytes(), parameters)?;
        Ok(SignInStep {
            state: Zeroizing::new(started.state.serialize().to_vec()),
            message: started.message.serialize().to_vec(),
        })
    }

    /// Second step of signing in: `KE3`.
    ///
    /// # Errors
    /// When the password was wrong.
    pub fn finish_sign_in(&self, state: &[u8], message: &[u8]) -> Result<(), InvalidMessage> {
        let finalization = CredentialFinalization::deserialize(message)?;
        ServerLogin::<Suite>::deserialize(state)?.finish(finalization, ServerLoginParameters::default())?;
        Ok(())
    }
}
