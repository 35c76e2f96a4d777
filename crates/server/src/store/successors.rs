//! Accounts whose person lost everything that opens them, and that another account with the same username takes the place
//! of. What such an account said stays with those it was said to; what only it could read goes.

use sealpost_protocol::AccountId;

use super::{
    StoreResult,
    db::{Tx, execute, fetch_optional},
    sessions::forget_sign_ins,
};

/// What nobody can open any more, or nobody may use.
const GIVEN_UP: [&str; 10] = [
    "DELETE FROM sessions WHERE account = $1",
    "DELETE FROM key_packages WHERE account = $1",
    "DELETE FROM handovers WHERE account = $1",
    "DELETE FROM linkings WHERE account = $1",
    "DELETE FROM join_requests WHERE account = $1",
    "DELETE FROM passkeys WHERE account = $1",
    "DELETE FROM backups WHERE account = $1",
    "DELETE FROM vault_records WHERE account = $1",
    "DELETE FROM archive_segments WHERE account = $1",
    "DELETE FROM archives WHERE account = $1",
];

/// Gives the username of an account to another one, and forgets what opened the first. False, and nothing done, if the
/// account does not have that username.
pub(super) async fn replace_account(
    tx: &mut Tx,
    replaced: AccountId,
    successor: AccountId,
    username: &str,
) -> StoreResult<bool> {
    let (id, successor) = (replaced.as_bytes().as_slice(), successor.as_bytes().as_slice());
    let renamed = fetch_optional!(
        tx.on(),
        (String,),
        "UPDATE accounts SET username = $1, successor = $2, opaque_record = $3, recovery_token_hash = $4 \
         WHERE id = $5 AND username = $6 AND successor IS NULL RETURNING display_name",
        former_username(username, replaced),
        successor,
        NOTHING,
        NOTHING,
        id,
        username,
    );
    if renamed.is_none() {
        return Ok(false);
    }
    // Whoever was replaced by it is now replaced by the newest.
    execute!(tx.on(), "UPDATE accounts SET successor = $1 WHERE successor = $2", successor, id);
    execute!(tx.on(), "DELETE FROM account_names WHERE account = $1", id);
    forget_sign_ins(tx, replaced).await?;
    for sql in GIVEN_UP {
        execute!(tx.on(), sql, id);
    }
    Ok(true)
}

/// Fits no record and no token.
const NOTHING: &[u8] = &[];

/// What an account is called whose username another one has. Nobody can register it.
fn former_username(username: &str, account: AccountId) -> String {
    let id: String = account.as_bytes().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{username}~{id}")
}
