//! Root keys that accounts were first seen with, in the vault: few records, each with those of many accounts, because an
//! account may be met once and its key is kept for ever.

use std::collections::BTreeMap;

use sealpost_mls::Member;
use sealpost_protocol::{AccountId, Bytes};

use super::{Result, turn::Turn};

/// Records of this family are named by the first byte of their accounts' ids.
const PINS: &str = "pins/";
/// One record for each account, as earlier versions wrote them.
const PIN: &str = "pin/";
/// Most accounts in one record, so that the server takes it.
const PINS_MAX: usize = 1_000;

/// The root keys of one record, by account. As it travels: pairs in CBOR.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Pins(BTreeMap<AccountId, [u8; 32]>);

impl Pins {
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let pairs: Vec<(Bytes, Bytes)> = ciborium::from_reader(bytes).ok()?;
        let pin = |(account, key): &(Bytes, Bytes)| {
            Some((AccountId::from_slice(account)?, <[u8; 32]>::try_from(key.as_ref()).ok()?))
        };
        Some(Self(pairs.iter().filter_map(pin).collect()))
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let pair = |(account, key): (&AccountId, &[u8; 32])| (Bytes(account.0.to_vec()), Bytes(key.to_vec()));
        let pairs: Vec<_> = self.0.iter().map(pair).collect();
        let mut bytes = Vec::new();
        let written = ciborium::into_writer(&pairs, &mut bytes);
        debug_assert!(written.is_ok());
        bytes
    }

    /// The one record that two devices agree on: what either has. If they first saw different keys, each goes on with its
    /// own, and the record has the lesser.
    pub(super) fn merge(mut self, other: Self) -> Self {
        for (account, key) in other.0 {
            self.0.entry(account).and_modify(|known| *known = key.min(*known)).or_insert(key);
        }
        while self.0.len() > PINS_MAX {
            self.0.pop_last();
        }
        self
    }
}

fn record_of(account: AccountId) -> String {
    format!("{PINS}{:02x}", account.0[0])
}

impl Turn<'_> {
    /// Whether a member has another root key than was seen first. Keys of new accounts are not remembered: what they are in
    /// may still be refused.
    pub(super) fn is_another_key<'m>(&self, members: impl IntoIterator<Item = &'m Member>) -> Result<bool> {
        for member in members {
            let known = self.store.pinned(member.account)?;
            if known.is_some_and(|known| known != member.credential.root_public_key) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Compares the root keys of those who are members with those that were seen first, and remembers those of new accounts.
    /// Gives whether one has another; then nothing is remembered.
    pub(super) fn pin_all(&mut self, members: &[Member]) -> Result<bool> {
        if self.is_another_key(members)? {
            return Ok(true);
        }
        for member in members {
            if self.store.pinned(member.account)?.is_none() {
                self.store.pin(member.account, &member.credential.root_public_key)?;
                self.share_pin(member.account, member.credential.root_public_key)?;
            }
        }
        Ok(false)
    }

    /// Other own devices find the key in the vault.
    fn share_pin(&mut self, account: AccountId, key: [u8; 32]) -> Result<()> {
        let name = record_of(account);
        let known = self.pins(&name)?;
        let pins = known.clone().merge(Pins([(account, key)].into()));
        if pins != known {
            self.store.vault_set(&name, &pins.encode())?;
            self.memory.due.vault_write = true;
        }
        Ok(())
    }

    fn pins(&self, name: &str) -> Result<Pins> {
        Ok(self.store.vault_get(name)?.and_then(|value| Pins::decode(&value)).unwrap_or_default())
    }

    /// Takes a record of the server, if it is one with root keys. Gives whether it is.
    pub(super) fn take_pins(&mut self, name: &str, value: &[u8]) -> Result<bool> {
        if let Some(account) = name.strip_prefix(PIN).and_then(|id| id.parse().ok()) {
            self.store.vault_take(name, value)?;
            if let Ok(key) = value.try_into() {
                self.store.pin(account, &key)?;
            }
            return Ok(true);
        }
        if !name.starts_with(PINS) {
            return Ok(false);
        }
        let Some(theirs) = Pins::decode(value) else {
            tracing::warn!("a record of the vault could not be read");
            return Ok(true);
        };
        for (account, key) in &theirs.0 {
            self.store.pin(*account, key)?;
        }
        let agreed = self.pins(name)?.merge(theirs.clone());
        if agreed == theirs {
            self.store.vault_take(name, value)?;
        } else {
            self.store.vault_set(name, &agreed.encode())?;
            self.memory.due.vault_write = true;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn pins(pins: &[(u8, u8)]) -> Pins {
        Pins(pins.iter().map(|(account, key)| (AccountId([*account; 16]), [*key; 32])).collect())
    }

    #[test]
    fn two_devices_agree_on_what_either_has_seen() {
        let (phone, laptop) = (pins(&[(1, 1), (2, 9)]), pins(&[(2, 5), (3, 3)]));
        let agreed = phone.clone().merge(laptop.clone());
        assert_eq!(agreed, laptop.merge(phone));
        assert_eq!(agreed, pins(&[(1, 1), (2, 5), (3, 3)]));
        assert_eq!(Pins::decode(&agreed.encode()).unwrap(), agreed);
    }

    #[test]
    fn a_record_is_bounded_and_small_enough_for_the_server() {
        let many = |from: u16| {
            let account = |number: u16| {
                let mut id = [7; 16];
                id[1..3].copy_from_slice(&number.to_be_bytes());
                AccountId(id)
            };
            Pins((from..from + 800).map(|number| (account(number), [1; 32])).collect())
        };
        let agreed = many(0).merge(many(700));
        assert_eq!(agreed.0.len(), PINS_MAX);
        assert_eq!(agreed, many(700).merge(many(0)));
        assert!(agreed.encode().len() < 60 * 1024);
    }
}
