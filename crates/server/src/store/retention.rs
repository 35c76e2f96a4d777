//! How long the server keeps what members get from it. An entry goes once every device has stored it. For devices that are
//! away it stays a while longer: for the other devices of accounts that have it, and much longer for accounts that do not.
//!
//! A log is pruned from its beginning. A pruned entry's row stays without its message as long as somebody may send it again;
//! then it is deleted. Windows (log.rs) begin after what was pruned and say so.

use sealpost_protocol::{ConversationId, Timestamp};

use super::{
    Store, StoreResult,
    convert::{checked, column},
    db::{Tx, execute, fetch_all, fetch_optional},
    erasure::NOTHING,
};

/// Conversations that are looked at before others get their turn.
const CONVERSATIONS_AT_ONCE: usize = 200;
/// Entries, and bytes of messages, that one transaction prunes or deletes: appends wait for it.
const ENTRIES_AT_ONCE: i64 = 500;
const BYTES_AT_ONCE: i64 = 8 * 1024 * 1024;
/// So much longer than for devices that are away the client ids of pruned entries are known, in milliseconds: 90 days, in
/// which a client sends again what it got no answer to.
const CLIENT_IDS_KNOWN: u64 = 90 * 24 * 60 * 60 * 1000;

/// For how long entries are kept, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// For members none of whose devices has stored an entry.
    pub members: u64,
    /// For the other devices of members.
    pub devices: u64,
}

/// A log as far as pruning goes.
struct Log {
    id: Vec<u8>,
    pruned: i64,
    last: i64,
}

impl Store {
    /// Deletes Welcomes that nobody came for; whose device comes later joins by external commit.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expire_welcomes(&self, retention: Retention, now: Timestamp) -> StoreResult<()> {
        execute!(self.db.write(), "DELETE FROM inbox WHERE time <= $1", column(now.saturating_sub(retention.members)));
        Ok(())
    }

    /// Prunes the logs of conversations after `after`, in the order of their ids; gives where to go on, or nothing at the end.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn prune_logs(
        &self,
        after: Option<ConversationId>,
        retention: Retention,
        now: Timestamp,
    ) -> StoreResult<Option<ConversationId>> {
        let logs = fetch_all!(
            self.db.read(),
            (Vec<u8>, i64, i64),
            "SELECT id, pruned_seq, last_seq FROM conversations WHERE id > $1 ORDER BY id LIMIT $2",
            after.map_or(Vec::new(), |id| id.as_bytes().to_vec()),
            i64::try_from(CONVERSATIONS_AT_ONCE).unwrap_or(i64::MAX),
        );
        let end = match logs.get(CONVERSATIONS_AT_ONCE - 1) {
            Some((id, ..)) => Some(checked("a conversation id", ConversationId::from_slice(id))?),
            None => None,
        };
        for (id, pruned, last) in logs {
            self.prune_log(Log { id, pruned, last }, retention, now).await?;
        }
        Ok(end)
    }

    async fn prune_log(&self, mut log: Log, retention: Retention, now: Timestamp) -> StoreResult<()> {
        let until = self.wanted_until(&log, retention, now).await?;
        while let Some(to) = self.next_few(&log, until).await? {
            let mut tx = self.db.begin().await?;
            prune_entries(&mut tx, &log, to).await?;
            tx.commit().await?;
            log.pruned = to;
        }
        if log.pruned == 0 {
            return Ok(());
        }
        self.forget_client_ids(&log, now.saturating_sub(retention.devices.saturating_add(CLIENT_IDS_KNOWN))).await
    }

    /// The last entry that nobody waits for any more.
    async fn wanted_until(&self, log: &Log, retention: Retention, now: Timestamp) -> StoreResult<i64> {
        if log.pruned >= log.last {
            return Ok(log.pruned);
        }
        let stored = fetch_optional!(
            self.db.read(),
            (i64, i64),
            // A leaf that was removed is here until its device has stored everything up to there. A member may have no other
            // ones while a conversation is begun anew. A device that came in when another was behind has nothing from before.
            "SELECT COALESCE((SELECT MIN(stored_seq) FROM leaves WHERE conversation = $1), $2), \
             COALESCE((SELECT MIN(stored) FROM (SELECT MAX(l.stored_seq) AS stored FROM leaves AS l \
              JOIN members AS m ON m.conversation = l.conversation AND m.account = l.account \
              WHERE l.conversation = $1 AND NOT EXISTS (SELECT 1 FROM leaves AS o WHERE o.conversation = l.conversation \
               AND o.account = l.account AND o.stored_seq < l.joined_seq) GROUP BY l.account) AS accounts), $2)",
            log.id.as_slice(),
            log.last,
        );
        let (by_devices, by_accounts) = stored.unwrap_or_default();
        let mut until = by_devices;
        if until < by_accounts {
            until = until.max(self.older_than(log, by_accounts, now.saturating_sub(retention.devices)).await?);
        }
        if until < log.last {
            until = until.max(self.older_than(log, log.last, now.saturating_sub(retention.members)).await?);
        }
        Ok(until.min(log.last))
    }

    /// The last of the oldest entries, up to `most`, that the server took before `moment`.
    async fn older_than(&self, log: &Log, most: i64, moment: Timestamp) -> StoreResult<i64> {
        let first_newer = fetch_optional!(
            self.db.read(),
            (i64,),
            "SELECT seq FROM log WHERE conversation = $1 AND seq > $2 AND seq <= $3 AND time > $4 ORDER BY seq LIMIT 1",
            log.id.as_slice(),
            log.pruned,
            most,
            column(moment),
        );
        Ok(first_newer.map_or(most, |(seq,)| seq - 1))
    }

    /// Up to where one transaction prunes next, if there are entries up to `until`. A reset leaves a gap of many seqs.
    async fn next_few(&self, log: &Log, until: i64) -> StoreResult<Option<i64>> {
        let few = fetch_optional!(
            self.db.read(),
            (Option<i64>,),
            "SELECT MAX(seq) FROM (SELECT seq, SUM(size) OVER (ORDER BY seq) AS total, ROW_NUMBER() OVER (ORDER BY seq) \
              AS number FROM (SELECT seq, LENGTH(message) AS size FROM log \
               WHERE conversation = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4) AS n) AS w \
             WHERE total <= $5 OR number = 1",
            log.id.as_slice(),
            log.pruned,
            until,
            ENTRIES_AT_ONCE,
            BYTES_AT_ONCE,
        );
        Ok(few.and_then(|(seq,)| seq))
    }

    /// Deletes the rows of pruned entries that the server took before `moment`; the newest entry's stays.
    async fn forget_client_ids(&self, log: &Log, moment: Timestamp) -> StoreResult<()> {
        let first = fetch_optional!(
            self.db.read(),
            (i64, i64),
            "SELECT seq, time FROM log WHERE conversation = $1 ORDER BY seq LIMIT 1",
            log.id.as_slice(),
        );
        let is_old = |(seq, time): (i64, i64)| seq <= log.pruned && seq < log.last && time <= column(moment);
        if !first.is_some_and(is_old) {
            return Ok(());
        }
        loop {
            let deleted = execute!(
                self.db.write(),
                "DELETE FROM log WHERE conversation = $1 AND seq IN \
                 (SELECT seq FROM log WHERE conversation = $1 AND seq <= $2 AND seq < $3 ORDER BY seq LIMIT $4) \
                 AND time <= $5",
                log.id.as_slice(),
                log.pruned,
                log.last,
                ENTRIES_AT_ONCE,
                column(moment),
            );
            if i64::try_from(deleted).unwrap_or(i64::MAX) < ENTRIES_AT_ONCE {
                return Ok(());
            }
        }
    }
}

/// Empties entries up to `to`, and lets devices know that those before are not kept.
async fn prune_entries(tx: &mut Tx, log: &Log, to: i64) -> StoreResult<()> {
    let id = log.id.as_slice();
    execute!(
        tx.on(),
        // Resets stay as they are: they hold nothing that was said.
        "UPDATE log SET message = $1 WHERE conversation = $2 AND seq > $3 AND seq <= $4 AND kind <> 4",
        NOTHING,
        id,
        log.pruned,
        to,
    );
    execute!(
        tx.on(),
        "UPDATE conversations SET pruned_seq = e.seq, pruned_hash = e.hash FROM \
         (SELECT seq, hash FROM log WHERE conversation = $1 AND seq <= $2 ORDER BY seq DESC LIMIT 1) AS e \
         WHERE conversations.id = $1 AND conversations.pruned_seq < e.seq",
        id,
        to,
    );
    // There is nothing left for them to read. A member's are to say that something is missing.
    execute!(
        tx.on(),
        "DELETE FROM leaves WHERE conversation = $1 AND removed_seq <= $2 \
         AND account NOT IN (SELECT account FROM members WHERE conversation = $1)",
        id,
        to,
    );
    Ok(())
}
