//! Taking the log: entries strictly in order, each once, in one transaction with what they change.

use sealpost_mls::{GroupError, ProcessError, Processed, ReceivedCommit};
use sealpost_protocol::{
    ConversationId, ProblemKind,
    conversation::{Entry, EntryBody, LogWindow},
};

use super::{
    RequestFailure, Result,
    changes::Place,
    purpose::Task,
    requests::{Answered, is_temporary},
    timeline::Origin,
    turn::Turn,
};
use crate::{
    content::{Content, Envelope, EnvelopeError, Kind},
    snapshot::{StopCause, UnreadableCause},
    store::{Conversation, Own, Phase, Rekey, StoredNotice},
};

/// Running hashes are kept for this many entries; they are thinned out when a multiple of it is passed.
const HASHES_KEPT: u64 = 2_000;

/// What came of an entry.
pub(super) enum Taken {
    /// It was taken.
    Yes {
        /// It is a message that the person has not read.
        unread: bool,
    },
    /// It was taken and put this device out: what follows is not for it, or only after a Welcome.
    Out,
    /// It was taken, and what follows waits for the device lists of who came in.
    Held,
    /// It cannot be taken now, nor what follows.
    No,
    /// Something that led to it is not among what was taken.
    Gap,
}

impl Turn<'_> {
    /// Takes what a window holds that is new.
    pub(super) fn take_window(&mut self, window: LogWindow) -> Result<()> {
        let id = window.conversation;
        let Some(conversation) = self.store.conversation(id)? else {
            self.memory.due.list = true;
            return Ok(());
        };
        self.store.server_has(id, window.last_seq)?;
        if conversation.phase == Phase::Lost {
            return self.find_reset(&conversation, &window);
        }
        if conversation.phase == Phase::Stopped {
            return self.look_at_stopped(&conversation, &window);
        }
        if conversation.phase == Phase::Outside {
            self.look_for_adds(&window);
        }
        if !conversation.phase.is_taking() {
            return Ok(());
        }
        if conversation.lists_due {
            return self.look_at_window(&conversation, &window);
        }
        self.take_entries(&conversation, &window)
    }

    fn take_entries(&mut self, conversation: &Conversation, window: &LogWindow) -> Result<()> {
        let id = conversation.id;
        let (mut seq, mut hash, mut unread) = (conversation.applied_seq, conversation.applied_hash, false);
        let mut gap = false;
        for entry in &window.entries {
            if entry.seq <= seq {
                continue;
            }
            if matches!(entry.body, EntryBody::Reset { .. }) && entry.generation > conversation.generation {
                if seq > conversation.applied_seq {
                    self.took(conversation, seq, hash.as_ref(), unread)?;
                }
                return self.take_reset(conversation, entry);
            }
            if entry.seq != seq + 1 {
                self.memory.behind.insert(id);
                break;
            }
            let fits = !self.begins_otherwise(id, entry)?;
            let Some(next) = next_hash(hash.as_ref(), entry).filter(|_| fits) else {
                self.entries_lost(conversation)?;
                break;
            };
            // What the entry says of the log before it is compared with what is known here, this window included.
            self.store.set_log_hash(id, entry.seq, &next)?;
            self.acknowledged_lost(id, (entry.seq, entry.seq), Some(entry.client_id))?;
            match self.take_entry(conversation, entry)? {
                Taken::Yes { unread: new } => unread |= new,
                Taken::Held => {
                    self.memory.behind.insert(id);
                    (seq, hash) = (entry.seq, Some(next));
                    break;
                }
                Taken::Out => {
                    (seq, hash) = (entry.seq, Some(next));
                    break;
                }
                Taken::No => break,
                Taken::Gap => {
                    gap = true;
                    break;
                }
            }
            (seq, hash) = (entry.seq, Some(next));
        }
        if seq > conversation.applied_seq {
            self.took(conversation, seq, hash.as_ref(), unread)?;
        }
        if gap {
            return self.commit_missed(id);
        }
        if seq < window.last_seq {
            self.expect_push();
        }
        Ok(())
    }

    /// What is not to be taken yet may say all the same that the server lost something, or that the conversation was begun
    /// anew.
    fn look_at_window(&mut self, conversation: &Conversation, window: &LogWindow) -> Result<()> {
        if let Some(reset) = self.next_reset(conversation, window)? {
            return self.take_reset(conversation, reset);
        }
        let next = window.entries.iter().find(|entry| entry.seq == conversation.applied_seq + 1);
        if next.is_some_and(|next| next_hash(conversation.applied_hash.as_ref(), next).is_none()) {
            return self.entries_lost(conversation);
        }
        if !self.memory.lists_missed.contains_key(&conversation.id) {
            self.memory.behind.insert(conversation.id);
        }
        self.attend(conversation.id);
        Ok(())
    }

    /// Whether this device made the conversation and something else stands in the place of the commit that the server took
    /// for it.
    pub(super) fn begins_otherwise(&self, id: ConversationId, entry: &Entry) -> Result<bool> {
        let own = if entry.seq == 1 { self.store.outbox_create(id)? } else { None };
        Ok(own.is_some_and(|own| own.client_id != entry.client_id))
    }

    fn took(&mut self, before: &Conversation, seq: u64, hash: Option<&[u8; 32]>, unread: bool) -> Result<()> {
        let id = before.id;
        self.store.advance(id, seq, hash)?;
        if before.applied_seq / HASHES_KEPT != seq / HASHES_KEPT {
            self.store.forget_log_hashes(id, seq.saturating_sub(HASHES_KEPT))?;
        }
        if unread {
            self.changed(id);
        }
        if let Some(welcome) = self.store.welcome_for(id)?
            && welcome.position.last_seq < seq
        {
            // The log did not put this device out before it: it leads nowhere.
            self.store.remove_welcomes(id)?;
        }
        self.store.hold_range(id, (before.applied_seq + 1, seq))?;
        for unread in std::mem::take(&mut self.memory.archiving.unread_entries) {
            // An own other device may have it, and archive it.
            self.store.release_entry(id, unread)?;
            self.memory.archiving.left_out = true;
        }
        self.archive_soon(id)?;
        self.memory.due.stored = true;
        self.memory.active.insert(id, self.now);
        self.changed(id);
        self.attend(id);
        Ok(())
    }

    /// Takes what the log has after entry `after`; when it was asked for, the server was known to have entries up to `known`.
    pub(super) fn log_read(
        &mut self,
        id: ConversationId,
        (after, known): (u64, u64),
        answer: Answered<LogWindow>,
    ) -> Result<()> {
        match answer {
            Ok(window) => {
                self.memory.behind.remove(&id);
                self.window_read((after, known), window)
            }
            Err(RequestFailure::Problem(problem)) if problem.kind() == ProblemKind::NotFound => self.leave(id),
            Err(failure) if is_temporary(&failure) => {
                self.hold(Task::Conversation(id), Some(&failure));
                Ok(())
            }
            Err(failure) => {
                tracing::warn!(error = %failure, "a log could not be read");
                self.hold(Task::Conversation(id), None);
                Ok(())
            }
        }
    }

    /// Takes a window that was asked for: where it does not go on from what was taken, it says why.
    fn window_read(&mut self, (after, known): (u64, u64), window: LogWindow) -> Result<()> {
        let (id, last_seq) = (window.conversation, window.last_seq);
        let conversation = self.store.conversation(id)?;
        if conversation.as_ref().is_some_and(|found| found.phase.is_taking() && found.applied_seq < after) {
            // Meanwhile the log is taken again from further back.
            self.memory.behind.insert(id);
            return Ok(());
        }
        let before = conversation.as_ref().map_or(0, |conversation| conversation.applied_seq);
        let is_lost = conversation.as_ref().is_some_and(|found| found.phase == Phase::Lost);
        if is_lost && self.look_further_back(id, after, last_seq) {
            return Ok(());
        }
        if let Some(conversation) = conversation.as_ref().filter(|found| found.phase.is_taking())
            && last_seq < after
        {
            return self.entries_lost(conversation);
        }
        if last_seq < known {
            self.acknowledged_lost(id, (last_seq + 1, known), None)?;
            self.store.set(id, "server_seq", last_seq)?;
        }
        if let Some(conversation) = conversation.as_ref().filter(|found| is_pruned_for(&window, found)) {
            self.store.remove_join(id)?;
            return self.rejoin(conversation);
        }
        if let Some(conversation) = conversation.filter(|found| hides_what_follows(&window, found)) {
            return self.added_again(&conversation);
        }
        self.take_window(window)?;
        let taking = self.store.conversation(id)?.filter(|conversation| conversation.phase.is_taking());
        // What waits for device lists is read again once they are here.
        if let Some(taking) = taking.filter(|taking| taking.applied_seq < last_seq && !taking.lists_due) {
            self.memory.behind.insert(id);
            if taking.applied_seq == before {
                self.hold(Task::Conversation(id), None);
            }
        }
        Ok(())
    }

    fn take_entry(&mut self, conversation: &Conversation, entry: &Entry) -> Result<Taken> {
        if entry.generation != conversation.generation {
            self.stop(conversation.id, entry.seq, StopCause::BegunAnew)?;
            return Ok(Taken::No);
        }
        match &entry.body {
            EntryBody::Application { message } => self.take_message(conversation, entry, message),
            EntryBody::Commit { message } => self.take_commit(conversation, entry, message),
            EntryBody::Blank {} => self.take_blank(conversation, entry),
            // One of this generation has nothing to say any more.
            EntryBody::Reset { .. } => Ok(Taken::Yes { unread: false }),
        }
    }

    fn take_message(&mut self, conversation: &Conversation, entry: &Entry, message: &[u8]) -> Result<Taken> {
        let id = conversation.id;
        if self.is_as_sent(id, entry.client_id, message)?
            && (self.change_logged(id, entry.client_id, entry.seq, entry.time)?
                || self.message_logged(id, entry.client_id, entry.seq, entry.time)?)
        {
            return Ok(Taken::Yes { unread: false });
        }
        let processed = self.with_group(conversation, |context, group| group.process(context, message))?;
        let Some(processed) = processed else {
            self.rejoin(conversation)?;
            return Ok(Taken::No);
        };
        let cause = match processed {
            Ok(Processed::Application { sender, plaintext }) => match Envelope::decode(&plaintext) {
                Ok(envelope) => {
                    self.take_gossip(conversation, entry, &sender, &envelope)?;
                    return self.take_envelope(conversation, entry, sender.account, &envelope);
                }
                Err(EnvelopeError::Version) => UnreadableCause::Newer,
                Err(_) => UnreadableCause::Malformed,
            },
            Ok(_) => UnreadableCause::Malformed,
            Err(ProcessError::Store(error)) => return Err(error.into()),
            // Discarded here after it had been sent, or taken before.
            Err(ProcessError::OwnMessage | ProcessError::Duplicate) => return Ok(Taken::Yes { unread: false }),
            // Every entry before it was taken, and one of them should have been the commit that led there.
            Err(ProcessError::FutureEpoch { .. }) => return Ok(Taken::Gap),
            Err(error) => {
                tracing::warn!(error = %error, "a message could not be decrypted");
                UnreadableCause::Undecryptable
            }
        };
        tracing::warn!(?cause, "a message could not be read");
        self.store.add_notice(id, entry.seq, entry.time, &StoredNotice::Unreadable { cause })?;
        self.memory.archiving.unread_entries.push(entry.seq);
        Ok(Taken::Yes { unread: false })
    }

    fn take_envelope(
        &mut self,
        conversation: &Conversation,
        entry: &Entry,
        sender: sealpost_protocol::AccountId,
        envelope: &Envelope,
    ) -> Result<Taken> {
        let id = conversation.id;
        let own = sender == self.me()?;
        let content = Content::decode(&envelope.content);
        let place = Place { conversation: id, seq: entry.seq, time: entry.time };
        if let Ok(content) = &content
            && self.take_change(place, sender, content)?
        {
            return Ok(Taken::Yes { unread: false });
        }
        let amends = matches!(&content, Ok(content) if matches!(content.meaning().kind(), Kind::Amendment { .. }));
        if !amends && !self.may_post(id, sender)? {
            tracing::warn!("someone wrote where only admins do");
            return Ok(Taken::Yes { unread: false });
        }
        if let Ok(content) = &content {
            self.heard_from(id, sender, content.meaning())?;
        }
        // Whether a message is deleted or changed must not depend on when someone was blocked.
        if !own && !amends && self.is_blocked(sender)? {
            return Ok(Taken::Yes { unread: false });
        }
        let origin = Origin {
            conversation: id,
            id: entry.client_id,
            seq: Some(entry.seq),
            time: entry.time,
            sender,
            own: if own { Own::Account } else { Own::No },
        };
        let new = self.write_message(&origin, &envelope.content)?;
        Ok(Taken::Yes { unread: new && !own })
    }

    fn take_commit(&mut self, conversation: &Conversation, entry: &Entry, message: &[u8]) -> Result<Taken> {
        let pending = self.store.outbox_pending_commit(conversation.id)?;
        let processed = self.with_group(conversation, |context, group| group.process(context, message))?;
        match processed {
            None => {
                self.rejoin(conversation)?;
                Ok(Taken::No)
            }
            Some(Ok(Processed::OwnPendingCommit)) => {
                let own = pending.filter(|row| row.client_id == entry.client_id);
                let Some(row) = own else {
                    self.rejoin(conversation)?;
                    return Ok(Taken::No);
                };
                self.merge_own(conversation, &row, entry)?;
                Ok(Taken::Yes { unread: false })
            }
            Some(Ok(Processed::Commit(received))) => {
                let taken = self.merge_received(conversation, entry, *received)?;
                if let (Taken::Yes { .. } | Taken::Held, Some(row)) = (&taken, pending) {
                    self.commit_lost(conversation.id, &row)?;
                }
                Ok(taken)
            }
            Some(Err(ProcessError::Store(error))) => Err(error.into()),
            Some(Err(ProcessError::Rule(violation))) => {
                tracing::warn!(error = %violation, "a commit breaks a rule");
                self.stop(conversation.id, entry.seq, StopCause::Rule)?;
                Ok(Taken::No)
            }
            Some(Err(ProcessError::Clock)) => {
                // Not the log is wrong but this device's clock: it waits, and tries again.
                tracing::error!("this device's clock is wrong");
                self.memory.behind.insert(conversation.id);
                self.hold(Task::Conversation(conversation.id), None);
                Ok(Taken::No)
            }
            Some(Err(ProcessError::FutureEpoch { .. })) => Ok(Taken::Gap),
            Some(Ok(Processed::Application { .. }) | Err(_)) => {
                self.rejoin(conversation)?;
                Ok(Taken::No)
            }
        }
    }

    fn merge_received(
        &mut self,
        conversation: &Conversation,
        entry: &Entry,
        received: ReceivedCommit,
    ) -> Result<Taken> {
        let id = conversation.id;
        let change = received.change.clone();
        if self.is_another_key(change.added.iter().chain([&change.committer]))? {
            self.stop(id, entry.seq, StopCause::Identity)?;
            return Ok(Taken::No);
        }
        for delisting in &change.delistings {
            if !self.may_delist(conversation, delisting)? {
                // Made with a list key that was replaced: whoever has it puts nobody out.
                self.stop(id, entry.seq, StopCause::Rule)?;
                return Ok(Taken::No);
            }
        }
        for member in change.added.iter().chain([&change.committer]) {
            if self.store.was_put_out(id, member.device)? {
                // An honest server lets nobody back whose account has removed them.
                self.stop(id, entry.seq, StopCause::Device)?;
                return Ok(Taken::No);
            }
        }
        let removed = received.self_removed;
        let merged = self.with_group(conversation, |context, group| group.merge(context, received))?;
        match merged {
            Some(Ok(())) => {}
            Some(Err(GroupError::Rule(violation))) => {
                tracing::warn!(error = %violation, "a commit breaks a rule");
                self.stop(id, entry.seq, StopCause::Rule)?;
                return Ok(Taken::No);
            }
            Some(Err(GroupError::Store(error))) => return Err(error.into()),
            None | Some(Err(_)) => {
                self.rejoin(conversation)?;
                return Ok(Taken::No);
            }
        }
        self.note_epoch(id)?;
        for member in change.removed.iter().filter(|member| change.delisted.contains(&member.leaf_index)) {
            self.store.add_put_out(id, member.device)?;
        }
        let by = change.committer.account;
        if removed && change.external && change.committer.device == self.identity()?.credential.device {
            // An external commit of this device that was on its way when a Welcome came.
            self.rejoin(conversation)?;
            return Ok(Taken::No);
        }
        if removed {
            let me = self.me()?;
            if !change.left.contains(&me) {
                self.store.add_notice(id, entry.seq, entry.time, &StoredNotice::Removed { by, people: vec![me] })?;
            }
            self.put_out(id)?;
            return Ok(Taken::Out);
        }
        if !change.removed.is_empty() && !change.external {
            // Whoever was removed must not read the state any more.
            self.store.set_rekey(id, Rekey::By(by))?;
        }
        if !change.added.is_empty() || !change.removed.is_empty() || change.external || change.roles.is_some() {
            self.members_changed(id, Some(by), entry, change.added.len(), &change.left)?;
        }
        let came = change.added.iter().chain([&change.committer]);
        Ok(if self.wait_for_lists(id, came)? { Taken::Held } else { Taken::Yes { unread: false } })
    }

    /// This device's state does not fit the log: it joins anew, above every epoch that it has seen.
    pub(super) fn rejoin(&mut self, conversation: &Conversation) -> Result<()> {
        let id = conversation.id;
        let epoch = self.with_group(conversation, |_, group| group.epoch())?.max(conversation.epoch);
        tracing::warn!("the log cannot be followed from here; joining anew");
        self.drop_group(id);
        self.store.set_phase(id, Phase::Outside)?;
        self.store.set(id, "floor_epoch", epoch.max(conversation.floor_epoch))?;
        self.hold(Task::Conversation(id), None);
        self.details_changed(id);
        Ok(())
    }
}

/// Whether what leads from what the device has taken to the present epoch is not kept any more, nor a reset that it waits for.
fn is_pruned_for(window: &LogWindow, conversation: &Conversation) -> bool {
    let is_gone = window.pruned.as_ref().is_some_and(|pruned| pruned.seq > conversation.applied_seq);
    let is_later =
        |entry: &Entry| matches!(entry.body, EntryBody::Reset { .. }) && entry.generation > conversation.generation;
    let waits = conversation.phase == Phase::Lost && !window.entries.iter().any(is_later);
    is_gone && (conversation.phase.is_taking() || waits)
}

/// Whether the log, asked for what follows the entries that were taken, begins only after that: the server shows a device
/// nothing from before it was added last.
fn hides_what_follows(window: &LogWindow, conversation: &Conversation) -> bool {
    let next = conversation.applied_seq + 1;
    let first = window.entries.first().map_or(window.last_seq + 1, |entry| entry.seq);
    let is_reset = matches!(window.entries.first(), Some(Entry { body: EntryBody::Reset { .. }, .. }));
    conversation.phase.is_taking() && first > next && !is_reset
}

/// The running hash after an entry, if the entry fits it.
pub(super) fn next_hash(before: Option<&[u8; 32]>, entry: &Entry) -> Option<[u8; 32]> {
    let said = <[u8; 32]>::try_from(entry.hash.as_ref()).ok()?;
    // Of a blank entry the hash is all that is left; the next entries show whether it fits.
    let fits = |before: &[u8; 32]| entry.body == EntryBody::Blank {} || entry.running_hash(before) == said;
    before.is_none_or(fits).then_some(said)
}
