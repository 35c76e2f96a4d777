//! What the person chose for the account. All of it is in the vault, where own devices find it; a part of it the server
//! has to know, and is told.

use sealpost_protocol::safety::{self, AccountSettings, SettingsRead, SettingsWrite};

use super::{
    Result,
    conversations::Outcome,
    purpose::{Purpose, Task},
    records::{Record, SETTINGS},
    requests::{Answered, is_temporary},
    turn::Turn,
};
use crate::{
    command::{Answer, SettingsChange},
    snapshot::{Kept, Notifications, Settings, SnapshotKey, WhoMayMessage},
    store::{self, Store},
};

/// What holds as long as nothing was chosen.
pub(super) fn default() -> Settings {
    Settings {
        read_receipts: true,
        typing: true,
        presence: true,
        who_may_message: WhoMayMessage::Everyone,
        notifications: Notifications::Full,
        archive: true,
        kept: None,
    }
}

/// What was chosen, whether the server has it or not.
pub(super) fn chosen(store: Store<'_>) -> store::Result<Settings> {
    let record = store.vault_get(SETTINGS)?.and_then(|value| Record::decode(&value));
    let kept = store.kept()?.map(|(days, device_days)| Kept { days, device_days });
    Ok(Settings { kept, ..record.as_ref().map_or_else(default, read) })
}

fn read(record: &Record) -> Settings {
    let default = default();
    Settings {
        read_receipts: record.flag("read_receipts").unwrap_or(default.read_receipts),
        typing: record.flag("typing").unwrap_or(default.typing),
        presence: record.flag("presence").unwrap_or(default.presence),
        who_may_message: match record.text("who_may_message") {
            Some("shared_groups") => WhoMayMessage::SharedGroups,
            Some("nobody") => WhoMayMessage::Nobody,
            _ => WhoMayMessage::Everyone,
        },
        notifications: match record.text("notifications") {
            Some("off") => Notifications::Off,
            Some("discreet") => Notifications::Discreet,
            _ => Notifications::Full,
        },
        archive: record.flag("archive").unwrap_or(default.archive),
        kept: None,
    }
}

/// Writes what was chosen anew; what was not stays as another device may have left it.
fn write(record: &mut Record, change: &SettingsChange) {
    let flags = [
        ("read_receipts", change.read_receipts),
        ("typing", change.typing),
        ("presence", change.presence),
        ("archive", change.archive),
    ];
    for (name, chosen) in flags.into_iter().filter(|(_, chosen)| chosen.is_some()) {
        record.set(name, chosen);
    }
    let who = change.who_may_message.map(|who| match who {
        WhoMayMessage::Everyone => "everyone",
        WhoMayMessage::SharedGroups => "shared_groups",
        WhoMayMessage::Nobody => "nobody",
    });
    let notifications = change.notifications.map(|notifications| match notifications {
        Notifications::Off => "off",
        Notifications::Discreet => "discreet",
        Notifications::Full => "full",
    });
    let texts = [("who_may_message", who), ("notifications", notifications)];
    for (name, chosen) in texts.into_iter().filter(|(_, chosen)| chosen.is_some()) {
        record.set(name, chosen);
    }
}

/// The part that the server has to know.
fn servers_part(settings: &Settings) -> AccountSettings {
    AccountSettings {
        read_receipts: settings.read_receipts,
        presence: settings.presence,
        who_may_message: match settings.who_may_message {
            WhoMayMessage::Everyone => safety::WhoMayMessage::Everyone,
            WhoMayMessage::SharedGroups => safety::WhoMayMessage::SharedGroups,
            WhoMayMessage::Nobody => safety::WhoMayMessage::Nobody,
        },
    }
}

impl Turn<'_> {
    pub(super) fn change_settings(&mut self, change: &SettingsChange) -> Result<Outcome> {
        self.change_record(SETTINGS, |record| write(record, change))?;
        self.settings_agreed()?;
        Ok(Ok(Answer::Done))
    }

    /// The settings in the vault are others now.
    pub(super) fn settings_agreed(&mut self) -> Result<()> {
        self.memory.due.settings = true;
        self.memory.due.presence = true;
        self.memory.due.archive = true;
        self.changed.extend([SnapshotKey::Settings, SnapshotKey::Archive, SnapshotKey::Conversations]);
        Ok(())
    }

    /// What the server is to be told, if something was ever chosen.
    fn wanted_settings(&self) -> Result<Option<AccountSettings>> {
        let record = self.store.vault_get(SETTINGS)?.and_then(|value| Record::decode(&value));
        Ok(record.map(|record| servers_part(&read(&record))))
    }

    /// Compares what the server has with what was chosen. What own devices chose comes first: an older choice of this one
    /// must not be told.
    pub(super) fn pump_settings(&mut self) -> Result<()> {
        let due = &mut self.memory.due;
        if !due.settings || due.vault_read || due.vault_write || !self.is_free(Task::Settings) {
            return Ok(());
        }
        self.memory.due.settings = false;
        if self.wanted_settings()?.is_some() {
            self.ask(SettingsRead {}, Purpose::SettingsRead);
        }
        Ok(())
    }

    pub(super) fn settings_read(&mut self, answer: Answered<AccountSettings>) -> Result<()> {
        match (answer, self.wanted_settings()?) {
            (Ok(known), Some(settings)) if known != settings => {
                self.ask(SettingsWrite { settings }, Purpose::SettingsWrite);
            }
            (Ok(_), _) => {}
            (Err(failure), _) => {
                self.memory.due.settings = is_temporary(&failure);
                self.hold(Task::Settings, Some(&failure));
            }
        }
        Ok(())
    }

    pub(super) fn settings_written(&mut self, answer: Answered<AccountSettings>) -> Result<()> {
        match answer {
            Ok(known) => {
                self.watch_anew();
                // Perhaps another choice was made meanwhile.
                self.settings_changed(&known)
            }
            Err(failure) => {
                self.memory.due.settings = is_temporary(&failure);
                self.hold(Task::Settings, Some(&failure));
                Ok(())
            }
        }
    }

    pub(super) fn settings_changed(&mut self, settings: &AccountSettings) -> Result<()> {
        self.memory.due.settings |= self.wanted_settings()?.is_some_and(|wanted| wanted != *settings);
        Ok(())
    }
}
