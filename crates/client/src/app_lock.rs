//! The app lock: a database key sealed with what a person types, so that who copies a browser's profile has to guess it.
//!
//! Composed of Argon2id (RFC 9106) with the parameters of [`Stretching`], 64 MiB and 3 passes, and of AES-256-GCM.
//! Decision 28 says what this protects and what not.

use rand::{RngCore as _, rngs::OsRng};
use zeroize::Zeroizing;

use crate::{
    engine::{Stretching, keys},
    platform::DatabaseKey,
};

/// Fewest characters of a PIN or passphrase.
const CHARACTERS_MIN: usize = 6;
/// The first byte of what was sealed. Other parameters of Argon2id are another format.
const FORMAT: u8 = 1;
/// Bytes of the random salt, which follow the first.
const SALT: usize = 16;
/// Authenticated with the key, so that what was sealed is of no use elsewhere.
const ABOUT: &[u8] = b"sealpost app lock v1";

/// Why a key cannot be sealed or opened.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PinError {
    /// Fewer than six characters.
    #[error("a PIN or passphrase has at least {CHARACTERS_MIN} characters")]
    TooShort,
    /// It is not the one that the key was sealed with.
    #[error("that is not the PIN")]
    Wrong,
    /// What is there was not sealed by this, or by a newer version.
    #[error("the sealed key cannot be read")]
    Damaged,
    /// There is no memory for it.
    #[error("the PIN cannot be stretched")]
    Stretching,
}

/// Seals a database key with a new PIN: a byte for the format, 16 of salt, 12 of nonce, 48 of ciphertext.
///
/// # Errors
/// If the PIN is too short, or cannot be stretched.
pub fn seal_with_pin(key: &DatabaseKey, pin: &str) -> Result<Vec<u8>, PinError> {
    if pin.chars().count() < CHARACTERS_MIN {
        return Err(PinError::TooShort);
    }
    let mut salt = [0; SALT];
    OsRng.fill_bytes(&mut salt);
    let sealed = keys::seal(&*stretched(pin, &salt)?, ABOUT, key.as_slice(), &mut OsRng);
    Ok([&[FORMAT], salt.as_slice(), &sealed].concat())
}

/// Opens what [`seal_with_pin`] sealed.
///
/// # Errors
/// If it was another PIN, or what was sealed is not whole: only its length and first byte tell these two apart.
pub fn open_with_pin(sealed: &[u8], pin: &str) -> Result<DatabaseKey, PinError> {
    let Some(([FORMAT], rest)) = sealed.split_first_chunk() else { return Err(PinError::Damaged) };
    let Some((salt, sealed)) = rest.split_first_chunk::<SALT>() else { return Err(PinError::Damaged) };
    let key = keys::open(&*stretched(pin, salt)?, ABOUT, sealed).ok_or(PinError::Wrong)?;
    let key: [u8; 32] = key.as_slice().try_into().map_err(|_| PinError::Damaged)?;
    Ok(Zeroizing::new(key))
}

fn stretched(pin: &str, salt: &[u8; SALT]) -> Result<Zeroizing<[u8; 32]>, PinError> {
    let mut key = Zeroizing::new([0; 32]);
    let argon2 = Stretching::default().argon2();
    argon2.hash_password_into(pin.as_bytes(), salt, key.as_mut()).map_err(|_| PinError::Stretching)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use argon2::{Algorithm, Argon2, Params, Version};

    use super::*;

    fn key() -> DatabaseKey {
        Zeroizing::new([7; 32])
    }

    #[test]
    fn only_the_same_pin_opens_the_key() {
        let sealed = seal_with_pin(&key(), "481516").unwrap();
        assert_eq!(sealed.len(), 1 + SALT + 12 + 48);
        assert_eq!(open_with_pin(&sealed, "481516").unwrap(), key());
        assert_eq!(open_with_pin(&sealed, "481517"), Err(PinError::Wrong));
        assert_ne!(sealed, seal_with_pin(&key(), "481516").unwrap(), "salt and nonce are new each time");
    }

    #[test]
    fn a_pin_has_six_characters_of_whatever_script() {
        for short in ["12345", "\u{661}\u{662}\u{663}"] {
            assert_eq!(seal_with_pin(&key(), short), Err(PinError::TooShort));
        }
        assert!(seal_with_pin(&key(), "\u{661}\u{662}\u{663}\u{664}\u{665}\u{666}").is_ok());
    }

    #[test]
    fn what_was_changed_or_cut_does_not_open() {
        let sealed = seal_with_pin(&key(), "481516").unwrap();
        for at in [1, 17, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open_with_pin(&changed, "481516"), Err(PinError::Wrong), "byte {at}");
        }
        let newer = [&[FORMAT + 1], &sealed[1..]].concat();
        for damaged in [&[][..], &[FORMAT], &sealed[..SALT], &newer] {
            assert_eq!(open_with_pin(damaged, "481516"), Err(PinError::Damaged));
        }
    }

    /// Opened by hand: the price of a guess is what decision 28 says.
    #[test]
    fn the_pin_is_stretched_with_64_mib_and_3_passes() {
        let sealed = seal_with_pin(&key(), "481516").unwrap();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64 * 1024, 3, 1, None).unwrap());
        let mut stretched = [0; 32];
        argon2.hash_password_into(b"481516", &sealed[1..=SALT], &mut stretched).unwrap();
        assert_eq!(*keys::open(&stretched, ABOUT, &sealed[1 + SALT..]).unwrap(), *key());
    }
}
