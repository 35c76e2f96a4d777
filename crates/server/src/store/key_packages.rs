//! Key packages: handed out once each, or the last-resort package when none is left; a claim can be repeated.

use sealpost_protocol::{AccountId, ClientId, ConversationId, DeviceId, Timestamp, device::ClaimedKeyPackage};

use super::{
    Store, StoreResult,
    convert::{checked, column, number},
    db::{On, Tx, execute, fetch_all, fetch_among, fetch_optional, insert_rows},
};

/// Older key packages are not handed out, in milliseconds: 90 days.
const KEY_PACKAGE_AGE_MAX: u64 = 90 * 24 * 60 * 60 * 1000;

/// Most key packages of a device that wait to be handed out, the last-resort packages aside: four times what clients keep.
const KEY_PACKAGES_MAX: u32 = 200;

/// A key package to be stored.
#[derive(Debug, Clone)]
pub struct NewKeyPackage {
    /// `KeyPackageRef` (RFC 9420).
    pub reference: Vec<u8>,
    /// The MLS ciphersuite.
    pub suite: u16,
    /// Serialised `KeyPackage`.
    pub key_package: Vec<u8>,
    /// End of its lifetime.
    pub expires: Timestamp,
}

/// Key packages that are voided in one statement.
const VOIDED_AT_ONCE: i64 = 1_000;

impl Store {
    /// Adds key packages of a device, and replaces its last-resort package of the same suite if there is a new one.
    /// One that was stored before, taken or not, is left as it is. Gives how many are left; nothing, and then none was added,
    /// if they were too many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_key_packages(
        &self,
        (account, device): (AccountId, DeviceId),
        key_packages: &[NewKeyPackage],
        last_resort: Option<&NewKeyPackage>,
        now: Timestamp,
    ) -> StoreResult<Option<u32>> {
        let mut tx = self.db.begin().await?;
        if let Some(package) = last_resort {
            execute!(
                tx.on(),
                "DELETE FROM key_packages WHERE device = $1 AND suite = $2 AND last_resort = TRUE",
                device.as_bytes().as_slice(),
                i64::from(package.suite),
            );
        }
        let packages = key_packages.iter().map(|package| (package, false));
        let rows: Vec<_> = packages.chain(last_resort.map(|package| (package, true))).collect();
        insert_rows!(
            tx,
            "INSERT INTO key_packages \
             (reference, account, device, suite, key_package, last_resort, taken, created, expires)",
            rows,
            |row| row.0.reference.as_slice(), account.as_bytes().as_slice(), device.as_bytes().as_slice(),
                  i64::from(row.0.suite), row.0.key_package.as_slice(), row.1, false, column(now),
                  column(row.0.expires);
            " ON CONFLICT DO NOTHING"
        );
        let left = count_left(&mut tx, device, now).await?;
        if left > KEY_PACKAGES_MAX {
            return Ok(None);
        }
        tx.commit().await?;
        Ok(Some(left))
    }

    /// How many key packages of the device could be handed out, without the last-resort package.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn key_packages_left(&self, device: DeviceId, now: Timestamp) -> StoreResult<u32> {
        count_left(&mut self.db.begin().await?, device, now).await
    }

    /// Takes a key package of each device of the accounts, but not of the asking `device`: the oldest one, or the
    /// last-resort package if no other is left, or with `lasting` in any case. Devices without any are left out. The same
    /// claim again gives the same.
    ///
    /// # Errors
    /// When the database fails or a row is corrupt; then nothing was taken.
    pub async fn claim_key_packages(
        &self,
        device: DeviceId,
        claim: ClientId,
        accounts: &[AccountId],
        (suite, lasting): (u16, bool),
        now: Timestamp,
    ) -> StoreResult<Vec<ClaimedKeyPackage>> {
        let mut tx = self.db.begin().await?;
        let is_new = execute!(
            tx.on(),
            "INSERT INTO claims (device, claim, time) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            device.as_bytes().as_slice(),
            claim.as_bytes().as_slice(),
            column(now),
        );
        if is_new == 0 {
            return claimed_before(&mut tx, device, claim).await;
        }
        let targets = claimable_devices(&mut tx, accounts, device).await?;
        let mut taken = Vec::with_capacity(targets.len());
        for (account, target) in targets {
            if let Some(key_package) = take(&mut tx, target, (suite, lasting), now).await? {
                taken.push(ClaimedKeyPackage { account, device: target, key_package: key_package.into() });
            }
        }
        insert_rows!(
            tx,
            "INSERT INTO claimed_key_packages (device, claim, target_account, target_device, key_package)",
            taken,
            |row| device.as_bytes().as_slice(), claim.as_bytes().as_slice(), row.account.as_bytes().as_slice(),
                  row.device.as_bytes().as_slice(), row.key_package.as_ref();
            ""
        );
        tx.commit().await?;
        Ok(taken)
    }

    /// This database is an old copy of itself, as somebody noticed: like [`void_key_packages`], a few at a time, so that
    /// nothing waits for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn void_all_key_packages(&self) -> StoreResult<()> {
        loop {
            let voided = execute!(
                self.db.write(),
                "UPDATE key_packages SET taken = TRUE, key_package = $1 WHERE reference IN \
                 (SELECT reference FROM key_packages WHERE last_resort = FALSE AND taken = FALSE LIMIT $2)",
                &[][..] as &[u8],
                VOIDED_AT_ONCE,
            );
            if voided == 0 {
                return Ok(());
            }
        }
    }
}

/// This database is an old copy of itself: what it would hand out may have been used since. Last-resort packages stay, which
/// are made for that.
pub(super) async fn void_key_packages(tx: &mut Tx) -> StoreResult<()> {
    execute!(
        tx.on(),
        "UPDATE key_packages SET taken = TRUE, key_package = $1 WHERE last_resort = FALSE AND taken = FALSE",
        &[][..] as &[u8],
    );
    Ok(())
}

/// The same for those who are, or were until a reset, in a conversation's group: a member who says that entries are missing
/// may lie, and does no more harm than to them.
pub(super) async fn void_key_packages_of_leaves(tx: &mut Tx, conversation: ConversationId) -> StoreResult<()> {
    execute!(
        tx.on(),
        "UPDATE key_packages SET taken = TRUE, key_package = $1 WHERE last_resort = FALSE AND taken = FALSE \
         AND device IN (SELECT device FROM leaves WHERE conversation = $2)",
        &[][..] as &[u8],
        conversation.as_bytes().as_slice(),
    );
    Ok(())
}

async fn count_left(tx: &mut Tx, device: DeviceId, now: Timestamp) -> StoreResult<u32> {
    let row = fetch_optional!(
        tx.on(),
        (i64,),
        "SELECT COUNT(*) FROM key_packages WHERE device = $1 AND last_resort = FALSE AND taken = FALSE \
         AND created > $2 AND expires > $3",
        device.as_bytes().as_slice(),
        column(now.saturating_sub(KEY_PACKAGE_AGE_MAX)),
        column(now),
    );
    let count = number("a count", row.map_or(0, |(count,)| count))?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

async fn claimed_before(tx: &mut Tx, device: DeviceId, claim: ClientId) -> StoreResult<Vec<ClaimedKeyPackage>> {
    let rows = fetch_all!(
        tx.on(),
        (Vec<u8>, Vec<u8>, Vec<u8>),
        "SELECT target_account, target_device, key_package FROM claimed_key_packages \
         WHERE device = $1 AND claim = $2 ORDER BY target_account, target_device",
        device.as_bytes().as_slice(),
        claim.as_bytes().as_slice(),
    );
    let claimed = |(account, device, key_package): (Vec<u8>, Vec<u8>, Vec<u8>)| {
        Ok(ClaimedKeyPackage {
            account: checked("an account id", AccountId::from_slice(&account))?,
            device: checked("a device id", DeviceId::from_slice(&device))?,
            key_package: key_package.into(),
        })
    };
    rows.into_iter().map(claimed).collect()
}

async fn claimable_devices(
    tx: &mut Tx,
    accounts: &[AccountId],
    asking: DeviceId,
) -> StoreResult<Vec<(AccountId, DeviceId)>> {
    let rows = fetch_among!(
        tx.on(),
        (Vec<u8>, Vec<u8>),
        "SELECT account, id FROM devices WHERE removed IS NULL AND account IN",
        accounts,
        |account| account.as_bytes().as_slice();
        " ORDER BY account, id"
    );
    let mut devices = Vec::with_capacity(rows.len());
    for (account, device) in rows {
        let device = checked("a device id", DeviceId::from_slice(&device))?;
        if device != asking {
            devices.push((checked("an account id", AccountId::from_slice(&account))?, device));
        }
    }
    Ok(devices)
}

/// Takes the device's oldest key package that may still be handed out, or reads the last-resort package.
async fn take(
    tx: &mut Tx,
    device: DeviceId,
    (suite, lasting): (u16, bool),
    now: Timestamp,
) -> StoreResult<Option<Vec<u8>>> {
    let device = device.as_bytes().as_slice();
    let suite = i64::from(suite);
    let (oldest, now) = (column(now.saturating_sub(KEY_PACKAGE_AGE_MAX)), column(now));
    // PostgreSQL: two claims at once must take two packages, rather than wait for the same one and find it taken.
    let skip = if matches!(tx, On::Postgres(_)) { " FOR UPDATE SKIP LOCKED" } else { "" };
    let choose = format!(
        "SELECT reference, key_package FROM key_packages WHERE device = $1 AND suite = $2 AND last_resort = FALSE \
         AND taken = FALSE AND created > $3 AND expires > $4 ORDER BY created, reference LIMIT 1{skip}"
    );
    let chosen =
        fetch_optional!(tx.on(), (Vec<u8>, Vec<u8>), sqlx::AssertSqlSafe(choose.as_str()), device, suite, oldest, now,);
    if let Some((reference, key_package)) = chosen.filter(|_| !lasting) {
        execute!(
            tx.on(),
            "UPDATE key_packages SET taken = TRUE, key_package = $1 WHERE reference = $2",
            &[][..] as &[u8],
            reference.as_slice(),
        );
        return Ok(Some(key_package));
    }
    let last_resort = fetch_optional!(
        tx.on(),
        (Vec<u8>,),
        "SELECT key_package FROM key_packages WHERE device = $1 AND suite = $2 AND last_resort = TRUE \
         AND created > $3 AND expires > $4",
        device,
        suite,
        oldest,
        now,
    );
    Ok(last_resort.map(|(key_package,)| key_package))
}
