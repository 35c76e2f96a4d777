//! What people let others see of them and do: typing, presence, receipts, pictures, who may message whom.

use sealpost_mls::Roles;
use sealpost_protocol::{
    Bytes, ConversationId, ProblemKind,
    account::ProfileWrite,
    activity::{Presence, PresenceWatch, Typing, TypingWrite},
    conversation::{Cursors, CursorsRead, LogCursor, ReadWrite},
    device::KeyPackagesClaim,
    safety::*,
    socket::Event,
};

use crate::{
    conversations::{alice_and_bob, fresh},
    person::{Person, SUITE},
    server::TestServer,
    socket::Socket,
};

const OPEN: AccountSettings =
    AccountSettings { read_receipts: true, presence: true, who_may_message: WhoMayMessage::Everyone };

/// A socket that has had its backlog.
async fn online(server: &TestServer, person: &Person) -> Socket {
    let mut socket = Socket::connect(server, &person.token).await;
    socket.backlog().await;
    socket
}

async fn set(server: &TestServer, person: &Person, settings: AccountSettings) {
    server.call(Some(&person.token), SettingsWrite { settings }).await.unwrap();
}

async fn direct(server: &TestServer, one: &Person, other: &Person) -> ConversationId {
    let roles = Roles::direct(one.account, other.account);
    let (_, create) = one.prepare(server, roles, &[other]).await;
    server.call(Some(&one.token), create).await.unwrap().conversation
}

fn presence(event: Event) -> Option<Presence> {
    if let Event::Presence(presence) = event { Some(presence) } else { None }
}

fn cursors(event: Event) -> Option<Cursors> {
    if let Event::Cursors(cursors) = event { Some(cursors) } else { None }
}

#[tokio::test]
async fn typing_is_told_to_the_other_members_leaves_only() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let eve = Person::register(&server, "eve").await;
    let conversation = direct(&server, &alice, &bob).await;
    let mut bobs = online(&server, &bob).await;
    let mut alices = online(&server, &alice).await;
    for typing in [true, false] {
        alices.call(TypingWrite { conversation, typing }).await.unwrap();
        let told = bobs.event_that(|event| if let Event::Typing(typing) = event { Some(typing) } else { None }).await;
        assert_eq!(told, Typing { conversation, account: alice.account, typing });
    }
    assert!(!alices.events.iter().any(|event| matches!(event, Event::Typing(_))));
    for conversation in [conversation, ConversationId([9; 16])] {
        let refused = server.call(Some(&eve.token), TypingWrite { conversation, typing: true }).await.unwrap_err();
        assert_eq!(refused.kind(), ProblemKind::NotFound);
    }
}

#[tokio::test]
async fn presence_is_seen_by_who_shares_a_chat_and_shows_its_own() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let eve = Person::register(&server, "eve").await;
    direct(&server, &alice, &bob).await;
    let mut bobs = online(&server, &bob).await;
    let watch = || PresenceWatch { accounts: vec![alice.account, eve.account] };
    let seen = bobs.call(watch()).await.unwrap().presences;
    assert_eq!(seen, [Presence { account: alice.account, online: false, last_seen: None }], "Eve is a stranger");

    let alices = online(&server, &alice).await;
    let came = bobs.event_that(presence).await;
    assert_eq!(came, Presence { account: alice.account, online: true, last_seen: None });
    drop(alices);
    let went = bobs.event_that(presence).await;
    assert!(!went.online && went.last_seen.unwrap() % 60_000 == 0, "{went:?}");
    assert_eq!(bobs.call(watch()).await.unwrap().presences, [went], "it was stored");

    // Who hides its own presence is neither seen nor sees.
    set(&server, &alice, AccountSettings { presence: false, ..OPEN }).await;
    let hidden = bobs.event_that(presence).await;
    assert_eq!(hidden, Presence { account: alice.account, online: false, last_seen: None });
    assert_eq!(bobs.call(watch()).await.unwrap().presences, []);
    let mut alices = online(&server, &alice).await;
    assert_eq!(alices.call(PresenceWatch { accounts: vec![bob.account] }).await.unwrap().presences, []);
    set(&server, &alice, OPEN).await;
    assert!(bobs.event_that(presence).await.online);
    let seen = alices.call(PresenceWatch { accounts: vec![bob.account] }).await.unwrap().presences;
    assert!(seen[0].online);
    let many = PresenceWatch { accounts: vec![bob.account; 101] };
    assert_eq!(alices.call(many).await.unwrap_err().kind(), ProblemKind::TooLarge);
}

#[tokio::test]
async fn settings_are_told_to_the_other_devices() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let phone = alice.second_device(&server).await;
    let (mut alices, mut phones) = (online(&server, &alice).await, online(&server, &phone).await);
    assert_eq!(alices.call(SettingsRead {}).await.unwrap(), OPEN);
    let settings = AccountSettings { read_receipts: false, who_may_message: WhoMayMessage::Nobody, ..OPEN };
    assert_eq!(alices.call(SettingsWrite { settings }).await.unwrap(), settings);
    let told = phones.event_that(|event| match event {
        Event::SettingsChanged(settings) => Some(settings),
        _ => None,
    });
    assert_eq!(told.await, settings);
    assert_eq!(phones.call(SettingsRead {}).await.unwrap(), settings);
    assert!(!alices.events.iter().any(|event| matches!(event, Event::SettingsChanged(_))));
}

#[tokio::test]
async fn who_hides_its_reads_is_not_seen_and_sees_none() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let conversation = direct(&server, &alice, &bob).await;
    set(&server, &bob, AccountSettings { read_receipts: false, ..OPEN }).await;
    let (mut alices, mut bobs) = (online(&server, &alice).await, online(&server, &bob).await);
    let read = |cursors: &Cursors, person: &Person| {
        cursors.members.iter().find(|member| member.account == person.account).unwrap().read
    };
    for person in [&bob, &alice] {
        let cursor = LogCursor { conversation, seq: 1 };
        server.call(Some(&person.token), ReadWrite { cursor }).await.unwrap();
        // What is told later tells what was before as well.
        if person.account == alice.account {
            let told = alices.event_that(|event| cursors(event).filter(|told| read(told, &alice) == 1)).await;
            assert_eq!(read(&told, &bob), 0);
            let told = bobs.event_that(|event| cursors(event).filter(|told| read(told, &bob) == 1)).await;
            assert_eq!(read(&told, &alice), 0);
        }
    }
    let asked = alices.call(CursorsRead { conversation }).await.unwrap();
    assert_eq!((read(&asked, &alice), read(&asked, &bob)), (1, 0));
    let asked = bobs.call(CursorsRead { conversation }).await.unwrap();
    assert_eq!((read(&asked, &alice), read(&asked, &bob)), (0, 1));
    set(&server, &bob, OPEN).await;
    let asked = bobs.call(CursorsRead { conversation }).await.unwrap();
    assert_eq!((read(&asked, &alice), read(&asked, &bob)), (1, 1));
}

#[tokio::test]
async fn pictures_and_names_are_told_to_contacts() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    direct(&server, &alice, &bob).await;
    let mut bobs = online(&server, &bob).await;
    let changed = |event| if let Event::ProfileChanged { account } = event { Some(account) } else { None };
    let picture = Bytes(vec![7; 1000]);
    let write = |picture| PictureWrite { picture };
    let written = server.call(Some(&alice.token), write(Some(picture.clone()))).await.unwrap();
    assert_eq!(written.version, 1);
    assert_eq!(bobs.event_that(changed).await, alice.account);
    let read = bobs.call(PictureRead { account: alice.account }).await.unwrap();
    assert_eq!((read.version, read.picture), (1, Some(picture)));
    server.call(Some(&alice.token), ProfileWrite { display_name: "Alice L.".into() }).await.unwrap();
    assert_eq!(bobs.event_that(changed).await, alice.account);
    for bad in [vec![], vec![1; PICTURE_MAX + 1]] {
        assert!(server.call(Some(&alice.token), write(Some(bad.into()))).await.is_err());
    }
    assert_eq!(server.call(Some(&alice.token), write(None)).await.unwrap().version, 2);
    assert_eq!(bobs.call(PictureRead { account: alice.account }).await.unwrap().picture, None);
}

#[tokio::test]
async fn who_takes_no_new_chats_is_left_alone_and_keeps_the_old_ones() {
    let server = TestServer::start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    let carol = Person::register(&server, "carol").await;
    carol.upload_key_packages(&server, 5).await;
    // Made while it was allowed, sent too late.
    let (_, too_late) = alice.prepare(&server, Roles::direct(alice.account, bob.account), &[&bob]).await;
    let (_, group_too_late) = alice.prepare(&server, Roles::group([alice.account]), &[&bob]).await;
    set(&server, &bob, AccountSettings { who_may_message: WhoMayMessage::Nobody, ..OPEN }).await;
    for create in [too_late, group_too_late] {
        let refused = server.call(Some(&alice.token), create).await.unwrap_err();
        assert_eq!(refused.kind(), ProblemKind::NotAllowed);
        assert!(refused.detail.contains("no new chats"), "{refused}");
    }
    let claim = || KeyPackagesClaim {
        claim: fresh(),
        accounts: vec![bob.account, carol.account],
        suite: SUITE.number(),
        conversation: None,
    };
    let claimed = server.call(Some(&alice.token), claim()).await.unwrap();
    assert_eq!(claimed.refused, [bob.account]);
    assert_eq!(claimed.key_packages.iter().map(|one| one.account).collect::<Vec<_>>(), [carol.account]);
    let own = KeyPackagesClaim { accounts: vec![bob.account], ..claim() };
    assert_eq!(server.call(Some(&bob.token), own).await.unwrap().refused, [], "own devices are always allowed");

    // A group that they share changes that only for those who take people from groups.
    let (_, create) = bob.prepare(&server, Roles::group([bob.account]), &[&alice]).await;
    server.call(Some(&bob.token), create).await.unwrap();
    assert_eq!(server.call(Some(&alice.token), claim()).await.unwrap().refused, [bob.account]);
    set(&server, &bob, AccountSettings { who_may_message: WhoMayMessage::SharedGroups, ..OPEN }).await;
    let roles = || Roles::direct(alice.account, bob.account);
    let (_, create) = alice.prepare(&server, roles(), &[&bob]).await;
    let (_, found) = alice.prepare(&server, Roles::group([alice.account]), &[&bob]).await;
    set(&server, &bob, AccountSettings { who_may_message: WhoMayMessage::Nobody, ..OPEN }).await;
    for create in [create.clone(), found.clone()] {
        assert_eq!(server.call(Some(&alice.token), create).await.unwrap_err().kind(), ProblemKind::NotAllowed);
    }
    set(&server, &bob, AccountSettings { who_may_message: WhoMayMessage::SharedGroups, ..OPEN }).await;
    for create in [create.clone(), found.clone()] {
        server.call(Some(&alice.token), create).await.unwrap();
    }
    // What comes again is answered as it was, whatever was chosen since; and a direct chat makes no stranger.
    set(&server, &bob, AccountSettings { who_may_message: WhoMayMessage::Nobody, ..OPEN }).await;
    for create in [create, found] {
        server.call(Some(&alice.token), create).await.unwrap();
    }
    assert_eq!(server.call(Some(&alice.token), claim()).await.unwrap().refused, []);
    let (_, again) = alice.prepare(&server, roles(), &[&bob]).await;
    assert_eq!(server.call(Some(&alice.token), again).await.unwrap_err().kind(), ProblemKind::DirectExists);
}
