//! The list of conversations, read by one query however many there are.

use rusqlite::Row;
use sealpost_protocol::{AccountId, ConversationId, Timestamp};

use super::{
    Chat, Conversation, Result, Store,
    conversations::{COLUMNS, read},
    timeline::sort_of,
};
use crate::snapshot::Person;

/// As much of the newest message is read, in characters: its first line is what is shown.
const TEXT_CHARS: usize = 1_000;

/// A conversation in the list, with its newest message.
pub(crate) struct ListRow {
    pub conversation: Conversation,
    pub chat: Chat,
    pub peer: Option<Person>,
    /// The other person of a direct chat is blocked.
    pub blocked: bool,
    /// Who began it, the other person or who added this one, is a contact.
    pub by_contact: bool,
    /// Names a group's picture.
    pub picture: Option<String>,
    /// Only admins write here.
    pub post_admins: bool,
    /// This account is an admin.
    pub admin: bool,
    /// How many are in a group, without those who leave.
    pub members: u32,
    /// How many ask to be let into a group.
    pub join_requests: u32,
    pub unread: u32,
    /// An unread message mentions this person.
    pub mentioned: bool,
    pub last: Option<LastMessage>,
}

/// The newest message of a conversation.
pub(crate) struct LastMessage {
    pub seq: Option<u64>,
    pub time: Timestamp,
    pub sender_name: Option<String>,
    pub own: bool,
    /// Its beginning.
    pub text: Option<String>,
    /// What is said of its files.
    pub attachments: Option<Vec<u8>>,
    pub failed: bool,
}

impl ListRow {
    /// Whether someone began it whom the person has not let in: nothing is told to them then.
    pub(crate) fn is_request(&self) -> bool {
        let begun_by = self.conversation.peer.or(self.chat.added_by);
        !self.chat.accepted && !self.by_contact && begun_by.is_some()
    }
}

/// A person of a join whose columns begin with `prefix`.
pub(super) fn joined_person(row: &Row<'_>, prefix: &str, account: Option<AccountId>) -> Result<Option<Person>> {
    let text = |name: &str| row.get::<_, Option<String>>(format!("{prefix}_{name}").as_str());
    let Some(account) = account else { return Ok(None) };
    Ok(Some(Person {
        account,
        username: text("username")?.unwrap_or_default(),
        display_name: text("display_name")?.unwrap_or_default(),
        picture: text("picture")?,
    }))
}

fn list_row(row: &Row<'_>) -> Result<ListRow> {
    let conversation = read(row)?;
    let number = |name: &str| row.get::<_, Option<u64>>(name).map(Option::unwrap_or_default);
    let flag = |name: &str| number(name).map(|number| number > 0);
    let last = match row.get::<_, Option<i64>>("last_id")? {
        None => None,
        Some(_) => Some(LastMessage {
            seq: row.get("last_seq")?,
            time: row.get("last_time")?,
            sender_name: row.get("sender_name")?,
            own: flag("last_own")?,
            text: row.get("last_text")?,
            attachments: row.get("last_attachments")?,
            failed: flag("last_failed")?,
        }),
    };
    let chat = Chat {
        muted_until: number("muted_until")?,
        pinned: flag("pinned")?,
        archived: row.get("archived")?,
        marked_unread: flag("marked_unread")?,
        accepted: flag("accepted")?,
        added_by: row.get::<_, Option<[u8; 16]>>("added_by")?.map(AccountId),
        deleted: row.get("deleted")?,
        read_up_to: number("read_up_to")?,
        hidden: Vec::new(),
    };
    Ok(ListRow {
        peer: joined_person(row, "peer", conversation.peer)?,
        conversation,
        chat,
        blocked: flag("peer_blocked")?,
        by_contact: flag("by_contact")?,
        picture: row.get("group_picture")?,
        post_admins: flag("post_admins")?,
        admin: flag("admin")?,
        members: row.get("members")?,
        join_requests: row.get("join_requests")?,
        unread: row.get("unread_count")?,
        mentioned: flag("mentioned")?,
        last,
    })
}

fn query(which: &str) -> String {
    let sort = sort_of(1);
    let columns = COLUMNS.split(',').map(|name| format!("c.{}", name.trim())).collect::<Vec<_>>().join(", ");
    format!(
        "SELECT {columns}, c.unread AS unread_count, t.id AS last_id, t.seq AS last_seq, t.time AS last_time,
            t.own AS last_own, substr(t.text, 1, {TEXT_CHARS}) AS last_text, t.attachments AS last_attachments,
            t.failure IS NOT NULL AS last_failed,
            s.display_name AS sender_name, p.username AS peer_username, p.display_name AS peer_display_name,
            p.picture AS peer_picture, p.blocked AS peer_blocked, coalesce(p.contact, b.contact) AS by_contact,
            c.unread > 0 AND EXISTS (SELECT 1 FROM timeline m WHERE m.conversation = c.id AND m.mentions_me = 1
                AND m.own = 0 AND m.deleted = 0 AND m.sort >= (c.read_seq + 1) * {sort}) AS mentioned,
            a.muted_until, a.pinned, a.archived, a.marked_unread, a.accepted, a.added_by, a.deleted, a.read_up_to,
            g.picture AS group_picture, g.post_admins,
            EXISTS (SELECT 1 FROM members m, session me
                WHERE m.conversation = c.id AND m.account = me.account AND m.admin = 1) AS admin,
            iif(c.kind = 1, (SELECT count(*) FROM members m WHERE m.conversation = c.id) - (
                SELECT count(*) FROM leaving l JOIN members m USING (conversation, account)
                WHERE l.conversation = c.id), 0) AS members,
            (SELECT count(*) FROM join_requests j WHERE j.conversation = c.id) AS join_requests
        FROM conversations c
        LEFT JOIN timeline t ON t.id = (
            SELECT id FROM timeline WHERE conversation = c.id AND kind < 2 AND deleted = 0
            ORDER BY sort DESC LIMIT 1)
        LEFT JOIN chats a ON a.conversation = c.id
        LEFT JOIN conversation_state g ON g.conversation = c.id
        LEFT JOIN people p ON p.account = c.peer
        LEFT JOIN people b ON b.account = a.added_by
        LEFT JOIN people s ON s.account = t.sender
        WHERE {which}"
    )
}

impl Store<'_> {
    /// Every conversation that is not given way to another, with its newest message; in no particular order.
    pub(crate) fn list(&self) -> Result<Vec<ListRow>> {
        self.many(&query("c.phase <> 6"), [], list_row)
    }

    /// Every conversation by the name that it has in the list: the other person's, or the group's.
    pub(crate) fn conversation_names(&self) -> Result<Vec<(ConversationId, String)>> {
        let sql = "SELECT c.id, coalesce(iif(c.peer IS NULL, c.name, p.display_name), '') FROM conversations c
            LEFT JOIN people p ON p.account = c.peer WHERE c.phase <> 6";
        self.many(sql, [], |row| Ok((ConversationId(row.get(0)?), row.get(1)?)))
    }

    /// One conversation as it stands in the list.
    pub(crate) fn in_list(&self, id: ConversationId) -> Result<Option<ListRow>> {
        self.one(&query("c.id = ?1"), [id.0], list_row)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use sealpost_protocol::{ClientId, conversation::ConversationKind};

    use super::*;
    use crate::store::{NewItem, Phase, in_memory};

    const HERE: ConversationId = ConversationId([1; 16]);
    const ALICE: AccountId = AccountId([1; 16]);
    const BOB: AccountId = AccountId([2; 16]);
    const CAROL: AccountId = AccountId([3; 16]);

    #[test]
    fn a_row_counts_members_without_those_who_leave_and_who_asks() {
        let connection = in_memory();
        let store = Store(&connection);
        store.add_conversation(HERE, ConversationKind::Group, 1, Phase::Joined, 5).unwrap();
        store.set_members(HERE, &[(ALICE, true), (BOB, false), (CAROL, false)]).unwrap();
        store.add_leaving(HERE, BOB, &[]).unwrap();
        store.add_leaving(HERE, AccountId([9; 16]), &[]).unwrap();
        connection.execute("INSERT INTO join_requests VALUES (x'01', ?1, x'', x'05', x'', 0)", [HERE.0]).unwrap();
        let row = store.in_list(HERE).unwrap().unwrap();
        assert_eq!((row.members, row.join_requests, row.admin), (2, 1, false));
        store.set_names(ALICE, "alice", "Alice").unwrap();
        let people = store.people_present(HERE).unwrap();
        let mut present: Vec<_> =
            people.iter().map(|(one, admin)| (one.account, one.username.as_str(), *admin)).collect();
        present.sort_unstable();
        assert_eq!(present, [(ALICE, "alice", true), (CAROL, "", false)]);
    }

    #[test]
    fn only_the_beginning_of_the_newest_message_is_read() {
        let connection = in_memory();
        let store = Store(&connection);
        store.add_conversation(HERE, ConversationKind::Direct, 1, Phase::Joined, 5).unwrap();
        let text = "é".repeat(TEXT_CHARS + 1);
        let by = NewItem::by(BOB, HERE, ClientId([1; 16]));
        store.add_item(&NewItem { seq: Some(1), text: Some(&text), ..by }).unwrap();
        let last = store.in_list(HERE).unwrap().unwrap().last.unwrap();
        assert_eq!(last.text.unwrap().chars().count(), TEXT_CHARS);
        assert_eq!(store.conversation_names().unwrap(), [(HERE, String::new())]);
    }
}
