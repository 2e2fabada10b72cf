//! A token store in a file in plain text.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use super::protection::Protection;
use super::records_file::RecordsFile;
use crate::token::clock::Clock;
use crate::token::store::{Lease, Revision, StoreError, Stored, TokenKey, TokenRecord, TokenStore};

/// A token store in one file, **in plain text**: read access to the file, a copy of
/// it, or its disk is access to the tokens. They are base64-encoded, which is not
/// encryption.
///
/// Prefer a [`FileStore`](super::FileStore), whose key comes from the keyring or
/// from an environment variable, or a `KeyringStore` (feature `keyring`). This store
/// is an interim solution for a machine without a keyring whose disk is encrypted,
/// where a key could only be stored next to the file and would protect nothing.
/// Exclude the file from backups, images and shared folders, and sign out before
/// the disk is disposed of.
///
/// Otherwise it behaves as a `FileStore`: the file is readable by its owner only,
/// replaced atomically, and shared by the processes of one machine and user. Damage
/// is detected; deliberate changes are not. Neither store opens a file of the other.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use perspio_auth::store::PlainTextFileStore;
/// use perspio_auth::{DeviceCode, Profile, TokenSource};
///
/// # fn example(profile: &Profile, grant: DeviceCode) -> Result<(), Box<dyn std::error::Error>> {
/// let store = PlainTextFileStore::open("/var/lib/example/tokens-in-plain-text")?;
/// let source = TokenSource::builder(profile, grant)
///     .store(Arc::new(store))
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PlainTextFileStore {
    file: RecordsFile,
}

impl PlainTextFileStore {
    /// Opens the store in the file `path`, which may be missing. Creates the file's
    /// directory and reads the file once; both block briefly.
    ///
    /// # Errors
    /// The file is damaged, encrypted, of a newer version, or accessible to other
    /// users; the message says what to do. The file is not changed.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let file = RecordsFile::open(path.as_ref(), Protection::PlainText)?;
        Ok(Self { file })
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
impl TokenStore for PlainTextFileStore {
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

impl fmt::Debug for PlainTextFileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlainTextFileStore")
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}
