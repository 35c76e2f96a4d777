//! What timelines show: messages and notices, in the order of the log, and what waits to be sent at the end.

use rusqlite::{Row, params};
use sealpost_protocol::{AccountId, ClientId, ConversationId, Timestamp};

use super::{Result, Store, invalid};
use crate::content::MessageId;
use crate::redacted::redacted;

/// Several items may belong to one entry.
pub(super) const SORT_PER_SEQ: u64 = 8;
/// What waits sorts after everything that the log could hold.
pub(super) const SORT_WAITING: u64 = 1 << 62;

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ItemKind {
    Message = 0,
    Unsupported = 1,
    Notice = 2,
}

/// Whose message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Own {
    /// Another account's.
    No = 0,
    /// Of another device of this account.
    Account = 1,
    /// Of this device.
    Device = 2,
}

impl Own {
    pub(super) fn from_number(number: u8) -> Option<Self> {
        [Self::No, Self::Account, Self::Device].into_iter().find(|own| *own as u8 == number)
    }
}

/// An item as it is read.
#[derive(Clone)]
pub(crate) struct TimelineRow {
    pub key: String,
    pub seq: Option<u64>,
    pub time: Timestamp,
    pub kind: ItemKind,
    pub sender: Option<AccountId>,
    pub own: Own,
    pub text: Option<String>,
    pub content: Option<Vec<u8>>,
    pub failure: Option<String>,
    /// Where it is in its timeline.
    pub sort: u64,
    /// Nothing for what is no message of the format.
    pub message_id: Option<MessageId>,
    pub reply_to: Option<MessageId>,
    pub forwarded: bool,
    /// Of a poll.
    pub poll: Option<Vec<u8>>,
    /// What is said of its files.
    pub attachments: Option<Vec<u8>>,
    pub mentions: Vec<AccountId>,
    pub mentions_me: bool,
    /// Seconds from the entry's time.
    pub expires_in: Option<u32>,
    /// By the server's clock.
    pub expires: Option<Timestamp>,
    pub edited: bool,
    pub deleted: bool,
}

redacted!(TimelineRow);

/// A message to be written.
pub(crate) struct NewItem<'a> {
    pub conversation: ConversationId,
    pub id: ClientId,
    /// Nothing while it waits to be sent.
    pub seq: Option<u64>,
    pub time: Timestamp,
    pub sender: AccountId,
    pub own: Own,
    /// Nothing if this version cannot show it.
    pub text: Option<&'a str>,
    pub content: &'a [u8],
    pub message_id: Option<MessageId>,
    pub reply_to: Option<MessageId>,
    pub forwarded: bool,
    pub poll: Option<Vec<u8>>,
    pub attachments: Option<Vec<u8>>,
    pub mentions: &'a [AccountId],
    pub mentions_me: bool,
    /// Seconds from the entry's time.
    pub expires_in: Option<u32>,
}

impl NewItem<'_> {
    /// A message that says nothing yet.
    pub(crate) fn by(sender: AccountId, conversation: ConversationId, id: ClientId) -> Self {
        Self {
            conversation,
            id,
            seq: None,
            time: 0,
            sender,
            own: Own::No,
            text: None,
            content: &[],
            message_id: None,
            reply_to: None,
            forwarded: false,
            poll: None,
            attachments: None,
            mentions: &[],
            mentions_me: false,
            expires_in: None,
        }
    }
}

/// What its amendments make of a message.
pub(crate) struct PresentItem<'a> {
    pub text: Option<&'a str>,
    pub mentions: &'a [AccountId],
    pub mentions_me: bool,
    pub edited: bool,
    pub deleted: bool,
}

pub(super) fn sort_of(seq: u64) -> u64 {
    seq.saturating_mul(SORT_PER_SEQ)
}

/// When what disappears `after` seconds after an entry's time is gone.
pub(crate) fn expiry(time: Timestamp, after: u32) -> Timestamp {
    time.saturating_add(u64::from(after) * 1000)
}

fn to_blob(accounts: &[AccountId]) -> Option<Vec<u8>> {
    (!accounts.is_empty()).then(|| accounts.iter().flat_map(|account| account.0).collect())
}

fn from_blob(blob: Option<Vec<u8>>) -> Vec<AccountId> {
    let blob = blob.unwrap_or_default();
    blob.chunks_exact(16).filter_map(AccountId::from_slice).collect()
}

pub(super) fn read(row: &Row<'_>) -> Result<TimelineRow> {
    Ok(TimelineRow {
        key: row.get(0)?,
        seq: row.get(1)?,
        time: row.get(2)?,
        kind: match row.get(3)? {
            0u8 => ItemKind::Message,
            1 => ItemKind::Unsupported,
            2 => ItemKind::Notice,
            _ => return Err(invalid(3)),
        },
        sender: row.get::<_, Option<[u8; 16]>>(4)?.map(AccountId),
        own: Own::from_number(row.get(5)?).ok_or_else(|| invalid(5))?,
        text: row.get(6)?,
        content: row.get(7)?,
        failure: row.get(8)?,
        sort: row.get(9)?,
        message_id: row.get::<_, Option<[u8; 32]>>(10)?.map(MessageId),
        reply_to: row.get::<_, Option<[u8; 32]>>(11)?.map(MessageId),
        forwarded: row.get(12)?,
        poll: row.get(13)?,
        mentions: from_blob(row.get(14)?),
        mentions_me: row.get(15)?,
        expires_in: row.get(16)?,
        expires: row.get(17)?,
        edited: row.get(18)?,
        deleted: row.get(19)?,
        attachments: row.get(20)?,
    })
}

pub(super) const COLUMNS: &str =
    "key, seq, time, kind, sender, own, text, content, failure, sort, message_id, reply_to,
    forwarded, poll, mentions, mentions_me, expires_in, expires, edited, deleted, attachments";

impl Store<'_> {
    /// Writes a message. One with the same key, or the same message, is left as it is: gives whether it was new.
    pub(crate) fn add_item(&self, item: &NewItem<'_>) -> Result<bool> {
        let kind = if item.text.is_some() { ItemKind::Message } else { ItemKind::Unsupported };
        let sql = "INSERT INTO timeline (conversation, key, sort, seq, time, kind, sender, own, text, content, message_id,
                reply_to, forwarded, poll, mentions, mentions_me, expires_in, expires, attachments)
            VALUES (?1, ?2, coalesce(?3, ?4 + (SELECT coalesce(max(id), 0) FROM timeline)), ?5, ?6, ?7, ?8, ?9, ?10, ?11,
                ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
            ON CONFLICT DO NOTHING";
        let expires = item.expires_in.filter(|_| item.seq.is_some()).map(|after| expiry(item.time, after));
        let added = self.run(
            sql,
            params![
                item.conversation.0,
                item.id.to_string(),
                item.seq.map(sort_of),
                SORT_WAITING,
                item.seq,
                item.time,
                kind as u8,
                item.sender.0,
                item.own as u8,
                item.text,
                item.content,
                item.message_id.map(|id| id.0),
                item.reply_to.map(|id| id.0),
                item.forwarded,
                item.poll,
                to_blob(item.mentions),
                item.mentions_me,
                item.expires_in,
                expires,
                item.attachments,
            ],
        )?;
        Ok(added > 0)
    }

    /// An item by its key.
    pub(crate) fn item(&self, at: ConversationId, key: &str) -> Result<Option<TimelineRow>> {
        let sql = format!("SELECT {COLUMNS} FROM timeline WHERE conversation = ?1 AND key = ?2");
        self.one(&sql, params![at.0, key], read)
    }

    /// A message by its id.
    pub(crate) fn message(&self, at: ConversationId, id: MessageId) -> Result<Option<TimelineRow>> {
        let sql = format!("SELECT {COLUMNS} FROM timeline WHERE conversation = ?1 AND message_id = ?2");
        self.one(&sql, params![at.0, id.0], read)
    }

    /// The message of an entry.
    pub(crate) fn message_at(&self, at: ConversationId, seq: u64) -> Result<Option<TimelineRow>> {
        let sql = format!("SELECT {COLUMNS} FROM timeline WHERE conversation = ?1 AND sort = ?2 AND kind < 2");
        self.one(&sql, params![at.0, sort_of(seq)], read)
    }

    /// What a message is by now.
    pub(crate) fn set_present(&self, at: ConversationId, key: &str, present: &PresentItem<'_>) -> Result<()> {
        let kind = if present.text.is_some() { ItemKind::Message } else { ItemKind::Unsupported };
        let sql = "UPDATE timeline SET kind = ?3, text = ?4, mentions = ?5, mentions_me = ?6, edited = ?7, deleted = ?8
            WHERE conversation = ?1 AND key = ?2";
        let p = present;
        let mentions = to_blob(p.mentions);
        self.run(sql, params![at.0, key, kind as u8, p.text, mentions, p.mentions_me, p.edited, p.deleted]).map(drop)
    }

    /// Of a message that its author deleted nothing stays but that it was there.
    pub(crate) fn empty_item(&self, at: ConversationId, key: &str) -> Result<()> {
        let sql = "UPDATE timeline SET deleted = 1, text = NULL, content = NULL, poll = NULL, reply_to = NULL,
            attachments = NULL, mentions = NULL, mentions_me = 0, edited = 0, forwarded = 0 WHERE conversation = ?1 AND key = ?2";
        self.run(sql, params![at.0, key]).map(drop)
    }

    /// The log has a message of this device at an entry. Gives whether there is such a message, and not elsewhere.
    pub(crate) fn confirm_item(
        &self,
        conversation: ConversationId,
        id: ClientId,
        seq: u64,
        time: Timestamp,
    ) -> Result<bool> {
        let sql = "UPDATE timeline SET seq = ?3, sort = ?4, time = ?5, failure = NULL, expires = ?5 + expires_in * 1000
            WHERE conversation = ?1 AND key = ?2 AND own = 2 AND (seq IS NULL OR seq = ?3)";
        let changed = self.run(sql, params![conversation.0, id.to_string(), seq, sort_of(seq), time])?;
        Ok(changed > 0)
    }

    /// Messages that this device sent, that the log is said to have at entries `from` to `to`, and that are not there, wait
    /// again; gives their ids and contents.
    pub(crate) fn unconfirm_items(
        &self,
        at: ConversationId,
        (from, to): (u64, u64),
        but: Option<ClientId>,
    ) -> Result<Vec<(ClientId, Vec<u8>)>> {
        let sql = "UPDATE timeline SET seq = NULL, sort = ?5 + id WHERE conversation = ?1 AND sort >= ?2 AND sort <= ?3
            AND own = 2 AND kind < 2 AND deleted = 0 AND content IS NOT NULL AND key <> ?4 RETURNING key, content";
        let but = but.map(|id| id.to_string()).unwrap_or_default();
        let rows = self.many(sql, params![at.0, sort_of(from), sort_of(to), but, SORT_WAITING], |row| {
            Ok((row.get::<_, String>(0)?, row.get(1)?))
        })?;
        let message = |(key, content): (String, Vec<u8>)| Some((key.parse().ok()?, content));
        Ok(rows.into_iter().filter_map(message).collect())
    }

    /// What this device sent after an entry and is still to be seen, in order.
    pub(crate) fn sent_after(&self, at: ConversationId, seq: u64) -> Result<Vec<Vec<u8>>> {
        let sql = "SELECT content FROM timeline WHERE conversation = ?1 AND sort > ?2 AND sort < ?3 AND own = 2
            AND kind < 2 AND deleted = 0 AND content IS NOT NULL ORDER BY sort";
        self.many(sql, params![at.0, sort_of(seq), SORT_WAITING], |row| row.get(0))
    }

    /// Says why a message could not be sent, or that it waits again.
    pub(crate) fn set_item_failure(&self, at: ConversationId, id: ClientId, failure: Option<&str>) -> Result<()> {
        let sql = "UPDATE timeline SET failure = ?3 WHERE conversation = ?1 AND key = ?2";
        self.run(sql, params![at.0, id.to_string(), failure]).map(drop)
    }

    pub(crate) fn remove_item(&self, at: ConversationId, id: ClientId) -> Result<()> {
        let sql = "DELETE FROM timeline WHERE conversation = ?1 AND key = ?2";
        self.run(sql, params![at.0, id.to_string()]).map(drop)
    }

    /// Moves everything of a conversation that gave way to another.
    pub(crate) fn move_items(&self, from: ConversationId, to: ConversationId) -> Result<()> {
        self.run("UPDATE OR IGNORE timeline SET conversation = ?2 WHERE conversation = ?1", params![from.0, to.0])?;
        self.run("DELETE FROM timeline WHERE conversation = ?1", [from.0]).map(drop)
    }

    /// Whether there is any message.
    pub(crate) fn has_messages(&self, conversation: ConversationId) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM timeline WHERE conversation = ?1 AND kind < 2)";
        Ok(self.one(sql, [conversation.0], |row| row.get(0))?.unwrap_or(false))
    }

    /// How many messages there are, counted up to `most`.
    pub(crate) fn count_messages(&self, conversation: ConversationId, most: u64) -> Result<u64> {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM timeline WHERE conversation = ?1 AND kind < 2 LIMIT ?2)";
        Ok(self.one(sql, params![conversation.0, most], |row| row.get(0))?.unwrap_or_default())
    }

    /// When the newest that is shown of the entries up to `seq` was said or happened.
    pub(crate) fn time_at(&self, conversation: ConversationId, seq: u64) -> Result<Option<Timestamp>> {
        let sql = "SELECT time FROM timeline WHERE conversation = ?1 AND sort < ?2 ORDER BY sort DESC LIMIT 1";
        self.one(sql, params![conversation.0, sort_of(seq + 1)], |row| row.get(0))
    }

    /// The newest items, newest first.
    pub(crate) fn newest_items(&self, conversation: ConversationId, limit: u32) -> Result<Vec<TimelineRow>> {
        let sql =
            format!("SELECT {COLUMNS} FROM timeline WHERE conversation = ?1 ORDER BY sort DESC, id DESC LIMIT ?2");
        self.many(&sql, params![conversation.0, limit], read)
    }

    /// The first item after an entry that is another account's message.
    pub(crate) fn first_unread(&self, conversation: ConversationId, after: u64) -> Result<Option<String>> {
        let sql =
            "SELECT key FROM timeline WHERE conversation = ?1 AND sort >= ?2 AND sort < ?3 AND kind < 2 AND own = 0
                AND deleted = 0
            ORDER BY sort LIMIT 1";
        self.one(sql, params![conversation.0, sort_of(after + 1), SORT_WAITING], |row| row.get(0))
    }

    /// Remembers the running hash at an entry.
    pub(crate) fn set_log_hash(&self, conversation: ConversationId, seq: u64, hash: &[u8; 32]) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO log_hashes (conversation, seq, hash) VALUES (?1, ?2, ?3)";
        self.run(sql, params![conversation.0, seq, hash]).map(drop)
    }

    /// The running hash at an entry, if it is known.
    pub(crate) fn log_hash(&self, conversation: ConversationId, seq: u64) -> Result<Option<[u8; 32]>> {
        let sql = "SELECT hash FROM log_hashes WHERE conversation = ?1 AND seq = ?2";
        self.one(sql, params![conversation.0, seq], |row| row.get(0))
    }

    /// The first entry after the one that was taken last whose running hash is known: it was refused.
    pub(crate) fn first_refused(&self, conversation: ConversationId, taken: u64) -> Result<Option<u64>> {
        let sql = "SELECT seq FROM log_hashes WHERE conversation = ?1 AND seq > ?2 ORDER BY seq LIMIT 1";
        self.one(sql, params![conversation.0, taken], |row| row.get(0))
    }

    /// Forgets the running hashes after an entry.
    pub(crate) fn forget_log_hashes_after(&self, conversation: ConversationId, seq: u64) -> Result<()> {
        self.run("DELETE FROM log_hashes WHERE conversation = ?1 AND seq > ?2", params![conversation.0, seq]).map(drop)
    }

    /// Forgets the running hashes before an entry.
    pub(crate) fn forget_log_hashes(&self, conversation: ConversationId, before: u64) -> Result<()> {
        self.run("DELETE FROM log_hashes WHERE conversation = ?1 AND seq < ?2", params![conversation.0, before])
            .map(drop)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::in_memory;

    const HERE: ConversationId = ConversationId([1; 16]);

    fn message(id: u8, seq: Option<u64>, own: Own) -> NewItem<'static> {
        let sender = AccountId([id; 16]);
        let message_id = Some(MessageId([id; 32]));
        NewItem { seq, time: 7, own, text: Some("hi"), message_id, ..NewItem::by(sender, HERE, ClientId([id; 16])) }
    }

    #[test]
    fn what_waits_comes_last_and_keeps_its_key_when_it_is_sent() {
        let connection = in_memory();
        let store = Store(&connection);
        assert!(store.add_item(&message(1, None, Own::Device)).unwrap());
        assert!(!store.add_item(&message(1, None, Own::Device)).unwrap());
        store.add_item(&message(2, None, Own::Device)).unwrap();
        store.add_item(&message(3, Some(5), Own::No)).unwrap();
        let keys =
            || -> Vec<Option<u64>> { store.newest_items(HERE, 9).unwrap().iter().rev().map(|item| item.seq).collect() };
        assert_eq!(keys(), [Some(5), None, None]);
        assert!(store.confirm_item(HERE, ClientId([1; 16]), 4, 9).unwrap());
        assert_eq!(keys(), [Some(4), Some(5), None]);
        assert!(!store.confirm_item(HERE, ClientId([3; 16]), 6, 9).unwrap());
        // The same entry again, and another one under the same id.
        assert!(store.confirm_item(HERE, ClientId([1; 16]), 4, 9).unwrap());
        assert!(!store.confirm_item(HERE, ClientId([1; 16]), 6, 9).unwrap());
        assert_eq!(keys(), [Some(4), Some(5), None]);
    }

    #[test]
    fn only_others_messages_after_the_cursor_are_unread() {
        let connection = in_memory();
        let store = Store(&connection);
        store.add_item(&message(1, Some(1), Own::No)).unwrap();
        store.add_item(&message(2, Some(2), Own::Account)).unwrap();
        store.add_notice(HERE, 3, 7, &crate::store::StoredNotice::DeviceJoined).unwrap();
        store.add_item(&message(4, Some(4), Own::No)).unwrap();
        store.add_item(&message(5, None, Own::Device)).unwrap();
        assert_eq!(store.first_unread(HERE, 1).unwrap(), Some(ClientId([4; 16]).to_string()));
        assert_eq!(store.first_unread(HERE, 4).unwrap(), None);
    }
}
