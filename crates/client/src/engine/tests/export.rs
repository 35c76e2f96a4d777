//! Exports: what a piece holds, that the pieces make a whole, and that nothing that people wrote changes its shape.

use serde_json::{Value, json};

use super::{
    messages::{NOW, chat, content, does, edit, id_of, key, react, take, text, within},
    *,
};
use crate::{
    command::{ExportContent, ExportForm, ExportPart},
    content::{Content, Disposition, Expiration, MimiContent, NestedPart},
    engine::timeline::Origin,
    store::{Own, StoredNotice},
};

fn piece(
    engine: &mut Engine,
    chats: &[ConversationId],
    form: ExportForm,
    all: bool,
    after: Option<String>,
) -> ExportPart {
    let command = Command::ReadExport { conversations: chats.to_vec(), form, disappearing: all, after };
    match result(&run(engine, command)) {
        Some(Ok(Answer::ExportPart(part))) => *part,
        other => panic!("{other:?}"),
    }
}

/// The whole document, and how many pieces it came in; `between` happens after each.
fn document(
    engine: &mut Engine,
    chats: &[ConversationId],
    all: bool,
    mut between: impl FnMut(&mut Engine),
) -> (Value, usize) {
    let (mut whole, mut after, mut pieces) = (String::new(), None, 0);
    loop {
        let part = piece(engine, chats, ExportForm::Json, all, after);
        let ExportContent::Text { text } = part.content else { panic!() };
        whole.push_str(&text);
        pieces += 1;
        between(engine);
        after = part.next;
        if after.is_none() {
            return (serde_json::from_str(&whole).unwrap_or_else(|error| panic!("{error}: {whole}")), pieces);
        }
    }
}

fn messages(document: &Value, chat: usize) -> &Vec<Value> {
    document["chats"][chat]["messages"].as_array().unwrap()
}

/// Has the log bring a text at `seq`.
fn says(engine: &mut Engine, at: ConversationId, seq: u64, words: &str) {
    let id = ClientId(u128::from(seq).to_be_bytes());
    let origin = Origin { conversation: at, id, seq: Some(seq), time: NOW + seq, sender: BOB, own: Own::No };
    let content = MimiContent::new(BOB, at, id.0, text(words));
    let bytes = Content::new(content).unwrap();
    within(engine, |turn| assert!(turn.write_message(&origin, bytes.bytes()).unwrap()));
}

#[test]
fn a_document_says_who_said_what_and_when() {
    let (mut engine, at) = chat();
    within(&mut engine, |turn| {
        turn.store.set_names(BOB, "bob", "Bob \"B\" </script>\u{202E}").unwrap();
        turn.store.add_notice(at, 1, NOW, &StoredNotice::Created { by: BOB }).unwrap();
    });
    let first = content(at, BOB, 2, text("<script>alert(1)</script> \"} ]\n**bold**\u{0}"));
    take(&mut engine, at, 2, BOB, &first);
    let answer = MimiContent { in_reply_to: Some(id_of(at, BOB, &first)), ..content(at, BOB, 3, text("an answer")) };
    take(&mut engine, at, 3, BOB, &answer);
    take(&mut engine, at, 4, BOB, &content(at, BOB, 4, text("to be deleted")));
    let null = NestedPart::null(Disposition::Render);
    let gone = id_of(at, BOB, &content(at, BOB, 4, text("to be deleted")));
    take(&mut engine, at, 5, BOB, &MimiContent { replaces: Some(gone), ..content(at, BOB, 5, null) });
    does(&mut engine, react(at, 2, "❤", true));
    let ask = Command::SendPoll {
        conversation: at,
        id: ClientId([6; 16]),
        question: "Lunch?".to_owned(),
        options: vec!["Soup".to_owned(), "Rice".to_owned()],
        multiple: true,
    };
    does(&mut engine, ask);
    does(&mut engine, Command::Vote { conversation: at, key: key(6), choices: vec![1] });
    send_text(&mut engine, at, 7, "once");
    does(&mut engine, edit(at, 7, "twice"));

    let (document, pieces) = document(&mut engine, &[at], false, |_| {});
    assert_eq!(pieces, 1);
    assert_eq!((&document["format"], &document["version"]), (&json!("sealpost-export"), &json!(1)));
    assert_eq!(document["exported_at"], "1970-01-01T00:00:01.000Z");
    let chat = &document["chats"][0];
    assert_eq!((&chat["kind"], &chat["incomplete"]), (&json!("direct"), &json!(false)));
    let bob = json!({ "account": BOB, "username": "bob", "display_name": "Bob \"B\" </script>\u{202E}" });
    let all = messages(&document, 0);
    let time = "1970-01-01T00:00:01.000Z";
    assert_eq!(all[0], json!({ "id": "n1.1", "time": time, "type": "event", "event": "created", "by": bob }));
    assert_eq!(all[1]["author"], bob);
    assert_eq!(all[1]["time"], "1970-01-01T00:00:01.002Z");
    assert_eq!(all[1]["text"], "<script>alert(1)</script> \"} ]\n**bold**\u{0}");
    assert_eq!(all[1]["reactions"][0]["emoji"], "❤");
    assert_eq!(all[1]["reactions"][0]["people"][0]["account"], document["account"]["account"]);
    assert_eq!(all[2]["reply_to"], json!({ "id": key(2) }));
    assert_eq!(all[3], json!({ "id": key(4), "time": "1970-01-01T00:00:01.004Z", "type": "deleted", "author": bob }));
    let poll = &all[4]["poll"];
    assert_eq!((&all[4]["text"], &poll["multiple"], &poll["voters"]), (&json!("Lunch?"), &json!(true), &json!(1)));
    assert_eq!((&poll["options"][1]["text"], &poll["options"][0]["people"]), (&json!("Rice"), &json!([])));
    assert_eq!(poll["options"][1]["people"].as_array().unwrap().len(), 1);
    assert_eq!((&all[5]["text"], &all[5]["edited"], &all[5]["unsent"]), (&json!("twice"), &json!(true), &json!(true)));
    assert_eq!(all.len(), 6);
}

#[test]
fn pieces_hold_each_message_once_while_others_come_and_leave() {
    let (mut engine, at) = chat();
    for seq in 1..=450 {
        says(&mut engine, at, seq, &format!("number {seq}"));
        if seq % 50 == 0 {
            // What happens at an entry may share its place in the timeline.
            for person in 1..=3 {
                let departed = StoredNotice::Departed { person: AccountId([person; 16]) };
                within(&mut engine, |turn| turn.store.add_notice(at, seq, NOW, &departed).unwrap());
            }
        }
    }
    for id in 1..=3 {
        send_text(&mut engine, at, 200 + id, &format!("written {id}"));
    }
    let mut seq = 450;
    let between = |engine: &mut Engine| {
        says(engine, at, seq + 1, &format!("number {}", seq + 1));
        // Of what waits one is sent meanwhile.
        let sent = u8::try_from((seq - 450) / 2 + 1).unwrap();
        within(engine, |turn| turn.message_logged(at, ClientId([200 + sent; 16]), seq + 2, NOW).unwrap());
        seq += 2;
    };
    let (document, pieces) = document(&mut engine, &[at], false, between);
    assert!(pieces >= 3, "{pieces}");
    let said: Vec<_> = messages(&document, 0).iter().filter_map(|item| item["text"].as_str()).collect();
    let numbers: Vec<_> = (1..=450).map(|seq| format!("number {seq}")).collect();
    assert_eq!(said[..450], numbers);
    let mut rest = said[450..].to_vec();
    rest.sort_unstable();
    assert_eq!(rest, ["number 451", "number 453", "written 1", "written 2", "written 3"]);
    let events = messages(&document, 0).iter().filter(|item| item["event"] == "left");
    assert_eq!(events.count(), 27, "3 for each of 9 entries");
}

#[test]
fn large_messages_make_pieces_of_few() {
    let (mut engine, at) = chat();
    for seq in 1..=20 {
        says(&mut engine, at, seq, &"long ".repeat(12_000));
    }
    let first = piece(&mut engine, &[at], ExportForm::Page, false, None);
    assert!((1..=4).contains(&first.items), "{}", first.items);
    let (document, pieces) = document(&mut engine, &[at], false, |_| {});
    assert_eq!(messages(&document, 0).len(), 20);
    assert!(pieces > 4, "{pieces}");
}

#[test]
fn what_disappears_is_left_out_and_not_repeated_unless_it_is_asked_for() {
    let (mut engine, at) = chat();
    let expires = Some(Expiration::AfterReading(30));
    let secret = MimiContent { expires, ..content(at, BOB, 1, text("only for now")) };
    take(&mut engine, at, 1, BOB, &secret);
    let in_reply_to = Some(id_of(at, BOB, &secret));
    take(&mut engine, at, 2, BOB, &MimiContent { in_reply_to, ..content(at, BOB, 2, text("stays")) });

    let (without, _) = document(&mut engine, &[at], false, |_| {});
    assert!(!without.to_string().contains("only for now"));
    assert_eq!(without["chats"][0]["disappearing_left_out"], 1);
    assert_eq!((messages(&without, 0).len(), &messages(&without, 0)[0]["reply_to"]), (1, &json!({ "id": null })));
    let page = piece(&mut engine, &[at], ExportForm::Page, false, None);
    assert!(!format!("{page:?}").contains("only for now"));

    let (with, _) = document(&mut engine, &[at], true, |_| {});
    let first = &messages(&with, 0)[0];
    assert_eq!((&first["text"], &first["disappears"]), (&json!("only for now"), &json!("1970-01-01T00:00:31.001Z")));
    assert_eq!(messages(&with, 0)[1]["reply_to"], json!({ "id": key(1) }));
    assert_eq!(with["chats"][0]["disappearing_left_out"], 0);

    // What is due is in none, though it is still here.
    engine.memory.clock_offset = 31_000;
    let (late, _) = document(&mut engine, &[at], true, |_| {});
    assert_eq!(messages(&late, 0).len(), 1);
}

#[test]
fn chats_stand_in_the_order_in_which_they_are_given_also_empty_ones() {
    let (mut engine, at) = chat();
    let group = ConversationId([7; 16]);
    within(&mut engine, |turn| {
        let suite = turn.config.suite.number();
        let kind = sealpost_protocol::conversation::ConversationKind::Group;
        turn.store.add_conversation(group, kind, suite, crate::store::Phase::Joined, NOW).unwrap();
    });
    says(&mut engine, at, 1, "hello");
    let (document, pieces) = document(&mut engine, &[group, at], false, |_| {});
    assert_eq!(pieces, 2);
    let ids: Vec<_> = document["chats"].as_array().unwrap().iter().map(|chat| chat["id"].clone()).collect();
    assert_eq!(ids, [json!(group), json!(at)]);
    assert_eq!((messages(&document, 0).len(), messages(&document, 1).len()), (0, 1));
}

#[test]
fn an_export_of_nothing_or_from_nowhere_is_refused() {
    let (mut engine, at) = chat();
    let mut refused = |conversations: Vec<ConversationId>, after: Option<&str>| {
        let after = after.map(str::to_owned);
        let command = Command::ReadExport { conversations, form: ExportForm::Json, disappearing: false, after };
        result(&run(&mut engine, command)).unwrap().unwrap_err().kind
    };
    assert_eq!(refused(vec![], None), "invalid-request");
    assert_eq!(refused(vec![at], Some("1")), "invalid-request");
    assert_eq!(refused(vec![at], Some("words")), "invalid-request");
    assert_eq!(refused(vec![ConversationId([9; 16])], None), "not-found");
}
