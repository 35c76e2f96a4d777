//! Profiles: the own name and picture, and the pictures of others.
//!
//! A picture is sealed under its owner's profile key, which the server never has: own devices find it in the vault, others
//! in every message of the owner.

use ciborium::Value;
use sealpost_protocol::{
    AccountId, ConversationId,
    account::{Profile, ProfileWrite, is_valid_display_name},
    safety::{Picture, PictureRead, PictureWrite},
};

use super::{
    CommandId, RequestFailure, Result, keys, pictures,
    purpose::{Purpose, Task},
    records::{PROFILE, Record},
    requests::{Answered, is_temporary},
    sign_up::CommandResult,
    turn::Turn,
};
use crate::{
    command::{Answer, Failure, PictureChange},
    content::{ExtensionName, MimiContent},
    snapshot::SnapshotKey,
};

/// The extension of messages that carries the profile key.
const EXTENSION: &str = "sealpost-profile-key";
/// Parts of the own profile that the server is told.
const NAME: &str = "name";
const PICTURE: &str = "picture";
/// Pictures that wait are looked for in so many accounts at a time.
const PICTURES_AT_ONCE: u32 = 50;

fn about(account: AccountId) -> Vec<u8> {
    [b"sealpost profile picture v1".as_slice(), account.as_bytes()].concat()
}

/// The profile key that a message carries.
fn key_of(content: &MimiContent) -> Option<[u8; 32]> {
    let name = ExtensionName::Text(EXTENSION.to_owned());
    let (_, key) = content.extensions.iter().find(|(known, _)| *known == name)?;
    key.as_bytes()?.as_slice().try_into().ok()
}

impl Turn<'_> {
    pub(super) fn set_profile(
        &mut self,
        _id: CommandId,
        display_name: String,
        picture: Option<PictureChange>,
    ) -> Result<CommandResult> {
        let display_name = display_name.trim().to_owned();
        if !is_valid_display_name(&display_name) {
            return Ok(Some(Err(Failure::new("invalid-name", "a name has 1 to 64 characters"))));
        }
        let picture = match picture.as_ref().map(pictures::given).transpose() {
            Ok(picture) => picture,
            Err(failure) => return Ok(Some(Err(failure))),
        };
        let Some(session) = self.session()? else {
            return Ok(Some(Err(Failure::new("signed-out", "nobody is signed in here"))));
        };
        if session.display_name != display_name {
            self.store.set_display_name(&display_name)?;
            self.store.set_unsent(NAME, &display_name)?;
        }
        if let Some(picture) = picture {
            let id = picture.as_deref().map(pictures::picture_id);
            if let (Some(id), Some(data)) = (&id, &picture) {
                self.store.add_picture(id, data)?;
            }
            self.store.set_person_picture(session.account, id.as_deref())?;
            self.store.set_unsent(PICTURE, id.as_deref().unwrap_or_default())?;
        }
        self.memory.due.profile = true;
        self.person_changed(session.account)?;
        Ok(Some(Ok(Answer::Done)))
    }

    /// Whatever shows someone shows them differently now.
    pub(super) fn person_changed(&mut self, account: AccountId) -> Result<()> {
        self.changed.extend([SnapshotKey::Session, SnapshotKey::Contacts, SnapshotKey::Conversations]);
        for conversation in self.store.conversations_of(account)? {
            self.details_changed(conversation);
        }
        Ok(())
    }

    /// What own messages carry so that whoever reads them can open the own picture. Nothing as long as it is not known
    /// whether another device has made the key.
    pub(super) fn profile_extension(&mut self) -> Result<Option<(ExtensionName, Value)>> {
        let key = self.own_profile_key()?;
        Ok(key.map(|key| (ExtensionName::Text(EXTENSION.to_owned()), Value::Bytes(key.to_vec()))))
    }

    fn own_profile_key(&mut self) -> Result<Option<[u8; 32]>> {
        let record = self.record(PROFILE)?;
        if let Some(key) = record.bytes("key").and_then(|key| key.try_into().ok()) {
            return Ok(Some(key));
        }
        let Some(session) = self.session()? else { return Ok(None) };
        if self.memory.due.vault_read || session.vault_version == 0 {
            return Ok(None);
        }
        let key: [u8; 32] = self.random();
        self.change_record(PROFILE, |record| record.set("key", Some(key.to_vec())))?;
        self.store.set_profile_key(session.account, &key)?;
        Ok(Some(key))
    }

    /// The own profile key is this. A picture that was sealed under another one is sealed anew.
    pub(super) fn profile_agreed(&mut self, record: &Record) -> Result<()> {
        let Some(key) = record.bytes("key").and_then(|key| <[u8; 32]>::try_from(key).ok()) else { return Ok(()) };
        let me = self.own_account()?;
        let before = self.store.profile_key(me)?;
        if self.store.set_profile_key(me, &key)? {
            if let (Some(_), Some(picture)) = (before, self.store.person(me)?.picture) {
                self.store.set_unsent(PICTURE, &picture)?;
                self.memory.due.profile = true;
            }
            self.memory.stale.insert(me);
            self.memory.due.names = true;
            self.memory.due.pictures = true;
        }
        Ok(())
    }

    /// Someone has said something: they type no more, and it may carry their profile key.
    pub(super) fn heard_from(&mut self, at: ConversationId, sender: AccountId, content: &MimiContent) -> Result<()> {
        self.typed_out(at, sender);
        self.take_profile_key(sender, content)
    }

    /// Takes the profile key that a message carries.
    fn take_profile_key(&mut self, sender: AccountId, content: &MimiContent) -> Result<()> {
        if let Some(key) = key_of(content)
            && sender != self.own_account()?
            && self.store.set_profile_key(sender, &key)?
        {
            self.memory.due.pictures = true;
        }
        Ok(())
    }

    /// Tells the server what of the own profile it does not have.
    pub(super) fn pump_profile(&mut self) -> Result<()> {
        if !self.memory.due.profile || !self.is_free(Task::Profile) {
            return Ok(());
        }
        if let Some(display_name) = self.store.unsent(NAME)? {
            let purpose = Purpose::ProfileName(display_name.clone());
            self.ask(ProfileWrite { display_name }, purpose);
            return Ok(());
        }
        let Some(id) = self.store.unsent(PICTURE)? else {
            self.memory.due.profile = false;
            return Ok(());
        };
        // Without the key yet, this is tried again when the vault is known.
        let Some(key) = self.own_profile_key()? else { return Ok(()) };
        let me = self.own_account()?;
        let picture = self.store.picture(&id)?.map(|data| keys::seal(&key, &about(me), &data, self.rng).into());
        self.ask(PictureWrite { picture }, Purpose::ProfilePicture(id));
        Ok(())
    }

    pub(super) fn name_written(&mut self, name: &str, answer: Answered<Profile>) -> Result<()> {
        match answer {
            Ok(_) => Ok(self.store.was_sent(NAME, name)?),
            Err(failure) => self.profile_refused(NAME, name, &failure),
        }
    }

    pub(super) fn picture_written(&mut self, id: &str, answer: Answered<Picture>) -> Result<()> {
        match answer {
            Ok(written) => {
                let me = self.own_account()?;
                self.store.was_sent(PICTURE, id)?;
                Ok(self.store.picture_was_read(me, written.version)?)
            }
            Err(failure) => self.profile_refused(PICTURE, id, &failure),
        }
    }

    fn profile_refused(&mut self, what: &str, value: &str, failure: &RequestFailure) -> Result<()> {
        if !is_temporary(failure) {
            tracing::warn!(error = %failure, what, "a change of the profile was refused");
            self.store.was_sent(what, value)?;
            let me = self.own_account()?;
            self.memory.stale.insert(me);
            self.memory.due.names = true;
        }
        self.hold(Task::Profile, Some(failure));
        Ok(())
    }

    pub(super) fn profile_changed(&mut self, account: AccountId) -> Result<()> {
        self.make_sure_of(account)
    }

    /// The server told what an account is called and which picture it has.
    pub(super) fn take_profile(&mut self, profile: &Profile) -> Result<()> {
        let account = profile.account;
        let before = self.store.person(account)?;
        self.store.set_profile(profile)?;
        self.store.set_refreshed(account, self.now)?;
        self.memory.due.pictures = true;
        if account == self.own_account()? {
            match self.store.unsent(NAME)? {
                // What the person chose here is still to be told.
                Some(name) => self.store.set_display_name(&name)?,
                None => self.store.set_display_name(&profile.display_name)?,
            }
        }
        if self.store.person(account)? != before {
            self.person_changed(account)?;
        }
        self.take_successor(account, profile.successor)
    }

    /// Reads the next picture that can be opened and is not here.
    pub(super) fn pump_pictures(&mut self) -> Result<()> {
        if !self.memory.due.pictures || !self.is_free(Task::Pictures) {
            return Ok(());
        }
        let me = self.own_account()?;
        let own_waits = self.store.unsent(PICTURE)?.is_some();
        let mut accounts = self.store.unread_pictures(PICTURES_AT_ONCE)?;
        accounts.retain(|account| !(self.memory.unreadable.contains(account) || own_waits && *account == me));
        match accounts.first() {
            Some(&account) => self.ask(PictureRead { account }, Purpose::Picture(account)),
            None => self.memory.due.pictures = false,
        }
        Ok(())
    }

    pub(super) fn picture_read(&mut self, account: AccountId, answer: Answered<Picture>) -> Result<()> {
        let picture = match answer {
            Ok(picture) => picture,
            Err(failure) => {
                if !is_temporary(&failure) {
                    self.memory.unreadable.insert(account);
                }
                self.hold(Task::Pictures, Some(&failure));
                return Ok(());
            }
        };
        self.store.picture_was_read(account, picture.version)?;
        let key = self.store.profile_key(account)?;
        let opened = match (&picture.picture, key) {
            (Some(sealed), Some(key)) => keys::open(&key, &about(account), sealed),
            (Some(_), None) => return Ok(()),
            (None, _) => {
                self.store.set_person_picture(account, None)?;
                return self.person_changed(account);
            }
        };
        // One that does not open waits for another key, which the next message brings.
        if let Some(data) = opened.filter(|data| pictures::media_type(data).is_some()) {
            let id = pictures::picture_id(&data);
            self.store.add_picture(&id, &data)?;
            self.store.set_person_picture(account, Some(&id))?;
            self.changed.insert(SnapshotKey::Picture { id });
            self.person_changed(account)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::content::SALT_LEN;

    #[test]
    fn the_key_is_read_from_a_message_if_it_is_one() {
        let with = |value: Value| {
            let (sender, here) = (AccountId([1; 16]), ConversationId([2; 16]));
            let mut content = MimiContent::text("hi", sender, here, [3; SALT_LEN]).unwrap();
            content.extensions.push((ExtensionName::Text(EXTENSION.to_owned()), value));
            key_of(&content)
        };
        assert_eq!(with(Value::Bytes(vec![7; 32])), Some([7; 32]));
        assert_eq!(with(Value::Bytes(vec![7; 31])), None);
        assert_eq!(with(Value::Text("7".repeat(32))), None);
    }
}
