//! Signing out: by the person, which erases this device, or by the server, which keeps it for the same person.

use sealpost_protocol::account::{Done, SignOut};

use super::{
    CommandId, Effect, Result,
    connection::Link,
    purpose::Purpose,
    requests::Answered,
    sign_up::CommandResult,
    turn::{Memory, Turn},
};
use crate::{
    command::{Answer, Failure},
    snapshot::SnapshotKey,
};

impl Turn<'_> {
    pub(super) fn sign_out(&mut self, command: CommandId, everywhere: bool) -> Result<CommandResult> {
        let token = self.session()?.map(|session| session.token.into());
        self.ask_http(SignOut { everywhere }, Purpose::SignOut { command, everywhere }, token);
        Ok(None)
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
