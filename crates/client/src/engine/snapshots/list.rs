//! The list of conversations.

use sealpost_protocol::conversation::ConversationKind;

use super::timeline::first_kind;
use super::{Read, delivery, first_line, name_of, one_line};
use crate::{
    engine::{arrangement, turn::Memory},
    snapshot::{ConversationList, ConversationRow, Person, Presence, Preview},
    store::{Conversation, LastMessage, ListRow, Phase, Store},
};

pub(super) fn list(store: Store<'_>, memory: &Memory) -> Read<ConversationList> {
    let mut rows = Vec::new();
    let looked_at = |row: &ListRow| memory.activity.looking == Some(Some(row.conversation.id));
    let begun_anew = store.has_successors()?;
    for row in store.list()?.into_iter().filter(|row| !arrangement::is_gone(row) || looked_at(row)) {
        rows.push(list_row(store, memory, row, begun_anew)?);
    }
    rows.sort_by(|one, other| other.time.cmp(&one.time).then(one.conversation.cmp(&other.conversation)));
    let counted = rows.iter().filter(|row| !row.request && !row.blocked);
    let unread = counted.map(|row| row.unread).sum();
    Ok(ConversationList { rows, unread })
}

/// Whether the person is not in it, or not yet.
fn has_been_left(phase: Phase) -> bool {
    matches!(phase, Phase::Left | Phase::Leaving | Phase::Superseded | Phase::Requested)
}

/// Who has taken the place of the other person of a direct chat, and who is to be accepted before anything is sent.
fn successors(store: Store<'_>, at: &Conversation) -> Read<(Option<Person>, Vec<Person>)> {
    let successor = at.peer.map(|peer| store.successor(peer)).transpose()?.flatten();
    let unaccepted = store.unaccepted(at.id)?.into_iter().map(|account| store.person(account));
    Ok((successor.map(|account| store.person(account)).transpose()?, unaccepted.collect::<Result<_, _>>()?))
}

fn list_row(store: Store<'_>, memory: &Memory, row: ListRow, begun_anew: bool) -> Read<ConversationRow> {
    let server_time = memory.now.saturating_add_signed(memory.clock_offset);
    let request = row.is_request();
    let is_group = row.conversation.kind == ConversationKind::Group;
    let decides = is_group && row.admin && matches!(row.conversation.phase, Phase::Local | Phase::Joined);
    let stopped = row.conversation.phase == Phase::Stopped;
    let may_begin_anew = stopped && row.conversation.epoch.is_some() && (row.admin || !is_group);
    let (read_only, members) = (row.post_admins && !row.admin, row.members);
    let join_requests = if decides { row.join_requests } else { 0 };
    let archived = arrangement::is_archived(&row, server_time);
    let ListRow { conversation, chat, peer, blocked, unread, mentioned, last, picture, .. } = row;
    let seen = !request && !blocked && !is_group;
    let presence = conversation.peer.filter(|_| seen).and_then(|peer| memory.activity.presences.get(&peer));
    let mut typing = Vec::new();
    for account in memory.activity.typing_in(conversation.id) {
        typing.push(store.person(account)?.display_name);
    }
    let (successor, unaccepted) = match begun_anew {
        true => successors(store, &conversation)?,
        false => (None, Vec::new()),
    };
    Ok(ConversationRow {
        conversation: conversation.id,
        kind: conversation.kind,
        name: name_of(&conversation, peer.as_ref()),
        peer,
        draft: conversation.draft.as_deref().map(one_line),
        time: last.as_ref().map_or(conversation.created, |last| last.time),
        last: last.map(|last| {
            let named = !last.own && is_group;
            let delivery = last.own.then(|| delivery(&conversation, last.seq, last.failed));
            let LastMessage { sender_name, text, attachments, .. } = last;
            let text = text.as_deref().map(first_line).unwrap_or_default();
            let media = first_kind(attachments.as_deref());
            Preview { sender: sender_name.filter(|_| named), text, media, delivery }
        }),
        unread,
        joining: matches!(conversation.phase, Phase::Expected | Phase::Welcomed | Phase::Outside),
        ended: conversation.phase.is_over(),
        stopped,
        may_begin_anew,
        may_leave: is_group && !has_been_left(conversation.phase),
        requested: conversation.phase == Phase::Requested,
        request,
        blocked,
        successor,
        unaccepted,
        picture,
        muted_until: (chat.muted_until > 0).then_some(chat.muted_until),
        pinned: chat.pinned,
        archived,
        marked_unread: chat.marked_unread,
        mentioned,
        typing,
        presence: presence.map(|known| Presence { online: known.online, last_seen: known.last_seen }),
        read_only,
        members,
        join_requests,
    })
}
