//! What own devices agree on, and what survives a clock that is wrong, a server that refuses and a connection that is lost.

use super::{messages::*, *};
use crate::{
    content::{Expiration, MimiContent, NestedPart},
    snapshot::SendFailure,
    store::Phase,
};
use sealpost_protocol::{
    account::{Done, Profiles, VaultRecords, Version},
    conversation::{Append, ConversationKind, ConversationSummary, Conversations, LogAppend, LogPosition},
    device::{DeviceLists, KeyPackagesLeft},
    safety::ReportWrite,
    socket::to_cbor,
};

const HOUR: u64 = 3_600_000;

fn unread(engine: &Engine) -> u32 {
    match engine.snapshot(&SnapshotKey::Conversations) {
        Snapshot::Conversations(list) => list.rows.iter().map(|row| row.unread).sum(),
        other => panic!("{other:?}"),
    }
}

fn count(engine: &Engine, what: &str) -> u64 {
    engine.connection.query_row(&format!("SELECT count(*) FROM {what}"), [], |row| row.get(0)).unwrap()
}

fn find<T>(effects: &[Effect], wanted: impl Fn(Request) -> Option<T>) -> Option<(RequestId, T)> {
    requests(effects).into_iter().find_map(|(id, request)| wanted(request).map(|found| (id, found)))
}

fn reports(effects: &[Effect]) -> Option<(RequestId, ReportWrite)> {
    find(effects, |request| match request {
        Request::ReportWrite(report) => Some(report),
        _ => None,
    })
}

#[test]
fn what_was_read_elsewhere_comes_with_the_list_and_holds_for_entries_that_come_later() {
    let (mut engine, at) = chat();
    let accepted = |turn: &mut Turn<'_>| turn.change_chat(at, |chat| chat.accepted = true).unwrap();
    within(&mut engine, accepted);
    Store(&engine.connection).set_phase(at, Phase::Joined).unwrap();
    for seq in 1..=2 {
        take(&mut engine, at, seq, BOB, &content(at, BOB, seq, text("hi")));
    }
    Store(&engine.connection).set(at, "applied_seq", 2).unwrap();
    assert_eq!(unread(&engine), 2);
    let effects = connect(&mut engine, NOW);
    let (list, ()) = find(&effects, |request| matches!(request, Request::ConversationsList(_)).then_some(())).unwrap();
    let summary = ConversationSummary {
        conversation: at,
        kind: ConversationKind::Direct,
        suite: 1,
        position: LogPosition { generation: 1, epoch: 1, last_seq: 4 },
        joined: true,
        stored: 2,
        read: 3,
        state_version: 0,
        hash: sealpost_protocol::Bytes::default(),
        lost: None,
    };
    let conversations = Conversations { conversations: vec![summary] };
    answer(&mut engine, list, Ok(Response::ConversationsList(conversations)));
    assert_eq!(unread(&engine), 0);
    for seq in 3..=4 {
        Store(&engine.connection).set(at, "applied_seq", u64::from(seq)).unwrap();
        take(&mut engine, at, seq, BOB, &content(at, BOB, seq, text("hi")));
    }
    assert_eq!(unread(&engine), 1);
}

#[test]
fn a_clock_that_has_jumped_takes_things_out_of_sight_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("client.db");
    let mut engine = open(Database::open(&path).unwrap());
    sign_up(&mut engine);
    let at = start_direct(&mut engine, BOB);
    let expires = Some(Expiration::AfterReading(60));
    take(&mut engine, at, 1, BOB, &MimiContent { expires, ..content(at, BOB, 1, text("for a minute")) });
    does(&mut engine, react(at, 1, "❤", true));
    drop(engine);
    // The clock is a day ahead now; nobody has said so yet.
    let mut engine = open(Database::open(&path).unwrap());
    let tomorrow = NOW + 24 * HOUR;
    engine.handle(Event::Started, tomorrow);
    assert!(items(&engine, at).is_empty());
    engine.handle(Event::Timer(TimerId::Expiry), tomorrow + HOUR);
    assert_eq!((count(&engine, "withheld"), count(&engine, "withheld_amendments")), (1, 1));
    // The server's clock is where it was.
    connect(&mut engine, tomorrow + HOUR);
    let message = shown(&engine, at, 0);
    assert_eq!((message.text.as_str(), message.reactions.len()), ("for a minute", 1));
    assert_eq!(count(&engine, "withheld"), 0);
    // Its time has come by the server's clock as well.
    engine.handle(Event::Timer(TimerId::Expiry), tomorrow + 2 * HOUR);
    assert_eq!((items(&engine, at).len(), count(&engine, "withheld"), count(&engine, "amendments")), (0, 0, 0));
}

#[test]
fn what_waits_about_a_message_does_not_disappear_by_a_clock_that_is_behind() {
    let (mut engine, at) = chat();
    // By the server's clock it is an hour later.
    engine.memory.clock_offset = HOUR.cast_signed();
    engine.memory.clocks_compared = true;
    let expires = Some(Expiration::AfterReading(60));
    let original = MimiContent { expires, ..content(at, BOB, 1, text("for a minute")) };
    take(&mut engine, at, 1, BOB, &original);
    Store(&engine.connection).0.execute("UPDATE timeline SET time = ?1, expires = ?1 + 60000", [NOW + HOUR]).unwrap();
    does(&mut engine, react(at, 1, "❤", true));
    engine.handle(Event::Timer(TimerId::Expiry), NOW + 1);
    assert_eq!(shown(&engine, at, 0).reactions.len(), 1);
    let id = engine.connection.query_row("SELECT client_id FROM amendments", [], |row| row.get(0)).unwrap();
    within(&mut engine, |turn| turn.message_logged(at, ClientId(id), 2, NOW + HOUR + 1_000).unwrap());
    let expires: u64 = engine.connection.query_row("SELECT expires FROM amendments", [], |row| row.get(0)).unwrap();
    assert_eq!(expires, NOW + HOUR + 61_000);
}

#[test]
fn a_deletion_for_everyone_is_told_to_the_server_though_the_chat_is_deleted() {
    for hides in [false, true] {
        let (mut engine, at) = chat();
        send_text(&mut engine, at, 1, "one");
        within(&mut engine, |turn| assert!(turn.message_logged(at, ClientId([1; 16]), 1, 5_000).unwrap()));
        Store(&engine.connection).set(at, "applied_seq", 1).unwrap();
        Store(&engine.connection).set_phase(at, Phase::Joined).unwrap();
        does(&mut engine, delete(at, 1, true));
        assert_eq!(count(&engine, "erasures"), 0);
        if hides {
            within(&mut engine, |turn| {
                turn.hide_messages(at, &[key(1)]).unwrap();
                turn.settle().unwrap();
            });
        } else {
            does(&mut engine, Command::DeleteConversation { conversation: at });
        }
        assert_eq!((count(&engine, "timeline"), count(&engine, "erasures"), waiting(&engine)), (0, 1, 1));
    }
}

#[test]
fn of_blocked_people_deletions_count_and_reactions_are_not_shown() {
    let (mut engine, at) = chat();
    let original = content(at, BOB, 1, text("one"));
    take(&mut engine, at, 1, BOB, &original);
    let target = Some(id_of(at, BOB, &original));
    let reaction = MimiContent { in_reply_to: target, ..content(at, BOB, 2, NestedPart::reaction("❤")) };
    take(&mut engine, at, 2, BOB, &reaction);
    does(&mut engine, Command::Block { account: BOB, blocked: true });
    assert!(shown(&engine, at, 0).reactions.is_empty());
    does(&mut engine, Command::Block { account: BOB, blocked: false });
    assert_eq!(shown(&engine, at, 0).reactions.len(), 1);
}

#[test]
fn a_report_waits_for_a_connection_and_goes_under_one_id_until_it_is_taken() {
    let (mut engine, at) = chat();
    take(&mut engine, at, 1, BOB, &content(at, BOB, 1, text("rude")));
    let report = || Command::Report { conversation: at, account: BOB, keys: vec![key(1)], comment: "see".to_owned() };
    assert_eq!(result(&run(&mut engine, report())), Some(Ok(Answer::Waits)));
    let (id, first) = reports(&connect(&mut engine, NOW)).unwrap();
    assert_eq!(first.messages[0].text, "rude");
    let effects = answer(&mut engine, id, Err(RequestFailure::Lost));
    let retry = timer(&effects, TimerId::Retry).unwrap();
    let (id, again) = reports(&engine.handle(Event::Timer(TimerId::Retry), retry)).unwrap();
    assert_eq!(again.report, first.report);
    answer(&mut engine, id, Ok(Response::ReportWrite(Done {})));
    assert_eq!(count(&engine, "reports"), 0);
    // With a connection the person hears what came of it.
    let effects = run(&mut engine, report());
    let (id, second) = reports(&effects).unwrap();
    assert_eq!((result(&effects), second.report == first.report), (None, false));
    let effects = answer(&mut engine, id, Err(Problem::new(ProblemKind::NotFound).into()));
    assert_eq!((result(&effects).unwrap().unwrap_err().kind.as_str(), count(&engine, "reports")), ("not-found", 0));
    assert_eq!(result(&run(&mut engine, report())), None);
    let effects = engine.handle(Event::Disconnected { code: None }, NOW);
    assert_eq!((result(&effects), count(&engine, "reports")), (Some(Ok(Answer::Waits)), 1));
}

#[test]
fn people_who_are_known_are_found_without_the_server() {
    let (mut engine, _) = chat();
    let known = [(BOB, "bob", "Robert Rose"), (AccountId([7; 16]), "rosa", "Rosa"), (AccountId([8; 16]), "ros", "Ros")];
    for (account, username, display_name) in known {
        within(&mut engine, |turn| turn.store.set_names(account, username, display_name).unwrap());
    }
    for account in [BOB, AccountId([7; 16])] {
        does(&mut engine, Command::SetContact { account, contact: true });
    }
    let search = || Command::SearchPeople { prefix: "Ros".to_owned() };
    let names = |effects: &[Effect]| match result(effects) {
        Some(Ok(Answer::People { people })) => people.into_iter().map(|person| person.username).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    // Someone who was only found once is nobody's acquaintance.
    assert_eq!(names(&run(&mut engine, search())), ["bob", "rosa"]);
    connect(&mut engine, NOW);
    let asked = |engine: &mut Engine| {
        let effects = run(engine, search());
        find(&effects, |request| matches!(request, Request::AccountsSearch(_)).then_some(())).unwrap().0
    };
    let id = asked(&mut engine);
    let profile = |account, username: &str| Profile {
        account,
        username: username.to_owned(),
        display_name: "Ros".to_owned(),
        root_public_key: Bytes(vec![1; 32]),
        device_list_version: 1,
        picture_version: 0,
        successor: None,
    };
    let profiles = vec![profile(AccountId([7; 16]), "rosa"), profile(AccountId([9; 16]), "roswitha")];
    let effects = answer(&mut engine, id, Ok(Response::AccountsSearch(Profiles { profiles })));
    assert_eq!(names(&effects), ["bob", "rosa", "roswitha"]);
    let id = asked(&mut engine);
    assert_eq!(names(&answer(&mut engine, id, Err(RequestFailure::Lost))).len(), 2);
}

#[test]
fn a_vault_takes_what_fits_and_the_rest_waits() {
    let (mut engine, _) = chat();
    within(&mut engine, |turn| turn.store.vault_set("big", &[1; 1_000]).unwrap());
    for name in ["a", "b", "c", "d"] {
        within(&mut engine, |turn| turn.store.vault_set(name, name.as_bytes()).unwrap());
    }
    let effects = connect(&mut engine, NOW);
    let read = |request| matches!(request, Request::VaultRead(_)).then_some(());
    let (id, ()) = find(&effects, read).unwrap();
    let nothing = VaultRecords { version: 0, generation: 1, records: Vec::new() };
    let mut effects = answer(&mut engine, id, Ok(Response::VaultRead(nothing)));
    let (mut version, mut writes) = (0, 0);
    let write = |request| match request {
        Request::VaultWrite(write) => Some(write.records),
        _ => None,
    };
    while let Some((id, records)) = find(&effects, write) {
        writes += 1;
        assert!(writes < 20, "it goes on for ever");
        let fits = records.iter().all(|record| record.value.as_ref().is_none_or(|value| value.len() < 500));
        version += u64::from(fits);
        let written = Response::VaultWrite(Version { version });
        let outcome = if fits { Ok(written) } else { Err(Problem::new(ProblemKind::TooLarge).into()) };
        effects = answer(&mut engine, id, outcome);
    }
    let left = Store(&engine.connection).vault_dirty(100).unwrap();
    assert_eq!(left.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["big"]);
}

#[test]
fn what_was_written_before_the_timer_was_known_disappears_by_it() {
    let (mut engine, at) = chat();
    send_text(&mut engine, at, 1, "one");
    let (id, reply_to) = (ClientId([2; 16]), Some(key(1)));
    does(&mut engine, Command::SendText { conversation: at, id, text: "two".to_owned(), reply_to });
    does(&mut engine, edit(at, 1, "uno"));
    does(&mut engine, react(at, 2, "❤", true));
    take(&mut engine, at, 9, BOB, &content(at, BOB, 9, text("stays")));
    does(&mut engine, react(at, 9, "❤", true));
    within(&mut engine, |turn| turn.time_messages(at, 60).unwrap());
    let (one, two) = (shown(&engine, at, 1), shown(&engine, at, 2));
    assert_eq!((one.text.as_str(), one.edited, two.text.as_str()), ("uno", true, "two"));
    assert_eq!((two.reply.unwrap().key, two.reactions.len()), (Some(key(1)), 1));
    assert_eq!(waiting(&engine), 5);
    assert_eq!(
        (count(&engine, "timeline WHERE expires_in = 60"), count(&engine, "amendments WHERE expires_in = 60")),
        (2, 2)
    );
    assert_eq!((count(&engine, "timeline"), count(&engine, "amendments")), (3, 3));
    for row in Store(&engine.connection).outbox_messages(at).unwrap().iter().take(4) {
        let store::Intent::Message(bytes) = &row.intent else { panic!() };
        let content = crate::content::Content::decode(bytes).unwrap();
        assert_eq!(content.meaning().expires, Some(Expiration::AfterReading(60)));
    }
}

/// Connects at a time and brings the key packages up to date.
fn refill(engine: &mut Engine, now: Timestamp) {
    engine.handle(Event::Disconnected { code: None }, now);
    let online = Command::NetworkChanged { online: true };
    engine.handle(Event::Command { id: CommandId(2), command: online }, now);
    let effects = connect(engine, now);
    let counts = |request| matches!(request, Request::KeyPackagesCount(_)).then_some(());
    let (id, ()) = find(&effects, counts).unwrap();
    let left = KeyPackagesLeft { left: 2 };
    let outcome = Ok(Response::KeyPackagesCount(left.clone()));
    let effects = engine.handle(Event::Answered { request: id, outcome }, now);
    let writes = |request| matches!(request, Request::KeyPackagesWrite(_)).then_some(());
    if let Some((id, ())) = find(&effects, writes) {
        engine.handle(Event::Answered { request: id, outcome: Ok(Response::KeyPackagesWrite(left)) }, now);
    }
}

#[test]
fn the_keys_of_a_last_resort_package_are_forgotten_long_after_it_was_replaced() {
    let (mut engine, _) = chat();
    let start = 400 * 24 * HOUR;
    let kept = |engine: &Engine| count(engine, "last_resorts");
    refill(&mut engine, start);
    refill(&mut engine, start + HOUR);
    assert_eq!(kept(&engine), 1);
    refill(&mut engine, start + 31 * 24 * HOUR);
    assert_eq!((kept(&engine), count(&engine, "last_resorts WHERE replaced IS NULL")), (2, 1));
    let before = count(&engine, "mls_state");
    refill(&mut engine, start + 398 * 24 * HOUR);
    assert_eq!(kept(&engine), 2, "the first one is gone, the last one has come");
    assert_eq!(count(&engine, "mls_state"), before);
}

#[test]
fn a_device_reads_the_timer_of_a_direct_chat_before_it_sends() {
    let (mut engine, at) = chat();
    let store = Store(&engine.connection);
    store.0.execute("DELETE FROM outbox", []).unwrap();
    store.set_phase(at, Phase::Joined).unwrap();
    store.set(at, "conversation_key", [3; 32]).unwrap();
    store.set(at, "state_known", 1).unwrap();
    send_text(&mut engine, at, 1, "one");
    let effects = connect(&mut engine, NOW);
    assert!(requests(&effects).iter().any(|(_, request)| matches!(request, Request::StateRead(_))));
    assert!(!requests(&effects).iter().any(|(_, request)| matches!(request, Request::LogAppend(_))));
}

#[test]
fn what_was_sent_long_ago_is_not_sent_again_by_itself() {
    const DAY: u64 = 24 * 60 * 60 * 1000;
    let (mut engine, at) = chat();
    send_text(&mut engine, at, 1, "one");
    let append =
        Append::Application { message: vec![7].into(), expires_in: None, delete_token_hash: None, blobs: Vec::new() };
    let request = LogAppend { conversation: at, generation: 1, epoch: 1, client_id: ClientId([1; 16]), append };
    let sent = to_cbor(&Request::LogAppend(request)).unwrap();
    let comes_back_after = |engine: &mut Engine, days: u64| {
        within(engine, |turn| {
            turn.now += days * DAY;
            let row = turn.store.outbox_find(at, ClientId([1; 16])).unwrap().unwrap();
            turn.resend_message(at, &row, &sent).unwrap();
        });
        let message = shown(engine, at, 0);
        (message.delivery, message.failure)
    };
    assert_eq!(comes_back_after(&mut engine, 89), (Some(Delivery::Pending), None));
    assert_eq!(comes_back_after(&mut engine, 91), (Some(Delivery::Failed), Some(SendFailure::TooOld)));
    // The person decides.
    does(&mut engine, Command::Retry { conversation: at, id: ClientId([1; 16]) });
    assert_eq!(shown(&engine, at, 0).delivery, Some(Delivery::Pending));
}

/// Signs up, and asks to sign out as far as the request for the account's list, which is given.
fn ask_to_sign_out(engine: &mut Engine) -> (RequestId, DeviceLists) {
    let (id, finish) = ask_to_sign_up(engine);
    answer(engine, id, Ok(signed_in(&finish)));
    let effects = run(engine, Command::SignOut {});
    let Some((id, Request::DeviceListsRead(_))) = requests(&effects).pop() else { panic!("{effects:?}") };
    let lists = DeviceLists {
        root_public_key: finish.root_public_key,
        list_key_certificates: vec![finish.list_key_certificate],
        lists: vec![finish.device_list],
    };
    (id, lists)
}

pub(super) fn is_erased(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Erased))
}

fn is_signed_out(engine: &Engine) -> bool {
    matches!(engine.snapshot(&SnapshotKey::Session), Snapshot::Session(Session::SignedOut { .. }))
}

#[test]
fn who_signs_out_leaves_the_list_and_tries_again_if_it_has_changed() {
    let mut engine = open(Database::open_in_memory().unwrap());
    let (id, lists) = ask_to_sign_out(&mut engine);
    let effects = answer(&mut engine, id, Ok(Response::DeviceListsRead(lists.clone())));
    let Some((id, Request::DeviceListWrite(write))) = requests(&effects).pop() else { panic!("{effects:?}") };
    let list = DeviceList::from_bytes(&write.list).unwrap();
    assert_eq!((list.version, list.devices.len()), (2, 0));
    let conflict = RequestFailure::Problem(Problem::new(ProblemKind::VersionConflict));
    let effects = answer(&mut engine, id, Err(conflict));
    let Some((id, Request::DeviceListsRead(_))) = requests(&effects).pop() else { panic!("{effects:?}") };
    assert!(!is_signed_out(&engine));
    let effects = answer(&mut engine, id, Ok(Response::DeviceListsRead(lists)));
    let Some((id, Request::DeviceListWrite(_))) = requests(&effects).pop() else { panic!("{effects:?}") };
    let effects = answer(&mut engine, id, Ok(Response::DeviceListWrite(Done {})));
    assert_eq!(result(&effects), Some(Ok(Answer::Done)));
    assert!(is_erased(&effects) && is_signed_out(&engine));
}

#[test]
fn who_signs_out_without_a_server_is_signed_out_all_the_same() {
    let mut engine = open(Database::open_in_memory().unwrap());
    let (id, _) = ask_to_sign_out(&mut engine);
    let effects = answer(&mut engine, id, Err(RequestFailure::Lost));
    let Some((id, Request::SignOut(_))) = requests(&effects).pop() else { panic!("{effects:?}") };
    let effects = answer(&mut engine, id, Err(RequestFailure::Lost));
    assert_eq!(result(&effects), Some(Ok(Answer::Done)));
    assert!(is_erased(&effects) && is_signed_out(&engine));
}

#[test]
fn a_device_that_is_closed_while_it_signs_out_is_erased_when_it_starts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("client.sqlite3");
    let mut engine = open(Database::open(&path).unwrap());
    ask_to_sign_out(&mut engine);
    drop(engine);
    let mut engine = open(Database::open(&path).unwrap());
    let effects = engine.handle(Event::Started, 1_000);
    assert!(is_erased(&effects) && is_signed_out(&engine));
    assert_eq!(count(&engine, "session"), 0);
}
