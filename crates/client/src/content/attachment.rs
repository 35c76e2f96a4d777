//! Photos, voice, videos and files in messages: one external part each, beside the text that is said of them, and an extension
//! that tells what the parts look and sound like from afar.
//!
//! What arrives is not trusted: names are cleaned, numbers have bounds, and only media types that browsers show without
//! running anything are kept.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ciborium::Value;
use sealpost_protocol::{BlobId, Bytes, blob::BLOBS_MAX};
use serde::{Deserialize, Serialize};

use super::{
    Body, Disposition, ExtensionName, External, MimiContent, NestedPart, Semantics, kind::without_bidi_controls,
};
use crate::{media::SealedFile, redacted::redacted, snapshot::AttachmentKind};

/// What the addresses of blobs begin with; the id in base64url follows.
const ADDRESS: &str = "sealpost:blob/";
/// The number of the AEAD "STREAM over AES-256-GCM, chunks of 64 KiB" among those for private use (RFC 5116 section 6).
const STREAM_AES_256_GCM: u16 = 0x8001;
/// IANA's number of SHA-256 for named information.
const SHA_256: u8 = 1;
/// Longest name of a file, in characters.
const NAME_MAX: usize = 120;
/// Longest description, in characters.
const DESCRIPTION_MAX: usize = 1000;
/// Most pixels that an image or video is said to have on a side.
const SIDE_MAX: u32 = 65_535;
/// Largest picture that is shown, in bytes: views read it as a whole, without being asked.
const IMAGE_MAX: u64 = 64 * 1024 * 1024;
/// Longest thumbhash, in bytes.
const THUMBHASH_MAX: usize = 32;
/// Most numbers of a waveform, and the largest of them.
const WAVEFORM_MAX: usize = 64;
const LOUDEST: u8 = 100;

/// Media types that are shown or played, with what they are.
const SHOWN: [(&str, AttachmentKind); 17] = [
    ("image/jpeg", AttachmentKind::Image),
    ("image/png", AttachmentKind::Image),
    ("image/webp", AttachmentKind::Image),
    ("image/avif", AttachmentKind::Image),
    ("image/gif", AttachmentKind::Image),
    ("video/mp4", AttachmentKind::Video),
    ("video/webm", AttachmentKind::Video),
    ("video/quicktime", AttachmentKind::Video),
    ("audio/mpeg", AttachmentKind::Audio),
    ("audio/mp4", AttachmentKind::Audio),
    ("audio/aac", AttachmentKind::Audio),
    ("audio/ogg", AttachmentKind::Audio),
    ("audio/webm", AttachmentKind::Audio),
    ("audio/wav", AttachmentKind::Audio),
    ("audio/x-wav", AttachmentKind::Audio),
    ("audio/flac", AttachmentKind::Audio),
    ("audio/x-m4a", AttachmentKind::Audio),
];
/// The media type of everything else.
const OTHER: &str = "application/octet-stream";

/// A file of a message.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Attachment {
    pub file: SealedFile,
    pub about: About,
}

redacted!(Attachment);

/// What is said of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct About {
    pub kind: AttachmentKind,
    pub name: String,
    pub content_type: String,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub thumbhash: Option<Vec<u8>>,
    pub duration: Option<u32>,
    pub waveform: Vec<u8>,
    pub description: String,
}

/// What the extension says of a part: whether it was recorded, width, height, thumbhash, duration, waveform.
type Looks = (bool, Option<u32>, Option<u32>, Option<Bytes>, Option<u32>, Option<Bytes>);

/// A name under which a file may be saved on any system: no folders, no control characters, no trailing dots.
pub(crate) fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = without_bidi_controls(last);
    let plain: String = shown
        .chars()
        .filter(|c| !c.is_control() && !matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\u{200B}'..='\u{200F}'))
        .collect();
    let trimmed = plain.trim().trim_matches('.').trim();
    if trimmed.is_empty() { "file".to_owned() } else { shortened(trimmed) }
}

/// The beginning of a name that is too long, with what says of what kind it is.
fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME_MAX {
        return name.to_owned();
    }
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let ending: String = ending.chars().take(12).collect();
    let beginning: String = name.chars().take(NAME_MAX - ending.chars().count() - 1).collect();
    if ending.is_empty() { beginning } else { format!("{}.{ending}", beginning.trim_end_matches('.')) }
}

impl About {
    /// The same within bounds, for a file of `size` bytes: kind and media type agree, names are safe.
    pub(crate) fn cleaned(self, size: u64) -> Self {
        let essence = self.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let shown = SHOWN.iter().find(|(known, _)| *known == essence);
        let kind = match (shown, self.kind) {
            (Some((_, AttachmentKind::Audio)), AttachmentKind::Voice) => AttachmentKind::Voice,
            // Who sends a picture as a file wants it to be one.
            (_, AttachmentKind::File) | (None, _) => AttachmentKind::File,
            (Some((_, AttachmentKind::Image)), _) if size > IMAGE_MAX => AttachmentKind::File,
            (Some((_, kind)), _) => *kind,
        };
        let content_type = if kind == AttachmentKind::File { OTHER } else { &essence };
        let side = |side: Option<u32>| side.filter(|side| (1..=SIDE_MAX).contains(side));
        let (width, height) = match (side(self.width), side(self.height), kind) {
            (Some(width), Some(height), AttachmentKind::Image | AttachmentKind::Video) => (Some(width), Some(height)),
            _ => (None, None),
        };
        let mut waveform = if kind == AttachmentKind::Voice { self.waveform } else { Vec::new() };
        waveform.truncate(WAVEFORM_MAX);
        waveform.iter_mut().for_each(|loud| *loud = (*loud).min(LOUDEST));
        let looks = width.is_some();
        Self {
            kind,
            name: safe_name(&self.name),
            content_type: content_type.to_owned(),
            width,
            height,
            thumbhash: self.thumbhash.filter(|hash| looks && (5..=THUMBHASH_MAX).contains(&hash.len())),
            duration: self.duration.filter(|_| !matches!(kind, AttachmentKind::Image | AttachmentKind::File)),
            waveform,
            description: without_bidi_controls(&self.description).trim().chars().take(DESCRIPTION_MAX).collect(),
        }
    }

    /// As base64, for views.
    pub(crate) fn thumbhash_text(&self) -> Option<String> {
        self.thumbhash.as_ref().map(|hash| STANDARD.encode(hash))
    }

    /// From base64.
    pub(crate) fn thumbhash_from(text: Option<&str>) -> Option<Vec<u8>> {
        STANDARD.decode(text?).ok()
    }
}

impl Attachment {
    fn part(&self) -> NestedPart {
        let external = External {
            content_type: self.about.content_type.clone(),
            url: format!("{ADDRESS}{}", self.file.blob),
            expires: 0,
            size: self.file.size,
            encryption: STREAM_AES_256_GCM,
            key: self.file.key.to_vec(),
            nonce: self.file.nonce.to_vec(),
            aad: Vec::new(),
            hash_algorithm: SHA_256,
            content_hash: self.file.hash.to_vec(),
            description: self.about.description.clone(),
            filename: self.about.name.clone(),
        };
        let shown = self.about.kind != AttachmentKind::File;
        let disposition = if shown { Disposition::Inline } else { Disposition::Attachment };
        NestedPart { disposition, language: String::new(), body: Body::External(Box::new(external)) }
    }

    fn looks(&self) -> Looks {
        let About { kind, width, height, thumbhash, duration, waveform, .. } = &self.about;
        let waveform = (!waveform.is_empty()).then(|| Bytes(waveform.clone()));
        (*kind == AttachmentKind::Voice, *width, *height, thumbhash.clone().map(Bytes), *duration, waveform)
    }

    fn of(part: &NestedPart, looks: Option<Looks>) -> Option<Self> {
        let Body::External(external) = &part.body else { return None };
        if external.encryption != STREAM_AES_256_GCM || external.hash_algorithm != SHA_256 {
            return None;
        }
        let file = SealedFile {
            blob: external.url.strip_prefix(ADDRESS)?.parse().ok()?,
            key: external.key.as_slice().try_into().ok()?,
            nonce: external.nonce.as_slice().try_into().ok()?,
            hash: external.content_hash.as_slice().try_into().ok()?,
            size: Some(external.size).filter(|size| *size <= crate::media::FILE_MAX)?,
        };
        let (voice, width, height, thumbhash, duration, waveform) = looks.unwrap_or_default();
        let kind = match part.disposition {
            Disposition::Attachment => AttachmentKind::File,
            _ if voice => AttachmentKind::Voice,
            _ => AttachmentKind::Image,
        };
        let about = About {
            kind,
            name: external.filename.clone(),
            content_type: external.content_type.clone(),
            width,
            height,
            thumbhash: thumbhash.map(|hash| hash.0),
            duration,
            waveform: waveform.map(|waveform| waveform.0).unwrap_or_default(),
            description: external.description.clone(),
        };
        let about = about.cleaned(file.size);
        Some(Self { file, about })
    }
}

/// The body of a message with files: what is said of them, if anything, and each of them.
pub(crate) fn body_of(caption: Option<NestedPart>, attachments: &[Attachment]) -> NestedPart {
    let mut parts: Vec<_> = caption.into_iter().chain(attachments.iter().map(Attachment::part)).collect();
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return only;
    }
    let body = Body::Multi { semantics: Semantics::ProcessAll, parts };
    NestedPart { disposition: Disposition::Render, language: String::new(), body }
}

/// The extension that goes with it.
pub(crate) fn extension_of(attachments: &[Attachment]) -> Option<(ExtensionName, Value)> {
    let looks: Vec<Looks> = attachments.iter().map(Attachment::looks).collect();
    Some((name(), Value::serialized(&looks).ok()?))
}

/// Private: what external parts look and sound like, in their order.
fn name() -> ExtensionName {
    ExtensionName::Text("sealpost-media".to_owned())
}

impl MimiContent {
    /// The files of a message that is no amendment; none of those that this version cannot open.
    pub(crate) fn attachments(&self) -> Vec<Attachment> {
        if self.replaces.is_some() {
            return Vec::new();
        }
        let single = std::slice::from_ref(&self.body);
        let parts = match &self.body.body {
            Body::Multi { semantics: Semantics::ProcessAll | Semantics::SingleUnit, parts } => parts.as_slice(),
            _ => single,
        };
        let said = self.extensions.iter().find(|(extension, _)| *extension == name());
        let looks: Vec<Looks> = said.and_then(|(_, value)| value.deserialized().ok()).unwrap_or_default();
        let external = parts.iter().filter(|part| matches!(part.body, Body::External(_)));
        let mut seen = std::collections::BTreeSet::<BlobId>::new();
        let all = external.enumerate().filter_map(|(number, part)| Attachment::of(part, looks.get(number).cloned()));
        all.filter(|attachment| seen.insert(attachment.file.blob)).take(BLOBS_MAX).collect()
    }
}

/// What the client's database keeps of a message's files, as CBOR.
#[derive(Serialize, Deserialize)]
struct Kept(Bytes, AttachmentKind, String, String, Looks, u64, String);

/// For the database.
pub(crate) fn to_bytes(attachments: &[Attachment]) -> Option<Vec<u8>> {
    let kept: Vec<Kept> = attachments
        .iter()
        .map(|attachment| {
            let About { kind, name, content_type, description, .. } = attachment.about.clone();
            let blob = Bytes(attachment.file.blob.0.to_vec());
            Kept(blob, kind, name, content_type, attachment.looks(), attachment.file.size, description)
        })
        .collect();
    let mut bytes = Vec::new();
    (!kept.is_empty() && ciborium::into_writer(&kept, &mut bytes).is_ok()).then_some(bytes)
}

/// From the database: which blobs, how long, and what is said of them.
pub(crate) fn from_bytes(bytes: &[u8]) -> Vec<(BlobId, u64, About)> {
    let kept: Vec<Kept> = ciborium::from_reader(bytes).unwrap_or_default();
    let read = |Kept(blob, kind, name, content_type, looks, size, description): Kept| {
        let (_, width, height, thumbhash, duration, waveform) = looks;
        let thumbhash = thumbhash.map(|hash| hash.0);
        let waveform = waveform.map(|waveform| waveform.0).unwrap_or_default();
        let about = About { kind, name, content_type, width, height, thumbhash, duration, waveform, description };
        Some((BlobId::from_slice(&blob)?, size, about))
    };
    kept.into_iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use sealpost_protocol::{AccountId, ConversationId};

    use super::*;
    use crate::content::{Content, Kind, MARKDOWN};

    fn attachment(number: u8, kind: AttachmentKind, content_type: &str) -> Attachment {
        let file = SealedFile { blob: BlobId([number; 16]), key: [1; 32], nonce: [2; 7], hash: [3; 32], size: 5 };
        let about = About {
            kind,
            name: "photo.jpg".into(),
            content_type: content_type.into(),
            width: Some(640),
            height: Some(480),
            thumbhash: Some(vec![9; 20]),
            duration: Some(1200),
            waveform: vec![1, 100],
            description: "A lake".into(),
        };
        let about = about.cleaned(file.size);
        Attachment { file, about }
    }

    fn message(text: Option<&str>, attachments: &[Attachment]) -> MimiContent {
        let caption = text.map(|text| NestedPart::single(Disposition::Render, MARKDOWN, text.as_bytes()));
        let body = body_of(caption, attachments);
        let mut content = MimiContent::new(AccountId([1; 16]), ConversationId([2; 16]), [3; 16], body);
        content.extensions.extend(extension_of(attachments));
        Content::decode(Content::new(content).unwrap().bytes()).unwrap().meaning().clone()
    }

    #[test]
    fn files_arrive_as_they_were_sent_with_or_without_words() {
        use AttachmentKind::{File, Image, Video, Voice};
        let all = [
            attachment(1, Image, "image/png"),
            attachment(2, Video, "video/mp4"),
            attachment(3, Voice, "audio/webm;codecs=opus"),
            attachment(4, File, "text/html"),
        ];
        let received = message(Some("look"), &all);
        assert!(received.attachments() == all);
        assert_eq!(received.kind(), Kind::Text("look".into()));
        assert_eq!(from_bytes(&to_bytes(&all).unwrap())[2].2, all[2].about);
        let alone = message(None, &all[..1]);
        assert!(alone.attachments() == all[..1]);
        assert_eq!(alone.kind(), Kind::Text(String::new()));
    }

    #[test]
    fn what_browsers_could_run_is_a_file() {
        for content_type in ["image/svg+xml", "text/html", "application/xhtml+xml", "image/png2", ""] {
            let about = attachment(1, AttachmentKind::Image, content_type).about;
            assert_eq!((about.kind, about.content_type.as_str()), (AttachmentKind::File, OTHER), "{content_type}");
        }
    }

    #[test]
    fn names_are_safe_to_save_under() {
        for (name, safe) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\x\\a.txt", "a.txt"),
            ("a\u{0}b\n.txt", "ab.txt"),
            ("photo\u{202E}gpj.exe", "photogpj.exe"),
            ("...", "file"),
            (" . ", "file"),
            ("", "file"),
            ("con:\"<>|?*.txt", "con.txt"),
        ] {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
        let long = safe_name(&format!("{}.jpeg", "x".repeat(500)));
        assert!(long.chars().count() <= NAME_MAX && long.ends_with("x.jpeg"));
    }

    #[test]
    fn numbers_have_bounds_and_no_file_is_there_twice() {
        let mut wide = attachment(1, AttachmentKind::Voice, "audio/webm");
        wide.about = About { waveform: vec![255; 500], ..wide.about };
        let about = wide.about.clone().cleaned(5);
        assert_eq!(about.waveform, [LOUDEST; WAVEFORM_MAX]);
        let zero = About { width: Some(0), ..attachment(1, AttachmentKind::Image, "image/png").about }.cleaned(5);
        assert_eq!((zero.width, zero.height, zero.thumbhash), (None, None, None));
        let large = attachment(1, AttachmentKind::Image, "image/png").about.cleaned(IMAGE_MAX + 1);
        assert_eq!(large.kind, AttachmentKind::File);
        let twice = attachment(1, AttachmentKind::Image, "image/png");
        assert_eq!(message(None, &[twice.clone(), twice]).attachments().len(), 1);
    }
}
