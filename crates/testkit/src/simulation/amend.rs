//! What the simulated people do to messages that are there, to groups and to how chats stand.
//!
//! Whether a change was still taken is up to the network; `agree` says what is expected of all devices in the end.

use std::collections::{BTreeMap, BTreeSet};

use rand::{Rng, seq::SliceRandom};
use sealpost_client::{
    command::{Arrangement, Command},
    snapshot::{ConversationRow, ItemContent, Message, TimelineItem},
};
use sealpost_protocol::{AccountId, ClientId, ConversationId, conversation::ConversationKind};

use super::{people::People, world::World};

const EMOJI: [&str; 3] = ["👍", "❤️", "🎉"];
/// A time long after every simulation.
const ALWAYS: u64 = 9_007_199_254_740_991;
/// For how long chats are muted that are not muted for ever, in milliseconds.
const HOUR: u64 = 60 * 60 * 1000;
/// After how many seconds messages disappear.
pub(super) const TIMER: u32 = 30;

/// What was done to messages and chats, as far as it matters in the end.
#[derive(Default)]
pub(super) struct Amended {
    /// Messages whose text somebody changed, or tried to.
    pub edited: BTreeSet<ClientId>,
    /// Into what, and who did.
    pub texts: BTreeMap<String, AccountId>,
    /// Messages that somebody deleted for everyone, or tried to.
    pub deleted: BTreeSet<ClientId>,
    /// Messages were to disappear somewhere.
    pub timed: bool,
    /// Who left a group or was removed from it, or was to be. They may have missed what was done meanwhile.
    pub parted: BTreeSet<(ConversationId, AccountId)>,
    /// What was said in the end where messages disappear.
    pub to_disappear: BTreeSet<(ConversationId, ClientId)>,
    /// Who once did not tell how far they read.
    pub discreet: BTreeSet<AccountId>,
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
        // Polls are rare, and asked to be voted in.
        let polls: Vec<_> = messages.iter().filter(|(_, message)| message.poll.is_some()).copied().collect();
        let among = if polls.is_empty() || world.rng.gen_bool(0.6) { &messages } else { &polls };
        let Some((item, message)) = among.choose(&mut world.rng) else { return };
        let (conversation, key) = (row.conversation, item.key.clone());
        let command = match world.rng.gen_range(0..10) {
            0..3 if message.own => self.edit(conversation, key, message.sender.account, world.rng.r#gen()),
            3..5 if message.own => self.delete(conversation, key),
            _ if message.poll.is_some() => vote(world, conversation, key, message),
            _ => {
                let emoji = EMOJI.choose(&mut world.rng).copied().unwrap_or_default().to_owned();
                Command::React { conversation, key, emoji, add: world.rng.gen_bool(0.7) }
            }
        };
        // The change, and for a deletion that comes with it nothing more in the log.
        self.amended.changes += 1;
        world.command(device, command);
    }

    fn edit(&mut self, conversation: ConversationId, key: String, by: AccountId, number: u16) -> Command {
        self.amended.edited.extend(key.parse::<ClientId>());
        let text = format!("other text {number} of {key}");
        self.amended.texts.insert(text.clone(), by);
        Command::EditText { conversation, key, text }
    }

    fn delete(&mut self, conversation: ConversationId, key: String) -> Command {
        self.amended.deleted.extend(key.parse::<ClientId>());
        Command::DeleteMessages { conversation, keys: vec![key], everyone: true }
    }

    /// An admin changes a group: its name, its description, or who is admin.
    pub(super) fn change_group(&mut self, world: &mut World) {
        let Some(device) = self.device(world) else { return };
        let mut rows = world.devices[device].conversations();
        rows.retain(|row| row.kind == ConversationKind::Group && world.devices[device].may_add(row.conversation));
        let Some(conversation) = rows.choose(&mut world.rng).map(|row| row.conversation) else { return };
        let others = self.others(world, device, 1);
        let command = match (world.rng.gen_range(0..10), others.first()) {
            (0..3, _) => {
                let name = self.new_group_name(Some(conversation));
                Command::ChangeGroup { conversation, name: Some(name), description: None, picture: None }
            }
            (3..5, _) => {
                let description = Some(format!("description {}", world.rng.r#gen::<u16>()));
                Command::ChangeGroup { conversation, name: None, description, picture: None }
            }
            (_, Some(&account)) => Command::SetAdmin { conversation, account, admin: world.rng.gen_bool(0.7) },
            (_, None) => return,
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
        // The new key, which whoever adds someone at the same moment tells them once more.
        self.amended.changes += 2;
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
        1 => {
            let until = if world.rng.gen_bool(0.5) { ALWAYS } else { world.agenda.now() + HOUR };
            Arrangement::Mute { until: row.muted_until.is_none().then_some(until) }
        }
        _ => Arrangement::Archive { archived: !row.archived },
    };
    world.command(device, Command::ArrangeConversation { conversation: row.conversation, arrangement });
}

/// Someone chooses in a poll, or takes it back.
fn vote(world: &mut World, conversation: ConversationId, key: String, message: &Message) -> Command {
    let options = message.poll.as_ref().map_or(0, |poll| u32::try_from(poll.options.len()).unwrap_or_default());
    let mut choices: Vec<u32> = (0..options).filter(|_| world.rng.gen_bool(0.5)).collect();
    if message.poll.as_ref().is_some_and(|poll| !poll.multiple) {
        choices.truncate(1);
    }
    Command::Vote { conversation, key, choices }
}

fn message(item: &TimelineItem) -> Option<(&TimelineItem, &Message)> {
    match &item.content {
        ItemContent::Message(message) => Some((item, message)),
        _ => None,
    }
}
