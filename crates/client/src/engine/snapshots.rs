//! What views show, read from the database.

use sealpost_mls::Suite;
use sealpost_protocol::{ConversationId, conversation::ConversationKind};

use super::{EngineConfig, turn::Memory};
use crate::{
    snapshot::{
        Connection, ConversationList, ConversationRow, Delivery, Details, DetailsMember, ItemContent, Notice, Person,
        Preview, Session, SignedOutReason, Snapshot, SnapshotKey, Timeline, TimelineItem,
    },
    store::{self, Conversation, ItemKind, ListRow, Own, Phase, Store, StoredNotice, TimelineRow},
};

/// Most items of a timeline at once.
const ITEMS_MAX: u32 = 10_000;
/// Most characters of a preview.
const PREVIEW_CHARS: usize = 120;

type Read<T> = store::Result<T>;

/// What a view shows. A database that cannot be read shows nothing rather than something wrong.
pub(super) fn snapshot(store: Store<'_>, memory: &Memory, config: &EngineConfig, key: &SnapshotKey) -> Snapshot {
    let read = match store.session() {
        Ok(Some(session)) if !session.ended => signed_in(store, memory, &session, key),
        Ok(session) => Ok(signed_out(session.is_some(), config, key)),
        Err(error) => Err(error),
    };
    read.unwrap_or_else(|error| {
        tracing::error!(error = %error, "a snapshot could not be read");
        signed_out(false, config, key)
    })
}

fn signed_out(ended: bool, config: &EngineConfig, key: &SnapshotKey) -> Snapshot {
    match key {
        SnapshotKey::Session => {
            let reason = if ended { Some(SignedOutReason::SessionEnded) } else { config.signed_out_reason.clone() };
            Snapshot::Session(Session::SignedOut { reason })
        }
        SnapshotKey::Connection => Snapshot::Connection(Connection::Idle),
        SnapshotKey::Conversations => Snapshot::Conversations(ConversationList { rows: Vec::new(), unread: 0 }),
        SnapshotKey::Timeline { conversation, .. } => Snapshot::Timeline(empty_timeline(*conversation)),
        SnapshotKey::Details { conversation } => Snapshot::Details(empty_details(*conversation)),
    }
}

fn empty_timeline(conversation: ConversationId) -> Timeline {
    Timeline { conversation, items: Vec::new(), has_older: false, first_unread: None, last_seq: 0 }
}

fn empty_details(conversation: ConversationId) -> Details {
    Details {
        conversation,
        kind: ConversationKind::Group,
        name: String::new(),
        members: Vec::new(),
        may_add: false,
        post_quantum: false,
    }
}

fn signed_in(store: Store<'_>, memory: &Memory, session: &store::Session, key: &SnapshotKey) -> Read<Snapshot> {
    Ok(match key {
        SnapshotKey::Session => Snapshot::Session(session_of(store, session)?),
        SnapshotKey::Connection => Snapshot::Connection(memory.link.shown()),
        SnapshotKey::Conversations => Snapshot::Conversations(list(store)?),
        SnapshotKey::Timeline { conversation, limit } => Snapshot::Timeline(match resolve(store, *conversation)? {
            Some(found) => timeline(store, &found, *limit)?,
            None => empty_timeline(*conversation),
        }),
        SnapshotKey::Details { conversation } => Snapshot::Details(match resolve(store, *conversation)? {
            Some(found) => details(store, session, &found)?,
            None => empty_details(*conversation),
        }),
    })
}

fn resolve(store: Store<'_>, id: ConversationId) -> Read<Option<Conversation>> {
    let found = store.conversation(id)?;
    match found.as_ref().and_then(|conversation| conversation.superseded_by) {
        Some(winner) => store.conversation(winner),
        None => Ok(found),
    }
}

fn session_of(store: Store<'_>, session: &store::Session) -> Read<Session> {
    let store::Session { account, username, display_name, recovery_code, .. } = session.clone();
    let may_start_chat = recovery_code.is_none() || !store.has_conversations()?;
    Ok(Session::SignedIn { me: Person { account, username, display_name }, recovery_code, may_start_chat })
}

fn list(store: Store<'_>) -> Read<ConversationList> {
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
        ended: matches!(conversation.phase, Phase::Stopped | Phase::Left),
    })
}

fn name_of(conversation: &Conversation, peer: Option<&Person>) -> String {
    match peer {
        Some(peer) => peer.display_name.clone(),
        None => conversation.name.clone().unwrap_or_default(),
    }
}

fn first_line(text: &str) -> String {
    text.trim().lines().next().unwrap_or_default().chars().take(PREVIEW_CHARS).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(PREVIEW_CHARS).collect()
}

fn delivery(conversation: &Conversation, seq: Option<u64>, failed: bool) -> Delivery {
    match seq {
        _ if failed => Delivery::Failed,
        None => Delivery::Pending,
        Some(seq) if seq <= conversation.others_read_seq => Delivery::Read,
        Some(seq) if seq <= conversation.delivered_seq => Delivery::Delivered,
        Some(_) => Delivery::Sent,
    }
}

fn timeline(store: Store<'_>, conversation: &Conversation, limit: u32) -> Read<Timeline> {
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
        first_unread: store.first_unread(conversation.id, conversation.read_seq)?,
        last_seq: conversation.applied_seq,
    })
}

type People = std::collections::HashMap<sealpost_protocol::AccountId, Person>;

fn person(store: Store<'_>, account: sealpost_protocol::AccountId, people: &mut People) -> Read<Person> {
    if let Some(person) = people.get(&account) {
        return Ok(person.clone());
    }
    let person = store.person(account)?;
    people.insert(account, person.clone());
    Ok(person)
}

fn item(store: Store<'_>, at: &Conversation, row: TimelineRow, people: &mut People) -> Read<TimelineItem> {
    let content = match (row.kind, row.sender) {
        (ItemKind::Message, Some(sender)) => ItemContent::Message {
            sender: person(store, sender, people)?,
            own: row.own != Own::No,
            text: row.text.unwrap_or_default(),
            delivery: (row.own != Own::No).then(|| delivery(at, row.seq, row.failure.is_some())),
            failure: row.failure,
        },
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
        StoredNotice::DeviceJoined => Notice::DeviceJoined,
        StoredNotice::Unreadable { cause } => Notice::Unreadable { cause },
        StoredNotice::Left => Notice::Left,
        StoredNotice::Stopped { cause } => Notice::Stopped { cause },
    })
}

fn details(store: Store<'_>, session: &store::Session, conversation: &Conversation) -> Read<Details> {
    let peer = conversation.peer.map(|peer| store.person(peer)).transpose()?;
    let member =
        |(account, admin)| Ok(DetailsMember { person: store.person(account)?, admin, me: account == session.account });
    let mut members = store.members(conversation.id)?.into_iter().map(member).collect::<Read<Vec<_>>>()?;
    members.sort_by_key(|member| (member.person.display_name.to_lowercase(), member.person.account));
    let open = matches!(conversation.phase, Phase::Local | Phase::Joined);
    Ok(Details {
        conversation: conversation.id,
        kind: conversation.kind,
        name: name_of(conversation, peer.as_ref()),
        may_add: open
            && conversation.kind == ConversationKind::Group
            && members.iter().any(|member| member.me && member.admin),
        members,
        post_quantum: Suite::from_number(conversation.suite) == Some(Suite::XWing),
    })
}
