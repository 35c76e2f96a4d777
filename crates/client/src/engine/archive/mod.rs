//! The archive: the account's history on the server, in segments that only its own devices can open.
//!
//! A segment holds what is in the timeline of a range of a conversation's log. Whichever own device is first writes it;
//! the others learn of it and write what comes after. A device that lacks a range reads its segment. So nothing is written
//! twice, and a new device has what the others had.

mod former;
mod read;
mod segment;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use sealpost_protocol::{
    ConversationId, ProblemKind, Timestamp,
    account::Version,
    archive::{ArchiveErase, ArchiveList, ArchiveListed, SegmentName},
};

#[cfg(feature = "fuzzing")]
pub(crate) use segment::Segment;

pub(super) use self::former::FormerSegments;
use self::write::WrittenSegment;
use super::{
    RequestFailure, Result,
    purpose::{Purpose, Task},
    requests::{Answered, Outcome, typed},
    settings,
    turn::Turn,
};
use crate::{
    snapshot::{self, SnapshotKey},
    store::{self, SegmentRow, Session, Store},
};

/// Largest number in a list that can be kept.
const NUMBER_MAX: u64 = 1 << 62;

/// What a request about the archive is for.
pub(crate) enum ArchivePurpose {
    List,
    Read(Vec<SegmentName>),
    Write(Box<WrittenSegment>),
    Erase,
}

impl ArchivePurpose {
    /// The task that the request is part of.
    pub(super) fn task(&self) -> Task {
        match self {
            Self::List | Self::Read(_) | Self::Erase => Task::Archive,
            Self::Write(_) => Task::ArchiveWrite,
        }
    }
}

/// What is known of the archive while there is a connection.
#[derive(Default)]
pub(crate) struct Archiving {
    /// Conversations of which something may be to write.
    pending: BTreeMap<ConversationId, Pending>,
    /// They were all looked at since the connection began.
    surveyed: bool,
    /// The list was read from its beginning since then because something of it was missing.
    listed_anew: bool,
    /// The server takes no more.
    full: bool,
    /// Everything that can be read was.
    complete: bool,
    /// The newest of every chat is still to come.
    hurried: bool,
    /// Something was left out that this device is to take from the log first, or is here no more.
    pub left_out: bool,
    /// When the timer fires.
    timer: Option<Timestamp>,
    /// Entries that could not be read, of the window that is being taken.
    pub unread_entries: Vec<u64>,
    /// Segments that did not open, with their revisions.
    unreadable: BTreeSet<(ConversationId, u64, u64)>,
}

impl Archiving {
    /// Whether a segment that is not here is to come: it opens, as far as is known, and the log does not bring what is in it.
    fn awaits(&self, store: Store<'_>, row: &SegmentRow) -> store::Result<bool> {
        if self.unreadable.contains(&(row.conversation, row.first, row.revision)) {
            return Ok(false);
        }
        let taking = store.conversation(row.conversation)?.filter(|found| found.phase.is_taking());
        Ok(taking.is_none_or(|taking| row.last <= taking.applied_seq))
    }

    /// Whether something of a conversation is still to come.
    pub(super) fn restores(&self, store: Store<'_>, id: ConversationId) -> store::Result<bool> {
        for row in store.segments_to_read_of(id)? {
            if self.awaits(store, &row)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether what the person wants to see first is on its way: what else is to be done leaves it room.
    pub(super) fn is_hurried(&self) -> bool {
        self.hurried
    }

    /// Whether a conversation is to be written of.
    pub(super) fn is_pending(&self, id: ConversationId) -> bool {
        self.pending.contains_key(&id)
    }
}

/// Since when something is to be written, and when it is.
#[derive(Debug, Clone, Copy)]
struct Pending {
    since: Timestamp,
    due: Timestamp,
    /// Also entries that nothing came of: so that it is known that nothing is missing there.
    whole: bool,
}

/// What views show of the archive.
pub(super) fn shown(store: Store<'_>, archiving: &Archiving) -> store::Result<snapshot::Archive> {
    let total = store.archive_items()?;
    let mut missing = 0;
    for row in store.segments_to_read()? {
        missing += if archiving.awaits(store, &row)? { u64::from(row.items) } else { 0 };
    }
    let unreadable = u32::try_from(archiving.unreadable.len()).unwrap_or(u32::MAX);
    let enabled = settings::chosen(store)?.archive;
    let waiting = enabled && (!archiving.surveyed || !archiving.pending.is_empty());
    let (restored, full) = (total - missing, archiving.full);
    Ok(snapshot::Archive { enabled, waiting, total, restored, unreadable, full })
}

/// As long as nobody is signed in.
pub(super) fn none() -> snapshot::Archive {
    snapshot::Archive { enabled: true, waiting: false, total: 0, restored: 0, unreadable: 0, full: false }
}

impl Turn<'_> {
    /// A connection begins: what is known may be old.
    pub(super) fn archive_begins(&mut self) {
        self.memory.archiving = Archiving::default();
        self.memory.due.archive = true;
    }

    pub(super) fn archive_answered(&mut self, purpose: ArchivePurpose, outcome: Outcome) -> Result<()> {
        match purpose {
            ArchivePurpose::List => self.archive_listed(typed(outcome)),
            ArchivePurpose::Read(asked) => self.archive_read(&asked, typed(outcome)),
            ArchivePurpose::Write(written) => self.archive_written(&written, typed(outcome)),
            ArchivePurpose::Erase => self.archive_erased(typed(outcome)),
        }
    }

    /// The account has other keys: what did not open may now, and what was refused is written with them.
    pub(super) fn archive_keys_changed(&mut self) {
        self.memory.archiving.unreadable.clear();
        self.memory.archiving.complete = false;
        self.memory.due.archive = true;
    }

    pub(super) fn archive_changed(&mut self, version: u64) -> Result<()> {
        self.memory.due.archive |= version != self.store.archive_version()?;
        Ok(())
    }

    /// Asks for what comes next: which segments there are, one to read, one to write.
    pub(super) fn pump_archive(&mut self, session: &Session) -> Result<()> {
        let due = &self.memory.due;
        // What own devices chose comes first, so that none erases what another has just begun, and of which conversations
        // there are.
        if due.vault_read || due.vault_write || due.list {
            return Ok(());
        }
        if due.archive {
            if self.is_free(Task::Archive) {
                let after_version = self.store.archive_version()?;
                self.ask(ArchiveList { after_version }, Purpose::Archive(ArchivePurpose::List));
            }
            return Ok(());
        }
        if !settings::chosen(self.store)?.archive {
            return self.pump_archive_erasure();
        }
        if self.memory.signing_out.is_none() {
            self.pump_archive_reading()?;
        }
        self.pump_archive_writing(session)
    }

    /// It was turned off, here or on another device: nothing of it stays.
    fn pump_archive_erasure(&mut self) -> Result<()> {
        self.memory.archiving.pending.clear();
        self.memory.archiving.hurried = false;
        // When it is turned on again everything is looked at anew.
        self.memory.archiving.surveyed = false;
        self.sign_out_after_archive()?;
        if self.is_free(Task::Archive) && self.store.count_segments()? > 0 {
            self.ask(ArchiveErase {}, Purpose::Archive(ArchivePurpose::Erase));
        }
        Ok(())
    }

    fn archive_erased(&mut self, answer: Answered<Version>) -> Result<()> {
        match answer {
            Ok(erased) => {
                self.memory.due.archive = false;
                self.memory.archiving.surveyed = false;
                self.store.forget_segments(NUMBER_MAX)?;
                self.store.set_archive_version(erased.version)?;
                self.changed.insert(SnapshotKey::Archive);
            }
            Err(failure) => self.hold(Task::Archive, Some(&failure)),
        }
        Ok(())
    }

    fn archive_listed(&mut self, answer: Answered<ArchiveListed>) -> Result<()> {
        let listed = match answer {
            Ok(listed) => listed,
            Err(failure) => {
                self.hold(Task::Archive, Some(&failure));
                if self.memory.signing_out.is_some() {
                    // What is left stays unwritten.
                    self.memory.due.archive = false;
                    self.memory.archiving.surveyed = true;
                    self.memory.archiving.pending.clear();
                }
                return self.sign_out_after_archive();
            }
        };
        let known = self.store.archive_version()?;
        if listed.version < known {
            tracing::warn!("the server lost a part of the archive");
            return self.list_anew();
        }
        if listed.erased > known {
            self.store.forget_segments(listed.erased)?;
            self.memory.archiving.surveyed = false;
        }
        let mut changed = BTreeSet::new();
        for info in &listed.segments {
            let numbers = [info.last, info.revision, info.as_of, info.time, info.version];
            if info.first == 0 || info.last < info.first || numbers.iter().any(|number| *number > NUMBER_MAX) {
                continue;
            }
            // Nobody knows more of a log than there is.
            let knows = info.as_of.min(self.store.server_seq(info.conversation)?);
            if !self.store.take_segment(info, knows)? {
                tracing::debug!("an earlier revision of a segment was listed");
            }
            changed.insert(info.conversation);
            self.changed.insert(SnapshotKey::newest(info.conversation, 0));
        }
        let reached = listed.segments.last().map_or(known, |last| last.version);
        self.store.set_archive_version(if listed.more { reached.max(known) } else { listed.version })?;
        self.memory.archiving.complete = false;
        self.changed.insert(SnapshotKey::Archive);
        if listed.more {
            return Ok(());
        }
        self.memory.due.archive = false;
        if self.store.count_segments()? != listed.count && !self.memory.archiving.listed_anew {
            return self.list_anew();
        }
        for id in changed {
            // Between what others wrote a hole may be left that this device can close.
            if !self.store.unarchived(id)?.is_empty() && !self.memory.archiving.is_pending(id) {
                self.archive_soon(id)?;
            }
        }
        self.survey()
    }

    /// Reads the list from its beginning: what is known of it is not so any more.
    fn list_anew(&mut self) -> Result<()> {
        self.store.forget_segments(NUMBER_MAX)?;
        self.store.set_archive_version(0)?;
        self.memory.due.archive = true;
        self.memory.archiving.listed_anew = true;
        self.memory.archiving.surveyed = false;
        Ok(())
    }

    /// Finds out once what is here and not in the archive.
    fn survey(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.memory.archiving.surveyed, true) {
            return Ok(());
        }
        for id in self.store.soiled_conversations()? {
            self.archive_soon(id)?;
        }
        for id in self.store.held_conversations()? {
            if !self.store.unarchived(id)?.is_empty() {
                self.archive_soon(id)?;
                self.memory.archiving.pending.entry(id).and_modify(|pending| pending.whole = true);
            }
        }
        if self.memory.signing_out.is_some() {
            self.archive_now();
        }
        Ok(())
    }

    /// The archive's version after an own change; what others changed meanwhile is asked for.
    fn archive_moved(&mut self, version: u64) -> Result<()> {
        let known = self.store.archive_version()?;
        if version == known + 1 {
            self.store.set_archive_version(version)?;
        } else {
            self.memory.due.archive = true;
        }
        self.changed.insert(SnapshotKey::Archive);
        Ok(())
    }

    /// The timer fired: what is due is written.
    pub(super) fn archive_due(&mut self) {
        self.memory.archiving.timer = None;
    }

    /// What waits for a time that is far off now is due at once.
    pub(super) fn archive_clock_set_back(&mut self) {
        self.archive_now();
        self.memory.archiving.timer = None;
    }

    /// Something changed in a conversation, entries were taken perhaps: what was left out for them may be read.
    pub(super) fn archive_caught_up(&mut self) {
        if std::mem::take(&mut self.memory.archiving.left_out) {
            self.memory.archiving.complete = false;
        }
    }

    /// Whether a change of the archive was refused because it is another one than this device knows.
    fn is_archive_conflict(failure: &RequestFailure) -> bool {
        matches!(failure, RequestFailure::Problem(problem) if problem.kind() == ProblemKind::VersionConflict)
    }
}
