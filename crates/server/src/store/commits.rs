//! What an accepted commit changes beside the log: the public group, its tree, leaves, members and inboxes.

use std::collections::BTreeSet;

use sealpost_protocol::{
    AccountId, ConversationId, DeviceId,
    conversation::{ConversationKind, Entry, EntryBody, LogPosition, RESET_GAP},
};

use super::{
    StoreResult,
    convert::{column, hash},
    cursor_steps,
    db::{Tx, execute, fetch_optional, insert_rows},
    delistings::delete_delisted,
    departures::delete_departures,
    inbox::NewWelcome,
    links::delete_requests_of_added,
    trees::{self, CutTree},
};

/// What a checked commit changes. It was checked in the entry's epoch; it is applied only if that is the current one.
#[derive(Debug, Clone)]
pub struct CommitEffects {
    /// `GroupInfo` of the new epoch.
    pub group_info: Vec<u8>,
    /// Serialised ratchet tree of the new epoch.
    pub tree: CutTree,
    /// Leaves that the commit adds; in an external commit the joining device itself.
    pub added: Vec<AddedLeaf>,
    /// Devices whose leaves it removes. A device that rejoins is in both lists.
    pub removed: Vec<DeviceId>,
    /// Accounts that have no leaf any more.
    pub gone: Vec<AccountId>,
}

/// A leaf that a commit adds.
#[derive(Debug, Clone)]
pub struct AddedLeaf {
    /// Whose.
    pub account: AccountId,
    /// Which device.
    pub device: DeviceId,
    /// The Welcome with this device's secrets only; nothing for a device that joins by its own commit.
    pub welcome: Option<Vec<u8>>,
}

/// What is left to do when all commits of a batch are applied.
pub(super) struct Applied {
    pub welcomes: Vec<NewWelcome>,
    /// SHA-256 of the tree that was the present one before.
    pub superseded_tree: Option<[u8; 32]>,
}

impl CommitEffects {
    /// Whether the commit adds a leaf of the device.
    pub(super) fn adds(&self, device: DeviceId) -> bool {
        self.added.iter().any(|leaf| leaf.device == device)
    }

    /// Bytes that it brings.
    pub(super) fn size(&self) -> usize {
        let welcomes: usize = self.added.iter().filter_map(|leaf| leaf.welcome.as_ref()).map(Vec::len).sum();
        self.group_info.len() + self.tree.size() + welcomes
    }
}

/// Applies a commit that was given its place in the log as `entry`.
pub(super) async fn apply(
    tx: &mut Tx,
    (conversation, kind): (ConversationId, ConversationKind),
    entry: &Entry,
    effects: &CommitEffects,
) -> StoreResult<Applied> {
    let tree = effects.tree.sha256();
    let is_reset = matches!(entry.body, EntryBody::Reset { .. });
    let superseded_tree = write_group(tx, conversation, effects).await?;
    // Leaves before members, each in one order: as stored cursors are written, so that neither waits for the other.
    let removed = change_leaves(tx, conversation, entry.seq, effects).await?;
    delete_delisted(tx, conversation, &effects.removed).await?;
    if is_reset {
        begin_anew(tx, conversation, entry.generation, &effects.gone).await?;
    } else {
        change_members(tx, (conversation, kind), entry.seq, &removed, effects).await?;
        delete_departures(tx, conversation, &effects.gone).await?;
    }
    let welcome = |leaf: &AddedLeaf| {
        Some(NewWelcome {
            device: leaf.device,
            conversation,
            position: LogPosition { generation: entry.generation, epoch: entry.epoch + 1, last_seq: entry.seq },
            hash: hash("a running hash", &entry.hash).ok()?,
            welcome: leaf.welcome.clone()?,
            tree,
            time: entry.time,
        })
    };
    Ok(Applied {
        welcomes: effects.added.iter().filter_map(welcome).collect(),
        superseded_tree: superseded_tree.filter(|before| *before != tree),
    })
}

/// The members stay, although all but one have no leaf until they are added to the new group; but those who are no members
/// by what was lost. Of the state nobody may know a later version than the server.
async fn begin_anew(tx: &mut Tx, conversation: ConversationId, generation: u64, gone: &[AccountId]) -> StoreResult<()> {
    let id = conversation.as_bytes().as_slice();
    for account in gone {
        let account = account.as_bytes().as_slice();
        execute!(tx.on(), "DELETE FROM members WHERE conversation = $1 AND account = $2", id, account);
        cursor_steps::delete(tx, conversation, account).await?;
    }
    execute!(tx.on(), "DELETE FROM departures WHERE conversation = $1", id);
    execute!(
        tx.on(),
        "INSERT INTO conversation_states (conversation, version, state) VALUES ($1, $2, $3) \
         ON CONFLICT (conversation) DO UPDATE SET version = conversation_states.version + excluded.version",
        id,
        column(RESET_GAP.saturating_mul(generation)),
        &[][..] as &[u8],
    );
    Ok(())
}

/// Deletes superseded trees that no Welcome names.
pub(super) async fn delete_trees(tx: &mut Tx, trees: &[(ConversationId, [u8; 32])]) -> StoreResult<()> {
    for (conversation, sha256) in trees {
        trees::delete_unnamed(tx, conversation.as_bytes(), sha256).await?;
    }
    Ok(())
}

/// Makes the commit's group the present one; gives the hash of the tree before.
async fn write_group(
    tx: &mut Tx,
    conversation: ConversationId,
    effects: &CommitEffects,
) -> StoreResult<Option<[u8; 32]>> {
    let id = conversation.as_bytes().as_slice();
    let before = fetch_optional!(
        tx.on(),
        (Vec<u8>, Vec<u8>),
        "SELECT g.tree, t.pieces FROM public_groups AS g \
         JOIN trees AS t ON t.conversation = g.conversation AND t.sha256 = g.tree WHERE g.conversation = $1",
        id,
    );
    let pieces = before.as_ref().map_or(&[][..], |(_, pieces)| pieces);
    effects.tree.write(tx, conversation, pieces).await?;
    execute!(
        tx.on(),
        "INSERT INTO public_groups (conversation, group_info, tree) VALUES ($1, $2, $3) \
         ON CONFLICT (conversation) DO UPDATE SET group_info = excluded.group_info, \
         tree = excluded.tree",
        id,
        effects.group_info.as_slice(),
        effects.tree.sha256().as_slice(),
    );
    before.map(|(tree, _)| hash("a tree's hash", &tree)).transpose()
}

/// Whether a leaf that is added again was put out by the newest reset, and has not read up to there: then it may read on from
/// where it was.
macro_rules! put_out_by_reset {
    () => {
        "leaves.removed_seq = (SELECT MAX(e.seq) FROM log AS e WHERE e.conversation = leaves.conversation AND e.kind = 4)"
    };
}

/// Marks leaves as removed and adds new ones, which begin at this commit; gives the accounts of the removed ones. Those
/// of who left were marked when they left, and may read on up to here.
async fn change_leaves(
    tx: &mut Tx,
    conversation: ConversationId,
    seq: u64,
    effects: &CommitEffects,
) -> StoreResult<BTreeSet<Vec<u8>>> {
    let id = conversation.as_bytes().as_slice();
    let mut accounts = BTreeSet::new();
    let removed: BTreeSet<_> = effects.removed.iter().filter(|device| !effects.adds(**device)).collect();
    for device in removed {
        let account = fetch_optional!(
            tx.on(),
            (Vec<u8>,),
            "UPDATE leaves SET removed_seq = $1 WHERE conversation = $2 AND device = $3 RETURNING account",
            column(seq),
            id,
            device.as_bytes().as_slice(),
        );
        accounts.extend(account.map(|(account,)| account));
    }
    let mut added: Vec<&AddedLeaf> = effects.added.iter().collect();
    added.sort_unstable_by_key(|leaf| leaf.device);
    insert_rows!(
        tx,
        "INSERT INTO leaves (conversation, device, account, joined_seq, stored_seq)",
        added,
        |leaf| id, leaf.device.as_bytes().as_slice(), leaf.account.as_bytes().as_slice(), column(seq), column(seq);
        concat!(
            " ON CONFLICT (conversation, device) DO UPDATE SET account = excluded.account, removed_seq = NULL, ",
            "joined_seq = CASE WHEN ", put_out_by_reset!(), " THEN leaves.joined_seq ELSE excluded.joined_seq END, ",
            "stored_seq = CASE WHEN ", put_out_by_reset!(), " THEN leaves.stored_seq ELSE excluded.stored_seq END"
        )
    );
    Ok(accounts)
}

/// Removes the accounts that have no leaf any more (a direct conversation keeps both of its), and adds those of new
/// leaves.
async fn change_members(
    tx: &mut Tx,
    (conversation, kind): (ConversationId, ConversationKind),
    seq: u64,
    removed: &BTreeSet<Vec<u8>>,
    effects: &CommitEffects,
) -> StoreResult<()> {
    let id = conversation.as_bytes().as_slice();
    for account in removed.iter().filter(|_| kind == ConversationKind::Group) {
        let gone = execute!(
            tx.on(),
            "DELETE FROM members WHERE conversation = $1 AND account = $2 AND NOT EXISTS \
             (SELECT 1 FROM leaves WHERE conversation = $1 AND account = $2 AND removed_seq IS NULL)",
            id,
            account.as_slice(),
        );
        if gone > 0 {
            cursor_steps::delete(tx, conversation, account).await?;
        }
    }
    let added: BTreeSet<_> = effects.added.iter().map(|leaf| leaf.account).collect();
    delete_requests_of_added(tx, conversation, &added).await?;
    let added: Vec<_> = added.into_iter().collect();
    insert_rows!(
        tx,
        "INSERT INTO members (conversation, account, delivered_seq, read_seq)",
        added,
        |account| id, account.as_bytes().as_slice(), column(seq), column(seq);
        " ON CONFLICT DO NOTHING"
    );
    Ok(())
}
