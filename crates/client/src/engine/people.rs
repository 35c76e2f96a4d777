//! People: finding them, and the names of those one chats with.

use sealpost_protocol::{
    AccountId,
    account::{AccountsRead, AccountsSearch, Profiles},
};

use super::{
    CommandId, EngineError, RequestFailure, Result,
    purpose::{Purpose, Task},
    requests::Answered,
    sign_up::CommandResult,
    turn::Turn,
};
use crate::{command::Answer, snapshot::Person};

/// Most accounts whose names are asked for at a time.
const NAMES_AT_ONCE: u32 = 100;
/// Most people that are found without the server.
const KNOWN_MAX: usize = 20;

impl Turn<'_> {
    pub(super) fn search(&mut self, command: CommandId, prefix: String) -> Result<CommandResult> {
        let prefix = prefix.trim().to_owned();
        if prefix.is_empty() {
            return Ok(Some(Ok(Answer::People { people: Vec::new() })));
        }
        if !self.is_connected() {
            return Ok(Some(Ok(Answer::People { people: self.known_people(&prefix)? })));
        }
        self.ask(AccountsSearch { prefix: prefix.clone() }, Purpose::Search { command, prefix });
        Ok(None)
    }

    pub(super) fn found(&mut self, command: CommandId, prefix: &str, answer: Answered<Profiles>) -> Result<()> {
        let result = match answer {
            Ok(found) => {
                found.profiles.iter().try_for_each(|profile| self.take_profile(profile))?;
                let me = self.own_account()?;
                let mut people = self.known_people(prefix)?;
                for account in found.profiles.iter().map(|profile| profile.account) {
                    if account != me && people.iter().all(|known| known.account != account) {
                        people.push(self.store.person(account)?);
                    }
                }
                Ok(Answer::People { people })
            }
            Err(RequestFailure::Lost) => Ok(Answer::People { people: self.known_people(prefix)? }),
            Err(failure) => Err(failure.into()),
        };
        self.finish(command, result);
        Ok(())
    }

    /// Contacts and people of shared conversations whose name begins like this: who is found without the server.
    fn known_people(&self, prefix: &str) -> Result<Vec<Person>> {
        let me = self.own_account()?;
        let mut people = self.store.known_people(prefix)?;
        people.retain(|person| person.account != me);
        people.truncate(KNOWN_MAX);
        Ok(people)
    }

    /// The account that is signed in here.
    pub(super) fn own_account(&self) -> Result<AccountId> {
        let session = self.session()?;
        session.map(|session| session.account).ok_or(EngineError::Broken("nobody is signed in"))
    }

    /// Asks for the names of members that are not known or may have changed.
    pub(super) fn pump_names(&mut self) -> Result<()> {
        if !self.memory.due.names || !self.is_free(Task::Names) {
            return Ok(());
        }
        let mut accounts = self.store.nameless(NAMES_AT_ONCE)?;
        accounts.retain(|account| !self.memory.asked.contains(account));
        while accounts.len() < NAMES_AT_ONCE as usize {
            let Some(account) = self.memory.stale.pop_first() else { break };
            accounts.push(account);
        }
        self.memory.due.names = false;
        if !accounts.is_empty() {
            self.memory.asked.extend(&accounts);
            self.ask(AccountsRead { accounts: accounts.clone() }, Purpose::Names(accounts));
        }
        Ok(())
    }

    pub(super) fn named(&mut self, asked: &[AccountId], answer: Answered<Profiles>) -> Result<()> {
        match answer {
            Ok(answer) => {
                self.memory.due.names = true;
                answer.profiles.iter().try_for_each(|profile| self.take_profile(profile))?;
                self.sure_of(asked)?;
            }
            Err(failure) => {
                self.memory.asked.clear();
                self.memory.stale.extend(asked);
                self.memory.due.names = true;
                self.hold(Task::Names, Some(&failure));
            }
        }
        Ok(())
    }
}
