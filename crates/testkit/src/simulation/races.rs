//! Races for an epoch: how often a device comes too late with what it appends before it is in time.

use std::collections::BTreeMap;

use sealpost_protocol::{ConversationId, ProblemKind, operation::Outcome};

/// How many races each device has lost in each conversation since it last won one.
#[derive(Default)]
pub(super) struct Races {
    /// With the epoch of the last one: what arrives twice loses once.
    lost: BTreeMap<(usize, ConversationId), (u64, u64)>,
    most: u64,
}

impl Races {
    /// A device appended something made in `epoch`, with this outcome.
    pub(super) fn ran(&mut self, who: (usize, ConversationId), epoch: u64, outcome: &Outcome) {
        match outcome {
            Ok(_) => drop(self.lost.remove(&who)),
            Err(problem) if problem.kind() == ProblemKind::StaleEpoch => {
                let (count, last) = self.lost.entry(who).or_insert((0, u64::MAX));
                if *last != epoch {
                    (*count, *last) = (*count + 1, epoch);
                    self.most = self.most.max(*count);
                }
            }
            Err(_) => {}
        }
    }

    /// Most races that anyone lost in a row.
    pub(super) fn most_lost(&self) -> u64 {
        self.most
    }
}
