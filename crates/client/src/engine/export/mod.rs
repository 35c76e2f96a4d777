//! Exports: what is on this device of chats, in clear, in pieces that a view puts into a file one after the other.
//!
//! A piece holds a bounded part of one chat and names the piece that follows, so that nothing of an export is kept here
//! between two of them, and repeating one changes nothing. What the log brings meanwhile comes in its turn.

mod event;
mod json;

use sealpost_protocol::ConversationId;

use super::{
    Result,
    conversations::Outcome,
    snapshots::{items, name_of},
    turn::Turn,
};
use crate::{
    command::{Answer, ExportContent, ExportForm, ExportPart, ExportedChat, ExportedMember, Failure},
    store::{Conversation, Exported, LogPlace, TimelineRow},
};

/// Most items of a piece, without those that wait to be sent.
const ITEMS: u32 = 200;
/// A piece ends with the item whose text and content take it beyond so many bytes.
const BYTES: usize = 256 * 1024;

/// Where a piece begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Place {
    /// Which of the conversations.
    chat: usize,
    /// The last item of it in the piece before; nothing if the chat begins.
    after: Option<LogPlace>,
}

impl Place {
    fn read(text: &str) -> Option<Self> {
        let mut numbers = text.split('.');
        let chat = numbers.next()?.parse().ok()?;
        let after = match (numbers.next(), numbers.next(), numbers.next()) {
            (None, ..) => None,
            (Some(sort), Some(id), None) => Some((sort.parse().ok()?, id.parse().ok()?)),
            _ => return None,
        };
        Some(Self { chat, after })
    }

    fn written(self) -> String {
        match self.after {
            Some((sort, id)) => format!("{}.{sort}.{id}", self.chat),
            None => self.chat.to_string(),
        }
    }
}

impl Turn<'_> {
    /// Gives the piece of an export that follows the one that named it by `after`.
    pub(super) fn read_export(
        &mut self,
        conversations: &[ConversationId],
        form: ExportForm,
        disappearing: bool,
        after: Option<&str>,
    ) -> Result<Outcome> {
        let Some(place) = after.map_or(Some(Place::default()), Place::read) else {
            return Ok(Err(Failure::new("invalid-request", "there is no such place in an export")));
        };
        let which = Exported { disappearing, now: self.server_time() };
        let Some(&id) = conversations.get(place.chat) else {
            return Ok(Err(Failure::new("invalid-request", "an export is of a chat at least")));
        };
        let at = match self.resolve(id)? {
            Ok(at) => at,
            Err(failure) => return Ok(Err(failure)),
        };
        let (rows, last) = self.exported_rows(&at, place.after.unwrap_or_default(), which)?;
        let items = items(self.store, self.memory, (self.own_account()?, &at), rows, disappearing)?;
        let chat = if place.after.is_none() { Some(self.exported_chat(&at, which)?) } else { None };
        let next = match last {
            Some(last) => Some(Place { chat: place.chat, after: Some(last) }),
            None => Some(Place { chat: place.chat + 1, after: None }).filter(|next| next.chat < conversations.len()),
        };
        let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        let content = match form {
            ExportForm::Page => ExportContent::Items { items },
            ExportForm::Json => {
                ExportContent::Text { text: self.json_piece(place, chat.as_ref(), &items, next, which)? }
            }
        };
        let part = ExportPart { chat, content, items: count, next: next.map(Place::written) };
        Ok(Ok(Answer::ExportPart(Box::new(part))))
    }

    /// The rows of a piece, and the last of them if the chat has others.
    fn exported_rows(
        &self,
        at: &Conversation,
        after: LogPlace,
        which: Exported,
    ) -> Result<(Vec<TimelineRow>, Option<LogPlace>)> {
        let mut rows = self.store.exported_after(at.id, after, which, ITEMS)?;
        let (read, mut bytes) = (rows.len(), 0);
        let fits = rows.iter().take_while(|(_, row)| {
            let has_room = bytes < BYTES;
            bytes += size(row);
            has_room
        });
        let fits = fits.count();
        rows.truncate(fits);
        let has_more = fits < read || read == ITEMS as usize;
        let last = rows.last().map(|(place, _)| *place).filter(|_| has_more);
        let mut rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
        if last.is_none() {
            // In one piece with the end of the log: what is sent in between would be in neither.
            rows.extend(self.store.exported_waiting(at.id, which)?);
        }
        Ok((rows, last))
    }

    fn exported_chat(&self, at: &Conversation, which: Exported) -> Result<ExportedChat> {
        let peer = at.peer.map(|peer| self.store.person(peer)).transpose()?;
        let members = self.store.people_present(at.id)?.into_iter();
        let mut members: Vec<_> = members.map(|(person, admin)| ExportedMember { person, admin }).collect();
        members.sort_by_cached_key(|member| (member.person.display_name.to_lowercase(), member.person.account));
        Ok(ExportedChat {
            conversation: at.id,
            kind: at.kind,
            name: name_of(at, peer.as_ref()),
            description: self.store.group(at.id)?.description,
            members,
            left_out: if which.disappearing { 0 } else { self.store.count_disappearing(at.id, which.now)? },
            incomplete: self.memory.archiving.restores(self.store, at.id)?,
        })
    }
}

fn size(row: &TimelineRow) -> usize {
    row.text.as_ref().map_or(0, String::len) + row.content.as_ref().map_or(0, Vec::len)
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn places_are_read_as_they_were_written() {
        for place in [Place::default(), Place { chat: 7, after: None }, Place { chat: 1, after: Some((u64::MAX, 5)) }] {
            assert_eq!(Place::read(&place.written()), Some(place));
        }
        for other in ["", "x", "1.2", "1.2.3.4", "1.2.-", "-1", "1..3"] {
            assert_eq!(Place::read(other), None, "{other}");
        }
    }
}
