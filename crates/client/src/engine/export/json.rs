//! Exports for programs: one JSON document, described in docs/guides/export-format.md. What is written here stays as it is
//! in this version of the format; names and fields may be added.

use sealpost_protocol::{AccountId, ConversationId, Timestamp, conversation::ConversationKind};
use serde::Serialize;

use super::{
    Place,
    event::{Event, event},
};
use crate::{
    command::ExportedChat,
    engine::{EngineError, Result, turn::Turn},
    snapshot::{self, Delivery, ItemContent, Person, TimelineItem},
    store::Exported,
};

const FORMAT: &str = "sealpost-export";
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    version: u32,
    exported_at: String,
    account: Who<'a>,
    disappearing_messages: bool,
}

#[derive(Serialize)]
struct Chat<'a> {
    id: ConversationId,
    kind: ConversationKind,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    members: Vec<Member<'a>>,
    disappearing_left_out: u32,
    incomplete: bool,
}

#[derive(Serialize)]
struct Member<'a> {
    #[serde(flatten)]
    who: Who<'a>,
    admin: bool,
}

#[derive(Serialize)]
pub(super) struct Who<'a> {
    account: AccountId,
    username: &'a str,
    display_name: &'a str,
}

#[derive(Serialize)]
struct Item<'a> {
    id: &'a str,
    time: String,
    #[serde(flatten)]
    content: Content<'a>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Content<'a> {
    Message(Box<Message<'a>>),
    Deleted { author: Who<'a> },
    Unsupported { author: Who<'a> },
    Event(Event<'a>),
}

#[derive(Serialize)]
struct Message<'a> {
    author: Who<'a>,
    text: &'a str,
    #[serde(skip_serializing_if = "is_false")]
    edited: bool,
    #[serde(skip_serializing_if = "is_false")]
    forwarded: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<ReplyTo<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reactions: Vec<Reaction<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    poll: Option<Poll<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<File<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disappears: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    unsent: bool,
}

/// Told of, without its bytes.
#[derive(Serialize)]
struct File<'a> {
    name: &'a str,
    content_type: &'a str,
    size: u64,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
}

#[derive(Serialize)]
struct ReplyTo<'a> {
    id: Option<&'a str>,
}

#[derive(Serialize)]
struct Reaction<'a> {
    emoji: &'a str,
    people: Vec<Who<'a>>,
}

#[derive(Serialize)]
struct Poll<'a> {
    multiple: bool,
    voters: u32,
    options: Vec<PollOption<'a>>,
}

#[derive(Serialize)]
struct PollOption<'a> {
    text: &'a str,
    people: Vec<Who<'a>>,
}

fn is_false(value: &bool) -> bool {
    !value
}

pub(super) fn who(person: &Person) -> Who<'_> {
    Who { account: person.account, username: &person.username, display_name: &person.display_name }
}

pub(super) fn all(people: &[Person]) -> Vec<Who<'_>> {
    people.iter().map(who).collect()
}

fn text<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| EngineError::Broken("an export could not be written"))
}

/// An object and the beginning of a list that is its last field; both are still open.
fn opened<T: Serialize>(object: &T, list: &str) -> Result<String> {
    let mut opened = text(object)?;
    opened.pop();
    opened.push_str(&format!(",\"{list}\":["));
    Ok(opened)
}

impl Turn<'_> {
    /// The part of the document that a piece is.
    pub(super) fn json_piece(
        &self,
        place: Place,
        chat: Option<&ExportedChat>,
        items: &[TimelineItem],
        next: Option<Place>,
        which: Exported,
    ) -> Result<String> {
        let mut piece = String::new();
        if place == Place::default() {
            let me = self.store.person(self.own_account()?)?;
            let document = Document {
                format: FORMAT,
                version: VERSION,
                exported_at: self.store.written_out(which.now)?,
                account: who(&me),
                disappearing_messages: which.disappearing,
            };
            piece.push_str(&opened(&document, "chats")?);
        }
        if let Some(chat) = chat {
            piece.push_str(if place.chat > 0 { ",\n" } else { "\n" });
            piece.push_str(&opened(&self::chat(chat), "messages")?);
        }
        for (number, item) in items.iter().enumerate() {
            // Every piece of a chat but its last has items.
            piece.push_str(if number > 0 || place.after.is_some() { ",\n" } else { "\n" });
            piece.push_str(&text(&self::item(item, |time| Ok(self.store.written_out(time)?))?)?);
        }
        if next.is_none_or(|next| next.chat > place.chat) {
            piece.push_str("]}");
        }
        if next.is_none() {
            piece.push_str("]}\n");
        }
        Ok(piece)
    }
}

fn chat(chat: &ExportedChat) -> Chat<'_> {
    let members = chat.members.iter().map(|member| Member { who: who(&member.person), admin: member.admin });
    Chat {
        id: chat.conversation,
        kind: chat.kind,
        name: &chat.name,
        description: &chat.description,
        members: members.collect(),
        disappearing_left_out: chat.left_out,
        incomplete: chat.incomplete,
    }
}

fn item<'a>(item: &'a TimelineItem, time: impl Fn(Timestamp) -> Result<String>) -> Result<Item<'a>> {
    let content = match &item.content {
        ItemContent::Message(said) => Content::Message(Box::new(message(said, said.expires.map(&time).transpose()?))),
        ItemContent::Deleted { sender, .. } => Content::Deleted { author: who(sender) },
        ItemContent::Unsupported { sender } => Content::Unsupported { author: who(sender) },
        ItemContent::Notice(notice) => Content::Event(event(notice, &time)?),
    };
    Ok(Item { id: &item.key, time: time(item.time)?, content })
}

fn message(message: &snapshot::Message, disappears: Option<String>) -> Message<'_> {
    let reactions = message.reactions.iter();
    Message {
        author: who(&message.sender),
        text: &message.text,
        edited: message.edited,
        forwarded: message.forwarded,
        reply_to: message.reply.as_ref().map(|quote| ReplyTo { id: quote.key.as_deref() }),
        reactions: reactions.map(|one| Reaction { emoji: &one.emoji, people: all(&one.people) }).collect(),
        poll: message.poll.as_ref().map(poll),
        files: message.attachments.iter().map(file).collect(),
        disappears,
        unsent: matches!(message.delivery, Some(Delivery::Pending | Delivery::Failed)),
    }
}

fn file(file: &snapshot::Attachment) -> File<'_> {
    let snapshot::Attachment { name, content_type, size, description, .. } = file;
    File { name, content_type, size: *size, description }
}

fn poll(poll: &snapshot::Poll) -> Poll<'_> {
    let options = poll.options.iter().map(|option| PollOption { text: &option.text, people: all(&option.people) });
    Poll { multiple: poll.multiple, voters: poll.voters, options: options.collect() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    proptest! {
        #[test]
        fn whatever_people_wrote_comes_back_as_they_wrote_it(said in any::<String>(), name in any::<String>()) {
            let account = AccountId([1; 16]);
            let sender = Person { account, username: "bob".to_owned(), display_name: name.clone(), picture: None };
            let message = snapshot::Message {
                sender,
                own: false,
                text: said.clone(),
                body: Vec::new(),
                delivery: None,
                failure: None,
                reply: None,
                reactions: Vec::new(),
                edited: false,
                forwarded: false,
                mentions_me: false,
                expires: None,
                poll: None,
                attachments: Vec::new(),
                may_edit: false,
            };
            let content = ItemContent::Message(Box::new(message));
            let one = TimelineItem { key: "k".to_owned(), seq: Some(1), time: 1, content };
            let read: Value = serde_json::from_str(&text(&item(&one, |_| Ok(String::new())).unwrap()).unwrap()).unwrap();
            prop_assert_eq!(read["text"].as_str(), Some(said.as_str()));
            prop_assert_eq!(read["author"]["display_name"].as_str(), Some(name.as_str()));
        }
    }
}
