//! Leaves and members with their cursors: who gets an entry, what a device still lacks, how far everyone is.

use sealpost_protocol::{
    AccountId, ConversationId, DeviceId, Timestamp,
    conversation::{LogCursor, MemberCursor},
};

use super::{
    Store, StoreResult,
    convert::{checked, column, number},
    cursor_steps::{self, Step, StepKind},
    db::{Tx, execute, fetch_all, fetch_optional},
};

/// A device in a conversation's group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// Whose.
    pub account: AccountId,
    /// Which device.
    pub device: DeviceId,
}

/// A log of which a device lacks entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Which log.
    pub conversation: ConversationId,
    /// Up to where the device has stored entries.
    pub stored: u64,
    /// The newest entry that it may have.
    pub last_seq: u64,
}

/// Up to where a device has stored a log.
#[derive(Debug, Clone, Copy)]
pub struct StoredCursor {
    /// Whose device.
    pub account: AccountId,
    /// Which device.
    pub device: DeviceId,
    /// Up to where, and of which log.
    pub cursor: LogCursor,
}

/// A member's delivered cursor moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveredChange {
    /// In which conversation.
    pub conversation: ConversationId,
    /// Whose.
    pub account: AccountId,
    /// Where it is now.
    pub delivered: u64,
}

impl Store {
    /// The devices that are leaves of the conversation's group.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn leaf_devices(&self, conversation: ConversationId) -> StoreResult<Vec<Leaf>> {
        let rows = fetch_all!(
            self.db.read(),
            (Vec<u8>, Vec<u8>),
            "SELECT account, device FROM leaves WHERE conversation = $1 AND removed_seq IS NULL ORDER BY device",
            conversation.as_bytes().as_slice(),
        );
        let leaf = |(account, device): (Vec<u8>, Vec<u8>)| {
            Ok(Leaf {
                account: checked("an account id", AccountId::from_slice(&account))?,
                device: checked("a device id", DeviceId::from_slice(&device))?,
            })
        };
        rows.into_iter().map(leaf).collect()
    }

    /// Whether the device is a leaf of the conversation's group now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_leaf(&self, conversation: ConversationId, device: DeviceId) -> StoreResult<bool> {
        let row = fetch_optional!(
            self.db.read(),
            (i64,),
            "SELECT joined_seq FROM leaves WHERE conversation = $1 AND device = $2 AND removed_seq IS NULL",
            conversation.as_bytes().as_slice(),
            device.as_bytes().as_slice(),
        );
        Ok(row.is_some())
    }

    /// Whether the account is a member of the conversation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_member(&self, conversation: ConversationId, account: AccountId) -> StoreResult<bool> {
        let row = fetch_optional!(
            self.db.read(),
            (i64,),
            "SELECT read_seq FROM members WHERE conversation = $1 AND account = $2",
            conversation.as_bytes().as_slice(),
            account.as_bytes().as_slice(),
        );
        Ok(row.is_some())
    }

    /// Accounts that share a conversation with this one.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn contacts(&self, account: AccountId) -> StoreResult<Vec<AccountId>> {
        let rows = fetch_all!(
            self.db.read(),
            (Vec<u8>,),
            "SELECT DISTINCT other.account FROM members AS own JOIN members AS other \
             ON other.conversation = own.conversation WHERE own.account = $1 AND other.account <> $1",
            account.as_bytes().as_slice(),
        );
        rows.iter().map(|(account,)| checked("an account id", AccountId::from_slice(account))).collect()
    }

    /// The logs of which the device has not stored everything yet, most recently used first.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn due(&self, device: DeviceId) -> StoreResult<Vec<Due>> {
        let rows = fetch_all!(
            self.db.read(),
            (Vec<u8>, i64, i64),
            "SELECT l.conversation, l.stored_seq, COALESCE(l.removed_seq, c.last_seq) \
             FROM leaves AS l JOIN conversations AS c ON c.id = l.conversation \
             WHERE l.device = $1 AND l.stored_seq < COALESCE(l.removed_seq, c.last_seq) \
             ORDER BY c.updated DESC, c.id",
            device.as_bytes().as_slice(),
        );
        let due = |(conversation, stored, last_seq): (Vec<u8>, i64, i64)| {
            Ok(Due {
                conversation: checked("a conversation id", ConversationId::from_slice(&conversation))?,
                stored: number("a cursor", stored)?,
                last_seq: number("a seq", last_seq)?,
            })
        };
        rows.into_iter().map(due).collect()
    }

    /// Up to where the device has stored a log, or nothing if it has no part in it.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn stored_seq(&self, conversation: ConversationId, device: DeviceId) -> StoreResult<Option<u64>> {
        let row = fetch_optional!(
            self.db.read(),
            (i64,),
            "SELECT stored_seq FROM leaves WHERE conversation = $1 AND device = $2",
            conversation.as_bytes().as_slice(),
            device.as_bytes().as_slice(),
        );
        row.map(|(stored,)| number("a cursor", stored)).transpose()
    }

    /// Moves stored cursors forward; going back, or beyond what the device may have, is ignored. Gives the delivered
    /// cursors of members that moved with them, at `now`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_stored(&self, cursors: &[StoredCursor], now: Timestamp) -> StoreResult<Vec<DeliveredChange>> {
        // In one order whatever the batch, conversation by conversation: so no two batches wait for each other.
        let mut sorted: Vec<&StoredCursor> = cursors.iter().collect();
        sorted.sort_unstable_by_key(|stored| (stored.cursor.conversation, stored.device, stored.cursor.seq));
        let mut steps = Vec::new();
        let mut tx = self.db.begin().await?;
        for conversation in sorted.chunk_by(|one, next| one.cursor.conversation == next.cursor.conversation) {
            let mut moved = Vec::with_capacity(conversation.len());
            for stored in conversation {
                if move_stored(&mut tx, stored).await? {
                    moved.push(*stored);
                }
            }
            moved.sort_unstable_by_key(|stored| (stored.account, stored.cursor.seq));
            for stored in moved {
                steps.extend(move_delivered(&mut tx, stored).await?);
            }
        }
        cursor_steps::insert(&mut tx, &steps, now).await?;
        tx.commit().await?;
        let change = |step: &Step| DeliveredChange {
            conversation: step.cursor.conversation,
            account: step.account,
            delivered: step.cursor.seq,
        };
        Ok(steps.iter().map(change).collect())
    }

    /// Moves an account's read cursor forward at `now`; false if it went back or beyond the log, which is ignored.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_read(&self, account: AccountId, cursor: LogCursor, now: Timestamp) -> StoreResult<bool> {
        let mut tx = self.db.begin().await?;
        let moved = fetch_optional!(
            tx.on(),
            (i64,),
            "UPDATE members SET read_seq = $1 WHERE conversation = $2 AND account = $3 AND read_seq < $1 \
             AND EXISTS (SELECT 1 FROM conversations WHERE id = $2 AND last_seq >= $1) \
             RETURNING (SELECT COUNT(*) FROM cursor_steps AS s \
                        WHERE s.conversation = $2 AND s.account = $3 AND s.kind = 2)",
            column(cursor.seq),
            cursor.conversation.as_bytes().as_slice(),
            account.as_bytes().as_slice(),
        );
        let Some((before,)) = moved else { return Ok(false) };
        let step = Step { account, kind: StepKind::Read, cursor, before };
        cursor_steps::insert(&mut tx, &[step], now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The members' cursors.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn cursors(&self, conversation: ConversationId) -> StoreResult<Vec<MemberCursor>> {
        let rows = fetch_all!(
            self.db.read(),
            (Vec<u8>, i64, i64),
            "SELECT account, delivered_seq, read_seq FROM members WHERE conversation = $1 ORDER BY account",
            conversation.as_bytes().as_slice(),
        );
        let member = |(account, delivered, read): (Vec<u8>, i64, i64)| {
            Ok(MemberCursor {
                account: checked("an account id", AccountId::from_slice(&account))?,
                delivered: number("a cursor", delivered)?,
                read: number("a cursor", read)?,
            })
        };
        rows.into_iter().map(member).collect()
    }
}

/// Moves one device's cursor; the row of a removed device goes once it has everything that it may have.
async fn move_stored(tx: &mut Tx, stored: &StoredCursor) -> StoreResult<bool> {
    let seq = column(stored.cursor.seq);
    let conversation = stored.cursor.conversation.as_bytes().as_slice();
    let device = stored.device.as_bytes().as_slice();
    let moved = fetch_optional!(
        tx.on(),
        (Option<i64>,),
        "UPDATE leaves SET stored_seq = $1 WHERE conversation = $2 AND device = $3 AND stored_seq <= $1 \
         AND $1 <= COALESCE(removed_seq, (SELECT last_seq FROM conversations WHERE id = $2)) RETURNING removed_seq",
        seq,
        conversation,
        device,
    );
    if let Some((Some(_),)) = moved {
        execute!(
            tx.on(),
            "DELETE FROM leaves WHERE conversation = $1 AND device = $2 AND stored_seq >= removed_seq",
            conversation,
            device,
        );
    }
    Ok(moved.is_some())
}

async fn move_delivered(tx: &mut Tx, stored: &StoredCursor) -> StoreResult<Option<Step>> {
    let moved = fetch_optional!(
        tx.on(),
        (i64,),
        "UPDATE members SET delivered_seq = $1 WHERE conversation = $2 AND account = $3 AND delivered_seq < $1 \
         RETURNING (SELECT COUNT(*) FROM cursor_steps AS s \
                    WHERE s.conversation = $2 AND s.account = $3 AND s.kind = 1)",
        column(stored.cursor.seq),
        stored.cursor.conversation.as_bytes().as_slice(),
        stored.account.as_bytes().as_slice(),
    );
    let step = |(before,)| Step { account: stored.account, kind: StepKind::Delivered, cursor: stored.cursor, before };
    Ok(moved.map(step))
}
