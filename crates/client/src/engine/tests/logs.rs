//! What a device makes of a log that is not as it has to be.

use super::{
    states::{HERE, group, within},
    *,
};
use crate::{
    snapshot::{Notice, StopCause, TimelineItem},
    store::{Intent, Phase},
};
use sealpost_mls::{Member, identity::Credential};
use sealpost_protocol::{
    ClientId,
    conversation::{ConversationKind, Entry, EntryBody, HASH_BEFORE, Inbox, InboxWelcome, LogPosition, LogWindow},
};

fn phase(engine: &mut Engine) -> Phase {
    within(engine, |turn| turn.store.conversation(HERE)).unwrap().unwrap().phase
}

/// An entry that follows what has this running hash.
fn entry(seq: u64, client_id: [u8; 16], before: &[u8; 32], body: EntryBody) -> Entry {
    let client_id = ClientId(client_id);
    let mut entry =
        Entry { seq, client_id, time: 5, generation: 1, epoch: 0, hash: Bytes::default(), body, expires_in: None };
    entry.hash = entry.running_hash(before).into();
    entry
}

fn commit(seq: u64, client_id: [u8; 16]) -> Entry {
    entry(seq, client_id, &[seq as u8; 32], EntryBody::Commit { message: vec![1, 2, 3].into() })
}

fn shows(engine: &mut Engine, last_seq: u64, entries: Vec<Entry>) {
    within(engine, |turn| turn.take_window(LogWindow { conversation: HERE, entries, last_seq, pruned: None })).unwrap();
}

fn notices(engine: &Engine) -> Vec<Notice> {
    let Snapshot::Timeline(timeline) = engine.snapshot(&SnapshotKey::newest(HERE, 99)) else { panic!("no timeline") };
    let notice = |item: TimelineItem| match item.content {
        ItemContent::Notice(notice) => Some(notice),
        _ => None,
    };
    timeline.items.into_iter().filter_map(notice).collect()
}

/// Stopped at entry 4 of its log, which breaks a rule.
fn stopped() -> (Engine, Entry) {
    let (mut engine, _) = group();
    let refused = commit(4, [4; 16]);
    within(&mut engine, |turn| {
        turn.store.advance(HERE, 3, Some(&[4; 32])).unwrap();
        let hash = <[u8; 32]>::try_from(refused.hash.as_ref()).unwrap();
        turn.store.set_log_hash(HERE, 4, &hash).unwrap();
        turn.stop(HERE, 4, StopCause::Rule).unwrap();
    });
    (engine, refused)
}

#[test]
fn a_stopped_chat_stays_so_as_long_as_the_log_has_what_was_refused() {
    let (mut engine, refused) = stopped();
    shows(&mut engine, 4, vec![refused.clone()]);
    shows(&mut engine, 6, vec![commit(5, [5; 16]), commit(6, [6; 16])]);
    shows(&mut engine, 4, Vec::new());
    assert_eq!(phase(&mut engine), Phase::Stopped);
    shows(&mut engine, 4, vec![commit(4, [9; 16])]);
    assert_eq!(phase(&mut engine), Phase::Joined, "another entry stands there");
    assert!(matches!(notices(&engine)[..], [Notice::Stopped { .. }, Notice::WentOn]));
}

#[test]
fn a_stopped_chat_goes_on_where_the_log_ends_before_what_was_refused_unless_it_is_left() {
    let (mut engine, _) = stopped();
    shows(&mut engine, 3, Vec::new());
    assert_eq!(phase(&mut engine), Phase::Joined);
    let (mut engine, _) = stopped();
    assert_eq!(
        result(&run(&mut engine, Command::LeaveGroup { conversation: HERE, successor: None })),
        Some(Ok(Answer::Done))
    );
    shows(&mut engine, 3, Vec::new());
    assert_ne!(phase(&mut engine), Phase::Joined);
}

#[test]
fn only_an_admin_with_a_connection_begins_a_stopped_group_anew() {
    let (mut engine, _) = stopped();
    let begin = |engine: &mut Engine| match result(&run(engine, Command::BeginAnew { conversation: HERE })) {
        Some(Err(failure)) => failure.kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(begin(&mut engine), "not-allowed");
    within(&mut engine, |turn| {
        let me = turn.me().unwrap();
        turn.store.set_members(HERE, &[(BOB, false), (me, true)]).unwrap();
    });
    assert_eq!(begin(&mut engine), "not-allowed", "this device never was in it");
    within(&mut engine, |turn| turn.store.set_epoch(HERE, Some(1))).unwrap();
    assert_eq!(begin(&mut engine), "offline");
    within(&mut engine, |turn| turn.store.set_phase(HERE, Phase::Joined)).unwrap();
    assert_eq!(begin(&mut engine), "not-allowed", "it was not stopped");
}

#[test]
fn a_stopped_chat_keeps_the_welcome_of_the_group_that_it_is_begun_anew_in() {
    let (mut engine, _) = stopped();
    within(&mut engine, |turn| {
        let welcome = |number, generation| InboxWelcome {
            number,
            conversation: HERE,
            kind: ConversationKind::Group,
            suite: Suite::Classic.number(),
            position: LogPosition { generation, epoch: 1, last_seq: 9 },
            hash: vec![0; 32].into(),
            welcome: vec![1].into(),
            tree: vec![0; 32].into(),
            time: 1,
        };
        turn.take_inbox(Inbox { welcomes: vec![welcome(3, 1)] }).unwrap();
        assert!(turn.store.welcome_for(HERE).unwrap().is_none(), "of the group that was stopped");
        turn.take_inbox(Inbox { welcomes: vec![welcome(4, 2)] }).unwrap();
        assert!(turn.store.welcome_for(HERE).unwrap().is_some());
        assert!(turn.memory.behind.contains(&HERE));
    });
}

#[test]
fn whoever_was_leaving_a_group_that_is_stopped_leaves_it() {
    let (mut engine, _) = group();
    within(&mut engine, |turn| {
        for (number, intent) in [(1, Intent::Remove(vec![BOB])), (2, Intent::Leave)] {
            turn.store.outbox_push(HERE, ClientId([number; 16]), &intent).unwrap();
        }
        turn.store.set_phase(HERE, Phase::Leaving).unwrap();
        turn.stop(HERE, 3, StopCause::Rule).unwrap();
        let at = turn.store.conversation(HERE).unwrap().unwrap();
        assert!(turn.leave_if_wanted(&at).unwrap());
    });
}

#[test]
fn a_chat_that_stops_in_the_same_place_again_does_not_say_that_it_goes_on() {
    let (mut engine, refused) = stopped();
    shows(&mut engine, 3, Vec::new());
    within(&mut engine, |turn| turn.stop(HERE, refused.seq, StopCause::Rule)).unwrap();
    assert!(matches!(notices(&engine)[..], [Notice::Stopped { .. }]));
}

#[test]
fn a_stopped_chat_reads_on_to_where_it_may_have_been_begun_anew() {
    let (mut engine, refused) = stopped();
    connect(&mut engine, 2_000);
    let window = LogWindow { conversation: HERE, entries: vec![refused], last_seq: 300, pruned: None };
    let asked = within(&mut engine, |turn| {
        turn.take_window(window).unwrap();
        std::mem::take(&mut turn.effects)
    });
    let read = |request| match request {
        Request::LogRead(read) => Some(read.after),
        _ => None,
    };
    assert_eq!(requests(&asked).into_iter().find_map(|(_, request)| read(request)), Some(4));
}

#[test]
fn the_root_key_of_a_commit_that_is_looked_at_is_not_remembered() {
    let (mut engine, _) = group();
    let carol = states::device(AccountId([0xca; 16]), 7).credential;
    within(&mut engine, |turn| {
        let member = |credential: &Credential| Member {
            leaf_index: 3,
            account: credential.account,
            device: credential.device,
            signature_key: credential.certificate.signature_key,
            credential: credential.clone(),
        };
        assert!(!turn.is_another_key([&member(&carol)]).unwrap());
        assert_eq!(turn.store.pinned(carol.account).unwrap(), None);
        assert!(!turn.pin_all(&[member(&carol)]).unwrap());
        assert_eq!(turn.store.pinned(carol.account).unwrap(), Some(carol.root_public_key));
        let other = states::device(carol.account, 8).credential;
        assert!(turn.is_another_key([&member(&other)]).unwrap() && turn.pin_all(&[member(&other)]).unwrap());
    });
}

/// This device made the conversation by a commit that the server has taken.
fn made() -> Engine {
    let (mut engine, _) = group();
    within(&mut engine, |turn| {
        let id = ClientId([1; 16]);
        turn.store.outbox_push(HERE, id, &Intent::Create(vec![BOB])).unwrap();
        turn.store.advance(HERE, 0, Some(&HASH_BEFORE)).unwrap();
        turn.store.set(HERE, "lists_due", false).unwrap();
    });
    engine
}

#[test]
fn a_conversation_that_was_made_here_begins_with_the_own_commit() {
    for entry in [
        entry(1, [2; 16], &HASH_BEFORE, EntryBody::Commit { message: vec![1].into() }),
        entry(1, [1; 16], &[7; 32], EntryBody::Commit { message: vec![1].into() }),
    ] {
        let mut engine = made();
        shows(&mut engine, 1, vec![entry.clone()]);
        assert_eq!(phase(&mut engine), Phase::Lost);
        assert_eq!(within(&mut engine, |turn| turn.store.conversation(HERE)).unwrap().unwrap().applied_seq, 0);
        // What is not the own commit does not show that nothing was lost.
        shows(&mut engine, 1, vec![entry]);
        assert_eq!(phase(&mut engine), Phase::Lost);
    }
}

#[test]
fn the_log_is_read_again_from_a_blank_entry_where_a_commit_is_missed() {
    let (mut engine, _) = group();
    let applied = |engine: &mut Engine| within(engine, |turn| turn.store.conversation(HERE)).unwrap().unwrap();
    within(&mut engine, |turn| {
        turn.store.set(HERE, "lists_due", false).unwrap();
        turn.store.advance(HERE, 3, Some(&[4; 32])).unwrap();
    });
    for time in 0..5 {
        shows(&mut engine, 4, vec![entry(4, [4; 16], &[4; 32], EntryBody::Blank {})]);
        assert_eq!(applied(&mut engine).applied_seq, 4);
        within(&mut engine, |turn| turn.commit_missed(HERE)).unwrap();
        let back = applied(&mut engine);
        assert_eq!((back.applied_seq, back.applied_hash, back.phase), (3, Some([4; 32]), Phase::Joined), "{time}");
    }
    // A server that shows nothing else is not believed for ever.
    shows(&mut engine, 4, vec![entry(4, [4; 16], &[4; 32], EntryBody::Blank {})]);
    within(&mut engine, |turn| turn.commit_missed(HERE)).unwrap();
    assert_eq!(phase(&mut engine), Phase::Outside);
}

#[test]
fn a_state_version_that_the_server_never_had_is_not_waited_for() {
    let (mut engine, _) = group();
    let known = |engine: &mut Engine| {
        let at = within(engine, |turn| turn.store.conversation(HERE)).unwrap().unwrap();
        (at.state_version, at.state_known)
    };
    within(&mut engine, |turn| turn.take_state(HERE, 90, b"of another chat")).unwrap();
    assert_eq!(known(&mut engine), (90, 90));
    within(&mut engine, |turn| turn.store.forget_later_state(HERE, 7)).unwrap();
    within(&mut engine, |turn| turn.take_state(HERE, 7, b"")).unwrap();
    assert_eq!(known(&mut engine), (7, 90), "the server may have been asked before it had it");
    within(&mut engine, |turn| turn.take_state(HERE, 7, b"")).unwrap();
    assert_eq!(known(&mut engine), (7, 7));
}
