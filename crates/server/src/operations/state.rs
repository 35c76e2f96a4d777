//! A conversation's encrypted state: name, picture and the like, which the server only keeps.

use sealpost_protocol::{
    Problem, ProblemKind,
    account::Version,
    conversation::{ConversationState, StateRead, StateWrite},
};

use super::{at_most, problem, version_conflict};
use crate::{app::App, caller::CallingDevice, fan_out, store::Swap};

/// Largest state, in bytes.
pub(super) const STATE_MAX: usize = 64 * 1024;

/// Reads the state, as any device of a member may: it cannot open it before it has the conversation key.
pub(super) async fn read(app: &App, caller: CallingDevice, body: StateRead) -> Result<ConversationState, Problem> {
    if !app.store.is_member(body.conversation, caller.account).await? {
        return Err(problem(ProblemKind::NotFound));
    }
    Ok(app.store.conversation_state(body.conversation).await?)
}

/// Replaces the state by compare and swap and tells the members.
pub(super) async fn write(app: &App, caller: CallingDevice, body: StateWrite) -> Result<Version, Problem> {
    at_most("state", body.state.len(), STATE_MAX)?;
    if !app.store.is_leaf(body.conversation, caller.device).await? {
        return Err(problem(ProblemKind::NotFound));
    }
    match app.store.write_conversation_state(body.conversation, body.base_version, &body.state).await? {
        Swap::Done(version) => {
            fan_out::state_changed(app, body.conversation).await?;
            Ok(Version { version })
        }
        Swap::Conflict(version) => Err(version_conflict(version)),
    }
}
