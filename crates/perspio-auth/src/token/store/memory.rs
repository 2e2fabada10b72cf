//! A store for one process.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{Lease, Revision, StoreError, Stored, TokenKey, TokenRecord, TokenStore};

/// A token store in memory, whose records end with the process.
#[derive(Clone, Default)]
pub struct MemoryStore {
    entries: Arc<Mutex<HashMap<TokenKey, Entry>>>,
}

#[derive(Default)]
struct Entry {
    record: Option<TokenRecord>,
    /// Counts replacements, so that no revision is used twice.
    revision: u64,
    lock: Arc<tokio::sync::Mutex<()>>,
}

impl MemoryStore {
    /// Creates an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn write(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: Option<TokenRecord>,
    ) -> bool {
        let mut entries = self.entries();
        let entry = entries.entry(key.clone()).or_default();
        let found = entry.record.as_ref().map(|_| Revision(entry.revision));
        if found != expected {
            return false;
        }
        entry.record = record;
        entry.revision += 1;
        true
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<TokenKey, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TokenStore for MemoryStore {
    async fn read(&self, key: &TokenKey) -> Result<Option<Stored>, StoreError> {
        let entries = self.entries();
        let entry = entries.get(key);
        Ok(entry.and_then(|entry| {
            let record = entry.record.clone()?;
            Some(Stored {
                record,
                revision: Revision(entry.revision),
            })
        }))
    }

    async fn replace(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: TokenRecord,
    ) -> Result<bool, StoreError> {
        Ok(self.write(key, expected, Some(record)))
    }

    async fn delete(&self, key: &TokenKey, expected: Revision) -> Result<bool, StoreError> {
        Ok(self.write(key, Some(expected), None))
    }

    async fn lock(&self, key: &TokenKey) -> Result<Lease, StoreError> {
        let lock = self.entries().entry(key.clone()).or_default().lock.clone();
        Ok(Lease::new(lock.lock_owned().await))
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field(
                "records",
                &self
                    .entries()
                    .values()
                    .filter(|entry| entry.record.is_some())
                    .count(),
            )
            .finish_non_exhaustive()
    }
}
