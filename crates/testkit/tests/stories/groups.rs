//! Groups change: state, members, admins and policy.

use sealpost_client::{
    command::{Command, PictureChange},
    content::{Content, Disposition, Envelope, LogReference, MimiContent, NestedPart},
    snapshot::{
        ConversationRow, Delivery, Details, ItemContent, MemberChange, Notice, Policy, RefusedChange, SendFailure,
        Snapshot, SnapshotKey, Who,
    },
};
use sealpost_mls::{Group, Processed, Suite, generate_key_package, join::from_welcome};
use sealpost_protocol::{
    AccountId, ConversationId, bytes,
    conversation::{Append, EntryBody, InboxRead, LogRead, TreeRead},
    device::KeyPackagesWrite,
};
use sealpost_testkit::{
    TestClient, TestServer, alice, bob, carol,
    hand::{Door, HandDevice, now},
    on_each_database,
};

on_each_database! {
    everyone_sees_the_state_of_a_group,
    either_side_of_a_chat_sets_its_timer,
    admins_are_made_and_unmade,
    who_is_removed_reads_nothing_more,
    who_is_added_one_after_another_comes_at_once,
    a_policy_says_who_adds_edits_and_posts,
    nobody_is_shown_what_someone_may_not_do,
    what_may_not_be_posted_any_more_fails,
    what_waits_is_shown_and_what_is_refused_is_told,
    one_person_who_says_to_see_another_log_ends_nothing,
}

/// Waits until the details of a group are as wanted.
pub async fn details(
    person: &TestClient,
    at: ConversationId,
    what: &str,
    wanted: impl Fn(&Details) -> bool,
) -> Details {
    let found = person.until(SnapshotKey::Details { conversation: at }, what, |snapshot| match snapshot {
        Snapshot::Details(details) if wanted(details) => Some(details.clone()),
        _ => None,
    });
    found.await
}

/// Waits until a notice is told.
pub async fn told(person: &TestClient, at: ConversationId, what: &str, wanted: impl Fn(&Notice) -> bool) {
    let found = person.until(SnapshotKey::newest(at, u32::MAX), what, |snapshot| {
        let Snapshot::Timeline(timeline) = snapshot else { return None };
        let notices = timeline.items.iter().filter_map(|item| match &item.content {
            ItemContent::Notice(notice) => Some(notice),
            _ => None,
        });
        notices.into_iter().any(&wanted).then_some(())
    });
    found.await;
}

/// Waits until a conversation stands in the list as wanted.
pub async fn row(person: &TestClient, at: ConversationId, what: &str, wanted: impl Fn(&ConversationRow) -> bool) {
    let found = person.until(SnapshotKey::Conversations, what, |snapshot| match snapshot {
        Snapshot::Conversations(list) => {
            list.rows.iter().any(|row| row.conversation == at && wanted(row)).then_some(())
        }
        _ => None,
    });
    found.await;
}

pub async fn fails(person: &TestClient, command: Command, kind: &str) {
    let what = format!("{command:?}");
    let failure = person.tries(command).await.expect_err(&what);
    assert_eq!(failure.kind, kind, "{what}: {}", failure.detail);
}

pub fn rename(conversation: ConversationId, name: &str) -> Command {
    Command::ChangeGroup { conversation, name: Some(name.to_owned()), description: None, picture: None }
}

pub fn members(details: &Details) -> Vec<&str> {
    details.members.iter().map(|member| member.person.username.as_str()).collect()
}

/// Makes someone an admin, who then knows it.
pub async fn makes_admin(admin: &TestClient, conversation: ConversationId, person: &TestClient) {
    let account = person.account().await;
    admin.does(Command::SetAdmin { conversation, account, admin: true }).await;
    details(person, conversation, "being an admin", |details| details.admin).await;
}

pub async fn adds(person: &TestClient, conversation: ConversationId, who: &TestClient) {
    let members = vec![who.account().await];
    person.does(Command::AddMembers { conversation, members }).await;
}

async fn everyone_sees_the_state_of_a_group(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Cinema", &[&bob]).await;
    bob.joins(group).await;
    let laptop = alice.second_device().await;
    laptop.joins(group).await;

    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[7; 3000]].concat();
    let picture = Some(PictureChange::Set { data: bytes::encode(&png) });
    let (name, description) = (Some("Films".to_owned()), Some("On Fridays".to_owned()));
    alice.does(Command::ChangeGroup { conversation: group, name, description, picture }).await;
    alice.does(Command::SetTimer { conversation: group, seconds: Some(86_400) }).await;
    let complete = |details: &Details| {
        let text = (details.name.as_str(), details.description.as_str());
        text == ("Films", "On Fridays") && details.picture.is_some() && details.timer == Some(86_400)
    };
    for person in [&alice, &laptop, &bob] {
        let seen = details(person, group, "the state", complete).await;
        let key = SnapshotKey::Picture { id: seen.picture.unwrap() };
        let Snapshot::Picture(picture) = person.snapshot(key).await else { panic!("not a picture") };
        assert!(picture.data.unwrap().starts_with("data:image/png;base64,"));
        told(person, group, "the new name", |notice| matches!(notice, Notice::Renamed { name, .. } if name == "Films"))
            .await;
        told(person, group, "the timer", |notice| matches!(notice, Notice::TimerChanged { seconds: Some(86_400), .. }))
            .await;
    }
    adds(&alice, group, &carol).await;
    carol.joins(group).await;
    details(&carol, group, "the state", complete).await;

    fails(&bob, rename(group, "Theatre"), "not-allowed").await;
    fails(&bob, Command::SetTimer { conversation: group, seconds: None }, "not-allowed").await;
    fails(&alice, rename(group, " "), "invalid-name").await;
    fails(&alice, Command::SetTimer { conversation: group, seconds: Some(3) }, "invalid-request").await;
}

async fn either_side_of_a_chat_sets_its_timer(server: TestServer) {
    let (alice, bob) = (alice(&server.url()).await, bob(&server.url()).await);
    let chat = alice.start_direct(&bob).await;
    alice.says(chat, "hello").await;
    bob.sees(chat, &["hello"]).await;
    bob.does(Command::SetTimer { conversation: chat, seconds: Some(3600) }).await;
    details(&alice, chat, "the timer", |details| details.timer == Some(3600)).await;
    alice.does(Command::SetTimer { conversation: chat, seconds: None }).await;
    details(&bob, chat, "no timer", |details| details.timer.is_none()).await;
    told(
        &bob,
        chat,
        "who ended it",
        |notice| matches!(notice, Notice::TimerChanged { by, seconds: None } if by.username == "alice"),
    )
    .await;
    fails(&bob, rename(chat, "Us"), "not-allowed").await;
}

async fn admins_are_made_and_unmade(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Choir", &[&bob, &carol]).await;
    let (of_alice, of_bob) = (alice.account().await, bob.account().await);
    for person in [&bob, &carol] {
        person.joins(group).await;
    }
    assert!(details(&alice, group, "both", |details| details.members.len() == 3).await.last_admin);
    let admin = |account: AccountId, admin: bool| Command::SetAdmin { conversation: group, account, admin };
    fails(&bob, admin(of_bob, true), "not-allowed").await;
    fails(&alice, admin(of_alice, false), "not-allowed").await;

    alice.does(admin(of_bob, true)).await;
    details(&bob, group, "being an admin", |details| details.admin && details.may_edit && !details.last_admin).await;
    told(&carol, group, "the new admin", |notice| {
        matches!(notice, Notice::AdminsChanged { by, people, admin: true }
            if by.username == "alice" && people[0].username == "bob")
    })
    .await;
    bob.does(admin(of_alice, false)).await;
    details(&alice, group, "being none", |details| !details.admin && !details.may_edit).await;
    fails(&alice, rename(group, "Mine"), "not-allowed").await;

    // Bob signs the state anew, whose writer may not write it any more: who joins now takes it.
    let dave = TestClient::sign_up(&url, "dave").await;
    adds(&bob, group, &dave).await;
    assert_eq!(dave.joins(group).await.name, "Choir");
}

async fn who_is_removed_reads_nothing_more(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Secret", &[&bob, &carol]).await;
    alice.says(group, "for all").await;
    for person in [&bob, &carol] {
        person.joins(group).await;
        person.sees(group, &["for all"]).await;
    }
    let of_bob = bob.account().await;
    fails(&bob, Command::RemoveMembers { conversation: group, members: vec![alice.account().await] }, "not-allowed")
        .await;
    alice.does(Command::RemoveMembers { conversation: group, members: vec![of_bob] }).await;
    row(&bob, group, "the end", |row| row.ended).await;
    told(&carol, group, "the removal", |notice| {
        matches!(notice, Notice::Removed { by, people } if by.username == "alice" && people[0].username == "bob")
    })
    .await;
    alice.says(group, "without Bob").await;
    alice.does(rename(group, "More secret")).await;
    details(&carol, group, "the new name", |details| details.name == "More secret").await;
    carol.sees(group, &["for all", "without Bob"]).await;
    bob.sees(group, &["for all"]).await;
    assert_eq!(details(&bob, group, "what was", |_| true).await.name, "Secret");
    assert_eq!(members(&details(&carol, group, "who is left", |_| true).await), ["alice", "carol"]);

    adds(&alice, group, &bob).await;
    row(&bob, group, "being back", |row| !row.ended && !row.joining && row.name == "More secret").await;
    alice.says(group, "welcome back").await;
    bob.sees(group, &["for all", "welcome back"]).await;
}

async fn who_is_added_one_after_another_comes_at_once(mut server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Band", &[]).await;
    let people = [bob.account().await, carol.account().await];
    server.stop().await;
    for account in people {
        alice.does(Command::AddMembers { conversation: group, members: vec![account] }).await;
    }
    server.start_again().await;
    told(&alice, group, "both", |notice| matches!(notice, Notice::Added { people, .. } if people.len() == 2)).await;
    for person in [&bob, &carol] {
        person.joins(group).await;
    }
    bob.says(group, "here we are").await;
    carol.sees(group, &["here we are"]).await;
}

async fn a_policy_says_who_adds_edits_and_posts(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Street", &[&bob]).await;
    bob.joins(group).await;
    fails(&bob, Command::AddMembers { conversation: group, members: vec![carol.account().await] }, "not-allowed").await;
    let policy = Policy { add: Who::Members, edit: Who::Members, post: Who::Members };
    alice.does(Command::SetPolicy { conversation: group, policy }).await;
    details(&bob, group, "the policy", |details| details.may_add && details.may_edit).await;
    told(&bob, group, "who changed it", |notice| matches!(notice, Notice::PolicyChanged { .. })).await;
    adds(&bob, group, &carol).await;
    carol.joins(group).await;
    bob.does(rename(group, "Bob's street")).await;
    for person in [&alice, &carol] {
        details(person, group, "Bob's name", |details| details.name == "Bob's street").await;
    }

    let policy = Policy { add: Who::Admins, edit: Who::Admins, post: Who::Admins };
    alice.does(Command::SetPolicy { conversation: group, policy }).await;
    row(&bob, group, "being silent", |row| row.read_only).await;
    let silenced = details(&bob, group, "the policy", |details| !details.may_add && !details.may_edit).await;
    assert!(matches!(silenced.policy.post, Who::Admins));
    let id = sealpost_protocol::ClientId([1; 16]);
    let said = Command::SendText { conversation: group, id, text: "but".into(), reply_to: None };
    fails(&bob, said, "not-allowed").await;
    alice.says(group, "silence").await;
    bob.sees(group, &["silence"]).await;
    // Bob wrote the state and may not any more; an admin has signed it anew for those who join.
    let dave = TestClient::sign_up(&url, "dave").await;
    adds(&alice, group, &dave).await;
    assert_eq!(dave.joins(group).await.name, "Bob's street");
}

/// Mallory's own view of the group that she was added to, at the present end of its log.
async fn follows(mallory: &HandDevice, conversation: ConversationId, group: Option<(Group, u64)>) -> (Group, u64) {
    let (mut group, mut seq) = match group {
        Some(known) => known,
        None => loop {
            let inbox = mallory.call(InboxRead {}).await.unwrap();
            if let Some(welcome) = inbox.welcomes.first() {
                let tree = mallory.call(TreeRead { conversation, tree: welcome.tree.clone() }).await.unwrap();
                let joined = mallory.run(|context| from_welcome(context, &welcome.welcome, &tree.ratchet_tree));
                break (joined.unwrap().group, welcome.position.last_seq);
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        },
    };
    for entry in mallory.call(LogRead { conversation, after: seq }).await.unwrap().entries {
        seq = entry.seq;
        if let EntryBody::Commit { message } = &entry.body {
            mallory.run(|context| match group.process(context, message).unwrap() {
                Processed::Commit(received) => group.merge(context, *received).unwrap(),
                other => panic!("not a commit: {other:?}"),
            });
        }
    }
    (group, seq)
}

async fn sends(mallory: &HandDevice, group: &mut Group, content: MimiContent) {
    sends_with(mallory, group, content, None).await;
}

async fn sends_with(mallory: &HandDevice, group: &mut Group, content: MimiContent, log: Option<LogReference>) {
    let content = Content::new(content).unwrap().bytes().to_vec();
    let plaintext = Envelope { content, log, devices: None }.encode().unwrap();
    let message = mallory.run(|context| group.encrypt(context, &plaintext)).unwrap().into();
    let append = Append::Application { message, expires_in: None, delete_token_hash: None, blobs: Vec::new() };
    mallory.call(mallory.entry(group, append)).await.unwrap();
}

async fn mallory(url: &str) -> HandDevice {
    let mallory = HandDevice::register(&Door::http(url), "mallory", 0).await;
    let package = mallory.run(|context| generate_key_package(context, Suite::XWing, now(), false)).unwrap();
    mallory.call(KeyPackagesWrite { key_packages: vec![package.into()], last_resort: None }).await.unwrap();
    mallory
}

async fn nobody_is_shown_what_someone_may_not_do(server: TestServer) {
    let url = server.url();
    let (alice, bob) = (alice(&url).await, bob(&url).await);
    let mallory = mallory(&url).await;
    let group = alice.make_group("Honest", &[&bob]).await;
    bob.joins(group).await;
    alice.does(Command::AddMembers { conversation: group, members: vec![mallory.account] }).await;
    let (mut view, seq) = follows(&mallory, group, None).await;
    let text = |text: &str| MimiContent::text(text, mallory.account, group, [7; 16]).unwrap();

    // Who may not rename the group says that she has.
    let change = NestedPart::single(
        Disposition::Unspecified,
        "application/vnd.sealpost.change+cbor",
        &[&[0x83, 0x01, 0x01, 0x66], b"Stolen".as_slice()].concat(),
    );
    sends(&mallory, &mut view, MimiContent { body: change, ..text("") }).await;
    // And sends a conversation key that nobody awaits.
    let key = NestedPart::single(Disposition::Unspecified, "application/vnd.sealpost.conversation-key", &[9; 32]);
    sends(&mallory, &mut view, MimiContent { body: key, ..text("") }).await;
    sends(&mallory, &mut view, text("still allowed")).await;
    bob.sees(group, &["still allowed"]).await;

    let policy = Policy { add: Who::Admins, edit: Who::Admins, post: Who::Admins };
    alice.does(Command::SetPolicy { conversation: group, policy }).await;
    row(&bob, group, "the policy", |row| row.read_only).await;
    let (mut view, _) = follows(&mallory, group, Some((view, seq))).await;
    sends(&mallory, &mut view, text("not allowed any more")).await;
    alice.says(group, "order").await;
    alice.does(rename(group, "Honest people")).await;
    for person in [&alice, &bob] {
        person.sees(group, &["still allowed", "order"]).await;
        details(person, group, "the name that an admin gave", |details| details.name == "Honest people").await;
        let renamed = |item: &&sealpost_client::snapshot::TimelineItem| matches!(&item.content, ItemContent::Notice(Notice::Renamed { name, .. }) if name == "Stolen");
        assert!(!person.items(group).await.iter().any(|item| renamed(&item)));
    }
}

const ADMINS_ONLY: Policy = Policy { add: Who::Admins, edit: Who::Admins, post: Who::Admins };

async fn what_may_not_be_posted_any_more_fails(mut server: TestServer) {
    let url = server.url();
    let (alice, mut bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("News", &[&bob, &carol]).await;
    for person in [&bob, &carol] {
        person.joins(group).await;
    }
    server.stop().await;
    bob.says(group, "too late").await;
    bob.closes().await;
    server.start_again().await;
    alice.does(Command::SetPolicy { conversation: group, policy: ADMINS_ONLY }).await;
    row(&carol, group, "the policy", |row| row.read_only).await;
    bob.opens_again().await;
    bob.shows_delivery(group, "too late", Delivery::Failed).await;
    let failure = bob.items(group).await.into_iter().find_map(|item| match item.content {
        ItemContent::Message(message) => message.failure,
        _ => None,
    });
    assert_eq!(failure, Some(SendFailure::OnlyAdmins));
    alice.says(group, "quiet, please").await;
    carol.sees(group, &["quiet, please"]).await;
}

async fn what_waits_is_shown_and_what_is_refused_is_told(mut server: TestServer) {
    let url = server.url();
    let (alice, mut bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Board", &[&bob, &carol]).await;
    for person in [&bob, &carol] {
        person.joins(group).await;
    }
    makes_admin(&alice, group, &bob).await;
    let account = bob.account().await;
    server.stop().await;
    bob.does(Command::SetPolicy { conversation: group, policy: ADMINS_ONLY }).await;
    bob.does(Command::RemoveMembers { conversation: group, members: vec![carol.account().await] }).await;
    let waits = details(&bob, group, "what waits", |details| details.policy_waiting).await;
    assert_eq!(waits.policy, ADMINS_ONLY);
    let waiting = |details: &Details, name: &str| {
        details.members.iter().find(|member| member.person.username == name).and_then(|member| member.waiting)
    };
    assert_eq!((waiting(&waits, "carol"), waiting(&waits, "alice")), (Some(MemberChange::Remove), None));
    bob.closes().await;
    server.start_again().await;
    alice.does(Command::SetAdmin { conversation: group, account, admin: false }).await;
    told(&carol, group, "who is no admin", |notice| matches!(notice, Notice::AdminsChanged { admin: false, .. })).await;
    bob.opens_again().await;
    told(&bob, group, "that Carol stays", |notice| {
        matches!(notice, Notice::NotDone { change: RefusedChange::Remove { people }, retry: false, .. }
            if people[0].username == "carol")
    })
    .await;
    told(&bob, group, "that the policy stays", |notice| {
        matches!(notice, Notice::NotDone { change: RefusedChange::Policy, .. })
    })
    .await;
    let left = details(&bob, group, "that nothing waits", |details| !details.policy_waiting).await;
    assert_eq!(waiting(&left, "carol"), None);
    assert!(left.members.len() == 3 && left.policy != ADMINS_ONLY);
}

async fn one_person_who_says_to_see_another_log_ends_nothing(server: TestServer) {
    let url = server.url();
    let (alice, bob) = (alice(&url).await, bob(&url).await);
    let mallory = mallory(&url).await;
    let group = alice.make_group("Calm", &[&bob]).await;
    bob.joins(group).await;
    alice.does(Command::AddMembers { conversation: group, members: vec![mallory.account] }).await;
    let (mut view, _) = follows(&mallory, group, None).await;
    let text = |text: &str, salt: u8| MimiContent::text(text, mallory.account, group, [salt; 16]).unwrap();
    let ahead = LogReference { seq: 1_000, hash: [0; 32] };
    let forged = LogReference { seq: 1, hash: [6; 32] };
    sends_with(&mallory, &mut view, text("the end", 1), Some(ahead)).await;
    sends_with(&mallory, &mut view, text("really", 2), Some(forged)).await;
    for person in [&alice, &bob] {
        person.sees(group, &["the end", "really"]).await;
    }
    bob.says(group, "or not").await;
    alice.sees(group, &["the end", "really", "or not"]).await;
    let items = alice.items(group).await;
    let told = items.iter().filter(|item| {
        matches!(&item.content, ItemContent::Notice(Notice::OtherLog { person }) if person.username == "mallory")
    });
    assert_eq!(told.count(), 1);
}
