//! Where MLS state lives: a synchronous key-value store that the caller provides, so that the state changes in the
//! caller's own transaction; one in memory; and an overlay whose changes can be adopted later.
//!
//! Independent of OpenMLS and of the database.

use std::{cell::RefCell, collections::BTreeMap};

use sealpost_protocol::Bytes;
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// A key-value store. Keys and values are opaque; values are secret. The caller makes a run of changes atomic.
pub trait StateStore {
    /// The value of `key`.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;
    /// Sets the value of `key`.
    fn put(&self, key: &[u8], value: &[u8]) -> Result<(), StoreError>;
    /// Forgets `key`; nothing happens if it has no value.
    fn delete(&self, key: &[u8]) -> Result<(), StoreError>;
}

/// A change to a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// Which key.
    pub key: Bytes,
    /// Its new value; nothing deletes it.
    pub value: Option<Bytes>,
}

/// Performs `writes` on `store`, in order.
pub fn apply(writes: &[Write], store: &dyn StateStore) -> Result<(), StoreError> {
    writes.iter().try_for_each(|write| match &write.value {
        Some(value) => store.put(&write.key, value),
        None => store.delete(&write.key),
    })
}

/// A store in memory.
#[derive(Default)]
pub struct MemoryStore {
    values: RefCell<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many keys have a value.
    pub fn len(&self) -> usize {
        self.values.borrow().len()
    }

    /// Whether no key has a value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl StateStore for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.values.borrow().get(key).cloned())
    }

    fn put(&self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.values.borrow_mut().insert(key.to_vec(), value.to_vec());
        Ok(())
    }

    fn delete(&self, key: &[u8]) -> Result<(), StoreError> {
        self.values.borrow_mut().remove(key);
        Ok(())
    }
}

/// Reads through to another store and keeps every change to itself.
pub struct ScratchStore<'a> {
    below: &'a dyn StateStore,
    changes: RefCell<BTreeMap<Vec<u8>, Option<Vec<u8>>>>,
}

impl<'a> ScratchStore<'a> {
    /// An overlay without changes.
    pub fn new(below: &'a dyn StateStore) -> Self {
        Self { below, changes: RefCell::default() }
    }

    /// What [`apply`] has to write to make the changes real.
    pub fn into_writes(self) -> Vec<Write> {
        let changes = self.changes.into_inner().into_iter();
        changes.map(|(key, value)| Write { key: key.into(), value: value.map(Bytes) }).collect()
    }
}

impl StateStore for ScratchStore<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.changes.borrow().get(key) {
            Some(changed) => Ok(changed.clone()),
            None => self.below.get(key),
        }
    }

    fn put(&self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.changes.borrow_mut().insert(key.to_vec(), Some(value.to_vec()));
        Ok(())
    }

    fn delete(&self, key: &[u8]) -> Result<(), StoreError> {
        self.changes.borrow_mut().insert(key.to_vec(), None);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_scratch_store_changes_nothing_until_its_writes_are_applied() {
        let store = MemoryStore::new();
        store.put(b"kept", b"1").unwrap();
        store.put(b"gone", b"2").unwrap();
        let scratch = ScratchStore::new(&store);
        scratch.put(b"new", b"3").unwrap();
        scratch.delete(b"gone").unwrap();
        assert_eq!(scratch.get(b"kept").unwrap().unwrap(), b"1");
        assert_eq!(scratch.get(b"new").unwrap().unwrap(), b"3");
        assert!(scratch.get(b"gone").unwrap().is_none());
        assert!(store.get(b"new").unwrap().is_none() && store.get(b"gone").unwrap().is_some());
        apply(&scratch.into_writes(), &store).unwrap();
        assert!(store.get(b"new").unwrap().is_some() && store.get(b"gone").unwrap().is_none());
        assert_eq!(store.len(), 2);
    }
}
