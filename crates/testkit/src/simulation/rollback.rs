//! Schedules whose server is put back to what it was a while before, in the midst of everything else that goes wrong.
//! Nothing that a device has shown disappears from it, and every conversation that the server still has goes on without
//! anyone doing anything.

use std::collections::BTreeSet;

use sealpost_client::snapshot::{ItemContent, Notice, StopCause, TimelineItem};
use sealpost_protocol::{ClientId, ConversationId};

use super::{
    Counts, Schedule, Violation, beginning::Beginning, check, judged, people::People, settle, truth, world::World,
};

/// A message on a device: what was said in a chat that gave way to another goes there.
type OnDevice = (usize, String);

/// Runs a schedule whose server loses what it took in its second half, until every conversation has gone on.
///
/// # Errors
/// Says what is wrong and how to replay it.
pub fn run_with_rollback(schedule: Schedule) -> Result<Counts, Violation> {
    // Who signs in since the copy is unknown to it, and signs in again: that is another story.
    judged(Schedule { late_devices: 0, ..schedule }, simulate)
}

fn simulate(schedule: &Schedule) -> Result<Counts, String> {
    let (mut world, list) = Beginning::of(schedule)?.world(schedule)?;
    let mut people = People::begin(&mut world, list, schedule.engine())?;
    // Who left a group in what was lost is a member again for everyone else: another story.
    people.all_stay = true;
    people.live(&mut world, schedule)?;
    let copy = world.copy_server()?;
    people.live(&mut world, schedule)?;
    let before = shown(&world, &people);
    world.put_server_back(&copy)?;
    settle(&mut world, &mut people, check::is_settled)?;
    let after = shown(&world, &people);
    if let Some((device, key)) = before.difference(&after).next() {
        return Err(format!("device {device} does not show {key} any more"));
    }
    let said = everyone_says_something(&mut world, &mut people)?;
    settle(&mut world, &mut people, check::is_settled)?;
    everyone_shows(&world, &said)?;
    Ok(world.counts)
}

/// What devices show and may not lose: not what was deleted, nor what may disappear by itself.
pub(super) fn shown(world: &World, people: &People) -> BTreeSet<OnDevice> {
    let mut all = BTreeSet::new();
    for (number, device) in world.honest() {
        for row in device.conversations() {
            let items = device.timeline(row.conversation).into_iter().flat_map(|timeline| timeline.items);
            let lasts = |item: &TimelineItem| {
                let deleted = item.key.parse().is_ok_and(|id: ClientId| people.amended.deleted.contains(&id));
                matches!(&item.content, ItemContent::Message(message) if message.expires.is_none()) && !deleted
            };
            let timed = device.details(row.conversation).is_some_and(|details| details.timer.is_some());
            let kept = items.filter(|item| lasts(item) && !(timed || people.amended.timed));
            all.extend(kept.map(|item| (number, item.key)));
        }
    }
    all
}

/// Every device says something wherever it can.
pub(super) fn everyone_says_something(
    world: &mut World,
    people: &mut People,
) -> Result<Vec<(ConversationId, String)>, String> {
    let truth = truth::read(&world.node.database())?;
    let mut said = Vec::new();
    let honest: Vec<usize> = world.honest().map(|(number, _)| number).collect();
    for device in honest {
        for row in world.devices[device].conversations() {
            let there = truth.contains_key(&row.conversation) && !row.ended && !row.read_only && !row.request;
            if there && let Some(id) = people.say_in(world, device, row.conversation) {
                said.extend(people.said.get(&id).map(|said| (row.conversation, said.text.clone())));
            }
        }
    }
    Ok(said)
}

/// Every device of every member shows what was said last, once, and none had to stop. It is known by its text: what is sent
/// again has another id. Where two logs came to the same epoch, what was said first after that may be unreadable to some: it
/// comes again.
pub(super) fn everyone_shows(world: &World, said: &[(ConversationId, String)]) -> Result<(), String> {
    let truth = truth::read(&world.node.database())?;
    for (number, device) in world.honest() {
        let account = device.account().ok_or_else(|| format!("device {number} is not signed in"))?;
        for (at, _) in truth.iter().filter(|(_, known)| known.members.contains(&account)) {
            let timeline = device.timeline(*at).ok_or_else(|| format!("device {number} does not show {at}"))?;
            // What disappears by itself may have done so.
            let timed = device.details(*at).is_some_and(|details| details.timer.is_some());
            for (_, text) in said.iter().filter(|(there, _)| there == at && !timed) {
                let times = timeline.items.iter().filter(|item| says(item, text)).count();
                // Who had no device for a while is added when they have one again, perhaps after that.
                let may_miss = world.signed_out.contains(&number);
                if times != 1 && !(may_miss && times == 0) {
                    return Err(format!("device {number} shows {text:?} in {at} {times} times"));
                }
            }
            if device.conversations().iter().any(|row| row.conversation == *at && row.stopped) {
                return Err(format!("device {number} does not go on in {at}"));
            }
            if let Some(stop) = timeline.items.iter().find(|item| is_stop(item) && !may_have_stopped(world, item)) {
                return Err(format!("device {number} tells of {:?} in {at}", stop.content));
            }
        }
    }
    Ok(())
}

fn is_stop(item: &TimelineItem) -> bool {
    matches!(item.content, ItemContent::Notice(Notice::Stopped { .. }))
}

/// Where the server joined groups in what it told, devices stopped there until it told them something else.
fn may_have_stopped(world: &World, item: &TimelineItem) -> bool {
    let notice = match &item.content {
        ItemContent::Notice(notice) => notice,
        _ => return false,
    };
    let by_intruder = matches!(notice, Notice::Stopped { cause: StopCause::Rule | StopCause::Identity });
    world.lies.intrusions > 0 && by_intruder
}

fn says(item: &TimelineItem, wanted: &str) -> bool {
    matches!(&item.content, ItemContent::Message(message) if message.text == wanted)
}
