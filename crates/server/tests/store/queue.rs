//! Group commit when something goes wrong.

use std::sync::Arc;

use sealpost_server::store::{AppendOutcome, AppendQueue, ConversationCreated, NewConversation, StoreError};

use crate::{database::Database, fixtures::*};

/// Marks the conversation that is tampered with.
const ODD_SUITE: u16 = 7;

pub async fn a_poisoned_entry_fails_alone(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let good = group(&db.store, &alice, &[]).await;
    let odd = NewConversation { suite: ODD_SUITE, ..new_conversation(&alice, &[]) };
    assert!(matches!(db.store.create_conversation(&odd).await.unwrap(), ConversationCreated::Done(_)));
    let poisoned = odd.conversation;
    // A head that no server could have written: loading it fails the whole batch that it is part of.
    db.tamper(&format!("UPDATE conversations SET kind = 9 WHERE suite = {ODD_SUITE}")).await;

    let (queue, task) = AppendQueue::start(db.store.clone());
    let entries = (0..40).map(|number| message(if number == 20 { poisoned } else { good }, &alice, 1, "text"));
    let appends: Vec<_> = entries
        .map(|entry| {
            let queue = queue.clone();
            tokio::spawn(async move { (entry.conversation, queue.append(entry).await) })
        })
        .collect();
    for append in appends {
        match append.await.unwrap() {
            (conversation, Err(StoreError::Corrupt(_))) => assert_eq!(conversation, poisoned),
            (conversation, Ok(AppendOutcome::Appended(_))) => assert_eq!(conversation, good),
            other => panic!("{other:?}"),
        }
    }
    drop(queue);
    task.await.unwrap();
    assert_eq!(whole_log(&db.store, good, &alice).await.len(), 40);
}

pub async fn closing_writes_what_waits(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let id = group(&db.store, &alice, &[]).await;
    let (queue, task) = AppendQueue::start(db.store.clone());
    let waiting: Vec<_> = (0..20)
        .map(|number| {
            let (queue, entry) = (queue.clone(), message(id, &alice, 1, &number.to_string()));
            tokio::spawn(async move { queue.append(entry).await })
        })
        .collect();
    queue.close();
    assert!(matches!(queue.append(message(id, &alice, 1, "late")).await, Err(StoreError::Busy)));
    let mut appended = 0;
    for append in waiting {
        match append.await.unwrap() {
            Ok(AppendOutcome::Appended(_)) => appended += 1,
            Err(StoreError::Busy) => {}
            other => panic!("{other:?}"),
        }
    }
    task.await.unwrap();
    // Exactly what was acknowledged is there.
    assert_eq!(whole_log(&db.store, id, &alice).await.len(), 1 + appended);
}

pub async fn a_lost_database_is_temporary(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let id = group(&db.store, &alice, &[]).await;
    let (queue, task) = AppendQueue::start(db.store.clone());
    db.store.close().await;
    let error = queue.append(message(id, &alice, 1, "lost")).await.unwrap_err();
    assert!(error.is_temporary(), "{error:?}");
    assert!(db.store.ping().await.unwrap_err().is_temporary());
    drop(queue);
    task.await.unwrap();

    let again = db.reopen().await.unwrap();
    assert_eq!(whole_log(&again, id, &alice).await.len(), 1);
    again.close().await;
}
