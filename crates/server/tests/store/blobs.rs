//! Blobs: who may name them, and how long they live.

use std::sync::Arc;

use sealpost_protocol::{BlobId, ConversationId, archive::ArchiveWrite};
use sealpost_server::{
    Part,
    store::{AppendOutcome, ArchiveWritten, Erased, Erasure, NewEntry, Retention, UploadBegun},
};

use crate::{database::Database, fixtures::*};

const GRACE: u64 = DAY;
const SIZE: u64 = 1000;
const BLOB: BlobId = BlobId([7; 16]);

async fn begin(db: &Database, person: &Person, blob: BlobId) {
    let begun = db.store.begin_upload(person.account, (blob, SIZE), 0, (NOW, GRACE)).await.unwrap();
    assert_eq!(begun, UploadBegun::Done);
}

/// Uploads a blob as a whole.
async fn upload(db: &Database, person: &Person, blob: BlobId) {
    begin(db, person, blob).await;
    let part = Part { blob, number: 0, object: [1; 16] };
    assert!(db.store.extend_blob(&part, (0, SIZE), (NOW, GRACE)).await.unwrap());
}

fn with_blob(blob: BlobId, entry: NewEntry) -> NewEntry {
    NewEntry { blobs: vec![blob], ..entry }
}

async fn outcome(db: &Database, entry: NewEntry) -> AppendOutcome {
    db.store.append(&[entry]).await.unwrap().remove(0)
}

/// Which blobs are to be deleted at a time, after all that was due before it was looked at.
async fn due(db: &Database, now: u64) -> Vec<BlobId> {
    db.store.due_blobs(now, GRACE, 10).await.unwrap()
}

fn segment(conversation: ConversationId, blobs: Vec<BlobId>, revision: u64) -> ArchiveWrite {
    let replaces =
        (1..revision).last().map(|revision| sealpost_protocol::archive::ReplacedSegment { first: 1, revision });
    ArchiveWrite {
        conversation,
        first: 1,
        last: 9,
        revision,
        as_of: 9,
        items: 1,
        replaces: replaces.into_iter().collect(),
        generation: 1,
        sealed: vec![1].into(),
        blobs,
    }
}

pub async fn a_message_names_what_its_sender_uploaded_for_it(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let id = group(&db.store, &alice, &[&bob]).await;
    let other = group(&db.store, &alice, &[]).await;
    let told = with_blob(BLOB, message(id, &alice, 1, "look"));
    assert_eq!(outcome(&db, told.clone()).await, AppendOutcome::BlobMissing);
    begin(&db, &alice, BLOB).await;
    assert_eq!(outcome(&db, told.clone()).await, AppendOutcome::BlobMissing, "it is not there as a whole");
    upload(&db, &alice, BLOB).await;
    assert_eq!(outcome(&db, with_blob(BLOB, message(id, &bob, 1, "mine"))).await, AppendOutcome::BlobMissing);
    assert!(matches!(outcome(&db, told.clone()).await, AppendOutcome::Appended(_)));
    assert!(matches!(outcome(&db, told).await, AppendOutcome::Duplicate(_)));
    let elsewhere = with_blob(BLOB, message(other, &alice, 1, "again"));
    assert_eq!(outcome(&db, elsewhere).await, AppendOutcome::BlobMissing, "it belongs to a message");
    // What fails alone changes nothing for those beside it.
    let batch = [with_blob(BlobId([9; 16]), message(id, &alice, 1, "no")), message(id, &alice, 1, "yes")];
    let outcomes = db.store.append(&batch).await.unwrap();
    assert!(matches!(outcomes[..], [AppendOutcome::BlobMissing, AppendOutcome::Appended(_)]));
    assert!(!db.store.drop_upload(alice.account, BLOB).await.unwrap(), "a message tells of it");
}

pub async fn a_blob_goes_with_its_message_whatever_archives_say(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let id = group(&db.store, &alice, &[]).await;
    for (number, erasure) in [
        (1, Erasure { token_hash: Some([1; 32]), expires_in: None }),
        (2, Erasure { token_hash: None, expires_in: Some(30) }),
    ] {
        let blob = BlobId([number; 16]);
        upload(&db, &alice, blob).await;
        let entry = with_blob(blob, NewEntry { erasure, ..message(id, &alice, 1, "soon gone") });
        let AppendOutcome::Appended(entry) = outcome(&db, entry).await else { panic!("appended") };
        let written = segment(id, vec![blob], u64::from(number));
        assert!(matches!(
            db.store.write_archive(alice.account, &written, NOW, 1000).await.unwrap(),
            ArchiveWritten::Done(_)
        ));
        assert_eq!(due(&db, NOW).await, []);
        if number == 1 {
            assert_eq!(db.store.erase(id, entry.seq, &[1; 32]).await.unwrap(), Erased::Done);
        } else {
            assert_eq!(db.store.blank_expired(NOW + 40_000, 10).await.unwrap(), [(id, entry.seq)]);
        }
        assert_eq!(db.store.blob(blob).await.unwrap(), None, "nobody reads it from now on");
        assert_eq!(due(&db, NOW).await, [blob]);
        db.store.forget_blob(blob).await.unwrap();
        assert_eq!(due(&db, NOW).await, []);
    }
}

pub async fn a_blob_lives_as_long_as_something_tells_of_it(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let id = group(&db.store, &alice, &[]).await;
    let (kept, unsent, cut) = (BLOB, BlobId([8; 16]), BlobId([9; 16]));
    upload(&db, &alice, kept).await;
    upload(&db, &alice, unsent).await;
    begin(&db, &alice, cut).await;
    let AppendOutcome::Appended(entry) = outcome(&db, with_blob(kept, message(id, &alice, 1, "look"))).await else {
        panic!("appended")
    };
    let mut gone = due(&db, NOW + GRACE).await;
    gone.sort_unstable();
    assert_eq!(gone, [unsent, cut], "what no message tells of");

    // The entry is not kept any more: the archive tells of it, and then nothing does.
    let written = segment(id, vec![kept, BlobId([1; 16])], 1);
    assert_eq!(
        db.store.write_archive(alice.account, &written, NOW, 1000).await.unwrap(),
        ArchiveWritten::Done(1),
        "one that is not there does not matter"
    );
    let retention = Retention { members: 0, devices: 0 };
    db.store.prune_logs(None, retention, NOW + 2 * DAY).await.unwrap();
    let window = db.store.log_window(id, alice.device, 0).await.unwrap().unwrap();
    assert!(window.pruned.is_some_and(|pruned| pruned.seq >= entry.seq));
    for blob in [unsent, cut] {
        db.store.forget_blob(blob).await.unwrap();
    }
    for day in 2..5 {
        assert_eq!(due(&db, NOW + day * GRACE).await, []);
        assert!(db.store.blob(kept).await.unwrap().is_some());
    }
    db.store.erase_archive(alice.account).await.unwrap();
    assert_eq!(due(&db, NOW + 5 * GRACE).await, [], "from now on it is alone");
    assert_eq!(due(&db, NOW + 6 * GRACE).await, [kept]);
}

pub async fn an_account_has_so_much_room(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let begin = async |person: &Person, number: u8, size: u64| {
        db.store.begin_upload(person.account, (BlobId([number; 16]), size), 1000, (NOW, GRACE)).await.unwrap()
    };
    assert_eq!(begin(&alice, 1, 600).await, UploadBegun::Done);
    assert_eq!(begin(&alice, 1, 600).await, UploadBegun::Done, "the same again");
    assert_eq!(begin(&alice, 1, 601).await, UploadBegun::Taken);
    assert_eq!(begin(&bob, 1, 600).await, UploadBegun::Taken);
    assert_eq!(begin(&alice, 2, 401).await, UploadBegun::Full);
    assert_eq!(begin(&alice, 2, 400).await, UploadBegun::Done);
    assert_eq!(begin(&bob, 3, 1000).await, UploadBegun::Done);
    assert!(db.store.drop_upload(alice.account, BlobId([1; 16])).await.unwrap());
    assert_eq!(begin(&alice, 1, 600).await, UploadBegun::Taken, "until its bytes are gone");
    assert_eq!(due(&db, NOW).await, [BlobId([1; 16])]);
    db.store.forget_blob(BlobId([1; 16])).await.unwrap();
    assert_eq!(begin(&alice, 1, 600).await, UploadBegun::Done);
}

pub async fn only_so_many_blobs_wait_for_a_message(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let blob = |number: u16| {
        let mut id = [3; 16];
        id[..2].copy_from_slice(&number.to_be_bytes());
        BlobId(id)
    };
    for number in 0..1000 {
        begin(&db, &alice, blob(number)).await;
    }
    let next = db.store.begin_upload(alice.account, (blob(1000), SIZE), 0, (NOW, GRACE)).await.unwrap();
    assert_eq!(next, UploadBegun::Full);
    let id = group(&db.store, &alice, &[]).await;
    upload(&db, &alice, blob(7)).await;
    assert!(matches!(
        outcome(&db, with_blob(blob(7), message(id, &alice, 1, "look"))).await,
        AppendOutcome::Appended(_)
    ));
    begin(&db, &alice, blob(1000)).await;
}
