//! Messages in the engine: what is written here offline, and what comes from the log, honest or forged.

use super::*;
use crate::{
    content::{Content, Disposition, Expiration, MARKDOWN, MessageId, MimiContent, NestedPart, account_uri},
    engine::timeline::Origin,
    snapshot::{Message, SendFailure, Timeline, TimelineItem},
    store::{Own, Phase},
};
use sealpost_protocol::{
    conversation::{Append, ConversationKind, LogAppend},
    socket::to_cbor,
};

const CAROL: AccountId = AccountId([0xca; 16]);
/// By the server's clock, which is this device's until they are compared.
pub(super) const NOW: Timestamp = 1_000;

pub(super) fn chat() -> (Engine, ConversationId) {
    let mut engine = open(Database::open_in_memory().unwrap());
    sign_up(&mut engine);
    let conversation = start_direct(&mut engine, BOB);
    (engine, conversation)
}

pub(super) fn within<T>(engine: &mut Engine, work: impl FnOnce(&mut Turn<'_>) -> T) -> T {
    let mut turn = Turn {
        store: Store(&engine.connection),
        config: &engine.config,
        rng: &mut *engine.rng,
        now: NOW,
        memory: &mut engine.memory,
        effects: Vec::new(),
        changed: Default::default(),
    };
    work(&mut turn)
}

pub(super) fn text(text: &str) -> NestedPart {
    NestedPart::single(Disposition::Render, MARKDOWN, text.as_bytes())
}

/// Content that someone made; `salt` makes it one of its own.
pub(super) fn content(at: ConversationId, sender: AccountId, salt: u8, body: NestedPart) -> MimiContent {
    MimiContent::new(sender, at, [salt; 16], body)
}

pub(super) fn id_of(at: ConversationId, sender: AccountId, content: &MimiContent) -> MessageId {
    Content::new(content.clone()).unwrap().id_in(at, sender)
}

/// Takes what the log has at `seq`; its client id is made of `seq` too.
pub(super) fn take(engine: &mut Engine, at: ConversationId, seq: u8, sender: AccountId, content: &MimiContent) -> bool {
    let origin = Origin {
        conversation: at,
        id: ClientId([seq; 16]),
        seq: Some(u64::from(seq)),
        time: NOW + u64::from(seq),
        sender,
        own: Own::No,
    };
    let bytes = Content::new(content.clone()).unwrap();
    within(engine, |turn| {
        let new = turn.write_message(&origin, bytes.bytes()).unwrap();
        turn.changed(at);
        turn.settle().unwrap();
        new
    })
}

fn timeline_of(engine: &Engine, key: &SnapshotKey) -> Timeline {
    match engine.snapshot(key) {
        Snapshot::Timeline(timeline) => timeline,
        other => panic!("{other:?}"),
    }
}

pub(super) fn items(engine: &Engine, at: ConversationId) -> Vec<TimelineItem> {
    timeline_of(engine, &SnapshotKey::newest(at, 50)).items
}

pub(super) fn shown(engine: &Engine, at: ConversationId, number: usize) -> Message {
    match &items(engine, at)[number].content {
        ItemContent::Message(message) => (**message).clone(),
        other => panic!("{other:?}"),
    }
}

pub(super) fn key(id: u8) -> String {
    ClientId([id; 16]).to_string()
}

pub(super) fn does(engine: &mut Engine, command: Command) {
    assert_eq!(result(&run(engine, command)), Some(Ok(Answer::Done)));
}

fn refused(engine: &mut Engine, command: Command) -> String {
    result(&run(engine, command)).unwrap().unwrap_err().kind
}

pub(super) fn waiting(engine: &Engine) -> u64 {
    engine.connection.query_row("SELECT count(*) FROM outbox WHERE kind = 0", [], |row| row.get(0)).unwrap()
}

pub(super) fn react(conversation: ConversationId, id: u8, emoji: &str, add: bool) -> Command {
    Command::React { conversation, key: key(id), emoji: emoji.to_owned(), add }
}

pub(super) fn edit(conversation: ConversationId, id: u8, text: &str) -> Command {
    Command::EditText { conversation, key: key(id), text: text.to_owned() }
}

pub(super) fn delete(conversation: ConversationId, id: u8, everyone: bool) -> Command {
    Command::DeleteMessages { conversation, keys: vec![key(id)], everyone }
}

#[test]
fn edits_and_deletions_count_from_the_author_only_and_in_any_order() {
    let (mut engine, at) = chat();
    let original = content(at, BOB, 1, text("one"));
    let replaces = Some(id_of(at, BOB, &original));
    // The edit comes before what it edits.
    let edited = MimiContent { replaces, ..content(at, BOB, 2, text("two")) };
    assert!(take(&mut engine, at, 3, BOB, &edited));
    assert!(items(&engine, at).is_empty());
    take(&mut engine, at, 1, BOB, &original);
    assert_eq!((shown(&engine, at, 0).text.as_str(), shown(&engine, at, 0).edited), ("two", true));

    let forged = MimiContent { replaces, ..content(at, CAROL, 4, text("forged")) };
    take(&mut engine, at, 4, CAROL, &forged);
    let null = || NestedPart::null(Disposition::Render);
    take(&mut engine, at, 5, CAROL, &MimiContent { replaces, ..content(at, CAROL, 5, null()) });
    assert_eq!(shown(&engine, at, 0).text, "two");
    let info = engine.snapshot(&SnapshotKey::MessageInfo { conversation: at, key: key(1) });
    let Snapshot::MessageInfo(info) = info else { panic!() };
    assert_eq!(info.revisions.iter().map(|said| said.text.as_str()).collect::<Vec<_>>(), ["one"]);

    take(&mut engine, at, 6, BOB, &MimiContent { replaces, ..content(at, BOB, 6, null()) });
    assert!(matches!(items(&engine, at)[0].content, ItemContent::Deleted { own: false, .. }));
    let left: u64 = engine.connection.query_row("SELECT count(*) FROM amendments", [], |row| row.get(0)).unwrap();
    let texts: u64 = engine
        .connection
        .query_row("SELECT count(*) FROM timeline WHERE text IS NOT NULL OR content IS NOT NULL", [], |row| row.get(0))
        .unwrap();
    assert_eq!((left, texts), (0, 0), "nothing of it is kept");
    // What comes late about it changes nothing.
    take(&mut engine, at, 7, BOB, &MimiContent { replaces, ..content(at, BOB, 7, text("three")) });
    assert!(matches!(items(&engine, at)[0].content, ItemContent::Deleted { .. }));
}

#[test]
fn the_same_message_under_two_client_ids_is_one() {
    let (mut engine, at) = chat();
    let original = content(at, BOB, 1, text("one"));
    assert!(take(&mut engine, at, 1, BOB, &original));
    assert!(!take(&mut engine, at, 2, BOB, &original));
    assert_eq!(items(&engine, at).len(), 1);
}

#[test]
fn reactions_are_written_offline_and_taken_back_before_they_leave() {
    let (mut engine, at) = chat();
    take(&mut engine, at, 1, BOB, &content(at, BOB, 1, text("one")));
    for _ in 0..2 {
        does(&mut engine, react(at, 1, "❤", true));
    }
    does(&mut engine, react(at, 1, "👍", true));
    assert_eq!(waiting(&engine), 2);
    let emoji = |engine: &Engine| -> Vec<String> {
        shown(engine, at, 0)
            .reactions
            .into_iter()
            .filter(|reaction| reaction.own)
            .map(|reaction| reaction.emoji)
            .collect()
    };
    assert_eq!(emoji(&engine), ["❤", "👍"]);
    does(&mut engine, react(at, 1, "❤", false));
    assert_eq!((waiting(&engine), emoji(&engine)), (1, vec!["👍".to_owned()]));
    assert_eq!(refused(&mut engine, react(at, 1, "words", true)), "invalid-request");
    assert_eq!(refused(&mut engine, react(at, 9, "❤", true)), "not-found");
}

#[test]
fn a_message_that_did_not_leave_is_deleted_with_all_that_changes_it() {
    let (mut engine, at) = chat();
    send_text(&mut engine, at, 1, "one");
    send_text(&mut engine, at, 2, "two");
    does(&mut engine, edit(at, 1, "uno"));
    does(&mut engine, react(at, 1, "❤", true));
    assert_eq!(waiting(&engine), 4);
    let message = shown(&engine, at, 0);
    assert_eq!((message.text.as_str(), message.edited, message.may_edit), ("uno", true, true));
    does(&mut engine, delete(at, 1, true));
    assert_eq!(waiting(&engine), 1);
    assert_eq!(texts(&engine, at).len(), 1);
    assert_eq!(refused(&mut engine, edit(at, 1, "eins")), "not-found");
}

#[test]
fn others_messages_are_neither_edited_nor_deleted_for_everyone() {
    let (mut engine, at) = chat();
    take(&mut engine, at, 1, BOB, &content(at, BOB, 1, text("one")));
    assert_eq!(refused(&mut engine, edit(at, 1, "two")), "not-allowed");
    assert_eq!(refused(&mut engine, delete(at, 1, true)), "not-allowed");
    does(&mut engine, delete(at, 1, false));
    assert!(items(&engine, at).is_empty());
    assert_eq!(waiting(&engine), 0);
}

#[test]
fn a_reply_quotes_what_is_here_and_says_when_it_is_not() {
    let (mut engine, at) = chat();
    let original = content(at, BOB, 1, text("**one**\nmore"));
    take(&mut engine, at, 1, BOB, &original);
    let (id, reply_to) = (ClientId([2; 16]), Some(key(1)));
    does(&mut engine, Command::SendText { conversation: at, id, text: "two".to_owned(), reply_to });
    let quote = shown(&engine, at, 1).reply.unwrap();
    assert_eq!((quote.key, quote.text.as_str(), quote.deleted), (Some(key(1)), "one", false));
    assert_eq!(quote.sender.unwrap().account, BOB);

    let elsewhere = Some(MessageId([9; 32]));
    take(&mut engine, at, 3, BOB, &MimiContent { in_reply_to: elsewhere, ..content(at, BOB, 3, text("three")) });
    let quote = shown(&engine, at, 1).reply.unwrap();
    assert_eq!((quote.key, quote.sender, quote.deleted), (None, None, false));
}

#[test]
fn what_waits_moves_to_the_conversation_that_won_with_ids_that_fit() {
    let (mut engine, local) = chat();
    send_text(&mut engine, local, 1, "one");
    let (id, reply_to) = (ClientId([2; 16]), Some(key(1)));
    does(&mut engine, Command::SendText { conversation: local, id, text: "two".to_owned(), reply_to });
    does(&mut engine, edit(local, 1, "uno"));
    does(&mut engine, react(local, 2, "❤", true));
    let winner = ConversationId([7; 16]);
    within(&mut engine, |turn| {
        let suite = turn.config.suite.number();
        turn.store.add_conversation(winner, ConversationKind::Direct, suite, Phase::Expected, NOW).unwrap();
        turn.move_messages(local, winner).unwrap();
        turn.store.outbox_move(local, winner).unwrap();
    });
    let (one, two) = (shown(&engine, winner, 0), shown(&engine, winner, 1));
    assert_eq!((one.text.as_str(), one.edited), ("uno", true));
    assert_eq!((two.reply.unwrap().key, two.reactions.len()), (Some(key(1)), 1));
    assert_eq!(waiting(&engine), 4);
    let row = Store(&engine.connection).item(winner, &key(1)).unwrap().unwrap();
    let moved = Content::decode(row.content.as_deref().unwrap()).unwrap();
    assert_eq!(row.message_id, Some(moved.id_in(winner, row.sender.unwrap())));
    let fields = format!("{:?}", moved.meaning().extensions);
    assert!(fields.contains(&winner.to_string()) && !fields.contains(&local.to_string()), "{fields}");
}

#[test]
fn polls_are_asked_and_the_last_vote_counts() {
    let (mut engine, at) = chat();
    let ask = |multiple, options: &[&str]| Command::SendPoll {
        conversation: at,
        id: ClientId([1; 16]),
        question: "Lunch?".to_owned(),
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        multiple,
    };
    assert_eq!(refused(&mut engine, ask(false, &["only"])), "invalid-request");
    does(&mut engine, ask(false, &["Soup", "Rice"]));
    let vote = |choices: &[u32]| Command::Vote { conversation: at, key: key(1), choices: choices.to_vec() };
    does(&mut engine, vote(&[0]));
    does(&mut engine, vote(&[1]));
    does(&mut engine, vote(&[1]));
    assert_eq!(waiting(&engine), 3);
    assert_eq!(refused(&mut engine, vote(&[0, 1])), "invalid-request");
    let message = shown(&engine, at, 0);
    let poll = message.poll.unwrap();
    assert_eq!((message.text.as_str(), message.may_edit, poll.voters), ("Lunch?", false, 1));
    assert_eq!(
        poll.options.iter().map(|option| (option.own, option.people.len())).collect::<Vec<_>>(),
        [(false, 0), (true, 1)]
    );
}

#[test]
fn a_mention_is_a_person_and_counts_while_it_is_unread() {
    let (mut engine, at) = chat();
    within(&mut engine, |turn| turn.store.set_names(BOB, "bob", "Bob B.").unwrap());
    send_text(&mut engine, at, 1, "hi @bob");
    let row = Store(&engine.connection).item(at, &key(1)).unwrap().unwrap();
    let wire = Content::decode(row.content.as_deref().unwrap()).unwrap();
    let uri = account_uri(BOB);
    assert_eq!(wire.meaning().shown_text(), Some(format!(r"hi [@Bob B\.]({uri})").as_str()));
    assert_eq!(shown(&engine, at, 0).text, "hi @bob");

    let Snapshot::Session(Session::SignedIn { me, .. }) = engine.snapshot(&SnapshotKey::Session) else { panic!() };
    within(&mut engine, |turn| turn.store.set_names(me.account, "alice", "Alice").unwrap());
    take(&mut engine, at, 2, BOB, &content(at, BOB, 2, text(&format!("[@A]({}) look", account_uri(me.account)))));
    let message = shown(&engine, at, 0);
    assert!(message.mentions_me);
    assert_eq!(message.text, "@alice look");
    let row = |engine: &Engine| match engine.snapshot(&SnapshotKey::Conversations) {
        Snapshot::Conversations(list) => (list.rows[0].mentioned, list.rows[0].unread),
        other => panic!("{other:?}"),
    };
    assert_eq!(row(&engine), (true, 1));
    within(&mut engine, |turn| {
        turn.store.set(at, "read_seq", 2).unwrap();
        turn.changed(at);
        turn.settle().unwrap();
    });
    assert_eq!(row(&engine), (false, 0));
}

#[test]
fn copies_are_marked_and_go_to_each_place_in_order() {
    let (mut engine, at) = chat();
    take(&mut engine, at, 1, BOB, &content(at, BOB, 1, text("one")));
    take(&mut engine, at, 2, BOB, &content(at, BOB, 2, text("two")));
    let forward = |keys| Command::Forward { id: ClientId([9; 16]), conversation: at, keys, to: vec![at] };
    does(&mut engine, forward(vec![key(1), key(2)]));
    let copies: Vec<_> = (2..4).map(|number| shown(&engine, at, number)).collect();
    assert!(copies.iter().all(|copy| copy.forwarded && copy.own));
    assert_eq!(copies.iter().map(|copy| copy.text.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(refused(&mut engine, forward(vec![key(9)])), "not-found");
}

#[test]
fn messages_disappear_by_the_servers_clock_with_all_that_is_about_them() {
    let (mut engine, at) = chat();
    let expires = Some(Expiration::AfterReading(30));
    let original = MimiContent { expires, ..content(at, BOB, 1, text("gone soon")) };
    take(&mut engine, at, 1, BOB, &original);
    does(&mut engine, react(at, 1, "❤", true));
    take(&mut engine, at, 2, BOB, &content(at, BOB, 2, text("stays")));
    let due = NOW + 1 + 30_000;
    assert_eq!(shown(&engine, at, 0).expires, Some(due));
    // This device's clock is an hour ahead: by the server's there is time.
    let ahead = 3_600_000;
    engine.memory.clock_offset = -ahead;
    engine.memory.clocks_compared = true;
    engine.handle(Event::Timer(TimerId::Expiry), due - 1 + ahead.unsigned_abs());
    assert_eq!(items(&engine, at).len(), 2);
    let effects = engine.handle(Event::Timer(TimerId::Expiry), due + ahead.unsigned_abs());
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Changed(_))));
    assert_eq!(texts(&engine, at).iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>(), ["stays"]);
    let left: u64 = engine.connection.query_row("SELECT count(*) FROM amendments", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}

#[test]
fn a_timer_goes_with_what_is_sent_and_not_with_deletions() {
    let (mut engine, at) = chat();
    Store(&engine.connection).set(at, "timer", 60).unwrap();
    send_text(&mut engine, at, 1, "one");
    let store = Store(&engine.connection);
    let row = store.item(at, &key(1)).unwrap().unwrap();
    assert_eq!((row.expires_in, row.expires), (Some(60), None), "its time begins when the log has it");
    let (expires_in, hash) =
        within(&mut engine, |turn| turn.retention(at, ClientId([1; 16]), row.content.as_deref().unwrap()).unwrap());
    assert_eq!((expires_in, hash.map(|hash| hash.0.len())), (Some(60), Some(32)));
    within(&mut engine, |turn| turn.message_logged(at, ClientId([1; 16]), 1, 5_000).unwrap());
    let row = Store(&engine.connection).item(at, &key(1)).unwrap().unwrap();
    assert_eq!(row.expires, Some(65_000));
}

#[test]
fn a_deletion_that_the_log_has_is_asked_of_the_server_once_for_message_and_edits() {
    let (mut engine, at) = chat();
    send_text(&mut engine, at, 1, "one");
    let log = |engine: &mut Engine, id: ClientId, seq| {
        within(engine, |turn| assert!(turn.message_logged(at, id, seq, 5_000 + seq).unwrap()));
    };
    let newest = |engine: &Engine| -> ClientId {
        let id =
            engine
                .connection
                .query_row("SELECT client_id FROM outbox ORDER BY position DESC LIMIT 1", [], |row| row.get(0));
        ClientId(id.unwrap())
    };
    log(&mut engine, ClientId([1; 16]), 1);
    does(&mut engine, edit(at, 1, "uno"));
    let id = newest(&engine);
    log(&mut engine, id, 2);
    does(&mut engine, delete(at, 1, true));
    assert!(matches!(items(&engine, at)[0].content, ItemContent::Deleted { own: true, .. }));
    let id = newest(&engine);
    log(&mut engine, id, 3);
    let effects = connect(&mut engine, NOW);
    let asked = requests(&effects);
    let erase = |request: &Request| match request {
        Request::LogErase(erase) => Some(erase.seq),
        _ => None,
    };
    let (id, _) = asked.iter().find(|(_, request)| erase(request) == Some(1)).unwrap();
    let effects = answer(&mut engine, *id, Ok(Response::LogErase(sealpost_protocol::account::Done {})));
    let asked = requests(&effects);
    let (id, _) = asked.iter().find(|(_, request)| erase(request) == Some(2)).unwrap();
    let effects = answer(&mut engine, *id, Err(Problem::new(ProblemKind::NotFound).into()));
    assert!(requests(&effects).iter().all(|(_, request)| erase(request).is_none()));
    let left: u64 = engine.connection.query_row("SELECT count(*) FROM erasures", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}

#[test]
fn a_server_that_blanks_what_nobody_deleted_removes_nothing_here() {
    let (mut engine, at) = chat();
    take(&mut engine, at, 1, BOB, &content(at, BOB, 1, text("stays")));
    let expires = Some(Expiration::AfterReading(30));
    take(&mut engine, at, 2, BOB, &MimiContent { expires, ..content(at, BOB, 2, text("due soon")) });
    within(&mut engine, |turn| {
        turn.entry_erased(at, 1).unwrap();
        turn.entry_erased(at, 2).unwrap();
    });
    assert_eq!(texts(&engine, at).len(), 1);
}

#[test]
fn an_edit_that_cannot_be_sent_says_so_and_is_given_up_or_tried_again() {
    let (mut engine, at) = chat();
    send_text(&mut engine, at, 1, "one");
    within(&mut engine, |turn| turn.message_logged(at, ClientId([1; 16]), 1, 5_000).unwrap());
    does(&mut engine, edit(at, 1, "uno"));
    within(&mut engine, |turn| turn.fail_messages(at, SendFailure::Refused).unwrap());
    let message = shown(&engine, at, 0);
    assert_eq!((message.text.as_str(), message.delivery), ("one", Some(Delivery::Failed)));
    assert_eq!(message.failure, Some(SendFailure::Refused));
    does(&mut engine, Command::Retry { conversation: at, id: ClientId([1; 16]) });
    assert_eq!((shown(&engine, at, 0).text.as_str(), shown(&engine, at, 0).delivery), ("uno", Some(Delivery::Pending)));
    within(&mut engine, |turn| turn.fail_messages(at, SendFailure::Refused).unwrap());
    does(&mut engine, Command::Discard { conversation: at, id: ClientId([1; 16]) });
    assert_eq!((waiting(&engine), shown(&engine, at, 0).delivery), (0, Some(Delivery::Sent)));
}

#[test]
fn windows_are_around_an_item_and_a_time_is_found() {
    let (mut engine, at) = chat();
    for seq in 1..=20 {
        take(&mut engine, at, seq, BOB, &content(at, BOB, seq, text(&format!("text {seq}"))));
    }
    let window = |around: Option<String>| {
        let timeline = timeline_of(&engine, &SnapshotKey::Timeline { conversation: at, limit: 3, around });
        let keys: Vec<_> = timeline.items.iter().map(|item| item.key.clone()).collect();
        (keys, timeline.has_older, timeline.has_newer)
    };
    let keys = |range: std::ops::RangeInclusive<u8>| range.map(key).collect::<Vec<_>>();
    assert_eq!(window(None), (keys(18..=20), true, false));
    assert_eq!(window(Some(key(10))), (keys(7..=13), true, true));
    assert_eq!(window(Some(key(2))), (keys(1..=5), false, true));
    assert_eq!(window(Some(key(19))), (keys(16..=20), true, false));
    assert_eq!(window(Some("unknown".to_owned())), (keys(18..=20), true, false));
    let found = result(&run(&mut engine, Command::FindTime { conversation: at, time: NOW + 15 }));
    assert_eq!(found, Some(Ok(Answer::Found { key: Some(key(15)) })));
    let found = result(&run(&mut engine, Command::FindTime { conversation: at, time: NOW + 99 }));
    assert_eq!(found, Some(Ok(Answer::Found { key: None })));
}

#[test]
fn messages_of_an_earlier_version_get_their_ids() {
    let (mut engine, at) = chat();
    let original = content(at, BOB, 1, text("one"));
    take(&mut engine, at, 1, BOB, &original);
    engine.connection.execute("UPDATE timeline SET message_id = NULL", []).unwrap();
    assert_eq!(refused(&mut engine, react(at, 1, "❤", true)), "not-found");
    engine.handle(Event::Started, 2_000);
    does(&mut engine, react(at, 1, "❤", true));
    let row = Store(&engine.connection).item(at, &key(1)).unwrap().unwrap();
    assert_eq!(row.message_id, Some(id_of(at, BOB, &original)));
}

#[test]
fn only_what_this_device_sent_under_an_id_counts_as_its_message() {
    let (mut engine, at) = chat();
    send_text(&mut engine, at, 1, "one");
    let id = ClientId([1; 16]);
    let is_own = |engine: &mut Engine, message: &[u8]| within(engine, |turn| turn.is_as_sent(at, id, message)).unwrap();
    assert!(!is_own(&mut engine, b"sent"), "nothing was sent yet");
    within(&mut engine, |turn| {
        let append = Append::Application {
            message: b"sent".to_vec().into(),
            expires_in: None,
            delete_token_hash: None,
            blobs: Vec::new(),
        };
        let request =
            Request::LogAppend(LogAppend { conversation: at, generation: 1, epoch: 1, client_id: id, append });
        let row = turn.store.outbox_find(at, id).unwrap().unwrap();
        turn.store.outbox_set_sent(row.position, Some(&to_cbor(&request).unwrap())).unwrap();
    });
    assert!(is_own(&mut engine, b"sent") && !is_own(&mut engine, b"swapped"));
    within(&mut engine, |turn| {
        assert!(turn.message_logged(at, id, 4, 5_000).unwrap());
        // Confirmed once, it is that entry and no other.
        assert!(turn.message_logged(at, id, 4, 5_000).unwrap());
        assert!(!turn.message_logged(at, id, 5, 6_000).unwrap());
    });
}
