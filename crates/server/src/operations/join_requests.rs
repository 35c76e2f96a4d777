//! Requests to join a group by a link. They wait for an admin's device, which checks their MAC and commits.

use rand::{RngCore as _, rngs::OsRng};
use sealpost_protocol::{
    Problem, ProblemKind, RequestId,
    account::Done,
    link::{JoinRequest, JoinRequestSettle, JoinRequestWrite, JoinRequests, JoinRequestsRead},
};

use super::{
    at_most, exactly_32, invalid,
    key_packages::{self, KEY_PACKAGE_MAX},
    links::require_admin,
    problem,
};
use crate::{app::App, caller::CallingDevice, fan_out, store::JoinRequestPut};

/// Asks to be added, in place of what the account asked there before.
pub(super) async fn write(app: &App, caller: CallingDevice, body: JoinRequestWrite) -> Result<JoinRequest, Problem> {
    at_most("key_package", body.key_package.len(), KEY_PACKAGE_MAX)?;
    exactly_32("mac", &body.mac)?;
    let link = app.store.link(body.link, app.now()).await?.ok_or(problem(ProblemKind::NotFound))?;
    if app.store.is_member(link.conversation, caller.account).await? {
        return Err(problem(ProblemKind::NotAllowed).with_detail("this account is a member already"));
    }
    let suite = app.store.suite(link.conversation).await?.ok_or(problem(ProblemKind::NotFound))?;
    if key_packages::check_own(app, caller, &body.key_package).await?.suite != suite {
        return Err(invalid("the key package is of another ciphersuite than the group"));
    }
    let mut id = [0; 16];
    OsRng.fill_bytes(&mut id);
    let request = JoinRequest {
        request: RequestId(id),
        conversation: link.conversation,
        link: body.link,
        account: caller.account,
        device: caller.device,
        key_package: body.key_package,
        mac: body.mac,
        time: app.now(),
    };
    match app.store.put_join_request(&request).await? {
        JoinRequestPut::Done => {}
        JoinRequestPut::Full => {
            return Err(problem(ProblemKind::Unavailable).with_detail("too many wait to join this group already"));
        }
        JoinRequestPut::LinkGone => return Err(problem(ProblemKind::NotFound)),
    }
    fan_out::people::join_requests_changed(app, request.conversation, &[caller.account]).await?;
    Ok(request)
}

/// What waits in a conversation.
pub(super) async fn read(app: &App, caller: CallingDevice, body: JoinRequestsRead) -> Result<JoinRequests, Problem> {
    require_admin(app, caller, body.conversation).await?;
    Ok(JoinRequests { requests: app.store.join_requests(body.conversation, app.now()).await? })
}

/// What the caller's account waits for.
pub(super) async fn own(app: &App, caller: CallingDevice) -> Result<JoinRequests, Problem> {
    Ok(JoinRequests { requests: app.store.own_join_requests(caller.account, app.now()).await? })
}

/// Ends a request: by an admin, or by who asked. To everyone else there is none.
pub(super) async fn settle(app: &App, caller: CallingDevice, body: JoinRequestSettle) -> Result<Done, Problem> {
    let not_found = || problem(ProblemKind::NotFound);
    let request = app.store.join_request(body.request, app.now()).await?.ok_or_else(not_found)?;
    if request.account != caller.account {
        let hidden = |refused: Problem| if refused.is_temporary() { refused } else { not_found() };
        require_admin(app, caller, request.conversation).await.map_err(hidden)?;
    }
    app.store.settle_join_request(body.request).await?;
    fan_out::people::join_requests_changed(app, request.conversation, &[request.account]).await?;
    Ok(Done {})
}
