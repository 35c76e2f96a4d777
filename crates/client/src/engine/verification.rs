//! Safety numbers: what two people compare to know that the server stands between them with no keys of its own, and whom
//! this person has compared it with.

use sealpost_protocol::AccountId;
use sha2::{Digest, Sha512};

use super::{
    Result,
    conversations::Outcome,
    records::{Record, verified_record},
    turn::Turn,
};
use crate::command::{Answer, Failure};

/// What is hashed first, so that the hash is of no use elsewhere.
const LABEL: &[u8] = b"sealpost safety number 1";
/// So often each half is hashed, as in Signal's numeric fingerprints: it makes a key with a chosen number dearer to find.
const ITERATIONS: usize = 5_200;
/// Digits in one group, each made of five bytes.
const GROUP: usize = 5;
/// Digits of a safety number.
const DIGITS: usize = 60;
/// The field of a record with the root key that was compared.
const KEY: &str = "key";

/// The sixty digits of two accounts' root keys, the same for both of them, without spaces.
fn safety_number(one: (AccountId, &[u8; 32]), other: (AccountId, &[u8; 32])) -> String {
    let mut halves = [one, other].map(|(account, key)| half(account, key));
    halves.sort();
    halves.concat()
}

/// Thirty digits for an account and its root key: SHA-512 over label, account and key, then again and again over what came
/// out and the key; each five of the first thirty bytes are a number, of which the last five digits stand.
fn half(account: AccountId, key: &[u8; 32]) -> String {
    let mut hash = Sha512::new().chain_update(LABEL).chain_update(account.0).chain_update(key).finalize();
    for _ in 1..ITERATIONS {
        hash = Sha512::new().chain_update(hash).chain_update(key).finalize();
    }
    let group = |bytes: &[u8]| bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)) % 100_000;
    hash.chunks_exact(GROUP).take(6).map(|bytes| format!("{:05}", group(bytes))).collect()
}

/// Whether a text may be somebody's safety number: a code that is none says nothing of who stands between two people.
fn is_safety_number(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|character| character.is_ascii_digit())
}

/// The root key that a record of this family names, if it is one of somebody who was compared with.
pub(super) fn verified_key(record: &Record) -> Option<[u8; 32]> {
    record.bytes(KEY)?.try_into().ok()
}

impl Turn<'_> {
    pub(super) fn read_safety_number(&mut self, account: AccountId) -> Result<Outcome> {
        Ok(self.safety_number_with(account)?.map(|(number, _)| Answer::SafetyNumber { number }))
    }

    /// Keeps, for all own devices, that the person has compared this number with someone, or that it is not so any more.
    pub(super) fn set_verified(&mut self, account: AccountId, number: &str, verified: bool) -> Result<Outcome> {
        let (ours, key) = match self.safety_number_with(account)? {
            Ok(known) => known,
            Err(failure) => return Ok(Err(failure)),
        };
        let number: String = number.chars().filter(|character| !character.is_whitespace()).collect();
        if !is_safety_number(&number) {
            return Ok(Err(Failure::new("no-safety-number", "a safety number has sixty digits")));
        }
        if number != ours {
            return Ok(Err(Failure::new("other-number", "this is not the safety number with that person")));
        }
        self.keep_verified(account, verified.then_some(key))?;
        Ok(Ok(Answer::Done))
    }

    /// Keeps, for all own devices, which root key of someone was compared.
    pub(super) fn keep_verified(&mut self, account: AccountId, key: Option<[u8; 32]>) -> Result<()> {
        if self.store.verified_key(account)? != key {
            self.change_record(&verified_record(account), |record| record.set(KEY, key.map(|key| key.to_vec())))?;
        }
        self.verified_agreed(account, key)
    }

    /// What was compared on one device is so on all. It says which root key is theirs as well.
    pub(super) fn verified_agreed(&mut self, account: AccountId, key: Option<[u8; 32]>) -> Result<()> {
        if let Some(key) = &key {
            self.store.pin(account, key)?;
        }
        if self.store.set_verified_key(account, key.as_ref())? {
            // Where another device compared it this one may not know them.
            self.make_sure_of(account)?;
            self.standing_changed(account)?;
            // Whoever has taken their place may have been waiting for it.
            for successor in self.store.successors(account)? {
                self.standing_changed(successor)?;
            }
        }
        Ok(())
    }

    fn safety_number_with(&self, account: AccountId) -> Result<std::result::Result<(String, [u8; 32]), Failure>> {
        let Some(session) = self.session()? else { return Ok(Err(Failure::new("signed-out", "nobody is signed in"))) };
        if account == session.account {
            return Ok(Err(Failure::new("invalid-request", "there is no safety number with oneself")));
        }
        let Some(key) = self.store.pinned(account)? else {
            return Ok(Err(Failure::new("not-found", "this device has not met that person's devices yet")));
        };
        Ok(Ok((safety_number((session.account, &session.root_public_key), (account, &key)), key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_have_the_same_sixty_digits() {
        let (alice, bob) = ((AccountId([1; 16]), &[2; 32]), (AccountId([3; 16]), &[4; 32]));
        let number = safety_number(alice, bob);
        assert_eq!(number, safety_number(bob, alice));
        assert_eq!(number.len(), DIGITS);
        assert!(is_safety_number(&number));
    }

    #[test]
    fn another_key_or_account_is_another_number() {
        let alice = (AccountId([1; 16]), &[2; 32]);
        let numbers =
            [(3, 4), (3, 5), (6, 4)].map(|(account, key)| safety_number(alice, (AccountId([account; 16]), &[key; 32])));
        assert!(numbers[0] != numbers[1] && numbers[0] != numbers[2] && numbers[1] != numbers[2]);
    }

    /// People compare numbers between versions of the app. Computed with another implementation of SHA-512.
    #[test]
    fn the_number_stays_what_it_is() {
        let number = safety_number((AccountId([1; 16]), &[2; 32]), (AccountId([3; 16]), &[4; 32]));
        assert_eq!(number, "696981262834614168779908140417724550789871945620248582652578");
    }
}
