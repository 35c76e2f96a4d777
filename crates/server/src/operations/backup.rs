//! The account's wrapped keys, which the server only keeps.

use sealpost_protocol::{
    AccountId, Problem, ProblemKind,
    account::{Backup, BackupWrite, Done, Passkeys},
};

use super::{at_most, exactly_32, invalid, problem, sessions, version_conflict};
use crate::{
    app::App,
    caller::SignedIn,
    store::{BackupChange, BackupWritten, NewPasskey},
};

/// Largest ciphertext of a backup or a wrapping, in bytes.
const CIPHERTEXT_MAX: usize = 16 * 1024;
/// Most ways to open a backup.
const WRAPPINGS_MAX: usize = 16;
/// Longest name of a kind of wrapping.
const KIND_MAX: usize = 64;

/// Reads the backup.
pub(super) async fn read(app: &App, account: AccountId) -> Result<Backup, Problem> {
    app.store.backup(account).await?.ok_or(problem(ProblemKind::NotFound))
}

/// Replaces the backup by its next version, and with it the recovery code or a passkey.
pub(super) async fn write(app: &App, session: &SignedIn, body: BackupWrite) -> Result<Done, Problem> {
    sessions::must_be_fresh(app, session)?;
    check(&body.backup)?;
    let hash = body.recovery_token_hash.map(|hash| exactly_32("recovery_token_hash", &hash)).transpose()?;
    let added = body.passkey_added.map(|new| {
        let token_hash = exactly_32("passkey_added.token_hash", &new.token_hash)?;
        Ok::<_, Problem>(NewPasskey { passkey: new.passkey, token_hash, now: app.now() })
    });
    let change = BackupChange {
        recovery_token_hash: hash,
        passkey_added: added.transpose()?,
        passkey_removed: body.passkey_removed,
    };
    match app.store.write_backup(session.account, &body.backup, &change).await? {
        BackupWritten::Done => Ok(Done {}),
        BackupWritten::Conflict(version) => Err(version_conflict(version)),
        BackupWritten::PasskeyTaken => Err(problem(ProblemKind::IdTaken)),
        BackupWritten::TooManyPasskeys => {
            Err(problem(ProblemKind::TooLarge).with_detail("the account has as many passkeys as it may"))
        }
    }
}

/// Which passkeys open it.
pub(super) async fn passkeys(app: &App, account: AccountId) -> Result<Passkeys, Problem> {
    Ok(Passkeys { passkeys: app.store.passkeys(account).await? })
}

/// Whether a backup has a size and shape that is kept.
pub(super) fn check(backup: &Backup) -> Result<(), Problem> {
    at_most("backup.wrappings", backup.wrappings.len(), WRAPPINGS_MAX)?;
    at_most("backup.ciphertext", backup.ciphertext.len(), CIPHERTEXT_MAX)?;
    for wrapping in &backup.wrappings {
        at_most("a wrapping's kind", wrapping.kind.len(), KIND_MAX)?;
        at_most("a wrapping's ciphertext", wrapping.ciphertext.len(), CIPHERTEXT_MAX)?;
    }
    // Version 0 would read as "no version" where versions are compared.
    if backup.version == 0 || backup.wrappings.is_empty() {
        return Err(invalid("a backup counts from version 1 and has a wrapping"));
    }
    Ok(())
}
