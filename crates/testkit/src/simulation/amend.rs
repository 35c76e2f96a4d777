//! What the simulated people do to messages that are there and to how chats stand, and that everyone sees the same of it.
//!
//! Whether a change was still taken is up to the network; so nothing here is expected of one device that is not expected
//! of all: in the end every device that shows a message shows it in the same state.

use std::collections::{BTreeMap, BTreeSet};

use rand::{Rng, seq::SliceRandom};
use sealpost_client::{
    command::{Arrangement, Command},
    snapshot::{ConversationRow, ItemContent, Message, TimelineItem},
};
use sealpost_protocol::{AccountId, ClientId, ConversationId, Timestamp, conversation::ConversationKind};

use super::{people::People, world::World};

const EMOJI: [&str; 3] = ["👍", "❤️", "🎉"];
/// A time long after every simulation.
const ALWAYS: u64 = 9_007_199_254_740_991;

/// What was done to messages and chats, as far as it matters in the end.
#[derive(Default)]
pub(super) struct Amended {
    /// Messages whose text somebody changed, or tried to.
    pub edited: BTreeSet<ClientId>,
    /// Messages that somebody deleted for everyone, or tried to.
    pub deleted: BTreeSet<ClientId>,
    /// Conversations in which messages were to disappear.
    pub timed: BTreeSet<ConversationId>,
    /// Who left a group or was removed from it, or was to be. They may have missed what was done meanwhile.
    pub parted: BTreeSet<(ConversationId, AccountId)>,
    /// How many changes may be in the logs beside what people said.
    pub changes: usize,
}

impl People {
    /// Someone reacts to a message, changes or deletes an own one, or arranges a chat.
    pub(super) fn amend(&mut self, world: &mut World) {
        let Some(device) = self.device(world) else { return };
        let rows = world.devices[device].conversations();
        let Some(row) = rows.choose(&mut world.rng) else { return };
        if world.rng.gen_bool(0.25) {
            return arrange(world, device, row);
        }
        let Some(timeline) = world.devices[device].timeline(row.conversation) else { return };
        let messages: Vec<(&TimelineItem, &Message)> = timeline.items.iter().filter_map(message).collect();
        let Some((item, message)) = messages.choose(&mut world.rng) else { return };
        let (conversation, key) = (row.conversation, item.key.clone());
        let command = match world.rng.gen_range(0..10) {
            0..3 if message.own => self.edit(conversation, key, world.rng.r#gen()),
            3..5 if message.own => self.delete(conversation, key),
            _ => {
                let emoji = EMOJI.choose(&mut world.rng).copied().unwrap_or_default().to_owned();
                Command::React { conversation, key, emoji, add: world.rng.gen_bool(0.7) }
            }
        };
        // The change, and for a deletion that comes with it nothing more in the log.
        self.amended.changes += 1;
        world.command(device, command);
    }

    fn edit(&mut self, conversation: ConversationId, key: String, number: u16) -> Command {
        self.amended.edited.extend(key.parse::<ClientId>());
        Command::EditText { conversation, key, text: format!("other text {number}") }
    }

    fn delete(&mut self, conversation: ConversationId, key: String) -> Command {
        self.amended.deleted.extend(key.parse::<ClientId>());
        Command::DeleteMessages { conversation, keys: vec![key], everyone: true }
    }

    /// An admin changes a group: its name, who is admin, or after what time messages disappear.
    pub(super) fn change_group(&mut self, world: &mut World) {
        let Some(device) = self.device(world) else { return };
        let mut rows = world.devices[device].conversations();
        rows.retain(|row| row.kind == ConversationKind::Group && world.devices[device].may_add(row.conversation));
        let Some(conversation) = rows.choose(&mut world.rng).map(|row| row.conversation) else { return };
        let others = self.others(world, device, 1);
        let command = match (world.rng.gen_range(0..10), others.first()) {
            (0..4, _) => {
                let name = format!("group {}", self.group_names.len());
                self.group_names.push(name.clone());
                Command::ChangeGroup { conversation, name: Some(name), description: None, picture: None }
            }
            (4..7, Some(&account)) => Command::SetAdmin { conversation, account, admin: world.rng.gen_bool(0.7) },
            _ => {
                self.amended.timed.insert(conversation);
                let seconds = world.rng.gen_bool(0.5).then_some(30);
                Command::SetTimer { conversation, seconds }
            }
        };
        // A change of the state is announced.
        self.amended.changes += 1;
        world.command(device, command);
    }

    /// Someone leaves a group, or an admin removes someone.
    pub(super) fn part(&mut self, world: &mut World) {
        let Some(device) = self.device(world) else { return };
        let mut rows = world.devices[device].conversations();
        rows.retain(|row| row.kind == ConversationKind::Group && !row.ended);
        let Some(conversation) = rows.choose(&mut world.rng).map(|row| row.conversation) else { return };
        let others = world.devices[device].members(conversation);
        let me = world.devices[device].account();
        let others: Vec<_> = others.into_iter().filter(|account| Some(*account) != me).collect();
        let other = others.choose(&mut world.rng).copied();
        let (command, gone) = match (world.rng.gen_bool(0.5), other) {
            (true, Some(account)) => (Command::RemoveMembers { conversation, members: vec![account] }, other),
            _ => (Command::LeaveGroup { conversation, successor: other }, me),
        };
        self.amended.parted.extend(gone.map(|account| (conversation, account)));
        // Whoever removes them sends a new key.
        self.amended.changes += 1;
        world.command(device, command);
    }

    /// Whether a person may have missed what was said and done in a conversation, and may have failed to say something.
    pub(super) fn may_have_parted(&self, at: ConversationId, account: AccountId) -> bool {
        self.amended.parted.contains(&(at, account))
    }

    /// Whether what a device shows of a message may differ from what was said.
    pub(super) fn may_have_changed(&self, id: &ClientId) -> bool {
        self.amended.edited.contains(id) || self.amended.deleted.contains(id)
    }
}

fn arrange(world: &mut World, device: usize, row: &ConversationRow) {
    let arrangement = match world.rng.gen_range(0..3) {
        0 => Arrangement::Pin { pinned: !row.pinned },
        1 => Arrangement::Mute { until: row.muted_until.is_none().then_some(ALWAYS) },
        _ => Arrangement::Archive { archived: !row.archived },
    };
    world.command(device, Command::ArrangeConversation { conversation: row.conversation, arrangement });
}

fn message(item: &TimelineItem) -> Option<(&TimelineItem, &Message)> {
    match &item.content {
        ItemContent::Message(message) => Some((item, message)),
        _ => None,
    }
}

/// What all devices must agree on: a message's text, whether it was edited, and who reacted how.
type State = (String, bool, BTreeMap<String, BTreeSet<AccountId>>);

/// Whose chat, which, and when its newest message came: what is archived comes back with a newer one, and a device that
/// joined late may not have that.
type Place = (usize, ConversationId, Timestamp);

fn state(message: &Message) -> State {
    let people = |people: &[sealpost_client::snapshot::Person]| people.iter().map(|person| person.account).collect();
    let reactions = message.reactions.iter().map(|reaction| (reaction.emoji.clone(), people(&reaction.people)));
    (message.text.clone(), message.edited, reactions.collect())
}

/// Every device that shows a message shows it alike, one that was deleted nowhere; nothing that has expired is shown;
/// and a person's devices show their chats arranged alike.
pub(super) fn devices_agree(world: &World, people: &People) -> Result<(), String> {
    let mut known: BTreeMap<(ConversationId, String), (usize, Option<State>)> = BTreeMap::new();
    let mut arranged: BTreeMap<Place, (usize, (bool, bool, bool))> = BTreeMap::new();
    for (number, device) in world.devices.iter().enumerate() {
        let Some(account) = device.account() else { continue };
        for row in device.conversations() {
            let stands = (row.pinned, row.muted_until.is_some(), row.archived);
            let first = *arranged.entry((device.owner, row.conversation, row.time)).or_insert((number, stands));
            if first.1 != stands {
                return Err(format!(
                    "devices {} and {number} arrange {} differently: {:?} and {stands:?}",
                    first.0, row.conversation, first.1
                ));
            }
            if row.ended || people.may_have_parted(row.conversation, account) {
                continue;
            }
            let Some(timeline) = device.timeline(row.conversation) else { continue };
            for item in &timeline.items {
                let shown = match &item.content {
                    ItemContent::Message(message) => Some(state(message)),
                    ItemContent::Deleted { .. } => None,
                    _ => continue,
                };
                let key = (row.conversation, item.key.clone());
                let first = known.entry(key).or_insert_with(|| (number, shown.clone()));
                if first.1 != shown {
                    return Err(format!(
                        "devices {} and {number} show {} differently: {:?} and {shown:?}",
                        first.0, item.key, first.1
                    ));
                }
            }
        }
    }
    Ok(())
}
