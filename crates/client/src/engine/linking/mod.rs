//! Linking: a new device shows a code, and one that is signed in scans or types it. Both show the same digits; when the
//! person approves, the account's keys go from one to the other. All of it is held in memory: who restarts begins anew.

mod code;
mod messages;
mod new_device;
mod old_device;

use sealpost_protocol::{
    Bytes, ProblemKind,
    account::Done,
    linking::{LinkingMessages, LinkingRead, LinkingRefuse},
};

#[cfg(feature = "fuzzing")]
pub(crate) use self::messages::{LinkAnswer, LinkApproval, LinkReveal};

pub(crate) use self::code::SeenCode;
use self::{new_device::NewDevice, old_device::OldDevice};
use super::{
    CommandId, RequestFailure, Result, TimerId, conversations,
    purpose::{Purpose, Task},
    requests::{Answered, Outcome, is_temporary, typed},
    turn::Turn,
};
use crate::{
    command::Answer,
    snapshot::{self, LinkingFailure, SnapshotKey},
};

/// How often it is looked whether the other device has said something, in milliseconds.
const LOOK_EVERY: u64 = 1_000;

/// What this device takes part in.
#[derive(Default)]
pub(crate) enum Linking {
    #[default]
    None,
    /// This is the new device.
    New(Box<NewDevice>),
    /// This is the other one.
    Old(Box<OldDevice>),
    /// It is done: the new device sets itself up.
    Approved,
    Failed(LinkingFailure),
}

/// What a request is for.
pub(crate) enum LinkingPurpose {
    /// With what was offered: another one may have taken its place.
    Offer([u8; 32]),
    Look,
    Reveal,
    Finish,
    Join(CommandId, SeenCode),
    Answer(CommandId),
    Approve(CommandId),
    /// The other device learns that it is over: nobody waits for the answer.
    Over,
}

impl Linking {
    /// What views show of it.
    pub(super) fn shown(&self) -> snapshot::Linking {
        match self {
            Self::None => snapshot::Linking::None,
            Self::New(device) => device.shown(),
            Self::Old(device) => device.shown(),
            Self::Approved => snapshot::Linking::Approved,
            Self::Failed(reason) => snapshot::Linking::Failed { reason: *reason },
        }
    }

    /// The key to where the two meet, if there is one.
    fn key(&self) -> Option<&Bytes> {
        match self {
            Self::New(device) => device.key(),
            Self::Old(device) => Some(device.key()),
            Self::None | Self::Approved | Self::Failed(_) => None,
        }
    }
}

impl Turn<'_> {
    fn set_linking(&mut self, linking: Linking) {
        self.memory.linking = linking;
        self.changed.insert(SnapshotKey::Linking);
    }

    /// Ends it, and tells the other device.
    fn fail_linking(&mut self, reason: LinkingFailure) {
        self.refuse_linking();
        self.set_linking(Linking::Failed(reason));
    }

    fn refuse_linking(&mut self) {
        if let Some(key) = self.memory.linking.key().cloned() {
            self.ask_http(LinkingRefuse { key }, Purpose::Linking(LinkingPurpose::Over), None);
        }
    }

    /// The person has enough of it.
    pub(super) fn stop_linking(&mut self) -> Result<conversations::Outcome> {
        self.refuse_linking();
        self.set_linking(Linking::None);
        Ok(Ok(Answer::Done))
    }

    fn look_soon(&mut self) {
        self.set_timer(TimerId::Linking, self.now + LOOK_EVERY);
    }

    /// The timer fired: what comes next is asked.
    pub(super) fn linking_due(&mut self) -> Result<()> {
        if !self.is_free(Task::Linking) {
            self.look_soon();
            return Ok(());
        }
        if matches!(self.memory.linking, Linking::New(_)) && self.new_device_goes_on()? {
            return Ok(());
        }
        if let Some(key) = self.memory.linking.key().cloned() {
            self.ask_http(LinkingRead { key }, Purpose::Linking(LinkingPurpose::Look), None);
        }
        Ok(())
    }

    pub(super) fn linking_answered(&mut self, purpose: LinkingPurpose, outcome: Outcome) -> Result<()> {
        match purpose {
            LinkingPurpose::Offer(offer) => self.link_offered(offer, typed(outcome)),
            LinkingPurpose::Look => self.linking_seen(typed(outcome)),
            LinkingPurpose::Reveal => self.link_revealed(typed(outcome)),
            LinkingPurpose::Finish => self.link_finished(typed(outcome)),
            LinkingPurpose::Join(command, code) => self.link_joined(command, &code, typed(outcome)),
            LinkingPurpose::Answer(command) => self.link_answered(command, typed(outcome)),
            LinkingPurpose::Approve(command) => self.link_approved(command, typed(outcome)),
            LinkingPurpose::Over => Ok(()),
        }
    }

    fn linking_seen(&mut self, answer: Answered<LinkingMessages>) -> Result<()> {
        match answer {
            Ok(messages) if messages.refused => self.set_linking(Linking::Failed(LinkingFailure::Refused)),
            Ok(messages) => match &self.memory.linking {
                Linking::New(_) => self.new_device_sees(messages)?,
                Linking::Old(_) => self.old_device_sees(messages)?,
                Linking::None | Linking::Approved | Linking::Failed(_) => return Ok(()),
            },
            Err(failure) if is_over(&failure) => self.linking_expired()?,
            // Perhaps there is no network just now.
            Err(_) => {}
        }
        self.look_soon();
        Ok(())
    }

    fn linking_expired(&mut self) -> Result<()> {
        match &self.memory.linking {
            Linking::New(_) => self.offer_anew(),
            Linking::Old(_) => {
                self.set_linking(Linking::Failed(LinkingFailure::Expired));
                Ok(())
            }
            Linking::None | Linking::Approved | Linking::Failed(_) => Ok(()),
        }
    }

    /// A message was said, or it is over.
    fn is_said(&mut self, answer: Answered<Done>) -> bool {
        match answer {
            Ok(_) => true,
            Err(failure) => {
                // It is said again where that may help.
                if !is_temporary(&failure) {
                    self.fail_linking(LinkingFailure::Expired);
                }
                false
            }
        }
    }
}

/// Whether the server knows nothing of it any more.
fn is_over(failure: &RequestFailure) -> bool {
    matches!(failure, RequestFailure::Problem(problem) if problem.kind() == ProblemKind::NotFound)
}
