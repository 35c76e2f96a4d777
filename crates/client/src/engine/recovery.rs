//! The recovery code: 160 random bits in Crockford's base32 with a check, and what is derived of it.

use sealpost_mls::Randomness;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{
    Result,
    keys::{Key, derive},
    turn::Turn,
};
use crate::{
    command::{Answer, Failure},
    snapshot::SnapshotKey,
};

const SECRET_LEN: usize = 20;
const SECRET_CHARS: usize = 32;
const CHECK_CHARS: usize = 4;
const GROUP: usize = 4;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The vault's record that holds the code until the person has confirmed it; empty afterwards.
pub(super) const VAULT_RECORD: &str = "recovery-code";

/// A recovery code. Shown as nine groups of four characters, the last of which is the check.
pub(super) struct RecoveryCode(Zeroizing<[u8; SECRET_LEN]>);

impl RecoveryCode {
    pub(super) fn generate(rng: &mut dyn Randomness) -> Self {
        let mut secret = Zeroizing::new([0; SECRET_LEN]);
        rng.fill_bytes(secret.as_mut());
        Self(secret)
    }

    /// Reads a code however it is spaced and cased, with O for 0 and I or L for 1; nothing if the check fails.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut values = Zeroizing::new(Vec::with_capacity(SECRET_CHARS + CHECK_CHARS));
        for char in text.chars().filter(|char| char.is_alphanumeric()) {
            let char = match char.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let value = ALPHABET.iter().position(|&known| char::from(known) == char)?;
            values.push(u8::try_from(value).ok()?);
        }
        let (secret, check) = values.split_at_checked(SECRET_CHARS)?;
        let code = Self(Zeroizing::new(from_base32(secret).try_into().ok()?));
        (check == code.check()).then_some(code)
    }

    /// The code for people.
    pub(super) fn to_text(&self) -> String {
        let values = to_base32(&*self.0, SECRET_CHARS).into_iter().chain(self.check());
        let chars: Vec<char> =
            values.filter_map(|value| ALPHABET.get(usize::from(value)).copied().map(char::from)).collect();
        chars.chunks(GROUP).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    }

    fn check(&self) -> Vec<u8> {
        to_base32(&Sha256::digest(*self.0), CHECK_CHARS)
    }

    /// Wraps the backup key.
    pub(super) fn wrapping_key(&self) -> Key {
        derive(&*self.0, "sealpost recovery wrapping v1")
    }

    /// Shows the server that the person has the code, without showing it the code.
    pub(super) fn token(&self) -> Key {
        derive(&*self.0, "sealpost recovery token v1")
    }

    /// What the server keeps of [`Self::token`].
    pub(super) fn token_hash(&self) -> [u8; 32] {
        Sha256::digest(*self.token()).into()
    }
}

/// The first `chars` groups of 5 bits.
fn to_base32(bytes: &[u8], chars: usize) -> Vec<u8> {
    let bit = |index: usize| bytes.get(index / 8).map_or(0, |byte| byte >> (7 - index % 8) & 1);
    (0..chars).map(|char| (0..5).fold(0, |value, place| value << 1 | bit(char * 5 + place))).collect()
}

fn from_base32(values: &[u8]) -> Vec<u8> {
    let bit = |index: usize| values.get(index / 5).map_or(0, |value| value >> (4 - index % 5) & 1);
    (0..values.len() * 5 / 8).map(|byte| (0..8).fold(0, |value, place| value << 1 | bit(byte * 8 + place))).collect()
}

impl Turn<'_> {
    pub(super) fn confirm_recovery_code(&mut self, typed: &str) -> Result<std::result::Result<Answer, Failure>> {
        let Some(session) = self.session()? else { return Ok(Err(Failure::new("signed-out", "nobody is signed in"))) };
        let Some(code) = session.recovery_code else { return Ok(Ok(Answer::Done)) };
        let same = RecoveryCode::parse(typed).is_some_and(|typed| typed.to_text() == code);
        if !same {
            return Ok(Err(Failure::new("wrong-code", "that is not the recovery code")));
        }
        self.store.set_recovery_code(None)?;
        self.store.vault_set(VAULT_RECORD, &[])?;
        self.memory.due.vault_write = true;
        self.changed.insert(SnapshotKey::Session);
        Ok(Ok(Answer::Done))
    }

    /// Another device of the account told what it knows of the recovery code.
    pub(super) fn take_recovery_code(&mut self, value: &[u8]) -> Result<()> {
        let code = std::str::from_utf8(value).ok().filter(|code| !code.is_empty());
        self.store.set_recovery_code(code)?;
        self.changed.insert(SnapshotKey::Session);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::rngs::OsRng;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = RecoveryCode(Zeroizing::new([0x08; SECRET_LEN]));
        let text = code.to_text();
        assert_eq!(text.len(), 9 * 4 + 8, "{text}");
        let typed = text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        let read = RecoveryCode::parse(&format!("  {typed}\n")).unwrap();
        assert_eq!((read.to_text(), read.token_hash()), (text, code.token_hash()));
    }

    #[test]
    fn a_wrong_character_is_found() {
        let code = RecoveryCode::generate(&mut OsRng);
        let text = code.to_text();
        let mut found = 0;
        for place in 0..text.len() {
            let mut chars: Vec<char> = text.chars().collect();
            if chars[place] == '-' {
                continue;
            }
            chars[place] = if chars[place] == '7' { '8' } else { '7' };
            found += u32::from(RecoveryCode::parse(&chars.iter().collect::<String>()).is_none());
        }
        assert_eq!(found, 36);
        assert!(RecoveryCode::parse("").is_none());
        assert!(RecoveryCode::parse(&text[..40]).is_none());
        assert!(RecoveryCode::parse(&format!("{text}-0000")).is_none());
    }

    #[test]
    fn what_is_derived_differs() {
        let code = RecoveryCode::generate(&mut OsRng);
        assert_ne!(code.token(), code.wrapping_key());
        assert_ne!(*code.token(), code.token_hash());
    }
}
