//! Blanking entries: by their delete token, and when their time has come. What an entry carried goes; its seq, client
//! id, time and running hash stay.

use sealpost_protocol::{ConversationId, Timestamp, conversation::HASH_LEN};

use super::{
    Store, StoreResult,
    blobs::drop_blobs_of,
    convert::{checked, column, number},
    db::{execute, fetch_all, fetch_optional},
};

/// What a blank entry carries.
pub(super) const NOTHING: &[u8] = &[];

/// What became of an entry that was to be blanked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Erased {
    /// It is blank now.
    Done,
    /// It was blank already.
    Already,
    /// It has another token, or none.
    WrongToken,
    /// There is no such entry.
    NotFound,
}

impl Store {
    /// Blanks the entry whose delete token has this SHA-256.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn erase(
        &self,
        conversation: ConversationId,
        seq: u64,
        token_hash: &[u8; HASH_LEN],
    ) -> StoreResult<Erased> {
        let mut tx = self.db.begin().await?;
        let blanked = execute!(
            tx.on(),
            "UPDATE log SET kind = 3, message = $1, expires = NULL \
             WHERE conversation = $2 AND seq = $3 AND kind = 1 AND delete_token_hash = $4",
            NOTHING,
            conversation.as_bytes().as_slice(),
            column(seq),
            token_hash.as_slice(),
        );
        if blanked == 1 {
            drop_blobs_of(&mut tx, conversation.as_bytes(), column(seq)).await?;
            tx.commit().await?;
            return Ok(Erased::Done);
        }
        drop(tx);
        let found = fetch_optional!(
            self.db.read(),
            (i64, Option<Vec<u8>>),
            "SELECT kind, delete_token_hash FROM log WHERE conversation = $1 AND seq = $2",
            conversation.as_bytes().as_slice(),
            column(seq),
        );
        Ok(match found {
            None => Erased::NotFound,
            Some((3, Some(hash))) if hash == token_hash => Erased::Already,
            Some(_) => Erased::WrongToken,
        })
    }

    /// Blanks entries whose time has come, at most `limit`; gives those that it blanked.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn blank_expired(&self, now: Timestamp, limit: u32) -> StoreResult<Vec<(ConversationId, u64)>> {
        // Nothing is locked to find out that nothing is due.
        let mut due = fetch_all!(
            self.db.read(),
            (Vec<u8>, i64),
            "SELECT conversation, seq FROM log WHERE expires <= $1 ORDER BY expires LIMIT $2",
            column(now),
            i64::from(limit),
        );
        if due.is_empty() {
            return Ok(Vec::new());
        }
        // In one order, so that servers that share a database do not wait for each other in a circle.
        due.sort_unstable();
        let mut blanked = Vec::with_capacity(due.len());
        let mut tx = self.db.begin().await?;
        for (conversation, seq) in due {
            let changed = execute!(
                tx.on(),
                "UPDATE log SET kind = 3, message = $1, expires = NULL \
                 WHERE conversation = $2 AND seq = $3 AND expires <= $4",
                NOTHING,
                conversation.as_slice(),
                seq,
                column(now),
            );
            if changed == 1 {
                drop_blobs_of(&mut tx, &conversation, seq).await?;
                let conversation = checked("a conversation id", ConversationId::from_slice(&conversation))?;
                blanked.push((conversation, number("a seq", seq)?));
            }
        }
        tx.commit().await?;
        Ok(blanked)
    }
}
