//! Passkeys: what an authenticator gives by the PRF extension of WebAuthn opens the account as the password does. The page asks
//! the authenticator; from here on its 32 bytes are a secret like the recovery code's.

use sealpost_protocol::{
    Bytes, PasskeyId,
    account::{BackupWrite, NewPasskey, PASSKEYS_MAX, PasskeySignIn, Passkeys, PasskeysRead, SignedIn},
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{
    CommandId, Result,
    conversations::Outcome,
    credentials::{Changing, Of, needs_new_code},
    keys::{AccountKeys, BY_PASSKEY, Key, derive},
    purpose::{Purpose, Task},
    records::Record,
    requests::Answered,
    sign_in::broken_backup,
    sign_up::CommandResult,
    turn::{Memory, Turn},
};
use crate::{
    command::{Answer, Failure},
    snapshot::{self, SnapshotKey},
    store::{self, Store},
};

/// What the names of records about passkeys begin with.
pub(super) const RECORDS: &str = "passkey/";
/// Longest identifier of a credential, in bytes (WebAuthn, "credential ID").
const CREDENTIAL_MAX: usize = 1023;

/// The record about a passkey: on what it was made, and what its authenticator calls it.
fn passkey_record(passkey: PasskeyId) -> String {
    format!("{RECORDS}{passkey}")
}

/// What an authenticator gave for a passkey.
pub(crate) struct Passkey(Key);

impl Passkey {
    /// Nothing unless the secret has 32 bytes.
    pub(super) fn read(secret: Bytes) -> Option<Self> {
        let secret = Zeroizing::new(secret.0);
        Some(Self(Zeroizing::new(secret.as_slice().try_into().ok()?)))
    }

    /// Names it, so that making the same twice makes one.
    pub(super) fn id(&self) -> PasskeyId {
        let id = derive(&*self.0, "sealpost passkey id v1");
        PasskeyId(id.first_chunk().copied().unwrap_or_default())
    }

    /// Wraps the backup key.
    pub(super) fn wrapping_key(&self) -> Key {
        derive(&*self.0, "sealpost passkey wrapping v1")
    }

    /// Shows the server that the person has the passkey, without showing it what it gives.
    fn token(&self) -> Key {
        derive(&*self.0, "sealpost passkey token v1")
    }

    /// Signs in.
    pub(super) fn request(&self) -> PasskeySignIn {
        PasskeySignIn { token: self.token().as_slice().into() }
    }

    /// What the server keeps of [`Self::token`].
    fn token_hash(&self) -> [u8; 32] {
        Sha256::digest(*self.token()).into()
    }
}

/// A change of the account's passkeys.
pub(crate) enum PasskeyChange {
    Add { passkey: Passkey, credential: Vec<u8> },
    Remove(PasskeyId),
}

impl PasskeyChange {
    /// Adds one; nothing if it cannot be one.
    pub(super) fn add(secret: Bytes, credential: Bytes) -> Option<Self> {
        let passkey = Passkey::read(secret)?;
        let credential = Some(credential.0).filter(|id| !id.is_empty() && id.len() <= CREDENTIAL_MAX)?;
        Some(Self::Add { passkey, credential })
    }
}

/// A sign-in on its way.
pub(crate) struct Entering {
    command: CommandId,
    passkey: Passkey,
}

pub(super) fn no_passkey() -> Failure {
    Failure::new("invalid-request", "a passkey gives 32 bytes")
}

/// What views show of the passkeys.
pub(super) fn shown(store: Store<'_>, memory: &Memory) -> store::Result<snapshot::Passkeys> {
    let Some(known) = &memory.passkeys else { return Ok(none()) };
    let mut passkeys = Vec::new();
    for one in known {
        let record = store.vault_get(&passkey_record(one.passkey))?.and_then(|value| Record::decode(&value));
        let record = record.unwrap_or_default();
        passkeys.push(snapshot::OwnPasskey {
            passkey: one.passkey,
            name: record.text("name").unwrap_or_default().to_owned(),
            added: one.created,
            credential: record.bytes("credential").map(Into::into),
        });
    }
    let may_add = passkeys.len() < PASSKEYS_MAX;
    Ok(snapshot::Passkeys { passkeys: Some(passkeys), may_add })
}

/// Nothing, as long as nobody has asked.
pub(super) fn none() -> snapshot::Passkeys {
    snapshot::Passkeys { passkeys: None, may_add: false }
}

impl Turn<'_> {
    pub(super) fn sign_in_with_passkey(&mut self, command: CommandId, secret: Bytes) -> CommandResult {
        let Some(passkey) = Passkey::read(secret) else { return Some(Err(no_passkey())) };
        let request = passkey.request();
        self.ask_http(request, Purpose::EnterByPasskey(Box::new(Entering { command, passkey })), None);
        None
    }

    pub(super) fn entered_by_passkey(&mut self, flow: &Entering, answer: Answered<SignedIn>) -> Result<()> {
        let opened = answer.map_err(Failure::from).and_then(|signed_in| {
            let (account, key) = (signed_in.me.profile.account, flow.passkey.wrapping_key());
            let keys = AccountKeys::open(&signed_in.backup, account, BY_PASSKEY, &key);
            Ok((keys.ok_or_else(broken_backup)?, signed_in))
        });
        match opened {
            Ok((keys, signed_in)) => {
                let session = self.new_device(&signed_in.me, signed_in.session_token, keys)?;
                self.finish_entry(flow.command, session)
            }
            Err(failure) => {
                self.finish(flow.command, Err(failure));
                Ok(())
            }
        }
    }

    /// The backup is open: seals it anew with one more way to open it, or one less.
    pub(super) fn change_passkeys(
        &mut self,
        mut flow: Changing,
        export_key: &Key,
        change: PasskeyChange,
    ) -> Result<()> {
        if flow.keys.recovery_key.is_none() {
            return self.end_change(flow.command, flow.token, Err(needs_new_code()));
        }
        let known = &mut flow.keys.passkeys;
        let (mut passkey_added, mut passkey_removed) = (None, None);
        match &change {
            PasskeyChange::Add { passkey, .. } => {
                let id = passkey.id();
                if known.iter().any(|(known, _)| *known == id) {
                    // An earlier attempt, whose answer was lost.
                    return self.passkeys_changed(flow.command, flow.token, change);
                }
                if known.len() >= PASSKEYS_MAX {
                    let failure = Failure::new("too-many-passkeys", "the account has as many passkeys as it may");
                    return self.end_change(flow.command, flow.token, Err(failure));
                }
                known.push((id, passkey.wrapping_key()));
                passkey_added = Some(NewPasskey { passkey: id, token_hash: passkey.token_hash().into() });
            }
            PasskeyChange::Remove(id) => {
                known.retain(|(known, _)| known != id);
                passkey_removed = Some(*id);
            }
        }
        let backup = flow.keys.rewrap(flow.account, flow.version, export_key, self.rng);
        flow.of = Of::Passkeys(change);
        self.write_backup(flow, BackupWrite { passkey_added, passkey_removed, ..BackupWrite::from(backup) })
    }

    /// The server has the change: other own devices learn of the passkey's name.
    pub(super) fn passkeys_changed(&mut self, command: CommandId, token: Bytes, change: PasskeyChange) -> Result<()> {
        let (passkey, name, credential) = match change {
            PasskeyChange::Add { passkey, credential } => {
                (passkey.id(), Some(self.config.platform.clone()), Some(credential))
            }
            PasskeyChange::Remove(passkey) => (passkey, None, None),
        };
        self.change_record(&passkey_record(passkey), |record| {
            record.set("name", name);
            record.set("credential", credential);
        })?;
        self.memory.due.passkeys = true;
        self.end_change(command, token, Ok(Answer::Done))
    }

    /// Asks the server which passkeys there are.
    pub(super) fn read_passkeys(&mut self) -> Outcome {
        self.memory.due.passkeys = true;
        Ok(Answer::Done)
    }

    pub(super) fn pump_passkeys(&mut self) {
        if self.memory.due.passkeys && self.is_free(Task::Passkeys) {
            self.ask(PasskeysRead {}, Purpose::Passkeys);
        }
    }

    pub(super) fn passkeys_read(&mut self, answer: Answered<Passkeys>) {
        match answer {
            Ok(Passkeys { passkeys }) => {
                self.memory.due.passkeys = false;
                self.memory.passkeys = Some(passkeys);
                self.changed.insert(SnapshotKey::Passkeys);
            }
            Err(failure) => self.hold(Task::Passkeys, Some(&failure)),
        }
    }

    /// Another own device told of a passkey.
    pub(super) fn passkey_agreed(&mut self) {
        self.memory.due.passkeys |= self.memory.passkeys.is_some();
        self.changed.insert(SnapshotKey::Passkeys);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_derived_of_a_passkey_differs_and_stays() {
        let passkey = Passkey::read(vec![7; 32].into()).unwrap();
        let (key, token) = (passkey.wrapping_key(), passkey.token());
        assert_ne!(key, token);
        assert_ne!(passkey.token_hash(), *token);
        // As versions that were released derived it: else their passkeys open nothing.
        assert_eq!(passkey.id().to_string(), "9WjQHA93EF7JvX3WW1bJIQ");
        assert_eq!(passkey.request().token.to_base64url(), "PqLT-a039LVSo0chVfMvjUHzopqYQG5QQ-KKcApMiEU");
        assert_eq!(Bytes::from(*key).to_base64url(), "ykjPo3caLElAXJPaOggY90QDz1scGEYtnI27h_8wf7s");
        for len in [0, 31, 33] {
            assert!(Passkey::read(vec![7; len].into()).is_none());
        }
    }
}
