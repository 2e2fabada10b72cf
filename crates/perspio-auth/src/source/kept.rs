//! The record of a key in the store, and its copy in memory in case the store is
//! unavailable.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use super::fetch::Fetcher;
use crate::oauth::Error;
use crate::token::AccessToken;
use crate::token::fault;
use crate::token::store::{Lease, Pauses, Revision, StoreError, TokenRecord};

/// The number of attempts to replace a record that other processes replace too.
const MOST_REPLACEMENTS: usize = 10;

/// The pauses between attempts to save to an unavailable store; after an hour, the next
/// refresh saves its own record.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_SAVING: Duration = Duration::from_secs(3600);

/// The newest record that this process has.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    record: TokenRecord,
    /// Whether the store has this record or a newer one.
    is_saved: bool,
}

impl Kept {
    /// Whether the record still has to be saved in the store.
    fn is_missing_in(&self, stored: Option<&TokenRecord>) -> bool {
        !self.is_saved && stored.is_none_or(|stored| stored.asked_at < self.record.asked_at)
    }

    fn instead_of(self, stored: Option<Found>) -> Found {
        Found {
            record: self.record,
            revision: stored.and_then(|stored| stored.revision),
        }
    }
}

/// A record that was loaded.
pub(super) struct Found {
    pub(super) record: TokenRecord,
    /// The revision in the store; `None` if there is none or the store is unavailable.
    pub(super) revision: Option<Revision>,
}

impl Fetcher {
    fn kept(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep_here(&self, record: &TokenRecord, is_saved: bool) {
        *self.kept() = Some(Kept {
            record: record.clone(),
            is_saved,
        });
    }

    /// Locks the key; `None` if the store cannot lock it.
    pub(super) async fn lock(&self) -> Option<Lease> {
        fault::point("before the lock");
        let lease = self.store.lock(&self.key).await;
        fault::point("locked");
        lease
            .map_err(|error| self.store_failed(&error, "other processes may fetch too"))
            .ok()
    }

    /// Reads the record from the store.
    pub(super) async fn stored(&self) -> Result<Option<Found>, StoreError> {
        let stored = self.store.read(&self.key).await;
        fault::point("read");
        match stored {
            Ok(stored) => Ok(stored.map(|stored| Found {
                record: stored.record,
                revision: Some(stored.revision),
            })),
            Err(error) => {
                self.store_failed(&error, "the token is looked for in this process's memory");
                Err(error)
            }
        }
    }

    /// Returns the token that another process saves while this one waits for the lock, so
    /// that all waiters get it immediately instead of one after the other. Never resolves
    /// if no process does.
    pub(super) async fn obtained_elsewhere(&self, unwanted: Option<&AccessToken>) -> TokenRecord {
        let mut pauses = Pauses::new();
        loop {
            self.clock.sleep(pauses.next()).await;
            match self.store.read(&self.key).await {
                Ok(Some(stored))
                    if self.is_useful(&stored.record, unwanted)
                        && !self.has_newer_than(&stored.record) =>
                {
                    tracing::debug!("another process has obtained the token");
                    self.keep_here(&stored.record, true);
                    return stored.record;
                }
                Ok(_) => {}
                // Acquiring the lock fails too, and reports it.
                Err(_) => std::future::pending().await,
            }
        }
    }

    /// Returns whether the record in the store is outdated: it must not replace a refresh
    /// token that only this process has.
    fn has_newer_than(&self, stored: &TokenRecord) -> bool {
        let kept = self.kept();
        kept.as_ref()
            .is_some_and(|kept| kept.is_missing_in(Some(stored)))
    }

    /// Returns the newest record, or the error of the store if there is none in memory.
    pub(super) async fn find(&self) -> Result<Option<Found>, StoreError> {
        let stored = self.stored().await;
        let kept = self.kept().clone();
        match (stored, kept) {
            (Err(error), None) => Err(error),
            (Err(_), Some(kept)) => Ok(Some(kept.instead_of(None))),
            (Ok(stored), Some(kept))
                if kept.is_missing_in(stored.as_ref().map(|stored| &stored.record)) =>
            {
                Ok(Some(kept.instead_of(stored)))
            }
            (Ok(Some(stored)), _) => {
                // For the time in which the store is unavailable.
                self.keep_here(&stored.record, true);
                Ok(Some(stored))
            }
            // A record that was saved and is missing now has been deleted: by a
            // sign-out, or because its refresh token was rejected.
            (Ok(None), _) => {
                self.forget_here();
                Ok(None)
            }
        }
    }

    /// Saves the record before its access token is returned, so that a rotated refresh
    /// token is not lost.
    pub(super) async fn keep(
        &self,
        record: TokenRecord,
        replaces: Option<Revision>,
    ) -> Result<TokenRecord, Error> {
        fault::point("answered");
        self.keep_here(&record, false);
        if let Err(error) = self.save(&record, replaces).await {
            self.store_failed(&error, "the token is kept in this process's memory only");
        }
        fault::point("kept");
        Ok(record)
    }

    /// Saves a record in the store, unless there is a newer one.
    async fn save(
        &self,
        record: &TokenRecord,
        mut replaces: Option<Revision>,
    ) -> Result<(), StoreError> {
        for _ in 0..MOST_REPLACEMENTS {
            let done = self.store.replace(&self.key, replaces, record.clone());
            let mut is_saved = done.await?;
            if !is_saved {
                let found = self.store.read(&self.key).await?;
                replaces = found.as_ref().map(|found| found.revision);
                is_saved = found.is_some_and(|found| found.record.asked_at >= record.asked_at);
            }
            if is_saved {
                self.keep_here(record, true);
                return Ok(());
            }
        }
        Err(self.never_at_peace())
    }

    /// Returns whether a sign-in still has to be saved in the store.
    pub(super) fn has_unsaved_sign_in(&self) -> bool {
        let kept = self.kept();
        kept.as_ref()
            .is_some_and(|kept| !kept.is_saved && kept.record.refresh_token.is_some())
    }

    /// Retries to save a sign-in until the store has it.
    pub(super) async fn save_at_last(&self) {
        let deadline = self.clock.now().deadline(LONGEST_SAVING);
        let mut pause = FIRST_PAUSE;
        while self.has_unsaved_sign_in() && !deadline.passed(self.clock.now()) {
            self.clock.sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            let Ok(lease) = self.store.lock(&self.key).await else {
                continue;
            };
            // A sign-out may have happened during the wait for the lock.
            let unsaved = self.kept().clone().filter(|kept| !kept.is_saved);
            if let Some(unsaved) = unsaved {
                match self.save(&unsaved.record, None).await {
                    Ok(()) => {
                        tracing::info!("the token store is available again and has the sign-in");
                    }
                    Err(error) => tracing::debug!(%error, "the sign-in is not saved yet"),
                }
            }
            lease.release().await;
        }
    }

    /// Replaces the record in the store by a new sign-in.
    pub(super) async fn put(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.keep_here(record, false);
        self.replace(Some(record)).await?;
        self.keep_here(record, true);
        Ok(())
    }

    /// Deletes the record from the store, and from memory even if the store fails.
    pub(super) async fn clear(&self) -> Result<(), StoreError> {
        let cleared = self.replace(None).await;
        self.forget_here();
        cleared
    }

    /// Deletes the record from memory.
    pub(super) fn forget_here(&self) {
        *self.kept() = None;
    }

    /// Deletes the record while the key is locked.
    async fn replace(&self, record: Option<&TokenRecord>) -> Result<(), StoreError> {
        let lease = self.store.lock(&self.key).await?;
        let outcome = self.replace_locked(record).await;
        if record.is_none() {
            // The next holder of the lock must not save it again.
            self.forget_here();
        }
        lease.release().await;
        outcome
    }

    async fn replace_locked(&self, record: Option<&TokenRecord>) -> Result<(), StoreError> {
        for _ in 0..MOST_REPLACEMENTS {
            let found = self.store.read(&self.key).await?;
            let revision = found.map(|found| found.revision);
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
        Err(self.never_at_peace())
    }

    fn never_at_peace(&self) -> StoreError {
        StoreError {
            store: format!("{:?}", self.store),
            reason: "other processes keep replacing the sign-in; try again when they are done"
                .to_owned(),
        }
    }

    /// Deletes a rejected refresh token, unless it has been replaced meanwhile.
    pub(super) async fn forget(&self, revision: Option<Revision>) {
        self.forget_here();
        if let Some(revision) = revision
            && let Err(error) = self.store.delete(&self.key, revision).await
        {
            self.store_failed(&error, "a rejected refresh token could not be deleted");
        }
    }

    pub(super) fn store_failed(&self, error: &StoreError, consequence: &'static str) {
        tracing::warn!(%error, consequence, "the token store failed");
        self.observers
            .notify(|observer| observer.on_store_failed(&self.key, error));
    }
}
