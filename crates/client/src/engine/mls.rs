//! This device in its MLS groups: who it is, and the groups that are loaded.

use std::sync::Arc;

use sealpost_mls::{
    Context, Group, GroupId,
    identity::{Credential, DeviceKey},
};
use sealpost_protocol::{AccountId, ConversationId};

use super::{EngineError, Result, turn::Turn};
use crate::store::Conversation;

/// Most groups that are kept loaded.
const GROUPS_MAX: usize = 16;

/// What this device signs with.
pub(crate) struct Identity {
    pub account: AccountId,
    pub device_key: DeviceKey,
    pub credential: Credential,
}

impl Turn<'_> {
    pub(super) fn identity(&mut self) -> Result<Arc<Identity>> {
        if let Some(identity) = &self.memory.identity {
            return Ok(identity.clone());
        }
        let session = self.session()?.ok_or(EngineError::Broken("nobody is signed in"))?;
        let credential = session.credential.ok_or(EngineError::Broken("the device has no credential yet"))?;
        let identity = Arc::new(Identity {
            account: session.account,
            device_key: DeviceKey::from_secret(&session.device_key),
            credential: Credential::from_bytes(&credential)?,
        });
        self.memory.identity = Some(identity.clone());
        Ok(identity)
    }

    /// The own account.
    pub(super) fn me(&mut self) -> Result<AccountId> {
        if let Some(identity) = &self.memory.identity {
            return Ok(identity.account);
        }
        // A new device has an account before it has a credential.
        Ok(self.session()?.ok_or(EngineError::Broken("nobody is signed in"))?.account)
    }

    /// Runs an operation of this device on its MLS state.
    pub(super) fn with_context<T>(&mut self, operation: impl FnOnce(&Context<'_>) -> T) -> Result<T> {
        let identity = self.identity()?;
        let store = self.store;
        Ok(operation(&Context::new(&store, &mut *self.rng, &identity.device_key, &identity.credential)))
    }

    /// Whether this device can take part in groups yet; before it can there are none here.
    pub(super) fn has_credential(&self) -> Result<bool> {
        Ok(self.memory.identity.is_some() || self.session()?.is_some_and(|session| session.credential.is_some()))
    }

    /// Runs an operation on a conversation's group, if there is one.
    pub(super) fn with_group<T>(
        &mut self,
        conversation: &Conversation,
        operation: impl FnOnce(&Context<'_>, &mut Group) -> T,
    ) -> Result<Option<T>> {
        if !self.has_credential()? {
            return Ok(None);
        }
        let id = GroupId { conversation: conversation.id, generation: conversation.generation };
        let loaded = match self.memory.groups.remove(&conversation.id) {
            Some(group) if group.id() == id => Some(group),
            _ => self.with_context(|context| Group::load(context, id))??,
        };
        let Some(mut group) = loaded else { return Ok(None) };
        let result = self.with_context(|context| operation(context, &mut group))?;
        self.keep_group(group);
        Ok(Some(result))
    }

    /// Notes the epoch that a conversation's group is in now.
    pub(super) fn note_epoch(&mut self, id: ConversationId) -> Result<()> {
        let Some(conversation) = self.store.conversation(id)? else { return Ok(()) };
        let epoch = self.with_group(&conversation, |_, group| group.epoch())?;
        self.memory.blanks_read_again.remove(&id);
        Ok(self.store.set_epoch(id, epoch)?)
    }

    /// Keeps a group loaded.
    pub(super) fn keep_group(&mut self, group: Group) {
        if self.memory.groups.len() >= GROUPS_MAX {
            self.memory.groups.clear();
        }
        self.memory.groups.insert(group.id().conversation, group);
    }

    /// A group's state was changed in the database: it has to be loaded anew.
    pub(super) fn drop_group(&mut self, conversation: ConversationId) {
        self.memory.groups.remove(&conversation);
    }
}
