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

use crate::clock::Clock;
use crate::secret::printable;

/// A person may have to unlock the keyring first; a keyring that nobody can
/// unlock, as over SSH, must not hold a command for ever.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Why a keyring did not do what it was asked; what to do instead is for those
/// to say who ask.
#[derive(Debug)]
enum Failure {
    /// The machine has none, or it is out of reach.
    NoKeyring(String),
    /// Somebody must unlock it.
    Locked(String),
    /// Anything else, with what to do.
    Other(String),
}

/// The entries of one service, each with the name of a user.
trait Entries {
    fn get(&self, user: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Failure>;
    fn is_there(&self, user: &str) -> Result<bool, Failure>;
    fn put(&self, user: &str, secret: &[u8]) -> Result<(), Failure>;
    /// Removes an entry, if there is one.
    fn remove(&self, user: &str) -> Result<(), Failure>;
}

/// Keyrings are asked by calls that block, and that a prompt may block for
/// ever. They get a thread of their own: a runtime waits for its blocking
/// threads when it ends, and the program would not. The work is done to its end
/// even if nobody waits for it any more.
async fn in_time<T: Send + 'static>(
    clock: &dyn Clock,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let (answer, answered) = oneshot::channel();
    std::thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(move || answer.send(work()))
        .map_err(|error| Failure::Other(error.to_string()))?;
    tokio::select! {
        answer = answered => answer.unwrap_or_else(|_| {
            Err(Failure::Other("the call to it ended without an answer".to_owned()))
        }),
        () = clock.sleep(LONGEST_WAIT) => Err(Failure::Locked(format!(
            "it did not answer within {} s",
            LONGEST_WAIT.as_secs()
        ))),
    }
}

/// Work with the entries of `service` in the keyring of this machine.
async fn ask<T: Send + 'static>(
    clock: &dyn Clock,
    service: &str,
    work: impl FnOnce(&OfSystem<'_>) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let service = service.to_owned();
    in_time(clock, move || {
        // Through a connection of its own: the default store of `keyring-core` is
        // the application's to choose, and a keyring may come up later.
        let store = open_store().map_err(|error| Failure::NoKeyring(said(&error)))?;
        work(&OfSystem {
            service: &service,
            store: &*store,
        })
    })
    .await
}

/// The entries of a service in a keyring of the system.
struct OfSystem<'a> {
    service: &'a str,
    store: &'a dyn CredentialStoreApi,
}

impl OfSystem<'_> {
    fn entry(&self, user: &str) -> Result<Entry, Failure> {
        let entry = self.store.build(self.service, user, None);
        entry.map_err(|error| failure(&error))
    }
}

impl Entries for OfSystem<'_> {
    fn get(&self, user: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        let entry = self.entry(user)?;
        let found = match entry.get_secret() {
            // It is searched for, then read: another process may have removed it
            // in between, which the second search tells.
            Err(KeyringError::PlatformFailure(_)) => entry.get_secret(),
            found => found,
        };
        optional(found.map(Zeroizing::new))
    }

    fn is_there(&self, user: &str) -> Result<bool, Failure> {
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
        KeyringError::NoStorageAccess(_) => Failure::Locked(said(error)),
        _ => Failure::Other(said(error)),
    }
}

/// What went wrong, without the bytes that some errors carry.
fn said(error: &KeyringError) -> String {
    match error {
        KeyringError::BadEncoding(_) | KeyringError::BadDataFormat(..) => {
            "it holds something that cannot be read".to_owned()
        }
        KeyringError::Ambiguous(_) => "several entries stand there: remove all but one".to_owned(),
        KeyringError::NoStorageAccess(reason) => printable(&format!("it is locked ({reason})")),
        KeyringError::PlatformFailure(reason) => printable(&reason.to_string()),
        other => printable(&other.to_string()),
    }
}

#[cfg(test)]
mod tests;
