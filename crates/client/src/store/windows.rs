//! Windows of a timeline with all that is shown in them: a fixed number of queries each, all by index.

use rusqlite::params;
use sealpost_protocol::{AccountId, ConversationId, Timestamp, conversation::MemberCursor};

use super::{
    Result, Store, TimelineRow,
    people::{PERSON, read_person},
    timeline,
};
use crate::{content::MessageId, snapshot::Person};

/// A message that others answer.
pub(crate) struct QuotedRow {
    pub message_id: MessageId,
    pub key: String,
    pub sender: Option<AccountId>,
    pub text: Option<String>,
    /// What is said of its files.
    pub attachments: Option<Vec<u8>>,
    pub deleted: bool,
    /// It is to disappear.
    pub disappears: bool,
}

/// Where an item is among all that the log has of its timeline: its sort and, as several may share one, its row.
pub(crate) type LogPlace = (u64, i64);

/// Which items go into an export.
#[derive(Clone, Copy)]
pub(crate) struct Exported {
    /// Also messages that disappear.
    pub disappearing: bool,
    /// By the server's clock: what has disappeared by then does not.
    pub now: Timestamp,
}

/// A message of an earlier version: row, conversation, sender, content.
pub(crate) type Unnamed = (i64, ConversationId, AccountId, Vec<u8>);

/// What goes into an export, by parameters 2 and 3: see [`Exported`].
const EXPORTED: &str = "(?2 OR expires_in IS NULL) AND (expires IS NULL OR expires > ?3)";

impl Store<'_> {
    /// Where an item is in its timeline.
    pub(crate) fn place(&self, at: ConversationId, key: &str) -> Result<Option<u64>> {
        let sql = "SELECT sort FROM timeline WHERE conversation = ?1 AND key = ?2";
        self.one(sql, params![at.0, key], |row| row.get(0))
    }

    /// Items up to and with a place, newest first.
    pub(crate) fn items_to(&self, at: ConversationId, place: u64, limit: u32) -> Result<Vec<TimelineRow>> {
        let sql = format!(
            "SELECT {} FROM timeline WHERE conversation = ?1 AND sort <= ?2
            ORDER BY sort DESC, id DESC LIMIT ?3",
            timeline::COLUMNS
        );
        self.many(&sql, params![at.0, place, limit], timeline::read)
    }

    /// Items after a place, oldest first.
    pub(crate) fn items_after(&self, at: ConversationId, place: u64, limit: u32) -> Result<Vec<TimelineRow>> {
        let sql = format!(
            "SELECT {} FROM timeline WHERE conversation = ?1 AND sort > ?2
            ORDER BY sort, id LIMIT ?3",
            timeline::COLUMNS
        );
        self.many(&sql, params![at.0, place, limit], timeline::read)
    }

    /// What the log has of a timeline after a place, oldest first, with where it is.
    pub(crate) fn exported_after(
        &self,
        at: ConversationId,
        (sort, id): LogPlace,
        which: Exported,
        limit: u32,
    ) -> Result<Vec<(LogPlace, TimelineRow)>> {
        let sql = format!(
            "SELECT {}, id FROM timeline WHERE conversation = ?1 AND {EXPORTED}
                AND (sort, id) > (?4, ?5) AND sort < ?6 ORDER BY sort, id LIMIT ?7",
            timeline::COLUMNS
        );
        let params = params![at.0, which.disappearing, which.now, sort, id, timeline::SORT_WAITING, limit];
        self.many(&sql, params, |row| {
            let item = timeline::read(row)?;
            Ok(((item.sort, row.get("id")?), item))
        })
    }

    /// What of a timeline waits to be sent, in order.
    pub(crate) fn exported_waiting(&self, at: ConversationId, which: Exported) -> Result<Vec<TimelineRow>> {
        let sql = format!(
            "SELECT {} FROM timeline WHERE conversation = ?1 AND {EXPORTED} AND sort >= ?4 ORDER BY sort, id",
            timeline::COLUMNS
        );
        self.many(&sql, params![at.0, which.disappearing, which.now, timeline::SORT_WAITING], timeline::read)
    }

    /// How many messages of a timeline are to disappear and still say something.
    pub(crate) fn count_disappearing(&self, at: ConversationId, now: Timestamp) -> Result<u32> {
        let sql = "SELECT count(*) FROM timeline WHERE conversation = ?1 AND expires_in IS NOT NULL AND deleted = 0
            AND (expires IS NULL OR expires > ?2)";
        Ok(self.one(sql, params![at.0, now], |row| row.get(0))?.unwrap_or_default())
    }

    /// A time as ISO 8601 writes it, in UTC.
    pub(crate) fn written_out(&self, time: Timestamp) -> Result<String> {
        let sql = "SELECT coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', ?1 / 1000.0, 'unixepoch'), '')";
        Ok(self.one(sql, [time], |row| row.get(0))?.unwrap_or_default())
    }

    /// What the messages of a part of a timeline answer, as far as it is here.
    pub(crate) fn quoted_in(&self, at: ConversationId, from: u64, to: u64) -> Result<Vec<QuotedRow>> {
        let sql = "SELECT message_id, key, sender, text, deleted, expires_in IS NOT NULL, attachments FROM timeline
            WHERE conversation = ?1 AND message_id IN (
                SELECT reply_to FROM timeline
                WHERE conversation = ?1 AND sort BETWEEN ?2 AND ?3 AND reply_to IS NOT NULL)";
        self.many(sql, params![at.0, from, to], |row| {
            Ok(QuotedRow {
                message_id: MessageId(row.get(0)?),
                key: row.get(1)?,
                sender: row.get::<_, Option<[u8; 16]>>(2)?.map(AccountId),
                text: row.get(3)?,
                deleted: row.get(4)?,
                disappears: row.get(5)?,
                attachments: row.get(6)?,
            })
        })
    }

    /// Who wrote in a part of a timeline, is answered there, reacted or voted.
    pub(crate) fn people_in(&self, at: ConversationId, from: u64, to: u64) -> Result<Vec<Person>> {
        let sql = format!(
            "SELECT {PERSON} FROM people WHERE account IN (
                SELECT sender FROM timeline WHERE conversation = ?1 AND sort BETWEEN ?2 AND ?3
                UNION SELECT sender FROM amendments WHERE conversation = ?1 AND target IN (
                    SELECT message_id FROM timeline
                    WHERE conversation = ?1 AND sort BETWEEN ?2 AND ?3 AND message_id IS NOT NULL)
                UNION SELECT sender FROM timeline WHERE conversation = ?1 AND message_id IN (
                    SELECT reply_to FROM timeline
                    WHERE conversation = ?1 AND sort BETWEEN ?2 AND ?3 AND reply_to IS NOT NULL))"
        );
        self.many(&sql, params![at.0, from, to], read_person)
    }

    /// The members of a conversation whose names are known.
    pub(crate) fn named_members(&self, at: ConversationId) -> Result<Vec<Person>> {
        let sql = format!(
            "SELECT {PERSON} FROM members JOIN people USING (account)
            WHERE conversation = ?1 AND username IS NOT NULL"
        );
        self.many(&sql, [at.0], read_person)
    }

    /// Who is in a conversation, admins or not, without those who leave.
    pub(crate) fn people_present(&self, at: ConversationId) -> Result<Vec<(Person, bool)>> {
        let sql = format!(
            "SELECT {PERSON}, admin FROM members LEFT JOIN people USING (account)
            WHERE conversation = ?1 AND NOT EXISTS (
                SELECT 1 FROM leaving AS l WHERE l.conversation = ?1 AND l.account = members.account)"
        );
        self.many(&sql, [at.0], |row| Ok((read_person(row)?, row.get(4)?)))
    }

    /// The first message at or after a time.
    pub(crate) fn first_since(&self, at: ConversationId, time: Timestamp) -> Result<Option<String>> {
        let sql = "SELECT key FROM timeline WHERE conversation = ?1 AND kind < 2 AND time >= ?2
            ORDER BY time LIMIT 1";
        self.one(sql, params![at.0, time], |row| row.get(0))
    }

    /// Messages of earlier versions, which have no ids yet: row, conversation, sender, content.
    pub(crate) fn unnamed(&self, after: i64, limit: u32) -> Result<Vec<Unnamed>> {
        let sql = "SELECT id, conversation, sender, content FROM timeline
            WHERE message_id IS NULL AND kind < 2 AND content IS NOT NULL AND sender IS NOT NULL AND id > ?1
            ORDER BY id LIMIT ?2";
        self.many(sql, params![after, limit], |row| {
            Ok((row.get(0)?, ConversationId(row.get(1)?), AccountId(row.get(2)?), row.get(3)?))
        })
    }

    /// Gives a message of an earlier version its id.
    pub(crate) fn set_message_id(&self, row: i64, id: MessageId) -> Result<()> {
        self.run("UPDATE OR IGNORE timeline SET message_id = ?2 WHERE id = ?1", params![row, id.0]).map(drop)
    }

    /// Keeps what the server says of members' cursors.
    pub(crate) fn set_member_cursors(&self, at: ConversationId, members: &[MemberCursor]) -> Result<()> {
        let sql = "INSERT INTO member_cursors (conversation, account, delivered, read) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (conversation, account) DO UPDATE SET
                delivered = max(delivered, excluded.delivered), read = max(read, excluded.read)";
        members.iter().try_for_each(|member| {
            self.run(sql, params![at.0, member.account.0, member.delivered, member.read]).map(drop)
        })
    }

    /// What is known of members' cursors.
    pub(crate) fn member_cursors(&self, at: ConversationId) -> Result<Vec<MemberCursor>> {
        let sql = "SELECT account, delivered, read FROM member_cursors WHERE conversation = ?1";
        self.many(sql, [at.0], |row| {
            Ok(MemberCursor { account: AccountId(row.get(0)?), delivered: row.get(1)?, read: row.get(2)? })
        })
    }
}
