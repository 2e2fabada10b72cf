//! The key of a store, in the keyring.

use secrecy::{ExposeSecret, SecretString};

use super::{Entries, Failure, OfSystem};
use crate::clock::SystemClock;
use crate::store::{StoreKey, StoreKeyError};

impl StoreKey {
    /// The key that stands in the keyring of this machine (Secret Service,
    /// macOS Keychain, Windows Credential Manager) under `service` and `user`;
    /// none if nothing stands there. Waits up to 60 s for a person who must
    /// unlock the keyring.
    ///
    /// ```no_run
    /// use perspio_auth::store::{FileStore, StoreKey};
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let key = match StoreKey::of_keyring("perspio", "token store").await? {
    ///     Some(key) => key,
    ///     None => StoreKey::create_in_keyring("perspio", "token store").await?,
    /// };
    /// let store = FileStore::open("/home/me/.local/state/perspio/tokens", key)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StoreKeyError::NoKeyring`] on a machine without one;
    /// [`StoreKeyError::Keyring`] if it stays locked or holds no key there.
    pub async fn of_keyring(service: &str, user: &str) -> Result<Option<Self>, StoreKeyError> {
        Place::new(service, user).ask(Place::read).await
    }

    /// A new key, which from now on stands in the keyring under `service` and
    /// `user`. If one stands there already, that is the key and it stays: files
    /// are sealed with it.
    ///
    /// Two processes that make the first key of a machine in the same moment may
    /// get two, of which the later one stays; the file of the other must then be
    /// removed.
    ///
    /// # Errors
    /// As [`Self::of_keyring`].
    pub async fn create_in_keyring(service: &str, user: &str) -> Result<Self, StoreKeyError> {
        Place::new(service, user).ask(Place::create).await
    }
}

/// Where in the keyring.
#[derive(Clone)]
struct Place {
    service: String,
    user: String,
}

impl Place {
    fn new(service: &str, user: &str) -> Self {
        Self {
            service: service.to_owned(),
            user: user.to_owned(),
        }
    }

    async fn ask<T: Send + 'static>(
        self,
        work: fn(&Self, &OfSystem<'_>) -> Result<T, Failure>,
    ) -> Result<T, StoreKeyError> {
        let place = self.clone();
        let answer = super::ask(&SystemClock, &self.service, move |entries| {
            work(&place, entries)
        });
        answer.await.map_err(|failure| self.failed(failure))
    }

    fn read(&self, entries: &OfSystem<'_>) -> Result<Option<StoreKey>, Failure> {
        let Some(bytes) = entries.get(&self.user)? else {
            return Ok(None);
        };
        let key = str::from_utf8(&bytes)
            .ok()
            .and_then(|text| StoreKey::from_base64(&SecretString::from(text)).ok());
        key.map(Some).ok_or_else(|| {
            Failure::Other("what stands there is no key of a token store: remove it".to_owned())
        })
    }

    fn create(&self, entries: &OfSystem<'_>) -> Result<StoreKey, Failure> {
        if let Some(key) = self.read(entries)? {
            return Ok(key);
        }
        // As text: KDE's keyring keeps nothing else.
        let key = StoreKey::random().map_err(|error| Failure::Other(error.to_string()))?;
        entries.put(&self.user, key.to_base64().expose_secret().as_bytes())?;
        // Another process may have been here too; what stands there counts.
        self.read(entries)?
            .ok_or_else(|| Failure::Other("it did not keep the key".to_owned()))
    }

    fn failed(&self, failure: Failure) -> StoreKeyError {
        let reason = match failure {
            Failure::NoKeyring(reason) => return StoreKeyError::NoKeyring { reason },
            Failure::Locked(reason) => format!("{reason}: unlock it, or set PERSPIO_STORE_KEY"),
            Failure::Other(reason) => reason,
        };
        StoreKeyError::Keyring {
            service: self.service.clone(),
            user: self.user.clone(),
            reason,
        }
    }
}
