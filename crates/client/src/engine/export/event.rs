//! What happened in a chat, as programs are told it: a name and whatever belongs to it.

use sealpost_protocol::Timestamp;
use serde::Serialize;

use super::json::{Who, all, who};
use crate::{
    engine::Result,
    snapshot::{Notice, Person, RefusedChange, StopCause, UnreadableCause},
};

#[derive(Default, Serialize)]
pub(super) struct Event<'a> {
    event: &'static str,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<Who<'a>>,
    /// Whom it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    people: Vec<Who<'a>>,
    /// The group's new name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// After how many seconds messages disappear from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u32>,
    /// Whether people are admins from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    admin: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<Cause>,
    /// What could not be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Cause {
    Unreadable(UnreadableCause),
    Stopped(StopCause),
}

fn named(event: &'static str) -> Event<'static> {
    Event { event, ..Event::default() }
}

fn by<'a>(event: &'static str, by: &'a Person) -> Event<'a> {
    Event { by: Some(who(by)), ..named(event) }
}

fn about<'a>(event: &'static str, people: &'a [Person]) -> Event<'a> {
    Event { people: all(people), ..named(event) }
}

/// What a notice tells; `time` writes times.
pub(super) fn event<'a>(notice: &'a Notice, time: impl Fn(Timestamp) -> Result<String>) -> Result<Event<'a>> {
    let about_one = |event, person| about(event, std::slice::from_ref(person));
    Ok(match notice {
        Notice::Created { by: who } => by("created", who),
        Notice::Added { by: who, people } => Event { people: all(people), ..by("added", who) },
        Notice::Removed { by: who, people } => Event { people: all(people), ..by("removed", who) },
        Notice::Departed { person } => about_one("left", person),
        Notice::JoinedByLink { person } => about_one("joined_by_link", person),
        Notice::Renamed { by: who, name } => Event { name: Some(name), ..by("renamed", who) },
        Notice::DescriptionChanged { by: who } => by("description_changed", who),
        Notice::PictureChanged { by: who } => by("picture_changed", who),
        Notice::TimerChanged { by: who, seconds } => Event { seconds: *seconds, ..by("timer_changed", who) },
        Notice::AdminsChanged { by: who, people, admin } => {
            Event { people: all(people), admin: Some(*admin), ..by("admins_changed", who) }
        }
        Notice::PolicyChanged { by: who } => by("policy_changed", who),
        Notice::NotAdded { people } => about("not_added", people),
        Notice::Reset { by: who } => by("begun_anew", who),
        Notice::DeviceJoined => named("device_joined"),
        Notice::Missed { from, until } => {
            Event { from: Some(time(*from)?), until: Some(time(*until)?), ..named("missed") }
        }
        Notice::Unreadable { cause } => Event { cause: Some(Cause::Unreadable(*cause)), ..named("unreadable") },
        Notice::Left => named("device_left"),
        Notice::Stopped { cause } => Event { cause: Some(Cause::Stopped(*cause)), ..named("stopped") },
        Notice::WentOn => named("went_on"),
        Notice::OtherLog { person } => about_one("other_log", person),
        Notice::OtherDevices { person } => about_one("other_devices", person),
        Notice::BegunAnew { person } => about_one("new_account", person),
        Notice::NotDone { change, .. } => not_done(change),
    })
}

fn not_done(change: &RefusedChange) -> Event<'_> {
    let (change, people) = match change {
        RefusedChange::Add { people } => ("add", people.as_slice()),
        RefusedChange::Remove { people } => ("remove", people.as_slice()),
        RefusedChange::Admin { person, .. } => ("admin", std::slice::from_ref(person)),
        RefusedChange::Policy => ("policy", Default::default()),
        RefusedChange::Name => ("name", Default::default()),
        RefusedChange::Description => ("description", Default::default()),
        RefusedChange::Picture => ("picture", Default::default()),
        RefusedChange::Timer => ("timer", Default::default()),
        RefusedChange::Link => ("link", Default::default()),
    };
    Event { change: Some(change), ..about("not_done", people) }
}
