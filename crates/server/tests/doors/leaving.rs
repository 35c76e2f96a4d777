//! Leaving a group through the doors, with real MLS groups.

use sealpost_mls::{
    Group, Processed, Roles,
    identity::{LeaveStatement, RemovalProof},
};
use sealpost_protocol::{Bytes, ConversationId, Problem, ProblemKind, conversation::*, socket::Event};

use crate::{
    conversations::{alice_and_bob, entry, upload},
    person::Person,
    server::TestServer,
    socket::Socket,
};

struct Member {
    person: Person,
    group: Group,
}

impl Member {
    fn statement(&self) -> LeaveStatement {
        self.person.work(|context| self.group.leave_statement(context)).unwrap()
    }

    fn leave(&self) -> ConversationLeave {
        let conversation = self.group.id().conversation;
        ConversationLeave { conversation, statement: self.statement().to_bytes().into() }
    }

    async fn send(&mut self, server: &TestServer) -> Result<Appended, Problem> {
        let append = self.person.message(&mut self.group, "text");
        server.call(Some(&self.person.token), append).await
    }

    /// A commit that removes all leaves of these people, with their statements.
    fn removal(&mut self, left: &[(&Person, LeaveStatement)]) -> LogAppend {
        let members = self.group.members().unwrap();
        let gone = members.iter().filter(|member| left.iter().any(|(person, _)| person.account == member.account));
        let leaves: Vec<u32> = gone.map(|member| member.leaf_index).collect();
        let proofs: Vec<_> = left.iter().map(|(_, statement)| RemovalProof::Leave(statement.clone())).collect();
        let bundle = self.person.work(|context| self.group.remove(context, &leaves, &proofs)).unwrap();
        entry(&self.group, Append::Commit(upload(bundle)))
    }

    fn merge_own(&mut self) {
        self.person.work(|context| self.group.merge_pending_commit(context)).unwrap();
    }

    fn merge(&mut self, entry: &Entry) {
        let processed = self.person.work(|context| self.group.process(context, entry.body.message())).unwrap();
        let Processed::Commit(commit) = processed else { panic!("expected a commit") };
        self.person.work(|context| self.group.merge(context, *commit)).unwrap();
    }
}

/// A group of alice, who is its admin, bob and carol.
async fn three(server: &TestServer) -> [Member; 3] {
    let (alice, bob) = alice_and_bob(server).await;
    let carol = Person::register(server, "carol").await;
    carol.upload_key_packages(server, 5).await;
    let (mut group, create) = alice.prepare(server, Roles::group([alice.account]), &[&bob, &carol]).await;
    server.call(Some(&alice.token), create).await.unwrap();
    alice.work(|context| group.merge_pending_commit(context)).unwrap();
    let bobs = bob.join_by_welcome(server).await.group;
    let carols = carol.join_by_welcome(server).await.group;
    [(alice, group), (bob, bobs), (carol, carols)].map(|(person, group)| Member { person, group })
}

fn leaving(event: Event) -> Option<(ConversationId, Bytes)> {
    match event {
        Event::Leaving { conversation, statement } => Some((conversation, statement)),
        _ => None,
    }
}

#[tokio::test]
async fn who_leaves_is_removed_before_the_next_message() {
    let server = TestServer::start().await;
    let [mut alice, mut bob, mut carol] = three(&server).await;
    let conversation = alice.group.id().conversation;
    let mut carols = Socket::connect(&server, &carol.person.token).await;
    carols.backlog().await;
    let leave = bob.leave();
    let told = (conversation, leave.statement.clone());
    for _ in 0..2 {
        server.call(Some(&bob.person.token), leave.clone()).await.unwrap();
    }
    assert_eq!(carols.event_that(leaving).await, told);
    // Who was away hears of it as well.
    for member in [&alice, &bob] {
        let mut socket = Socket::connect(&server, &member.person.token).await;
        assert!(socket.backlog().await.into_iter().filter_map(leaving).any(|one| one == told));
    }

    let refused = bob.send(&server).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::NotFound);
    let read = GroupInfoRead { conversation };
    assert_eq!(server.call(Some(&bob.person.token), read).await.unwrap_err().kind(), ProblemKind::NotFound);
    let listed = server.call(Some(&bob.person.token), ConversationsList {}).await.unwrap();
    assert!(listed.conversations.is_empty());

    let refused = carol.send(&server).await.unwrap_err();
    assert_eq!((refused.kind(), &refused.removals), (ProblemKind::RemovalsPending, &vec![leave.statement.clone()]));
    let update = alice.person.work(|context| alice.group.update(context)).unwrap();
    let update = entry(&alice.group, Append::Commit(upload(update)));
    let refused = server.call(Some(&alice.person.token), update).await.unwrap_err();
    assert_eq!((refused.kind(), &refused.removals), (ProblemKind::RemovalsPending, &vec![leave.statement.clone()]));
    alice.person.work(|context| alice.group.clear_pending_commit(context)).unwrap();

    // Carol is no admin, and may do it all the same.
    let statement = LeaveStatement::from_bytes(&refused.removals[0]).unwrap();
    let removal = carol.removal(&[(&bob.person, statement)]);
    let removed = server.call(Some(&carol.person.token), removal).await.unwrap();
    carol.merge_own();
    carol.send(&server).await.unwrap();
    let window = server.call(Some(&alice.person.token), LogRead { conversation, after: 0 }).await.unwrap();
    alice.merge(&window.entries[1]);
    alice.send(&server).await.unwrap();
    let bobs = server.call(Some(&bob.person.token), LogRead { conversation, after: 1 }).await.unwrap();
    assert_eq!(bobs.last_seq, removed.seq, "the removal is the last that is bob's to read");
    let refused = server.call(Some(&bob.person.token), leave).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::NotFound);
}

#[tokio::test]
async fn only_members_leave_with_statements_of_their_own_and_never_the_only_admin() {
    let server = TestServer::start().await;
    let [alice, bob, carol] = three(&server).await;
    let of_another = ConversationLeave { conversation: ConversationId([9; 16]), ..bob.leave() };
    let nonsense = ConversationLeave { statement: vec![1, 2, 3].into(), ..bob.leave() };
    let mut forged = bob.leave();
    *forged.statement.0.last_mut().unwrap() ^= 1;
    for (person, leave, kind) in [
        (&bob.person, carol.leave(), ProblemKind::InvalidRequest),
        (&bob.person, of_another, ProblemKind::InvalidRequest),
        (&bob.person, nonsense, ProblemKind::InvalidRequest),
        (&bob.person, forged, ProblemKind::InvalidIdentity),
        (&alice.person, alice.leave(), ProblemKind::NotAllowed),
    ] {
        let refused = server.call(Some(&person.token), leave).await.unwrap_err();
        assert_eq!(refused.kind(), kind, "{refused}");
    }
    let refused = server.call(Some(&alice.person.token), alice.leave()).await.unwrap_err();
    assert!(refused.detail.contains("admin"), "{refused}");
    // When the others have left, there is nobody to need an admin.
    for member in [&bob, &carol, &alice] {
        server.call(Some(&member.person.token), member.leave()).await.unwrap();
    }
    let listed = server.call(Some(&alice.person.token), ConversationsList {}).await.unwrap();
    assert!(listed.conversations.is_empty());
}

#[tokio::test]
async fn nobody_leaves_a_direct_conversation() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let (group, _) = alice.start_direct(&server, &bob).await;
    let member = Member { person: alice, group };
    let refused = server.call(Some(&member.person.token), member.leave()).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::NotAllowed);
    assert!(refused.detail.contains("direct"), "{refused}");
}
