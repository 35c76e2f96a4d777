//! What must be true at the end of every simulation.

use std::collections::{BTreeMap, BTreeSet};

use sealpost_client::snapshot::{ConversationRow, Delivery, ItemContent, Message, Notice, Person, Timeline};
use sealpost_protocol::{
    AccountId, ClientId, ConversationId, DeviceId, Request, Response, account::MeRead, conversation::ConversationKind,
};

use super::{
    agree,
    device::Device,
    people::{People, Said},
    truth::{self, TrueConversation, Truth},
    world::World,
};

/// Whether everyone has everything: what the end waits for. Says what is missing.
pub(super) fn is_settled(world: &World, _: &People) -> Result<(), String> {
    let truth = truth::read(&world.node.database())?;
    for (number, device) in world.honest() {
        let Some(account) = device.account() else {
            return Err(format!("device {number} is not signed in"));
        };
        let archive = device.archive().ok_or_else(|| format!("device {number} has no archive"))?;
        if archive.waiting || archive.restored < archive.total {
            return Err(format!("device {number} has not got what the archive has: {archive:?}"));
        }
        let rows = device.conversations();
        for (conversation, known) in truth.iter().filter(|(_, known)| known.members.contains(&account)) {
            let row = rows.iter().find(|row| row.conversation == *conversation);
            let Some(row) = row.filter(|row| !row.joining) else {
                return Err(format!("device {number} has not joined {conversation}"));
            };
            let seq = device.timeline(row.conversation).map(|timeline| timeline.last_seq);
            if seq != Some(known.last_seq) {
                return Err(format!("device {number} is at {seq:?} of {} in {conversation}", known.last_seq));
            }
        }
        for row in &rows {
            let Some(timeline) = device.timeline(row.conversation) else { continue };
            // Who is out of a group does not learn who gets what, who is alone in one sends to nobody, who knows what a
            // malicious device says that it has, and a device that lost everything does not get it again.
            let is_told = !row.ended && world.malice.device.is_none() && !world.forgetful;
            let to_somebody = is_told && device.members(row.conversation).len() > 1;
            let under_way = |delivery: &Delivery| match delivery {
                Delivery::Pending => true,
                Delivery::Sent => to_somebody,
                _ => false,
            };
            if let Some(delivery) = own_deliveries(&timeline).find(under_way) {
                return Err(format!("device {number} shows a message as {delivery:?} in {}", row.conversation));
            }
        }
    }
    Ok(())
}

/// Everything that must be true once it is settled. Gives how many entries the logs have.
pub(super) fn check(world: &World, people: &People) -> Result<u64, String> {
    let truth = truth::read(&world.node.database())?;
    every_intent_is_sent_once(people, &truth)?;
    agree::devices_agree(world, people)?;
    agree::nothing_outstays(world)?;
    let devices = device_ids(world)?;
    for (number, device) in world.devices.iter().enumerate() {
        let account = device.account().ok_or_else(|| format!("device {number} is not signed in"))?;
        let rows = device.conversations();
        one_direct_chat_for_each_pair(&rows).map_err(|what| format!("device {number}: {what}"))?;
        for row in &rows {
            let name = || format!("device {number}, conversation {} ({})", row.conversation, row.name);
            let known = truth.get(&row.conversation).ok_or_else(|| format!("{}: only here", name()))?;
            names_and_members_are_right(device, account, row, known, people)
                .and_then(|()| {
                    let own = world.devices.iter().zip(&devices);
                    let own = own.filter(|(device, _)| device.account() == Some(account)).map(|(_, id)| id);
                    let first = own.filter_map(|id| known.joined.get(id)).min().copied();
                    let since = Since { own: known.joined.get(&devices[number]).copied(), first };
                    shows_the_log(device, since, row.conversation, known, people, account)
                })
                .map_err(|what| format!("{}: {what}", name()))?;
        }
    }
    Ok(truth.values().map(|conversation| conversation.last_seq).sum())
}

/// Every own message must have come to be read by everyone.
pub(super) fn everything_is_read(world: &World, people: &People) -> Result<(), String> {
    for (number, device) in world.devices.iter().enumerate() {
        for row in device.conversations().into_iter().filter(|row| !row.ended) {
            let Some(timeline) = device.timeline(row.conversation) else { continue };
            let members = device.members(row.conversation);
            // Who keeps it to themselves is not known to have read.
            let told = members.len() > 1 && !members.iter().any(|member| people.amended.discreet.contains(member));
            let unread = |delivery: &Delivery| told && !matches!(delivery, Delivery::Read | Delivery::Failed);
            if let Some(delivery) = own_deliveries(&timeline).find(unread) {
                return Err(format!("device {number} shows {delivery:?} in {} after all was read", row.conversation));
            }
            if row.unread > 0 {
                return Err(format!("device {number} counts {} unread after all was read", row.unread));
            }
        }
    }
    Ok(())
}

fn every_intent_is_sent_once(people: &People, truth: &Truth) -> Result<(), String> {
    let mut sent: BTreeMap<ClientId, u32> = BTreeMap::new();
    for (_, id) in truth.values().flat_map(|conversation| &conversation.messages) {
        *sent.entry(*id).or_default() += 1;
    }
    let changes = sent.keys().filter(|id| !people.said.contains_key(id)).count();
    if changes > people.amended.changes {
        return Err(format!("{changes} changes were sent though people made {} at most", people.amended.changes));
    }
    for (id, said) in &people.said {
        let times = sent.get(id).copied().unwrap_or_default();
        let right = match said.taken {
            // Deleted before it was sent, it need not be sent any more.
            Some(true) if people.amended.deleted.contains(id) || people.may_have_parted(said.at, said.by) => times <= 1,
            Some(true) => times == 1,
            Some(false) => times == 0,
            None => times <= 1,
        };
        if !right {
            return Err(format!("{:?} ({id}, taken: {:?}) was sent {times} times", said.text, said.taken));
        }
    }
    Ok(())
}

fn one_direct_chat_for_each_pair(rows: &[ConversationRow]) -> Result<(), String> {
    let mut peers = BTreeSet::new();
    for row in rows.iter().filter(|row| row.kind == ConversationKind::Direct) {
        let peer = row.peer.as_ref().ok_or_else(|| format!("{} has no peer", row.conversation))?;
        if !peers.insert(peer.account) {
            return Err(format!("two direct chats with {}", peer.username));
        }
    }
    Ok(())
}

fn names_and_members_are_right(
    device: &Device,
    me: AccountId,
    row: &ConversationRow,
    known: &TrueConversation,
    people: &People,
) -> Result<(), String> {
    let members: BTreeSet<AccountId> = device.members(row.conversation).into_iter().collect();
    if !row.ended && members != known.members.iter().copied().collect() {
        return Err(format!("shows {} members, the server has {}", members.len(), known.members.len()));
    }
    let right = match row.kind {
        // Who was removed before the state came never had the name.
        ConversationKind::Group => match people.group_names.get(&row.name) {
            Some(group) => group.is_none_or(|group| group == row.conversation),
            None => row.ended && row.name.is_empty(),
        },
        ConversationKind::Direct => row.peer.as_ref().is_some_and(|Person { account, display_name, .. }| {
            *account != me && members.contains(account) && *display_name == row.name
        }),
    };
    if right { Ok(()) } else { Err("its name is wrong".to_owned()) }
}

/// A message as a device shows it.
struct Shown {
    id: ClientId,
    by: AccountId,
    text: String,
    failed: bool,
}

/// Where a device came into a conversation, and where the first one of its account did.
#[derive(Clone, Copy)]
struct Since {
    own: Option<u64>,
    first: Option<u64>,
}

/// A device shows every message since the first one of its account joined, once, in the order of the log, from whom it is,
/// and nothing else.
fn shows_the_log(
    device: &Device,
    since: Since,
    conversation: ConversationId,
    known: &TrueConversation,
    people: &People,
    me: AccountId,
) -> Result<(), String> {
    let timeline = device.timeline(conversation).ok_or("has no timeline")?;
    let shown = shown_messages(&timeline, people, me)?;
    // Which message has a timer follows from when it was written; the server was told.
    let timed = |id: &ClientId| people.amended.timed && (known.timed.contains(id) || known.blank.contains(id));
    let may_vanish = |id: &ClientId| people.amended.deleted.contains(id) || timed(id);
    let gone = |id: &ClientId| may_vanish(id) && !shown.iter().any(|message| message.id == *id);
    let said = known.messages.iter().filter_map(|(seq, id)| Some((*seq, id, people.said.get(id)?)));
    let expected: Vec<_> = said.filter(|(_, id, _)| !gone(id)).collect();
    if people.may_have_parted(conversation, me) {
        return shows_a_part(&shown, &expected, since.own);
    }
    since.own.ok_or("is no leaf at the server")?;
    let joined = since.first.unwrap_or_default();
    let expected = expected.into_iter().filter(|(seq, _, _)| *seq > joined);
    let expected: Vec<_> = expected.map(|(_, id, said)| (said.by, text_of(people, id, &said.text))).collect();
    let shown: Vec<_> = shown.into_iter().map(|message| (message.by, message.text)).collect();
    if shown == expected { Ok(()) } else { Err(difference(&shown, &expected, joined)) }
}

fn shown_messages(timeline: &Timeline, people: &People, me: AccountId) -> Result<Vec<Shown>, String> {
    let mut shown = Vec::new();
    for item in &timeline.items {
        match &item.content {
            ItemContent::Message(message) => {
                let Message { sender, own, text, delivery, .. } = &**message;
                if *own != (sender.account == me) {
                    return Err(format!("{text:?} is by {} and own is {own}", sender.username));
                }
                let id = item.key.parse().map_err(|_| format!("{} is no client id", item.key))?;
                let (text, failed) = (text_of(people, &id, text), matches!(delivery, Some(Delivery::Failed)));
                shown.push(Shown { id, by: sender.account, text, failed });
            }
            ItemContent::Deleted { .. } => {
                let id = item.key.parse::<ClientId>();
                if !id.is_ok_and(|id| people.amended.deleted.contains(&id)) {
                    return Err("shows a deletion that nobody asked for".to_owned());
                }
            }
            ItemContent::Unsupported { .. } => return Err("shows an unsupported message".to_owned()),
            ItemContent::Notice(
                notice @ (Notice::Unreadable { .. }
                | Notice::Stopped { .. }
                | Notice::OtherLog { .. }
                | Notice::OtherDevices { .. }),
            ) => return Err(format!("tells of {notice:?}")),
            ItemContent::Notice(_) => {}
        }
    }
    Ok(shown)
}

/// Who was out of a group for a while, or still is, shows what was said before, in the order of the log, and everything
/// since this device joined, if it did. What could not be said is shown as failed.
fn shows_a_part(shown: &[Shown], log: &[(u64, &ClientId, &Said)], joined: Option<u64>) -> Result<(), String> {
    let mut last = 0;
    for message in shown.iter().filter(|message| !message.failed) {
        let found = log.iter().find(|(_, id, _)| **id == message.id);
        let (seq, _, said) = found.ok_or_else(|| format!("shows {:?}, which nobody said here", message.text))?;
        if *seq <= last || said.by != message.by {
            return Err(format!("shows {:?} in the wrong place or as by another", message.text));
        }
        last = *seq;
    }
    let since = joined.map(|joined| log.iter().filter(move |(seq, _, _)| *seq > joined));
    match since.into_iter().flatten().find(|(_, id, _)| !shown.iter().any(|message| message.id == **id)) {
        Some((seq, _, said)) => Err(format!("does not show {:?}, which is entry {seq}", said.text)),
        None => Ok(()),
    }
}

/// What is compared of a message: its text, or that it is this message if somebody may have changed it.
fn text_of(people: &People, id: &ClientId, text: &str) -> String {
    if people.may_have_changed(id) { id.to_string() } else { text.to_owned() }
}

fn difference(shown: &[(AccountId, String)], expected: &[(AccountId, String)], joined: u64) -> String {
    let texts = |list: &[(AccountId, String)]| list.iter().map(|(_, text)| text.clone()).collect::<Vec<_>>().join(", ");
    format!("joined at {joined} and shows [{}] instead of [{}]", texts(shown), texts(expected))
}

fn own_deliveries(timeline: &Timeline) -> impl Iterator<Item = Delivery> {
    timeline.items.iter().filter_map(|item| match &item.content {
        ItemContent::Message(message) => message.delivery.clone(),
        _ => None,
    })
}

/// Under which id the server knows each device.
fn device_ids(world: &World) -> Result<Vec<DeviceId>, String> {
    let id = |device: &Device| match world.node.call(device.token.as_ref(), Request::MeRead(MeRead {})) {
        Ok(Response::MeRead(me)) => me.device.ok_or_else(|| "a session has no device".to_owned()),
        other => Err(format!("a device does not know who it is: {other:?}")),
    };
    world.devices.iter().map(id).collect()
}
