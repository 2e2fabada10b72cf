//! What the store, and this process in case the store is away, keep of a key.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use super::fetch::Fetcher;
use crate::error::Error;
use crate::fault;
use crate::store::{Lease, Pauses, Revision, StoreError, TokenRecord};
use crate::token::AccessToken;

/// How often a record is put into the place of what others put there.
const MOST_REPLACEMENTS: usize = 10;

/// A store that was away is tried again, soon at first; after an hour the next
/// renewal saves its own record.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_SAVING: Duration = Duration::from_secs(3600);

/// The newest record of this process.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    record: TokenRecord,
    /// Whether the store has it too, or something newer.
    is_saved: bool,
}

impl Kept {
    /// Whether the store should have it, and has nothing as new.
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

/// A record that was found.
pub(super) struct Found {
    pub(super) record: TokenRecord,
    /// What the store has in its place; none if it has nothing, or is away.
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

    /// The lock of the key; none if the store does not give it.
    pub(super) async fn lock(&self) -> Option<Lease> {
        fault::point("before the lock");
        let lease = self.store.lock(&self.key).await;
        fault::point("locked");
        lease
            .map_err(|error| self.store_failed(&error, "other processes may fetch too"))
            .ok()
    }

    /// What the store has.
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

    /// What another process obtains while this one waits for the lock: all who
    /// wait get it at once, not one after the other. Without end if none does.
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
                // The lock fares no better, and says so.
                Err(_) => std::future::pending().await,
            }
        }
    }

    /// Whether the store is behind: what stands there must not take the place of
    /// a refresh token that nobody else knows.
    fn has_newer_than(&self, stored: &TokenRecord) -> bool {
        let kept = self.kept();
        kept.as_ref()
            .is_some_and(|kept| kept.is_missing_in(Some(stored)))
    }

    /// The newest record. The error is the store's, if this process has none.
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
                // For the time when the store is away.
                self.keep_here(&stored.record, true);
                Ok(Some(stored))
            }
            // What was saved and is there no longer has been deleted: by a
            // sign-out, or because it is dead.
            (Ok(None), _) => {
                self.forget_here();
                Ok(None)
            }
        }
    }

    /// Keeps the record before its access token is given to anyone: a rotated
    /// refresh token must not be lost.
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

    /// Puts a record into the store, unless something newer stands there.
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

    /// Whether this process has a sign-in that the store should have.
    pub(super) fn has_unsaved_sign_in(&self) -> bool {
        let kept = self.kept();
        kept.as_ref()
            .is_some_and(|kept| !kept.is_saved && kept.record.refresh_token.is_some())
    }

    /// Tries again to save a sign-in, until the store has it.
    pub(super) async fn save_at_last(&self) {
        let deadline = self.clock.now().deadline(LONGEST_SAVING);
        let mut pause = FIRST_PAUSE;
        while self.has_unsaved_sign_in() && !deadline.passed(self.clock.now()) {
            self.clock.sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            let Ok(lease) = self.store.lock(&self.key).await else {
                continue;
            };
            // Somebody may have signed out while the lock was waited for.
            let unsaved = self.kept().clone().filter(|kept| !kept.is_saved);
            if let Some(unsaved) = unsaved {
                match self.save(&unsaved.record, None).await {
                    Ok(()) => tracing::info!("the token store is back, and has the sign-in"),
                    Err(error) => tracing::debug!(%error, "the sign-in is not saved yet"),
                }
            }
            lease.release().await;
        }
    }

    /// Puts a new sign-in in the place of whatever stands in the store.
    pub(super) async fn put(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.keep_here(record, false);
        self.replace(Some(record)).await?;
        self.keep_here(record, true);
        Ok(())
    }

    /// Clears the store, and this process even where the store has failed.
    pub(super) async fn clear(&self) -> Result<(), StoreError> {
        let cleared = self.replace(None).await;
        self.forget_here();
        cleared
    }

    /// Forgets what this process keeps.
    pub(super) fn forget_here(&self) {
        *self.kept() = None;
    }

    /// Once nobody else holds the key.
    async fn replace(&self, record: Option<&TokenRecord>) -> Result<(), StoreError> {
        let lease = self.store.lock(&self.key).await?;
        let outcome = self.replace_locked(record).await;
        if record.is_none() {
            // Whoever is let in next must find nothing left to save.
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
            // Else somebody without the lock was faster; this is newer.
            if done {
                return Ok(());
            }
        }
        Err(self.never_at_peace())
    }

    fn never_at_peace(&self) -> StoreError {
        StoreError {
            store: format!("{:?}", self.store),
            reason: "somebody replaces the sign-in all the time; try again when they are done"
                .to_owned(),
        }
    }

    /// Forgets a dead refresh token, unless something else stands there by now.
    pub(super) async fn forget(&self, revision: Option<Revision>) {
        self.forget_here();
        if let Some(revision) = revision
            && let Err(error) = self.store.delete(&self.key, revision).await
        {
            self.store_failed(&error, "a dead refresh token could not be deleted");
        }
    }

    pub(super) fn store_failed(&self, error: &StoreError, consequence: &'static str) {
        tracing::warn!(%error, consequence, "the token store failed");
        self.observers
            .notify(|observer| observer.on_store_failed(&self.key, error));
    }
}
