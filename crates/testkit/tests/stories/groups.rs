//! Groups change: state, members, admins, policy, leaving, and invite links.

use sealpost_client::{
    command::{Answer, Command, PictureChange},
    content::{Content, Disposition, Envelope, MimiContent, NestedPart},
    snapshot::{ConversationRow, Details, ItemContent, Notice, Policy, Snapshot, SnapshotKey, Who},
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
    who_leaves_is_removed_by_who_writes_next,
    the_last_admin_names_another_and_may_leave_offline,
    a_policy_says_who_adds_edits_and_posts,
    a_link_lets_people_in,
    an_admin_approves_who_comes_by_a_link,
    who_left_comes_back_by_a_link,
    a_link_ends_by_time_use_and_will,
    nobody_is_shown_what_someone_may_not_do,
}

/// Waits until the details of a group are as wanted.
async fn details(person: &TestClient, at: ConversationId, what: &str, wanted: impl Fn(&Details) -> bool) -> Details {
    let found = person.until(SnapshotKey::Details { conversation: at }, what, |snapshot| match snapshot {
        Snapshot::Details(details) if wanted(details) => Some(details.clone()),
        _ => None,
    });
    found.await
}

/// Waits until a notice is told.
async fn told(person: &TestClient, at: ConversationId, what: &str, wanted: impl Fn(&Notice) -> bool) {
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
async fn row(person: &TestClient, at: ConversationId, what: &str, wanted: impl Fn(&ConversationRow) -> bool) {
    let found = person.until(SnapshotKey::Conversations, what, |snapshot| match snapshot {
        Snapshot::Conversations(list) => {
            list.rows.iter().any(|row| row.conversation == at && wanted(row)).then_some(())
        }
        _ => None,
    });
    found.await;
}

async fn fails(person: &TestClient, command: Command, kind: &str) {
    let what = format!("{command:?}");
    let failure = person.tries(command).await.expect_err(&what);
    assert_eq!(failure.kind, kind, "{what}: {}", failure.detail);
}

fn rename(conversation: ConversationId, name: &str) -> Command {
    Command::ChangeGroup { conversation, name: Some(name.to_owned()), description: None, picture: None }
}

fn members(details: &Details) -> Vec<&str> {
    details.members.iter().map(|member| member.person.username.as_str()).collect()
}

async fn adds(person: &TestClient, conversation: ConversationId, who: &TestClient) {
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

/// Waits until the server knows as well that someone has left.
async fn is_out(person: &TestClient, at: ConversationId) {
    told(person, at, "the end", |notice| matches!(notice, Notice::Left)).await;
}

async fn who_leaves_is_removed_by_who_writes_next(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Allotment", &[&bob, &carol]).await;
    alice.says(group, "hello").await;
    for person in [&bob, &carol] {
        person.joins(group).await;
        person.sees(group, &["hello"]).await;
    }
    let phone = bob.second_device().await;
    phone.joins(group).await;
    bob.does(Command::LeaveGroup { conversation: group, successor: None }).await;
    for device in [&bob, &phone] {
        row(device, group, "the end", |row| row.ended).await;
    }
    bob.sees(group, &["hello"]).await;
    // Carol is no admin, and removes Bob because he left.
    carol.says(group, "he left").await;
    for person in [&alice, &carol] {
        person.sees(group, &["hello", "he left"]).await;
        told(
            person,
            group,
            "who left",
            |notice| matches!(notice, Notice::Departed { person } if person.username == "bob"),
        )
        .await;
        assert_eq!(members(&details(person, group, "who is left", |_| true).await), ["alice", "carol"]);
    }
    bob.sees(group, &["hello"]).await;
    alice.does(rename(group, "Garden")).await;
    details(&carol, group, "the new name", |details| details.name == "Garden").await;
    adds(&alice, group, &bob).await;
    row(&bob, group, "being back", |row| !row.ended && row.name == "Garden").await;
}

async fn the_last_admin_names_another_and_may_leave_offline(mut server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Band", &[&bob, &carol]).await;
    for person in [&bob, &carol] {
        person.joins(group).await;
    }
    fails(&alice, Command::LeaveGroup { conversation: group, successor: None }, "not-allowed").await;
    server.stop().await;
    let successor = Some(bob.account().await);
    alice.does(Command::LeaveGroup { conversation: group, successor }).await;
    row(&alice, group, "the end", |row| row.ended).await;
    server.start_again().await;
    details(&bob, group, "being the admin", |details| details.admin).await;
    is_out(&alice, group).await;
    bob.says(group, "now I").await;
    carol.sees(group, &["now I"]).await;
    told(
        &carol,
        group,
        "who left",
        |notice| matches!(notice, Notice::Departed { person } if person.username == "alice"),
    )
    .await;
    let left = details(&carol, group, "who is left", |details| details.members.len() == 2).await;
    assert_eq!(left.members.iter().filter(|member| member.admin).count(), 1);
    assert!(alice.texts(group).await.is_empty());
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

async fn makes_link(
    person: &TestClient,
    at: ConversationId,
    seconds: Option<u32>,
    uses: Option<u32>,
    approval: bool,
) -> String {
    let command = Command::CreateLink { conversation: at, seconds, uses, approval };
    let Answer::Link { fragment } = person.does(command).await else { panic!("no link") };
    fragment
}

/// What a link shows, once the server has it.
async fn inspects(person: &TestClient, fragment: &str) -> sealpost_client::command::LinkPreview {
    for _ in 0..200 {
        match person.tries(Command::InspectLink { fragment: fragment.to_owned() }).await {
            Ok(Answer::LinkPreview(preview)) => return preview,
            Ok(other) => panic!("not a preview: {other:?}"),
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    }
    panic!("{} cannot read the link", person.username)
}

async fn joins_by(person: &TestClient, fragment: &str) -> ConversationId {
    let answer = person.does(Command::JoinByLink { fragment: fragment.to_owned() }).await;
    let Answer::Conversation { conversation } = answer else { panic!("no conversation: {answer:?}") };
    conversation
}

async fn a_link_lets_people_in(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Chess", &[&bob]).await;
    bob.joins(group).await;
    fails(&bob, Command::CreateLink { conversation: group, seconds: None, uses: None, approval: false }, "not-allowed")
        .await;
    let fragment = makes_link(&alice, group, None, Some(5), false).await;
    let preview = inspects(&carol, &fragment).await;
    assert_eq!((preview.conversation, preview.name.as_str(), preview.members), (group, "Chess", 2));
    assert!(!preview.member && !preview.approval);
    assert_eq!(joins_by(&carol, &fragment).await, group);
    row(&carol, group, "being in", |row| !row.requested && !row.joining && row.name == "Chess").await;
    for person in [&alice, &bob] {
        told(
            person,
            group,
            "who came",
            |notice| matches!(notice, Notice::JoinedByLink { person } if person.username == "carol"),
        )
        .await;
    }
    carol.says(group, "hello").await;
    bob.sees(group, &["hello"]).await;
    let shown = details(&alice, group, "the use", |details| details.links.iter().any(|link| link.uses == 1)).await;
    assert_eq!((shown.links[0].uses_left, shown.links[0].fragment.as_str()), (Some(4), fragment.as_str()));
    assert!(details(&bob, group, "no links", |_| true).await.links.is_empty());
    assert!(inspects(&carol, &fragment).await.member);
}

async fn an_admin_approves_who_comes_by_a_link(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Club", &[]).await;
    let fragment = makes_link(&alice, group, None, None, true).await;
    assert!(inspects(&bob, &fragment).await.approval);
    for person in [&bob, &carol] {
        joins_by(person, &fragment).await;
        row(person, group, "waiting", |row| row.requested && row.name == "Club").await;
    }
    let waiting = details(&alice, group, "both", |details| {
        details.join_requests.len() == 2 && details.join_requests.iter().all(|one| !one.person.username.is_empty())
    })
    .await;
    for one in waiting.join_requests {
        let accept = one.person.username == "bob";
        let request = one.request;
        alice.does(Command::AnswerJoinRequest { conversation: group, request, accept }).await;
    }
    row(&bob, group, "being in", |row| !row.requested && !row.joining).await;
    row(&carol, group, "being refused", |row| !row.requested && row.ended).await;
    assert!(details(&alice, group, "none", |details| details.join_requests.is_empty()).await.members.len() <= 2);
    bob.says(group, "hello").await;
    alice.sees(group, &["hello"]).await;
}

async fn who_left_comes_back_by_a_link(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Choir", &[&bob, &carol]).await;
    for person in [&bob, &carol] {
        person.joins(group).await;
    }
    let approved = makes_link(&alice, group, None, None, true).await;
    let open = makes_link(&alice, group, None, None, false).await;
    // Nobody writes in between: both are still in the group when they ask.
    for (person, fragment) in [(&bob, &approved), (&carol, &open)] {
        inspects(person, fragment).await;
        person.does(Command::LeaveGroup { conversation: group, successor: None }).await;
        is_out(person, group).await;
        joins_by(person, fragment).await;
    }
    row(&carol, group, "being back", |row| !row.requested && !row.joining && !row.ended).await;
    let asked = details(&alice, group, "who asks", |details| details.join_requests.len() == 1).await;
    let request = asked.join_requests[0].request.clone();
    alice.does(Command::AnswerJoinRequest { conversation: group, request, accept: true }).await;
    row(&bob, group, "being back", |row| !row.requested && !row.joining && !row.ended).await;
    alice.says(group, "welcome back").await;
    for person in [&bob, &carol] {
        person.sees(group, &["welcome back"]).await;
    }
}

async fn a_link_ends_by_time_use_and_will(server: TestServer) {
    let url = server.url();
    let (alice, bob, carol) = (alice(&url).await, bob(&url).await, carol(&url).await);
    let group = alice.make_group("Party", &[]).await;
    let once = makes_link(&alice, group, None, Some(1), false).await;
    inspects(&bob, &once).await;
    joins_by(&bob, &once).await;
    row(&bob, group, "being in", |row| !row.requested && !row.joining).await;
    details(&alice, group, "the use", |details| details.links.iter().any(|link| link.uses_left == Some(0))).await;
    joins_by(&carol, &once).await;
    row(&carol, group, "being refused", |row| row.ended).await;

    let ended = makes_link(&alice, group, None, None, false).await;
    inspects(&carol, &ended).await;
    let shown = details(&alice, group, "both", |details| details.links.len() == 2).await;
    let link = shown.links.iter().find(|link| link.fragment == ended).unwrap().link.clone();
    alice.does(Command::RevokeLink { conversation: group, link }).await;
    for _ in 0..200 {
        if carol.tries(Command::InspectLink { fragment: ended.clone() }).await.is_err() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    fails(&carol, Command::JoinByLink { fragment: ended }, "not-found").await;

    let brief = makes_link(&alice, group, Some(2), None, false).await;
    tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
    fails(&carol, Command::JoinByLink { fragment: brief }, "not-found").await;
    fails(&carol, Command::JoinByLink { fragment: "nonsense".into() }, "not-found").await;
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
    let content = Content::new(content).unwrap().bytes().to_vec();
    let plaintext = Envelope { content, log: None }.encode().unwrap();
    let message = mallory.run(|context| group.encrypt(context, &plaintext)).unwrap().into();
    let append = Append::Application { message, expires_in: None, delete_token_hash: None };
    mallory.call(mallory.entry(group, append)).await.unwrap();
}

async fn nobody_is_shown_what_someone_may_not_do(server: TestServer) {
    let url = server.url();
    let (alice, bob) = (alice(&url).await, bob(&url).await);
    let mallory = HandDevice::register(&Door::http(&url), "mallory", 0).await;
    let package = mallory.run(|context| generate_key_package(context, Suite::XWing, now(), false)).unwrap();
    mallory.call(KeyPackagesWrite { key_packages: vec![package.into()], last_resort: None }).await.unwrap();
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
