//! The conversation's encrypted state: written by compare and swap, taken only from those who may write it.

use sealpost_protocol::{
    AccountId, Bytes, ClientId, ConversationId, ProblemKind, Request,
    account::Version,
    conversation::{ConversationKind, ConversationState, StateRead, StateWrite},
    socket::{from_cbor, to_cbor},
};

use super::{
    RequestFailure, Result,
    changes::Announcement,
    pictures::picture_id,
    purpose::{Purpose, Task},
    requests::{Answered, is_temporary},
    state_record::{self, Opened, Record, State},
    turn::Turn,
};
use crate::store::{Conversation, Intent, OutboxRow, Rekey, StateChange};

/// Largest sealed state in bytes: the server takes no more.
const SEALED_MAX: usize = 64 * 1024;
/// So often a state that does not open is read again before it is written without what it says.
const READ_AGAIN_MAX: u32 = 5;
/// So long after a state was found not to open it is looked at once more, and then written again, in milliseconds: twice as
/// long each time, up to so many times. A new key for it may be on its way.
const MEND_AFTER: u64 = 60_000;
const MEND_DOUBLED_MAX: u32 = 10;

impl Turn<'_> {
    /// The sealed state of a group that is being made.
    pub(super) fn first_state(&mut self, id: ConversationId, key: &[u8; 32], name: &str) -> Result<Vec<u8>> {
        let state = State { name: name.to_owned(), ..State::default() };
        let identity = self.identity()?;
        let record = Record::sign(id, 1, &state, &identity.device_key, &identity.credential);
        self.store.set_group(id, "record", record.bytes())?;
        self.store.set_rekey(id, Rekey::Nobody)?;
        Ok(state_record::seal(id, key, record.bytes(), self.rng))
    }

    /// The state as this device knows it.
    pub(super) fn state_of(&self, conversation: &Conversation) -> Result<State> {
        let record = self.record_of(conversation.id)?;
        Ok(record.map_or_else(
            || State { name: conversation.name.clone().unwrap_or_default(), ..State::default() },
            |record| record.state,
        ))
    }

    /// The state with the changes of this device that wait to be written: what is shown.
    pub(super) fn state_to_be(&self, conversation: &Conversation) -> Result<State> {
        let mut state = self.state_of(conversation)?;
        for change in self.store.outbox_states(conversation.id)? {
            state.apply(&change);
        }
        Ok(state)
    }

    /// Who signed the state.
    pub(super) fn state_writer(&self, id: ConversationId) -> Result<Option<AccountId>> {
        Ok(self.record_of(id)?.map(|record| record.by()))
    }

    fn record_of(&self, id: ConversationId) -> Result<Option<Record>> {
        Ok(self.store.group(id)?.record.and_then(|record| Record::read(id, &record)))
    }

    /// Whether an account may change the state.
    pub(super) fn may_edit(&self, id: ConversationId, account: AccountId) -> Result<bool> {
        let admins_only = match self.store.conversation(id)? {
            Some(conversation) if conversation.kind == ConversationKind::Group => self.store.group(id)?.edit_admins,
            _ => false,
        };
        let members = self.store.members(id)?;
        Ok(members.iter().any(|&(member, admin)| member == account && (admin || !admins_only)))
    }

    pub(super) fn state_read(&mut self, id: ConversationId, answer: Answered<ConversationState>) -> Result<()> {
        match answer {
            Ok(state) => self.take_state(id, state.version, &state.state),
            Err(RequestFailure::Problem(problem)) if !problem.is_temporary() => {
                // Nothing must wait for it.
                let known = self.store.conversation(id)?.map(|conversation| conversation.state_known);
                Ok(self.store.set(id, "state_version", known.unwrap_or_default())?)
            }
            Err(failure) => {
                self.hold(Task::Conversation(id), Some(&failure));
                Ok(())
            }
        }
    }

    pub(super) fn take_state(&mut self, id: ConversationId, version: u64, sealed: &[u8]) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        // A state that does not open is not asked for again until it changes, or with another connection.
        self.store.set(id, "state_version", version.max(conversation.state_version))?;
        self.store.set(id, "state_known", version.max(conversation.state_known))?;
        if version < conversation.state_known {
            self.older_state_read(id, (version, conversation.state_known))?;
        }
        let open = |key: Option<[u8; 32]>| key.and_then(|key| state_record::open(id, &key, sealed));
        if open(conversation.conversation_key).is_none() {
            self.try_candidates(id, sealed)?;
        }
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        let group = self.store.group(id)?;
        let by_present = open(conversation.conversation_key);
        // Who comes later has the present key only.
        let is_outdated = by_present.is_none() && conversation.conversation_key.is_some();
        let opened = by_present.or_else(|| open(group.previous_key));
        self.state_opened(id, opened.is_some() || sealed.is_empty());
        if opened.is_some() {
            self.memory.states_closed.remove(&id);
        } else if version > 0 && !sealed.is_empty() {
            self.memory.states_closed.insert(id);
        }
        match opened {
            Some(Opened::Record(record)) if group.record.as_ref() == Some(&record) => {
                if is_outdated {
                    self.mend_state(id)?
                } else {
                    self.state_holds(id)?;
                    self.renew_key_if_due(id)?;
                }
            }
            Some(Opened::Record(record)) => {
                self.take_signed_state(id, version, &record)?;
                if is_outdated && self.store.group(id)?.record.as_ref() == Some(&record) {
                    self.mend_state(id)?;
                }
            }
            Some(Opened::Name(name)) if group.record.is_none() => {
                self.state_holds(id)?;
                self.store.set(id, "name", name)?;
                self.details_changed(id);
            }
            _ if version > 0 => {
                tracing::warn!("a conversation's state could not be opened");
                if group.record.is_some() && conversation.conversation_key.is_some() {
                    self.mend_state(id)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The server told of a newer state than the one that was read: it is asked for again, not at once. If it says the same
    /// again, it never had a newer one.
    fn older_state_read(&mut self, id: ConversationId, versions: (u64, u64)) -> Result<()> {
        if self.memory.states_older.insert(id, versions) == Some(versions) {
            self.memory.states_older.remove(&id);
            return Ok(self.store.set(id, "state_known", versions.0)?);
        }
        self.hold(Task::Conversation(id), None);
        Ok(())
    }

    /// Nothing is to be mended.
    fn state_holds(&mut self, id: ConversationId) -> Result<()> {
        self.memory.states_broken.remove(&id);
        self.memory.states_looked_at.remove(&id);
        if self.store.group(id)?.broken { Ok(self.store.set_group(id, "broken", false)?) } else { Ok(()) }
    }

    /// Somebody wrote what nobody can open, or not with the present key, or what they may not write. Those who know what was
    /// there write it again, once it still stands there a while later; one of them before the others, and less often each
    /// time: whoever did it may do it again.
    fn mend_state(&mut self, id: ConversationId) -> Result<()> {
        if self.memory.states_looked_at.remove(&id) {
            *self.memory.states_mended.entry(id).or_default() += 1;
            return self.renew_state(id);
        }
        self.store.set_group(id, "broken", true)?;
        let times = self.memory.states_mended.get(&id).copied().unwrap_or_default();
        let wait = MEND_AFTER.saturating_mul(1 << times.min(MEND_DOUBLED_MAX));
        let spread = self.answer_spread(id)?;
        let at = self.now.saturating_add(wait) + self.jitter(spread);
        self.memory.states_broken.insert(id, at);
        self.wake_at(id, at);
        Ok(())
    }

    /// Looks once more at a state that is to be mended, when its time has come and everything in the log is known.
    pub(super) fn look_at_broken_state(&mut self, id: ConversationId) -> Result<()> {
        match self.memory.states_broken.get(&id).copied() {
            Some(at) if at <= self.now => {
                self.memory.states_broken.remove(&id);
                self.memory.states_looked_at.insert(id);
                self.read_state_again(id)
            }
            Some(at) => {
                self.wake_at(id, at);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Nothing of the state is known here, though there is one, or it was to be put right: it is looked at again.
    pub(super) fn retry_state(&mut self, id: ConversationId) -> Result<()> {
        if self.memory.states_retried.insert(id) {
            self.read_state_again(id)?;
        }
        Ok(())
    }

    /// Has the state written under the present key, by one who may if its writer may not any more.
    pub(super) fn renew_state(&mut self, id: ConversationId) -> Result<()> {
        let renewal = Intent::State(StateChange::Renew);
        if !self.store.outbox_has(id, &renewal)? {
            let client_id = self.client_id();
            self.store.outbox_push(id, client_id, &renewal)?;
            self.attend(id);
        }
        Ok(())
    }

    /// Takes a state that its writer may have written, and that is not older than the one that is known.
    fn take_signed_state(&mut self, id: ConversationId, version: u64, bytes: &[u8]) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        let Some(record) = Record::read(id, bytes) else {
            tracing::warn!("a conversation's state does not verify");
            return Ok(());
        };
        let pinned = self.store.pinned(record.by())?;
        let known = self.record_of(id)?.map_or(0, |known| known.version);
        let is_theirs = pinned == Some(record.writer.root_public_key);
        // The first state of a device may be by someone who has gone before it could be read.
        let may = self.may_edit(id, record.by())? || (known == 0 && self.store.is_former_editor(id, record.by())?);
        if !is_theirs || !may || record.version < known || record.version > version {
            let written = record.version;
            tracing::warn!(is_theirs, may, known, written, version, "a conversation's state is not taken");
            self.memory.states_refused.insert(id);
            let me = self.me()?;
            if known > 0 && self.may_edit(id, me)? {
                self.mend_state(id)?;
            }
            return Ok(());
        }
        self.state_holds(id)?;
        let former = self.state_of(&conversation)?.links;
        self.store.set_group(id, "record", bytes)?;
        self.end_links(id, &former, &record.state.links)?;
        if !record.state.links.is_empty() {
            self.memory.requests_wanted.insert(id);
        }
        let state = self.state_to_be(&conversation)?;
        self.show_state(id, &state)?;
        if let (0, Some(seconds)) = (known, state.timer) {
            self.time_messages(id, seconds)?;
        }
        self.renew_state_if_due(&conversation)?;
        self.renew_key_if_due(id)
    }

    /// Members or roles changed: a state that was not taken is looked at again.
    pub(super) fn reconsider_state(&mut self, id: ConversationId) -> Result<()> {
        if self.memory.states_refused.remove(&id) {
            self.read_state_again(id)?;
        }
        Ok(())
    }

    /// The state may open now that did not before: there is another key.
    pub(super) fn read_state_again(&mut self, id: ConversationId) -> Result<()> {
        if let Some(conversation) = self.store.conversation(id)? {
            self.store.set(id, "state_version", conversation.state_version.saturating_sub(1))?;
            self.attend(id);
        }
        Ok(())
    }

    /// Shows a state: the one that was taken, or one that is to be written.
    pub(super) fn show_state(&mut self, id: ConversationId, state: &State) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        if conversation.kind == ConversationKind::Group {
            self.store.set(id, "name", &state.name)?;
            self.store.set_group(id, "description", &state.description)?;
            let picture = state.picture.as_ref().map(|picture| picture_id(picture));
            if let (Some(name), Some(data)) = (&picture, &state.picture) {
                self.store.add_picture(name, data)?;
            }
            self.store.set_group(id, "picture", picture)?;
        }
        self.store.set(id, "timer", state.timer)?;
        self.details_changed(id);
        Ok(())
    }

    /// Puts a change into the outbox and shows it at once.
    pub(super) fn change_state(&mut self, conversation: &Conversation, change: StateChange) -> Result<()> {
        let mut state = self.state_to_be(conversation)?;
        if state.apply(&change) {
            self.show_state(conversation.id, &state)?;
            let id = self.client_id();
            self.store.outbox_push(conversation.id, id, &Intent::State(change))?;
            self.attend(conversation.id);
        }
        Ok(())
    }

    /// Whether a state that did not open is read once more before it is written. Some never open.
    fn may_read_again(&mut self, id: ConversationId) -> bool {
        let times = self.memory.states_reread.entry(id).or_default();
        *times += 1;
        *times <= READ_AGAIN_MAX
    }

    /// Writes a change of the state on top of the present one.
    pub(super) fn send_state(&mut self, at: &Conversation, row: &OutboxRow, change: &StateChange) -> Result<()> {
        let id = at.id;
        if at.state_known > at.state_version {
            self.ask(StateRead { conversation: id }, Purpose::State(id));
            return Ok(());
        }
        let unread = self.store.group(id)?.record.is_none() || self.memory.states_closed.contains(&id);
        if at.state_version > 0 && unread && self.may_read_again(id) {
            // Written without what it says, it would be lost to those who have read it: perhaps it opens now.
            self.hold(Task::Conversation(id), None);
            return self.read_state_again(id);
        }
        self.memory.states_reread.remove(&id);
        // Without the key, which comes by the vault, other intents go first.
        let Some(key) = at.conversation_key else { return Ok(()) };
        let Some(record) = self.next_record(at, change)? else { return self.state_stands(at, row, change) };
        let sealed = state_record::seal(id, &key, &record, self.rng);
        if sealed.len() > SEALED_MAX {
            return self.refuse_change(id, row, true);
        }
        let request =
            Request::StateWrite(StateWrite { conversation: id, base_version: at.state_version, state: sealed.into() });
        self.store.outbox_set_sent(row.position, Some(&to_cbor(&request)?))?;
        self.ask(request, Purpose::StateWrite { conversation: id, id: row.client_id });
        Ok(())
    }

    /// The record to write, or nothing if the change is in the present one or may not be made.
    pub(super) fn next_record(&mut self, at: &Conversation, change: &StateChange) -> Result<Option<Vec<u8>>> {
        let identity = self.identity()?;
        let me = identity.account;
        let (present, may) = (self.record_of(at.id)?, self.may_edit(at.id, me)?);
        if *change == StateChange::Renew && present.is_none() {
            // Made without having read it, it would be lost to those who have.
            return Ok(None);
        }
        let mut state = self.state_of(at)?;
        let changed = state.apply(change);
        let writer_may = match &present {
            Some(record) => self.may_edit(at.id, record.by())?,
            None => false,
        };
        // Others may have taken a later one, which was refused here: over that it is signed anew, with a version of its own.
        let is_newest = present.as_ref().is_some_and(|record| record.version == at.state_version);
        if *change == StateChange::Renew && ((writer_may && is_newest) || !may) {
            // Under the present key, as it was signed.
            return Ok(present.map(|record| record.bytes().to_vec()));
        }
        // Over a state that nobody can read it is written even if it is what is shown here already.
        let is_known = present.is_some() || at.state_version == 0;
        if !may || (!changed && is_known && *change != StateChange::Renew) {
            return Ok(None);
        }
        let version = at.state_version + 1;
        let record = Record::sign(at.id, version, &state, &identity.device_key, &identity.credential);
        Ok(Some(record.bytes().to_vec()))
    }

    /// There is nothing to write. If this device wrote it without knowing that, it still tells the others.
    fn state_stands(&mut self, at: &Conversation, row: &OutboxRow, change: &StateChange) -> Result<()> {
        let device = self.identity()?.credential.device;
        let by_this = self.record_of(at.id)?.is_some_and(|record| record.writer.device == device);
        let stands = !self.state_of(at)?.apply(change);
        match (stands, by_this) {
            (true, true) => self.announce_state(at, row, change),
            (true, false) => self.drop_state(at, row),
            // It is not this account's to change any more.
            (false, _) => self.refuse_change(at.id, row, false),
        }
    }

    /// A change is in the state already.
    fn drop_state(&mut self, at: &Conversation, row: &OutboxRow) -> Result<()> {
        self.store.outbox_remove(row.position)?;
        let state = self.state_to_be(at)?;
        self.attend(at.id);
        self.show_state(at.id, &state)
    }

    /// Sends a change again whose answer was lost, unless the state shows what has become of it.
    pub(super) fn resend_state(
        &mut self,
        at: &Conversation,
        row: &OutboxRow,
        change: &StateChange,
        sent: &[u8],
    ) -> Result<()> {
        let request: Request = from_cbor(sent)?;
        let Request::StateWrite(write) = &request else { return Ok(()) };
        if write.base_version == at.state_known {
            self.ask(request, Purpose::StateWrite { conversation: at.id, id: row.client_id });
            return Ok(());
        }
        if write.base_version > at.state_known {
            // The server has lost what it was made on top of.
            self.store.outbox_set_sent(row.position, None)?;
        } else if at.state_known == at.state_version {
            if self.is_present(at, &write.state)? {
                return self.announce_state(at, row, change);
            }
            // Another was faster: the change is made on top of what is there.
            self.store.outbox_set_sent(row.position, None)?;
        }
        self.send_state(at, row, change)
    }

    /// Whether this is the state as it is now.
    fn is_present(&self, at: &Conversation, sealed: &[u8]) -> Result<bool> {
        let group = self.store.group(at.id)?;
        let keys = [at.conversation_key, group.previous_key];
        let opened = keys.iter().flatten().find_map(|key| state_record::open(at.id, key, sealed));
        Ok(matches!(opened, Some(Opened::Record(record)) if group.record.as_ref() == Some(&record)))
    }

    pub(super) fn state_written(
        &mut self,
        id: ConversationId,
        client_id: ClientId,
        answer: Answered<Version>,
    ) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        let Some(row) = self.store.outbox_find(id, client_id)? else { return Ok(()) };
        let (Intent::State(change), Some(sent)) = (&row.intent, &row.sent) else { return Ok(()) };
        let Request::StateWrite(write) = from_cbor(sent)? else { return Ok(()) };
        let problem = match answer {
            Ok(written) => {
                self.take_state(id, written.version, &write.state)?;
                return self.announce_state(&conversation, &row, change);
            }
            Err(RequestFailure::Lost) => return Ok(()),
            Err(failure) if is_temporary(&failure) => {
                self.hold(Task::Conversation(id), Some(&failure));
                return Ok(());
            }
            Err(RequestFailure::Problem(problem)) => problem,
        };
        match problem.kind() {
            ProblemKind::VersionConflict => {
                // Another was faster, or this is a repetition: the state tells.
                let present = conversation.state_version.max(write.base_version);
                let version = problem.version.unwrap_or(0).max(present + 1);
                Ok(self.store.set(id, "state_known", version.max(conversation.state_known))?)
            }
            ProblemKind::NotFound => self.leave(id),
            _ => {
                tracing::warn!(error = %problem, "a conversation's state was refused");
                self.refuse_change(id, &row, true)
            }
        }
    }

    /// A change is made: the message that tells it takes its place.
    fn announce_state(&mut self, at: &Conversation, row: &OutboxRow, change: &StateChange) -> Result<()> {
        let announcement = match change {
            StateChange::Name(name) => Announcement::Renamed(name.clone()),
            StateChange::Description(_) => Announcement::Description,
            StateChange::Picture(_) => Announcement::Picture,
            StateChange::Timer(seconds) => Announcement::Timer(*seconds),
            StateChange::AddLink { .. }
            | StateChange::EndLink { .. }
            | StateChange::UseLink { .. }
            | StateChange::Renew => {
                self.store.outbox_remove(row.position)?;
                if let StateChange::UseLink { secret } = change {
                    self.refresh_link(at.id, secret)?;
                }
                self.attend(at.id);
                return Ok(());
            }
        };
        let content = self.announcement(at.id, &announcement)?;
        let next = self.client_id();
        self.store.outbox_replace(row.position, next, &Intent::Change(Bytes(content)))?;
        if matches!(change, StateChange::Name(_) | StateChange::Description(_)) {
            self.refresh_links(at)?;
        }
        self.attend(at.id);
        Ok(())
    }
}
