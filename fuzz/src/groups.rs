//! What MLS carries: key packages, Welcomes, what joiners need, commits as the server checks them, and the messages of a log as a
//! member takes them. All of it meets one small group, which is the same whenever it is made: so an input that fails, fails again.

use sealpost_mls::{
    ApplicationHeader, CommitBundle, CommitUpload, Context, ExternalJoin, Group, GroupError, GroupId, PublicView,
    Reset, Roles, ScratchStore, Suite, decoders, external, generate_key_package,
    identity::RemovalProof,
    inspect_key_package, join, key_package_ref,
    testing::{Person, TestDevice},
    trim_welcome,
};
use sealpost_protocol::{
    ConversationId, conversation,
    socket::{from_cbor, to_cbor},
};

use crate::{Target, canonical};

pub const TARGETS: [Target; 6] = [
    Target { name: "key_package", takes: takes_key_package, seeds: key_packages },
    Target { name: "welcome", takes: takes_welcome, seeds: || with(|world| vec![world.welcome.clone()]) },
    Target {
        name: "group_info",
        takes: takes_group_info,
        seeds: || with(|world| vec![world.view.group_info().to_vec()]),
    },
    Target {
        name: "ratchet_tree",
        takes: takes_ratchet_tree,
        seeds: || with(|world| vec![world.view.ratchet_tree().to_vec()]),
    },
    Target { name: "commit", takes: takes_commit, seeds: commits },
    Target { name: "log_message", takes: takes_log_message, seeds: log_messages },
];

/// When everything here is made, in Unix seconds. Far enough for the lifetimes to be good for as long as this is run.
const NOW: u64 = 4_000_000_000;
const ID: GroupId = GroupId { conversation: ConversationId([9; 16]), generation: 1 };

/// A group of Alice, who is its admin, and Bob.
struct World {
    alice: TestDevice,
    /// Alice's second device, which is not in the group.
    second: TestDevice,
    bob: TestDevice,
    /// Bob before he joined.
    joining: TestDevice,
    welcome: Vec<u8>,
    view: PublicView,
}

thread_local! {
    static WORLD: World = World::new();
}

fn with<T>(use_it: impl FnOnce(&World) -> T) -> T {
    WORLD.with(use_it)
}

impl World {
    fn new() -> Self {
        let alice = Person::new(1);
        let (bob, joining) = (Person::new(2).device(1), Person::new(2).device(1));
        let (second, alice) = (alice.device(2), alice.device(1));
        let [package, _] = [&bob, &joining].map(|bob| key_package(bob, Suite::default(), false));
        let (bundle, view) = alice.run(|context| {
            let roles = Roles::group([alice.credential.account]);
            let mut group = Group::create(context, ID, Suite::default(), &roles, NOW).expect("a new group");
            let (group_info, tree) = group.export_group_info(context).expect("of a group");
            let bundle = group.add(context, &[package], &[], Some(&[7; 32])).expect("Bob can be added");
            group.merge_pending_commit(context).expect("the commit is pending");
            let view = PublicView::new(&group_info, &tree).expect("the group is valid");
            let view = view.check(upload(&bundle), alice.id()).expect("the commit is valid").view;
            (bundle, view)
        });
        let welcome = bundle.welcome.expect("for Bob");
        bob.run(|context| join::from_welcome(context, &welcome, view.ratchet_tree())).expect("Bob can join");
        Self { alice, second, bob, joining, welcome, view }
    }

    /// A commit of a device in the group, which stays as it was.
    fn commit(
        &self,
        by: &TestDevice,
        make: impl FnOnce(&mut Group, &Context<'_>) -> Result<CommitBundle, GroupError>,
    ) -> CommitBundle {
        unchanged(by, |context| make(&mut load(context), context)).expect("a commit")
    }

    fn external_commit(&self) -> ExternalJoin {
        let (group_info, tree) = (self.view.group_info(), self.view.ratchet_tree());
        self.second.run(|context| external::commit(context, group_info, tree)).expect("a second device may join")
    }
}

/// Runs an operation of a device whose state stays as it is.
fn unchanged<T>(device: &TestDevice, operation: impl FnOnce(&Context<'_>) -> T) -> T {
    let scratch = ScratchStore::new(&device.store);
    let mut rng = device.rng.borrow().clone();
    operation(&Context::new(&scratch, &mut rng, &device.key, &device.credential))
}

fn load(context: &Context<'_>) -> Group {
    Group::load(context, ID).expect("the store is in memory").expect("a member has the group")
}

fn key_package(device: &TestDevice, suite: Suite, last_resort: bool) -> Vec<u8> {
    device.run(|context| generate_key_package(context, suite, NOW, last_resort)).expect("a key package")
}

fn upload(bundle: &CommitBundle) -> CommitUpload<'_> {
    CommitUpload { commit: &bundle.commit, welcome: bundle.welcome.as_deref(), group_info: &bundle.group_info }
}

pub fn leave_statement() -> Vec<u8> {
    with(|world| {
        unchanged(&world.bob, |context| load(context).leave_statement(context)).expect("Bob may leave").to_bytes()
    })
}

pub fn reset_statement() -> Vec<u8> {
    with(|world| {
        let members = vec![world.alice.credential.account, world.bob.credential.account];
        let (id, roles) = (GroupId { generation: 2, ..ID }, world.view.roles());
        let made =
            unchanged(&world.alice, |context| Reset::make(context, id, Suite::default(), roles, members, (1, NOW)));
        made.expect("a new group").statement.to_bytes()
    })
}

fn takes_key_package(bytes: &[u8]) -> bool {
    let read = canonical(bytes, decoders::key_package(bytes));
    match inspect_key_package(bytes, NOW) {
        Ok(info) => key_package_ref(bytes).is_ok_and(|reference| reference == info.reference) && read,
        Err(_) => false,
    }
}

fn key_packages() -> Vec<Vec<u8>> {
    let device = Person::new(3).device(1);
    let each = |suite| [false, true].map(|last_resort| key_package(&device, suite, last_resort));
    Suite::ALL.into_iter().flat_map(each).collect()
}

fn takes_welcome(bytes: &[u8]) -> bool {
    canonical(bytes, decoders::message(bytes));
    canonical(bytes, decoders::welcome(bytes));
    let _ = trim_welcome(bytes, &[0; 48]);
    with(|world| {
        let tree = world.view.ratchet_tree();
        unchanged(&world.joining, |context| join::from_welcome(context, bytes, tree)).is_ok()
    })
}

fn takes_group_info(bytes: &[u8]) -> bool {
    canonical(bytes, decoders::message(bytes));
    canonical(bytes, decoders::group_info(bytes));
    with(|world| {
        let tree = world.view.ratchet_tree();
        let joined = unchanged(&world.second, |context| external::commit(context, bytes, tree));
        PublicView::new(bytes, tree).is_ok() && joined.is_ok()
    })
}

fn takes_ratchet_tree(bytes: &[u8]) -> bool {
    canonical(bytes, decoders::ratchet_tree(bytes));
    with(|world| {
        let group_info = world.view.group_info();
        let restored = PublicView::restore(group_info, bytes).is_ok();
        PublicView::new(group_info, bytes).is_ok() && restored
    })
}

fn takes_commit(bytes: &[u8]) -> bool {
    let Ok(sent) = from_cbor::<conversation::CommitUpload>(bytes) else { return false };
    canonical(&sent.commit, decoders::message(&sent.commit));
    let upload = CommitUpload {
        commit: &sent.commit,
        welcome: sent.welcome.as_ref().map(|welcome| welcome.as_ref()),
        group_info: &sent.group_info,
    };
    with(|world| {
        let devices = [&world.alice, &world.second, &world.bob];
        devices.into_iter().any(|device| world.view.check(upload, device.id()).is_ok())
    })
}

/// Of every kind: an update, an add, a removal, other roles, and a device that joins.
fn commits() -> Vec<Vec<u8>> {
    with(|world| {
        let carol = key_package(&Person::new(3).device(1), Suite::default(), false);
        let roles = world.view.roles().with_admin(world.bob.credential.account, true);
        let statement = unchanged(&world.bob, |context| load(context).leave_statement(context)).expect("Bob may leave");
        let proofs = [RemovalProof::Leave(statement)];
        let joined = world.external_commit();
        let bundles = [
            world.commit(&world.bob, |group, context| group.update(context)),
            world.commit(&world.alice, |group, context| group.add(context, &[carol], &[], Some(&[7; 32]))),
            world.commit(&world.alice, |group, context| group.remove(context, &[1], &proofs)),
            world.commit(&world.alice, |group, context| group.set_roles(context, &roles)),
        ];
        let uploads = bundles.iter().map(upload);
        let external = CommitUpload { commit: &joined.commit, welcome: None, group_info: &joined.group_info };
        uploads.chain([external]).map(sent).collect()
    })
}

fn sent(upload: CommitUpload<'_>) -> Vec<u8> {
    let upload = conversation::CommitUpload {
        commit: upload.commit.into(),
        welcome: upload.welcome.map(Into::into),
        group_info: upload.group_info.into(),
    };
    to_cbor(&upload).expect("an upload can be CBOR")
}

fn takes_log_message(bytes: &[u8]) -> bool {
    let _ = ApplicationHeader::read(bytes);
    // A member reads no further either, and loading its group takes long.
    if !canonical(bytes, decoders::message(bytes)) {
        return false;
    }
    with(|world| unchanged(&world.bob, |context| load(context).process(context, bytes)).is_ok())
}

fn log_messages() -> Vec<Vec<u8>> {
    with(|world| {
        let said = unchanged(&world.alice, |context| load(context).encrypt(context, b"text")).expect("a message");
        let update = world.commit(&world.alice, |group, context| group.update(context)).commit;
        vec![said, update, world.external_commit().commit]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_is_always_the_same() {
        let (one, other) = (World::new().view, World::new().view);
        assert_eq!(one.group_info(), other.group_info());
        assert_eq!(one.ratchet_tree(), other.ratchet_tree());
    }
}
