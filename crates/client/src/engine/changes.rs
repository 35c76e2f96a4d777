//! Messages that tell changes instead of saying something: of the conversation's state, of its key. They are MIMI messages
//! with content types of their own.

use ciborium::Value;
use sealpost_mls::GroupError;
use sealpost_protocol::{
    AccountId, Bytes, ClientId, ConversationId, ProblemKind, Request, Timestamp,
    conversation::{Append, Appended, ConversationKind, LogAppend},
    socket::to_cbor,
};

use super::{
    EngineError, RequestFailure, Result,
    purpose::{Purpose, Task},
    requests::{Answered, is_temporary},
    state_record::{NAME_MAX, TIMER, shown},
    turn::Turn,
};
use crate::{
    content::{Body, Content, Disposition, ExtensionName, MimiContent, NestedPart, account_uri, conversation_uri},
    redacted::redacted,
    store::{Conversation, Intent, OutboxRow, Rekey, StoredNotice},
};

/// A change of the state: CBOR `[1, what, value]`.
const CHANGE: &str = "application/vnd.sealpost.change+cbor";
/// A new conversation key, 32 bytes.
const KEY: &str = "application/vnd.sealpost.conversation-key";
/// A request for the conversation's key, which this account does not have any more. Empty.
const KEY_WANTED: &str = "application/vnd.sealpost.conversation-key-wanted";
const FORMAT: u8 = 1;

/// What a change message tells.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Announcement {
    Renamed(String),
    Description,
    Picture,
    Timer(Option<u32>),
    JoinedByLink(AccountId),
}

redacted!(Announcement);

impl Announcement {
    pub(super) fn encode(&self) -> Vec<u8> {
        let (what, value) = match self {
            Self::Renamed(name) => (1u8, Value::Text(name.clone())),
            Self::Description => (2, Value::Null),
            Self::Picture => (3, Value::Null),
            Self::Timer(seconds) => (4, seconds.map_or(Value::Null, Value::from)),
            Self::JoinedByLink(account) => (5, Value::Bytes(account.0.to_vec())),
        };
        let mut bytes = Vec::new();
        let written = ciborium::into_writer(&(FORMAT, what, value), &mut bytes);
        debug_assert!(written.is_ok());
        bytes
    }

    /// Nothing if this version does not know it.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (FORMAT, what, value): (u8, u8, Value) = ciborium::from_reader(bytes).ok()? else { return None };
        Some(match (what, value) {
            (1, Value::Text(name)) => Self::Renamed(name),
            (2, _) => Self::Description,
            (3, _) => Self::Picture,
            (4, Value::Null) => Self::Timer(None),
            (4, Value::Integer(seconds)) => Self::Timer(Some(seconds.try_into().ok()?)),
            (5, Value::Bytes(account)) => Self::JoinedByLink(AccountId::from_slice(&account)?),
            _ => return None,
        })
    }
}

/// Where and when a change message stands in the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub conversation: ConversationId,
    pub seq: u64,
    pub time: Timestamp,
}

impl Turn<'_> {
    /// A message with this announcement.
    pub(super) fn announcement(&mut self, at: ConversationId, what: &Announcement) -> Result<Vec<u8>> {
        self.change_content(at, CHANGE, &what.encode())
    }

    /// A message with the conversation's new key.
    pub(super) fn key_message(&mut self, at: ConversationId, key: &[u8; 32]) -> Result<Vec<u8>> {
        self.change_content(at, KEY, key)
    }

    /// Drops messages that wait with a key that is not the newest any more. The log has none of them: they were made in an
    /// epoch that has passed.
    pub(super) fn drop_key_messages(&mut self, at: ConversationId) -> Result<()> {
        for row in self.store.outbox_tellings(at)? {
            if matches!(&row.intent, Intent::Change(content) if brings_key(content)) {
                self.store.outbox_remove(row.position)?;
            }
        }
        Ok(())
    }

    /// A message that asks for the conversation's key.
    pub(super) fn key_wanted_message(&mut self, at: ConversationId) -> Result<Vec<u8>> {
        self.change_content(at, KEY_WANTED, &[])
    }

    fn change_content(&mut self, at: ConversationId, content_type: &str, bytes: &[u8]) -> Result<Vec<u8>> {
        let extensions = vec![
            (ExtensionName::SENDER_URI, Value::Text(account_uri(self.me()?))),
            (ExtensionName::ROOM_URI, Value::Text(conversation_uri(at))),
        ];
        let body = NestedPart::single(Disposition::Unspecified, content_type, bytes);
        let salt = self.random();
        let (replaces, topic_id, expires, in_reply_to) = (None, Vec::new(), None, None);
        let meaning = MimiContent { salt, replaces, topic_id, expires, in_reply_to, extensions, body };
        let content = Content::new(meaning).map_err(|_| EngineError::Broken("a change that is no message"))?;
        Ok(content.bytes().to_vec())
    }

    /// Encrypts a change message for the present epoch and sends it.
    pub(super) fn send_change(&mut self, at: &Conversation, row: &OutboxRow, content: &Bytes) -> Result<()> {
        let plaintext = self.envelope(at, row.client_id, content).encode();
        let plaintext = plaintext.map_err(|_| EngineError::Broken("a change that is too large"))?;
        let encrypted = self.with_group(at, |context, group| {
            Ok::<_, GroupError>((group.epoch(), group.encrypt(context, &plaintext)?))
        })?;
        let (epoch, message) = match encrypted {
            None => return self.rejoin(at),
            Some(Ok(encrypted)) => encrypted,
            Some(Err(GroupError::Store(error))) => return Err(error.into()),
            Some(Err(error)) => {
                tracing::warn!(error = %error, "a change could not be told");
                return Ok(self.store.outbox_remove(row.position)?);
            }
        };
        let request = Request::LogAppend(LogAppend {
            conversation: at.id,
            generation: at.generation,
            epoch,
            client_id: row.client_id,
            append: Append::Application {
                message: message.into(),
                expires_in: None,
                delete_token_hash: None,
                blobs: Vec::new(),
            },
        });
        self.store.outbox_set_sent(row.position, Some(&to_cbor(&request)?))?;
        self.ask(request, Purpose::Change { conversation: at.id, id: row.client_id });
        Ok(())
    }

    pub(super) fn change_answered(
        &mut self,
        at: ConversationId,
        id: ClientId,
        answer: Answered<Appended>,
    ) -> Result<()> {
        let failure = match answer {
            Ok(appended) => return self.change_logged(at, id, appended.seq, appended.time).map(drop),
            Err(failure) => failure,
        };
        let RequestFailure::Problem(problem) = &failure else { return Ok(()) };
        // Unless the log confirmed it meanwhile.
        let Some(row) = self.store.outbox_find(at, id)? else { return Ok(()) };
        match (problem.kind(), problem.first) {
            (ProblemKind::ClientIdReused, Some(first)) => self.change_logged(at, id, first.seq, first.time).map(drop),
            (ProblemKind::StaleEpoch, _) => {
                self.store.outbox_set_sent(row.position, None)?;
                self.catch_up(at, problem)
            }
            (ProblemKind::RemovalsPending, _) => {
                self.store.outbox_set_sent(row.position, None)?;
                self.removals_pending(at, problem)
            }
            _ if is_temporary(&failure) => {
                self.hold(Task::Conversation(at), Some(&failure));
                Ok(())
            }
            (ProblemKind::NotFound, _) => self.not_known(at),
            _ => {
                tracing::warn!(error = %problem, "a change could not be told");
                Ok(self.store.outbox_remove(row.position)?)
            }
        }
    }

    /// The log has a message of this device. Gives whether it tells a change.
    pub(super) fn change_logged(
        &mut self,
        at: ConversationId,
        id: ClientId,
        seq: u64,
        time: Timestamp,
    ) -> Result<bool> {
        let Some(row) = self.store.outbox_find(at, id)? else { return Ok(false) };
        let Intent::Change(content) = &row.intent else { return Ok(false) };
        self.own_list_told(at, id);
        self.store.outbox_remove(row.position)?;
        self.store.count_send(at)?;
        self.store.server_has(at, seq)?;
        let me = self.me()?;
        if let Ok(content) = Content::decode(content) {
            self.take_change(Place { conversation: at, seq, time }, me, &content)?;
        }
        self.changed(at);
        self.attend(at);
        Ok(true)
    }

    /// Takes a message if it tells a change, whether or not its sender may make it. Gives whether it does.
    pub(super) fn take_change(&mut self, place: Place, sender: AccountId, content: &Content) -> Result<bool> {
        let Body::Single { content_type, content } = &content.meaning().body.body else { return Ok(false) };
        match content_type.as_str() {
            CHANGE => {
                if let Some(announcement) = Announcement::decode(content) {
                    self.take_announcement(place, sender, announcement)?;
                }
            }
            KEY => {
                if let Ok(key) = <[u8; 32]>::try_from(content.as_slice()) {
                    self.take_key(place.conversation, sender, &key)?;
                }
            }
            KEY_WANTED => self.key_was_asked_for(place.conversation)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn take_announcement(&mut self, place: Place, by: AccountId, what: Announcement) -> Result<()> {
        let Place { conversation: id, seq, time } = place;
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        let of_group = !matches!(what, Announcement::Timer(_));
        if (of_group && conversation.kind == ConversationKind::Direct) || !self.may_edit(id, by)? {
            tracing::warn!("someone told a change that they may not make");
            return Ok(());
        }
        let notice = match what {
            Announcement::Renamed(name) => StoredNotice::Renamed { by, name: shown(&name, NAME_MAX) },
            Announcement::Description => StoredNotice::DescriptionChanged { by },
            Announcement::Picture => StoredNotice::PictureChanged { by },
            Announcement::Timer(Some(seconds)) if !TIMER.contains(&seconds) => return Ok(()),
            Announcement::Timer(seconds) => StoredNotice::TimerChanged { by, seconds },
            Announcement::JoinedByLink(person) => {
                let added = StoredNotice::Added { by, people: vec![person] };
                let joined = StoredNotice::JoinedByLink { person };
                self.store.change_notice(id, &added, &joined)?;
                return Ok(());
            }
        };
        Ok(self.store.add_notice(id, seq, time, &notice)?)
    }

    /// Takes a new conversation key of who removed someone.
    fn take_key(&mut self, id: ConversationId, sender: AccountId, key: &[u8; 32]) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        let rekey_by = self.store.group(id)?.rekey_by;
        self.key_was_said(&conversation, key);
        let by_remover = rekey_by == Rekey::By(sender);
        if conversation.conversation_key.is_none() && conversation.state_known == 0 && !by_remover {
            // There is nothing yet that it opens: any that all have will do.
            self.share_conversation_key(id, key)?;
            self.attend(id);
            return Ok(());
        }
        if conversation.conversation_key == Some(*key) {
            // Of a remover it had come by the vault.
            return if by_remover { Ok(self.store.set_rekey(id, Rekey::Nobody)?) } else { Ok(()) };
        }
        if !by_remover {
            // Who came in between does not know who is to say a key: the one that opens the state.
            let may_be_it = self.lacks_key(&conversation) || rekey_by == Rekey::Unknown;
            return if may_be_it { self.keep_candidate(id, key) } else { Ok(()) };
        }
        self.store.set_group(id, "previous_key", conversation.conversation_key)?;
        self.store.set_rekey(id, Rekey::Nobody)?;
        self.share_conversation_key(id, key)?;
        self.key_was_replaced(id)?;
        if sender == self.me()? {
            // Another own device made it, which perhaps could not read the state: it had joined without the key before.
            self.renew_state(id)?;
        }
        self.read_state_again(id)
    }

    /// A conversation has another key from now on: those whom a commit on its way adds find the one before in it.
    pub(super) fn key_was_replaced(&mut self, id: ConversationId) -> Result<()> {
        let adds = self.store.outbox_pending_commit(id)?.is_some_and(|row| row.intent.adds());
        if adds { Ok(self.store.set_group(id, "gives_old_key", true)?) } else { Ok(()) }
    }

    /// Whether an account may post in a conversation: what others write is not shown.
    pub(super) fn may_post(&self, id: ConversationId, account: AccountId) -> Result<bool> {
        if !self.store.group(id)?.post_admins {
            return Ok(true);
        }
        Ok(self.store.members(id)?.contains(&(account, true)))
    }
}

fn brings_key(content: &[u8]) -> bool {
    let Ok(content) = Content::decode(content) else { return false };
    matches!(&content.meaning().body.body, Body::Single { content_type, .. } if content_type == KEY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announcements_are_read_as_they_were_written() {
        let all = [
            Announcement::Renamed("Cinema".into()),
            Announcement::Description,
            Announcement::Picture,
            Announcement::Timer(None),
            Announcement::Timer(Some(60)),
            Announcement::JoinedByLink(AccountId([1; 16])),
        ];
        for announcement in all {
            assert_eq!(Announcement::decode(&announcement.encode()), Some(announcement));
        }
        assert_eq!(Announcement::decode(b"garbage"), None);
        assert_eq!(shown("a\u{202E}b", NAME_MAX), "ab");
    }
}
