//! The outbox of intents: what the person (or the client itself) wants done in a conversation, in order.

use rusqlite::{Row, params};
use sealpost_protocol::{AccountId, Bytes, ClientId, ConversationId, LinkId, RequestId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Result, Store, invalid};
use crate::redacted::redacted;

/// What is meant, before it is encrypted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Intent {
    /// A message: MIMI content.
    Message(Bytes),
    /// Make the conversation, with these accounts.
    Create(Vec<AccountId>),
    /// Add these accounts.
    Add(Vec<AccountId>),
    /// New keys for the own leaf.
    Heal,
    /// Remove these accounts.
    Remove(Vec<AccountId>),
    /// Remove who has left, before anything else is sent.
    RemoveLeft,
    /// Change who is an admin, or what members may do.
    Roles(RolesChange),
    /// Add who asked by a link, with the key package of the request.
    AddRequested { request: RequestId, account: AccountId, link: LinkId, key_package: Bytes },
    /// A message that tells a change: MIMI content. No timeline shows it as a message.
    Change(Bytes),
    /// Change the conversation's state.
    State(StateChange),
    /// Tell the server of an invite link with this secret, or that it has ended.
    Link { secret: [u8; 32], ended: bool },
    /// Leave.
    Leave,
    /// Tell the server that a request to join was answered.
    Settle(RequestId),
}

redacted!(Intent);

/// A change of a group's roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RolesChange {
    /// Whether a member is an admin.
    Admin { account: AccountId, admin: bool },
    /// Whether only admins add, edit and post.
    Policy { add: bool, edit: bool, post: bool },
}

/// A change of a conversation's state.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StateChange {
    Name(String),
    Description(String),
    Picture(Option<Bytes>),
    Timer(Option<u32>),
    /// A new invite link.
    AddLink {
        secret: [u8; 32],
        expires: Option<Timestamp>,
        uses: Option<u32>,
        approval: bool,
    },
    /// An invite link ends.
    EndLink {
        secret: [u8; 32],
    },
    /// Someone came by an invite link.
    UseLink {
        secret: [u8; 32],
    },
    /// The same under the present key, and signed by one who may, if the writer may not any more.
    Renew,
}

redacted!(StateChange);

/// Whether a row's intent is carried out by a commit.
pub(super) const COMMITS: &str = "(kind BETWEEN 1 AND 3 OR kind BETWEEN 20 AND 29)";

impl Intent {
    /// Whether it adds people to a group.
    pub(crate) fn adds(&self) -> bool {
        matches!(self, Self::Add(_) | Self::AddRequested { .. })
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Message(_) => 0,
            Self::Create(_) => 1,
            Self::Add(_) => 2,
            Self::Heal => 3,
            Self::Remove(_) => 20,
            Self::RemoveLeft => 21,
            Self::Roles(_) => 22,
            Self::AddRequested { .. } => 23,
            Self::Change(_) => 30,
            Self::State(_) => 31,
            Self::Link { .. } => 32,
            Self::Leave => 33,
            Self::Settle(_) => 34,
        }
    }
}

/// Whose turn it may be in a conversation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Due {
    /// What the person said, unless it was encrypted before.
    pub messages: bool,
    /// People to be added.
    pub adds: bool,
    /// Changes of the state.
    pub states: bool,
}

impl Due {
    /// Everything's.
    pub(crate) const ALL: Self = Self { messages: true, adds: true, states: true };
}

/// An intent in its place.
#[derive(Clone)]
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

redacted!(OutboxRow);

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

    /// Puts an intent before all others.
    pub(crate) fn outbox_push_first(&self, conversation: ConversationId, id: ClientId, intent: &Intent) -> Result<()> {
        let sql = "INSERT INTO outbox (position, conversation, client_id, kind, intent)
            VALUES ((SELECT coalesce(min(position), 1) - 1 FROM outbox), ?1, ?2, ?3, ?4)";
        self.run(sql, params![conversation.0, id.0, intent.kind(), encode(intent)?]).map(drop)
    }

    /// Puts an intent that waits before all others; gives whether it waits.
    pub(crate) fn outbox_bring_first(&self, conversation: ConversationId, intent: &Intent) -> Result<bool> {
        let sql = "UPDATE outbox SET position = (SELECT min(position) - 1 FROM outbox)
            WHERE conversation = ?1 AND kind = ?2 AND intent = ?3 AND failed = 0";
        Ok(self.run(sql, params![conversation.0, intent.kind(), encode(intent)?])? > 0)
    }

    /// Whether an equal intent waits.
    pub(crate) fn outbox_has(&self, conversation: ConversationId, intent: &Intent) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM outbox
            WHERE conversation = ?1 AND kind = ?2 AND intent = ?3 AND failed = 0)";
        let found = self.one(sql, params![conversation.0, intent.kind(), encode(intent)?], |row| row.get(0))?;
        Ok(found.unwrap_or(false))
    }

    /// The changes of the state that wait here, in order.
    pub(crate) fn outbox_states(&self, conversation: ConversationId) -> Result<Vec<StateChange>> {
        let sql = "SELECT position, client_id, intent, sent, answered, failed FROM outbox
            WHERE conversation = ?1 AND kind = 31 AND failed = 0 ORDER BY position";
        let rows = self.many(sql, [conversation.0], read)?;
        let change = |row: OutboxRow| match row.intent {
            Intent::State(change) => Some(change),
            _ => None,
        };
        Ok(rows.into_iter().filter_map(change).collect())
    }

    /// The first intent that has not failed and whose turn it may be.
    pub(crate) fn outbox_head(&self, conversation: ConversationId, due: Due) -> Result<Option<OutboxRow>> {
        let sql = "SELECT position, client_id, intent, sent, answered, failed FROM outbox
            WHERE conversation = ?1 AND failed = 0 AND (?2 OR kind <> 2) AND (?3 OR kind <> 31)
                AND (?4 OR sent IS NOT NULL OR kind <> 0) AND waits = 0
            ORDER BY position LIMIT 1";
        self.one(sql, params![conversation.0, due.adds, due.states, due.messages], read)
    }

    /// What was put at the end last, if it still waits.
    pub(crate) fn outbox_last(&self, conversation: ConversationId) -> Result<Option<OutboxRow>> {
        let sql = "SELECT position, client_id, intent, sent, answered, failed FROM outbox
            WHERE conversation = ?1 ORDER BY position DESC LIMIT 1";
        self.one(sql, [conversation.0], read)
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

    /// The intent in a place.
    pub(crate) fn outbox_at(&self, position: i64) -> Result<Option<OutboxRow>> {
        let sql = "SELECT position, client_id, intent, sent, answered, failed FROM outbox WHERE position = ?1";
        self.one(sql, [position], read)
    }

    /// The intent whose commit is on its way, if there is one.
    pub(crate) fn outbox_pending_commit(&self, conversation: ConversationId) -> Result<Option<OutboxRow>> {
        let sql = format!(
            "SELECT position, client_id, intent, sent, answered, failed FROM outbox
            WHERE conversation = ?1 AND {COMMITS} AND sent IS NOT NULL"
        );
        self.one(&sql, [conversation.0], read)
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

    /// What could not be done may have been all the same, by this request.
    pub(crate) fn outbox_keep_sent(&self, position: i64, sent: &[u8]) -> Result<()> {
        self.run("UPDATE outbox SET sent = ?2 WHERE position = ?1", params![position, sent]).map(drop)
    }

    pub(crate) fn outbox_remove(&self, position: i64) -> Result<()> {
        self.run("DELETE FROM outbox WHERE position = ?1", [position]).map(drop)
    }

    /// Drops what is to be done in a conversation that this device is no longer in. Messages stay.
    pub(crate) fn outbox_forget(&self, conversation: ConversationId) -> Result<()> {
        let sql = format!("DELETE FROM outbox WHERE conversation = ?1 AND ({COMMITS} OR kind BETWEEN 30 AND 39)");
        self.run(&sql, [conversation.0]).map(drop)
    }

    /// Every message that waits or has failed here.
    pub(crate) fn outbox_messages(&self, conversation: ConversationId) -> Result<Vec<OutboxRow>> {
        let sql = "SELECT position, client_id, intent, sent, answered, failed FROM outbox
            WHERE conversation = ?1 AND kind = 0 ORDER BY position";
        self.many(sql, [conversation.0], read)
    }

    /// Messages that tell changes and wait, in order.
    pub(crate) fn outbox_tellings(&self, conversation: ConversationId) -> Result<Vec<OutboxRow>> {
        let sql = "SELECT position, client_id, intent, sent, answered, failed FROM outbox
            WHERE conversation = ?1 AND kind = 30 ORDER BY position";
        self.many(sql, [conversation.0], read)
    }

    /// Making the conversation is tried again, if it could not be made.
    pub(crate) fn outbox_unfail_create(&self, conversation: ConversationId) -> Result<()> {
        self.run("UPDATE outbox SET failed = 0 WHERE conversation = ?1 AND kind = 1", [conversation.0]).map(drop)
    }

    /// What this device wants changed in a group and the server does not have yet, in order.
    pub(crate) fn outbox_changes(&self, conversation: ConversationId) -> Result<Vec<Intent>> {
        let sql = "SELECT position, client_id, intent, sent, answered, failed FROM outbox
            WHERE conversation = ?1 AND kind IN (2, 20, 22) AND failed = 0 ORDER BY position";
        Ok(self.many(sql, [conversation.0], read)?.into_iter().map(|row| row.intent).collect())
    }

    /// Moves the messages of a conversation that gave way to the end of another's.
    pub(crate) fn outbox_move(&self, from: ConversationId, to: ConversationId) -> Result<()> {
        self.run(&format!("DELETE FROM outbox WHERE conversation = ?1 AND {COMMITS}"), [from.0])?;
        let sql = "UPDATE outbox SET conversation = ?2, sent = NULL, answered = 0 WHERE conversation = ?1";
        self.run(sql, params![from.0, to.0]).map(drop)
    }

    /// Drops every intent of the client itself and gives the others that are carried out by commits.
    pub(crate) fn outbox_restart(&self, conversation: ConversationId) -> Result<Vec<OutboxRow>> {
        self.run("DELETE FROM outbox WHERE conversation = ?1 AND kind = 3", [conversation.0])?;
        let sql = format!(
            "SELECT position, client_id, intent, sent, answered, failed FROM outbox
            WHERE conversation = ?1 AND failed = 0 AND {COMMITS}"
        );
        self.many(&sql, [conversation.0], read)
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
        let head = store.outbox_head(HERE, Due::ALL).unwrap().unwrap();
        assert_eq!((head.client_id, head.intent), (ClientId([1; 16]), Intent::Message(vec![1].into())));
        store.outbox_set_failed(head.position, true).unwrap();
        assert_eq!(store.outbox_head(HERE, Due::ALL).unwrap().unwrap().client_id, ClientId([2; 16]));
    }

    #[test]
    fn messages_pass_those_who_cannot_be_added_yet() {
        let connection = in_memory();
        let store = Store(&connection);
        store.outbox_push(HERE, ClientId([1; 16]), &Intent::Add(vec![AccountId([9; 16])])).unwrap();
        store.outbox_push(HERE, ClientId([2; 16]), &Intent::Message(vec![2].into())).unwrap();
        assert_eq!(store.outbox_head(HERE, Due::ALL).unwrap().unwrap().client_id, ClientId([1; 16]));
        assert_eq!(
            store.outbox_head(HERE, Due { adds: false, ..Due::ALL }).unwrap().unwrap().client_id,
            ClientId([2; 16])
        );
    }

    #[test]
    fn what_is_put_first_comes_first() {
        let connection = in_memory();
        let store = Store(&connection);
        store.outbox_push(HERE, ClientId([1; 16]), &Intent::Message(vec![1].into())).unwrap();
        store.outbox_push_first(HERE, ClientId([2; 16]), &Intent::RemoveLeft).unwrap();
        store.outbox_push_first(HERE, ClientId([3; 16]), &Intent::Heal).unwrap();
        let head = store.outbox_head(HERE, Due::ALL).unwrap().unwrap();
        assert_eq!(head.intent, Intent::Heal);
        store.outbox_remove(head.position).unwrap();
        assert_eq!(store.outbox_head(HERE, Due::ALL).unwrap().unwrap().intent, Intent::RemoveLeft);
        assert!(store.outbox_has(HERE, &Intent::RemoveLeft).unwrap());
        assert!(!store.outbox_has(HERE, &Intent::Heal).unwrap());
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
        let moved = store.outbox_head(there, Due::ALL).unwrap().unwrap();
        assert_eq!((moved.client_id, moved.sent), (ClientId([2; 16]), None));
        assert!(store.outbox_head(HERE, Due::ALL).unwrap().is_none());
    }
}
