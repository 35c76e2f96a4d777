//! Key packages: verified when they come in, handed out once each.

use sealpost_mls::{Suite, inspect_key_package};
use sealpost_protocol::{
    DeviceId, Problem, ProblemKind,
    conversation::RESET_EVERY,
    device::{KeyPackagesClaim, KeyPackagesClaimed, KeyPackagesLeft, KeyPackagesWrite},
};

use super::{at_most, invalid, invalid_identity, problem, settings};
use crate::{
    app::App,
    caller::CallingDevice,
    store::{Device, NewKeyPackage},
};

/// Most key packages in one request.
const WRITE_MAX: usize = 100;
/// Most accounts in one claim.
pub(crate) const CLAIM_ACCOUNTS_MAX: usize = 100;
/// Largest key package, in bytes: X-Wing's have 2.7 KB.
pub(super) const KEY_PACKAGE_MAX: usize = 16 * 1024;

/// Adds key packages of the calling device.
pub(super) async fn write(
    app: &App,
    caller: CallingDevice,
    body: KeyPackagesWrite,
) -> Result<KeyPackagesLeft, Problem> {
    at_most("key_packages", body.key_packages.len(), WRITE_MAX)?;
    for package in body.key_packages.iter().chain(&body.last_resort) {
        at_most("a key package", package.len(), KEY_PACKAGE_MAX)?;
    }
    let profile = app.store.profile(caller.account).await?.ok_or(problem(ProblemKind::NotFound))?;
    let published = app.store.device(caller.device).await?.ok_or(problem(ProblemKind::NotFound))?;
    let (root, now) = (profile.root_public_key, app.now());
    let (packages, last_resort) = app
        .compute(move || {
            let check = |bytes: &[u8], last_resort| check(bytes, last_resort, (&root, caller.device, &published), now);
            let packages: Result<Vec<_>, _> = body.key_packages.iter().map(|bytes| check(bytes, false)).collect();
            let last_resort = body.last_resort.as_ref().map(|bytes| check(bytes, true)).transpose();
            Ok::<_, Problem>((packages?, last_resort?))
        })
        .await??;
    let owner = (caller.account, caller.device);
    let left = app.store.add_key_packages(owner, &packages, last_resort.as_ref(), now).await?;
    let left =
        left.ok_or_else(|| Problem::new(ProblemKind::TooLarge).with_detail("too many key packages wait here"))?;
    Ok(KeyPackagesLeft { left })
}

/// The key package, if it is the calling device's own and no last-resort package.
pub(super) async fn check_own(app: &App, caller: CallingDevice, bytes: &[u8]) -> Result<NewKeyPackage, Problem> {
    let profile = app.store.profile(caller.account).await?.ok_or(problem(ProblemKind::NotFound))?;
    let published = app.store.device(caller.device).await?.ok_or(problem(ProblemKind::NotFound))?;
    let (bytes, now) = (bytes.to_vec(), app.now());
    app.compute(move || check(&bytes, false, (&profile.root_public_key, caller.device, &published), now)).await?
}

/// The key package, if it is of this device under this root key.
fn check(
    bytes: &[u8],
    last_resort: bool,
    (root, device, published): (&[u8], DeviceId, &Device),
    now: u64,
) -> Result<NewKeyPackage, Problem> {
    let info = inspect_key_package(bytes, now / 1000).map_err(invalid_identity)?;
    let is_callers = info.credential.root_public_key == root
        && info.credential.device == device
        && published.is_certified_by(&info.credential.certificate);
    if !is_callers {
        return Err(invalid_identity("a key package is of another device"));
    }
    if info.last_resort != last_resort {
        return Err(invalid("exactly the last_resort package is marked as one"));
    }
    Ok(NewKeyPackage {
        reference: info.reference,
        suite: info.suite.number(),
        key_package: bytes.to_vec(),
        expires: info.not_after.saturating_mul(1000),
    })
}

/// How many are left.
pub(super) async fn count(app: &App, caller: CallingDevice) -> Result<KeyPackagesLeft, Problem> {
    Ok(KeyPackagesLeft { left: app.store.key_packages_left(caller.device, app.now()).await? })
}

/// Takes one of each device of those of the accounts that the caller may reach.
pub(super) async fn claim(
    app: &App,
    caller: CallingDevice,
    body: KeyPackagesClaim,
) -> Result<KeyPackagesClaimed, Problem> {
    at_most("accounts", body.accounts.len(), CLAIM_ACCOUNTS_MAX)?;
    if Suite::from_number(body.suite).is_none() {
        return Err(invalid("that ciphersuite is not spoken here"));
    }
    let mut accounts = body.accounts;
    accounts.sort_unstable();
    accounts.dedup();
    let refused = settings::refusing(app, caller.account, &accounts, body.conversation).await?;
    accounts.retain(|account| !refused.contains(account));
    // After a reset others may have been used in what was lost.
    let lasting = match body.conversation {
        Some(conversation) if app.store.is_member(conversation, caller.account).await? => {
            app.store.was_reset_since(conversation, app.now().saturating_sub(RESET_EVERY)).await?
        }
        _ => false,
    };
    let wanted = (body.suite, lasting);
    let key_packages = app.store.claim_key_packages(caller.device, body.claim, &accounts, wanted, app.now()).await?;
    Ok(KeyPackagesClaimed { key_packages, refused })
}
