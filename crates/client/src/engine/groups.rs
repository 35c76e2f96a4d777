//! Changing groups: state, members, admins, policy. What cannot be made offline waits in the outbox.

use sealpost_protocol::{
    AccountId, Bytes, ConversationId, account::is_valid_display_name, conversation::ConversationKind,
};

use super::{
    Result,
    conversations::Outcome,
    pictures,
    state_record::{DESCRIPTION_MAX, TIMER},
    turn::Turn,
};
use crate::{
    command::{Answer, Failure, PictureChange},
    snapshot::{Policy, Who},
    store::{Conversation, Intent, Phase, RolesChange, StateChange},
};

type Found = std::result::Result<Conversation, Failure>;

fn not_allowed(why: &str) -> Failure {
    Failure::new("not-allowed", why)
}

/// The changes that a command asks for.
fn changes(
    name: Option<String>,
    description: Option<String>,
    picture: Option<PictureChange>,
) -> std::result::Result<Vec<StateChange>, Failure> {
    let mut changes = Vec::new();
    if let Some(name) = name {
        let name = name.trim().to_owned();
        if !is_valid_display_name(&name) {
            return Err(Failure::new("invalid-name", "a name has 1 to 64 characters"));
        }
        changes.push(StateChange::Name(name));
    }
    if let Some(description) = description {
        let description = description.trim().to_owned();
        if description.chars().count() > DESCRIPTION_MAX {
            return Err(Failure::new("too-large", "a description has at most 1,000 characters"));
        }
        changes.push(StateChange::Description(description));
    }
    if let Some(picture) = picture {
        changes.push(StateChange::Picture(pictures::given(&picture)?.map(Bytes)));
    }
    Ok(changes)
}

impl Turn<'_> {
    /// A conversation that takes changes.
    fn changeable(&self, at: ConversationId) -> Result<Found> {
        let found = self.resolve(at)?;
        Ok(found.and_then(|conversation| match conversation.phase {
            Phase::Joined | Phase::Local => Ok(conversation),
            _ => Err(not_allowed("this device does not take part")),
        }))
    }

    /// A group of which this account is an admin.
    pub(super) fn administered(&self, at: ConversationId) -> Result<Found> {
        let conversation = match self.changeable(at)? {
            Ok(conversation) if conversation.kind == ConversationKind::Group => conversation,
            Ok(_) => return Ok(Err(not_allowed("this is not a group"))),
            Err(failure) => return Ok(Err(failure)),
        };
        let admin = self.is_admin(conversation.id)?;
        Ok(if admin { Ok(conversation) } else { Err(not_allowed("only admins of the group may do that")) })
    }

    /// Whether this account is an admin of a group.
    pub(super) fn is_admin(&self, id: ConversationId) -> Result<bool> {
        let Some(session) = self.session()? else { return Ok(false) };
        Ok(self.store.members(id)?.contains(&(session.account, true)))
    }

    /// A conversation whose state this account may change.
    fn editable(&self, at: ConversationId) -> Result<Found> {
        let conversation = match self.changeable(at)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        let Some(session) = self.session()? else { return Ok(Err(not_allowed("nobody is signed in"))) };
        let direct = conversation.kind == ConversationKind::Direct;
        let may = direct || self.may_edit(conversation.id, session.account)?;
        Ok(if may { Ok(conversation) } else { Err(not_allowed("only admins of the group may change this")) })
    }

    pub(super) fn change_group(
        &mut self,
        at: ConversationId,
        name: Option<String>,
        description: Option<String>,
        picture: Option<PictureChange>,
    ) -> Result<Outcome> {
        let conversation = match self.editable(at)? {
            Ok(conversation) if conversation.kind == ConversationKind::Group => conversation,
            Ok(_) => return Ok(Err(not_allowed("a direct chat has no name of its own"))),
            Err(failure) => return Ok(Err(failure)),
        };
        let changes = match changes(name, description, picture) {
            Ok(changes) => changes,
            Err(failure) => return Ok(Err(failure)),
        };
        for change in changes {
            self.change_state(&conversation, change)?;
        }
        Ok(Ok(Answer::Done))
    }

    pub(super) fn set_message_timer(&mut self, at: ConversationId, seconds: Option<u32>) -> Result<Outcome> {
        if seconds.is_some_and(|seconds| !TIMER.contains(&seconds)) {
            return Ok(Err(Failure::new("invalid-request", "messages disappear after 30 seconds to 4 weeks")));
        }
        let conversation = match self.editable(at)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        self.change_state(&conversation, StateChange::Timer(seconds))?;
        Ok(Ok(Answer::Done))
    }

    pub(super) fn remove_members(&mut self, at: ConversationId, members: &[AccountId]) -> Result<Outcome> {
        let conversation = match self.administered(at)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        let me = self.session()?.map(|session| session.account);
        if me.is_some_and(|me| members.contains(&me)) {
            return Ok(Err(Failure::new("invalid-request", "to go oneself is to leave")));
        }
        let known = self.store.present_members(conversation.id)?;
        let mut gone = members.to_vec();
        gone.sort();
        gone.dedup();
        gone.retain(|account| known.iter().any(|(member, _)| member == account));
        self.put(&conversation, (!gone.is_empty()).then_some(Intent::Remove(gone)))
    }

    pub(super) fn set_admin(&mut self, at: ConversationId, account: AccountId, admin: bool) -> Result<Outcome> {
        let conversation = match self.administered(at)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        if admin && self.store.successor(account)?.is_some() {
            return Ok(Err(Failure::new("begun-anew", "nobody can open that account any more")));
        }
        let members = self.store.present_members(conversation.id)?;
        let Some(&(_, is_admin)) = members.iter().find(|(member, _)| *member == account) else {
            return Ok(Err(Failure::new("not-found", "that is no member of the group")));
        };
        let others = self.members_there(conversation.id)?;
        let others = others.iter().any(|(member, admin)| *admin && *member != account);
        if !admin && is_admin && !others {
            return Ok(Err(not_allowed("a group keeps an admin")));
        }
        let change = (admin != is_admin).then_some(Intent::Roles(RolesChange::Admin { account, admin }));
        self.put(&conversation, change)
    }

    pub(super) fn set_policy(&mut self, at: ConversationId, policy: Policy) -> Result<Outcome> {
        let conversation = match self.administered(at)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Err(failure)),
        };
        let [add, edit, post] = [policy.add, policy.edit, policy.post].map(|who| matches!(who, Who::Admins));
        self.put(&conversation, Some(Intent::Roles(RolesChange::Policy { add, edit, post })))
    }

    /// Puts an intent at the end of the outbox.
    pub(super) fn put(&mut self, at: &Conversation, intent: Option<Intent>) -> Result<Outcome> {
        if let Some(intent) = intent {
            let id = self.client_id();
            self.store.outbox_push(at.id, id, &intent)?;
            self.details_changed(at.id);
            self.attend(at.id);
        }
        Ok(Ok(Answer::Done))
    }

    /// Why this account may not post in a conversation, if so.
    pub(super) fn refuse_posting(&self, conversation: &Conversation) -> Result<Option<Failure>> {
        let Some(session) = self.session()? else { return Ok(None) };
        let may = self.may_post(conversation.id, session.account)?;
        Ok((!may).then(|| not_allowed("only admins write here")))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_and_descriptions_have_their_bounds() {
        assert!(changes(Some(" ".into()), None, None).is_err());
        assert!(changes(None, Some("x".repeat(DESCRIPTION_MAX + 1)), None).is_err());
        let trimmed = changes(Some(" Cinema ".into()), Some(String::new()), Some(PictureChange::Remove)).unwrap();
        assert_eq!(trimmed.len(), 3);
        assert_eq!(trimmed[0], StateChange::Name("Cinema".into()));
    }
}
