//! Notices in timelines: what happened in a conversation, as it is stored.

use rusqlite::params;
use sealpost_protocol::{AccountId, ClientId, ConversationId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    Result, Store, invalid,
    timeline::{SORT_PER_SEQ, sort_of},
};
use crate::{
    redacted::redacted,
    snapshot::{StopCause, UnreadableCause},
};

/// Something that happened, as it is stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StoredNotice {
    Created {
        by: AccountId,
    },
    Added {
        by: AccountId,
        people: Vec<AccountId>,
    },
    Removed {
        by: AccountId,
        people: Vec<AccountId>,
    },
    DeviceJoined,
    Unreadable {
        cause: UnreadableCause,
    },
    Stopped {
        cause: StopCause,
    },
    Left,
    Departed {
        person: AccountId,
    },
    JoinedByLink {
        person: AccountId,
    },
    Renamed {
        by: AccountId,
        name: String,
    },
    DescriptionChanged {
        by: AccountId,
    },
    PictureChanged {
        by: AccountId,
    },
    TimerChanged {
        by: AccountId,
        seconds: Option<u32>,
    },
    AdminsChanged {
        by: AccountId,
        people: Vec<AccountId>,
        admin: bool,
    },
    PolicyChanged {
        by: AccountId,
    },
    NotAdded {
        people: Vec<AccountId>,
    },
    OtherLog {
        person: AccountId,
    },
    OtherDevices {
        person: AccountId,
    },
    BegunAnew {
        person: AccountId,
    },
    NotDone {
        id: ClientId,
        change: StoredChange,
        retry: bool,
    },
    Reset {
        by: AccountId,
    },
    Missed {
        from: Timestamp,
        until: Timestamp,
        /// The last entry before what was missed; nothing if an earlier version wrote this.
        #[serde(default)]
        after: Option<u64>,
    },
    WentOn,
}

/// A change that could not be made, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StoredChange {
    Add(Vec<AccountId>),
    Remove(Vec<AccountId>),
    Admin { person: AccountId, admin: bool },
    Policy,
    Name,
    Description,
    Picture,
    Timer,
    Link,
}

redacted!(StoredNotice);

fn not_done_key(id: ClientId) -> String {
    format!("n19.{id}")
}

/// Which of the things that happen at an entry it is; its place among them.
fn place_of(notice: &StoredNotice) -> u64 {
    match notice {
        StoredNotice::Created { .. } => 1,
        StoredNotice::Added { .. } => 2,
        StoredNotice::Removed { .. } => 3,
        StoredNotice::DeviceJoined => 4,
        StoredNotice::Unreadable { .. } => 5,
        StoredNotice::Stopped { .. } => 6,
        StoredNotice::Left => 7,
        StoredNotice::Departed { .. } => 8,
        StoredNotice::JoinedByLink { .. } => 9,
        StoredNotice::Renamed { .. } => 10,
        StoredNotice::DescriptionChanged { .. } => 11,
        StoredNotice::PictureChanged { .. } => 12,
        StoredNotice::TimerChanged { .. } => 13,
        StoredNotice::AdminsChanged { admin: true, .. } => 14,
        StoredNotice::AdminsChanged { admin: false, .. } => 15,
        StoredNotice::PolicyChanged { .. } => 16,
        StoredNotice::NotAdded { .. } => 17,
        StoredNotice::OtherLog { .. } => 18,
        StoredNotice::NotDone { .. } => 19,
        StoredNotice::Reset { .. } => 20,
        StoredNotice::Missed { .. } => 21,
        StoredNotice::WentOn => 22,
        StoredNotice::OtherDevices { .. } => 23,
        StoredNotice::BegunAnew { .. } => 24,
    }
}

/// Under which key it stands in the timeline.
fn key_of(seq: u64, notice: &StoredNotice) -> String {
    let place = place_of(notice);
    match notice {
        // Of these an entry may have several.
        StoredNotice::Departed { person } => format!("n{seq}.{place}.{person}"),
        StoredNotice::NotAdded { people } => {
            format!("n{seq}.{place}.{}", people.first().map(ToString::to_string).unwrap_or_default())
        }
        // Once for each person, whatever entry.
        StoredNotice::OtherLog { person }
        | StoredNotice::OtherDevices { person }
        | StoredNotice::BegunAnew { person } => format!("n{place}.{person}"),
        StoredNotice::NotDone { id, .. } => not_done_key(*id),
        _ => format!("n{seq}.{place}"),
    }
}

impl Store<'_> {
    /// Writes what happened at an entry. The same notice twice is one.
    pub(crate) fn add_notice(
        &self,
        conversation: ConversationId,
        seq: u64,
        time: Timestamp,
        notice: &StoredNotice,
    ) -> Result<()> {
        let mut content = Vec::new();
        ciborium::into_writer(notice, &mut content).map_err(|_| invalid(7))?;
        let sql = "INSERT INTO timeline (conversation, key, sort, seq, time, kind, content)
            VALUES (?1, ?2, ?3, ?4, ?5, 2, ?6) ON CONFLICT (conversation, key) DO NOTHING";
        let sort = sort_of(seq) + place_of(notice).min(SORT_PER_SEQ - 1);
        self.run(sql, params![conversation.0, key_of(seq, notice), sort, seq, time, content]).map(drop)
    }

    /// What happened at an entry is not told any more.
    pub(crate) fn remove_notice(&self, at: ConversationId, seq: u64, notice: &StoredNotice) -> Result<()> {
        let sql = "DELETE FROM timeline WHERE conversation = ?1 AND key = ?2";
        self.run(sql, params![at.0, key_of(seq, notice)]).map(drop)
    }

    /// It is not told any more that a change could not be made. Gives whether it was.
    pub(crate) fn remove_not_done(&self, at: ConversationId, id: ClientId) -> Result<bool> {
        let sql = "DELETE FROM timeline WHERE conversation = ?1 AND key = ?2";
        Ok(self.run(sql, params![at.0, not_done_key(id)])? > 0)
    }

    /// A notice becomes another one. Gives whether there was one.
    pub(crate) fn change_notice(&self, at: ConversationId, from: &StoredNotice, to: &StoredNotice) -> Result<bool> {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        ciborium::into_writer(from, &mut before).map_err(|_| invalid(7))?;
        ciborium::into_writer(to, &mut after).map_err(|_| invalid(7))?;
        let sql = "UPDATE timeline SET content = ?3 WHERE id = (SELECT max(id) FROM timeline
            WHERE conversation = ?1 AND kind = 2 AND content = ?2)";
        Ok(self.run(sql, params![at.0, before, after])? > 0)
    }

    /// What a stored notice says.
    pub(crate) fn read_notice(content: &[u8]) -> Result<StoredNotice> {
        ciborium::from_reader(content).map_err(|_| invalid(7))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn causes_that_earlier_versions_stored_as_sentences_are_read() {
        #[derive(Serialize)]
        enum Earlier {
            Unreadable { cause: String },
            Stopped { cause: String },
        }
        let read = |earlier: &Earlier| {
            let mut bytes = Vec::new();
            ciborium::into_writer(earlier, &mut bytes).unwrap();
            Store::read_notice(&bytes).unwrap()
        };
        let unreadable = read(&Earlier::Unreadable { cause: "it is not a message".to_owned() });
        assert!(matches!(unreadable, StoredNotice::Unreadable { cause: UnreadableCause::Undecryptable }));
        let stopped = read(&Earlier::Stopped { cause: "an admin did not do it".to_owned() });
        assert!(matches!(stopped, StoredNotice::Stopped { cause: StopCause::Rule }));
    }
}
