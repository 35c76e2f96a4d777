//! Whether a database holds what it must: every log from end to end, and the secrets without which nobody signs in.

use std::path::Path;

use sealpost_protocol::conversation::{Entry, EntryBody, HASH_LEN};

use super::{
    SQLITE_FILE, Store, StoreError, StoreResult,
    convert::hash,
    db::{execute, fetch_all, fetch_optional},
    key_packages::void_key_packages,
    log::EntryRow,
    make_private_folder,
    settings::{INCARNATION, PASSWORD_SETUP},
};

/// Entries that are read at a time.
const AT_ONCE: i64 = 1_000;

/// What a database was found to hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verified {
    /// Accounts.
    pub accounts: u64,
    /// Conversations.
    pub conversations: u64,
    /// Entries of their logs.
    pub entries: u64,
}

impl Store {
    /// Reads every log: that nothing is missing in it, and that it fits its running hashes.
    ///
    /// # Errors
    /// `Corrupt` says what is not as it must be.
    pub async fn verify(&self) -> StoreResult<Verified> {
        let secret = fetch_optional!(
            self.db.read(),
            (Vec<u8>,),
            "SELECT value FROM server_settings WHERE name = $1",
            PASSWORD_SETUP
        );
        if secret.is_none() {
            return Err(StoreError::Corrupt("the OPAQUE set-up, which is missing"));
        }
        let accounts = fetch_optional!(self.db.read(), (i64,), "SELECT COUNT(*) FROM accounts");
        let mut verified = Verified { accounts: count(accounts), ..Verified::default() };
        let heads = fetch_all!(
            self.db.read(),
            (Vec<u8>, i64, Vec<u8>, i64, Option<Vec<u8>>),
            "SELECT id, last_seq, last_hash, pruned_seq, pruned_hash FROM conversations ORDER BY id",
        );
        for (conversation, last_seq, last_hash, pruned_seq, pruned_hash) in heads {
            let first = (pruned_seq, pruned_hash.map_or(Ok([0; HASH_LEN]), |bytes| hash("a running hash", &bytes))?);
            verified.entries += self.verify_log(&conversation, first, (last_seq, &last_hash)).await?;
            verified.conversations += 1;
        }
        Ok(verified)
    }

    /// Gives how many entries a log has after the pruned ones. Seqs come with the running hashes there.
    async fn verify_log(
        &self,
        conversation: &[u8],
        (mut seq, mut running): (i64, [u8; HASH_LEN]),
        last: (i64, &[u8]),
    ) -> StoreResult<u64> {
        let mut entries = 0;
        loop {
            let rows = fetch_all!(
                self.db.read(),
                EntryRow,
                "SELECT conversation, seq, client_id, time, kind, generation, epoch, hash, message, expires FROM log \
                 WHERE conversation = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                conversation,
                seq,
                AT_ONCE,
            );
            if rows.is_empty() {
                break;
            }
            for row in rows {
                let entry = Entry::try_from(row)?;
                running = follow(&entry, seq, &running)?;
                seq = super::convert::column(entry.seq);
                entries += 1;
            }
        }
        if (seq, running.as_slice()) != last {
            return Err(StoreError::Corrupt("a log, which does not end where its conversation says"));
        }
        Ok(entries)
    }

    /// This database goes on from a backup: clients see that by the incarnation, and key packages that may have been used
    /// since are not handed out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_history(&self, incarnation: [u8; 16]) -> StoreResult<()> {
        let mut tx = self.db.begin().await?;
        execute!(
            tx.on(),
            "INSERT INTO server_settings (name, value) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            INCARNATION,
            incarnation.as_slice(),
        );
        void_key_packages(&mut tx).await?;
        tx.commit().await
    }

    /// Copies the SQLite database in `file` into the folder `to`, which is made, and reads the copy from end to end.
    ///
    /// # Errors
    /// When it is none, or is damaged.
    pub async fn copy_sqlite_file(file: &Path, to: &Path) -> StoreResult<()> {
        make_private_folder(to).map_err(|error| StoreError::Folder(std::sync::Arc::new(error)))?;
        Self::copy_database(file, &to.join(SQLITE_FILE)).await
    }

    /// Moves a closed SQLite database from one folder to another on the same disk, where none is.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub fn move_sqlite(from: &Path, to: &Path) -> std::io::Result<()> {
        #[cfg(unix)]
        std::fs::set_permissions(from.join(SQLITE_FILE), std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        std::fs::rename(from.join(SQLITE_FILE), to.join(SQLITE_FILE))?;
        std::fs::File::open(to)?.sync_all()
    }
}

fn count(row: Option<(i64,)>) -> u64 {
    row.map_or(0, |(count,)| count.unsigned_abs())
}

/// The running hash after an entry that follows `seq`.
fn follow(entry: &Entry, seq: i64, running: &[u8; HASH_LEN]) -> StoreResult<[u8; HASH_LEN]> {
    let said = hash("a running hash", &entry.hash)?;
    let is_next = super::convert::column(entry.seq) == seq + 1 || matches!(entry.body, EntryBody::Reset { .. });
    // Of a blank entry the hash is all that is left.
    let fits = matches!(entry.body, EntryBody::Blank {}) || entry.running_hash(running) == said;
    match (is_next, fits) {
        (true, true) => Ok(said),
        (false, _) => Err(StoreError::Corrupt("a log, in which an entry is missing")),
        (_, false) => Err(StoreError::Corrupt("a log, which does not fit its running hashes")),
    }
}
