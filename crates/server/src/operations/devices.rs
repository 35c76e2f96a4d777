//! Device lists: each is verified against the account's whole chain before it is taken as the next one.

use std::collections::BTreeSet;

use sealpost_mls::identity::{
    Delisting, DeviceCertificate, DeviceChain, DeviceList, IdentityError, ListKeyCertificate,
};
use sealpost_protocol::{
    Bytes, DeviceId, Problem, ProblemKind, Timestamp,
    account::Done,
    device::{
        AccountLists, DelistingProof, DelistingRead, DeviceListWrite, DeviceLists, DeviceListsOf, DeviceListsRead,
        Devices, LISTS_OF_MAX, ListsOfAccounts,
    },
};

use super::{at_most, exactly_32, invalid, invalid_identity, problem, version_conflict};
use crate::{
    app::App,
    caller::SignedIn,
    fan_out,
    store::{DeviceListUpdate, ListPublished, NewDevice},
};

/// Largest list, in bytes.
pub(super) const LIST_MAX: usize = 64 * 1024;
/// Most lists of an account, so that a chain is read at once.
pub(super) const LISTS_MAX: usize = 1_000;
/// Whoever asks for the lists of several accounts gets no further ones once there are so many bytes.
const ANSWER_BYTES: usize = 256 * 1024;
/// Most devices of an account.
pub(super) const DEVICES_MAX: usize = 32;

/// An account's lists.
pub(super) async fn read(app: &App, body: DeviceListsRead) -> Result<DeviceLists, Problem> {
    app.store.device_lists(body.account, body.after_version).await?.ok_or(problem(ProblemKind::NotFound))
}

/// The lists of several accounts.
pub(super) async fn read_several(app: &App, body: &DeviceListsOf) -> Result<ListsOfAccounts, Problem> {
    at_most("accounts", body.accounts.len(), LISTS_OF_MAX)?;
    let (mut accounts, mut bytes) = (Vec::with_capacity(body.accounts.len()), 0);
    let wanted: BTreeSet<_> = body.accounts.iter().copied().collect();
    for account in wanted {
        let chain = app.store.device_lists(account, 0).await?;
        bytes += chain.iter().flat_map(|chain| &chain.lists).map(|list| list.len()).sum::<usize>();
        accounts.extend(chain.map(|chain| AccountLists { account, chain }));
        if bytes > ANSWER_BYTES {
            break;
        }
    }
    Ok(ListsOfAccounts { accounts })
}

/// When the account's devices were there.
pub(super) async fn seen(app: &App, session: &SignedIn) -> Result<Devices, Problem> {
    let mut devices = app.store.devices_seen(session.account).await?;
    for seen in &mut devices {
        seen.connected = app.hub.is_connected(seen.device);
        seen.last_seen = seen.last_seen.filter(|_| !seen.connected);
    }
    Ok(Devices { devices })
}

/// Why a device is on its account's list no longer, for whoever has its key.
pub(super) async fn delisting(app: &App, body: &DelistingRead) -> Result<DelistingProof, Problem> {
    let device = app.store.device(body.device).await?.ok_or(problem(ProblemKind::NotFound))?;
    Delisting::verify_request(&device.signature_key, body.device, &body.signature)
        .map_err(|_| problem(ProblemKind::NotFound))?;
    if device.removed.is_none() {
        return Ok(DelistingProof { chain: None });
    }
    let mut chain = app.store.device_lists(device.account, 0).await?.ok_or(problem(ProblemKind::NotFound))?;
    let is_without = |list: &Bytes| match DeviceList::from_bytes(list) {
        Ok(list) => list.version > device.admitted && list.entry(&body.device).is_none(),
        Err(_) => false,
    };
    // What the account did afterwards is not its business.
    let until = chain.lists.iter().position(is_without).ok_or(problem(ProblemKind::NotFound))?;
    chain.lists.truncate(until + 1);
    Ok(DelistingProof { chain: Some(chain) })
}

/// Publishes the next list and tells who shares a conversation with the account.
pub(super) async fn write(app: &App, session: &SignedIn, body: DeviceListWrite) -> Result<Done, Problem> {
    let stored = app.store.device_lists(session.account, 0).await?.ok_or(problem(ProblemKind::NotFound))?;
    let is_repeated = stored.lists.last() == Some(&body.list)
        && body.device.as_ref().is_none_or(|new| session.device == Some(new.device));
    if is_repeated {
        return Ok(Done {});
    }
    if body.device.is_some() && session.device.is_some() {
        return Err(problem(ProblemKind::NotAllowed).with_detail("this session has a device already"));
    }
    at_most("list", body.list.len(), LIST_MAX)?;
    let (caller, now) = (session.clone(), app.now());
    let update = app.compute(move || check_next(&caller, &stored, &body, now)).await??;
    match app.store.publish_device_list(&update).await? {
        ListPublished::Done { .. } => {
            app.hub.end_devices(&update.removed);
            fan_out::device_list_changed(app, session.account, update.version).await?;
            Ok(Done {})
        }
        ListPublished::Conflict(version) => Err(version_conflict(version)),
        ListPublished::IdTaken => Err(problem(ProblemKind::IdTaken)),
    }
}

/// What the list changes, if it follows from the stored chain and admits no other device than the session's.
fn check_next(
    session: &SignedIn,
    stored: &DeviceLists,
    body: &DeviceListWrite,
    now: Timestamp,
) -> Result<DeviceListUpdate, Problem> {
    at_most("lists", stored.lists.len() + 1, LISTS_MAX)?;
    let root = exactly_32("a root key", &stored.root_public_key)?;
    let next = DeviceList::from_bytes(&body.list).map_err(invalid_identity)?;
    at_most("devices", next.devices.len(), DEVICES_MAX)?;
    if next.account != session.account {
        return Err(invalid_identity(IdentityError::Mismatch));
    }
    let (keys, mut chain) = read_chain(&root, stored).map_err(invalid_identity)?;
    let present = chain.newest().clone();
    if next.version != present.version.saturating_add(1) || next.previous_hash != present.hash() {
        return Err(version_conflict(present.version));
    }
    chain.extend(&root, &keys, next.clone()).map_err(invalid_identity)?;
    let joining: Vec<DeviceId> =
        next.devices.iter().map(|entry| entry.device).filter(|device| present.entry(device).is_none()).collect();
    if joining != body.device.iter().map(|new| new.device).collect::<Vec<_>>() {
        return Err(invalid("a list admits exactly the device that comes with it"));
    }
    let removed = left_out(&present, &next);
    if joining.is_empty() && removed.is_empty() {
        return Err(invalid("a list admits or removes a device"));
    }
    let admitted = match &body.device {
        Some(new) => Some((check_certificate(&next, &keys, new)?, session.token_hash)),
        None => None,
    };
    let signed_by = keys.iter().find(|key| key.generation == next.generation);
    let signed_by = signed_by.ok_or_else(|| invalid_identity(IdentityError::Mismatch))?;
    Ok(DeviceListUpdate {
        proof: Delisting::new(signed_by.clone(), next.clone()).to_bytes(),
        account: session.account,
        version: next.version,
        list: body.list.to_vec(),
        admitted,
        removed,
        list_key_certificate: None,
        now,
    })
}

/// The devices that the next list has no longer.
pub(super) fn left_out(present: &DeviceList, next: &DeviceList) -> Vec<DeviceId> {
    present.devices.iter().map(|entry| entry.device).filter(|device| next.entry(device).is_none()).collect()
}

/// The list keys and the lists that are stored, verified.
pub(super) fn read_chain(
    root: &[u8; 32],
    stored: &DeviceLists,
) -> Result<(Vec<ListKeyCertificate>, DeviceChain), IdentityError> {
    let keys = stored.list_key_certificates.iter().map(|bytes| ListKeyCertificate::from_bytes(bytes));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let lists = stored.lists.iter().map(|bytes| DeviceList::from_bytes(bytes)).collect::<Result<Vec<_>, _>>()?;
    let chain = DeviceChain::verify(root, &keys, lists)?;
    Ok((keys, chain))
}

fn check_certificate(
    list: &DeviceList,
    keys: &[ListKeyCertificate],
    new: &sealpost_protocol::device::NewDevice,
) -> Result<NewDevice, Problem> {
    let certificate = DeviceCertificate::from_bytes(&new.certificate).map_err(invalid_identity)?;
    let list_key = keys.iter().find(|key| key.generation == certificate.generation);
    list_key.ok_or(IdentityError::Mismatch).and_then(|key| certificate.verify(key)).map_err(invalid_identity)?;
    let fits = certificate.account == list.account
        && certificate.device == new.device
        && certificate.list_version == list.version
        && certificate.generation == list.generation
        && list.entry(&new.device).is_some_and(|entry| entry.signature_key == certificate.signature_key);
    if !fits {
        return Err(invalid_identity(IdentityError::Mismatch));
    }
    Ok(NewDevice {
        device: new.device,
        certificate: new.certificate.to_vec(),
        signature_key: certificate.signature_key,
    })
}
