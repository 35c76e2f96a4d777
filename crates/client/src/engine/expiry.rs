//! What goes again: messages that disappear, and entries that the server blanks.
//!
//! The server is not trusted with deletions: that it blanked an entry removes nothing here that the entry's author did not
//! delete and whose time has not come.

use sealpost_protocol::{Bytes, ClientId, ConversationId, Timestamp, account::Done, conversation::LogErase};
use sha2::{Digest, Sha256};

use super::{
    Result, TimerId, keys,
    purpose::{Purpose, Task},
    requests::{Answered, is_temporary},
    state_record::TIMER,
    turn::Turn,
};
use crate::{
    content::Content,
    store::{Amendment, AmendmentKind, Own},
};

/// Clocks and timers are looked at again at least this often, in milliseconds.
const LOOK_EVERY: u64 = 60 * 60 * 1000;
/// How much earlier than this device the server may find that a message's time has come, in milliseconds.
const CLOCK_SLACK: u64 = 60_000;

impl Turn<'_> {
    /// Something disappears at `at`, by the server's clock.
    pub(super) fn expires_at(&mut self, at: Timestamp) {
        let here = at.saturating_add_signed(self.memory.clock_offset.saturating_neg());
        let at = here.min(self.now + LOOK_EVERY);
        if self.memory.expiry.is_none_or(|set| at < set) {
            self.memory.expiry = Some(at);
            self.set_timer(TimerId::Expiry, at);
        }
    }

    /// Removes what disappears by now, and waits for what disappears next. A clock that was not compared may have jumped:
    /// by it things go out of sight, and are decided on later.
    pub(super) fn expire_due(&mut self) -> Result<()> {
        self.memory.expiry = None;
        let now = self.server_time();
        let mut places = self.store.bring_back()?;
        places.extend(if self.memory.clocks_compared { self.store.expire(now)? } else { self.store.withhold(now)? });
        places.into_iter().for_each(|conversation| self.changed(conversation));
        if let Some(next) = self.store.next_expiry()? {
            self.expires_at(next);
        }
        Ok(())
    }

    /// The clocks are compared: what the server's says decides from now on.
    pub(super) fn clocks_compared(&mut self) -> Result<()> {
        self.store.set_clock_offset(self.memory.clock_offset)?;
        self.memory.clocks_compared = true;
        self.memory.due.erasures = true;
        self.expire_due()
    }

    /// Goes by the last comparison until there is a connection.
    pub(super) fn recall_clock(&mut self) -> Result<()> {
        self.memory.clock_offset = self.store.clock_offset()?;
        self.expire_due()
    }

    /// The server blanked an entry.
    pub(super) fn entry_erased(&mut self, conversation: ConversationId, seq: u64) -> Result<()> {
        let Some(item) = self.store.message_at(conversation, seq)? else { return Ok(()) };
        let near = self.server_time().saturating_add(CLOCK_SLACK);
        if item.expires.is_some_and(|expires| expires <= near) {
            if let Some(id) = item.message_id {
                self.store.remove_amendments_of(conversation, id)?;
            }
            if let Ok(id) = item.key.parse() {
                self.store.remove_item(conversation, id)?;
            }
            self.changed(conversation);
        }
        Ok(())
    }

    /// The token by which every device of this account can have an entry blanked.
    fn delete_token(&self, conversation: ConversationId, id: ClientId) -> Result<Option<[u8; 32]>> {
        let Some(session) = self.session()? else { return Ok(None) };
        let key = keys::derive(&*session.vault_key, "sealpost delete tokens v1");
        Ok(Some(keys::mac(&key, &[conversation.0, id.0].concat())))
    }

    /// What goes with an entry for the server: after how many seconds it is to be blanked, and the hash of its token.
    pub(super) fn retention(
        &self,
        conversation: ConversationId,
        id: ClientId,
        content: &[u8],
    ) -> Result<(Option<u32>, Option<Bytes>)> {
        let expires = Content::decode(content).ok().and_then(|content| content.meaning().expires);
        let expires_in = match expires {
            Some(crate::content::Expiration::AfterReading(seconds)) => Some(seconds),
            _ => None,
        };
        let token = self.delete_token(conversation, id)?;
        let hash = token.map(|token| Bytes(Sha256::digest(token).to_vec()));
        Ok((expires_in.filter(|seconds| TIMER.contains(seconds)), hash))
    }

    /// The log has a deletion of this device: what it deletes is to go from the server as well, edits included.
    pub(super) fn erase_deleted(&mut self, at: ConversationId, deletion: &Amendment) -> Result<()> {
        let Some(item) = self.store.message(at, deletion.target)? else { return Ok(()) };
        if item.own == Own::No {
            return Ok(());
        }
        if let (Some(seq), Ok(id)) = (item.seq, item.key.parse()) {
            self.store.add_erasure(at, seq, id)?;
        }
        for edit in self.store.amendments_of(at, deletion.target)? {
            if let (AmendmentKind::Edit, true, Some(seq)) = (edit.kind, edit.own != Own::No, edit.seq) {
                self.store.add_erasure(at, seq, edit.client_id)?;
            }
        }
        self.memory.due.erasures = true;
        Ok(())
    }

    /// Deletions for everyone whose messages go from this device before the log has them are told to the server all the
    /// same.
    pub(super) fn erase_outlived(&mut self, at: ConversationId, up_to: Option<u64>) -> Result<()> {
        let outlived = self.store.deletions_outlived(at, up_to)?;
        outlived.iter().try_for_each(|deletion| self.erase_deleted(at, deletion))
    }

    /// Asks the server to blank the next entry that is to go.
    pub(super) fn pump_erasures(&mut self) -> Result<()> {
        if !self.memory.due.erasures || !self.is_free(Task::Erase) {
            return Ok(());
        }
        let Some((conversation, seq, id)) = self.store.next_erasure()? else {
            self.memory.due.erasures = false;
            return Ok(());
        };
        if let Some(token) = self.delete_token(conversation, id)? {
            self.ask(LogErase { conversation, seq, token: token.into() }, Purpose::Erase { conversation, seq });
        }
        Ok(())
    }

    pub(super) fn erase_answered(
        &mut self,
        conversation: ConversationId,
        seq: u64,
        answer: Answered<Done>,
    ) -> Result<()> {
        match answer {
            Err(failure) if is_temporary(&failure) => self.hold(Task::Erase, Some(&failure)),
            // Blank now, or gone from the log, or from the conversation: there is nothing left to ask for.
            Ok(_) | Err(_) => self.store.remove_erasure(conversation, seq)?,
        }
        Ok(())
    }
}
