//! The life of an own commit: made and sent, then merged when the log shows it or dropped when another came first. As long
//! as nobody knows which, no other commit is made.

use sealpost_mls::{CommitBundle, GroupError};
use sealpost_protocol::{
    AccountId, ClientId, ConversationId, ProblemKind, Request, Timestamp,
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
use crate::store::{Conversation, Intent, OutboxRow, Phase, StoredNotice};

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
        if missing.is_empty() {
            self.store.outbox_remove(row.position)?;
            self.attend(conversation.id);
            return Ok(());
        }
        let accounts = batch(&missing, None);
        let request = KeyPackagesClaim { claim: row.client_id, accounts, suite: conversation.suite };
        let purpose = Purpose::ClaimToAdd { conversation: conversation.id, id: row.client_id, accounts: missing };
        self.ask(request, purpose);
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
        let Some(conversation) = self.store.conversation(id)?.filter(|found| found.phase == Phase::Joined) else {
            return Ok(());
        };
        let Some(row) = self.store.outbox_find(id, claim)?.filter(|row| row.sent.is_none()) else { return Ok(()) };
        let claimed = match answer {
            Ok(claimed) => claimed.key_packages,
            Err(RequestFailure::Lost) => return Ok(()),
            Err(failure) if is_temporary(&failure) => {
                self.hold(Task::Conversation(id), Some(&failure));
                return Ok(());
            }
            Err(failure) => return self.drop_commit(&row, &failure.to_string()),
        };
        let mut usable = self.usable(claimed, conversation.suite)?;
        usable.retain(|package| missing.contains(&package.account));
        let chosen = choose(&usable);
        if chosen.is_empty() {
            return self.wait_for_absent(id, &row, missing);
        }
        self.memory.absent.remove(&id);
        // Whoever this commit does not add is asked for again after it.
        self.store.outbox_replace(row.position, row.client_id, &Intent::Add(missing.to_vec()))?;
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

    fn send_commit(
        &mut self,
        conversation: &Conversation,
        row: &OutboxRow,
        made: Option<std::result::Result<CommitBundle, GroupError>>,
    ) -> Result<()> {
        let bundle = match made {
            None => return self.rejoin(conversation, None),
            Some(Ok(bundle)) => bundle,
            Some(Err(GroupError::Store(error))) => return Err(error.into()),
            Some(Err(error)) => return self.drop_commit(row, &error.to_string()),
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
                (ProblemKind::NotFound, _) => self.leave(id),
                _ if problem.is_temporary() => {
                    self.hold(Task::Conversation(id), Some(&problem.into()));
                    Ok(())
                }
                _ => {
                    self.clear_commit(&conversation, &row)?;
                    self.drop_commit(&row, &problem.to_string())
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
        if row.intent == Intent::Heal {
            self.put_off_healing(id)?;
            return Ok(self.store.outbox_remove(row.position)?);
        }
        // Nothing was logged under the old id. A new one claims key packages for those who are still missing.
        let next = self.client_id();
        Ok(self.store.outbox_replace(row.position, next, &row.intent)?)
    }

    /// A commit that cannot be made or is refused is given up.
    fn drop_commit(&mut self, row: &OutboxRow, cause: &str) -> Result<()> {
        tracing::warn!(cause, "a change to a conversation was given up");
        Ok(self.store.outbox_remove(row.position)?)
    }

    /// The log shows the own pending commit.
    pub(super) fn merge_own(&mut self, conversation: &Conversation, row: &OutboxRow, entry: &Entry) -> Result<()> {
        let id = conversation.id;
        if let Some(merged) = self.with_group(conversation, |context, group| group.merge_pending_commit(context))? {
            merged?;
        }
        let me = self.me()?;
        match &row.intent {
            Intent::Create(accounts) | Intent::Add(accounts) => {
                if entry.seq == 1 {
                    self.store.add_notice(id, 1, entry.time, &StoredNotice::Created { by: me })?;
                }
                self.members_changed(id, Some(me), entry.seq, entry.time, accounts.len())?;
                let next = self.client_id();
                self.store.outbox_replace(row.position, next, &Intent::Add(accounts.clone()))?;
            }
            Intent::Heal => {
                self.healed(id)?;
                self.store.outbox_remove(row.position)?;
            }
            Intent::Message(_) => {}
        }
        Ok(())
    }

    /// Reads the members from the group anew and tells what changed. `by` is who changed them; without it this device has
    /// just joined and nothing is told. `added` leaves were added at once.
    pub(super) fn members_changed(
        &mut self,
        id: ConversationId,
        by: Option<AccountId>,
        seq: u64,
        time: Timestamp,
        added: usize,
    ) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        let read = self.with_group(&conversation, |_, group| {
            Ok::<_, GroupError>((group.members()?, group.roles()?, group.own_leaf()))
        })?;
        let Some(read) = read else { return Ok(()) };
        let (leaves, roles, own_leaf) = read?;
        // Whom this device added itself is seen here for the first time, perhaps.
        if self.pin_all(&leaves)?.is_some() {
            return self.stop(id, seq, time, "a member's identity key is not the one known before");
        }
        let before = if seq == 1 { Vec::new() } else { self.store.members(id)? };
        let mut now: Vec<_> = leaves.iter().map(|leaf| (leaf.account, roles.is_admin(leaf.account))).collect();
        now.sort();
        now.dedup();
        self.store.set_members(id, &now)?;
        self.set_peer(&conversation, &roles)?;
        let missing_in =
            |set: &[(AccountId, bool)], account: &AccountId| !set.iter().any(|(member, _)| member == account);
        if let Some(by) = by
            && seq > 1
        {
            let people: Vec<_> =
                now.iter().map(|member| member.0).filter(|account| missing_in(&before, account)).collect();
            if !people.is_empty() {
                self.store.add_notice(id, seq, time, &StoredNotice::Added { by, people })?;
            }
            let people: Vec<_> =
                before.iter().map(|member| member.0).filter(|account| missing_in(&now, account)).collect();
            if !people.is_empty() {
                self.store.add_notice(id, seq, time, &StoredNotice::Removed { by, people })?;
            }
        }
        self.group_grew(id, own_leaf, &leaves, added)?;
        self.memory.due.names = true;
        self.memory.cursors_wanted.insert(id);
        self.details_changed(id);
        Ok(())
    }
}
