//! Who may call what: a table of every operation by every kind of caller. An operation of the protocol's list without a
//! row fails.

use std::collections::BTreeSet;

use sealpost_protocol::{Access, Bytes, ProblemKind, account::*, conversation::LogRead, operation::OPERATIONS};
use serde_json::Value;

use crate::{
    cast::{Cast, Names, PARTS, Part, example},
    person::{PASSWORD, Person, sign_in},
    server::{TestServer, problem},
};

/// What an operation is about, and so who is answered how.
#[derive(Debug, Clone, Copy)]
enum Row {
    /// Needs no session.
    Open,
    /// Gives what is the caller's own, and names nobody's.
    OwnRead,
    /// Changes what is the caller's own, whatever it names.
    OwnWrite,
    /// Names what belongs to the admin or to the group: how each of [`PARTS`] is answered.
    Named([Answer; 6]),
}

/// How a caller is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Done,
    /// As if it were done, but nothing is.
    Ignored,
    Refused(ProblemKind),
}

use Answer::{Done, Ignored};
use Row::{Named, Open, OwnRead, OwnWrite};

/// As if there were no such thing.
const MISSING: Answer = Answer::Refused(ProblemKind::NotFound);
const FORBIDDEN: Answer = Answer::Refused(ProblemKind::NotAllowed);
const MALFORMED: Answer = Answer::Refused(ProblemKind::InvalidRequest);
/// It was signed by somebody else.
const FOREIGN: Answer = Answer::Refused(ProblemKind::InvalidIdentity);
/// Whoever left is to be removed first: only members hear of it.
const WAITING: Answer = Answer::Refused(ProblemKind::RemovalsPending);

/// Every operation. Those that end something come last.
#[rustfmt::skip]
const TABLE: &[(&str, Row)] = &[
    ("registration/start",     Open),
    ("registration/finish",    Open),
    ("sign-in/start",          Open),
    ("sign-in/finish",         Open),
    ("recover",                Open),
    ("passkeys/sign-in",       Open),
    ("linking/offer",          Open),
    ("linking/write",          Open),
    ("linking/read",           Open),
    ("linking/refuse",         Open),
    ("linking/finish",         Open),
    ("devices/delisting",      Open),

    ("me/read",                OwnRead),
    ("backup/read",            OwnRead),
    ("passkeys/read",          OwnRead),
    ("vault/read",             OwnRead),
    ("settings/read",          OwnRead),
    ("key-packages/count",     OwnRead),
    ("conversations/list",     OwnRead),
    ("inbox/read",             OwnRead),
    ("join-requests/own",      OwnRead),
    ("archive/list",           OwnRead),
    ("archive/read",           OwnRead),
    ("presence/watch",         OwnRead),
    ("devices/read",           OwnRead),

    ("profile/write",          OwnWrite),
    ("pictures/write",         OwnWrite),
    ("settings/write",         OwnWrite),
    ("vault/write",            OwnWrite),
    ("backup/write",           OwnWrite),
    ("archive/write",          OwnWrite),
    ("archive/erase",          OwnWrite),
    ("inbox/acknowledge",      OwnWrite),
    ("password/start",         OwnWrite),
    ("password/finish",        OwnWrite),
    ("sign-out",               OwnWrite),

    //                                admin      member     no leaf    left       removed    stranger
    ("accounts/read",          Named([Done,      Done,      Done,      Done,      Done,      Done])),
    ("accounts/search",        Named([Done,      Done,      Done,      Done,      Done,      Done])),
    ("device-lists/of",        Named([Done,      Done,      Done,      Done,      Done,      Done])),
    ("device-lists/read",      Named([Done,      Done,      Done,      Done,      Done,      Done])),
    ("pictures/read",          Named([Done,      Done,      Done,      Done,      Done,      Done])),
    ("links/read",             Named([Done,      Done,      Done,      Done,      Done,      Done])),
    ("reports/write",          Named([Done,      Done,      Done,      Done,      Done,      Done])),
    ("key-packages/claim",     Named([Done,      Done,      Done,      Done,      Done,      Done])),
    ("key-packages/write",     Named([Done,      FOREIGN,   FOREIGN,   FOREIGN,   FOREIGN,   FOREIGN])),
    ("device-lists/write",     Named([Done,      FOREIGN,   FOREIGN,   FOREIGN,   FOREIGN,   FOREIGN])),
    ("conversations/create",   Named([Done,      MALFORMED, MALFORMED, MALFORMED, MALFORMED, MALFORMED])),
    ("group-info/read",        Named([Done,      Done,      Done,      MISSING,   MISSING,   MISSING])),
    ("tree/read",              Named([Done,      Done,      MISSING,   MISSING,   MISSING,   MISSING])),
    ("log/append",             Named([WAITING,   WAITING,   MISSING,   MISSING,   MISSING,   MISSING])),
    // Who left or was removed reads up to there.
    ("log/read",               Named([Done,      Done,      MISSING,   Done,      Done,      MISSING])),
    ("log/erase",              Named([Done,      Done,      Done,      MISSING,   MISSING,   MISSING])),
    ("cursors/stored",         Named([Done,      Done,      Ignored,   Ignored,   Ignored,   Ignored])),
    ("cursors/read-up-to",     Named([Done,      Done,      Done,      Ignored,   Ignored,   Ignored])),
    ("cursors/read",           Named([Done,      Done,      Done,      MISSING,   MISSING,   MISSING])),
    ("cursors/times",          Named([Done,      Done,      Done,      MISSING,   MISSING,   MISSING])),
    ("typing/write",           Named([Done,      Done,      MISSING,   MISSING,   MISSING,   MISSING])),
    ("state/read",             Named([Done,      Done,      Done,      MISSING,   MISSING,   MISSING])),
    ("state/write",            Named([Done,      Done,      MISSING,   MISSING,   MISSING,   MISSING])),
    ("join-requests/write",    Named([FORBIDDEN, FORBIDDEN, FORBIDDEN, Done,      Done,      Done])),
    ("join-requests/read",     Named([Done,      FORBIDDEN, FORBIDDEN, MISSING,   MISSING,   MISSING])),
    ("join-requests/settle",   Named([Done,      MISSING,   MISSING,   MISSING,   MISSING,   MISSING])),
    ("links/write",            Named([Done,      FORBIDDEN, FORBIDDEN, MISSING,   MISSING,   MISSING])),
    ("log/lost",               Named([Done,      Done,      Ignored,   MISSING,   MISSING,   MISSING])),
    // The only admin stays; the other device shows the statement of a device that it is not, as the stranger does.
    ("conversations/leave",    Named([FORBIDDEN, Done,      MALFORMED, Ignored,   MISSING,   MALFORMED])),
    ("devices/handover",       Named([Done,      Done,      Done,      Done,      Done,      Done])),
    ("linking/join",           Named([Done,      Done,      Done,      Done,      Done,      Done])),
    ("linking/approve",        Named([Done,      FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN])),
    ("devices/sign-out",       Named([Done,      Done,      Done,      Done,      Done,      Done])),
    ("devices/revoke",         Named([Done,      FOREIGN,   FOREIGN,   FOREIGN,   FOREIGN,   FOREIGN])),
];

/// What the operation answers to this body with this session: nothing, or why not.
async fn outcome(
    server: &TestServer,
    operation: &str,
    token: Option<&Bytes>,
    body: &Value,
) -> Result<(), (ProblemKind, String)> {
    let answer = server.post_json(operation, token, body).await;
    if answer.status == 200 {
        return Ok(());
    }
    let problem = problem(&answer);
    Err((problem.kind(), problem.detail))
}

async fn refusal(server: &TestServer, operation: &str, token: Option<&Bytes>) -> ProblemKind {
    outcome(server, operation, token, &example(operation)).await.unwrap_err().0
}

#[test]
fn every_operation_has_one_row() {
    let listed: BTreeSet<&str> = OPERATIONS.iter().map(|(operation, ..)| *operation).collect();
    let rows: BTreeSet<&str> = TABLE.iter().map(|(operation, _)| *operation).collect();
    assert_eq!(rows, listed);
    assert_eq!(TABLE.len(), rows.len(), "an operation has two rows");
    for (operation, access, _) in OPERATIONS {
        let row = TABLE.iter().find(|(name, _)| name == operation).unwrap().1;
        assert_eq!(*access == Access::Anyone, matches!(row, Open), "{operation}");
    }
}

#[tokio::test]
async fn every_operation_refuses_sessions_that_are_not_enough() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let session = async || sign_in(&server, "alice", PASSWORD).await.unwrap().session_token;
    let (without_device, ended) = (session().await, session().await);
    server.call(Some(&ended), SignOut { everywhere: false }).await.unwrap();
    let recover = Recover { username: "alice".to_owned(), recovery_token: alice.recovery_token.clone() };
    let recovering = server.call(None, recover).await.unwrap().session_token;
    let nonsense = Bytes::from(vec![5; 32]);
    for &(operation, access, _) in OPERATIONS {
        if access == Access::Anyone {
            continue;
        }
        for token in [None, Some(&nonsense), Some(&ended)] {
            assert_eq!(refusal(&server, operation, token).await, ProblemKind::SignedOut, "{operation}");
        }
        if access != Access::Recovering {
            assert_eq!(refusal(&server, operation, Some(&recovering)).await, ProblemKind::NotAllowed, "{operation}");
        }
        if access == Access::Device {
            let refused = refusal(&server, operation, Some(&without_device)).await;
            assert_eq!(refused, ProblemKind::NotAllowed, "{operation}");
        }
    }
}

/// The cells of the table whose answers are `wanted`, row by row.
fn cells(wanted: impl Fn(Answer) -> bool) -> Vec<(&'static str, Part, Answer)> {
    let named = TABLE.iter().filter_map(|(operation, row)| match row {
        Named(answers) => Some((*operation, answers)),
        _ => None,
    });
    let cells = named.flat_map(|(operation, answers)| PARTS.map(|part| (operation, part, answers[part as usize])));
    cells.filter(|(.., answer)| wanted(*answer)).collect()
}

async fn check(cast: &Cast, (operation, part, answer): (&str, Part, Answer)) {
    let token = Some(&cast.person(part).token);
    let body = cast.request(operation, part, cast.names).await;
    let got = outcome(&cast.server, operation, token, &body).await;
    let (expected, cell) = (if let Answer::Refused(kind) = answer { Err(kind) } else { Ok(()) }, (operation, part));
    assert_eq!(got.clone().map_err(|(kind, _)| kind), expected, "{cell:?}: {got:?}");
    // A statement names its conversation itself, so that it fits no other.
    let hidden = answer == MISSING && operation != "conversations/leave";
    if hidden || operation.starts_with("cursors/") && answer == Ignored {
        let body = cast.request(operation, part, Names::of_nothing()).await;
        let of_nothing = outcome(&cast.server, operation, token, &body).await;
        assert_eq!(got, of_nothing, "{cell:?}: what is not the caller's looks as if there were none");
    }
}

#[tokio::test]
async fn everyone_is_answered_as_the_table_says() {
    let cast = Box::pin(Cast::gather()).await;
    let before = cast.everything().await;
    for cell in cells(|answer| answer != Done) {
        check(&cast, cell).await;
    }
    assert_eq!(cast.everything().await, before, "who is refused changes nothing");

    for (part, last) in [(Part::Removed, cast.removal), (Part::Left, cast.left)] {
        let read = LogRead { conversation: cast.names.conversation, after: 0 };
        let window = cast.server.call(Some(&cast.person(part).token), read).await.unwrap();
        assert_eq!(window.last_seq, last, "{part:?}");
    }
    // Who may, at last: it shows that the others were not refused for something else.
    for cell in cells(|answer| answer == Done) {
        check(&cast, cell).await;
    }
}

#[tokio::test]
async fn what_is_an_accounts_own_is_nobody_elses() {
    let cast = Box::pin(Cast::gather()).await;
    let (admin, other) = (&cast.person(Part::Admin).token, &cast.bystander.token);
    let before = cast.everything().await;
    for (operation, row) in TABLE {
        let body = cast.request(operation, Part::Stranger, cast.names).await;
        match row {
            OwnRead => {
                let [admins, others] = [admin, other].map(|token| cast.server.post_json(operation, Some(token), &body));
                let (admins, others) = (admins.await, others.await);
                assert_eq!((admins.status, others.status), (200, 200), "{operation}");
                assert_ne!(admins.text(), others.text(), "{operation}");
            }
            OwnWrite => assert_eq!(outcome(&cast.server, operation, Some(other), &body).await, Ok(()), "{operation}"),
            Open | Named(_) => {}
        }
    }
    assert_eq!(cast.everything().await, before);
}

#[tokio::test]
async fn a_header_that_holds_no_token_is_not_taken_for_no_header() {
    let server = TestServer::start().await;
    for value in ["Bearer", "Bearer ???", "Basic YTpi"] {
        let answer = server.post("/v1/me/read", &[("authorization", value)], b"{}").await;
        assert_eq!(problem(&answer).kind(), ProblemKind::SignedOut, "{value}");
    }
}
