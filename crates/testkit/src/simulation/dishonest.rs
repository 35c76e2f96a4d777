//! Schedules in whose midst something happens beside everything else that goes wrong: a server lies to devices for a while,
//! or keeps little, a member has a changed app, devices lose their databases or sign out. Whatever anyone says: no honest
//! device loses what it has shown, shows what nobody said or anything twice, or takes anyone for a member who is none; and
//! once all is well again every conversation goes on without anyone doing anything.

use std::collections::{BTreeMap, BTreeSet};

use rand::Rng as _;
use sealpost_client::{
    command::{Command, Proof, SettingsChange},
    snapshot::{ConversationRow, Delivery, ItemContent},
};
use sealpost_protocol::{AccountId, ClientId, ConversationId, conversation::ConversationKind};

use super::{
    Counts, Faults, Schedule, Violation, agree,
    beginning::Beginning,
    check, judged,
    people::{People, Person},
    rollback::{everyone_says_something, everyone_shows, shown},
    settle, truth,
    world::World,
};

/// Most of what a lying server says that is a lie.
const LIES_MAX: f64 = 0.1;
/// Most of what a malicious device sends that is not as it should be.
const MALICE_MAX: f64 = 0.4;

/// So long everyone has a network before devices sign out, in milliseconds.
const BEFORE_SIGN_OUTS: u64 = 60_000;
/// Most devices that sign out at once.
const SIGN_OUTS_MAX: usize = 3;
/// Most databases that are lost at once.
const LOST_MAX: usize = 2;

/// Runs a schedule whose server lies in its second half, until every conversation has gone on.
///
/// # Errors
/// Says what is wrong and how to replay it.
pub fn run_with_lies(schedule: Schedule) -> Result<Counts, Violation> {
    judged(schedule, |schedule| {
        simulate(schedule, |world, _, lies| {
            world.lies.rate = if lies { world.rng.gen_range(0.0..LIES_MAX) } else { 0.0 };
            // What it withheld from devices that are connected they find when they connect anew.
            if lies { Ok(()) } else { world.restart_server() }
        })
    })
}

/// Runs a schedule in whose second half one of the first devices is malicious, until every conversation of the others has
/// gone on.
///
/// # Errors
/// Says what is wrong and how to replay it.
pub fn run_with_malice(schedule: Schedule) -> Result<Counts, Violation> {
    judged(schedule, |schedule| {
        simulate(schedule, |world, _, malicious| {
            if malicious {
                world.malice.device = Some(world.rng.gen_range(0..schedule.accounts));
            }
            world.malice.rate = if malicious { world.rng.gen_range(0.0..MALICE_MAX) } else { 0.0 };
            Ok(())
        })
    })
}

/// Runs a schedule before whose second half some devices lose their databases, until every conversation has gone on.
///
/// # Errors
/// Says what is wrong and how to replay it.
pub fn run_with_lost_databases(schedule: Schedule) -> Result<Counts, Violation> {
    judged(schedule, |schedule| {
        simulate(schedule, |world, _, lost| {
            world.loses_keys = true;
            for _ in 0..if lost { world.rng.gen_range(1..=LOST_MAX) } else { 0 } {
                let device = world.rng.gen_range(0..world.devices.len());
                world.lose_database(device)?;
            }
            Ok(())
        })
    })
}

/// Runs a schedule before whose second half some devices sign out or are revoked, and sign in again, until every
/// conversation has gone on without those that are not listed any more, and with one state for all.
///
/// # Errors
/// Says what is wrong and how to replay it.
pub fn run_with_sign_outs(schedule: Schedule) -> Result<Counts, Violation> {
    judged(schedule, |schedule| {
        simulate(schedule, |world, list, signed_out| {
            world.forgetful = true;
            if !signed_out {
                return Ok(());
            }
            // Whoever is the last to know something, and signs out without a network, takes it along.
            world.faults = Faults::NONE;
            world.heal();
            world.live_on(BEFORE_SIGN_OUTS)?;
            for _ in 0..world.rng.gen_range(1..=SIGN_OUTS_MAX) {
                let device = world.rng.gen_range(0..world.devices.len());
                if world.rng.gen_bool(0.5) {
                    world.command(device, Command::SignOut {});
                    world.signed_out.insert(device);
                } else {
                    revoke_others(world, device, list);
                }
            }
            Ok(())
        })
    })
}

/// Runs a schedule whose server from its second half on keeps messages for nobody's other devices, until every conversation
/// has gone on.
///
/// # Errors
/// Says what is wrong and how to replay it.
pub fn run_with_little_kept(schedule: Schedule) -> Result<Counts, Violation> {
    judged(schedule, |schedule| {
        simulate(schedule, |world, _, begins| {
            if begins && world.rng.gen_bool(0.7) {
                keep_no_archives(world);
            }
            world.node.retention.device_days = 0;
            world.restart_server()?;
            // Once more, by what it keeps now.
            world.restart_server()
        })
    })
}

fn simulate(
    schedule: &Schedule,
    turn: impl Fn(&mut World, &[Person], bool) -> Result<(), String>,
) -> Result<Counts, String> {
    let (mut world, list) = Beginning::of(schedule)?.world(schedule)?;
    let mut people = People::begin(&mut world, list, schedule.engine())?;
    people.all_stay = true;
    people.live(&mut world, schedule)?;
    turn(&mut world, &people.list, true)?;
    people.live(&mut world, schedule)?;
    nothing_is_made_up(&world, &people)?;
    turn(&mut world, &people.list, false)?;
    let before = shown(&world, &people);
    settle(&mut world, &mut people, is_settled_and_everyone_in)?;
    let after = shown(&world, &people);
    if let Some((device, key)) = before.difference(&after).find(|(device, _)| !world.signed_out.contains(device)) {
        return Err(format!("device {device} does not show {key} any more"));
    }
    let said = everyone_says_something(&mut world, &mut people)?;
    if world.loses_keys {
        name_the_nameless(&mut world, &mut people);
    }
    settle(&mut world, &mut people, is_settled_and_named)?;
    nothing_is_made_up(&world, &people)?;
    if world.ghosts_added > 0 {
        return Err(format!("{} times a device that there is not was to be added", world.ghosts_added));
    }
    if world.ahead > 0 {
        return Err(format!("{} times a device was in an epoch that the log never had", world.ahead));
    }
    everyone_shows(&world, &said)?;
    if world.forgetful {
        nobody_is_unlisted(&world)?;
    }
    world.counts.lies = world.lies.told + world.malice.done;
    world.counts.ghosts = world.lies.ghosts.len() as u64;
    world.counts.intrusions = world.lies.intrusions;
    if world.node.retention.device_days == 0 {
        people_have_everything(&world, &people)?;
    }
    Ok(world.counts)
}

/// Someone signs all their other devices out for good.
fn revoke_others(world: &mut World, device: usize, list: &[Person]) {
    let (devices, owner) = (world.devices[device].others(), world.devices[device].owner);
    let proof = Proof::Password { password: list[owner].password.clone() };
    world.counts.revoked += devices.len() as u64;
    world.command(device, Command::RevokeDevices { devices, proof });
    let others = world.devices.iter().enumerate().filter(|(other, state)| *other != device && state.owner == owner);
    let others: Vec<usize> = others.map(|(other, _)| other).collect();
    world.signed_out.extend(others);
}

/// Everyone turns the archive off: what a device misses it misses for good, and says so.
fn keep_no_archives(world: &mut World) {
    for device in 0..world.devices.len() {
        let change = SettingsChange { archive: Some(false), ..SettingsChange::default() };
        world.command(device, Command::ChangeSettings(change));
    }
}

/// Who alone knew the key of a group may have lost it: then nobody knows its name, and an admin gives it another.
fn name_the_nameless(world: &mut World, people: &mut People) {
    let mut nameless: BTreeMap<ConversationId, Option<usize>> = BTreeMap::new();
    for (number, device) in world.honest() {
        for row in device.conversations().iter().filter(|row| row.kind == ConversationKind::Group && !row.ended) {
            let admin = device.details(row.conversation).is_some_and(|details| details.admin);
            let by = nameless.entry(row.conversation).or_insert(None);
            *by = by.or(admin.then_some(number));
        }
    }
    for (_, device) in world.honest() {
        for row in device.conversations().iter().filter(|row| !row.name.is_empty() && !row.ended) {
            nameless.remove(&row.conversation);
        }
    }
    for (conversation, by) in nameless {
        let Some(by) = by else { continue };
        let name = Some(people.new_group_name(Some(conversation)));
        world.command(by, Command::ChangeGroup { conversation, name, description: None, picture: None });
    }
}

/// A malicious admin may write over the state of a group before anyone else has read it.
fn nobody_knows_its_name(world: &World, group: ConversationId) -> bool {
    let is_unknown = |row: &ConversationRow| row.conversation != group || row.name.is_empty();
    world.honest().all(|(_, device)| device.conversations().iter().all(is_unknown))
}

/// Whoever wrote last did so to nobody who is not listed any more.
fn nobody_is_unlisted(world: &World) -> Result<(), String> {
    for (id, conversation) in truth::read(&world.node.database())? {
        if let Some(device) = conversation.unlisted.first() {
            return Err(format!("{device} is in {id}, and not on its account's list"));
        }
    }
    Ok(())
}

/// Whatever single devices missed: between all their devices both sides of a direct chat have the same messages.
fn people_have_everything(world: &World, people: &People) -> Result<(), String> {
    if people.amended.timed {
        // What disappears does so on each device by itself.
        return Ok(());
    }
    let mut sides: BTreeMap<ConversationId, BTreeMap<AccountId, BTreeSet<String>>> = BTreeMap::new();
    for (_, device) in world.honest() {
        let Some(account) = device.account() else { continue };
        for row in device.conversations().iter().filter(|row| row.kind == ConversationKind::Direct) {
            let shown = sides.entry(row.conversation).or_default().entry(account).or_default();
            for item in device.timeline(row.conversation).into_iter().flat_map(|timeline| timeline.items) {
                // What was deleted may have gone before all had it.
                let is_deleted = item.key.parse().is_ok_and(|id: ClientId| people.amended.deleted.contains(&id));
                match &item.content {
                    ItemContent::Message(message) if message.delivery != Some(Delivery::Failed) && !is_deleted => {
                        shown.insert(item.key);
                    }
                    _ => {}
                }
            }
        }
    }
    for (conversation, sides) in sides {
        let mut all = sides.values();
        let first = all.next();
        if all.any(|other| Some(other) != first) {
            return Err(format!("the sides of {conversation} have different messages: {sides:?}"));
        }
    }
    Ok(())
}

/// Every message that a device shows was said by whom it says, in one place only, and every member that it shows is one.
fn nothing_is_made_up(world: &World, people: &People) -> Result<(), String> {
    let accounts: BTreeSet<AccountId> = people.list.iter().map(|person| person.account).collect();
    let changed = people.amended.texts.iter().map(|(text, by)| (text.as_str(), *by));
    let said = people.said.values().map(|said| (said.text.as_str(), said.by));
    let said: BTreeMap<&str, AccountId> = said.chain(changed).collect();
    for (number, device) in world.honest() {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for row in device.conversations() {
            if let Some(stranger) = device.members(row.conversation).iter().find(|member| !accounts.contains(member)) {
                return Err(format!("device {number} shows {stranger} in {}", row.conversation));
            }
            for item in device.timeline(row.conversation).into_iter().flat_map(|timeline| timeline.items) {
                let ItemContent::Message(message) = &item.content else { continue };
                // What is deleted may have no text any more.
                if item.key.parse().is_ok_and(|id: ClientId| people.amended.deleted.contains(&id)) {
                    continue;
                }
                let by = said.get(message.text.as_str());
                let by = by.ok_or_else(|| format!("device {number} shows {:?}, which nobody said", message.text))?;
                if *by != message.sender.account {
                    return Err(format!("device {number} shows {:?} as by another", message.text));
                }
                let place = format!("{} in {}", item.key, row.conversation);
                if let Some(before) = seen.insert(message.text.clone(), place.clone()) {
                    return Err(format!("device {number} shows {:?} twice: {before}, {place}", message.text));
                }
            }
        }
    }
    Ok(())
}

/// Whether everyone has everything, and everyone who is to be in a group is: what is said before that is not for them.
fn is_settled_and_everyone_in(world: &World, people: &People) -> Result<(), String> {
    check::is_settled(world, people)?;
    for (number, device) in world.honest() {
        for row in device.conversations().iter().filter(|row| !row.ended) {
            let details = device.details(row.conversation);
            if details.is_some_and(|details| details.members.iter().any(|member| member.waiting.is_some())) {
                return Err(format!("device {number} still changes the members of {}", row.conversation));
            }
        }
    }
    Ok(())
}

/// Whether everyone has everything, and who is in a group shows a name that it was given, also who lost its key; where keys
/// were lost, whether all know the same.
fn is_settled_and_named(world: &World, people: &People) -> Result<(), String> {
    check::is_settled(world, people)?;
    if world.forgetful {
        agree::states_agree(world)?;
    }
    for (number, device) in world.honest() {
        for row in device.conversations().iter().filter(|row| row.kind == ConversationKind::Group && !row.ended) {
            let may_be_unknown = world.malice.device.is_some() && nobody_knows_its_name(world, row.conversation);
            if !people.group_names.contains_key(&row.name) && !may_be_unknown {
                return Err(format!("device {number} shows {:?} as the name of {}", row.name, row.conversation));
            }
        }
    }
    Ok(())
}
