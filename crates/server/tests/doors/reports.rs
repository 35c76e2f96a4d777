//! Reports: written by people, read by whoever holds the host's token.

use sealpost_protocol::{
    AccountId, ClientId, ProblemKind,
    safety::{REPORT_MESSAGES_MAX, REPORT_TEXT_MAX, ReportWrite, ReportedMessage},
};

use crate::{
    http,
    person::Person,
    server::{TestServer, problem},
};

const TOKEN: &str = "a token that nobody guesses, ever";

fn report(account: AccountId, number: u8) -> ReportWrite {
    let messages = vec![ReportedMessage { account, time: 5, text: "something rude".to_owned() }];
    ReportWrite { report: ClientId([number; 16]), account, conversation: None, comment: "look".to_owned(), messages }
}

#[tokio::test]
async fn reports_reach_who_holds_the_token_and_say_that_they_are_unproven() {
    let server = TestServer::with(|config| config.admin.token = TOKEN.to_owned()).await;
    let (alice, bob) = (Person::register(&server, "alice").await, Person::register(&server, "bob").await);
    let token = Some(&alice.token);
    for number in [1, 1, 2] {
        server.call(token, report(bob.account, number)).await.unwrap();
    }
    let good = report(bob.account, 3);
    let long = "x".repeat(REPORT_TEXT_MAX + 1);
    let message = ReportedMessage { text: long.clone(), ..good.messages[0].clone() };
    for (bad, kind) in [
        (ReportWrite { comment: long, ..good.clone() }, ProblemKind::TooLarge),
        (ReportWrite { messages: vec![message], ..good.clone() }, ProblemKind::TooLarge),
        (
            ReportWrite { messages: vec![good.messages[0].clone(); REPORT_MESSAGES_MAX + 1], ..good.clone() },
            ProblemKind::TooLarge,
        ),
        (ReportWrite { comment: "a\0b".to_owned(), ..good.clone() }, ProblemKind::InvalidRequest),
        (ReportWrite { account: AccountId([9; 16]), ..good.clone() }, ProblemKind::NotFound),
    ] {
        assert_eq!(server.call(token, bad).await.unwrap_err().kind(), kind);
    }

    let bearer = format!("Bearer {TOKEN}");
    let headers = [("authorization", bearer.as_str())];
    let read = server.get("/v1/admin/reports", &headers).await;
    let list: serde_json::Value = serde_json::from_slice(&read.body).unwrap();
    assert!(list["note"].as_str().unwrap().starts_with("Unproven"), "{list}");
    let reports = list["reports"].as_array().unwrap();
    assert_eq!((reports.len(), &reports[0]["proven"]), (2, &serde_json::Value::Bool(false)));
    assert_eq!(reports[0]["messages"][0]["text"], "something rude");
    assert_eq!(reports[0]["reporter"], alice.account.to_string());

    let first = reports[0]["number"].as_u64().unwrap();
    let after = server.get(&format!("/v1/admin/reports?after={first}"), &headers).await;
    let list: serde_json::Value = serde_json::from_slice(&after.body).unwrap();
    assert_eq!(list["reports"].as_array().unwrap().len(), 1);
    let path = format!("/v1/admin/reports/{first}");
    for status in [204, 404] {
        assert_eq!(http::send(server.address, "DELETE", &path, &headers, b"").await.status, status);
    }
    for bad in ["Bearer wrong", "Basic YTpi", "Bearer "] {
        let refused = server.get("/v1/admin/reports", &[("authorization", bad)]).await;
        assert_eq!(problem(&refused).kind(), ProblemKind::SignedOut);
        let refused = http::send(server.address, "DELETE", &path, &[("authorization", bad)], b"").await;
        assert_eq!(refused.status, 401);
    }
}

#[tokio::test]
async fn without_a_token_nobody_is_an_admin() {
    let server = TestServer::start().await;
    for value in ["Bearer ", "Bearer x"] {
        let refused = server.get("/v1/admin/reports", &[("authorization", value)]).await;
        assert_eq!(problem(&refused).kind(), ProblemKind::NotFound);
    }
}
