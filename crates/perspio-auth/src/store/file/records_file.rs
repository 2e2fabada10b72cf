//! A file of records, however its content is protected.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk;
use super::format::Records;
use super::lock::Locks;
use super::protection::Protection;
use crate::clock::Clock;
use crate::secret::printable;
use crate::store::envelope::Unreadable;
use crate::store::{Lease, Revision, StoreError, Stored, TokenKey, TokenRecord};

/// What the stores in files are made of.
#[derive(Clone)]
pub(super) struct RecordsFile {
    place: Arc<Place>,
    locks: Locks,
}

/// The file and what opens it.
struct Place {
    path: PathBuf,
    protection: Protection,
}

impl RecordsFile {
    pub(super) fn open(path: &Path, protection: Protection) -> Result<Self, StoreError> {
        let refused = |reason: String| failed(path, reason);
        // A later change of the working directory must not move the store.
        let absolute = std::path::absolute(path).map_err(|error| refused(error.to_string()))?;
        let (Some(directory), Some(_)) = (absolute.parent(), absolute.file_name()) else {
            return Err(refused("name a file, not a directory".to_owned()));
        };
        disk::prepare_directory(directory).map_err(refused)?;
        let locks = Locks::new(&absolute);
        let place = Place {
            path: absolute,
            protection,
        };
        place.records()?;
        Ok(Self {
            place: Arc::new(place),
            locks,
        })
    }

    pub(super) fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.locks = self.locks.clock(clock);
        self
    }

    pub(super) fn path(&self) -> &Path {
        &self.place.path
    }

    pub(super) async fn read(&self, key: &TokenKey) -> Result<Option<Stored>, StoreError> {
        let key = key.clone();
        self.work(move |place| Ok(place.records()?.take(&key)))
            .await
    }

    /// Replaces a record, by nothing to delete it.
    pub(super) async fn write(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: Option<TokenRecord>,
    ) -> Result<bool, StoreError> {
        let writing = self.locks.writing().await;
        let writing = writing.map_err(|reason| self.place.failed(reason))?;
        let key = key.clone();
        self.work(move |place| {
            // Held until the file is written, also if the caller is gone by then.
            let _writing = writing;
            place.replace(key, expected, record)
        })
        .await
    }

    pub(super) async fn lock(&self, key: &TokenKey) -> Result<Lease, StoreError> {
        let lock = self.locks.key(key).await;
        lock.map(Lease::new)
            .map_err(|reason| self.place.failed(reason))
    }

    /// File work, away from the runtime's threads. It is done to its end even
    /// if nobody waits for it any more.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Place) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let place = self.place.clone();
        tokio::task::spawn_blocking(move || work(&place))
            .await
            .unwrap_or_else(|error| Err(self.place.failed(error.to_string())))
    }
}

impl Place {
    /// All that the file holds; nothing if there is no file.
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
    ) -> Result<bool, StoreError> {
        let mut records = self.records()?;
        if !records.replace(key, expected, record) {
            return Ok(false);
        }
        let bytes = records.close(&self.protection);
        let bytes = bytes.map_err(|error| self.unreadable(&error))?;
        disk::replace(&self.path, &bytes).map_err(|reason| self.failed(reason))?;
        Ok(true)
    }

    fn unreadable(&self, error: &Unreadable) -> StoreError {
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
