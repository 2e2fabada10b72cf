//! A store that can delay or fail its calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use perspio_auth::store::{Lease, MemoryStore, Revision, StoreError, Stored, TokenRecord};
use perspio_auth::{TokenKey, TokenStore};
use tokio::sync::watch;

use super::LONG;

/// Blocks callers while it is closed, until they are released.
#[derive(Debug, Default)]
pub(super) struct Gate {
    is_closed: AtomicBool,
    blocked: watch::Sender<usize>,
    released: watch::Sender<bool>,
}

impl Gate {
    async fn pass(&self) {
        if self.is_closed.load(Ordering::SeqCst) {
            self.blocked.send_modify(|blocked| *blocked += 1);
            let mut released = self.released.subscribe();
            released.wait_for(|released| *released).await.unwrap();
        }
    }

    pub(super) fn set_closed(&self, closed: bool) {
        self.is_closed.store(closed, Ordering::SeqCst);
    }

    /// Waits until a caller is blocked.
    pub(super) async fn wait_for_blocked(&self) {
        let mut blocked = self.blocked.subscribe();
        let blocked = blocked.wait_for(|blocked| *blocked > 0);
        let blocked = tokio::time::timeout(LONG, blocked).await;
        blocked.expect("a caller is blocked").unwrap();
    }

    pub(super) fn release(&self) {
        self.released.send_replace(true);
    }
}

/// A store that can delay or fail its calls.
#[derive(Debug, Default)]
pub(super) struct Scripted {
    pub(super) store: MemoryStore,
    /// Delays the result of a read, after the record was read.
    pub(super) read_gate: Gate,
    /// Delays the completion of a release, after the lock is free.
    pub(super) release_gate: Arc<Gate>,
    pub(super) reads: AtomicUsize,
    pub(super) fails_reads: AtomicBool,
    pub(super) fails_writes: AtomicBool,
    /// Whether new lock requests wait forever.
    pub(super) blocks_locks: AtomicBool,
}

impl Scripted {
    fn available_unless(&self, switch: &AtomicBool) -> Result<&MemoryStore, StoreError> {
        if switch.load(Ordering::SeqCst) {
            return Err(StoreError::new("of the test", "it does not work"));
        }
        Ok(&self.store)
    }

    /// Stores a record as another process would.
    pub(super) async fn put(&self, key: &TokenKey, record: TokenRecord) {
        let expected = self.store.read(key).await.unwrap();
        let expected = expected.map(|stored| stored.revision);
        assert!(self.store.replace(key, expected, record).await.unwrap());
    }

    pub(super) async fn stored(&self, key: &TokenKey) -> Option<TokenRecord> {
        let stored = self.store.read(key).await.unwrap();
        stored.map(|stored| stored.record)
    }
}

#[async_trait]
impl TokenStore for Scripted {
    async fn read(&self, key: &TokenKey) -> Result<Option<Stored>, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let read = self.available_unless(&self.fails_reads)?.read(key).await;
        self.read_gate.pass().await;
        read
    }

    async fn replace(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: TokenRecord,
    ) -> Result<bool, StoreError> {
        let store = self.available_unless(&self.fails_writes)?;
        store.replace(key, expected, record).await
    }

    async fn delete(&self, key: &TokenKey, expected: Revision) -> Result<bool, StoreError> {
        self.available_unless(&self.fails_writes)?
            .delete(key, expected)
            .await
    }

    async fn lock(&self, key: &TokenKey) -> Result<Lease, StoreError> {
        if self.blocks_locks.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let lease = self.store.lock(key).await?;
        let release = self.release_gate.clone();
        Ok(Lease::released_by(async move {
            drop(lease);
            release.pass().await;
        }))
    }
}
