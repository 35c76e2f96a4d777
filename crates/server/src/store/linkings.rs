//! Linkings: where a new device and one that is signed in meet, and what they say to each other.

use sealpost_protocol::{AccountId, Bytes, DeviceId, Timestamp, linking::LinkingMessages};

use super::{
    Store, StoreResult,
    convert::{checked, column},
    db::{execute, fetch_optional},
    sessions::{NewSession, insert_session},
};

/// How long it is remembered that an offer is over, in milliseconds: whoever comes late is told so.
const REMEMBERED: u64 = 10 * 60 * 1000;

/// What becomes of who comes to an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum LinkingMet {
    /// They met; the first message.
    Done(Vec<u8>),
    /// Another device came before.
    Used,
    /// It is over.
    Expired,
    /// There was none.
    Unknown,
}

/// Who holds a key to a linking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkingSide {
    /// The new device.
    New,
    /// The one that came.
    Old,
}

impl Store {
    /// Keeps an offer under a number; false if that is in use.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_linking(
        &self,
        number: &str,
        key: [u8; 32],
        offer: &[u8],
        expires: Timestamp,
    ) -> StoreResult<bool> {
        let inserted = execute!(
            self.db.write(),
            "INSERT INTO linkings (number, new_key, offer, refused, expires) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT DO NOTHING",
            number,
            key.as_slice(),
            offer,
            false,
            column(expires),
        );
        Ok(inserted == 1)
    }

    /// A device comes to an offer, which then lasts until `expires`; again, if it has not said anything yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn join_linking(
        &self,
        number: &str,
        key: [u8; 32],
        (account, device): (AccountId, DeviceId),
        (now, expires): (Timestamp, Timestamp),
    ) -> StoreResult<LinkingMet> {
        let met = fetch_optional!(
            self.db.write(),
            (Vec<u8>,),
            "UPDATE linkings SET old_key = $1, account = $2, device = $3, expires = $4 \
             WHERE number = $5 AND expires > $6 AND (old_key IS NULL OR device = $3 AND answer IS NULL) RETURNING offer",
            key.as_slice(),
            account.as_bytes().as_slice(),
            device.as_bytes().as_slice(),
            column(expires),
            number,
            column(now),
        );
        if let Some((offer,)) = met {
            return Ok(LinkingMet::Done(offer));
        }
        let known = fetch_optional!(
            self.db.read(),
            (bool,),
            "SELECT old_key IS NOT NULL FROM linkings WHERE number = $1",
            number,
        );
        Ok(match known {
            Some((true,)) => LinkingMet::Used,
            Some((false,)) => LinkingMet::Expired,
            None => LinkingMet::Unknown,
        })
    }

    /// What was said, for who holds this key, if it is not over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn linking(&self, key: [u8; 32], now: Timestamp) -> StoreResult<Option<(LinkingSide, LinkingMessages)>> {
        let row = fetch_optional!(
            self.db.read(),
            (bool, Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>, bool),
            "SELECT new_key = $1, answer, reveal, approval, refused FROM linkings \
             WHERE (new_key = $1 OR old_key = $1) AND expires > $2",
            key.as_slice(),
            column(now),
        );
        Ok(row.map(|(is_new, answer, reveal, approval, refused)| {
            let side = if is_new { LinkingSide::New } else { LinkingSide::Old };
            let messages = [answer, reveal, approval].map(|message| message.map(Bytes));
            let [answer, reveal, approval] = messages;
            (side, LinkingMessages { answer, reveal, approval, refused })
        }))
    }

    /// Says the next message: the answer of who came, or what the new device then reveals. False if it is not its turn.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_linking(&self, side: LinkingSide, key: [u8; 32], message: &[u8]) -> StoreResult<bool> {
        let written = match side {
            LinkingSide::Old => execute!(
                self.db.write(),
                "UPDATE linkings SET answer = $1 WHERE old_key = $2 AND answer IS NULL",
                message,
                key.as_slice(),
            ),
            LinkingSide::New => execute!(
                self.db.write(),
                "UPDATE linkings SET reveal = $1 WHERE new_key = $2 AND answer IS NOT NULL AND reveal IS NULL",
                message,
                key.as_slice(),
            ),
        };
        Ok(written == 1)
    }

    /// The device that came approves. False if it is not its turn, or somebody else's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn approve_linking(
        &self,
        key: [u8; 32],
        (account, device): (AccountId, DeviceId),
        message: &[u8],
    ) -> StoreResult<bool> {
        let written = execute!(
            self.db.write(),
            "UPDATE linkings SET approval = $1 WHERE old_key = $2 AND account = $3 AND device = $4 \
             AND reveal IS NOT NULL AND approval IS NULL AND NOT refused",
            message,
            key.as_slice(),
            account.as_bytes().as_slice(),
            device.as_bytes().as_slice(),
        );
        Ok(written == 1)
    }

    /// Either side ends it, unless it was approved.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refuse_linking(&self, key: [u8; 32]) -> StoreResult<()> {
        execute!(
            self.db.write(),
            "UPDATE linkings SET refused = $2 WHERE (new_key = $1 OR old_key = $1) AND approval IS NULL",
            key.as_slice(),
            true,
        );
        Ok(())
    }

    /// Whose device approved, if that is still on its account's list.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn approved_linking(&self, key: [u8; 32], now: Timestamp) -> StoreResult<Option<AccountId>> {
        let row = fetch_optional!(
            self.db.read(),
            (Vec<u8>,),
            "SELECT l.account FROM linkings AS l JOIN devices AS d ON d.id = l.device AND d.removed IS NULL \
             WHERE l.new_key = $1 AND l.approval IS NOT NULL AND l.expires > $2",
            key.as_slice(),
            column(now),
        );
        row.map(|(account,)| checked("an account id", AccountId::from_slice(&account))).transpose()
    }

    /// Makes the new device's session in the place of one that it was given before and has bound to no device. False if it
    /// was: then it is linked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish_linking(&self, key: [u8; 32], session: &NewSession) -> StoreResult<bool> {
        let mut tx = self.db.begin().await?;
        // Whoever revokes the device that approved deletes the linking, before or after this.
        let approved = fetch_optional!(
            tx.on(),
            (Option<Vec<u8>>, bool),
            "UPDATE linkings SET expires = expires WHERE new_key = $1 AND account = $2 AND approval IS NOT NULL \
             AND expires > $3 AND EXISTS (SELECT 1 FROM devices AS d WHERE d.id = linkings.device AND d.removed IS NULL) \
             RETURNING session, EXISTS (SELECT 1 FROM sessions WHERE token_hash = linkings.session AND device IS NOT NULL)",
            key.as_slice(),
            session.account.as_bytes().as_slice(),
            column(session.created),
        );
        let Some((before, false)) = approved else { return Ok(false) };
        if let Some(before) = before {
            execute!(tx.on(), "DELETE FROM sessions WHERE token_hash = $1", before);
        }
        insert_session(&mut tx, session).await?;
        execute!(
            tx.on(),
            "UPDATE linkings SET session = $1 WHERE new_key = $2",
            session.token_hash.as_slice(),
            key.as_slice(),
        );
        tx.commit().await?;
        Ok(true)
    }

    /// Forgets those that are long over.
    pub(super) async fn prune_linkings(&self, now: Timestamp) -> StoreResult<()> {
        execute!(self.db.write(), "DELETE FROM linkings WHERE expires <= $1", column(now.saturating_sub(REMEMBERED)),);
        Ok(())
    }
}
