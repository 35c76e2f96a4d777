//! People who lost everything that opened their account and began anew as another one with the same username. The server says
//! who that is, and nothing but its word stands for it: no chat takes the new account in by itself, and where the former one
//! had been verified nothing is sent to the new one until the person has accepted it.

use sealpost_protocol::{AccountId, ConversationId};

use super::{
    Result,
    conversations::{GROUP_MAX, Outcome},
    records::accepted_record,
    turn::{Memory, Turn},
};
use crate::{
    command::{Answer, Failure},
    store::{Conversation, StoredNotice},
};

impl Turn<'_> {
    /// The server said whether another account has taken this one's place.
    pub(super) fn take_successor(&mut self, account: AccountId, successor: Option<AccountId>) -> Result<()> {
        let me = self.own_account()?;
        let successor = successor.filter(|successor| *successor != account && *successor != me);
        if !self.store.set_successor(account, successor)? {
            return Ok(());
        }
        let mut shared = self.store.conversations_of(account)?;
        if let Some(successor) = successor {
            tracing::warn!("someone began anew as another account");
            self.memory.stale.insert(successor);
            // Who comes to know of it late has no chat with the former one any more.
            shared.extend(self.store.conversations_of(successor)?);
        }
        for id in shared {
            if successor.is_some() {
                self.tell_begun_anew(id, account)?;
            }
            self.changed(id);
        }
        self.standing_changed(account)?;
        successor.map_or(Ok(()), |successor| self.standing_changed(successor))
    }

    /// Tells of those who came into a conversation and were said to have taken somebody's place.
    pub(super) fn tell_successors(&mut self, id: ConversationId, came: &[AccountId]) -> Result<()> {
        if !self.store.has_successors()? {
            return Ok(());
        }
        for account in came {
            for former in self.store.predecessors(*account)? {
                self.tell_begun_anew(id, former)?;
            }
        }
        Ok(())
    }

    /// Whether somebody whom the person had verified is still who they were is asked once more; until the server has said so,
    /// nothing that the person says is sent.
    pub(super) fn make_sure_of(&mut self, account: AccountId) -> Result<()> {
        self.memory.stale.insert(account);
        self.memory.due.names = true;
        if self.store.verified_key(account)?.is_some() {
            self.memory.unsure.insert(account);
        }
        Ok(())
    }

    /// The server has answered what it says of these accounts.
    pub(super) fn sure_of(&mut self, accounts: &[AccountId]) -> Result<()> {
        let before = self.memory.unsure.len();
        // What is still to be asked was wanted after this was.
        let Memory { unsure, stale, .. } = &mut self.memory;
        unsure.retain(|account| !accounts.contains(account) || stale.contains(account));
        if before > 0 && self.memory.unsure.is_empty() {
            self.memory.attention.extend(self.store.unfinished()?);
        }
        Ok(())
    }

    fn tell_begun_anew(&mut self, id: ConversationId, person: AccountId) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        let notice = StoredNotice::BegunAnew { person };
        Ok(self.store.add_notice(id, conversation.applied_seq, self.now, &notice)?)
    }

    /// A direct chat with an account that nobody can open any more: what is written there would reach nobody.
    pub(super) fn refuse_given_up(&self, conversation: &Conversation) -> Result<Option<Failure>> {
        let given_up = match conversation.peer {
            Some(peer) => self.store.successor(peer)?.is_some(),
            None => false,
        };
        Ok(given_up.then(|| Failure::new("begun-anew", "nobody can open that account any more")))
    }

    /// Whether what is said has to wait, and others do not come in before it is: until the person has accepted who took the
    /// place of somebody they had verified, and for ever where nobody would read it.
    pub(super) fn holds_messages(&self, conversation: &Conversation) -> Result<bool> {
        let given_up = self.refuse_given_up(conversation)?.is_some();
        Ok(given_up || !self.store.unaccepted(conversation.id)?.is_empty())
    }

    /// The person takes an account for the one whose place it took.
    pub(super) fn accept_successor(&mut self, account: AccountId) -> Result<Outcome> {
        if self.store.predecessors(account)?.is_empty() {
            return Ok(Err(Failure::new("not-found", "that account has taken nobody's place")));
        }
        self.change_record(&accepted_record(account), |record| record.set("accepted", Some(true)))?;
        self.successor_agreed(account, true)?;
        Ok(Ok(Answer::Done))
    }

    /// What was accepted on one device is so on all.
    pub(super) fn successor_agreed(&mut self, account: AccountId, accepted: bool) -> Result<()> {
        if self.store.set_successor_accepted(account, accepted)? {
            self.standing_changed(account)?;
        }
        Ok(())
    }

    /// The members of a group that somebody is, with whether they are admins.
    pub(super) fn members_there(&self, at: ConversationId) -> Result<Vec<(AccountId, bool)>> {
        let mut there = Vec::new();
        for (account, admin) in self.store.present_members(at)? {
            if self.store.successor(account)?.is_none() {
                there.push((account, admin));
            }
        }
        Ok(there)
    }

    /// Puts the account that somebody began anew with into a group, in the place of the former one.
    pub(super) fn replace_member(&mut self, at: ConversationId, account: AccountId) -> Result<Outcome> {
        let Some(successor) = self.store.successor(account)? else {
            return Ok(Err(Failure::new("not-found", "nobody has taken that member's place")));
        };
        if self.store.present_members(at)?.len() >= GROUP_MAX {
            return Ok(Err(Failure::new("too-large", "a group has at most 1,000 people: remove somebody first")));
        }
        let removed = self.remove_members(at, &[account])?;
        if removed.is_err() {
            return Ok(removed);
        }
        self.add_members(at, &[successor])
    }
}
