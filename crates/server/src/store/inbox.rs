//! The inbox: Welcomes for one device.

use std::collections::BTreeSet;

use sealpost_protocol::{
    ConversationId, DeviceId,
    conversation::{InboxWelcome, LogPosition, WINDOW_BYTES_MAX},
};

use super::{
    Store, StoreResult,
    conversations::{kind_from_column, suite_from_column},
    convert::{checked, column, hash, number},
    db::{Tx, execute, fetch_all, fetch_optional},
    trees,
};

/// A Welcome to be put in a device's inbox.
pub(super) struct NewWelcome {
    /// Whose.
    pub device: DeviceId,
    /// The conversation to join.
    pub conversation: ConversationId,
    /// The log right after the commit that added the device.
    pub position: LogPosition,
    /// Running hash there.
    pub hash: [u8; 32],
    /// The Welcome with this device's secrets only.
    pub welcome: Vec<u8>,
    /// SHA-256 of the tree to join with.
    pub tree: [u8; 32],
    /// Time of the commit.
    pub time: u64,
}

#[derive(sqlx::FromRow)]
struct WelcomeRow {
    number: i64,
    conversation: Vec<u8>,
    kind: i64,
    suite: i64,
    generation: i64,
    epoch: i64,
    seq: i64,
    hash: Vec<u8>,
    welcome: Vec<u8>,
    tree: Vec<u8>,
    time: i64,
}

impl TryFrom<WelcomeRow> for InboxWelcome {
    type Error = super::StoreError;

    fn try_from(row: WelcomeRow) -> StoreResult<Self> {
        Ok(Self {
            number: number("an inbox number", row.number)?,
            conversation: checked("a conversation id", ConversationId::from_slice(&row.conversation))?,
            kind: kind_from_column(row.kind)?,
            suite: suite_from_column(row.suite)?,
            position: LogPosition {
                generation: number("a generation", row.generation)?,
                epoch: number("an epoch", row.epoch)?,
                last_seq: number("a seq", row.seq)?,
            },
            hash: hash("a running hash", &row.hash)?.into(),
            welcome: row.welcome.into(),
            tree: hash("a tree's hash", &row.tree)?.into(),
            time: number("a time", row.time)?,
        })
    }
}

impl Store {
    /// The device's Welcomes after a number, oldest first: at most `limit`, and at most [`WINDOW_BYTES_MAX`] bytes of
    /// them, unless the first alone is larger.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn inbox(&self, device: DeviceId, after: u64, limit: u32) -> StoreResult<Vec<InboxWelcome>> {
        let rows = fetch_all!(
            self.db.read(),
            WelcomeRow,
            "SELECT i.number, i.conversation, c.kind, c.suite, i.generation, i.epoch, i.seq, i.hash, i.welcome, \
             i.tree, i.time FROM \
             (SELECT number, ROW_NUMBER() OVER (ORDER BY number) AS place, SUM(size) OVER (ORDER BY number) AS total \
              FROM (SELECT number, LENGTH(welcome) AS size FROM inbox \
                    WHERE device = $1 AND number > $2 ORDER BY number LIMIT $3) AS n) AS w \
             JOIN inbox AS i ON i.device = $1 AND i.number = w.number \
             JOIN conversations AS c ON c.id = i.conversation \
             WHERE w.total <= $4 OR w.place = 1 ORDER BY i.number",
            device.as_bytes().as_slice(),
            column(after),
            i64::from(limit),
            i64::try_from(WINDOW_BYTES_MAX).unwrap_or(i64::MAX),
        );
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Deletes the device's Welcomes up to and with `number`, and the trees that only they named.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn acknowledge_inbox(&self, device: DeviceId, number: u64) -> StoreResult<()> {
        let mut tx = self.db.begin().await?;
        let named = fetch_all!(
            tx.on(),
            (Vec<u8>, Vec<u8>),
            "SELECT conversation, tree FROM inbox WHERE device = $1 AND number <= $2",
            device.as_bytes().as_slice(),
            column(number),
        );
        trees::lock(&mut tx, &named.iter().map(|(conversation, _)| conversation.as_slice()).collect()).await?;
        execute!(
            tx.on(),
            "DELETE FROM inbox WHERE device = $1 AND number <= $2",
            device.as_bytes().as_slice(),
            column(number),
        );
        for (conversation, tree) in named.iter().collect::<BTreeSet<_>>() {
            trees::delete_unnamed(&mut tx, conversation, tree).await?;
        }
        tx.commit().await
    }
}

/// Puts Welcomes into inboxes. Numbers are given under the device's row, in the order of devices whatever the batch,
/// so a device never sees a higher number before a lower one, and two batches never wait for each other. A device
/// that is not there, or was removed, gets none.
pub(super) async fn insert_welcomes(tx: &mut Tx, mut welcomes: Vec<NewWelcome>) -> StoreResult<()> {
    welcomes.sort_by_key(|welcome| welcome.device);
    for new in welcomes {
        let row = fetch_optional!(
            tx.on(),
            (i64,),
            "UPDATE devices SET inbox_last = inbox_last + 1 WHERE id = $1 AND removed IS NULL RETURNING inbox_last",
            new.device.as_bytes().as_slice(),
        );
        let Some((number,)) = row else { continue };
        execute!(
            tx.on(),
            "INSERT INTO inbox (device, number, conversation, seq, generation, epoch, hash, welcome, tree, time) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            new.device.as_bytes().as_slice(),
            number,
            new.conversation.as_bytes().as_slice(),
            column(new.position.last_seq),
            column(new.position.generation),
            column(new.position.epoch),
            new.hash.as_slice(),
            new.welcome.as_slice(),
            new.tree.as_slice(),
            column(new.time),
        );
    }
    Ok(())
}
