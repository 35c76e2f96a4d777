//! What the host's moderators ask for, with the token of the configuration: `GET /v1/admin/reports?after=` and
//! `DELETE /v1/admin/reports/{number}`. JSON only; without a token in the configuration there is nothing here.

use std::sync::Arc;

use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use sealpost_protocol::{AccountId, ConversationId, Problem, ProblemKind, Timestamp, safety::ReportedMessage};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use super::{Doors, operation::respond, refuse};
use crate::{caller::hash_secret, codec::Codec, store::Report};

/// Most reports in one answer.
const REPORTS_MAX: u32 = 50;

/// Where the reader is.
#[derive(Deserialize)]
pub(super) struct Page {
    /// Number of the last report that was read.
    #[serde(default)]
    after: u64,
}

#[derive(Serialize)]
struct Reports {
    /// Said with every answer, so that nobody takes a report for evidence.
    note: &'static str,
    reports: Vec<ReportView>,
}

/// A report as moderators get it.
#[derive(Serialize)]
struct ReportView {
    number: u64,
    /// Always false: the server cannot read what people write, so it cannot tell whether they wrote it.
    proven: bool,
    time: Timestamp,
    reporter: AccountId,
    account: AccountId,
    conversation: Option<ConversationId>,
    comment: String,
    messages: Vec<ReportedMessage>,
}

impl From<Report> for ReportView {
    fn from(report: Report) -> Self {
        Self {
            number: report.number,
            proven: false,
            time: report.time,
            reporter: report.reporter,
            account: report.account,
            conversation: report.conversation,
            comment: report.comment,
            messages: report.messages,
        }
    }
}

const NOTE: &str = "Unproven: these are the reporters' words. Messages are encrypted, so the server cannot tell whether \
                    they were written like this.";

/// Reports after a number, oldest first.
pub(super) async fn reports(State(doors): State<Arc<Doors>>, Query(page): Query<Page>, headers: HeaderMap) -> Response {
    let outcome = async {
        check_token(&doors, &headers)?;
        let reports = doors.app.store.reports(page.after, REPORTS_MAX).await?;
        Codec::Json.encode(&Reports { note: NOTE, reports: reports.into_iter().map(Into::into).collect() })
    };
    respond(Codec::Json, outcome.await)
}

/// Deletes a report that was dealt with.
pub(super) async fn delete(State(doors): State<Arc<Doors>>, Path(number): Path<u64>, headers: HeaderMap) -> Response {
    let deleted = async {
        check_token(&doors, &headers)?;
        let deleted = doors.app.store.delete_report(number).await?;
        if deleted { Ok(()) } else { Err(Problem::new(ProblemKind::NotFound)) }
    };
    match deleted.await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(problem) => refuse(Codec::Json, &problem),
    }
}

/// Hashes are compared, so that the time that it takes says nothing, not even of the token's length.
fn check_token(doors: &Doors, headers: &HeaderMap) -> Result<(), Problem> {
    let token = doors.app.config().admin.token.as_str();
    if token.is_empty() {
        return Err(Problem::new(ProblemKind::NotFound).with_detail("this server has no admin token"));
    }
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|text| text.strip_prefix("Bearer ")).unwrap_or_default();
    let same = hash_secret(given.as_bytes()).ct_eq(&hash_secret(token.as_bytes()));
    if same.into() { Ok(()) } else { Err(Problem::new(ProblemKind::SignedOut)) }
}
