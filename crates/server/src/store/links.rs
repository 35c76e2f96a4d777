//! Invite links of groups, and the requests to join by them that wait for a member.

use std::collections::BTreeSet;

use sealpost_protocol::{
    AccountId, Bytes, ConversationId, DeviceId, LinkId, RequestId, Timestamp,
    link::{JoinRequest, LinkWrite},
};

use super::{
    Store, StoreResult,
    convert::{checked, column, number},
    db::{Tx, execute, fetch_all, fetch_optional},
};

/// Most links of one conversation that lead somewhere at a time.
const LINKS_MAX: i64 = 20;
/// Most requests that wait in one conversation.
const REQUESTS_MAX: i64 = 100;

/// A link that leads somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Into which conversation.
    pub conversation: ConversationId,
    /// Sealed under the link's secret.
    pub preview: Bytes,
}

/// What became of a link that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum LinkWritten {
    /// It is as it was asked for.
    Done {
        /// Who waited to come in by it: their requests went with it.
        refused: Vec<AccountId>,
    },
    /// The conversation has as many as it may have.
    Full,
    /// The identifier is in use.
    IdTaken,
}

/// What became of a request to join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum JoinRequestPut {
    /// It waits.
    Done,
    /// Too many wait in the conversation.
    Full,
    /// The link was revoked meanwhile.
    LinkGone,
}

#[derive(sqlx::FromRow)]
struct RequestRow {
    id: Vec<u8>,
    conversation: Vec<u8>,
    link: Vec<u8>,
    account: Vec<u8>,
    device: Vec<u8>,
    key_package: Vec<u8>,
    mac: Vec<u8>,
    time: i64,
}

impl TryFrom<RequestRow> for JoinRequest {
    type Error = super::StoreError;

    fn try_from(row: RequestRow) -> StoreResult<Self> {
        Ok(Self {
            request: checked("a request id", RequestId::from_slice(&row.id))?,
            conversation: checked("a conversation id", ConversationId::from_slice(&row.conversation))?,
            link: checked("a link id", LinkId::from_slice(&row.link))?,
            account: checked("an account id", AccountId::from_slice(&row.account))?,
            device: checked("a device id", DeviceId::from_slice(&row.device))?,
            key_package: row.key_package.into(),
            mac: row.mac.into(),
            time: number("a time", row.time)?,
        })
    }
}

/// Requests by links that still lead somewhere at `$1`; ends with a condition on `r`.
macro_rules! select_requests {
    ($condition:literal) => {
        concat!(
            "SELECT r.id, r.conversation, r.link, r.account, r.device, r.key_package, r.mac, r.time ",
            "FROM join_requests AS r JOIN links AS l ON l.id = r.link ",
            "WHERE (l.expires IS NULL OR l.expires > $1) AND ",
            $condition
        )
    };
}

impl Store {
    /// Makes or changes a link, or revokes it, which ends the requests that wait by it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_link(&self, write: &LinkWrite, now: Timestamp) -> StoreResult<LinkWritten> {
        let (link, conversation) = (write.link.as_bytes().as_slice(), write.conversation.as_bytes().as_slice());
        let mut tx = self.db.begin().await?;
        // Of two who make links at once, the second one counts those of the first.
        lock_conversation(&mut tx, write.conversation).await?;
        let Some(preview) = &write.preview else {
            let waiting = fetch_all!(
                tx.on(),
                (Vec<u8>,),
                "SELECT account FROM join_requests WHERE link = $1 AND conversation = $2",
                link,
                conversation,
            );
            execute!(tx.on(), "DELETE FROM links WHERE id = $1 AND conversation = $2", link, conversation);
            tx.commit().await?;
            let account = |(account,): (Vec<u8>,)| checked("an account id", AccountId::from_slice(&account));
            return Ok(LinkWritten::Done { refused: waiting.into_iter().map(account).collect::<Result<_, _>>()? });
        };
        let others = fetch_optional!(
            tx.on(),
            (i64,),
            "SELECT COUNT(*) FROM links WHERE conversation = $1 AND id <> $2 AND (expires IS NULL OR expires > $3)",
            conversation,
            link,
            column(now),
        );
        if others.is_some_and(|(count,)| count >= LINKS_MAX) {
            return Ok(LinkWritten::Full);
        }
        let written = execute!(
            tx.on(),
            "INSERT INTO links (id, conversation, preview, expires) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (id) DO UPDATE SET preview = excluded.preview, expires = excluded.expires \
             WHERE links.conversation = excluded.conversation",
            link,
            conversation,
            preview.as_ref(),
            write.expires.map(column),
        );
        tx.commit().await?;
        Ok(if written == 1 { LinkWritten::Done { refused: Vec::new() } } else { LinkWritten::IdTaken })
    }

    /// The link, if it was made and has neither expired nor been revoked.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn link(&self, link: LinkId, now: Timestamp) -> StoreResult<Option<Link>> {
        let row = fetch_optional!(
            self.db.read(),
            (Vec<u8>, Vec<u8>),
            "SELECT conversation, preview FROM links WHERE id = $1 AND (expires IS NULL OR expires > $2)",
            link.as_bytes().as_slice(),
            column(now),
        );
        let Some((conversation, preview)) = row else { return Ok(None) };
        let conversation = checked("a conversation id", ConversationId::from_slice(&conversation))?;
        Ok(Some(Link { conversation, preview: preview.into() }))
    }

    /// Stores a request in place of one of the same account in the same conversation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_join_request(&self, request: &JoinRequest) -> StoreResult<JoinRequestPut> {
        let conversation = request.conversation.as_bytes().as_slice();
        let account = request.account.as_bytes().as_slice();
        let mut tx = self.db.begin().await?;
        lock_conversation(&mut tx, request.conversation).await?;
        let link = request.link.as_bytes().as_slice();
        if fetch_optional!(tx.on(), (Vec<u8>,), "SELECT id FROM links WHERE id = $1", link).is_none() {
            return Ok(JoinRequestPut::LinkGone);
        }
        execute!(tx.on(), "DELETE FROM join_requests WHERE conversation = $1 AND account = $2", conversation, account,);
        let waiting = fetch_optional!(
            tx.on(),
            (i64,),
            "SELECT COUNT(*) FROM join_requests WHERE conversation = $1",
            conversation,
        );
        if waiting.is_some_and(|(count,)| count >= REQUESTS_MAX) {
            return Ok(JoinRequestPut::Full);
        }
        execute!(
            tx.on(),
            "INSERT INTO join_requests (id, conversation, link, account, device, key_package, mac, time) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            request.request.as_bytes().as_slice(),
            conversation,
            link,
            account,
            request.device.as_bytes().as_slice(),
            request.key_package.as_ref(),
            request.mac.as_ref(),
            column(request.time),
        );
        tx.commit().await?;
        Ok(JoinRequestPut::Done)
    }

    /// The requests that wait in a conversation, oldest first.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn join_requests(&self, conversation: ConversationId, now: Timestamp) -> StoreResult<Vec<JoinRequest>> {
        let rows = fetch_all!(
            self.db.read(),
            RequestRow,
            select_requests!("r.conversation = $2 ORDER BY r.time, r.id LIMIT $3"),
            column(now),
            conversation.as_bytes().as_slice(),
            REQUESTS_MAX,
        );
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// The account's own requests that wait, oldest first.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn own_join_requests(&self, account: AccountId, now: Timestamp) -> StoreResult<Vec<JoinRequest>> {
        let rows = fetch_all!(
            self.db.read(),
            RequestRow,
            select_requests!("r.account = $2 ORDER BY r.time, r.id LIMIT $3"),
            column(now),
            account.as_bytes().as_slice(),
            REQUESTS_MAX,
        );
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// One request that waits.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn join_request(&self, request: RequestId, now: Timestamp) -> StoreResult<Option<JoinRequest>> {
        let row = fetch_optional!(
            self.db.read(),
            RequestRow,
            select_requests!("r.id = $2"),
            column(now),
            request.as_bytes().as_slice(),
        );
        row.map(TryInto::try_into).transpose()
    }

    /// Ends a request; false if it had ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_join_request(&self, request: RequestId) -> StoreResult<bool> {
        let id = request.as_bytes().as_slice();
        Ok(execute!(self.db.write(), "DELETE FROM join_requests WHERE id = $1", id) == 1)
    }

    /// Whether anyone could ask to join the conversation by a link.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_links(&self, conversation: ConversationId) -> StoreResult<bool> {
        let row = fetch_optional!(
            self.db.read(),
            (Vec<u8>,),
            "SELECT id FROM links WHERE conversation = $1 LIMIT 1",
            conversation.as_bytes().as_slice(),
        );
        Ok(row.is_some())
    }
}

/// Ends the requests of accounts that a commit adds.
pub(super) async fn delete_requests_of_added(
    tx: &mut Tx,
    conversation: ConversationId,
    added: &BTreeSet<AccountId>,
) -> StoreResult<()> {
    let id = conversation.as_bytes().as_slice();
    let waiting = fetch_all!(tx.on(), (Vec<u8>,), "SELECT account FROM join_requests WHERE conversation = $1", id);
    for (account,) in waiting {
        if AccountId::from_slice(&account).is_some_and(|account| added.contains(&account)) {
            execute!(
                tx.on(),
                "DELETE FROM join_requests WHERE conversation = $1 AND account = $2",
                id,
                account.as_slice(),
            );
        }
    }
    Ok(())
}

/// Has others who count what the conversation has wait until this transaction ends.
async fn lock_conversation(tx: &mut Tx, conversation: ConversationId) -> StoreResult<()> {
    let on = tx.on();
    let select = format!("SELECT suite FROM conversations WHERE id = $1{}", on.for_update());
    let id = conversation.as_bytes().as_slice();
    fetch_optional!(on, (i64,), sqlx::AssertSqlSafe(select.as_str()), id);
    Ok(())
}
