//! The life of an own commit: made and sent, then merged when the log shows it or dropped when another came first. As long
//! as nobody knows which, no other commit is made.

use sealpost_mls::{CommitBundle, GroupError};
use sealpost_protocol::{
    AccountId, Bytes, ClientId, ConversationId, ProblemKind, Request,
    conversation::{Append, Appended, Entry, LogAppend},
    device::{KeyPackagesClaim, KeyPackagesClaimed},
    socket::{from_cbor, to_cbor},
};

use super::{
    RequestFailure, Result,
    create::{batch, choose, upload},
    purpose::{Purpose, Task},
    requests::{Answered, is_temporary},
    turn::{Held, Turn},
};
use crate::store::{Conversation, Intent, OutboxRow, StoredNotice};

/// First and longest wait before people without key packages are asked for again, in milliseconds. Messages pass them.
const ABSENT_FIRST: u64 = 1_000;
const ABSENT_LONGEST: u64 = 10 * 60 * 1000;

impl Turn<'_> {
    /// First step of adding people: their key packages. Those who are members already are left out.
    pub(super) fn claim_to_add(
        &mut self,
        conversation: &Conversation,
        row: &OutboxRow,
        accounts: &[AccountId],
    ) -> Result<()> {
        let members = self.store.members(conversation.id)?;
        let mut missing = accounts.to_vec();
        missing.retain(|account| !members.iter().any(|(member, _)| member == account));
        let own = self.own_to_add(conversation)?;
        if missing.is_empty() && own.is_none() {
            return self.nobody_to_add(conversation.id, row);
        }
        let accounts = batch(&missing, own);
        let (suite, at) = (conversation.suite, Some(conversation.id));
        let request = KeyPackagesClaim { claim: row.client_id, accounts, suite, conversation: at };
        let purpose = Purpose::ClaimToAdd { conversation: conversation.id, id: row.client_id, accounts: missing };
        self.ask(request, purpose);
        Ok(())
    }

    /// The own account, in a group that this device has just begun anew: its other devices are in it from the beginning, too.
    fn own_to_add(&mut self, conversation: &Conversation) -> Result<Option<AccountId>> {
        Ok(if conversation.epoch == Some(0) { Some(self.me()?) } else { None })
    }

    fn nobody_to_add(&mut self, id: ConversationId, row: &OutboxRow) -> Result<()> {
        self.store.outbox_remove(row.position)?;
        self.details_changed(id);
        self.attend(id);
        Ok(())
    }

    /// Second step: the commit. Who has no key package yet (who signed up a moment ago, say) is asked for again later, and
    /// those who do not fit come with the next commit.
    pub(super) fn claimed_to_add(
        &mut self,
        id: ConversationId,
        claim: ClientId,
        missing: &[AccountId],
        answer: Answered<KeyPackagesClaimed>,
    ) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)?.filter(|found| found.phase.is_taking()) else {
            return Ok(());
        };
        let Some(row) = self.store.outbox_find(id, claim)?.filter(|row| row.sent.is_none()) else { return Ok(()) };
        let claimed = match answer {
            Ok(claimed) => claimed,
            Err(RequestFailure::Lost) => return Ok(()),
            Err(failure) if is_temporary(&failure) => {
                self.hold(Task::Conversation(id), Some(&failure));
                return Ok(());
            }
            Err(failure) => return self.drop_commit(id, &row, &failure.to_string()),
        };
        let (refused, mut missing) = (claimed.refused, missing.to_vec());
        missing.retain(|account| !refused.contains(account));
        self.tell_not_added(id, &refused)?;
        let own = self.own_to_add(&conversation)?;
        if missing.is_empty() && own.is_none() {
            return self.nobody_to_add(id, &row);
        }
        let Some(mut usable) = self.usable(id, claimed.key_packages, conversation.suite)? else { return Ok(()) };
        usable.retain(|package| missing.contains(&package.account) || own == Some(package.account));
        let chosen = choose(&usable);
        if chosen.is_empty() && missing.is_empty() {
            return self.nobody_to_add(id, &row);
        }
        if chosen.is_empty() {
            return self.wait_for_absent(id, &row, &missing);
        }
        self.memory.absent.remove(&id);
        // Whoever this commit does not add is asked for again after it.
        self.store.outbox_replace(row.position, row.client_id, &Intent::Add(missing))?;
        let key = conversation.conversation_key;
        let made = self.with_group(&conversation, |context, group| group.add(context, &chosen, &[], key.as_ref()))?;
        self.send_commit(&conversation, &row, made)
    }

    fn wait_for_absent(&mut self, id: ConversationId, row: &OutboxRow, missing: &[AccountId]) -> Result<()> {
        let mut left = missing.to_vec();
        // Those who were not asked for come first the next time.
        left.rotate_left(batch(missing, None).len());
        // A claim is answered the same each time, so the next one has another name.
        let next = self.client_id();
        self.store.outbox_replace(row.position, next, &Intent::Add(left))?;
        let attempt = self.memory.absent.get(&id).map_or(0, |held| held.attempt + 1);
        let limit = ABSENT_FIRST.saturating_mul(1 << attempt.min(10)).min(ABSENT_LONGEST);
        let until = self.now + limit / 2 + self.jitter(limit / 2);
        self.memory.absent.insert(id, Held { until, attempt });
        self.wake_at(id, until);
        Ok(())
    }

    /// Whether those who are to be added had no key packages when last asked for, and it is too early to ask again.
    pub(super) fn waits_for_absent(&self, id: ConversationId) -> bool {
        self.memory.absent.get(&id).is_some_and(|held| held.until > self.now)
    }

    pub(super) fn send_heal(&mut self, conversation: &Conversation, row: &OutboxRow) -> Result<()> {
        let made = self.with_group(conversation, |context, group| group.update(context))?;
        self.send_commit(conversation, row, made)
    }

    pub(super) fn send_commit(
        &mut self,
        conversation: &Conversation,
        row: &OutboxRow,
        made: Option<std::result::Result<CommitBundle, GroupError>>,
    ) -> Result<()> {
        let bundle = match made {
            None => return self.rejoin(conversation),
            Some(Ok(bundle)) => bundle,
            Some(Err(GroupError::Store(error))) => return Err(error.into()),
            Some(Err(error)) => return self.drop_commit(conversation.id, row, &error.to_string()),
        };
        let request = Request::LogAppend(LogAppend {
            conversation: conversation.id,
            generation: conversation.generation,
            epoch: bundle.epoch_after - 1,
            client_id: row.client_id,
            append: Append::Commit(upload(bundle)),
        });
        self.store.outbox_set_sent(row.position, Some(&to_cbor(&request)?))?;
        self.ask(request, Purpose::Commit { conversation: conversation.id, id: row.client_id });
        Ok(())
    }

    pub(super) fn resend_commit(&mut self, conversation: ConversationId, id: ClientId, sent: &[u8]) -> Result<()> {
        let request: Request = from_cbor(sent)?;
        self.ask(request, Purpose::Commit { conversation, id });
        Ok(())
    }

    pub(super) fn commit_answered(
        &mut self,
        id: ConversationId,
        client_id: ClientId,
        answer: Answered<Appended>,
    ) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        // Unless the log has decided meanwhile.
        let Some(row) = self.store.outbox_find(id, client_id)?.filter(|row| row.sent.is_some()) else { return Ok(()) };
        match answer {
            Ok(appended) => self.commit_accepted(&conversation, &row, appended.seq),
            Err(RequestFailure::Lost) => Ok(()),
            Err(RequestFailure::Problem(problem)) => match (problem.kind(), problem.first) {
                (ProblemKind::ClientIdReused, Some(first)) => self.commit_accepted(&conversation, &row, first.seq),
                (ProblemKind::StaleEpoch, _) => {
                    self.clear_commit(&conversation, &row)?;
                    self.catch_up(id, &problem)
                }
                (ProblemKind::RemovalsPending, _) => {
                    self.clear_commit(&conversation, &row)?;
                    if row.intent == Intent::RemoveLeft {
                        // The server asks for more than was removed: not at once again.
                        self.hold(Task::Conversation(id), None);
                    }
                    self.removals_pending(id, &problem)
                }
                (ProblemKind::NotFound, _) => {
                    self.clear_commit(&conversation, &row)?;
                    self.not_known(id)
                }
                _ if problem.is_temporary() => {
                    self.hold(Task::Conversation(id), Some(&problem.into()));
                    Ok(())
                }
                _ => {
                    self.clear_commit(&conversation, &row)?;
                    if row.intent == Intent::RemoveLeft {
                        self.store.forget_delistings(id)?;
                    }
                    let Some(row) = self.store.outbox_at(row.position)? else { return Ok(()) };
                    self.drop_commit(id, &row, &problem.to_string())
                }
            },
        }
    }

    fn commit_accepted(&mut self, conversation: &Conversation, row: &OutboxRow, seq: u64) -> Result<()> {
        self.store.outbox_set_answered(row.position)?;
        self.store.server_has(conversation.id, seq)?;
        self.memory.behind.insert(conversation.id);
        Ok(())
    }

    /// An own commit was not accepted: the group is as if it had not been made.
    fn clear_commit(&mut self, conversation: &Conversation, row: &OutboxRow) -> Result<()> {
        if let Some(cleared) = self.with_group(conversation, |context, group| group.clear_pending_commit(context))? {
            cleared?;
        }
        self.commit_lost(conversation.id, row)
    }

    /// Another commit came first: adds are made anew, healing waits for a quieter time.
    pub(super) fn commit_lost(&mut self, id: ConversationId, row: &OutboxRow) -> Result<()> {
        if self.store.group(id)?.gives_old_key {
            self.store.set_group(id, "gives_old_key", false)?;
        }
        if row.intent == Intent::Heal {
            self.put_off_healing(id)?;
            return Ok(self.store.outbox_remove(row.position)?);
        }
        // Nothing was logged under the old id. A new one claims key packages for those who are still missing.
        let next = self.client_id();
        Ok(self.store.outbox_replace(row.position, next, &row.intent)?)
    }

    /// A commit that cannot be made or is refused is given up, and whoever wanted it is told.
    fn drop_commit(&mut self, id: ConversationId, row: &OutboxRow, cause: &str) -> Result<()> {
        tracing::warn!(cause, "a change to a conversation was given up");
        match &row.intent {
            Intent::AddRequested { .. } => return self.give_up_admission(id, row),
            // What is sent next asks for it again.
            Intent::RemoveLeft => self.hold(Task::Conversation(id), None),
            _ => {}
        }
        self.refuse_change(id, row, true)
    }

    /// Says who of these is not added.
    pub(super) fn tell_not_added(&mut self, id: ConversationId, accounts: &[AccountId]) -> Result<()> {
        let members = self.store.members(id)?;
        let mut people = accounts.to_vec();
        people.retain(|account| !members.iter().any(|(member, _)| member == account));
        let Some(conversation) = self.store.conversation(id)?.filter(|_| !people.is_empty()) else { return Ok(()) };
        let notice = StoredNotice::NotAdded { people };
        self.store.add_notice(id, conversation.applied_seq, self.now, &notice)?;
        self.changed(id);
        Ok(())
    }

    /// Those of some accounts who are members, or who are not.
    fn members_among(&self, id: ConversationId, accounts: &[AccountId], members: bool) -> Result<Vec<AccountId>> {
        let known = self.store.members(id)?;
        let is_member = |account: &AccountId| known.iter().any(|(member, _)| member == account);
        Ok(accounts.iter().copied().filter(|account| is_member(account) == members).collect())
    }

    /// One commit has done its part of an intent: what is left takes its place.
    fn keep_what_is_left(&mut self, id: ConversationId, row: &OutboxRow, left: Option<Intent>) -> Result<()> {
        self.attend(id);
        match left {
            Some(left) => {
                let next = self.client_id();
                Ok(self.store.outbox_replace(row.position, next, &left)?)
            }
            None => Ok(self.store.outbox_remove(row.position)?),
        }
    }

    /// The log shows the own pending commit.
    pub(super) fn merge_own(&mut self, conversation: &Conversation, row: &OutboxRow, entry: &Entry) -> Result<()> {
        let id = conversation.id;
        let before = if row.intent == Intent::RemoveLeft { self.leaves(conversation)? } else { Vec::new() };
        if let Some(merged) = self.with_group(conversation, |context, group| group.merge_pending_commit(context))? {
            merged?;
        }
        self.note_epoch(id)?;
        self.note_put_out(conversation, &before)?;
        let me = self.me()?;
        // Who was added with the key before is told the present one.
        if self.store.group(id)?.gives_old_key
            && let Some(key) = self.store.conversation(id)?.and_then(|present| present.conversation_key)
        {
            let content = Bytes(self.key_message(id, &key)?);
            let client_id = self.client_id();
            self.store.outbox_push_first(id, client_id, &Intent::Change(content))?;
            self.store.set_group(id, "gives_old_key", false)?;
        }
        match &row.intent {
            Intent::Create(accounts) | Intent::Add(accounts) => {
                if entry.seq == 1 {
                    self.store.add_notice(id, 1, entry.time, &StoredNotice::Created { by: me })?;
                }
                // Who is in again after a reset is no news.
                let by = Some(me).filter(|_| conversation.reset_by.is_none());
                self.members_changed(id, by, entry, accounts.len(), &[])?;
                // Only who is still to come: who is removed by another from here on stays out.
                let missing = self.members_among(id, accounts, false)?;
                if missing.is_empty() {
                    self.store.set(id, "reset_by", None::<[u8; 16]>)?;
                }
                self.keep_what_is_left(id, row, (!missing.is_empty()).then_some(Intent::Add(missing)))?;
            }
            Intent::Heal => {
                self.healed(id)?;
                self.store.outbox_remove(row.position)?;
            }
            Intent::Remove(accounts) => {
                self.members_changed(id, Some(me), entry, 0, &[])?;
                self.healed(id)?;
                // Whoever did not fit into one commit goes with the next.
                let present = self.members_among(id, accounts, true)?;
                self.keep_what_is_left(id, row, (!present.is_empty()).then_some(Intent::Remove(present)))?;
                self.renew_key(conversation)?;
            }
            Intent::RemoveLeft => {
                let left: Vec<_> = self.store.leaving(id)?.into_iter().map(|(account, _)| account).collect();
                self.members_changed(id, Some(me), entry, 0, &left)?;
                self.healed(id)?;
                self.keep_what_is_left(id, row, Some(Intent::RemoveLeft))?;
                self.renew_key(conversation)?;
            }
            Intent::Roles(_) => {
                self.members_changed(id, Some(me), entry, 0, &[])?;
                self.store.outbox_remove(row.position)?;
            }
            Intent::AddRequested { .. } => {
                self.members_changed(id, Some(me), entry, 1, &[])?;
                self.let_in(conversation, row)?;
            }
            // Not made by commits.
            Intent::Message(_)
            | Intent::Change(_)
            | Intent::State(_)
            | Intent::Link { .. }
            | Intent::Leave
            | Intent::Settle(_) => {}
        }
        Ok(())
    }
}
