//! Invite links, as admins make and end them.
//!
//! A link's secret is in its fragment and in the conversation's state. Keys for its id, its MAC and its preview are derived
//! of it. Who follows a link (follow_link.rs) sends a key package with a MAC under it; join_requests.rs answers.

use sealpost_protocol::{
    AccountId, Bytes, ClientId, ConversationId, DeviceId, ProblemKind, RequestId, Timestamp,
    account::Done,
    conversation::StateRead,
    link::{JoinRequestSettle, LinkWrite},
};

use super::{
    RequestFailure, Result,
    conversations::Outcome,
    keys,
    purpose::{Purpose, Task},
    requests::{Answered, is_temporary},
    state_record::{DESCRIPTION_MAX, InviteLink, LINKS_MAX, NAME_MAX, State, link_id, preview_key, shown},
    turn::Turn,
};
use crate::{
    command::{Answer, Failure},
    store::{Conversation, Intent, OutboxRow, StateChange},
};

const PREVIEW_FORMAT: u8 = 1;

/// What a link shows: `[1, suite, name, description, members, approval]`.
pub(super) type Preview = (u8, u16, String, String, u32, bool);

fn seal_preview(
    link: &InviteLink,
    state: &State,
    suite: u16,
    members: u32,
    rng: &mut dyn sealpost_mls::Randomness,
) -> Vec<u8> {
    let preview: Preview =
        (PREVIEW_FORMAT, suite, state.name.clone(), state.description.clone(), members, link.approval);
    keys::seal(&preview_key(&link.secret), link.id().as_bytes(), &encode_preview(&preview), rng)
}

pub(super) fn open_preview(secret: &[u8; 32], sealed: &[u8]) -> Option<Preview> {
    decode_preview(&keys::open(&preview_key(secret), link_id(secret).as_bytes(), sealed)?)
}

/// What is sealed of a preview.
pub(super) fn encode_preview(preview: &Preview) -> Vec<u8> {
    let mut plaintext = Vec::new();
    let written = ciborium::into_writer(preview, &mut plaintext);
    debug_assert!(written.is_ok());
    plaintext
}

/// Reads what [`encode_preview`] wrote.
pub(super) fn decode_preview(plaintext: &[u8]) -> Option<Preview> {
    let mut preview: Preview = ciborium::from_reader(plaintext).ok()?;
    preview.2 = shown(&preview.2, NAME_MAX);
    preview.3 = shown(&preview.3, DESCRIPTION_MAX);
    (preview.0 == PREVIEW_FORMAT).then_some(preview)
}

/// Shows the admins that who asks has the link.
pub(super) fn request_mac(secret: &[u8; 32], account: AccountId, device: DeviceId, key_package: &[u8]) -> [u8; 32] {
    let key = keys::derive(secret, "sealpost link mac v1");
    keys::mac(&key, &[account.as_bytes().as_slice(), device.as_bytes(), key_package].concat())
}

impl Turn<'_> {
    /// The server's time in milliseconds.
    pub(super) fn server_millis(&self) -> Timestamp {
        self.now.saturating_add_signed(self.memory.clock_offset)
    }

    pub(super) fn create_link(
        &mut self,
        at: ConversationId,
        seconds: Option<u32>,
        uses: Option<u32>,
        approval: bool,
    ) -> Result<Outcome> {
        let conversation = match self.administered(at)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        if !self.has_room_for_link(&conversation)? {
            return Ok(Err(Failure::new("too-large", "a group has at most 20 invite links")));
        }
        if uses == Some(0) || seconds == Some(0) {
            return Ok(Err(Failure::new("invalid-request", "that link could never be used")));
        }
        let secret: [u8; 32] = self.random();
        let expires = seconds.map(|seconds| self.server_millis() + u64::from(seconds) * 1000);
        self.change_state(&conversation, StateChange::AddLink { secret, expires, uses, approval })?;
        self.put(&conversation, Some(Intent::Link { secret, ended: false }))?.ok();
        Ok(Ok(Answer::Link { fragment: Bytes::from(secret).to_base64url() }))
    }

    /// Whether one more link fits into the state; links by which nobody may come any more make room.
    fn has_room_for_link(&mut self, at: &Conversation) -> Result<bool> {
        let links = self.state_to_be(at)?.links;
        if links.len() < LINKS_MAX {
            return Ok(true);
        }
        let now = self.server_millis();
        for link in links.iter().filter(|link| !link.is_open(now)) {
            self.change_state(at, StateChange::EndLink { secret: link.secret })?;
        }
        Ok(self.state_to_be(at)?.links.len() < LINKS_MAX)
    }

    pub(super) fn revoke_link(&mut self, at: ConversationId, link: &str) -> Result<Outcome> {
        let conversation = match self.administered(at)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        let state = self.state_of(&conversation)?;
        let Some(found) = state.links.iter().find(|known| known.id().to_string() == link) else {
            return Ok(Err(Failure::new("not-found", "there is no such link")));
        };
        let secret = found.secret;
        self.change_state(&conversation, StateChange::EndLink { secret })?;
        self.put(&conversation, Some(Intent::Link { secret, ended: true }))
    }

    /// What links show has changed.
    pub(super) fn refresh_links(&mut self, at: &Conversation) -> Result<()> {
        if !self.is_admin(at.id)? {
            return Ok(());
        }
        self.state_of(at)?.links.iter().try_for_each(|link| self.refresh_link(at.id, &link.secret))
    }

    /// What a link shows has changed, or whether it shows anything.
    pub(super) fn refresh_link(&mut self, at: ConversationId, secret: &[u8; 32]) -> Result<()> {
        let intent = Intent::Link { secret: *secret, ended: false };
        if !self.store.outbox_has(at, &intent)? {
            let id = self.client_id();
            self.store.outbox_push(at, id, &intent)?;
        }
        Ok(())
    }

    /// Links that were open in the former state and are not in the present one lead nowhere any more, whatever a device that
    /// did not know has told the server meanwhile.
    pub(super) fn end_links(
        &mut self,
        at: ConversationId,
        former: &[InviteLink],
        present: &[InviteLink],
    ) -> Result<()> {
        let now = self.server_millis();
        let is_open = |secret: &[u8; 32]| present.iter().any(|link| link.secret == *secret && link.is_open(now));
        let ended = former.iter().filter(|link| link.is_open(now) && !is_open(&link.secret));
        let ended: Vec<_> = ended.map(|link| link.secret).collect();
        if ended.is_empty() || !self.is_admin(at)? {
            return Ok(());
        }
        self.attend(at);
        ended.iter().try_for_each(|secret| self.refresh_link(at, secret))
    }

    /// Tells the server of a link as it is in the state now; one by which nobody may come any more leads nowhere.
    pub(super) fn send_link(&mut self, at: &Conversation, row: &OutboxRow, secret: &[u8; 32]) -> Result<()> {
        if at.state_known > at.state_version && at.conversation_key.is_some() {
            // It may have ended meanwhile.
            self.ask(StateRead { conversation: at.id }, Purpose::State(at.id));
            return Ok(());
        }
        let state = self.state_of(at)?;
        let members = u32::try_from(self.store.members(at.id)?.len()).unwrap_or(u32::MAX);
        let now = self.server_millis();
        let found = state.links.iter().find(|link| link.secret == *secret && link.is_open(now));
        let preview = found.map(|link| seal_preview(link, &state, at.suite, members, self.rng).into());
        let expires = found.and_then(|link| link.expires);
        let request = LinkWrite { conversation: at.id, link: link_id(secret), preview, expires };
        self.ask(request, Purpose::Link { conversation: at.id, id: row.client_id });
        Ok(())
    }

    pub(super) fn link_written(
        &mut self,
        id: ConversationId,
        client_id: ClientId,
        answer: Answered<Done>,
    ) -> Result<()> {
        let Some(row) = self.store.outbox_find(id, client_id)? else { return Ok(()) };
        let problem = match answer {
            Ok(_) => return Ok(self.store.outbox_remove(row.position)?),
            Err(RequestFailure::Lost) => return Ok(()),
            Err(failure) if is_temporary(&failure) => {
                self.hold(Task::Conversation(id), Some(&failure));
                return Ok(());
            }
            Err(RequestFailure::Problem(problem)) => problem,
        };
        tracing::warn!(error = %problem, "an invite link could not be written");
        self.store.outbox_remove(row.position)?;
        // What the server does not have must not be shown as if it could be followed.
        let never =
            matches!(problem.kind(), ProblemKind::TooLarge | ProblemKind::IdTaken | ProblemKind::InvalidRequest);
        if let (true, Intent::Link { secret, ended: false }, Some(conversation)) =
            (never, &row.intent, self.store.conversation(id)?)
        {
            self.change_state(&conversation, StateChange::EndLink { secret: *secret })?;
        }
        Ok(())
    }

    /// Ends a request at the server.
    pub(super) fn send_settle(&mut self, at: &Conversation, row: &OutboxRow, request: RequestId) -> Result<()> {
        self.ask(JoinRequestSettle { request }, Purpose::Settle { conversation: at.id, id: row.client_id });
        Ok(())
    }

    pub(super) fn settled(&mut self, id: ConversationId, client_id: ClientId, answer: Answered<Done>) -> Result<()> {
        let Some(row) = self.store.outbox_find(id, client_id)? else { return Ok(()) };
        match answer {
            Err(RequestFailure::Lost) => Ok(()),
            Err(failure) if is_temporary(&failure) => {
                self.hold(Task::Conversation(id), Some(&failure));
                Ok(())
            }
            // Another admin was faster, if it is a problem.
            Ok(_) | Err(_) => Ok(self.store.outbox_remove(row.position)?),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::rngs::OsRng;

    #[test]
    fn a_preview_opens_by_its_own_secret_only() {
        let link = InviteLink { secret: [5; 32], expires: None, uses: None, used: 0, approval: true };
        let state = State { name: "Cinema".into(), description: "films".into(), ..State::default() };
        let sealed = seal_preview(&link, &state, 1, 12, &mut OsRng);
        let opened = open_preview(&[5; 32], &sealed).unwrap();
        assert_eq!(opened, (1, 1, "Cinema".to_owned(), "films".to_owned(), 12, true));
        assert!(open_preview(&[6; 32], &sealed).is_none());
        assert!(!sealed.windows(6).any(|part| part == b"Cinema"));
    }

    #[test]
    fn a_mac_is_of_one_person_device_and_key_package() {
        let mac = |account: u8, device: u8, package: &[u8]| {
            request_mac(&[1; 32], AccountId([account; 16]), DeviceId([device; 16]), package)
        };
        let one = mac(1, 2, b"package");
        assert!(one != mac(2, 2, b"package") && one != mac(1, 3, b"package") && one != mac(1, 2, b"other"));
    }
}
