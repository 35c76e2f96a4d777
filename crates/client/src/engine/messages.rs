//! Sending messages: an intent is stored and shown at once, encrypted when its turn comes, and confirmed by the log.

use sealpost_mls::GroupError;
use sealpost_protocol::{
    Bytes, ClientId, ConversationId, Problem, ProblemKind, Request,
    conversation::{Append, Appended, LogAppend},
    socket::{from_cbor, to_cbor},
};

use super::{
    RequestFailure, Result,
    conversations::Outcome,
    purpose::{Purpose, Task},
    requests::{Answered, is_temporary},
    turn::Turn,
};
use crate::{
    command::{Answer, Failure},
    content::{Content, Envelope, LogReference, MimiContent, TEXT_MAX},
    store::{Conversation, Intent, NewItem, OutboxRow, Own, Phase},
};

/// Why nothing can be sent in a conversation, if so.
fn refuse_sending(conversation: &Conversation) -> Option<Failure> {
    conversation.phase.is_over().then(|| Failure::new("not-allowed", "nothing can be sent here any more"))
}

impl Turn<'_> {
    pub(super) fn send_text(
        &mut self,
        at: ConversationId,
        id: ClientId,
        text: &str,
        _reply_to: Option<&str>,
    ) -> Result<Outcome> {
        let conversation = match self.resolve(at)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        if text.len() > TEXT_MAX {
            return Ok(Err(Failure::new("message-too-large", "a message has at most 64 KiB of text")));
        }
        if text.trim().is_empty() {
            return Ok(Err(Failure::new("invalid-request", "there is nothing to send")));
        }
        if let Some(failure) = refuse_sending(&conversation).or(self.refuse_posting(&conversation)?) {
            return Ok(Err(failure));
        }
        let Some(sender) = self.session()?.map(|session| session.account) else {
            return Ok(Err(Failure::new("signed-out", "nobody is signed in here")));
        };
        let salt = self.random();
        let profile = self.profile_extension()?;
        let content = MimiContent::text(text, sender, conversation.id, salt).and_then(|mut content| {
            content.extensions.extend(profile);
            Content::new(content)
        });
        let Ok(content) = content else {
            return Ok(Err(Failure::new("message-too-large", "the message cannot be sent like this")));
        };
        let item = NewItem {
            conversation: conversation.id,
            id,
            seq: None,
            time: self.now,
            sender,
            own: Own::Device,
            text: Some(text),
            content: content.bytes(),
        };
        if self.store.add_item(&item)? {
            self.store.outbox_push(conversation.id, id, &Intent::Message(Bytes(content.bytes().to_vec())))?;
            if conversation.phase == Phase::Local {
                // If making the conversation had failed, writing in it tries again.
                self.store.outbox_unfail_commits(conversation.id)?;
            }
            self.changed(conversation.id);
            self.attend(conversation.id);
        }
        Ok(Ok(Answer::Done))
    }

    pub(super) fn retry(&mut self, at: ConversationId, id: ClientId) -> Result<Outcome> {
        let conversation = match self.resolve(at)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        if let Some(failure) = refuse_sending(&conversation) {
            return Ok(Err(failure));
        }
        let conversation = conversation.id;
        if let Some(row) = self.store.outbox_find(conversation, id)? {
            self.store.outbox_set_failed(row.position, false)?;
            self.store.outbox_unfail_commits(conversation)?;
            self.store.set_item_failure(conversation, id, None)?;
            self.went_well(Task::Conversation(conversation));
            self.changed(conversation);
            self.attend(conversation);
        }
        Ok(Ok(Answer::Done))
    }

    pub(super) fn discard(&mut self, at: ConversationId, id: ClientId) -> Result<Outcome> {
        let conversation = match self.resolve(at)? {
            Ok(conversation) => conversation.id,
            Err(failure) => return Ok(Err(failure)),
        };
        if let Some(row) = self.store.outbox_find(conversation, id)?
            && row.failed
        {
            self.store.outbox_remove(row.position)?;
            self.store.remove_item(conversation, id)?;
            self.changed(conversation);
        }
        Ok(Ok(Answer::Done))
    }

    /// Encrypts a message for the present epoch and sends it. What is sent is kept: after a lost connection the same bytes
    /// go again, because a ratchet never encrypts twice under one key.
    pub(super) fn send_message(&mut self, conversation: &Conversation, row: &OutboxRow, content: &Bytes) -> Result<()> {
        let log = conversation.applied_hash.map(|hash| LogReference { seq: conversation.applied_seq, hash });
        let plaintext = match (Envelope { content: content.0.clone(), log }).encode() {
            Ok(plaintext) => plaintext,
            Err(error) => return self.fail_message(conversation.id, row, &error.to_string()),
        };
        let encrypted = self.with_group(conversation, |context, group| {
            Ok::<_, GroupError>((group.epoch(), group.encrypt(context, &plaintext)?))
        })?;
        let (epoch, message) = match encrypted {
            None => return self.rejoin(conversation, None),
            Some(Ok(encrypted)) => encrypted,
            Some(Err(GroupError::Store(error))) => return Err(error.into()),
            Some(Err(error)) => return self.fail_message(conversation.id, row, &error.to_string()),
        };
        let request = Request::LogAppend(LogAppend {
            conversation: conversation.id,
            generation: conversation.generation,
            epoch,
            client_id: row.client_id,
            append: Append::Application { message: message.into(), expires_in: None, delete_token_hash: None },
        });
        self.store.outbox_set_sent(row.position, Some(&to_cbor(&request)?))?;
        self.ask(request, Purpose::Message { conversation: conversation.id, id: row.client_id });
        Ok(())
    }

    pub(super) fn resend_message(&mut self, conversation: ConversationId, id: ClientId, sent: &[u8]) -> Result<()> {
        let request: Request = from_cbor(sent)?;
        self.ask(request, Purpose::Message { conversation, id });
        Ok(())
    }

    pub(super) fn message_answered(
        &mut self,
        conversation: ConversationId,
        id: ClientId,
        answer: Answered<Appended>,
    ) -> Result<()> {
        let failure = match answer {
            Ok(appended) => return self.message_logged(conversation, id, appended.seq, appended.time).map(drop),
            Err(failure) => failure,
        };
        let RequestFailure::Problem(problem) = &failure else { return Ok(()) };
        // Unless the log confirmed it meanwhile.
        let Some(row) = self.store.outbox_find(conversation, id)? else { return Ok(()) };
        match (problem.kind(), problem.first) {
            (ProblemKind::ClientIdReused, Some(first)) => {
                self.message_logged(conversation, id, first.seq, first.time)?;
            }
            (ProblemKind::StaleEpoch, _) => {
                // Nothing was logged under the id: it is free for the bytes of the new epoch.
                self.store.outbox_set_sent(row.position, None)?;
                self.catch_up(conversation, problem)?;
            }
            (ProblemKind::RemovalsPending, _) => {
                self.store.outbox_set_sent(row.position, None)?;
                self.removals_pending(conversation, problem)?;
            }
            _ if is_temporary(&failure) => self.hold(Task::Conversation(conversation), Some(&failure)),
            (ProblemKind::NotFound, _) => self.leave(conversation)?,
            _ => self.fail_message(conversation, &row, &Failure::of_problem(problem).detail)?,
        }
        Ok(())
    }

    /// The conversation is elsewhere than this device thought when it sent: read the log, unless that came meanwhile.
    pub(super) fn catch_up(&mut self, id: ConversationId, problem: &Problem) -> Result<()> {
        let (Some(current), Some(conversation)) = (problem.current, self.store.conversation(id)?) else {
            return Ok(());
        };
        self.store.server_has(id, current.last_seq)?;
        let epoch = self.with_group(&conversation, |_, group| group.epoch())?;
        if current.last_seq > conversation.applied_seq {
            self.memory.behind.insert(id);
        } else if epoch.is_none_or(|epoch| epoch < current.epoch) {
            // Nothing to read, and yet another epoch: the server may know more in a while.
            self.hold(Task::Conversation(id), None);
        }
        Ok(())
    }

    /// The log has a message of this device. Gives whether it is one.
    pub(super) fn message_logged(&mut self, at: ConversationId, id: ClientId, seq: u64, time: u64) -> Result<bool> {
        if !self.store.confirm_item(at, id, seq, time)? {
            return Ok(false);
        }
        if let Some(row) = self.store.outbox_find(at, id)? {
            self.store.outbox_remove(row.position)?;
            self.store.count_send(at)?;
            self.memory.active.insert(at, self.now);
        }
        self.store.server_has(at, seq)?;
        self.changed(at);
        Ok(true)
    }

    fn fail_message(&mut self, conversation: ConversationId, row: &OutboxRow, cause: &str) -> Result<()> {
        self.store.outbox_set_failed(row.position, true)?;
        self.store.set_item_failure(conversation, row.client_id, Some(cause))?;
        self.changed(conversation);
        self.attend(conversation);
        Ok(())
    }

    /// Nothing that waits in a conversation can be sent.
    pub(super) fn fail_messages(&mut self, conversation: ConversationId, cause: &str) -> Result<()> {
        for row in self.store.outbox_messages(conversation)? {
            self.fail_message(conversation, &row, cause)?;
        }
        Ok(())
    }
}
