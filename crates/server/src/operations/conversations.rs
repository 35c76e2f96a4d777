//! Conversations: making one with its first members, listing them, leaving one, and what joining one needs.

use sealpost_mls::{GroupId, Member, PublicError, PublicView, Suite, identity::LeaveStatement};
use sealpost_protocol::{
    AccountId, Bytes, ConversationId, Problem, ProblemKind,
    account::Done,
    conversation::{
        ConversationCreate, ConversationLeave, ConversationSummary, Conversations, ENTRY_MAX, GroupInfoAnswer,
        GroupInfoRead,
    },
};

use super::{
    at_most, invalid, invalid_identity, problem,
    settings::{check_may_add, check_may_start},
    state::STATE_MAX,
};
use crate::{
    app::App,
    caller::CallingDevice,
    commit_check::{self, Checked},
    fan_out,
    store::{ConversationCreated, Departed, NewConversation, NewDeparture},
};

/// Largest tree of epoch 0, in bytes: it has one leaf.
pub(super) const FIRST_TREE_MAX: usize = 64 * 1024;
/// How often leaving is tried anew because the group moved on to another epoch meanwhile.
const LEAVE_ATTEMPTS: usize = 3;

/// Makes a conversation with its first commit as entry 1.
pub(super) async fn create(
    app: &App,
    caller: CallingDevice,
    body: ConversationCreate,
) -> Result<ConversationSummary, Problem> {
    at_most("commit", body.commit.commit.len(), ENTRY_MAX)?;
    at_most("ratchet_tree", body.ratchet_tree.len(), FIRST_TREE_MAX)?;
    at_most("state", body.state.as_ref().map_or(0, |state| state.len()), STATE_MAX)?;
    if app.store.is_made(body.conversation, caller.device, body.client_id, &body.commit.commit).await? {
        // Whatever has changed since: those whom it added may be gone.
        fan_out::entry_repeated(app, body.conversation).await;
        return summary(app, body.conversation, caller).await;
    }
    let suite = Suite::from_number(body.suite).ok_or_else(|| invalid("that ciphersuite is not spoken here"))?;
    if let Some(other) = body.direct_with {
        check_other(app, caller, other).await?;
    }
    let conversation = body.conversation;
    let (group_info, tree) = (body.group_info, body.ratchet_tree);
    let view = app
        .compute(move || PublicView::new(&group_info, &tree))
        .await?
        .map_err(|error| commit_check::refused(&error))?;
    if view.id() != (GroupId { conversation, generation: 1 }) || view.epoch() != 0 || view.suite() != suite {
        return Err(invalid("group_info is not of epoch 0 of this conversation and suite"));
    }
    let founder = check_founder(&view, caller, body.direct_with)?;
    commit_check::check_devices(app, &[founder]).await?;
    let Checked { commit, effects, newcomers, view } = commit_check::check(app, view, body.commit, caller).await?;
    // Of a request that comes again the first one decides, whatever was chosen since.
    if body.direct_with.is_none() && !app.store.is_member(conversation, caller.account).await? {
        check_may_add(app, caller.account, conversation, &newcomers).await?;
    }
    let new = NewConversation {
        conversation,
        direct_with: body.direct_with,
        suite: body.suite,
        account: caller.account,
        device: caller.device,
        client_id: body.client_id,
        time: app.now(),
        commit,
        effects: effects.clone(),
        state: body.state,
    };
    match app.store.create_conversation(&new).await? {
        ConversationCreated::Done(entry) => {
            app.views.put(conversation, (1, 1), view);
            let accounts: Vec<AccountId> = [Some(caller.account), body.direct_with].into_iter().flatten().collect();
            app.hub.tell_conversation(&accounts, conversation);
            fan_out::entry_appended(app, conversation, &entry, Some(&effects)).await;
        }
        ConversationCreated::Duplicate => fan_out::entry_repeated(app, conversation).await,
        ConversationCreated::IdTaken => return Err(problem(ProblemKind::IdTaken)),
        ConversationCreated::DirectExists(winner) => {
            let mut exists = problem(ProblemKind::DirectExists);
            exists.conversation = Some(winner);
            return Err(exists);
        }
    }
    summary(app, conversation, caller).await
}

async fn summary(
    app: &App,
    conversation: ConversationId,
    caller: CallingDevice,
) -> Result<ConversationSummary, Problem> {
    let summary = app.store.conversation(conversation, caller.account, caller.device).await?;
    summary.ok_or(problem(ProblemKind::NotFound))
}

async fn check_other(app: &App, caller: CallingDevice, other: AccountId) -> Result<(), Problem> {
    if other == caller.account {
        return Err(invalid("a direct conversation has two accounts"));
    }
    app.store.profile(other).await?.ok_or(problem(ProblemKind::NotFound))?;
    check_may_start(app, caller.account, other).await
}

/// The creating device's leaf, if in epoch 0 it is alone and the roles are those of such a conversation.
fn check_founder(view: &PublicView, caller: CallingDevice, direct_with: Option<AccountId>) -> Result<Member, Problem> {
    let members = view.members().map_err(|error| commit_check::refused(&error))?;
    let founder = match <[Member; 1]>::try_from(members) {
        Ok([only]) if (only.account, only.device) == (caller.account, caller.device) => only,
        _ => return Err(invalid("in epoch 0 the creating device is the only member")),
    };
    let fits = match direct_with {
        Some(other) => view.roles().is_direct_of(caller.account) && view.roles().is_direct_of(other),
        None => view.roles().is_admin(caller.account) && !view.roles().is_direct_of(caller.account),
    };
    if fits { Ok(founder) } else { Err(invalid("the group's roles are not those of such a conversation")) }
}

/// The account's conversations.
pub(super) async fn list(app: &App, caller: CallingDevice) -> Result<Conversations, Problem> {
    Ok(Conversations { conversations: app.store.conversations(caller.account, caller.device).await? })
}

/// What an external join needs, for devices of member accounts.
pub(super) async fn group_info(
    app: &App,
    caller: CallingDevice,
    body: GroupInfoRead,
) -> Result<GroupInfoAnswer, Problem> {
    if !app.store.is_member(body.conversation, caller.account).await? {
        return Err(problem(ProblemKind::NotFound));
    }
    app.store.group_info(body.conversation).await?.ok_or(problem(ProblemKind::NotFound))
}

/// Leaves a group by a signed statement.
pub(super) async fn leave(app: &App, caller: CallingDevice, body: ConversationLeave) -> Result<Done, Problem> {
    let statement = LeaveStatement::from_bytes(&body.statement).map_err(|error| invalid(error.to_string()))?;
    let said = (statement.conversation, statement.account, statement.device);
    if said != (body.conversation, caller.account, caller.device) {
        return Err(invalid("the statement is of another conversation, account or device"));
    }
    for _ in 0..LEAVE_ATTEMPTS {
        match try_leave(app, &statement, &body.statement).await? {
            Departed::Done => {
                fan_out::member_left(app, body.conversation, caller.account, &body.statement).await;
                return Ok(Done {});
            }
            Departed::Already => return Ok(Done {}),
            Departed::StaleEpoch => {}
            Departed::OnlyAdmin => return Err(not_allowed("name another admin before you leave")),
            Departed::Direct => return Err(not_allowed("nobody leaves a direct conversation")),
            Departed::NotMember => return Err(problem(ProblemKind::NotFound)),
        }
    }
    Err(problem(ProblemKind::Unavailable))
}

async fn try_leave(app: &App, statement: &LeaveStatement, bytes: &Bytes) -> Result<Departed, Problem> {
    let (conversation, account) = (statement.conversation, statement.account);
    let position = app.store.position(conversation).await?.ok_or(problem(ProblemKind::NotFound))?;
    let epoch = (position.generation, position.epoch);
    let mut new =
        NewDeparture { conversation, account, statement: bytes.clone(), time: app.now(), epoch, admins: Vec::new() };
    if !app.store.is_member(conversation, account).await? {
        // Nothing is changed: it says whether the account left before.
        return Ok(app.store.leave(&new).await?);
    }
    let view = commit_check::present_view(app, conversation, epoch).await?;
    let Some(view) = view.filter(|view| (view.id().generation, view.epoch()) == epoch) else {
        return Ok(Departed::StaleEpoch);
    };
    if view.roles().is_direct_of(account) {
        return Ok(Departed::Direct);
    }
    new.admins = view.roles().admins().to_vec();
    let statement = statement.clone();
    let verified: Result<(), PublicError> = app.compute(move || view.verify_leave(&statement)).await?;
    verified.map_err(invalid_identity)?;
    Ok(app.store.leave(&new).await?)
}

fn not_allowed(detail: &str) -> Problem {
    Problem::new(ProblemKind::NotAllowed).with_detail(detail)
}
