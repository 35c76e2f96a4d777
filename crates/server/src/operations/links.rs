//! Invite links of groups. What they lead to is sealed under secrets that the server never sees.

use sealpost_protocol::{
    ConversationId, Problem, ProblemKind,
    account::Done,
    link::{LinkRead, LinkTarget, LinkWrite, PREVIEW_MAX},
};

use super::{at_most, invalid, problem};
use crate::{app::App, caller::CallingDevice, fan_out, store::LinkWritten};

/// Makes, changes or revokes a link.
pub(super) async fn write(app: &App, caller: CallingDevice, body: LinkWrite) -> Result<Done, Problem> {
    at_most("preview", body.preview.as_ref().map_or(0, |preview| preview.len()), PREVIEW_MAX)?;
    require_admin(app, caller, body.conversation).await?;
    let now = app.now();
    if body.preview.is_some() && body.expires.is_some_and(|expires| expires <= now) {
        return Err(invalid("expires is in the past; a link is revoked by leaving out its preview"));
    }
    match app.store.write_link(&body, now).await? {
        LinkWritten::Done { refused } if refused.is_empty() => {}
        LinkWritten::Done { refused } => {
            // First those to whom nobody else would tell it.
            app.hub.tell_join_requests(&refused, body.conversation);
            fan_out::people::join_requests_changed(app, body.conversation, &[]).await?;
        }
        LinkWritten::Full => {
            return Err(problem(ProblemKind::TooLarge).with_detail("a group has at most 20 links, revoke one first"));
        }
        LinkWritten::IdTaken => return Err(problem(ProblemKind::IdTaken)),
    }
    Ok(Done {})
}

/// What a link leads to. One that never was, has expired or was revoked is the same.
pub(super) async fn read(app: &App, caller: CallingDevice, body: LinkRead) -> Result<LinkTarget, Problem> {
    let link = app.store.link(body.link, app.now()).await?.ok_or(problem(ProblemKind::NotFound))?;
    let member = app.store.is_member(link.conversation, caller.account).await?;
    Ok(LinkTarget { conversation: link.conversation, preview: link.preview, member })
}

/// Refuses who is no admin of the group; to strangers it looks as if there were none.
pub(super) async fn require_admin(
    app: &App,
    caller: CallingDevice,
    conversation: ConversationId,
) -> Result<(), Problem> {
    if !app.store.is_member(conversation, caller.account).await? {
        return Err(problem(ProblemKind::NotFound));
    }
    if fan_out::people::admins(app, conversation).await?.contains(&caller.account) {
        return Ok(());
    }
    Err(problem(ProblemKind::NotAllowed).with_detail("only admins of the group may do that"))
}
