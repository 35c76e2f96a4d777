//! How good a password is. The host could guess at Argon2id's price, so guessable ones are refused before anything is sent.

use zxcvbn::{feedback::Warning, zxcvbn};

use crate::command::{PasswordHint, PasswordStrength};

/// Fewest characters of a password.
const LENGTH_MIN: usize = 8;
/// The least score that is accepted: safe against guessing of a stolen slow hash.
const SCORE_MIN: u8 = 3;

/// How good `password` is for someone with these names.
pub(super) fn strength(password: &str, names: &[String]) -> PasswordStrength {
    let inputs: Vec<&str> = names.iter().flat_map(|name| name.split_whitespace().chain([name.as_str()])).collect();
    let entropy = zxcvbn(password, &inputs);
    let score = u8::from(entropy.score());
    let long_enough = password.chars().count() >= LENGTH_MIN;
    let accepted = long_enough && score >= SCORE_MIN;
    let hint = if accepted {
        None
    } else if !long_enough {
        Some(PasswordHint::TooShort)
    } else if holds_a_name(password, names) {
        Some(PasswordHint::Personal)
    } else {
        Some(entropy.feedback().and_then(|feedback| feedback.warning()).map_or(PasswordHint::AddWords, hint_for))
    };
    PasswordStrength { score, accepted, hint }
}

fn holds_a_name(password: &str, names: &[String]) -> bool {
    let password = password.to_lowercase();
    names.iter().any(|name| name.chars().count() >= 3 && password.contains(&name.to_lowercase()))
}

fn hint_for(warning: Warning) -> PasswordHint {
    match warning {
        Warning::ThisIsATop10Password
        | Warning::ThisIsATop100Password
        | Warning::ThisIsACommonPassword
        | Warning::ThisIsSimilarToACommonlyUsedPassword
        | Warning::AWordByItselfIsEasyToGuess
        | Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
        | Warning::CommonNamesAndSurnamesAreEasyToGuess => PasswordHint::Common,
        Warning::StraightRowsOfKeysAreEasyToGuess
        | Warning::ShortKeyboardPatternsAreEasyToGuess
        | Warning::RepeatsLikeAaaAreEasyToGuess
        | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess
        | Warning::SequencesLikeAbcAreEasyToGuess
        | Warning::RecentYearsAreEasyToGuess
        | Warning::DatesAreOftenEasyToGuess => PasswordHint::Pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessable_passwords_are_refused_with_a_hint() {
        let names = ["alicewonder".to_owned(), "Alice Wonder".to_owned()];
        let cases = [
            ("x7$k", PasswordHint::TooShort),
            ("password", PasswordHint::Common),
            ("alicewonder1", PasswordHint::Personal),
            ("qwertyuiop", PasswordHint::Common),
            ("abcabcabcabc", PasswordHint::Pattern),
        ];
        for (password, hint) in cases {
            let strength = strength(password, &names);
            assert_eq!((strength.accepted, strength.hint), (false, Some(hint)), "{password}");
        }
    }

    #[test]
    fn four_random_words_are_accepted() {
        let strength = strength("tundra-velvet-orbit-mango", &[]);
        assert!(strength.accepted && strength.hint.is_none() && strength.score >= SCORE_MIN);
    }
}
