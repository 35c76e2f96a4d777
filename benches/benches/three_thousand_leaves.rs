//! A group of 1,000 accounts with 3 devices each, by its MLS operations alone: what healing, adding a hundred devices, a
//! message, and a device that joins by itself take of who does it, of the server that checks it, and of a member that
//! receives it, and how many bytes they are. In the suite that everyone has.
//!
//! Twice: right after everyone was added, when no parent in the tree has a key and a commit with a path encrypts to every
//! leaf; and when one device of each block of 32 has brought keys, as healing spreads them in the hour after. The
//! baseline is a group of a third of the accounts.
//!
//! Arguments: how many accounts, devices of each.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use rand::rngs::OsRng;
use sealpost_benches::{line, sizes, timed};
use sealpost_mls::{
    ADD_MAX, ApplicationHeader, CommitBundle, CommitUpload, Group, GroupId, Processed, PublicView, Roles, Suite,
    external, generate_key_package, join, key_package_ref, trim_welcome,
};
use sealpost_protocol::{AccountId, ConversationId, DeviceId, conversation::ENTRY_MAX};
use sealpost_testkit::hand::{Keys, now};

const ACCOUNTS: usize = 1_000;
const DEVICES: usize = 3;
/// Leaves of which one heals.
const BLOCK: usize = 32;
/// What a short text is padded to.
const PLAINTEXT_BYTES: usize = 256;

fn main() {
    let [accounts, devices] = sizes([ACCOUNTS, DEVICES]);
    line(format_args!(
        "A group of {accounts} accounts with {devices} devices each; a commit may have {} KB",
        ENTRY_MAX / 1000
    ));
    for accounts in [accounts / 3, accounts] {
        measure(accounts, devices, false);
        measure(accounts, devices, true);
    }
}

fn measure(accounts: usize, devices: usize, populated: bool) {
    let mut people: Vec<Keys> = (0..accounts).flat_map(|_| Keys::of_account(&mut OsRng, devices as u64)).collect();
    let late = people.pop().unwrap();
    let newcomers = people.split_off(people.len() - ADD_MAX);
    let mut chat = Chat::new(people.remove(0));
    let (_, grown) = timed(|| if populated { chat.grow_by_blocks(people) } else { chat.grow(people) });
    let state = if populated { "with keys in its tree" } else { "right after everyone was added" };
    line(format_args!("  {} leaves, {state} (made in {grown:.1?}):", accounts * devices));
    chat.heal();
    chat.add(&newcomers);
    chat.send();
    chat.join(&late);
}

/// A group as its founder, who does things, the server, and one more member know it.
struct Chat {
    founder: Keys,
    group: Group,
    view: PublicView,
    member: Option<(Keys, Group)>,
}

/// How long everyone took for a commit of the log.
struct Taken {
    server: Duration,
    founder: Duration,
    member: Duration,
}

impl Chat {
    fn new(founder: Keys) -> Self {
        let id = GroupId { conversation: ConversationId(rand::random()), generation: 1 };
        let roles = Roles::group([founder.account]);
        let group = founder.run(|context| Group::create(context, id, Suite::XWing, &roles, now())).unwrap();
        let (group_info, tree) = founder.run(|context| group.export_group_info(context)).unwrap();
        Self { founder, group, view: PublicView::new(&group_info, &tree).unwrap(), member: None }
    }

    /// Adds these devices, as many at once as can be, and last the one that is the member from now on.
    fn grow(&mut self, mut people: Vec<Keys>) {
        let member = people.pop().unwrap();
        for batch in people.chunks(ADD_MAX) {
            let bundle = self.commit_add(&packages(batch));
            self.take(self.founder_ids(), &bundle);
        }
        let packages = packages(std::slice::from_ref(&member));
        let bundle = self.commit_add(&packages);
        self.take(self.founder_ids(), &bundle);
        let group = joined(&member, &self.view, &trimmed(&bundle, &packages[0]));
        self.member = Some((member, group));
    }

    /// Adds these devices block by block. One of each joins by itself, which brings keys to all parents above it.
    fn grow_by_blocks(&mut self, mut people: Vec<Keys>) {
        // The founder has a place in the first block.
        let mut room = BLOCK - 1;
        while people.len() > BLOCK {
            let mut block: Vec<Keys> = people.drain(..room).collect();
            // Only a device of whose account another one is in the group joins by itself.
            let second = (1..block.len()).rev().find(|at| block[*at].account == block[at - 1].account).unwrap();
            let joins = block.remove(second);
            let bundle = self.commit_add(&packages(&block));
            self.take(self.founder_ids(), &bundle);
            let bundle = external_commit(&joins, &self.view);
            self.take((joins.account, joins.device), &bundle);
            room = BLOCK;
        }
        self.grow(people);
    }

    fn heal(&mut self) {
        let (bundle, made) = timed(|| self.founder.run(|context| self.group.update(context)).unwrap());
        let taken = self.take(self.founder_ids(), &bundle);
        line(format_args!(
            "    heal: made in {} and merged in {}, {}; {}",
            milliseconds(made),
            milliseconds(taken.founder),
            taken.told(),
            commit_size(&bundle)
        ));
    }

    fn add(&mut self, newcomers: &[Keys]) {
        let packages = packages(newcomers);
        let (bundle, made) = timed(|| self.commit_add(&packages));
        let taken = self.take(self.founder_ids(), &bundle);
        let welcome = trimmed(&bundle, &packages[0]);
        let (_, join) = timed(|| joined(&newcomers[0], &self.view, &welcome));
        line(format_args!(
            "    add {}: made in {} and merged in {}, {}, each joins in {}; {}, Welcome {} KB, {} KB for each, tree {} KB",
            newcomers.len(),
            milliseconds(made),
            milliseconds(taken.founder),
            taken.told(),
            milliseconds(join),
            commit_size(&bundle),
            bundle.welcome.as_ref().map_or(0, Vec::len) / 1000,
            welcome.len() / 1000,
            self.view.ratchet_tree().len() / 1000
        ));
    }

    fn send(&mut self) {
        let encrypt = || self.founder.run(|context| self.group.encrypt(context, &[7; PLAINTEXT_BYTES])).unwrap();
        let (message, made) = timed(encrypt);
        let (_, server) = timed(|| ApplicationHeader::read(&message).unwrap());
        let (keys, group) = self.member.as_mut().unwrap();
        let (_, member) = timed(|| keys.run(|context| group.process(context, &message)).unwrap());
        line(format_args!(
            "    send: made in {made:.0?}, read in {server:.0?}, taken in {member:.0?}; {} B",
            message.len()
        ));
    }

    fn join(&mut self, late: &Keys) {
        let (bundle, made) = timed(|| external_commit(late, &self.view));
        let fetched = self.view.group_info().len() + self.view.ratchet_tree().len();
        let taken = self.take((late.account, late.device), &bundle);
        line(format_args!(
            "    join: made in {}, {}; {}, {} KB are fetched before",
            milliseconds(made),
            taken.told(),
            commit_size(&bundle),
            fetched / 1000
        ));
    }

    fn founder_ids(&self) -> (AccountId, DeviceId) {
        (self.founder.account, self.founder.device)
    }

    fn commit_add(&mut self, packages: &[Vec<u8>]) -> CommitBundle {
        self.founder.run(|context| self.group.add(context, packages, &[], None)).unwrap()
    }

    /// The server checks a commit, and everyone takes it.
    fn take(&mut self, committer: (AccountId, DeviceId), bundle: &CommitBundle) -> Taken {
        let CommitBundle { commit, welcome, group_info, .. } = bundle;
        let upload = CommitUpload { commit, welcome: welcome.as_deref(), group_info };
        let (checked, server) = timed(|| self.view.check(upload, committer).unwrap());
        self.view = checked.view;
        let ((), founder) = timed(|| receive(&self.founder, &mut self.group, commit));
        let ((), member) = timed(|| {
            if let Some((keys, group)) = &mut self.member {
                receive(keys, group, commit);
            }
        });
        Taken { server, founder, member }
    }
}

impl Taken {
    fn told(&self) -> String {
        format!("checked in {}, taken in {}", milliseconds(self.server), milliseconds(self.member))
    }
}

fn packages(people: &[Keys]) -> Vec<Vec<u8>> {
    let package = |keys: &Keys| keys.run(|context| generate_key_package(context, Suite::XWing, now(), false)).unwrap();
    people.iter().map(package).collect()
}

fn trimmed(bundle: &CommitBundle, package: &[u8]) -> Vec<u8> {
    trim_welcome(bundle.welcome.as_ref().unwrap(), &key_package_ref(package).unwrap()).unwrap()
}

fn joined(keys: &Keys, view: &PublicView, welcome: &[u8]) -> Group {
    keys.run(|context| join::from_welcome(context, welcome, view.ratchet_tree())).unwrap().group
}

fn external_commit(keys: &Keys, view: &PublicView) -> CommitBundle {
    let join = keys.run(|context| external::commit(context, view.group_info(), view.ratchet_tree())).unwrap();
    CommitBundle { commit: join.commit, welcome: None, group_info: join.group_info, epoch_after: join.epoch_after }
}

fn receive(keys: &Keys, group: &mut Group, commit: &[u8]) {
    keys.run(|context| match group.process(context, commit).unwrap() {
        Processed::OwnPendingCommit => group.merge_pending_commit(context).unwrap(),
        Processed::Commit(received) => group.merge(context, *received).unwrap(),
        Processed::Application { .. } => panic!("not a commit"),
    });
}

fn milliseconds(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}

fn commit_size(bundle: &CommitBundle) -> String {
    format!("commit {} KB", bundle.commit.len() / 1000)
}
