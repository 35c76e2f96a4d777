//! The three Ed25519 keys of an account and its devices. Secrets are wiped when dropped and never shown.

use std::fmt;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use openmls_traits::{
    signatures::{Signer, SignerError},
    types::SignatureScheme,
};
use zeroize::Zeroizing;

use super::IdentityError;
use crate::provider::Randomness;

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// Ed25519; secret and public key have 32 bytes each.
        pub struct $name(SigningKey);

        impl $name {
            /// A new key.
            pub fn generate(rng: &mut dyn Randomness) -> Self {
                let mut secret = Zeroizing::new([0; 32]);
                rng.fill_bytes(secret.as_mut());
                Self::from_secret(&secret)
            }

            /// The key with this secret.
            pub fn from_secret(secret: &[u8; 32]) -> Self {
                Self(SigningKey::from_bytes(secret))
            }

            /// The secret.
            pub fn secret(&self) -> Zeroizing<[u8; 32]> {
                Zeroizing::new(self.0.to_bytes())
            }

            /// The public key.
            pub fn public_key(&self) -> [u8; 32] {
                self.0.verifying_key().to_bytes()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}

keys! {
    /// Who an account is. It lives only in the account's wrapped backup.
    RootKey;
    /// Signs device certificates and device lists; every trusted device of the account holds it.
    ListKey;
    /// The MLS signature key of one device.
    DeviceKey;
}

impl RootKey {
    pub(super) fn sign(&self, label: &str, part: &[u8]) -> [u8; 64] {
        self.0.sign(&labelled(label, part)).to_bytes()
    }
}

impl ListKey {
    pub(super) fn sign(&self, label: &str, part: &[u8]) -> [u8; 64] {
        self.0.sign(&labelled(label, part)).to_bytes()
    }
}

impl DeviceKey {
    pub(super) fn sign_labelled(&self, label: &str, part: &[u8]) -> [u8; 64] {
        self.0.sign(&labelled(label, part)).to_bytes()
    }

    /// Signs `part` for a purpose beside MLS, which is named in it: a signature for one purpose is none for another.
    pub fn sign_for(&self, purpose: &str, part: &[u8]) -> [u8; 64] {
        self.sign_labelled(&for_purpose(purpose), part)
    }

    /// Signs `payload` as it is: MLS adds its own labels.
    pub(crate) fn sign_raw(&self, payload: &[u8]) -> [u8; 64] {
        self.0.sign(payload).to_bytes()
    }
}

impl Signer for DeviceKey {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.sign_raw(payload).to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

/// What stands before a part that a device signs beside MLS.
pub(super) fn for_purpose(purpose: &str) -> String {
    format!("Sealpost 1.0 {purpose}\0")
}

/// Whether `signature` is `public_key`'s over `payload`.
pub(crate) fn verify_raw(public_key: &[u8; 32], payload: &[u8], signature: &[u8; 64]) -> Result<(), IdentityError> {
    let key = VerifyingKey::from_bytes(public_key).map_err(|_| IdentityError::Signature)?;
    key.verify_strict(payload, &Signature::from_bytes(signature)).map_err(|_| IdentityError::Signature)
}

/// Whether `signature` is `public_key`'s over `label || part`.
pub(super) fn verify(
    public_key: &[u8; 32],
    label: &str,
    part: &[u8],
    signature: &[u8; 64],
) -> Result<(), IdentityError> {
    verify_raw(public_key, &labelled(label, part), signature)
}

fn labelled(label: &str, part: &[u8]) -> Vec<u8> {
    [label.as_bytes(), part].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_from_their_secret_and_never_show_it() {
        let key = RootKey::generate(&mut rand::thread_rng());
        assert_eq!(RootKey::from_secret(&key.secret()).public_key(), key.public_key());
        assert_eq!(format!("{key:?}"), "RootKey(..)");
    }

    #[test]
    fn a_signature_is_bound_to_its_label() {
        let key = RootKey::generate(&mut rand::thread_rng());
        let signature = key.sign("label one", b"part");
        assert_eq!(verify(&key.public_key(), "label one", b"part", &signature), Ok(()));
        assert_eq!(verify(&key.public_key(), "label two", b"part", &signature), Err(IdentityError::Signature));
    }
}
