//! What changes messages that are there: edits, deletions and reactions, and how far each got.

use sealpost_protocol::{AccountId, ClientId, ConversationId};

use super::{
    Result,
    conversations::Outcome,
    present::{REACTIONS_MAX, present},
    turn::Turn,
};
use crate::{
    command::{Answer, Failure},
    content::{Disposition, Expiration, MessageId, MimiContent, NestedPart, kind::is_emoji},
    store::{Amendment, AmendmentKind, Conversation, ItemKind, OutboxRow, Own, TimelineRow, expiry},
};

/// Own messages are edited for so long after they were sent, in milliseconds.
const EDIT_WITHIN: u64 = 24 * 60 * 60 * 1000;

/// Whether this person may change a message's text; `now` is the server's time.
pub(super) fn may_edit(item: &TimelineRow, now: u64) -> bool {
    let recent = item.seq.is_none() || now < item.time.saturating_add(EDIT_WITHIN);
    let text = item.kind == ItemKind::Message && item.poll.is_none() && item.message_id.is_some();
    item.own != Own::No && text && recent && !item.deleted && item.failure.is_none()
}

fn unknown_message() -> Failure {
    Failure::new("not-found", "there is no such message here")
}

fn not_allowed(detail: &str) -> Failure {
    Failure::new("not-allowed", detail)
}

/// What to amend: where, who does it, which message.
pub(super) struct Amending {
    pub conversation: Conversation,
    pub sender: AccountId,
    pub item: TimelineRow,
    pub message_id: MessageId,
}

impl Turn<'_> {
    /// A message that can be amended.
    pub(super) fn amending(&self, at: ConversationId, key: &str) -> Result<std::result::Result<Amending, Failure>> {
        let (conversation, sender) = match self.may_take_part(at)? {
            Ok(may) => may,
            Err(failure) => return Ok(Err(failure)),
        };
        let item = self.store.item(conversation.id, key)?.filter(|item| !item.deleted);
        let found = item.and_then(|item| Some((item.message_id?, item)));
        Ok(match found {
            None => Err(unknown_message()),
            Some((_, item)) if item.failure.is_some() => Err(not_allowed("the message was not sent")),
            Some((message_id, item)) => Ok(Amending { conversation, sender, item, message_id }),
        })
    }

    /// Content about a message; it goes when the message goes.
    pub(super) fn about(&mut self, to: &Amending, body: NestedPart) -> MimiContent {
        let expires = to.item.expires_in.map(Expiration::AfterReading);
        MimiContent { expires, ..self.content(to.conversation.id, to.sender, body) }
    }

    pub(super) fn edit_text(&mut self, at: ConversationId, key: &str, text: &str) -> Result<Outcome> {
        let to = match self.amending(at, key)? {
            Ok(to) => to,
            Err(failure) => return Ok(Err(failure)),
        };
        if !may_edit(&to.item, self.server_time()) {
            return Ok(Err(not_allowed("own texts are changed, for a day")));
        }
        if to.item.text.as_deref() == Some(text) {
            return Ok(Ok(Answer::Done));
        }
        let body = match self.text_body(&to.conversation, text)? {
            Ok(body) => body,
            Err(failure) => return Ok(Err(failure)),
        };
        let (replaces, in_reply_to) = (Some(to.message_id), to.item.reply_to);
        let content = MimiContent { replaces, in_reply_to, ..self.about(&to, body) };
        let id = self.client_id();
        self.enqueue(&to.conversation, id, content)
    }

    pub(super) fn delete_messages(&mut self, at: ConversationId, keys: &[String], everyone: bool) -> Result<Outcome> {
        let conversation = match self.resolve(at)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        let mut items = Vec::new();
        for key in keys {
            // What is gone already need not be deleted.
            let Some(item) = self.store.item(conversation.id, key)? else { continue };
            if everyone && item.own == Own::No {
                return Ok(Err(not_allowed("only own messages are deleted for everyone")));
            }
            items.push(item);
        }
        let mut hidden = Vec::new();
        for item in items {
            if self.discard_unsent(conversation.id, &item)? {
                continue;
            }
            if !everyone {
                hidden.push(item.key);
            } else if !item.deleted
                && let Err(failure) = self.delete_message(conversation.id, &item.key)?
            {
                return Ok(Err(failure));
            }
        }
        if !hidden.is_empty() {
            self.hide_messages(conversation.id, &hidden)?;
            self.changed(conversation.id);
        }
        Ok(Ok(Answer::Done))
    }

    fn delete_message(&mut self, at: ConversationId, key: &str) -> Result<Outcome> {
        let to = match self.amending(at, key)? {
            Ok(to) => to,
            Err(failure) => return Ok(Err(failure)),
        };
        // A deletion says nothing, so it need not disappear.
        let body = NestedPart::null(Disposition::Render);
        let (replaces, in_reply_to) = (Some(to.message_id), to.item.reply_to);
        let content = MimiContent { replaces, in_reply_to, ..self.content(to.conversation.id, to.sender, body) };
        let id = self.client_id();
        self.enqueue(&to.conversation, id, content)
    }

    pub(super) fn react(&mut self, at: ConversationId, key: &str, emoji: &str, add: bool) -> Result<Outcome> {
        let to = match self.amending(at, key)? {
            Ok(to) => to,
            Err(failure) => return Ok(Err(failure)),
        };
        if !is_emoji(emoji) {
            return Ok(Err(Failure::new("invalid-request", "a reaction is one emoji")));
        }
        if add { self.add_reaction(&to, emoji) } else { self.take_reaction_back(&to, emoji) }
    }

    fn own_reactions(&self, to: &Amending) -> Result<Vec<String>> {
        let amendments = self.store.amendments_of(to.conversation.id, to.message_id)?;
        let reactions = present(to.sender, None, &amendments).reactions;
        let own = reactions.iter().filter(|(_, people)| people.contains(&to.sender));
        Ok(own.map(|(emoji, _)| (*emoji).to_owned()).collect())
    }

    fn add_reaction(&mut self, to: &Amending, emoji: &str) -> Result<Outcome> {
        let own = self.own_reactions(to)?;
        if own.iter().any(|known| known == emoji) {
            return Ok(Ok(Answer::Done));
        }
        if own.len() >= REACTIONS_MAX {
            return Ok(Err(Failure::new("too-large", "a message takes at most 20 reactions of a person")));
        }
        let in_reply_to = Some(to.message_id);
        let content = MimiContent { in_reply_to, ..self.about(to, NestedPart::reaction(emoji)) };
        let id = self.client_id();
        self.enqueue(&to.conversation, id, content)
    }

    fn take_reaction_back(&mut self, to: &Amending, emoji: &str) -> Result<Outcome> {
        let at = to.conversation.id;
        let of_emoji = |amendment: &Amendment| {
            amendment.kind == AmendmentKind::React
                && amendment.sender == to.sender
                && amendment.content == emoji.as_bytes()
        };
        // One that has not left this device is simply not sent.
        for reaction in self.store.amendments_of(at, to.message_id)?.iter().filter(|known| of_emoji(known)) {
            if let Some(row) = self.store.outbox_find(at, reaction.client_id)?.filter(|row| row.sent.is_none()) {
                self.discard_row(at, &row)?;
            }
        }
        if !self.own_reactions(to)?.iter().any(|known| known == emoji) {
            return Ok(Ok(Answer::Done));
        }
        let left = self.store.amendments_of(at, to.message_id)?;
        let Some(reaction) = left.iter().rev().find(|known| of_emoji(known)) else { return Ok(Ok(Answer::Done)) };
        let body = NestedPart::null(Disposition::Reaction);
        let (replaces, in_reply_to) = (Some(reaction.message_id), Some(to.message_id));
        let content = MimiContent { replaces, in_reply_to, ..self.content(at, to.sender, body) };
        let id = self.client_id();
        self.enqueue(&to.conversation, id, content)
    }

    /// Drops an own message that has not left this device; gives whether it was one.
    fn discard_unsent(&mut self, at: ConversationId, item: &TimelineRow) -> Result<bool> {
        let (Own::Device, None, Ok(id)) = (item.own, item.seq, item.key.parse::<ClientId>()) else { return Ok(false) };
        match self.store.outbox_find(at, id)?.filter(|row| row.sent.is_none()) {
            Some(row) => self.discard_row(at, &row).map(|()| true),
            None => Ok(false),
        }
    }

    /// Drops what was to be sent, and with a message all that was to change it.
    pub(super) fn discard_row(&mut self, at: ConversationId, row: &OutboxRow) -> Result<()> {
        self.store.outbox_remove(row.position)?;
        if let Some(amendment) = self.store.amendment(at, row.client_id)? {
            self.store.remove_amendment(at, row.client_id)?;
            return self.refresh(at, amendment.target);
        }
        let item = self.store.item(at, &row.client_id.to_string())?;
        if let Some(id) = item.and_then(|item| item.message_id) {
            for amendment in self.store.amendments_of(at, id)? {
                if let Some(row) = self.store.outbox_find(at, amendment.client_id)? {
                    self.store.outbox_remove(row.position)?;
                }
            }
            self.store.remove_amendments_of(at, id)?;
        }
        self.store.remove_item(at, row.client_id)?;
        self.changed(at);
        Ok(())
    }

    /// The log has an amendment of this device. Gives whether it is one.
    pub(super) fn amendment_logged(&mut self, at: ConversationId, id: ClientId, seq: u64, time: u64) -> Result<bool> {
        let Some(amendment) = self.store.confirm_amendment(at, id, seq, time)? else { return Ok(false) };
        if let Some(after) = amendment.expires_in {
            self.expires_at(expiry(time, after));
        }
        if amendment.kind == AmendmentKind::Delete {
            self.erase_deleted(at, &amendment)?;
        }
        self.amended(at, amendment.target, amendment.kind)?;
        Ok(true)
    }

    /// An amendment could not be sent. Edits and deletions say so at their message; reactions and votes just go.
    pub(super) fn fail_amendment(&mut self, at: ConversationId, row: &OutboxRow, cause: &str) -> Result<()> {
        let Some(amendment) = self.store.amendment(at, row.client_id)? else { return Ok(()) };
        match amendment.kind {
            AmendmentKind::Edit | AmendmentKind::Delete => {
                self.store.set_amendment_failure(at, row.client_id, Some(cause))?;
                self.refresh(at, amendment.target)
            }
            _ => self.discard_row(at, row),
        }
    }

    /// An amendment waits again.
    pub(super) fn refresh_amended(&mut self, at: ConversationId, id: ClientId) -> Result<()> {
        match self.store.amendment(at, id)? {
            Some(amendment) => self.refresh(at, amendment.target),
            None => Ok(()),
        }
    }
}
