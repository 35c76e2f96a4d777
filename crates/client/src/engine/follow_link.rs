//! Following an invite link: what it leads to, asking to be let in, and taking that back. Admins make links in links.rs and
//! answer in join_requests.rs.

use sealpost_mls::generate_key_package;
use sealpost_protocol::{
    ConversationId, ProblemKind,
    account::Done,
    conversation::ConversationKind,
    link::{JoinRequest, JoinRequestSettle, JoinRequestWrite, JoinRequests, JoinRequestsOwn, LinkRead, LinkTarget},
};

use super::{
    CommandId, RequestFailure, Result,
    conversations::Outcome,
    links::{Preview, open_preview, request_mac},
    purpose::{Purpose, Task},
    requests::{Answered, is_temporary},
    sign_up::CommandResult,
    state_record::link_id,
    turn::Turn,
};
use crate::{
    command::{Answer, Failure, LinkPreview},
    store::{AskedRow, Conversation, Phase, StoredNotice},
};

/// The secret in the fragment of an invite link.
pub(super) fn read_fragment(fragment: &str) -> std::result::Result<[u8; 32], Failure> {
    let secret = sealpost_protocol::bytes::decode(fragment.trim().trim_start_matches('#'));
    let secret = secret.and_then(|secret| secret.try_into().ok());
    secret.ok_or_else(|| Failure::new("not-found", "that is no invite link"))
}

impl Turn<'_> {
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
        if self.is_withdrawn(id)? {
            // Taken back while it was on its way.
            self.memory.requests_wanted.insert(id);
            self.attend(id);
            return Ok(());
        }
        match answer {
            Ok(_) => Ok(self.store.set_asked(id, &AskedRow { told: true, ..asked })?),
            Err(RequestFailure::Lost) => Ok(()),
            Err(failure) if is_temporary(&failure) => {
                self.hold(Task::Conversation(id), Some(&failure));
                Ok(())
            }
            Err(RequestFailure::Problem(problem)) if problem.kind() == ProblemKind::NotAllowed => {
                // This account is a member by now: a Welcome waits, or the device joins by itself.
                self.expect_welcome(id)
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
        let withdrawn = self.is_withdrawn(id)?;
        if !withdrawn && self.store.conversation(id)?.is_none_or(|found| found.phase != Phase::Requested) {
            return Ok(());
        }
        match answer {
            Ok(waiting) if withdrawn => self.withdraw(id, &waiting),
            Ok(waiting) if waiting.requests.iter().any(|request| request.conversation == id) => Ok(()),
            // A Welcome in the inbox lets this device in. Without one the server says that it is no member.
            Ok(_) => self.expect_welcome(id),
            Err(failure) => {
                self.memory.requests_wanted.insert(id);
                self.hold(Task::Conversation(id), Some(&failure));
                Ok(())
            }
        }
    }

    fn expect_welcome(&mut self, id: ConversationId) -> Result<()> {
        self.store.remove_asked(id)?;
        self.store.set_phase(id, Phase::Expected)?;
        self.memory.due.inbox = true;
        self.details_changed(id);
        Ok(())
    }

    /// The person does not want to be let in any more. What was asked is kept until the server has forgotten it; if an
    /// admin was faster, a Welcome is the start of a group that one can leave.
    pub(super) fn take_request_back(&mut self, conversation: &Conversation) -> Result<Outcome> {
        let id = conversation.id;
        self.store.set_phase(id, Phase::Left)?;
        self.store.add_notice(id, 0, self.now, &StoredNotice::Left)?;
        self.memory.requests_wanted.insert(id);
        self.attend(id);
        self.details_changed(id);
        Ok(Ok(Answer::Done))
    }

    /// Looks for the request that was taken back, as long as the server may have it.
    pub(super) fn step_left(&mut self, at: &Conversation) -> Result<()> {
        if self.memory.requests_wanted.remove(&at.id) && self.store.asked(at.id)?.is_some() {
            self.ask(JoinRequestsOwn {}, Purpose::OwnRequests(at.id));
        }
        Ok(())
    }

    fn withdraw(&mut self, id: ConversationId, waiting: &JoinRequests) -> Result<()> {
        let device = self.identity()?.credential.device;
        let mut own = waiting.requests.iter().filter(|request| request.conversation == id && request.device == device);
        match own.next() {
            Some(found) => self.ask(JoinRequestSettle { request: found.request }, Purpose::Withdraw(id)),
            None => self.store.remove_asked(id)?,
        }
        Ok(())
    }

    pub(super) fn withdrawn(&mut self, id: ConversationId, answer: Answered<Done>) -> Result<()> {
        match answer {
            Err(failure) if matches!(failure, RequestFailure::Lost) || is_temporary(&failure) => {
                self.memory.requests_wanted.insert(id);
                self.hold(Task::Conversation(id), Some(&failure));
                Ok(())
            }
            // It was answered meanwhile, if it is a problem.
            Ok(_) | Err(_) if self.is_withdrawn(id)? => Ok(self.store.remove_asked(id)?),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Whether a request to join was taken back, rather than asked for again since.
    fn is_withdrawn(&self, id: ConversationId) -> Result<bool> {
        let left = self.store.conversation(id)?.is_some_and(|found| found.phase == Phase::Left);
        Ok(left && self.store.asked(id)?.is_some())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use sealpost_protocol::Bytes;

    #[test]
    fn fragments_are_read_as_they_are_given() {
        let fragment = Bytes::from([7; 32]).to_base64url();
        assert_eq!(read_fragment(&fragment).unwrap(), [7; 32]);
        assert_eq!(read_fragment(&format!(" #{fragment}")).unwrap(), [7; 32]);
        assert!(read_fragment("short").is_err());
    }
}
