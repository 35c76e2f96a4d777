//! Blobs: encrypted attachments, uploaded by the tus protocol (version 1.0.0, with its extensions `creation` and `termination`)
//! and read by ranges (RFC 9110 section 14), beside the operations and with the same tokens.
//!
//! - `POST /v1/blobs` with `Upload-Length`, and the id as [`METADATA_ID`] in `Upload-Metadata`, begins an upload. Beginning it
//!   again changes nothing.
//! - `HEAD /v1/blobs/<id>` tells its uploader how much of it is on disk (`Upload-Offset`).
//! - `PATCH /v1/blobs/<id>` goes on at `Upload-Offset`. What is on disk grows by whole parts of [`PART_LEN`].
//! - `GET /v1/blobs/<id>` reads a whole blob, or a range of it. It never changes.
//! - `DELETE /v1/blobs/<id>` ends an upload that no message tells of.

/// Where blobs are.
pub const PATH: &str = "/v1/blobs";
/// The name of the blob's id in `Upload-Metadata`; its value is the 16 bytes in base64 (RFC 4648 section 4).
pub const METADATA_ID: &str = "id";
/// An upload grows by so many bytes, but for its last part.
pub const PART_LEN: u64 = 4 * 1024 * 1024;
/// Most blobs of a message.
pub const BLOBS_MAX: usize = 32;
/// Most blobs that a segment of the archive tells of.
pub const SEGMENT_BLOBS_MAX: usize = 10_000;
/// The version of tus.
pub const TUS_VERSION: &str = "1.0.0";
