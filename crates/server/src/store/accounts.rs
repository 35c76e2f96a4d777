//! Accounts: registration in one transaction, credentials, profiles, search by the beginning of a name.

use std::collections::BTreeSet;

use sealpost_protocol::{
    AccountId, Timestamp,
    account::{Backup, Profile},
};

use super::{
    Store, StoreResult,
    backups::insert_backup,
    convert::{checked, column, hash, number},
    db::{Tx, execute, fetch_all, fetch_among, fetch_optional, insert_rows},
    devices::{FirstDevice, insert_first_device},
    invites::{Invite, use_invite},
    sessions::{NewSession, insert_session},
    successors::replace_account,
};

/// Names looked at for one search, before they are brought to accounts.
const SEARCH_NAMES_MAX: i64 = 100;

/// Everything that registering makes at once.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Made by the client.
    pub account: AccountId,
    /// Well formed, in lower case.
    pub username: String,
    /// Shown to others.
    pub display_name: String,
    /// Ed25519 root identity key.
    pub root_public_key: [u8; 32],
    /// OPAQUE `RegistrationRecord`.
    pub opaque_record: Vec<u8>,
    /// SHA-256 of the recovery token.
    pub recovery_token_hash: [u8; 32],
    /// The account's keys, wrapped.
    pub backup: Backup,
    /// The first device with the first list.
    pub device: FirstDevice,
    /// The session of the first device; its account and device are those above.
    pub session: NewSession,
    /// SHA-256 of the invite's code, where one is needed or takes the place of another account.
    pub invite: Option<[u8; 32]>,
    /// When.
    pub now: Timestamp,
}

/// What became of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Registered {
    /// Account, device, list, backup and session are there.
    Done {
        /// The account whose place it took.
        replaced: Option<AccountId>,
    },
    /// The username is in use.
    UsernameTaken,
    /// The account's or the device's identifier is in use.
    IdTaken,
    /// The invite is unknown, used up or expired.
    InviteRefused,
}

/// What signing in is checked against.
#[derive(Clone)]
pub struct Credentials {
    /// Whose.
    pub account: AccountId,
    /// OPAQUE `RegistrationRecord`.
    pub opaque_record: Vec<u8>,
    /// SHA-256 of the recovery token.
    pub recovery_token_hash: [u8; 32],
}

#[derive(sqlx::FromRow)]
struct ProfileRow {
    id: Vec<u8>,
    username: String,
    display_name: String,
    root_public_key: Vec<u8>,
    device_list_version: i64,
    picture_version: i64,
    successor: Option<Vec<u8>>,
}

impl TryFrom<ProfileRow> for Profile {
    type Error = super::StoreError;

    fn try_from(row: ProfileRow) -> StoreResult<Self> {
        Ok(Self {
            account: checked("an account id", AccountId::from_slice(&row.id))?,
            username: row.username,
            display_name: row.display_name,
            root_public_key: hash("a root key", &row.root_public_key)?.into(),
            device_list_version: number("a device list version", row.device_list_version)?,
            picture_version: number("a picture's version", row.picture_version)?,
            successor: row.successor.map(|id| checked("an account id", AccountId::from_slice(&id))).transpose()?,
        })
    }
}

impl Store {
    /// Makes an account with its first device and a session, or nothing at all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn register(&self, new: &Registration) -> StoreResult<Registered> {
        let mut tx = self.db.begin().await?;
        let invite = match new.invite {
            Some(code_hash) => use_invite(&mut tx, code_hash, new.now).await?,
            None => Some(Invite { replaces: None }),
        };
        let Some(Invite { replaces: replaced }) = invite else { return Ok(Registered::InviteRefused) };
        if let Some(replaced) = replaced
            && !replace_account(&mut tx, replaced, new.account, &new.username).await?
        {
            return Ok(Registered::InviteRefused);
        }
        if !insert_account(&mut tx, new).await? {
            let taken = fetch_optional!(tx.on(), (Vec<u8>,), "SELECT id FROM accounts WHERE id = $1", id(&new.account));
            return Ok(if taken.is_some() { Registered::IdTaken } else { Registered::UsernameTaken });
        }
        if !insert_first_device(&mut tx, new.account, &new.device, new.now).await? {
            return Ok(Registered::IdTaken);
        }
        insert_names(&mut tx, new.account, &new.username, &new.display_name).await?;
        insert_backup(&mut tx, new.account, &new.backup).await?;
        insert_session(&mut tx, &new.session).await?;
        tx.commit().await?;
        Ok(Registered::Done { replaced })
    }

    /// What signing in as `username` is checked against.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn credentials(&self, username: &str) -> StoreResult<Option<Credentials>> {
        if !is_text(username) {
            return Ok(None);
        }
        let row = fetch_optional!(
            self.db.read(),
            (Vec<u8>, Vec<u8>, Vec<u8>),
            "SELECT id, opaque_record, recovery_token_hash FROM accounts WHERE username = $1 AND successor IS NULL",
            username,
        );
        let Some((account, opaque_record, recovery)) = row else { return Ok(None) };
        Ok(Some(Credentials {
            account: checked("an account id", AccountId::from_slice(&account))?,
            opaque_record,
            recovery_token_hash: hash("a recovery token hash", &recovery)?,
        }))
    }

    /// Whether an account has the username.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_username_taken(&self, username: &str) -> StoreResult<bool> {
        Ok(self.credentials(username).await?.is_some())
    }

    /// The account's profile.
    ///
    /// # Errors
    /// When the database fails or the row is corrupt.
    pub async fn profile(&self, account: AccountId) -> StoreResult<Option<Profile>> {
        Ok(self.profiles(&[account]).await?.pop())
    }

    /// The profiles of those of the accounts that exist, in no particular order.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn profiles(&self, accounts: &[AccountId]) -> StoreResult<Vec<Profile>> {
        let rows = fetch_among!(
            self.db.read(),
            ProfileRow,
            "SELECT id, username, display_name, root_public_key, device_list_version, successor, \
             COALESCE(p.version, 0) AS picture_version \
             FROM accounts LEFT JOIN pictures AS p ON p.account = accounts.id WHERE id IN",
            accounts,
            |account| account.as_bytes().as_slice();
            ""
        );
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Changes the display name; false if there is no such account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_display_name(&self, account: AccountId, display_name: &str) -> StoreResult<bool> {
        let mut tx = self.db.begin().await?;
        let row = fetch_optional!(
            tx.on(),
            (String,),
            "UPDATE accounts SET display_name = $1 WHERE id = $2 RETURNING username",
            display_name,
            id(&account),
        );
        let Some((username,)) = row else { return Ok(false) };
        execute!(tx.on(), "DELETE FROM account_names WHERE account = $1", id(&account));
        insert_names(&mut tx, account, &username, display_name).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Accounts whose username, or whose display name from the start of one of its words, begins with `prefix`
    /// (whatever the case); at most `limit`, exact matches first.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn search_accounts(&self, prefix: &str, limit: u32) -> StoreResult<Vec<Profile>> {
        let from = searchable(prefix);
        if from.is_empty() || !is_text(&from) {
            return Ok(Vec::new());
        }
        // Everything that begins with the prefix lies between it and it followed by the last character there is.
        let to = format!("{from}{}", char::MAX);
        let rows = fetch_all!(
            self.db.read(),
            ProfileRow,
            "SELECT a.id, a.username, a.display_name, a.root_public_key, a.device_list_version, a.successor, \
             COALESCE(p.version, 0) AS picture_version FROM \
             (SELECT account, MIN(name) AS name FROM \
              (SELECT name, account FROM account_names WHERE name >= $1 AND name < $2 ORDER BY name LIMIT $3) AS found \
              GROUP BY account) AS best \
             JOIN accounts AS a ON a.id = best.account LEFT JOIN pictures AS p ON p.account = a.id ORDER BY best.name, a.username LIMIT $4",
            from.as_str(),
            to.as_str(),
            SEARCH_NAMES_MAX,
            i64::from(limit),
        );
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

/// The identifier as its column.
fn id(account: &AccountId) -> &[u8] {
    account.as_bytes()
}

/// PostgreSQL's text holds every character but NUL.
fn is_text(text: &str) -> bool {
    !text.contains('\0')
}

/// `name` as it is compared: lower case, one space between words.
fn searchable(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The display name from the start of each of its words, and the username.
fn names(username: &str, display_name: &str) -> BTreeSet<String> {
    let shown = searchable(display_name);
    let starts = shown.char_indices().filter(|(at, _)| *at == 0 || shown[..*at].ends_with(' '));
    starts.map(|(at, _)| shown[at..].to_owned()).chain([username.to_owned()]).collect()
}

async fn insert_names(tx: &mut Tx, account: AccountId, username: &str, display_name: &str) -> StoreResult<()> {
    let names: Vec<String> = names(username, display_name).into_iter().collect();
    insert_rows!(
        tx,
        "INSERT INTO account_names (name, account)",
        names,
        |name| name.as_str(), id(&account);
        ""
    );
    Ok(())
}

async fn insert_account(tx: &mut Tx, new: &Registration) -> StoreResult<bool> {
    let inserted = execute!(
        tx.on(),
        "INSERT INTO accounts (id, username, display_name, root_public_key, opaque_record, recovery_token_hash, \
         device_list_version, vault_version, created) VALUES ($1, $2, $3, $4, $5, $6, 1, 0, $7) ON CONFLICT DO NOTHING",
        id(&new.account),
        new.username.as_str(),
        new.display_name.as_str(),
        new.root_public_key.as_slice(),
        new.opaque_record.as_slice(),
        new.recovery_token_hash.as_slice(),
        column(new.now),
    );
    Ok(inserted == 1)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_start_at_each_word() {
        let found: Vec<String> = names("mlee", "  Ana María  LEE ").into_iter().collect();
        assert_eq!(found, ["ana maría lee", "lee", "maría lee", "mlee"]);
    }
}
