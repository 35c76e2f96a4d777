//! Conversations: making one with its first commit, what a device sees of them, the group's public data and the
//! encrypted state.

use std::sync::Arc;

use sealpost_protocol::{
    AccountId, Bytes, ClientId, ConversationId, DeviceId, Timestamp,
    conversation::{
        ConversationKind, ConversationState, ConversationSummary, Entry, EntryBody, GroupInfoAnswer, HASH_BEFORE,
        LogPosition,
    },
};

use super::{
    Store, StoreError, StoreResult, Swap,
    append::{NewRow, insert_entries},
    commits::{self, CommitEffects},
    convert::{checked, column, hash, number},
    db::{Tx, execute, fetch_all, fetch_optional},
    delistings::{delist_added, lock_unlisted},
    inbox::insert_welcomes,
    log::EntryRow,
    trees,
};

/// A conversation to be made, with its first commit.
#[derive(Debug, Clone)]
pub struct NewConversation {
    /// Made by the client.
    pub conversation: ConversationId,
    /// The other account of a direct conversation; nothing for a group.
    pub direct_with: Option<AccountId>,
    /// The MLS ciphersuite.
    pub suite: u16,
    /// Who makes it.
    pub account: AccountId,
    /// The creating device, the only leaf of epoch 0.
    pub device: DeviceId,
    /// Client id of the first commit.
    pub client_id: ClientId,
    /// The server's clock.
    pub time: Timestamp,
    /// The first commit, made in epoch 0 of generation 1.
    pub commit: Bytes,
    /// What the first commit changes.
    pub effects: CommitEffects,
    /// The encrypted state, if it has one.
    pub state: Option<Bytes>,
}

/// What became of a new conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum ConversationCreated {
    /// It is on disk, with this entry 1.
    Done(Arc<Entry>),
    /// The same device had made it with the same first commit.
    Duplicate,
    /// The two accounts have this direct conversation already.
    DirectExists(ConversationId),
    /// The identifier is in use.
    IdTaken,
}

#[derive(sqlx::FromRow)]
struct SummaryRow {
    id: Vec<u8>,
    kind: i64,
    suite: i64,
    generation: i64,
    epoch: i64,
    last_seq: i64,
    joined: bool,
    stored: i64,
    read: i64,
    state_version: i64,
    last_hash: Vec<u8>,
    lost: Option<i64>,
}

impl TryFrom<SummaryRow> for ConversationSummary {
    type Error = StoreError;

    fn try_from(row: SummaryRow) -> StoreResult<Self> {
        Ok(Self {
            conversation: checked("a conversation id", ConversationId::from_slice(&row.id))?,
            kind: kind_from_column(row.kind)?,
            suite: suite_from_column(row.suite)?,
            position: position(row.generation, row.epoch, row.last_seq)?,
            joined: row.joined,
            stored: number("a cursor", row.stored)?,
            read: number("a cursor", row.read)?,
            state_version: number("a state's version", row.state_version)?,
            hash: hash("a running hash", &row.last_hash)?.into(),
            lost: row.lost.map(|after| number("a seq", after)).transpose()?,
        })
    }
}

/// A conversation's kind from its column.
pub(super) fn kind_from_column(column: i64) -> StoreResult<ConversationKind> {
    match column {
        1 => Ok(ConversationKind::Direct),
        2 => Ok(ConversationKind::Group),
        _ => Err(StoreError::Corrupt("a conversation's kind")),
    }
}

/// A ciphersuite from its column.
pub(super) fn suite_from_column(column: i64) -> StoreResult<u16> {
    checked("a ciphersuite", u16::try_from(column).ok())
}

/// Where a log stands from its columns.
pub(super) fn position(generation: i64, epoch: i64, last_seq: i64) -> StoreResult<LogPosition> {
    Ok(LogPosition {
        generation: number("a generation", generation)?,
        epoch: number("an epoch", epoch)?,
        last_seq: number("a seq", last_seq)?,
    })
}

/// Ends with the condition on `m`.
macro_rules! select_summaries {
    ($condition:literal) => {
        concat!(
            "SELECT c.id, c.kind, c.suite, c.generation, c.epoch, c.last_seq, l.device IS NOT NULL AS joined, ",
            "COALESCE(l.stored_seq, 0) AS stored, m.read_seq AS read, COALESCE(s.version, 0) AS state_version, ",
            "c.last_hash, c.lost ",
            "FROM members AS m JOIN conversations AS c ON c.id = m.conversation ",
            "LEFT JOIN leaves AS l ON l.conversation = c.id AND l.device = $1 AND l.removed_seq IS NULL ",
            "LEFT JOIN conversation_states AS s ON s.conversation = c.id WHERE m.account = $2 ",
            $condition
        )
    };
}

impl Store {
    /// Makes a conversation with its first commit as entry 1, or nothing at all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_conversation(&self, new: &NewConversation) -> StoreResult<ConversationCreated> {
        let mut tx = self.db.begin().await?;
        let entry = Arc::new(first_entry(new));
        if !insert_conversation(&mut tx, new, &entry).await? {
            drop(tx);
            return match self.is_made(new.conversation, new.device, new.client_id, &new.commit).await? {
                true => Ok(ConversationCreated::Duplicate),
                false => Ok(ConversationCreated::IdTaken),
            };
        }
        if let Some(winner) = take_pair(&mut tx, new).await? {
            return Ok(ConversationCreated::DirectExists(winner));
        }
        insert_entries(&mut tx, &[NewRow::lasting(new.conversation, &entry)]).await?;
        insert_founders(&mut tx, new).await?;
        if let Some(state) = &new.state {
            insert_state(&mut tx, new.conversation, state).await?;
        }
        let unlisted = lock_unlisted(&mut tx, &new.effects.added.iter().map(|leaf| leaf.device).collect()).await?;
        let applied = commits::apply(&mut tx, (new.conversation, new.kind()), &entry, &new.effects).await?;
        for leaf in new.effects.added.iter().filter(|leaf| unlisted.contains(&leaf.device)) {
            delist_added(&mut tx, new.conversation, leaf).await?;
        }
        insert_welcomes(&mut tx, applied.welcomes).await?;
        tx.commit().await?;
        Ok(ConversationCreated::Done(entry))
    }

    /// Whether the device made the conversation, with this first commit.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn is_made(
        &self,
        conversation: ConversationId,
        device: DeviceId,
        client_id: ClientId,
        commit: &Bytes,
    ) -> StoreResult<bool> {
        let row = fetch_optional!(
            self.db.read(),
            EntryRow,
            "SELECT e.conversation, e.seq, e.client_id, e.time, e.kind, e.generation, e.epoch, e.hash, e.message, \
             e.expires FROM log AS e JOIN leaves AS l ON l.conversation = e.conversation \
             WHERE e.conversation = $1 AND e.seq = 1 AND l.device = $2",
            conversation.as_bytes().as_slice(),
            device.as_bytes().as_slice(),
        );
        let Some(row) = row else { return Ok(false) };
        let first = Entry::try_from(row)?;
        let made = EntryBody::Commit { message: commit.clone() };
        // Of a pruned entry the client id is left.
        Ok(first.client_id == client_id && (first.body == made || first.body == EntryBody::Blank {}))
    }

    /// The account's conversations as the device sees them, most recently used first.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn conversations(&self, account: AccountId, device: DeviceId) -> StoreResult<Vec<ConversationSummary>> {
        let rows = fetch_all!(
            self.db.read(),
            SummaryRow,
            select_summaries!("ORDER BY c.updated DESC, c.id"),
            device.as_bytes().as_slice(),
            account.as_bytes().as_slice(),
        );
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// One conversation as the device sees it; nothing if its account is not a member.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn conversation(
        &self,
        conversation: ConversationId,
        account: AccountId,
        device: DeviceId,
    ) -> StoreResult<Option<ConversationSummary>> {
        let row = fetch_optional!(
            self.db.read(),
            SummaryRow,
            select_summaries!("AND c.id = $3"),
            device.as_bytes().as_slice(),
            account.as_bytes().as_slice(),
            conversation.as_bytes().as_slice(),
        );
        row.map(TryInto::try_into).transpose()
    }

    /// Where a log stands.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn position(&self, conversation: ConversationId) -> StoreResult<Option<LogPosition>> {
        let row = fetch_optional!(
            self.db.read(),
            (i64, i64, i64),
            "SELECT generation, epoch, last_seq FROM conversations WHERE id = $1",
            conversation.as_bytes().as_slice(),
        );
        row.map(|(generation, epoch, last_seq)| position(generation, epoch, last_seq)).transpose()
    }

    /// The conversation's MLS ciphersuite.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn suite(&self, conversation: ConversationId) -> StoreResult<Option<u16>> {
        let row = fetch_optional!(
            self.db.read(),
            (i64,),
            "SELECT suite FROM conversations WHERE id = $1",
            conversation.as_bytes().as_slice(),
        );
        row.map(|(suite,)| suite_from_column(suite)).transpose()
    }

    /// What an external join needs, all of one epoch.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn group_info(&self, conversation: ConversationId) -> StoreResult<Option<GroupInfoAnswer>> {
        let id = conversation.as_bytes().as_slice();
        let mut tx = self.db.begin_reading().await?;
        let row = fetch_optional!(
            tx.on(),
            (i64, i64, i64, Vec<u8>, Vec<u8>, Vec<u8>),
            "SELECT c.generation, c.epoch, c.last_seq, c.last_hash, g.group_info, t.pieces FROM conversations AS c \
             JOIN public_groups AS g ON g.conversation = c.id \
             JOIN trees AS t ON t.conversation = c.id AND t.sha256 = g.tree WHERE c.id = $1",
            id,
        );
        let Some((generation, epoch, last_seq, last_hash, group_info, pieces)) = row else { return Ok(None) };
        Ok(Some(GroupInfoAnswer {
            position: position(generation, epoch, last_seq)?,
            hash: hash("a running hash", &last_hash)?.into(),
            group_info: group_info.into(),
            ratchet_tree: trees::join(&mut tx, id, &pieces).await?.into(),
        }))
    }

    /// The encrypted state; version 0 and no bytes if there is none.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn conversation_state(&self, conversation: ConversationId) -> StoreResult<ConversationState> {
        let row = fetch_optional!(
            self.db.read(),
            (i64, Vec<u8>),
            "SELECT version, state FROM conversation_states WHERE conversation = $1",
            conversation.as_bytes().as_slice(),
        );
        let (version, state) = row.unwrap_or_default();
        Ok(ConversationState { version: number("a state's version", version)?, state: state.into() })
    }

    /// Replaces the encrypted state of an existing conversation if it is still at `base_version`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_conversation_state(
        &self,
        conversation: ConversationId,
        base_version: u64,
        state: &Bytes,
    ) -> StoreResult<Swap> {
        let mut tx = self.db.begin().await?;
        let written = match base_version {
            0 => insert_state(&mut tx, conversation, state).await?,
            _ => execute!(
                tx.on(),
                "UPDATE conversation_states SET version = version + 1, state = $1 \
                 WHERE conversation = $2 AND version = $3",
                state.as_ref(),
                conversation.as_bytes().as_slice(),
                column(base_version),
            ),
        };
        tx.commit().await?;
        match written {
            0 => Ok(Swap::Conflict(self.conversation_state(conversation).await?.version)),
            _ => Ok(Swap::Done(base_version.saturating_add(1))),
        }
    }
}

impl NewConversation {
    fn kind(&self) -> ConversationKind {
        match self.direct_with {
            Some(_) => ConversationKind::Direct,
            None => ConversationKind::Group,
        }
    }
}

fn first_entry(new: &NewConversation) -> Entry {
    let mut entry = Entry {
        seq: 1,
        client_id: new.client_id,
        time: new.time,
        generation: 1,
        epoch: 0,
        hash: Bytes::default(),
        body: EntryBody::Commit { message: new.commit.clone() },
        expires_in: None,
    };
    entry.hash = entry.running_hash(&HASH_BEFORE).into();
    entry
}

/// Inserts the head, which stands after the first commit; false if the identifier is in use.
async fn insert_conversation(tx: &mut Tx, new: &NewConversation, entry: &Entry) -> StoreResult<bool> {
    let kind = match new.kind() {
        ConversationKind::Direct => 1_i64,
        ConversationKind::Group => 2,
    };
    let inserted = execute!(
        tx.on(),
        "INSERT INTO conversations (id, kind, suite, generation, epoch, last_seq, last_hash, created, updated) \
         VALUES ($1, $2, $3, 1, 1, 1, $4, $5, $5) ON CONFLICT DO NOTHING",
        new.conversation.as_bytes().as_slice(),
        kind,
        i64::from(new.suite),
        entry.hash.as_ref(),
        column(new.time),
    );
    Ok(inserted == 1)
}

/// Takes the pair of a direct conversation; gives the conversation that has it already.
async fn take_pair(tx: &mut Tx, new: &NewConversation) -> StoreResult<Option<ConversationId>> {
    let Some(other) = new.direct_with else { return Ok(None) };
    let (low, high) = (new.account.min(other), new.account.max(other));
    let taken = execute!(
        tx.on(),
        "INSERT INTO direct_conversations (low, high, conversation) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        low.as_bytes().as_slice(),
        high.as_bytes().as_slice(),
        new.conversation.as_bytes().as_slice(),
    );
    if taken == 1 {
        return Ok(None);
    }
    let winner = fetch_optional!(
        tx.on(),
        (Vec<u8>,),
        "SELECT conversation FROM direct_conversations WHERE low = $1 AND high = $2",
        low.as_bytes().as_slice(),
        high.as_bytes().as_slice(),
    );
    let winner = winner.and_then(|(winner,)| ConversationId::from_slice(&winner));
    checked("a direct conversation", winner).map(Some)
}

/// Inserts the creating device and the accounts that are members from the start.
async fn insert_founders(tx: &mut Tx, new: &NewConversation) -> StoreResult<()> {
    let id = new.conversation.as_bytes().as_slice();
    execute!(
        tx.on(),
        "INSERT INTO leaves (conversation, device, account, joined_seq, stored_seq) VALUES ($1, $2, $3, 0, 0)",
        id,
        new.device.as_bytes().as_slice(),
        new.account.as_bytes().as_slice(),
    );
    for account in [Some(new.account), new.direct_with].into_iter().flatten() {
        execute!(
            tx.on(),
            "INSERT INTO members (conversation, account, delivered_seq, read_seq) VALUES ($1, $2, 0, 0) \
             ON CONFLICT DO NOTHING",
            id,
            account.as_bytes().as_slice(),
        );
    }
    Ok(())
}

async fn insert_state(tx: &mut Tx, conversation: ConversationId, state: &Bytes) -> StoreResult<u64> {
    Ok(execute!(
        tx.on(),
        "INSERT INTO conversation_states (conversation, version, state) VALUES ($1, 1, $2) ON CONFLICT DO NOTHING",
        conversation.as_bytes().as_slice(),
        state.as_ref(),
    ))
}
