//! Reading the archive: what other own devices had and this one has not, the newest of every chat first.

use std::collections::BTreeSet;

use sealpost_protocol::{
    ConversationId,
    archive::{ArchiveRead, ArchiveSegment, ArchiveSegments, SegmentName},
    conversation::ConversationKind,
};

use super::{
    ArchivePurpose, FormerSegments,
    segment::{ArchivedMessage, Place, Segment},
};
use crate::{
    content::{Content, Kind},
    engine::{
        Result,
        purpose::{Purpose, Task},
        requests::Answered,
        timeline::{Origin, expires_in},
        turn::Turn,
    },
    snapshot::{SnapshotKey, UnreadableCause},
    store::{NewItem, Own, Phase, SegmentRow, Session, Store, StoredNotice, expiry},
};

/// So many things of a chat come before anything older of another one.
const NEWEST: u64 = 50;
/// About so many things are read at once: what comes of it is one transaction.
const ITEMS_AT_ONCE: u32 = 200;
const SEGMENTS_AT_ONCE: usize = 20;
/// The rank of what nobody waits for.
const REST: u8 = 2;

impl Turn<'_> {
    pub(super) fn pump_archive_reading(&mut self) -> Result<()> {
        if self.memory.archiving.complete || !self.is_free(Task::Archive) {
            return Ok(());
        }
        let (mut segments, mut items) = (Vec::new(), 0u32);
        let in_turn = self.segments_in_turn()?;
        self.memory.archiving.hurried = in_turn.first().is_some_and(|(rank, _)| *rank < REST);
        for (_, row) in in_turn {
            items = items.saturating_add(row.items);
            if segments.len() == SEGMENTS_AT_ONCE || items > ITEMS_AT_ONCE && !segments.is_empty() {
                break;
            }
            segments.push(SegmentName { conversation: row.conversation, first: row.first });
        }
        if segments.is_empty() {
            self.memory.archiving.complete = true;
        } else {
            self.ask(ArchiveRead { segments: segments.clone() }, Purpose::Archive(ArchivePurpose::Read(segments)));
        }
        Ok(())
    }

    /// What is to be read, in the order in which the person may want it: the chat that is looked at, the newest of every
    /// chat, all the rest.
    fn segments_in_turn(&mut self) -> Result<Vec<(u8, SegmentRow)>> {
        let looking = self.memory.activity.looking.flatten();
        let (mut here, mut found, mut taken) = (None, 0u64, None);
        let mut ranked = Vec::new();
        for row in self.store.segments_to_read()? {
            if self.memory.archiving.unreadable.contains(&(row.conversation, row.first, row.revision)) {
                continue;
            }
            if here != Some(row.conversation) {
                here = Some(row.conversation);
                let conversation = self.store.conversation(row.conversation)?;
                taken = conversation.filter(|found| found.phase.is_taking()).map(|found| found.applied_seq);
                found = self.store.count_messages(row.conversation, NEWEST)?;
            }
            if taken.is_some_and(|taken| row.last > taken) {
                // The log brings it, and says whether it is to be taken.
                self.memory.archiving.left_out = true;
                continue;
            }
            let rank = match found {
                _ if Some(row.conversation) == looking => 0,
                ..NEWEST => 1,
                NEWEST.. => REST,
            };
            found += u64::from(row.items);
            ranked.push((rank, row));
        }
        ranked.sort_by_key(|(rank, row)| (*rank, std::cmp::Reverse((row.time, row.first))));
        Ok(ranked)
    }

    pub(super) fn archive_read(&mut self, asked: &[SegmentName], answer: Answered<ArchiveSegments>) -> Result<()> {
        let segments = match answer {
            Ok(answer) => answer.segments,
            Err(failure) => {
                self.memory.archiving.hurried = false;
                self.hold(Task::Archive, Some(&failure));
                return Ok(());
            }
        };
        let Some(session) = self.session()? else { return Ok(()) };
        let mut came = false;
        for segment in segments {
            let name = SegmentName { conversation: segment.conversation, first: segment.first };
            came |= asked.contains(&name) && self.take_archived(&session, &segment)?;
        }
        if !came {
            // What was listed is not there: the list is another one by now.
            self.memory.due.archive = true;
            self.hold(Task::Archive, None);
        }
        self.changed.insert(SnapshotKey::Archive);
        Ok(())
    }

    /// Gives whether it is one of those that are known, whatever is in it.
    fn take_archived(&mut self, session: &Session, segment: &ArchiveSegment) -> Result<bool> {
        let place = Place::from(segment);
        let (id, range) = (place.conversation, place.range);
        let known = self.store.segment(id, range.0)?;
        if known.is_none_or(|known| (known.last, known.revision) != (range.1, place.revision)) {
            self.memory.due.archive = true;
            return Ok(false);
        }
        if segment.generation > session.generation {
            // A device was revoked: the new keys come first.
            self.memory.due.own_list = true;
            self.hold(Task::Archive, None);
            return Ok(true);
        }
        let Some(opened) = self.open_segment(session, place, segment)? else {
            tracing::warn!("a segment of the archive does not open");
            self.memory.archiving.unreadable.insert((id, range.0, place.revision));
            return Ok(true);
        };
        self.put_back(session, id, opened)?;
        self.store.hold_range(id, range)?;
        self.gaps_closed(id)?;
        self.changed(id);
        Ok(true)
    }

    /// A segment that an own device sealed, with the present keys, or with those of before while these were the present ones.
    fn open_segment(&self, session: &Session, place: Place, segment: &ArchiveSegment) -> Result<Option<Segment>> {
        let (account, sealed) = (session.account, &segment.sealed);
        if segment.generation == session.generation {
            return Ok(Segment::open(&session.archive_key, account, place, sealed));
        }
        let former = self.store.former_archive_key(segment.generation)?;
        match former {
            Some(key) if FormerSegments::knows(self.store, segment.generation, sealed)? => {
                Ok(Segment::open(&key, account, place, sealed))
            }
            _ => Ok(None),
        }
    }

    fn put_back(&mut self, session: &Session, id: ConversationId, segment: Segment) -> Result<()> {
        if self.store.conversation(id)?.is_none() {
            self.add_former(id, &segment)?;
        }
        let senders = segment.messages.iter().map(|message| message.sender);
        let senders: BTreeSet<_> = senders.chain(segment.amendments.iter().map(|amendment| amendment.sender)).collect();
        senders.into_iter().try_for_each(|sender| self.store.set_met(sender))?;
        for message in segment.messages {
            self.put_back_message(session, id, message)?;
        }
        for amendment in segment.amendments {
            let own = if amendment.sender == session.account { Own::Account } else { Own::No };
            let gone = amendment.expires_in.is_some_and(|after| expiry(amendment.time, after) <= self.server_time());
            if !gone {
                let (target, kind) = (amendment.target, amendment.kind);
                self.store.add_amendment(id, &crate::store::Amendment { own, ..amendment })?;
                self.amended(id, target, kind)?;
            }
        }
        for notice in segment.notices {
            // One that this version does not know is left out.
            if let Ok(known) = Store::read_notice(&notice.notice) {
                self.store.add_notice(id, notice.seq, notice.time, &known)?;
            }
        }
        self.memory.due.names = true;
        Ok(())
    }

    fn put_back_message(&mut self, session: &Session, id: ConversationId, message: ArchivedMessage) -> Result<()> {
        let ArchivedMessage { id: key, seq, time, sender, content, message_id } = message;
        let own = if sender == session.account { Own::Account } else { Own::No };
        let Some(content) = content else {
            let item = NewItem { seq: Some(seq), time, own, message_id, ..NewItem::by(sender, id, key) };
            if self.store.add_item(&item)? {
                self.store.empty_item(id, &key.to_string())?;
            }
            return Ok(());
        };
        let decoded = Content::decode(&content).ok();
        let after = decoded.as_ref().and_then(|content| expires_in(content.meaning(), time));
        let gone = after.is_some_and(|after| expiry(time, after) <= self.server_time());
        let is_item =
            decoded.is_none_or(|content| !matches!(content.meaning().kind(), Kind::Amendment { .. } | Kind::Ignored));
        if !gone && is_item {
            let unreadable = StoredNotice::Unreadable { cause: UnreadableCause::Undecryptable };
            self.store.remove_notice(id, seq, &unreadable)?;
            let origin = Origin { conversation: id, id: key, seq: Some(seq), time, sender, own };
            self.write_message(&origin, &content)?;
        }
        Ok(())
    }

    /// A conversation that this account is in no more: it is known from the archive alone.
    fn add_former(&mut self, id: ConversationId, segment: &Segment) -> Result<()> {
        let about = &segment.about;
        self.add_known(id, about.kind, about.suite, Phase::Left)?;
        self.store.set(id, "name", about.name.as_deref())?;
        if let Some(peer) = about.peer.filter(|_| about.kind == ConversationKind::Direct)
            && self.store.direct_with(peer)?.is_none()
        {
            self.store.set(id, "peer", peer.0)?;
            self.store.set_met(peer)?;
        }
        Ok(())
    }

    /// Where everything before is here by now, the timeline says no more that something is missing.
    pub(in crate::engine) fn gaps_closed(&mut self, id: ConversationId) -> Result<()> {
        if !self.store.segments_to_read_of(id)?.is_empty() {
            return Ok(());
        }
        let held = self.store.held_ranges(id)?;
        for (seq, content) in self.store.gap_notices(id)? {
            let notice = Store::read_notice(&content)?;
            let begins = held.iter().find(|(first, last)| (*first..=*last).contains(&seq)).map_or(seq, |range| range.0);
            let closed = match notice {
                StoredNotice::Missed { after: Some(after), .. } => begins <= after.saturating_add(1),
                StoredNotice::DeviceJoined => begins < seq,
                _ => false,
            };
            if closed {
                self.store.remove_notice(id, seq, &notice)?;
            }
        }
        Ok(())
    }
}
