//! Records of the vault that every own device writes: how conversations stand, drafts, contacts, settings.
//!
//! A record is a CBOR map. It names the time at which it was written (the server's, as far as the writer knew it), and the
//! latest one stands whatever the order in which devices reach the server; what is only ever added to (what was accepted,
//! read, deleted, hidden) is kept of both. Fields that this version does not know stay as they are.

use std::collections::BTreeMap;

use ciborium::Value;
use sealpost_protocol::{AccountId, ConversationId, Timestamp};

use super::{Result, own_devices, passkeys, turn::Turn, verification::verified_key};
use crate::{redacted::redacted, snapshot::SnapshotKey, store::Chat};

const CHAT: &str = "chat/";
const DRAFT: &str = "draft/";
const CONTACT: &str = "contact/";
const BLOCK: &str = "block/";
const VERIFIED: &str = "verified/";
/// The records of those who have taken the place of somebody that was verified, and were accepted.
const ACCEPTED: &str = "accepted/";
/// The record of the person's settings.
pub(super) const SETTINGS: &str = "settings";
/// The record of the own profile: its key.
pub(super) const PROFILE: &str = "profile";

/// Most messages of one conversation that are hidden.
pub(super) const HIDDEN_MAX: usize = 500;

pub(super) fn draft_record(conversation: ConversationId) -> String {
    format!("{DRAFT}{conversation}")
}

pub(super) fn contact_record(account: AccountId) -> String {
    format!("{CONTACT}{account}")
}

pub(super) fn block_record(account: AccountId) -> String {
    format!("{BLOCK}{account}")
}

pub(super) fn accepted_record(account: AccountId) -> String {
    format!("{ACCEPTED}{account}")
}

pub(super) fn verified_record(account: AccountId) -> String {
    format!("{VERIFIED}{account}")
}

fn chat_record(conversation: ConversationId) -> String {
    format!("{CHAT}{conversation}")
}

/// A record's fields by name.
#[derive(Clone, Default)]
pub(super) struct Record(BTreeMap<String, Value>);

redacted!(Record);

/// As they travel: a number that is none (NaN) equals nothing, and devices would write a record with it to each other for ever.
impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.encode() == other.encode()
    }
}

impl Record {
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        ciborium::from_reader(bytes).ok().map(Self)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let written = ciborium::into_writer(&self.0, &mut bytes);
        debug_assert!(written.is_ok());
        bytes
    }

    /// When it was written.
    pub(super) fn time(&self) -> Timestamp {
        self.number("time").unwrap_or(0)
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        u64::try_from(self.0.get(name)?.as_integer()?).ok()
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name)?.as_bool()
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_text()
    }

    pub(super) fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name)?.as_bytes().map(Vec::as_slice)
    }

    /// Sets a field; nothing removes it.
    pub(super) fn set<V: Into<Value>>(&mut self, name: &str, value: Option<V>) {
        match value {
            Some(value) => self.0.insert(name.to_owned(), value.into()),
            None => self.0.remove(name),
        };
    }

    fn chat(&self) -> Chat {
        let keys = self.0.get("hidden").and_then(Value::as_array);
        let hidden = keys.into_iter().flatten().filter_map(|key| key.as_text().map(str::to_owned));
        Chat {
            muted_until: self.number("muted_until").unwrap_or(0),
            pinned: self.flag("pinned").unwrap_or(false),
            archived: self.number("archived"),
            marked_unread: self.flag("marked_unread").unwrap_or(false),
            accepted: self.flag("accepted").unwrap_or(false),
            added_by: self.bytes("added_by").and_then(AccountId::from_slice),
            deleted: self.number("deleted_up_to"),
            read_up_to: self.number("read_up_to").unwrap_or(0),
            hidden: hidden.collect(),
        }
    }

    fn set_chat(&mut self, chat: &Chat) {
        self.set("muted_until", (chat.muted_until > 0).then_some(chat.muted_until));
        self.set("pinned", chat.pinned.then_some(true));
        self.set("archived", chat.archived);
        self.set("marked_unread", chat.marked_unread.then_some(true));
        self.set("accepted", chat.accepted.then_some(true));
        self.set("added_by", chat.added_by.map(|account| account.0.to_vec()));
        self.set("deleted_up_to", chat.deleted);
        self.set("read_up_to", (chat.read_up_to > 0).then_some(chat.read_up_to));
        let hidden: Vec<Value> = chat.hidden.iter().cloned().map(Value::Text).collect();
        self.set("hidden", (!hidden.is_empty()).then_some(hidden));
    }

    /// The later of two; equal ones in an order of their own, so that every device takes the same.
    fn later(one: Self, other: Self) -> (Self, Self) {
        let rank = |record: &Self| (record.time(), record.encode());
        if rank(&one) >= rank(&other) { (one, other) } else { (other, one) }
    }

    /// The one record that two devices agree on.
    pub(super) fn merge(name: &str, one: Self, other: Self) -> Self {
        let (mut later, earlier) = Self::later(one, other);
        if name.starts_with(CHAT) {
            let merged = merge_chats(later.chat(), earlier.chat());
            later.set_chat(&merged);
        }
        later
    }
}

/// What is only ever added to is kept of both.
fn merge_chats(later: Chat, earlier: Chat) -> Chat {
    let mut hidden: Vec<String> = earlier.hidden.into_iter().filter(|key| !later.hidden.contains(key)).collect();
    hidden.extend(later.hidden);
    hidden.drain(..hidden.len().saturating_sub(HIDDEN_MAX));
    Chat {
        accepted: later.accepted || earlier.accepted,
        added_by: later.added_by.or(earlier.added_by),
        deleted: later.deleted.max(earlier.deleted),
        read_up_to: later.read_up_to.max(earlier.read_up_to),
        hidden,
        ..later
    }
}

impl Turn<'_> {
    /// A record as it is known here; empty if there is none.
    pub(super) fn record(&self, name: &str) -> Result<Record> {
        Ok(self.store.vault_get(name)?.and_then(|value| Record::decode(&value)).unwrap_or_default())
    }

    /// Changes a record for all own devices. Gives whether that changed anything.
    pub(super) fn change_record(&mut self, name: &str, change: impl FnOnce(&mut Record)) -> Result<bool> {
        self.change_record_at(name, self.server_time(), change)
    }

    /// Changes a record as of a time. Gives whether that changed anything.
    pub(super) fn change_record_at(
        &mut self,
        name: &str,
        time: Timestamp,
        change: impl FnOnce(&mut Record),
    ) -> Result<bool> {
        let before = self.record(name)?;
        let mut record = before.clone();
        change(&mut record);
        if record == before {
            return Ok(false);
        }
        // Later than what it changes, whatever the clocks say.
        record.set("time", Some(time.max(before.time() + 1)));
        self.store.vault_set(name, &record.encode())?;
        self.memory.due.vault_write = true;
        Ok(true)
    }

    /// Changes how a conversation stands, for all own devices.
    pub(super) fn change_chat(&mut self, id: ConversationId, change: impl FnOnce(&mut Chat)) -> Result<()> {
        let mut changed = None;
        self.change_record(&chat_record(id), |record| {
            let before = record.chat();
            let mut chat = before.clone();
            change(&mut chat);
            if chat != before {
                record.set_chat(&chat);
                changed = Some(chat);
            }
        })?;
        if let Some(chat) = changed {
            self.store.set_chat(id, &chat)?;
            self.chat_changed(id);
        }
        Ok(())
    }

    fn chat_changed(&mut self, id: ConversationId) {
        self.details_changed(id);
        // What it is about may be to tell now.
        self.attend(id);
    }

    /// Takes a record of the server, if it is one of those that devices agree on. Gives whether it is.
    pub(super) fn take_agreed(&mut self, name: &str, value: &[u8]) -> Result<bool> {
        let families = [CHAT, DRAFT, CONTACT, BLOCK, VERIFIED, ACCEPTED, own_devices::RECORDS, passkeys::RECORDS];
        if !families.iter().any(|family| name.starts_with(family)) && ![SETTINGS, PROFILE].contains(&name) {
            return Ok(false);
        }
        let Some(theirs) = Record::decode(value) else {
            tracing::warn!("a record of the vault could not be read");
            return Ok(true);
        };
        let agreed = match self.store.vault_get(name)?.and_then(|value| Record::decode(&value)) {
            Some(ours) => Record::merge(name, ours, theirs.clone()),
            None => theirs.clone(),
        };
        if agreed == theirs {
            self.store.vault_take(name, value)?;
        } else {
            self.store.vault_set(name, &agreed.encode())?;
            self.memory.due.vault_write = true;
        }
        self.apply_record(name, &agreed)?;
        Ok(true)
    }

    fn apply_record(&mut self, name: &str, record: &Record) -> Result<()> {
        match name {
            SETTINGS => self.settings_agreed(),
            PROFILE => self.profile_agreed(record),
            _ => {
                if let Some(id) = name.strip_prefix(CHAT).and_then(|id| id.parse().ok()) {
                    self.store.set_chat(id, &record.chat())?;
                    self.chat_changed(id);
                } else if let Some(id) = name.strip_prefix(DRAFT).and_then(|id| id.parse().ok()) {
                    self.draft_agreed(id, record)?;
                } else if let Some(account) = name.strip_prefix(CONTACT).and_then(|id| id.parse().ok()) {
                    let contact = record.flag("contact").unwrap_or(false);
                    if self.store.set_contact(account, contact)? {
                        self.standing_changed(account)?;
                    }
                } else if let Some(account) = name.strip_prefix(BLOCK).and_then(|id| id.parse().ok()) {
                    let blocked = record.flag("blocked").unwrap_or(false);
                    if self.store.set_blocked(account, blocked)? {
                        self.standing_changed(account)?;
                    }
                } else if let Some(account) = name.strip_prefix(ACCEPTED).and_then(|id| id.parse().ok()) {
                    self.successor_agreed(account, record.flag("accepted").unwrap_or(false))?;
                } else if let Some(account) = name.strip_prefix(VERIFIED).and_then(|id| id.parse().ok()) {
                    self.verified_agreed(account, verified_key(record))?;
                } else if name.starts_with(own_devices::RECORDS) {
                    self.changed.insert(SnapshotKey::Devices);
                } else if name.starts_with(passkeys::RECORDS) {
                    self.passkey_agreed();
                }
                Ok(())
            }
        }
    }

    /// Whether someone is a contact or blocked has changed, and with it what conversations with them are.
    pub(super) fn standing_changed(&mut self, account: AccountId) -> Result<()> {
        self.memory.due.names = true;
        self.memory.due.presence = true;
        self.changed.extend([SnapshotKey::Contacts, SnapshotKey::Conversations]);
        for conversation in self.store.conversations_of(account)? {
            self.details_changed(conversation);
            self.attend(conversation);
        }
        Ok(())
    }

    /// What the vault said of a conversation before it came here.
    pub(super) fn take_records_of(&mut self, id: ConversationId) -> Result<()> {
        let chat = self.record(&chat_record(id))?;
        if chat != Record::default() {
            self.store.set_chat(id, &chat.chat())?;
        }
        let draft = self.record(&draft_record(id))?;
        self.draft_agreed(id, &draft)
    }

    /// How a conversation stood passes to the one that it gave way to.
    pub(super) fn move_records(&mut self, from: ConversationId, to: ConversationId) -> Result<()> {
        let loser = self.record(&chat_record(from))?.chat();
        self.change_chat(to, |chat| {
            chat.accepted |= loser.accepted;
            chat.pinned |= loser.pinned;
            chat.muted_until = chat.muted_until.max(loser.muted_until);
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn chat(time: u64, chat: &Chat) -> Record {
        let mut record = Record::default();
        record.set("time", Some(time));
        record.set_chat(chat);
        record
    }

    #[test]
    fn the_latest_stands_and_what_is_only_added_to_is_kept_of_both() {
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let phone = chat(5, &Chat { pinned: true, deleted: Some(9), hidden: keys(&["a", "b"]), ..Chat::default() });
        let laptop = chat(7, &Chat { accepted: true, archived: Some(3), hidden: keys(&["b", "c"]), ..Chat::default() });
        let agreed = Record::merge("chat/x", phone.clone(), laptop.clone());
        assert_eq!(agreed, Record::merge("chat/x", laptop, phone));
        let expected = Chat {
            accepted: true,
            archived: Some(3),
            deleted: Some(9),
            hidden: keys(&["a", "b", "c"]),
            ..Chat::default()
        };
        assert_eq!((agreed.time(), agreed.chat()), (7, expected));
    }

    #[test]
    fn records_of_the_same_moment_are_agreed_on_whoever_comes_first() {
        let (one, other) = (chat(5, &Chat { pinned: true, ..Chat::default() }), chat(5, &Chat::default()));
        let agreed = Record::merge("chat/x", one.clone(), other.clone());
        assert_eq!(agreed, Record::merge("chat/x", other.clone(), one));
        assert_eq!(agreed, Record::merge("chat/x", other, agreed.clone()));
    }

    #[test]
    fn fields_of_later_versions_stay() {
        let mut record = chat(5, &Chat { muted_until: 1 << 53, pinned: true, ..Chat::default() });
        record.set("colour", Some("green"));
        let mut read = Record::decode(&record.encode()).unwrap();
        assert_eq!(read, record);
        read.set_chat(&Chat::default());
        assert_eq!(read.text("colour"), Some("green"));
        assert_eq!(read.chat(), Chat::default());
    }

    #[test]
    fn a_number_that_is_none_is_agreed_on() {
        let mut record = chat(5, &Chat { pinned: true, ..Chat::default() });
        record.set("colour", Some(f64::NAN));
        assert_eq!(Record::merge("chat/x", record.clone(), record.clone()), record);
    }

    #[test]
    fn hidden_messages_are_bounded_and_the_newest_stay() {
        let keys = |range: std::ops::Range<usize>| range.map(|key| key.to_string()).collect::<Vec<_>>();
        let (one, other) = (
            chat(1, &Chat { hidden: keys(0..400), ..Chat::default() }),
            chat(2, &Chat { hidden: keys(400..800), ..Chat::default() }),
        );
        assert_eq!(Record::merge("chat/x", one, other).chat().hidden, keys(300..800));
    }
}
