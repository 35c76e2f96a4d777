//! The inbox: Welcomes for one device, and the trees that they name.

use sealpost_protocol::{
    Problem, ProblemKind,
    account::Done,
    conversation::{Inbox, InboxAcknowledge, Tree, TreeRead},
};

use super::{exactly_32, problem};
use crate::{app::App, caller::CallingDevice};

/// Most Welcomes in one answer, which is bounded in bytes too; the rest follows when these are acknowledged.
pub(crate) const WELCOMES_MAX: u32 = 50;

/// The device's oldest Welcomes.
pub(super) async fn read(app: &App, caller: CallingDevice) -> Result<Inbox, Problem> {
    Ok(Inbox { welcomes: app.store.inbox(caller.device, 0, WELCOMES_MAX).await? })
}

/// Deletes Welcomes that were used.
pub(super) async fn acknowledge(app: &App, caller: CallingDevice, body: InboxAcknowledge) -> Result<Done, Problem> {
    app.store.acknowledge_inbox(caller.device, body.number).await?;
    Ok(Done {})
}

/// The tree that a Welcome names.
pub(super) async fn tree(app: &App, caller: CallingDevice, body: TreeRead) -> Result<Tree, Problem> {
    let sha256 = exactly_32("tree", &body.tree)?;
    let tree = app.store.tree(body.conversation, &sha256, caller.device).await?;
    Ok(Tree { ratchet_tree: tree.ok_or(problem(ProblemKind::NotFound))?.into() })
}
