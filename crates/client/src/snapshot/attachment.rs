//! What is shown of photos, voice, videos and files.

use sealpost_protocol::BlobId;
use serde::{Deserialize, Serialize};

view_types! {
    /// What an attachment is.
    #[derive(Copy)]
    #[serde(rename_all = "snake_case")]
    pub enum AttachmentKind {
        /// A picture that views show.
        Image,
        /// A video that views play.
        Video,
        /// Recorded for this message.
        Voice,
        /// Music and other sound.
        Audio,
        /// Anything else: to be downloaded, never shown.
        File,
    }

    /// A photo, voice message, video or file of a message.
    pub struct Attachment {
        /// Names it where its bytes are asked for.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        pub blob: BlobId,
        /// What it is.
        pub kind: AttachmentKind,
        /// What to call it when it is saved: no path, no control characters; never empty.
        pub name: String,
        /// Its media type if it is one that views show or play, else `application/octet-stream`.
        pub content_type: String,
        /// In bytes.
        #[cfg_attr(feature = "typescript", tsify(type = "number"))]
        pub size: u64,
        /// In pixels, of images and videos.
        pub width: Option<u32>,
        /// In pixels, of images and videos.
        pub height: Option<u32>,
        /// What it looks like from afar: a thumbhash in base64.
        pub thumbhash: Option<String>,
        /// In milliseconds, of what is played.
        pub duration: Option<u32>,
        /// How loud a voice message is from its beginning to its end: up to 64 numbers from 0 to 100.
        pub waveform: Vec<u8>,
        /// What it shows, in words; may be empty.
        pub description: String,
        /// Where it is.
        pub state: AttachmentState,
    }

    /// Where an attachment is.
    #[derive(Copy)]
    #[serde(tag = "state", rename_all = "snake_case")]
    pub enum AttachmentState {
        /// On this device.
        Here,
        /// On the server.
        Remote,
        /// On its way to the server, so many bytes of it.
        Sending {
            /// Bytes.
            #[cfg_attr(feature = "typescript", tsify(type = "number"))]
            done: u64,
        },
        /// On its way from the server, so many bytes of it.
        Fetching {
            /// Bytes.
            #[cfg_attr(feature = "typescript", tsify(type = "number"))]
            done: u64,
        },
        /// Neither here nor on the server any more.
        Gone,
    }

    /// What is said of a staged file when it is sent.
    pub struct OutgoingFile {
        /// As it was staged.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        pub blob: BlobId,
        /// What it is.
        pub kind: AttachmentKind,
        /// What to call it; cleaned before it is sent.
        pub name: String,
        /// Its media type.
        pub content_type: String,
        /// In pixels.
        pub width: Option<u32>,
        /// In pixels.
        pub height: Option<u32>,
        /// A thumbhash in base64.
        pub thumbhash: Option<String>,
        /// In milliseconds.
        pub duration: Option<u32>,
        /// As in [`Attachment::waveform`].
        #[serde(default)]
        pub waveform: Vec<u8>,
        /// What it shows, in words.
        #[serde(default)]
        pub description: String,
    }
}
