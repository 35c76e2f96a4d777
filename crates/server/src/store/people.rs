//! What accounts let others see and do (settings), and what is seen of them: pictures, when they were last there.

use std::collections::{BTreeMap, BTreeSet};

use sealpost_protocol::{
    AccountId, Bytes, Timestamp,
    safety::{AccountSettings, Picture, WhoMayMessage},
};

use super::{
    Store, StoreError, StoreResult,
    convert::{checked, column, number},
    db::{either, execute, fetch_among, fetch_optional, insert_rows, padded},
};

/// What an account that never chose lets others see and do.
const DEFAULT_SETTINGS: AccountSettings =
    AccountSettings { read_receipts: true, presence: true, who_may_message: WhoMayMessage::Everyone };

/// What two accounts share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shared {
    /// Their direct conversation.
    pub direct: bool,
    /// A group.
    pub group: bool,
}

fn who_to_column(who: WhoMayMessage) -> i64 {
    match who {
        WhoMayMessage::Everyone => 1,
        WhoMayMessage::SharedGroups => 2,
        WhoMayMessage::Nobody => 3,
    }
}

fn who_from_column(column: i64) -> StoreResult<WhoMayMessage> {
    match column {
        1 => Ok(WhoMayMessage::Everyone),
        2 => Ok(WhoMayMessage::SharedGroups),
        3 => Ok(WhoMayMessage::Nobody),
        _ => Err(StoreError::Corrupt("who may message an account")),
    }
}

fn account_ids(rows: &[(Vec<u8>,)]) -> StoreResult<Vec<AccountId>> {
    rows.iter().map(|(account,)| checked("an account id", AccountId::from_slice(account))).collect()
}

impl Store {
    /// The account's settings.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn account_settings(&self, account: AccountId) -> StoreResult<AccountSettings> {
        let row = fetch_optional!(
            self.db.read(),
            (bool, bool, i64),
            "SELECT read_receipts, presence, who_may_message FROM account_settings WHERE account = $1",
            account.as_bytes().as_slice(),
        );
        let Some((read_receipts, presence, who)) = row else { return Ok(DEFAULT_SETTINGS) };
        Ok(AccountSettings { read_receipts, presence, who_may_message: who_from_column(who)? })
    }

    /// Changes the account's settings. Who hides its presence leaves no time of when it was there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_account_settings(&self, account: AccountId, settings: AccountSettings) -> StoreResult<()> {
        let mut tx = self.db.begin().await?;
        execute!(
            tx.on(),
            "INSERT INTO account_settings (account, read_receipts, presence, who_may_message) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (account) DO UPDATE SET read_receipts = excluded.read_receipts, \
             presence = excluded.presence, who_may_message = excluded.who_may_message",
            account.as_bytes().as_slice(),
            settings.read_receipts,
            settings.presence,
            who_to_column(settings.who_may_message),
        );
        if !settings.presence {
            execute!(tx.on(), "DELETE FROM last_seen WHERE account = $1", account.as_bytes().as_slice());
        }
        tx.commit().await
    }

    /// Those of the accounts that do not tell how far they have read.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn hiding_reads(&self, accounts: &[AccountId]) -> StoreResult<BTreeSet<AccountId>> {
        let rows = fetch_among!(
            self.db.read(),
            (Vec<u8>,),
            "SELECT account FROM account_settings WHERE read_receipts = FALSE AND account IN",
            accounts,
            |account| account.as_bytes().as_slice();
            ""
        );
        Ok(account_ids(&rows)?.into_iter().collect())
    }

    /// Those of the accounts that do not show whether they are there.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn hiding_presence(&self, accounts: &[AccountId]) -> StoreResult<BTreeSet<AccountId>> {
        let rows = fetch_among!(
            self.db.read(),
            (Vec<u8>,),
            "SELECT account FROM account_settings WHERE presence = FALSE AND account IN",
            accounts,
            |account| account.as_bytes().as_slice();
            ""
        );
        Ok(account_ids(&rows)?.into_iter().collect())
    }

    /// Those of the accounts that only let some start a chat with them, and whom.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn choosy(&self, accounts: &[AccountId]) -> StoreResult<Vec<(AccountId, WhoMayMessage)>> {
        let rows = fetch_among!(
            self.db.read(),
            (Vec<u8>, i64),
            "SELECT account, who_may_message FROM account_settings WHERE who_may_message <> 1 AND account IN",
            accounts,
            |account| account.as_bytes().as_slice();
            " ORDER BY account"
        );
        let choosy = |(account, who): (Vec<u8>, i64)| {
            Ok((checked("an account id", AccountId::from_slice(&account))?, who_from_column(who)?))
        };
        rows.into_iter().map(choosy).collect()
    }

    /// Those of `others` that share a conversation with the account, and of what kinds.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn sharing_with(
        &self,
        account: AccountId,
        others: &[AccountId],
    ) -> StoreResult<BTreeMap<AccountId, Shared>> {
        if others.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows = either!(self.db.read(), connection => {
            let mut query = sqlx::QueryBuilder::new(
                "SELECT DISTINCT other.account, c.kind FROM members AS own JOIN members AS other \
                 ON other.conversation = own.conversation JOIN conversations AS c ON c.id = own.conversation \
                 WHERE own.account = ",
            );
            query.push_bind(account.as_bytes().as_slice()).push(" AND other.account IN (");
            let mut keys = query.separated(", ");
            for other in padded(others) {
                keys.push_bind(other.as_bytes().as_slice());
            }
            query.push(")");
            query.build_query_as::<(Vec<u8>, i64)>().fetch_all(connection).await?
        });
        let mut sharing: BTreeMap<AccountId, Shared> = BTreeMap::new();
        for (other, kind) in rows {
            let other = checked("an account id", AccountId::from_slice(&other))?;
            if other != account {
                let shared = sharing.entry(other).or_default();
                shared.direct |= kind == 1;
                shared.group |= kind == 2;
            }
        }
        Ok(sharing)
    }

    /// When those of the accounts were last there of which that is known.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn last_seen(&self, accounts: &[AccountId]) -> StoreResult<Vec<(AccountId, Timestamp)>> {
        let rows = fetch_among!(
            self.db.read(),
            (Vec<u8>, i64),
            "SELECT account, time FROM last_seen WHERE account IN",
            accounts,
            |account| account.as_bytes().as_slice();
            ""
        );
        let seen = |(account, time): (Vec<u8>, i64)| {
            Ok((checked("an account id", AccountId::from_slice(&account))?, number("a time", time)?))
        };
        rows.into_iter().map(seen).collect()
    }

    /// Notes when the accounts were last there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_last_seen(&self, accounts: &BTreeSet<AccountId>, time: Timestamp) -> StoreResult<()> {
        let accounts: Vec<AccountId> = accounts.iter().copied().collect();
        let mut tx = self.db.begin().await?;
        insert_rows!(
            tx,
            "INSERT INTO last_seen (account, time)",
            accounts,
            |account| account.as_bytes().as_slice(), column(time);
            " ON CONFLICT (account) DO UPDATE SET time = excluded.time"
        );
        tx.commit().await
    }

    /// The account's profile picture; version 0 and no bytes if it never had one.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn picture(&self, account: AccountId) -> StoreResult<Picture> {
        let row = fetch_optional!(
            self.db.read(),
            (i64, Option<Vec<u8>>),
            "SELECT version, picture FROM pictures WHERE account = $1",
            account.as_bytes().as_slice(),
        );
        let (version, picture) = row.unwrap_or_default();
        Ok(Picture { version: number("a picture's version", version)?, picture: picture.map(Into::into) })
    }

    /// Replaces the account's profile picture; gives its version, one more than before.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn write_picture(&self, account: AccountId, picture: Option<&Bytes>) -> StoreResult<u64> {
        let row = fetch_optional!(
            self.db.write(),
            (i64,),
            "INSERT INTO pictures (account, version, picture) VALUES ($1, 1, $2) \
             ON CONFLICT (account) DO UPDATE SET version = pictures.version + 1, picture = excluded.picture \
             RETURNING version",
            account.as_bytes().as_slice(),
            picture.map(AsRef::as_ref),
        );
        number("a picture's version", checked("a picture that was just written", row)?.0)
    }
}
