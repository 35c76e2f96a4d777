//! Copies of messages for elsewhere, whom one can mention, and jumping to a time.

use ciborium::Value;
use sealpost_protocol::{ClientId, ConversationId, Timestamp};

use super::{Result, conversations::Outcome, keys, turn::Turn};
use crate::{
    command::{Answer, Failure},
    content::{Disposition, ExtensionName, MARKDOWN, NestedPart, poll::Poll},
    snapshot::Person,
    store::{ItemKind, TimelineRow},
};

/// Most messages and most conversations of one command.
const FORWARD_MAX: usize = 100;
/// Most members that complete a mention.
const COMPLETIONS: usize = 10;

/// The text of a copy.
fn copied(item: &TimelineRow) -> Option<String> {
    // Files belong to one message.
    if item.deleted || item.kind != ItemKind::Message || item.attachments.is_some() {
        return None;
    }
    match item.poll.as_deref().and_then(Poll::from_bytes) {
        Some(poll) => Some(poll.as_text()),
        None => item.text.clone(),
    }
}

/// The id of the copy of a message in a conversation: the same each time that the command is given.
fn copy_id(id: ClientId, to: ConversationId, key: &str) -> ClientId {
    let mac = keys::mac(&keys::derive(&id.0, "sealpost forward v1"), &[to.as_bytes(), key.as_bytes()].concat());
    let mut copy = [0; 16];
    copy.copy_from_slice(mac.split_at(16).0);
    ClientId(copy)
}

impl Turn<'_> {
    pub(super) fn forward(
        &mut self,
        id: ClientId,
        from: ConversationId,
        keys: &[String],
        to: &[ConversationId],
    ) -> Result<Outcome> {
        let from = match self.resolve(from)? {
            Ok(conversation) => conversation.id,
            Err(failure) => return Ok(Err(failure)),
        };
        if keys.len() > FORWARD_MAX || to.len() > FORWARD_MAX {
            return Ok(Err(Failure::new("too-large", "at most 100 messages go to at most 100 chats at once")));
        }
        let mut texts = Vec::new();
        for key in keys {
            texts.extend(self.store.item(from, key)?.as_ref().and_then(copied).map(|text| (key, text)));
        }
        if texts.is_empty() {
            return Ok(Err(Failure::new("not-found", "there is nothing left to be forwarded")));
        }
        // All or nothing: the person sees at once if one of them is not possible.
        let mut places = Vec::new();
        for conversation in to {
            match self.may_send(*conversation)? {
                Ok(may) => places.push(may),
                Err(failure) => return Ok(Err(failure)),
            }
        }
        for (conversation, sender) in &places {
            for (key, text) in &texts {
                // A copy mentions nobody: who is named in it was named elsewhere.
                let body = NestedPart::single(Disposition::Render, MARKDOWN, text.as_bytes());
                let mut content = self.new_message(conversation, *sender, body)?;
                content.extensions.push((ExtensionName::forwarded(), Value::Bool(true)));
                let id = copy_id(id, conversation.id, key);
                if let Err(failure) = self.enqueue(conversation, id, content)? {
                    return Ok(Err(failure));
                }
            }
        }
        Ok(Ok(Answer::Done))
    }

    pub(super) fn complete_mention(&mut self, at: ConversationId, prefix: &str) -> Result<Outcome> {
        let conversation = match self.resolve(at)? {
            Ok(conversation) => conversation.id,
            Err(failure) => return Ok(Err(failure)),
        };
        let me = self.session()?.map(|session| session.account);
        let prefix = prefix.trim_start_matches('@').to_lowercase();
        let begins = |person: &Person| {
            let name = person.display_name.to_lowercase();
            person.username.starts_with(&prefix) || name.split_whitespace().any(|word| word.starts_with(&prefix))
        };
        let mut people = self.store.named_members(conversation)?;
        people.retain(|person| Some(person.account) != me && begins(person));
        people.sort_by_key(|person| (person.display_name.to_lowercase(), person.account));
        people.truncate(COMPLETIONS);
        Ok(Ok(Answer::People { people }))
    }

    pub(super) fn find_time(&mut self, at: ConversationId, time: Timestamp) -> Result<Outcome> {
        let conversation = match self.resolve(at)? {
            Ok(conversation) => conversation.id,
            Err(failure) => return Ok(Err(failure)),
        };
        Ok(Ok(Answer::Found { key: self.store.first_since(conversation, time)? }))
    }
}
