//! Making conversations; Welcomes, trees, group information and state.

use std::sync::Arc;

use rand::{RngCore, SeedableRng, rngs::StdRng};
use sealpost_protocol::{
    ConversationId,
    conversation::{ConversationKind, WINDOW_BYTES_MAX},
};
use sealpost_server::store::{CommitEffects, ConversationCreated, CutTree, NewConversation, Swap};

use crate::{database::Database, fixtures::*};

pub async fn creating_again_is_harmless(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let mut new = new_conversation(&alice, &[&bob]);
    new.state = Some(b"state".as_slice().into());
    assert!(matches!(db.store.create_conversation(&new).await.unwrap(), ConversationCreated::Done(_)));
    assert_eq!(db.store.create_conversation(&new).await.unwrap(), ConversationCreated::Duplicate);

    let other_bytes = NewConversation { commit: b"other".as_slice().into(), ..new.clone() };
    assert_eq!(db.store.create_conversation(&other_bytes).await.unwrap(), ConversationCreated::IdTaken);
    let stranger = register(&db.store, "carol").await;
    let stolen = NewConversation { account: stranger.account, device: stranger.device, ..new.clone() };
    assert_eq!(db.store.create_conversation(&stolen).await.unwrap(), ConversationCreated::IdTaken);

    for (person, joined, stored) in [(&alice, true, 0), (&bob, true, 1)] {
        let seen = db.store.conversation(new.conversation, person.account, person.device).await.unwrap().unwrap();
        assert_eq!((seen.kind, seen.suite, seen.joined, seen.stored), (ConversationKind::Group, SUITE, joined, stored));
        assert_eq!((seen.position.generation, seen.position.epoch, seen.position.last_seq), (1, 1, 1));
        assert_eq!(seen.state_version, 1);
    }
    assert!(db.store.conversation(new.conversation, stranger.account, stranger.device).await.unwrap().is_none());
    let phone = add_device(&db.store, &bob, 2).await;
    assert!(!db.store.conversations(phone.account, phone.device).await.unwrap()[0].joined);
    assert_eq!(whole_log(&db.store, new.conversation, &alice).await.len(), 1);
    assert_eq!(db.store.inbox(bob.device, 0, 10).await.unwrap().len(), 1);
}

pub async fn of_two_direct_conversations_one_wins(db: Arc<Database>) {
    for round in 0..10 {
        let alice = register(&db.store, &format!("alice{round}")).await;
        let bob = register(&db.store, &format!("bob{round}")).await;
        let direct = |from: &Person, to: &Person| NewConversation {
            direct_with: Some(to.account),
            ..new_conversation(from, &[to])
        };
        let (one, two) = (direct(&alice, &bob), direct(&bob, &alice));
        let (first, second) = tokio::join!(db.store.create_conversation(&one), db.store.create_conversation(&two));
        match (first.unwrap(), second.unwrap()) {
            (ConversationCreated::Done(_), ConversationCreated::DirectExists(winner)) => {
                assert_eq!(winner, one.conversation);
            }
            (ConversationCreated::DirectExists(winner), ConversationCreated::Done(_)) => {
                assert_eq!(winner, two.conversation);
            }
            other => panic!("{other:?}"),
        }
        // The loser left nothing behind.
        assert_eq!(db.store.conversations(alice.account, alice.device).await.unwrap().len(), 1);
        assert_eq!(db.store.conversations(bob.account, bob.device).await.unwrap().len(), 1);
        let inboxes = db.store.inbox(alice.device, 0, 9).await.unwrap().len()
            + db.store.inbox(bob.device, 0, 9).await.unwrap().len();
        assert_eq!(inboxes, 1);
    }
}

pub async fn welcomes_keep_their_tree(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let carol = register(&db.store, "carol").await;
    let new = new_conversation(&alice, &[&bob]);
    assert!(matches!(db.store.create_conversation(&new).await.unwrap(), ConversationCreated::Done(_)));
    let id = new.conversation;
    let added = commit(id, &alice, 1, effects(&[&carol], &[]));
    let entry = append(&db.store, added).await;

    let [welcome] = db.store.inbox(bob.device, 0, 10).await.unwrap().try_into().unwrap();
    assert_eq!((welcome.number, welcome.position.epoch, welcome.position.last_seq), (1, 1, 1));
    assert_eq!(welcome.welcome.to_vec(), format!("welcome {}", bob.device).into_bytes());
    assert_eq!(*welcome.tree, new.effects.tree.sha256());
    let [later] = db.store.inbox(carol.device, 0, 10).await.unwrap().try_into().unwrap();
    assert_eq!((later.position.epoch, later.position.last_seq, &later.hash), (2, 2, &entry.hash));

    // The first tree is no longer the present one, but bob's Welcome names it; nobody else may read it by guessing.
    assert_eq!(
        db.store.tree(id, &welcome.tree, bob.device).await.unwrap().map(|tree| CutTree::new(&tree)),
        Some(new.effects.tree)
    );
    let stranger = register(&db.store, "dora").await;
    assert!(db.store.tree(id, &welcome.tree, stranger.device).await.unwrap().is_none());
    db.store.acknowledge_inbox(bob.device, welcome.number).await.unwrap();
    assert!(db.store.inbox(bob.device, 0, 10).await.unwrap().is_empty());
    assert!(db.store.tree(id, &welcome.tree, bob.device).await.unwrap().is_none());
    assert!(db.store.tree(id, &later.tree, carol.device).await.unwrap().is_some());
    // The present tree stays without a Welcome too, and numbers are not used again.
    db.store.acknowledge_inbox(carol.device, u64::MAX).await.unwrap();
    assert!(db.store.tree(id, &later.tree, carol.device).await.unwrap().is_some());
    group(&db.store, &alice, &[&bob]).await;
    assert_eq!(db.store.inbox(bob.device, 0, 10).await.unwrap()[0].number, 2);
}

pub async fn inboxes_are_read_in_bounded_windows(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    for size in [WINDOW_BYTES_MAX + 1, WINDOW_BYTES_MAX - 1, 1, 1, 1] {
        let mut new = new_conversation(&alice, &[&bob]);
        let mut change = effects(&[&bob], &[]);
        change.added[0].welcome = Some(vec![7; size]);
        new.effects = change;
        assert!(matches!(db.store.create_conversation(&new).await.unwrap(), ConversationCreated::Done(_)));
    }
    let read = async |after, limit| -> Vec<u64> {
        let welcomes = db.store.inbox(bob.device, after, limit).await.unwrap();
        welcomes.into_iter().map(|welcome| welcome.number).collect()
    };
    assert_eq!(read(0, 10).await, [1], "the first alone is larger");
    assert_eq!(read(1, 10).await, [2, 3]);
    assert_eq!(read(3, 10).await, [4, 5]);
    assert_eq!(read(3, 1).await, [4]);
    assert!(read(5, 10).await.is_empty());
}

pub async fn a_tree_has_its_pieces_in_common_with_the_next(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let mut trees = [vec![0; 200_000], Vec::new(), Vec::new()];
    StdRng::seed_from_u64(1).fill_bytes(&mut trees[0]);
    let mut new = new_conversation(&alice, &[&bob]);
    new.effects.tree = CutTree::new(&trees[0]);
    assert!(matches!(db.store.create_conversation(&new).await.unwrap(), ConversationCreated::Done(_)));
    let id = new.conversation;
    let (pieces, named) = ("SELECT COUNT(*) FROM tree_pieces", "SELECT SUM(LENGTH(pieces)) / 32 FROM trees");
    let alone = db.number(pieces).await;
    assert_eq!(db.number(named).await, alone);
    for epoch in 1..=2 {
        trees[epoch] = trees[epoch - 1].clone();
        trees[epoch][50_000..51_000].fill(u8::try_from(epoch).unwrap());
        let change = CommitEffects { tree: CutTree::new(&trees[epoch]), ..effects(&[], &[]) };
        append(&db.store, commit(id, &alice, epoch as u64, change)).await;
        assert_eq!(*db.store.group_info(id).await.unwrap().unwrap().ratchet_tree, trees[epoch][..]);
    }
    // The first is kept for bob's Welcome, the second is gone with what it alone had, the third is the present one.
    let [welcome] = db.store.inbox(bob.device, 0, 10).await.unwrap().try_into().unwrap();
    assert_eq!(db.store.tree(id, &welcome.tree, bob.device).await.unwrap().unwrap(), trees[0]);
    assert!(db.number(pieces).await < 2 * alone, "most pieces are in both");
    assert!(db.number(named).await > alone);
    db.store.acknowledge_inbox(bob.device, welcome.number).await.unwrap();
    assert_eq!(*db.store.group_info(id).await.unwrap().unwrap().ratchet_tree, trees[2][..]);
    assert_eq!(db.number(pieces).await, db.number(named).await);
}

pub async fn group_info_and_tree_are_of_one_epoch(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let id = group(&db.store, &alice, &[]).await;
    let writer = {
        let (db, alice) = (db.clone(), alice.clone());
        tokio::spawn(async move {
            for epoch in 1..=40_u64 {
                let mut change = effects(&[], &[]);
                change.group_info = epoch.to_be_bytes().to_vec();
                change.tree = CutTree::new(&epoch.to_be_bytes());
                append(&db.store, commit(id, &alice, epoch, change)).await;
            }
        })
    };
    while !writer.is_finished() {
        let answer = db.store.group_info(id).await.unwrap().unwrap();
        if answer.position.epoch > 1 {
            let epoch = (answer.position.epoch - 1).to_be_bytes();
            assert_eq!((&*answer.group_info, &*answer.ratchet_tree), (&epoch[..], &epoch[..]));
        }
    }
    writer.await.unwrap();
    assert_eq!(db.store.position(id).await.unwrap().unwrap().epoch, 41);
    assert!(db.store.group_info(ConversationId([0; 16])).await.unwrap().is_none());
}

pub async fn states_are_compared_and_swapped(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let id = group(&db.store, &alice, &[]).await;
    let state = |text: &str| text.as_bytes().into();
    assert_eq!(db.store.conversation_state(id).await.unwrap().version, 0);
    assert_eq!(db.store.write_conversation_state(id, 1, &state("early")).await.unwrap(), Swap::Conflict(0));
    assert_eq!(db.store.write_conversation_state(id, 0, &state("one")).await.unwrap(), Swap::Done(1));
    assert_eq!(db.store.write_conversation_state(id, 0, &state("again")).await.unwrap(), Swap::Conflict(1));
    assert_eq!(db.store.write_conversation_state(id, 1, &state("two")).await.unwrap(), Swap::Done(2));
    let present = db.store.conversation_state(id).await.unwrap();
    assert_eq!((present.version, &*present.state), (2, b"two".as_slice()));
}
