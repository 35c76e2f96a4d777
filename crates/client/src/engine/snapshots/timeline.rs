//! A window of one conversation's messages.

use super::{People, Read, delivery, person};
use crate::{
    snapshot::{Block, ItemContent, Message, Notice, Person, Span, Timeline, TimelineItem},
    store::{Conversation, ItemKind, Own, Store, StoredNotice, TimelineRow},
};

/// Most items of a timeline at once.
const ITEMS_MAX: u32 = 10_000;

pub(super) fn timeline(
    store: Store<'_>,
    conversation: &Conversation,
    limit: u32,
    _around: Option<&str>,
) -> Read<Timeline> {
    let limit = limit.min(ITEMS_MAX);
    let mut rows = store.newest_items(conversation.id, limit + 1)?;
    let has_older = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let mut people = std::collections::HashMap::new();
    let mut items = Vec::with_capacity(rows.len());
    for row in rows.into_iter().rev() {
        items.push(item(store, conversation, row, &mut people)?);
    }
    Ok(Timeline {
        conversation: conversation.id,
        items,
        has_older,
        has_newer: false,
        first_unread: store.first_unread(conversation.id, conversation.read_seq)?,
        last_seq: conversation.applied_seq,
    })
}

fn item(store: Store<'_>, at: &Conversation, row: TimelineRow, people: &mut People) -> Read<TimelineItem> {
    let content = match (row.kind, row.sender) {
        (ItemKind::Message, Some(sender)) => ItemContent::Message(Box::new(Message {
            sender: person(store, sender, people)?,
            own: row.own != Own::No,
            body: plain(row.text.as_deref().unwrap_or_default()),
            text: row.text.unwrap_or_default(),
            delivery: (row.own != Own::No).then(|| delivery(at, row.seq, row.failure.is_some())),
            failure: row.failure,
            reply: None,
            reactions: Vec::new(),
            edited: false,
            forwarded: false,
            mentions_me: false,
            expires: None,
            poll: None,
            may_edit: false,
        })),
        (ItemKind::Unsupported, Some(sender)) => ItemContent::Unsupported { sender: person(store, sender, people)? },
        _ => ItemContent::Notice(notice(store, row.content.as_deref().unwrap_or_default(), people)?),
    };
    Ok(TimelineItem { key: row.key, time: row.time, content })
}

fn notice(store: Store<'_>, content: &[u8], people: &mut People) -> Read<Notice> {
    let all = |accounts: Vec<_>, people: &mut People| -> Read<Vec<Person>> {
        accounts.into_iter().map(|account| person(store, account, people)).collect()
    };
    Ok(match Store::read_notice(content)? {
        StoredNotice::Created { by } => Notice::Created { by: person(store, by, people)? },
        StoredNotice::Added { by, people: added } => {
            Notice::Added { by: person(store, by, people)?, people: all(added, people)? }
        }
        StoredNotice::Removed { by, people: removed } => {
            Notice::Removed { by: person(store, by, people)?, people: all(removed, people)? }
        }
        StoredNotice::Departed { person: who } => Notice::Departed { person: person(store, who, people)? },
        StoredNotice::JoinedByLink { person: who } => Notice::JoinedByLink { person: person(store, who, people)? },
        StoredNotice::Renamed { by, name } => Notice::Renamed { by: person(store, by, people)?, name },
        StoredNotice::DescriptionChanged { by } => Notice::DescriptionChanged { by: person(store, by, people)? },
        StoredNotice::PictureChanged { by } => Notice::PictureChanged { by: person(store, by, people)? },
        StoredNotice::TimerChanged { by, seconds } => Notice::TimerChanged { by: person(store, by, people)?, seconds },
        StoredNotice::AdminsChanged { by, people: changed, admin } => {
            Notice::AdminsChanged { by: person(store, by, people)?, people: all(changed, people)?, admin }
        }
        StoredNotice::PolicyChanged { by } => Notice::PolicyChanged { by: person(store, by, people)? },
        StoredNotice::NotAdded { people: refused } => Notice::NotAdded { people: all(refused, people)? },
        StoredNotice::DeviceJoined => Notice::DeviceJoined,
        StoredNotice::Unreadable { cause } => Notice::Unreadable { cause },
        StoredNotice::Left => Notice::Left,
        StoredNotice::Stopped { cause } => Notice::Stopped { cause },
    })
}

fn plain(text: &str) -> Vec<Block> {
    let span = Span {
        text: text.to_owned(),
        bold: false,
        italic: false,
        strike: false,
        code: false,
        link: None,
        mention: None,
    };
    vec![Block::Paragraph { spans: vec![span] }]
}
