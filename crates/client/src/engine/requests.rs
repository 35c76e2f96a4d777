//! Asking and being answered: requests on their way, what failed for a while, and what to do next.

use sealpost_protocol::{Bytes, Problem, ProblemKind, Request, Response};

use super::{
    CommandId, Effect, RequestFailure, RequestId, Result, TimerId, Via,
    purpose::{Purpose, Task},
    search::Query,
    sign_up::CommandResult,
    turn::{Held, Open, Turn},
};
use crate::command::{Answer, Command, Failure};

/// First and longest wait before something that failed for a while is tried again, in milliseconds.
const RETRY_FIRST: u64 = 500;
const RETRY_LONGEST: u64 = 60_000;
/// Longest wait where somebody else has to act first, in milliseconds.
const PATIENCE_LONGEST: u64 = 10 * 60 * 1000;

impl Failure {
    pub(crate) fn new(kind: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { kind: kind.into(), detail: detail.into(), retry_after: None }
    }

    pub(super) fn offline() -> Self {
        Self::new("offline", "there is no connection to the server")
    }

    pub(super) fn of_problem(problem: &Problem) -> Self {
        let detail = if problem.detail.is_empty() { &problem.title } else { &problem.detail };
        let retry_after = problem.retry_after;
        Self { kind: problem.kind().name().to_owned(), detail: detail.clone(), retry_after }
    }
}

impl From<RequestFailure> for Failure {
    fn from(failure: RequestFailure) -> Self {
        match failure {
            RequestFailure::Problem(problem) => Self::of_problem(&problem),
            RequestFailure::Lost => Self::offline(),
        }
    }
}

/// What a request came to.
pub(super) type Outcome = std::result::Result<Response, RequestFailure>;

/// An operation's response, or why there is none.
pub(super) type Answered<R> = std::result::Result<R, RequestFailure>;

/// The answer as the type that the request's operation has.
#[allow(clippy::result_large_err, reason = "problems are rare and are looked at once")]
pub(super) fn typed<R: TryFrom<Response>>(outcome: Outcome) -> Answered<R> {
    R::try_from(outcome?)
        .map_err(|_| Problem::new(ProblemKind::Internal).with_detail("the server answered something else").into())
}

/// The problem, if the server refused for a while only; `Lost` is one as well.
pub(super) fn is_temporary(failure: &RequestFailure) -> bool {
    match failure {
        RequestFailure::Problem(problem) => problem.is_temporary(),
        RequestFailure::Lost => true,
    }
}

impl Turn<'_> {
    pub(super) fn command(&mut self, id: CommandId, command: Command) -> Result<()> {
        let signed_in = self.session()?.is_some();
        let entry = matches!(
            command,
            Command::SignUp { .. }
                | Command::SignIn { .. }
                | Command::SignInWithPasskey { .. }
                | Command::Recover { .. }
                | Command::StartLinking {}
        );
        let always =
            matches!(command, Command::CheckPassword { .. } | Command::NetworkChanged { .. } | Command::StopLinking {});
        if entry && signed_in {
            self.finish(id, Err(Failure::new("not-allowed", "someone is signed in here")));
            return Ok(());
        }
        let leaving = self.memory.signing_out.is_some();
        if (!signed_in && !entry || leaving) && !always {
            self.finish(id, Err(Failure::new("signed-out", "nobody is signed in here")));
            return Ok(());
        }
        let result = self.run_command(id, command)?;
        if let Some(result) = result {
            self.finish(id, result);
        }
        Ok(())
    }

    /// Runs a command; gives its result unless that comes later.
    fn run_command(&mut self, id: CommandId, command: Command) -> Result<CommandResult> {
        Ok(Some(match command {
            Command::SignUp { username, display_name, password, invite } => {
                return self.sign_up(id, username, display_name, password, invite);
            }
            Command::SignIn { username, password } => return self.sign_in(id, username, password),
            Command::Recover { username, code, new_password } => {
                return self.recover(id, username, &code, new_password);
            }
            Command::ChangePassword { current, new } => return self.change_password(id, current, new),
            Command::NewRecoveryCode {} => self.new_recovery_code(),
            Command::SetRecoveryCode { code, typed, password } => {
                return self.set_recovery_code(id, &code, &typed, password);
            }
            Command::SignOut {} => return self.sign_out(id),
            Command::SearchPeople { prefix } => return self.search(id, prefix),
            Command::StartDirect { account } => return self.start_direct(id, account),
            Command::CreateGroup { name, members } => return self.create_group(id, name, members),
            Command::CheckPassword { password, context } => {
                Ok(Answer::Password(super::password::strength(&password, &context)))
            }
            Command::ConfirmRecoveryCode { code } => self.confirm_recovery_code(&code)?,
            Command::AddMembers { conversation, members } => self.add_members(conversation, &members)?,
            Command::SendText { conversation, id, text, reply_to } => {
                self.send_text(conversation, id, &text, reply_to.as_deref())?
            }
            Command::EditText { conversation, key, text } => self.edit_text(conversation, &key, &text)?,
            Command::DeleteMessages { conversation, keys, everyone } => {
                self.delete_messages(conversation, &keys, everyone)?
            }
            Command::React { conversation, key, emoji, add } => self.react(conversation, &key, &emoji, add)?,
            Command::SendPoll { conversation, id, question, options, multiple } => {
                self.send_poll(conversation, id, &question, &options, multiple)?
            }
            Command::Vote { conversation, key, choices } => self.vote(conversation, &key, &choices)?,
            Command::Forward { id, conversation, keys, to } => self.forward(id, conversation, &keys, &to)?,
            Command::CompleteMention { conversation, prefix } => self.complete_mention(conversation, &prefix)?,
            Command::FindTime { conversation, time } => self.find_time(conversation, time)?,
            Command::ReadMessageInfo { conversation, key } => self.read_message_info(conversation, &key)?,
            Command::Search { query, conversation, limit, utc_offset } => {
                self.search_messages(&Query::parse(&query, utc_offset), conversation, limit)?
            }
            Command::ReadExport { conversations, form, disappearing, after } => {
                self.read_export(&conversations, form, disappearing, after.as_deref())?
            }
            Command::Look { conversation } => self.look(conversation)?,
            Command::SetTyping { conversation, typing } => self.set_typing(conversation, typing)?,
            Command::ArrangeConversation { conversation, arrangement } => {
                self.arrange_conversation(conversation, &arrangement)?
            }
            Command::DeleteConversation { conversation } => self.delete_conversation(conversation)?,
            Command::AcceptRequest { conversation } => self.accept_request(conversation)?,
            Command::Block { account, blocked } => self.block(account, blocked)?,
            Command::SetContact { account, contact } => self.set_contact(account, contact)?,
            Command::ReadSafetyNumber { account } => self.read_safety_number(account)?,
            Command::SetVerified { account, number, verified } => self.set_verified(account, &number, verified)?,
            Command::Report { conversation, account, keys, comment } => {
                return self.report(id, conversation, account, &keys, comment);
            }
            Command::ChangeSettings(change) => self.change_settings(&change)?,
            Command::SetProfile { display_name, picture } => return self.set_profile(id, display_name, picture),
            Command::Retry { conversation, id } => self.retry(conversation, id)?,
            Command::Discard { conversation, id } => self.discard(conversation, id)?,
            Command::MarkRead { conversation, seq } => self.mark_read(conversation, seq)?,
            Command::SaveDraft { conversation, text } => self.save_draft(conversation, &text)?,
            Command::ReadDraft { conversation } => self.read_draft(conversation)?,
            Command::NetworkChanged { online } => self.network_changed(online)?,
            other => return self.run_device_command(id, other),
        }))
    }

    /// Runs a command about the account's devices and passkeys.
    fn run_device_command(&mut self, id: CommandId, command: Command) -> Result<CommandResult> {
        Ok(Some(match command {
            Command::ReadDevices {} => self.read_devices()?,
            Command::RenameDevice { device, name } => self.rename_device(device, &name)?,
            Command::AcknowledgeDevices {} => self.acknowledge_devices()?,
            Command::RevokeDevices { devices, proof } => return self.revoke_devices(id, devices, proof),
            Command::StartLinking {} => self.start_linking()?,
            Command::StopLinking {} => self.stop_linking()?,
            Command::LinkDevice { code } => return self.link_device(id, &code),
            Command::ApproveLinking {} => return self.approve_linking(id),
            Command::ReadPasskeys {} => self.read_passkeys(),
            Command::SignInWithPasskey { secret } => return Ok(self.sign_in_with_passkey(id, secret)),
            Command::AddPasskey { secret, credential, password } => {
                return self.add_passkey(id, secret, credential, password);
            }
            Command::RemovePasskey { passkey, password } => return self.remove_passkey(id, passkey, password),
            Command::SendFiles { .. } | Command::DropFiles { .. } | Command::KeepFile { .. } => {
                return Ok(Some(self.run_file_command(command)?));
            }
            group => return self.run_group_command(id, group),
        }))
    }

    /// Runs a command about files.
    fn run_file_command(&mut self, command: Command) -> Result<super::conversations::Outcome> {
        match command {
            Command::SendFiles { conversation, id, text, reply_to, files } => {
                self.send_files(conversation, id, &text, reply_to.as_deref(), files)
            }
            Command::DropFiles { blobs } => self.drop_files(&blobs),
            Command::KeepFile { blob, keep: true } => self.fetch_file(blob),
            Command::KeepFile { blob, keep: false } => self.free_file(blob),
            _ => Ok(Err(Failure::new("internal", "there is no such command"))),
        }
    }

    /// Runs a command that changes a group or leads into one.
    fn run_group_command(&mut self, id: CommandId, command: Command) -> Result<CommandResult> {
        Ok(Some(match command {
            Command::ChangeGroup { conversation, name, description, picture } => {
                self.change_group(conversation, name, description, picture)?
            }
            Command::SetTimer { conversation, seconds } => self.set_message_timer(conversation, seconds)?,
            Command::RemoveMembers { conversation, members } => self.remove_members(conversation, &members)?,
            Command::AcceptSuccessor { account } => self.accept_successor(account)?,
            Command::ReplaceMember { conversation, account } => self.replace_member(conversation, account)?,
            Command::SetAdmin { conversation, account, admin } => self.set_admin(conversation, account, admin)?,
            Command::SetPolicy { conversation, policy } => self.set_policy(conversation, policy)?,
            Command::LeaveGroup { conversation, successor } => self.leave_group(conversation, successor)?,
            Command::BeginAnew { conversation } => self.begin_anew(conversation)?,
            Command::CreateLink { conversation, seconds, uses, approval } => {
                self.create_link(conversation, seconds, uses, approval)?
            }
            Command::RevokeLink { conversation, link } => self.revoke_link(conversation, &link)?,
            Command::InspectLink { fragment } => return self.inspect_link(id, &fragment),
            Command::JoinByLink { fragment } => return self.join_by_link(id, &fragment),
            Command::AnswerJoinRequest { conversation, request, accept } => {
                self.answer_join_request(conversation, &request, accept)?
            }
            _ => Err(Failure::new("internal", "there is no such command")),
        }))
    }

    /// Asks over the socket, which must be connected.
    pub(super) fn ask(&mut self, request: impl Into<Request>, purpose: Purpose) {
        self.send(request.into(), purpose, Via::Socket);
    }

    /// Asks over HTTP.
    pub(super) fn ask_http(&mut self, request: impl Into<Request>, purpose: Purpose, token: Option<Bytes>) {
        self.send(request.into(), purpose, Via::Http { token });
    }

    fn send(&mut self, request: Request, purpose: Purpose, via: Via) {
        self.memory.next_request += 1;
        let id = RequestId(self.memory.next_request);
        self.memory.open.insert(id, Open { purpose, on_socket: via == Via::Socket });
        self.effects.push(Effect::Request { id, request, via });
    }

    /// Whether a task is neither on its way nor held.
    pub(super) fn is_free(&self, task: Task) -> bool {
        let held = self.memory.held.get(&task).is_some_and(|held| held.until > self.now);
        !held && !self.memory.open.values().any(|open| open.purpose.task() == Some(task))
    }

    /// Waits before a task is tried again, longer each time, and at least as long as the server says.
    pub(super) fn hold(&mut self, task: Task, failure: Option<&RequestFailure>) {
        self.hold_at_most(task, failure, RETRY_LONGEST);
    }

    /// Waits before a task is tried again that goes well only once somebody else has acted, whom nothing here hurries.
    pub(super) fn hold_patiently(&mut self, task: Task) {
        self.hold_at_most(task, None, PATIENCE_LONGEST);
    }

    fn hold_at_most(&mut self, task: Task, failure: Option<&RequestFailure>, longest: u64) {
        let asked = match failure {
            Some(RequestFailure::Problem(problem)) => {
                problem.retry_after.map_or(0, |seconds| u64::from(seconds) * 1000)
            }
            _ => 0,
        };
        // Who is told when to come back waits no longer each time.
        let grows = u32::from(asked == 0);
        let attempt = self.memory.held.get(&task).map_or(0, |held| held.attempt + grows);
        let limit = RETRY_FIRST.saturating_mul(1 << attempt.min(13)).min(longest);
        let until = self.now + asked + limit / 4 + self.jitter(limit);
        self.memory.held.insert(task, Held { until, attempt });
        self.arm_retry();
    }

    /// A task went well: the next failure waits briefly again.
    pub(super) fn went_well(&mut self, task: Task) {
        self.memory.held.remove(&task);
    }

    fn arm_retry(&mut self) {
        let next = self.memory.held.values().map(|held| held.until).filter(|&until| until > self.now).min();
        if let Some(at) = next {
            self.set_timer(TimerId::Retry, at);
        }
    }

    pub(super) fn retry_due(&mut self) {
        let due = self.memory.held.iter().filter(|(_, held)| held.until <= self.now);
        let conversations: Vec<_> = due
            .filter_map(|(task, _)| match task {
                Task::Conversation(conversation) => Some(*conversation),
                _ => None,
            })
            .collect();
        self.memory.attention.extend(conversations);
        self.resume_sign_up();
        self.arm_retry();
    }

    /// Takes an answer, or that there is none.
    pub(super) fn answered(&mut self, purpose: Purpose, outcome: Outcome) -> Result<()> {
        if let Err(RequestFailure::Problem(problem)) = &outcome
            && matches!(problem.kind(), ProblemKind::SignedOut | ProblemKind::DeviceRevoked)
            && !purpose.is_entry()
        {
            return self.session_ended();
        }
        let (task, now) = (purpose.task(), self.now);
        // An answer sets its task free; how often it failed counts on until it is seen that the answer helped.
        let answered = task.filter(|_| outcome.is_ok());
        if let Some(held) = answered.and_then(|task| self.memory.held.get_mut(&task)) {
            held.until = now;
        }
        if let Some(Task::Conversation(conversation)) = task {
            self.attend(conversation);
        }
        self.dispatch(purpose, outcome)?;
        if let Some(task) = answered
            && self.memory.held.get(&task).is_some_and(|held| held.until <= now)
        {
            self.went_well(task);
        }
        Ok(())
    }

    fn dispatch(&mut self, purpose: Purpose, outcome: Outcome) -> Result<()> {
        match purpose {
            Purpose::SignUpStart(flow) => self.sign_up_started(*flow, typed(outcome)),
            Purpose::SignUpFinish(flow) => self.sign_up_finished(*flow, typed(outcome)),
            Purpose::SignInStart(flow) => self.sign_in_started(*flow, typed(outcome)),
            Purpose::SignInFinish(flow) => self.sign_in_finished(*flow, typed(outcome)),
            Purpose::Recover(flow) => self.recover_started(*flow, typed(outcome)),
            Purpose::PasswordStart(flow) => self.password_started(*flow, typed(outcome)),
            Purpose::PasswordFinish(flow) => self.password_finished(*flow, typed(outcome)),
            Purpose::SignOut(step) => self.signed_out(step),
            Purpose::ListToLeave(step) => self.leave_list(step, typed(outcome)),
            Purpose::LeaveList(step) => self.list_left(step, typed(outcome)),
            Purpose::Search { command, prefix } => self.found(command, &prefix, typed(outcome)),
            Purpose::DeviceLists => self.device_lists(typed(outcome)),
            Purpose::DeviceListWrite { credential } => self.published(credential, typed(outcome)),
            Purpose::KeyPackagesCount => self.key_packages_left(typed(outcome)),
            Purpose::KeyPackagesWrite { last_resort } => self.key_packages_written(last_resort, typed(outcome)),
            Purpose::VaultRead => self.vault_read(typed(outcome)),
            Purpose::VaultWrite { records } => self.vault_written(&records, typed(outcome)),
            Purpose::List => self.listed(typed(outcome)),
            Purpose::Inbox => self.inbox_read(typed(outcome)),
            Purpose::InboxTold(number) => self.inbox_told(number, typed(outcome)),
            Purpose::Names(asked) => self.named(&asked, typed(outcome)),
            Purpose::SettingsRead => self.settings_read(typed(outcome)),
            Purpose::SettingsWrite => self.settings_written(typed(outcome)),
            Purpose::ProfileName(name) => self.name_written(&name, typed(outcome)),
            Purpose::ProfilePicture(id) => self.picture_written(&id, typed(outcome)),
            Purpose::Picture(account) => self.picture_read(account, typed(outcome)),
            Purpose::Presence => self.presences_read(typed(outcome)),
            Purpose::Typing => Ok(()), // True for a moment only: not worth repeating.
            Purpose::Report(id) => self.reported(id, typed(outcome)),
            Purpose::Stored(cursors) => self.stored_told(&cursors, typed(outcome)),
            Purpose::Read { conversation, seq } => self.read_told(conversation, seq, typed(outcome)),
            Purpose::Log { conversation, after, known } => self.log_read(conversation, (after, known), typed(outcome)),
            Purpose::LostTold(conversation) => self.lost_told(conversation, typed(outcome)),
            Purpose::Reset(conversation) => self.reset_answered(conversation, typed(outcome)),
            Purpose::Lists { conversation, accounts } => self.lists_read(conversation, &accounts, typed(outcome)),
            Purpose::ListsToAdd { conversation, accounts } => {
                self.lists_read_to_add(conversation, &accounts, typed(outcome))
            }
            Purpose::Tree { conversation, tree } => self.tree_read(conversation, &tree, typed(outcome)),
            Purpose::GroupInfo(conversation) => self.group_info_read(conversation, typed(outcome)),
            Purpose::Join(conversation) => self.join_answered(conversation, typed(outcome)),
            Purpose::ClaimToCreate(conversation) => self.claimed_to_create(conversation, typed(outcome)),
            Purpose::Create(conversation) => self.created(conversation, typed(outcome)),
            Purpose::ClaimToAdd { conversation, id, accounts } => {
                self.claimed_to_add(conversation, id, &accounts, typed(outcome))
            }
            Purpose::Message { conversation, id } => self.message_answered(conversation, id, typed(outcome)),
            Purpose::Commit { conversation, id } => self.commit_answered(conversation, id, typed(outcome)),
            Purpose::State(conversation) => self.state_read(conversation, typed(outcome)),
            Purpose::Cursors(conversation) => self.cursors_read(conversation, typed(outcome)),
            Purpose::CursorTimes { conversation, key } => self.times_read(conversation, key, typed(outcome)),
            Purpose::Erase { conversation, seq } => self.erase_answered(conversation, seq, typed(outcome)),
            Purpose::Change { conversation, id } => self.change_answered(conversation, id, typed(outcome)),
            Purpose::StateWrite { conversation, id } => self.state_written(conversation, id, typed(outcome)),
            Purpose::Leave { conversation, id, statement } => {
                self.leave_answered(conversation, id, &statement, typed(outcome))
            }
            Purpose::Link { conversation, id } => self.link_written(conversation, id, typed(outcome)),
            Purpose::Settle { conversation, id } => self.settled(conversation, id, typed(outcome)),
            Purpose::FollowLink { command, secret, join } => self.link_read(command, &secret, join, typed(outcome)),
            Purpose::AskToJoin(conversation) => self.asked_to_join(conversation, typed(outcome)),
            Purpose::OwnRequests(conversation) => self.own_requests(conversation, typed(outcome)),
            Purpose::Withdraw(conversation) => self.withdrawn(conversation, typed(outcome)),
            Purpose::JoinRequests(conversation) => self.join_requests_read(conversation, typed(outcome)),
            Purpose::Archive(purpose) => self.archive_answered(purpose, outcome),
            of_devices => self.dispatch_of_devices(of_devices, outcome),
        }
    }
    fn dispatch_of_devices(&mut self, purpose: Purpose, outcome: Outcome) -> Result<()> {
        match purpose {
            Purpose::Credentials(purpose) => self.credentials_answered(purpose, outcome),
            Purpose::EnterByPasskey(flow) => self.entered_by_passkey(&flow, typed(outcome)),
            Purpose::Passkeys => {
                self.passkeys_read(typed(outcome));
                Ok(())
            }
            Purpose::OwnList => self.own_list_read(typed(outcome)),
            Purpose::ToldLists(accounts) => self.told_lists_read(&accounts, typed(outcome)),
            Purpose::Handover => self.keys_handed_over(typed(outcome)),
            Purpose::Devices => self.devices_seen(typed(outcome)),
            Purpose::WhyEnded => self.why_ended(typed(outcome)),
            Purpose::Linking(purpose) => self.linking_answered(purpose, outcome),
            // All others were looked at before.
            _ => Ok(()),
        }
    }
}
