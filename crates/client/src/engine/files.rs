//! Photos, voice, videos and files: staged on this device, sent with a message once the server has them, downloaded when they
//! are wanted, and gone with their message.
//!
//! The message is in the timeline and in the outbox from the beginning; it lets others pass until its files are uploaded. What
//! moves bytes is the driver's: it is told what to move and tells how that went.

use sealpost_protocol::{BlobId, ClientId, ConversationId, ProblemKind, blob::BLOBS_MAX};

use super::{
    Effect, RequestFailure, Result, conversations::Outcome, purpose::Task, requests::is_temporary, turn::Turn,
};
use crate::{
    command::{Answer, Failure},
    content::{
        Content,
        attachment::{self, About, Attachment},
    },
    media::{MediaError, SealedFile, Transfer},
    snapshot::{OutgoingFile, SendFailure},
    store::{FileRow, FileState, OutboxRow, Store},
};

/// So long files that were staged wait to be sent, in milliseconds.
const STAGED_FOR: u64 = 24 * 60 * 60 * 1000;

/// Files on their way.
#[derive(Default)]
pub(crate) struct Moving {
    /// To the server, and how much of it is there.
    pub uploading: Option<(BlobId, u64)>,
    /// From the server, and how much of it is here.
    pub fetching: Option<(BlobId, u64)>,
    /// What was staged long ago was looked for.
    pub looked: bool,
}

fn about(file: OutgoingFile, size: u64) -> About {
    let thumbhash = About::thumbhash_from(file.thumbhash.as_deref());
    let OutgoingFile { kind, name, content_type, width, height, duration, waveform, description, .. } = file;
    About { kind, name, content_type, width, height, thumbhash, duration, waveform, description }.cleaned(size)
}

fn not_found() -> Failure {
    Failure::new("not-found", "there is no such file any more")
}

impl Turn<'_> {
    /// A file was sealed onto this device.
    pub(super) fn staged(&mut self, file: &SealedFile) -> Result<()> {
        Ok(self.store.add_staged(file, self.now)?)
    }

    pub(super) fn send_files(
        &mut self,
        at: ConversationId,
        id: ClientId,
        text: &str,
        reply_to: Option<&str>,
        files: Vec<OutgoingFile>,
    ) -> Result<Outcome> {
        let (conversation, sender) = match self.may_send(at)? {
            Ok(may) => may,
            Err(failure) => return Ok(Err(failure)),
        };
        if self.store.item(conversation.id, &id.to_string())?.is_some() {
            return Ok(Ok(Answer::Done));
        }
        if files.is_empty() || files.len() > BLOBS_MAX {
            return Ok(Err(Failure::new("invalid-request", "a message has 1 to 32 files")));
        }
        let mut attachments = Vec::new();
        for outgoing in files {
            match self.store.file(outgoing.blob)?.filter(|row| row.state == FileState::Staged) {
                Some(row) => {
                    let about = about(outgoing, row.file.size);
                    attachments.push(Attachment { file: row.file, about });
                }
                None => return Ok(Err(not_found())),
            }
        }
        let caption = match text.trim() {
            "" => None,
            _ => match self.text_body(&conversation, text)? {
                Ok(body) => Some(body),
                Err(failure) => return Ok(Err(failure)),
            },
        };
        let mut content = self.new_message(&conversation, sender, attachment::body_of(caption, &attachments))?;
        content.extensions.extend(attachment::extension_of(&attachments));
        content.in_reply_to = self.replied_to(conversation.id, reply_to)?;
        let outcome = self.enqueue(&conversation, id, content)?;
        if outcome.is_ok() {
            for attachment in &attachments {
                self.store.set_file_state(attachment.file.blob, FileState::ToUpload)?;
            }
            self.store.outbox_set_waits(conversation.id, id, true)?;
        }
        Ok(outcome)
    }

    pub(super) fn drop_files(&mut self, blobs: &[BlobId]) -> Result<Outcome> {
        for blob in blobs {
            if self.store.file(*blob)?.is_some_and(|row| row.state == FileState::Staged) {
                self.store.remove_file(*blob)?;
                self.effects.push(Effect::RemoveFiles(vec![*blob]));
            }
        }
        Ok(Ok(Answer::Done))
    }

    pub(super) fn fetch_file(&mut self, blob: BlobId) -> Result<Outcome> {
        let Some(row) = self.store.file(blob)? else { return Ok(Err(not_found())) };
        if !row.here {
            self.store.set_file_wanted(blob, true)?;
            self.file_changed(&row);
        }
        Ok(Ok(Answer::Done))
    }

    pub(super) fn free_file(&mut self, blob: BlobId) -> Result<Outcome> {
        let Some(row) = self.store.file(blob)? else { return Ok(Err(not_found())) };
        if row.state != FileState::Remote {
            return Ok(Err(Failure::new("not-allowed", "it is nowhere but on this device")));
        }
        self.store.set_file_here(blob, false)?;
        self.effects.push(Effect::RemoveFiles(vec![blob]));
        self.file_changed(&row);
        Ok(Ok(Answer::Done))
    }

    /// The files of a message that is written into the timeline.
    pub(super) fn take_files(&mut self, at: ConversationId, item: &str, attachments: &[Attachment]) -> Result<()> {
        for attachment in attachments {
            self.store.take_file(&attachment.file, at, item, self.now)?;
        }
        Ok(())
    }

    /// Moves what is to be moved next, and lets go of what belongs to nothing any more.
    pub(super) fn pump_files(&mut self) -> Result<()> {
        if self.memory.moving.uploading.is_none()
            && self.is_free(Task::Upload)
            && let Some(row) = self.store.next_upload()?
        {
            self.memory.moving.uploading = Some((row.file.blob, 0));
            self.file_changed(&row);
            let transfer = Transfer { file: row.file, token: self.token()? };
            self.effects.push(Effect::Upload(transfer));
        }
        if self.memory.moving.fetching.is_none()
            && self.is_free(Task::Fetch)
            && let Some(row) = self.store.next_wanted()?
        {
            self.memory.moving.fetching = Some((row.file.blob, 0));
            self.file_changed(&row);
            let transfer = Transfer { file: row.file, token: self.token()? };
            self.effects.push(Effect::Fetch(transfer));
        }
        Ok(())
    }

    /// Lets go of the files whose messages are gone, and of what was staged long ago.
    pub(super) fn settle_files(&mut self) -> Result<()> {
        let mut gone = self.store.take_gone_files()?;
        if !self.memory.moving.looked {
            self.memory.moving.looked = true;
            for blob in self.store.staged_before(self.now.saturating_sub(STAGED_FOR))? {
                self.store.remove_file(blob)?;
                gone.push(blob);
            }
        }
        if !gone.is_empty() {
            self.effects.push(Effect::RemoveFiles(gone));
        }
        Ok(())
    }

    fn token(&self) -> Result<sealpost_protocol::Bytes> {
        self.session()?.map(|session| session.token.into()).ok_or(super::EngineError::Broken("nobody is signed in"))
    }

    /// A file is so far on its way.
    pub(super) fn file_moved(&mut self, blob: BlobId, bytes: u64) -> Result<()> {
        let moving = &mut self.memory.moving;
        for moved in [&mut moving.uploading, &mut moving.fetching].into_iter().flatten() {
            if moved.0 == blob {
                moved.1 = bytes;
            }
        }
        if let Some(row) = self.store.file(blob)? {
            self.file_changed(&row);
        }
        Ok(())
    }

    pub(super) fn uploaded(&mut self, blob: BlobId, outcome: std::result::Result<(), RequestFailure>) -> Result<()> {
        self.memory.moving.uploading.take_if(|(moving, _)| *moving == blob);
        let Some(row) = self.store.file(blob)?.filter(|row| row.state == FileState::ToUpload) else { return Ok(()) };
        self.file_changed(&row);
        match outcome {
            Ok(()) => {
                self.went_well(Task::Upload);
                self.store.set_file_state(blob, FileState::Remote)?;
                self.files_uploaded(&row)
            }
            Err(failure) if is_temporary(&failure) => {
                self.hold(Task::Upload, Some(&failure));
                Ok(())
            }
            Err(failure) => {
                tracing::warn!(error = %failure, "a file could not be uploaded");
                self.fail_files(&row, &failure)
            }
        }
    }

    /// If nothing of its message is left to be uploaded, it goes.
    fn files_uploaded(&mut self, row: &FileRow) -> Result<()> {
        let Some((at, item)) = &row.message else { return Ok(()) };
        let left = self.store.files_of(*at, item)?.iter().any(|other| other.state == FileState::ToUpload);
        if let (false, Ok(id)) = (left, item.parse()) {
            self.store.outbox_set_waits(*at, id, false)?;
            self.attend(*at);
        }
        Ok(())
    }

    /// The server does not take a file: its message failed. Trying again uploads it again.
    fn fail_files(&mut self, row: &FileRow, failure: &RequestFailure) -> Result<()> {
        let why = match failure {
            RequestFailure::Problem(problem) if problem.kind() == ProblemKind::QuotaExceeded => SendFailure::NoRoom,
            RequestFailure::Problem(problem) if problem.kind() == ProblemKind::TooLarge => SendFailure::TooLarge,
            _ => SendFailure::Refused,
        };
        let Some((at, item)) = &row.message else { return Ok(()) };
        for file in self.store.files_of(*at, item)? {
            if file.state == FileState::ToUpload {
                self.store.set_file_state(file.file.blob, FileState::Staged)?;
            }
        }
        let Ok(id) = item.parse() else { return Ok(()) };
        match self.store.outbox_find(*at, id)? {
            Some(message) => self.fail_message(*at, &message, why),
            None => Ok(()),
        }
    }

    /// The files of a message that goes again go first, if they are not on the server.
    pub(super) fn upload_files_again(&mut self, at: ConversationId, id: ClientId, also_remote: bool) -> Result<()> {
        let mut waits = false;
        for row in self.store.files_of(at, &id.to_string())? {
            let again = row.state == FileState::Staged || also_remote && row.state == FileState::Remote;
            if row.here && again {
                self.store.set_file_state(row.file.blob, FileState::ToUpload)?;
            }
            waits |= row.here && again || row.state == FileState::ToUpload;
        }
        Ok(self.store.outbox_set_waits(at, id, waits)?)
    }

    /// The server does not have what a message tells of: it is uploaded anew, if it is here.
    pub(super) fn blobs_missing(&mut self, at: ConversationId, row: &OutboxRow) -> Result<()> {
        let files = self.store.files_of(at, &row.client_id.to_string())?;
        if files.is_empty() || files.iter().any(|file| !file.here) {
            return self.fail_message(at, row, SendFailure::Refused);
        }
        self.store.outbox_set_sent(row.position, None)?;
        self.upload_files_again(at, row.client_id, true)?;
        self.hold(Task::Upload, None);
        Ok(())
    }

    pub(super) fn fetched(&mut self, blob: BlobId, outcome: std::result::Result<(), MediaError>) -> Result<()> {
        self.memory.moving.fetching.take_if(|(moving, _)| *moving == blob);
        let Some(row) = self.store.file(blob)? else { return Ok(()) };
        self.file_changed(&row);
        match outcome {
            Ok(()) => {
                self.went_well(Task::Fetch);
                self.store.set_file_here(blob, true)?;
            }
            Err(MediaError::Offline) => self.hold(Task::Fetch, None),
            Err(MediaError::NotFound) => {
                self.store.set_file_state(blob, FileState::Gone)?;
                self.store.set_file_wanted(blob, false)?;
            }
            Err(error) => {
                tracing::warn!(error = %error, "a file could not be downloaded");
                self.store.set_file_wanted(blob, false)?;
            }
        }
        Ok(())
    }

    fn file_changed(&mut self, row: &FileRow) {
        if let Some((at, _)) = &row.message {
            self.changed(*at);
        }
    }
}

/// How a file is opened, with the token to read it; and whether all of it is on this device.
pub(super) fn transfer(store: Store<'_>, blob: BlobId) -> Result<Option<(Transfer, bool)>> {
    let (Some(session), Some(row)) = (store.session()?, store.file(blob)?) else { return Ok(None) };
    Ok(Some((Transfer { file: row.file, token: session.token.into() }, row.here)))
}

/// Whether this device knows how to open a file.
pub(super) fn is_known(store: Store<'_>, blob: BlobId) -> Result<bool> {
    Ok(store.file(blob)?.is_some())
}

/// The blobs that a message tells of.
pub(super) fn blobs_of(content: &[u8]) -> Vec<BlobId> {
    let content = Content::decode(content).ok();
    let attachments = content.map(|content| content.meaning().attachments()).unwrap_or_default();
    attachments.iter().map(|attachment| attachment.file.blob).collect()
}
