//! Who is connected to this node, and what waits for each connection.
//!
//! The database is the truth and the hub only wakes: whatever does not fit into a mailbox becomes a mark that says
//! "look", so the memory of a slow connection is bounded. Independent of storage and of transports.

mod people;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque, hash_map},
    hash::Hash,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use sealpost_protocol::{
    AccountId, Bytes, ConversationId, DeviceId,
    conversation::{Cursors, Entry},
    socket::CloseCode,
};
use tokio::sync::Notify;

/// Most entries that wait in one mailbox before it only remembers which conversation to read.
const WAITING_ENTRIES_MAX: usize = 64;
/// Most bytes of messages that wait in one mailbox.
const WAITING_BYTES_MAX: usize = 256 * 1024;
/// Most blanked entries that wait in one mailbox. Of more nothing is told: devices learn the same from the message that
/// deletes, or count the time by themselves.
const WAITING_ERASED_MAX: usize = 1024;
/// Most leave statements that wait in one mailbox. Of more nothing is told: who sends is told then.
const WAITING_LEAVING_MAX: usize = 128;

/// SHA-256 of a session's token.
pub(crate) type TokenHash = [u8; 32];

/// What waits for a connection.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// Entries just appended, in the order of their logs.
    pub entries: VecDeque<(ConversationId, Arc<Entry>)>,
    /// Conversations whose log is to be read because entries did not fit.
    pub behind: BTreeSet<ConversationId>,
    /// Leave statements of who left a group.
    pub leaving: BTreeMap<(ConversationId, AccountId), Bytes>,
    /// Entries that were blanked.
    pub erased: BTreeSet<(ConversationId, u64)>,
    /// Whether the inbox has something new.
    pub inbox: bool,
    /// Conversations that are new or whose state changed.
    pub conversations: BTreeSet<ConversationId>,
    /// The newest cursors of each conversation.
    pub cursors: BTreeMap<ConversationId, Arc<Cursors>>,
    /// The vault's newest version.
    pub vault: Option<u64>,
    /// The archive's newest version.
    pub archive: Option<u64>,
    /// Device lists that changed, with their newest versions.
    pub device_lists: BTreeMap<AccountId, u64>,
    /// What people do.
    pub people: people::People,
    /// Why the connection is to be closed.
    pub ended: Option<CloseCode>,
    something: bool,
    bytes: usize,
}

impl Waiting {
    fn push_entry(&mut self, conversation: ConversationId, entry: &Arc<Entry>) {
        if self.behind.contains(&conversation) {
            return;
        }
        let size = entry.body.message().len();
        if self.entries.len() >= WAITING_ENTRIES_MAX || self.bytes.saturating_add(size) > WAITING_BYTES_MAX {
            self.behind.insert(conversation);
        } else {
            self.bytes += size;
            self.entries.push_back((conversation, Arc::clone(entry)));
        }
    }
}

/// The place where one connection is told what happened.
#[derive(Debug)]
pub(crate) struct Mailbox {
    number: u64,
    account: AccountId,
    device: Option<DeviceId>,
    session: TokenHash,
    waiting: Mutex<Waiting>,
    changed: Notify,
}

impl Mailbox {
    /// Takes everything that waits.
    pub(crate) fn take(&self) -> Waiting {
        std::mem::take(&mut *lock(&self.waiting))
    }

    /// Returns as soon as something waits, and again until it is taken.
    pub(crate) async fn changed(&self) {
        while !lock(&self.waiting).something {
            self.changed.notified().await;
        }
    }

    fn tell(&self, change: impl FnOnce(&mut Waiting)) {
        let mut waiting = lock(&self.waiting);
        change(&mut waiting);
        waiting.something = true;
        drop(waiting);
        self.changed.notify_one();
    }
}

/// A mailbox that is registered until this is dropped.
pub(crate) struct Registered {
    hub: Hub,
    mailbox: Arc<Mailbox>,
}

impl std::ops::Deref for Registered {
    type Target = Mailbox;
    fn deref(&self) -> &Mailbox {
        &self.mailbox
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut index = lock(&self.hub.index);
        let (number, account) = (self.mailbox.number, self.mailbox.account);
        let was_online = index.is_online(account);
        remove(&mut index.accounts, account, number);
        if let Some(device) = self.mailbox.device {
            remove(&mut index.devices, device, number);
            index.seen.insert(device);
        }
        index.unwatch(number);
        index.note_presence(account, was_online);
    }
}

#[derive(Debug, Default)]
struct Index {
    accounts: HashMap<AccountId, Vec<Arc<Mailbox>>>,
    devices: HashMap<DeviceId, Vec<Arc<Mailbox>>>,
    watches: people::Watches,
    /// Devices that came or went since that was last noted.
    seen: BTreeSet<DeviceId>,
}

/// Every connection of this node, by account and by device.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hub {
    index: Arc<Mutex<Index>>,
    next: Arc<AtomicU64>,
}

impl Hub {
    /// Makes a mailbox that is told from now on. To be called before the state is read that it keeps up to date.
    pub(crate) fn register(&self, account: AccountId, device: Option<DeviceId>, session: TokenHash) -> Registered {
        let mailbox = Arc::new(Mailbox {
            number: self.next.fetch_add(1, Ordering::Relaxed),
            account,
            device,
            session,
            waiting: Mutex::default(),
            changed: Notify::new(),
        });
        let mut index = lock(&self.index);
        let was_online = index.is_online(account);
        index.accounts.entry(account).or_default().push(Arc::clone(&mailbox));
        if let Some(device) = device {
            index.devices.entry(device).or_default().push(Arc::clone(&mailbox));
            index.seen.insert(device);
        }
        index.note_presence(account, was_online);
        Registered { hub: self.clone(), mailbox }
    }

    /// Tells `devices` of entries that were appended to a conversation.
    pub(crate) fn tell_entries(&self, devices: &[DeviceId], conversation: ConversationId, entries: &[Arc<Entry>]) {
        self.tell_devices(devices, |waiting| {
            entries.iter().for_each(|entry| waiting.push_entry(conversation, entry));
        });
    }

    /// Tells `devices` that a conversation's log may hold more than they were told.
    pub(crate) fn tell_behind(&self, devices: &[DeviceId], conversation: ConversationId) {
        self.tell_devices(devices, |waiting| {
            waiting.behind.insert(conversation);
        });
    }

    /// Tells `devices`, and all of the account that left, of its leave statement.
    pub(crate) fn tell_leaving(
        &self,
        devices: &[DeviceId],
        conversation: ConversationId,
        account: AccountId,
        statement: &Bytes,
    ) {
        let change = |waiting: &mut Waiting| {
            if waiting.leaving.len() < WAITING_LEAVING_MAX {
                waiting.leaving.insert((conversation, account), statement.clone());
            }
        };
        self.tell_devices(devices, change);
        self.tell_accounts(&[account], change);
    }

    /// Tells `devices` of entries that were blanked.
    pub(crate) fn tell_erased(&self, devices: &[DeviceId], conversation: ConversationId, seqs: &[u64]) {
        self.tell_devices(devices, |waiting| {
            let room = WAITING_ERASED_MAX.saturating_sub(waiting.erased.len());
            waiting.erased.extend(seqs.iter().take(room).map(|seq| (conversation, *seq)));
        });
    }

    /// Tells `devices` that their inboxes have something new.
    pub(crate) fn tell_inbox(&self, devices: &[DeviceId]) {
        self.tell_devices(devices, |waiting| waiting.inbox = true);
    }

    /// Tells `devices` where the members' cursors are.
    pub(crate) fn tell_cursors(&self, devices: &[DeviceId], cursors: &Arc<Cursors>) {
        self.tell_devices(devices, |waiting| {
            waiting.cursors.insert(cursors.conversation, Arc::clone(cursors));
        });
    }

    /// Tells `accounts` that a conversation is new or its state changed.
    pub(crate) fn tell_conversation(&self, accounts: &[AccountId], conversation: ConversationId) {
        self.tell_accounts(accounts, |waiting| {
            waiting.conversations.insert(conversation);
        });
    }

    /// Tells `account` of its vault's version.
    pub(crate) fn tell_vault(&self, account: AccountId, version: u64) {
        self.tell_accounts(&[account], |waiting| waiting.vault = waiting.vault.max(Some(version)));
    }

    /// Tells `account` of its archive's version.
    pub(crate) fn tell_archive(&self, account: AccountId, version: u64) {
        self.tell_accounts(&[account], |waiting| waiting.archive = waiting.archive.max(Some(version)));
    }

    /// Tells `accounts` of the version of `changed`'s device list.
    pub(crate) fn tell_device_list(&self, accounts: &[AccountId], changed: AccountId, version: u64) {
        self.tell_accounts(accounts, |waiting| {
            let known = waiting.device_lists.entry(changed).or_default();
            *known = version.max(*known);
        });
    }

    /// Ends the connections of an account's sessions: of `only` if given, of all but `but` else.
    pub(crate) fn end_sessions(&self, account: AccountId, only: Option<TokenHash>, but: Option<TokenHash>) {
        let mailboxes = lock(&self.index).accounts.get(&account).cloned().unwrap_or_default();
        for mailbox in mailboxes {
            let chosen = only.is_none_or(|session| session == mailbox.session) && but != Some(mailbox.session);
            if chosen {
                mailbox.tell(|waiting| waiting.ended = Some(CloseCode::SignedOut));
            }
        }
    }

    /// Whether a device is connected.
    pub(crate) fn is_connected(&self, device: DeviceId) -> bool {
        lock(&self.index).devices.contains_key(&device)
    }

    /// Takes the devices that came or went since this was last called.
    pub(crate) fn take_seen(&self) -> Vec<DeviceId> {
        std::mem::take(&mut lock(&self.index).seen).into_iter().collect()
    }

    /// Ends the connections of devices that were removed from their account.
    pub(crate) fn end_devices(&self, devices: &[DeviceId]) {
        self.tell_devices(devices, |waiting| waiting.ended = Some(CloseCode::DeviceRevoked));
    }

    fn tell_devices(&self, devices: &[DeviceId], change: impl Fn(&mut Waiting)) {
        let index = lock(&self.index);
        devices.iter().filter_map(|device| index.devices.get(device)).flatten().for_each(|found| found.tell(&change));
    }

    fn tell_accounts(&self, accounts: &[AccountId], change: impl Fn(&mut Waiting)) {
        let index = lock(&self.index);
        accounts.iter().filter_map(|id| index.accounts.get(id)).flatten().for_each(|found| found.tell(&change));
    }
}

fn remove<K: Eq + Hash>(index: &mut HashMap<K, Vec<Arc<Mailbox>>>, key: K, number: u64) {
    if let hash_map::Entry::Occupied(mut entry) = index.entry(key) {
        entry.get_mut().retain(|mailbox| mailbox.number != number);
        if entry.get().is_empty() {
            entry.remove();
        }
    }
}

/// Every critical section leaves its data whole, so a panic elsewhere is no reason to stop.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use sealpost_protocol::{Bytes, ClientId, conversation::EntryBody};

    use super::*;

    const ALICE: AccountId = AccountId([1; 16]);
    const PHONE: DeviceId = DeviceId([2; 16]);
    const CHAT: ConversationId = ConversationId([3; 16]);

    fn entry(seq: u64, size: usize) -> Arc<Entry> {
        let body = EntryBody::Application { message: Bytes(vec![0; size]) };
        Arc::new(Entry {
            seq,
            client_id: ClientId([0; 16]),
            time: 0,
            generation: 1,
            epoch: 1,
            hash: Bytes::default(),
            body,
            expires_in: None,
        })
    }

    #[test]
    fn what_does_not_fit_becomes_one_mark() {
        let hub = Hub::default();
        let mailbox = hub.register(ALICE, Some(PHONE), [0; 32]);
        for seq in 1..=1000 {
            hub.tell_entries(&[PHONE], CHAT, &[entry(seq, 10)]);
        }
        let waiting = mailbox.take();
        assert_eq!(waiting.entries.len(), WAITING_ENTRIES_MAX);
        assert_eq!(waiting.behind.into_iter().collect::<Vec<_>>(), [CHAT]);
    }

    #[test]
    fn large_messages_count_by_their_bytes() {
        let hub = Hub::default();
        let mailbox = hub.register(ALICE, Some(PHONE), [0; 32]);
        hub.tell_entries(&[PHONE], CHAT, &[entry(1, WAITING_BYTES_MAX), entry(2, 1), entry(3, 0)]);
        let waiting = mailbox.take();
        assert_eq!(waiting.entries.len(), 1, "an entry after one that did not fit would leave a gap");
        assert!(waiting.behind.contains(&CHAT));
    }

    #[test]
    fn only_so_much_waits_of_what_devices_find_out_without_being_told() {
        let hub = Hub::default();
        let mailbox = hub.register(ALICE, Some(PHONE), [0; 32]);
        let seqs: Vec<u64> = (1..=700).collect();
        hub.tell_erased(&[PHONE], CHAT, &seqs);
        hub.tell_erased(&[PHONE], ConversationId([4; 16]), &seqs);
        for number in 0..=u8::MAX {
            hub.tell_leaving(&[PHONE], CHAT, AccountId([number; 16]), &Bytes::default());
        }
        let waiting = mailbox.take();
        assert_eq!((waiting.erased.len(), waiting.leaving.len()), (WAITING_ERASED_MAX, WAITING_LEAVING_MAX));
    }

    #[test]
    fn a_dropped_mailbox_leaves_nothing_behind() {
        let hub = Hub::default();
        drop(hub.register(ALICE, Some(PHONE), [0; 32]));
        let index = lock(&hub.index);
        assert!(index.accounts.is_empty() && index.devices.is_empty());
    }

    #[tokio::test]
    async fn only_the_named_session_ends() {
        let hub = Hub::default();
        let (one, other) = (hub.register(ALICE, None, [1; 32]), hub.register(ALICE, None, [2; 32]));
        hub.end_sessions(ALICE, Some([1; 32]), None);
        one.changed().await;
        assert_eq!(one.take().ended, Some(CloseCode::SignedOut));
        assert_eq!(other.take().ended, None);
        hub.end_sessions(ALICE, None, Some([1; 32]));
        assert_eq!(one.take().ended, None);
        assert_eq!(other.take().ended, Some(CloseCode::SignedOut));
    }
}
