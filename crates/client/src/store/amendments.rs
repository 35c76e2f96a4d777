//! What changes messages that are there: edits, deletions, reactions, votes. Each waits here if what it is about is not.

use rusqlite::{Row, params};
use sealpost_protocol::{AccountId, ClientId, ConversationId, Timestamp};

use super::{
    Own, Result, Store, invalid,
    timeline::{expiry, sort_of},
};
use crate::content::MessageId;
use crate::redacted::redacted;

/// What an amendment does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum AmendmentKind {
    /// Its content is the new text.
    Edit = 0,
    Delete = 1,
    /// Its content is the emoji.
    React = 2,
    /// Its content is the message id of the reaction.
    Unreact = 3,
    /// Its content is the vote.
    Vote = 4,
}

impl AmendmentKind {
    /// The kind with this number.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        let all = [Self::Edit, Self::Delete, Self::React, Self::Unreact, Self::Vote];
        all.into_iter().find(|kind| *kind as u8 == number)
    }
}

/// An amendment.
#[derive(Clone)]
pub(crate) struct Amendment {
    pub client_id: ClientId,
    pub message_id: MessageId,
    pub target: MessageId,
    pub kind: AmendmentKind,
    pub sender: AccountId,
    pub own: Own,
    /// Nothing while it waits to be sent.
    pub seq: Option<u64>,
    pub time: Timestamp,
    pub content: Vec<u8>,
    /// Seconds from the entry's time.
    pub expires_in: Option<u32>,
    pub failure: Option<String>,
}

redacted!(Amendment);

pub(super) const COLUMNS: &str =
    "client_id, message_id, target, kind, sender, own, seq, time, content, expires_in, failure, expires";

pub(super) fn read(row: &Row<'_>) -> Result<Amendment> {
    Ok(Amendment {
        client_id: ClientId(row.get(0)?),
        message_id: MessageId(row.get(1)?),
        target: MessageId(row.get(2)?),
        kind: AmendmentKind::from_number(row.get(3)?).ok_or_else(|| invalid(3))?,
        sender: AccountId(row.get(4)?),
        own: Own::from_number(row.get(5)?).ok_or_else(|| invalid(5))?,
        seq: row.get(6)?,
        time: row.get(7)?,
        content: row.get(8)?,
        expires_in: row.get(9)?,
        failure: row.get(10)?,
    })
}

impl Store<'_> {
    /// Writes an amendment. One with the same client id is left as it is: gives whether it was new.
    pub(crate) fn add_amendment(&self, at: ConversationId, amendment: &Amendment) -> Result<bool> {
        let sql = "INSERT INTO amendments
            (conversation, client_id, message_id, target, kind, sender, own, seq, time, content, expires_in,
                expires)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (conversation, client_id) DO NOTHING";
        let a = amendment;
        let expires = a.expires_in.filter(|_| a.seq.is_some()).map(|after| expiry(a.time, after));
        let added = self.run(
            sql,
            params![
                at.0,
                a.client_id.0,
                a.message_id.0,
                a.target.0,
                a.kind as u8,
                a.sender.0,
                a.own as u8,
                a.seq,
                a.time,
                a.content,
                a.expires_in,
                expires,
            ],
        )?;
        Ok(added > 0)
    }

    /// Everything about one message.
    pub(crate) fn amendments_of(&self, at: ConversationId, target: MessageId) -> Result<Vec<Amendment>> {
        let sql = format!("SELECT {COLUMNS} FROM amendments WHERE conversation = ?1 AND target = ?2 ORDER BY id");
        self.many(&sql, params![at.0, target.0], read)
    }

    /// Everything about the messages of a part of a timeline, without reactions and votes of blocked people.
    pub(crate) fn amendments_in(&self, at: ConversationId, from: u64, to: u64) -> Result<Vec<Amendment>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM amendments WHERE conversation = ?1 AND target IN (
                SELECT message_id FROM timeline
                WHERE conversation = ?1 AND sort BETWEEN ?2 AND ?3 AND message_id IS NOT NULL)
                AND (kind < 2 OR sender NOT IN (SELECT account FROM people WHERE blocked = 1))
            ORDER BY id"
        );
        self.many(&sql, params![at.0, from, to], read)
    }

    /// The amendment with this client id.
    pub(crate) fn amendment(&self, at: ConversationId, id: ClientId) -> Result<Option<Amendment>> {
        let sql = format!("SELECT {COLUMNS} FROM amendments WHERE conversation = ?1 AND client_id = ?2");
        self.one(&sql, params![at.0, id.0], read)
    }

    /// What the amendment with this message id is about.
    pub(crate) fn amendment_target(&self, at: ConversationId, message_id: MessageId) -> Result<Option<MessageId>> {
        let sql = "SELECT target FROM amendments WHERE conversation = ?1 AND message_id = ?2 AND kind = 0";
        self.one(sql, params![at.0, message_id.0], |row| row.get(0).map(MessageId))
    }

    /// The log has an amendment of this device: gives it.
    pub(crate) fn confirm_amendment(
        &self,
        at: ConversationId,
        id: ClientId,
        seq: u64,
        time: Timestamp,
    ) -> Result<Option<Amendment>> {
        let sql = "UPDATE amendments SET seq = ?3, time = ?4, expires = ?4 + expires_in * 1000, failure = NULL
            WHERE conversation = ?1 AND client_id = ?2 AND own = 2 AND (seq IS NULL OR seq = ?3)";
        let changed = self.run(sql, params![at.0, id.0, seq, time])?;
        if changed > 0 { self.amendment(at, id) } else { Ok(None) }
    }

    /// Says why an amendment could not be sent, or that it waits again.
    pub(crate) fn set_amendment_failure(&self, at: ConversationId, id: ClientId, failure: Option<&str>) -> Result<()> {
        let sql = "UPDATE amendments SET failure = ?3 WHERE conversation = ?1 AND client_id = ?2";
        self.run(sql, params![at.0, id.0, failure]).map(drop)
    }

    pub(crate) fn remove_amendment(&self, at: ConversationId, id: ClientId) -> Result<()> {
        self.run("DELETE FROM amendments WHERE conversation = ?1 AND client_id = ?2", params![at.0, id.0]).map(drop)
    }

    /// Forgets everything about one message.
    pub(crate) fn remove_amendments_of(&self, at: ConversationId, target: MessageId) -> Result<()> {
        self.run("DELETE FROM amendments WHERE conversation = ?1 AND target = ?2", params![at.0, target.0]).map(drop)
    }

    /// Deletions that wait to be sent, of messages that are about to go from this device: what is hidden, and everything up
    /// to an entry.
    pub(crate) fn deletions_outlived(&self, at: ConversationId, up_to: Option<u64>) -> Result<Vec<Amendment>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM amendments
            WHERE conversation = ?1 AND seq IS NULL AND kind = ?2 AND failure IS NULL AND target IN (
                SELECT message_id FROM timeline WHERE conversation = ?1 AND message_id IS NOT NULL
                    AND (sort < ?3 OR key IN (SELECT key FROM hidden WHERE conversation = ?1)))"
        );
        let place = up_to.map_or(0, |seq| sort_of(seq.saturating_add(1)));
        self.many(&sql, params![at.0, AmendmentKind::Delete as u8, place], read)
    }

    /// An own entry is to be blanked on the server.
    pub(crate) fn add_erasure(&self, at: ConversationId, seq: u64, id: ClientId) -> Result<()> {
        let sql = "INSERT OR IGNORE INTO erasures (conversation, seq, client_id) VALUES (?1, ?2, ?3)";
        self.run(sql, params![at.0, seq, id.0]).map(drop)
    }

    /// An entry that is still to be blanked.
    pub(crate) fn next_erasure(&self) -> Result<Option<(ConversationId, u64, ClientId)>> {
        let sql = "SELECT conversation, seq, client_id FROM erasures LIMIT 1";
        self.one(sql, [], |row| Ok((ConversationId(row.get(0)?), row.get(1)?, ClientId(row.get(2)?))))
    }

    pub(crate) fn remove_erasure(&self, at: ConversationId, seq: u64) -> Result<()> {
        self.run("DELETE FROM erasures WHERE conversation = ?1 AND seq = ?2", params![at.0, seq]).map(drop)
    }
}
