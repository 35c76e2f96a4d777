//! Invites to register, made by the host: before the server starts or beside it.

use rand::{RngCore as _, rngs::OsRng};
use sealpost_protocol::bytes::encode;

use crate::{Clock, Config, app::StartError, caller::hash_secret, store::Store};

const DAY: u64 = 24 * 60 * 60 * 1000;

/// Makes an invite that `uses` accounts may register with in the next `days` days; gives its code of 22 characters,
/// which only whoever is invited needs to know: the database keeps its SHA-256.
///
/// # Errors
/// When the database cannot be used.
pub async fn make_invite(config: &Config, uses: u32, days: u32) -> Result<String, StartError> {
    let store = match config.database.url.as_str() {
        "" => Store::open_sqlite_beside(&config.server.data).await?,
        url => Store::open_postgres(url).await?,
    };
    let mut secret = [0; 16];
    OsRng.fill_bytes(&mut secret);
    let code = encode(&secret);
    let expires = Clock::System.now().saturating_add(u64::from(days).saturating_mul(DAY));
    let added = store.add_invite(hash_secret(code.as_bytes()), uses, expires).await;
    store.close().await;
    added?;
    Ok(code)
}
