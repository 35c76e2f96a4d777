//! The conversation's encrypted state: its name, under the conversation key.

use sealpost_protocol::{Bytes, ConversationId, conversation::ConversationState};

use super::{Result, keys, purpose::Task, requests::Answered, turn::Turn};

const FORMAT: u8 = 1;
/// The state's plaintext is padded to a multiple of this, in bytes.
const PADDING: usize = 256;

/// CBOR: `[1, name, padding]`.
fn encode(name: &str) -> Vec<u8> {
    let head = name.len() + 8;
    let padding = Bytes(vec![0; head.next_multiple_of(PADDING) - head]);
    let mut bytes = Vec::with_capacity(PADDING * 2);
    let written = ciborium::into_writer(&(FORMAT, name, padding), &mut bytes);
    debug_assert!(written.is_ok());
    bytes
}

fn decode(bytes: &[u8]) -> Option<String> {
    let (format, name, _): (u8, String, Bytes) = ciborium::from_reader(bytes).ok()?;
    (format == FORMAT).then_some(name)
}

fn about(conversation: ConversationId) -> Vec<u8> {
    [b"sealpost state v1".as_slice(), conversation.as_bytes()].concat()
}

impl Turn<'_> {
    pub(super) fn seal_state(&mut self, conversation: ConversationId, key: &[u8; 32], name: &str) -> Vec<u8> {
        keys::seal(key, &about(conversation), &encode(name), self.rng)
    }

    pub(super) fn state_read(&mut self, id: ConversationId, answer: Answered<ConversationState>) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        let state = match answer {
            Ok(state) => state,
            Err(failure) => {
                self.hold(Task::Conversation(id), Some(&failure));
                return Ok(());
            }
        };
        // A state that does not open is not asked for again until it changes.
        self.store.set(id, "state_version", state.version.max(conversation.state_known))?;
        let opened = conversation.conversation_key.and_then(|key| keys::open(&key, &about(id), &state.state));
        match opened.and_then(|opened| decode(&opened)) {
            Some(name) => {
                self.store.set(id, "name", name)?;
                self.details_changed(id);
            }
            None if state.version > 0 => tracing::warn!("a conversation's state could not be opened"),
            None => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_and_short_ones_look_alike() {
        for name in ["a", "Familie ❤", &"x".repeat(200)] {
            assert_eq!(decode(&encode(name)).as_deref(), Some(name));
        }
        assert_eq!(encode("a").len().div_ceil(PADDING), encode("a name of some length").len().div_ceil(PADDING));
    }
}
