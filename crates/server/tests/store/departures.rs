//! Leaving groups: what waits for the commit that removes who left, and what does not wait.

use std::sync::Arc;

use sealpost_protocol::{AccountId, Bytes, ConversationId};
use sealpost_server::store::{
    AppendOutcome, ConversationCreated, Departed, Departure, NewConversation, NewDeparture, NewEntry,
};

use crate::{
    database::Database,
    fixtures::*,
    log::{joining, stored},
};

fn statement(person: &Person) -> Bytes {
    person.account.as_bytes().as_slice().into()
}

fn departure(conversation: ConversationId, person: &Person, epoch: u64, admins: &[&Person]) -> NewDeparture {
    NewDeparture {
        conversation,
        account: person.account,
        statement: statement(person),
        time: NOW,
        epoch: (1, epoch),
        admins: admins.iter().map(|admin| admin.account).collect(),
    }
}

async fn leave(db: &Database, new: NewDeparture) -> Departed {
    db.store.leave(&new).await.unwrap()
}

async fn members(db: &Database, id: ConversationId) -> Vec<AccountId> {
    db.store.cursors(id).await.unwrap().into_iter().map(|member| member.account).collect()
}

fn pending(people: &[&Person]) -> AppendOutcome {
    AppendOutcome::RemovalsPending(people.iter().map(|person| statement(person)).collect())
}

pub async fn who_leaves_is_removed_before_anything_else(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let (carol, tablet) = (register(&db.store, "carol").await, add_device(&db.store, &bob, 2).await);
    let phone = add_device(&db.store, &alice, 2).await;
    let id = group(&db.store, &alice, &[&bob, &carol]).await;
    let before = message(id, &bob, 1, "goodbye");
    append(&db.store, before.clone()).await;
    assert_eq!(leave(&db, departure(id, &bob, 1, &[&alice])).await, Departed::Done);
    assert_eq!(leave(&db, departure(id, &bob, 1, &[&alice])).await, Departed::Already);

    // It is over at once for who left: on all devices, joined or not.
    assert!(!members(&db, id).await.contains(&bob.account) && !db.store.is_leaf(id, bob.device).await.unwrap());
    assert!(db.store.conversations(bob.account, bob.device).await.unwrap().is_empty());
    assert_eq!(outcome(&db.store, message(id, &bob, 1, "one more")).await, AppendOutcome::NotMember);
    assert_eq!(outcome(&db.store, joining(id, &tablet, 1, &[])).await, AppendOutcome::NotMember);
    assert!(matches!(outcome(&db.store, before).await, AppendOutcome::Duplicate(_)));
    assert_eq!(db.store.log_window(id, bob.device, 1).await.unwrap().unwrap().last_seq, 2);

    // For the others nothing goes on before the removal, but a device may join.
    for entry in [
        message(id, &alice, 1, "not yet"),
        commit(id, &carol, 1, effects(&[], &[])),
        commit(id, &alice, 1, effects(&[], &[&carol])),
    ] {
        assert_eq!(outcome(&db.store, entry).await, pending(&[&bob]));
    }
    let seen = [Departure { conversation: id, account: bob.account, statement: statement(&bob) }];
    for (person, departures) in [(&alice, &seen[..]), (&bob, &seen), (&phone, &[])] {
        assert_eq!(db.store.departures_around(person.device).await.unwrap(), departures);
    }
    assert!(matches!(outcome(&db.store, joining(id, &phone, 1, &[])).await, AppendOutcome::Appended(_)));
    let later = NewDeparture { time: NOW + 1, ..departure(id, &carol, 2, &[&alice]) };
    assert_eq!(leave(&db, later).await, Departed::Done);
    assert_eq!(outcome(&db.store, commit(id, &alice, 2, effects(&[], &[&carol]))).await, pending(&[&bob, &carol]));
    let batch = [
        message(id, &alice, 2, "too early"),
        commit(id, &phone, 2, effects(&[], &[&bob, &carol])),
        message(id, &alice, 3, "without them"),
    ];
    let outcomes = db.store.append(&batch).await.unwrap();
    assert_eq!(outcomes[0], pending(&[&bob, &carol]));
    assert!(outcomes[1..].iter().all(|outcome| matches!(outcome, AppendOutcome::Appended(_))), "{outcomes:?}");

    // Who left hears of the removal, and of nothing after it.
    assert_eq!(db.store.log_window(id, bob.device, 1).await.unwrap().unwrap().last_seq, 4);
    db.store.write_stored(&[stored(&bob, id, 4)], NOW).await.unwrap();
    assert!(db.store.log_window(id, bob.device, 1).await.unwrap().is_none());
    assert!(db.store.departures_around(alice.device).await.unwrap().is_empty());
    assert_eq!(leave(&db, departure(id, &bob, 3, &[&alice])).await, Departed::NotMember);
    append(&db.store, commit(id, &alice, 3, effects(&[&bob], &[]))).await;
    append(&db.store, message(id, &bob, 4, "here again")).await;
}

pub async fn who_may_not_leave_is_told_why(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let eve = register(&db.store, "eve").await;
    let id = group(&db.store, &alice, &[&bob]).await;
    let direct = NewConversation { direct_with: Some(bob.account), ..new_conversation(&alice, &[&bob]) };
    assert!(matches!(db.store.create_conversation(&direct).await.unwrap(), ConversationCreated::Done(_)));
    for (new, outcome) in [
        (departure(id, &alice, 1, &[&alice]), Departed::OnlyAdmin),
        (departure(id, &alice, 1, &[&alice, &eve]), Departed::OnlyAdmin),
        (departure(id, &bob, 0, &[&alice]), Departed::StaleEpoch),
        (departure(id, &bob, 2, &[&alice]), Departed::StaleEpoch),
        (departure(id, &eve, 1, &[&alice]), Departed::NotMember),
        (departure(ConversationId([0; 16]), &bob, 1, &[&alice]), Departed::NotMember),
        (departure(direct.conversation, &bob, 1, &[]), Departed::Direct),
    ] {
        assert_eq!(leave(&db, new).await, outcome);
    }
    // Of two admins who leave at the same time one stays, as long as somebody else is there.
    let carol = register(&db.store, "carol").await;
    append(&db.store, commit(id, &alice, 1, effects(&[&carol], &[]))).await;
    let [one, two] = [&alice, &bob].map(|admin| departure(id, admin, 2, &[&alice, &bob]));
    let (one, two) = tokio::join!(leave(&db, one), leave(&db, two));
    assert!([(Departed::Done, Departed::OnlyAdmin), (Departed::OnlyAdmin, Departed::Done)].contains(&(one, two)));
    assert_eq!(members(&db, id).await.len(), 2);
}

pub async fn the_last_to_leave_leaves_nothing_waiting(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let id = group(&db.store, &alice, &[&bob]).await;
    append(&db.store, NewEntry { time: NOW, ..message(id, &alice, 1, "unread") }).await;
    db.store.write_stored(&[stored(&alice, id, 2)], NOW).await.unwrap();
    assert_eq!(leave(&db, departure(id, &bob, 1, &[&alice])).await, Departed::Done);
    assert_eq!(leave(&db, departure(id, &alice, 1, &[&alice])).await, Departed::Done, "nobody else is there");
    assert!(members(&db, id).await.is_empty());
    assert!(db.store.departures_around(bob.device).await.unwrap().is_empty());
    // What was sent before can still be read by who has not.
    assert_eq!(db.store.due(bob.device).await.unwrap().len(), 1);
    assert!(db.store.log_window(id, alice.device, 0).await.unwrap().is_none());
}
