//! The archive: an account's history, kept for its own devices in segments that only they can open.
//!
//! A segment holds what a device knew of a range of a conversation's log. Segments of a conversation never overlap: who
//! writes one names those that it takes the place of, and is refused if they are others by now.

use crate::{BlobId, Bytes, ConversationId, Timestamp};

/// Largest segment, in bytes.
pub const SEGMENT_MAX: usize = 1024 * 1024;
/// Most segments that are read at once.
pub const SEGMENTS_READ_MAX: usize = 50;
/// Most segments in one part of the list.
pub const SEGMENTS_LISTED_MAX: usize = 2_000;
/// Most segments that one takes the place of.
pub const SEGMENTS_REPLACED_MAX: usize = 16;

crate::operation::body! {
    /// Reads which segments there are.
    pub struct ArchiveList {
        /// Segments written after this version; 0 for all.
        pub after_version: u64,
    }

    /// Segments of the archive, in the order in which they were written.
    pub struct ArchiveListed {
        /// The archive's present version.
        pub version: u64,
        /// What was written up to this version was erased; 0 if that never happened.
        pub erased: u64,
        /// How many segments there are in all.
        pub count: u64,
        /// At most 2,000. One takes the place of every other that it overlaps.
        pub segments: Vec<SegmentInfo>,
        /// There are more, after the last one's version.
        pub more: bool,
    }

    /// A segment without its content.
    #[derive(PartialEq, Eq)]
    pub struct SegmentInfo {
        /// Whose log.
        pub conversation: ConversationId,
        /// The first entry of its range.
        pub first: u64,
        /// The last entry of its range.
        pub last: u64,
        /// From 1, more than that of each segment that it took the place of.
        pub revision: u64,
        /// The newest entry of the log that its writer had taken.
        pub as_of: u64,
        /// How many things it holds.
        pub items: u32,
        /// When it was written, by the server's clock.
        pub time: Timestamp,
        /// The archive's version that wrote it.
        pub version: u64,
        /// The generation of the account's keys that it is sealed with.
        #[serde(default = "crate::device::first_generation")]
        pub generation: u64,
        /// SHA-256 of its ciphertext, 32 bytes.
        #[serde(default)]
        pub hash: Bytes,
    }

    /// Reads segments.
    pub struct ArchiveRead {
        /// At most 50.
        #[cfg_attr(feature = "openapi", schema(max_items = 50))]
        pub segments: Vec<SegmentName>,
    }

    /// Names a segment.
    #[derive(Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub struct SegmentName {
        /// Whose log.
        pub conversation: ConversationId,
        /// The first entry of its range.
        pub first: u64,
    }

    /// Segments as they are now.
    pub struct ArchiveSegments {
        /// In the order in which they were asked for, without those that are not there. As many as fit: at least one, if there
        /// is any.
        pub segments: Vec<ArchiveSegment>,
    }

    /// A segment.
    pub struct ArchiveSegment {
        /// Whose log.
        pub conversation: ConversationId,
        /// The first entry of its range.
        pub first: u64,
        /// The last entry of its range.
        pub last: u64,
        /// As in the list.
        pub revision: u64,
        /// As in the list.
        #[serde(default = "crate::device::first_generation")]
        pub generation: u64,
        /// Ciphertext.
        pub sealed: Bytes,
    }

    /// Writes a segment if it overlaps those that it names and no others, and the account's keys are those that the writer
    /// knows, else `version-conflict`.
    pub struct ArchiveWrite {
        /// Whose log.
        pub conversation: ConversationId,
        /// The first entry of its range, from 1.
        #[cfg_attr(feature = "openapi", schema(minimum = 1))]
        pub first: u64,
        /// The last entry of its range, not before the first.
        #[cfg_attr(feature = "openapi", schema(minimum = 1))]
        pub last: u64,
        /// From 1, more than that of each segment that it takes the place of.
        #[cfg_attr(feature = "openapi", schema(minimum = 1))]
        pub revision: u64,
        /// The newest entry of the log that the writer has taken.
        pub as_of: u64,
        /// How many things it holds.
        pub items: u32,
        /// The segments in whose place it is, which lie within its range. At most 16.
        #[cfg_attr(feature = "openapi", schema(max_items = 16))]
        pub replaces: Vec<ReplacedSegment>,
        /// The generation of the keys that the writer has.
        #[serde(default = "crate::device::first_generation")]
        #[cfg_attr(feature = "openapi", schema(minimum = 1))]
        pub generation: u64,
        /// Ciphertext, at most 1 MiB.
        pub sealed: Bytes,
        /// The blobs that are told of in it: they live as long as it. At most 10,000; those that are gone do not matter.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "openapi", schema(max_items = 10_000))]
        pub blobs: Vec<BlobId>,
    }

    /// A segment that another one takes the place of.
    #[derive(Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub struct ReplacedSegment {
        /// The first entry of its range.
        pub first: u64,
        /// As it is known.
        pub revision: u64,
    }

    /// Erases the whole archive.
    pub struct ArchiveErase {}
}
