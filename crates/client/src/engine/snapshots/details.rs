//! One conversation's members and state.

use sealpost_mls::Suite;
use sealpost_protocol::conversation::ConversationKind;

use super::{Read, empty_details, name_of};
use crate::{
    snapshot::{Details, DetailsMember},
    store::{self, Conversation, Phase, Store},
};

pub(super) fn details(store: Store<'_>, session: &store::Session, conversation: &Conversation) -> Read<Details> {
    let peer = conversation.peer.map(|peer| store.person(peer)).transpose()?;
    let member =
        |(account, admin)| Ok(DetailsMember { person: store.person(account)?, admin, me: account == session.account });
    let mut members = store.members(conversation.id)?.into_iter().map(member).collect::<Read<Vec<_>>>()?;
    members.sort_by_key(|member| (member.person.display_name.to_lowercase(), member.person.account));
    let (contact, blocked) = match conversation.peer {
        Some(peer) => store.standing(peer)?,
        None => (false, false),
    };
    let open = matches!(conversation.phase, Phase::Local | Phase::Joined);
    Ok(Details {
        conversation: conversation.id,
        kind: conversation.kind,
        name: name_of(conversation, peer.as_ref()),
        may_add: open
            && conversation.kind == ConversationKind::Group
            && members.iter().any(|member| member.me && member.admin),
        members,
        contact,
        blocked,
        post_quantum: Suite::from_number(conversation.suite) == Some(Suite::XWing),
        ..empty_details(conversation.id)
    })
}
