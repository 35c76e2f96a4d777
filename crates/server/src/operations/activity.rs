//! What people do at the moment: typing and presence. Told to who is connected, never stored.

use sealpost_protocol::{
    Problem, ProblemKind,
    account::Done,
    activity::{PresenceWatch, Presences, Typing, TypingWrite, WATCHED_MAX},
};

use super::{at_most, problem};
use crate::{app::App, caller::CallingDevice, fan_out};

/// Tells the other members that the person types, or no longer does.
pub(super) async fn typing(app: &App, caller: CallingDevice, body: TypingWrite) -> Result<Done, Problem> {
    let typing = Typing { conversation: body.conversation, account: caller.account, typing: body.typing };
    if fan_out::people::typing(app, caller.device, typing).await? {
        return Ok(Done {});
    }
    Err(problem(ProblemKind::NotFound))
}

/// Has the calling device told of these accounts' presence from now on, and says how it is.
pub(super) async fn watch(app: &App, caller: CallingDevice, body: PresenceWatch) -> Result<Presences, Problem> {
    at_most("accounts", body.accounts.len(), WATCHED_MAX)?;
    let mut accounts = body.accounts;
    accounts.sort_unstable();
    accounts.dedup();
    // Watched before they are read, so that nothing falls between. Who may see what is asked anew at each change.
    app.hub.watch(caller.device, &accounts);
    Ok(Presences { presences: fan_out::people::visible_presences(app, caller.account, &accounts).await? })
}
