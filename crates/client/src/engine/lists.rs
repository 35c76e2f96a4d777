//! Other people's device lists. A leaf counts once a verified chain of its account's lists has it as its certificate says:
//! until then nothing that follows is taken in its conversation, and nothing is sent there. So neither a server nor
//! someone who got hold of a list key that was replaced can add a device of which its account knows nothing.

use std::collections::BTreeSet;

use sealpost_mls::{
    Member,
    identity::{Credential, Delisting, DeviceChain, DeviceList, IdentityError, ListKeyCertificate},
};
use sealpost_protocol::{
    AccountId, ConversationId,
    device::{AccountLists, DeviceLists, DeviceListsOf, LISTS_OF_MAX, ListsOfAccounts},
};

use super::{
    RequestFailure, Result,
    purpose::{Purpose, Task},
    requests::Answered,
    turn::Turn,
};
use crate::{
    snapshot::StopCause,
    store::{Conversation, Listed, StoredNotice},
};

/// So often the server may answer without the list that a leaf names before the chat says that sending is stopped.
const MISSED_MAX: u32 = 5;

impl Turn<'_> {
    /// The accounts of those among these leaves that no known list names. Those that the newest one names no longer have to
    /// be removed before anything is sent: the server may have let them in, or hide that they are to go.
    fn unlisted<'c>(
        &mut self,
        id: ConversationId,
        leaves: impl IntoIterator<Item = &'c Credential>,
    ) -> Result<BTreeSet<AccountId>> {
        let identity = self.identity()?;
        let mut unlisted = BTreeSet::new();
        for leaf in leaves.into_iter().filter(|leaf| **leaf != identity.credential) {
            let proof = match self.store.listed(leaf)? {
                Some(Listed::Now) => continue,
                Some(Listed::Before) => self.store.list_proof(leaf.account, &leaf.root_public_key)?,
                None => None,
            };
            match proof {
                Some(proof) => self.store.add_delisting(id, leaf.account, &proof)?,
                None => {
                    unlisted.insert(leaf.account);
                }
            }
        }
        Ok(unlisted)
    }

    /// Leaves came in. If a list that names one is not known yet, what follows waits for it; gives whether it does.
    pub(super) fn wait_for_lists<'m>(
        &mut self,
        id: ConversationId,
        leaves: impl IntoIterator<Item = &'m Member>,
    ) -> Result<bool> {
        let waits = !self.unlisted(id, leaves.into_iter().map(|leaf| &leaf.credential))?.is_empty();
        if waits {
            self.store.set(id, "lists_due", true)?;
            self.attend(id);
        }
        Ok(waits)
    }

    /// Asks for the lists that are missing for a conversation's leaves. Gives whether something is.
    pub(super) fn ask_for_lists(&mut self, conversation: &Conversation) -> Result<bool> {
        let id = conversation.id;
        let missing = self.unlisted_here(conversation)?;
        if missing.is_empty() {
            self.store.set(id, "lists_due", false)?;
            if self.memory.lists_missed.remove(&id).is_some() {
                // What was looked at meanwhile was not taken.
                self.memory.behind.insert(id);
            }
            return Ok(false);
        }
        let accounts: Vec<_> = missing.into_iter().take(LISTS_OF_MAX).collect();
        let purpose = Purpose::Lists { conversation: id, accounts: accounts.clone() };
        self.ask(DeviceListsOf { accounts }, purpose);
        Ok(true)
    }

    fn unlisted_here(&mut self, conversation: &Conversation) -> Result<BTreeSet<AccountId>> {
        match self.with_group(conversation, |_, group| group.members())? {
            Some(leaves) => self.unlisted(conversation.id, leaves?.iter().map(|leaf| &leaf.credential)),
            None => Ok(BTreeSet::new()),
        }
    }

    pub(super) fn lists_read(
        &mut self,
        id: ConversationId,
        accounts: &[AccountId],
        answer: Answered<ListsOfAccounts>,
    ) -> Result<()> {
        let Some(answered) = self.lists_answered(id, accounts, answer)? else { return Ok(()) };
        let Some(conversation) = self.store.conversation(id)?.filter(|found| found.lists_due) else { return Ok(()) };
        let missing = self.unlisted_here(&conversation)?;
        if !answered.iter().any(|account| missing.contains(account)) {
            return Ok(());
        }
        tracing::warn!("a device is in a conversation that is on no list of its account");
        let missed = self.memory.lists_missed.entry(id).or_default();
        *missed += 1;
        if *missed == MISSED_MAX {
            let notice = StoredNotice::Stopped { cause: StopCause::Device };
            self.store.add_notice(id, conversation.applied_seq, self.now, &notice)?;
            self.details_changed(id);
        }
        // Perhaps the server has lost something, or knows more by now.
        self.memory.behind.insert(id);
        self.hold(Task::Conversation(id), None);
        Ok(())
    }

    /// The lists of people who are to be added were read.
    pub(super) fn lists_read_to_add(
        &mut self,
        id: ConversationId,
        accounts: &[AccountId],
        answer: Answered<ListsOfAccounts>,
    ) -> Result<()> {
        let answered = self.lists_answered(id, accounts, answer)?;
        self.memory.lists_read.extend(answered.into_iter().flatten().map(|account| (id, account)));
        Ok(())
    }

    /// Takes the lists and gives whose were answered. Where there are many the server gives some at a time.
    fn lists_answered(
        &mut self,
        id: ConversationId,
        accounts: &[AccountId],
        answer: Answered<ListsOfAccounts>,
    ) -> Result<Option<Vec<AccountId>>> {
        match answer {
            Ok(answer) => {
                let answered = answer.accounts.iter().map(|lists| lists.account);
                let answered: Vec<_> = answered.filter(|account| accounts.contains(account)).collect();
                self.take_lists(accounts, answer)?;
                self.attend(id);
                Ok(Some(if answered.is_empty() { accounts.to_vec() } else { answered }))
            }
            Err(RequestFailure::Lost) => Ok(None),
            Err(failure) => {
                self.hold(Task::Conversation(id), Some(&failure));
                Ok(None)
            }
        }
    }

    /// Keeps the chains that verify, up to the root key that is known of their account, or else the one that they name.
    pub(super) fn take_lists(&mut self, accounts: &[AccountId], answer: ListsOfAccounts) -> Result<()> {
        for AccountLists { account, chain } in answer.accounts.into_iter().take(LISTS_OF_MAX) {
            if !accounts.contains(&account) {
                continue;
            }
            let taken = match verified(account, &chain) {
                Ok(lists) => self.take_chain(account, &lists)?,
                Err(_) => false,
            };
            if !taken {
                tracing::warn!("an account's device lists do not verify");
            }
        }
        Ok(())
    }

    /// Keeps what a chain says. Whom its newest list leaves out is removed before the next message to them.
    pub(super) fn take_chain(&mut self, account: AccountId, lists: &VerifiedLists) -> Result<bool> {
        let VerifiedLists { root, chain, .. } = lists;
        let is_known = self.store.knows_list(root, chain.newest())?;
        let taken = self.store.take_lists(account, root, chain)?;
        let newest = chain.newest();
        let is_left_out = |list: &DeviceList| list.devices.iter().any(|entry| newest.entry(&entry.device).is_none());
        let Some(proof) = lists.newest().filter(|_| taken).map(|newest| newest.to_bytes()) else { return Ok(taken) };
        if !is_known || self.store.list_proof(account, root)?.is_none() {
            self.store.set_list_proof(account, root, &proof)?;
        }
        if !is_known && chain.lists().any(is_left_out) {
            self.store.add_delisting_everywhere(account, &proof)?;
        }
        Ok(taken)
    }

    /// Asks for an account's lists, unless they were just read for this conversation. Gives whether it does.
    pub(super) fn ask_for_list_of(&mut self, id: ConversationId, account: AccountId) -> bool {
        let asks = !self.memory.lists_read.remove(&(id, account));
        if asks && self.is_free(Task::Conversation(id)) {
            let purpose = Purpose::ListsToAdd { conversation: id, accounts: vec![account] };
            self.ask(DeviceListsOf { accounts: vec![account] }, purpose);
        }
        asks
    }

    /// Which of these devices of people who are to be added to a conversation are on their account's newest list. Nothing if
    /// that has to be asked first; what it is needed for is then done again.
    pub(super) fn listed_now(&mut self, id: ConversationId, devices: &[Credential]) -> Result<Option<Vec<bool>>> {
        let identity = self.identity()?;
        let mut listed = Vec::with_capacity(devices.len());
        for device in devices {
            listed.push(*device == identity.credential || self.store.listed(device)? == Some(Listed::Now));
        }
        let unsure = devices.iter().zip(&listed).filter(|(_, listed)| !**listed).map(|(device, _)| device.account);
        let unsure: BTreeSet<_> = unsure.collect();
        let unasked = unsure.iter().filter(|account| !self.memory.lists_read.contains(&(id, **account)));
        let accounts: Vec<_> = unasked.take(LISTS_OF_MAX).copied().collect();
        if accounts.is_empty() {
            // The next time they are asked for again.
            self.memory.lists_read.retain(|(conversation, _)| *conversation != id);
            return Ok(Some(listed));
        }
        let purpose = Purpose::ListsToAdd { conversation: id, accounts: accounts.clone() };
        self.ask(DeviceListsOf { accounts }, purpose);
        Ok(None)
    }
}

/// An account's chain, verified up to the root key that it names.
pub(super) struct VerifiedLists {
    pub root: [u8; 32],
    pub chain: DeviceChain,
    certificates: Vec<ListKeyCertificate>,
}

impl VerifiedLists {
    /// The newest list, as it proves to others who is on it.
    pub(super) fn newest(&self) -> Option<Delisting> {
        let newest = self.chain.newest();
        let certificate = self.certificates.iter().find(|certificate| certificate.generation == newest.generation);
        certificate.map(|certificate| Delisting::new(certificate.clone(), newest.clone()))
    }
}

pub(super) fn verified(account: AccountId, lists: &DeviceLists) -> std::result::Result<VerifiedLists, IdentityError> {
    let root = lists.root_public_key.as_ref().try_into().map_err(|_| IdentityError::Malformed)?;
    let (chain, certificates) = read_chain(&root, lists)?;
    let lists = VerifiedLists { root, chain, certificates };
    if lists.chain.newest().account == account { Ok(lists) } else { Err(IdentityError::Mismatch) }
}

/// An account's chain with its list keys, verified up to this root key.
pub(super) fn read_chain(
    root_public_key: &[u8; 32],
    lists: &DeviceLists,
) -> std::result::Result<(DeviceChain, Vec<ListKeyCertificate>), IdentityError> {
    let certificates = lists.list_key_certificates.iter().map(|bytes| ListKeyCertificate::from_bytes(bytes));
    let certificates = certificates.collect::<std::result::Result<Vec<_>, _>>()?;
    let chain = lists.lists.iter().map(|bytes| DeviceList::from_bytes(bytes)).collect::<std::result::Result<_, _>>()?;
    Ok((DeviceChain::verify(root_public_key, &certificates, chain)?, certificates))
}
