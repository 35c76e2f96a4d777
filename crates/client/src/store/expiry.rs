//! Messages that disappear: for good once the clocks are compared, out of sight until then.

use sealpost_protocol::{ConversationId, Timestamp};

use super::{Result, Store, amendments, timeline};

impl Store<'_> {
    /// Removes what disappears by `now`, with everything about it; gives where something was removed.
    pub(crate) fn expire(&self, now: Timestamp) -> Result<Vec<ConversationId>> {
        let sql = "DELETE FROM timeline WHERE expires <= ?1 RETURNING conversation";
        let removed = self.many(sql, [now], |row| row.get(0).map(ConversationId))?;
        self.run("DELETE FROM amendments WHERE expires <= ?1", [now])?;
        Ok(removed)
    }

    /// Takes what seems to disappear by `now` out of sight, with everything about it; gives where something was taken.
    pub(crate) fn withhold(&self, now: Timestamp) -> Result<Vec<ConversationId>> {
        let sql = format!(
            "INSERT INTO withheld (conversation, {columns})
                SELECT conversation, {columns} FROM timeline WHERE expires <= ?1",
            columns = timeline::COLUMNS
        );
        self.run(&sql, [now])?;
        let sql = format!(
            "INSERT INTO withheld_amendments (conversation, {columns})
                SELECT conversation, {columns} FROM amendments WHERE expires <= ?1 OR id IN (
                    SELECT a.id FROM withheld w
                    JOIN amendments a ON a.conversation = w.conversation AND a.target = w.message_id) ORDER BY id",
            columns = amendments::COLUMNS
        );
        self.run(&sql, [now])?;
        self.expire(now)
    }

    /// Brings back what was out of sight; gives where.
    pub(crate) fn bring_back(&self) -> Result<Vec<ConversationId>> {
        let places = self.many("SELECT conversation FROM withheld", [], |row| row.get(0).map(ConversationId))?;
        for (from, to, columns) in
            [("withheld", "timeline", timeline::COLUMNS), ("withheld_amendments", "amendments", amendments::COLUMNS)]
        {
            // What was brought meanwhile stays as it is.
            let sql = format!(
                "INSERT OR IGNORE INTO {to} (conversation, {columns})
                    SELECT conversation, {columns} FROM {from} ORDER BY rowid"
            );
            self.run(&sql, [])?;
            self.run(&format!("DELETE FROM {from}"), [])?;
        }
        Ok(places)
    }

    /// When something disappears next.
    pub(crate) fn next_expiry(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT min(at) FROM (SELECT min(expires) AS at FROM timeline WHERE expires IS NOT NULL
            UNION ALL SELECT min(expires) FROM amendments WHERE expires IS NOT NULL)";
        Ok(self.one(sql, [], |row| row.get(0))?.flatten())
    }
}
