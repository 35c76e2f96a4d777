//! A device that a dishonest server makes up for an account: it has keys of its own, certified by a list key that the
//! account's root key never signed, and is on a list of its own.

use rand::{Rng as _, rngs::StdRng};
use sealpost_mls::{
    Context, MemoryStore, Suite, generate_key_package,
    identity::{Credential, DeviceCertificate, DeviceKey, DeviceList, ListKey, ListKeyCertificate, RootKey},
};
use sealpost_protocol::{
    AccountId, Bytes, DeviceId, Request, Timestamp,
    conversation::{Append, LogAppend},
    device::{ClaimedKeyPackage, DeviceLists},
};

pub(super) struct Ghost {
    device: DeviceId,
    key: DeviceKey,
    list_key: ListKey,
    certificate: ListKeyCertificate,
    credential: Credential,
}

impl Ghost {
    /// One that says that it is the account's since a version of its list, by a list key of this generation.
    fn of(account: AccountId, root: [u8; 32], (version, generation): (u64, u64), rng: &mut StdRng) -> Self {
        let (list_key, key) = (ListKey::generate(rng), DeviceKey::generate(rng));
        let certificate = ListKeyCertificate::sign(&RootKey::generate(rng), account, generation, &list_key);
        let device = DeviceId(rng.r#gen());
        let certified = DeviceCertificate::sign(&list_key, &certificate, device, &key, version);
        let credential = Credential::new(root, certificate.clone(), certified);
        Self { device, key, list_key, certificate, credential }
    }

    fn key_package(&self, suite: Suite, now: Timestamp, rng: &mut StdRng) -> Option<Bytes> {
        let store = MemoryStore::new();
        let context = Context::new(&store, rng, &self.key, &self.credential);
        generate_key_package(&context, suite, now / 1000, false).ok().map(Into::into)
    }
}

/// A ghost's key package stands in the place of one that was handed out. Gives which ghost's.
pub(super) fn hand_out(package: &mut ClaimedKeyPackage, now: Timestamp, rng: &mut StdRng) -> Option<DeviceId> {
    let honest = sealpost_mls::inspect_key_package(&package.key_package, now / 1000).ok()?;
    let version = rng.gen_range(1..3);
    let ghost = Ghost::of(package.account, honest.credential.root_public_key, (version, 1), rng);
    let key_package = ghost.key_package(honest.suite, now, rng)?;
    *package = ClaimedKeyPackage { account: package.account, device: ghost.device, key_package };
    Some(ghost.device)
}

/// Whether a device wants to have a ghost in a group: commits are in clear.
pub(super) fn is_added(request: &Request, ghosts: &[DeviceId]) -> bool {
    let commit = match request {
        Request::LogAppend(LogAppend { append: Append::Commit(upload), .. }) => &upload.commit,
        Request::ConversationCreate(create) => &create.commit.commit,
        _ => return false,
    };
    ghosts.iter().any(|ghost| commit.windows(ghost.0.len()).any(|part| part == ghost.0))
}

/// The chain goes on with a list that names a ghost, or leaves devices out.
pub(super) fn go_on(chain: &mut DeviceLists, rng: &mut StdRng) {
    let newest = chain.lists.last().and_then(|list| DeviceList::from_bytes(list).ok());
    let root = <[u8; 32]>::try_from(chain.root_public_key.as_ref()).ok();
    let (Some(newest), Some(root)) = (newest, root) else { return };
    let generation = newest.generation + rng.gen_range(0..2);
    let ghost = Ghost::of(newest.account, root, (newest.version + 1, generation), rng);
    let leaving: Vec<_> = newest.devices.iter().map(|entry| entry.device).filter(|_| rng.gen_bool(0.3)).collect();
    let joining = (ghost.device, ghost.key.public_key());
    let forged = newest.next(&ghost.list_key, &ghost.certificate, Some(joining), &leaving);
    chain.lists.push(forged.to_bytes().into());
    if rng.gen_bool(0.5) {
        chain.list_key_certificates.push(ghost.certificate.to_bytes().into());
    }
}
