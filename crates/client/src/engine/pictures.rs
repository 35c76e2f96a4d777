//! Pictures of people and groups: what is taken for one, and how it is named.

use sealpost_protocol::bytes;
use sha2::{Digest, Sha256};

use crate::command::{Failure, PictureChange};

/// Largest picture, in bytes.
pub(super) const PICTURE_BYTES: usize = 48 * 1024;
/// How much of the hash names a picture, in bytes.
const ID_LEN: usize = 16;

/// The media type of a picture that views may show, by its first bytes.
pub(super) fn media_type(data: &[u8]) -> Option<&'static str> {
    match data {
        _ if data.len() > PICTURE_BYTES => None,
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// Names a picture by what is in it.
pub(super) fn picture_id(data: &[u8]) -> String {
    Sha256::digest(data).iter().take(ID_LEN).map(|byte| format!("{byte:02x}")).collect()
}

/// The picture that a view gave; nothing to have none.
pub(super) fn given(change: &PictureChange) -> Result<Option<Vec<u8>>, Failure> {
    let PictureChange::Set { data } = change else { return Ok(None) };
    let data = bytes::decode(data.trim_end_matches('=')).filter(|data| media_type(data).is_some());
    data.map(Some).ok_or_else(|| Failure::new("invalid-picture", "a picture is JPEG, PNG or WebP of at most 48 KiB"))
}

/// A picture as views show it.
pub(super) fn data_url(data: &[u8]) -> Option<String> {
    let kind = media_type(data)?;
    let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, data);
    Some(format!("data:{kind};base64,{text}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_pictures_are_taken_for_pictures() {
        let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 20]].concat();
        let set = |data: &[u8]| given(&PictureChange::Set { data: bytes::encode(data) });
        assert_eq!(set(&png), Ok(Some(png.clone())));
        assert!(data_url(&png).unwrap().starts_with("data:image/png;base64,iVBORw0KGgoAAAA"));
        assert_eq!(given(&PictureChange::Remove), Ok(None));
        let mut large = png.clone();
        large.resize(PICTURE_BYTES + 1, 0);
        for bad in [b"<svg onload=alert(1)>".as_slice(), b"GIF89a", b"", &large] {
            assert_eq!(set(bad).unwrap_err().kind, "invalid-picture");
            assert_eq!(data_url(bad), None);
        }
        assert!(given(&PictureChange::Set { data: "not base64!".to_owned() }).is_err());
        assert_ne!(picture_id(&png), picture_id(&large));
        assert_eq!(picture_id(&png).len(), 32);
    }
}
