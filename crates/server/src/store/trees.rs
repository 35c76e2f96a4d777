//! Ratchet trees: the present one of each conversation, and those that a Welcome in an inbox still names.
//!
//! A tree is kept in pieces that are cut where its content says (FastCDC), and named by their SHA-256: trees that follow
//! each other have most pieces in common. So a commit in a large group writes the few that it changes, not megabytes for
//! which everybody's appends would wait. Independent of what a tree means.

use std::collections::{BTreeSet, HashMap};

use fastcdc::v2020::FastCDC;
use sealpost_protocol::{ConversationId, DeviceId};
use sha2::{Digest, Sha256};

use super::{
    Store, StoreError, StoreResult,
    db::{Tx, execute, fetch_all, fetch_among, fetch_optional, insert_rows},
};

/// Bytes of a piece: at least, on average, at most.
const PIECE: (usize, usize, usize) = (2 << 10, 8 << 10, 32 << 10);
/// Bytes of a piece's name.
const NAME_LEN: usize = 32;

/// A serialised ratchet tree, cut into pieces. To be made outside of transactions: large trees take milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutTree {
    sha256: [u8; 32],
    /// In their order.
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    name: [u8; NAME_LEN],
    bytes: Vec<u8>,
}

impl CutTree {
    /// Cuts a tree.
    #[must_use]
    pub fn new(tree: &[u8]) -> Self {
        let (least, average, most) = PIECE;
        let chunks = FastCDC::new(tree, least, average, most);
        let pieces = chunks.map(|chunk| Piece::new(&tree[chunk.offset..chunk.offset + chunk.length])).collect();
        Self { sha256: Sha256::digest(tree).into(), pieces }
    }

    /// By which Welcomes name it.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// Its length in bytes.
    pub(super) fn size(&self) -> usize {
        self.pieces.iter().map(|piece| piece.bytes.len()).sum()
    }

    /// Puts it beside the tree whose pieces have the names `before`; only what is new is written. The conversation is
    /// locked.
    pub(super) async fn write(&self, tx: &mut Tx, conversation: ConversationId, before: &[u8]) -> StoreResult<()> {
        let id = conversation.as_bytes().as_slice();
        let mut known: BTreeSet<&[u8]> = before.chunks_exact(NAME_LEN).collect();
        let new: Vec<_> = self.pieces.iter().filter(|piece| known.insert(&piece.name)).collect();
        insert_rows!(
            tx,
            "INSERT INTO tree_pieces (conversation, sha256, piece)",
            new,
            |piece| id, piece.name.as_slice(), piece.bytes.as_slice();
            " ON CONFLICT DO NOTHING"
        );
        let names: Vec<u8> = self.pieces.iter().flat_map(|piece| piece.name).collect();
        execute!(
            tx.on(),
            "INSERT INTO trees (conversation, sha256, pieces) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            id,
            self.sha256.as_slice(),
            names,
        );
        Ok(())
    }
}

impl Piece {
    fn new(bytes: &[u8]) -> Self {
        Self { name: Sha256::digest(bytes).into(), bytes: bytes.to_vec() }
    }
}

/// Puts together the tree whose pieces have the names `pieces`.
pub(super) async fn join(tx: &mut Tx, conversation: &[u8], pieces: &[u8]) -> StoreResult<Vec<u8>> {
    let names: Vec<_> = pieces.chunks_exact(NAME_LEN).collect();
    let rows = fetch_among!(
        tx.on(),
        (Vec<u8>, Vec<u8>),
        "WITH wanted (conversation, sha256) AS",
        names,
        |name| conversation, *name;
        " SELECT p.sha256, p.piece FROM (SELECT DISTINCT conversation, sha256 FROM wanted) AS w CROSS JOIN tree_pieces AS p \
         WHERE p.conversation = w.conversation AND p.sha256 = w.sha256"
    );
    let rows: HashMap<Vec<u8>, Vec<u8>> = rows.into_iter().collect();
    let mut tree = Vec::with_capacity(rows.values().map(Vec::len).sum());
    for name in names {
        tree.extend(rows.get(name).ok_or(StoreError::Corrupt("a tree, of which a piece is not there"))?);
    }
    Ok(tree)
}

/// Deletes a tree that is neither the present one nor named by a Welcome, and the pieces that no other tree has. The
/// conversation is locked.
pub(super) async fn delete_unnamed(tx: &mut Tx, conversation: &[u8], sha256: &[u8]) -> StoreResult<()> {
    let deleted = fetch_optional!(
        tx.on(),
        (Vec<u8>,),
        "DELETE FROM trees WHERE conversation = $1 AND sha256 = $2 \
         AND NOT EXISTS (SELECT 1 FROM inbox WHERE conversation = $1 AND tree = $2) \
         AND NOT EXISTS (SELECT 1 FROM public_groups WHERE conversation = $1 AND tree = $2) RETURNING pieces",
        conversation,
        sha256,
    );
    let Some((deleted,)) = deleted else { return Ok(()) };
    let kept = fetch_all!(tx.on(), (Vec<u8>,), "SELECT pieces FROM trees WHERE conversation = $1", conversation);
    let kept: BTreeSet<&[u8]> = kept.iter().flat_map(|(pieces,)| pieces.chunks_exact(NAME_LEN)).collect();
    for name in deleted.chunks_exact(NAME_LEN).filter(|name| !kept.contains(name)) {
        execute!(tx.on(), "DELETE FROM tree_pieces WHERE conversation = $1 AND sha256 = $2", conversation, name);
    }
    Ok(())
}

/// Locks conversations like an append does, so that no commit can name a tree again while it is deleted.
pub(super) async fn lock(tx: &mut Tx, conversations: &BTreeSet<&[u8]>) -> StoreResult<()> {
    let (lock, conversations): (_, Vec<_>) = (tx.for_update(), conversations.iter().copied().collect());
    let _locked: Vec<(Vec<u8>,)> = fetch_among!(
        tx.on(),
        (Vec<u8>,),
        "SELECT id FROM conversations WHERE id IN",
        conversations,
        |id| *id;
        format_args!(" ORDER BY id{lock}")
    );
    Ok(())
}

impl Store {
    /// The tree with this hash, if the device has a Welcome that names it or is a leaf of the conversation.
    ///
    /// # Errors
    /// When the database fails or the tree is corrupt.
    pub async fn tree(
        &self,
        conversation: ConversationId,
        sha256: &[u8],
        device: DeviceId,
    ) -> StoreResult<Option<Vec<u8>>> {
        let id = conversation.as_bytes().as_slice();
        let mut tx = self.db.begin_reading().await?;
        let row = fetch_optional!(
            tx.on(),
            (Vec<u8>,),
            "SELECT pieces FROM trees WHERE conversation = $1 AND sha256 = $2 AND \
             (EXISTS (SELECT 1 FROM inbox WHERE conversation = $1 AND tree = $2 AND device = $3) OR \
              EXISTS (SELECT 1 FROM leaves WHERE conversation = $1 AND device = $3 AND removed_seq IS NULL))",
            id,
            sha256,
            device.as_bytes().as_slice(),
        );
        match row {
            Some((pieces,)) => Ok(Some(join(&mut tx, id, &pieces).await?)),
            None => Ok(None),
        }
    }

    /// Deletes the trees that nothing names. Most go with the last Welcome that names them; these are left by devices that
    /// were removed or never came.
    pub(super) async fn prune_trees(&self) -> StoreResult<()> {
        let unnamed = fetch_all!(
            self.db.read(),
            (Vec<u8>, Vec<u8>),
            "SELECT conversation, sha256 FROM trees WHERE NOT EXISTS \
             (SELECT 1 FROM inbox AS i WHERE i.conversation = trees.conversation AND i.tree = trees.sha256) AND NOT EXISTS \
             (SELECT 1 FROM public_groups AS g WHERE g.conversation = trees.conversation AND g.tree = trees.sha256)",
        );
        for (conversation, sha256) in unnamed {
            let mut tx = self.db.begin().await?;
            lock(&mut tx, &BTreeSet::from([conversation.as_slice()])).await?;
            delete_unnamed(&mut tx, &conversation, &sha256).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngCore, SeedableRng, rngs::StdRng};

    use super::*;

    fn random_tree(len: usize) -> Vec<u8> {
        let mut tree = vec![0; len];
        StdRng::seed_from_u64(1).fill_bytes(&mut tree);
        tree
    }

    #[test]
    fn a_change_is_in_few_pieces() {
        let before = random_tree(1_700_000);
        let mut after = before.clone();
        // As when a leaf and a parent are replaced, and a blank one is filled in.
        after[400_000..401_000].fill(7);
        after.splice(900_000..900_001, [8; 1_300]);
        let before = CutTree::new(&before);
        let known: BTreeSet<_> = before.pieces.iter().map(|piece| piece.name).collect();
        let new = CutTree::new(&after).pieces.into_iter().filter(|piece| !known.contains(&piece.name)).count();
        assert!((2..=6).contains(&new), "{new} of {} pieces are new", known.len());
    }

    #[test]
    fn pieces_are_the_whole_tree() {
        for len in [0, 1, PIECE.0, 100_000] {
            let tree = random_tree(len);
            let cut = CutTree::new(&tree);
            assert_eq!(cut.pieces.iter().flat_map(|piece| piece.bytes.clone()).collect::<Vec<_>>(), tree);
            assert_eq!(cut.size(), len);
            assert!(cut.pieces.iter().all(|piece| piece.bytes.len() <= PIECE.2));
        }
    }
}
