//! Conversations: opening and making them, learning of them from the server, drafts.

use std::collections::BTreeSet;

use sealpost_mls::Roles;
use sealpost_protocol::{
    AccountId, ConversationId,
    account::is_valid_display_name,
    conversation::{ConversationKind, ConversationSummary, Conversations, LogPosition},
};

use super::{
    CommandId, Result, purpose::Task, requests::Answered, sign_up::CommandResult, turn::Turn,
    vault::conversation_key_record,
};
use crate::{
    command::{Answer, Failure},
    snapshot::SnapshotKey,
    store::{Conversation, Intent, OutboxRow, Phase},
};

/// Most accounts in a group.
pub(super) const GROUP_MAX: usize = 1_000;

pub(super) type Outcome = std::result::Result<Answer, Failure>;

/// Whether the server's newest entry is another one than this device has taken in that place.
fn is_another_log(conversation: &Conversation, summary: &ConversationSummary) -> bool {
    let known = conversation.applied_hash.as_ref().filter(|_| !summary.hash.is_empty());
    summary.position.last_seq == conversation.applied_seq && known.is_some_and(|known| known != summary.hash.as_ref())
}

/// Whether everything in the server's log was taken, and what led into its epoch was not among it.
fn is_epoch_missed(conversation: &Conversation, summary: &ConversationSummary) -> bool {
    let LogPosition { generation, epoch, last_seq } = summary.position;
    (last_seq, generation) == (conversation.applied_seq, conversation.generation)
        && conversation.epoch.is_some_and(|known| known < epoch)
}

/// Whether the server's log is just what this device has taken.
fn is_same_log(conversation: &Conversation, summary: &ConversationSummary) -> bool {
    let known = conversation.applied_hash.as_ref();
    summary.position.last_seq == conversation.applied_seq && known.is_some_and(|known| known == summary.hash.as_ref())
}

fn unknown_conversation() -> Failure {
    Failure::new("not-found", "there is no such conversation here")
}

impl Turn<'_> {
    /// A conversation, or the one that it gave way to.
    pub(super) fn resolve(&self, id: ConversationId) -> Result<std::result::Result<Conversation, Failure>> {
        let mut found = self.store.conversation(id)?;
        if let Some(winner) = found.as_ref().and_then(|conversation| conversation.superseded_by) {
            found = self.store.conversation(winner)?;
        }
        Ok(found.ok_or_else(unknown_conversation))
    }

    /// Why no further chat may be started, if so.
    fn refuse_chat(&self) -> Result<Option<Failure>> {
        let unconfirmed = self.session()?.is_some_and(|session| session.recovery_code.is_some());
        let refused = unconfirmed && self.store.has_conversations()?;
        Ok(refused.then(|| Failure::new("confirm-code-first", "save the recovery code and type it again first")))
    }

    pub(super) fn start_direct(&mut self, command: CommandId, account: AccountId) -> Result<CommandResult> {
        if let Some(conversation) = self.store.direct_with(account)? {
            return Ok(Some(Ok(Answer::Conversation { conversation })));
        }
        if self.session()?.is_some_and(|session| session.account == account) {
            return Ok(Some(Err(Failure::new("invalid-request", "a chat needs another person"))));
        }
        if let Some(failure) = self.refuse_chat()? {
            return Ok(Some(Err(failure)));
        }
        let id = self.make(ConversationKind::Direct, vec![account])?;
        Ok(self.answer_when_made(command, id))
    }

    pub(super) fn create_group(
        &mut self,
        command: CommandId,
        name: String,
        mut members: Vec<AccountId>,
    ) -> Result<CommandResult> {
        let name = name.trim().to_owned();
        if !is_valid_display_name(&name) {
            return Ok(Some(Err(Failure::new("invalid-name", "a name has 1 to 64 characters"))));
        }
        let me = self.session()?.map(|session| session.account);
        members.sort();
        members.dedup();
        members.retain(|member| Some(*member) != me);
        if members.len() >= GROUP_MAX {
            return Ok(Some(Err(Failure::new("too-large", "a group has at most 1,000 people"))));
        }
        if let Some(failure) = self.refuse_chat()? {
            return Ok(Some(Err(failure)));
        }
        let id = self.make(ConversationKind::Group, members)?;
        self.store.set(id, "name", name)?;
        Ok(self.answer_when_made(command, id))
    }

    /// A conversation that is here only, until the server can be asked to make it.
    fn make(&mut self, kind: ConversationKind, others: Vec<AccountId>) -> Result<ConversationId> {
        let id = ConversationId(self.random());
        self.store.add_conversation(id, kind, self.config.suite.number(), Phase::Local, self.now)?;
        if kind == ConversationKind::Direct {
            self.store.set(id, "peer", others.first().map(|peer| peer.0))?;
        }
        let me = self.session()?.map(|session| (session.account, kind == ConversationKind::Group));
        let members: Vec<_> = others.iter().map(|account| (*account, false)).chain(me).collect();
        self.store.set_members(id, &members)?;
        let client_id = self.client_id();
        self.store.outbox_push(id, client_id, &Intent::Create(others))?;
        // Whoever begins a conversation wants it.
        if let Some(conversation) = self.store.conversation(id)? {
            self.accept(&conversation)?;
        }
        self.memory.due.names = true;
        self.changed.insert(SnapshotKey::Session);
        self.details_changed(id);
        self.attend(id);
        Ok(id)
    }

    /// With a connection the answer waits until the server has decided; without one the chat can be written in already.
    fn answer_when_made(&mut self, command: CommandId, conversation: ConversationId) -> CommandResult {
        if !self.is_connected() {
            return Some(Ok(Answer::Conversation { conversation }));
        }
        self.memory.creating.entry(conversation).or_default().push(command);
        None
    }

    /// Answers who waits for a conversation.
    pub(super) fn answer_creating(&mut self, conversation: ConversationId, result: &Outcome) {
        for id in self.memory.creating.remove(&conversation).unwrap_or_default() {
            self.finish(id, result.clone());
        }
    }

    pub(super) fn add_members(&mut self, id: ConversationId, accounts: &[AccountId]) -> Result<Outcome> {
        let conversation = match self.resolve(id)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        // Someone who leaves can be added again, and is removed first.
        let members = self.store.present_members(conversation.id)?;
        let me = self.session()?.map(|session| session.account);
        let admin = members.iter().any(|(account, admin)| Some(*account) == me && *admin);
        let open = matches!(conversation.phase, Phase::Local | Phase::Joined);
        let may = admin || !self.store.group(conversation.id)?.add_admins;
        if conversation.kind != ConversationKind::Group || !may || !open {
            return Ok(Err(Failure::new("not-allowed", "only admins of the group add people")));
        }
        let mut new: Vec<_> = accounts.to_vec();
        new.sort();
        new.dedup();
        new.retain(|account| !members.iter().any(|(member, _)| member == account));
        if members.len() + new.len() > GROUP_MAX {
            return Ok(Err(Failure::new("too-large", "a group has at most 1,000 people")));
        }
        if !new.is_empty() {
            self.put_additions(conversation.id, new)?;
            self.memory.due.names = true;
            self.details_changed(conversation.id);
            self.attend(conversation.id);
        }
        Ok(Ok(Answer::Done))
    }

    /// Who is to be added goes with those of whom that was said just before: one commit for all.
    fn put_additions(&mut self, id: ConversationId, mut new: Vec<AccountId>) -> Result<()> {
        let client_id = self.client_id();
        let last = self.store.outbox_last(id)?.filter(|row| row.sent.is_none() && !row.failed);
        if let Some(OutboxRow { position, intent: Intent::Add(before), .. }) = last {
            new.retain(|account| !before.contains(account));
            let all = before.into_iter().chain(new).collect();
            // Under another id, so that an answer that is on its way to the former intent is none to this one.
            return Ok(self.store.outbox_replace(position, client_id, &Intent::Add(all))?);
        }
        self.store.outbox_push(id, client_id, &Intent::Add(new))?;
        Ok(())
    }

    pub(super) fn listed(&mut self, answer: Answered<Conversations>) -> Result<()> {
        match answer {
            Ok(list) => {
                self.memory.due.list = false;
                for summary in &list.conversations {
                    self.learn(summary)?;
                    // What the server lost of cursors it is told again.
                    if self.store.told_at_most(summary.conversation, summary.stored, summary.read)? {
                        self.memory.due.stored = true;
                        self.attend(summary.conversation);
                    }
                    // A state that the server does not have was not its newest one.
                    self.store.forget_later_state(summary.conversation, summary.state_version)?;
                }
                // Left or removed while this device was away: its log says so.
                let listed: BTreeSet<_> = list.conversations.iter().map(|summary| summary.conversation).collect();
                let mut gone = self.store.in_phase(Phase::Joined)?;
                gone.retain(|id| !listed.contains(id));
                self.memory.attention.extend(&gone);
                self.memory.behind.extend(gone);
                Ok(())
            }
            Err(failure) => {
                self.hold(Task::List, Some(&failure));
                Ok(())
            }
        }
    }

    /// Takes what the server says of a conversation.
    pub(super) fn learn(&mut self, summary: &ConversationSummary) -> Result<()> {
        let id = summary.conversation;
        let Some(conversation) = self.store.conversation(id)? else {
            let phase = if summary.joined { Phase::Expected } else { Phase::Outside };
            self.add_known(id, summary.kind, summary.suite, phase)?;
            self.read_told_elsewhere(id, summary.read)?;
            return Ok(self.store.set(id, "state_known", summary.state_version)?);
        };
        self.store.server_has(id, summary.position.last_seq)?;
        self.read_told_elsewhere(id, summary.read)?;
        self.store.set(id, "state_known", summary.state_version.max(conversation.state_known))?;
        // Who has left waits to be removed, or for a Welcome.
        if conversation.phase == Phase::Left && !(summary.joined && self.waits_to_be_removed(id)?) {
            // A leaf of it has a Welcome.
            self.store.set_phase(id, if summary.joined { Phase::Expected } else { Phase::Outside })?;
        }
        if conversation.phase.is_taking() && summary.position.last_seq < conversation.applied_seq {
            // An older answer, or the server lost entries: the log says.
            self.memory.behind.insert(id);
        }
        if conversation.phase == Phase::Lost {
            self.memory.behind.insert(id);
            if is_same_log(&conversation, summary) && summary.lost.is_none() && self.store.join(id)?.is_none() {
                return self.nothing_lost(&conversation);
            }
        }
        if conversation.phase == Phase::Stopped {
            // Perhaps it was begun anew, or the log is another one by now.
            self.memory.behind.insert(id);
        }
        if conversation.phase.is_taking() && is_another_log(&conversation, summary) {
            return self.entries_lost(&conversation);
        }
        if conversation.phase.is_taking() && is_epoch_missed(&conversation, summary) {
            return self.commit_missed(id);
        }
        self.reset_wanted(&conversation, summary.lost)?;
        let opens = conversation.phase.is_taking() && conversation.conversation_key.is_some();
        let group = self.store.group(id)?;
        if opens && summary.state_version > 0 && (group.record.is_none() || group.broken) {
            self.retry_state(id)?;
        }
        if conversation.phase == Phase::Joined && summary.position.last_seq > conversation.applied_seq {
            self.expect_push();
        }
        self.attend(id);
        Ok(())
    }

    /// Adds a conversation that the server has, with the key that the vault has for it.
    pub(super) fn add_known(
        &mut self,
        id: ConversationId,
        kind: ConversationKind,
        suite: u16,
        phase: Phase,
    ) -> Result<()> {
        self.store.add_conversation(id, kind, suite, phase, self.now)?;
        let key = self.store.vault_get(&conversation_key_record(id))?;
        if let Some(key) = key.and_then(|key| <[u8; 32]>::try_from(key).ok()) {
            self.store.set(id, "conversation_key", key)?;
        }
        self.take_records_of(id)?;
        self.attend(id);
        self.changed.insert(SnapshotKey::Session);
        self.details_changed(id);
        Ok(())
    }

    /// Remembers with whom a direct conversation is. One that was made here with the same person gives way.
    pub(super) fn set_peer(&mut self, conversation: &Conversation, roles: &Roles) -> Result<()> {
        let Roles::Direct { accounts } = roles else { return Ok(()) };
        let me = self.me()?;
        let Some(&peer) = accounts.iter().find(|account| **account != me) else { return Ok(()) };
        if conversation.peer == Some(peer) {
            return Ok(());
        }
        match self.store.direct_with(peer)? {
            Some(other) if other == conversation.id => return Ok(()),
            Some(other) => {
                let local = self.store.conversation(other)?.is_some_and(|other| other.phase == Phase::Local);
                if !local {
                    return Ok(());
                }
                self.supersede(other, conversation.id)?;
            }
            None => {}
        }
        Ok(self.store.set(conversation.id, "peer", peer.0)?)
    }

    /// A conversation that was made here gives way to the one that the server has with the same person: what was to be
    /// sent moves there.
    pub(super) fn supersede(&mut self, local: ConversationId, winner: ConversationId) -> Result<()> {
        let Some(loser) = self.store.conversation(local)? else { return Ok(()) };
        self.forget_group(&loser)?;
        self.store.set(local, "superseded_by", winner.0)?;
        self.store.set_phase(local, Phase::Superseded)?;
        self.move_messages(local, winner)?;
        self.store.outbox_move(local, winner)?;
        self.store.move_items(local, winner)?;
        self.store.set_members(local, &[])?;
        if let Some(draft) = loser.draft {
            self.draft_typed(winner, &draft)?;
        }
        self.move_records(local, winner)?;
        self.answer_creating(local, &Ok(Answer::Conversation { conversation: winner }));
        self.details_changed(local);
        self.details_changed(winner);
        self.attend(winner);
        Ok(())
    }

    pub(super) fn save_draft(&mut self, id: ConversationId, text: &str) -> Result<Outcome> {
        let conversation = match self.resolve(id)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        self.draft_typed(conversation.id, text)?;
        Ok(Ok(Answer::Done))
    }

    pub(super) fn read_draft(&mut self, id: ConversationId) -> Result<Outcome> {
        let conversation = self.resolve(id)?;
        Ok(conversation.map(|conversation| Answer::Draft { text: conversation.draft.unwrap_or_default() }))
    }
}
