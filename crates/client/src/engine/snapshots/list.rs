//! The list of conversations.

use sealpost_protocol::conversation::ConversationKind;

use super::{Read, delivery, first_line, name_of, one_line};
use crate::{
    snapshot::{ConversationList, ConversationRow, Preview},
    store::{ListRow, Phase, Store},
};

pub(super) fn list(store: Store<'_>) -> Read<ConversationList> {
    let mut rows = store.list()?.iter().map(|row| list_row(store, row)).collect::<Read<Vec<_>>>()?;
    rows.sort_by(|one, other| other.time.cmp(&one.time).then(one.conversation.cmp(&other.conversation)));
    let unread = rows.iter().map(|row| row.unread).sum();
    Ok(ConversationList { rows, unread })
}

fn list_row(store: Store<'_>, row: &ListRow) -> Read<ConversationRow> {
    let conversation = &row.conversation;
    let peer = conversation.peer.map(|peer| store.person(peer)).transpose()?;
    let last = match &row.last {
        None => None,
        Some(last) => {
            let named = !last.own && conversation.kind == ConversationKind::Group;
            let sender = last.sender.filter(|_| named).map(|sender| store.person(sender)).transpose()?;
            Some(Preview {
                sender: sender.map(|person| person.display_name),
                text: last.text.as_deref().map(first_line).unwrap_or_default(),
                delivery: last.own.then(|| delivery(conversation, last.seq, last.failed)),
            })
        }
    };
    Ok(ConversationRow {
        conversation: conversation.id,
        kind: conversation.kind,
        name: name_of(conversation, peer.as_ref()),
        peer,
        draft: conversation.draft.as_deref().map(one_line),
        time: row.last.as_ref().map_or(conversation.created, |last| last.time),
        last,
        unread: row.unread,
        joining: matches!(conversation.phase, Phase::Expected | Phase::Welcomed | Phase::Outside),
        ended: conversation.phase.is_over(),
        requested: conversation.phase == Phase::Requested,
        request: false,
        blocked: false,
        picture: None,
        muted_until: None,
        pinned: false,
        archived: false,
        marked_unread: false,
        mentioned: false,
        typing: Vec::new(),
        presence: None,
        read_only: false,
    })
}
