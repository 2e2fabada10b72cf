//! The key of a store, in the keyring of the person's desktop or system.

use std::sync::Arc;
use std::time::Duration;

use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error as KeyringError};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::{StoreKey, StoreKeyError};
use crate::clock::{Clock, SystemClock};
use crate::secret::printable;

/// A person may have to unlock the keyring first; a keyring that nobody can
/// unlock, as over SSH, must not hold a command for ever.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

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
        Place::new(service, user).with_entry(Place::read).await
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
        Place::new(service, user).with_entry(Place::create).await
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

    /// Keyrings are asked by calls that block, and that a prompt may block for
    /// ever. They get a thread of their own: a runtime waits for its blocking
    /// threads when it ends, and the program would not.
    async fn with_entry<T: Send + 'static>(
        self,
        work: fn(&Self, &Entry) -> Result<T, StoreKeyError>,
    ) -> Result<T, StoreKeyError> {
        let (answer, answered) = oneshot::channel();
        let place = self.clone();
        std::thread::Builder::new()
            .name("keyring".to_owned())
            .spawn(move || answer.send(place.entry().and_then(|entry| work(&place, &entry))))
            .map_err(|error| self.failed(error.to_string()))?;
        tokio::select! {
            answer = answered => {
                answer.unwrap_or_else(|_| Err(self.failed("the call to it ended without an answer")))
            }
            () = SystemClock.sleep(LONGEST_WAIT) => Err(self.failed(format!(
                "it did not answer within {} s: unlock it, or set PERSPIO_STORE_KEY",
                LONGEST_WAIT.as_secs()
            ))),
        }
    }

    /// Through a connection of its own: the default store of `keyring-core` is
    /// the application's to choose, and a keyring may come up later.
    fn entry(&self) -> Result<Entry, StoreKeyError> {
        open_store()
            .and_then(|store| store.build(&self.service, &self.user, None))
            .map_err(|error| StoreKeyError::NoKeyring {
                reason: said(&error),
            })
    }

    fn read(&self, entry: &Entry) -> Result<Option<StoreKey>, StoreKeyError> {
        let bytes = match entry.get_secret() {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(KeyringError::NoEntry) => return Ok(None),
            Err(error) => return Err(self.failed(said(&error))),
        };
        let key = str::from_utf8(&bytes)
            .ok()
            .and_then(|text| StoreKey::from_base64(&SecretString::from(text)).ok());
        key.map(Some)
            .ok_or_else(|| self.failed("what stands there is no key of a token store: remove it"))
    }

    fn create(&self, entry: &Entry) -> Result<StoreKey, StoreKeyError> {
        if let Some(key) = self.read(entry)? {
            return Ok(key);
        }
        // As text: KDE's keyring keeps nothing else.
        let text = StoreKey::random()?.to_base64();
        entry
            .set_secret(text.expose_secret().as_bytes())
            .map_err(|error| self.failed(said(&error)))?;
        // Another process may have been here too; what stands there counts.
        self.read(entry)?
            .ok_or_else(|| self.failed("it did not keep the key"))
    }

    fn failed(&self, reason: impl Into<String>) -> StoreKeyError {
        StoreKeyError::Keyring {
            service: self.service.clone(),
            user: self.user.clone(),
            reason: reason.into(),
        }
    }
}

#[cfg(all(
    unix,
    not(any(target_os = "macos", target_os = "ios", target_os = "android"))
))]
fn open_store() -> keyring_core::Result<Arc<impl CredentialStoreApi>> {
    zbus_secret_service_keyring_store::Store::new()
}

#[cfg(target_os = "macos")]
fn open_store() -> keyring_core::Result<Arc<impl CredentialStoreApi>> {
    apple_native_keyring_store::keychain::Store::new()
}

#[cfg(windows)]
fn open_store() -> keyring_core::Result<Arc<impl CredentialStoreApi>> {
    windows_native_keyring_store::Store::new()
}

/// What went wrong, without the bytes that some errors carry.
fn said(error: &KeyringError) -> String {
    match error {
        KeyringError::BadEncoding(_) | KeyringError::BadDataFormat(..) => {
            "it holds something that cannot be read".to_owned()
        }
        KeyringError::Ambiguous(_) => "several entries stand there: remove all but one".to_owned(),
        KeyringError::NoStorageAccess(reason) => {
            format!("it is locked ({reason}): unlock it, or set PERSPIO_STORE_KEY")
        }
        KeyringError::PlatformFailure(reason) => printable(&reason.to_string()),
        other => printable(&other.to_string()),
    }
}
