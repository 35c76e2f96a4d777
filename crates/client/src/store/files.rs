//! Files of messages: how they are opened, whose they are, and where they are.

use rusqlite::{Row, params};
use sealpost_protocol::{BlobId, ConversationId, Timestamp};

use super::{Result, Store, invalid};
use crate::{media::SealedFile, redacted::redacted};

/// Where a file is, beside this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum FileState {
    /// Nowhere: it waits to be sent or dropped.
    Staged = 0,
    /// On its way to the server.
    ToUpload = 1,
    /// On the server.
    Remote = 2,
    /// On the server no more.
    Gone = 3,
}

/// A file.
#[derive(Clone)]
pub(crate) struct FileRow {
    pub file: SealedFile,
    /// The message that it belongs to.
    pub message: Option<(ConversationId, String)>,
    pub state: FileState,
    /// All of it is on this device.
    pub here: bool,
}

redacted!(FileRow);

const COLUMNS: &str = "blob, key, nonce, hash, size, conversation, item, state, here";

fn read(row: &Row<'_>) -> Result<FileRow> {
    let states = [FileState::Staged, FileState::ToUpload, FileState::Remote, FileState::Gone];
    let state: u8 = row.get(7)?;
    let conversation = row.get::<_, Option<[u8; 16]>>(5)?.map(ConversationId);
    Ok(FileRow {
        file: SealedFile {
            blob: BlobId(row.get(0)?),
            key: row.get(1)?,
            nonce: row.get(2)?,
            hash: row.get(3)?,
            size: row.get(4)?,
        },
        message: conversation.zip(row.get(6)?),
        state: states.into_iter().find(|known| *known as u8 == state).ok_or_else(|| invalid(7))?,
        here: row.get(8)?,
    })
}

impl Store<'_> {
    /// A file was sealed onto this device.
    pub(crate) fn add_staged(&self, file: &SealedFile, now: Timestamp) -> Result<()> {
        let sql =
            "INSERT INTO files (blob, key, nonce, hash, size, state, here, time) VALUES (?1, ?2, ?3, ?4, ?5, 0, 1, ?6)
            ON CONFLICT DO UPDATE SET key = ?2, nonce = ?3, hash = ?4, size = ?5, here = 1 WHERE state = 0";
        self.run(sql, params![file.blob.0, file.key, file.nonce, file.hash, file.size, now]).map(drop)
    }

    pub(crate) fn file(&self, blob: BlobId) -> Result<Option<FileRow>> {
        self.one(&format!("SELECT {COLUMNS} FROM files WHERE blob = ?1"), [blob.0], read)
    }

    /// A message tells of a file. What this device staged under that name is it only with the same key: nobody puts another
    /// file in its place.
    pub(crate) fn take_file(&self, file: &SealedFile, at: ConversationId, item: &str, now: Timestamp) -> Result<()> {
        let sql = "INSERT INTO files (blob, key, nonce, hash, size, conversation, item, state, here, time)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 2, 0, ?8)
            ON CONFLICT DO UPDATE SET conversation = ?6, item = ?7 WHERE key = ?2 AND hash = ?4";
        self.run(sql, params![file.blob.0, file.key, file.nonce, file.hash, file.size, at.0, item, now]).map(drop)
    }

    pub(crate) fn set_file_state(&self, blob: BlobId, state: FileState) -> Result<()> {
        self.run("UPDATE files SET state = ?2 WHERE blob = ?1", params![blob.0, state as u8]).map(drop)
    }

    /// Whether all of a file is on this device. One that is need not be wanted any more.
    pub(crate) fn set_file_here(&self, blob: BlobId, here: bool) -> Result<()> {
        self.run("UPDATE files SET here = ?2, wanted = 0 WHERE blob = ?1", params![blob.0, here]).map(drop)
    }

    pub(crate) fn set_file_wanted(&self, blob: BlobId, wanted: bool) -> Result<()> {
        self.run("UPDATE files SET wanted = ?2 WHERE blob = ?1", params![blob.0, wanted]).map(drop)
    }

    /// What is to be uploaded next, as long as its message waits.
    pub(crate) fn next_upload(&self) -> Result<Option<FileRow>> {
        self.one(&format!("SELECT {COLUMNS} FROM files WHERE state = 1 ORDER BY time, blob LIMIT 1"), [], read)
    }

    /// What is to be downloaded next.
    pub(crate) fn next_wanted(&self) -> Result<Option<FileRow>> {
        let sql = format!("SELECT {COLUMNS} FROM files WHERE wanted = 1 ORDER BY time, blob LIMIT 1");
        self.one(&sql, [], read)
    }

    pub(crate) fn files_of(&self, at: ConversationId, item: &str) -> Result<Vec<FileRow>> {
        let sql = format!("SELECT {COLUMNS} FROM files WHERE conversation = ?1 AND item = ?2");
        self.many(&sql, params![at.0, item], read)
    }

    /// The files of a part of a timeline.
    pub(crate) fn files_in(&self, at: ConversationId, from: u64, to: u64) -> Result<Vec<FileRow>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM files WHERE conversation = ?1 AND item IN (
                SELECT key FROM timeline WHERE conversation = ?1 AND sort BETWEEN ?2 AND ?3 AND attachments IS NOT NULL)"
        );
        self.many(&sql, params![at.0, from, to], read)
    }

    /// Files that were staged before a time and sent nowhere.
    pub(crate) fn staged_before(&self, time: Timestamp) -> Result<Vec<BlobId>> {
        self.many("SELECT blob FROM files WHERE state = 0 AND time < ?1", [time], |row| row.get(0).map(BlobId))
    }

    /// Files whose messages are gone for good; they are told once.
    pub(crate) fn take_gone_files(&self) -> Result<Vec<BlobId>> {
        let any = self.one("SELECT EXISTS (SELECT 1 FROM files_gone)", [], |row| row.get(0))?;
        if !any.unwrap_or(false) {
            return Ok(Vec::new());
        }
        let sql = "SELECT blob FROM files_gone JOIN files f USING (blob)
            WHERE NOT EXISTS (SELECT 1 FROM timeline t
                WHERE t.conversation = f.conversation AND t.key = f.item AND t.attachments IS NOT NULL)
            AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.conversation = f.conversation AND w.key = f.item)";
        let gone: Vec<BlobId> = self.many(sql, [], |row| row.get(0).map(BlobId))?;
        for blob in &gone {
            self.remove_file(*blob)?;
        }
        self.run("DELETE FROM files_gone", [])?;
        Ok(gone)
    }

    pub(crate) fn remove_file(&self, blob: BlobId) -> Result<()> {
        self.run("DELETE FROM files WHERE blob = ?1", [blob.0]).map(drop)
    }

    /// Whether a message waits for its files to be uploaded.
    pub(crate) fn outbox_set_waits(
        &self,
        at: ConversationId,
        id: sealpost_protocol::ClientId,
        waits: bool,
    ) -> Result<()> {
        let sql = "UPDATE outbox SET waits = ?3 WHERE conversation = ?1 AND client_id = ?2";
        self.run(sql, params![at.0, id.0, waits]).map(drop)
    }
}
