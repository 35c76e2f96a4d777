//! The new device: shows a code, sees who comes, and takes the account over when that is approved.

use sealpost_mls::HandoverKey;
use sealpost_protocol::{
    Bytes, Timestamp,
    account::{Done, SignedIn},
    linking::{LinkingFinish, LinkingMessages, LinkingOffer, LinkingOffered, LinkingWrite, OFFER_LASTS},
};

use super::{
    Linking, LinkingPurpose,
    code::ShownCode,
    is_over,
    messages::{LinkAnswer, LinkApproval, LinkReveal, SUITE, Transcript},
};
use crate::{
    command::{Answer, Failure},
    engine::{
        Result, conversations,
        keys::{Key, SharedKeys},
        purpose::Purpose,
        requests::Answered,
        turn::Turn,
    },
    snapshot::{self, LinkingFailure},
};

/// So many codes are shown one after the other, each for a minute, before the person has to ask for another one.
const OFFERS_MAX: u32 = 10;

/// A new device that wants to be linked.
pub(crate) struct NewDevice {
    handover: HandoverKey,
    reveal: LinkReveal,
    code: ShownCode,
    /// From the server's answer on, and until when, by this device's clock.
    offered: Option<(Bytes, Timestamp)>,
    /// Which one it is.
    number: u32,
    /// From the answer of who came on.
    met: Option<Met>,
    /// What the approval brought.
    keys: Option<SharedKeys>,
}

/// Someone has come who has seen the code.
struct Met {
    answer: LinkAnswer,
    code_key: Key,
    transcript: Transcript,
    revealed: bool,
}

impl NewDevice {
    pub(super) fn key(&self) -> Option<&Bytes> {
        self.offered.as_ref().map(|(key, _)| key)
    }

    pub(super) fn shown(&self) -> snapshot::Linking {
        match (&self.met, &self.offered) {
            (Some(_), _) if self.keys.is_some() => snapshot::Linking::Approved,
            (Some(met), _) => {
                let digits = met.transcript.digits();
                snapshot::Linking::Compare { digits, device: None, may_approve: false }
            }
            (None, Some(_)) => snapshot::Linking::Waiting { code: self.code.text(), qr: self.code.qr() },
            (None, None) => snapshot::Linking::Starting,
        }
    }
}

impl Turn<'_> {
    pub(in crate::engine) fn start_linking(&mut self) -> Result<conversations::Outcome> {
        if matches!(self.memory.linking, Linking::New(_)) {
            return Ok(Ok(Answer::Done));
        }
        Ok(match self.offer(1) {
            Some(()) => Ok(Answer::Done),
            None => Err(Failure::new("internal", "no key could be made")),
        })
    }

    fn offer(&mut self, number: u32) -> Option<()> {
        let handover = HandoverKey::generate(SUITE, self.rng).ok()?;
        let (public_key, nonce) = (handover.public_key().to_vec(), self.random());
        let reveal = LinkReveal { public_key, nonce, platform: self.config.platform.clone() };
        let offer = reveal.offer();
        let code = ShownCode::new(offer, self.rng);
        let device = NewDevice { handover, reveal, code, offered: None, number, met: None, keys: None };
        self.set_linking(Linking::New(Box::new(device)));
        let purpose = Purpose::Linking(LinkingPurpose::Offer(offer));
        self.ask_http(LinkingOffer { offer: offer.into() }, purpose, None);
        Some(())
    }

    /// The code is no longer good: another one takes its place, unless nobody seems to look at it any more.
    pub(super) fn offer_anew(&mut self) -> Result<()> {
        let Linking::New(device) = &self.memory.linking else { return Ok(()) };
        let number = device.number + 1;
        if device.met.is_some() || number > OFFERS_MAX || self.offer(number).is_none() {
            self.fail_linking(LinkingFailure::Expired);
        }
        Ok(())
    }

    pub(super) fn link_offered(&mut self, offer: [u8; 32], answer: Answered<LinkingOffered>) -> Result<()> {
        let until = self.now + OFFER_LASTS;
        let Linking::New(device) = &mut self.memory.linking else { return Ok(()) };
        match answer {
            _ if device.reveal.offer() != offer => {}
            Ok(offered) => {
                device.code.set_number(offered.number);
                device.offered = Some((offered.key, until));
                self.changed.insert(snapshot::SnapshotKey::Linking);
                self.look_soon();
            }
            Err(_) => self.set_linking(Linking::Failed(LinkingFailure::Offline)),
        }
        Ok(())
    }

    /// Does what is due beside looking. Gives whether something was.
    pub(super) fn new_device_goes_on(&mut self) -> Result<bool> {
        let now = self.now;
        let Linking::New(device) = &self.memory.linking else { return Ok(false) };
        let Some((key, until)) = device.offered.clone() else { return Ok(true) };
        match &device.met {
            Some(_) if device.keys.is_some() => {
                self.ask_http(LinkingFinish { key }, Purpose::Linking(LinkingPurpose::Finish), None);
            }
            Some(met) if !met.revealed => {
                let message = device.reveal.encode().into();
                let request = LinkingWrite { key, message };
                self.ask_http(request, Purpose::Linking(LinkingPurpose::Reveal), None);
            }
            Some(_) => return Ok(false),
            None if now >= until => self.offer_anew()?,
            None => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn new_device_sees(&mut self, messages: LinkingMessages) -> Result<()> {
        let Linking::New(device) = &mut self.memory.linking else { return Ok(()) };
        match (&device.met, messages.answer, messages.approval) {
            (None, Some(answer), _) => {
                let offer = device.reveal.offer();
                let seen = LinkAnswer::decode(&answer)
                    .filter(|answer| answer.credential.verify(&answer.credential.certificate.signature_key).is_ok());
                let met = seen.and_then(|answer| {
                    let code_key = device.code.keys().into_iter().find(|key| answer.has_seen(key, &offer))?;
                    let transcript = Transcript::new(&offer, &answer, &device.reveal);
                    Some(Met { answer, code_key, transcript, revealed: false })
                });
                match met {
                    Some(met) => {
                        device.met = Some(met);
                        self.changed.insert(snapshot::SnapshotKey::Linking);
                        self.linking_due()?;
                    }
                    None => self.fail_linking(LinkingFailure::WrongCode),
                }
            }
            (Some(_), _, Some(approval)) if device.keys.is_none() => match open(device, &approval) {
                Some(keys) => {
                    device.keys = Some(keys);
                    self.changed.insert(snapshot::SnapshotKey::Linking);
                    self.linking_due()?;
                }
                None => self.fail_linking(LinkingFailure::Changed),
            },
            _ => {}
        }
        Ok(())
    }

    pub(super) fn link_revealed(&mut self, answer: Answered<Done>) -> Result<()> {
        if self.is_said(answer)
            && let Linking::New(device) = &mut self.memory.linking
            && let Some(met) = &mut device.met
        {
            met.revealed = true;
        }
        self.look_soon();
        Ok(())
    }

    /// The server has a session for this device.
    pub(super) fn link_finished(&mut self, answer: Answered<SignedIn>) -> Result<()> {
        let signed_in = match answer {
            Ok(signed_in) => signed_in,
            Err(failure) => {
                if is_over(&failure) {
                    self.set_linking(Linking::Failed(LinkingFailure::Expired));
                }
                self.look_soon();
                return Ok(());
            }
        };
        let Linking::New(device) = std::mem::take(&mut self.memory.linking) else { return Ok(()) };
        let (Some(met), Some(keys)) = (device.met, device.keys) else { return Ok(()) };
        let (credential, me) = (met.answer.credential, signed_in.me);
        let is_theirs = me.profile.account == credential.account;
        let session = match is_theirs {
            true => self.new_device_with(&me, signed_in.session_token, &credential.root_public_key, keys)?,
            false => None,
        };
        self.set_linking(match session {
            Some(_) => Linking::None,
            None => Linking::Failed(LinkingFailure::Changed),
        });
        Ok(())
    }
}

/// The keys in an approval, if they are of the account that came.
fn open(device: &NewDevice, approval: &[u8]) -> Option<SharedKeys> {
    let met = device.met.as_ref()?;
    let approval = LinkApproval::decode(approval)?;
    let opened = approval.open(&met.transcript, &met.code_key, &met.answer, &device.handover)?;
    let (keys, credential) = (SharedKeys::decode(&opened)?, &met.answer.credential);
    let certificate = keys.certificate(&credential.root_public_key)?;
    (certificate.account == credential.account).then_some(keys)
}
