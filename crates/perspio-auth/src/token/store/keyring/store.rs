//! A token store in the keyring.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use super::split::Split;
use super::{Entries, Failure, SystemEntries, ask};
use crate::token::clock::{Clock, SystemClock};
use crate::token::secret::printable;
use crate::token::store::file::Locks;
use crate::token::store::{
    Lease, Revision, StoreError, Stored, TokenKey, TokenRecord, TokenStore, stable_number,
};

/// The size limit of one entry on Windows, in bytes. A record with Entra's tokens
/// is longer. Other systems have no such limit, but records are split everywhere
/// so that the code is tested everywhere.
const ENTRY_LIMIT: usize = 2560;

/// The alternative to a keyring that is missing or locked.
const INSTEAD: &str = "keep tokens in an encrypted FileStore, with a StoreKey that is \
                       configured elsewhere";

/// A token store in the keyring of the user's desktop or system: Secret Service
/// (GNOME Keyring, `KWallet`, `KeePassXC`), macOS Keychain, Windows Credential
/// Manager. A record is one entry, or several if it is long, of a service that the
/// caller names. The names of the entries are hashes.
///
/// The keyring protects tokens from access to the disk, a backup, or the user's
/// files while it is locked or the user is signed out. It does not protect them
/// from other programs of the same user: each of them can read an unlocked Secret
/// Service, and every entry of the Credential Manager. Depending on their settings,
/// Windows and macOS also copy entries to the user's other machines.
///
/// A keyring has no locks. Lock files are used instead, in a directory that must be
/// the same for all processes that share the service. A call fails after 60 s if the
/// keyring is not unlocked.
///
/// On a machine without a keyring every call fails with an error that names the
/// alternative: a [`FileStore`](crate::FileStore) with a configured key.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use perspio_auth::store::KeyringStore;
/// use perspio_auth::{Application, Profile, SignIn};
///
/// # async fn example(profile: &Profile) -> Result<(), Box<dyn std::error::Error>> {
/// let store = KeyringStore::open("example", "/var/lib/example")?;
/// // Fails before the user is asked to sign in, if nothing could be saved.
/// store.unlock().await?;
/// let source = SignIn::browser(Application::public("client id"))
///     .store(Arc::new(store))
///     .run(profile)
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct KeyringStore {
    service: Arc<str>,
    locks: Locks,
    clock: Arc<dyn Clock>,
}

impl KeyringStore {
    /// Opens the store in the entries of `service`, with its lock files in the
    /// directory `locks`, which is created if it is missing. Blocks briefly; the
    /// keyring is not accessed yet.
    ///
    /// # Errors
    /// The directory cannot be created, or other users can write to it.
    pub fn open(service: &str, locks: impl AsRef<Path>) -> Result<Self, StoreError> {
        // Any text may name a service, and not every text a file.
        let name = format!("keyring-{:016x}", stable_number(service));
        let locks = Locks::in_directory(locks.as_ref(), &name);
        Ok(Self {
            locks: locks.map_err(|reason| failed(service, reason))?,
            service: service.into(),
            clock: Arc::new(SystemClock),
        })
    }

    /// Sets the clock that limits the wait for locks and for the keyring (for tests).
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.locks = self.locks.clock(clock.clone());
        self.clock = clock;
        self
    }

    /// Returns the service of the entries.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// Checks that records can be saved, by creating and removing an entry; the
    /// system may ask the user to unlock the keyring.
    ///
    /// # Errors
    /// There is no keyring, or it stays locked; the message says what to do.
    pub async fn unlock(&self) -> Result<(), StoreError> {
        const PROBE: &str = "probe";
        self.write(|entries| {
            entries.put(PROBE, PROBE.as_bytes())?;
            entries.remove(PROBE)
        })
        .await
    }

    /// Runs `work` while no other process writes.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SystemEntries<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let writing = self.locks.writing().await;
        let writing = writing.map_err(|reason| failed(&self.service, reason))?;
        self.ask(move |entries| {
            // Held until the work is done, even if the caller is cancelled.
            let _writing = writing;
            work(entries)
        })
        .await
    }

    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SystemEntries<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let answer = ask(&*self.clock, &self.service, work).await;
        answer.map_err(|failure| {
            let reason = match failure {
                Failure::NoKeyring(reason) => {
                    format!("this machine has no keyring ({reason}): start one, or {INSTEAD}")
                }
                Failure::Locked(reason) => format!("{reason}: unlock it, or {INSTEAD}"),
                Failure::Other(reason) => reason,
            };
            failed(&self.service, reason)
        })
    }

    async fn put(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: Option<TokenRecord>,
    ) -> Result<bool, StoreError> {
        let name = key.name();
        self.write(move |entries| split_record(entries, &name).replace(expected, record.as_ref()))
            .await
    }
}

fn split_record<'a, E>(entries: &'a E, name: &'a str) -> Split<'a, E> {
    Split {
        entries,
        name,
        capacity: ENTRY_LIMIT,
    }
}

fn failed(service: &str, reason: String) -> StoreError {
    StoreError {
        store: format!("keyring:{}", printable(service)),
        reason,
    }
}

#[async_trait]
impl TokenStore for KeyringStore {
    async fn read(&self, key: &TokenKey) -> Result<Option<Stored>, StoreError> {
        let name = key.name();
        self.ask(move |entries| split_record(entries, &name).read())
            .await
    }

    async fn replace(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: TokenRecord,
    ) -> Result<bool, StoreError> {
        self.put(key, expected, Some(record)).await
    }

    async fn delete(&self, key: &TokenKey, expected: Revision) -> Result<bool, StoreError> {
        self.put(key, Some(expected), None).await
    }

    async fn lock(&self, key: &TokenKey) -> Result<Lease, StoreError> {
        let lock = self.locks.key(key).await;
        lock.map(Lease::new)
            .map_err(|reason| failed(&self.service, reason))
    }
}

impl fmt::Debug for KeyringStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyringStore")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}
