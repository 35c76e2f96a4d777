//! The outbox of intents: what the person (or the client itself) wants done in a conversation, in order.

use rusqlite::{Row, params};
use sealpost_protocol::{AccountId, ClientId, ConversationId};
use serde::{Deserialize, Serialize};

use super::{Result, Store, invalid};

/// What is meant, before it is encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Intent {
    /// A message: MIMI content.
    Message(sealpost_protocol::Bytes),
    /// Make the conversation, with these accounts.
    Create(Vec<AccountId>),
    /// Add these accounts.
    Add(Vec<AccountId>),
    /// New keys for the own leaf.
    Heal,
}

impl Intent {
    fn kind(&self) -> u8 {
        match self {
            Self::Message(_) => 0,
            Self::Create(_) => 1,
            Self::Add(_) => 2,
            Self::Heal => 3,
        }
    }
}

/// An intent in its place.
#[derive(Debug, Clone)]
pub(crate) struct OutboxRow {
    pub position: i64,
    pub client_id: ClientId,
    pub intent: Intent,
    /// The request with the ciphertext, if it was made for the present epoch.
    pub sent: Option<Vec<u8>>,
    /// The server has taken it.
    pub answered: bool,
    /// It could not be done.
    pub failed: bool,
}

fn read(row: &Row<'_>) -> Result<OutboxRow> {
    let intent: Vec<u8> = row.get(2)?;
    Ok(OutboxRow {
        position: row.get(0)?,
        client_id: ClientId(row.get(1)?),
        intent: ciborium::from_reader(intent.as_slice()).map_err(|_| invalid(2))?,
        sent: row.get(3)?,
        answered: row.get(4)?,
        failed: row.get(5)?,
    })
}

fn encode(intent: &Intent) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    ciborium::into_writer(intent, &mut bytes).map_err(|_| invalid(2))?;
    Ok(bytes)
}

impl Store<'_> {
    /// Puts an intent at the end and gives its position.
    pub(crate) fn outbox_push(&self, conversation: ConversationId, id: ClientId, intent: &Intent) -> Result<i64> {
        let sql = "INSERT INTO outbox (conversation, client_id, kind, intent) VALUES (?1, ?2, ?3, ?4)";
        self.run(sql, params![conversation.0, id.0, intent.kind(), encode(intent)?])?;
        Ok(self.0.last_insert_rowid())
    }

    /// The first intent that has not failed; without `adds`, of those that add nobody.
    pub(crate) fn outbox_head(&self, conversation: ConversationId, adds: bool) -> Result<Option<OutboxRow>> {
        let sql = "SELECT position, client_id, intent, sent, answered, failed FROM outbox
            WHERE conversation = ?1 AND failed = 0 AND (?2 OR kind <> 2) ORDER BY position LIMIT 1";
        self.one(sql, params![conversation.0, adds], read)
    }

    /// The intent to make the conversation, unless it has failed.
    pub(crate) fn outbox_create(&self, conversation: ConversationId) -> Result<Option<OutboxRow>> {
        let sql = "SELECT position, client_id, intent, sent, answered, failed FROM outbox
            WHERE conversation = ?1 AND kind = 1 AND failed = 0";
        self.one(sql, [conversation.0], read)
    }

    /// The intent with this client id.
    pub(crate) fn outbox_find(&self, conversation: ConversationId, id: ClientId) -> Result<Option<OutboxRow>> {
        let sql = "SELECT position, client_id, intent, sent, answered, failed FROM outbox
            WHERE conversation = ?1 AND client_id = ?2";
        self.one(sql, params![conversation.0, id.0], read)
    }

    /// The intent whose commit is on its way, if there is one.
    pub(crate) fn outbox_pending_commit(&self, conversation: ConversationId) -> Result<Option<OutboxRow>> {
        let sql = "SELECT position, client_id, intent, sent, answered, failed FROM outbox
            WHERE conversation = ?1 AND kind > 0 AND sent IS NOT NULL";
        self.one(sql, [conversation.0], read)
    }

    /// Keeps the request that carries an intent until the log has it, or sets it free to be made anew.
    pub(crate) fn outbox_set_sent(&self, position: i64, sent: Option<&[u8]>) -> Result<()> {
        self.run("UPDATE outbox SET sent = ?2, answered = 0 WHERE position = ?1", params![position, sent]).map(drop)
    }

    /// The server has taken it; the log will show it.
    pub(crate) fn outbox_set_answered(&self, position: i64) -> Result<()> {
        self.run("UPDATE outbox SET answered = 1 WHERE position = ?1", [position]).map(drop)
    }

    /// What is left of an intent takes its place, under a new client id.
    pub(crate) fn outbox_replace(&self, position: i64, id: ClientId, intent: &Intent) -> Result<()> {
        let sql = "UPDATE outbox SET client_id = ?2, kind = ?3, intent = ?4, sent = NULL, answered = 0
            WHERE position = ?1";
        self.run(sql, params![position, id.0, intent.kind(), encode(intent)?]).map(drop)
    }

    pub(crate) fn outbox_set_failed(&self, position: i64, failed: bool) -> Result<()> {
        let sql = "UPDATE outbox SET failed = ?2, sent = NULL, answered = 0 WHERE position = ?1";
        self.run(sql, params![position, failed]).map(drop)
    }

    pub(crate) fn outbox_remove(&self, position: i64) -> Result<()> {
        self.run("DELETE FROM outbox WHERE position = ?1", [position]).map(drop)
    }

    /// Every message that waits or has failed here.
    pub(crate) fn outbox_messages(&self, conversation: ConversationId) -> Result<Vec<OutboxRow>> {
        let sql = "SELECT position, client_id, intent, sent, answered, failed FROM outbox
            WHERE conversation = ?1 AND kind = 0 ORDER BY position";
        self.many(sql, [conversation.0], read)
    }

    /// What could not be made is tried again.
    pub(crate) fn outbox_unfail_commits(&self, conversation: ConversationId) -> Result<()> {
        self.run("UPDATE outbox SET failed = 0 WHERE conversation = ?1 AND kind > 0", [conversation.0]).map(drop)
    }

    /// Moves the messages of a conversation that gave way to the end of another's.
    pub(crate) fn outbox_move(&self, from: ConversationId, to: ConversationId) -> Result<()> {
        self.run("DELETE FROM outbox WHERE conversation = ?1 AND kind > 0", [from.0])?;
        let sql = "UPDATE outbox SET conversation = ?2, sent = NULL, answered = 0 WHERE conversation = ?1";
        self.run(sql, params![from.0, to.0]).map(drop)
    }

    /// Drops every intent of the client itself and frees the others to be made anew: after the device joined anew.
    pub(crate) fn outbox_restart(&self, conversation: ConversationId) -> Result<()> {
        self.run("DELETE FROM outbox WHERE conversation = ?1 AND kind = 3", [conversation.0])?;
        let sql = "UPDATE outbox SET sent = NULL, answered = 0 WHERE conversation = ?1 AND kind > 0";
        self.run(sql, [conversation.0]).map(drop)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::in_memory;

    const HERE: ConversationId = ConversationId([1; 16]);

    #[test]
    fn intents_come_out_in_order_and_failed_ones_are_passed_over() {
        let connection = in_memory();
        let store = Store(&connection);
        for n in 1..=3 {
            store.outbox_push(HERE, ClientId([n; 16]), &Intent::Message(vec![n].into())).unwrap();
        }
        let head = store.outbox_head(HERE, true).unwrap().unwrap();
        assert_eq!((head.client_id, head.intent), (ClientId([1; 16]), Intent::Message(vec![1].into())));
        store.outbox_set_failed(head.position, true).unwrap();
        assert_eq!(store.outbox_head(HERE, true).unwrap().unwrap().client_id, ClientId([2; 16]));
    }

    #[test]
    fn messages_pass_those_who_cannot_be_added_yet() {
        let connection = in_memory();
        let store = Store(&connection);
        store.outbox_push(HERE, ClientId([1; 16]), &Intent::Add(vec![AccountId([9; 16])])).unwrap();
        store.outbox_push(HERE, ClientId([2; 16]), &Intent::Message(vec![2].into())).unwrap();
        assert_eq!(store.outbox_head(HERE, true).unwrap().unwrap().client_id, ClientId([1; 16]));
        assert_eq!(store.outbox_head(HERE, false).unwrap().unwrap().client_id, ClientId([2; 16]));
    }

    #[test]
    fn what_moves_loses_its_ciphertext_and_commits_stay_behind() {
        let connection = in_memory();
        let store = Store(&connection);
        let there = ConversationId([2; 16]);
        store.outbox_push(HERE, ClientId([1; 16]), &Intent::Create(vec![])).unwrap();
        let position = store.outbox_push(HERE, ClientId([2; 16]), &Intent::Message(vec![2].into())).unwrap();
        store.outbox_set_sent(position, Some(b"ciphertext")).unwrap();
        store.outbox_move(HERE, there).unwrap();
        let moved = store.outbox_head(there, true).unwrap().unwrap();
        assert_eq!((moved.client_id, moved.sent), (ClientId([2; 16]), None));
        assert!(store.outbox_head(HERE, true).unwrap().is_none());
    }
}
