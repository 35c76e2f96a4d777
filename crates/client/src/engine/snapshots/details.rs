//! One conversation's members and state.

use sealpost_mls::Suite;
use sealpost_protocol::{Bytes, conversation::ConversationKind};

use super::{Read, name_of};
use crate::{
    engine::state_record::{InviteLink, Record},
    snapshot::{self, Details, DetailsMember, MemberChange, Person, Policy, Who},
    store::{self, Conversation, GroupRow, Intent, Phase, RolesChange, Store},
};

pub(super) fn details(store: Store<'_>, session: &store::Session, conversation: &Conversation) -> Read<Details> {
    let peer = conversation.peer.map(|peer| store.person(peer)).transpose()?;
    let member = |(person, admin): (Person, bool)| {
        let me = person.account == session.account;
        let successor = store.successor(person.account)?.map(|account| store.person(account)).transpose()?;
        Ok(DetailsMember { admin, me, verified: store.is_verified(person.account)?, successor, waiting: None, person })
    };
    let mut members: Vec<_> =
        store.people_present(conversation.id)?.into_iter().map(member).collect::<Read<Vec<_>>>()?;
    members.sort_by_cached_key(|member| (member.person.display_name.to_lowercase(), member.person.account));
    let (contact, blocked) = match conversation.peer {
        Some(peer) => store.standing(peer)?,
        None => (false, false),
    };
    let open = matches!(conversation.phase, Phase::Local | Phase::Joined);
    let is_group = conversation.kind == ConversationKind::Group;
    let admin = open && is_group && members.iter().any(|member| member.me && member.admin);
    let group = store.group(conversation.id)?;
    let there = || members.iter().filter(|member| member.successor.is_none());
    let last_admin = admin && there().filter(|member| member.admin).count() == 1 && there().count() > 1;
    let mut policy = policy(&group, is_group);
    let policy_waiting = overlay(store, conversation, &mut members, &mut policy)?;
    Ok(Details {
        conversation: conversation.id,
        kind: conversation.kind,
        name: name_of(conversation, peer.as_ref()),
        may_add: open && is_group && (admin || !group.add_admins),
        may_edit: open && (admin || !is_group || !group.edit_admins),
        admin,
        last_admin,
        members,
        contact,
        blocked,
        post_quantum: Suite::from_number(conversation.suite) == Some(Suite::XWing),
        description: group.description.clone(),
        picture: group.picture.clone(),
        timer: store.timer(conversation.id)?,
        policy,
        policy_waiting,
        links: if admin { links(conversation, &group) } else { Vec::new() },
        join_requests: if admin { join_requests(store, conversation)? } else { Vec::new() },
    })
}

/// Shows members and policy as this device wants them to be. Gives whether the policy waits.
fn overlay(store: Store<'_>, at: &Conversation, members: &mut Vec<DetailsMember>, policy: &mut Policy) -> Read<bool> {
    let mut policy_waits = false;
    for intent in store.outbox_changes(at.id)? {
        match intent {
            Intent::Add(accounts) => {
                for account in accounts {
                    if !members.iter().any(|member| member.person.account == account) {
                        let (person, waiting) = (store.person(account)?, Some(MemberChange::Add));
                        let verified = store.is_verified(account)?;
                        let successor = None;
                        members.push(DetailsMember { person, admin: false, me: false, verified, successor, waiting });
                    }
                }
            }
            Intent::Remove(accounts) => {
                let gone = members.iter_mut().filter(|member| accounts.contains(&member.person.account));
                gone.for_each(|member| member.waiting = Some(MemberChange::Remove));
            }
            Intent::Roles(RolesChange::Admin { account, admin }) => {
                let changed = members.iter_mut().filter(|member| member.person.account == account);
                changed.for_each(|member| (member.admin, member.waiting) = (admin, Some(MemberChange::Role)));
            }
            Intent::Roles(RolesChange::Policy { add, edit, post }) => {
                *policy = Policy { add: who(add), edit: who(edit), post: who(post) };
                policy_waits = true;
            }
            _ => {}
        }
    }
    Ok(policy_waits)
}

fn who(admins_only: bool) -> Who {
    if admins_only { Who::Admins } else { Who::Members }
}

fn policy(group: &GroupRow, is_group: bool) -> Policy {
    let [add, edit, post] =
        [group.add_admins, group.edit_admins, group.post_admins].map(|admins| who(admins && is_group));
    Policy { add, edit, post }
}

fn links(conversation: &Conversation, group: &GroupRow) -> Vec<snapshot::InviteLink> {
    let record = group.record.as_ref().and_then(|record| Record::read(conversation.id, record));
    let shown = |link: &InviteLink| snapshot::InviteLink {
        link: link.id().to_string(),
        fragment: Bytes::from(link.secret).to_base64url(),
        expires: link.expires,
        uses_left: link.uses.map(|uses| uses.saturating_sub(link.used)),
        uses: link.used,
        approval: link.approval,
    };
    record.map(|record| record.state.links.iter().map(shown).collect()).unwrap_or_default()
}

fn join_requests(store: Store<'_>, conversation: &Conversation) -> Read<Vec<snapshot::JoinRequest>> {
    let shown = |row: store::JoinRequestRow| {
        Ok(snapshot::JoinRequest {
            request: row.request.to_string(),
            person: store.person(row.account)?,
            time: row.time,
        })
    };
    store.join_requests(conversation.id)?.into_iter().map(shown).collect()
}
