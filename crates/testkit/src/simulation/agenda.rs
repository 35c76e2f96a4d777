//! What will happen when: the only clock of a simulation. Independent of what happens.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use sealpost_protocol::Timestamp;

/// Things to come, the earliest first; of two at the same moment the one that was entered first.
#[derive(Debug)]
pub(super) struct Agenda<T> {
    now: Timestamp,
    entered: u64,
    order: BinaryHeap<Reverse<(Timestamp, u64)>>,
    things: BTreeMap<u64, T>,
}

impl<T> Agenda<T> {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { now, entered: 0, order: BinaryHeap::new(), things: BTreeMap::new() }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// Lets time pass without anything happening; what was due then happens late.
    pub(super) fn pass(&mut self, milliseconds: u64) {
        self.now = self.now.saturating_add(milliseconds);
    }

    /// Enters something for a moment, which is now if it has passed.
    pub(super) fn enter(&mut self, at: Timestamp, thing: T) {
        self.entered += 1;
        self.order.push(Reverse((at.max(self.now), self.entered)));
        self.things.insert(self.entered, thing);
    }

    /// The next thing, if it comes before `until`; the clock moves to its moment.
    pub(super) fn next_before(&mut self, until: Timestamp) -> Option<T> {
        let Reverse((at, number)) = *self.order.peek()?;
        if at >= until {
            return None;
        }
        self.order.pop();
        self.now = self.now.max(at);
        self.things.remove(&number)
    }

    /// Everything that is still to come, in no particular order.
    pub(super) fn coming(&self) -> impl Iterator<Item = &T> {
        self.things.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_come_in_the_order_of_their_moments() {
        let mut agenda = Agenda::new(100);
        agenda.enter(300, "late");
        agenda.enter(200, "first");
        agenda.enter(200, "second");
        agenda.enter(50, "at once");
        let order: Vec<_> = std::iter::from_fn(|| agenda.next_before(300)).collect();
        assert_eq!(order, ["at once", "first", "second"]);
        assert_eq!(agenda.now(), 200);
        assert_eq!(agenda.coming().count(), 1);
    }

    #[test]
    fn what_was_due_while_time_passed_happens_late() {
        let mut agenda = Agenda::new(0);
        agenda.enter(10, "due");
        agenda.pass(1000);
        assert_eq!(agenda.next_before(u64::MAX), Some("due"));
        assert_eq!(agenda.now(), 1000);
    }
}
