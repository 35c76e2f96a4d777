//! Revoking devices: the account's next list without them and its new keys, taken at once or not at all.

use sealpost_mls::identity::{Delisting, DeviceList, IdentityError, ListKeyCertificate};
use sealpost_protocol::{
    DeviceId, Problem, ProblemKind, Timestamp,
    account::Done,
    device::{DeviceLists, DevicesRevoke, DevicesSignOut, Handover, HandoverWaiting},
};

use super::{
    at_most, backup,
    devices::{DEVICES_MAX, LIST_MAX, LISTS_MAX, left_out, read_chain},
    exactly_32, invalid, invalid_identity, problem, sessions, vault, version_conflict,
};
use crate::{
    app::App,
    caller::{CallingDevice, SignedIn},
    fan_out,
    store::{DeviceListUpdate, Revocation, Revoked},
};

/// Most records of a vault: twice as many as else.
const RECORDS_MAX: usize = 20_000;
/// So many lists there may be more than else.
const REVOCATIONS_MAX: usize = 100;
/// Longest reference of a key package, in bytes.
const REFERENCE_MAX: usize = 64;
/// Largest keys for one device, in bytes.
const HANDOVER_MAX: usize = 16 * 1024;

/// Ends the sessions of devices that are to be revoked.
pub(super) async fn sign_out(app: &App, session: &SignedIn, body: DevicesSignOut) -> Result<Done, Problem> {
    sessions::must_be_fresh(app, session)?;
    at_most("devices", body.devices.len(), DEVICES_MAX)?;
    for device in body.devices.into_iter().filter(|device| session.device != Some(*device)) {
        for token in app.store.end_sessions_of_device(session.account, device).await? {
            app.hub.end_sessions(session.account, Some(token), None);
        }
    }
    Ok(Done {})
}

/// Revokes devices, if whoever does it has just shown that they know the password or the recovery code, or have a passkey.
pub(super) async fn revoke(app: &App, session: &SignedIn, body: DevicesRevoke) -> Result<Done, Problem> {
    sessions::must_be_fresh(app, session)?;
    backup::check(&body.backup)?;
    at_most("vault", body.vault.len(), RECORDS_MAX)?;
    vault::check(&body.vault)?;
    at_most("list", body.list.len(), LIST_MAX)?;
    let stored = app.store.device_lists(session.account, 0).await?.ok_or(problem(ProblemKind::NotFound))?;
    let (caller, now) = (session.clone(), app.now());
    let revocation = app.compute(move || check_next(&caller, &stored, body, now)).await??;
    match app.store.revoke(&revocation).await? {
        Revoked::Done { ended, vault, archive } => {
            let account = session.account;
            app.hub.end_devices(&revocation.list.removed);
            ended.iter().for_each(|token| app.hub.end_sessions(account, Some(*token), None));
            // It is done: who cannot be told finds out.
            if let Err(error) = fan_out::device_list_changed(app, account, revocation.list.version).await {
                tracing::warn!(%error, "a device list could not be told");
            }
            app.hub.tell_vault(account, vault);
            app.hub.tell_archive(account, archive);
            Ok(Done {})
        }
        Revoked::Conflict => Err(problem(ProblemKind::VersionConflict)),
        Revoked::Full => Err(problem(ProblemKind::TooLarge).with_detail("the vault is full")),
    }
}

/// The keys that wait for the calling device.
pub(super) async fn handover(app: &App, caller: CallingDevice) -> Result<HandoverWaiting, Problem> {
    let (generation, handover) = app.store.handover(caller.account, caller.device).await?;
    Ok(HandoverWaiting { generation, handover })
}

/// What is to be done, if the list follows from the stored chain with a list key of a later generation.
fn check_next(
    session: &SignedIn,
    stored: &DeviceLists,
    body: DevicesRevoke,
    now: Timestamp,
) -> Result<Revocation, Problem> {
    // A few more than else: whoever is to be revoked may have made them.
    at_most("lists", stored.lists.len() + 1, LISTS_MAX + REVOCATIONS_MAX)?;
    let root = exactly_32("a root key", &stored.root_public_key)?;
    let next = DeviceList::from_bytes(&body.list).map_err(invalid_identity)?;
    let key = ListKeyCertificate::from_bytes(&body.list_key_certificate).map_err(invalid_identity)?;
    if next.account != session.account || key.account != session.account || key.generation != next.generation {
        return Err(invalid_identity(IdentityError::Mismatch));
    }
    let (mut keys, mut chain) = read_chain(&root, stored).map_err(invalid_identity)?;
    let present = chain.newest().clone();
    if next.version != present.version.saturating_add(1) || next.previous_hash != present.hash() {
        return Err(version_conflict(present.version));
    }
    if key.generation <= present.generation {
        return Err(invalid("the list key of a revocation is of a later generation"));
    }
    keys.push(key.clone());
    chain.extend(&root, &keys, next.clone()).map_err(invalid_identity)?;
    if next.devices.iter().any(|entry| present.entry(&entry.device).is_none()) {
        return Err(invalid("a revocation admits nobody"));
    }
    let removed = left_out(&present, &next);
    if removed.is_empty() || session.device.is_some_and(|own| removed.contains(&own)) {
        return Err(invalid("a revocation leaves out some device, and not the one that makes it"));
    }
    check_handovers(&body.handovers, &next)?;
    let proof = Delisting::new(key, next.clone()).to_bytes();
    let list = DeviceListUpdate {
        account: session.account,
        version: next.version,
        list: body.list.0,
        admitted: None,
        removed,
        proof,
        list_key_certificate: Some((next.generation, body.list_key_certificate.0)),
        now,
    };
    Ok(Revocation {
        list,
        generation: next.generation,
        backup: body.backup,
        vault_version: body.vault_version,
        vault: body.vault,
        archive_version: body.archive_version,
        handovers: body.handovers,
        session: session.token_hash,
    })
}

/// At most one for each device that stays.
fn check_handovers(handovers: &[Handover], list: &DeviceList) -> Result<(), Problem> {
    at_most("handovers", handovers.len(), DEVICES_MAX)?;
    let mut devices: Vec<DeviceId> = handovers.iter().map(|handover| handover.device).collect();
    devices.sort_unstable();
    devices.dedup();
    if devices.len() < handovers.len() || devices.iter().any(|device| list.entry(device).is_none()) {
        return Err(invalid("keys are handed over to devices that stay, once to each"));
    }
    for handover in handovers {
        at_most("a reference", handover.key_package.len(), REFERENCE_MAX)?;
        at_most("a handover", handover.sealed.len(), HANDOVER_MAX)?;
    }
    Ok(())
}
