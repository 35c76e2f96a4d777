//! A conversation of test devices around the server's view. Every verb loads the groups from their stores, so that each
//! test is also one of reloading.
#![allow(clippy::unwrap_used)]

use sealpost_protocol::ConversationId;

use super::{Person, TestDevice};
use crate::{
    CheckedCommit, CommitBundle, CommitUpload, Context, ExternalJoin, Group, GroupError, GroupId, JoinError, Joined,
    ProcessError, Processed, PublicError, PublicView, Roles, Suite, apply, external, generate_key_package, join,
    key_package_ref, trim_welcome,
};

/// The day of these tests, in Unix seconds: lifetimes are compared with the system's clock by OpenMLS.
pub(crate) static NOW: std::sync::LazyLock<u64> =
    std::sync::LazyLock::new(|| std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs());

pub(crate) const KEY: [u8; 32] = *b"the conversation's key, 32 bytes";

pub(crate) fn each_suite(test: impl Fn(Suite)) {
    Suite::ALL.into_iter().for_each(test);
}

/// Devices that are members, and the server's view.
pub(crate) struct Chat {
    pub id: GroupId,
    pub suite: Suite,
    pub view: PublicView,
    pub devices: Vec<TestDevice>,
}

impl Chat {
    /// A group that `creator` makes alone.
    pub fn new(suite: Suite, creator: TestDevice, roles: &Roles) -> Self {
        let id = GroupId { conversation: ConversationId([9; 16]), generation: 1 };
        let (group_info, tree) = creator
            .run(|context| Group::create(context, id, suite, roles, *NOW).unwrap().export_group_info(context).unwrap());
        Self { id, suite, view: PublicView::new(&group_info, &tree).unwrap(), devices: vec![creator] }
    }

    /// A direct conversation of the first device of each.
    pub fn direct(suite: Suite, one: &Person, other: &Person) -> Self {
        let mut chat = Self::new(suite, one.device(1), &Roles::direct(one.account, other.account));
        chat.add(0, vec![other.device(1)]);
        chat
    }

    /// A group of the first device of each, with one admin.
    pub fn of_admin(suite: Suite, admin: &Person, others: &[&Person]) -> Self {
        let mut chat = Self::new(suite, admin.device(1), &Roles::group([admin.account]));
        chat.add(0, others.iter().map(|person| person.device(1)).collect());
        chat
    }

    pub fn group_of(&self, device: &TestDevice) -> Group {
        device.run(|context| Group::load(context, self.id)).unwrap().unwrap()
    }

    /// The group of the device that is at work.
    pub fn group_of_context(&self, context: &Context<'_>) -> Group {
        Group::load(context, self.id).unwrap().unwrap()
    }

    pub fn group(&self, number: usize) -> Group {
        self.group_of(&self.devices[number])
    }

    /// A commit that device `by` makes; it is pending there.
    pub fn make(
        &self,
        by: usize,
        operation: impl FnOnce(&mut Group, &Context<'_>) -> Result<CommitBundle, GroupError>,
    ) -> CommitBundle {
        let mut group = self.group(by);
        self.devices[by].run(|context| operation(&mut group, context)).unwrap()
    }

    /// A commit that adds the devices.
    pub fn make_add(&self, by: usize, joiners: &[&TestDevice]) -> CommitBundle {
        let packages: Vec<_> = joiners.iter().map(|joiner| self.key_package(joiner)).collect();
        self.make(by, |group, context| group.add(context, &packages, &[], Some(&KEY)))
    }

    pub fn key_package(&self, device: &TestDevice) -> Vec<u8> {
        device.run(|context| generate_key_package(context, self.suite, *NOW, false)).unwrap()
    }

    /// The server's judgement on a commit.
    pub fn offer(&self, by: usize, bundle: &CommitBundle) -> Result<CheckedCommit, PublicError> {
        let upload =
            CommitUpload { commit: &bundle.commit, welcome: bundle.welcome.as_deref(), group_info: &bundle.group_info };
        self.view.check(upload, self.devices[by].id())
    }

    pub fn offer_external(&self, device: &TestDevice, join: &ExternalJoin) -> Result<CheckedCommit, PublicError> {
        let upload = CommitUpload { commit: &join.commit, welcome: None, group_info: &join.group_info };
        self.view.check(upload, device.id())
    }

    /// Device `number` takes a commit of another.
    pub fn receive(&self, number: usize, commit: &[u8]) -> Result<(), GroupError> {
        let mut group = self.group(number);
        self.devices[number].run(|context| match group.process(context, commit) {
            Ok(Processed::Commit(received)) => group.merge(context, *received),
            Ok(Processed::OwnPendingCommit) => group.merge_pending_commit(context),
            Ok(Processed::Application { .. }) => unreachable!("a commit"),
            Err(ProcessError::Rule(violation)) => Err(violation.into()),
            Err(error) => Err(GroupError::Mls(error.into())),
        })
    }

    /// The log takes the commit of `by`: the server checks it, and every device applies it.
    pub fn accept(&mut self, by: usize, bundle: &CommitBundle) -> Result<CheckedCommit, PublicError> {
        let checked = self.offer(by, bundle)?;
        assert!(self.group(by).commit_is_own(&bundle.commit));
        let removed: Vec<_> = checked.change.removed.iter().map(|member| (member.account, member.device)).collect();
        for number in 0..self.devices.len() {
            self.receive(number, &bundle.commit).unwrap();
        }
        self.devices.retain(|device| !removed.contains(&device.id()));
        self.view = checked.view.clone();
        assert_eq!(self.view.epoch(), bundle.epoch_after);
        Ok(checked)
    }

    /// Device `by` adds others, who join by their Welcome.
    pub fn add(&mut self, by: usize, joiners: Vec<TestDevice>) {
        let bundle = self.make_add(by, &joiners.iter().collect::<Vec<_>>());
        let checked = self.accept(by, &bundle).unwrap();
        for (joiner, reference) in joiners.into_iter().zip(&checked.change.key_package_refs) {
            let welcome = trim_welcome(bundle.welcome.as_deref().unwrap(), reference).unwrap();
            let joined = self.welcome(&joiner, &welcome).unwrap();
            assert_eq!(joined.conversation_key.as_deref(), Some(&KEY));
            assert_eq!((joined.sender.account, joined.sender.device), checked_id(&checked));
            self.devices.push(joiner);
        }
        self.assert_agreed();
    }

    pub fn welcome(&self, joiner: &TestDevice, welcome: &[u8]) -> Result<Joined, JoinError> {
        joiner.run(|context| join::from_welcome(context, welcome, self.view.ratchet_tree()))
    }

    pub fn external_commit(&self, device: &TestDevice) -> Result<ExternalJoin, JoinError> {
        device.run(|context| external::commit(context, self.view.group_info(), self.view.ratchet_tree()))
    }

    /// A device joins by external commit.
    pub fn join(&mut self, device: TestDevice) -> Result<(), PublicError> {
        let join = self.external_commit(&device).unwrap();
        let checked = self.offer_external(&device, &join)?;
        (0..self.devices.len()).for_each(|number| self.receive(number, &join.commit).unwrap());
        apply(&join.writes, &device.store).unwrap();
        self.devices.push(device);
        self.view = checked.view;
        self.assert_agreed();
        Ok(())
    }

    /// Device `by` says something, and every other device reads it.
    pub fn say(&self, by: usize, text: &[u8]) {
        let mut group = self.group(by);
        let message = self.devices[by].run(|context| group.encrypt(context, text)).unwrap();
        for number in (0..self.devices.len()).filter(|&number| number != by) {
            let mut group = self.group(number);
            let processed = self.devices[number].run(|context| group.process(context, &message)).unwrap();
            let Processed::Application { sender, plaintext } = processed else { unreachable!("a message") };
            assert_eq!((sender.account, sender.device), self.devices[by].id());
            assert_eq!(plaintext, text);
        }
    }

    /// Every device and the server see the same members of the same epoch, and nobody else is one.
    pub fn assert_agreed(&self) {
        let members = self.view.members().unwrap();
        assert_eq!(members.len(), self.devices.len());
        for device in &self.devices {
            let group = self.group_of(device);
            assert_eq!(group.epoch(), self.view.epoch());
            assert_eq!(group.members().unwrap(), members);
            assert_eq!(group.export_ratchet_tree().unwrap(), self.view.ratchet_tree());
            assert_eq!(&group.roles().unwrap(), self.view.roles());
            assert!(group.is_active() && !group.has_pending_commit());
        }
    }
}

fn checked_id(checked: &CheckedCommit) -> (sealpost_protocol::AccountId, sealpost_protocol::DeviceId) {
    (checked.change.committer.account, checked.change.committer.device)
}

/// The reference under which the server would hand out the package.
pub(crate) fn reference(package: &[u8]) -> Vec<u8> {
    key_package_ref(package).unwrap()
}
