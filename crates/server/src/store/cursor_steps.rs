//! Steps of cursors: when a member's delivered or read cursor moved, and to where. The newest of each member and kind
//! are kept, so that one can see when someone had a message.

use sealpost_protocol::{
    AccountId, ConversationId, Timestamp,
    conversation::{LogCursor, MemberTimes},
};

use super::{
    Store, StoreResult,
    convert::{checked, column, number},
    db::{Tx, execute, fetch_all, insert_rows},
};

/// Steps of one member and kind that are kept.
const STEPS_KEPT: i64 = 64;
/// Steps of one member and kind at which the oldest are deleted: not at every step, because members move often.
const STEPS_MAX: i64 = 96;

/// Which cursor moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepKind {
    Delivered = 1,
    Read = 2,
}

/// A cursor moved.
pub(super) struct Step {
    pub account: AccountId,
    pub kind: StepKind,
    /// To where.
    pub cursor: LogCursor,
    /// How many steps of this member and kind there were before.
    pub before: i64,
}

/// Writes steps whose cursors this transaction has moved.
pub(super) async fn insert(tx: &mut Tx, steps: &[Step], time: Timestamp) -> StoreResult<()> {
    insert_rows!(
        tx,
        "INSERT INTO cursor_steps (conversation, account, kind, seq, time)",
        steps,
        |step| step.cursor.conversation.as_bytes().as_slice(), step.account.as_bytes().as_slice(), step.kind as i64,
               column(step.cursor.seq), column(time);
        " ON CONFLICT DO NOTHING"
    );
    for step in steps.iter().filter(|step| step.before >= STEPS_MAX) {
        execute!(
            tx.on(),
            "DELETE FROM cursor_steps WHERE conversation = $1 AND account = $2 AND kind = $3 AND seq < \
             (SELECT seq FROM cursor_steps WHERE conversation = $1 AND account = $2 AND kind = $3 \
              ORDER BY seq DESC LIMIT 1 OFFSET $4)",
            step.cursor.conversation.as_bytes().as_slice(),
            step.account.as_bytes().as_slice(),
            step.kind as i64,
            STEPS_KEPT - 1,
        );
    }
    Ok(())
}

/// Deletes the steps of an account that is no member any more.
pub(super) async fn delete(tx: &mut Tx, conversation: ConversationId, account: &[u8]) -> StoreResult<()> {
    execute!(
        tx.on(),
        "DELETE FROM cursor_steps WHERE conversation = $1 AND account = $2",
        conversation.as_bytes().as_slice(),
        account,
    );
    Ok(())
}

/// The time of a member's first step at or after an entry. Unknown if steps that may have been earlier are gone: there
/// is none before the entry, and as many as are kept.
macro_rules! first_step {
    ($kind:literal) => {
        concat!(
            "(SELECT s.time FROM cursor_steps AS s WHERE s.conversation = $1 AND s.account = m.account AND s.kind = ",
            $kind,
            " AND s.seq >= $2 AND (s.seq = $2 OR EXISTS (SELECT 1 FROM cursor_steps AS b WHERE b.conversation = $1 ",
            "AND b.account = m.account AND b.kind = ",
            $kind,
            " AND b.seq < $2) OR (SELECT COUNT(*) FROM cursor_steps AS a WHERE a.conversation = $1 ",
            "AND a.account = m.account AND a.kind = ",
            $kind,
            ") < $3) ORDER BY s.seq LIMIT 1)"
        )
    };
}

impl Store {
    /// When each member had an entry, as far as it is known. Members who joined later never had it.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn cursor_times(&self, conversation: ConversationId, seq: u64) -> StoreResult<Vec<MemberTimes>> {
        let rows = fetch_all!(
            self.db.read(),
            (Vec<u8>, Option<i64>, Option<i64>),
            concat!(
                "SELECT m.account, ",
                first_step!("1"),
                " AS delivered, ",
                first_step!("2"),
                " AS read FROM members AS m JOIN \
                 (SELECT account, MIN(joined_seq) AS joined FROM leaves WHERE conversation = $1 GROUP BY account) AS l \
                 ON l.account = m.account WHERE m.conversation = $1 AND l.joined < $2 ORDER BY m.account"
            ),
            conversation.as_bytes().as_slice(),
            column(seq),
            STEPS_KEPT,
        );
        let time = |time: Option<i64>| time.map(|time| number("a time", time)).transpose();
        let times = |(account, delivered, read): (Vec<u8>, Option<i64>, Option<i64>)| {
            let account = checked("an account id", AccountId::from_slice(&account))?;
            Ok(MemberTimes { account, delivered: time(delivered)?, read: time(read)? })
        };
        let members: StoreResult<Vec<_>> = rows.into_iter().map(times).collect();
        Ok(members?.into_iter().filter(|member| member.delivered.is_some() || member.read.is_some()).collect())
    }
}
