//! The device that is signed in: scans or types the code, shows what comes, and hands the account over.

use sealpost_mls::identity::DeviceKey;
use sealpost_protocol::{
    Bytes,
    account::Done,
    linking::{LinkingApprove, LinkingJoin, LinkingJoined, LinkingMessages, LinkingWrite},
};

use super::{
    Linking, LinkingPurpose, SeenCode, is_over,
    messages::{LinkAnswer, LinkApproval, LinkReveal, Transcript},
};
use crate::{
    command::{Answer, Failure},
    engine::{CommandId, Result, keys::Key, purpose::Purpose, requests::Answered, sign_up::CommandResult, turn::Turn},
    snapshot::{self, LinkingFailure},
};

/// A device that links a new one.
pub(crate) struct OldDevice {
    key: Bytes,
    code_key: Key,
    offer: [u8; 32],
    answer: LinkAnswer,
    /// What the new device then revealed.
    revealed: Option<(LinkReveal, Transcript)>,
    /// What the person then approved, to be said again if need be.
    approval: Option<Vec<u8>>,
}

impl OldDevice {
    pub(super) fn key(&self) -> &Bytes {
        &self.key
    }

    pub(super) fn shown(&self) -> snapshot::Linking {
        match &self.revealed {
            Some((reveal, transcript)) => snapshot::Linking::Compare {
                digits: transcript.digits(),
                device: Some(reveal.platform.clone()),
                may_approve: true,
            },
            None => snapshot::Linking::Starting,
        }
    }
}

impl Turn<'_> {
    pub(in crate::engine) fn link_device(&mut self, command: CommandId, code: &str) -> Result<CommandResult> {
        let Some(code) = SeenCode::parse(code) else {
            return Ok(Some(Err(Failure::new("wrong-code", "that is not the code of a new device"))));
        };
        let Some(session) = self.session()?.filter(|session| session.credential.is_some()) else {
            return Ok(Some(Err(Failure::offline())));
        };
        self.refuse_linking();
        self.set_linking(Linking::None);
        let request = LinkingJoin { number: code.number.clone() };
        let purpose = Purpose::Linking(LinkingPurpose::Join(command, code));
        self.ask_http(request, purpose, Some(session.token.into()));
        Ok(None)
    }

    pub(super) fn link_joined(
        &mut self,
        command: CommandId,
        code: &SeenCode,
        answer: Answered<LinkingJoined>,
    ) -> Result<()> {
        let joined = match answer {
            Ok(joined) => joined,
            Err(failure) => {
                self.finish(command, Err(failure.into()));
                return Ok(());
            }
        };
        let nonce = self.random();
        let credential = self.identity()?.credential.clone();
        let offer = <[u8; 32]>::try_from(joined.offer.as_ref()).unwrap_or_default();
        let code_key = code.key();
        let answer = LinkAnswer::new(&code_key, &offer, nonce, credential);
        let message = answer.encode().into();
        let device = OldDevice { key: joined.key.clone(), code_key, offer, answer, revealed: None, approval: None };
        self.set_linking(Linking::Old(Box::new(device)));
        if code.commitment.is_some_and(|seen| seen != offer) {
            // What was scanned is not what the server has: it stands in between.
            self.fail_linking(LinkingFailure::Changed);
            self.finish(command, Ok(Answer::Done));
            return Ok(());
        }
        let request = LinkingWrite { key: joined.key, message };
        self.ask_http(request, Purpose::Linking(LinkingPurpose::Answer(command)), None);
        Ok(())
    }

    pub(super) fn link_answered(&mut self, command: CommandId, answer: Answered<Done>) -> Result<()> {
        match answer {
            Ok(_) => {
                self.look_soon();
                self.finish(command, Ok(Answer::Done));
            }
            Err(failure) => {
                self.set_linking(Linking::None);
                self.finish(command, Err(failure.into()));
            }
        }
        Ok(())
    }

    pub(super) fn old_device_sees(&mut self, messages: LinkingMessages) -> Result<()> {
        if messages.approval.is_some() {
            // The answer to it was lost.
            self.set_linking(Linking::Approved);
            return Ok(());
        }
        let Linking::Old(device) = &mut self.memory.linking else { return Ok(()) };
        let Some(reveal) = messages.reveal.filter(|_| device.revealed.is_none()) else { return Ok(()) };
        let offer = device.offer;
        match LinkReveal::decode(&reveal).filter(|reveal| reveal.offer() == offer) {
            Some(reveal) => {
                let transcript = Transcript::new(&offer, &device.answer, &reveal);
                device.revealed = Some((reveal, transcript));
                self.changed.insert(snapshot::SnapshotKey::Linking);
            }
            None => self.fail_linking(LinkingFailure::Changed),
        }
        Ok(())
    }

    /// The person has compared the digits.
    pub(in crate::engine) fn approve_linking(&mut self, command: CommandId) -> Result<CommandResult> {
        let Some(session) = self.session()? else { return Ok(Some(Err(Failure::offline()))) };
        let keys = self.shared_keys(&session)?;
        let Linking::Old(device) = &self.memory.linking else { return Ok(Some(Err(nothing_to_approve()))) };
        let Some((reveal, transcript)) = &device.revealed else { return Ok(Some(Err(nothing_to_approve()))) };
        let device_key = DeviceKey::from_secret(&session.device_key);
        let seal = || LinkApproval::seal(transcript, &device.code_key, &device_key, reveal, &keys.encode());
        let Some(approval) = device.approval.clone().or_else(|| Some(seal()?.encode())) else {
            self.fail_linking(LinkingFailure::Changed);
            return Ok(Some(Err(nothing_to_approve())));
        };
        let request = LinkingApprove { key: device.key.clone(), message: approval.clone().into() };
        if let Linking::Old(device) = &mut self.memory.linking {
            device.approval = Some(approval);
        }
        let purpose = Purpose::Linking(LinkingPurpose::Approve(command));
        self.ask_http(request, purpose, Some(session.token.into()));
        Ok(None)
    }

    pub(super) fn link_approved(&mut self, command: CommandId, answer: Answered<Done>) -> Result<()> {
        match answer {
            Ok(_) => {
                self.set_linking(Linking::Approved);
                self.finish(command, Ok(Answer::Done));
            }
            Err(failure) => {
                if is_over(&failure) {
                    self.set_linking(Linking::Failed(LinkingFailure::Expired));
                }
                self.finish(command, Err(failure.into()));
            }
        }
        Ok(())
    }
}

fn nothing_to_approve() -> Failure {
    Failure::new("not-allowed", "there is no new device to approve")
}
