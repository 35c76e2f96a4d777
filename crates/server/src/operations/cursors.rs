//! Cursors: how far devices have stored and people have read.

use sealpost_protocol::{
    Problem, ProblemKind,
    account::Done,
    conversation::{CursorTimes, CursorTimesRead, Cursors, CursorsRead, ReadWrite, StoredWrite},
};

use super::{at_most, problem};
use crate::{app::App, caller::CallingDevice, fan_out, store::StoredCursor};

/// Most cursors in one request.
const CURSORS_MAX: usize = 500;

/// Takes note of where the device is. Written with those of others a moment later; if it is lost, the device is sent
/// again what it has.
pub(super) async fn stored(app: &App, caller: CallingDevice, body: StoredWrite) -> Result<Done, Problem> {
    at_most("cursors", body.cursors.len(), CURSORS_MAX)?;
    let (account, device) = (caller.account, caller.device);
    app.receipts.stored(device, body.cursors.into_iter().map(|cursor| StoredCursor { account, device, cursor }));
    Ok(Done {})
}

/// Writes where the person is.
pub(super) async fn read_up_to(app: &App, caller: CallingDevice, body: ReadWrite) -> Result<Done, Problem> {
    if app.store.write_read(caller.account, body.cursor, app.now()).await? {
        app.receipts.moved(body.cursor.conversation);
    }
    Ok(Done {})
}

/// The members' cursors, as far as the caller may see them.
pub(super) async fn read(app: &App, caller: CallingDevice, body: CursorsRead) -> Result<Cursors, Problem> {
    if !app.store.is_member(body.conversation, caller.account).await? {
        return Err(problem(ProblemKind::NotFound));
    }
    let members = app.store.cursors(body.conversation).await?;
    let accounts: Vec<_> = members.iter().map(|member| member.account).collect();
    let hiding = app.store.hiding_reads(&accounts).await?;
    let viewer = hiding.get(&caller.account).copied();
    let members = fan_out::cursors::visible_cursors(members, viewer, &hiding);
    Ok(Cursors { conversation: body.conversation, members })
}

/// When each member had an entry, as far as it is known and the caller may see it.
pub(super) async fn times(app: &App, caller: CallingDevice, body: CursorTimesRead) -> Result<CursorTimes, Problem> {
    if !app.store.is_member(body.conversation, caller.account).await? {
        return Err(problem(ProblemKind::NotFound));
    }
    let members = app.store.cursor_times(body.conversation, body.seq).await?;
    let mut accounts: Vec<_> = members.iter().map(|member| member.account).collect();
    accounts.push(caller.account);
    let hiding = app.store.hiding_reads(&accounts).await?;
    let viewer = hiding.get(&caller.account).copied();
    let members = fan_out::cursors::visible_times(members, viewer, &hiding);
    Ok(CursorTimes { members })
}
