//! Departures: accounts that left a group by a signed statement and wait to be removed by a commit. Their membership
//! ends at once; until their leaves are gone nothing but such a commit is appended (see append.rs).

use std::collections::HashMap;

use sealpost_protocol::{
    AccountId, Bytes, ConversationId, DeviceId, Timestamp,
    conversation::{ConversationKind, LogPosition},
};

use super::{
    Store, StoreResult,
    conversations::{kind_from_column, position},
    convert::{checked, column},
    cursor_steps,
    db::{Tx, execute, fetch_all, fetch_among},
    delistings::note_removals,
};

/// An account that leaves.
#[derive(Debug, Clone)]
pub struct NewDeparture {
    /// Which group.
    pub conversation: ConversationId,
    /// Who.
    pub account: AccountId,
    /// The statement, which was verified.
    pub statement: Bytes,
    /// The server's clock.
    pub time: Timestamp,
    /// Generation and epoch that the statement was verified in.
    pub epoch: (u64, u64),
    /// Who the admins are in that epoch.
    pub admins: Vec<AccountId>,
}

/// What became of a departure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Departed {
    /// The account is no member any more, and waits to be removed if others are there.
    Done,
    /// It had left before and waits to be removed.
    Already,
    /// The others would have no admin.
    OnlyAdmin,
    /// Nobody leaves a direct conversation.
    Direct,
    /// The group has moved on to another epoch.
    StaleEpoch,
    /// There is no such conversation, or the account has no part in it.
    NotMember,
}

/// A departure that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// From which group.
    pub conversation: ConversationId,
    /// Who left.
    pub account: AccountId,
    /// Their statement.
    pub statement: Bytes,
}

impl NewDeparture {
    /// Whether the other members, of whom there are some, would have no admin any more.
    fn is_only_admin(&self, members: &[AccountId]) -> bool {
        let is_admin = |account: &AccountId| self.admins.contains(account);
        let other_admins = members.iter().filter(|member| **member != self.account && is_admin(member)).count();
        members.len() > 1 && is_admin(&self.account) && other_admins == 0
    }
}

type DepartureRow = (Vec<u8>, Vec<u8>, Vec<u8>);

fn departure((conversation, account, statement): DepartureRow) -> StoreResult<Departure> {
    Ok(Departure {
        conversation: checked("a conversation id", ConversationId::from_slice(&conversation))?,
        account: checked("an account id", AccountId::from_slice(&account))?,
        statement: statement.into(),
    })
}

impl Store {
    /// Ends an account's membership of a group and keeps its statement until its leaves are removed. Its devices may
    /// read up to here.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn leave(&self, new: &NewDeparture) -> StoreResult<Departed> {
        let mut tx = self.db.begin().await?;
        // Locked like an append locks it: what is appended before may be read by who leaves, nothing after.
        let Some((kind, position)) = lock_head(&mut tx, new.conversation).await? else {
            return Ok(Departed::NotMember);
        };
        let members = members(&mut tx, new.conversation).await?;
        if !members.contains(&new.account) {
            let waiting = load_departures(&mut tx, &[new.conversation]).await?;
            let waits = waiting.values().flatten().any(|departure| departure.account == new.account);
            return Ok(if waits { Departed::Already } else { Departed::NotMember });
        }
        if kind == ConversationKind::Direct {
            return Ok(Departed::Direct);
        }
        if new.epoch != (position.generation, position.epoch) {
            return Ok(Departed::StaleEpoch);
        }
        if new.is_only_admin(&members) {
            return Ok(Departed::OnlyAdmin);
        }
        end_membership(&mut tx, new, position.last_seq).await?;
        if members.len() > 1 {
            insert_departure(&mut tx, new).await?;
        } else {
            end_conversation(&mut tx, new.conversation).await?;
        }
        tx.commit().await?;
        Ok(Departed::Done)
    }

    /// Departures from the groups that the device is a leaf of, and its own account's.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt.
    pub async fn departures_around(&self, device: DeviceId) -> StoreResult<Vec<Departure>> {
        let rows = fetch_all!(
            self.db.read(),
            DepartureRow,
            "SELECT d.conversation, d.account, d.statement FROM leaves AS l \
             JOIN departures AS d ON d.conversation = l.conversation \
             WHERE l.device = $1 AND (l.removed_seq IS NULL OR l.account = d.account) ORDER BY d.time",
            device.as_bytes().as_slice(),
        );
        rows.into_iter().map(departure).collect()
    }
}

/// The departures of these conversations, earliest first.
pub(super) async fn load_departures(
    tx: &mut Tx,
    conversations: &[ConversationId],
) -> StoreResult<HashMap<ConversationId, Vec<Departure>>> {
    let rows: Vec<DepartureRow> = fetch_among!(
        tx.on(),
        DepartureRow,
        "SELECT conversation, account, statement FROM departures WHERE conversation IN",
        conversations,
        |id| id.as_bytes().as_slice();
        " ORDER BY time, account"
    );
    let mut departures: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        let departure = departure(row)?;
        departures.entry(departure.conversation).or_default().push(departure);
    }
    Ok(departures)
}

/// Forgets the departures of accounts that have no leaf any more.
pub(super) async fn delete_departures(
    tx: &mut Tx,
    conversation: ConversationId,
    accounts: &[AccountId],
) -> StoreResult<()> {
    for account in accounts {
        execute!(
            tx.on(),
            "DELETE FROM departures WHERE conversation = $1 AND account = $2",
            conversation.as_bytes().as_slice(),
            account.as_bytes().as_slice(),
        );
    }
    Ok(())
}

async fn lock_head(tx: &mut Tx, conversation: ConversationId) -> StoreResult<Option<(ConversationKind, LogPosition)>> {
    let lock = tx.for_update();
    let rows: Vec<(i64, i64, i64, i64)> = fetch_among!(
        tx.on(),
        (i64, i64, i64, i64),
        "SELECT kind, generation, epoch, last_seq FROM conversations WHERE id IN",
        [conversation],
        |id| id.as_bytes().as_slice();
        lock
    );
    let head = rows.first().map(|(kind, generation, epoch, last_seq)| {
        Ok((kind_from_column(*kind)?, position(*generation, *epoch, *last_seq)?))
    });
    head.transpose()
}

async fn members(tx: &mut Tx, conversation: ConversationId) -> StoreResult<Vec<AccountId>> {
    let rows = fetch_all!(
        tx.on(),
        (Vec<u8>,),
        "SELECT account FROM members WHERE conversation = $1",
        conversation.as_bytes().as_slice(),
    );
    rows.iter().map(|(account,)| checked("an account id", AccountId::from_slice(account))).collect()
}

/// Leaves before the member, each in one order: as stored cursors are written, so that neither waits for the other.
async fn end_membership(tx: &mut Tx, new: &NewDeparture, last_seq: u64) -> StoreResult<()> {
    let (id, account) = (new.conversation.as_bytes().as_slice(), new.account.as_bytes().as_slice());
    let devices = fetch_all!(
        tx.on(),
        (Vec<u8>,),
        "SELECT device FROM leaves WHERE conversation = $1 AND account = $2 AND removed_seq IS NULL ORDER BY device",
        id,
        account,
    );
    for (device,) in devices {
        execute!(
            tx.on(),
            "UPDATE leaves SET removed_seq = $1 WHERE conversation = $2 AND device = $3 AND removed_seq IS NULL",
            column(last_seq),
            id,
            device.as_slice(),
        );
    }
    execute!(tx.on(), "DELETE FROM members WHERE conversation = $1 AND account = $2", id, account);
    cursor_steps::delete(tx, new.conversation, account).await
}

async fn insert_departure(tx: &mut Tx, new: &NewDeparture) -> StoreResult<()> {
    execute!(
        tx.on(),
        "INSERT INTO departures (conversation, account, statement, time) VALUES ($1, $2, $3, $4)",
        new.conversation.as_bytes().as_slice(),
        new.account.as_bytes().as_slice(),
        new.statement.as_ref(),
        column(new.time),
    );
    note_removals(tx, new.conversation).await
}

/// Nobody is left to remove anyone: nothing waits, and only what has not been read yet is kept for its devices.
async fn end_conversation(tx: &mut Tx, conversation: ConversationId) -> StoreResult<()> {
    let id = conversation.as_bytes().as_slice();
    execute!(tx.on(), "DELETE FROM departures WHERE conversation = $1", id);
    execute!(tx.on(), "DELETE FROM leaves WHERE conversation = $1 AND stored_seq >= removed_seq", id);
    Ok(())
}
