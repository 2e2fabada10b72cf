//! The record of a key: in the store, and cached in memory for the time in which the store is
//! unavailable.

use std::sync::Arc;
use std::time::Duration;

use super::cached_record::{Newest, RecordCache};
use super::observer::Observers;
use super::recovery::Recovery;
use super::retained_lock::RetainedLock;
use crate::token::clock::Clock;
use crate::token::fault;
use crate::token::store::{Lease, Pauses, Revision, StoreError, TokenKey, TokenRecord, TokenStore};

/// The number of attempts to replace a record that other processes replace too.
const MOST_REPLACEMENTS: usize = 10;

/// The pauses between attempts to save to an unavailable store. They are short: once the
/// lease of the lock has run out, another process can spend the old refresh token as soon as
/// the store is available again. After an hour, the next refresh saves its own record.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_SAVING: Duration = Duration::from_secs(3600);

/// The record of one key.
#[derive(Debug)]
pub(crate) struct Records {
    pub(crate) key: TokenKey,
    pub(crate) store: Arc<dyn TokenStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) observers: Observers,
    pub(crate) cache: RecordCache,
    pub(crate) retained: RetainedLock,
    pub(crate) recovery: Recovery,
}

/// The lock of the key, or why the store cannot lock it.
pub(super) type Locked = Result<Lease, StoreError>;

/// A record that was loaded.
pub(super) struct Loaded {
    pub(super) record: TokenRecord,
    /// The revision in the store; `None` if it has none.
    pub(super) revision: Option<Revision>,
    /// Why the store could not be read.
    pub(super) unread: Option<StoreError>,
}

impl Loaded {
    /// Returns the revision in the store, or why the store could not be read.
    fn stored_revision(self) -> Result<Option<Revision>, StoreError> {
        self.unread.map_or(Ok(self.revision), Err)
    }
}

impl Records {
    /// Locks the key. Without a lock, other processes may access it too.
    pub(super) async fn lock(&self) -> Locked {
        fault::point("before the lock");
        let locked = self.acquire().await;
        fault::point("locked");
        if let Err(error) = &locked {
            self.store_failed(error, "other processes may request a token too");
        }
        locked
    }

    async fn acquire(&self) -> Locked {
        tokio::select! {
            biased;
            lease = self.retained.take() => Ok(lease),
            locked = self.store.lock(&self.key) => locked,
        }
    }

    /// Unlocks the key, unless a sign-in still has to be saved: then the lock is kept until
    /// it is.
    pub(super) async fn unlock(&self, lease: Lease) {
        if self.cache.unsaved_sign_in().is_some() {
            self.retained.keep(lease);
        } else {
            lease.release().await;
        }
    }

    /// Reads the record from the store.
    pub(super) async fn stored(&self) -> Result<Option<Loaded>, StoreError> {
        let stored = self.store.read(&self.key).await;
        fault::point("read");
        match stored {
            Ok(stored) => Ok(stored.map(|stored| Loaded {
                record: stored.record,
                revision: Some(stored.revision),
                unread: None,
            })),
            Err(error) => {
                self.store_failed(&error, "the token of this process's memory is used");
                Err(error)
            }
        }
    }

    /// Returns the token that another process saves while this one waits for the lock, so
    /// that all waiters get it immediately instead of one after the other. Never resolves
    /// if no process does.
    pub(super) async fn obtained_elsewhere(
        &self,
        is_useful: impl Fn(&TokenRecord) -> bool,
    ) -> TokenRecord {
        let mut pauses = Pauses::new();
        loop {
            self.clock.sleep(pauses.next()).await;
            match self.store.read(&self.key).await {
                Ok(Some(stored))
                    if is_useful(&stored.record) && !self.has_newer_than(&stored.record) =>
                {
                    tracing::debug!("another process has obtained the token");
                    self.cache.set_saved(&stored.record);
                    return stored.record;
                }
                Ok(_) => {}
                // Acquiring the lock fails too, and reports it.
                Err(_) => std::future::pending().await,
            }
        }
    }

    fn has_newer_than(&self, stored: &TokenRecord) -> bool {
        let cached = self.cache.get();
        cached.is_some_and(|cached| stored.is_older_than(&cached.record))
    }

    /// Returns the newest record, or the error of the store if there is none in memory.
    pub(super) async fn load(&self) -> Result<Option<Loaded>, StoreError> {
        let stored = self.stored().await;
        let cached = self.cache.get();
        let stored = match (stored, cached.as_ref()) {
            (Ok(stored), _) => stored,
            (Err(error), None) => return Err(error),
            (Err(error), Some(cached)) => {
                return Ok(Some(Loaded {
                    record: cached.record.clone(),
                    revision: None,
                    unread: Some(error),
                }));
            }
        };
        let newest = cached.map(|it| it.newest(stored.as_ref().map(|stored| &stored.record)));
        match newest {
            Some(Newest::Cached(record)) => Ok(Some(Loaded {
                record,
                revision: stored.and_then(|stored| stored.revision),
                unread: None,
            })),
            Some(Newest::SignedOut) => {
                self.cache.clear();
                Ok(None)
            }
            Some(Newest::Stored) | None => {
                if let Some(stored) = &stored {
                    self.cache.set_saved(&stored.record);
                }
                Ok(stored)
            }
        }
    }

    /// Saves the record before its access token is returned, so that a rotated refresh
    /// token is not lost.
    pub(super) async fn keep(&self, record: &TokenRecord, replaces: Option<Revision>) {
        fault::point("answered");
        self.cache.set_unsaved(record);
        if let Err(error) = self.save(record, replaces).await {
            self.store_failed(&error, "the token is in this process's memory only");
        }
        fault::point("kept");
    }

    /// Saves a record in the store, unless there is a newer one or a user has signed out.
    async fn save(
        &self,
        record: &TokenRecord,
        mut replaces: Option<Revision>,
    ) -> Result<(), StoreError> {
        for _ in 0..MOST_REPLACEMENTS {
            let done = self.store.replace(&self.key, replaces, record.clone());
            if done.await? {
                self.cache.set_saved(record);
                return Ok(());
            }
            // A process without the lock was faster.
            match self.load().await? {
                Some(loaded) if !self.cache.is_saved() => replaces = loaded.stored_revision()?,
                _ => return Ok(()),
            }
        }
        Err(self.contended())
    }

    /// Retries to save a sign-in until the store has it. Meanwhile the lock is kept.
    pub(super) async fn save_in_background(&self) {
        let deadline = self.clock.now().deadline(LONGEST_SAVING);
        let mut pause = FIRST_PAUSE;
        while self.cache.unsaved_sign_in().is_some() && !deadline.passed(self.clock.now()) {
            self.clock.sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            if self.save_now().await.is_ok() {
                tracing::info!("the token store is available again and has the sign-in");
            }
        }
    }

    /// Saves a sign-in that the store has not accepted yet.
    pub(super) async fn save_now(&self) -> Result<(), StoreError> {
        if self.cache.unsaved_sign_in().is_none() {
            return Ok(());
        }
        let lease = self.acquire().await?;
        let outcome = self.save_locked().await;
        self.unlock(lease).await;
        outcome
    }

    async fn save_locked(&self) -> Result<(), StoreError> {
        let Some(loaded) = self.load().await? else {
            // A user has signed out meanwhile.
            return Ok(());
        };
        let revision = loaded.stored_revision()?;
        match self.cache.unsaved_sign_in() {
            Some(unsaved) => self.save(&unsaved, revision).await,
            None => Ok(()),
        }
    }

    /// Replaces the record in the store by a new sign-in.
    pub(super) async fn put(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.cache.set_unsaved(record);
        self.replace(Some(record)).await?;
        self.cache.set_saved(record);
        Ok(())
    }

    /// Deletes the record from the store, and from memory even if the store fails.
    pub(super) async fn clear(&self) -> Result<(), StoreError> {
        let cleared = self.replace(None).await;
        self.cache.clear();
        cleared
    }

    /// Replaces or deletes the record while the key is locked.
    async fn replace(&self, record: Option<&TokenRecord>) -> Result<(), StoreError> {
        let lease = self.acquire().await?;
        let outcome = self.replace_locked(record).await;
        if record.is_none() {
            // The next holder of the lock must not save it again.
            self.cache.clear();
        }
        lease.release().await;
        outcome
    }

    async fn replace_locked(&self, record: Option<&TokenRecord>) -> Result<(), StoreError> {
        for _ in 0..MOST_REPLACEMENTS {
            let found = self.store.read(&self.key).await?;
            let revision = found.as_ref().map(|found| found.revision);
            // Saved before, although the store reported a failure, and refreshed since.
            let is_refreshed = |record: &TokenRecord| {
                found.as_ref().is_some_and(|found| {
                    found.record.signed_in_at == record.signed_in_at
                        && record.is_older_than(&found.record)
                })
            };
            if record.is_some_and(is_refreshed) {
                return Ok(());
            }
            let done = match (record, revision) {
                (Some(record), _) => {
                    let replaced = self.store.replace(&self.key, revision, record.clone());
                    replaced.await?
                }
                (None, Some(revision)) => self.store.delete(&self.key, revision).await?,
                (None, None) => true,
            };
            // Otherwise a process without the lock was faster; this record is newer.
            if done {
                return Ok(());
            }
        }
        Err(self.contended())
    }

    fn contended(&self) -> StoreError {
        StoreError {
            store: format!("{:?}", self.store),
            reason: "other processes keep replacing the sign-in; try again when they are done"
                .to_owned(),
        }
    }

    /// Deletes a rejected refresh token, unless it has been replaced meanwhile.
    pub(super) async fn delete_rejected(&self, revision: Option<Revision>) {
        self.cache.clear();
        if let Some(revision) = revision
            && let Err(error) = self.store.delete(&self.key, revision).await
        {
            self.store_failed(&error, "a rejected refresh token could not be deleted");
        }
    }

    pub(super) fn store_failed(&self, error: &StoreError, consequence: &'static str) {
        tracing::warn!(%error, consequence, "the token store failed");
        self.recovery.failed(error, self.clock.now());
        self.observers
            .notify(|observer| observer.on_store_failed(&self.key, error));
    }
}
