//! A server that joins a group itself: a device of its own comes in by an external commit that no rule allows. It says that
//! it is of an account that nobody knows, or of a member by another root key.

use rand::{Rng as _, rngs::StdRng};
use sealpost_mls::{
    Context, MemoryStore, apply,
    identity::{Credential, DeviceCertificate, DeviceKey, ListKey, ListKeyCertificate, RootKey},
    testing::join_against_the_rules,
};
use sealpost_protocol::{
    AccountId, Bytes, ClientId, DeviceId, Timestamp,
    conversation::{Entry, EntryBody, GroupInfoAnswer},
};

/// The entry by which a device of this account comes in after the newest one; `newest` is what an external join needs.
/// Nothing if that is not as it has to be.
pub(crate) fn entry(newest: &GroupInfoAnswer, account: AccountId, now: Timestamp, rng: &mut StdRng) -> Option<Entry> {
    let (root, list_key, key) = (RootKey::generate(rng), ListKey::generate(rng), DeviceKey::generate(rng));
    let certificate = ListKeyCertificate::sign(&root, account, 1, &list_key);
    let certified = DeviceCertificate::sign(&list_key, &certificate, DeviceId(rng.r#gen()), &key, 1);
    let credential = Credential::new(root.public_key(), certificate, certified);
    entry_of(newest, (&key, &credential), &MemoryStore::new(), now, rng)
}

/// The same for a device that there is: its group is in `store` afterwards.
pub(crate) fn entry_of(
    newest: &GroupInfoAnswer,
    (key, credential): (&DeviceKey, &Credential),
    store: &MemoryStore,
    now: Timestamp,
    rng: &mut StdRng,
) -> Option<Entry> {
    let hash = <[u8; 32]>::try_from(newest.hash.as_ref()).ok()?;
    let message = external_commit(newest, (key, credential), store, rng)?;
    let mut entry = Entry {
        seq: newest.position.last_seq + 1,
        client_id: ClientId(rng.r#gen()),
        time: now,
        generation: newest.position.generation,
        epoch: newest.position.epoch,
        hash: Bytes::default(),
        body: EntryBody::Commit { message },
        expires_in: None,
    };
    entry.hash = entry.running_hash(&hash).into();
    Some(entry)
}

fn external_commit(
    newest: &GroupInfoAnswer,
    (key, credential): (&DeviceKey, &Credential),
    store: &MemoryStore,
    rng: &mut StdRng,
) -> Option<Bytes> {
    let context = Context::new(store, rng, key, credential);
    let join = join_against_the_rules(&context, &newest.group_info, &newest.ratchet_tree).ok()?;
    apply(&join.writes, store).ok()?;
    Some(join.commit.into())
}
