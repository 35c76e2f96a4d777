//! Segments that are sealed with keys of before: the archive is not sealed anew when a device is revoked. Whoever has the
//! revoked device has those keys, so only what was there at that moment is taken, by its hash.

use std::collections::BTreeSet;

use sealpost_protocol::archive::SegmentInfo;
use sha2::{Digest as _, Sha256};

use crate::store::{self, Store};

/// What the names of records of the vault begin with that hold the hashes.
const RECORDS: &str = "archive-former/";
/// Bytes of each SHA-256 that are kept.
const HASH_LEN: usize = 16;
/// So many go into one record, which the server takes up to 64 KiB.
const HASHES_IN_RECORD: usize = 4_000;

type Hash = [u8; HASH_LEN];

/// The segments of before that are taken.
#[derive(Default)]
pub(in crate::engine) struct FormerSegments(BTreeSet<Hash>);

impl FormerSegments {
    /// Whether the vault's record of this name holds a part of them.
    pub(in crate::engine) fn is_record(name: &str) -> bool {
        name.starts_with(RECORDS)
    }

    /// Those that the vault knows.
    pub(in crate::engine) fn read(store: Store<'_>) -> store::Result<Self> {
        let mut hashes = BTreeSet::new();
        for number in 0.. {
            match store.vault_get(&format!("{RECORDS}{number}"))? {
                Some(record) if !record.is_empty() => hashes.extend(record.as_chunks::<HASH_LEN>().0),
                // The last one is empty: what follows it is of an earlier revocation.
                _ => break,
            }
        }
        Ok(Self(hashes))
    }

    /// Whether the vault knows this segment as one that is sealed with the keys of this generation.
    pub(in crate::engine) fn knows(store: Store<'_>, generation: u64, sealed: &[u8]) -> store::Result<bool> {
        Ok(Self::read(store)?.has(generation, sealed))
    }

    /// Those after a revocation by a device whose keys are of this generation, when the archive has these segments: what was
    /// not taken before is not taken now.
    pub(in crate::engine) fn next(&self, segments: &[SegmentInfo], generation: u64) -> Self {
        let listed = segments.iter().filter(|info| info.hash.len() == 32);
        let kept = listed.filter_map(|info| {
            let hash = hash_of(info.generation, &info.hash);
            (info.generation == generation || self.0.contains(&hash)).then_some(hash)
        });
        Self(kept.collect())
    }

    /// What the vault is to hold, an empty record after the last one.
    pub(in crate::engine) fn records(&self) -> Vec<(String, Vec<u8>)> {
        let hashes: Vec<Hash> = self.0.iter().copied().collect();
        let parts = hashes.chunks(HASHES_IN_RECORD).map(<[Hash]>::as_flattened).chain([&[][..]]);
        parts.enumerate().map(|(number, part)| (format!("{RECORDS}{number}"), part.to_vec())).collect()
    }

    /// Whether this is one of them.
    fn has(&self, generation: u64, sealed: &[u8]) -> bool {
        self.0.contains(&hash_of(generation, &Sha256::digest(sealed)))
    }
}

/// What is kept of a segment with this SHA-256: of which keys it is belongs to it, whatever a server says of that later.
fn hash_of(generation: u64, hash: &[u8]) -> Hash {
    let hash: [u8; 32] = Sha256::new().chain_update(generation.to_be_bytes()).chain_update(hash).finalize().into();
    *hash.first_chunk().unwrap_or(&[0; HASH_LEN])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use sealpost_protocol::{Bytes, ConversationId};

    use super::*;
    use crate::store::in_memory;

    fn info(sealed: &[u8], generation: u64) -> SegmentInfo {
        let (conversation, hash) = (ConversationId([1; 16]), Bytes(Sha256::digest(sealed).to_vec()));
        let (first, last, revision, as_of, items, time, version) = (1, 2, 1, 2, 3, 4, 5);
        SegmentInfo { conversation, first, last, revision, as_of, items, time, version, generation, hash }
    }

    #[test]
    fn what_was_there_is_taken_and_what_comes_later_is_not() {
        let first = FormerSegments::default().next(&[info(b"one", 1), info(b"two", 1)], 1);
        assert!(first.has(1, b"one") && first.has(1, b"two") && !first.has(1, b"forged"));
        // A segment of the first generation that comes afterwards does not slip in with the next revocation.
        let second = first.next(&[info(b"one", 1), info(b"forged", 1), info(b"three", 2)], 2);
        assert!(second.has(1, b"one") && second.has(2, b"three"));
        assert!(!second.has(1, b"forged") && !second.has(1, b"two"));
        // Nor does one that the server then said to be of the second.
        let lied = first.next(&[info(b"forged", 2)], 2);
        assert!(lied.has(2, b"forged") && !lied.has(1, b"forged"));
    }

    #[test]
    fn they_are_read_as_they_were_written_however_many_there_are() {
        let connection = in_memory();
        let store = Store(&connection);
        let many: Vec<_> = (0..9_000u32).map(|number| info(&number.to_be_bytes(), 1)).collect();
        for segments in [&many[..], &many[..10], &[]] {
            let former = FormerSegments::default().next(segments, 1);
            for (name, value) in former.records() {
                assert!(FormerSegments::is_record(&name) && value.len() <= 64_000);
                store.vault_take(&name, &value).unwrap();
            }
            let read = FormerSegments::read(store).unwrap();
            assert!(segments.iter().zip(0u32..).all(|(_, number)| read.has(1, &number.to_be_bytes())));
        }
    }
}
