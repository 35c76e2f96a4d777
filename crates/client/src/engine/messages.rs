//! Sending messages: an intent is stored and shown at once, encrypted when its turn comes, and confirmed by the log.

use sealpost_mls::GroupError;
use sealpost_protocol::{
    AccountId, Bytes, ClientId, ConversationId, Problem, ProblemKind, Request,
    conversation::{Append, Appended, LogAppend},
    socket::{from_cbor, to_cbor},
};

use super::{
    RequestFailure, Result,
    conversations::Outcome,
    files::blobs_of,
    purpose::{Purpose, Task},
    requests::{Answered, is_temporary},
    timeline::Origin,
    turn::Turn,
};
use crate::{
    command::{Answer, Failure},
    content::{
        Content, Disposition, Expiration, Kind, MARKDOWN, MessageId, MimiContent, NestedPart, TEXT_MAX, mention,
    },
    snapshot::SendFailure,
    store::{Conversation, Intent, OutboxRow, Own, Phase},
};

/// For so long after it was written a message is sent again by itself, in milliseconds: 90 days. The server knows of its
/// entries' client ids for longer.
const RESENT_FOR: u64 = 90 * 24 * 60 * 60 * 1000;

/// Why nothing can be sent in a conversation, if so.
pub(super) fn refuse_sending(conversation: &Conversation) -> Option<Failure> {
    conversation.phase.is_over().then(|| Failure::new("not-allowed", "nothing can be sent here any more"))
}

pub(super) fn too_large() -> Failure {
    Failure::new("message-too-large", "a message has at most 64 KiB of text")
}

/// Whether a message changes another: that may be done where only admins write.
fn amends(content: &[u8]) -> bool {
    Content::decode(content).is_ok_and(|content| matches!(content.meaning().kind(), Kind::Amendment { .. }))
}

/// Why a message was not taken, by the kind of the server's problem.
pub(super) fn send_failure(kind: &str) -> SendFailure {
    match kind {
        "too-large" => SendFailure::TooLarge,
        "not-allowed" | "not-found" => SendFailure::NotAllowed,
        _ => SendFailure::Refused,
    }
}

impl Turn<'_> {
    /// A conversation in which new messages can be sent, and who sends them.
    pub(super) fn may_send(
        &self,
        at: ConversationId,
    ) -> Result<std::result::Result<(Conversation, AccountId), Failure>> {
        let may = self.may_take_part(at)?;
        let refused = match &may {
            Ok((conversation, _)) => self.refuse_posting(conversation)?,
            Err(_) => None,
        };
        Ok(refused.map_or(may, Err))
    }

    /// A conversation in which messages can be reacted to and changed, and who does it.
    pub(super) fn may_take_part(
        &self,
        at: ConversationId,
    ) -> Result<std::result::Result<(Conversation, AccountId), Failure>> {
        let conversation = match self.resolve(at)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        if let Some(failure) = refuse_sending(&conversation) {
            return Ok(Err(failure));
        }
        if let Some(failure) = self.refuse_given_up(&conversation)? {
            return Ok(Err(failure));
        }
        let sender = self.session()?.map(|session| session.account);
        let signed_out = || Failure::new("signed-out", "nobody is signed in here");
        Ok(sender.map(|sender| (conversation, sender)).ok_or_else(signed_out))
    }

    pub(super) fn send_text(
        &mut self,
        at: ConversationId,
        id: ClientId,
        text: &str,
        reply_to: Option<&str>,
    ) -> Result<Outcome> {
        let (conversation, sender) = match self.may_send(at)? {
            Ok(may) => may,
            Err(failure) => return Ok(Err(failure)),
        };
        let body = match self.text_body(&conversation, text)? {
            Ok(body) => body,
            Err(failure) => return Ok(Err(failure)),
        };
        let mut content = self.new_message(&conversation, sender, body)?;
        content.in_reply_to = self.replied_to(conversation.id, reply_to)?;
        self.enqueue(&conversation, id, content)
    }

    /// What a message answers. What has disappeared meanwhile cannot be answered any more; what was written about it still
    /// says something.
    pub(super) fn replied_to(&self, at: ConversationId, key: Option<&str>) -> Result<Option<MessageId>> {
        let quoted = key.map(|key| self.store.item(at, key)).transpose()?.flatten();
        Ok(quoted.filter(|item| !item.deleted).and_then(|item| item.message_id))
    }

    /// A text as it travels, mentions of members included.
    pub(super) fn text_body(
        &self,
        conversation: &Conversation,
        text: &str,
    ) -> Result<std::result::Result<NestedPart, Failure>> {
        if text.trim().is_empty() {
            return Ok(Err(Failure::new("invalid-request", "there is nothing to send")));
        }
        let members = if text.contains('@') { self.store.named_members(conversation.id)? } else { Vec::new() };
        let (wire, _) = mention::to_wire(text, &members);
        if text.len() > TEXT_MAX || wire.len() > TEXT_MAX {
            return Ok(Err(too_large()));
        }
        Ok(Ok(NestedPart::single(Disposition::Render, MARKDOWN, wire.as_bytes())))
    }

    /// A message with what every message of this account has.
    pub(super) fn content(&mut self, at: ConversationId, sender: AccountId, body: NestedPart) -> MimiContent {
        let salt = self.random();
        MimiContent::new(sender, at, salt, body)
    }

    /// A new message, which disappears if the conversation has a timer.
    pub(super) fn new_message(
        &mut self,
        conversation: &Conversation,
        sender: AccountId,
        body: NestedPart,
    ) -> Result<MimiContent> {
        let expires = self.store.timer(conversation.id)?.map(Expiration::AfterReading);
        let profile = self.profile_extension()?;
        let mut content = MimiContent { expires, ..self.content(conversation.id, sender, body) };
        content.extensions.extend(profile);
        Ok(content)
    }

    /// Shows a message, or what it changes, and puts it into the outbox. One with the same id is left as it is.
    pub(super) fn enqueue(
        &mut self,
        conversation: &Conversation,
        id: ClientId,
        content: MimiContent,
    ) -> Result<Outcome> {
        let Ok(content) = Content::new(content) else { return Ok(Err(too_large())) };
        let Some(sender) = self.session()?.map(|session| session.account) else {
            return Ok(Err(Failure::new("signed-out", "nobody is signed in here")));
        };
        let at = conversation.id;
        let origin = Origin { conversation: at, id, seq: None, time: self.now, sender, own: Own::Device };
        if self.write_message(&origin, content.bytes())? {
            self.store.outbox_push(at, id, &Intent::Message(Bytes(content.bytes().to_vec())))?;
            if conversation.phase == Phase::Local {
                // If making the conversation had failed, writing in it tries again.
                self.store.outbox_unfail_create(at)?;
            }
            self.changed(at);
            self.attend(at);
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
        if self.retry_change(conversation, id)? {
            return Ok(Ok(Answer::Done));
        }
        for row in self.failed_of(conversation, id)? {
            self.store.outbox_set_failed(row.position, false)?;
            self.upload_files_again(conversation, row.client_id, false)?;
            self.store.outbox_unfail_create(conversation)?;
            self.store.set_item_failure(conversation, row.client_id, None)?;
            self.store.set_amendment_failure(conversation, row.client_id, None)?;
            self.refresh_amended(conversation, row.client_id)?;
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
        if self.discard_change(conversation, id)? {
            return Ok(Ok(Answer::Done));
        }
        for row in self.failed_of(conversation, id)? {
            self.discard_row(conversation, &row)?;
        }
        Ok(Ok(Answer::Done))
    }

    /// What failed of a message: itself, or what was to change it.
    fn failed_of(&self, at: ConversationId, id: ClientId) -> Result<Vec<OutboxRow>> {
        let mut rows: Vec<_> = self.store.outbox_find(at, id)?.into_iter().collect();
        let message = self.store.item(at, &id.to_string())?.and_then(|item| item.message_id);
        if let Some(message) = message {
            for amendment in self.store.amendments_of(at, message)? {
                rows.extend(self.store.outbox_find(at, amendment.client_id)?);
            }
        }
        rows.retain(|row| row.failed);
        Ok(rows)
    }

    /// Encrypts a message for the present epoch and sends it. What is sent is kept: after a lost connection the same bytes
    /// go again, because a ratchet never encrypts twice under one key.
    pub(super) fn send_message(&mut self, conversation: &Conversation, row: &OutboxRow, content: &Bytes) -> Result<()> {
        let me = self.me()?;
        if !amends(content) && !self.may_post(conversation.id, me)? {
            // It was allowed when it was written; the others would not show it.
            return self.fail_message(conversation.id, row, SendFailure::OnlyAdmins);
        }
        let plaintext = match self.envelope(conversation, row.client_id, content).encode() {
            Ok(plaintext) => plaintext,
            Err(error) => {
                tracing::warn!(error = %error, "a message could not be put together");
                return self.fail_message(conversation.id, row, SendFailure::TooLarge);
            }
        };
        let encrypted = self.with_group(conversation, |context, group| {
            Ok::<_, GroupError>((group.epoch(), group.encrypt(context, &plaintext)?))
        })?;
        let (epoch, message) = match encrypted {
            None => return self.rejoin(conversation),
            Some(Ok(encrypted)) => encrypted,
            Some(Err(GroupError::Store(error))) => return Err(error.into()),
            Some(Err(error)) => {
                tracing::warn!(error = %error, "a message could not be encrypted");
                return self.fail_message(conversation.id, row, SendFailure::NotEncrypted);
            }
        };
        let (expires_in, delete_token_hash) = self.retention(conversation.id, row.client_id, content)?;
        let request = Request::LogAppend(LogAppend {
            conversation: conversation.id,
            generation: conversation.generation,
            epoch,
            client_id: row.client_id,
            append: Append::Application {
                message: message.into(),
                expires_in,
                delete_token_hash,
                blobs: blobs_of(content),
            },
        });
        self.store.outbox_set_sent(row.position, Some(&to_cbor(&request)?))?;
        self.ask(request, Purpose::Message { conversation: conversation.id, id: row.client_id });
        Ok(())
    }

    /// Sends a message again whose answer was lost. The server gives the first answer, if it took it; it knows of that for
    /// a while only, and after that the person decides.
    pub(super) fn resend_message(&mut self, conversation: ConversationId, row: &OutboxRow, sent: &[u8]) -> Result<()> {
        let id = row.client_id;
        let item = self.store.item(conversation, &id.to_string())?;
        // Both by this device's clock, as long as the log has not confirmed it.
        if item.is_some_and(|item| item.time.saturating_add(RESENT_FOR) <= self.now) {
            // If the log shows it all the same, it is as it was sent.
            self.fail_message(conversation, row, SendFailure::TooOld)?;
            return Ok(self.store.outbox_keep_sent(row.position, sent)?);
        }
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
            Ok(appended) => {
                self.taken_before_reset(conversation, id, appended.seq)?;
                return self.message_logged(conversation, id, appended.seq, appended.time).map(drop);
            }
            Err(failure) => failure,
        };
        let RequestFailure::Problem(problem) = &failure else { return Ok(()) };
        // Unless the log confirmed it meanwhile.
        let Some(row) = self.store.outbox_find(conversation, id)? else { return Ok(()) };
        match (problem.kind(), problem.first) {
            (ProblemKind::ClientIdReused, Some(first)) => {
                self.taken_before_reset(conversation, id, first.seq)?;
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
            (ProblemKind::BlobMissing, _) => self.blobs_missing(conversation, &row)?,
            _ if is_temporary(&failure) => self.hold(Task::Conversation(conversation), Some(&failure)),
            (ProblemKind::NotFound, _) => self.not_known(conversation)?,
            (kind, _) => {
                tracing::warn!(error = %problem, "a message was refused");
                self.fail_message(conversation, &row, send_failure(kind.name()))?;
            }
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
        let at_end = current.last_seq == conversation.applied_seq && current.generation == conversation.generation;
        if current.last_seq > conversation.applied_seq {
            self.memory.behind.insert(id);
        } else if at_end && conversation.phase.is_taking() && epoch.is_some_and(|epoch| epoch < current.epoch) {
            // Everything was taken, and the commit that led there was not among it.
            self.rejoin(&conversation)?;
        } else if epoch.is_none_or(|epoch| epoch < current.epoch) {
            // Nothing to read, and yet another epoch: the server may know more in a while.
            self.hold(Task::Conversation(id), None);
        }
        Ok(())
    }

    /// Whether an entry under an own id is what this device sent under it, and not something that the server put there.
    /// Where nothing waits under the id, its place in the log decides.
    pub(super) fn is_as_sent(&self, at: ConversationId, id: ClientId, message: &[u8]) -> Result<bool> {
        let Some(row) = self.store.outbox_find(at, id)? else { return Ok(true) };
        let Some(sent) = row.sent else { return Ok(false) };
        let request: Request = from_cbor(&sent)?;
        let Request::LogAppend(LogAppend { append: Append::Application { message: sent, .. }, .. }) = request else {
            return Ok(false);
        };
        Ok(sent.as_ref() == message)
    }

    /// The log has a message of this device. Gives whether it is one.
    pub(super) fn message_logged(&mut self, at: ConversationId, id: ClientId, seq: u64, time: u64) -> Result<bool> {
        let intent = self.store.outbox_find(at, id)?.filter(|row| matches!(row.intent, Intent::Message(_)));
        if !self.item_logged(at, id, seq, time)? && !self.amendment_logged(at, id, seq, time)? && intent.is_none() {
            return Ok(false);
        }
        self.own_list_told(at, id);
        if let Some(row) = intent {
            self.store.outbox_remove(row.position)?;
            self.store.count_send(at)?;
            self.memory.active.insert(at, self.now);
        }
        self.store.server_has(at, seq)?;
        self.changed(at);
        Ok(true)
    }

    fn item_logged(&mut self, at: ConversationId, id: ClientId, seq: u64, time: u64) -> Result<bool> {
        if !self.store.confirm_item(at, id, seq, time)? {
            return Ok(false);
        }
        if let Some(expires) = self.store.item(at, &id.to_string())?.and_then(|item| item.expires) {
            self.expires_at(expires);
        }
        Ok(true)
    }

    pub(super) fn fail_message(
        &mut self,
        conversation: ConversationId,
        row: &OutboxRow,
        cause: SendFailure,
    ) -> Result<()> {
        self.store.outbox_set_failed(row.position, true)?;
        self.store.set_item_failure(conversation, row.client_id, Some(cause.word()))?;
        self.fail_amendment(conversation, row, cause.word())?;
        self.changed(conversation);
        self.attend(conversation);
        Ok(())
    }

    /// Nothing that waits in a conversation can be sent.
    pub(super) fn fail_messages(&mut self, conversation: ConversationId, cause: SendFailure) -> Result<()> {
        for row in self.store.outbox_messages(conversation)? {
            self.fail_message(conversation, &row, cause)?;
        }
        Ok(())
    }
}
