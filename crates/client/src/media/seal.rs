//! How files are sealed: the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár, 2015) over AES-256-GCM, in chunks of
//! 64 KiB, so that any range can be opened and a chunk that was changed, moved, left out or cut off is found out at once
//! (decision 30).
//!
//! A file is padded with zeros to a length that tells little ([`padded_len`]), and cut into chunks. Chunk `n` is sealed with the
//! file's key and the nonce `prefix (7 bytes) || n (4 bytes, big endian) || 1 for the last chunk, else 0`, without additional
//! data. The prefix is random and the key is made for this file alone.

use futures::future::try_join_all;

use super::{MediaError, SealedFile};
use crate::platform::Cipher;

/// Length of a key in bytes.
pub const KEY_LEN: usize = 32;
/// Length of the random part of nonces in bytes.
pub const NONCE_LEN: usize = 7;
/// Bytes of a chunk before it is sealed.
pub const CHUNK_LEN: u64 = 64 * 1024;
/// So many bytes longer is a sealed chunk.
pub const TAG_LEN: u64 = 16;
/// Bytes of a sealed chunk.
pub const SEALED_CHUNK_LEN: u64 = CHUNK_LEN + TAG_LEN;
/// The smallest length to which files are padded.
const PADDED_MIN: u64 = 1024;

/// To what length a file of `len` bytes is padded: Padmé (Nikitin and others, PoPETs 2019), which adds at most 12 % and leaves
/// of `n` bits of a length no more than those that `log2 n` bits can tell apart; at least 1 KiB.
pub fn padded_len(len: u64) -> u64 {
    let len = len.max(PADDED_MIN);
    let exponent = u64::from(len.ilog2());
    let kept = u64::from(exponent.max(1).ilog2()) + 1;
    let mask = (1u64 << exponent.saturating_sub(kept)) - 1;
    len.saturating_add(mask) & !mask
}

/// How long a file of `len` bytes is once it is padded and sealed.
pub fn sealed_len(len: u64) -> u64 {
    let padded = padded_len(len);
    padded + chunks(padded) * TAG_LEN
}

/// How many chunks `padded` bytes have.
fn chunks(padded: u64) -> u64 {
    padded.div_ceil(CHUNK_LEN)
}

/// Seals and opens the chunks of one file.
pub(crate) struct Sealing {
    cipher: Cipher,
    nonce: [u8; NONCE_LEN],
    chunks: u64,
}

impl Sealing {
    /// For a file of `size` bytes.
    pub(crate) async fn new(key: &[u8; KEY_LEN], nonce: [u8; NONCE_LEN], size: u64) -> Result<Self, MediaError> {
        Ok(Self { cipher: Cipher::new(key).await?, nonce, chunks: chunks(padded_len(size)) })
    }

    /// For this file.
    pub(crate) async fn of(file: &SealedFile) -> Result<Self, MediaError> {
        Self::new(&file.key, file.nonce, file.size).await
    }

    /// Seals consecutive chunks from number `first` on; only the last of the file may be shorter.
    pub(crate) async fn seal(&self, first: u64, plain: &[u8]) -> Result<Vec<u8>, MediaError> {
        let chunks = plain.chunks(CHUNK_LEN as usize);
        let sealed = (first..)
            .zip(chunks)
            .map(|(number, chunk)| async move { self.cipher.seal(&self.nonce_of(number)?, chunk).await });
        Ok(try_join_all(sealed).await?.concat())
    }

    /// Opens consecutive chunks from number `first` on.
    pub(crate) async fn open(&self, first: u64, sealed: &[u8]) -> Result<Vec<u8>, MediaError> {
        let chunks = sealed.chunks(SEALED_CHUNK_LEN as usize);
        let opened = (first..)
            .zip(chunks)
            .map(|(number, chunk)| async move { self.cipher.open(&self.nonce_of(number)?, chunk).await });
        Ok(try_join_all(opened).await?.concat())
    }

    fn nonce_of(&self, number: u64) -> Result<[u8; 12], MediaError> {
        let counter = u32::try_from(number).map_err(|_| MediaError::TooLarge)?;
        let mut nonce = [0; 12];
        let (prefix, rest) = nonce.split_at_mut(NONCE_LEN);
        prefix.copy_from_slice(&self.nonce);
        let (place, last) = rest.split_at_mut(4);
        place.copy_from_slice(&counter.to_be_bytes());
        last.fill(u8::from(number + 1 == self.chunks));
        Ok(nonce)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aes_gcm::{
        Aes256Gcm, KeyInit,
        aead::{
            Payload,
            stream::{NewStream, StreamBE32, StreamPrimitive},
        },
    };
    use proptest::prelude::*;

    use super::*;

    const KEY: [u8; KEY_LEN] = [7; KEY_LEN];
    const NONCE: [u8; NONCE_LEN] = [3; NONCE_LEN];

    fn file(len: u64) -> Vec<u8> {
        (0..padded_len(len)).map(|n| (n % 251) as u8).collect()
    }

    async fn sealed(len: u64) -> (Sealing, Vec<u8>) {
        let sealing = Sealing::new(&KEY, NONCE, len).await.unwrap();
        let sealed = sealing.seal(0, &file(len)).await.unwrap();
        (sealing, sealed)
    }

    #[tokio::test]
    async fn it_is_the_construction_of_the_audited_crate() {
        let len = 2 * CHUNK_LEN + 5;
        let (_, ours) = sealed(len).await;
        let stream = StreamBE32::from_aead(Aes256Gcm::new(&KEY.into()), (&NONCE).into());
        let plain = file(len);
        let chunks: Vec<_> = plain.chunks(CHUNK_LEN as usize).collect();
        let theirs = chunks.iter().enumerate().map(|(number, chunk)| {
            let last = number + 1 == chunks.len();
            stream.encrypt(number as u32, last, Payload { msg: chunk, aad: b"" }).unwrap()
        });
        assert_eq!(ours, theirs.collect::<Vec<_>>().concat());
    }

    #[tokio::test]
    async fn any_range_of_chunks_opens() {
        let len = 3 * CHUNK_LEN;
        let (sealing, sealed) = sealed(len).await;
        assert_eq!(sealed.len() as u64, sealed_len(len));
        assert_eq!(sealing.open(0, &sealed).await.unwrap(), file(len));
        let from = SEALED_CHUNK_LEN as usize;
        assert_eq!(sealing.open(1, &sealed[from..]).await.unwrap(), file(len)[CHUNK_LEN as usize..]);
    }

    #[tokio::test]
    async fn what_was_changed_moved_or_cut_off_does_not_open() {
        let len = 3 * CHUNK_LEN;
        let (sealing, sealed) = sealed(len).await;
        let chunk = SEALED_CHUNK_LEN as usize;
        let mut flipped = sealed.clone();
        flipped[chunk + 9] ^= 1;
        assert!(matches!(sealing.open(0, &flipped).await, Err(MediaError::Damaged)));
        assert!(sealing.open(0, &flipped[..chunk]).await.is_ok(), "what lies before it does");
        let swapped = [&sealed[chunk..2 * chunk], &sealed[..chunk]].concat();
        assert!(sealing.open(0, &swapped).await.is_err());
        assert!(sealing.open(2, &sealed[2 * chunk..sealed.len() - 1]).await.is_err());
        // A file that is said to be shorter ends with a chunk that was not sealed as the last.
        let shorter = Sealing::new(&KEY, NONCE, 2 * CHUNK_LEN).await.unwrap();
        assert!(shorter.open(0, &sealed[..2 * chunk]).await.is_err());
        let other = Sealing::new(&[8; KEY_LEN], NONCE, len).await.unwrap();
        assert!(other.open(0, &sealed).await.is_err());
    }

    proptest! {
        #[test]
        fn padding_adds_at_most_an_eighth_and_never_goes_back(len in PADDED_MIN..(4u64 << 30)) {
            let padded = padded_len(len);
            prop_assert!(padded >= len && padded - len <= len / 8);
            prop_assert!(padded_len(len + 1) >= padded);
            prop_assert_eq!(padded_len(padded), padded);
        }
    }

    #[test]
    fn small_files_look_alike() {
        assert_eq!([0, 1, 1024].map(padded_len), [1024; 3]);
        assert_eq!(padded_len(100_000), 100_352);
    }
}
