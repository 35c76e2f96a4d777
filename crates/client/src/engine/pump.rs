//! What to ask next: the first unfinished step of the account and of each conversation that may have one.

use sealpost_protocol::{
    Request,
    conversation::{ConversationsList, CursorsRead, InboxRead, LogRead, ReadWrite, StateRead},
    socket::from_cbor,
};

use super::{
    Result,
    purpose::{Purpose, Task},
    turn::Turn,
};
use crate::store::{Conversation, Due, Intent, Phase, Session};

/// Most conversations that are worked on at a time.
const CONVERSATIONS_AT_ONCE: usize = 16;
/// While the newest messages of each come from the archive.
const CONVERSATIONS_BESIDE: usize = 4;

impl Turn<'_> {
    /// Asks for the next step of everything that is unfinished.
    pub(super) fn pump(&mut self) -> Result<()> {
        let Some(session) = self.session()? else {
            // What is here of who was signed in may have to go.
            if let Some(ended) = self.store.session()? {
                self.ask_why_ended(&ended);
            }
            return Ok(());
        };
        self.settle()?;
        self.settle_files()?;
        if session.credential.is_none() {
            return self.publish(&session);
        }
        if !self.is_connected() {
            return self.connect_if_idle(&session);
        }
        if self.memory.signing_out.is_some() {
            // What only this device knows is written down; nothing is begun that no other could go on with.
            self.pump_vault(&session)?;
            return self.pump_archive(&session);
        }
        let hurried = self.memory.archiving.is_hurried();
        let most = if hurried { CONVERSATIONS_BESIDE } else { CONVERSATIONS_AT_ONCE };
        while self.conversations_open() < most {
            let Some(conversation) = self.memory.attention.pop_first() else { break };
            if self.is_free(Task::Conversation(conversation)) {
                self.step(conversation)?;
            }
        }
        self.pump_account(&session)
    }

    fn conversations_open(&self) -> usize {
        let tasks = self.memory.open.values().filter_map(|open| open.purpose.task());
        tasks.filter(|task| matches!(task, Task::Conversation(_))).count()
    }

    fn pump_account(&mut self, session: &Session) -> Result<()> {
        self.pump_own_devices(session)?;
        self.pump_passkeys();
        self.pump_told_lists()?;
        self.pump_key_packages(session)?;
        self.pump_vault(session)?;
        if self.memory.due.list && self.is_free(Task::List) {
            self.ask(ConversationsList {}, Purpose::List);
        }
        if self.memory.due.inbox && self.is_free(Task::Inbox) {
            self.ask(InboxRead {}, Purpose::Inbox);
        }
        self.pump_inbox_told()?;
        self.pump_names()?;
        self.pump_settings()?;
        self.pump_profile()?;
        self.pump_pictures()?;
        self.pump_presence()?;
        self.pump_erasures()?;
        self.pump_reports()?;
        self.pump_archive(session)?;
        self.pump_files()?;
        self.pump_stored()
    }

    /// Asks for the next step of one conversation.
    fn step(&mut self, id: sealpost_protocol::ConversationId) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        match conversation.phase {
            Phase::Local => self.step_create(&conversation),
            Phase::Expected => {
                self.memory.due.inbox = true;
                Ok(())
            }
            Phase::Welcomed => self.step_welcome(&conversation),
            Phase::Outside => self.step_external(&conversation),
            Phase::Joined | Phase::Leaving => self.step_joined(&conversation),
            Phase::Requested => self.step_requested(&conversation),
            Phase::Left => self.step_left(&conversation),
            Phase::Stopped => self.step_stopped(&conversation),
            Phase::Lost => self.step_lost(&conversation),
            Phase::Superseded => Ok(()),
        }
    }

    fn step_joined(&mut self, conversation: &Conversation) -> Result<()> {
        let id = conversation.id;
        let looks = self.memory.lists_missed.contains_key(&id) && self.memory.behind.contains(&id);
        if conversation.lists_due && !looks && self.ask_for_lists(conversation)? {
            return Ok(());
        }
        if self.memory.behind.contains(&id) {
            let after = conversation.applied_seq;
            let known = self.store.server_seq(id)?;
            self.ask(LogRead { conversation: id, after }, Purpose::Log { conversation: id, after, known });
            return Ok(());
        }
        if self.reset_if_due(conversation)? {
            return Ok(());
        }
        if self.reads_state_first(conversation)? {
            self.ask(StateRead { conversation: id }, Purpose::State(id));
            return Ok(());
        }
        self.look_for_lost_keys(conversation)?;
        self.look_at_broken_state(id)?;
        self.take_early_statements(id)?;
        if self.step_outbox(conversation)? || conversation.phase == Phase::Leaving {
            return Ok(());
        }
        if conversation.read_seq > conversation.read_told && self.tells_others(id)? {
            let seq = conversation.read_seq;
            let cursor = sealpost_protocol::conversation::LogCursor { conversation: id, seq };
            self.ask(ReadWrite { cursor }, Purpose::Read { conversation: id, seq });
        } else if conversation.state_known > conversation.state_version
            && (conversation.conversation_key.is_some() || self.has_candidates(id))
        {
            self.ask(StateRead { conversation: id }, Purpose::State(id));
        } else if self.memory.cursors_wanted.remove(&id) {
            self.ask(CursorsRead { conversation: id }, Purpose::Cursors(id));
        } else if !self.ask_join_requests(id)? {
            self.heal_if_due(conversation)?;
        }
        Ok(())
    }

    /// A device that has just come into a conversation reads its state before it does anything: what it sends is to disappear
    /// by the timer, and later whoever signed the state may have gone, and it would not be taken any more.
    fn reads_state_first(&self, conversation: &Conversation) -> Result<bool> {
        let unread = conversation.state_known > conversation.state_version && conversation.conversation_key.is_some();
        Ok(unread && self.store.group(conversation.id)?.record.is_none())
    }

    /// Sends what comes next in the outbox; gives whether there was something.
    fn step_outbox(&mut self, conversation: &Conversation) -> Result<bool> {
        let pending = self.store.outbox_pending_commit(conversation.id)?;
        let head = match pending {
            Some(row) => Some(row),
            None => {
                let held = self.holds_messages(conversation)?;
                let due = Due {
                    messages: !held,
                    adds: !held && !self.waits_for_absent(conversation.id),
                    states: conversation.conversation_key.is_some(),
                };
                self.store.outbox_head(conversation.id, due)?
            }
        };
        let Some(row) = head else { return Ok(false) };
        if matches!(row.intent, Intent::Message(_)) && row.sent.is_none() && !self.memory.unsure.is_empty() {
            // Nor is anything that comes after it.
            return Ok(true);
        }
        if row.answered {
            // The server has the commit, and the log shows it next.
            self.expect_push();
            return Ok(true);
        }
        let after_removals =
            matches!(row.intent, Intent::Message(_) | Intent::Change(_) | Intent::Add(_) | Intent::AddRequested { .. });
        if after_removals && row.sent.is_none() && self.must_remove_first(conversation)? {
            return Ok(true);
        }
        match (&row.intent, &row.sent) {
            (Intent::Message(_), Some(sent)) => self.resend_message(conversation.id, &row, sent)?,
            (Intent::Change(_), Some(sent)) => {
                let purpose = Purpose::Change { conversation: conversation.id, id: row.client_id };
                self.ask(from_cbor::<Request>(sent)?, purpose);
            }
            (Intent::State(change), Some(sent)) => self.resend_state(conversation, &row, change, sent)?,
            (_, Some(sent)) => self.resend_commit(conversation.id, row.client_id, sent)?,
            (Intent::Message(content), None) => self.send_message(conversation, &row, content)?,
            (Intent::Change(content), None) => self.send_change(conversation, &row, content)?,
            (Intent::State(change), None) => self.send_state(conversation, &row, change)?,
            (Intent::Link { secret, .. }, None) => self.send_link(conversation, &row, secret)?,
            (Intent::Settle(request), None) => self.send_settle(conversation, &row, *request)?,
            (Intent::Leave, None) => self.send_leave(conversation, &row)?,
            (Intent::Remove(accounts), None) => self.send_removal(conversation, &row, accounts)?,
            (Intent::RemoveLeft, None) => self.send_removal_of_left(conversation, &row)?,
            (Intent::Roles(change), None) => self.send_roles(conversation, &row, *change)?,
            (Intent::AddRequested { account, link, key_package, .. }, None) => {
                self.send_requested(conversation, &row, *account, *link, key_package)?
            }
            (Intent::Create(accounts) | Intent::Add(accounts), None) => {
                self.claim_to_add(conversation, &row, accounts)?
            }
            (Intent::Heal, None) => self.send_heal(conversation, &row)?,
        }
        Ok(true)
    }
}
