//! Links into groups: made by admins, followed by strangers, who wait until an admin's device adds them.

use sealpost_mls::Roles;
use sealpost_protocol::{
    Bytes, LinkId, ProblemKind, RequestId,
    conversation::{Append, LogAppend},
    link::*,
    socket::Event,
};

use crate::{
    conversations::{alice_and_bob, fresh, upload},
    person::Person,
    server::TestServer,
    socket::Socket,
};

fn link(conversation: sealpost_protocol::ConversationId) -> LinkWrite {
    LinkWrite { conversation, link: LinkId([7; 16]), preview: Some(vec![1; 50].into()), expires: None }
}

fn ask(person: &Person) -> JoinRequestWrite {
    JoinRequestWrite { link: LinkId([7; 16]), key_package: person.key_package(false), mac: vec![3; 32].into() }
}

fn requests(event: Event) -> Option<()> {
    matches!(event, Event::JoinRequests { .. }).then_some(())
}

#[tokio::test]
async fn only_admins_make_links_and_anyone_follows_them() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let eve = Person::register(&server, "eve").await;
    let (_, create) = alice.prepare(&server, Roles::group([alice.account]), &[&bob]).await;
    let conversation = server.call(Some(&alice.token), create).await.unwrap().conversation;
    for (person, kind) in [(&bob, ProblemKind::NotAllowed), (&eve, ProblemKind::NotFound)] {
        let refused = server.call(Some(&person.token), link(conversation)).await.unwrap_err();
        assert_eq!(refused.kind(), kind);
    }
    let too_large = LinkWrite { preview: Some(vec![1; PREVIEW_MAX + 1].into()), ..link(conversation) };
    assert_eq!(server.call(Some(&alice.token), too_large).await.unwrap_err().kind(), ProblemKind::TooLarge);
    let past = LinkWrite { expires: Some(1), ..link(conversation) };
    assert_eq!(server.call(Some(&alice.token), past).await.unwrap_err().kind(), ProblemKind::InvalidRequest);

    server.call(Some(&alice.token), link(conversation)).await.unwrap();
    for (person, member) in [(&bob, true), (&eve, false)] {
        let target = server.call(Some(&person.token), LinkRead { link: LinkId([7; 16]) }).await.unwrap();
        assert_eq!((target.conversation, target.member), (conversation, member));
        assert_eq!(target.preview, Bytes(vec![1; 50]));
    }
    server.call(Some(&alice.token), LinkWrite { preview: None, ..link(conversation) }).await.unwrap();
    for id in [7, 8] {
        let refused = server.call(Some(&eve.token), LinkRead { link: LinkId([id; 16]) }).await.unwrap_err();
        assert_eq!(refused.kind(), ProblemKind::NotFound, "a revoked link is as one that never was");
    }
}

#[tokio::test]
async fn who_asks_waits_until_an_admin_adds_them() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let [eve, dave] = [Person::register(&server, "eve").await, Person::register(&server, "dave").await];
    let (mut group, create) = alice.prepare(&server, Roles::group([alice.account]), &[&bob]).await;
    let conversation = server.call(Some(&alice.token), create).await.unwrap().conversation;
    alice.work(|context| group.merge_pending_commit(context)).unwrap();
    server.call(Some(&alice.token), link(conversation)).await.unwrap();
    let mut alices = Socket::connect(&server, &alice.token).await;
    alices.backlog().await;

    let foreign = JoinRequestWrite { key_package: dave.key_package(false), ..ask(&eve) };
    assert_eq!(server.call(Some(&eve.token), foreign).await.unwrap_err().kind(), ProblemKind::InvalidIdentity);
    let short = JoinRequestWrite { mac: vec![3; 31].into(), ..ask(&eve) };
    assert_eq!(server.call(Some(&eve.token), short).await.unwrap_err().kind(), ProblemKind::InvalidRequest);
    assert_eq!(server.call(Some(&bob.token), ask(&bob)).await.unwrap_err().kind(), ProblemKind::NotAllowed);

    server.call(Some(&eve.token), ask(&eve)).await.unwrap();
    let asked = server.call(Some(&eve.token), ask(&eve)).await.unwrap();
    let daves = server.call(Some(&dave.token), ask(&dave)).await.unwrap();
    alices.event_that(requests).await;
    let waiting = || JoinRequestsRead { conversation };
    assert_eq!(server.call(Some(&bob.token), waiting()).await.unwrap_err().kind(), ProblemKind::NotAllowed);
    let mut seen = alices.call(waiting()).await.unwrap().requests;
    seen.sort_by_key(|request| request.account != eve.account);
    assert_eq!(seen, [asked.clone(), daves.clone()]);
    assert_eq!(server.call(Some(&eve.token), JoinRequestsOwn {}).await.unwrap().requests, std::slice::from_ref(&asked));

    // Strangers cannot settle what others ask; who asked can take it back.
    let settle = |request: RequestId| JoinRequestSettle { request };
    for person in [&eve, &bob] {
        let refused = server.call(Some(&person.token), settle(daves.request)).await.unwrap_err();
        assert_eq!(refused.kind(), ProblemKind::NotFound);
    }
    server.call(Some(&dave.token), settle(daves.request)).await.unwrap();

    let bundle = alice
        .work(|context| group.add(context, std::slice::from_ref(&asked.key_package), &[], Some(&[7; 32])))
        .unwrap();
    let append = LogAppend {
        conversation,
        generation: 1,
        epoch: group.epoch(),
        client_id: fresh(),
        append: Append::Commit(upload(bundle)),
    };
    while !alices.events.is_empty() {
        alices.events.pop();
    }
    alices.call(append).await.unwrap();
    alices.event_that(requests).await;
    assert_eq!(alices.call(waiting()).await.unwrap().requests, []);
    assert_eq!(server.call(Some(&eve.token), JoinRequestsOwn {}).await.unwrap().requests, []);
    let inbox = server.call(Some(&eve.token), sealpost_protocol::conversation::InboxRead {}).await.unwrap();
    assert_eq!(inbox.welcomes.len(), 1);
}
