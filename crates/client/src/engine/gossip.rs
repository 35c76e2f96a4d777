//! What members say inside their messages of what the server shows them: how their log goes on, and which devices their own
//! account has. So a server that shows people different things is found out.
//!
//! A device list comes with the certificate of the key that signed it. One of a newer generation of that key counts at once,
//! whatever the server shows: from then on nothing counts that was signed with the key before.

use std::collections::BTreeSet;

use sealpost_mls::{Member, identity::Delisting};
use sealpost_protocol::{
    AccountId, Bytes, ConversationId,
    conversation::Entry,
    device::{DeviceListsOf, LISTS_OF_MAX, ListsOfAccounts},
};

use super::{
    RequestFailure, Result,
    purpose::{Purpose, Task},
    requests::Answered,
    turn::Turn,
};
use crate::{
    content::{Envelope, LogReference},
    store::{Conversation, StoredNotice, ToldList},
};

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
    pub(super) fn envelope(&self, at: &Conversation, content: &Bytes) -> Envelope {
        let log = at.applied_hash.map(|hash| LogReference { seq: at.applied_seq, hash });
        let own = self.memory.own_list.as_ref().filter(|own| self.memory.list_told.get(&at.id) != Some(&own.hash));
        let devices = own.map(|own| own.proof.clone());
        let envelope = Envelope { content: content.0.clone(), log, devices };
        // Beside a message that fills an envelope there is no room for it.
        if envelope.fits() { envelope } else { Envelope { devices: None, ..envelope } }
    }

    /// The log has a message of this device.
    pub(super) fn own_list_told(&mut self, id: ConversationId) {
        if let Some(own) = &self.memory.own_list {
            self.memory.list_told.insert(id, own.hash);
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
        if self.store.knows_list(&root, told.list())? || !self.store.may_be_list(&root, told.list())? {
            return Ok(());
        }
        self.take_newer_generation(&root, &told)?;
        let hash = told.list().hash();
        self.store.add_told_list(&ToldList { account: sender.account, root, hash, conversation: id, missed: 0 })?;
        self.memory.due.told_lists = true;
        Ok(())
    }

    /// A verified list may show that its account has replaced its list key: what was listed with the key before and is not on
    /// this list is no device of the account.
    pub(super) fn take_newer_generation(&mut self, root: &[u8; 32], list: &Delisting) -> Result<()> {
        if self.store.take_newer_generation(root, list.list(), &list.to_bytes())? {
            self.store.add_delisting_everywhere(list.list().account, &list.to_bytes())?;
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
        let answered: BTreeSet<_> = match answer {
            Ok(answer) => {
                let answered = answer.accounts.iter().map(|lists| lists.account).collect();
                self.take_lists(asked, answer)?;
                answered
            }
            Err(RequestFailure::Lost) => return Ok(()),
            Err(failure) => {
                self.hold(Task::ToldLists, Some(&failure));
                return Ok(());
            }
        };
        // Where there are many the server gives some at a time.
        let is_answered = |account| answered.contains(account) || answered.is_empty();
        let told = self.store.told_lists(MISSED_MAX)?;
        for told in told.iter().filter(|told| asked.contains(&told.account) && is_answered(&told.account)) {
            if self.store.knows_list_hash(told.account, &told.root, &told.hash)? {
                self.store.forget_told_list(told)?;
            } else {
                self.told_list_missed(told)?;
                self.hold(Task::ToldLists, None);
            }
        }
        Ok(())
    }

    /// The server does not show what a member's own devices see.
    fn told_list_missed(&mut self, told: &ToldList) -> Result<()> {
        let missed = told.missed + 1;
        self.store.add_told_list(&ToldList { missed, ..told.clone() })?;
        if missed < MISSED_MAX {
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
