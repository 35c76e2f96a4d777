//! What only the server knows: the logs, and where each device joined. Read from its database at the end.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use rusqlite::{Connection, OpenFlags};
use sealpost_protocol::{AccountId, ClientId, ConversationId, DeviceId};

/// One conversation as the server has it.
#[derive(Debug, Default)]
pub(super) struct TrueConversation {
    /// Number of the newest entry.
    pub last_seq: u64,
    /// Application messages in the order of their seqs.
    pub messages: Vec<(u64, ClientId)>,
    /// Those of them that are to be blanked some day.
    pub timed: BTreeSet<ClientId>,
    /// Those of them that are blank.
    pub blank: BTreeSet<ClientId>,
    /// Devices in the group, with the seq that made them so.
    pub joined: BTreeMap<DeviceId, u64>,
    /// Those of them that left their account's list, where another of the account did not.
    pub unlisted: Vec<DeviceId>,
    /// Accounts in the group.
    pub members: Vec<AccountId>,
}

/// Everything that is compared.
pub(super) type Truth = BTreeMap<ConversationId, TrueConversation>;

/// Reads it all.
pub(super) fn read(database: &Path) -> Result<Truth, String> {
    read_rows(database).map_err(|error| format!("the server's database cannot be read: {error}"))
}

fn read_rows(database: &Path) -> rusqlite::Result<Truth> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut truth = Truth::new();
    let mut log = connection.prepare(
        "SELECT conversation, seq, client_id, kind, expires IS NOT NULL FROM log ORDER BY conversation, seq",
    )?;
    let mut rows = log.query([])?;
    while let Some(row) = rows.next()? {
        let conversation = truth.entry(ConversationId(row.get(0)?)).or_default();
        conversation.last_seq = row.get(1)?;
        // Blank entries were messages.
        let (kind, id) = (row.get::<_, i64>(3)?, ClientId(row.get(2)?));
        if matches!(kind, 1 | 3) {
            conversation.messages.push((row.get(1)?, id));
        }
        if row.get(4)? {
            conversation.timed.insert(id);
        }
        if kind == 3 {
            conversation.blank.insert(id);
        }
    }
    let mut leaves =
        connection.prepare("SELECT conversation, device, joined_seq FROM leaves WHERE removed_seq IS NULL")?;
    let mut rows = leaves.query([])?;
    while let Some(row) = rows.next()? {
        let conversation = truth.entry(ConversationId(row.get(0)?)).or_default();
        conversation.joined.insert(DeviceId(row.get(1)?), row.get(2)?);
    }
    let mut unlisted = connection.prepare(
        "SELECT l.conversation, l.device FROM leaves AS l JOIN devices AS d ON d.id = l.device AND d.removed IS NOT NULL
         WHERE l.removed_seq IS NULL AND EXISTS (SELECT 1 FROM leaves AS o JOIN devices AS e ON e.id = o.device
         WHERE o.conversation = l.conversation AND o.account = l.account AND o.removed_seq IS NULL AND e.removed IS NULL)",
    )?;
    let mut rows = unlisted.query([])?;
    while let Some(row) = rows.next()? {
        truth.entry(ConversationId(row.get(0)?)).or_default().unlisted.push(DeviceId(row.get(1)?));
    }
    let mut members = connection.prepare("SELECT conversation, account FROM members ORDER BY account")?;
    let mut rows = members.query([])?;
    while let Some(row) = rows.next()? {
        truth.entry(ConversationId(row.get(0)?)).or_default().members.push(AccountId(row.get(1)?));
    }
    Ok(truth)
}
