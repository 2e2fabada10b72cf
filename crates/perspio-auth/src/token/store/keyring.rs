//! The keyring of the user's desktop or system.

mod key;
mod split;
mod store;

use std::sync::Arc;
use std::time::Duration;

use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error as KeyringError};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

pub use store::KeyringStore;

use crate::token::clock::Clock;
use crate::token::secret::printable;

/// The time limit of a call. The user may have to unlock the keyring first, which is
/// impossible over SSH.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The failure of a keyring; the callers add the next step.
#[derive(Debug)]
enum Failure {
    /// The machine has no keyring, or it cannot be reached.
    NoKeyring(String),
    /// It must be unlocked.
    Locked(String),
    /// Any other failure, with the next step.
    Other(String),
}

/// The entries of one service, by user name.
trait Entries {
    fn get(&self, user: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Failure>;
    fn contains(&self, user: &str) -> Result<bool, Failure>;
    fn put(&self, user: &str, secret: &[u8]) -> Result<(), Failure>;
    /// Removes an entry, if there is one.
    fn remove(&self, user: &str) -> Result<(), Failure>;
}

/// Runs a blocking call to the keyring, which a prompt may block forever, on its own
/// thread: a runtime waits for its blocking tasks when it shuts down, and the program
/// would not end. The call is completed even if the caller is cancelled.
async fn in_time<T: Send + 'static>(
    clock: &dyn Clock,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(move || sender.send(work()))
        .map_err(|error| Failure::Other(error.to_string()))?;
    tokio::select! {
        outcome = receiver => outcome.unwrap_or_else(|_| {
            Err(Failure::Other("the call to it ended without a result".to_owned()))
        }),
        () = clock.sleep(LONGEST_WAIT) => Err(Failure::Locked(format!(
            "it did not respond within {} s",
            LONGEST_WAIT.as_secs()
        ))),
    }
}

/// Runs `work` with the entries of `service` in the keyring of this machine.
async fn ask<T: Send + 'static>(
    clock: &dyn Clock,
    service: &str,
    work: impl FnOnce(&SystemEntries<'_>) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let service = service.to_owned();
    in_time(clock, move || {
        // With a new connection: the default store of `keyring-core` belongs to the
        // application, and a keyring may be started later.
        let store = open_store().map_err(|error| Failure::NoKeyring(message(&error)))?;
        work(&SystemEntries {
            service: &service,
            store: &*store,
        })
    })
    .await
}

/// The entries of a service in the system's keyring.
struct SystemEntries<'a> {
    service: &'a str,
    store: &'a dyn CredentialStoreApi,
}

impl SystemEntries<'_> {
    fn entry(&self, user: &str) -> Result<Entry, Failure> {
        let entry = self.store.build(self.service, user, None);
        entry.map_err(|error| failure(&error))
    }
}

impl Entries for SystemEntries<'_> {
    fn get(&self, user: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        let entry = self.entry(user)?;
        let found = match entry.get_secret() {
            // The entry is searched for and then read. If another process has removed it in
            // between, the second search finds nothing.
            Err(KeyringError::PlatformFailure(_)) => entry.get_secret(),
            found => found,
        };
        optional(found.map(Zeroizing::new))
    }

    fn contains(&self, user: &str) -> Result<bool, Failure> {
        optional(self.entry(user)?.get_credential()).map(|found| found.is_some())
    }

    fn put(&self, user: &str, secret: &[u8]) -> Result<(), Failure> {
        let put = self.entry(user)?.set_secret(secret);
        put.map_err(|error| failure(&error))
    }

    fn remove(&self, user: &str) -> Result<(), Failure> {
        optional(self.entry(user)?.delete_credential()).map(drop)
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

fn optional<T>(found: keyring_core::Result<T>) -> Result<Option<T>, Failure> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(KeyringError::NoEntry) => Ok(None),
        Err(error) => Err(failure(&error)),
    }
}

fn failure(error: &KeyringError) -> Failure {
    match error {
        KeyringError::NoStorageAccess(_) => Failure::Locked(message(error)),
        _ => Failure::Other(message(error)),
    }
}

/// Returns the error message, without the bytes that some errors contain.
fn message(error: &KeyringError) -> String {
    match error {
        KeyringError::BadEncoding(_) | KeyringError::BadDataFormat(..) => {
            "it contains an entry that cannot be read".to_owned()
        }
        KeyringError::Ambiguous(_) => "there are several entries: remove all but one".to_owned(),
        KeyringError::NoStorageAccess(reason) => printable(&format!("it is locked ({reason})")),
        KeyringError::PlatformFailure(reason) => printable(&reason.to_string()),
        other => printable(&other.to_string()),
    }
}

#[cfg(test)]
mod tests;
