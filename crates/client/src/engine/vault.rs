//! The vault: the account's small encrypted records, by which its own devices agree.
//!
//! A record's name on the server is a MAC of its real name; its value is sealed together with that name.

use sealpost_protocol::{
    Bytes, ConversationId, ProblemKind,
    account::{VaultRead, VaultRecord, VaultRecords, VaultWrite, Version},
};

use super::{
    RequestFailure, Result,
    keys::{self, Key},
    purpose::{Purpose, Task},
    recovery,
    requests::Answered,
    turn::Turn,
};
use crate::store::Session;

/// Most records in one write.
const RECORDS_AT_ONCE: usize = 100;

const CONVERSATION_KEY: &str = "conversation-key/";

/// The record that holds a conversation's key.
pub(super) fn conversation_key_record(conversation: ConversationId) -> String {
    format!("{CONVERSATION_KEY}{conversation}")
}

fn sealed_name(vault_key: &Key, name: &str) -> [u8; 32] {
    keys::mac(&keys::derive(&**vault_key, "sealpost vault names v1"), name.as_bytes())
}

pub(super) fn seal_record(
    vault_key: &Key,
    name: &str,
    value: &[u8],
    rng: &mut dyn sealpost_mls::Randomness,
) -> VaultRecord {
    let sealed_name = sealed_name(vault_key, name);
    let value = keys::seal(vault_key, &sealed_name, &encode_record(name, value), rng);
    VaultRecord { name: sealed_name.into(), value: Some(value.into()) }
}

/// The real name and the value of a record; nothing if it is not one that a device of the account wrote.
fn open_record(vault_key: &Key, record: &VaultRecord) -> Option<(String, Vec<u8>)> {
    let plaintext = keys::open(vault_key, &record.name, record.value.as_ref()?)?;
    let (name, value) = decode_record(&plaintext)?;
    (sealed_name(vault_key, &name).as_slice() == record.name.as_ref()).then_some((name, value))
}

/// What of a record is sealed. CBOR: `[name, value]`.
pub(super) fn encode_record(name: &str, value: &[u8]) -> Vec<u8> {
    let mut plaintext = Vec::new();
    let written = ciborium::into_writer(&(name, Bytes(value.to_vec())), &mut plaintext);
    debug_assert!(written.is_ok());
    plaintext
}

/// Name and value of what [`encode_record`] wrote.
pub(super) fn decode_record(plaintext: &[u8]) -> Option<(String, Vec<u8>)> {
    let (name, value): (String, Bytes) = ciborium::from_reader(plaintext).ok()?;
    Some((name, value.0))
}

impl Turn<'_> {
    pub(super) fn pump_vault(&mut self, session: &Session) -> Result<()> {
        if !self.is_free(Task::Vault) {
            return Ok(());
        }
        if self.memory.due.vault_read {
            self.ask(VaultRead { after_version: session.vault_version }, Purpose::VaultRead);
        } else if self.memory.due.vault_write {
            let most = self.memory.vault_batch.unwrap_or(RECORDS_AT_ONCE);
            let mut dirty = self.store.vault_dirty(most + self.memory.vault_refused.len())?;
            dirty.retain(|(name, _)| !self.memory.vault_refused.contains(name));
            dirty.truncate(most);
            if dirty.is_empty() {
                self.memory.due.vault_write = false;
                return self.sign_out_after_vault(false);
            }
            let seal = |(name, value): &(String, Vec<u8>)| seal_record(&session.vault_key, name, value, self.rng);
            let records = dirty.iter().map(seal).collect();
            let (base_version, generation) = (session.vault_version, session.generation);
            let request = VaultWrite { base_version, generation, records };
            self.ask(request, Purpose::VaultWrite { records: dirty });
        }
        Ok(())
    }

    pub(super) fn vault_changed(&mut self, version: u64) -> Result<()> {
        self.memory.due.vault_read |= self.session()?.is_some_and(|session| version > session.vault_version);
        Ok(())
    }

    pub(super) fn vault_read(&mut self, answer: Answered<VaultRecords>) -> Result<()> {
        let Some(session) = self.session()? else { return Ok(()) };
        let records = match answer {
            Ok(records) => records,
            Err(failure) => {
                self.hold(Task::Vault, Some(&failure));
                return self.sign_out_after_vault(false);
            }
        };
        if records.generation != session.generation {
            // A device was revoked: the new keys come first. Or the server has lost that it was, and with it what was written
            // since: that waits until one is revoked again.
            self.memory.due.own_list = true;
            if records.generation < session.generation && records.version != session.vault_version {
                self.store.vault_soil()?;
                self.store.set_vault_version(records.version)?;
            }
            self.hold(Task::Vault, None);
            return self.sign_out_after_vault(false);
        }
        if records.version < session.vault_version {
            // The server lost what was written since: this device has it.
            tracing::warn!("the server lost records of the vault");
            self.store.vault_soil()?;
            self.memory.due.vault_read = false;
            self.memory.due.vault_write = true;
            return Ok(self.store.set_vault_version(records.version)?);
        }
        for record in &records.records {
            match open_record(&session.vault_key, record) {
                Some((name, value)) => self.take_record(&name, &value)?,
                None => tracing::warn!("a record of the vault could not be opened"),
            }
        }
        self.memory.due.vault_read = false;
        Ok(self.store.set_vault_version(records.version.max(session.vault_version))?)
    }

    fn take_record(&mut self, name: &str, value: &[u8]) -> Result<()> {
        if name == recovery::VAULT_RECORD {
            // Confirmed stays confirmed, also if the server does not know it yet.
            let confirmed = self.store.vault_get(name)?.is_some_and(|known| known.is_empty());
            if confirmed && !value.is_empty() {
                return Ok(());
            }
            self.store.vault_take(name, value)?;
            return self.take_recovery_code(value);
        }
        if self.take_agreed(name, value)? || self.take_pins(name, value)? {
            return Ok(());
        }
        if let Some(conversation) = name.strip_prefix(CONVERSATION_KEY).and_then(|id| id.parse().ok())
            && let Ok(key) = <[u8; 32]>::try_from(value)
        {
            return self.take_shared_key(conversation, name, &key);
        }
        Ok(self.store.vault_take(name, value)?)
    }

    /// An own device shared a conversation's key. If it is the one before the key that is known here, that device, or the
    /// answer that brings it, is behind the log: what is known here goes in its place. Once: two devices that each took the
    /// other's for the one before would write to each other for ever.
    fn take_shared_key(&mut self, conversation: ConversationId, name: &str, key: &[u8; 32]) -> Result<()> {
        let known = self.store.conversation(conversation)?.and_then(|found| found.conversation_key);
        if let Some(known) = known.filter(|known| known != key)
            && self.store.group(conversation)?.previous_key == Some(*key)
            && self.memory.keys_defended.insert((conversation, *key))
        {
            return self.share_conversation_key(conversation, &known);
        }
        self.store.vault_take(name, key)?;
        self.store.set(conversation, "conversation_key", key)?;
        if known != Some(*key) {
            self.key_was_replaced(conversation)?;
        }
        if known.is_none() {
            self.renew_key_if_due(conversation)?;
        }
        self.read_state_again(conversation)
    }

    pub(super) fn vault_written(&mut self, records: &[(String, Vec<u8>)], answer: Answered<Version>) -> Result<()> {
        match answer {
            Ok(written) => {
                records.iter().try_for_each(|(name, value)| self.store.vault_clean(name, value))?;
                self.store.set_vault_version(written.version)?;
                self.sign_out_after_vault(true)?;
            }
            Err(failure) => {
                let kind = match &failure {
                    RequestFailure::Problem(problem) => Some(problem.kind()),
                    RequestFailure::Lost => None,
                };
                if kind == Some(ProblemKind::TooLarge) {
                    self.vault_too_large(records);
                    return self.sign_out_after_vault(false);
                }
                // Another device was faster: what it wrote comes first.
                self.memory.due.vault_read = true;
                if kind != Some(ProblemKind::VersionConflict) {
                    self.hold(Task::Vault, Some(&failure));
                    self.sign_out_after_vault(false)?;
                }
            }
        }
        Ok(())
    }

    /// The server does not take so much: what it takes is found out by halves, and what it does not take waits for another
    /// connection.
    fn vault_too_large(&mut self, records: &[(String, Vec<u8>)]) {
        if let [(name, _)] = records {
            tracing::warn!("the vault is full");
            self.memory.vault_refused.insert(name.clone());
        }
        self.memory.vault_batch = Some((records.len() / 2).max(1));
    }

    /// A conversation's key is known here, in place of the one before: other own devices find it in the vault.
    pub(super) fn share_conversation_key(&mut self, conversation: ConversationId, key: &[u8; 32]) -> Result<()> {
        self.store.set(conversation, "conversation_key", key)?;
        self.store.vault_set(&conversation_key_record(conversation), key)?;
        self.memory.due.vault_write = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::rngs::OsRng;
    use zeroize::Zeroizing;

    #[test]
    fn a_record_shows_neither_name_nor_value_and_cannot_be_moved() {
        let key = Zeroizing::new([1; 32]);
        let record = seal_record(&key, "pin/alice", b"a very secret value", &mut OsRng);
        let value = record.value.clone().unwrap();
        assert!(!value.windows(6).any(|part| part == b"secret" || part == b"/alice"));
        let opened = open_record(&key, &record).unwrap();
        assert_eq!(opened, ("pin/alice".to_owned(), b"a very secret value".to_vec()));
        let moved = VaultRecord { name: sealed_name(&key, "pin/bob").into(), value: record.value };
        assert!(open_record(&key, &moved).is_none());
    }
}
