//! The key of a store in the keyring.

use secrecy::{ExposeSecret, SecretString};

use super::{Entries, Failure, SystemEntries};
use crate::token::clock::SystemClock;
use crate::token::store::{StoreKey, StoreKeyError};

impl StoreKey {
    /// Reads a key from the keyring of this machine (Secret Service, macOS Keychain,
    /// Windows Credential Manager): the entry of `service` and `user`, or `None` if
    /// there is none. Waits up to 60 s for the user to unlock the keyring.
    ///
    /// ```no_run
    /// use perspio_auth::store::{FileStore, StoreKey};
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let key = match StoreKey::of_keyring("example", "token store").await? {
    ///     Some(key) => key,
    ///     None => StoreKey::create_in_keyring("example", "token store").await?,
    /// };
    /// let store = FileStore::open("/var/lib/example/tokens", key)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StoreKeyError::NoKeyring`] on a machine without a keyring, and
    /// [`StoreKeyError::Keyring`] if it stays locked or the entry is not a key.
    pub async fn of_keyring(service: &str, user: &str) -> Result<Option<Self>, StoreKeyError> {
        KeyringEntry::new(service, user)
            .ask(KeyringEntry::read)
            .await
    }

    /// Creates a key and saves it in the keyring as the entry of `service` and
    /// `user`. An existing key is returned instead, because files may be encrypted
    /// with it.
    ///
    /// Two processes that create the first key at the same time may get different
    /// keys, of which the later one remains in the keyring; a file that was
    /// encrypted with the other must then be deleted.
    ///
    /// # Errors
    /// The same as [`Self::of_keyring`].
    pub async fn create_in_keyring(service: &str, user: &str) -> Result<Self, StoreKeyError> {
        KeyringEntry::new(service, user)
            .ask(KeyringEntry::create)
            .await
    }
}

/// The service and user of an entry in the keyring.
#[derive(Clone)]
struct KeyringEntry {
    service: String,
    user: String,
}

impl KeyringEntry {
    fn new(service: &str, user: &str) -> Self {
        Self {
            service: service.to_owned(),
            user: user.to_owned(),
        }
    }

    async fn ask<T: Send + 'static>(
        self,
        work: fn(&Self, &SystemEntries<'_>) -> Result<T, Failure>,
    ) -> Result<T, StoreKeyError> {
        let entry = self.clone();
        let answer = super::ask(&SystemClock, &self.service, move |entries| {
            work(&entry, entries)
        });
        answer.await.map_err(|failure| self.failed(failure))
    }

    fn read(&self, entries: &SystemEntries<'_>) -> Result<Option<StoreKey>, Failure> {
        let Some(bytes) = entries.get(&self.user)? else {
            return Ok(None);
        };
        let key = str::from_utf8(&bytes)
            .ok()
            .and_then(|text| StoreKey::from_base64(&SecretString::from(text)).ok());
        key.map(Some).ok_or_else(|| {
            Failure::Other("the entry is not a key of a token store: remove it".to_owned())
        })
    }

    fn create(&self, entries: &SystemEntries<'_>) -> Result<StoreKey, Failure> {
        if let Some(key) = self.read(entries)? {
            return Ok(key);
        }
        // As text: KDE's keyring stores nothing else.
        let key = StoreKey::random().map_err(|error| Failure::Other(error.to_string()))?;
        entries.put(&self.user, key.to_base64().expose_secret().as_bytes())?;
        // Another process may have created one too; the entry in the keyring counts.
        self.read(entries)?
            .ok_or_else(|| Failure::Other("it did not save the key".to_owned()))
    }

    fn failed(&self, failure: Failure) -> StoreKeyError {
        let reason = match failure {
            Failure::NoKeyring(reason) => return StoreKeyError::NoKeyring { reason },
            Failure::Locked(reason) => {
                format!("{reason}: unlock it, or configure the key of the store elsewhere")
            }
            Failure::Other(reason) => reason,
        };
        StoreKeyError::Keyring {
            service: self.service.clone(),
            user: self.user.clone(),
            reason,
        }
    }
}
