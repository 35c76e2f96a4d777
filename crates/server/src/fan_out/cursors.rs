//! Who is told how far members have stored and read a log: everything in small conversations, in large ones what ticks need.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use sealpost_protocol::{
    AccountId, ConversationId, DeviceId,
    conversation::{Cursors, MemberCursor, MemberTimes},
};

use crate::{
    app::App,
    store::{Leaf, StoreResult},
};

/// In conversations of up to this many members every member's cursors are pushed.
const ALL_PUSHED_MAX: usize = 32;
/// Those of larger ones are pushed at most this often.
const LARGE_EVERY: Duration = Duration::from_secs(2);

/// Tells the leaves of a conversation where its members' cursors are.
pub(crate) async fn moved(app: &App, conversation: ConversationId) -> StoreResult<()> {
    let members = app.store.cursors(conversation).await?;
    let leaves = app.store.leaf_devices(conversation).await?;
    let accounts: Vec<AccountId> = members.iter().map(|member| member.account).collect();
    let hiding = app.store.hiding_reads(&accounts).await?;
    if members.len() > ALL_PUSHED_MAX {
        app.receipts.rest(conversation, LARGE_EVERY);
        tell_extremes(app, conversation, &members, &leaves, &hiding);
    } else {
        tell_all(app, conversation, &members, &leaves, &hiding);
    }
    Ok(())
}

/// Tells each account what it may see of all members. Most often that is the same for all; if not, those who hide how far
/// they have read get cursors of their own.
fn tell_all(
    app: &App,
    conversation: ConversationId,
    members: &[MemberCursor],
    leaves: &[Leaf],
    hiding: &BTreeSet<AccountId>,
) {
    let mut devices: BTreeMap<Option<AccountId>, Vec<DeviceId>> = BTreeMap::new();
    for leaf in leaves {
        devices.entry(hiding.get(&leaf.account).copied()).or_default().push(leaf.device);
    }
    for (viewer, devices) in devices {
        let members = visible_cursors(members.to_vec(), viewer, hiding);
        app.hub.tell_cursors(&devices, &Arc::new(Cursors { conversation, members }));
    }
}

/// Tells each account its own cursors and those of the members that are furthest behind: what the others' ticks and the
/// account's other devices need. Who wants to know more asks.
fn tell_extremes(
    app: &App,
    conversation: ConversationId,
    members: &[MemberCursor],
    leaves: &[Leaf],
    hiding: &BTreeSet<AccountId>,
) {
    let seen_by_most = visible_cursors(members.to_vec(), None, hiding);
    let last = last_two(&seen_by_most);
    let mut devices: BTreeMap<AccountId, Vec<DeviceId>> = BTreeMap::new();
    for leaf in leaves {
        devices.entry(leaf.account).or_default().push(leaf.device);
    }
    for own in members {
        let Some(devices) = devices.get(&own.account) else { continue };
        let mut told: Vec<MemberCursor> = last.iter().filter(|other| other.account != own.account).copied().collect();
        if hiding.contains(&own.account) {
            told.iter_mut().for_each(|other| other.read = 0);
        }
        told.push(*own);
        app.hub.tell_cursors(devices, &Arc::new(Cursors { conversation, members: told }));
    }
}

/// The two members that have stored least and the two that have read least: without either of a pair the other is still the
/// last of the rest.
fn last_two(members: &[MemberCursor]) -> Vec<MemberCursor> {
    let by = |key: fn(&MemberCursor) -> u64| {
        let mut sorted: Vec<MemberCursor> = members.to_vec();
        sorted.sort_by_key(|member| (key(member), member.account));
        sorted.into_iter().take(2)
    };
    let mut last: Vec<MemberCursor> = by(|member| member.delivered).chain(by(|member| member.read)).collect();
    last.sort_by_key(|member| member.account);
    last.dedup_by_key(|member| member.account);
    last
}

/// Cursors as an account may see them. `viewer` is nothing for one that tells how far it has read; who does not, sees
/// that of nobody but itself.
pub(crate) fn visible_cursors(
    mut members: Vec<MemberCursor>,
    viewer: Option<AccountId>,
    hiding: &BTreeSet<AccountId>,
) -> Vec<MemberCursor> {
    for member in &mut members {
        if !may_see_reads(viewer, member.account, hiding) {
            member.read = 0;
        }
    }
    members
}

/// Times as an account may see them; `viewer` is as in [`visible_cursors`].
pub(crate) fn visible_times(
    mut members: Vec<MemberTimes>,
    viewer: Option<AccountId>,
    hiding: &BTreeSet<AccountId>,
) -> Vec<MemberTimes> {
    for member in &mut members {
        member.read = member.read.filter(|_| may_see_reads(viewer, member.account, hiding));
    }
    members.retain(|member| member.delivered.is_some() || member.read.is_some());
    members
}

fn may_see_reads(viewer: Option<AccountId>, of: AccountId, hiding: &BTreeSet<AccountId>) -> bool {
    viewer == Some(of) || (viewer.is_none() && !hiding.contains(&of))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(account: u8, read: u64) -> MemberCursor {
        MemberCursor { account: AccountId([account; 16]), delivered: 9, read }
    }

    #[test]
    fn who_hides_its_reads_sees_none_but_its_own() {
        let members = vec![cursor(1, 4), cursor(2, 5), cursor(3, 6)];
        let hiding = BTreeSet::from([AccountId([2; 16])]);
        let reads = |viewer| -> Vec<u64> {
            visible_cursors(members.clone(), viewer, &hiding).into_iter().map(|member| member.read).collect()
        };
        assert_eq!(reads(None), [4, 0, 6]);
        assert_eq!(reads(Some(AccountId([2; 16]))), [0, 5, 0]);
    }

    #[test]
    fn whoever_looks_the_last_of_the_others_is_among_the_last_two() {
        let at = |account: u8, delivered, read| MemberCursor { account: AccountId([account; 16]), delivered, read };
        let members = vec![at(1, 5, 0), at(2, 3, 3), at(3, 4, 1), at(4, 9, 9), at(5, 8, 8)];
        let last = last_two(&members);
        for own in &members {
            let least = |among: &[MemberCursor], key: fn(&MemberCursor) -> u64| {
                among.iter().filter(|member| member.account != own.account).map(key).min()
            };
            for key in [|member: &MemberCursor| member.delivered, |member: &MemberCursor| member.read] {
                assert_eq!(least(&last, key), least(&members, key));
            }
        }
        assert!(last.len() < members.len());
    }
}
