//! Removing devices.

use super::commit::{Changes, CommitBundle, read_leaves};
use crate::{Context, Group, GroupError};

impl Group {
    /// Commits to removing the leaves. Nothing sent after it can be read by them. The commit stays pending.
    ///
    /// # Errors
    /// [`GroupError::CommitPending`], [`GroupError::UnknownLeaf`], or OpenMLS's refusal of removing the own leaf.
    pub fn remove(&mut self, context: &Context<'_>, leaves: &[u32]) -> Result<CommitBundle, GroupError> {
        let remove = read_leaves(self, leaves)?;
        self.commit(context, Changes { remove, update: true, ..Default::default() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::{
        ProcessError, Processed,
        testing::{Chat, Person, each_suite},
    };

    #[test]
    fn a_removed_device_knows_and_reads_nothing_more() {
        each_suite(|suite| {
            let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
            let mut chat = Chat::of_admin(suite, &alice, &[&bob, &carol]);
            let bundle = chat.make(0, |group, context| group.remove(context, &[1]));
            let (mut of_bob, bob) = (chat.group(1), chat.devices.remove(1));
            let Processed::Commit(received) = bob.run(|context| of_bob.process(context, &bundle.commit)).unwrap()
            else {
                unreachable!("a commit")
            };
            assert!(received.self_removed);
            bob.run(|context| of_bob.merge(context, *received, &[])).unwrap();
            assert!(!chat.group_of(&bob).is_active());
            chat.accept(0, &bundle).unwrap();
            chat.assert_agreed();

            let mut group = chat.group(0);
            let secret = chat.devices[0].run(|context| group.encrypt(context, b"without bob")).unwrap();
            let read = bob.run(|context| of_bob.process(context, &secret));
            assert!(read.is_err_and(|error| !matches!(error, ProcessError::Malformed)));
            assert!(bob.run(|context| of_bob.encrypt(context, b"hello?")).is_err());
        });
    }
}
