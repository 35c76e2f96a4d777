//! Reports to the host's moderators: what people chose to show them.

use sealpost_protocol::{
    Problem, ProblemKind,
    account::Done,
    safety::{REPORT_MESSAGES_MAX, REPORT_TEXT_MAX, ReportWrite},
};

use super::{at_most, invalid, problem};
use crate::{app::App, caller::SignedIn};

/// When to try again while too many reports wait to be read, in seconds: people read them.
const FULL_WAIT: u32 = 60 * 60;

/// Keeps a report for the moderators.
pub(super) async fn write(app: &App, session: &SignedIn, body: ReportWrite) -> Result<Done, Problem> {
    at_most("comment", body.comment.len(), REPORT_TEXT_MAX)?;
    at_most("messages", body.messages.len(), REPORT_MESSAGES_MAX)?;
    for message in &body.messages {
        at_most("a message", message.text.len(), REPORT_TEXT_MAX)?;
    }
    // PostgreSQL's text holds every character but NUL.
    if body.comment.contains('\0') {
        return Err(invalid("comment has no NUL"));
    }
    app.store.profile(body.account).await?.ok_or(problem(ProblemKind::NotFound))?;
    if app.store.add_report(session.account, &body, app.now()).await? {
        return Ok(Done {});
    }
    let mut wait = problem(ProblemKind::RateLimited).with_detail("your reports have not been read yet");
    wait.retry_after = Some(FULL_WAIT);
    Err(wait)
}
