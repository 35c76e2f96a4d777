//! What is known of groups beside their members: state, policy, who leaves, who asks to join.

use rusqlite::{Row, ToSql, params};
use sealpost_protocol::{AccountId, ConversationId, LinkId, RequestId, Timestamp};

use super::{Result, Store};
use crate::redacted::redacted;

/// What is known of a conversation's state and roles beside its name and timer.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct GroupRow {
    pub description: String,
    /// Names it among the pictures.
    pub picture: Option<String>,
    /// The state as its writer signed it.
    pub record: Option<Vec<u8>>,
    /// Only admins add people.
    pub add_admins: bool,
    /// Only admins change the state.
    pub edit_admins: bool,
    /// Only admins send messages.
    pub post_admins: bool,
    pub previous_key: Option<[u8; 32]>,
    /// Who is to make the next conversation key.
    pub rekey_by: Rekey,
    /// A commit that is on its way gives those whom it adds the key before the present one.
    pub gives_old_key: bool,
    /// The server's state is to be put right by those who know what stood there.
    pub broken: bool,
}

redacted!(GroupRow);

/// Who is to make the next conversation key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rekey {
    /// Whoever does: this device came in between.
    Unknown,
    /// Nobody: nobody was removed since.
    Nobody,
    /// Who removed someone.
    By(AccountId),
    /// This device, which removed someone before it had read the state: once it has.
    ThisDevice,
}

/// What stands for [`Rekey::ThisDevice`] in place of an account.
const THIS_DEVICE: [u8; 1] = [1];

impl Default for GroupRow {
    fn default() -> Self {
        Self {
            description: String::new(),
            picture: None,
            record: None,
            add_admins: true,
            edit_admins: true,
            post_admins: false,
            previous_key: None,
            rekey_by: Rekey::Unknown,
            gives_old_key: false,
            broken: false,
        }
    }
}

fn read(row: &Row<'_>) -> Result<GroupRow> {
    let rekey: Option<Vec<u8>> = row.get(7)?;
    Ok(GroupRow {
        description: row.get(0)?,
        picture: row.get(1)?,
        record: row.get(2)?,
        add_admins: row.get(3)?,
        edit_admins: row.get(4)?,
        post_admins: row.get(5)?,
        previous_key: row.get(6)?,
        rekey_by: match rekey {
            None => Rekey::Unknown,
            Some(this) if this == THIS_DEVICE => Rekey::ThisDevice,
            Some(account) => AccountId::from_slice(&account).map_or(Rekey::Nobody, Rekey::By),
        },
        gives_old_key: row.get(8)?,
        broken: row.get(9)?,
    })
}

/// Someone who asks to be let in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct JoinRequestRow {
    pub request: RequestId,
    pub link: LinkId,
    pub account: AccountId,
    pub key_package: Vec<u8>,
    pub time: Timestamp,
}

redacted!(JoinRequestRow);

/// What this device has asked to be let in by.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AskedRow {
    pub link: LinkId,
    pub key_package: Vec<u8>,
    pub mac: Vec<u8>,
    pub told: bool,
}

redacted!(AskedRow);

impl Store<'_> {
    /// What is known of a conversation's state and roles.
    pub(crate) fn group(&self, id: ConversationId) -> Result<GroupRow> {
        let sql = "SELECT description, picture, record, add_admins, edit_admins, post_admins, previous_key, rekey_by,
            gives_old_key, broken FROM conversation_state WHERE conversation = ?1";
        Ok(self.one(sql, [id.0], read)?.unwrap_or_default())
    }

    /// Sets one column.
    pub(crate) fn set_group(&self, id: ConversationId, column: &'static str, value: impl ToSql) -> Result<()> {
        let sql = format!(
            "INSERT INTO conversation_state (conversation, {column}) VALUES (?1, ?2)
            ON CONFLICT (conversation) DO UPDATE SET {column} = ?2"
        );
        self.run(&sql, params![id.0, value]).map(drop)
    }

    /// Says who is to make the next conversation key.
    pub(crate) fn set_rekey(&self, id: ConversationId, by: Rekey) -> Result<()> {
        let value = match by {
            Rekey::Unknown => None,
            Rekey::Nobody => Some(Vec::new()),
            Rekey::By(account) => Some(account.0.to_vec()),
            Rekey::ThisDevice => Some(THIS_DEVICE.to_vec()),
        };
        self.set_group(id, "rekey_by", value)
    }

    /// The groups that this account is an admin of and takes part in with this device.
    pub(crate) fn administered(&self, account: AccountId) -> Result<Vec<ConversationId>> {
        let sql = "SELECT conversation FROM members JOIN conversations ON conversations.id = members.conversation
            WHERE account = ?1 AND admin = 1 AND phase = 4";
        self.many(sql, [account.0], |row| row.get(0).map(ConversationId))
    }

    /// Someone cannot change the state any more.
    pub(crate) fn add_former_editor(&self, id: ConversationId, account: AccountId) -> Result<()> {
        let sql = "INSERT OR IGNORE INTO former_editors (conversation, account) VALUES (?1, ?2)";
        self.run(sql, params![id.0, account.0]).map(drop)
    }

    /// Whether someone could change the state before this device had read it.
    pub(crate) fn is_former_editor(&self, id: ConversationId, account: AccountId) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM former_editors WHERE conversation = ?1 AND account = ?2)";
        Ok(self.one(sql, params![id.0, account.0], |row| row.get(0))?.unwrap_or(false))
    }

    /// Someone leaves.
    pub(crate) fn add_leaving(&self, id: ConversationId, account: AccountId, statement: &[u8]) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO leaving (conversation, account, statement) VALUES (?1, ?2, ?3)";
        self.run(sql, params![id.0, account.0, statement]).map(drop)
    }

    /// Who leaves, with their statements.
    pub(crate) fn leaving(&self, id: ConversationId) -> Result<Vec<(AccountId, Vec<u8>)>> {
        let sql = "SELECT account, statement FROM leaving WHERE conversation = ?1 ORDER BY account";
        self.many(sql, [id.0], |row| Ok((AccountId(row.get(0)?), row.get(1)?)))
    }

    /// Someone left, or is in the group again.
    pub(crate) fn remove_leaving(&self, id: ConversationId, account: AccountId) -> Result<()> {
        self.run("DELETE FROM leaving WHERE conversation = ?1 AND account = ?2", params![id.0, account.0]).map(drop)
    }

    /// Someone asks to be let in. Gives whether that is new.
    pub(crate) fn add_join_request(&self, id: ConversationId, row: &JoinRequestRow) -> Result<bool> {
        let sql = "INSERT INTO join_requests (request, conversation, link, account, key_package, time)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (request) DO NOTHING";
        let added =
            self.run(sql, params![row.request.0, id.0, row.link.0, row.account.0, row.key_package, row.time])?;
        Ok(added > 0)
    }

    /// Who asks to be let in, oldest first.
    pub(crate) fn join_requests(&self, id: ConversationId) -> Result<Vec<JoinRequestRow>> {
        let sql = "SELECT request, link, account, key_package, time FROM join_requests
            WHERE conversation = ?1 ORDER BY time, request";
        self.many(sql, [id.0], |row| {
            Ok(JoinRequestRow {
                request: RequestId(row.get(0)?),
                link: LinkId(row.get(1)?),
                account: AccountId(row.get(2)?),
                key_package: row.get(3)?,
                time: row.get(4)?,
            })
        })
    }

    pub(crate) fn remove_join_request(&self, request: RequestId) -> Result<()> {
        self.run("DELETE FROM join_requests WHERE request = ?1", [request.0]).map(drop)
    }

    /// This device asks to be let in.
    pub(crate) fn set_asked(&self, id: ConversationId, row: &AskedRow) -> Result<()> {
        let sql =
            "INSERT OR REPLACE INTO asked (conversation, link, key_package, mac, told) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.run(sql, params![id.0, row.link.0, row.key_package, row.mac, row.told]).map(drop)
    }

    /// What this device has asked to be let in by.
    pub(crate) fn asked(&self, id: ConversationId) -> Result<Option<AskedRow>> {
        let sql = "SELECT link, key_package, mac, told FROM asked WHERE conversation = ?1";
        self.one(sql, [id.0], |row| {
            Ok(AskedRow { link: LinkId(row.get(0)?), key_package: row.get(1)?, mac: row.get(2)?, told: row.get(3)? })
        })
    }

    /// Where this device has asked to be let in.
    pub(crate) fn asked_anywhere(&self) -> Result<Vec<ConversationId>> {
        self.many("SELECT conversation FROM asked", [], |row| row.get(0).map(ConversationId))
    }

    /// It was answered, or taken back.
    pub(crate) fn remove_asked(&self, id: ConversationId) -> Result<()> {
        self.run("DELETE FROM asked WHERE conversation = ?1", [id.0]).map(drop)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::in_memory;

    const HERE: ConversationId = ConversationId([1; 16]);

    #[test]
    fn a_conversation_without_a_row_has_the_default_policy() {
        let connection = in_memory();
        let store = Store(&connection);
        assert_eq!(store.group(HERE).unwrap(), GroupRow::default());
        store.set_group(HERE, "post_admins", true).unwrap();
        store.set_rekey(HERE, Rekey::By(AccountId([2; 16]))).unwrap();
        let row = store.group(HERE).unwrap();
        assert!(row.post_admins && row.add_admins);
        assert_eq!(row.rekey_by, Rekey::By(AccountId([2; 16])));
        store.set_rekey(HERE, Rekey::Nobody).unwrap();
        assert_eq!(store.group(HERE).unwrap().rekey_by, Rekey::Nobody);
    }

    #[test]
    fn a_request_is_new_once() {
        let connection = in_memory();
        let store = Store(&connection);
        let row = JoinRequestRow {
            request: RequestId([1; 16]),
            link: LinkId([2; 16]),
            account: AccountId([3; 16]),
            key_package: vec![4],
            time: 5,
        };
        assert!(store.add_join_request(HERE, &row).unwrap());
        assert!(!store.add_join_request(HERE, &row).unwrap());
        assert_eq!(store.join_requests(HERE).unwrap(), std::slice::from_ref(&row));
        // Who asks is shown, so a name that comes to be known is news there.
        assert_eq!(store.conversations_of(row.account).unwrap(), [HERE]);
        store.remove_join_request(row.request).unwrap();
        assert!(store.join_requests(HERE).unwrap().is_empty());
        assert!(store.conversations_of(row.account).unwrap().is_empty());
    }
}
