//! The account's small encrypted records, by which its devices agree.

use sealpost_protocol::{
    Problem, ProblemKind,
    account::{VaultRead, VaultRecord, VaultRecords, VaultWrite, Version},
};

use super::{at_most, invalid, problem, version_conflict};
use crate::{app::App, caller::SignedIn, store::VaultWritten};

/// Most records in one write.
const RECORDS_MAX: usize = 100;
/// Longest name of a record, in bytes.
const NAME_MAX: usize = 64;
/// Largest record, in bytes.
const VALUE_MAX: usize = 64 * 1024;

/// Whether records have names and sizes that are kept.
pub(super) fn check(records: &[VaultRecord]) -> Result<(), Problem> {
    for record in records {
        if record.name.is_empty() {
            return Err(invalid("a record's name has at least one byte"));
        }
        at_most("a record's name", record.name.len(), NAME_MAX)?;
        at_most("a record's value", record.value.as_ref().map_or(0, |value| value.len()), VALUE_MAX)?;
    }
    Ok(())
}

/// Records that changed.
pub(super) async fn read(app: &App, session: &SignedIn, body: VaultRead) -> Result<VaultRecords, Problem> {
    Ok(app.store.vault(session.account, body.after_version).await?)
}

/// Writes records by compare and swap and tells the account's devices.
pub(super) async fn write(app: &App, session: &SignedIn, body: VaultWrite) -> Result<Version, Problem> {
    at_most("records", body.records.len(), RECORDS_MAX)?;
    check(&body.records)?;
    match app.store.write_vault(session.account, &body).await? {
        VaultWritten::Done(version) => {
            app.hub.tell_vault(session.account, version);
            Ok(Version { version })
        }
        VaultWritten::Conflict(version) => Err(version_conflict(version)),
        VaultWritten::Full => Err(problem(ProblemKind::TooLarge).with_detail("the vault is full")),
    }
}
