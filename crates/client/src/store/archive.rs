//! What of logs is here, and what of it the account's archive has.

use rusqlite::{Row, params};
use sealpost_protocol::{AccountId, ClientId, ConversationId, archive::SegmentInfo};

use super::{
    Amendment, AmendmentKind, Own, Result, Store, TimelineRow, amendments,
    timeline::{self, sort_of},
};
use crate::content::MessageId;

/// A range of a log: its first and its last entry.
pub(crate) type Range = (u64, u64);

/// A segment of the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentRow {
    pub conversation: ConversationId,
    pub first: u64,
    pub last: u64,
    pub revision: u64,
    pub items: u32,
    /// When it was written, by the server's clock.
    pub time: u64,
    /// Something in it is gone since.
    pub soiled: bool,
}

const SEGMENT: &str = "conversation, first, last, revision, items, time, soiled > 0";
/// A segment whose range is not wholly here.
const NOT_HELD: &str = "NOT EXISTS (SELECT 1 FROM held_ranges AS h
    WHERE h.conversation = s.conversation AND h.first <= s.first AND h.last >= s.last)";

fn read(row: &Row<'_>) -> Result<SegmentRow> {
    Ok(SegmentRow {
        conversation: ConversationId(row.get(0)?),
        first: row.get(1)?,
        last: row.get(2)?,
        revision: row.get(3)?,
        items: row.get(4)?,
        time: row.get(5)?,
        soiled: row.get(6)?,
    })
}

impl Store<'_> {
    /// The entries of a range are here. Ranges that touch become one.
    pub(crate) fn hold_range(&self, at: ConversationId, (first, last): Range) -> Result<()> {
        if first > last {
            return Ok(());
        }
        let sql = "SELECT min(first), max(last) FROM held_ranges
            WHERE conversation = ?1 AND first <= ?3 + 1 AND last + 1 >= ?2";
        let (least, most): (Option<u64>, Option<u64>) =
            self.one(sql, params![at.0, first, last], |row| Ok((row.get(0)?, row.get(1)?)))?.unwrap_or_default();
        let (first, last) = (least.map_or(first, |least| least.min(first)), most.map_or(last, |most| most.max(last)));
        self.run(
            "DELETE FROM held_ranges WHERE conversation = ?1 AND first >= ?2 AND last <= ?3",
            params![at.0, first, last],
        )?;
        let sql = "INSERT INTO held_ranges (conversation, first, last) VALUES (?1, ?2, ?3)";
        self.run(sql, params![at.0, first, last]).map(drop)
    }

    /// What came of an entry is not here.
    pub(crate) fn release_entry(&self, at: ConversationId, seq: u64) -> Result<()> {
        let sql =
            "DELETE FROM held_ranges WHERE conversation = ?1 AND first <= ?2 AND last >= ?2 RETURNING first, last";
        let held: Option<Range> = self.one(sql, params![at.0, seq], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let Some((first, last)) = held else { return Ok(()) };
        if let Some(before) = seq.checked_sub(1) {
            self.hold_range(at, (first, before))?;
        }
        self.hold_range(at, (seq + 1, last))
    }

    /// From this entry on the log is another one than what was held of it.
    pub(crate) fn release_from(&self, at: ConversationId, seq: u64) -> Result<()> {
        self.run("DELETE FROM held_ranges WHERE conversation = ?1 AND first >= ?2", params![at.0, seq])?;
        let sql = "UPDATE held_ranges SET last = ?2 - 1 WHERE conversation = ?1 AND last >= ?2";
        self.run(sql, params![at.0, seq]).map(drop)
    }

    /// The last entry that is here.
    pub(crate) fn newest_held(&self, at: ConversationId) -> Result<u64> {
        let sql = "SELECT max(last) FROM held_ranges WHERE conversation = ?1";
        Ok(self.one(sql, [at.0], |row| row.get::<_, Option<u64>>(0))?.flatten().unwrap_or_default())
    }

    /// The parts of a log that are here, in order.
    pub(crate) fn held_ranges(&self, at: ConversationId) -> Result<Vec<Range>> {
        let sql = "SELECT first, last FROM held_ranges WHERE conversation = ?1 ORDER BY first";
        self.many(sql, [at.0], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Conversations of which anything is here.
    pub(crate) fn held_conversations(&self) -> Result<Vec<ConversationId>> {
        self.many("SELECT DISTINCT conversation FROM held_ranges", [], |row| row.get(0).map(ConversationId))
    }

    /// The parts of a log that are here and not in the archive, in order.
    pub(crate) fn unarchived(&self, at: ConversationId) -> Result<Vec<Range>> {
        let segments = self.segments_of(at)?;
        let mut missing = Vec::new();
        for (first, last) in self.held_ranges(at)? {
            let mut next = first.max(1);
            for segment in segments.iter().filter(|segment| segment.last >= first && segment.first <= last) {
                if segment.first > next {
                    missing.push((next, segment.first - 1));
                }
                next = next.max(segment.last + 1);
            }
            if next <= last {
                missing.push((next, last));
            }
        }
        Ok(missing)
    }

    /// The archive's segments of a conversation, in order.
    pub(crate) fn segments_of(&self, at: ConversationId) -> Result<Vec<SegmentRow>> {
        let sql = format!("SELECT {SEGMENT} FROM archive_segments WHERE conversation = ?1 ORDER BY first");
        self.many(&sql, [at.0], read)
    }

    /// A segment by its name.
    pub(crate) fn segment(&self, at: ConversationId, first: u64) -> Result<Option<SegmentRow>> {
        let sql = format!("SELECT {SEGMENT} FROM archive_segments WHERE conversation = ?1 AND first = ?2");
        self.one(&sql, params![at.0, first], read)
    }

    /// Segments that are not wholly here, those of one conversation together, the newest first.
    pub(crate) fn segments_to_read(&self) -> Result<Vec<SegmentRow>> {
        let sql =
            format!("SELECT {SEGMENT} FROM archive_segments AS s WHERE {NOT_HELD} ORDER BY conversation, first DESC");
        self.many(&sql, [], read)
    }

    /// Those of one conversation.
    pub(crate) fn segments_to_read_of(&self, at: ConversationId) -> Result<Vec<SegmentRow>> {
        let sql = format!("SELECT {SEGMENT} FROM archive_segments AS s WHERE conversation = ?1 AND {NOT_HELD}");
        self.many(&sql, [at.0], read)
    }

    /// How many things the archive has.
    pub(crate) fn archive_items(&self) -> Result<u64> {
        let sql = "SELECT coalesce(sum(items), 0) FROM archive_segments";
        Ok(self.one(sql, [], |row| row.get(0))?.unwrap_or_default())
    }

    /// How many segments are known.
    pub(crate) fn count_segments(&self) -> Result<u64> {
        Ok(self.one("SELECT count(*) FROM archive_segments", [], |row| row.get(0))?.unwrap_or_default())
    }

    /// A segment of this conversation of which something is gone since.
    pub(crate) fn soiled_segment(&self, at: ConversationId) -> Result<Option<SegmentRow>> {
        let sql = format!("SELECT {SEGMENT} FROM archive_segments WHERE conversation = ?1 AND soiled > 0 LIMIT 1");
        self.one(&sql, [at.0], read)
    }

    /// Conversations with such segments.
    pub(crate) fn soiled_conversations(&self) -> Result<Vec<ConversationId>> {
        let sql = "SELECT DISTINCT conversation FROM archive_segments WHERE soiled > 0";
        self.many(sql, [], |row| row.get(0).map(ConversationId))
    }

    /// The mark of what is gone of the segments that a range overlaps; 0 for none.
    pub(crate) fn soil_in(&self, at: ConversationId, (first, last): Range) -> Result<u64> {
        let sql = "SELECT max(soiled) FROM archive_segments WHERE conversation = ?1 AND first <= ?3 AND last >= ?2";
        let soil = self.one(sql, params![at.0, first, last], |row| row.get::<_, Option<u64>>(0))?;
        Ok(soil.flatten().unwrap_or_default())
    }

    /// The archive has a segment, in place of every other that it overlaps; its writer knew what was gone when the server had
    /// entry `knows`. Gives whether it is news: an earlier revision of what is known is not.
    pub(crate) fn take_segment(&self, info: &SegmentInfo, knows: u64) -> Result<bool> {
        let sql = "SELECT max(revision), max(soiled) FROM archive_segments
            WHERE conversation = ?1 AND first <= ?3 AND last >= ?2";
        let known: (Option<u64>, Option<u64>) = self
            .one(sql, params![info.conversation.0, info.first, info.last], |row| Ok((row.get(0)?, row.get(1)?)))?
            .unwrap_or_default();
        if known.0.is_some_and(|known| known >= info.revision) {
            return Ok(false);
        }
        let soiled = known.1.filter(|soiled| *soiled > knows).unwrap_or(0);
        let sql = "DELETE FROM archive_segments WHERE conversation = ?1 AND first <= ?3 AND last >= ?2";
        self.run(sql, params![info.conversation.0, info.first, info.last])?;
        let sql = "INSERT INTO archive_segments (conversation, first, last, revision, items, time, version, soiled)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let i = info;
        self.run(sql, params![i.conversation.0, i.first, i.last, i.revision, i.items, i.time, i.version, soiled])?;
        Ok(true)
    }

    /// What was written up to a version of the archive is not there any more.
    pub(crate) fn forget_segments(&self, version: u64) -> Result<()> {
        self.run("DELETE FROM archive_segments WHERE version <= ?1", [version]).map(drop)
    }

    /// The archive's version up to which its segments are known.
    pub(crate) fn archive_version(&self) -> Result<u64> {
        Ok(self.one("SELECT archive_version FROM session", [], |row| row.get(0))?.unwrap_or_default())
    }

    pub(crate) fn set_archive_version(&self, version: u64) -> Result<()> {
        self.run("UPDATE session SET archive_version = ?1", [version]).map(drop)
    }

    /// The last entry so that at most `most` things are in a range from its first one on; nothing if all of it is no more.
    pub(crate) fn boundary(&self, at: ConversationId, (first, last): Range, most: u32) -> Result<Option<u64>> {
        let sql = "SELECT seq FROM (
                SELECT seq FROM timeline WHERE conversation = ?1 AND sort >= ?2 AND sort < ?3
                UNION ALL SELECT seq FROM amendments WHERE conversation = ?1 AND seq BETWEEN ?4 AND ?5
                UNION ALL SELECT seq FROM deletions WHERE conversation = ?1 AND seq BETWEEN ?4 AND ?5)
            ORDER BY seq LIMIT 1 OFFSET ?6";
        let sorts = (sort_of(first), sort_of(last.saturating_add(1)));
        let over: Option<u64> = self.one(sql, params![at.0, sorts.0, sorts.1, first, last, most], |row| row.get(0))?;
        Ok(over.map(|over| over.saturating_sub(1).max(first)))
    }

    /// How many things are in a range.
    pub(crate) fn count_things(&self, at: ConversationId, (first, last): Range) -> Result<u32> {
        let sql = "SELECT (SELECT count(*) FROM timeline WHERE conversation = ?1 AND sort >= ?2 AND sort < ?3)
            + (SELECT count(*) FROM amendments WHERE conversation = ?1 AND seq BETWEEN ?4 AND ?5)
            + (SELECT count(*) FROM deletions WHERE conversation = ?1 AND seq BETWEEN ?4 AND ?5)";
        let sorts = (sort_of(first), sort_of(last.saturating_add(1)));
        Ok(self.one(sql, params![at.0, sorts.0, sorts.1, first, last], |row| row.get(0))?.unwrap_or_default())
    }

    /// Everything in the timeline from a range of the log.
    pub(crate) fn items_in(&self, at: ConversationId, (first, last): Range) -> Result<Vec<TimelineRow>> {
        let sql = format!(
            "SELECT {} FROM timeline WHERE conversation = ?1 AND sort >= ?2 AND sort < ?3 ORDER BY sort, id",
            timeline::COLUMNS
        );
        self.many(&sql, params![at.0, sort_of(first), sort_of(last.saturating_add(1))], timeline::read)
    }

    /// What changes messages from a range of the log, deletions of what is gone included.
    pub(crate) fn amendments_logged(&self, at: ConversationId, (first, last): Range) -> Result<Vec<Amendment>> {
        let sql = format!(
            "SELECT {} FROM amendments WHERE conversation = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq",
            amendments::COLUMNS
        );
        let mut logged = self.many(&sql, params![at.0, first, last], amendments::read)?;
        let sql = "SELECT client_id, message_id, target, sender, seq, time FROM deletions
            WHERE conversation = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq";
        logged.extend(self.many(sql, params![at.0, first, last], |row| {
            Ok(Amendment {
                client_id: ClientId(row.get(0)?),
                message_id: MessageId(row.get(1)?),
                target: MessageId(row.get(2)?),
                kind: AmendmentKind::Delete,
                sender: AccountId(row.get(3)?),
                own: Own::No,
                seq: row.get(4)?,
                time: row.get(5)?,
                content: Vec::new(),
                expires_in: None,
                failure: None,
            })
        })?);
        Ok(logged)
    }

    /// The log has a deletion.
    pub(crate) fn add_deletion(&self, at: ConversationId, deletion: &Amendment) -> Result<()> {
        let sql = "INSERT OR IGNORE INTO deletions (conversation, target, client_id, message_id, sender, seq, time)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let (d, Some(seq)) = (deletion, deletion.seq) else { return Ok(()) };
        self.run(sql, params![at.0, d.target.0, d.client_id.0, d.message_id.0, d.sender.0, seq, d.time]).map(drop)
    }

    /// Someone wrote what is shown.
    pub(crate) fn set_met(&self, account: AccountId) -> Result<()> {
        let sql = "INSERT INTO people (account, met) VALUES (?1, 1) ON CONFLICT (account) DO UPDATE SET met = 1
            WHERE met = 0";
        self.run(sql, [account.0]).map(drop)
    }

    /// Which of two kinds of notice stand in a timeline and at which entries: that this device joined, that it missed
    /// something.
    pub(crate) fn gap_notices(&self, at: ConversationId) -> Result<Vec<(u64, Vec<u8>)>> {
        let sql = "SELECT seq, content FROM timeline WHERE conversation = ?1 AND kind = 2 AND seq IS NOT NULL
            AND (key = 'n' || seq || '.4' OR key = 'n' || seq || '.21')";
        self.many(sql, [at.0], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::{NewItem, in_memory};

    const HERE: ConversationId = ConversationId([1; 16]);

    fn info((first, last): Range, revision: u64, as_of: u64) -> SegmentInfo {
        let (items, time, version, generation, hash) = (2, 7, revision, 1, Default::default());
        SegmentInfo { conversation: HERE, first, last, revision, as_of, items, time, version, generation, hash }
    }

    #[test]
    fn ranges_that_touch_become_one() {
        let connection = in_memory();
        let store = Store(&connection);
        for range in [(10, 12), (20, 25), (1, 3), (13, 13), (22, 30), (5, 5)] {
            store.hold_range(HERE, range).unwrap();
        }
        assert_eq!(store.held_ranges(HERE).unwrap(), [(1, 3), (5, 5), (10, 13), (20, 30)]);
        store.hold_range(HERE, (4, 21)).unwrap();
        store.hold_range(HERE, (6, 7)).unwrap();
        store.hold_range(HERE, (40, 31)).unwrap();
        assert_eq!(store.held_ranges(HERE).unwrap(), [(1, 30)]);
        store.release_entry(HERE, 7).unwrap();
        store.release_entry(HERE, 1).unwrap();
        store.release_entry(HERE, 99).unwrap();
        assert_eq!(store.held_ranges(HERE).unwrap(), [(2, 6), (8, 30)]);
        assert_eq!(store.newest_held(HERE).unwrap(), 30);
        store.release_from(HERE, 20).unwrap();
        assert_eq!(store.held_ranges(HERE).unwrap(), [(2, 6), (8, 19)]);
    }

    #[test]
    fn what_is_to_be_archived_and_to_be_read_follows_from_what_is_here() {
        let connection = in_memory();
        let store = Store(&connection);
        store.hold_range(HERE, (10, 30)).unwrap();
        for segment in [info((1, 9), 1, 9), info((10, 14), 1, 14), info((20, 22), 1, 22)] {
            assert!(store.take_segment(&segment, segment.as_of).unwrap());
        }
        assert_eq!(store.unarchived(HERE).unwrap(), [(15, 19), (23, 30)]);
        let to_read: Vec<_> = store.segments_to_read().unwrap().iter().map(|row| row.first).collect();
        assert_eq!(to_read, [1]);
        assert_eq!((store.archive_items().unwrap(), store.segments_to_read_of(HERE).unwrap().len()), (6, 1));
        store.hold_range(HERE, (1, 9)).unwrap();
        assert!(store.segments_to_read().unwrap().is_empty());
    }

    #[test]
    fn a_later_revision_takes_the_place_of_what_it_overlaps_and_an_earlier_one_does_not() {
        let connection = in_memory();
        let store = Store(&connection);
        for segment in [info((1, 9), 1, 9), info((10, 14), 3, 14)] {
            assert!(store.take_segment(&segment, segment.as_of).unwrap());
        }
        assert!(!store.take_segment(&info((10, 14), 2, 14), 14).unwrap());
        assert!(store.take_segment(&info((1, 20), 4, 20), 20).unwrap());
        assert_eq!(store.segments_of(HERE).unwrap().len(), 1);
        store.forget_segments(4).unwrap();
        assert_eq!(store.count_segments().unwrap(), 0);
    }

    #[test]
    fn what_goes_from_the_timeline_soils_its_segment_until_someone_who_knows_writes_it_anew() {
        let connection = in_memory();
        let store = Store(&connection);
        store
            .add_conversation(
                HERE,
                sealpost_protocol::conversation::ConversationKind::Direct,
                1,
                super::super::Phase::Joined,
                1,
            )
            .unwrap();
        store.server_has(HERE, 12).unwrap();
        let id = ClientId([3; 16]);
        let item =
            NewItem { seq: Some(3), text: Some("hi"), content: b"x", ..NewItem::by(AccountId([2; 16]), HERE, id) };
        store.add_item(&item).unwrap();
        store.take_segment(&info((1, 9), 1, 9), 9).unwrap();
        assert_eq!(store.soiled_segment(HERE).unwrap(), None);
        store.empty_item(HERE, &id.to_string()).unwrap();
        assert!(store.soiled_segment(HERE).unwrap().is_some());
        assert_eq!(store.soiled_conversations().unwrap(), [HERE]);
        store.take_segment(&info((1, 9), 2, 11), 11).unwrap();
        assert!(store.soiled_segment(HERE).unwrap().is_some(), "its writer had not taken the deletion");
        store.take_segment(&info((1, 9), 3, 12), 12).unwrap();
        assert_eq!(store.soiled_segment(HERE).unwrap(), None);
    }
}
