//! The code by which two devices meet: short enough to type, or long and in a QR code.

use sealpost_mls::Randomness;
use sealpost_protocol::{
    bytes::{decode, encode},
    linking::{NUMBER_ALPHABET, NUMBER_LEN},
};
use zeroize::Zeroizing;

use crate::{
    engine::keys::{Key, derive},
    redacted::redacted,
};

/// Characters of the secret part of a code that is typed.
const TYPED_LEN: usize = 4;
/// Bytes of the secret in a QR code.
const SCANNED_LEN: usize = 16;
/// What a QR code begins with.
const SCHEME: &str = "sealpost-link:1:";

/// What the new device shows, in both forms. Either secret shows that the other device has seen it.
pub(super) struct ShownCode {
    number: String,
    typed: String,
    scanned: Zeroizing<[u8; SCANNED_LEN]>,
    commitment: [u8; 32],
}

/// A code as it reached the other device.
#[derive(PartialEq, Eq)]
pub(crate) struct SeenCode {
    /// Where the new device waits.
    pub number: String,
    /// What the new device has committed to, where the code says so: the server cannot put itself in between.
    pub commitment: Option<[u8; 32]>,
    secret: Zeroizing<Vec<u8>>,
}

redacted!(SeenCode);

impl ShownCode {
    /// The secrets of a code whose number is still to come.
    pub(super) fn new(commitment: [u8; 32], rng: &mut dyn Randomness) -> Self {
        let mut values = [0; TYPED_LEN];
        rng.fill_bytes(&mut values);
        let letter = |value: &u8| NUMBER_ALPHABET.get(usize::from(value % 32)).copied().map_or('0', char::from);
        let mut scanned = Zeroizing::new([0; SCANNED_LEN]);
        rng.fill_bytes(scanned.as_mut());
        Self { number: String::new(), typed: values.iter().map(letter).collect(), scanned, commitment }
    }

    /// The server has a place for it.
    pub(super) fn set_number(&mut self, number: String) {
        self.number = number;
    }

    /// To be typed: eight characters.
    pub(super) fn text(&self) -> String {
        format!("{}-{}", self.number, self.typed)
    }

    /// To be scanned.
    pub(super) fn qr(&self) -> String {
        format!("{SCHEME}{}:{}:{}", self.number, encode(self.scanned.as_ref()), encode(&self.commitment))
    }

    /// The keys of both secrets: of which one the other device has seen it does not say.
    pub(super) fn keys(&self) -> [Key; 2] {
        [secret_key(self.typed.as_bytes()), secret_key(self.scanned.as_ref())]
    }
}

impl SeenCode {
    /// Reads what was scanned, or typed however it is spaced and cased, with O for 0 and I or L for 1.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.trim().strip_prefix(SCHEME) {
            Some(rest) => Self::parse_scanned(rest),
            None => Self::parse_typed(text),
        }
    }

    fn parse_scanned(rest: &str) -> Option<Self> {
        let [number, secret, commitment] = <[&str; 3]>::try_from(rest.split(':').collect::<Vec<_>>()).ok()?;
        let secret = Zeroizing::new(decode(secret).filter(|secret| secret.len() == SCANNED_LEN)?);
        let commitment = Some(decode(commitment)?.try_into().ok()?);
        Some(Self { number: letters(number).filter(|number| number.len() == NUMBER_LEN)?, commitment, secret })
    }

    fn parse_typed(text: &str) -> Option<Self> {
        let typed = letters(text).filter(|typed| typed.len() == NUMBER_LEN + TYPED_LEN)?;
        let (number, secret) = typed.split_at(NUMBER_LEN);
        Some(Self { number: number.to_owned(), commitment: None, secret: Zeroizing::new(secret.as_bytes().to_vec()) })
    }

    /// The key that shows that this device has seen the code.
    pub(super) fn key(&self) -> Key {
        secret_key(&self.secret)
    }
}

fn secret_key(secret: &[u8]) -> Key {
    derive(secret, "sealpost linking secret v1")
}

/// The characters of a code, without what stands between them.
fn letters(text: &str) -> Option<String> {
    let known = |letter: char| {
        let letter = match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        NUMBER_ALPHABET.iter().any(|known| char::from(*known) == letter).then_some(letter)
    };
    text.chars().filter(|letter| letter.is_alphanumeric()).map(known).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;

    fn shown() -> ShownCode {
        let mut code = ShownCode::new([7; 32], &mut StdRng::seed_from_u64(1));
        code.set_number("K0M1".to_owned());
        code
    }

    #[test]
    fn a_code_is_read_as_it_was_shown_in_either_form() {
        let code = shown();
        let typed = SeenCode::parse(&code.text()).unwrap();
        assert_eq!((typed.number.as_str(), typed.commitment), ("K0M1", None));
        assert!(code.keys().contains(&typed.key()));
        let scanned = SeenCode::parse(&code.qr()).unwrap();
        assert_eq!((scanned.number.as_str(), scanned.commitment), ("K0M1", Some([7; 32])));
        assert!(code.keys().contains(&scanned.key()) && scanned.key() != typed.key());
    }

    #[test]
    fn what_people_write_for_a_letter_is_read_as_it() {
        let code = shown();
        let sloppy = code.text().to_lowercase().replace('0', "o").replace('1', "l").replace('-', "  ");
        assert_eq!(SeenCode::parse(&sloppy), SeenCode::parse(&code.text()));
        for wrong in
            ["", "K0M1", "K0M1-K0M", "K0M1-K0M1-K0M1", "K0M1-K0MU", "sealpost-link:1:K0M1", "https://example.org"]
        {
            assert_eq!(SeenCode::parse(wrong), None, "{wrong}");
        }
        let short = format!("{SCHEME}K0M1:{}:{}", encode(&[1; 15]), encode(&[7; 32]));
        assert_eq!(SeenCode::parse(&short), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_code_or_not(text in ".{0,80}") {
            if let Some(code) = SeenCode::parse(&text) {
                proptest::prop_assert_eq!(code.number.len(), NUMBER_LEN);
            }
        }
    }
}
