//! Columns to values and back, checked: what is in a row that no value of ours could have made is corrupt.

use sealpost_protocol::conversation::HASH_LEN;

use super::{StoreError, StoreResult};

/// The value that a column was converted to, or a corrupt row if it could not be.
pub(super) fn checked<T>(what: &'static str, value: Option<T>) -> StoreResult<T> {
    value.ok_or(StoreError::Corrupt(what))
}

/// A counter or time from its column.
pub(super) fn number(what: &'static str, column: i64) -> StoreResult<u64> {
    checked(what, u64::try_from(column).ok())
}

/// A counter or time for its column. Values beyond the column's range come from callers only, to be compared with:
/// there the largest value serves as well.
pub(super) fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A 32-byte hash or key from its column.
pub(super) fn hash(what: &'static str, column: &[u8]) -> StoreResult<[u8; HASH_LEN]> {
    checked(what, column.try_into().ok())
}
