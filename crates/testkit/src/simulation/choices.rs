//! What simulated people choose and keep for themselves, on whichever of their devices is at hand: settings and unsent
//! texts, and where messages disappear. And what they say there in the end.

use rand::{Rng, seq::SliceRandom};
use sealpost_client::{
    command::{Command, SettingsChange},
    snapshot::Notifications,
};

use super::{amend::TIMER, people::People, world::World};

impl People {
    /// Someone changes a setting on one of their devices.
    pub(super) fn choose(&mut self, world: &mut World) {
        let Some(device) = self.device(world) else { return };
        let Some(settings) = world.devices[device].settings() else { return };
        let mut change = SettingsChange::default();
        match world.rng.gen_range(0..5) {
            0 => change.read_receipts = Some(!settings.read_receipts),
            1 => change.typing = Some(!settings.typing),
            2 => change.presence = Some(!settings.presence),
            _ => {
                let all = [Notifications::Off, Notifications::Discreet, Notifications::Full];
                change.notifications = all.choose(&mut world.rng).copied();
            }
        }
        if change.read_receipts == Some(false) {
            self.amended.discreet.extend(world.devices[device].account());
        }
        world.command(device, Command::ChangeSettings(change));
    }

    /// Someone begins to write, or gives it up.
    pub(super) fn draft(&mut self, world: &mut World) {
        let Some(device) = self.device(world) else { return };
        let rows = world.devices[device].conversations();
        let Some(conversation) = rows.choose(&mut world.rng).map(|row| row.conversation) else { return };
        let text = if world.rng.gen_bool(0.7) { format!("draft {}", world.rng.r#gen::<u16>()) } else { String::new() };
        world.command(device, Command::SaveDraft { conversation, text });
    }

    /// Someone says something in each conversation where messages disappear.
    pub(super) fn say_what_disappears(&mut self, world: &mut World) {
        for device in 0..world.devices.len() {
            for row in world.devices[device].conversations() {
                let at = row.conversation;
                let timer = world.devices[device].details(at).and_then(|details| details.timer);
                let said = self.amended.to_disappear.iter().any(|(other, _)| *other == at);
                if timer.is_some() && !row.ended && !said {
                    let id = self.say_in(world, device, at);
                    self.amended.to_disappear.extend(id.map(|id| (at, id)));
                }
            }
        }
        self.look_at_results(world);
        let said = &self.said;
        self.amended.to_disappear.retain(|(_, id)| said.get(id).is_some_and(|said| said.taken == Some(true)));
    }

    /// Someone sets after what time messages disappear, or that they stay.
    pub(super) fn set_timer(&mut self, world: &mut World) {
        let Some(device) = self.device(world) else { return };
        let rows = world.devices[device].conversations();
        let Some(conversation) = rows.choose(&mut world.rng).map(|row| row.conversation) else { return };
        self.amended.timed = true;
        let seconds = world.rng.gen_bool(0.7).then_some(TIMER);
        // A change of the state is announced.
        self.amended.changes += 1;
        world.command(device, Command::SetTimer { conversation, seconds });
    }
}
