//! What the store, and this process in case the store is away, keep of a key.

use std::sync::{MutexGuard, PoisonError};

use super::fetch::Fetcher;
use crate::error::Error;
use crate::store::{Revision, StoreError, TokenRecord};

/// How often a record is put into the place of what others put there.
const MOST_REPLACEMENTS: usize = 10;

/// A record and where it was found.
pub(super) struct Found {
    pub(super) record: TokenRecord,
    /// None if it is only in this process's memory.
    pub(super) revision: Option<Revision>,
}

impl Fetcher {
    pub(super) fn kept(&self) -> MutexGuard<'_, Option<TokenRecord>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn find(&self) -> Option<Found> {
        let in_memory = || {
            self.kept().clone().map(|record| Found {
                record,
                revision: None,
            })
        };
        match self.store.read(&self.key).await {
            Ok(Some(stored)) => Some(Found {
                record: stored.record,
                revision: Some(stored.revision),
            }),
            Ok(None) => in_memory(),
            Err(error) => {
                tracing::warn!(%error, "the token is read from this process's memory");
                in_memory()
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
        *self.kept() = Some(record.clone());
        match self
            .store
            .replace(&self.key, replaces, record.clone())
            .await
        {
            Ok(true) => {}
            Ok(false) => tracing::warn!("another process has replaced the token meanwhile"),
            Err(error) => tracing::warn!(%error, "the token is kept in this process's memory only"),
        }
        Ok(record)
    }

    /// Puts a new sign-in in the place of whatever stands in the store.
    pub(super) async fn put(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.replace(Some(record)).await?;
        *self.kept() = Some(record.clone());
        Ok(())
    }

    /// Clears the store, and this process even where the store has failed.
    pub(super) async fn clear(&self) -> Result<(), StoreError> {
        let cleared = self.replace(None).await;
        *self.kept() = None;
        cleared
    }

    /// Once nobody else holds the key.
    async fn replace(&self, record: Option<&TokenRecord>) -> Result<(), StoreError> {
        let _lease = self.store.lock(&self.key).await?;
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
        Err(StoreError {
            store: format!("{:?}", self.store),
            reason: "somebody replaces the sign-in all the time; try again when they are done"
                .to_owned(),
        })
    }

    /// Forgets a dead refresh token, unless something else stands there by now.
    pub(super) async fn forget(&self, revision: Option<Revision>) {
        *self.kept() = None;
        if let Some(revision) = revision
            && let Err(error) = self.store.delete(&self.key, revision).await
        {
            tracing::warn!(%error, "a dead refresh token could not be deleted");
        }
    }
}
