//! People: finding them, and the names of those one chats with.

use sealpost_protocol::account::{AccountsRead, AccountsSearch, Profile, Profiles};

use super::{
    CommandId, Result,
    purpose::{Purpose, Task},
    requests::Answered,
    sign_up::CommandResult,
    turn::Turn,
};
use crate::{
    command::{Answer, Failure},
    snapshot::Person,
};

/// Most accounts whose names are asked for at a time.
const NAMES_AT_ONCE: u32 = 100;

fn person(profile: &Profile) -> Person {
    let Profile { account, username, display_name, .. } = profile.clone();
    Person { account, username, display_name, picture: None }
}

impl Turn<'_> {
    pub(super) fn search(&mut self, command: CommandId, prefix: String) -> Result<CommandResult> {
        let prefix = prefix.trim().to_owned();
        if prefix.is_empty() {
            return Ok(Some(Ok(Answer::People { people: Vec::new() })));
        }
        if !self.is_connected() {
            return Ok(Some(Err(Failure::offline())));
        }
        self.ask(AccountsSearch { prefix }, Purpose::Search(command));
        Ok(None)
    }

    pub(super) fn found(&mut self, command: CommandId, answer: Answered<Profiles>) -> Result<()> {
        let result = match answer {
            Ok(found) => {
                let me = self.session()?.map(|session| session.account);
                let others = found.profiles.iter().filter(|profile| Some(profile.account) != me);
                let people: Vec<_> = others.map(person).collect();
                found.profiles.iter().try_for_each(|profile| self.store.set_profile(profile))?;
                Ok(Answer::People { people })
            }
            Err(failure) => Err(failure.into()),
        };
        self.finish(command, result);
        Ok(())
    }

    /// Asks for the names of members that are not known.
    pub(super) fn pump_names(&mut self) -> Result<()> {
        if !self.memory.due.names || !self.is_free(Task::Names) {
            return Ok(());
        }
        let mut accounts = self.store.nameless(NAMES_AT_ONCE)?;
        accounts.retain(|account| !self.memory.asked.contains(account));
        self.memory.due.names = false;
        if !accounts.is_empty() {
            self.memory.asked.extend(&accounts);
            self.ask(AccountsRead { accounts }, Purpose::Names);
        }
        Ok(())
    }

    pub(super) fn named(&mut self, answer: Answered<Profiles>) -> Result<()> {
        match answer {
            Ok(answer) => {
                self.memory.due.names = true;
                for profile in &answer.profiles {
                    self.store.set_profile(profile)?;
                    for conversation in self.store.conversations_of(profile.account)? {
                        self.details_changed(conversation);
                    }
                }
            }
            Err(failure) => {
                self.memory.asked.clear();
                self.memory.due.names = true;
                self.hold(Task::Names, Some(&failure));
            }
        }
        Ok(())
    }
}
