//! Invite links: made and ended by admins, followed by whoever has one.
//!
//! A link's secret is in its fragment and in the conversation's state. Keys for its id, its MAC and its preview are derived
//! of it. Who follows a link sends a key package with a MAC under it; join_requests.rs is the admins' side.

use sealpost_mls::generate_key_package;
use sealpost_protocol::{
    AccountId, Bytes, ClientId, ConversationId, DeviceId, ProblemKind, RequestId, Timestamp,
    account::Done,
    conversation::ConversationKind,
    link::{
        JoinRequest, JoinRequestSettle, JoinRequestWrite, JoinRequests, JoinRequestsOwn, LinkRead, LinkTarget,
        LinkWrite,
    },
};

use super::{
    CommandId, RequestFailure, Result,
    conversations::Outcome,
    keys,
    purpose::{Purpose, Task},
    requests::{Answered, is_temporary},
    sign_up::CommandResult,
    state_record::{DESCRIPTION_MAX, InviteLink, LINKS_MAX, NAME_MAX, State, link_id, preview_key, shown},
    turn::Turn,
};
use crate::{
    command::{Answer, Failure, LinkPreview},
    store::{AskedRow, Conversation, Intent, OutboxRow, Phase, StateChange, StoredNotice},
};

const PREVIEW_FORMAT: u8 = 1;

/// What a link shows: `[1, suite, name, description, members, approval]`.
type Preview = (u8, u16, String, String, u32, bool);

fn seal_preview(
    link: &InviteLink,
    state: &State,
    suite: u16,
    members: u32,
    rng: &mut dyn sealpost_mls::Randomness,
) -> Vec<u8> {
    let preview: Preview =
        (PREVIEW_FORMAT, suite, state.name.clone(), state.description.clone(), members, link.approval);
    let mut plaintext = Vec::new();
    let written = ciborium::into_writer(&preview, &mut plaintext);
    debug_assert!(written.is_ok());
    keys::seal(&preview_key(&link.secret), link.id().as_bytes(), &plaintext, rng)
}

fn open_preview(secret: &[u8; 32], sealed: &[u8]) -> Option<Preview> {
    let plaintext = keys::open(&preview_key(secret), link_id(secret).as_bytes(), sealed)?;
    let mut preview: Preview = ciborium::from_reader(plaintext.as_slice()).ok()?;
    preview.2 = shown(&preview.2, NAME_MAX);
    preview.3 = shown(&preview.3, DESCRIPTION_MAX);
    (preview.0 == PREVIEW_FORMAT).then_some(preview)
}

/// Shows the admins that who asks has the link.
pub(super) fn request_mac(secret: &[u8; 32], account: AccountId, device: DeviceId, key_package: &[u8]) -> [u8; 32] {
    let key = keys::derive(secret, "sealpost link mac v1");
    keys::mac(&key, &[account.as_bytes().as_slice(), device.as_bytes(), key_package].concat())
}

fn read_fragment(fragment: &str) -> std::result::Result<[u8; 32], Failure> {
    let secret = sealpost_protocol::bytes::decode(fragment.trim().trim_start_matches('#'));
    let secret = secret.and_then(|secret| secret.try_into().ok());
    secret.ok_or_else(|| Failure::new("not-found", "that is no invite link"))
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
        if self.state_of(&conversation)?.links.len() >= LINKS_MAX {
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
        for link in self.state_of(at)?.links {
            let intent = Intent::Link { secret: link.secret, ended: false };
            if !self.store.outbox_has(at.id, &intent)? {
                let id = self.client_id();
                self.store.outbox_push(at.id, id, &intent)?;
            }
        }
        Ok(())
    }

    /// Tells the server of a link as it is in the state now.
    pub(super) fn send_link(&mut self, at: &Conversation, row: &OutboxRow, secret: &[u8; 32]) -> Result<()> {
        let state = self.state_of(at)?;
        let members = u32::try_from(self.store.members(at.id)?.len()).unwrap_or(u32::MAX);
        let found = state.links.iter().find(|link| link.secret == *secret);
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

    pub(super) fn inspect_link(&mut self, id: CommandId, fragment: &str) -> Result<CommandResult> {
        self.follow(id, fragment, false)
    }

    pub(super) fn join_by_link(&mut self, id: CommandId, fragment: &str) -> Result<CommandResult> {
        self.follow(id, fragment, true)
    }

    fn follow(&mut self, command: CommandId, fragment: &str, join: bool) -> Result<CommandResult> {
        let secret = match read_fragment(fragment) {
            Ok(secret) => secret,
            Err(failure) => return Ok(Some(Err(failure))),
        };
        if !self.is_connected() {
            return Ok(Some(Err(Failure::offline())));
        }
        self.ask(LinkRead { link: link_id(&secret) }, Purpose::FollowLink { command, secret: Box::new(secret), join });
        Ok(None)
    }

    pub(super) fn link_read(
        &mut self,
        command: CommandId,
        secret: &[u8; 32],
        join: bool,
        answer: Answered<LinkTarget>,
    ) -> Result<()> {
        let result = match answer {
            Ok(target) => match open_preview(secret, &target.preview) {
                Some(preview) if join => self.ask_to_join(secret, &target, &preview)?,
                Some((_, _, name, description, members, approval)) => Ok(Answer::LinkPreview(LinkPreview {
                    conversation: target.conversation,
                    name,
                    description,
                    members,
                    member: target.member,
                    approval,
                })),
                None => Err(Failure::new("not-found", "that invite link does not open")),
            },
            Err(failure) => Err(failure.into()),
        };
        self.finish(command, result);
        Ok(())
    }

    /// The conversation is here at once, and waits until an admin's device lets this one in.
    fn ask_to_join(&mut self, secret: &[u8; 32], target: &LinkTarget, preview: &Preview) -> Result<Outcome> {
        let id = target.conversation;
        let known = self.store.conversation(id)?;
        let here = known.as_ref().is_some_and(|known| known.phase != Phase::Left && known.phase != Phase::Requested);
        if target.member || here {
            self.memory.due.list = true;
            return Ok(Ok(Answer::Conversation { conversation: id }));
        }
        let (_, suite, name, ..) = preview;
        let Some(mls_suite) = sealpost_mls::Suite::from_number(*suite) else {
            return Ok(Err(Failure::new("not-allowed", "the group needs a newer version of this app")));
        };
        let now = self.server_seconds();
        let key_package = self.with_context(|context| generate_key_package(context, mls_suite, now, false))??;
        let identity = self.identity()?;
        let mac = request_mac(secret, identity.account, identity.credential.device, &key_package);
        if known.is_none() {
            self.add_known(id, ConversationKind::Group, *suite, Phase::Requested)?;
        }
        self.store.set_phase(id, Phase::Requested)?;
        // Whoever asks to come in wants it.
        self.change_chat(id, |chat| chat.accepted = true)?;
        self.store.set(id, "name", name)?;
        let asked = AskedRow { link: link_id(secret), key_package, mac: mac.to_vec(), told: false };
        self.store.set_asked(id, &asked)?;
        self.attend(id);
        self.details_changed(id);
        Ok(Ok(Answer::Conversation { conversation: id }))
    }

    /// Asks to be let in, and then now and then whether that was answered.
    pub(super) fn step_requested(&mut self, at: &Conversation) -> Result<()> {
        let id = at.id;
        let Some(asked) = self.store.asked(id)? else { return self.leave(id) };
        if !asked.told {
            let (link, key_package, mac) = (asked.link, asked.key_package.into(), asked.mac.into());
            self.ask(JoinRequestWrite { link, key_package, mac }, Purpose::AskToJoin(id));
        } else if self.memory.requests_wanted.remove(&id) {
            self.ask(JoinRequestsOwn {}, Purpose::OwnRequests(id));
        }
        Ok(())
    }

    pub(super) fn asked_to_join(&mut self, id: ConversationId, answer: Answered<JoinRequest>) -> Result<()> {
        let Some(asked) = self.store.asked(id)? else { return Ok(()) };
        match answer {
            Ok(_) => Ok(self.store.set_asked(id, &AskedRow { told: true, ..asked })?),
            Err(RequestFailure::Lost) => Ok(()),
            Err(failure) if is_temporary(&failure) => {
                self.hold(Task::Conversation(id), Some(&failure));
                Ok(())
            }
            Err(RequestFailure::Problem(problem)) if problem.kind() == ProblemKind::NotAllowed => {
                // This account is a member by now: a Welcome waits, or the device joins by itself.
                self.store.remove_asked(id)?;
                self.store.set_phase(id, Phase::Expected)?;
                self.memory.due.inbox = true;
                self.details_changed(id);
                Ok(())
            }
            Err(failure) => {
                tracing::warn!(error = %failure, "a request to join was refused");
                self.store.remove_asked(id)?;
                self.leave(id)
            }
        }
    }

    /// A request that does not wait any more was answered: by a Welcome, or it was refused.
    pub(super) fn own_requests(&mut self, id: ConversationId, answer: Answered<JoinRequests>) -> Result<()> {
        if self.store.conversation(id)?.is_none_or(|found| found.phase != Phase::Requested) {
            return Ok(());
        }
        match answer {
            Ok(waiting) if waiting.requests.iter().any(|request| request.conversation == id) => Ok(()),
            Ok(_) => {
                self.store.remove_asked(id)?;
                // A Welcome in the inbox lets this device in. Without one the server says that it is no member.
                self.store.set_phase(id, Phase::Expected)?;
                self.memory.due.inbox = true;
                self.details_changed(id);
                Ok(())
            }
            Err(failure) => {
                self.memory.requests_wanted.insert(id);
                self.hold(Task::Conversation(id), Some(&failure));
                Ok(())
            }
        }
    }

    /// The person does not want to be let in any more.
    pub(super) fn take_request_back(&mut self, conversation: &Conversation) -> Result<Outcome> {
        // The server's request stays until an admin answers it; a Welcome would be the start of a group one can leave.
        self.store.remove_asked(conversation.id)?;
        self.store.set_phase(conversation.id, Phase::Left)?;
        self.store.add_notice(conversation.id, 0, self.now, &StoredNotice::Left)?;
        self.details_changed(conversation.id);
        Ok(Ok(Answer::Done))
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
    fn fragments_are_read_as_they_are_given() {
        let fragment = Bytes::from([7; 32]).to_base64url();
        assert_eq!(read_fragment(&fragment).unwrap(), [7; 32]);
        assert_eq!(read_fragment(&format!(" #{fragment}")).unwrap(), [7; 32]);
        assert!(read_fragment("short").is_err());
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
