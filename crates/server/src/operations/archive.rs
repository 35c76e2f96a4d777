//! The account's archive: its history in segments that only its devices can open.

use sealpost_protocol::{
    Problem, ProblemKind,
    account::Version,
    archive::{
        ArchiveList, ArchiveListed, ArchiveRead, ArchiveSegments, ArchiveWrite, SEGMENT_MAX, SEGMENTS_READ_MAX,
        SEGMENTS_REPLACED_MAX,
    },
    blob::SEGMENT_BLOBS_MAX,
};

use super::{at_most, invalid, problem, version_conflict};
use crate::{app::App, caller::CallingDevice, store::ArchiveWritten};

/// Most bytes of segments in one answer, beside the first one.
const ANSWER_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Which segments there are.
pub(super) async fn list(app: &App, caller: &CallingDevice, body: ArchiveList) -> Result<ArchiveListed, Problem> {
    Ok(app.store.archive(caller.account, body.after_version).await?)
}

/// As many of the segments as fit into one answer.
pub(super) async fn read(app: &App, caller: &CallingDevice, body: ArchiveRead) -> Result<ArchiveSegments, Problem> {
    at_most("segments", body.segments.len(), SEGMENTS_READ_MAX)?;
    let (mut segments, mut bytes) = (Vec::new(), 0);
    for name in body.segments {
        let Some(segment) = app.store.archive_segment(caller.account, name).await? else { continue };
        bytes += segment.sealed.len();
        if bytes > ANSWER_BYTES_MAX && !segments.is_empty() {
            break;
        }
        segments.push(segment);
    }
    Ok(ArchiveSegments { segments })
}

/// Writes a segment by compare and swap and tells the account's devices.
pub(super) async fn write(app: &App, caller: &CallingDevice, body: ArchiveWrite) -> Result<Version, Problem> {
    if body.first == 0 || body.last < body.first || body.revision == 0 {
        return Err(invalid("a segment's range goes from 1 upwards, and its revision is at least 1"));
    }
    if body.sealed.is_empty() {
        return Err(invalid("a segment has at least one byte"));
    }
    at_most("a segment", body.sealed.len(), SEGMENT_MAX)?;
    at_most("blobs", body.blobs.len(), SEGMENT_BLOBS_MAX)?;
    at_most("replaced segments", body.replaces.len(), SEGMENTS_REPLACED_MAX)?;
    let (now, bytes_max) = (app.now(), app.config().limits.archive_bytes);
    match app.store.write_archive(caller.account, &body, now, bytes_max).await? {
        ArchiveWritten::Done(version) => {
            app.hub.tell_archive(caller.account, version);
            Ok(Version { version })
        }
        ArchiveWritten::Conflict(version) => Err(version_conflict(version)),
        ArchiveWritten::Full => Err(problem(ProblemKind::TooLarge).with_detail("the archive is full")),
    }
}

/// Erases all of it and tells the account's devices.
pub(super) async fn erase(app: &App, caller: &CallingDevice) -> Result<Version, Problem> {
    let version = app.store.erase_archive(caller.account).await?;
    app.hub.tell_archive(caller.account, version);
    Ok(Version { version })
}
