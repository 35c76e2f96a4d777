//! How every schedule begins: with people who have signed up, each at one device. Nothing disturbs that and it is the
//! same each time, so it happens once for each suite, and schedules begin on copies of the files that it left.

use std::{fs, sync::OnceLock};

use sealpost_protocol::Timestamp;

use super::{
    people::{self, Person},
    schedule::{PEOPLE_MAX, Schedule},
    world::{Files, SERVER_FOLDER, World, device_file, files_in, memory_folder},
};

/// How long everything may take to become quiet, in milliseconds.
const QUIET_BY: u64 = 60_000;

/// The server and devices after everyone has signed up.
pub(super) struct Beginning {
    people: Vec<Person>,
    /// When that was.
    time: Timestamp,
    /// The server's files.
    server: Files,
    /// The database of each person's device.
    devices: Vec<Vec<u8>>,
    /// The database of a device on which nobody is signed in.
    blank: Vec<u8>,
}

impl Beginning {
    /// The one for a schedule.
    pub(super) fn of(schedule: &Schedule) -> Result<&'static Self, String> {
        static MADE: [OnceLock<Result<Beginning, String>>; 2] = [const { OnceLock::new() }; 2];
        let made = &MADE[usize::from(schedule.post_quantum)];
        made.get_or_init(|| Self::make(schedule.post_quantum)).as_ref().map_err(Clone::clone)
    }

    /// A world of its own in which people sign up.
    fn make(post_quantum: bool) -> Result<Self, String> {
        let config = crate::client::quick_engine(post_quantum);
        let folder = memory_folder().map_err(told)?;
        let mut world = World::new(0, folder, super::today())?;
        let people = people::sign_up(&mut world, PEOPLE_MAX, &config)?;
        world.live_on(QUIET_BY)?;
        let blank = world.add_device(0, config);
        world.devices[blank].start(0)?;
        let time = world.agenda.now();
        let folder = world.end();
        let device = |number| fs::read(folder.path().join(device_file(number))).map_err(told);
        let devices = (0..blank).map(device).collect::<Result<_, _>>()?;
        let server = files_in(&folder.path().join(SERVER_FOLDER)).map_err(told)?;
        Ok(Self { people, time, server, devices, blank: device(blank)? })
    }

    /// A world for a schedule, without devices so far, and the people whose devices are to be started in it.
    pub(super) fn world(&self, schedule: &Schedule) -> Result<(World, Vec<Person>), String> {
        let folder = memory_folder().map_err(told)?;
        let server = folder.path().join(SERVER_FOLDER);
        fs::create_dir(&server).map_err(told)?;
        for (name, bytes) in &self.server {
            fs::write(server.join(name), bytes).map_err(told)?;
        }
        let own = self.devices.iter().take(schedule.accounts);
        let late = std::iter::repeat_n(&self.blank, schedule.late_devices);
        for (number, bytes) in own.chain(late).enumerate() {
            fs::write(folder.path().join(device_file(number)), bytes).map_err(told)?;
        }
        let people = self.people.iter().take(schedule.accounts).cloned().collect();
        let mut world = World::new(schedule.seed, folder, self.time)?;
        world.clock_error = schedule.clock_error;
        Ok((world, people))
    }
}

fn told(error: std::io::Error) -> String {
    error.to_string()
}
