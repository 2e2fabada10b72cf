//! A store in one encrypted file, for the processes of one machine.

mod disk;
mod format;
mod lock;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::envelope::Unreadable;
use super::{
    Lease, Revision, StoreError, StoreKey, Stored, TokenKey, TokenRecord, TokenStore, wait,
};
use crate::clock::{Clock, SystemClock};
use crate::secret::printable;

use format::Records;
#[cfg(any(test, fuzzing))]
pub(crate) use format::fuzz;

/// Keeps records in one encrypted file, which the processes of one machine and
/// user may share.
///
/// A record is there for the next process as soon as it is replaced. The file
/// is replaced as a whole: readers wait for nobody, and whoever is cut off while
/// writing leaves the file as it was. Beside it stand empty lock files; a lock
/// ends with the process that holds it.
///
/// On Unix the file is for its owner only (0600), in a directory that is made
/// for its owner only (0700) if it is missing. A symbolic link in its place, a
/// file that others may read, and one that another user owns are refused.
/// Somebody who may write there all the same can destroy the file or put an
/// older one of it back, but not read or change what is in it.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use perspio_auth::store::{FileStore, StoreKey};
/// use perspio_auth::{Application, DeviceCode, Profile, SecretString, TokenSource};
///
/// # fn example(grant: DeviceCode) -> Result<(), Box<dyn std::error::Error>> {
/// let key = SecretString::from(std::env::var("PERSPIO_STORE_KEY")?);
/// let store = FileStore::open("/home/me/.local/state/perspio/tokens", StoreKey::from_base64(&key)?)?;
/// let source = TokenSource::builder(&Profile::perspiotalk(), grant)
///     .store(Arc::new(store))
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct FileStore {
    place: Arc<Place>,
    clock: Arc<dyn Clock>,
    /// One writer of this process at a time queues at the lock file.
    writing: Arc<Mutex<()>>,
}

/// The file and what opens it.
struct Place {
    path: PathBuf,
    key: StoreKey,
}

impl FileStore {
    /// The store in the file `path`, which need not be there yet. Makes the
    /// file's directory, and reads the file once, so that a wrong key shows
    /// here; both block for a moment.
    ///
    /// # Errors
    /// The file cannot be opened with this key, is damaged, is of a newer
    /// version, or is not safe from others; the text says what to do. The file
    /// stays as it is.
    pub fn open(path: impl AsRef<Path>, key: StoreKey) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let refused = |reason: String| failed(path, reason);
        // A later change of the working directory must not move the store.
        let absolute = std::path::absolute(path).map_err(|error| refused(error.to_string()))?;
        let (Some(directory), Some(_)) = (absolute.parent(), absolute.file_name()) else {
            return Err(refused("name a file, not a directory".to_owned()));
        };
        disk::prepare_directory(directory).map_err(refused)?;
        let place = Place {
            path: absolute,
            key,
        };
        place.records()?;
        Ok(Self {
            place: Arc::new(place),
            clock: Arc::new(SystemClock),
            writing: Arc::default(),
        })
    }

    /// With a clock other than the machine's for the waiting at locks.
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.place.path
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

    /// The turn to write, among the tasks of this process.
    async fn turn(&self) -> Result<OwnedMutexGuard<()>, StoreError> {
        let writing = self.writing.clone();
        if let Ok(turn) = writing.clone().try_lock_owned() {
            return Ok(turn);
        }
        tokio::select! {
            turn = writing.lock_owned() => Ok(turn),
            () = self.clock.sleep(wait::LONGEST_WAIT) => {
                Err(self.place.failed("other tasks of this process write to it without end"))
            }
        }
    }

    /// Replaces a record, by nothing to delete it.
    async fn write(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: Option<TokenRecord>,
    ) -> Result<bool, StoreError> {
        let turn = self.turn().await?;
        let lock = self.lock_file(".lock").await?;
        let key = key.clone();
        self.work(move |place| {
            // Held until the file is written, also if the caller is gone by then.
            let _held = (lock, turn);
            place.replace(key, expected, record)
        })
        .await
    }

    async fn lock_file(&self, ending: &str) -> Result<std::fs::File, StoreError> {
        lock::hold(self.place.beside(ending), &*self.clock)
            .await
            .map_err(|reason| self.place.failed(reason))
    }
}

#[async_trait]
impl TokenStore for FileStore {
    async fn read(&self, key: &TokenKey) -> Result<Option<Stored>, StoreError> {
        let key = key.clone();
        self.work(move |place| Ok(place.records()?.take(&key)))
            .await
    }

    async fn replace(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: TokenRecord,
    ) -> Result<bool, StoreError> {
        self.write(key, expected, Some(record)).await
    }

    async fn delete(&self, key: &TokenKey, expected: Revision) -> Result<bool, StoreError> {
        self.write(key, Some(expected), None).await
    }

    /// Keys have lock files of their own, so that one that is being obtained
    /// delays no other.
    async fn lock(&self, key: &TokenKey) -> Result<Lease, StoreError> {
        let ending = format!(".{:016x}.lock", key.number());
        Ok(Lease::new(self.lock_file(&ending).await?))
    }
}

impl Place {
    /// All that the file holds; nothing if there is no file.
    fn records(&self) -> Result<Records, StoreError> {
        let found = disk::read(&self.path).map_err(|reason| self.failed(reason))?;
        let records = found.map_or_else(Records::new, |bytes| Records::open(&bytes, &self.key));
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
        let sealed = records.seal(&self.key);
        let bytes = sealed.map_err(|error| self.unreadable(&error))?;
        disk::replace(&self.path, &bytes).map_err(|reason| self.failed(reason))?;
        Ok(true)
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = OsString::from(&self.path);
        name.push(ending);
        name.into()
    }

    fn unreadable(&self, error: &Unreadable) -> StoreError {
        self.failed(error.advised(
            "name another file, or remove this one",
            "give the right key, or remove the file and sign in again",
        ))
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

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore")
            .field("path", &self.place.path)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
