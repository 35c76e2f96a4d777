//! Requests to join by an invite link, as an admin's device answers them.

use sealpost_mls::GroupError;
use sealpost_protocol::{
    AccountId, ConversationId, LinkId,
    device::ClaimedKeyPackage,
    link::{JoinRequest, JoinRequests, JoinRequestsRead},
};

use super::{
    RequestFailure, Result,
    conversations::{GROUP_MAX, Outcome},
    links::request_mac,
    purpose::{Purpose, Task},
    requests::Answered,
    state_record::InviteLink,
    turn::Turn,
};
use crate::{
    command::{Answer, Failure},
    store::{Conversation, Intent, JoinRequestRow, OutboxRow, Phase, StateChange},
};

impl Turn<'_> {
    /// Requests wait here, or one of this account was answered.
    pub(super) fn join_requests_changed(&mut self, id: ConversationId) -> Result<()> {
        self.memory.requests_wanted.insert(id);
        self.attend(id);
        Ok(())
    }

    /// After connecting: wherever this account lets people in, waits to be, or has taken that back.
    pub(super) fn join_requests_due(&mut self) -> Result<()> {
        let mut due = self.store.asked_anywhere()?;
        let Some(session) = self.session()? else { return Ok(()) };
        for id in self.store.administered(session.account)? {
            let Some(conversation) = self.store.conversation(id)? else { continue };
            if !self.state_of(&conversation)?.links.is_empty() {
                due.push(id);
            }
        }
        self.memory.attention.extend(&due);
        self.memory.requests_wanted.extend(due);
        Ok(())
    }

    /// Asks for the requests that wait; gives whether there was a reason to.
    pub(super) fn ask_join_requests(&mut self, id: ConversationId) -> Result<bool> {
        let wanted = self.memory.requests_wanted.remove(&id) && self.is_admin(id)?;
        if wanted {
            self.ask(JoinRequestsRead { conversation: id }, Purpose::JoinRequests(id));
        }
        Ok(wanted)
    }

    pub(super) fn join_requests_read(&mut self, id: ConversationId, answer: Answered<JoinRequests>) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)?.filter(|found| found.phase == Phase::Joined) else {
            return Ok(());
        };
        let requests = match answer {
            Ok(answer) => answer.requests,
            Err(failure) => {
                if !matches!(&failure, RequestFailure::Problem(problem) if !problem.is_temporary()) {
                    self.memory.requests_wanted.insert(id);
                    self.hold(Task::Conversation(id), Some(&failure));
                }
                return Ok(());
            }
        };
        for row in self.store.join_requests(id)? {
            if !requests.iter().any(|request| request.request == row.request) {
                self.store.remove_join_request(row.request)?;
            }
        }
        for request in &requests {
            self.judge(&conversation, request)?;
        }
        self.details_changed(id);
        Ok(())
    }

    /// Lets someone in, keeps the request for an admin to see, or refuses it.
    fn judge(&mut self, at: &Conversation, request: &JoinRequest) -> Result<()> {
        if !self.state_of(at)?.links.iter().any(|link| link.id() == request.link) {
            // Another admin made it, perhaps, and the state that has it is on its way.
            return Ok(());
        }
        let link = self.open_link(at, request.link)?.filter(|link| {
            let mac = request_mac(&link.secret, request.account, request.device, &request.key_package);
            mac == request.mac.as_ref()
        });
        let is_member = self.store.present_members(at.id)?.iter().any(|(member, _)| *member == request.account);
        let row = JoinRequestRow {
            request: request.request,
            link: request.link,
            account: request.account,
            key_package: request.key_package.0.clone(),
            time: request.time,
        };
        let intent = match link {
            Some(link) if !is_member && link.approval => {
                self.store.add_join_request(at.id, &row)?;
                self.memory.due.names = true;
                return Ok(());
            }
            Some(_) if !is_member => admission(row),
            _ => Intent::Settle(request.request),
        };
        self.put_once(at.id, &intent)
    }

    fn put_once(&mut self, id: ConversationId, intent: &Intent) -> Result<()> {
        if !self.store.outbox_has(id, intent)? {
            let client_id = self.client_id();
            self.store.outbox_push(id, client_id, intent)?;
            self.attend(id);
        }
        Ok(())
    }

    /// The link with this name, if someone may still come by it.
    fn open_link(&self, at: &Conversation, link: LinkId) -> Result<Option<InviteLink>> {
        let now = self.server_millis();
        let links = self.state_of(at)?.links;
        Ok(links.into_iter().find(|known| known.id() == link && known.is_open(now)))
    }

    pub(super) fn answer_join_request(&mut self, at: ConversationId, request: &str, accept: bool) -> Result<Outcome> {
        let conversation = match self.administered(at)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        let waiting = self.store.join_requests(conversation.id)?;
        let Some(row) = waiting.into_iter().find(|row| row.request.to_string() == request) else {
            return Ok(Err(Failure::new("not-found", "that request does not wait any more")));
        };
        let request = row.request;
        let intent = if accept { admission(row) } else { Intent::Settle(request) };
        self.put_once(conversation.id, &intent)?;
        self.store.remove_join_request(request)?;
        self.details_changed(conversation.id);
        Ok(Ok(Answer::Done))
    }

    /// Adds who asked, if that is still to be done.
    pub(super) fn send_requested(
        &mut self,
        at: &Conversation,
        row: &OutboxRow,
        account: AccountId,
        link: LinkId,
        key_package: &[u8],
    ) -> Result<()> {
        let members = self.store.present_members(at.id)?;
        let is_member = members.iter().any(|(member, _)| *member == account);
        if is_member || !self.is_admin(at.id)? || self.open_link(at, link)?.is_none() || members.len() >= GROUP_MAX {
            return self.give_up_admission(at.id, row);
        }
        let device = sealpost_mls::inspect_key_package(key_package, self.server_seconds());
        let Ok(device) = device.map(|info| info.credential.device) else { return self.give_up_admission(at.id, row) };
        let package = ClaimedKeyPackage { account, device, key_package: key_package.into() };
        let Some(usable) = self.usable(at.id, vec![package], at.suite)? else { return Ok(()) };
        let Some(package) = usable.first() else { return self.give_up_admission(at.id, row) };
        let key = at.conversation_key;
        let packages = [&package.key_package];
        let made = self.with_group(at, |context, group| group.add(context, &packages, &[], key.as_ref()))?;
        if let Some(Err(GroupError::KeyPackage(error))) = &made {
            tracing::warn!(error = %error, "who asked to join could not be added");
            return self.give_up_admission(at.id, row);
        }
        self.send_commit(at, row, made)
    }

    /// Nobody is added for a request: it ends.
    pub(super) fn give_up_admission(&mut self, id: ConversationId, row: &OutboxRow) -> Result<()> {
        self.store.outbox_remove(row.position)?;
        if let Intent::AddRequested { request, .. } = &row.intent {
            self.put_once(id, &Intent::Settle(*request))?;
        }
        self.attend(id);
        Ok(())
    }

    /// The log has the commit that added who asked.
    pub(super) fn let_in(&mut self, at: &Conversation, row: &OutboxRow) -> Result<()> {
        let Intent::AddRequested { request, account, link, .. } = &row.intent else { return Ok(()) };
        self.store.outbox_remove(row.position)?;
        self.store.remove_join_request(*request)?;
        let content = self.announcement(at.id, &super::changes::Announcement::JoinedByLink(*account))?;
        self.put(at, Some(Intent::Change(content.into())))?.ok();
        let used = self.state_of(at)?.links.into_iter().find(|known| known.id() == *link);
        if let Some(InviteLink { secret, .. }) = used {
            // Before whoever waits to be let in next: a link is good for so many only.
            let client_id = self.client_id();
            let used = Intent::State(StateChange::UseLink { secret });
            self.store.outbox_push_first(at.id, client_id, &used)?;
        }
        self.put_once(at.id, &Intent::Settle(*request))
    }
}

fn admission(row: JoinRequestRow) -> Intent {
    let JoinRequestRow { request, account, link, key_package, .. } = row;
    Intent::AddRequested { request, account, link, key_package: key_package.into() }
}
