//! What people do, to the mailboxes: typing, presence, settings, profiles, requests to join. All of it is either the
//! newest of its kind or a mark that says "look", so that a mailbox stays bounded.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use sealpost_protocol::{
    AccountId, ConversationId, DeviceId,
    activity::{Presence, Typing},
    safety::AccountSettings,
    socket::Event,
};

use super::{Hub, Index, Mailbox, TokenHash, Waiting, lock, remove};

/// Most people whose typing waits in one mailbox. It is told again a moment later, while it is true.
const TYPING_WAITING_MAX: usize = 64;

/// What waits for a connection about people.
#[derive(Debug, Default)]
pub(crate) struct People {
    typing: BTreeMap<(ConversationId, AccountId), bool>,
    presences: BTreeMap<AccountId, Presence>,
    settings: Option<AccountSettings>,
    profiles: BTreeSet<AccountId>,
    join_requests: BTreeSet<ConversationId>,
}

impl People {
    /// The events that say so.
    pub(crate) fn into_events(self) -> Vec<Event> {
        let typing = |((conversation, account), typing)| Event::Typing(Typing { conversation, account, typing });
        let mut events: Vec<Event> = self.settings.into_iter().map(Event::SettingsChanged).collect();
        events.extend(self.profiles.into_iter().map(|account| Event::ProfileChanged { account }));
        events.extend(self.join_requests.into_iter().map(|conversation| Event::JoinRequests { conversation }));
        events.extend(self.presences.into_values().map(Event::Presence));
        events.extend(self.typing.into_iter().map(typing));
        events
    }
}

/// Who watches whose presence, and whose has changed since that was last told.
#[derive(Debug, Default)]
pub(super) struct Watches {
    watchers: HashMap<AccountId, Vec<Arc<Mailbox>>>,
    watched: HashMap<u64, Vec<AccountId>>,
    changed: BTreeSet<AccountId>,
}

impl Index {
    /// Whether a device of the account is connected.
    pub(super) fn is_online(&self, account: AccountId) -> bool {
        self.accounts.get(&account).is_some_and(|found| found.iter().any(|mailbox| mailbox.device.is_some()))
    }

    /// To be called when a connection has come or gone, with whether the account was there before.
    pub(super) fn note_presence(&mut self, account: AccountId, was_online: bool) {
        if self.is_online(account) != was_online {
            self.watches.changed.insert(account);
        }
    }

    /// Forgets whom a connection watches.
    pub(super) fn unwatch(&mut self, number: u64) {
        for account in self.watches.watched.remove(&number).unwrap_or_default() {
            remove(&mut self.watches.watchers, account, number);
        }
    }
}

impl Hub {
    /// Tells `devices` that someone types or no longer does, but not that person's own.
    pub(crate) fn tell_typing(&self, devices: &[DeviceId], typing: Typing) {
        let index = lock(&self.index);
        let mailboxes = devices.iter().filter_map(|device| index.devices.get(device)).flatten();
        for mailbox in mailboxes.filter(|mailbox| mailbox.account != typing.account) {
            mailbox.tell(|waiting| {
                let key = (typing.conversation, typing.account);
                let people = &mut waiting.people.typing;
                if people.len() < TYPING_WAITING_MAX || people.contains_key(&key) {
                    people.insert(key, typing.typing);
                }
            });
        }
    }

    /// Has the connections of `device` told of the presence of `accounts`, in place of those before.
    pub(crate) fn watch(&self, device: DeviceId, accounts: &[AccountId]) {
        let mut index = lock(&self.index);
        for mailbox in index.devices.get(&device).cloned().unwrap_or_default() {
            index.unwatch(mailbox.number);
            index.watches.watched.insert(mailbox.number, accounts.to_vec());
            for account in accounts {
                index.watches.watchers.entry(*account).or_default().push(Arc::clone(&mailbox));
            }
        }
    }

    /// Whether a device of the account is connected.
    pub(crate) fn is_online(&self, account: AccountId) -> bool {
        lock(&self.index).is_online(account)
    }

    /// Takes the accounts that came or went since this was last called, each with whether it is there.
    pub(crate) fn take_presence_changes(&self) -> Vec<(AccountId, bool)> {
        let mut index = lock(&self.index);
        let changed = std::mem::take(&mut index.watches.changed);
        changed.into_iter().map(|account| (account, index.is_online(account))).collect()
    }

    /// Has the account's presence told anew.
    pub(crate) fn presence_changed(&self, account: AccountId) {
        lock(&self.index).watches.changed.insert(account);
    }

    /// The accounts of those who watch the account's presence.
    pub(crate) fn watchers(&self, account: AccountId) -> Vec<AccountId> {
        let index = lock(&self.index);
        let mailboxes = index.watches.watchers.get(&account).into_iter().flatten();
        mailboxes.map(|mailbox| mailbox.account).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Tells those who watch it, of these accounts, of someone's presence.
    pub(crate) fn tell_presence(&self, viewers: &BTreeSet<AccountId>, presence: Presence) {
        let index = lock(&self.index);
        let mailboxes = index.watches.watchers.get(&presence.account).into_iter().flatten();
        for mailbox in mailboxes.filter(|mailbox| viewers.contains(&mailbox.account)) {
            mailbox.tell(|waiting| {
                waiting.people.presences.insert(presence.account, presence);
            });
        }
    }

    /// Tells the account's devices of its settings, but not the session that changed them.
    pub(crate) fn tell_settings(&self, account: AccountId, but: TokenHash, settings: AccountSettings) {
        let index = lock(&self.index);
        let mailboxes = index.accounts.get(&account).into_iter().flatten();
        for mailbox in mailboxes.filter(|mailbox| mailbox.session != but) {
            mailbox.tell(|waiting| waiting.people.settings = Some(settings));
        }
    }

    /// Tells `accounts` that the profile of `changed` is another one.
    pub(crate) fn tell_profile(&self, accounts: &[AccountId], changed: AccountId) {
        self.tell_people(accounts, |people| {
            people.profiles.insert(changed);
        });
    }

    /// Tells `accounts` that requests to join a conversation came or went.
    pub(crate) fn tell_join_requests(&self, accounts: &[AccountId], conversation: ConversationId) {
        self.tell_people(accounts, |people| {
            people.join_requests.insert(conversation);
        });
    }

    fn tell_people(&self, accounts: &[AccountId], change: impl Fn(&mut People)) {
        self.tell_accounts(accounts, |waiting: &mut Waiting| change(&mut waiting.people));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: AccountId = AccountId([1; 16]);
    const BOB: AccountId = AccountId([2; 16]);
    const PHONE: DeviceId = DeviceId([3; 16]);
    const LAPTOP: DeviceId = DeviceId([4; 16]);
    const BOBS: DeviceId = DeviceId([5; 16]);
    const CHAT: ConversationId = ConversationId([6; 16]);

    #[test]
    fn only_the_first_device_and_the_last_one_change_a_presence() {
        let hub = Hub::default();
        let without_device = hub.register(ALICE, None, [0; 32]);
        assert_eq!(hub.take_presence_changes(), []);
        let phone = hub.register(ALICE, Some(PHONE), [0; 32]);
        assert_eq!(hub.take_presence_changes(), [(ALICE, true)]);
        let laptop = hub.register(ALICE, Some(LAPTOP), [0; 32]);
        drop(phone);
        assert_eq!(hub.take_presence_changes(), []);
        drop(laptop);
        assert_eq!(hub.take_presence_changes(), [(ALICE, false)]);
        drop(without_device);
        assert_eq!(hub.take_presence_changes(), []);
    }

    #[test]
    fn a_watch_replaces_the_one_before_and_goes_with_its_connection() {
        let hub = Hub::default();
        let bobs = hub.register(BOB, Some(BOBS), [0; 32]);
        hub.watch(BOBS, &[ALICE, BOB]);
        hub.watch(BOBS, &[ALICE]);
        assert_eq!((hub.watchers(ALICE), hub.watchers(BOB)), (vec![BOB], Vec::new()));
        let presence = Presence { account: ALICE, online: true, last_seen: None };
        hub.tell_presence(&BTreeSet::from([ALICE]), presence);
        assert_eq!(bobs.take().people.into_events(), [], "Bob is not among those who may see it");
        hub.tell_presence(&BTreeSet::from([BOB]), presence);
        assert_eq!(bobs.take().people.into_events(), [Event::Presence(presence)]);
        drop(bobs);
        assert_eq!(hub.watchers(ALICE), []);
        assert!(lock(&hub.index).watches.watched.is_empty());
    }

    #[test]
    fn typing_is_told_to_others_only_and_the_newest_counts() {
        let hub = Hub::default();
        let (phone, bobs) = (hub.register(ALICE, Some(PHONE), [0; 32]), hub.register(BOB, Some(BOBS), [0; 32]));
        for typing in [true, false] {
            hub.tell_typing(&[PHONE, BOBS], Typing { conversation: CHAT, account: ALICE, typing });
        }
        let told = Event::Typing(Typing { conversation: CHAT, account: ALICE, typing: false });
        assert_eq!(bobs.take().people.into_events(), [told]);
        assert_eq!(phone.take().people.into_events(), []);
    }
}
