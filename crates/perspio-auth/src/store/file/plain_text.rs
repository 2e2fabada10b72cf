//! A store that hides nothing, and says so.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use super::protection::Protection;
use super::records_file::RecordsFile;
use crate::clock::Clock;
use crate::store::{Lease, Revision, StoreError, Stored, TokenKey, TokenRecord, TokenStore};

/// Keeps records in one file **in plain text**: whoever can read the file, a
/// copy of it, or the disk that it stands on has the tokens. They stand there in
/// base64, which hides nothing.
///
/// Prefer a [`FileStore`](super::FileStore), whose key comes from the keyring or
/// from a variable of the environment, or a `KeyringStore` (feature `keyring`).
/// This one is defensible for a while, on a machine without a keyring whose disk
/// is encrypted, where there is no place for a key but one beside the file: such
/// a key would protect nothing. Keep it out of backups, images and shared
/// folders, and sign out before the disk is given away.
///
/// In all else it is as a `FileStore` is: for its owner only, replaced as a
/// whole, and shared by the processes of one machine and user. Damage is
/// noticed; a change that somebody makes on purpose is not. Neither store opens
/// a file of the other.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use perspio_auth::store::PlainTextFileStore;
/// use perspio_auth::{Application, DeviceCode, Profile, TokenSource};
///
/// # fn example(grant: DeviceCode) -> Result<(), Box<dyn std::error::Error>> {
/// let store = PlainTextFileStore::open("/home/me/.local/state/mine/tokens-in-plain-text")?;
/// let source = TokenSource::builder(&Profile::perspiotalk(), grant)
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
    /// The store in the file `path`, which need not be there yet. Makes the
    /// file's directory, and reads the file once; both block for a moment.
    ///
    /// # Errors
    /// The file is damaged, is of a newer version, is an encrypted one, or is
    /// not safe from others; the text says what to do. The file stays as it is.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let file = RecordsFile::open(path.as_ref(), Protection::PlainText)?;
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
}

impl fmt::Debug for PlainTextFileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlainTextFileStore")
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}
