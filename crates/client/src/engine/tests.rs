//! The engine against hand-made events: what it asks before a server is there to answer, and what it does when things fail.
//! The whole of it is proven against the real server by the simulation in `sealpost-testkit`.
#![allow(clippy::unwrap_used)]

mod devices;
mod export;
mod gossip;
mod logs;
mod messages;
mod own_devices;
mod states;

use opaque_ke::{
    CredentialRequest, RegistrationRequest, RegistrationUpload, ServerLogin, ServerLoginParameters, ServerRegistration,
    ServerSetup,
};
use rand::{SeedableRng, rngs::StdRng};
use rusqlite::Connection as Database;
use sealpost_mls::identity::{DeviceCertificate, DeviceChain, DeviceList, ListKeyCertificate};
use sealpost_protocol::{
    AccountId, Bytes, ClientId, ConversationId, Problem, ProblemKind, Request, Response, SignInId,
    account::{Me, Profile, RegistrationFinish, RegistrationStarted, SignInStarted, SignedIn},
    socket::{CloseCode, Welcome},
};

use super::{opaque::OpaqueSuite, *};
use crate::{
    command::{Answer, Command},
    snapshot::{Connection, Delivery, ItemContent, Session},
};

const PASSWORD: &str = "tundra-velvet-orbit-mango";
const BOB: AccountId = AccountId([0xb0; 16]);

fn open(database: Database) -> Engine {
    let config = EngineConfig {
        suite: Suite::Classic,
        stretching: Stretching { memory: 8, passes: 1, lanes: 1 },
        key_packages: 2,
        key_package_refill: 1,
        ..EngineConfig::default()
    };
    Engine::open(database, config, Box::new(StdRng::seed_from_u64(7))).unwrap()
}

fn run(engine: &mut Engine, command: Command) -> Vec<Effect> {
    engine.handle(Event::Command { id: CommandId(1), command }, 1_000)
}

fn sign_up_command(password: &str) -> Command {
    let (username, display_name) = ("alice".to_owned(), "Alice".to_owned());
    Command::SignUp { username, display_name, password: password.to_owned(), invite: None }
}

fn requests(effects: &[Effect]) -> Vec<(RequestId, Request)> {
    let request = |effect: &Effect| match effect {
        Effect::Request { id, request, .. } => Some((*id, request.clone())),
        _ => None,
    };
    effects.iter().filter_map(request).collect()
}

fn result(effects: &[Effect]) -> Option<std::result::Result<Answer, Failure>> {
    effects.iter().find_map(|effect| match effect {
        Effect::Finished { id: CommandId(1), result } => Some(result.clone()),
        _ => None,
    })
}

fn timer(effects: &[Effect], which: TimerId) -> Option<Timestamp> {
    effects.iter().find_map(|effect| match effect {
        Effect::Timer { id, at } if *id == which => Some(*at),
        _ => None,
    })
}

fn answer(
    engine: &mut Engine,
    request: RequestId,
    outcome: std::result::Result<Response, RequestFailure>,
) -> Vec<Effect> {
    engine.handle(Event::Answered { request, outcome }, 1_000)
}

/// Goes as far as the request that makes the account.
fn ask_to_sign_up(engine: &mut Engine) -> (RequestId, RegistrationFinish) {
    let effects = run(engine, sign_up_command(PASSWORD));
    let Some((id, Request::RegistrationStart(start))) = requests(&effects).pop() else { panic!("{effects:?}") };
    let server = ServerSetup::<OpaqueSuite>::new(&mut StdRng::seed_from_u64(8));
    let message = RegistrationRequest::deserialize(&start.message).unwrap();
    let started = ServerRegistration::<OpaqueSuite>::start(&server, message, b"alice").unwrap();
    let message = started.message.serialize().to_vec().into();
    let effects = answer(engine, id, Ok(Response::RegistrationStart(RegistrationStarted { message })));
    finish_request(&effects)
}

fn finish_request(effects: &[Effect]) -> (RequestId, RegistrationFinish) {
    match requests(effects).pop() {
        Some((id, Request::RegistrationFinish(finish))) => (id, finish),
        other => panic!("{other:?}"),
    }
}

fn signed_in(finish: &RegistrationFinish) -> Response {
    let profile = Profile {
        account: finish.account,
        username: finish.username.clone(),
        display_name: finish.display_name.clone(),
        root_public_key: finish.root_public_key.clone(),
        device_list_version: 1,
        picture_version: 0,
        successor: None,
    };
    let me = Me { profile, device: Some(finish.device), session_expires: 9_000_000 };
    Response::RegistrationFinish(SignedIn { session_token: vec![5; 32].into(), me, backup: finish.backup.clone() })
}

fn sign_up(engine: &mut Engine) -> Vec<Effect> {
    let (id, finish) = ask_to_sign_up(engine);
    answer(engine, id, Ok(signed_in(&finish)))
}

fn connect(engine: &mut Engine, now: Timestamp) -> Vec<Effect> {
    let welcome = Welcome {
        incarnation: Bytes(vec![1; 16]),
        server_time: 5_000,
        heartbeat_seconds: 30,
        frame_max: 1 << 20,
        kept: None,
    };
    engine.handle(Event::Connected(welcome), now)
}

fn recovery_code(engine: &Engine) -> Option<String> {
    match engine.snapshot(&SnapshotKey::Session) {
        Snapshot::Session(Session::SignedIn { recovery_code, .. }) => recovery_code,
        other => panic!("{other:?}"),
    }
}

fn start_direct(engine: &mut Engine, account: AccountId) -> ConversationId {
    match result(&run(engine, Command::StartDirect { account })) {
        Some(Ok(Answer::Conversation { conversation })) => conversation,
        other => panic!("{other:?}"),
    }
}

fn send_text(engine: &mut Engine, conversation: ConversationId, id: u8, text: &str) -> Vec<Effect> {
    run(engine, Command::SendText { conversation, id: ClientId([id; 16]), text: text.to_owned(), reply_to: None })
}

fn texts(engine: &Engine, conversation: ConversationId) -> Vec<(String, Option<Delivery>)> {
    let Snapshot::Timeline(timeline) = engine.snapshot(&SnapshotKey::newest(conversation, 50)) else { panic!() };
    let text = |content| match content {
        ItemContent::Message(message) => Some((message.text, message.delivery)),
        _ => None,
    };
    timeline.items.into_iter().filter_map(|item| text(item.content)).collect()
}

#[test]
fn signing_up_sends_an_identity_that_verifies_and_then_connects() {
    let mut engine = open(Database::open_in_memory().unwrap());
    let (id, finish) = ask_to_sign_up(&mut engine);
    let root: [u8; 32] = finish.root_public_key.as_ref().try_into().unwrap();
    let list_key = ListKeyCertificate::from_bytes(&finish.list_key_certificate).unwrap();
    let list = DeviceList::from_bytes(&finish.device_list).unwrap();
    let certificate = DeviceCertificate::from_bytes(&finish.device_certificate).unwrap();
    certificate.verify(&list_key).unwrap();
    let chain = DeviceChain::verify(&root, &[list_key], vec![list]).unwrap();
    assert!(chain.admits(&finish.device, &certificate.signature_key, 1));

    let effects = answer(&mut engine, id, Ok(signed_in(&finish)));
    assert_eq!(result(&effects), Some(Ok(Answer::Done)));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Connect { token } if token.0 == vec![5; 32])));
    assert!(recovery_code(&engine).is_some());
}

#[test]
fn the_root_key_does_not_stay_on_the_device() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("client.db");
    let mut engine = open(Database::open(&path).unwrap());
    let (id, finish) = ask_to_sign_up(&mut engine);
    answer(&mut engine, id, Ok(signed_in(&finish)));
    let code = recovery::RecoveryCode::parse(&recovery_code(&engine).unwrap()).unwrap();
    let way = keys::BY_RECOVERY_CODE;
    let opened = keys::AccountKeys::open(&finish.backup, finish.account, way, &code.wrapping_key()).unwrap();
    let stored = std::fs::read(&path).unwrap();
    let holds = |key: &[u8]| stored.windows(32).any(|part| part == key);
    assert!(holds(&*opened.shared.list_key) && !holds(&*opened.root));
}

#[test]
fn what_is_wrong_with_a_sign_up_is_said_before_anything_is_sent() {
    let mut engine = open(Database::open_in_memory().unwrap());
    let named = |username: &str, display_name: &str| Command::SignUp {
        username: username.to_owned(),
        display_name: display_name.to_owned(),
        password: PASSWORD.to_owned(),
        invite: None,
    };
    let cases = [
        (sign_up_command("password1"), "guessable-password"),
        (named("Alice!", "Alice"), "invalid-username"),
        (named("alice", " "), "invalid-name"),
    ];
    for (command, kind) in cases {
        let effects = run(&mut engine, command);
        assert_eq!(result(&effects).unwrap().unwrap_err().kind, kind);
        assert!(requests(&effects).is_empty());
    }
}

#[test]
fn a_sign_up_whose_answer_is_lost_is_asked_again_with_the_same_keys() {
    let mut engine = open(Database::open_in_memory().unwrap());
    let (id, first) = ask_to_sign_up(&mut engine);
    let effects = answer(&mut engine, id, Err(RequestFailure::Lost));
    assert!(requests(&effects).is_empty());
    let at = timer(&effects, TimerId::Retry).unwrap();
    assert!(at > 1_000);
    let (again, second) = finish_request(&engine.handle(Event::Timer(TimerId::Retry), at));
    assert_eq!((first.account, &first.backup), (second.account, &second.backup));
    // It had arrived: the account is this one's if the password opens it.
    let taken = Problem::new(ProblemKind::UsernameTaken).into();
    let effects = answer(&mut engine, again, Err(taken));
    assert!(matches!(requests(&effects).as_slice(), [(_, Request::SignInStart(start))] if start.username == "alice"));
    assert_eq!(result(&effects), None);
}

#[test]
fn the_recovery_code_of_a_sign_up_that_was_cut_off_comes_with_the_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("client.db");
    let mut engine = open(Database::open(&path).unwrap());
    let server = ServerSetup::<OpaqueSuite>::new(&mut StdRng::seed_from_u64(8));
    // The request leaves and the device is closed: nobody here knows that the account was made.
    let (_, finish) = ask_to_sign_up(&mut engine);
    drop(engine);
    let mut engine = open(Database::open(&path).unwrap());
    engine.handle(Event::Started, 2_000);

    // The person signs up again under that name.
    let effects = run(&mut engine, sign_up_command(PASSWORD));
    let Some((id, Request::RegistrationStart(_))) = requests(&effects).pop() else { panic!("{effects:?}") };
    let effects = answer(&mut engine, id, Err(Problem::new(ProblemKind::UsernameTaken).into()));
    let Some((id, Request::SignInStart(start))) = requests(&effects).pop() else { panic!("{effects:?}") };
    let upload = RegistrationUpload::<OpaqueSuite>::deserialize(&finish.upload).unwrap();
    let message = CredentialRequest::deserialize(&start.message).unwrap();
    let (record, mut rng) = (ServerRegistration::finish(upload), StdRng::seed_from_u64(9));
    let parameters = ServerLoginParameters::default();
    let begun = ServerLogin::start(&mut rng, &server, Some(record), message, b"alice", parameters).unwrap();
    let message = begun.message.serialize().to_vec().into();
    let started = SignInStarted { sign_in: SignInId([1; 16]), message };
    let effects = answer(&mut engine, id, Ok(Response::SignInStart(started)));
    let Some((id, Request::SignInFinish(_))) = requests(&effects).pop() else { panic!("{effects:?}") };
    let Response::RegistrationFinish(made) = signed_in(&finish) else { panic!() };
    let effects = answer(&mut engine, id, Ok(Response::SignInFinish(made)));

    assert_eq!(result(&effects), Some(Ok(Answer::Done)));
    let code = recovery::RecoveryCode::parse(&recovery_code(&engine).unwrap()).unwrap();
    let way = keys::BY_RECOVERY_CODE;
    assert!(keys::AccountKeys::open(&finish.backup, finish.account, way, &code.wrapping_key()).is_some());
}

#[test]
fn a_name_that_is_taken_is_said() {
    let mut engine = open(Database::open_in_memory().unwrap());
    let (id, _) = ask_to_sign_up(&mut engine);
    let effects = answer(&mut engine, id, Err(Problem::new(ProblemKind::UsernameTaken).into()));
    assert_eq!(result(&effects).unwrap().unwrap_err().kind, "username-taken");
}

#[test]
fn the_recovery_code_is_shown_until_it_is_typed_and_holds_back_the_second_chat() {
    let mut engine = open(Database::open_in_memory().unwrap());
    sign_up(&mut engine);
    start_direct(&mut engine, BOB);
    let second = Command::StartDirect { account: AccountId([0xca; 16]) };
    assert_eq!(result(&run(&mut engine, second.clone())).unwrap().unwrap_err().kind, "confirm-code-first");
    let code = recovery_code(&engine).unwrap();
    let wrong = Command::ConfirmRecoveryCode { code: code.replace('-', "").chars().rev().collect() };
    assert_eq!(result(&run(&mut engine, wrong)).unwrap().unwrap_err().kind, "wrong-code");
    let typed = Command::ConfirmRecoveryCode { code: code.to_lowercase().replace('-', " ") };
    assert_eq!(result(&run(&mut engine, typed)), Some(Ok(Answer::Done)));
    assert_eq!(recovery_code(&engine), None);
    assert!(result(&run(&mut engine, second)).unwrap().is_ok());
}

#[test]
fn what_is_written_offline_is_kept_over_a_restart_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("client.db");
    let mut engine = open(Database::open(&path).unwrap());
    sign_up(&mut engine);
    let conversation = start_direct(&mut engine, BOB);
    for _ in 0..2 {
        send_text(&mut engine, conversation, 1, "hello");
    }
    send_text(&mut engine, conversation, 2, "again");
    drop(engine);
    let mut engine = open(Database::open(&path).unwrap());
    let pending = Some(Delivery::Pending);
    assert_eq!(texts(&engine, conversation), [("hello".to_owned(), pending.clone()), ("again".to_owned(), pending)]);
    let effects = engine.handle(Event::Started, 2_000);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Connect { .. })));
    // The chat with someone is one.
    assert_eq!(start_direct(&mut engine, BOB), conversation);
}

#[test]
fn a_text_that_is_too_large_is_refused_at_once() {
    let mut engine = open(Database::open_in_memory().unwrap());
    sign_up(&mut engine);
    let conversation = start_direct(&mut engine, BOB);
    let effects = send_text(&mut engine, conversation, 1, &"x".repeat(64 * 1024 + 1));
    assert_eq!(result(&effects).unwrap().unwrap_err().kind, "message-too-large");
    assert!(texts(&engine, conversation).is_empty());
}

#[test]
fn a_database_that_cannot_be_written_fails_visibly_and_works_again_later() {
    let mut engine = open(Database::open_in_memory().unwrap());
    sign_up(&mut engine);
    let conversation = start_direct(&mut engine, BOB);
    engine.connection.pragma_update(None, "query_only", true).unwrap();
    let effects = send_text(&mut engine, conversation, 1, "hello");
    assert_eq!(result(&effects).unwrap().unwrap_err().kind, "storage");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Disconnect)));
    assert!(texts(&engine, conversation).is_empty());

    engine.connection.pragma_update(None, "query_only", false).unwrap();
    assert_eq!(result(&send_text(&mut engine, conversation, 1, "hello")), Some(Ok(Answer::Done)));
    assert_eq!(texts(&engine, conversation).len(), 1);
    let effects = engine.handle(Event::Disconnected { code: None }, 3_000);
    let at = timer(&effects, TimerId::Reconnect).unwrap();
    let effects = engine.handle(Event::Timer(TimerId::Reconnect), at);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Connect { .. })));
}

#[test]
fn connecting_anew_after_a_failure_does_not_need_the_end_of_the_socket() {
    let mut engine = open(Database::open_in_memory().unwrap());
    sign_up(&mut engine);
    let conversation = start_direct(&mut engine, BOB);
    engine.connection.pragma_update(None, "query_only", true).unwrap();
    let effects = send_text(&mut engine, conversation, 1, "hello");
    let at = timer(&effects, TimerId::Reconnect).unwrap();
    engine.connection.pragma_update(None, "query_only", false).unwrap();
    let effects = engine.handle(Event::Timer(TimerId::Reconnect), at);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Connect { .. })));
}

#[test]
fn a_connection_asks_for_what_may_have_changed_and_a_lost_one_is_made_again() {
    let mut engine = open(Database::open_in_memory().unwrap());
    sign_up(&mut engine);
    let effects = connect(&mut engine, 1_000);
    let asked: Vec<_> = requests(&effects).iter().map(|(_, request)| request.name()).collect();
    assert_eq!(asked, ["device-lists/read", "devices/read", "key-packages/count", "vault/read", "conversations/list"]);
    assert_eq!(engine.snapshot(&SnapshotKey::Connection), Snapshot::Connection(Connection::CatchingUp));
    engine.handle(Event::Disconnected { code: Some(CloseCode::Draining) }, 1_000);
    assert_eq!(engine.snapshot(&SnapshotKey::Connection), Snapshot::Connection(Connection::Offline));
    // The device says that it has a network: no need to wait.
    let effects = run(&mut engine, Command::NetworkChanged { online: true });
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Connect { .. })));
}

#[test]
fn a_session_that_the_server_ended_shows_nothing_and_keeps_what_was_written() {
    let mut engine = open(Database::open_in_memory().unwrap());
    sign_up(&mut engine);
    let conversation = start_direct(&mut engine, BOB);
    send_text(&mut engine, conversation, 1, "hello");
    engine.handle(Event::Disconnected { code: Some(CloseCode::SignedOut) }, 2_000);
    let reason = Some(SignedOutReason::SessionEnded);
    assert_eq!(engine.snapshot(&SnapshotKey::Session), Snapshot::Session(Session::SignedOut { reason }));
    assert!(texts(&engine, conversation).is_empty());
    let kept: u64 =
        engine.connection.query_row("SELECT count(*) FROM outbox WHERE kind = 0", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 1);
}

#[test]
fn a_failed_message_stays_failed_where_nothing_can_be_sent() {
    let mut engine = open(Database::open_in_memory().unwrap());
    sign_up(&mut engine);
    let conversation = start_direct(&mut engine, BOB);
    send_text(&mut engine, conversation, 1, "hello");
    let store = Store(&engine.connection);
    let id = ClientId([1; 16]);
    let row = store.outbox_find(conversation, id).unwrap().unwrap();
    store.outbox_set_failed(row.position, true).unwrap();
    store.set_item_failure(conversation, id, Some("the conversation was stopped")).unwrap();
    for phase in [store::Phase::Stopped, store::Phase::Left] {
        Store(&engine.connection).set_phase(conversation, phase).unwrap();
        let effects = run(&mut engine, Command::Retry { conversation, id });
        assert_eq!(result(&effects).unwrap().unwrap_err().kind, "not-allowed");
        assert_eq!(texts(&engine, conversation), [("hello".to_owned(), Some(Delivery::Failed))]);
        let Snapshot::Conversations(list) = engine.snapshot(&SnapshotKey::Conversations) else { panic!() };
        assert!(list.rows.iter().all(|row| row.ended && !row.joining));
    }
}

#[test]
fn who_starts_a_chat_does_not_wait_while_the_server_refuses_for_a_while() {
    let mut engine = open(Database::open_in_memory().unwrap());
    sign_up(&mut engine);
    connect(&mut engine, 1_000);
    let effects = run(&mut engine, Command::StartDirect { account: BOB });
    assert_eq!(result(&effects), None);
    let asked = requests(&effects).into_iter();
    let mut claim = asked.filter(|(_, request)| matches!(request, Request::KeyPackagesClaim(_))).map(|(id, _)| id);
    let busy = Problem::new(ProblemKind::RateLimited).into();
    let effects = answer(&mut engine, claim.next_back().unwrap(), Err(busy));
    let Some(Ok(Answer::Conversation { conversation })) = result(&effects) else { panic!("{effects:?}") };
    assert_eq!(result(&send_text(&mut engine, conversation, 1, "hello")), Some(Ok(Answer::Done)));
    assert!(timer(&effects, TimerId::Retry).is_some());
}

#[test]
fn a_clock_that_is_set_back_makes_what_waits_due() {
    let mut engine = open(Database::open_in_memory().unwrap());
    sign_up(&mut engine);
    let late = 50_000_000;
    let effects = engine.handle(Event::Disconnected { code: None }, late);
    assert!(timer(&effects, TimerId::Reconnect).unwrap() >= late);
    let effects = engine.handle(Event::Timer(TimerId::Cursors), 1_000);
    assert_eq!(timer(&effects, TimerId::Reconnect), Some(1_000));
    assert_eq!(timer(&effects, TimerId::Maintenance), Some(1_000));
    let effects = engine.handle(Event::Timer(TimerId::Reconnect), 1_000);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Connect { .. })));
}

#[test]
fn answers_that_nobody_waits_for_change_nothing() {
    let mut engine = open(Database::open_in_memory().unwrap());
    sign_up(&mut engine);
    assert!(answer(&mut engine, RequestId(4_711), Err(RequestFailure::Lost)).is_empty());
}

#[test]
fn a_command_is_no_secret_in_a_log() {
    let event = Event::Command { id: CommandId(1), command: sign_up_command(PASSWORD) };
    assert!(!format!("{event:?}").contains(PASSWORD));
}
