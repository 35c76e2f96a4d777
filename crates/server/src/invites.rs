//! Invites to register, and to take the place of an account that nobody can open any more: made by the host, before the
//! server starts or beside it.

use rand::{RngCore as _, rngs::OsRng};
use sealpost_protocol::{AccountId, bytes::encode};

use crate::{Clock, Config, app::StartError, caller::hash_secret, store::Store};

const HOUR: u64 = 60 * 60 * 1000;
const DAY: u64 = 24 * HOUR;

/// Makes an invite that `uses` accounts may register with in the next `days` days; gives its code of 22 characters,
/// which only whoever is invited needs to know: the database keeps its SHA-256.
///
/// # Errors
/// When the database cannot be used.
pub async fn make_invite(config: &Config, uses: u32, days: u32) -> Result<String, StartError> {
    let store = open(config).await?;
    let made = add(&store, uses, u64::from(days).saturating_mul(DAY), None).await;
    store.close().await;
    made
}

/// Makes a code with which, in the next `hours` hours, someone may register once more under a username that is in use:
/// the account that has it now is given up. Nothing if nobody has it. Gives a code as [`make_invite`] does.
///
/// # Errors
/// When the database cannot be used.
pub async fn make_replacement(config: &Config, username: &str, hours: u32) -> Result<Option<String>, StartError> {
    let store = open(config).await?;
    let made = async {
        let Some(credentials) = store.credentials(username).await? else { return Ok(None) };
        add(&store, 1, u64::from(hours).saturating_mul(HOUR), Some(credentials.account)).await.map(Some)
    };
    let made = made.await;
    store.close().await;
    made
}

async fn open(config: &Config) -> Result<Store, StartError> {
    Ok(match config.database.url.as_str() {
        "" => Store::open_sqlite_beside(&config.server.data).await?,
        url => Store::open_postgres(url).await?,
    })
}

async fn add(store: &Store, uses: u32, lasts: u64, replaces: Option<AccountId>) -> Result<String, StartError> {
    let mut secret = [0; 16];
    OsRng.fill_bytes(&mut secret);
    let code = encode(&secret);
    let expires = Clock::System.now().saturating_add(lasts);
    store.add_invite(hash_secret(code.as_bytes()), uses, expires, replaces).await?;
    Ok(code)
}
