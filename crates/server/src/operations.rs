//! What the operations of `sealpost_protocol::operation` do, one file a resource.
//!
//! A handler checks what it was given, calls the store and tells the hub. Independent of how requests arrive: HTTP, the
//! socket and tests call [`dispatch`] alike.

mod activity;
mod archive;
mod backup;
mod conversations;
mod cursors;
mod devices;
mod inbox;
mod join_requests;
mod key_packages;
mod linking;
mod links;
mod log;
mod password;
mod pictures;
mod profiles;
mod registration;
mod reports;
mod revocation;
mod sessions;
mod settings;
mod sign_in;
mod state;
mod vault;

use sealpost_protocol::{Problem, ProblemKind, Request, Response, operation::Outcome};

pub(crate) use inbox::WELCOMES_MAX;
pub(crate) use key_packages::CLAIM_ACCOUNTS_MAX;

use crate::{app::App, caller::Caller};

/// Answers one request of a caller who has the access that it needs.
pub(crate) async fn dispatch(app: &App, caller: &Caller, request: Request) -> Outcome {
    use Response as R;
    Ok(match request {
        Request::RegistrationStart(body) => R::RegistrationStart(registration::start(app, body).await?),
        Request::RegistrationFinish(body) => R::RegistrationFinish(registration::finish(app, body).await?),
        Request::SignInStart(body) => R::SignInStart(sign_in::start(app, body).await?),
        Request::SignInFinish(body) => R::SignInFinish(sign_in::finish(app, body).await?),
        Request::Recover(body) => R::Recover(sign_in::recover(app, body).await?),
        Request::PasskeySignIn(body) => R::PasskeySignIn(sign_in::by_passkey(app, body).await?),
        Request::PasskeysRead(_) => R::PasskeysRead(backup::passkeys(app, caller.full_session()?.account).await?),
        Request::PasswordStart(body) => R::PasswordStart(password::start(app, caller.signed_in()?, body).await?),
        Request::PasswordFinish(body) => R::PasswordFinish(password::finish(app, caller.signed_in()?, body).await?),
        Request::SignOut(body) => R::SignOut(sessions::sign_out(app, caller.signed_in()?, body).await?),
        Request::MeRead(_) => R::MeRead(sessions::me(app, caller.signed_in()?).await?),
        Request::ProfileWrite(body) => R::ProfileWrite(profiles::write(app, caller.full_session()?, body).await?),
        Request::BackupRead(_) => R::BackupRead(backup::read(app, caller.signed_in()?.account).await?),
        Request::BackupWrite(body) => R::BackupWrite(backup::write(app, caller.full_session()?, body).await?),
        Request::VaultRead(body) => R::VaultRead(vault::read(app, caller.full_session()?, body).await?),
        Request::VaultWrite(body) => R::VaultWrite(vault::write(app, caller.full_session()?, body).await?),
        Request::AccountsRead(body) => R::AccountsRead(profiles::read(app, body).await?),
        Request::AccountsSearch(body) => R::AccountsSearch(profiles::search(app, body).await?),
        Request::DeviceListsRead(body) => R::DeviceListsRead(devices::read(app, body).await?),
        Request::DeviceListsOf(body) => R::DeviceListsOf(devices::read_several(app, &body).await?),
        Request::DeviceListWrite(body) => R::DeviceListWrite(devices::write(app, caller.full_session()?, body).await?),
        Request::DevicesRead(_) => R::DevicesRead(devices::seen(app, caller.full_session()?).await?),
        Request::DevicesSignOut(body) => R::DevicesSignOut(revocation::sign_out(app, caller.signed_in()?, body).await?),
        Request::DevicesRevoke(body) => R::DevicesRevoke(revocation::revoke(app, caller.signed_in()?, body).await?),
        Request::HandoverRead(_) => R::HandoverRead(revocation::handover(app, caller.calling_device()?).await?),
        Request::DelistingRead(body) => R::DelistingRead(devices::delisting(app, &body).await?),
        Request::KeyPackagesWrite(body) => {
            R::KeyPackagesWrite(key_packages::write(app, caller.calling_device()?, body).await?)
        }
        Request::KeyPackagesCount(_) => R::KeyPackagesCount(key_packages::count(app, caller.calling_device()?).await?),
        Request::KeyPackagesClaim(body) => {
            R::KeyPackagesClaim(key_packages::claim(app, caller.calling_device()?, body).await?)
        }
        Request::ConversationCreate(body) => {
            R::ConversationCreate(conversations::create(app, caller.calling_device()?, body).await?)
        }
        Request::ConversationsList(_) => {
            R::ConversationsList(conversations::list(app, caller.calling_device()?).await?)
        }
        Request::LogAppend(body) => R::LogAppend(log::append(app, caller.calling_device()?, body).await?),
        Request::LogRead(body) => R::LogRead(log::read(app, caller.calling_device()?, body).await?),
        Request::GroupInfoRead(body) => {
            R::GroupInfoRead(conversations::group_info(app, caller.calling_device()?, body).await?)
        }
        Request::TreeRead(body) => R::TreeRead(inbox::tree(app, caller.calling_device()?, body).await?),
        Request::InboxRead(_) => R::InboxRead(inbox::read(app, caller.calling_device()?).await?),
        Request::InboxAcknowledge(body) => {
            R::InboxAcknowledge(inbox::acknowledge(app, caller.calling_device()?, body).await?)
        }
        Request::StoredWrite(body) => R::StoredWrite(cursors::stored(app, caller.calling_device()?, body).await?),
        Request::ReadWrite(body) => R::ReadWrite(cursors::read_up_to(app, caller.calling_device()?, body).await?),
        Request::CursorsRead(body) => R::CursorsRead(cursors::read(app, caller.calling_device()?, body).await?),
        Request::StateRead(body) => R::StateRead(state::read(app, caller.calling_device()?, body).await?),
        Request::LogLost(body) => R::LogLost(log::lost(app, caller.calling_device()?, body).await?),
        Request::LogErase(body) => R::LogErase(log::erase(app, caller.calling_device()?, body).await?),
        Request::CursorTimesRead(body) => {
            R::CursorTimesRead(cursors::times(app, caller.calling_device()?, body).await?)
        }
        Request::ConversationLeave(body) => {
            R::ConversationLeave(conversations::leave(app, caller.calling_device()?, body).await?)
        }
        Request::StateWrite(body) => R::StateWrite(state::write(app, caller.calling_device()?, body).await?),
        other => return dispatch_messaging(app, caller, other).await,
    })
}

/// Answers what people do beside sending: typing, settings, links, reports, their archive, and linking new devices.
async fn dispatch_messaging(app: &App, caller: &Caller, request: Request) -> Outcome {
    use Response as R;
    Ok(match request {
        Request::TypingWrite(body) => R::TypingWrite(activity::typing(app, caller.calling_device()?, body).await?),
        Request::PresenceWatch(body) => R::PresenceWatch(activity::watch(app, caller.calling_device()?, body).await?),
        Request::SettingsRead(_) => R::SettingsRead(settings::read(app, caller.full_session()?).await?),
        Request::SettingsWrite(body) => R::SettingsWrite(settings::write(app, caller.full_session()?, body).await?),
        Request::PictureRead(body) => R::PictureRead(pictures::read(app, body).await?),
        Request::PictureWrite(body) => R::PictureWrite(pictures::write(app, caller.full_session()?, body).await?),
        Request::LinkWrite(body) => R::LinkWrite(links::write(app, caller.calling_device()?, body).await?),
        Request::LinkRead(body) => R::LinkRead(links::read(app, caller.calling_device()?, body).await?),
        Request::JoinRequestWrite(body) => {
            R::JoinRequestWrite(join_requests::write(app, caller.calling_device()?, body).await?)
        }
        Request::JoinRequestsRead(body) => {
            R::JoinRequestsRead(join_requests::read(app, caller.calling_device()?, body).await?)
        }
        Request::JoinRequestsOwn(_) => R::JoinRequestsOwn(join_requests::own(app, caller.calling_device()?).await?),
        Request::JoinRequestSettle(body) => {
            R::JoinRequestSettle(join_requests::settle(app, caller.calling_device()?, body).await?)
        }
        Request::ArchiveList(body) => R::ArchiveList(archive::list(app, &caller.calling_device()?, body).await?),
        Request::ArchiveRead(body) => R::ArchiveRead(archive::read(app, &caller.calling_device()?, body).await?),
        Request::ArchiveWrite(body) => R::ArchiveWrite(archive::write(app, &caller.calling_device()?, body).await?),
        Request::ArchiveErase(_) => R::ArchiveErase(archive::erase(app, &caller.calling_device()?).await?),
        Request::LinkingOffer(body) => R::LinkingOffer(linking::offer(app, body).await?),
        Request::LinkingJoin(body) => R::LinkingJoin(linking::join(app, caller.calling_device()?, body).await?),
        Request::LinkingWrite(body) => R::LinkingWrite(linking::write(app, body).await?),
        Request::LinkingRead(body) => R::LinkingRead(linking::read(app, body).await?),
        Request::LinkingApprove(body) => {
            R::LinkingApprove(linking::approve(app, caller.calling_device()?, body).await?)
        }
        Request::LinkingRefuse(body) => R::LinkingRefuse(linking::refuse(app, body).await?),
        Request::LinkingFinish(body) => R::LinkingFinish(linking::finish(app, body).await?),
        Request::ReportWrite(body) => R::ReportWrite(reports::write(app, caller.full_session()?, body).await?),
        _ => return Err(problem(ProblemKind::Internal)),
    })
}

/// `kind` without a detail.
fn problem(kind: ProblemKind) -> Problem {
    Problem::new(kind)
}

/// `invalid-request` that says what is wrong.
fn invalid(detail: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::InvalidRequest).with_detail(detail)
}

/// `invalid-identity` that says what does not hold.
fn invalid_identity(detail: impl ToString) -> Problem {
    Problem::new(ProblemKind::InvalidIdentity).with_detail(detail.to_string())
}

/// `version-conflict` with the present version.
fn version_conflict(version: u64) -> Problem {
    let mut problem = Problem::new(ProblemKind::VersionConflict);
    problem.version = Some(version);
    problem
}

/// Refuses lists and byte strings beyond `max`.
fn at_most(what: &str, len: usize, max: usize) -> Result<(), Problem> {
    if len <= max {
        return Ok(());
    }
    Err(Problem::new(ProblemKind::TooLarge).with_detail(format!("{what}: {len} is more than {max}")))
}

/// A byte string of exactly 32 bytes.
fn exactly_32(what: &str, bytes: &[u8]) -> Result<[u8; 32], Problem> {
    bytes.try_into().map_err(|_| invalid(format!("{what} has 32 bytes")))
}
