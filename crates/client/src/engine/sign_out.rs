//! Signing out: by the person, which takes this device off its account's list and erases it, or by the server, which keeps
//! it for the same person.

use sealpost_mls::identity::{IdentityError, ListKey, ListKeyCertificate};
use sealpost_protocol::{
    ProblemKind,
    account::{Done, SignOut},
    device::{DeviceListWrite, DeviceLists, DeviceListsRead},
};

use super::{
    CommandId, Effect, RequestFailure, Result,
    connection::Link,
    lists::read_chain,
    purpose::{Purpose, Task},
    requests::Answered,
    sign_up::CommandResult,
    turn::{Memory, Turn},
};
use crate::{
    command::{Answer, Failure},
    snapshot::SnapshotKey,
    store::Session,
};

/// The list is read so often again, if another device changes it meanwhile.
const TRIES_MAX: u32 = 5;

/// A sign-out that is under way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SigningOut {
    /// What asked for it.
    pub command: CommandId,
    /// How often the list was changed meanwhile.
    pub tries: u32,
}

impl Turn<'_> {
    /// Off the list first, so that nobody encrypts any more to this device.
    pub(super) fn sign_out(&mut self, command: CommandId) -> Result<CommandResult> {
        self.memory.signing_out = Some(command);
        self.store.set_signing_out()?;
        let step = SigningOut { command, tries: 0 };
        let is_held = self.memory.held.get(&Task::Vault).is_some_and(|held| held.until > self.now);
        let vault = self.is_connected() && !is_held && !self.store.vault_dirty(1)?.is_empty();
        self.archive_now();
        if vault || self.must_archive() {
            // What only this device knows of conversations, their keys among it, is for the next ones.
            self.memory.signs_out_after_vault = Some(step);
            self.memory.due.vault_write |= vault;
        } else {
            self.begin_signing_out(step)?;
        }
        Ok(None)
    }

    fn begin_signing_out(&mut self, step: SigningOut) -> Result<()> {
        match self.session()?.filter(|session| session.credential.is_some()) {
            Some(session) => self.ask_for_own_list(&session, step),
            None => self.tell_sign_out(step)?,
        }
        Ok(())
    }

    /// The vault was written, or cannot be now: a sign-out that waited for it goes on.
    pub(super) fn sign_out_after_vault(&mut self, written: bool) -> Result<()> {
        if written && !self.store.vault_dirty(1)?.is_empty() {
            return Ok(());
        }
        if self.memory.signs_out_after_vault.is_some() {
            self.memory.due.vault_write = false;
        }
        self.sign_out_after_archive()
    }

    /// The archive was written as well, or cannot be now.
    pub(super) fn sign_out_after_archive(&mut self) -> Result<()> {
        if self.memory.due.vault_write || self.must_archive() {
            return Ok(());
        }
        match self.memory.signs_out_after_vault.take() {
            Some(step) => self.begin_signing_out(step),
            None => Ok(()),
        }
    }

    /// It was closed while it signed out.
    pub(super) fn finish_signing_out(&mut self) -> Result<()> {
        if self.store.is_signing_out()? {
            self.store.erase()?;
            self.effects.push(Effect::Erased);
        }
        Ok(())
    }

    fn ask_for_own_list(&mut self, session: &Session, step: SigningOut) {
        let request = DeviceListsRead { account: session.account, after_version: 0 };
        self.ask_http(request, Purpose::ListToLeave(step), Some(session.token.clone().into()));
    }

    fn tell_sign_out(&mut self, step: SigningOut) -> Result<()> {
        let token = self.session()?.map(|session| session.token.into());
        self.ask_http(SignOut { everywhere: false }, Purpose::SignOut(step), token);
        Ok(())
    }

    pub(super) fn leave_list(&mut self, step: SigningOut, answer: Answered<DeviceLists>) -> Result<()> {
        let Some(session) = self.session()? else { return Ok(()) };
        let next = answer.ok().and_then(|lists| next_list(&session, &lists).ok().flatten());
        let Some(list) = next else { return self.tell_sign_out(step) };
        let token = Some(session.token.clone().into());
        self.ask_http(DeviceListWrite { list: list.into(), device: None }, Purpose::LeaveList(step), token);
        Ok(())
    }

    /// Once this device is off the list its session is over.
    pub(super) fn list_left(&mut self, step: SigningOut, answer: Answered<Done>) -> Result<()> {
        match (answer, self.session()?) {
            (Ok(_), _) => self.signed_out(step),
            (Err(RequestFailure::Problem(problem)), Some(session))
                if problem.kind() == ProblemKind::VersionConflict && step.tries < TRIES_MAX =>
            {
                // Another device changed the list meanwhile.
                self.ask_for_own_list(&session, SigningOut { tries: step.tries + 1, ..step });
                Ok(())
            }
            _ => self.tell_sign_out(step),
        }
    }

    /// The session is over here even if the server cannot be told.
    pub(super) fn signed_out(&mut self, step: SigningOut) -> Result<()> {
        self.memory.signing_out = None;
        self.finish(step.command, Ok(Answer::Done));
        self.store.erase()?;
        self.forget()?;
        self.effects.push(Effect::Erased);
        Ok(())
    }

    /// The server ended the session, or removed the device.
    pub(super) fn session_ended(&mut self) -> Result<()> {
        if let Some(command) = self.memory.signing_out.take() {
            // That is what this device asked for; the connection tells of it before the answer comes.
            return self.signed_out(SigningOut { command, tries: 0 });
        }
        if self.session()?.is_some() {
            self.store.end_session()?;
            self.forget()?;
        }
        Ok(())
    }

    /// Ends everything that is under way.
    pub(super) fn forget(&mut self) -> Result<()> {
        for id in std::mem::take(&mut self.memory.commands) {
            let result = Err(Failure::new("signed-out", "the session has ended"));
            self.effects.push(Effect::Finished { id, result });
        }
        self.disconnect();
        let lost = std::mem::take(self.memory);
        *self.memory = Memory {
            next_request: lost.next_request,
            link: if lost.link == Link::Closing { Link::Closing } else { Link::Idle },
            ..Memory::default()
        };
        self.changed.extend([SnapshotKey::Session, SnapshotKey::Connection, SnapshotKey::Conversations]);
        Ok(())
    }
}

/// The account's next list without this device; nothing if it is not on the list.
fn next_list(session: &Session, lists: &DeviceLists) -> std::result::Result<Option<Vec<u8>>, IdentityError> {
    let (chain, certificates) = read_chain(&session.root_public_key, lists)?;
    let own = ListKeyCertificate::from_bytes(&session.list_key_certificate)?;
    let newest = chain.newest();
    if newest.account != session.account || newest.generation != own.generation || !certificates.contains(&own) {
        return Err(IdentityError::Mismatch);
    }
    let list_key = ListKey::from_secret(&session.list_key);
    let is_listed = newest.entry(&session.device).is_some();
    Ok(is_listed.then(|| newest.next(&list_key, &own, None, &[session.device]).to_bytes()))
}
