//! How conversations stand in the person's list, and what follows from it for their timelines.

use rusqlite::params;
use sealpost_protocol::{AccountId, ConversationId, Timestamp};

use super::{AmendmentKind, Result, Store, timeline::sort_of};

/// More unread messages than this are not counted.
pub(crate) const UNREAD_MAX: u32 = 1_000;

/// How a conversation stands in the list, on all of the account's devices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Chat {
    pub muted_until: Timestamp,
    pub pinned: bool,
    /// Up to which seq it was archived.
    pub archived: Option<u64>,
    pub marked_unread: bool,
    pub accepted: bool,
    /// Who added this person to the group.
    pub added_by: Option<AccountId>,
    /// Up to which seq its messages were removed.
    pub deleted: Option<u64>,
    /// Up to which seq the person has read, where the server is not told.
    pub read_up_to: u64,
    /// Keys of messages that are hidden on this account's devices, oldest first.
    pub hidden: Vec<String>,
}

impl Store<'_> {
    /// Writes how a conversation stands.
    pub(crate) fn set_chat(&self, id: ConversationId, chat: &Chat) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO chats
            (conversation, muted_until, pinned, archived, marked_unread, accepted, added_by, deleted, read_up_to)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let added_by = chat.added_by.map(|account| account.0);
        self.run(
            sql,
            params![
                id.0,
                chat.muted_until,
                chat.pinned,
                chat.archived,
                chat.marked_unread,
                chat.accepted,
                added_by,
                chat.deleted,
                chat.read_up_to
            ],
        )?;
        self.run("DELETE FROM hidden WHERE conversation = ?1", [id.0])?;
        let sql = "INSERT OR IGNORE INTO hidden (conversation, key) VALUES (?1, ?2)";
        chat.hidden.iter().try_for_each(|key| self.run(sql, params![id.0, key]).map(drop))
    }

    /// Removes what is hidden and what was deleted. Gives whether there was any.
    pub(crate) fn remove_unwanted(&self, id: ConversationId, deleted: Option<u64>) -> Result<bool> {
        let sql = "DELETE FROM timeline WHERE conversation = ?1
            AND key IN (SELECT key FROM hidden WHERE conversation = ?1)";
        let mut removed = self.run(sql, [id.0])?;
        if let Some(seq) = deleted {
            let sql = "DELETE FROM timeline WHERE conversation = ?1 AND sort < ?2";
            removed += self.run(sql, params![id.0, sort_of(seq.saturating_add(1))])?;
            self.run("DELETE FROM amendments WHERE conversation = ?1 AND seq <= ?2", params![id.0, seq])?;
        }
        Ok(removed > 0)
    }

    /// Removes what waits to be sent as well, as far as it was not handed to the server.
    pub(crate) fn remove_waiting(&self, id: ConversationId) -> Result<()> {
        // Deletions for everyone are still to be told.
        let sql = "DELETE FROM outbox WHERE conversation = ?1 AND kind = 0 AND sent IS NULL AND client_id NOT IN (
            SELECT client_id FROM amendments WHERE conversation = ?1 AND kind = ?2)";
        self.run(sql, params![id.0, AmendmentKind::Delete as u8])?;
        self.run("DELETE FROM amendments WHERE conversation = ?1 AND seq IS NULL", [id.0])?;
        self.run("DELETE FROM timeline WHERE conversation = ?1 AND seq IS NULL", [id.0]).map(drop)
    }

    /// Counts what is unread anew, from the timeline and the read cursor.
    pub(crate) fn recount_unread(&self, id: ConversationId) -> Result<()> {
        let sql = "UPDATE conversations SET unread = (SELECT count(*) FROM (
                SELECT 1 FROM timeline WHERE conversation = ?1 AND sort >= (read_seq + 1) * ?2 AND seq IS NOT NULL
                    AND kind < 2 AND own = 0 AND deleted = 0 LIMIT ?3))
            WHERE id = ?1";
        self.run(sql, params![id.0, sort_of(1), UNREAD_MAX]).map(drop)
    }

    /// Whether messages wait to be sent.
    pub(crate) fn has_waiting(&self, id: ConversationId) -> Result<bool> {
        let sql = "SELECT 1 FROM outbox WHERE conversation = ?1 AND kind = 0 AND failed = 0 LIMIT 1";
        Ok(self.one(sql, [id.0], |_| Ok(()))?.is_some())
    }

    /// Keeps an unsent text with its conversation.
    pub(crate) fn set_draft(&self, id: ConversationId, text: &str, time: Timestamp, unsaved: bool) -> Result<()> {
        let sql = "UPDATE conversations SET draft = ?2, draft_time = ?3, draft_unsaved = ?4 WHERE id = ?1";
        self.run(sql, params![id.0, (!text.is_empty()).then_some(text), time, unsaved]).map(drop)
    }

    /// When the unsent text was written, on any own device.
    pub(crate) fn draft_time(&self, id: ConversationId) -> Result<Timestamp> {
        let sql = "SELECT draft_time FROM conversations WHERE id = ?1";
        Ok(self.one(sql, [id.0], |row| row.get(0))?.unwrap_or(0))
    }

    /// Conversations whose unsent text is not in the vault.
    pub(crate) fn unsaved_drafts(&self) -> Result<Vec<ConversationId>> {
        let sql = "SELECT id FROM conversations WHERE draft_unsaved = 1";
        self.many(sql, [], |row| row.get(0).map(ConversationId))
    }

    /// The other people of the direct chats that were used last.
    pub(crate) fn recent_peers(&self, limit: u32) -> Result<Vec<AccountId>> {
        let sql = "SELECT c.peer FROM conversations c LEFT JOIN chats a ON a.conversation = c.id
            LEFT JOIN people p ON p.account = c.peer
            WHERE c.kind = 0 AND c.phase = 4 AND c.peer IS NOT NULL AND p.blocked = 0
                AND (coalesce(a.accepted, 0) = 1 OR p.contact = 1)
            ORDER BY (SELECT time FROM timeline WHERE conversation = c.id AND kind < 2 ORDER BY sort DESC LIMIT 1) DESC
            LIMIT ?1";
        self.many(sql, [limit], |row| row.get(0).map(AccountId))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::{NewItem, Own, Phase, in_memory};
    use sealpost_protocol::{ClientId, conversation::ConversationKind};

    const HERE: ConversationId = ConversationId([1; 16]);

    fn unread(store: Store<'_>) -> u32 {
        store.recount_unread(HERE).unwrap();
        store.list().unwrap()[0].unread
    }

    #[test]
    fn what_is_unread_is_counted_from_what_is_there() {
        let connection = in_memory();
        let store = Store(&connection);
        store.add_conversation(HERE, ConversationKind::Group, 1, Phase::Joined, 1).unwrap();
        for (seq, own) in [(1, Own::No), (2, Own::Account), (3, Own::No), (4, Own::No)] {
            let (id, sender) = (ClientId([seq; 16]), AccountId([seq; 16]));
            let (seq, text) = (Some(u64::from(seq)), Some("hi"));
            let item = NewItem { seq, time: 7, own, text, ..NewItem::by(sender, HERE, id) };
            store.add_item(&item).unwrap();
        }
        assert_eq!(unread(store), 3);
        store.set(HERE, "read_seq", 1).unwrap();
        assert_eq!(unread(store), 2);
        let hidden = vec![ClientId([4; 16]).to_string()];
        let chat = Chat { hidden, added_by: Some(AccountId([5; 16])), ..Chat::default() };
        store.set_chat(HERE, &chat).unwrap();
        assert_eq!(store.in_list(HERE).unwrap().unwrap().chat, Chat { hidden: Vec::new(), ..chat });
        assert!(store.remove_unwanted(HERE, None).unwrap());
        assert_eq!(unread(store), 1);
        assert!(store.remove_unwanted(HERE, Some(3)).unwrap());
        assert_eq!(unread(store), 0);
        assert!(!store.remove_unwanted(HERE, Some(3)).unwrap());
    }
}
