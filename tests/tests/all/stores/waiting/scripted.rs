//! A store whose answers come late, or not, as a test wants it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use perspio_auth::store::{Lease, MemoryStore, Revision, StoreError, Stored, TokenRecord};
use perspio_auth::{TokenKey, TokenStore};
use tokio::sync::watch;

use super::LONG;

/// Stops those who come by while it is told to, until it lets them go.
#[derive(Debug, Default)]
pub(super) struct Gate {
    stops: AtomicBool,
    stopped: watch::Sender<usize>,
    lets_go: watch::Sender<bool>,
}

impl Gate {
    async fn pass(&self) {
        if self.stops.load(Ordering::SeqCst) {
            self.stopped.send_modify(|stopped| *stopped += 1);
            let mut lets_go = self.lets_go.subscribe();
            lets_go.wait_for(|lets_go| *lets_go).await.unwrap();
        }
    }

    pub(super) fn stop(&self, stops: bool) {
        self.stops.store(stops, Ordering::SeqCst);
    }

    /// Waits until somebody has been stopped.
    pub(super) async fn has_stopped_one(&self) {
        let mut stopped = self.stopped.subscribe();
        let stopped = stopped.wait_for(|stopped| *stopped > 0);
        let stopped = tokio::time::timeout(LONG, stopped).await;
        stopped.expect("somebody comes by").unwrap();
    }

    pub(super) fn let_go(&self) {
        self.lets_go.send_replace(true);
    }
}

/// A store whose answers come late, or not, as a test wants it.
#[derive(Debug, Default)]
pub(super) struct Scripted {
    pub(super) store: MemoryStore,
    /// Behind it is what was read before it.
    pub(super) read: Gate,
    /// Before it the lock is free already, and behind it its release is done.
    pub(super) release: Arc<Gate>,
    pub(super) reads: AtomicUsize,
    pub(super) cannot_be_read: AtomicBool,
    pub(super) cannot_be_written: AtomicBool,
    /// Whoever asks for the lock now waits without end.
    pub(super) gives_no_lock: AtomicBool,
}

impl Scripted {
    fn is(&self, switch: &AtomicBool) -> Result<&MemoryStore, StoreError> {
        if switch.load(Ordering::SeqCst) {
            return Err(StoreError::new("of the test", "it does not work"));
        }
        Ok(&self.store)
    }

    /// What another process puts there.
    pub(super) async fn put(&self, key: &TokenKey, record: TokenRecord) {
        let expected = self.store.read(key).await.unwrap();
        let expected = expected.map(|stored| stored.revision);
        assert!(self.store.replace(key, expected, record).await.unwrap());
    }

    pub(super) async fn has(&self, key: &TokenKey) -> Option<TokenRecord> {
        let stored = self.store.read(key).await.unwrap();
        stored.map(|stored| stored.record)
    }
}

#[async_trait]
impl TokenStore for Scripted {
    async fn read(&self, key: &TokenKey) -> Result<Option<Stored>, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let read = self.is(&self.cannot_be_read)?.read(key).await;
        self.read.pass().await;
        read
    }

    async fn replace(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: TokenRecord,
    ) -> Result<bool, StoreError> {
        let store = self.is(&self.cannot_be_written)?;
        store.replace(key, expected, record).await
    }

    async fn delete(&self, key: &TokenKey, expected: Revision) -> Result<bool, StoreError> {
        self.is(&self.cannot_be_written)?
            .delete(key, expected)
            .await
    }

    async fn lock(&self, key: &TokenKey) -> Result<Lease, StoreError> {
        if self.gives_no_lock.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let lease = self.store.lock(key).await?;
        let release = self.release.clone();
        Ok(Lease::released_by(async move {
            drop(lease);
            release.pass().await;
        }))
    }
}
