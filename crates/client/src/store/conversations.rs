//! Conversations: where this device stands in each, its members, and the external commits on their way.

use rusqlite::{Row, ToSql, params};
use sealpost_protocol::{
    AccountId, ClientId, ConversationId, Timestamp,
    conversation::{ConversationKind, LogCursor},
};

use super::{Result, Store, invalid, outbox::COMMITS};
use crate::redacted::redacted;

/// Where this device stands in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    /// Made here; the server does not have it yet.
    Local = 0,
    /// The device is a leaf, and its Welcome is to come.
    Expected = 1,
    /// A Welcome is here; its tree is to be fetched.
    Welcomed = 2,
    /// The device has to join by external commit.
    Outside = 3,
    /// The device takes part.
    Joined = 4,
    /// A rule was broken: nothing is taken or sent any more, until it is begun anew or the log is another one.
    Stopped = 5,
    /// Another conversation with the same person won.
    Superseded = 6,
    /// The device was removed.
    Left = 7,
    /// The person has left; the server is still to be told. For them it is over.
    Leaving = 8,
    /// The person has asked to be let in.
    Requested = 9,
    /// The server lost entries that this device has taken: the conversation is to be reset.
    Lost = 10,
}

impl Phase {
    fn from_number(number: u8) -> Option<Self> {
        let all = [
            Self::Local,
            Self::Expected,
            Self::Welcomed,
            Self::Outside,
            Self::Joined,
            Self::Stopped,
            Self::Superseded,
            Self::Left,
            Self::Leaving,
            Self::Requested,
            Self::Lost,
        ];
        all.into_iter().find(|phase| *phase as u8 == number)
    }

    /// Whether entries of the log are taken.
    pub(crate) fn is_taking(self) -> bool {
        matches!(self, Self::Joined | Self::Leaving)
    }

    /// Whether nothing can be sent any more, as far as the person sees.
    pub(crate) fn is_over(self) -> bool {
        matches!(self, Self::Stopped | Self::Superseded | Self::Left | Self::Leaving)
    }
}

/// A conversation's row.
#[derive(Clone)]
pub(crate) struct Conversation {
    pub id: ConversationId,
    pub kind: ConversationKind,
    pub peer: Option<AccountId>,
    pub name: Option<String>,
    pub suite: u16,
    pub phase: Phase,
    pub generation: u64,
    pub created: Timestamp,
    pub applied_seq: u64,
    pub applied_hash: Option<[u8; 32]>,
    pub read_seq: u64,
    pub read_told: u64,
    pub delivered_seq: u64,
    pub others_read_seq: u64,
    pub conversation_key: Option<[u8; 32]>,
    pub state_version: u64,
    pub state_known: u64,
    pub draft: Option<String>,
    pub floor_epoch: Option<u64>,
    pub sends: u64,
    pub healed: Timestamp,
    pub heal_at: Option<Timestamp>,
    pub superseded_by: Option<ConversationId>,
    /// Who began it anew, until this device is in the new group.
    pub reset_by: Option<AccountId>,
    /// The newest reset; 0 for none.
    pub reset_seq: u64,
    /// Where someone was added last, as far as this device has seen.
    pub grew_seq: u64,
    /// The newest entry when the server did not know of this device any more, which nobody had removed.
    pub gone_at: Option<u64>,
    /// Leaves may have come in that no known device list names.
    pub lists_due: bool,
    /// The epoch that this device is in.
    pub epoch: Option<u64>,
}

redacted!(Conversation);

pub(super) const COLUMNS: &str = "id, kind, peer, name, suite, phase, generation, created, applied_seq, applied_hash,
    read_seq, read_told, delivered_seq, others_read_seq, conversation_key, state_version, state_known,
    draft, floor_epoch, sends, healed, heal_at, superseded_by, reset_by,
    gone_at, reset_seq, grew_seq, lists_due, epoch";

pub(super) fn kind_of(number: u8) -> ConversationKind {
    if number == 0 { ConversationKind::Direct } else { ConversationKind::Group }
}

pub(super) fn read(row: &Row<'_>) -> Result<Conversation> {
    Ok(Conversation {
        id: ConversationId(row.get(0)?),
        kind: kind_of(row.get(1)?),
        peer: row.get::<_, Option<[u8; 16]>>(2)?.map(AccountId),
        name: row.get(3)?,
        suite: row.get(4)?,
        phase: Phase::from_number(row.get(5)?).ok_or_else(|| invalid(5))?,
        generation: row.get(6)?,
        created: row.get(7)?,
        applied_seq: row.get(8)?,
        applied_hash: row.get(9)?,
        read_seq: row.get(10)?,
        read_told: row.get(11)?,
        delivered_seq: row.get(12)?,
        others_read_seq: row.get(13)?,
        conversation_key: row.get(14)?,
        state_version: row.get(15)?,
        state_known: row.get(16)?,
        draft: row.get(17)?,
        floor_epoch: row.get(18)?,
        sends: row.get(19)?,
        healed: row.get(20)?,
        heal_at: row.get(21)?,
        superseded_by: row.get::<_, Option<[u8; 16]>>(22)?.map(ConversationId),
        reset_by: row.get::<_, Option<[u8; 16]>>(23)?.map(AccountId),
        gone_at: row.get(24)?,
        reset_seq: row.get(25)?,
        grew_seq: row.get(26)?,
        lists_due: row.get(27)?,
        epoch: row.get(28)?,
    })
}

/// An external commit on its way, or a reset.
pub(crate) struct JoinRow {
    pub client_id: ClientId,
    /// The request that carries it.
    pub request: Vec<u8>,
    /// The state of the group that it makes.
    pub writes: Vec<u8>,
    /// The newest entry when it was made, and the running hash there.
    pub base_seq: u64,
    pub base_hash: [u8; 32],
}

impl Store<'_> {
    /// Adds a conversation that is not known yet.
    pub(crate) fn add_conversation(
        &self,
        id: ConversationId,
        kind: ConversationKind,
        suite: u16,
        phase: Phase,
        now: Timestamp,
    ) -> Result<()> {
        let sql = "INSERT INTO conversations (id, kind, suite, phase, created, healed) VALUES (?1, ?2, ?3, ?4, ?5, ?5)";
        let kind = u8::from(kind == ConversationKind::Group);
        self.run(sql, params![id.0, kind, suite, phase as u8, now]).map(drop)
    }

    /// A conversation, also one that gave way.
    pub(crate) fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>> {
        self.one(&format!("SELECT {COLUMNS} FROM conversations WHERE id = ?1"), [id.0], read)
    }

    /// The direct conversation with someone.
    pub(crate) fn direct_with(&self, peer: AccountId) -> Result<Option<ConversationId>> {
        let sql = "SELECT id FROM conversations WHERE kind = 0 AND peer = ?1 AND superseded_by IS NULL";
        self.one(sql, [peer.0], |row| row.get(0).map(ConversationId))
    }

    /// Sets one column.
    pub(crate) fn set(&self, id: ConversationId, column: &'static str, value: impl ToSql) -> Result<()> {
        self.run(&format!("UPDATE conversations SET {column} = ?2 WHERE id = ?1"), params![id.0, value]).map(drop)
    }

    pub(crate) fn set_phase(&self, id: ConversationId, phase: Phase) -> Result<()> {
        self.set(id, "phase", phase as u8)
    }

    /// An entry was taken.
    pub(crate) fn advance(&self, id: ConversationId, seq: u64, hash: Option<&[u8; 32]>) -> Result<()> {
        let sql = "UPDATE conversations SET applied_seq = ?2, applied_hash = ?3, server_seq = max(server_seq, ?2)
            WHERE id = ?1";
        self.run(sql, params![id.0, seq, hash])?;
        match hash {
            Some(hash) => self.set_log_hash(id, seq, hash),
            None => Ok(()),
        }
    }

    /// This device came into an epoch.
    pub(crate) fn set_epoch(&self, id: ConversationId, epoch: Option<u64>) -> Result<()> {
        let sql = "UPDATE conversations SET epoch = ?2, first_blank = NULL WHERE id = ?1";
        self.run(sql, params![id.0, epoch]).map(drop)
    }

    /// The server showed an entry as blank.
    pub(crate) fn note_blank(&self, id: ConversationId, seq: u64) -> Result<()> {
        let sql = "UPDATE conversations SET first_blank = coalesce(first_blank, ?2) WHERE id = ?1";
        self.run(sql, params![id.0, seq]).map(drop)
    }

    /// The first entry of the present epoch that the server showed as blank.
    pub(crate) fn first_blank(&self, id: ConversationId) -> Result<Option<u64>> {
        Ok(self.one("SELECT first_blank FROM conversations WHERE id = ?1", [id.0], |row| row.get(0))?.flatten())
    }

    /// The entries after this one are taken once more.
    pub(crate) fn go_back(&self, id: ConversationId, seq: u64, hash: &[u8; 32]) -> Result<()> {
        let sql = "UPDATE conversations SET applied_seq = ?2, applied_hash = ?3, first_blank = NULL WHERE id = ?1";
        self.run(sql, params![id.0, seq, hash]).map(drop)
    }

    /// The server knows no more of this device's cursors than this. Gives whether it was thought to know more.
    pub(crate) fn told_at_most(&self, id: ConversationId, stored: u64, read: u64) -> Result<bool> {
        let sql = "UPDATE conversations SET stored_told = min(stored_told, ?2), read_told = min(read_told, ?3)
            WHERE id = ?1 AND (stored_told > ?2 OR read_told > ?3)";
        Ok(self.run(sql, params![id.0, stored, read])? > 0)
    }

    /// The server's state has this version: one after it is not what was read of it.
    pub(crate) fn forget_later_state(&self, id: ConversationId, version: u64) -> Result<()> {
        let sql = "UPDATE conversations SET state_version = 0 WHERE id = ?1 AND state_version > ?2";
        self.run(sql, params![id.0, version]).map(drop)
    }

    /// The newest entry that the server is known to have.
    pub(crate) fn server_seq(&self, id: ConversationId) -> Result<u64> {
        let sql = "SELECT server_seq FROM conversations WHERE id = ?1";
        Ok(self.one(sql, [id.0], |row| row.get(0))?.unwrap_or_default())
    }

    /// The server is known to have an entry.
    pub(crate) fn server_has(&self, id: ConversationId, seq: u64) -> Result<()> {
        let sql = "UPDATE conversations SET server_seq = max(server_seq, ?2) WHERE id = ?1";
        self.run(sql, params![id.0, seq]).map(drop)
    }

    /// Conversations in a phase.
    pub(crate) fn in_phase(&self, phase: Phase) -> Result<Vec<ConversationId>> {
        let sql = "SELECT id FROM conversations WHERE phase = ?1";
        self.many(sql, [phase as u8], |row| row.get(0).map(ConversationId))
    }

    /// Whether there is a chat.
    pub(crate) fn has_conversations(&self) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM conversations WHERE superseded_by IS NULL)";
        Ok(self.one(sql, [], |row| row.get(0))?.unwrap_or(false))
    }

    /// Conversations where something waits to be done once there is a connection.
    pub(crate) fn unfinished(&self) -> Result<Vec<ConversationId>> {
        let sql = "SELECT id FROM conversations WHERE phase IN (1, 2, 3, 9, 10)
            OR (phase IN (4, 8) AND (server_seq > applied_seq OR state_known > state_version OR read_seq > read_told))
            UNION SELECT conversation FROM outbox WHERE failed = 0";
        self.many(sql, [], |row| row.get(0).map(ConversationId))
    }

    /// Joined conversations of which the server has more than is here.
    pub(crate) fn lagging(&self) -> Result<Vec<ConversationId>> {
        let sql = "SELECT id FROM conversations WHERE phase IN (4, 8) AND server_seq > applied_seq";
        self.many(sql, [], |row| row.get(0).map(ConversationId))
    }

    /// Joined conversations in which the server should be asked what it knows of others' cursors: those with own messages
    /// that not everyone has read, most recent first.
    pub(crate) fn unread_by_others(&self, limit: u32) -> Result<Vec<ConversationId>> {
        let sql = "SELECT id FROM conversations WHERE phase = 4 AND others_read_seq < applied_seq
            ORDER BY applied_seq DESC LIMIT ?1";
        self.many(sql, [limit], |row| row.get(0).map(ConversationId))
    }

    /// Places up to which entries are stored here without the server knowing it.
    pub(crate) fn untold_stored(&self, limit: usize) -> Result<Vec<LogCursor>> {
        let sql = "SELECT id, applied_seq FROM conversations
            WHERE phase IN (4, 7, 8) AND applied_seq > stored_told LIMIT ?1";
        self.many(sql, [limit], |row| Ok(LogCursor { conversation: ConversationId(row.get(0)?), seq: row.get(1)? }))
    }

    /// The server knows now that entries are stored here.
    pub(crate) fn told_stored(&self, cursor: &LogCursor) -> Result<()> {
        let sql = "UPDATE conversations SET stored_told = max(stored_told, ?2) WHERE id = ?1";
        self.run(sql, params![cursor.conversation.0, cursor.seq]).map(drop)
    }

    /// Replaces the members.
    pub(crate) fn set_members(&self, id: ConversationId, members: &[(AccountId, bool)]) -> Result<()> {
        self.run("DELETE FROM members WHERE conversation = ?1", [id.0])?;
        let sql = "INSERT OR REPLACE INTO members (conversation, account, admin) VALUES (?1, ?2, ?3)";
        members.iter().try_for_each(|(account, admin)| self.run(sql, params![id.0, account.0, admin]).map(drop))
    }

    /// The members, with whether they are admins.
    pub(crate) fn members(&self, id: ConversationId) -> Result<Vec<(AccountId, bool)>> {
        let sql = "SELECT account, admin FROM members WHERE conversation = ?1";
        self.many(sql, [id.0], |row| Ok((AccountId(row.get(0)?), row.get(1)?)))
    }

    /// How many members there are.
    pub(crate) fn count_members(&self, id: ConversationId) -> Result<u64> {
        let sql = "SELECT count(*) FROM members WHERE conversation = ?1";
        Ok(self.one(sql, [id.0], |row| row.get(0))?.unwrap_or_default())
    }

    /// The members without those who leave: nobody shows them any more, though no commit has removed them yet.
    pub(crate) fn present_members(&self, id: ConversationId) -> Result<Vec<(AccountId, bool)>> {
        let sql = "SELECT account, admin FROM members AS m WHERE conversation = ?1
            AND NOT EXISTS (SELECT 1 FROM leaving AS l WHERE l.conversation = m.conversation AND l.account = m.account)";
        self.many(sql, [id.0], |row| Ok((AccountId(row.get(0)?), row.get(1)?)))
    }

    /// Keeps an external commit until the log has answered.
    pub(crate) fn set_join(&self, id: ConversationId, join: &JoinRow) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO joins (conversation, client_id, request, writes, base_seq, base_hash)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let j = join;
        self.run(sql, params![id.0, j.client_id.0, j.request, j.writes, j.base_seq, j.base_hash]).map(drop)
    }

    /// The external commit on its way.
    pub(crate) fn join(&self, id: ConversationId) -> Result<Option<JoinRow>> {
        let sql = "SELECT client_id, request, writes, base_seq, base_hash FROM joins WHERE conversation = ?1";
        self.one(sql, [id.0], |row| {
            Ok(JoinRow {
                client_id: ClientId(row.get(0)?),
                request: row.get(1)?,
                writes: row.get(2)?,
                base_seq: row.get(3)?,
                base_hash: row.get(4)?,
            })
        })
    }

    pub(crate) fn remove_join(&self, id: ConversationId) -> Result<()> {
        self.run("DELETE FROM joins WHERE conversation = ?1", [id.0]).map(drop)
    }

    /// This device sent a message.
    pub(crate) fn count_send(&self, id: ConversationId) -> Result<()> {
        self.run("UPDATE conversations SET sends = sends + 1 WHERE id = ?1", [id.0]).map(drop)
    }

    /// After how many seconds new messages disappear.
    pub(crate) fn timer(&self, id: ConversationId) -> Result<Option<u32>> {
        Ok(self.one("SELECT timer FROM conversations WHERE id = ?1", [id.0], |row| row.get(0))?.flatten())
    }

    /// Removes a conversation that the server never had.
    pub(crate) fn remove_conversation(&self, id: ConversationId) -> Result<()> {
        self.run("DELETE FROM outbox WHERE conversation = ?1", [id.0])?;
        self.run("DELETE FROM timeline WHERE conversation = ?1", [id.0])?;
        self.run("DELETE FROM amendments WHERE conversation = ?1", [id.0])?;
        self.run("DELETE FROM members WHERE conversation = ?1", [id.0])?;
        self.run("DELETE FROM conversation_state WHERE conversation = ?1", [id.0])?;
        self.run("DELETE FROM conversations WHERE id = ?1", [id.0]).map(drop)
    }

    /// All conversations become those of a new device: it has to join each again. What timelines show stays.
    pub(crate) fn leave_all(&self) -> Result<()> {
        self.run("DELETE FROM joins", [])?;
        self.run("DELETE FROM welcomes", [])?;
        self.run(
            &format!(
                "DELETE FROM outbox WHERE {COMMITS} AND conversation NOT IN
                    (SELECT id FROM conversations WHERE phase = 0)"
            ),
            [],
        )?;
        self.run("UPDATE outbox SET sent = NULL, answered = 0", [])?;
        let sql = "UPDATE conversations SET phase = 3, floor_epoch = NULL, applied_hash = NULL, sends = 0
            WHERE phase IN (1, 2, 4, 5, 7, 10)";
        self.run(sql, []).map(drop)
    }
}
