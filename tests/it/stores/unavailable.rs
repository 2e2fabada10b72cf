//! If the store is unavailable, calls continue with the in-memory token, and no sign-in is
//! lost.

mod single_use;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use perspio_auth::clock::Clock;
use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::TokenRecord;
use perspio_auth::store::{FileStore, Lease, MemoryStore, Revision, StoreError, StoreKey, Stored};
use perspio_auth::{ClientCredentials, Error, TokenKey, TokenSource, TokenStore};

use crate::support;

const HOUR: Duration = Duration::from_secs(3600);
/// Longer than any step takes on the slowest machine.
const LONG: Duration = Duration::from_secs(60);

/// A store that can be unavailable or read-only.
#[derive(Debug, Default)]
struct Switched {
    store: MemoryStore,
    is_unavailable: AtomicBool,
    is_read_only: AtomicBool,
    /// Whether the lease of each lock expires immediately.
    locks_run_out: AtomicBool,
}

impl Switched {
    fn set_unavailable(&self, is_unavailable: bool) {
        self.is_unavailable.store(is_unavailable, Ordering::SeqCst);
    }

    fn reached(&self) -> Result<&MemoryStore, StoreError> {
        if self.is_unavailable.load(Ordering::SeqCst) {
            return Err(StoreError::new("of the test", "it is unavailable"));
        }
        Ok(&self.store)
    }

    fn writable(&self) -> Result<&MemoryStore, StoreError> {
        if self.is_read_only.load(Ordering::SeqCst) {
            return Err(StoreError::new("of the test", "it may only be read"));
        }
        self.reached()
    }
}

#[async_trait]
impl TokenStore for Switched {
    async fn read(&self, key: &TokenKey) -> Result<Option<Stored>, StoreError> {
        self.reached()?.read(key).await
    }

    async fn replace(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: TokenRecord,
    ) -> Result<bool, StoreError> {
        self.writable()?.replace(key, expected, record).await
    }

    async fn delete(&self, key: &TokenKey, expected: Revision) -> Result<bool, StoreError> {
        self.writable()?.delete(key, expected).await
    }

    async fn lock(&self, key: &TokenKey) -> Result<Lease, StoreError> {
        let store = self.reached()?;
        if self.locks_run_out.load(Ordering::SeqCst) {
            return Ok(Lease::new(()).confirmed_by(|| async { Ok(()) }));
        }
        store.lock(key).await
    }
}

type Fixture = super::fixture::Fixture<Switched>;

impl Fixture {
    /// Signs Ada in and lets the token expire.
    async fn signed_in_and_expired(&self) -> TokenSource {
        let source = self.signed_in().await;
        source.token().await.unwrap();
        self.advance(HOUR);
        self.sandbox.log().clear();
        source
    }

    /// Waits until the store has another record than `before`.
    async fn saved(&self, key: &TokenKey, before: Revision) {
        loop {
            let stored = self.store.store.read(key).await.unwrap();
            if stored.is_some_and(|stored| stored.revision != before) {
                return;
            }
            self.clock.advance(Duration::from_millis(100));
            tokio::task::yield_now().await;
        }
    }

    async fn has_a_request(&self) {
        while self.requests() == 0 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn an_unavailable_store_fails_no_call_and_is_reported_to_the_observer() {
    let fixture = Fixture::new().await;
    fixture.store.set_unavailable(true);
    let source = fixture.application();
    for request in 1..=3 {
        for _ in 0..10 {
            source.token().await.unwrap();
        }
        assert_eq!(fixture.requests(), request);
        let failures = fixture.events.take_store_failures();
        assert!(
            failures
                .iter()
                .all(|failures| failures.contains("it is unavailable"))
        );
        assert_eq!(
            failures.len(),
            3,
            "at the lock, the read and the write: {failures:?}"
        );
        fixture.advance(HOUR);
    }
    fixture.store.set_unavailable(false);
    source.token().await.unwrap();
    assert!(fixture.events.take_store_failures().is_empty());
    assert!(fixture.store.read(source.key()).await.unwrap().is_some());
}

#[tokio::test]
async fn checklist_20_a_sign_in_refreshed_during_an_outage_of_the_store_is_saved_later() {
    let fixture = Fixture::new().await;
    let source = fixture.signed_in_and_expired().await;
    // The store may be unavailable more than once.
    for renewals in 1..=2 {
        let before = fixture.store.read(source.key()).await.unwrap().unwrap();
        fixture.store.set_unavailable(true);
        let token = source.token().await.unwrap();
        fixture.store.set_unavailable(false);
        let saved = fixture.saved(source.key(), before.revision);
        tokio::time::timeout(LONG, saved).await.unwrap();
        // Another process reads the tokens of this one, and the sign-in continues.
        let other = fixture.user().token().await.unwrap();
        assert_eq!(other.expose_secret(), token.expose_secret());
        assert_eq!(fixture.requests(), renewals);
        fixture.advance(HOUR);
    }
}

#[tokio::test]
async fn checklist_20_a_sign_in_is_saved_within_a_second_after_a_long_outage() {
    let fixture = Fixture::new().await;
    let source = fixture.signed_in_and_expired().await;
    fixture.store.is_read_only.store(true, Ordering::SeqCst);
    let before = fixture.clock.sleeps(0).await.len();
    source.token().await.unwrap();
    for attempt in 1..=12 {
        let next = fixture.clock.sleeps(before + attempt);
        tokio::time::timeout(LONG, next).await.unwrap();
        fixture.clock.advance(Duration::from_secs(1));
    }
}

#[tokio::test]
async fn an_older_record_in_the_store_is_not_used_for_a_refresh() {
    let fixture = Fixture::new().await;
    let source = fixture.signed_in_and_expired().await;
    // The store has the refresh token that a renewal has used.
    fixture.store.is_read_only.store(true, Ordering::SeqCst);
    source.token().await.unwrap();
    fixture.advance(HOUR);
    source.token().await.unwrap();
    assert_eq!(fixture.requests(), 2);
    // From now on the newest one can be stored.
    fixture.store.is_read_only.store(false, Ordering::SeqCst);
    fixture.advance(HOUR);
    let token = source.token().await.unwrap();
    let stored = fixture.store.read(source.key()).await.unwrap().unwrap();
    assert_eq!(
        stored.record.access_token.expose_secret(),
        token.expose_secret()
    );
}

#[tokio::test]
async fn a_stored_sign_in_reports_the_error_of_its_store_and_recovers_with_it() {
    let fixture = Fixture::new().await;
    fixture.signed_in_and_expired().await;
    fixture.store.set_unavailable(true);
    // A new process has no sign-in in memory.
    let source = fixture.user();
    let error = source.token().await.unwrap_err();
    assert!(matches!(error, Error::Store(_)), "{error}");
    assert!(!error.needs_sign_in());
    fixture.store.set_unavailable(false);
    source.token().await.unwrap();
}

#[tokio::test]
async fn checklist_31_a_sign_out_discards_unsaved_tokens() {
    let fixture = Fixture::new().await;
    let source = fixture.signed_in_and_expired().await;
    fixture.store.set_unavailable(true);
    source.token().await.unwrap();
    fixture.clock.sleeps(1).await;
    fixture.store.set_unavailable(false);
    source.sign_out().await.unwrap();
    for _ in 0..10 {
        fixture.clock.advance(HOUR);
        tokio::task::yield_now().await;
    }
    assert!(fixture.store.read(source.key()).await.unwrap().is_none());
    assert!(source.token().await.unwrap_err().needs_sign_in());
}

#[tokio::test]
async fn checklist_31_a_sign_out_in_another_process_prevents_a_refresh_here() {
    let fixture = Fixture::new().await;
    let source = fixture.signed_in_and_expired().await;
    source.token().await.unwrap();
    fixture.advance(HOUR);
    fixture.user().sign_out().await.unwrap();
    let error = source.token().await.unwrap_err();
    assert!(error.needs_sign_in(), "{error}");
    fixture.store.set_unavailable(true);
    let error = source.token().await.unwrap_err();
    assert!(matches!(error, Error::Store(_)), "{error}");
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn a_newer_record_of_another_process_replaces_an_unsaved_sign_in() {
    let fixture = Fixture::new().await;
    let source = fixture.signed_in_and_expired().await;
    fixture.store.is_read_only.store(true, Ordering::SeqCst);
    let unsaved = source.token().await.unwrap();
    let store = &fixture.store.store;
    let stored = store.read(source.key()).await.unwrap().unwrap();
    let mut newer = stored.record;
    newer.access_token = "newer".into();
    // Before this process retries to save its record.
    newer.requested_at = fixture.clock.now().wall + Duration::from_secs(1);
    newer.generation += 2;
    let replaced = store.replace(source.key(), Some(stored.revision), newer);
    assert!(replaced.await.unwrap());
    assert!(source.reject(&unsaved));
    assert_eq!(source.token().await.unwrap().expose_secret(), "newer");
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn a_lock_that_is_never_released_is_ignored_after_a_minute() {
    let fixture = Fixture::new().await;
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path().join("tokens"), StoreKey::random().unwrap());
    let store = store.unwrap().clock(Arc::new(fixture.clock.clone()));
    let grant = ClientCredentials::new(support::application(&fixture.sandbox));
    let source = fixture.source_with(grant, Arc::new(store.clone()));
    let _held = store.lock(source.key()).await.unwrap();
    let waits = tokio::spawn({
        let source = source.clone();
        async move { source.token().await }
    });
    let mut sleeps = 0;
    while fixture.events.all().is_empty() {
        assert_eq!(fixture.requests(), 0);
        sleeps += 1;
        tokio::select! {
            _ = fixture.clock.sleeps(sleeps) => fixture.clock.advance(Duration::from_secs(10)),
            () = fixture.has_a_request() => {}
        }
    }
    waits.await.unwrap().unwrap();
    let failures = fixture.events.take_store_failures().concat();
    assert!(failures.contains("60 s"), "{failures}");
    assert_eq!(fixture.requests(), 1);
}
