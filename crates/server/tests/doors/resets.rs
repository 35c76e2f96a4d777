//! Resets of a conversation through the doors, with real MLS groups: who may, what the log has then, and how often.

use sealpost_mls::{Group, GroupId, Reset, Roles};
use sealpost_protocol::{ConversationId, ProblemKind, conversation::*};

use crate::{
    conversations::{alice_and_bob, fresh},
    person::{Person, SUITE, now},
    server::TestServer,
};

/// A new group in place of this one, by someone who may or may not.
fn reset(by: &Person, group: &Group, generation: u64, roles: &Roles) -> LogAppend {
    let conversation = group.id().conversation;
    let id = GroupId { conversation, generation };
    let members = group.members().unwrap().into_iter().map(|member| member.account).collect();
    let made = by.work(|context| Reset::make(context, id, SUITE, roles, members, (0, now()))).unwrap();
    let upload = ResetUpload {
        statement: made.statement.to_bytes().into(),
        group_info: made.group_info.into(),
        ratchet_tree: made.ratchet_tree.into(),
    };
    LogAppend { conversation, generation, epoch: 0, client_id: fresh(), append: Append::Reset(upload) }
}

async fn is_lost(server: &TestServer, person: &Person, conversation: ConversationId) -> bool {
    let list = server.call(Some(&person.token), ConversationsList {}).await.unwrap().conversations;
    list.iter().find(|summary| summary.conversation == conversation).unwrap().lost.is_some()
}

/// A group of alice, who is its admin, and bob.
async fn group(server: &TestServer) -> ([Person; 2], [Group; 2]) {
    let (alice, bob) = alice_and_bob(server).await;
    let (mut alices, create) = alice.prepare(server, Roles::group([alice.account]), &[&bob]).await;
    server.call(Some(&alice.token), create).await.unwrap();
    alice.work(|context| alices.merge_pending_commit(context)).unwrap();
    let bobs = bob.join_by_welcome(server).await.group;
    ([alice, bob], [alices, bobs])
}

#[tokio::test]
async fn an_admin_resets_a_group_once_an_hour_and_nobody_else_does() {
    let server = TestServer::start().await;
    let ([alice, bob], [alices, mut bobs]) = group(&server).await;
    let conversation = alices.id().conversation;
    let roles = Roles::group([alice.account]);
    let by_bob = reset(&bob, &bobs, 2, &Roles::group([bob.account]));
    let refused = server.call(Some(&bob.token), by_bob).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::CommitRefused);
    let made = reset(&alice, &alices, 2, &roles);
    let lying = LogAppend { generation: 3, ..made.clone() };
    let refused = server.call(Some(&alice.token), lying).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::InvalidRequest);
    let late = bob.message(&mut bobs, "of the old group");

    let appended = server.call(Some(&alice.token), made.clone()).await.unwrap();
    assert_eq!(appended.seq, 1 + RESET_GAP, "no number that anyone may know is given again");
    let again = server.call(Some(&alice.token), made).await.unwrap();
    assert_eq!((again.seq, again.duplicate), (appended.seq, true));
    // Bob is put out, stays a member, and is told where the log is now.
    let stale = server.call(Some(&bob.token), late).await.unwrap_err();
    assert_eq!(stale.kind(), ProblemKind::StaleEpoch);
    let window = server.call(Some(&bob.token), LogRead { conversation, after: 1 }).await.unwrap();
    let [entry] = window.entries.as_slice() else { panic!("one entry: {window:?}") };
    assert_eq!((entry.seq, entry.generation, entry.epoch), (appended.seq, 2, 0));
    assert!(matches!(entry.body, EntryBody::Reset { .. }));
    let list = server.call(Some(&bob.token), ConversationsList {}).await.unwrap().conversations;
    assert!(!list[0].joined && list[0].position.generation == 2);

    let soon = reset(&alice, &alices, 3, &roles);
    let refused = server.call(Some(&alice.token), soon).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::RateLimited);
    assert!(refused.retry_after.is_some_and(|seconds| seconds > 3_500 && seconds <= 3_601));
}

#[tokio::test]
async fn who_knows_of_an_entry_that_is_not_here_has_the_members_told() {
    let server = TestServer::start().await;
    let ([alice, bob], [alices, bobs]) = group(&server).await;
    let conversation = alices.id().conversation;
    let window = server.call(Some(&bob.token), LogRead { conversation, after: 0 }).await;
    let first = window.unwrap().entries.first().map(|entry| entry.hash.clone());
    let lost = |seq, hash: sealpost_protocol::Bytes| LogLost { conversation, seq, hash, after: 0 };
    if let Some(hash) = first {
        server.call(Some(&bob.token), lost(1, hash)).await.unwrap();
    }
    assert!(!is_lost(&server, &alice, conversation).await, "it is here");
    let refused = server.call(Some(&bob.token), lost(1, vec![7; 31].into())).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::InvalidRequest);
    let noted = server.call(Some(&bob.token), lost(2, vec![7; 32].into())).await.unwrap();
    assert!(is_lost(&server, &alice, conversation).await && !noted.may_reset);
    // Saying so makes nobody an admin.
    let by_bob = reset(&bob, &bobs, 2, &Roles::group([bob.account]));
    let refused = server.call(Some(&bob.token), by_bob).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::CommitRefused);
    let made = reset(&alice, &alices, 2, &Roles::group([alice.account]));
    server.call(Some(&alice.token), made).await.unwrap();
    assert!(!is_lost(&server, &alice, conversation).await, "it was reset");
    let soon = server.call(Some(&alice.token), lost(2, vec![7; 32].into())).await.unwrap_err();
    assert_eq!(soon.kind(), ProblemKind::RateLimited);
    assert!(!is_lost(&server, &alice, conversation).await, "and is not to be again so soon");
}

#[tokio::test]
async fn nobody_is_left_out_of_a_direct_chat() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let (alices, conversation) = alice.start_direct(&server, &bob).await;
    let roles = Roles::direct(alice.account, bob.account);
    let id = GroupId { conversation, generation: 2 };
    for (members, kind) in
        [(vec![alice.account], Some(ProblemKind::CommitRefused)), (vec![alice.account, bob.account], None)]
    {
        let made = alice.work(|context| Reset::make(context, id, alices.suite(), &roles, members, (0, now()))).unwrap();
        let upload = ResetUpload {
            statement: made.statement.to_bytes().into(),
            group_info: made.group_info.into(),
            ratchet_tree: made.ratchet_tree.into(),
        };
        let append =
            LogAppend { conversation, generation: 2, epoch: 0, client_id: fresh(), append: Append::Reset(upload) };
        assert_eq!(server.call(Some(&alice.token), append).await.map_err(|problem| problem.kind()).err(), kind);
    }
}
