//! MLS groups by themselves, in both suites: making a group of 2, 50 and 250 leaves, adding one more, sending, receiving.

#![allow(clippy::unwrap_used)]

use rand::rngs::OsRng;
use sealpost_benches::{Durations, line, timed};
use sealpost_mls::{ADD_MAX, Group, GroupId, Roles, Suite, generate_key_package, join};
use sealpost_protocol::ConversationId;
use sealpost_testkit::hand::{Keys, now};

const LEAVES: [usize; 3] = [2, 50, 250];
const MESSAGES: usize = 200;
/// What a short text is padded to.
const PLAINTEXT_BYTES: usize = 256;

fn main() {
    line("MLS groups");
    for suite in [Suite::Classic, Suite::XWing] {
        for leaves in LEAVES {
            measure(suite, leaves);
        }
    }
}

fn measure(suite: Suite, leaves: usize) {
    let people: Vec<Keys> = (0..=leaves).map(|_| Keys::generate(&mut OsRng)).collect();
    let (creator, receiver, late) = (&people[0], &people[leaves - 1], &people[leaves]);
    let package = |person: &Keys| person.run(|context| generate_key_package(context, suite, now(), false)).unwrap();
    let packages: Vec<Vec<u8>> = people[1..leaves].iter().map(package).collect();
    let id = GroupId { conversation: ConversationId([1; 16]), generation: 1 };

    let ((mut group, welcome), create) = timed(|| {
        let roles = Roles::group([creator.account]);
        let mut group = creator.run(|context| Group::create(context, id, suite, &roles, now())).unwrap();
        let mut welcome = None;
        for batch in packages.chunks(ADD_MAX) {
            welcome = creator.run(|context| group.add(context, batch, &[], None)).unwrap().welcome;
            creator.run(|context| group.merge_pending_commit(context)).unwrap();
        }
        (group, welcome.unwrap())
    });
    let tree = group.export_ratchet_tree().unwrap();
    let (joined, join) = timed(|| receiver.run(|context| join::from_welcome(context, &welcome, &tree)).unwrap());
    let mut theirs = joined.group;

    let one_more = package(late);
    let (bundle, add) = timed(|| {
        let bundle = creator.run(|context| group.add(context, &[one_more], &[], None)).unwrap();
        creator.run(|context| group.merge_pending_commit(context)).unwrap();
        bundle
    });
    let ((), take_add) = timed(|| {
        receiver.run(|context| match theirs.process(context, &bundle.commit).unwrap() {
            sealpost_mls::Processed::Commit(commit) => theirs.merge(context, *commit).unwrap(),
            other => panic!("not a commit: {other:?}"),
        });
    });

    let (mut send, mut receive) = (Durations::default(), Durations::default());
    for _ in 0..MESSAGES {
        let (message, took) = timed(|| creator.run(|context| group.encrypt(context, &[7; PLAINTEXT_BYTES])).unwrap());
        send.add(took);
        receive.add(timed(|| receiver.run(|context| theirs.process(context, &message)).unwrap()).1);
    }
    line(format_args!(
        "  {suite:?}, {leaves:3} leaves: create {create:.1?}, join {join:.1?}, add one {add:.1?}, take the add {take_add:.1?}, send {:.0?}, receive {:.0?} (medians)",
        send.quantile(0.5),
        receive.quantile(0.5)
    ));
}
