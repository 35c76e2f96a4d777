//! The account's own devices: who they are and when they were there, new keys when one of them was revoked, and what this one
//! does when that is itself.

use sealpost_mls::{
    Suite, delete_key_package,
    identity::{Credential, Delisting, DeviceCertificate, DeviceChain, DeviceKey, DeviceList, ListKey},
    take_over,
};
use sealpost_protocol::{
    AccountId, DeviceId, ProblemKind,
    device::{
        DelistingProof, DelistingRead, DeviceLists, DeviceListsRead, Devices, DevicesRead, Handover, HandoverRead,
        HandoverWaiting,
    },
};

use super::{
    Effect, RequestFailure, Result,
    conversations::Outcome,
    gossip::OwnList,
    keys::SharedKeys,
    lists::verified,
    purpose::{Purpose, Task},
    records::Record,
    requests::Answered,
    turn::{Memory, Turn},
};
use crate::{
    command::{Answer, Failure},
    snapshot::{self, SnapshotKey},
    store::{self, Session, Store},
};

/// What the names of records about devices begin with.
pub(super) const RECORDS: &str = "device/";
/// Longest name of a device, in characters.
const NAME_MAX: usize = 64;

/// The record about a device: what it runs on, and what the person calls it.
pub(super) fn device_record(device: DeviceId) -> String {
    format!("{RECORDS}{device}")
}

/// What HPKE binds keys to that are handed over when a device is revoked.
pub(super) fn purpose(account: AccountId, generation: u64, device: DeviceId) -> Vec<u8> {
    [b"revocation v1".as_slice(), account.as_bytes(), &generation.to_be_bytes(), device.as_bytes()].concat()
}

/// What views show of the devices.
pub(super) fn shown(store: Store<'_>, memory: &Memory, session: &Session) -> store::Result<snapshot::Devices> {
    let mut devices = Vec::new();
    for row in store.own_devices()? {
        let record = store.vault_get(&device_record(row.device))?.and_then(|value| Record::decode(&value));
        let text = |field: &str| record.as_ref().and_then(|record| record.text(field)).map(str::to_owned);
        let seen = memory.devices_seen.iter().find(|seen| seen.device == row.device);
        let this = row.device == session.device;
        devices.push(snapshot::OwnDevice {
            device: row.device,
            name: text("name").unwrap_or_default(),
            platform: text("platform").unwrap_or_default(),
            this,
            connected: this || seen.is_some_and(|seen| seen.connected),
            added: seen.and_then(|seen| seen.added),
            last_seen: seen.and_then(|seen| seen.last_seen),
            is_new: row.is_new && !this,
        });
    }
    devices.sort_by_key(|device| !device.this);
    Ok(snapshot::Devices { devices })
}

impl Turn<'_> {
    /// The keys that this device shares with every other of the account.
    pub(super) fn shared_keys(&self, session: &Session) -> Result<SharedKeys> {
        Ok(SharedKeys {
            list_key: session.list_key.clone(),
            list_key_certificate: session.list_key_certificate.clone(),
            vault_key: session.vault_key.clone(),
            archive_key: session.archive_key.clone(),
            former_archive_keys: self.store.former_archive_keys()?,
        })
    }

    /// Tells other own devices what this one runs on.
    pub(super) fn introduce_device(&mut self, device: DeviceId) -> Result<()> {
        let (name, platform) = (device_record(device), self.config.platform.clone());
        if self.record(&name)?.text("platform") != Some(platform.as_str()) {
            self.change_record(&name, |record| record.set("platform", Some(platform)))?;
        }
        Ok(())
    }

    pub(super) fn rename_device(&mut self, device: DeviceId, name: &str) -> Result<Outcome> {
        let name = name.trim();
        if name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
            return Ok(Err(Failure::new("invalid-name", "a name has at most 64 characters")));
        }
        if !self.store.own_devices()?.iter().any(|row| row.device == device) {
            return Ok(Err(Failure::new("not-found", "that is no device of this account")));
        }
        let name = (!name.is_empty()).then(|| name.to_owned());
        self.change_record(&device_record(device), |record| record.set("name", name))?;
        self.changed.insert(SnapshotKey::Devices);
        Ok(Ok(Answer::Done))
    }

    /// The person knows of all devices that are on the list.
    pub(super) fn acknowledge_devices(&mut self) -> Result<Outcome> {
        self.store.acknowledge_devices()?;
        self.changed.insert(SnapshotKey::Devices);
        Ok(Ok(Answer::Done))
    }

    /// Asks when the devices were there.
    pub(super) fn read_devices(&mut self) -> Result<Outcome> {
        self.memory.due.devices = true;
        Ok(Ok(Answer::Done))
    }

    pub(super) fn pump_own_devices(&mut self, session: &Session) -> Result<()> {
        if self.memory.due.own_list && self.is_free(Task::OwnList) {
            let request = DeviceListsRead { account: session.account, after_version: 0 };
            self.ask(request, Purpose::OwnList);
        }
        if self.memory.due.devices && self.is_free(Task::Devices) {
            self.ask(DevicesRead {}, Purpose::Devices);
        }
        Ok(())
    }

    pub(super) fn devices_seen(&mut self, answer: Answered<Devices>) -> Result<()> {
        match answer {
            Ok(Devices { devices }) => {
                self.memory.due.devices = false;
                self.memory.devices_seen = devices;
                self.changed.insert(SnapshotKey::Devices);
            }
            Err(failure) => self.hold(Task::Devices, Some(&failure)),
        }
        Ok(())
    }

    /// The account's list was read: who is on it, and whether a device was revoked.
    pub(super) fn own_list_read(&mut self, answer: Answered<DeviceLists>) -> Result<()> {
        let Some(session) = self.session()? else { return Ok(()) };
        let lists = match answer {
            Ok(lists) => lists,
            Err(failure) => {
                self.hold(Task::OwnList, Some(&failure));
                return Ok(());
            }
        };
        let known = verified(session.account, &lists).ok().filter(|lists| lists.root == session.root_public_key);
        let Some(known) = known else {
            tracing::error!("the account's device list does not verify");
            self.hold(Task::OwnList, None);
            return Ok(());
        };
        if self.is_left_out(&session, &known.chain)? {
            return self.removed_here();
        }
        let newest = known.chain.newest();
        // One of an older generation was made with keys that were replaced.
        if newest.generation < session.generation || !self.take_chain(session.account, &known)? {
            tracing::warn!("the account's device list is older than this device's keys");
            self.hold(Task::OwnList, None);
            // The server was set back, perhaps, and a device that was revoked is there again: the person has to see it.
            return self.list_taken(newest);
        }
        if newest.generation > session.generation {
            self.ask(HandoverRead {}, Purpose::Handover);
            return Ok(());
        }
        self.memory.due.own_list = false;
        self.memory.own_list = known.newest().map(OwnList::from);
        if std::mem::take(&mut self.memory.revoked) {
            self.remove_revoked()?;
        }
        self.list_taken(newest)
    }

    fn list_taken(&mut self, newest: &DeviceList) -> Result<()> {
        if self.store.set_own_devices(newest)? {
            self.memory.due.devices = true;
            self.changed.insert(SnapshotKey::Devices);
        }
        Ok(())
    }

    /// A device was revoked: the account's keys are others from now on.
    pub(super) fn keys_handed_over(&mut self, answer: Answered<HandoverWaiting>) -> Result<()> {
        let Some(session) = self.session()? else { return Ok(()) };
        let waiting = match answer {
            Ok(waiting) => waiting,
            Err(failure) => {
                self.hold(Task::OwnList, Some(&failure));
                return Ok(());
            }
        };
        if waiting.generation <= session.generation {
            // The list says otherwise.
            self.hold(Task::OwnList, None);
            return Ok(());
        }
        let keys = match &waiting.handover {
            Some(handover) => self.open_handover(&session, waiting.generation, handover)?,
            None => None,
        };
        match keys {
            Some(keys) => self.take_keys(&session, waiting.generation, keys, waiting.handover),
            None => {
                // Nobody could hand them over to this device: the person's password opens the account anew.
                tracing::warn!("the account's new keys are not for this device");
                self.session_ended()
            }
        }
    }

    /// The keys that were sealed to a key package of this device, if they are what the root key signed.
    fn open_handover(&self, session: &Session, generation: u64, handover: &Handover) -> Result<Option<SharedKeys>> {
        let purpose = purpose(session.account, generation, session.device);
        for suite in Suite::ALL {
            let opened = take_over(&self.store, suite, &handover.key_package, &purpose, &handover.sealed)?;
            let keys = opened.and_then(|opened| SharedKeys::decode(&opened));
            let certificate = keys.as_ref().and_then(|keys| keys.certificate(&session.root_public_key));
            if certificate.is_some_and(|one| one.account == session.account && one.generation == generation) {
                return Ok(keys);
            }
        }
        Ok(None)
    }

    fn take_keys(
        &mut self,
        session: &Session,
        generation: u64,
        keys: SharedKeys,
        handover: Option<Handover>,
    ) -> Result<()> {
        let credential = certified_anew(session, &keys)?;
        self.store.add_former_archive_keys(&keys.former_archive_keys)?;
        self.store.set_session(&Session {
            list_key: keys.list_key,
            list_key_certificate: keys.list_key_certificate,
            vault_key: keys.vault_key,
            archive_key: keys.archive_key,
            generation,
            credential,
            // Others were made with the certificate of before.
            last_resort_made: 0,
            ..session.clone()
        })?;
        if let Some(handover) = handover.filter(|handover| !handover.key_package.is_empty())
            && !self.store.is_last_resort(&handover.key_package)?
        {
            delete_key_package(&self.store, &handover.key_package)?;
        }
        self.memory.identity = None;
        self.memory.groups.clear();
        for task in [Task::Vault, Task::Archive, Task::ArchiveWrite, Task::OwnList] {
            self.went_well(task);
        }
        self.archive_keys_changed();
        self.memory.due.vault_read = true;
        self.memory.due.vault_write = true;
        self.memory.due.own_list = true;
        // Until its leaves say so, what was signed with the key of before could be shown against them.
        self.heal_everywhere()
    }

    /// The server ended the session of this device. If it is on its account's list no longer, everything here goes.
    pub(super) fn ask_why_ended(&mut self, session: &Session) {
        if self.is_free(Task::WhyEnded) {
            let key = DeviceKey::from_secret(&session.device_key);
            let signature = Delisting::sign_request(session.device, &key).into();
            self.ask_http(DelistingRead { device: session.device, signature }, Purpose::WhyEnded, None);
        }
    }

    pub(super) fn why_ended(&mut self, answer: Answered<DelistingProof>) -> Result<()> {
        let Some(session) = self.store.session()?.filter(|session| session.ended) else { return Ok(()) };
        let chain = match answer {
            Ok(proof) => proof.chain,
            Err(RequestFailure::Problem(problem)) if problem.kind() == ProblemKind::NotFound => None,
            Err(failure) => {
                self.hold(Task::WhyEnded, Some(&failure));
                return Ok(());
            }
        };
        // It may be removed later.
        self.hold_patiently(Task::WhyEnded);
        let Some(lists) = chain else { return Ok(()) };
        let known = verified(session.account, &lists).ok().filter(|lists| lists.root == session.root_public_key);
        match known {
            Some(known) if self.is_left_out(&session, &known.chain)? => self.removed_here(),
            _ => {
                tracing::error!("what the server says of this device's removal does not verify");
                Ok(())
            }
        }
    }

    /// Whether the account had this device and has it no longer. A chain that never had it, lacks what is known of it here, or
    /// ends with keys that were replaced says nothing: the server may have been set back, or work with a thief of such keys.
    fn is_left_out(&self, session: &Session, chain: &DeviceChain) -> Result<bool> {
        let Some(credential) = &session.credential else { return Ok(false) };
        let certificate = Credential::from_bytes(credential)?.certificate;
        let had = chain.admits(&session.device, &certificate.signature_key, certificate.list_version);
        let known = self.store.list_proof(session.account, &session.root_public_key)?;
        let known = known.and_then(|proof| Delisting::from_bytes(&proof).ok()).map(|proof| proof.list().hash());
        let goes_on = known.is_none_or(|known| chain.lists().any(|list| list.hash() == known));
        let newest = chain.newest();
        Ok(had && goes_on && newest.generation >= session.generation && newest.entry(&session.device).is_none())
    }

    /// This device is one of the account's no longer, as the account itself says: nothing of it stays.
    fn removed_here(&mut self) -> Result<()> {
        self.store.erase()?;
        self.store.set_removed()?;
        self.forget()?;
        self.effects.push(Effect::Erased);
        Ok(())
    }
}

/// This device's credential with the certificate of a new list key, if it had one.
fn certified_anew(session: &Session, keys: &SharedKeys) -> Result<Option<Vec<u8>>> {
    let Some(credential) = &session.credential else { return Ok(None) };
    let admitted = Credential::from_bytes(credential)?.certificate.list_version;
    let Some(list_key) = keys.certificate(&session.root_public_key) else { return Ok(Some(credential.clone())) };
    let (key, device_key) = (ListKey::from_secret(&keys.list_key), DeviceKey::from_secret(&session.device_key));
    let certificate = DeviceCertificate::sign(&key, &list_key, session.device, &device_key, admitted);
    Ok(Some(Credential::new(session.root_public_key, list_key, certificate).to_bytes()))
}

/// Nothing, as long as nobody is signed in.
pub(super) fn none() -> snapshot::Devices {
    snapshot::Devices { devices: Vec::new() }
}
