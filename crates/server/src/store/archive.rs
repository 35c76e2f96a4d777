//! Archives: each account's history in sealed segments, none of which overlaps another of its conversation.

use sealpost_protocol::{
    AccountId, Bytes, ConversationId, Timestamp,
    archive::{
        ArchiveListed, ArchiveSegment, ArchiveWrite, ReplacedSegment, SEGMENTS_LISTED_MAX, SegmentInfo, SegmentName,
    },
};

use sha2::{Digest as _, Sha256};

use super::{
    Store, StoreResult,
    blobs::write_archive_blobs,
    convert::{checked, column, number},
    db::{Tx, execute, fetch_all, fetch_optional},
};

/// What came of writing to an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum ArchiveWritten {
    /// Written; the new version.
    Done(u64),
    /// Left alone, because other segments are there than the writer knows; the present version.
    Conflict(u64),
    /// Left alone, because the archive would hold too much.
    Full,
}

/// A segment's row without its content.
#[derive(sqlx::FromRow)]
struct InfoRow {
    conversation: Vec<u8>,
    first_seq: i64,
    last_seq: i64,
    revision: i64,
    as_of: i64,
    items: i64,
    time: i64,
    version: i64,
    generation: i64,
    hash: Option<Vec<u8>>,
}

impl InfoRow {
    fn info(self) -> StoreResult<SegmentInfo> {
        Ok(SegmentInfo {
            conversation: checked("a conversation", ConversationId::from_slice(&self.conversation))?,
            first: number("a seq", self.first_seq)?,
            last: number("a seq", self.last_seq)?,
            revision: number("a revision", self.revision)?,
            as_of: number("a seq", self.as_of)?,
            items: checked("a count", u32::try_from(self.items).ok())?,
            time: number("a time", self.time)?,
            version: number("an archive's version", self.version)?,
            generation: number("a generation", self.generation)?,
            hash: Bytes(self.hash.unwrap_or_default()),
        })
    }
}

/// A segment that a new one meets: first, last, revision, size.
type Met = (i64, i64, i64, i64);

impl Store {
    /// The segments that were written after a version, oldest first.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn archive(&self, account: AccountId, after_version: u64) -> StoreResult<ArchiveListed> {
        let mut tx = self.db.begin_reading().await?;
        let row = fetch_optional!(
            tx.on(),
            (i64, i64, i64),
            "SELECT version, erased, segments FROM archives WHERE account = $1",
            account.as_bytes().as_slice(),
        );
        let (version, erased, count) = row.unwrap_or_default();
        let mut rows = fetch_all!(
            tx.on(),
            InfoRow,
            "SELECT conversation, first_seq, last_seq, revision, as_of, items, time, version, generation, hash \
             FROM archive_segments WHERE account = $1 AND version > $2 ORDER BY version LIMIT $3",
            account.as_bytes().as_slice(),
            column(after_version),
            column(SEGMENTS_LISTED_MAX as u64 + 1),
        );
        let more = rows.len() > SEGMENTS_LISTED_MAX;
        rows.truncate(SEGMENTS_LISTED_MAX);
        Ok(ArchiveListed {
            version: number("an archive's version", version)?,
            erased: number("an archive's version", erased)?,
            count: number("a count", count)?,
            segments: with_hashes(&mut tx, account, rows).await?,
            more,
        })
    }

    /// A segment by its name.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn archive_segment(&self, account: AccountId, name: SegmentName) -> StoreResult<Option<ArchiveSegment>> {
        let row = fetch_optional!(
            self.db.read(),
            (i64, i64, i64, Vec<u8>),
            "SELECT last_seq, revision, generation, sealed FROM archive_segments \
             WHERE account = $1 AND conversation = $2 AND first_seq = $3",
            account.as_bytes().as_slice(),
            name.conversation.as_bytes().as_slice(),
            column(name.first),
        );
        row.map(|(last, revision, generation, sealed)| {
            Ok(ArchiveSegment {
                conversation: name.conversation,
                first: name.first,
                last: number("a seq", last)?,
                revision: number("a revision", revision)?,
                generation: number("a generation", generation)?,
                sealed: Bytes(sealed),
            })
        })
        .transpose()
    }

    /// Writes a segment if those that it overlaps are those that it takes the place of, the account's keys are those that it
    /// is sealed with, and the archive then holds at most `bytes_max`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_archive(
        &self,
        account: AccountId,
        segment: &ArchiveWrite,
        now: Timestamp,
        bytes_max: u64,
    ) -> StoreResult<ArchiveWritten> {
        let mut tx = self.db.begin().await?;
        let (version, bytes) = next_version(&mut tx, account).await?;
        let met = met(&mut tx, account, segment).await?;
        let has_keys = generation(&mut tx, account).await? == segment.generation;
        if !has_keys || !fits(segment, &met)? {
            return Ok(ArchiveWritten::Conflict(version.saturating_sub(1)));
        }
        let size = column(segment.sealed.len() as u64);
        let bytes = bytes.saturating_add(size) - met.iter().map(|(.., size)| size).sum::<i64>();
        if bytes > column(bytes_max) {
            return Ok(ArchiveWritten::Full);
        }
        for (first, ..) in &met {
            execute!(
                tx.on(),
                "DELETE FROM archive_segments WHERE account = $1 AND conversation = $2 AND first_seq = $3",
                account.as_bytes().as_slice(),
                segment.conversation.as_bytes().as_slice(),
                first,
            );
        }
        execute!(
            tx.on(),
            "INSERT INTO archive_segments (account, conversation, first_seq, last_seq, revision, as_of, items, time, \
             version, size, sealed, generation, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            account.as_bytes().as_slice(),
            segment.conversation.as_bytes().as_slice(),
            column(segment.first),
            column(segment.last),
            column(segment.revision),
            column(segment.as_of),
            i64::from(segment.items),
            column(now),
            column(version),
            size,
            segment.sealed.as_ref(),
            column(segment.generation),
            hash_of(&segment.sealed).as_ref(),
        );
        write_archive_blobs(&mut tx, account, (segment.conversation, segment.first), &segment.blobs).await?;
        execute!(
            tx.on(),
            "UPDATE archives SET segments = segments + 1 - $2, bytes = $3 WHERE account = $1",
            account.as_bytes().as_slice(),
            column(met.len() as u64),
            bytes,
        );
        tx.commit().await?;
        Ok(ArchiveWritten::Done(version))
    }

    /// Erases everything; gives the new version.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn erase_archive(&self, account: AccountId) -> StoreResult<u64> {
        let mut tx = self.db.begin().await?;
        let (version, _) = next_version(&mut tx, account).await?;
        let account = account.as_bytes().as_slice();
        execute!(tx.on(), "DELETE FROM archive_segments WHERE account = $1", account);
        execute!(tx.on(), "UPDATE archives SET erased = version, segments = 0, bytes = 0 WHERE account = $1", account,);
        tx.commit().await?;
        Ok(version)
    }
}

/// Raises the archive's version, which holds up others who write to it; gives it with the bytes that the archive has.
pub(super) async fn next_version(tx: &mut Tx, account: AccountId) -> StoreResult<(u64, i64)> {
    let row = fetch_optional!(
        tx.on(),
        (i64, i64),
        "INSERT INTO archives (account, version, erased, segments, bytes) VALUES ($1, 1, 0, 0, 0) \
         ON CONFLICT (account) DO UPDATE SET version = archives.version + 1 RETURNING version, bytes",
        account.as_bytes().as_slice(),
    );
    let (version, bytes) = checked("an archive", row)?;
    Ok((number("an archive's version", version)?, bytes))
}

/// The generation of the account's keys. Whoever changes that has the archive's row first.
async fn generation(tx: &mut Tx, account: AccountId) -> StoreResult<u64> {
    let account = account.as_bytes().as_slice();
    let row = fetch_optional!(tx.on(), (i64,), "SELECT generation FROM accounts WHERE id = $1", account);
    number("a generation", checked("an account", row)?.0)
}

/// Segments from before hashes were kept are hashed as they are listed.
async fn with_hashes(tx: &mut Tx, account: AccountId, rows: Vec<InfoRow>) -> StoreResult<Vec<SegmentInfo>> {
    let mut segments = rows.into_iter().map(InfoRow::info).collect::<StoreResult<Vec<_>>>()?;
    for info in segments.iter_mut().filter(|info| info.hash.is_empty()) {
        let row = fetch_optional!(
            tx.on(),
            (Vec<u8>,),
            "SELECT sealed FROM archive_segments WHERE account = $1 AND conversation = $2 AND first_seq = $3",
            account.as_bytes().as_slice(),
            info.conversation.as_bytes().as_slice(),
            column(info.first),
        );
        info.hash = row.map(|(sealed,)| hash_of(&sealed)).unwrap_or_default();
    }
    Ok(segments)
}

fn hash_of(sealed: &[u8]) -> Bytes {
    Bytes(Sha256::digest(sealed).to_vec())
}

/// The segments that a new one overlaps.
async fn met(tx: &mut Tx, account: AccountId, segment: &ArchiveWrite) -> StoreResult<Vec<Met>> {
    // Of those that begin before it only the last one can.
    let mut met = fetch_all!(
        tx.on(),
        Met,
        "SELECT first_seq, last_seq, revision, size FROM archive_segments \
         WHERE account = $1 AND conversation = $2 AND first_seq <= $4 AND first_seq >= COALESCE((SELECT MAX(first_seq) \
         FROM archive_segments WHERE account = $1 AND conversation = $2 AND first_seq < $3), 0)",
        account.as_bytes().as_slice(),
        segment.conversation.as_bytes().as_slice(),
        column(segment.first),
        column(segment.last),
    );
    met.retain(|(_, last, ..)| *last >= column(segment.first));
    Ok(met)
}

/// Whether a segment takes the place of exactly those that it overlaps, wholly, by a later revision.
fn fits(segment: &ArchiveWrite, met: &[Met]) -> StoreResult<bool> {
    let mut there = Vec::with_capacity(met.len());
    for (first, last, revision, _) in met {
        let (first, last) = (number("a seq", *first)?, number("a seq", *last)?);
        let revision = number("a revision", *revision)?;
        if first < segment.first || last > segment.last || revision >= segment.revision {
            return Ok(false);
        }
        there.push(ReplacedSegment { first, revision });
    }
    let mut known = segment.replaces.clone();
    known.sort_unstable();
    there.sort_unstable();
    Ok(known == there)
}
