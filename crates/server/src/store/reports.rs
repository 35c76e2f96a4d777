//! What people told the host's moderators. Only what a reporter chose to show is here, and nothing proves it.

use sealpost_protocol::{
    AccountId, Bytes, ConversationId, Timestamp,
    safety::{ReportWrite, ReportedMessage},
    socket::{from_cbor, to_cbor},
};

use super::{
    Store, StoreResult,
    convert::{checked, column, number},
    db::{execute, fetch_all, fetch_optional},
};

/// Most reports of one account that wait to be read.
const WAITING_MAX: i64 = 100;

/// A report as its reporter made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Ascending, never used twice.
    pub number: u64,
    /// Who reports.
    pub reporter: AccountId,
    /// Whom it is about.
    pub account: AccountId,
    /// Where it is said to have happened.
    pub conversation: Option<ConversationId>,
    /// What the reporter says.
    pub comment: String,
    /// What the reporter shows.
    pub messages: Vec<ReportedMessage>,
    /// When it was made.
    pub time: Timestamp,
}

#[derive(sqlx::FromRow)]
struct ReportRow {
    number: i64,
    reporter: Vec<u8>,
    account: Vec<u8>,
    conversation: Option<Vec<u8>>,
    comment: String,
    messages: Vec<u8>,
    time: i64,
}

impl TryFrom<ReportRow> for Report {
    type Error = super::StoreError;

    fn try_from(row: ReportRow) -> StoreResult<Self> {
        let conversation =
            row.conversation.map(|id| checked("a conversation id", ConversationId::from_slice(&id))).transpose()?;
        Ok(Self {
            number: number("a report's number", row.number)?,
            reporter: checked("an account id", AccountId::from_slice(&row.reporter))?,
            account: checked("an account id", AccountId::from_slice(&row.account))?,
            conversation,
            comment: row.comment,
            messages: checked("a report's messages", from_cbor(&row.messages).ok())?,
            time: number("a time", row.time)?,
        })
    }
}

impl Store {
    /// Keeps a report; one that is there already is left as it is. False if too many of the reporter's wait to be read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_report(&self, reporter: AccountId, report: &ReportWrite, now: Timestamp) -> StoreResult<bool> {
        let (reporter, id) = (reporter.as_bytes().as_slice(), report.report.as_bytes().as_slice());
        let messages = Bytes(to_cbor(&report.messages).unwrap_or_default());
        let mut tx = self.db.begin().await?;
        // Has reports that are made at the same time come one after the other.
        let last = fetch_optional!(tx.on(), (i64,), "UPDATE report_numbers SET last = last + 1 RETURNING last");
        let (next,) = checked("the newest report's number", last)?;
        let known = fetch_optional!(
            tx.on(),
            (i64,),
            "SELECT number FROM reports WHERE reporter = $1 AND report = $2",
            reporter,
            id,
        );
        if known.is_some() {
            return Ok(true);
        }
        let waiting = fetch_optional!(tx.on(), (i64,), "SELECT COUNT(*) FROM reports WHERE reporter = $1", reporter);
        if waiting.is_some_and(|(count,)| count >= WAITING_MAX) {
            return Ok(false);
        }
        execute!(
            tx.on(),
            "INSERT INTO reports (number, reporter, report, account, conversation, comment, messages, time) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            next,
            reporter,
            id,
            report.account.as_bytes().as_slice(),
            report.conversation.as_ref().map(|conversation| conversation.as_bytes().as_slice()),
            report.comment.as_str(),
            messages.as_ref(),
            column(now),
        );
        tx.commit().await?;
        Ok(true)
    }

    /// Reports after a number, oldest first.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn reports(&self, after: u64, limit: u32) -> StoreResult<Vec<Report>> {
        let rows = fetch_all!(
            self.db.read(),
            ReportRow,
            "SELECT number, reporter, account, conversation, comment, messages, time FROM reports \
             WHERE number > $1 ORDER BY number LIMIT $2",
            column(after),
            i64::from(limit),
        );
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Deletes a report; false if there was none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_report(&self, number: u64) -> StoreResult<bool> {
        Ok(execute!(self.db.write(), "DELETE FROM reports WHERE number = $1", column(number)) == 1)
    }
}
