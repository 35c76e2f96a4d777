//! Links into groups, and who asks to join by them.

use std::sync::Arc;

use sealpost_protocol::{
    Bytes, ConversationId, LinkId, RequestId,
    link::{JoinRequest, LinkWrite},
};
use sealpost_server::store::{JoinRequestPut, Link, LinkWritten};

use crate::{database::Database, fixtures::*};

const DONE: LinkWritten = LinkWritten::Done { refused: Vec::new() };

fn link(conversation: ConversationId, number: u8) -> LinkWrite {
    let preview = Some(Bytes(vec![number; 10]));
    LinkWrite { conversation, link: LinkId([number; 16]), preview, expires: None }
}

fn request(conversation: ConversationId, number: u8, person: &Person) -> JoinRequest {
    JoinRequest {
        request: RequestId(rand::random()),
        conversation,
        link: LinkId([number; 16]),
        account: person.account,
        device: person.device,
        key_package: Bytes(vec![1; 20]),
        mac: Bytes(vec![2; 32]),
        time: NOW,
    }
}

pub async fn links_lead_somewhere_until_they_end(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let [one, other] = [group(&db.store, &alice, &[]).await, group(&db.store, &alice, &[]).await];
    let found = async |number| db.store.link(LinkId([number; 16]), NOW).await.unwrap();
    assert_eq!(found(1).await, None);
    assert_eq!(db.store.write_link(&link(one, 1), NOW).await.unwrap(), DONE);
    assert_eq!(found(1).await, Some(Link { conversation: one, preview: vec![1; 10].into() }));
    assert_eq!(db.store.write_link(&link(other, 1), NOW).await.unwrap(), LinkWritten::IdTaken);
    let changed = LinkWrite { preview: Some(vec![9; 5].into()), expires: Some(NOW + HOUR), ..link(one, 1) };
    assert_eq!(db.store.write_link(&changed, NOW).await.unwrap(), DONE);
    assert_eq!(found(1).await.unwrap().preview, vec![9; 5].into());
    assert_eq!(db.store.link(changed.link, NOW + HOUR).await.unwrap(), None, "it expires");

    for number in 2..=20 {
        assert_eq!(db.store.write_link(&link(one, number), NOW).await.unwrap(), DONE);
    }
    assert_eq!(db.store.write_link(&link(one, 21), NOW).await.unwrap(), LinkWritten::Full);
    assert_eq!(db.store.write_link(&link(one, 20), NOW).await.unwrap(), DONE, "one that is there can be changed");
    assert_eq!(db.store.write_link(&link(one, 21), NOW + HOUR).await.unwrap(), DONE, "one has expired");
    let revoke = LinkWrite { preview: None, ..link(one, 2) };
    for _ in 0..2 {
        assert_eq!(db.store.write_link(&revoke, NOW).await.unwrap(), DONE);
        assert_eq!(found(2).await, None);
    }
    let foreign = LinkWrite { preview: None, ..link(other, 3) };
    assert_eq!(db.store.write_link(&foreign, NOW).await.unwrap(), DONE);
    assert!(found(3).await.is_some(), "a link is revoked in its own group only");
    assert!(db.store.has_links(one).await.unwrap() && !db.store.has_links(other).await.unwrap());
}

pub async fn requests_to_join_wait_until_they_end(db: Arc<Database>) {
    let [alice, bob, carol] =
        [register(&db.store, "alice").await, register(&db.store, "bob").await, register(&db.store, "carol").await];
    let id = group(&db.store, &alice, &[]).await;
    let expiring = LinkWrite { expires: Some(NOW + HOUR), ..link(id, 2) };
    for write in [link(id, 1), expiring] {
        assert_eq!(db.store.write_link(&write, NOW).await.unwrap(), DONE);
    }
    let put = async |request: &JoinRequest| db.store.put_join_request(request).await.unwrap();
    let waiting = async |now| db.store.join_requests(id, now).await.unwrap();
    let (first, second) = (request(id, 1, &bob), JoinRequest { time: NOW + 1, ..request(id, 1, &bob) });
    let carols = request(id, 2, &carol);
    for one in [&first, &second, &carols] {
        assert_eq!(put(one).await, JoinRequestPut::Done);
    }
    assert_eq!(put(&request(id, 3, &bob)).await, JoinRequestPut::LinkGone);
    assert_eq!(waiting(NOW).await, [carols.clone(), second.clone()], "the newer request replaced the older one");
    assert_eq!(waiting(NOW + HOUR).await, std::slice::from_ref(&second), "the link expired");
    let own = db.store.own_join_requests(bob.account, NOW).await.unwrap();
    assert_eq!(own, std::slice::from_ref(&second));
    assert_eq!(db.store.join_request(first.request, NOW).await.unwrap(), None);
    assert_eq!(db.store.join_request(second.request, NOW).await.unwrap(), Some(second.clone()));

    // What adds Bob ends his request and nobody else's.
    append(&db.store, commit(id, &alice, 1, effects(&[&bob], &[]))).await;
    assert_eq!(waiting(NOW).await, std::slice::from_ref(&carols));
    let revoke = LinkWrite { preview: None, ..link(id, 2) };
    assert_eq!(db.store.write_link(&revoke, NOW).await.unwrap(), LinkWritten::Done { refused: vec![carol.account] });
    assert_eq!(waiting(NOW).await, []);

    let dave = register(&db.store, "dave").await;
    let daves = request(id, 1, &dave);
    assert_eq!(put(&daves).await, JoinRequestPut::Done);
    assert!(db.store.settle_join_request(daves.request).await.unwrap());
    assert!(!db.store.settle_join_request(daves.request).await.unwrap());
}

pub async fn only_so_many_wait_to_join(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let id = group(&db.store, &alice, &[]).await;
    assert_eq!(db.store.write_link(&link(id, 1), NOW).await.unwrap(), DONE);
    let of = |number: u8| JoinRequest { account: sealpost_protocol::AccountId([number; 16]), ..request(id, 1, &alice) };
    for number in 0..100 {
        assert_eq!(db.store.put_join_request(&of(number)).await.unwrap(), JoinRequestPut::Done);
    }
    assert_eq!(db.store.put_join_request(&of(100)).await.unwrap(), JoinRequestPut::Full);
    assert_eq!(db.store.put_join_request(&of(99)).await.unwrap(), JoinRequestPut::Done, "it replaces its own");
    let soon = LinkWrite { expires: Some(NOW + 1), ..link(id, 1) };
    assert_eq!(db.store.write_link(&soon, NOW).await.unwrap(), DONE);
    db.store.prune(NOW + 1).await.unwrap();
    assert_eq!(db.store.join_requests(id, NOW).await.unwrap(), [], "requests go with the link that expired");
}
