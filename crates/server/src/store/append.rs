//! Appending to logs: a batch of entries for any conversations in one transaction, each with an outcome of its own.
//!
//! The order of a log is decided here and nowhere else. Heads are locked in the order of their ids, duplicates are
//! found before seqs are given, and an entry is accepted only in the current generation and epoch.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use sealpost_mls::{GENERATIONS_AHEAD, identity::STATEMENTS_MAX};
use sealpost_protocol::{
    AccountId, BlobId, Bytes, ClientId, ConversationId, DeviceId, Timestamp,
    conversation::{
        Appended, ConversationKind, Entry, EntryBody, HASH_LEN, HashedEntry, LogPosition, RESET_EVERY, RESET_GAP,
    },
};

use super::{
    Store, StoreResult,
    blobs::ToldBlobs,
    commits::{self, CommitEffects},
    convert::column,
    db::{Tx, insert_rows},
    delistings::{Delisted, delist_added, load_delisted, lock_unlisted, note_removals},
    departures::{Departure, load_departures},
    inbox::insert_welcomes,
    log::{expires_column, kind_column},
};

mod load;

use load::{load_first, load_heads, load_leaves, load_members};

/// An entry to be appended.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// To which log.
    pub conversation: ConversationId,
    /// The account that appends. Checked, never stored.
    pub account: AccountId,
    /// The device that appends. Checked, never stored.
    pub device: DeviceId,
    /// The MLS group that the entry was made in.
    pub generation: u64,
    /// The epoch that it was made in.
    pub epoch: u64,
    /// Made by the client.
    pub client_id: ClientId,
    /// The server's clock.
    pub time: Timestamp,
    /// How the entry can be blanked.
    pub erasure: Erasure,
    /// What the sender uploaded for it; no doubles.
    pub blobs: Vec<BlobId>,
    /// What is appended.
    pub content: NewContent,
}

/// How an entry can be blanked; by default it cannot.
#[derive(Debug, Clone, Default)]
pub struct Erasure {
    /// So many seconds after its time it is.
    pub expires_in: Option<u32>,
    /// SHA-256 of the token by which it can be.
    pub token_hash: Option<[u8; HASH_LEN]>,
}

/// What is appended.
#[derive(Debug, Clone)]
pub enum NewContent {
    /// An MLS `PrivateMessage`.
    Application(Bytes),
    /// An MLS `PublicMessage` with a commit that was checked against the public group of the entry's epoch.
    Commit(Bytes, Box<CommitEffects>),
    /// The statement of a reset whose group was checked, with the position of the log that it was checked at.
    Reset(Bytes, Box<CommitEffects>, LogPosition),
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum AppendOutcome {
    /// It is on disk; here as receivers get it.
    Appended(Arc<Entry>),
    /// The same bytes had been appended under the same client id.
    Duplicate(Appended),
    /// Other bytes had been appended under the same client id; this is what became of those.
    ClientIdReused(Appended),
    /// The entry is not for the current generation and epoch, which are these.
    StaleEpoch(LogPosition),
    /// The conversation was reset a while ago, and may be again so many milliseconds from now.
    TooSoon(u64),
    /// Accounts left, or list devices no longer, that have to be removed first, by a commit or before anything else; these
    /// prove it.
    RemovalsPending(Vec<Bytes>),
    /// It tells of a blob that its sender has not uploaded whole, or that belongs to another message.
    BlobMissing,
    /// There is no such conversation, or the device has no part in it.
    NotMember,
}

impl NewContent {
    /// The entry's body as receivers get it.
    pub(super) fn body(&self) -> EntryBody {
        match self {
            Self::Application(message) => EntryBody::Application { message: message.clone() },
            Self::Commit(message, _) => EntryBody::Commit { message: message.clone() },
            Self::Reset(statement, ..) => EntryBody::Reset { statement: statement.clone() },
        }
    }

    fn is_body(&self, body: &EntryBody) -> bool {
        match (self, body) {
            (Self::Application(ours), EntryBody::Application { message })
            | (Self::Commit(ours, _), EntryBody::Commit { message })
            | (Self::Reset(ours, ..), EntryBody::Reset { statement: message }) => ours == message,
            _ => false,
        }
    }

    fn effects(&self) -> Option<&CommitEffects> {
        match self {
            Self::Application(_) => None,
            Self::Commit(_, effects) | Self::Reset(_, effects, _) => Some(effects),
        }
    }

    /// Bytes that the entry brings, for limits on what waits.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Application(message) => message.len(),
            Self::Commit(message, effects) | Self::Reset(message, effects, _) => message.len() + effects.size(),
        }
    }
}

impl Store {
    /// Appends entries in their order, in one transaction.
    ///
    /// # Errors
    /// When the database fails; then nothing was appended, unless the connection was lost while the transaction was
    /// being committed: appending again finds out.
    pub async fn append(&self, batch: &[NewEntry]) -> StoreResult<Vec<AppendOutcome>> {
        let mut tx = self.db.begin().await?;
        let mut logs = Logs::load(&mut tx, batch).await?;
        let outcomes = batch.iter().map(|new| logs.decide(new)).collect();
        if logs.accepted.is_empty() {
            return Ok(outcomes);
        }
        let entries: Vec<_> = logs.accepted.iter().map(|(at, entry)| NewRow::new(&batch[*at], entry)).collect();
        insert_entries(&mut tx, &entries).await?;
        logs.blobs.write(&mut tx).await?;
        logs.write_heads(&mut tx).await?;
        logs.apply_commits(&mut tx, batch).await?;
        tx.commit().await?;
        Ok(outcomes)
    }
}

/// The head of one log.
struct Head {
    kind: ConversationKind,
    position: LogPosition,
    hash: [u8; HASH_LEN],
    updated: Timestamp,
    /// When it was reset last.
    reset: Timestamp,
    /// Whether someone may wait to be removed.
    removals: bool,
    changed: bool,
}

/// What a batch has to know of the logs that it touches, and what it has decided.
struct Logs {
    heads: HashMap<ConversationId, Head>,
    /// Entries that were appended under the batch's client ids.
    first: HashMap<(ConversationId, ClientId), First>,
    /// Devices with a row, and whether they are leaves now.
    leaves: HashMap<(ConversationId, DeviceId), bool>,
    members: HashSet<(ConversationId, AccountId)>,
    /// Accounts that left and wait to be removed.
    departures: HashMap<ConversationId, Vec<Departure>>,
    /// Leaves of devices that are not listed any more.
    delisted: HashMap<ConversationId, Delisted>,
    /// Blobs that the batch tells of.
    blobs: ToldBlobs,
    /// Entries that were decided upon: index in the batch, and the entry.
    accepted: Vec<(usize, Arc<Entry>)>,
    decided: usize,
}

impl Logs {
    async fn load(tx: &mut Tx, batch: &[NewEntry]) -> StoreResult<Self> {
        // Heads first: their locks hold everything else still.
        let heads = load_heads(tx, batch).await?;
        let removals: Vec<_> = heads.iter().filter(|(_, head)| head.removals).map(|(id, _)| *id).collect();
        Ok(Self {
            heads,
            first: load_first(tx, batch).await?,
            leaves: load_leaves(tx, batch).await?,
            members: load_members(tx, batch).await?,
            departures: load_departures(tx, &removals).await?,
            delisted: load_delisted(tx, &removals).await?,
            blobs: ToldBlobs::load(tx, batch).await?,
            accepted: Vec::with_capacity(batch.len()),
            decided: 0,
        })
    }

    /// Decides upon the batch's next entry.
    fn decide(&mut self, new: &NewEntry) -> AppendOutcome {
        let at = self.decided;
        self.decided += 1;
        let Some(head) = self.heads.get_mut(&new.conversation) else { return AppendOutcome::NotMember };
        let leaf = self.leaves.get(&(new.conversation, new.device)).copied();
        let is_joining = new.content.effects().is_some_and(|effects| effects.adds(new.device))
            && self.members.contains(&(new.conversation, new.account));
        if leaf.is_none() && !is_joining {
            return AppendOutcome::NotMember;
        }
        if let Some(first) = self.first.get(&(new.conversation, new.client_id)) {
            let appended = Appended { seq: first.entry.seq, time: first.entry.time, duplicate: true };
            return match first.is(&new.content) {
                true => AppendOutcome::Duplicate(appended),
                false => AppendOutcome::ClientIdReused(appended),
            };
        }
        if leaf != Some(true) && !is_joining {
            // Who is a member by other devices, or was put out by a reset, finds out from the log.
            let is_member = self.members.contains(&(new.conversation, new.account));
            return if is_member { AppendOutcome::StaleEpoch(head.position) } else { AppendOutcome::NotMember };
        }
        if let Some(refused) = head.refuses(new) {
            return refused;
        }
        let departures = self.departures.entry(new.conversation).or_default();
        let delisted = self.delisted.entry(new.conversation).or_default();
        let is_reset = matches!(new.content, NewContent::Reset(..));
        let removed = new.content.effects().map_or(&[][..], |effects| &effects.removed);
        let removes_all = removes_departed(new.content.effects(), departures) && delisted.are_among(removed);
        if !is_joining && !is_reset && !removes_all {
            let statements = departures.iter().map(|departure| departure.statement.clone()).take(STATEMENTS_MAX);
            return AppendOutcome::RemovalsPending(statements.chain(delisted.proofs()).collect());
        }
        if !self.blobs.are_there(new) {
            return AppendOutcome::BlobMissing;
        }
        self.blobs.bind(new);
        let entry = Arc::new(head.push(new));
        self.first.insert((new.conversation, new.client_id), First { entry: entry.clone(), before: None });
        if let Some(effects) = new.content.effects() {
            self.leaves.extend(effects.removed.iter().map(|device| ((new.conversation, *device), false)));
            self.leaves.extend(effects.added.iter().map(|leaf| ((new.conversation, leaf.device), true)));
            self.members.extend(effects.added.iter().map(|leaf| (new.conversation, leaf.account)));
            departures.retain(|departure| !is_reset && !effects.gone.contains(&departure.account));
            delisted.remove(&effects.removed);
        }
        self.accepted.push((at, entry.clone()));
        AppendOutcome::Appended(entry)
    }

    async fn write_heads(&self, tx: &mut Tx) -> StoreResult<()> {
        let changed: Vec<_> = self.heads.iter().filter(|(_, head)| head.changed).collect();
        insert_rows!(
            tx,
            "WITH head (id, generation, epoch, last_seq, last_hash, updated, reset) AS (",
            changed,
            |row| row.0.as_bytes().as_slice(), column(row.1.position.generation), column(row.1.position.epoch),
                  column(row.1.position.last_seq), row.1.hash.as_slice(), column(row.1.updated), column(row.1.reset);
            ") UPDATE conversations SET generation = head.generation, epoch = head.epoch, last_seq = head.last_seq, \
             last_hash = head.last_hash, updated = head.updated, reset = head.reset, \
             lost = CASE WHEN conversations.reset = head.reset THEN lost END FROM head WHERE conversations.id = head.id"
        );
        Ok(())
    }

    /// Applies the effects of the accepted commits, conversation by conversation; Welcomes of all of them at the end.
    async fn apply_commits(&self, tx: &mut Tx, batch: &[NewEntry]) -> StoreResult<()> {
        let mut commits: Vec<_> = self
            .accepted
            .iter()
            .filter_map(|(at, entry)| Some((&batch[*at], entry, batch[*at].content.effects()?)))
            .collect();
        commits.sort_by_key(|(new, entry, _)| (new.conversation, entry.seq));
        let added =
            commits.iter().flat_map(|(new, _, effects)| effects.added.iter().map(|leaf| (new.conversation, leaf)));
        let added: Vec<_> = added.collect();
        let unlisted = lock_unlisted(tx, &added.iter().map(|(_, leaf)| leaf.device).collect()).await?;
        let mut welcomes = Vec::new();
        let mut superseded = Vec::new();
        for (new, entry, effects) in &commits {
            let kind = self.heads.get(&new.conversation).map_or(ConversationKind::Group, |head| head.kind);
            let applied = commits::apply(tx, (new.conversation, kind), entry, effects).await?;
            welcomes.extend(applied.welcomes);
            superseded.extend(applied.superseded_tree.map(|tree| (new.conversation, tree)));
            if self.heads.get(&new.conversation).is_some_and(|head| head.removals) {
                note_removals(tx, new.conversation).await?;
            }
        }
        for (conversation, leaf) in added.iter().filter(|(_, leaf)| unlisted.contains(&leaf.device)) {
            delist_added(tx, *conversation, leaf).await?;
        }
        insert_welcomes(tx, welcomes).await?;
        commits::delete_trees(tx, &superseded).await
    }
}

impl Head {
    /// Why an entry cannot come next, if so.
    fn refuses(&self, new: &NewEntry) -> Option<AppendOutcome> {
        let is_present = match &new.content {
            NewContent::Reset(_, _, checked_at) => *checked_at == self.position,
            _ => (new.generation, new.epoch) == (self.position.generation, self.position.epoch),
        };
        let again = self.reset.saturating_add(RESET_EVERY);
        if !is_present {
            Some(AppendOutcome::StaleEpoch(self.position))
        } else if matches!(new.content, NewContent::Reset(..)) && self.reset > 0 && new.time < again {
            Some(AppendOutcome::TooSoon(again - new.time))
        } else {
            None
        }
    }

    /// How far after the newest entry the next one is. A reset comes after everything that may be known of the generations
    /// that it leaves out.
    fn step(&self, new: &NewEntry) -> u64 {
        match &new.content {
            NewContent::Reset(..) => RESET_GAP * (new.generation - self.position.generation).min(GENERATIONS_AHEAD),
            _ => 1,
        }
    }

    /// Gives the entry its place.
    fn push(&mut self, new: &NewEntry) -> Entry {
        let is_reset = matches!(new.content, NewContent::Reset(..));
        let mut entry = Entry {
            seq: self.position.last_seq + self.step(new),
            client_id: new.client_id,
            time: new.time,
            generation: new.generation,
            epoch: new.epoch,
            hash: Bytes::default(),
            body: new.content.body(),
            expires_in: new.erasure.expires_in,
        };
        self.hash = entry.running_hash(&self.hash);
        entry.hash = self.hash.into();
        self.position.last_seq = entry.seq;
        if is_reset {
            (self.position.generation, self.position.epoch, self.reset) = (new.generation, new.epoch, new.time);
        } else if new.content.effects().is_some() {
            self.position.epoch += 1;
        }
        self.updated = self.updated.max(new.time);
        self.changed = true;
        entry
    }
}

/// Whether an entry may come next where these accounts left: a commit that removes them, or as many as one can.
fn removes_departed(effects: Option<&CommitEffects>, departures: &[Departure]) -> bool {
    let is_gone = |departure: &&Departure| effects.is_some_and(|effects| effects.gone.contains(&departure.account));
    departures.iter().filter(is_gone).count() >= departures.len().min(STATEMENTS_MAX)
}

/// An entry that was appended before.
struct First {
    entry: Arc<Entry>,
    /// Running hash before it, for a blank entry.
    before: Option<[u8; HASH_LEN]>,
}

impl First {
    /// Whether it carries, or carried, the same. What a blank entry carried is known by its running hash.
    fn is(&self, content: &NewContent) -> bool {
        if !matches!(self.entry.body, EntryBody::Blank {}) {
            return content.is_body(&self.entry.body);
        }
        let Some(before) = &self.before else { return false };
        let entry = &self.entry;
        let with_content = HashedEntry {
            seq: entry.seq,
            client_id: entry.client_id,
            time: entry.time,
            generation: entry.generation,
            epoch: entry.epoch,
            body: &content.body(),
        };
        *entry.hash == with_content.running_hash(before)
    }
}

/// An entry that has its place, as it is written.
pub(super) struct NewRow<'a> {
    conversation: ConversationId,
    entry: &'a Entry,
    delete_token_hash: Option<&'a [u8]>,
}

impl<'a> NewRow<'a> {
    fn new(new: &'a NewEntry, entry: &'a Entry) -> Self {
        let delete_token_hash = new.erasure.token_hash.as_ref().map(<[u8; HASH_LEN]>::as_slice);
        Self { conversation: new.conversation, entry, delete_token_hash }
    }

    /// An entry that can never be blanked.
    pub(super) fn lasting(conversation: ConversationId, entry: &'a Entry) -> Self {
        Self { conversation, entry, delete_token_hash: None }
    }
}

/// Writes entries that have their place.
pub(super) async fn insert_entries(tx: &mut Tx, entries: &[NewRow<'_>]) -> StoreResult<()> {
    insert_rows!(
        tx,
        "INSERT INTO log (conversation, seq, client_id, time, kind, generation, epoch, hash, message, expires, \
         delete_token_hash)",
        entries,
        |row| row.conversation.as_bytes().as_slice(), column(row.entry.seq),
              row.entry.client_id.as_bytes().as_slice(), column(row.entry.time), kind_column(&row.entry.body),
              column(row.entry.generation), column(row.entry.epoch), row.entry.hash.as_ref(),
              row.entry.body.message().as_ref(), expires_column(row.entry), row.delete_token_hash;
        ""
    );
    Ok(())
}
