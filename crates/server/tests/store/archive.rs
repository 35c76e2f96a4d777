//! Archives: segments that take the place of others, races, limits, and what is erased.

use std::sync::Arc;

use sealpost_protocol::{
    AccountId, ConversationId,
    archive::{ArchiveListed, ArchiveWrite, ReplacedSegment, SEGMENTS_LISTED_MAX, SegmentName},
};
use sealpost_server::store::ArchiveWritten;

use crate::{database::Database, fixtures::*};

const HERE: ConversationId = ConversationId([1; 16]);
const ROOMY: u64 = 1 << 20;

fn segment((first, last): (u64, u64), revision: u64, replaces: &[(u64, u64)]) -> ArchiveWrite {
    let replaces = replaces.iter().map(|&(first, revision)| ReplacedSegment { first, revision }).collect();
    let sealed = vec![first as u8; 100].into();
    let (as_of, items, generation) = (last, 3, 1);
    ArchiveWrite {
        conversation: HERE,
        first,
        last,
        revision,
        as_of,
        items,
        replaces,
        generation,
        sealed,
        blobs: Vec::new(),
    }
}

async fn write(db: &Database, account: AccountId, segment: &ArchiveWrite) -> ArchiveWritten {
    db.store.write_archive(account, segment, NOW, ROOMY).await.unwrap()
}

fn ranges(listed: &ArchiveListed) -> Vec<(u64, u64, u64)> {
    listed.segments.iter().map(|segment| (segment.first, segment.last, segment.version)).collect()
}

pub async fn segments_take_the_place_of_those_that_their_writer_knows(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await.account;
    assert_eq!(write(&db, alice, &segment((1, 9), 1, &[])).await, ArchiveWritten::Done(1));
    assert_eq!(write(&db, alice, &segment((10, 19), 1, &[])).await, ArchiveWritten::Done(2));
    // The same range again, one that overlaps, one in the middle of another, one that knows an older revision.
    for refused in [
        segment((10, 19), 1, &[]),
        segment((15, 25), 1, &[]),
        segment((3, 4), 2, &[(1, 1)]),
        segment((10, 25), 2, &[(10, 2)]),
        segment((10, 25), 1, &[(10, 1)]),
        segment((20, 25), 2, &[(10, 1)]),
    ] {
        assert_eq!(write(&db, alice, &refused).await, ArchiveWritten::Conflict(2), "{refused:?}");
    }
    assert_eq!(write(&db, alice, &segment((10, 25), 2, &[(10, 1)])).await, ArchiveWritten::Done(3));
    let listed = db.store.archive(alice, 0).await.unwrap();
    assert_eq!((listed.version, listed.erased, listed.count, listed.more), (3, 0, 2, false));
    assert_eq!(ranges(&listed), [(1, 9, 1), (10, 25, 3)]);
    assert_eq!(ranges(&db.store.archive(alice, 1).await.unwrap()), [(10, 25, 3)]);
    // Two become one; a gap is left, and filled later.
    assert_eq!(write(&db, alice, &segment((1, 25), 3, &[(1, 1), (10, 2)])).await, ArchiveWritten::Done(4));
    assert_eq!(write(&db, alice, &segment((40, 50), 1, &[])).await, ArchiveWritten::Done(5));
    assert_eq!(write(&db, alice, &segment((26, 39), 1, &[])).await, ArchiveWritten::Done(6));
    assert_eq!(db.store.archive(alice, 0).await.unwrap().count, 3);
    let read = db.store.archive_segment(alice, SegmentName { conversation: HERE, first: 1 }).await.unwrap().unwrap();
    assert_eq!((read.last, read.revision, read.sealed.len()), (25, 3, 100));
    let gone = db.store.archive_segment(alice, SegmentName { conversation: HERE, first: 10 }).await.unwrap();
    assert!(gone.is_none());
}

pub async fn of_two_devices_that_write_the_same_one_is_told_of_the_other(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await.account;
    let one = segment((1, 9), 1, &[]);
    let writes = (0..8).map(|_| db.store.write_archive(alice, &one, NOW, ROOMY));
    let written = futures::future::try_join_all(writes).await.unwrap();
    assert_eq!(written.iter().filter(|written| matches!(written, ArchiveWritten::Done(_))).count(), 1);
    assert_eq!(db.store.archive(alice, 0).await.unwrap().count, 1);
}

pub async fn an_archive_is_its_accounts_own_has_a_bound_and_can_be_erased(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await.account, register(&db.store, "bob").await.account];
    assert_eq!(db.store.archive(bob, 0).await.unwrap().version, 0);
    assert_eq!(write(&db, alice, &segment((1, 9), 1, &[])).await, ArchiveWritten::Done(1));
    assert!(db.store.archive_segment(bob, SegmentName { conversation: HERE, first: 1 }).await.unwrap().is_none());
    assert_eq!(write(&db, bob, &segment((1, 9), 1, &[])).await, ArchiveWritten::Done(1));
    let full = db.store.write_archive(alice, &segment((10, 19), 1, &[]), NOW, 199).await.unwrap();
    assert_eq!(full, ArchiveWritten::Full);
    // What takes the place of another needs no more room.
    let instead = segment((1, 9), 2, &[(1, 1)]);
    assert_eq!(db.store.write_archive(alice, &instead, NOW, 199).await.unwrap(), ArchiveWritten::Done(2));
    assert_eq!(db.store.erase_archive(alice).await.unwrap(), 3);
    let listed = db.store.archive(alice, 0).await.unwrap();
    assert_eq!((listed.version, listed.erased, listed.count, listed.segments.len()), (3, 3, 0, 0));
    assert_eq!(db.store.archive(bob, 0).await.unwrap().count, 1);
    assert_eq!(write(&db, alice, &segment((1, 9), 1, &[])).await, ArchiveWritten::Done(4));
}

pub async fn a_long_list_comes_in_parts(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await.account;
    let all = SEGMENTS_LISTED_MAX as u64 + 5;
    for first in 1..=all {
        let small = ArchiveWrite { sealed: vec![1].into(), ..segment((first, first), 1, &[]) };
        assert_eq!(write(&db, alice, &small).await, ArchiveWritten::Done(first));
    }
    let listed = db.store.archive(alice, 0).await.unwrap();
    assert_eq!((listed.segments.len(), listed.more, listed.count), (SEGMENTS_LISTED_MAX, true, all));
    let rest = db.store.archive(alice, listed.segments.last().unwrap().version).await.unwrap();
    assert_eq!((rest.segments.len(), rest.more), (5, false));
}
