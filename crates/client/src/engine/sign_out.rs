//! Signing out: by the person, which takes this device off its account's list and erases it, or by the server, which keeps
//! it for the same person.

use sealpost_mls::identity::{IdentityError, ListKey, ListKeyCertificate};
use sealpost_protocol::{
    account::{Done, SignOut},
    device::{DeviceListWrite, DeviceLists, DeviceListsRead},
};

use super::{
    CommandId, Effect, Result,
    connection::Link,
    lists::read_chain,
    purpose::Purpose,
    requests::Answered,
    sign_up::CommandResult,
    turn::{Memory, Turn},
};
use crate::{
    command::{Answer, Failure},
    snapshot::SnapshotKey,
    store::Session,
};

impl Turn<'_> {
    /// Off the list first, so that nobody encrypts to this device any more. Where all are signed out the others may come
    /// back, and are listed still.
    pub(super) fn sign_out(&mut self, command: CommandId, everywhere: bool) -> Result<CommandResult> {
        match self.session()?.filter(|session| !everywhere && session.credential.is_some()) {
            Some(session) => {
                self.memory.signing_out = Some(command);
                let request = DeviceListsRead { account: session.account, after_version: 0 };
                self.ask_http(request, Purpose::ListToLeave(command), Some(session.token.clone().into()));
            }
            None => self.tell_sign_out(command, everywhere)?,
        }
        Ok(None)
    }

    fn tell_sign_out(&mut self, command: CommandId, everywhere: bool) -> Result<()> {
        let token = self.session()?.map(|session| session.token.into());
        self.ask_http(SignOut { everywhere }, Purpose::SignOut { command, everywhere }, token);
        Ok(())
    }

    pub(super) fn leave_list(&mut self, command: CommandId, answer: Answered<DeviceLists>) -> Result<()> {
        let next =
            self.session()?.zip(answer.ok()).and_then(|(session, lists)| without(&session, &lists).ok().flatten());
        let Some(list) = next else { return self.tell_sign_out(command, false) };
        let token = self.session()?.map(|session| session.token.into());
        self.ask_http(DeviceListWrite { list: list.into(), device: None }, Purpose::LeaveList(command), token);
        Ok(())
    }

    /// If it is off the list its session is over by that; if not, because another device was faster, it is told.
    pub(super) fn list_left(&mut self, command: CommandId, answer: Answered<Done>) -> Result<()> {
        match answer {
            Ok(done) => self.signed_out(command, false, Ok(done)),
            Err(_) => self.tell_sign_out(command, false),
        }
    }

    /// The session is over here even if the server cannot be told; ending all others needs the server.
    pub(super) fn signed_out(&mut self, command: CommandId, everywhere: bool, answer: Answered<Done>) -> Result<()> {
        if let Err(failure) = answer
            && everywhere
        {
            self.finish(command, Err(failure.into()));
            return Ok(());
        }
        self.finish(command, Ok(Answer::Done));
        self.store.erase()?;
        self.forget()?;
        self.effects.push(Effect::Erased);
        Ok(())
    }

    /// The server ended the session, or removed the device.
    pub(super) fn session_ended(&mut self) -> Result<()> {
        if let Some(command) = self.memory.signing_out.take() {
            // That is what this device asked for; the connection tells of it before the answer comes.
            return self.signed_out(command, false, Ok(Done {}));
        }
        if self.session()?.is_some() {
            self.store.end_session()?;
            self.forget()?;
        }
        Ok(())
    }

    /// Ends everything that is under way.
    fn forget(&mut self) -> Result<()> {
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

/// The account's next list without this device. Nothing if it is not on it, or the only one there: by its leaves the account
/// stays in its conversations, until it signs in again somewhere.
fn without(session: &Session, lists: &DeviceLists) -> std::result::Result<Option<Vec<u8>>, IdentityError> {
    let (chain, certificates) = read_chain(&session.root_public_key, lists)?;
    let own = ListKeyCertificate::from_bytes(&session.list_key_certificate)?;
    let newest = chain.newest();
    if newest.account != session.account || newest.generation != own.generation || !certificates.contains(&own) {
        return Err(IdentityError::Mismatch);
    }
    let leaves = newest.entry(&session.device).is_some() && newest.devices.len() > 1;
    let list_key = ListKey::from_secret(&session.list_key);
    Ok(leaves.then(|| newest.next(&list_key, &own, None, &[session.device]).to_bytes()))
}
