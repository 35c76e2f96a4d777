//! What deciding on a batch has to know of the logs that it touches, read in one transaction.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use sealpost_protocol::{
    AccountId, ClientId, ConversationId, DeviceId,
    conversation::{Entry, LogPosition},
};

use super::{First, Head, NewEntry};
use crate::store::{
    StoreResult,
    conversations::kind_from_column,
    convert::{checked, hash, number},
    db::{Tx, fetch_among},
    log::EntryRow,
};

/// The conversations that a batch touches, each once, in the order in which they are locked.
pub(super) fn conversations(batch: &[NewEntry]) -> Vec<ConversationId> {
    batch.iter().map(|new| new.conversation).collect::<BTreeSet<_>>().into_iter().collect()
}

#[derive(sqlx::FromRow)]
struct HeadRow {
    id: Vec<u8>,
    kind: i64,
    generation: i64,
    epoch: i64,
    last_seq: i64,
    last_hash: Vec<u8>,
    updated: i64,
    reset: i64,
    removals: bool,
}

pub(super) async fn load_heads(tx: &mut Tx, batch: &[NewEntry]) -> StoreResult<HashMap<ConversationId, Head>> {
    let ids = conversations(batch);
    let lock = tx.for_update();
    let rows: Vec<HeadRow> = fetch_among!(
        tx.on(),
        HeadRow,
        "SELECT id, kind, generation, epoch, last_seq, last_hash, updated, reset, removals \
         FROM conversations WHERE id IN",
        ids,
        |id| id.as_bytes().as_slice();
        format_args!(" ORDER BY id{lock}")
    );
    let mut heads = HashMap::with_capacity(rows.len());
    for row in rows {
        let head = Head {
            kind: kind_from_column(row.kind)?,
            position: LogPosition {
                generation: number("a generation", row.generation)?,
                epoch: number("an epoch", row.epoch)?,
                last_seq: number("a seq", row.last_seq)?,
            },
            hash: hash("a running hash", &row.last_hash)?,
            updated: number("a time", row.updated)?,
            reset: number("a time", row.reset)?,
            removals: row.removals,
            changed: false,
        };
        heads.insert(checked("a conversation id", ConversationId::from_slice(&row.id))?, head);
    }
    Ok(heads)
}

#[derive(sqlx::FromRow)]
struct FirstRow {
    #[sqlx(flatten)]
    entry: EntryRow,
    before: Option<Vec<u8>>,
}

pub(super) async fn load_first(
    tx: &mut Tx,
    batch: &[NewEntry],
) -> StoreResult<HashMap<(ConversationId, ClientId), First>> {
    let rows: Vec<FirstRow> = fetch_among!(
        tx.on(),
        FirstRow,
        "WITH key (conversation, client_id) AS",
        batch,
        |new| new.conversation.as_bytes().as_slice(), new.client_id.as_bytes().as_slice();
        " SELECT e.conversation, e.seq, e.client_id, e.time, e.kind, e.generation, e.epoch, e.hash, e.message, \
         e.expires, b.hash AS before FROM key CROSS JOIN log AS e \
         LEFT JOIN log AS b ON LENGTH(e.message) = 0 AND b.conversation = e.conversation AND b.seq = e.seq - 1 \
         WHERE e.conversation = key.conversation AND e.client_id = key.client_id"
    );
    let mut first = HashMap::with_capacity(batch.len());
    for row in rows {
        let conversation = checked("a conversation id", ConversationId::from_slice(&row.entry.conversation))?;
        let before = row.before.map(|before| hash("a running hash", &before)).transpose()?;
        let entry = Entry::try_from(row.entry)?;
        first.insert((conversation, entry.client_id), First { entry: Arc::new(entry), before });
    }
    Ok(first)
}

pub(super) async fn load_leaves(
    tx: &mut Tx,
    batch: &[NewEntry],
) -> StoreResult<HashMap<(ConversationId, DeviceId), bool>> {
    let senders: Vec<_> =
        batch.iter().map(|new| (new.conversation, new.device)).collect::<BTreeSet<_>>().into_iter().collect();
    let rows: Vec<(Vec<u8>, Vec<u8>, Option<i64>)> = fetch_among!(
        tx.on(),
        (Vec<u8>, Vec<u8>, Option<i64>),
        "WITH key (conversation, device) AS",
        senders,
        |sender| sender.0.as_bytes().as_slice(), sender.1.as_bytes().as_slice();
        " SELECT l.conversation, l.device, l.removed_seq FROM key CROSS JOIN leaves AS l \
         WHERE l.conversation = key.conversation AND l.device = key.device"
    );
    let leaf = |(conversation, device, removed): (Vec<u8>, Vec<u8>, Option<i64>)| {
        let conversation = checked("a conversation id", ConversationId::from_slice(&conversation))?;
        let device = checked("a device id", DeviceId::from_slice(&device))?;
        Ok(((conversation, device), removed.is_none()))
    };
    rows.into_iter().map(leaf).collect()
}

/// Which of those who append are members.
pub(super) async fn load_members(tx: &mut Tx, batch: &[NewEntry]) -> StoreResult<HashSet<(ConversationId, AccountId)>> {
    let senders: Vec<_> =
        batch.iter().map(|new| (new.conversation, new.account)).collect::<BTreeSet<_>>().into_iter().collect();
    let rows: Vec<(Vec<u8>, Vec<u8>)> = fetch_among!(
        tx.on(),
        (Vec<u8>, Vec<u8>),
        "WITH key (conversation, account) AS",
        senders,
        |member| member.0.as_bytes().as_slice(), member.1.as_bytes().as_slice();
        " SELECT m.conversation, m.account FROM key CROSS JOIN members AS m \
         WHERE m.conversation = key.conversation AND m.account = key.account"
    );
    let member = |(conversation, account): (Vec<u8>, Vec<u8>)| {
        let conversation = checked("a conversation id", ConversationId::from_slice(&conversation))?;
        Ok((conversation, checked("an account id", AccountId::from_slice(&account))?))
    };
    rows.into_iter().map(member).collect()
}
