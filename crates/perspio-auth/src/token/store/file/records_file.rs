//! A file of records, encrypted or in plain text.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk;
use super::format::Records;
use super::lock::Locks;
use super::protection::Protection;
use crate::token::clock::Clock;
use crate::token::secret::printable;
use crate::token::store::envelope::EnvelopeError;
use crate::token::store::{Lease, Revision, StoreError, Stored, TokenKey, TokenRecord};

/// The implementation of [`FileStore`](super::FileStore).
#[derive(Clone)]
pub(super) struct RecordsFile {
    location: Arc<FileLocation>,
    locks: Locks,
}

/// The location and the protection of the file.
struct FileLocation {
    path: PathBuf,
    protection: Protection,
}

impl RecordsFile {
    pub(super) fn open(path: &Path, protection: Protection) -> Result<Self, StoreError> {
        let refused = |reason: String| failed(path, reason);
        // Absolute, so that a change of the working directory does not move the store.
        let absolute = std::path::absolute(path).map_err(|error| refused(error.to_string()))?;
        let (Some(directory), Some(_)) = (absolute.parent(), absolute.file_name()) else {
            return Err(refused("name a file, not a directory".to_owned()));
        };
        disk::prepare_directory(directory).map_err(refused)?;
        let locks = Locks::new(&absolute);
        let location = FileLocation {
            path: absolute,
            protection,
        };
        location.records()?;
        Ok(Self {
            location: Arc::new(location),
            locks,
        })
    }

    pub(super) fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.locks = self.locks.clock(clock);
        self
    }

    pub(super) fn path(&self) -> &Path {
        &self.location.path
    }

    pub(super) async fn read(&self, key: &TokenKey) -> Result<Option<Stored>, StoreError> {
        let key = key.clone();
        self.work(move |location| Ok(location.records()?.take(&key)))
            .await
    }

    /// Replaces a record; `None` deletes it.
    pub(super) async fn write(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: Option<TokenRecord>,
    ) -> Result<bool, StoreError> {
        let writing = self.locks.writing().await;
        let writing = writing.map_err(|reason| self.location.failed(reason))?;
        let key = key.clone();
        let temporary = self.locks.temporary(&key);
        self.work(move |location| {
            // Held until the file is written, even if the caller is cancelled.
            let _writing = writing;
            location.replace(key, expected, record, &temporary)
        })
        .await
    }

    /// Reserves the disk space for a replacement of the record. The caller holds the lock
    /// of `key`, whose release frees the space.
    pub(super) async fn prepare(&self, key: &TokenKey) -> Result<(), StoreError> {
        let temporary = self.locks.temporary(key);
        self.work(move |location| {
            let reserved = disk::reserve(&location.path, &temporary);
            reserved.map_err(|reason| location.failed(reason))
        })
        .await
    }

    pub(super) async fn lock(&self, key: &TokenKey) -> Result<Lease, StoreError> {
        let lock = self.locks.key(key).await;
        let temporary = self.locks.temporary(key);
        let locked = lock.map(|lock| {
            Lease::new(Locked {
                temporary,
                _lock: lock,
            })
        });
        locked.map_err(|reason| self.location.failed(reason))
    }

    /// Runs file operations on a blocking thread. They are completed even if the caller
    /// is cancelled.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&FileLocation) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let location = self.location.clone();
        tokio::task::spawn_blocking(move || work(&location))
            .await
            .unwrap_or_else(|error| Err(self.location.failed(error.to_string())))
    }
}

/// The lock of a key. Dropping it removes what is left of a reservation, then unlocks.
struct Locked {
    temporary: PathBuf,
    _lock: File,
}

impl Drop for Locked {
    fn drop(&mut self) {
        disk::discard(&self.temporary);
    }
}

impl FileLocation {
    /// Reads all records; a missing file has none.
    fn records(&self) -> Result<Records, StoreError> {
        let found = disk::read(&self.path).map_err(|reason| self.failed(reason))?;
        let records = found.map_or_else(Records::new, |bytes| {
            Records::open(&bytes, &self.protection)
        });
        records.map_err(|error| self.unreadable(&error))
    }

    fn replace(
        &self,
        key: TokenKey,
        expected: Option<Revision>,
        record: Option<TokenRecord>,
        temporary: &Path,
    ) -> Result<bool, StoreError> {
        let mut records = self.records()?;
        if !records.replace(key, expected, record) {
            return Ok(false);
        }
        let bytes = records.close(&self.protection);
        let bytes = bytes.map_err(|error| self.unreadable(&error))?;
        disk::replace(&self.path, temporary, &bytes).map_err(|reason| self.failed(reason))?;
        Ok(true)
    }

    fn unreadable(&self, error: &EnvelopeError) -> StoreError {
        let unusable = match self.protection {
            Protection::Sealed(_) => "give the right key, or remove the file and sign in again",
            Protection::PlainText => "remove the file and sign in again",
        };
        self.failed(error.advised("name another file, or remove this one", unusable))
    }

    fn failed(&self, reason: impl Into<String>) -> StoreError {
        failed(&self.path, reason)
    }
}

fn failed(path: &Path, reason: impl Into<String>) -> StoreError {
    StoreError {
        store: printable(&path.display().to_string()),
        reason: reason.into(),
    }
}
