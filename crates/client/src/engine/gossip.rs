//! What members say inside their messages of what the server shows them: how their log goes on, and which devices their own
//! account has. So a server that shows people different things is found out. What they say is told to people and changes
//! nothing else: a member whose app is wrong, or lies, ends no conversation for others.

use std::collections::BTreeSet;

use sealpost_mls::{Member, identity::Delisting};
use sealpost_protocol::{
    AccountId, Bytes, ClientId, ConversationId,
    conversation::Entry,
    device::{DeviceListsOf, LISTS_OF_MAX, ListsOfAccounts},
};

use super::{
    RequestFailure, Result,
    purpose::{Purpose, Task},
    requests::{Answered, is_temporary},
    turn::Turn,
};
use crate::{
    content::{Envelope, LogReference},
    store::{Conversation, StoredNotice, ToldList},
};

/// Of one account at most so many lists are waited for.
const TOLD_MAX: u32 = 4;
/// So often the server may answer without a list that a member told of before a line says so.
const MISSED_MAX: u32 = 5;

/// The account's newest list, as the server showed it since this device connected.
pub(crate) struct OwnList {
    hash: [u8; 32],
    proof: Vec<u8>,
}

impl From<Delisting> for OwnList {
    fn from(list: Delisting) -> Self {
        Self { hash: list.list().hash(), proof: list.to_bytes() }
    }
}

impl Turn<'_> {
    /// What a message of this device travels in. The first one of a run of the app tells a conversation the account's list,
    /// and so does the first one after that changed.
    pub(super) fn envelope(&mut self, at: &Conversation, id: ClientId, content: &Bytes) -> Envelope {
        let log = at.applied_hash.map(|hash| LogReference { seq: at.applied_seq, hash });
        let own = self.memory.own_list.as_ref().filter(|own| self.memory.list_told.get(&at.id) != Some(&own.hash));
        let envelope = Envelope { content: content.0.clone(), log, devices: own.map(|own| own.proof.clone()) };
        // Beside a message that fills an envelope there is no room for it.
        let Some(hash) = own.map(|own| own.hash).filter(|_| envelope.fits()) else {
            return Envelope { devices: None, ..envelope };
        };
        self.memory.list_sent.insert(at.id, (id, hash));
        envelope
    }

    /// The log has a message of this device.
    pub(super) fn own_list_told(&mut self, at: ConversationId, id: ClientId) {
        if let Some((_, hash)) = self.memory.list_sent.get(&at).filter(|(sent, _)| *sent == id) {
            self.memory.list_told.insert(at, *hash);
        }
    }

    /// A member's message came.
    pub(super) fn take_gossip(
        &mut self,
        conversation: &Conversation,
        entry: &Entry,
        sender: &Member,
        envelope: &Envelope,
    ) -> Result<()> {
        if let Some(LogReference { seq, hash }) = envelope.log
            && (seq >= entry.seq || self.store.log_hash(conversation.id, seq)?.is_some_and(|known| known != hash))
        {
            // The server shows people different logs, or the sender says so: one person's word ends nothing for others.
            tracing::warn!("someone saw another log");
            let notice = StoredNotice::OtherLog { person: sender.account };
            self.store.add_notice(conversation.id, entry.seq, entry.time, &notice)?;
        }
        match &envelope.devices {
            Some(devices) if sender.account != self.me()? => self.take_told_list(conversation.id, sender, devices),
            _ => Ok(()),
        }
    }

    pub(super) fn take_told_list(&mut self, id: ConversationId, sender: &Member, devices: &[u8]) -> Result<()> {
        let root = sender.credential.root_public_key;
        let told = Delisting::from_bytes(devices).ok().filter(|told| {
            // Of others it says nothing: their own devices do.
            told.list().account == sender.account && told.verify(&root).is_ok()
        });
        let Some(told) = told else {
            tracing::warn!("someone told a device list that does not verify");
            return Ok(());
        };
        // Who has a list key that was replaced tells nothing of the account.
        if self.store.may_be_list(&root, told.list())? && !self.store.knows_list(&root, told.list())? {
            let told =
                ToldList { account: sender.account, root, hash: told.list().hash(), conversation: id, missed: 0 };
            self.store.add_told_list(&told, TOLD_MAX)?;
            self.memory.due.told_lists = true;
        }
        Ok(())
    }

    /// Asks for the lists that members told of.
    pub(super) fn pump_told_lists(&mut self) -> Result<()> {
        if !self.memory.due.told_lists || !self.is_free(Task::ToldLists) {
            return Ok(());
        }
        let told = self.store.told_lists(MISSED_MAX)?;
        let accounts: BTreeSet<_> = told.iter().map(|told| told.account).collect();
        let accounts: Vec<_> = accounts.into_iter().take(LISTS_OF_MAX).collect();
        if accounts.is_empty() {
            self.memory.due.told_lists = false;
        } else {
            self.ask(DeviceListsOf { accounts: accounts.clone() }, Purpose::ToldLists(accounts));
        }
        Ok(())
    }

    pub(super) fn told_lists_read(&mut self, asked: &[AccountId], answer: Answered<ListsOfAccounts>) -> Result<()> {
        let mut answered = BTreeSet::new();
        match answer {
            Ok(answer) => {
                answered.extend(answer.accounts.iter().map(|lists| lists.account).filter(|one| asked.contains(one)));
                self.take_lists(asked, answer)?;
            }
            Err(RequestFailure::Lost) => return Ok(()),
            Err(failure) if is_temporary(&failure) => {
                self.hold(Task::ToldLists, Some(&failure));
                return Ok(());
            }
            // A server that does not want to answer does not show it either.
            Err(_) => {}
        }
        // Where there are many the server gives some at a time.
        let counts = |account| answered.contains(&account) || answered.is_empty() && asked.contains(&account);
        let mut waits = false;
        for told in self.store.told_lists(MISSED_MAX)? {
            if self.store.knows_list_hash(told.account, &told.root, &told.hash)? {
                self.store.forget_told_list(&told)?;
            } else {
                waits = true;
                if counts(told.account) {
                    self.told_list_missed(&told)?;
                }
            }
        }
        if waits {
            self.hold(Task::ToldLists, None);
        } else {
            self.went_well(Task::ToldLists);
        }
        Ok(())
    }

    /// The server does not show what a member's own devices see.
    fn told_list_missed(&mut self, told: &ToldList) -> Result<()> {
        self.store.told_list_missed(told)?;
        if told.missed + 1 < MISSED_MAX {
            return Ok(());
        }
        tracing::warn!("the server shows other devices of an account than the account's own see");
        let Some(conversation) = self.store.conversation(told.conversation)? else { return Ok(()) };
        let notice = StoredNotice::OtherDevices { person: told.account };
        self.store.add_notice(told.conversation, conversation.applied_seq, self.now, &notice)?;
        self.changed(told.conversation);
        Ok(())
    }
}
