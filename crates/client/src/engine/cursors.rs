//! Cursors: what this device has stored, what the person has read, and what the others have.

use sealpost_protocol::{
    ConversationId, ProblemKind,
    account::Done,
    conversation::{Cursors, LogCursor, StoredWrite},
};

use super::{
    RequestFailure, Result, TimerId,
    conversations::Outcome,
    purpose::{Purpose, Task},
    requests::Answered,
    turn::Turn,
};
use crate::command::Answer;

/// The server is told what is stored here at most this often, in milliseconds.
const STORED_EVERY: u64 = 300;
/// Most cursors in one request.
const CURSORS_AT_ONCE: usize = 500;

impl Turn<'_> {
    /// Tells the server what is stored here. The request leaves after the commit, so it is.
    pub(super) fn pump_stored(&mut self) -> Result<()> {
        if !self.memory.due.stored || !self.is_free(Task::Stored) {
            return Ok(());
        }
        self.memory.due.stored = false;
        let next = self.memory.stored_told.saturating_add(STORED_EVERY);
        // A clock that was set back must not silence this.
        if self.now < next && self.now >= self.memory.stored_told {
            self.set_timer(TimerId::Cursors, next);
            return Ok(());
        }
        let cursors = self.store.untold_stored(CURSORS_AT_ONCE)?;
        if !cursors.is_empty() {
            self.memory.stored_told = self.now;
            self.ask(StoredWrite { cursors: cursors.clone() }, Purpose::Stored(cursors));
        }
        Ok(())
    }

    pub(super) fn stored_told(&mut self, cursors: &[LogCursor], answer: Answered<Done>) -> Result<()> {
        self.memory.due.stored = true;
        match answer {
            Ok(_) => Ok(cursors.iter().try_for_each(|cursor| self.store.told_stored(cursor))?),
            Err(failure) => {
                self.hold(Task::Stored, Some(&failure));
                Ok(())
            }
        }
    }

    pub(super) fn mark_read(&mut self, id: ConversationId, seq: u64) -> Result<Outcome> {
        let conversation = match self.resolve(id)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        let (id, seq) = (conversation.id, seq.min(conversation.applied_seq));
        self.read_up_to(id, seq)?;
        // Where the server is not told, own devices tell each other.
        let told = self.tells_others(id)?;
        self.change_chat(id, |chat| {
            chat.marked_unread = false;
            if !told {
                chat.read_up_to = chat.read_up_to.max(seq);
            }
        })?;
        Ok(Ok(Answer::Done))
    }

    fn read_up_to(&mut self, id: ConversationId, seq: u64) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        if seq > conversation.read_seq {
            self.store.set(id, "read_seq", seq)?;
            self.changed(id);
            self.attend(id);
        }
        Ok(())
    }

    /// The server knows up to where the person has read, on any device.
    pub(super) fn read_told_elsewhere(&mut self, id: ConversationId, seq: u64) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        self.store.set(id, "read_told", seq.max(conversation.read_told))?;
        if seq > conversation.read_seq {
            self.memory.read_elsewhere.insert(id, seq);
            self.read_elsewhere(id, seq)?;
        }
        Ok(())
    }

    /// Takes up to where the person has read elsewhere, as far as the log is here.
    pub(super) fn read_elsewhere(&mut self, id: ConversationId, agreed: u64) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        let told = self.memory.read_elsewhere.get(&id).copied().unwrap_or_default();
        if told <= conversation.applied_seq {
            self.memory.read_elsewhere.remove(&id);
        }
        self.read_up_to(id, agreed.max(told).min(conversation.applied_seq))
    }

    pub(super) fn read_told(&mut self, id: ConversationId, seq: u64, answer: Answered<Done>) -> Result<()> {
        match answer {
            Ok(_) => Ok(self.store.set(id, "read_told", seq)?),
            Err(failure) => {
                self.hold(Task::Conversation(id), Some(&failure));
                Ok(())
            }
        }
    }

    pub(super) fn cursors_read(&mut self, id: ConversationId, answer: Answered<Cursors>) -> Result<()> {
        match answer {
            Ok(cursors) if cursors.conversation == id => self.take_cursors(&cursors),
            Ok(_) => Ok(()),
            Err(failure) => {
                self.memory.cursors_wanted.insert(id);
                if matches!(&failure, RequestFailure::Problem(problem) if problem.kind() == ProblemKind::NotFound) {
                    // This account left, on another device, before this one came in: if so, its log says it.
                    self.memory.behind.insert(id);
                }
                self.hold(Task::Conversation(id), Some(&failure));
                Ok(())
            }
        }
    }

    pub(super) fn take_cursors(&mut self, cursors: &Cursors) -> Result<()> {
        let id = cursors.conversation;
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        let me = self.me()?;
        self.store.set_member_cursors(id, &cursors.members)?;
        self.message_infos_changed(id);
        if let Some(own) = cursors.members.iter().find(|member| member.account == me) {
            // The person read on another device.
            self.read_told_elsewhere(id, own.read)?;
        }
        let others = || cursors.members.iter().filter(|member| member.account != me);
        let (delivered, read) =
            (others().map(|member| member.delivered).min(), others().map(|member| member.read).min());
        if let (Some(delivered), Some(read)) = (delivered, read)
            && (delivered, read) != (conversation.delivered_seq, conversation.others_read_seq)
        {
            self.store.set(id, "delivered_seq", delivered)?;
            self.store.set(id, "others_read_seq", read)?;
            self.changed(id);
        }
        Ok(())
    }
}
