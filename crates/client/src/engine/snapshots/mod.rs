//! What views show, read from the database.

mod details;
mod list;
mod message_info;
mod settings;
mod timeline;

use sealpost_protocol::{ConversationId, conversation::ConversationKind};

use super::{EngineConfig, archive, own_devices, passkeys, turn::Memory};
use crate::{
    content::preview,
    snapshot::{
        Connection, ConversationList, Delivery, Details, MessageInfo, Person, Picture, Policy, Session,
        SignedOutReason, Snapshot, SnapshotKey, Timeline, Who,
    },
    store::{self, Conversation, Store},
};

/// Most characters of a preview.
const PREVIEW_CHARS: usize = 120;

pub(super) use timeline::items;

type Read<T> = store::Result<T>;

/// What a view shows. A database that cannot be read shows nothing rather than something wrong.
pub(super) fn snapshot(store: Store<'_>, memory: &Memory, config: &EngineConfig, key: &SnapshotKey) -> Snapshot {
    let read = match store.session() {
        Ok(Some(session)) if !session.ended => signed_in(store, memory, &session, key),
        Ok(session) => Ok(signed_out(store, (session.is_some(), memory), config, key)),
        Err(error) => Err(error),
    };
    read.unwrap_or_else(|error| {
        tracing::error!(error = %error, "a snapshot could not be read");
        signed_out(store, (false, memory), config, key)
    })
}

fn signed_out(
    store: Store<'_>,
    (ended, memory): (bool, &Memory),
    config: &EngineConfig,
    key: &SnapshotKey,
) -> Snapshot {
    match key {
        SnapshotKey::Session => {
            let reason = match ended {
                true => Some(SignedOutReason::SessionEnded),
                false if store.was_removed().unwrap_or(false) => Some(SignedOutReason::DeviceRemoved),
                false => config.signed_out_reason.clone(),
            };
            Snapshot::Session(Session::SignedOut { reason })
        }
        SnapshotKey::Connection => Snapshot::Connection(Connection::Idle),
        SnapshotKey::Conversations => Snapshot::Conversations(ConversationList { rows: Vec::new(), unread: 0 }),
        SnapshotKey::Timeline { conversation, .. } => Snapshot::Timeline(empty_timeline(*conversation)),
        SnapshotKey::MessageInfo { .. } => Snapshot::MessageInfo(empty_message_info()),
        SnapshotKey::Settings => Snapshot::Settings(settings::default()),
        SnapshotKey::Archive => Snapshot::Archive(archive::none()),
        SnapshotKey::Devices => Snapshot::Devices(own_devices::none()),
        SnapshotKey::Passkeys => Snapshot::Passkeys(passkeys::none()),
        SnapshotKey::Linking => Snapshot::Linking(memory.linking.shown()),
        SnapshotKey::Contacts => Snapshot::Contacts(settings::no_contacts()),
        SnapshotKey::Picture { id } => Snapshot::Picture(Picture { id: id.clone(), data: None }),
        SnapshotKey::Details { conversation } => Snapshot::Details(empty_details(*conversation)),
    }
}

fn empty_timeline(conversation: ConversationId) -> Timeline {
    Timeline {
        conversation,
        items: Vec::new(),
        has_older: false,
        restoring: false,
        has_newer: false,
        first_unread: None,
        last_seq: 0,
    }
}

fn empty_details(conversation: ConversationId) -> Details {
    Details {
        conversation,
        kind: ConversationKind::Group,
        name: String::new(),
        members: Vec::new(),
        may_add: false,
        may_edit: false,
        admin: false,
        last_admin: false,
        post_quantum: false,
        description: String::new(),
        picture: None,
        timer: None,
        policy: Policy { add: Who::Admins, edit: Who::Admins, post: Who::Members },
        policy_waiting: false,
        links: Vec::new(),
        join_requests: Vec::new(),
        contact: false,
        blocked: false,
    }
}

fn empty_message_info() -> MessageInfo {
    MessageInfo { sent: None, members: Vec::new(), revisions: Vec::new() }
}

fn signed_in(store: Store<'_>, memory: &Memory, session: &store::Session, key: &SnapshotKey) -> Read<Snapshot> {
    Ok(match key {
        SnapshotKey::Session => Snapshot::Session(session_of(store, session)?),
        SnapshotKey::Connection => Snapshot::Connection(memory.link.shown()),
        SnapshotKey::Conversations => Snapshot::Conversations(list::list(store, memory)?),
        SnapshotKey::Timeline { conversation, limit, around } => {
            Snapshot::Timeline(match resolve(store, *conversation)? {
                Some(found) => timeline::timeline(store, memory, session.account, &found, *limit, around.as_deref())?,
                None => empty_timeline(*conversation),
            })
        }
        SnapshotKey::Details { conversation } => Snapshot::Details(match resolve(store, *conversation)? {
            Some(found) => details::details(store, session, &found)?,
            None => empty_details(*conversation),
        }),
        SnapshotKey::MessageInfo { conversation, key } => Snapshot::MessageInfo(match resolve(store, *conversation)? {
            Some(found) => message_info::message_info(store, memory, session.account, &found, key)?,
            None => empty_message_info(),
        }),
        SnapshotKey::Settings => Snapshot::Settings(settings::settings(store)?),
        SnapshotKey::Archive => Snapshot::Archive(archive::shown(store, &memory.archiving)?),
        SnapshotKey::Devices => Snapshot::Devices(own_devices::shown(store, memory, session)?),
        SnapshotKey::Passkeys => Snapshot::Passkeys(passkeys::shown(store, memory)?),
        SnapshotKey::Linking => Snapshot::Linking(memory.linking.shown()),
        SnapshotKey::Contacts => Snapshot::Contacts(settings::contacts(store)?),
        SnapshotKey::Picture { id } => Snapshot::Picture(settings::picture(store, id)?),
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
    Ok(Session::SignedIn {
        me: Person { account, username, display_name, picture: store.person(account)?.picture },
        recovery_code,
        may_start_chat,
    })
}

/// A conversation's name: that of the group, or of the other person.
pub(super) fn name_of(conversation: &Conversation, peer: Option<&Person>) -> String {
    match peer {
        Some(peer) => peer.display_name.clone(),
        None => conversation.name.clone().unwrap_or_default(),
    }
}

fn first_line(text: &str) -> String {
    preview::first_line(text, PREVIEW_CHARS)
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

type People = std::collections::HashMap<sealpost_protocol::AccountId, Person>;

fn person(store: Store<'_>, account: sealpost_protocol::AccountId, people: &mut People) -> Read<Person> {
    if let Some(person) = people.get(&account) {
        return Ok(person.clone());
    }
    let person = store.person(account)?;
    people.insert(account, person.clone());
    Ok(person)
}
