//! Messages into the timeline, written here or taken from the log: what each is, and what it changes.

use std::collections::{HashMap, HashSet};

use sealpost_protocol::{AccountId, ClientId, ConversationId, Timestamp};

use super::{Result, present::present, turn::Turn};
use crate::{
    content::{Change, Content, Expiration, Kind, MessageId, MimiContent, attachment, mention, poll::Poll},
    snapshot::Person,
    store::{Amendment, AmendmentKind, Intent, NewItem, OutboxRow, Own, PresentItem, TimelineRow, expiry},
};

/// How many messages of earlier versions are read at a time.
const NAMED_AT_ONCE: u32 = 500;

/// Where a message comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub conversation: ConversationId,
    pub id: ClientId,
    /// Nothing while it waits to be sent.
    pub seq: Option<u64>,
    pub time: Timestamp,
    pub sender: AccountId,
    pub own: Own,
}

/// What a text that travelled shows.
struct Shown {
    text: String,
    mentions: Vec<AccountId>,
    mentions_me: bool,
}

/// After how many seconds a message disappears.
pub(super) fn expires_in(content: &MimiContent, time: Timestamp) -> Option<u32> {
    match content.expires? {
        Expiration::AfterReading(seconds) => Some(seconds),
        Expiration::At(at) => u32::try_from(u64::from(at).saturating_sub(time / 1000)).ok(),
    }
}

fn of_change(change: &Change) -> (AmendmentKind, Vec<u8>) {
    match change {
        Change::Edit(text) => (AmendmentKind::Edit, text.clone().into_bytes()),
        Change::Delete => (AmendmentKind::Delete, Vec::new()),
        Change::React(emoji) => (AmendmentKind::React, emoji.clone().into_bytes()),
        Change::Unreact(reaction) => (AmendmentKind::Unreact, reaction.0.to_vec()),
        Change::Vote(vote) => (AmendmentKind::Vote, vote.to_bytes()),
    }
}

impl Turn<'_> {
    /// Writes a message, or what it changes; gives whether it was new.
    pub(super) fn write_message(&mut self, origin: &Origin, bytes: &[u8]) -> Result<bool> {
        let Ok(content) = Content::decode(bytes) else {
            return Ok(self.store.add_item(&self.new_item(origin, bytes))?);
        };
        let id = content.id_in(origin.conversation, origin.sender);
        match content.meaning().kind() {
            Kind::Ignored => Ok(false),
            Kind::Amendment { target, change } => self.write_amendment(origin, &content, id, target, &change),
            Kind::Text(text) => self.write_item(origin, &content, id, Some(&text), None),
            Kind::Poll(poll) => self.write_item(origin, &content, id, Some(&poll.question), Some(&poll)),
            Kind::Unsupported => self.write_item(origin, &content, id, None, None),
        }
    }

    fn new_item<'a>(&self, origin: &Origin, content: &'a [u8]) -> NewItem<'a> {
        let Origin { conversation, id, seq, time, sender, own } = *origin;
        NewItem { seq, time, own, content, ..NewItem::by(sender, conversation, id) }
    }

    fn write_item(
        &mut self,
        origin: &Origin,
        content: &Content,
        id: MessageId,
        text: Option<&str>,
        poll: Option<&Poll>,
    ) -> Result<bool> {
        let shown = text.map(|text| self.shown(text)).transpose()?;
        let expires_in = expires_in(content.meaning(), origin.time);
        let attachments = content.meaning().attachments();
        let item = NewItem {
            text: shown.as_ref().map(|shown| shown.text.as_str()),
            message_id: Some(id),
            reply_to: content.meaning().in_reply_to,
            forwarded: content.meaning().is_forwarded(),
            poll: poll.map(Poll::to_bytes),
            attachments: attachment::to_bytes(&attachments),
            mentions: shown.as_ref().map_or(&[], |shown| &shown.mentions),
            mentions_me: shown.as_ref().is_some_and(|shown| shown.mentions_me),
            expires_in,
            ..self.new_item(origin, content.bytes())
        };
        if !self.store.add_item(&item)? {
            return Ok(false);
        }
        self.take_files(origin.conversation, &origin.id.to_string(), &attachments)?;
        if let (Some(after), Some(_)) = (expires_in, origin.seq) {
            self.expires_at(expiry(origin.time, after));
        }
        // What is about it may have come before.
        self.refresh(origin.conversation, id)?;
        Ok(true)
    }

    fn write_amendment(
        &mut self,
        origin: &Origin,
        content: &Content,
        id: MessageId,
        target: MessageId,
        change: &Change,
    ) -> Result<bool> {
        let at = origin.conversation;
        // An edit of an edit is one of the message.
        let target = match self.store.amendment_target(at, target)? {
            Some(original) if !matches!(change, Change::React(_)) => original,
            _ => target,
        };
        let (kind, bytes) = of_change(change);
        let expires_in = expires_in(content.meaning(), origin.time);
        let amendment = Amendment {
            client_id: origin.id,
            message_id: id,
            target,
            kind,
            sender: origin.sender,
            own: origin.own,
            seq: origin.seq,
            time: origin.time,
            content: bytes,
            expires_in,
            failure: None,
        };
        let new = self.store.add_amendment(at, &amendment)?;
        if let (true, Some(after), Some(_)) = (new, expires_in, origin.seq) {
            self.expires_at(expiry(origin.time, after));
        }
        self.amended(at, target, kind)?;
        Ok(new)
    }

    fn shown(&self, wire: &str) -> Result<Shown> {
        let mentions = mention::mentioned(wire);
        let people = mentions.iter().map(|account| self.store.person(*account));
        let people = people.collect::<std::result::Result<Vec<Person>, _>>()?;
        let me = self.session()?.map(|session| session.account);
        let mentions_me = me.is_some_and(|me| mentions.contains(&me));
        Ok(Shown { text: mention::from_wire(wire, &people), mentions, mentions_me })
    }

    /// Something about a message is here or in the log. Reactions and votes are counted when they are shown; there may be
    /// many of them.
    pub(super) fn amended(&mut self, at: ConversationId, id: MessageId, kind: AmendmentKind) -> Result<()> {
        if matches!(kind, AmendmentKind::Edit | AmendmentKind::Delete) {
            return self.refresh(at, id);
        }
        if let Some(item) = self.store.message(at, id)?
            && !self.is_gone(at, &item)?
        {
            self.changed(at);
        }
        Ok(())
    }

    /// Makes a message what its amendments say that it is by now.
    pub(super) fn refresh(&mut self, at: ConversationId, id: MessageId) -> Result<()> {
        let Some(item) = self.store.message(at, id)? else { return Ok(()) };
        let (Some(sender), false) = (item.sender, self.is_gone(at, &item)?) else { return Ok(()) };
        let amendments = self.store.amendments_of(at, id)?;
        let poll = item.poll.as_deref().and_then(Poll::from_bytes);
        let present = present(sender, poll.as_ref(), &amendments);
        self.changed(at);
        if present.deletion_logged {
            let by_author = |deletion: &&Amendment| deletion.kind == AmendmentKind::Delete && deletion.sender == sender;
            if let Some(deletion) = amendments.iter().filter(by_author).find(|deletion| deletion.seq.is_some()) {
                self.store.add_deletion(at, deletion)?;
            }
            self.store.empty_item(at, &item.key)?;
            self.store.remove_amendments_of(at, id)?;
            return Ok(());
        }
        if present.edits.is_empty() && !item.edited && present.deleted == item.deleted {
            return Ok(());
        }
        let edited = present.edits.last().map(|(_, text)| (*text).to_owned());
        let text = edited.clone().or_else(|| original_text(&item));
        let shown = text.map(|text| self.shown(&text)).transpose()?;
        let changed = PresentItem {
            text: shown.as_ref().map(|shown| shown.text.as_str()),
            mentions: shown.as_ref().map_or(&[], |shown| &shown.mentions),
            mentions_me: shown.as_ref().is_some_and(|shown| shown.mentions_me),
            edited: edited.is_some(),
            deleted: present.deleted,
        };
        Ok(self.store.set_present(at, &item.key, &changed)?)
    }

    /// Whether a message is deleted for good: what comes about it later is dropped.
    fn is_gone(&self, at: ConversationId, item: &TimelineRow) -> Result<bool> {
        let gone = item.deleted && item.content.is_none();
        if let Some(id) = item.message_id.filter(|_| gone) {
            let deletions = self.store.amendments_of(at, id)?.into_iter();
            let by_author =
                deletions.filter(|one| one.kind == AmendmentKind::Delete && Some(one.sender) == item.sender);
            by_author
                .filter(|one| one.seq.is_some())
                .try_for_each(|deletion| self.store.add_deletion(at, &deletion))?;
            self.store.remove_amendments_of(at, id)?;
        }
        Ok(gone)
    }

    /// Gives messages of earlier versions their ids, so that they can be answered and changed.
    pub(super) fn name_messages(&mut self) -> Result<()> {
        let mut last = 0;
        loop {
            let unnamed = self.store.unnamed(last, NAMED_AT_ONCE)?;
            let Some((row, ..)) = unnamed.last() else { return Ok(()) };
            last = *row;
            for (row, conversation, sender, content) in unnamed {
                if let Ok(content) = Content::decode(&content) {
                    self.store.set_message_id(row, content.id_in(conversation, sender))?;
                }
            }
        }
    }

    /// Messages that wait move to the conversation that won: their ids change with it, and with those what is about them.
    pub(super) fn move_messages(&mut self, from: ConversationId, to: ConversationId) -> Result<()> {
        let waiting = self.waiting_messages(from)?;
        self.write_anew(from, to, waiting, |_, meaning| {
            meaning.move_to(to);
            true
        })
    }

    /// The timer of a conversation is known now: what was written before it was, and waits, disappears by it as well.
    pub(super) fn time_messages(&mut self, at: ConversationId, seconds: u32) -> Result<()> {
        let mut waiting = self.waiting_messages(at)?;
        // What is said again has its id already, by which others know it.
        waiting.retain(|waiting| waiting.row.sent.is_none() && !waiting.is_said_again);
        let mut timed = HashSet::new();
        self.write_anew(at, at, waiting, |before, meaning| {
            let lasts = match meaning.kind() {
                Kind::Amendment { target, change } => {
                    let deletes = matches!(change, Change::Delete | Change::Unreact(_));
                    return timed.contains(&target) && {
                        meaning.expires = meaning.expires.or((!deletes).then_some(Expiration::AfterReading(seconds)));
                        true
                    };
                }
                Kind::Ignored => false,
                Kind::Text(_) | Kind::Poll(_) | Kind::Unsupported => meaning.expires.is_none(),
            };
            if lasts {
                timed.insert(before);
                meaning.expires = Some(Expiration::AfterReading(seconds));
            }
            lasts
        })
    }

    fn waiting_messages(&self, at: ConversationId) -> Result<Vec<Waiting>> {
        let mut waiting = Vec::new();
        for row in self.store.outbox_messages(at)? {
            let Intent::Message(bytes) = &row.intent else { continue };
            let Ok(content) = Content::decode(bytes) else { continue };
            let item = self.store.item(at, &row.client_id.to_string())?;
            let amendment = self.store.amendment(at, row.client_id)?;
            let is_said_again = item.is_none() && amendment.is_none();
            let times = [item.as_ref().map(|item| item.time), amendment.as_ref().map(|amendment| amendment.time)];
            let time = times.into_iter().flatten().next().unwrap_or(self.now);
            let failure = item.and_then(|item| item.failure).or(amendment.and_then(|amendment| amendment.failure));
            waiting.push(Waiting { row, content, time, failure, is_said_again });
        }
        Ok(waiting)
    }

    /// Writes what waits with another meaning, if `change` gives it one; it is told what the message's id was. The id that
    /// follows from the new one takes that one's place in what comes after.
    fn write_anew(
        &mut self,
        from: ConversationId,
        to: ConversationId,
        waiting: Vec<Waiting>,
        mut change: impl FnMut(MessageId, &mut MimiContent) -> bool,
    ) -> Result<()> {
        let Some(sender) = self.session()?.map(|session| session.account) else { return Ok(()) };
        let mut ids: HashMap<MessageId, MessageId> = HashMap::new();
        let mut anew = Vec::new();
        for Waiting { row, content, time, failure, is_said_again } in waiting {
            let (before, mut meaning) = (content.id_in(from, sender), content.meaning().clone());
            if !change(before, &mut meaning) {
                continue;
            }
            let moved = |id: MessageId| ids.get(&id).copied().unwrap_or(id);
            meaning.replaces = meaning.replaces.map(moved);
            meaning.in_reply_to = meaning.in_reply_to.map(moved);
            let Ok(content) = Content::new(meaning) else { continue };
            ids.insert(before, content.id_in(to, sender));
            anew.push(Waiting { row, content, time, failure, is_said_again });
        }
        for Waiting { row, .. } in &anew {
            self.store.remove_item(from, row.client_id)?;
            self.store.remove_amendment(from, row.client_id)?;
        }
        for Waiting { row, content, time, failure, .. } in anew {
            let intent = Intent::Message(content.bytes().to_vec().into());
            self.store.outbox_replace(row.position, row.client_id, &intent)?;
            let origin = Origin { conversation: to, id: row.client_id, seq: None, time, sender, own: Own::Device };
            self.write_message(&origin, content.bytes())?;
            if let Some(failure) = failure {
                self.store.set_item_failure(to, row.client_id, Some(&failure))?;
                self.store.set_amendment_failure(to, row.client_id, Some(&failure))?;
                self.refresh_amended(to, row.client_id)?;
            }
        }
        Ok(())
    }
}

/// A message that waits to be sent, or was not.
struct Waiting {
    row: OutboxRow,
    content: Content,
    time: Timestamp,
    failure: Option<String>,
    /// It is in the timeline from before the conversation was begun anew, rather than as what waits.
    is_said_again: bool,
}

/// What a message said when it was sent, as it travelled.
pub(super) fn original_text(item: &TimelineRow) -> Option<String> {
    match Content::decode(item.content.as_deref()?).ok()?.meaning().kind() {
        Kind::Text(text) => Some(text),
        Kind::Poll(poll) => Some(poll.question),
        _ => None,
    }
}
