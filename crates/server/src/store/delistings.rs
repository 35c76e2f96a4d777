//! Delistings: devices that left their account's list and whose leaves wait to be removed by a commit. Until they are gone
//! nothing but such a commit is appended (see append.rs). The last leaf of an account waits for its next device: without
//! it the account would be no member.

use std::collections::{BTreeSet, HashMap};

use sealpost_mls::identity::DELISTINGS_MAX;
use sealpost_protocol::{AccountId, Bytes, ConversationId, DeviceId};

use super::{
    StoreResult,
    commits::AddedLeaf,
    convert::checked,
    db::{Tx, execute, fetch_all, fetch_among},
};

/// Leaves of a conversation that the next commit removes.
#[derive(Default)]
pub(super) struct Delisted {
    /// Which devices.
    pub devices: BTreeSet<DeviceId>,
    /// The lists that leave them out.
    pub proofs: BTreeSet<Vec<u8>>,
}

impl Delisted {
    /// Whether a commit that removes these devices removes them, or at least as many as it carries lists.
    pub(super) fn are_among(&self, removed: &[DeviceId]) -> bool {
        let gone = self.devices.iter().filter(|device| removed.contains(device)).count();
        gone >= self.devices.len().min(DELISTINGS_MAX)
    }

    /// The commit was accepted.
    pub(super) fn remove(&mut self, removed: &[DeviceId]) {
        self.devices.retain(|device| !removed.contains(device));
        if self.devices.is_empty() {
            self.proofs.clear();
        }
    }

    /// The proofs for a commit that removes them.
    pub(super) fn proofs(&self) -> impl Iterator<Item = Bytes> {
        self.proofs.iter().take(DELISTINGS_MAX).map(|proof| Bytes(proof.clone()))
    }
}

/// The leaves that wait in these conversations.
pub(super) async fn load_delisted(
    tx: &mut Tx,
    conversations: &[ConversationId],
) -> StoreResult<HashMap<ConversationId, Delisted>> {
    let rows: Vec<(Vec<u8>, Vec<u8>, Vec<u8>)> = fetch_among!(
        tx.on(),
        (Vec<u8>, Vec<u8>, Vec<u8>),
        "SELECT d.conversation, d.device, p.proof FROM delisted_leaves AS d JOIN delistings AS p ON p.account = d.account \
         WHERE EXISTS (SELECT 1 FROM leaves AS l WHERE l.conversation = d.conversation AND l.device = d.device \
         AND l.removed_seq IS NULL) AND EXISTS (SELECT 1 FROM leaves AS o WHERE o.conversation = d.conversation \
         AND o.account = d.account AND o.removed_seq IS NULL AND NOT EXISTS (SELECT 1 FROM devices AS x \
         WHERE x.id = o.device AND x.removed IS NOT NULL)) AND d.conversation IN",
        conversations,
        |id| id.as_bytes().as_slice();
        ""
    );
    let mut delisted: HashMap<_, Delisted> = HashMap::new();
    for (conversation, device, proof) in rows {
        let conversation = checked("a conversation id", ConversationId::from_slice(&conversation))?;
        let here = delisted.entry(conversation).or_default();
        here.devices.insert(checked("a device id", DeviceId::from_slice(&device))?);
        here.proofs.insert(proof);
    }
    Ok(delisted)
}

/// An account's newest list leaves devices out, as `proof` shows: their leaves wait to be removed. Conversations come
/// first and in order, as appends lock them.
pub(super) async fn delist(tx: &mut Tx, account: AccountId, devices: &[DeviceId], proof: &[u8]) -> StoreResult<()> {
    if devices.is_empty() {
        return Ok(());
    }
    execute!(
        tx.on(),
        "INSERT INTO delistings (account, proof) VALUES ($1, $2) \
         ON CONFLICT (account) DO UPDATE SET proof = excluded.proof",
        account.as_bytes().as_slice(),
        proof,
    );
    let mut leaves = BTreeSet::new();
    for device in devices {
        let rows = fetch_all!(
            tx.on(),
            (Vec<u8>,),
            "SELECT conversation FROM leaves WHERE device = $1 AND account = $2 AND removed_seq IS NULL AND NOT EXISTS \
             (SELECT 1 FROM delisted_leaves AS d WHERE d.conversation = leaves.conversation AND d.device = $1)",
            device.as_bytes().as_slice(),
            account.as_bytes().as_slice(),
        );
        for (conversation,) in rows {
            leaves.insert((checked("a conversation id", ConversationId::from_slice(&conversation))?, *device));
        }
    }
    for (conversation, device) in leaves {
        delist_leaf(tx, conversation, (device, account)).await?;
    }
    Ok(())
}

async fn delist_leaf(
    tx: &mut Tx,
    conversation: ConversationId,
    (device, account): (DeviceId, AccountId),
) -> StoreResult<()> {
    let id = conversation.as_bytes().as_slice();
    execute!(tx.on(), "UPDATE conversations SET removals = TRUE WHERE id = $1 AND NOT removals", id);
    execute!(
        tx.on(),
        "INSERT INTO delisted_leaves (conversation, device, account) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        id,
        device.as_bytes().as_slice(),
        account.as_bytes().as_slice(),
    );
    Ok(())
}

/// Notes in the head of a conversation, which is locked, whether someone waits to be removed.
pub(super) async fn note_removals(tx: &mut Tx, conversation: ConversationId) -> StoreResult<()> {
    execute!(
        tx.on(),
        "UPDATE conversations SET removals = EXISTS (SELECT 1 FROM departures WHERE conversation = $1) \
         OR EXISTS (SELECT 1 FROM delisted_leaves WHERE conversation = $1) WHERE id = $1",
        conversation.as_bytes().as_slice(),
    );
    Ok(())
}

/// Those among these devices that have left their list, in order; a commit that was checked before that may still add
/// them. The others stay listed until the transaction ends.
pub(super) async fn lock_unlisted(tx: &mut Tx, added: &BTreeSet<DeviceId>) -> StoreResult<BTreeSet<DeviceId>> {
    let (lock, added): (_, Vec<_>) = (tx.for_update(), added.iter().copied().collect());
    let rows: Vec<(Vec<u8>, Option<i64>)> = fetch_among!(
        tx.on(),
        (Vec<u8>, Option<i64>),
        "SELECT id, removed FROM devices WHERE id IN",
        added,
        |device| device.as_bytes().as_slice();
        format_args!(" ORDER BY id{lock}")
    );
    let removed = rows.iter().filter(|(_, removed)| removed.is_some());
    removed.map(|(device, _)| checked("a device id", DeviceId::from_slice(device))).collect()
}

/// A device was added that is not listed any more.
pub(super) async fn delist_added(tx: &mut Tx, conversation: ConversationId, added: &AddedLeaf) -> StoreResult<()> {
    delist_leaf(tx, conversation, (added.device, added.account)).await
}

/// Forgets leaves that a commit removed. Their devices never come back for what they have not read.
pub(super) async fn delete_delisted(
    tx: &mut Tx,
    conversation: ConversationId,
    removed: &[DeviceId],
) -> StoreResult<()> {
    let id = conversation.as_bytes().as_slice();
    for device in removed {
        let device = device.as_bytes().as_slice();
        let sql = "DELETE FROM delisted_leaves WHERE conversation = $1 AND device = $2";
        if execute!(tx.on(), sql, id, device) > 0 {
            let sql = "DELETE FROM leaves WHERE conversation = $1 AND device = $2 AND removed_seq IS NOT NULL";
            execute!(tx.on(), sql, id, device);
        }
    }
    Ok(())
}
