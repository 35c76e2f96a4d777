//! Typing and presence: told while they are true, never stored. And drafts that wait for a pause.

use std::collections::BTreeMap;

use sealpost_protocol::{
    AccountId, ConversationId, Timestamp,
    activity::{Presence, PresenceWatch, Presences, TYPING_SECONDS, Typing, TypingWrite, WATCHED_MAX},
};

use super::{
    Result, TimerId,
    conversations::Outcome,
    purpose::{Purpose, Task},
    requests::Answered,
    settings,
    turn::Turn,
};
use crate::{command::Answer, snapshot::SnapshotKey};

/// The server is told that the person types at most this often, in milliseconds.
const TYPING_EVERY: u64 = 3_000;
/// Typing that is not repeated ends after this, in milliseconds.
const TYPING_LASTS: u64 = TYPING_SECONDS * 1000;
/// Pause after which an unsent text is put into the vault, in milliseconds.
const DRAFT_PAUSE: u64 = 2_000;
/// Presence is watched in so many direct chats beside the one that is looked at.
const RECENT: u32 = 20;

/// What people do at the moment.
#[derive(Default)]
pub(crate) struct Activity {
    /// What the person looks at; nothing as long as no view has said so.
    pub looking: Option<Option<ConversationId>>,
    /// Whose presence the server was asked for on this connection.
    watched: Vec<AccountId>,
    pub presences: BTreeMap<AccountId, Presence>,
    /// Who types where, and until when that holds.
    typing: BTreeMap<(ConversationId, AccountId), Timestamp>,
    /// Where the server was last told that the person types, and when.
    typing_told: BTreeMap<ConversationId, Timestamp>,
    /// When unsent texts are put into the vault.
    drafts: BTreeMap<ConversationId, Timestamp>,
}

impl Activity {
    /// Who types somewhere.
    pub(super) fn typing_in(&self, conversation: ConversationId) -> impl Iterator<Item = AccountId> {
        let all = (conversation, AccountId([0; 16]))..=(conversation, AccountId([0xff; 16]));
        self.typing.range(all).map(|((_, account), _)| *account)
    }
}

impl Turn<'_> {
    pub(super) fn look(&mut self, at: Option<ConversationId>) -> Result<Outcome> {
        let at = match at {
            Some(at) => self.resolve(at)?.ok().map(|conversation| conversation.id),
            None => None,
        };
        if self.memory.activity.looking.replace(at) != Some(at) {
            // A chat that is looked at is in the list, also if it was deleted.
            self.changed.insert(SnapshotKey::Conversations);
        }
        self.memory.due.presence = true;
        // What was written elsewhere is left now.
        let left: Vec<_> = self.memory.activity.drafts.keys().copied().filter(|id| Some(*id) != at).collect();
        for id in left {
            self.memory.activity.drafts.remove(&id);
            self.save_draft_now(id)?;
        }
        Ok(Ok(Answer::Done))
    }

    pub(super) fn set_typing(&mut self, at: ConversationId, typing: bool) -> Result<Outcome> {
        let id = match self.resolve(at)? {
            Ok(conversation) => conversation.id,
            Err(failure) => return Ok(Err(failure)),
        };
        if !typing {
            self.typed_enough(id);
            return Ok(Ok(Answer::Done));
        }
        let told = self.memory.activity.typing_told.get(&id).copied();
        let again = told.is_none_or(|told| self.now >= told + TYPING_EVERY || self.now < told);
        if again && self.is_connected() && settings::chosen(self.store)?.typing && self.tells_others(id)? {
            self.memory.activity.typing_told.insert(id, self.now);
            self.ask(TypingWrite { conversation: id, typing: true }, Purpose::Typing);
        }
        Ok(Ok(Answer::Done))
    }

    /// The person does not type any more: cleared the text, or sent it.
    pub(super) fn typed_enough(&mut self, id: ConversationId) {
        let told = self.memory.activity.typing_told.remove(&id);
        if told.is_some_and(|told| self.now < told + TYPING_LASTS) && self.is_connected() {
            self.ask(TypingWrite { conversation: id, typing: false }, Purpose::Typing);
        }
    }

    pub(super) fn someone_types(&mut self, typing: &Typing) -> Result<()> {
        let Typing { conversation, account, typing } = *typing;
        let shown = typing && account != self.own_account()? && settings::chosen(self.store)?.typing;
        let place = (conversation, account);
        if shown && !self.is_blocked(account)? && self.store.conversation(conversation)?.is_some() {
            self.memory.activity.typing.insert(place, self.now + TYPING_LASTS);
            self.arm_activity();
            self.changed.insert(SnapshotKey::Conversations);
        } else if self.memory.activity.typing.remove(&place).is_some() {
            self.changed.insert(SnapshotKey::Conversations);
        }
        Ok(())
    }

    /// Whoever has said something does not type any more.
    pub(super) fn typed_out(&mut self, conversation: ConversationId, account: AccountId) {
        if self.memory.activity.typing.remove(&(conversation, account)).is_some() {
            self.changed.insert(SnapshotKey::Conversations);
        }
    }

    /// An unsent text changed: it is put into the vault when there is a pause.
    pub(super) fn save_draft_soon(&mut self, id: ConversationId) {
        self.memory.activity.drafts.insert(id, self.now + DRAFT_PAUSE);
        self.arm_activity();
    }

    fn arm_activity(&mut self) {
        let activity = &self.memory.activity;
        let next = activity.typing.values().chain(activity.drafts.values()).min().copied();
        if let Some(at) = next {
            self.set_timer(TimerId::Activity, at);
        }
    }

    /// The timer fired: ends what was not repeated, keeps what waited for a pause.
    pub(super) fn activity_due(&mut self) -> Result<()> {
        let now = self.now;
        let due: Vec<_> = self.memory.activity.drafts.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id).collect();
        for id in due {
            self.memory.activity.drafts.remove(&id);
            self.save_draft_now(id)?;
        }
        let before = self.memory.activity.typing.len();
        // An end that is far off was set before the clock was set back.
        self.memory.activity.typing.retain(|_, until| (now + 1..=now + TYPING_LASTS).contains(until));
        if self.memory.activity.typing.len() < before {
            self.changed.insert(SnapshotKey::Conversations);
        }
        self.arm_activity();
        Ok(())
    }

    /// There is a connection: what is told on one is told anew, and drafts that were left behind are kept.
    pub(super) fn activity_begins(&mut self) -> Result<()> {
        self.memory.due.presence = true;
        for id in self.store.unsaved_drafts()? {
            if !self.memory.activity.drafts.contains_key(&id) {
                self.save_draft_now(id)?;
            }
        }
        self.arm_activity();
        Ok(())
    }

    /// The connection ended, and with it what is known of the moment.
    pub(super) fn activity_ends(&mut self) {
        let activity = &mut self.memory.activity;
        let shown = !activity.typing.is_empty() || !activity.presences.is_empty();
        activity.typing.clear();
        activity.presences.clear();
        activity.watched.clear();
        activity.typing_told.clear();
        if shown {
            self.changed.insert(SnapshotKey::Conversations);
        }
    }

    /// Asks for the presence of those whom the person may look at.
    pub(super) fn pump_presence(&mut self) -> Result<()> {
        let Some(looking) = self.memory.activity.looking else { return Ok(()) };
        if !self.memory.due.presence || !self.is_free(Task::Presence) {
            return Ok(());
        }
        self.memory.due.presence = false;
        let mut accounts = Vec::new();
        if settings::chosen(self.store)?.presence {
            accounts = self.store.recent_peers(RECENT)?;
            if let Some(id) = looking
                && self.tells_others(id)?
            {
                let peer = self.store.conversation(id)?.and_then(|conversation| conversation.peer);
                accounts.extend(peer);
            }
            accounts.sort();
            accounts.dedup();
            accounts.truncate(WATCHED_MAX);
        }
        if accounts != self.memory.activity.watched {
            self.memory.activity.watched.clone_from(&accounts);
            self.ask(PresenceWatch { accounts }, Purpose::Presence);
        }
        Ok(())
    }

    /// What the server lets this account see may be another now.
    pub(super) fn watch_anew(&mut self) {
        self.memory.activity.watched.clear();
        self.memory.due.presence = true;
    }

    pub(super) fn presences_read(&mut self, answer: Answered<Presences>) -> Result<()> {
        let activity = &mut self.memory.activity;
        match answer {
            Ok(known) => {
                activity.presences = known.presences.into_iter().map(|presence| (presence.account, presence)).collect();
                self.changed.insert(SnapshotKey::Conversations);
            }
            // Asked for again when the person looks elsewhere.
            Err(_) => activity.watched.clear(),
        }
        Ok(())
    }

    pub(super) fn presence_changed(&mut self, presence: &Presence) -> Result<()> {
        let activity = &mut self.memory.activity;
        if activity.watched.contains(&presence.account) {
            activity.presences.insert(presence.account, *presence);
            self.changed.insert(SnapshotKey::Conversations);
        }
        Ok(())
    }
}
