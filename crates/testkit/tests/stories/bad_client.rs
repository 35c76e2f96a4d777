//! A client that does not keep the rules: the server says what is wrong, and the log stays as it was.

use rand::{Rng as _, rngs::OsRng};
use sealpost_client::command::Command;
use sealpost_mls::{
    Group, GroupId, Roles, Suite, external, generate_key_package,
    identity::{Delisting, DeviceList, ListKey, ListKeyCertificate, RemovalProof},
};
use sealpost_protocol::{
    ClientId, DeviceId, Problem, ProblemKind,
    conversation::{Append, CommitUpload, GroupInfoRead, LogRead},
    device::KeyPackagesClaim,
};
use sealpost_testkit::{
    Backend, TestClient, TestServer, carol,
    hand::{Door, HandDevice, now, upload},
    server::eventually,
};

async fn newest_seq(device: &HandDevice, group: &sealpost_mls::Group) -> u64 {
    let conversation = group.id().conversation;
    device.call(LogRead { conversation, after: 0 }).await.unwrap().last_seq
}

fn refused(answer: Result<impl std::fmt::Debug, Problem>, kind: ProblemKind) -> Problem {
    let problem = answer.unwrap_err();
    assert_eq!(problem.kind(), kind, "{problem:?}");
    assert!(!problem.title.is_empty());
    problem
}

#[tokio::test]
async fn a_commit_at_an_old_epoch_is_refused_with_the_present_one() {
    let server = TestServer::start(Backend::Sqlite).await;
    let door = Door::http(&server.url());
    let (alice, bob) = (HandDevice::register(&door, "alice", 2).await, HandDevice::register(&door, "bob", 2).await);
    let (mut group, _) = alice.make_group(&[&bob]).await;
    let first = alice.run(|context| group.update(context)).unwrap();
    let old = alice.entry(&group, Append::Commit(upload(&first)));
    alice.call(old.clone()).await.unwrap();
    let mut late = old;
    late.client_id = sealpost_protocol::ClientId([7; 16]);
    let problem = refused(alice.call(late).await, ProblemKind::StaleEpoch);
    assert_eq!(problem.current.unwrap().epoch, 2);
    assert_eq!(newest_seq(&alice, &group).await, 2);
}

#[tokio::test]
async fn a_message_at_a_future_epoch_is_refused() {
    let server = TestServer::start(Backend::Sqlite).await;
    let alice = HandDevice::register(&Door::http(&server.url()), "alice", 0).await;
    let (mut group, _) = alice.make_group(&[]).await;
    let message = alice.run(|context| {
        group.update(context).unwrap();
        group.merge_pending_commit(context).unwrap();
        group.encrypt(context, b"too early").unwrap()
    });
    let entry = alice.entry(
        &group,
        Append::Application { message: message.into(), expires_in: None, delete_token_hash: None, blobs: Vec::new() },
    );
    refused(alice.call(entry).await, ProblemKind::StaleEpoch);
    assert_eq!(newest_seq(&alice, &group).await, 1);
}

#[tokio::test]
async fn a_commit_by_someone_who_is_no_member_looks_like_one_to_a_missing_conversation() {
    let server = TestServer::start(Backend::Sqlite).await;
    let door = Door::http(&server.url());
    let (alice, mallory) =
        (HandDevice::register(&door, "alice", 0).await, HandDevice::register(&door, "mallory", 0).await);
    let (mut group, _) = alice.make_group(&[]).await;
    let commit = alice.run(|context| group.update(context)).unwrap();
    let entry = alice.entry(&group, Append::Commit(upload(&commit)));
    let foreign = refused(mallory.call(entry.clone()).await, ProblemKind::NotFound);
    let mut missing = entry;
    missing.conversation = sealpost_protocol::ConversationId([9; 16]);
    assert_eq!(refused(mallory.call(missing).await, ProblemKind::NotFound), foreign);
    assert_eq!(newest_seq(&alice, &group).await, 1);
}

#[tokio::test]
async fn a_commit_with_another_device_as_its_sender_is_refused() {
    let server = TestServer::start(Backend::Sqlite).await;
    let door = Door::http(&server.url());
    let (alice, bob) = (HandDevice::register(&door, "alice", 2).await, HandDevice::register(&door, "bob", 2).await);
    let (mut group, _) = alice.make_group(&[&bob]).await;
    let by_alice = alice.run(|context| group.update(context)).unwrap();
    let entry = alice.entry(&group, Append::Commit(upload(&by_alice)));
    let problem = refused(bob.call(entry).await, ProblemKind::CommitRefused);
    assert!(!problem.detail.is_empty(), "it says which rule");
    assert_eq!(newest_seq(&alice, &group).await, 1);
}

#[tokio::test]
async fn a_leaf_that_is_not_its_accounts_device_is_refused() {
    let server = TestServer::start(Backend::Sqlite).await;
    let door = Door::http(&server.url());
    let alice = HandDevice::register(&door, "alice", 0).await;
    let stranger_server = TestServer::start(Backend::Sqlite).await;
    let stranger = HandDevice::register(&Door::http(&stranger_server.url()), "stranger", 0).await;
    let (mut group, _) = alice.make_group(&[]).await;
    let package = stranger.run(|context| generate_key_package(context, Suite::Classic, now(), false)).unwrap();
    let commit = alice.run(|context| group.add(context, &[package], &[], None)).unwrap();
    let entry = alice.entry(&group, Append::Commit(upload(&commit)));
    let problem = alice.call(entry).await.unwrap_err();
    assert!(matches!(problem.kind(), ProblemKind::CommitRefused | ProblemKind::InvalidIdentity), "{problem:?}");
    assert_eq!(newest_seq(&alice, &group).await, 1);
}

#[tokio::test]
async fn an_add_without_its_welcome_is_refused() {
    let server = TestServer::start(Backend::Sqlite).await;
    let door = Door::http(&server.url());
    let (alice, bob) = (HandDevice::register(&door, "alice", 0).await, HandDevice::register(&door, "bob", 0).await);
    let (mut group, _) = alice.make_group(&[]).await;
    let package = bob.run(|context| generate_key_package(context, Suite::Classic, now(), false)).unwrap();
    let commit = alice.run(|context| group.add(context, &[package], &[], None)).unwrap();
    let bare = CommitUpload { welcome: None, ..upload(&commit) };
    refused(alice.call(alice.entry(&group, Append::Commit(bare))).await, ProblemKind::CommitRefused);
    assert_eq!(newest_seq(&alice, &group).await, 1);
}

#[tokio::test]
async fn someone_who_is_no_admin_adds_nobody() {
    let server = TestServer::start(Backend::Sqlite).await;
    let door = Door::http(&server.url());
    let alice = HandDevice::register(&door, "alice", 0).await;
    let (bob, carol) = (HandDevice::register(&door, "bob", 2).await, HandDevice::register(&door, "carol", 0).await);
    let (group, _) = alice.make_group(&[&bob]).await;
    let mut bobs = join(&bob, &group).await;
    let package = carol.run(|context| generate_key_package(context, Suite::Classic, now(), false)).unwrap();
    let commit = bob.run(|context| bobs.add(context, &[package], &[], None)).unwrap();
    let problem =
        refused(bob.call(bob.entry(&bobs, Append::Commit(upload(&commit)))).await, ProblemKind::CommitRefused);
    assert!(!problem.detail.is_empty());
    assert_eq!(newest_seq(&alice, &group).await, 1);
}

/// Bob's own view of the group, by his Welcome.
async fn join(bob: &HandDevice, group: &sealpost_mls::Group) -> sealpost_mls::Group {
    use sealpost_protocol::conversation::{InboxRead, TreeRead};
    let inbox = bob.call(InboxRead {}).await.unwrap();
    let welcome = inbox.welcomes.first().unwrap();
    let conversation = group.id().conversation;
    let tree = bob.call(TreeRead { conversation, tree: welcome.tree.clone() }).await.unwrap();
    bob.run(|context| sealpost_mls::join::from_welcome(context, &welcome.welcome, &tree.ratchet_tree)).unwrap().group
}

#[tokio::test]
async fn nobody_joins_a_group_of_others_by_external_commit() {
    let server = TestServer::start(Backend::Sqlite).await;
    let door = Door::http(&server.url());
    let (alice, mallory) =
        (HandDevice::register(&door, "alice", 0).await, HandDevice::register(&door, "mallory", 0).await);
    let (group, _) = alice.make_group(&[]).await;
    let conversation = group.id().conversation;
    refused(mallory.call(GroupInfoRead { conversation }).await, ProblemKind::NotFound);
    // Even with what an external commit needs, from elsewhere, and however she makes it.
    let info = alice.call(GroupInfoRead { conversation }).await.unwrap();
    let own = mallory.run(|context| external::commit(context, &info.group_info, &info.ratchet_tree));
    assert!(own.is_err(), "her own client refuses too");
    let elsewhere = mallory.run(|context| {
        let id = GroupId { conversation, generation: 1 };
        let mut group =
            sealpost_mls::Group::create(context, id, Suite::Classic, &Roles::group([mallory.account]), now()).unwrap();
        group.update(context).unwrap()
    });
    let entry = alice.entry(&group, Append::Commit(upload(&elsewhere)));
    refused(mallory.call(entry).await, ProblemKind::NotFound);
    assert_eq!(newest_seq(&alice, &group).await, 1);
}

#[tokio::test]
async fn garbage_in_place_of_a_commit_is_refused() {
    let server = TestServer::start(Backend::Sqlite).await;
    let alice = HandDevice::register(&Door::http(&server.url()), "alice", 0).await;
    let (group, _) = alice.make_group(&[]).await;
    for garbage in [vec![], vec![0; 3], vec![0xff; 5000]] {
        let commit = CommitUpload { commit: garbage.clone().into(), welcome: None, group_info: garbage.into() };
        let problem = alice.call(alice.entry(&group, Append::Commit(commit))).await.unwrap_err();
        assert!((400..500).contains(&problem.status), "{problem:?}");
    }
    assert_eq!(newest_seq(&alice, &group).await, 1);
}

/// What is in the database of a device that was stolen: which it is, and the key by which its account signs lists.
fn stolen(device: &TestClient) -> (DeviceId, ListKey, ListKeyCertificate) {
    let database = rusqlite::Connection::open(device.database()).unwrap();
    let sql = "SELECT device, list_key, list_key_certificate FROM session";
    let (id, key, certificate): ([u8; 16], [u8; 32], Vec<u8>) =
        database.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    (DeviceId(id), ListKey::from_secret(&key), ListKeyCertificate::from_bytes(&certificate).unwrap())
}

/// A group of someone with all devices of a person.
async fn group_with(founder: &HandDevice, person: &TestClient, devices: usize) -> Group {
    let claim = |account| KeyPackagesClaim {
        claim: ClientId(OsRng.r#gen()),
        accounts: vec![account],
        suite: Suite::XWing.number(),
        conversation: None,
    };
    let account = person.account().await;
    let has_all = async || {
        let claimed = founder.call(claim(account)).await.unwrap();
        claimed.key_packages.len() == devices
    };
    eventually("key packages of each device", has_all).await;
    let claimed = founder.call(claim(account)).await.unwrap();
    let packages: Vec<_> = claimed.key_packages.into_iter().map(|claimed| claimed.key_package).collect();
    founder.make_group_of(Suite::XWing, &packages).await.0
}

/// Has `committer` ask for the removal of a device, with a list that leaves it out.
async fn removes(
    committer: &HandDevice,
    group: &mut Group,
    device: DeviceId,
    proof: RemovalProof,
) -> Result<u64, Problem> {
    let leaf = group.members().unwrap().into_iter().find(|member| member.device == device).unwrap().leaf_index;
    let commit = committer.run(|context| group.remove(context, &[leaf], &[proof])).unwrap();
    let answer = committer.call(committer.entry(group, Append::Commit(upload(&commit)))).await;
    if answer.is_err() {
        committer.run(|context| group.clear_pending_commit(context)).unwrap();
    }
    answer.map(|appended| appended.seq)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_by_a_list_that_was_never_published_is_refused_and_changes_nothing() {
    let server = TestServer::start(Backend::Sqlite).await;
    let mallory = HandDevice::register(&Door::http(&server.url()), "mallory", 0).await;
    let phone = carol(&server.url()).await;
    let laptop = phone.second_device().await;
    let mut group = group_with(&mallory, &phone, 2).await;
    let account = phone.account().await;
    phone.closes().await;
    let (device, key, certificate) = stolen(&laptop);
    laptop.does(Command::SignOut {}).await;

    let lists = server.server().app().store().device_lists(account, 0).await.unwrap().unwrap().lists;
    let lists: Vec<_> = lists.iter().map(|list| DeviceList::from_bytes(list).unwrap()).collect();
    let [.., before, published] = lists.as_slice() else { panic!("{lists:?}") };
    assert!(published.entry(&device).is_none());
    let others: Vec<_> = before.devices.iter().map(|entry| entry.device).collect();
    let later = published.next(&key, &certificate, None, &[]);
    let in_its_place = before.next(&key, &certificate, None, &others);
    for forged in [later, in_its_place] {
        let proof = RemovalProof::Delisting(Delisting::new(certificate.clone(), forged));
        let problem = refused(removes(&mallory, &mut group, device, proof).await, ProblemKind::CommitRefused);
        assert!(problem.detail.contains("was not published"), "{problem:?}");
        assert_eq!((newest_seq(&mallory, &group).await, server.leaves().await), (1, 3));
    }

    // The server says which list takes it.
    let message = mallory.run(|context| group.encrypt(context, b"hello")).unwrap().into();
    let message = Append::Application { message, expires_in: None, delete_token_hash: None, blobs: Vec::new() };
    let pending = refused(mallory.call(mallory.entry(&group, message)).await, ProblemKind::RemovalsPending);
    let proof = RemovalProof::from_bytes(&pending.removals[0]).unwrap();
    assert_eq!(removes(&mallory, &mut group, device, proof).await.unwrap(), 2);
    assert_eq!(server.leaves().await, 2);
}
