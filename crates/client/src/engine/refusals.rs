//! Changes of a conversation that could not be made: the chat says so, and they can be tried again or given up.

use sealpost_protocol::{ClientId, ConversationId};

use super::{Result, purpose::Task, turn::Turn};
use crate::store::{Intent, OutboxRow, RolesChange, StateChange, StoredChange, StoredNotice};

/// What of an intent a person wanted, if it is a change that is told when it fails.
fn wanted(intent: &Intent) -> Option<StoredChange> {
    Some(match intent {
        Intent::Add(accounts) => StoredChange::Add(accounts.clone()),
        Intent::Remove(accounts) => StoredChange::Remove(accounts.clone()),
        Intent::Roles(RolesChange::Admin { account, admin }) => StoredChange::Admin { person: *account, admin: *admin },
        Intent::Roles(RolesChange::Policy { .. }) => StoredChange::Policy,
        Intent::State(StateChange::Name(_)) => StoredChange::Name,
        Intent::State(StateChange::Description(_)) => StoredChange::Description,
        Intent::State(StateChange::Picture(_)) => StoredChange::Picture,
        Intent::State(StateChange::Timer(_)) => StoredChange::Timer,
        Intent::State(StateChange::AddLink { .. } | StateChange::EndLink { .. }) => StoredChange::Link,
        _ => return None,
    })
}

impl Turn<'_> {
    /// A change could not be made. With `retry` it stays, to be tried again when the person says so.
    pub(super) fn refuse_change(&mut self, id: ConversationId, row: &OutboxRow, retry: bool) -> Result<()> {
        self.attend(id);
        let Some(change) = wanted(&row.intent) else { return Ok(self.store.outbox_remove(row.position)?) };
        if retry {
            self.store.outbox_set_failed(row.position, true)?;
        } else {
            self.store.outbox_remove(row.position)?;
        }
        let seq = self.store.conversation(id)?.map_or(0, |conversation| conversation.applied_seq);
        self.store.add_notice(id, seq, self.now, &StoredNotice::NotDone { id: row.client_id, change, retry })?;
        self.show_waiting_state(id)?;
        self.details_changed(id);
        Ok(())
    }

    /// Tries a refused change again. Gives whether the id names one.
    pub(super) fn retry_change(&mut self, id: ConversationId, change: ClientId) -> Result<bool> {
        if !self.store.remove_not_done(id, change)? {
            return Ok(false);
        }
        if let Some(row) = self.store.outbox_find(id, change)?.filter(|row| row.failed) {
            // What it was tried with is spent: claims of key packages, say, are answered the same each time.
            let next = self.client_id();
            self.store.outbox_replace(row.position, next, &row.intent)?;
            self.store.outbox_set_failed(row.position, false)?;
        }
        self.show_waiting_state(id)?;
        self.went_well(Task::Conversation(id));
        self.attend(id);
        self.details_changed(id);
        Ok(true)
    }

    /// Gives a refused change up. Gives whether the id names one.
    pub(super) fn discard_change(&mut self, id: ConversationId, change: ClientId) -> Result<bool> {
        if !self.store.remove_not_done(id, change)? {
            return Ok(false);
        }
        if let Some(row) = self.store.outbox_find(id, change)?.filter(|row| row.failed) {
            self.store.outbox_remove(row.position)?;
        }
        self.details_changed(id);
        Ok(true)
    }

    /// Shows the state as it is to be, with what still waits.
    fn show_waiting_state(&mut self, id: ConversationId) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        let state = self.state_to_be(&conversation)?;
        self.show_state(id, &state)
    }
}
