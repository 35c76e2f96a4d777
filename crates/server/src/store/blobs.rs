//! Blobs: whose they are, how much of each is stored, and what tells of them.
//!
//! A blob that neither an entry of the log nor a segment of an archive tells of is lonely, and is deleted when it has been
//! for as long as the host gives; one whose message was deleted is deleted at once. Each is looked at once in that time.

use std::collections::{BTreeSet, HashMap};

use sealpost_protocol::{AccountId, BlobId, ClientId, ConversationId, Timestamp, blob::PART_LEN};

use super::{
    NewEntry, Store, StoreResult,
    convert::{checked, column, number},
    db::{Tx, execute, fetch_all, fetch_among, fetch_optional, insert_rows},
};
use crate::blobs::Part;

/// Most blobs of an account that nothing tells of: their number has to have a bound, however small they are.
const LONELY_MAX: i64 = 1_000;
/// So many are looked up in one statement.
const AT_ONCE: usize = 128;

/// A blob as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blob {
    /// Who uploads it.
    pub account: AccountId,
    /// Its length in bytes.
    pub size: u64,
    /// So many bytes of it are stored.
    pub stored: u64,
    /// A message tells of it.
    pub is_bound: bool,
}

/// What came of beginning an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum UploadBegun {
    /// It may go on.
    Done,
    /// Somebody has another blob of that id, or had.
    Taken,
    /// The account has no room left for it.
    Full,
}

#[derive(sqlx::FromRow)]
struct BlobRow {
    id: Vec<u8>,
    account: Vec<u8>,
    size: i64,
    stored: i64,
    conversation: Option<Vec<u8>>,
    client_id: Option<Vec<u8>>,
    gone: i64,
}

impl BlobRow {
    fn blob(&self) -> StoreResult<Blob> {
        Ok(Blob {
            account: checked("an account id", AccountId::from_slice(&self.account))?,
            size: number("a length", self.size)?,
            stored: number("a length", self.stored)?,
            is_bound: self.conversation.is_some(),
        })
    }
}

impl Store {
    /// Begins an upload, or finds that it was begun, if the account's blobs then have at most `quota` bytes (0 for any), and
    /// fewer than 1,000 wait for a message.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_upload(
        &self,
        account: AccountId,
        (blob, size): (BlobId, u64),
        quota: u64,
        (now, grace): (Timestamp, u64),
    ) -> StoreResult<UploadBegun> {
        let mut tx = self.db.begin().await?;
        let owner = account.as_bytes().as_slice();
        // Uploads of an account begin one after the other, so that none is overlooked in the sum.
        execute!(tx.on(), "UPDATE accounts SET generation = generation WHERE id = $1", owner);
        if let Some(row) = row_of(&mut tx, blob).await? {
            let same = row.account == owner && row.size == column(size) && row.gone == 0;
            return Ok(if same { UploadBegun::Done } else { UploadBegun::Taken });
        }
        let there = fetch_optional!(
            tx.on(),
            (i64, i64),
            "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT), COUNT(lonely) FROM blobs WHERE account = $1",
            owner,
        );
        let (used, lonely) = there.unwrap_or_default();
        let used = number("a length", used)?;
        if lonely >= LONELY_MAX || quota > 0 && used.saturating_add(size) > quota {
            return Ok(UploadBegun::Full);
        }
        execute!(
            tx.on(),
            "INSERT INTO blobs (id, account, size, stored, lonely, due) VALUES ($1, $2, $3, 0, $4, $5)",
            blob.as_bytes().as_slice(),
            owner,
            column(size),
            column(now),
            column(now.saturating_add(grace)),
        );
        tx.commit().await?;
        Ok(UploadBegun::Done)
    }

    /// A blob that was not deleted.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn blob(&self, blob: BlobId) -> StoreResult<Option<Blob>> {
        let row = fetch_optional!(
            self.db.read(),
            BlobRow,
            "SELECT id, account, size, stored, conversation, client_id, gone FROM blobs WHERE id = $1 AND gone = 0",
            blob.as_bytes().as_slice(),
        );
        row.map(|row| row.blob()).transpose()
    }

    /// The stored parts of a blob, in order.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn blob_parts(&self, blob: BlobId) -> StoreResult<Vec<Part>> {
        let rows = fetch_all!(
            self.db.read(),
            (i64, Vec<u8>),
            "SELECT number, object FROM blob_parts WHERE blob = $1 ORDER BY number",
            blob.as_bytes().as_slice(),
        );
        let part = |(place, object): (i64, Vec<u8>)| {
            let object = checked("a part's name", object.as_slice().try_into().ok())?;
            Ok(Part { blob, number: number("a part's number", place)?, object })
        };
        rows.into_iter().map(part).collect()
    }

    /// A part was stored, with which the blob grows from `from` to `to` bytes; gives whether it does. If not, another writer
    /// was faster, or the blob is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn extend_blob(
        &self,
        part: &Part,
        (from, to): (u64, u64),
        (now, grace): (Timestamp, u64),
    ) -> StoreResult<bool> {
        debug_assert_eq!(part.number, from / PART_LEN);
        let mut tx = self.db.begin().await?;
        let extended = execute!(
            tx.on(),
            "UPDATE blobs SET stored = $1, due = CASE WHEN lonely IS NULL THEN due ELSE $2 END, \
             lonely = CASE WHEN lonely IS NULL THEN lonely ELSE $3 END WHERE id = $4 AND stored = $5 AND gone = 0",
            column(to),
            column(now.saturating_add(grace)),
            column(now),
            part.blob.as_bytes().as_slice(),
            column(from),
        );
        if extended == 0 {
            return Ok(false);
        }
        execute!(
            tx.on(),
            "INSERT INTO blob_parts (blob, number, object) VALUES ($1, $2, $3)",
            part.blob.as_bytes().as_slice(),
            column(part.number),
            part.object.as_slice(),
        );
        tx.commit().await?;
        Ok(true)
    }

    /// Ends an upload that no message tells of; gives whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn drop_upload(&self, account: AccountId, blob: BlobId) -> StoreResult<bool> {
        let dropped = execute!(
            self.db.write(),
            "UPDATE blobs SET gone = 1, due = 0 WHERE id = $1 AND account = $2 AND conversation IS NULL AND gone = 0",
            blob.as_bytes().as_slice(),
            account.as_bytes().as_slice(),
        );
        Ok(dropped > 0)
    }

    /// Looks at blobs whose time has come, at most `limit`: gives those whose bytes are to be deleted, and notes of the others
    /// whether something tells of them. Nobody reads or writes those that it gives any more.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn due_blobs(&self, now: Timestamp, grace: u64, limit: u32) -> StoreResult<Vec<BlobId>> {
        let due = fetch_all!(
            self.db.read(),
            (Vec<u8>,),
            "SELECT id FROM blobs WHERE due <= $1 ORDER BY due LIMIT $2",
            column(now),
            i64::from(limit),
        );
        let mut gone = Vec::new();
        for (id,) in due {
            let id = id.as_slice();
            execute!(
                self.db.write(),
                "UPDATE blobs SET gone = CASE WHEN gone = 0 AND lonely <= $1 AND NOT EXISTS (SELECT 1 FROM archive_blobs AS a \
                  WHERE a.blob = blobs.id) AND NOT EXISTS (SELECT 1 FROM log AS l WHERE l.conversation = blobs.conversation \
                  AND l.client_id = blobs.client_id AND l.kind = 1 AND LENGTH(l.message) > 0) THEN 1 ELSE gone END, \
                 lonely = CASE WHEN EXISTS (SELECT 1 FROM archive_blobs AS a WHERE a.blob = blobs.id) OR EXISTS \
                  (SELECT 1 FROM log AS l WHERE l.conversation = blobs.conversation AND l.client_id = blobs.client_id \
                  AND l.kind = 1 AND LENGTH(l.message) > 0) THEN NULL ELSE COALESCE(lonely, $2) END, \
                 due = CASE WHEN gone = 0 THEN $3 ELSE due END WHERE id = $4",
                column(now.saturating_sub(grace)),
                column(now),
                column(now.saturating_add(grace.max(1))),
                id,
            );
            let row = fetch_optional!(self.db.write(), (i64,), "SELECT gone FROM blobs WHERE id = $1", id);
            if row.is_some_and(|(is_gone,)| is_gone > 0) {
                gone.push(checked("a blob's id", BlobId::from_slice(id))?);
            }
        }
        Ok(gone)
    }

    /// Forgets a blob whose bytes were deleted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_blob(&self, blob: BlobId) -> StoreResult<()> {
        execute!(self.db.write(), "DELETE FROM blobs WHERE id = $1 AND gone > 0", blob.as_bytes().as_slice());
        Ok(())
    }
}

async fn row_of(tx: &mut Tx, blob: BlobId) -> StoreResult<Option<BlobRow>> {
    Ok(fetch_optional!(
        tx.on(),
        BlobRow,
        "SELECT id, account, size, stored, conversation, client_id, gone FROM blobs WHERE id = $1",
        blob.as_bytes().as_slice(),
    ))
}

/// The blobs that a batch of entries tells of.
#[derive(Default)]
pub(super) struct ToldBlobs {
    known: HashMap<BlobId, BlobRow>,
    bound: Vec<(BlobId, ConversationId, ClientId)>,
}

impl ToldBlobs {
    /// Reads and locks them, in the order of their ids.
    pub(super) async fn load(tx: &mut Tx, batch: &[NewEntry]) -> StoreResult<Self> {
        let ids: Vec<BlobId> =
            batch.iter().flat_map(|new| new.blobs.iter().copied()).collect::<BTreeSet<_>>().into_iter().collect();
        let lock = tx.for_update();
        let rows: Vec<BlobRow> = fetch_among!(
            tx.on(),
            BlobRow,
            "SELECT id, account, size, stored, conversation, client_id, gone FROM blobs WHERE id IN",
            ids,
            |id| id.as_bytes().as_slice();
            format_args!(" ORDER BY id{lock}")
        );
        let mut known = HashMap::with_capacity(rows.len());
        for row in rows {
            known.insert(checked("a blob's id", BlobId::from_slice(&row.id))?, row);
        }
        Ok(Self { known, bound: Vec::new() })
    }

    /// Whether an entry may tell of its blobs: its sender uploaded them whole, for it, or for nothing so far. What is said again
    /// after a reset goes under another client id of the same conversation, and takes its blobs along.
    pub(super) fn are_there(&self, new: &NewEntry) -> bool {
        new.blobs.iter().all(|blob| {
            self.known.get(blob).is_some_and(|row| {
                let whole = row.gone == 0 && row.stored == row.size;
                let free = row.conversation.as_deref().is_none_or(|at| at == new.conversation.as_bytes());
                whole && free && row.account == new.account.as_bytes()
            })
        })
    }

    /// They belong to an entry now.
    pub(super) fn bind(&mut self, new: &NewEntry) {
        for blob in &new.blobs {
            if let Some(row) = self.known.get_mut(blob) {
                row.conversation = Some(new.conversation.as_bytes().to_vec());
                row.client_id = Some(new.client_id.as_bytes().to_vec());
                self.bound.push((*blob, new.conversation, new.client_id));
            }
        }
    }

    pub(super) async fn write(&self, tx: &mut Tx) -> StoreResult<()> {
        for (blob, conversation, client_id) in &self.bound {
            execute!(
                tx.on(),
                "UPDATE blobs SET conversation = $1, client_id = $2, lonely = NULL WHERE id = $3",
                conversation.as_bytes().as_slice(),
                client_id.as_bytes().as_slice(),
                blob.as_bytes().as_slice(),
            );
        }
        Ok(())
    }
}

/// The blobs of an entry that was blanked go with it.
pub(super) async fn drop_blobs_of(tx: &mut Tx, conversation: &[u8], seq: i64) -> StoreResult<()> {
    execute!(
        tx.on(),
        "UPDATE blobs SET gone = 1, due = 0 WHERE conversation = $1 AND client_id = \
         (SELECT client_id FROM log WHERE conversation = $1 AND seq = $2)",
        conversation,
        seq,
    );
    Ok(())
}

/// The blobs that a segment tells of, as far as they are there.
pub(super) async fn write_archive_blobs(
    tx: &mut Tx,
    account: AccountId,
    (conversation, first): (ConversationId, u64),
    blobs: &[BlobId],
) -> StoreResult<()> {
    let blobs: Vec<BlobId> = blobs.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let mut there = Vec::with_capacity(blobs.len());
    for some in blobs.chunks(AT_ONCE) {
        let rows: Vec<(Vec<u8>,)> = fetch_among!(
            tx.on(),
            (Vec<u8>,),
            "SELECT id FROM blobs WHERE gone = 0 AND id IN",
            some,
            |id| id.as_bytes().as_slice();
            ""
        );
        there.extend(rows);
    }
    insert_rows!(
        tx,
        "INSERT INTO archive_blobs (account, conversation, first_seq, blob)",
        there,
        |blob| account.as_bytes().as_slice(), conversation.as_bytes().as_slice(), column(first), blob.0.as_slice();
        ""
    );
    Ok(())
}
