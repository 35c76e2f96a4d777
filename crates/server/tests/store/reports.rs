//! Reports to the moderators.

use std::sync::Arc;

use sealpost_protocol::safety::{ReportWrite, ReportedMessage};
use sealpost_server::store::Report;

use crate::{database::Database, fixtures::*};

pub async fn reports_are_kept_once_and_read_in_order(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let report = || ReportWrite {
        report: client_id(),
        account: bob.account,
        conversation: None,
        comment: "rude \u{1F620}".to_owned(),
        messages: vec![ReportedMessage { account: bob.account, time: NOW, text: "oi".to_owned() }],
    };
    let first = report();
    for _ in 0..2 {
        assert!(db.store.add_report(alice.account, &first, NOW).await.unwrap());
    }
    let id = group(&db.store, &alice, &[]).await;
    let second = ReportWrite { conversation: Some(id), messages: Vec::new(), ..report() };
    assert!(db.store.add_report(alice.account, &second, NOW + 1).await.unwrap());
    let read = db.store.reports(0, 10).await.unwrap();
    let expected = Report {
        number: read[0].number,
        reporter: alice.account,
        account: bob.account,
        conversation: None,
        comment: first.comment.clone(),
        messages: first.messages.clone(),
        time: NOW,
    };
    assert_eq!((read.len(), &read[0]), (2, &expected));
    assert_eq!(read[1].conversation, Some(id));
    assert_eq!(db.store.reports(0, 1).await.unwrap().len(), 1);
    assert_eq!(db.store.reports(read[0].number, 10).await.unwrap(), read[1..]);
    // Numbers are not used again, so who reads on misses nothing.
    assert!(db.store.delete_report(read[1].number).await.unwrap());
    assert!(!db.store.delete_report(read[1].number).await.unwrap());
    assert!(db.store.add_report(alice.account, &report(), NOW).await.unwrap());
    assert!(db.store.reports(read[1].number, 10).await.unwrap().len() == 1);
    for _ in 2..100 {
        assert!(db.store.add_report(alice.account, &report(), NOW).await.unwrap());
    }
    assert!(!db.store.add_report(alice.account, &report(), NOW).await.unwrap(), "too many wait");
    assert!(db.store.add_report(bob.account, &report(), NOW).await.unwrap());
}
