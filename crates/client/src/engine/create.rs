//! Making a conversation on the server: key packages, the group at epoch 0, the first commit, one request.

use std::collections::BTreeSet;

use sealpost_mls::{CommitBundle, Group, GroupError, GroupId, Roles, Suite, inspect_key_package};
use sealpost_protocol::{
    AccountId, Bytes, ConversationId, ProblemKind, Request,
    conversation::{
        ADD_BATCH_MAX, CommitUpload, ConversationCreate, ConversationKind, ConversationSummary, HASH_BEFORE,
    },
    device::{ClaimedKeyPackage, KeyPackagesClaim, KeyPackagesClaimed},
    socket::{from_cbor, to_cbor},
};

use super::{
    EngineError, RequestFailure, Result,
    messages::send_failure,
    purpose::{Purpose, Task},
    requests::{Answered, is_temporary},
    turn::Turn,
};
use crate::{
    command::{Answer, Failure},
    store::{Conversation, Intent, OutboxRow, Phase},
};

/// What a group begins with.
struct Beginning {
    group_info: Vec<u8>,
    ratchet_tree: Vec<u8>,
    commit: CommitBundle,
}

/// The commit as it travels.
pub(super) fn upload(bundle: CommitBundle) -> CommitUpload {
    CommitUpload {
        commit: bundle.commit.into(),
        welcome: bundle.welcome.map(Bytes),
        group_info: bundle.group_info.into(),
    }
}

/// The accounts of a claim: each batch at most as many as one commit adds.
pub(super) fn batch(accounts: &[AccountId], and: Option<AccountId>) -> Vec<AccountId> {
    and.into_iter().chain(accounts.iter().copied()).take(ADD_BATCH_MAX).collect()
}

impl Turn<'_> {
    pub(super) fn step_create(&mut self, conversation: &Conversation) -> Result<()> {
        let id = conversation.id;
        let Some(row) = self.store.outbox_create(id)? else { return Ok(()) };
        if let Some(sent) = &row.sent {
            let request: Request = from_cbor(sent)?;
            self.ask(request, Purpose::Create(id));
        } else if let Intent::Create(accounts) = &row.intent {
            let accounts = batch(accounts, Some(self.me()?));
            let request =
                KeyPackagesClaim { claim: row.client_id, accounts, suite: conversation.suite, conversation: None };
            self.ask(request, Purpose::ClaimToCreate(id));
        }
        Ok(())
    }

    pub(super) fn claimed_to_create(&mut self, id: ConversationId, answer: Answered<KeyPackagesClaimed>) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)?.filter(|found| found.phase == Phase::Local) else {
            return Ok(());
        };
        let Some(row) = self.store.outbox_create(id)? else { return Ok(()) };
        if self.memory.signing_out.is_some() {
            // Nobody would have its key. If the sign-out comes to nothing, it is begun again.
            self.attend(id);
            return Ok(());
        }
        let claimed = match answer {
            Ok(claimed) => claimed,
            Err(failure) => return self.creation_failed(&conversation, failure),
        };
        // Of a group, those who refuse are told when they are asked for to be added.
        if conversation.peer.is_some_and(|peer| claimed.refused.contains(&peer)) {
            let failure = Failure::new("not-allowed", "this person takes no messages from this account");
            return self.give_up(&conversation, failure);
        }
        let Some(usable) = self.usable(id, claimed.key_packages, conversation.suite)? else { return Ok(()) };
        if conversation.peer.is_some_and(|peer| !usable.iter().any(|package| package.account == peer)) {
            return self.wait_for_key_packages(id, &row);
        }
        let begun = self.attempt(|turn| turn.begin_group(&conversation, &row, &usable))?;
        match begun {
            Ok(request) => {
                self.store.outbox_set_sent(row.position, Some(&to_cbor(&request)?))?;
                self.ask(request, Purpose::Create(id));
                Ok(())
            }
            Err(error) => {
                self.drop_group(id);
                self.give_up(&conversation, Failure::new("internal", error.to_string()))
            }
        }
    }

    /// Who signed up a moment ago has not published key packages yet. The chat is there to be written in meanwhile.
    fn wait_for_key_packages(&mut self, id: ConversationId, row: &OutboxRow) -> Result<()> {
        self.answer_creating(id, &Ok(Answer::Conversation { conversation: id }));
        // A claim is answered the same each time, so the next one has another name.
        let next = self.client_id();
        self.store.outbox_replace(row.position, next, &row.intent)?;
        self.hold_patiently(Task::Conversation(id));
        Ok(())
    }

    /// The key packages that verify and belong to whom the claim says, with root keys as they were first seen, of devices
    /// that are on their accounts' lists. Nothing if these have to be read first.
    pub(super) fn usable(
        &mut self,
        id: ConversationId,
        claimed: Vec<ClaimedKeyPackage>,
        suite: u16,
    ) -> Result<Option<Vec<ClaimedKeyPackage>>> {
        let now = self.server_seconds();
        let own = self.session()?.map(|session| session.device);
        let (mut usable, mut devices) = (Vec::with_capacity(claimed.len()), Vec::with_capacity(claimed.len()));
        for package in claimed {
            let Ok(info) = inspect_key_package(&package.key_package, now) else { continue };
            let credential = info.credential;
            let fits = credential.account == package.account
                && credential.device == package.device
                && info.suite.number() == suite;
            let pinned = self.store.pinned(package.account)?;
            let known = pinned.is_none_or(|pinned| pinned == credential.root_public_key);
            // One leaf each: a commit with two of a device, or with its committer's, is none.
            let is_new = Some(credential.device) != own
                && usable.iter().all(|other: &ClaimedKeyPackage| other.device != credential.device);
            if fits && known && is_new {
                usable.push(package);
                devices.push(credential);
            } else {
                tracing::warn!("a key package is not its account's, or one too many, and was left out");
            }
        }
        let Some(listed) = self.listed_now(id, &devices)? else { return Ok(None) };
        let kept = usable.into_iter().zip(listed).filter_map(|(package, listed)| listed.then_some(package));
        Ok(Some(kept.collect()))
    }

    fn begin_group(
        &mut self,
        conversation: &Conversation,
        row: &OutboxRow,
        packages: &[ClaimedKeyPackage],
    ) -> Result<std::result::Result<Request, GroupError>> {
        let id = conversation.id;
        let key = match conversation.conversation_key {
            Some(key) => key,
            None => self.random(),
        };
        let me = self.me()?;
        let roles = match conversation.peer {
            Some(peer) => Roles::direct(me, peer),
            None => Roles::group([me]),
        };
        let suite = Suite::from_number(conversation.suite).ok_or(EngineError::Broken("an unknown suite"))?;
        let group_id = GroupId { conversation: id, generation: conversation.generation };
        let (now, chosen) = (self.server_seconds(), choose(packages));
        let begun = self.with_context(|context| {
            let mut group = Group::create(context, group_id, suite, &roles, now)?;
            let (group_info, ratchet_tree) = group.export_group_info(context)?;
            let commit = match chosen.as_slice() {
                [] => group.update(context)?,
                chosen => group.add(context, chosen, &[], Some(&key))?,
            };
            Ok::<_, GroupError>((group, Beginning { group_info, ratchet_tree, commit }))
        })?;
        let (group, beginning) = match begun {
            Ok(begun) => begun,
            Err(GroupError::Store(error)) => return Err(error.into()),
            Err(error) => return Ok(Err(error)),
        };
        self.keep_group(group);
        self.share_conversation_key(id, &key)?;
        let state = match conversation.name.as_deref() {
            Some(name) => Some(self.first_state(id, &key, name)?.into()),
            None => None,
        };
        Ok(Ok(Request::ConversationCreate(ConversationCreate {
            conversation: id,
            direct_with: conversation.peer.filter(|_| conversation.kind == ConversationKind::Direct),
            suite: conversation.suite,
            group_info: beginning.group_info.into(),
            ratchet_tree: beginning.ratchet_tree.into(),
            client_id: row.client_id,
            commit: upload(beginning.commit),
            state,
        })))
    }

    pub(super) fn created(&mut self, id: ConversationId, answer: Answered<ConversationSummary>) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)?.filter(|found| found.phase == Phase::Local) else {
            return Ok(());
        };
        let Some(row) = self.store.outbox_create(id)? else { return Ok(()) };
        match answer {
            Ok(summary) => {
                // The log is taken from its first entry, which is the own commit.
                self.store.set_phase(id, Phase::Joined)?;
                self.store.advance(id, 0, Some(&HASH_BEFORE))?;
                self.store.outbox_set_answered(row.position)?;
                self.store.server_has(id, summary.position.last_seq.max(1))?;
                self.store.set(id, "state_known", summary.state_version)?;
                // Another device may have changed it since, where the answer comes late.
                let written = u64::from(self.store.group(id)?.record.is_some());
                self.store.set(id, "state_version", summary.state_version.min(written))?;
                self.memory.behind.insert(id);
                self.answer_creating(id, &Ok(Answer::Conversation { conversation: id }));
                self.details_changed(id);
                Ok(())
            }
            Err(RequestFailure::Problem(problem)) if problem.kind() == ProblemKind::DirectExists => {
                match problem.conversation {
                    Some(winner) => self.give_way(&conversation, winner),
                    None => self.give_up(&conversation, Failure::of_problem(&problem)),
                }
            }
            Err(failure) => self.creation_failed(&conversation, failure),
        }
    }

    /// The other person was faster.
    fn give_way(&mut self, conversation: &Conversation, winner: ConversationId) -> Result<()> {
        if self.store.conversation(winner)?.is_none() {
            self.add_known(winner, conversation.kind, conversation.suite, Phase::Expected)?;
        }
        self.supersede(conversation.id, winner)?;
        self.store.set(winner, "peer", conversation.peer.map(|peer| peer.0))?;
        self.memory.due.list = true;
        Ok(())
    }

    fn creation_failed(&mut self, conversation: &Conversation, failure: RequestFailure) -> Result<()> {
        if is_temporary(&failure) {
            // The conversation is here to be written in, and is made as soon as the server takes it.
            let id = conversation.id;
            self.answer_creating(id, &Ok(Answer::Conversation { conversation: id }));
            self.hold(Task::Conversation(id), Some(&failure));
            return Ok(());
        }
        self.give_up(conversation, failure.into())
    }

    /// The conversation cannot be made. What was written in it stays, as failed; without that it goes.
    fn give_up(&mut self, conversation: &Conversation, failure: Failure) -> Result<()> {
        let id = conversation.id;
        self.forget_group(conversation)?;
        if let Some(row) = self.store.outbox_create(id)? {
            self.store.outbox_set_failed(row.position, true)?;
        }
        self.fail_messages(id, send_failure(&failure.kind))?;
        if self.store.outbox_messages(id)?.is_empty() {
            self.store.remove_conversation(id)?;
        }
        self.answer_creating(id, &Err(failure));
        self.details_changed(id);
        Ok(())
    }

    /// Forgets a conversation's MLS state.
    pub(super) fn forget_group(&mut self, conversation: &Conversation) -> Result<()> {
        let id = GroupId { conversation: conversation.id, generation: conversation.generation };
        self.drop_group(conversation.id);
        if !self.has_credential()? {
            return Ok(());
        }
        self.with_context(|context| match Group::load(context, id)? {
            Some(group) => group.delete(context),
            None => Ok(()),
        })??;
        Ok(())
    }
}

/// As many key packages as one commit adds, all or none of an account's.
pub(super) fn choose(packages: &[ClaimedKeyPackage]) -> Vec<&[u8]> {
    let accounts: BTreeSet<_> = packages.iter().map(|package| package.account).collect();
    let mut chosen: Vec<&[u8]> = Vec::new();
    for account in accounts {
        let of_account = packages.iter().filter(|package| package.account == account);
        let of_account: Vec<_> = of_account.map(|package| package.key_package.as_ref()).collect();
        if chosen.len() + of_account.len() <= ADD_BATCH_MAX {
            chosen.extend(of_account);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealpost_protocol::DeviceId;

    #[test]
    fn accounts_are_added_whole_and_never_more_than_fit() {
        let package = |account: u8, device: u8| ClaimedKeyPackage {
            account: AccountId([account; 16]),
            device: DeviceId([device; 16]),
            key_package: vec![account].into(),
        };
        let packages: Vec<_> = (0..60).flat_map(|account| (0..3).map(move |device| package(account, device))).collect();
        let chosen = choose(&packages);
        assert_eq!(chosen.len(), 99);
        for account in 0..60 {
            let count = chosen.iter().filter(|package| **package == [account]).count();
            assert!(count == 0 || count == 3);
        }
    }
}
