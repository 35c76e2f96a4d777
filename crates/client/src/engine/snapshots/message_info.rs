//! How far one message got, and what it said before.

use sealpost_protocol::{AccountId, ConversationId, Timestamp};

use super::Read;
use crate::{
    content::{mention, poll::Poll},
    engine::{present::present, timeline::original_text, turn::Memory},
    snapshot::{MemberInfo, MessageInfo, Person, Revision},
    store::{Conversation, Store, TimelineRow},
};

pub(super) fn message_info(
    store: Store<'_>,
    memory: &Memory,
    me: AccountId,
    at: &Conversation,
    key: &str,
) -> Read<MessageInfo> {
    let Some(item) = store.item(at.id, key)?.filter(|item| !item.deleted) else {
        return Ok(super::empty_message_info());
    };
    let Some(seq) = item.seq else {
        return Ok(MessageInfo { revisions: revisions(store, at.id, &item)?, ..super::empty_message_info() });
    };
    let cursors = store.member_cursors(at.id)?;
    let times = memory.times.get(&(at.id, key.to_owned()));
    let mut members = Vec::new();
    for (account, _) in store.members(at.id)? {
        if account == me || Some(account) == item.sender {
            continue;
        }
        let cursor = cursors.iter().find(|cursor| cursor.account == account);
        let time = times.and_then(|times| times.iter().find(|time| time.account == account));
        let (delivered_at, read_at) = (time.and_then(|time| time.delivered), time.and_then(|time| time.read));
        let read = read_at.is_some() || cursor.is_some_and(|cursor| cursor.read >= seq);
        let delivered = read || delivered_at.is_some() || cursor.is_some_and(|cursor| cursor.delivered >= seq);
        members.push(MemberInfo { person: store.person(account)?, delivered, read, delivered_at, read_at });
    }
    members.sort_by_key(|member| (member.person.display_name.to_lowercase(), member.person.account));
    Ok(MessageInfo { sent: Some(item.time), members, revisions: revisions(store, at.id, &item)? })
}

/// What the message said before it was last edited, oldest first.
fn revisions(store: Store<'_>, at: ConversationId, item: &TimelineRow) -> Read<Vec<Revision>> {
    let (Some(id), Some(sender)) = (item.message_id, item.sender) else { return Ok(Vec::new()) };
    let amendments = store.amendments_of(at, id)?;
    let poll = item.poll.as_deref().and_then(Poll::from_bytes);
    let edits = present(sender, poll.as_ref(), &amendments).edits;
    if edits.is_empty() {
        return Ok(Vec::new());
    }
    let original = original_text(item).map(|text| (item.time, text));
    let mut said: Vec<(Timestamp, String)> =
        original.into_iter().chain(edits.into_iter().map(|(time, text)| (time, text.to_owned()))).collect();
    said.pop();
    let revision = |(time, wire): (Timestamp, String)| {
        let people = mention::mentioned(&wire).into_iter().map(|account| store.person(account));
        let people = people.collect::<Read<Vec<Person>>>()?;
        Ok(Revision { time, text: mention::from_wire(&wire, &people) })
    };
    said.into_iter().map(revision).collect()
}
