//! A store whose records are entries of the keyring.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use super::split::Split;
use super::{Entries, Failure, OfSystem, ask};
use crate::clock::{Clock, SystemClock};
use crate::secret::printable;
use crate::store::file::Locks;
use crate::store::{
    Lease, Revision, StoreError, Stored, TokenKey, TokenRecord, TokenStore, stable_number,
};

/// What Windows keeps in one entry. A record of Entra's is longer. Elsewhere an
/// entry has room for all of it; but what is split everywhere is tested
/// everywhere.
const ROOM: usize = 2560;

/// What to use where no keyring is, or none that can be unlocked.
const INSTEAD: &str = "keep tokens in an encrypted FileStore, with a key of your own \
                       (for the command `perspio`: PERSPIO_STORE_KEY)";

/// Keeps records in the keyring of the person's desktop or system: Secret
/// Service (GNOME Keyring, `KWallet`, `KeePassXC`), macOS Keychain, Windows
/// Credential Manager. Each record is one entry, or several if it is long, under
/// a service that the caller names; what the entries are called shows nobody
/// whose they are.
///
/// It protects from whoever gets at the disk, a backup, or the files of another
/// person, while the keyring is locked or the person signed out. It does not
/// protect from programs that the same person runs: every one of them can read
/// an unlocked Secret Service, and all that the person has put into the
/// Credential Manager. Windows and macOS may also carry entries to the person's
/// other machines, as they are set.
///
/// A keyring has no locks: those are files in a directory that all who share the
/// service must name alike. A call ends after 60 s at most, should nobody unlock
/// the keyring.
///
/// On a machine without a keyring every call is an error that says what to use
/// instead: a [`FileStore`](crate::FileStore) with a key of your own.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use perspio_auth::store::KeyringStore;
/// use perspio_auth::{Application, Profile, SignIn};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = KeyringStore::open("my program", "/home/me/.local/state/my-program")?;
/// // Before a person is asked to sign in: nothing could be kept otherwise.
/// store.unlock().await?;
/// let source = SignIn::browser(Application::public("client id"))
///     .store(Arc::new(store))
///     .run(&Profile::perspiotalk())
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
    /// The store in the entries of `service`, with its lock files in the
    /// directory `locks`, which is made if it is missing. Blocks for a moment;
    /// the keyring is not asked yet.
    ///
    /// # Errors
    /// The directory cannot be made, or others may put files into it.
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

    /// With a clock other than the machine's for the waiting.
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.locks = self.locks.with_clock(clock.clone());
        self.clock = clock;
        self
    }

    /// The service that the entries stand under.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// Sees that records can be kept, by an entry that is made and removed
    /// again; the person may have to unlock the keyring for it.
    ///
    /// # Errors
    /// There is no keyring, or it stays locked; the text says what to do.
    pub async fn unlock(&self) -> Result<(), StoreError> {
        const PROBE: &str = "probe";
        self.write(|entries| {
            entries.put(PROBE, PROBE.as_bytes())?;
            entries.remove(PROBE)
        })
        .await
    }

    /// Work that no other process does at the same time.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&OfSystem<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let writing = self.locks.writing().await;
        let writing = writing.map_err(|reason| failed(&self.service, reason))?;
        self.ask(move |entries| {
            // Held until it is done, also if the caller is gone by then.
            let _writing = writing;
            work(entries)
        })
        .await
    }

    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&OfSystem<'_>) -> Result<T, Failure> + Send + 'static,
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
        self.write(move |entries| of_record(entries, &name).replace(expected, record.as_ref()))
            .await
    }
}

fn of_record<'a, E>(entries: &'a E, name: &'a str) -> Split<'a, E> {
    Split {
        entries,
        name,
        room: ROOM,
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
        self.ask(move |entries| of_record(entries, &name).read())
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
