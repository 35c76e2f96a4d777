//! Sealed files in memory, where there is no place on disk for them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Files by name. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct MemoryFiles(Arc<Mutex<HashMap<String, Vec<u8>>>>);

impl MemoryFiles {
    pub(crate) fn len(&self, name: &str) -> Option<u64> {
        self.files().get(name).map(|bytes| bytes.len() as u64)
    }

    /// Nothing if there is no such file or it is shorter.
    pub(crate) fn read(&self, name: &str, from: u64, len: u64) -> Option<Vec<u8>> {
        let (from, len) = (usize::try_from(from).ok()?, usize::try_from(len).ok()?);
        self.files().get(name)?.get(from..from.checked_add(len)?).map(<[u8]>::to_vec)
    }

    pub(crate) fn write(&self, name: &str, at: u64, bytes: &[u8]) {
        let mut files = self.files();
        let file = files.entry(name.to_owned()).or_default();
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        file.truncate(at);
        file.extend_from_slice(bytes);
    }

    pub(crate) fn remove(&self, name: &str) {
        self.files().remove(name);
    }

    pub(crate) fn clear(&self) {
        self.files().clear();
    }

    /// Every critical section leaves its data whole.
    fn files(&self) -> MutexGuard<'_, HashMap<String, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
