//! Stores in one file, for the processes of one machine.

mod disk;
mod format;
mod lock;
mod plain_text;
mod protection;
mod records_file;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Lease, Revision, StoreError, StoreKey, Stored, TokenKey, TokenRecord, TokenStore};
use crate::clock::Clock;

#[cfg(any(test, fuzzing))]
pub(crate) use format::fuzz;
#[cfg(feature = "keyring")]
pub(super) use lock::Locks;
pub use plain_text::PlainTextFileStore;
use protection::Protection;
use records_file::RecordsFile;

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
    file: RecordsFile,
}

impl FileStore {
    /// The store in the file `path`, which need not be there yet. Makes the
    /// file's directory, and reads the file once, so that a wrong key shows
    /// here; both block for a moment.
    ///
    /// # Errors
    /// The file cannot be opened with this key, is damaged, is of a newer
    /// version, is one in plain text, or is not safe from others; the text says
    /// what to do. The file stays as it is.
    pub fn open(path: impl AsRef<Path>, key: StoreKey) -> Result<Self, StoreError> {
        let file = RecordsFile::open(path.as_ref(), Protection::Sealed(key))?;
        Ok(Self { file })
    }

    /// With a clock other than the machine's for the waiting at locks.
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.file = self.file.with_clock(clock);
        self
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.file.path()
    }
}

#[async_trait]
impl TokenStore for FileStore {
    async fn read(&self, key: &TokenKey) -> Result<Option<Stored>, StoreError> {
        self.file.read(key).await
    }

    async fn replace(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: TokenRecord,
    ) -> Result<bool, StoreError> {
        self.file.write(key, expected, Some(record)).await
    }

    async fn delete(&self, key: &TokenKey, expected: Revision) -> Result<bool, StoreError> {
        self.file.write(key, Some(expected), None).await
    }

    async fn lock(&self, key: &TokenKey) -> Result<Lease, StoreError> {
        self.file.lock(key).await
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore")
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
