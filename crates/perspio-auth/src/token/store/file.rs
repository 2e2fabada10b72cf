//! A token store in one file, for the processes of one machine.

mod disk;
mod format;
mod lock;
mod protection;
mod records_file;

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Lease, Revision, StoreError, StoreKey, Stored, TokenKey, TokenRecord, TokenStore};
use crate::token::clock::Clock;

#[cfg(any(test, fuzzing))]
pub(crate) use format::fuzz;
#[cfg(feature = "keyring")]
pub(super) use lock::Locks;
use protection::{Protection, are_foreign};
use records_file::RecordsFile;

/// A token store in one file, encrypted by default, which the processes of one machine and user
/// can share.
///
/// Other processes see a record as soon as it is replaced. The file is replaced
/// atomically: readers never wait, and a process that is killed while writing
/// leaves the old file. Empty lock files are stored next to it; a lock is released
/// when its process ends.
///
/// On Unix the file is accessible to its owner only (0600); a missing directory is
/// created with the mode 0700. A symbolic link, a file that is readable by others,
/// and a file of another user are rejected. With write access to the directory the
/// file can still be deleted, or replaced by an older copy of itself, but neither
/// read nor modified.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use perspio_auth::store::{FileStore, StoreKey};
/// use perspio_auth::{DeviceCode, Profile, SecretString, TokenSource};
///
/// # fn example(profile: &Profile, grant: DeviceCode) -> Result<(), Box<dyn std::error::Error>> {
/// let key = SecretString::from(std::env::var("STORE_KEY")?);
/// let store = FileStore::open("/var/lib/example/tokens", StoreKey::from_base64(&key)?)?;
/// let source = TokenSource::builder(profile, grant)
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
    /// Opens the store in the file `path`, which may be missing. Creates the file's
    /// directory and reads the file once, which detects a wrong key; both block
    /// briefly.
    ///
    /// # Errors
    /// The file cannot be opened with this key, or is damaged, in plain text, of a
    /// newer version, or accessible to other users; the message says what to do.
    /// The file is not changed.
    pub fn open(path: impl AsRef<Path>, key: StoreKey) -> Result<Self, StoreError> {
        let file = RecordsFile::open(path.as_ref(), Protection::Sealed(key))?;
        Ok(Self { file })
    }

    /// Opens an **unencrypted** store in the file `path`, which may be missing: read
    /// access to the file, a copy of it, or its disk is access to the tokens. They are
    /// base64-encoded, which is not encryption.
    ///
    /// Prefer [`FileStore::open`] with a key from the keyring or from an environment
    /// variable, or a `KeyringStore` (feature `keyring`). Plain text is an interim
    /// solution for a machine without a keyring whose disk is encrypted, where a key
    /// could only be stored next to the file and would protect nothing. Exclude the file
    /// from backups, images and shared folders, and sign out before the disk is disposed
    /// of.
    ///
    /// Damage is detected; deliberate changes are not. Otherwise the store behaves as an
    /// encrypted one. A file of one type is never opened or overwritten as the other.
    ///
    /// # Errors
    /// The file is damaged, encrypted, of a newer version, or accessible to other
    /// users; the message says what to do. The file is not changed.
    pub fn open_plain_text(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let file = RecordsFile::open(path.as_ref(), Protection::PlainText)?;
        Ok(Self { file })
    }

    /// Returns whether the file `path` was written by another program, so that it must not
    /// be removed as a token store that cannot be opened. False if it cannot be read.
    pub fn is_foreign(path: impl AsRef<Path>) -> bool {
        // Longer than any first line.
        let mut beginning = [0; 64];
        let read = File::open(path).and_then(|mut file| file.read(&mut beginning));
        let read = read.ok().and_then(|length| beginning.get(..length));
        read.is_some_and(are_foreign)
    }

    /// Sets the clock that limits the wait for locks (for tests).
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.file = self.file.clock(clock);
        self
    }

    /// Returns the path of the file.
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

    async fn prepare(&self, key: &TokenKey, _: &Lease) -> Result<(), StoreError> {
        self.file.prepare(key).await
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
