//! What all devices must agree on in the end: messages with what was done to them, the state of conversations, how a person's
//! chats stand and what they chose; and that nothing is left whose time has come.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use sealpost_client::snapshot::{Details, ItemContent, Message, Person, Policy, Reaction, Settings, TimelineItem};
use sealpost_protocol::{
    AccountId, ConversationId, Request, Response, Timestamp,
    safety::{AccountSettings, SettingsRead},
};

use super::{
    amend::TIMER,
    device::Device,
    people::People,
    truth,
    world::{Happening, World},
};

/// How far devices' clocks may be apart, in milliseconds: what the slowest frame takes, and a little more.
const CLOCKS_APART: u64 = 5_000;

/// What the first device showed of something, and which it was.
struct First<K, V>(BTreeMap<K, (usize, V)>);

impl<K: Ord + Debug, V: PartialEq + Debug> First<K, V> {
    fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Compares what device `number` shows with what the first one showed.
    fn compare(&mut self, number: usize, of: K, shown: V) -> Result<(), String> {
        match self.0.get(&of) {
            Some((first, before)) if *before != shown => {
                Err(format!("devices {first} and {number} show {of:?} differently: {before:?} and {shown:?}"))
            }
            Some(_) => Ok(()),
            None => {
                self.0.insert(of, (number, shown));
                Ok(())
            }
        }
    }
}

/// A message: its text, whether it was edited, who reacted how, and who chose what.
type MessageState = (String, bool, Votes, Votes);

/// Whom each emoji, or each answer of a poll, has.
type Votes = BTreeMap<String, BTreeSet<AccountId>>;

/// A conversation: name, description, timer, what members may do, and who is an admin.
type ConversationState = (String, String, Option<u32>, Policy, BTreeMap<AccountId, bool>);

/// Everyone in a conversation has the same state of it.
pub(super) fn states_agree(world: &World) -> Result<(), String> {
    let mut states = First::new();
    for (number, device) in world.devices.iter().enumerate() {
        for row in device.conversations().iter().filter(|row| !row.ended) {
            if let Some(details) = device.details(row.conversation) {
                let shown = conversation_state(details, row.peer.is_some());
                states.compare(number, ("the state of", row.conversation), shown)?;
            }
        }
    }
    Ok(())
}

/// Every device that shows a message shows it alike, one that was deleted nowhere; everyone in a conversation has the same
/// state of it; and a person's devices show their chats arranged alike, the same unsent texts and the same settings.
pub(super) fn devices_agree(world: &World, people: &People) -> Result<(), String> {
    states_agree(world)?;
    let mut messages = First::new();
    let (mut arranged, mut drafts, mut chosen) = (First::new(), First::new(), First::new());
    for (number, device) in world.devices.iter().enumerate() {
        let Some(account) = device.account() else { continue };
        let settings = device.settings().ok_or_else(|| format!("device {number} has no settings"))?;
        the_server_knows(world, device, &settings).map_err(|what| format!("device {number}: {what}"))?;
        chosen.compare(number, ("settings of", device.owner), settings)?;
        for row in device.conversations() {
            let at = row.conversation;
            // What is archived comes back with a newer message, and a device that joined late may not have that.
            let stands = (row.pinned, row.muted_until, row.archived);
            arranged.compare(number, ("the place of", device.owner, at, row.time), stands)?;
            drafts.compare(number, ("the draft of", device.owner, at), row.draft)?;
            if row.ended {
                continue;
            }
            if people.may_have_parted(at, account) {
                continue;
            }
            for item in device.timeline(at).into_iter().flat_map(|timeline| timeline.items) {
                if let Some(shown) = message_state(&item) {
                    messages.compare(number, (at, item.key), shown)?;
                }
            }
        }
    }
    Ok(())
}

/// A message, or that it was deleted; nothing for notices.
fn message_state(item: &TimelineItem) -> Option<Option<MessageState>> {
    match &item.content {
        ItemContent::Message(message) => Some(Some(state(message))),
        ItemContent::Deleted { .. } => Some(None),
        _ => None,
    }
}

fn state(message: &Message) -> MessageState {
    let accounts = |people: &[Person]| people.iter().map(|person| person.account).collect();
    let reaction = |reaction: &Reaction| (reaction.emoji.clone(), accounts(&reaction.people));
    let options = message.poll.iter().flat_map(|poll| &poll.options);
    let votes = options.map(|option| (option.text.clone(), accounts(&option.people)));
    (message.text.clone(), message.edited, message.reactions.iter().map(reaction).collect(), votes.collect())
}

/// Of a direct chat everyone shows the other's name.
fn conversation_state(details: Details, direct: bool) -> ConversationState {
    let admins = details.members.iter().map(|member| (member.person.account, member.admin)).collect();
    let name = if direct { String::new() } else { details.name };
    (name, details.description, details.timer, details.policy, admins)
}

/// The server was told the part of the settings that it has to know.
fn the_server_knows(world: &World, device: &Device, settings: &Settings) -> Result<(), String> {
    match world.node.call(device.token.as_ref(), Request::SettingsRead(SettingsRead {})) {
        Ok(Response::SettingsRead(AccountSettings { read_receipts, presence, .. }))
            if (read_receipts, presence) == (settings.read_receipts, settings.presence) =>
        {
            Ok(())
        }
        other => Err(format!("chose {settings:?}, and the server has {other:?}")),
    }
}

/// No device shows a message whose time has come.
pub(super) fn nothing_outstays(world: &World) -> Result<(), String> {
    let now = world.agenda.now();
    for (number, device) in world.devices.iter().enumerate() {
        let over = |expires: Timestamp| device.real(expires).saturating_add(CLOCKS_APART) < now;
        for row in device.conversations() {
            for item in device.timeline(row.conversation).into_iter().flat_map(|timeline| timeline.items) {
                if matches!(&item.content, ItemContent::Message(message) if message.expires.is_some_and(over)) {
                    return Err(format!("device {number} still shows {} at {now}", item.key));
                }
            }
        }
    }
    Ok(())
}

/// What was said last where messages disappear goes when its time has come: from every device, whose own clock does it, and
/// then from the server, which keeps a blank entry.
pub(super) fn the_last_goes(world: &mut World, people: &People) -> Result<(), String> {
    world.live_on(u64::from(TIMER) * 1000 + CLOCKS_APART + 1)?;
    for (at, id) in &people.amended.to_disappear {
        shown_nowhere(world, *at, &id.to_string())?;
    }
    world.agenda.enter(world.agenda.now(), Happening::TellsCursors);
    world.live_on(CLOCKS_APART)?;
    let truth = truth::read(&world.node.database())?;
    for (at, id) in &people.amended.to_disappear {
        if !truth.get(at).is_some_and(|known| known.blank.contains(id)) {
            return Err(format!("the server still has {id} in {at}, whose time has come"));
        }
    }
    Ok(())
}

fn shown_nowhere(world: &World, at: ConversationId, key: &str) -> Result<(), String> {
    let shows =
        |device: &Device| device.timeline(at).is_some_and(|timeline| timeline.items.iter().any(|item| item.key == key));
    match world.devices.iter().position(shows) {
        Some(number) => Err(format!("device {number} still shows {key}, whose time has come")),
        None => Ok(()),
    }
}
