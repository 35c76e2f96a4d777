//! The log as it is read: windows of entries for one device. Entries are written in append.rs and blanked in
//! erasure.rs.

use sealpost_protocol::{
    ClientId, ConversationId, DeviceId, Timestamp,
    conversation::{Entry, EntryBody, HASH_LEN, LogWindow, Pruned, RESET_EVERY, WINDOW_BYTES_MAX, WINDOW_ENTRIES_MAX},
};

use super::{
    Store, StoreError, StoreResult,
    convert::{checked, column, hash, number},
    db::{execute, fetch_all, fetch_optional},
    key_packages::void_key_packages_of_leaves,
};

/// One second in milliseconds.
const SECOND: u64 = 1000;

/// What came of a report that entries are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Loss {
    /// The entry is there, or is not the device's to know.
    None,
    /// It was known.
    Known,
    /// It is news.
    Noted,
    /// The conversation was reset a while ago, and may be again so many milliseconds from now.
    TooSoon(u64),
}

/// An entry as its row.
#[derive(sqlx::FromRow)]
pub(super) struct EntryRow {
    pub conversation: Vec<u8>,
    seq: i64,
    client_id: Vec<u8>,
    time: i64,
    kind: i64,
    generation: i64,
    epoch: i64,
    hash: Vec<u8>,
    message: Vec<u8>,
    expires: Option<i64>,
}

impl TryFrom<EntryRow> for Entry {
    type Error = StoreError;

    fn try_from(row: EntryRow) -> StoreResult<Self> {
        let time = number("a time", row.time)?;
        Ok(Self {
            seq: number("a seq", row.seq)?,
            client_id: checked("a client id", ClientId::from_slice(&row.client_id))?,
            time,
            generation: number("a generation", row.generation)?,
            epoch: number("an epoch", row.epoch)?,
            hash: hash("a running hash", &row.hash)?.into(),
            body: body_from_columns(row.kind, row.message)?,
            expires_in: row.expires.map(|expires| expires_in(time, expires)).transpose()?,
        })
    }
}

/// The column that tells application messages from commits.
pub(super) fn kind_column(body: &EntryBody) -> i64 {
    match body {
        EntryBody::Application { .. } => 1,
        EntryBody::Commit { .. } => 2,
        EntryBody::Blank {} => 3,
        EntryBody::Reset { .. } => 4,
    }
}

/// An entry's body from its columns.
pub(super) fn body_from_columns(kind: i64, message: Vec<u8>) -> StoreResult<EntryBody> {
    if message.is_empty() && matches!(kind, 1 | 2) {
        // Pruned.
        return Ok(EntryBody::Blank {});
    }
    let message = message.into();
    match kind {
        1 => Ok(EntryBody::Application { message }),
        2 => Ok(EntryBody::Commit { message }),
        3 => Ok(EntryBody::Blank {}),
        4 => Ok(EntryBody::Reset { statement: message }),
        _ => Err(StoreError::Corrupt("an entry's kind")),
    }
}

/// The column that says when an entry is to be blanked.
pub(super) fn expires_column(entry: &Entry) -> Option<i64> {
    Some(column(entry.time.saturating_add(u64::from(entry.expires_in?).saturating_mul(SECOND))))
}

/// So many seconds after its time an entry is to be blanked.
fn expires_in(time: Timestamp, expires: i64) -> StoreResult<u32> {
    let seconds = number("a time", expires)?.saturating_sub(time) / SECOND;
    checked("a time of expiry", u32::try_from(seconds).ok())
}

impl Store {
    /// Entries after `after`, as far as they are kept and the device may read: from where it joined, and up to the commit
    /// that removed it. At most [`WINDOW_ENTRIES_MAX`] entries and [`WINDOW_BYTES_MAX`] bytes of messages, unless the first alone
    /// is larger. Nothing if the device has no part in the conversation.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn log_window(
        &self,
        conversation: ConversationId,
        device: DeviceId,
        after: u64,
    ) -> StoreResult<Option<LogWindow>> {
        let bounds = fetch_optional!(
            self.db.read(),
            (i64, i64, i64, Option<Vec<u8>>),
            "SELECT l.joined_seq, COALESCE(l.removed_seq, c.last_seq), c.pruned_seq, c.pruned_hash \
             FROM leaves AS l JOIN conversations AS c ON c.id = l.conversation \
             WHERE l.conversation = $1 AND l.device = $2",
            conversation.as_bytes().as_slice(),
            device.as_bytes().as_slice(),
        );
        let Some((joined, last, pruned_seq, pruned_hash)) = bounds else { return Ok(None) };
        let wanted = column(after).max(joined).min(last);
        let pruned = match pruned_hash.filter(|_| pruned_seq > wanted) {
            Some(hash) => Some(Pruned { seq: number("a seq", pruned_seq)?, hash: hash.into() }),
            None => None,
        };
        let entries = self.entries(conversation, wanted.max(pruned_seq), last).await?;
        Ok(Some(LogWindow { conversation, entries, last_seq: number("a seq", last)?, pruned }))
    }

    /// The device has stored an entry that is not in the log, and knows the same log up to `after`: whoever may reset the
    /// conversation is to do so, and key packages of its members are not handed out that may have been before.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn note_loss(
        &self,
        conversation: ConversationId,
        device: DeviceId,
        ((seq, hash), after): ((u64, &[u8; HASH_LEN]), u64),
        now: Timestamp,
    ) -> StoreResult<Loss> {
        let mut tx = self.db.begin().await?;
        let id = conversation.as_bytes().as_slice();
        let missing = fetch_optional!(
            tx.on(),
            (i64,),
            "SELECT reset FROM conversations WHERE id = $1 \
             AND EXISTS (SELECT 1 FROM leaves WHERE conversation = $1 AND device = $2 AND removed_seq IS NULL) \
             AND NOT EXISTS (SELECT 1 FROM log WHERE conversation = $1 AND seq = $3 AND hash = $4) \
             AND (pruned_seq < $3 OR EXISTS (SELECT 1 FROM log WHERE conversation = $1 AND seq = $3))",
            id,
            device.as_bytes().as_slice(),
            column(seq),
            hash.as_slice(),
        );
        let Some((reset,)) = missing else { return Ok(Loss::None) };
        let again = number("a time", reset)?.saturating_add(RESET_EVERY);
        if reset > 0 && now < again {
            return Ok(Loss::TooSoon(again - now));
        }
        let noted = execute!(
            tx.on(),
            "UPDATE conversations SET lost = $2 WHERE id = $1 AND (lost IS NULL OR lost > $2)",
            id,
            column(after),
        );
        if noted == 0 {
            return Ok(Loss::Known);
        }
        void_key_packages_of_leaves(&mut tx, conversation).await?;
        tx.commit().await?;
        Ok(Loss::Noted)
    }

    /// Whether a conversation was reset after this moment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn was_reset_since(&self, conversation: ConversationId, moment: Timestamp) -> StoreResult<bool> {
        let row = fetch_optional!(
            self.db.read(),
            (i64,),
            "SELECT reset FROM conversations WHERE id = $1 AND reset > $2",
            conversation.as_bytes().as_slice(),
            column(moment),
        );
        Ok(row.is_some())
    }

    /// Entries after `from` up to and with `last`, as many as fit in a window; none that was pruned since `from` was read.
    async fn entries(&self, conversation: ConversationId, from: i64, last: i64) -> StoreResult<Vec<Entry>> {
        // Lengths are summed before messages are read, so a window never loads more than it gives.
        let rows = fetch_all!(
            self.db.read(),
            EntryRow,
            "SELECT e.conversation, e.seq, e.client_id, e.time, e.kind, e.generation, e.epoch, e.hash, e.message, \
             e.expires FROM \
             (SELECT seq, SUM(size) OVER (ORDER BY seq) AS total, ROW_NUMBER() OVER (ORDER BY seq) AS number FROM \
              (SELECT seq, LENGTH(message) AS size FROM log \
               WHERE conversation = $1 AND seq > $2 AND seq <= $3 AND (kind > 2 OR LENGTH(message) > 0) \
               ORDER BY seq LIMIT $5) AS n) AS w \
             JOIN log AS e ON e.conversation = $1 AND e.seq = w.seq \
             WHERE w.total <= $4 OR w.number = 1 ORDER BY e.seq",
            conversation.as_bytes().as_slice(),
            from,
            last,
            i64::try_from(WINDOW_BYTES_MAX).unwrap_or(i64::MAX),
            i64::from(WINDOW_ENTRIES_MAX),
        );
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
