//! How conversations stand in the person's list, on all devices: muted, pinned, archived, unread; requests and contacts.

use sealpost_protocol::{AccountId, ConversationId, conversation::ConversationKind};

use super::{
    Result,
    conversations::Outcome,
    records::{HIDDEN_MAX, block_record, contact_record, draft_record},
    turn::Turn,
};
use crate::{
    command::{Answer, Arrangement, Failure},
    snapshot::SnapshotKey,
    store::{Conversation, ListRow, Phase},
};

impl Turn<'_> {
    pub(super) fn arrange_conversation(&mut self, at: ConversationId, arrangement: &Arrangement) -> Result<Outcome> {
        let conversation = match self.resolve(at)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        let brought_back = self.store.in_list(conversation.id)?.is_some_and(|row| has_newer(&row));
        self.change_chat(conversation.id, |chat| match *arrangement {
            Arrangement::Mute { until } => {
                chat.muted_until = until.unwrap_or(0);
                // What a new message brought back stays.
                chat.archived = chat.archived.filter(|_| !brought_back);
            }
            Arrangement::Pin { pinned } => chat.pinned = pinned,
            Arrangement::Archive { archived } => {
                chat.archived = archived.then_some(conversation.applied_seq);
                chat.pinned &= !archived;
            }
            Arrangement::MarkUnread { unread } => chat.marked_unread = unread,
        })?;
        Ok(Ok(Answer::Done))
    }

    pub(super) fn delete_conversation(&mut self, at: ConversationId) -> Result<Outcome> {
        let conversation = match self.resolve(at)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        let id = conversation.id;
        let asked_for = self.store.outbox_create(id)?.is_some_and(|row| row.sent.is_some());
        if conversation.phase == Phase::Local && !asked_for && !self.memory.creating.contains_key(&id) {
            // Nobody but this device knows of it.
            self.forget_group(&conversation)?;
            self.store.remove_conversation(id)?;
            self.changed.insert(SnapshotKey::Session);
            self.details_changed(id);
            return Ok(Ok(Answer::Done));
        }
        // What is known from the archive alone is here without having been taken.
        let newest = conversation.applied_seq.max(self.store.newest_held(id)?);
        self.erase_outlived(id, Some(newest))?;
        self.store.remove_waiting(id)?;
        self.draft_typed(id, "")?;
        self.save_draft_now(id)?;
        self.change_chat(id, |chat| {
            chat.deleted = chat.deleted.max(Some(newest));
            chat.archived = None;
            chat.pinned = false;
            chat.marked_unread = false;
        })?;
        self.details_changed(id);
        Ok(Ok(Answer::Done))
    }

    /// Hides messages on this account's devices, also on those where they have not come yet.
    pub(super) fn hide_messages(&mut self, id: ConversationId, keys: &[String]) -> Result<()> {
        self.change_chat(id, |chat| {
            let new: Vec<_> = keys.iter().filter(|key| !chat.hidden.contains(key)).cloned().collect();
            chat.hidden.extend(new);
            chat.hidden.drain(..chat.hidden.len().saturating_sub(HIDDEN_MAX));
        })
    }

    pub(super) fn accept_request(&mut self, at: ConversationId) -> Result<Outcome> {
        let conversation = match self.resolve(at)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        self.accept(&conversation)?;
        Ok(Ok(Answer::Done))
    }

    /// The person wants a conversation: began it, accepted it, or wrote in it. The other of a direct chat becomes a contact.
    pub(super) fn accept(&mut self, conversation: &Conversation) -> Result<()> {
        self.change_chat(conversation.id, |chat| chat.accepted = true)?;
        match conversation.peer {
            Some(peer) => self.keep_contact(peer, true),
            None => Ok(()),
        }
    }

    /// Someone added this person to a conversation.
    pub(super) fn added_by(&mut self, conversation: &Conversation, account: AccountId) -> Result<()> {
        if conversation.kind == ConversationKind::Direct {
            return Ok(());
        }
        self.change_chat(conversation.id, |chat| chat.added_by = Some(account))
    }

    pub(super) fn block(&mut self, account: AccountId, blocked: bool) -> Result<Outcome> {
        if account == self.own_account()? {
            return Ok(Err(Failure::new("invalid-request", "nobody blocks themselves")));
        }
        self.keep_blocked(account, blocked)?;
        Ok(Ok(Answer::Done))
    }

    /// Keeps, for all own devices, whether someone is blocked.
    pub(super) fn keep_blocked(&mut self, account: AccountId, blocked: bool) -> Result<()> {
        if blocked || self.store.standing(account)?.1 {
            self.change_record(&block_record(account), |record| record.set("blocked", Some(blocked)))?;
        }
        if self.store.set_blocked(account, blocked)? {
            self.standing_changed(account)?;
        }
        Ok(())
    }

    pub(super) fn set_contact(&mut self, account: AccountId, contact: bool) -> Result<Outcome> {
        if account == self.own_account()? {
            return Ok(Err(Failure::new("invalid-request", "nobody is a contact of themselves")));
        }
        self.keep_contact(account, contact)?;
        Ok(Ok(Answer::Done))
    }

    fn keep_contact(&mut self, account: AccountId, contact: bool) -> Result<()> {
        if self.store.standing(account)?.0 == contact {
            return Ok(());
        }
        self.change_record(&contact_record(account), |record| record.set("contact", Some(contact)))?;
        self.store.set_contact(account, contact)?;
        self.standing_changed(account)
    }

    /// Whether the others in a conversation may know what the person does there: not in requests, not with blocked people.
    pub(super) fn tells_others(&self, id: ConversationId) -> Result<bool> {
        let row = self.store.in_list(id)?;
        Ok(row.is_some_and(|row| !row.is_request() && !row.blocked && row.conversation.phase == Phase::Joined))
    }

    /// Whether messages of someone are neither shown nor counted.
    pub(super) fn is_blocked(&self, account: AccountId) -> Result<bool> {
        Ok(self.store.standing(account)?.1)
    }

    /// Brings in line what follows from what this event changed in conversations: what is deleted or hidden goes, what is
    /// written in is accepted, what is unread is counted anew.
    pub(super) fn settle(&mut self) -> Result<()> {
        let timelines = self.changed.iter().filter_map(|key| match key {
            SnapshotKey::Timeline { conversation, .. } => Some(*conversation),
            _ => None,
        });
        let changed: Vec<_> = timelines.collect();
        changed.into_iter().try_for_each(|id| self.settle_conversation(id))
    }

    fn settle_conversation(&mut self, id: ConversationId) -> Result<()> {
        let Some(row) = self.store.in_list(id)? else { return Ok(()) };
        self.erase_outlived(id, row.chat.deleted)?;
        self.store.remove_unwanted(id, row.chat.deleted)?;
        if self.store.has_waiting(id)? {
            if row.is_request() {
                self.accept(&row.conversation)?;
            }
            self.typed_enough(id);
        }
        self.read_elsewhere(id, row.chat.read_up_to)?;
        self.archive_caught_up();
        if self.store.soiled_segment(id)?.is_some() && !self.memory.archiving.is_pending(id) {
            self.archive_soon(id)?;
        }
        Ok(self.store.recount_unread(id)?)
    }

    /// The person has an unsent text here. Other devices get it when there is a pause.
    pub(super) fn draft_typed(&mut self, id: ConversationId, text: &str) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        if conversation.draft.as_deref().unwrap_or_default() == text {
            return Ok(());
        }
        let time = self.server_time().max(self.store.draft_time(id)?);
        self.store.set_draft(id, text, time, true)?;
        self.save_draft_soon(id);
        self.changed.insert(SnapshotKey::Conversations);
        Ok(())
    }

    /// Puts an unsent text into the vault.
    pub(super) fn save_draft_now(&mut self, id: ConversationId) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        let text = conversation.draft.unwrap_or_default();
        let name = draft_record(id);
        // As of when it was typed: another device may have typed since.
        let typed = self.store.draft_time(id)?;
        self.change_record_at(&name, typed, |record| record.set("text", Some(text.clone())))?;
        let time = self.record(&name)?.time().max(typed);
        Ok(self.store.set_draft(id, &text, time, false)?)
    }

    /// Another device has an unsent text, which is shown unless what was typed here is newer.
    pub(super) fn draft_agreed(&mut self, id: ConversationId, record: &super::records::Record) -> Result<()> {
        if record.time() > self.store.draft_time(id)? {
            self.store.set_draft(id, record.text("text").unwrap_or_default(), record.time(), false)?;
            self.changed.insert(SnapshotKey::Conversations);
        }
        Ok(())
    }
}

/// Whether there are newer messages than when a conversation was archived.
fn has_newer(row: &ListRow) -> bool {
    let newest = row.last.as_ref().map(|last| last.seq.unwrap_or(u64::MAX));
    newest.is_some_and(|newest| row.chat.archived.is_some_and(|archived| newest > archived))
}

/// Whether a conversation is out of the list: archived, and muted or without a newer message.
pub(super) fn is_archived(row: &ListRow, server_time: u64) -> bool {
    row.chat.archived.is_some() && (row.chat.muted_until > server_time || !has_newer(row))
}

/// Whether a conversation is not to be seen at all: it was deleted, and nothing came since.
pub(super) fn is_gone(row: &ListRow) -> bool {
    row.chat.deleted.is_some() && row.last.is_none() && row.conversation.draft.is_none()
}
