//! How far a message got with each member: cursors that are known here, and times that the server is asked for.

use sealpost_protocol::{
    ConversationId,
    conversation::{CursorTimes, CursorTimesRead},
};

use super::{Result, conversations::Outcome, purpose::Purpose, requests::Answered, turn::Turn};
use crate::{command::Answer, snapshot::SnapshotKey};

/// Of how many messages times are remembered.
const REMEMBERED: usize = 50;

impl Turn<'_> {
    pub(super) fn read_message_info(&mut self, at: ConversationId, key: &str) -> Result<Outcome> {
        let conversation = match self.resolve(at)? {
            Ok(conversation) => conversation.id,
            Err(failure) => return Ok(Err(failure)),
        };
        let seq = self.store.item(conversation, key)?.and_then(|item| item.seq);
        if let Some(seq) = seq.filter(|_| self.is_connected()) {
            let key = key.to_owned();
            self.ask(CursorTimesRead { conversation, seq }, Purpose::CursorTimes { conversation, key });
            self.memory.cursors_wanted.insert(conversation);
            self.attend(conversation);
        }
        Ok(Ok(Answer::Done))
    }

    pub(super) fn times_read(
        &mut self,
        conversation: ConversationId,
        key: String,
        answer: Answered<CursorTimes>,
    ) -> Result<()> {
        // Without an answer the cursors still say how far it got.
        let Ok(times) = answer else { return Ok(()) };
        if self.memory.times.len() >= REMEMBERED {
            self.memory.times.clear();
        }
        self.changed.insert(SnapshotKey::MessageInfo { conversation, key: key.clone() });
        self.memory.times.insert((conversation, key), times.members);
        Ok(())
    }

    /// Members' cursors moved: what is shown of messages that were asked for may be another.
    pub(super) fn message_infos_changed(&mut self, at: ConversationId) {
        let shown = self.memory.times.keys().filter(|(conversation, _)| *conversation == at);
        let keys =
            shown.map(|(conversation, key)| SnapshotKey::MessageInfo { conversation: *conversation, key: key.clone() });
        self.changed.extend(keys.collect::<Vec<_>>());
    }
}
