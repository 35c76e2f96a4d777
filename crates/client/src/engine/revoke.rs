//! Revoking own devices: the account's next list without them, and new keys for the devices that stay. The root key signs
//! that, so it takes the password or the recovery code.
//!
//! It is one request, made of what list, backup, vault and archive are at that moment; if one of them changes meanwhile, it
//! is made anew. This device learns of its own new keys as every other does, so it may die at any step.

use sealpost_mls::{
    Suite, generate_key_package, hand_over_to_key_package,
    identity::{DeviceChain, DeviceEntry, DeviceList, ListKey, ListKeyCertificate, RootKey},
    inspect_key_package, key_package_ref,
};
use sealpost_protocol::{
    Bytes, DeviceId, ProblemKind,
    account::{Backup, BackupRead, Done, VaultRead, VaultRecord, VaultRecords},
    archive::{ArchiveList, ArchiveListed, SegmentInfo},
    device::{
        ClaimedKeyPackage, DeviceLists, DeviceListsRead, DevicesRevoke, DevicesSignOut, Handover, KeyPackagesClaim,
        KeyPackagesClaimed,
    },
};

use super::{
    CommandId, RequestFailure, Result,
    archive::FormerSegments,
    credentials::CredentialsPurpose,
    keys::{Key, OpenedBackup, SharedKeys, random_key},
    lists::verified,
    own_devices::{self, device_record},
    purpose::Purpose,
    requests::{Answered, Outcome, typed},
    sign_in::broken_backup,
    turn::Turn,
    vault::seal_record,
};
use crate::{
    command::{Answer, Failure},
    store::Session,
};

/// No archive has more segments: of what a server lists beyond that nothing is taken.
const SEGMENTS_MAX: usize = 1_000_000;
/// So often it is made anew because something changed meanwhile.
const TRIES_MAX: u32 = 5;

/// A revocation on its way.
pub(crate) struct Revoking {
    pub command: CommandId,
    /// Of a session made for this alone.
    pub token: Bytes,
    pub opened: OpenedBackup,
    /// What opened the backup, and how: it is opened again if it changed.
    pub way: (&'static str, Key),
    pub devices: Vec<DeviceId>,
    /// All that the person was shown: one that comes meanwhile is not to get the new keys unseen.
    pub known: Vec<DeviceId>,
    pub tries: u32,
    pub gathered: Gathered,
}

/// What the request is made of, as far as it was read.
#[derive(Default)]
pub(crate) struct Gathered {
    list: Option<DeviceList>,
    key_packages: Vec<ClaimedKeyPackage>,
    segments: Vec<SegmentInfo>,
    archive_version: u64,
    /// The version of the last segment that was listed.
    last: Option<u64>,
}

/// What a request is for.
pub(crate) enum RevokeStep {
    SignOut,
    Backup,
    List,
    KeyPackages,
    Vault,
    Archive,
    Revoke,
}

impl Turn<'_> {
    /// Signs the devices out first: what they do meanwhile must not hold up that they are revoked.
    pub(super) fn start_revoking(&mut self, mut flow: Revoking) -> Result<()> {
        let Some(session) = self.session()? else { return Ok(()) };
        flow.known = self.store.own_devices()?.into_iter().map(|row| row.device).collect();
        let request = DevicesSignOut { devices: flow.devices.clone() };
        self.ask_to_revoke(request, flow, RevokeStep::SignOut, &session);
        Ok(())
    }

    fn signed_out_to_revoke(&mut self, flow: Revoking, answer: Answered<Done>) -> Result<()> {
        match answer {
            Ok(_) => self.gather_to_revoke(flow),
            Err(failure) => self.stop_revoking(flow, failure),
        }
    }

    fn gather_to_revoke(&mut self, flow: Revoking) -> Result<()> {
        let Some(session) = self.session()? else { return Ok(()) };
        let request = DeviceListsRead { account: session.account, after_version: 0 };
        self.ask_to_revoke(request, flow, RevokeStep::List, &session);
        Ok(())
    }

    fn ask_to_revoke(
        &mut self,
        request: impl Into<sealpost_protocol::Request>,
        flow: Revoking,
        step: RevokeStep,
        session: &Session,
    ) {
        // What is of the account is read by this device; what the root key signed is brought by who showed that they have it.
        let token = match step {
            RevokeStep::SignOut | RevokeStep::Backup | RevokeStep::Revoke => flow.token.clone(),
            _ => session.token.clone().into(),
        };
        let purpose = Purpose::Credentials(CredentialsPurpose::Revoke(Box::new(flow), step));
        self.ask_http(request, purpose, Some(token));
    }

    pub(super) fn revoking_answered(&mut self, flow: Revoking, step: RevokeStep, outcome: Outcome) -> Result<()> {
        match step {
            RevokeStep::SignOut => self.signed_out_to_revoke(flow, typed(outcome)),
            RevokeStep::Backup => self.revoking_with_backup(flow, typed(outcome)),
            RevokeStep::List => self.revoking_from_list(flow, typed(outcome)),
            RevokeStep::KeyPackages => self.revoking_with_key_packages(flow, typed(outcome)),
            RevokeStep::Vault => self.revoking_with_vault(flow, typed(outcome)),
            RevokeStep::Archive => self.revoking_with_archive(flow, typed(outcome)),
            RevokeStep::Revoke => self.revoked(flow, typed(outcome)),
        }
    }

    fn stop_revoking(&mut self, flow: Revoking, failure: impl Into<Failure>) -> Result<()> {
        self.end_change(flow.command, flow.token, Err(failure.into()))
    }

    fn revoking_with_backup(&mut self, mut flow: Revoking, answer: Answered<Backup>) -> Result<()> {
        let (Some(session), backup) = (self.session()?, answer) else { return Ok(()) };
        let backup = match backup {
            Ok(backup) => backup,
            Err(failure) => return self.stop_revoking(flow, failure),
        };
        let (kind, key) = &flow.way;
        match OpenedBackup::open(&backup, session.account, kind, key) {
            Some(opened) => self.gather_to_revoke(Revoking { opened, gathered: Gathered::default(), ..flow }),
            None => {
                flow.gathered = Gathered::default();
                self.stop_revoking(flow, broken_backup())
            }
        }
    }

    fn revoking_from_list(&mut self, mut flow: Revoking, answer: Answered<DeviceLists>) -> Result<()> {
        let Some(session) = self.session()? else { return Ok(()) };
        let lists = match answer {
            Ok(lists) => lists,
            Err(failure) => return self.stop_revoking(flow, failure),
        };
        let known = verified(session.account, &lists).ok().filter(|lists| lists.root == session.root_public_key);
        let Some(chain) = known.map(|known| known.chain).filter(|chain| has(chain, &session)) else {
            return self.stop_revoking(flow, Failure::new("internal", "the account's device list does not verify"));
        };
        let newest = chain.newest();
        if newest.devices.iter().any(|entry| !flow.known.contains(&entry.device)) {
            self.memory.due.own_list = true;
            return self.stop_revoking(flow, devices_changed());
        }
        flow.devices.retain(|device| *device != session.device && newest.entry(device).is_some());
        if flow.devices.is_empty() {
            return self.end_change(flow.command, flow.token, Ok(Answer::Done));
        }
        flow.gathered.list = Some(newest.clone());
        let (claim, suite) = (self.client_id(), self.config.suite.number());
        let request = KeyPackagesClaim { claim, accounts: vec![session.account], suite, conversation: None };
        self.ask_to_revoke(request, flow, RevokeStep::KeyPackages, &session);
        Ok(())
    }

    fn revoking_with_key_packages(&mut self, mut flow: Revoking, answer: Answered<KeyPackagesClaimed>) -> Result<()> {
        let Some(session) = self.session()? else { return Ok(()) };
        match answer {
            Ok(claimed) => flow.gathered.key_packages = claimed.key_packages,
            Err(failure) => return self.stop_revoking(flow, failure),
        }
        let request = VaultRead { after_version: session.vault_version };
        self.ask_to_revoke(request, flow, RevokeStep::Vault, &session);
        Ok(())
    }

    fn revoking_with_vault(&mut self, flow: Revoking, answer: Answered<VaultRecords>) -> Result<()> {
        if let Err(failure) = answer {
            return self.stop_revoking(flow, failure);
        }
        self.vault_read(answer)?;
        let Some(session) = self.session()? else { return Ok(()) };
        self.ask_to_revoke(ArchiveList { after_version: 0 }, flow, RevokeStep::Archive, &session);
        Ok(())
    }

    fn revoking_with_archive(&mut self, mut flow: Revoking, answer: Answered<ArchiveListed>) -> Result<()> {
        let Some(session) = self.session()? else { return Ok(()) };
        let listed = match answer {
            Ok(listed) => listed,
            Err(failure) => return self.stop_revoking(flow, failure),
        };
        let last = listed.segments.last().map(|last| last.version);
        flow.gathered.segments.extend(listed.segments);
        flow.gathered.archive_version = listed.version;
        let goes_on = last > flow.gathered.last && flow.gathered.segments.len() < SEGMENTS_MAX;
        flow.gathered.last = last.max(flow.gathered.last);
        if let Some(after_version) = last.filter(|_| listed.more && goes_on) {
            self.ask_to_revoke(ArchiveList { after_version }, flow, RevokeStep::Archive, &session);
            return Ok(());
        }
        match self.revocation(&session, &flow)? {
            Some(request) => self.ask_to_revoke(request, flow, RevokeStep::Revoke, &session),
            None => return self.stop_revoking(flow, broken_backup()),
        }
        Ok(())
    }

    fn revoked(&mut self, mut flow: Revoking, answer: Answered<Done>) -> Result<()> {
        let Some(session) = self.session()? else { return Ok(()) };
        // Also where the answer was lost: perhaps it is done.
        self.memory.due.own_list = true;
        match answer {
            Ok(_) => {
                self.memory.revoked = true;
                self.end_change(flow.command, flow.token, Ok(Answer::Done))
            }
            Err(RequestFailure::Problem(problem))
                if problem.kind() == ProblemKind::VersionConflict && flow.tries < TRIES_MAX =>
            {
                flow.tries += 1;
                self.ask_to_revoke(BackupRead {}, flow, RevokeStep::Backup, &session);
                Ok(())
            }
            // Another device has revoked some at the same moment, which ended the session that was made for this.
            Err(RequestFailure::Problem(problem)) if problem.kind() == ProblemKind::SignedOut => {
                self.stop_revoking(flow, devices_changed())
            }
            Err(failure) => self.stop_revoking(flow, failure),
        }
    }

    /// The request, of what was gathered.
    fn revocation(&mut self, session: &Session, flow: &Revoking) -> Result<Option<DevicesRevoke>> {
        let Some(list) = &flow.gathered.list else { return Ok(None) };
        let root = RootKey::from_secret(&flow.opened.keys.root);
        if root.public_key() != session.root_public_key {
            return Ok(None);
        }
        let generation = list.generation.max(session.generation) + 1;
        let list_key = ListKey::generate(self.rng);
        let certificate = ListKeyCertificate::sign(&root, session.account, generation, &list_key);
        let next = list.next(&list_key, &certificate, None, &flow.devices);
        let shared = self.next_keys(session, &list_key, &certificate)?;
        let handovers = self.handovers(session, flow, &next, &shared)?;
        let vault = self.vault_anew(session, flow, &shared.vault_key)?;
        Ok(Some(DevicesRevoke {
            list: next.to_bytes().into(),
            list_key_certificate: certificate.to_bytes().into(),
            backup: flow.opened.with_shared(session.account, shared, self.rng),
            vault_version: session.vault_version,
            vault,
            archive_version: flow.gathered.archive_version,
            handovers,
        }))
    }

    fn next_keys(
        &mut self,
        session: &Session,
        list_key: &ListKey,
        certificate: &ListKeyCertificate,
    ) -> Result<SharedKeys> {
        let mut keys = self.shared_keys(session)?;
        keys.former_archive_keys.push((session.generation, session.archive_key.clone()));
        Ok(SharedKeys {
            list_key: list_key.secret(),
            list_key_certificate: certificate.to_bytes(),
            vault_key: random_key(self.rng),
            archive_key: random_key(self.rng),
            ..keys
        })
    }

    /// The keys for each device that stays and has given the server a key package; for this one by a key of its own.
    fn handovers(
        &mut self,
        session: &Session,
        flow: &Revoking,
        next: &DeviceList,
        shared: &SharedKeys,
    ) -> Result<Vec<Handover>> {
        let (suite, now) = (self.config.suite, self.server_seconds());
        let own = self.with_context(|context| generate_key_package(context, suite, now, false))??;
        let mut handovers = Vec::new();
        for entry in &next.devices {
            let claimed = flow.gathered.key_packages.iter().find(|claimed| claimed.device == entry.device);
            let package =
                if entry.device == session.device { Some(&own) } else { claimed.map(|one| &one.key_package.0) };
            let Some(package) = package.filter(|package| is_of(package, session, entry, now)) else {
                tracing::warn!("a device that stays gets no new keys: it has to sign in anew");
                continue;
            };
            let purpose = own_devices::purpose(session.account, next.generation, entry.device);
            let sealed = hand_over_to_key_package(package, &purpose, &shared.encode())?.into();
            let key_package = key_package_ref(package)?.into();
            handovers.push(Handover { device: entry.device, key_package, sealed });
        }
        Ok(handovers)
    }

    /// Everything that the vault has, sealed anew, and which segments of the archive may be sealed with former keys.
    fn vault_anew(&mut self, session: &Session, flow: &Revoking, vault_key: &Key) -> Result<Vec<VaultRecord>> {
        let mut records = self.store.vault_all()?;
        let gone: Vec<String> = flow.devices.iter().map(|device| device_record(*device)).collect();
        records.retain(|(name, _)| !gone.contains(name) && !FormerSegments::is_record(name));
        let known = FormerSegments::read(self.store)?;
        records.extend(known.next(&flow.gathered.segments, session.generation).records());
        Ok(records.iter().map(|(name, value)| seal_record(vault_key, name, value, self.rng)).collect())
    }
}

/// Whether the newest list has this device. It may be of an older generation where the server was set back.
fn has(chain: &DeviceChain, session: &Session) -> bool {
    chain.newest().entry(&session.device).is_some()
}

fn devices_changed() -> Failure {
    Failure::new("devices-changed", "the account's devices have just changed: look at them again")
}

/// Whether a key package is of the device that the list has.
fn is_of(package: &[u8], session: &Session, entry: &DeviceEntry, now: u64) -> bool {
    inspect_key_package(package, now).is_ok_and(|info| {
        let credential = info.credential;
        Suite::ALL.contains(&info.suite)
            && credential.account == session.account
            && credential.root_public_key == session.root_public_key
            && credential.device == entry.device
            && credential.certificate.signature_key == entry.signature_key
    })
}
