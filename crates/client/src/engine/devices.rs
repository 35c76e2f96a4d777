//! This device on its account's list, and its key packages on the server.

use sealpost_mls::{
    delete_key_package, generate_key_package,
    identity::{Credential, DeviceCertificate, DeviceKey, IdentityError, ListKey, ListKeyCertificate},
    key_package_ref,
};
use sealpost_protocol::{
    Bytes, DeviceId,
    account::Done,
    device::{
        DeviceListWrite, DeviceLists, DeviceListsRead, KeyPackagesCount, KeyPackagesLeft, KeyPackagesWrite, NewDevice,
    },
};

use super::{
    Result,
    lists::read_chain,
    purpose::{Purpose, Task},
    requests::Answered,
    turn::Turn,
};
use crate::store::Session;

/// Most key packages in one request.
const KEY_PACKAGES_AT_ONCE: u32 = 100;
/// The last-resort package is replaced this often, in milliseconds: 30 days.
const LAST_RESORT_EVERY: u64 = 30 * 24 * 60 * 60 * 1000;
/// The keys of one that was replaced are kept for so long, in milliseconds, for those who add by it late: 365 days.
const LAST_RESORT_KEPT: u64 = 365 * 24 * 60 * 60 * 1000;

impl Turn<'_> {
    /// Puts this device on its account's list, before anything else. Over HTTP: the socket is for devices.
    pub(super) fn publish(&mut self, session: &Session) -> Result<()> {
        if self.is_free(Task::Publish) {
            let request = DeviceListsRead { account: session.account, after_version: 0 };
            self.ask_http(request, Purpose::DeviceLists, Some(session.token.clone().into()));
        }
        Ok(())
    }

    pub(super) fn device_lists(&mut self, answer: Answered<DeviceLists>) -> Result<()> {
        let Some(session) = self.session()? else { return Ok(()) };
        let lists = match answer {
            Ok(lists) => lists,
            Err(failure) => {
                self.hold(Task::Publish, Some(&failure));
                return Ok(());
            }
        };
        let newest = read_chain(&session.root_public_key, &lists).map(|(chain, _)| chain.newest().generation);
        if newest.is_ok_and(|generation| generation > session.generation) {
            // A device was revoked since this one got its keys: it takes the password now.
            return self.session_ended();
        }
        match admit(&session, self.store.former_device()?, &lists) {
            Ok(Admission::Listed(credential)) => self.admitted(&session, credential),
            Ok(Admission::Next { list, certificate, credential }) => {
                let device = NewDevice { device: session.device, certificate: certificate.into() };
                let request = DeviceListWrite { list: list.into(), device: Some(device) };
                let token = Some(session.token.clone().into());
                self.ask_http(request, Purpose::DeviceListWrite { credential }, token);
                Ok(())
            }
            Err(error) => {
                // A list that does not verify is the server's doing: nothing is signed on top of it.
                tracing::error!(error = %error, "the account's device list does not verify");
                self.hold(Task::Publish, None);
                Ok(())
            }
        }
    }

    pub(super) fn published(&mut self, credential: Vec<u8>, answer: Answered<Done>) -> Result<()> {
        let Some(session) = self.session()? else { return Ok(()) };
        match answer {
            Ok(_) => self.admitted(&session, credential),
            Err(failure) => {
                // Another device was faster, or nobody knows: the list will say.
                self.hold(Task::Publish, Some(&failure));
                Ok(())
            }
        }
    }

    fn admitted(&mut self, session: &Session, credential: Vec<u8>) -> Result<()> {
        self.memory.identity = None;
        Ok(self.store.set_session(&Session { credential: Some(credential), ..session.clone() })?)
    }

    pub(super) fn pump_key_packages(&mut self, session: &Session) -> Result<()> {
        if !self.is_free(Task::KeyPackages) {
            return Ok(());
        }
        let Some(left) = self.memory.key_packages_left else {
            self.ask(KeyPackagesCount {}, Purpose::KeyPackagesCount);
            return Ok(());
        };
        let last_resort = self.now >= session.last_resort_made.saturating_add(LAST_RESORT_EVERY);
        if left >= self.config.key_package_refill && !last_resort {
            return Ok(());
        }
        let missing = self.config.key_packages.saturating_sub(left).min(KEY_PACKAGES_AT_ONCE);
        let (suite, now) = (self.config.suite, self.server_seconds());
        let request = self.with_context(|context| {
            let one = |last: bool| generate_key_package(context, suite, now, last).map(Bytes);
            let key_packages = (0..missing).map(|_| one(false)).collect::<std::result::Result<_, _>>()?;
            let last_resort = last_resort.then(|| one(true)).transpose()?;
            Ok::<_, sealpost_mls::KeyPackageError>(KeyPackagesWrite { key_packages, last_resort })
        })??;
        let reference = request.last_resort.as_deref().map(key_package_ref).transpose()?;
        if let Some(reference) = &reference {
            self.store.add_last_resort(reference)?;
        }
        self.ask(request, Purpose::KeyPackagesWrite { last_resort: reference });
        Ok(())
    }

    pub(super) fn key_packages_left(&mut self, answer: Answered<KeyPackagesLeft>) -> Result<()> {
        match answer {
            Ok(count) => self.memory.key_packages_left = Some(count.left),
            Err(failure) => self.hold(Task::KeyPackages, Some(&failure)),
        }
        Ok(())
    }

    pub(super) fn key_packages_written(
        &mut self,
        last_resort: Option<Vec<u8>>,
        answer: Answered<KeyPackagesLeft>,
    ) -> Result<()> {
        if answer.is_ok()
            && let Some(reference) = last_resort
            && let Some(session) = self.session()?
        {
            self.store.set_session(&Session { last_resort_made: self.now, ..session })?;
            self.store.replace_last_resorts(&reference, self.now)?;
            for old in self.store.take_last_resorts(self.now.saturating_sub(LAST_RESORT_KEPT))? {
                delete_key_package(&self.store, &old)?;
            }
        }
        // Not known how many arrived, if the answer did not.
        self.memory.key_packages_left = None;
        match answer {
            // A server that keeps fewer than it is given must not be asked without end.
            Ok(count) => self.memory.key_packages_left = Some(count.left.max(self.config.key_package_refill)),
            Err(failure) => self.hold(Task::KeyPackages, Some(&failure)),
        }
        Ok(())
    }
}

/// Where this device stands on the list.
enum Admission {
    /// It is on it.
    Listed(Vec<u8>),
    /// The list that puts it there.
    Next { list: Vec<u8>, certificate: Vec<u8>, credential: Vec<u8> },
}

/// What this device was before it signed in anew leaves the list when it comes.
fn admit(
    session: &Session,
    former: Option<DeviceId>,
    lists: &DeviceLists,
) -> std::result::Result<Admission, IdentityError> {
    let (chain, certificates) = read_chain(&session.root_public_key, lists)?;
    let own = ListKeyCertificate::from_bytes(&session.list_key_certificate)?;
    if chain.newest().account != session.account || !certificates.contains(&own) {
        return Err(IdentityError::Mismatch);
    }
    let list_key = ListKey::from_secret(&session.list_key);
    let device_key = DeviceKey::from_secret(&session.device_key);
    let certify = |version| DeviceCertificate::sign(&list_key, &own, session.device, &device_key, version);
    let credential = |certificate| Credential::new(session.root_public_key, own.clone(), certificate).to_bytes();
    if let Some(entry) = chain.newest().entry(&session.device) {
        return Ok(Admission::Listed(credential(certify(entry.admitted))));
    }
    let next = chain.newest().next(&list_key, &own, Some((session.device, device_key.public_key())), former.as_slice());
    let certificate = certify(next.version);
    Ok(Admission::Next {
        list: next.to_bytes(),
        certificate: certificate.to_bytes(),
        credential: credential(certificate),
    })
}
