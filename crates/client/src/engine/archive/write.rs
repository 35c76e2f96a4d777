//! Writing to the archive: what is here and not there, after a pause in which an own other device may be faster.

use sealpost_protocol::{
    Bytes, ConversationId, ProblemKind, Timestamp,
    account::Version,
    archive::{ArchiveWrite, ReplacedSegment, SEGMENTS_REPLACED_MAX, SegmentInfo},
    blob::SEGMENT_BLOBS_MAX,
};

use super::{
    ArchivePurpose, Pending,
    segment::{About, ArchivedMessage, ArchivedNotice, Place, Segment},
};
use crate::{
    content::Content,
    engine::{
        RequestFailure, Result, TimerId,
        files::blobs_of,
        purpose::{Purpose, Task},
        requests::Answered,
        timeline::expires_in,
        turn::Turn,
    },
    snapshot::SnapshotKey,
    store::{Conversation, ItemKind, Range, SegmentRow, Session, Store, StoredNotice, TimelineRow},
};

/// Most things in a segment.
const ITEMS_MAX: u32 = 200;
/// A segment with fewer may be written anew with what comes after it.
const ITEMS_FEW: u32 = 64;
/// About so many bytes of messages are put into one segment, beside the first message.
const BYTES_MAX: usize = 384 * 1024;
/// So many members make an account wait a pause: each writes an archive of its own, and all would at once.
const MEMBERS_PER_PAUSE: u64 = 8;
const PAUSES_MAX: u64 = 40;
/// After so many pauses it is written whether or not there is one.
const PAUSES_BUSY: u64 = 10;
/// What disappears so soon is not worth keeping: seconds.
const LASTS_MIN: u32 = 24 * 60 * 60;

/// A segment on its way.
#[derive(Debug, Clone)]
pub(crate) struct WrittenSegment {
    info: SegmentInfo,
    /// What was marked as gone then is not in it.
    soil: u64,
}

/// What is to be written: a range, and the segments in whose place.
struct Draft {
    conversation: Conversation,
    range: Range,
    replaces: Vec<SegmentRow>,
    /// The first entry that the archive lacks; nothing if something of it is to be written anew.
    fresh: Option<u64>,
}

impl Turn<'_> {
    /// Something of a conversation may be to write, once there is a pause.
    pub(in crate::engine) fn archive_soon(&mut self, id: ConversationId) -> Result<()> {
        let members = self.store.count_members(id)?;
        let pause = self.config.archive_pause.saturating_mul((members / MEMBERS_PER_PAUSE).clamp(1, PAUSES_MAX));
        let before = self.memory.archiving.pending.get(&id);
        let since = before.map_or(self.now, |pending| pending.since.min(self.now));
        let whole = before.is_some_and(|pending| pending.whole);
        let due = (self.now + pause + self.jitter(pause)).min(since + pause.saturating_mul(PAUSES_BUSY));
        if self.memory.archiving.pending.insert(id, Pending { since, due, whole }).is_none() {
            self.changed.insert(SnapshotKey::Archive);
        }
        Ok(())
    }

    fn arm_archive(&mut self, at: Timestamp) {
        if self.memory.archiving.timer != Some(at) {
            self.memory.archiving.timer = Some(at);
            self.set_timer(TimerId::Archive, at);
        }
    }

    /// All that waits is written now.
    pub(in crate::engine) fn archive_now(&mut self) {
        let now = self.now;
        self.memory.archiving.pending.values_mut().for_each(|pending| pending.due = now);
    }

    /// Whether something is to be written before this device signs out.
    pub(in crate::engine) fn must_archive(&self) -> bool {
        let (archiving, due) = (&self.memory.archiving, &self.memory.due);
        let is_free = self.memory.held.get(&Task::ArchiveWrite).is_none_or(|held| held.until <= self.now);
        let can = self.is_connected() && is_free && !archiving.full && !due.vault_read && !due.list;
        can && (!archiving.pending.is_empty() || due.archive || !archiving.surveyed)
    }

    pub(super) fn pump_archive_writing(&mut self, session: &Session) -> Result<()> {
        if self.memory.archiving.full {
            return Ok(());
        }
        while self.is_free(Task::ArchiveWrite) {
            let pending = self.memory.archiving.pending.iter();
            let Some((&id, &Pending { due, whole, .. })) = pending.min_by_key(|(_, pending)| pending.due) else {
                break;
            };
            if due > self.now {
                self.arm_archive(due);
                break;
            }
            match self.draft(id, whole)? {
                Some(draft) => self.write_segment(session, draft)?,
                None => {
                    self.memory.archiving.pending.remove(&id);
                    self.changed.insert(SnapshotKey::Archive);
                }
            }
        }
        self.sign_out_after_archive()
    }

    /// What is to be written next of a conversation: what something is gone of, or what the archive does not have.
    fn draft(&self, id: ConversationId, whole: bool) -> Result<Option<Draft>> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(None) };
        let held = self.store.held_ranges(id)?;
        let is_held = |range: Range| held.iter().any(|held| held.0 <= range.0 && held.1 >= range.1);
        if let Some(soiled) = self.store.soiled_segment(id)?.filter(|soiled| is_held((soiled.first, soiled.last))) {
            let range = (soiled.first, soiled.last);
            return Ok(Some(Draft { conversation, range, replaces: vec![soiled], fresh: None }));
        }
        let segments = self.store.segments_of(id)?;
        for (first, last) in self.store.unarchived(id)? {
            let is_end = segments.last().is_none_or(|newest| newest.last < first);
            if is_end && !whole && self.store.boundary(id, (first, last), 0)?.is_none() {
                // Nothing came of these entries, and nothing comes after them.
                continue;
            }
            // Nothing that the archive has lies in between.
            let before = segments.iter().rev().filter(|segment| segment.last < first);
            let replaces = small_before(before, self.store.count_things(id, (first, last))?);
            let replaces: Vec<_> = replaces.filter(|segment| is_held((segment.first, last))).collect();
            let (fresh, first) = (Some(first), replaces.last().map_or(first, |segment| segment.first));
            return Ok(Some(Draft { conversation, range: (first, last), replaces, fresh }));
        }
        Ok(None)
    }

    fn write_segment(&mut self, session: &Session, mut draft: Draft) -> Result<()> {
        let id = draft.conversation.id;
        let (mut last, mut segment) = self.cut(&draft)?;
        // What takes the place of segments has all of their ranges, all that was in them, and something more.
        if let Some(fresh) = draft.fresh.filter(|_| !draft.replaces.is_empty()) {
            let before: u32 = draft.replaces.iter().map(|segment| segment.items).sum();
            let there = segment.count_up_to(fresh - 1);
            if last < fresh || there < before as usize {
                draft = Draft { range: (fresh, draft.range.1), replaces: Vec::new(), ..draft };
                (last, segment) = self.cut(&draft)?;
            }
        }
        let (conversation, first) = (&draft.conversation, draft.range.0);
        let revision = draft.replaces.iter().map(|segment| segment.revision).max().unwrap_or(0) + 1;
        let place = Place { conversation: id, range: (first, last), revision };
        let sealed = segment.seal(&session.archive_key, session.account, place, self.rng);
        let replaces = draft.replaces.iter();
        let replaces = replaces.map(|row| ReplacedSegment { first: row.first, revision: row.revision }).collect();
        let items = u32::try_from(segment.len()).unwrap_or(u32::MAX);
        let as_of = conversation.applied_seq;
        let (time, version, soil) = (self.server_time(), 0, self.store.soil_in(id, (first, last))?);
        let generation = session.generation;
        let hash = Bytes::default();
        let info =
            SegmentInfo { conversation: id, first, last, revision, as_of, items, time, version, generation, hash };
        let sealed = sealed.into();
        let contents = segment.messages.iter().filter_map(|message| message.content.as_deref());
        let mut blobs: Vec<_> = contents.flat_map(blobs_of).collect();
        blobs.truncate(SEGMENT_BLOBS_MAX);
        let request =
            ArchiveWrite { conversation: id, first, last, revision, as_of, items, replaces, generation, sealed, blobs };
        self.ask(request, Purpose::Archive(ArchivePurpose::Write(Box::new(WrittenSegment { info, soil }))));
        Ok(())
    }

    /// As much of a draft as fits into one segment, and its last entry. What is written anew stays as long as it was.
    fn cut(&self, draft: &Draft) -> Result<(u64, Segment)> {
        let (id, (first, mut last)) = (draft.conversation.id, draft.range);
        let anew = draft.fresh.is_none();
        if let Some(boundary) = self.store.boundary(id, draft.range, ITEMS_MAX)?.filter(|_| !anew) {
            last = boundary;
        }
        let mut segment = gather(self.store, &draft.conversation, (first, last))?;
        if let Some(boundary) = boundary_of_bytes(&segment).filter(|_| !anew) {
            last = boundary.min(last);
            segment.keep_up_to(last);
        }
        Ok((last, segment))
    }

    pub(super) fn archive_written(&mut self, written: &WrittenSegment, answer: Answered<Version>) -> Result<()> {
        let id = written.info.conversation;
        match answer {
            Ok(Version { version }) => {
                let SegmentInfo { first, last, .. } = written.info;
                // What went meanwhile is in it still.
                let knows = if self.store.soil_in(id, (first, last))? == written.soil { u64::MAX } else { 0 };
                self.store.take_segment(&SegmentInfo { version, ..written.info.clone() }, knows)?;
                self.archive_moved(version)?;
            }
            Err(failure) if Self::is_archive_conflict(&failure) => {
                // An own other device was faster, or has revoked one.
                self.memory.due.own_list = true;
                self.memory.due.archive = true;
                self.hold(Task::ArchiveWrite, None);
                self.archive_soon(id)?;
            }
            Err(RequestFailure::Problem(problem)) if problem.kind() == ProblemKind::TooLarge => {
                tracing::warn!("the archive is full");
                self.memory.archiving.full = true;
                self.changed.insert(SnapshotKey::Archive);
            }
            Err(failure) => self.hold(Task::ArchiveWrite, Some(&failure)),
        }
        self.sign_out_after_archive()
    }
}

/// The segments before a new one of so many things that it takes the place of, the last one first: as long as they are small,
/// and not much larger than what is written. So each thing is written anew a few times only, however slowly they come.
fn small_before<'s>(before: impl Iterator<Item = &'s SegmentRow>, mut items: u32) -> impl Iterator<Item = SegmentRow> {
    before.copied().take(SEGMENTS_REPLACED_MAX).take_while(move |segment| {
        let is_small = segment.items < ITEMS_FEW && segment.items <= items.saturating_mul(2);
        items = items.saturating_add(segment.items);
        is_small
    })
}

/// What is in the timeline of a range, as it goes into the archive.
fn gather(store: Store<'_>, conversation: &Conversation, range: Range) -> Result<Segment> {
    let id = conversation.id;
    let (mut messages, mut notices) = (Vec::new(), Vec::new());
    for row in store.items_in(id, range)? {
        match row.kind {
            ItemKind::Notice => notices.extend(notice(row)?),
            ItemKind::Message | ItemKind::Unsupported => messages.extend(message(row)),
        }
    }
    let mut amendments = store.amendments_logged(id, range)?;
    amendments.retain(|amendment| lasts(amendment.expires_in));
    let Conversation { kind, suite, peer, name, .. } = conversation;
    let about = About { kind: *kind, suite: *suite, name: name.clone(), peer: *peer };
    Ok(Segment { about, messages, amendments, notices })
}

fn lasts(expires_in: Option<u32>) -> bool {
    expires_in.is_none_or(|seconds| seconds > LASTS_MIN)
}

fn message(row: TimelineRow) -> Option<ArchivedMessage> {
    let expires = row.content.as_deref().and_then(|content| Content::decode(content).ok());
    let expires = expires.and_then(|content| expires_in(content.meaning(), row.time)).or(row.expires_in);
    if !lasts(expires) {
        return None;
    }
    let (seq, sender, id) = (row.seq?, row.sender?, row.key.parse().ok()?);
    Some(ArchivedMessage { id, seq, time: row.time, sender, content: row.content, message_id: row.message_id })
}

/// What is the same for all own devices.
fn notice(row: TimelineRow) -> Result<Option<ArchivedNotice>> {
    let (Some(seq), Some(content)) = (row.seq, row.content) else { return Ok(None) };
    let is_shared = match Store::read_notice(&content)? {
        StoredNotice::Created { .. }
        | StoredNotice::Added { .. }
        | StoredNotice::Removed { .. }
        | StoredNotice::Departed { .. }
        | StoredNotice::JoinedByLink { .. }
        | StoredNotice::Renamed { .. }
        | StoredNotice::DescriptionChanged { .. }
        | StoredNotice::PictureChanged { .. }
        | StoredNotice::TimerChanged { .. }
        | StoredNotice::AdminsChanged { .. }
        | StoredNotice::PolicyChanged { .. }
        | StoredNotice::Reset { .. } => true,
        StoredNotice::DeviceJoined
        | StoredNotice::Unreadable { .. }
        | StoredNotice::Stopped { .. }
        | StoredNotice::Left
        | StoredNotice::NotAdded { .. }
        | StoredNotice::OtherLog { .. }
        | StoredNotice::OtherDevices { .. }
        | StoredNotice::BegunAnew { .. }
        | StoredNotice::NotDone { .. }
        | StoredNotice::Missed { .. }
        | StoredNotice::WentOn => false,
    };
    Ok(is_shared.then_some(ArchivedNotice { seq, time: row.time, notice: content }))
}

/// The last entry so that a segment is not too large; nothing if it is not.
fn boundary_of_bytes(segment: &Segment) -> Option<u64> {
    let mut sizes: Vec<(u64, usize)> =
        segment.messages.iter().map(|m| (m.seq, m.content.as_ref().map_or(0, Vec::len))).collect();
    sizes.extend(segment.amendments.iter().map(|a| (a.seq.unwrap_or_default(), a.content.len())));
    sizes.extend(segment.notices.iter().map(|n| (n.seq, n.notice.len())));
    sizes.sort_unstable();
    let (mut bytes, first) = (0, sizes.first()?.0);
    let over = sizes.iter().find(|(seq, size)| {
        bytes += size;
        bytes > BYTES_MAX && *seq > first
    });
    over.map(|(seq, _)| seq - 1)
}

impl Segment {
    /// How many things are from entries up to this one.
    fn count_up_to(&self, last: u64) -> usize {
        let messages = self.messages.iter().filter(|message| message.seq <= last).count();
        let amendments = self.amendments.iter().filter(|one| one.seq.is_none_or(|seq| seq <= last)).count();
        messages + amendments + self.notices.iter().filter(|notice| notice.seq <= last).count()
    }

    fn keep_up_to(&mut self, last: u64) {
        self.messages.retain(|message| message.seq <= last);
        self.amendments.retain(|amendment| amendment.seq.is_none_or(|seq| seq <= last));
        self.notices.retain(|notice| notice.seq <= last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many things as come one by one, and how often they were written.
    fn written_one_by_one(things: u32) -> (Vec<u32>, u32) {
        let (mut segments, mut written): (Vec<SegmentRow>, u32) = (Vec::new(), 0);
        for seq in 1..=u64::from(things) {
            let replaced: Vec<_> = small_before(segments.iter().rev(), 1).collect();
            segments.truncate(segments.len() - replaced.len());
            let items = 1 + replaced.iter().map(|segment| segment.items).sum::<u32>();
            let first = replaced.last().map_or(seq, |segment| segment.first);
            let conversation = ConversationId([1; 16]);
            segments.push(SegmentRow { conversation, first, last: seq, revision: 1, items, time: 0, soiled: false });
            written += items;
        }
        (segments.iter().map(|segment| segment.items).collect(), written)
    }

    #[test]
    fn what_comes_one_by_one_is_written_a_few_times_and_ends_in_few_segments() {
        let (segments, written) = written_one_by_one(1_000);
        assert_eq!(segments.iter().sum::<u32>(), 1_000);
        assert!(segments.len() < 25, "{segments:?}");
        assert!(written < 8_000, "{written}");
    }
}
