//! A conformance test suite for custom token stores.
//!
//! ```no_run
//! use perspio_auth::store::{MemoryStore, conformance};
//!
//! # async fn example() {
//! // Each handle acts as another process; here, clones of one store.
//! let store = MemoryStore::new();
//! conformance::check(|| async { store.clone() }).await;
//! # }
//! ```
#![allow(clippy::panic, reason = "a test that cannot go on fails")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::{KeyParts, Stored, TokenKey, TokenRecord, TokenStore};
use crate::token::clock::{Clock, SystemClock};

/// The number of concurrent writers.
const WRITERS: u64 = 8;
/// The number of times that the runtime is yielded to, to detect a violation.
const TURNS: usize = 50;
/// The number of points at which a caller is cancelled.
const MOMENTS: usize = 12;

/// Checks the contract of [`TokenStore`]. `open` returns a handle of the store, as
/// another process would open it; all handles share one location, which must be empty
/// at first.
///
/// # Panics
/// If the store violates the contract; the message says how.
pub async fn check<S, F>(open: impl Fn() -> F)
where
    S: TokenStore + 'static,
    F: Future<Output = S>,
{
    reads_what_was_put(&open().await, &open().await).await;
    replaces_only_what_was_expected(&open().await, &open().await).await;
    never_gives_a_revision_twice(&open().await).await;
    keeps_keys_apart(&open().await).await;
    lets_one_in_at_a_time(Arc::new(open().await), Arc::new(open().await)).await;
    forgets_who_stopped_waiting(&open().await, &open().await).await;
    forgets_who_gave_up_a_free_key(&open().await, &open().await).await;
    let mut handles = Vec::new();
    for _ in 0..WRITERS {
        handles.push(open().await);
    }
    loses_no_update(handles).await;
}

/// Returns the key of the user `user`, for tests.
pub fn key(user: &str) -> TokenKey {
    TokenKey::from_parts(KeyParts {
        token_url: "https://login.example/token".to_owned(),
        client_id: "conformance".to_owned(),
        user: Some(user.to_owned()),
        scopes: Vec::new(),
    })
}

/// Returns a record for tests: its token was requested just now, has a lifetime of
/// 3599 s and no refresh token.
pub fn record(access_token: &str) -> TokenRecord {
    TokenRecord {
        access_token: SecretString::from(access_token),
        refresh_token: None,
        id_token: None,
        scopes: vec!["api://example/access_as_user".to_owned(), "b".to_owned()],
        // The current time, because a store may drop expired records.
        requested_at: SystemClock.now().wall,
        lifetime: Duration::from_secs(3599),
        refresh_in: Some(Duration::from_secs(1800)),
        redirect_uri: Some("http://localhost:1".to_owned()),
        signed_in_at: std::time::UNIX_EPOCH,
        generation: 0,
    }
}

async fn read(store: &impl TokenStore, key: &TokenKey) -> Option<Stored> {
    let found = store.read(key).await;
    found.unwrap_or_else(|error| panic!("a record can be read: {error}"))
}

/// Replaces the current record, if any, by `record`.
async fn put(store: &impl TokenStore, key: &TokenKey, record: TokenRecord) {
    let expected = read(store, key).await.map(|found| found.revision);
    let done = store.replace(key, expected, record).await;
    let done = done.unwrap_or_else(|error| panic!("a record can be replaced: {error}"));
    assert!(done, "the current revision can be replaced");
}

/// Deletes the current record, if any.
async fn delete(store: &impl TokenStore, key: &TokenKey) {
    let Some(found) = read(store, key).await else {
        return;
    };
    let done = store.delete(key, found.revision).await;
    let done = done.unwrap_or_else(|error| panic!("a record can be deleted: {error}"));
    assert!(done, "the current revision can be deleted");
}

async fn reads_what_was_put(one: &impl TokenStore, other: &impl TokenStore) {
    let key = key("reads");
    assert!(
        read(one, &key).await.is_none(),
        "an empty store returns no record"
    );
    let mut put_in = record("first \"\\\u{e9}");
    put_in.id_token = Some(SecretString::from("id"));
    let refresh_token = SecretString::from("refresh \"\\\u{e9}");
    if one.keeps_refresh_tokens() {
        put_in.refresh_token = Some(refresh_token);
    } else {
        let mut renewable = put_in.clone();
        renewable.refresh_token = Some(refresh_token);
        let done = one.replace(&key, None, renewable).await;
        assert!(
            done.is_err() && read(other, &key).await.is_none(),
            "a store that may evict records rejects a refresh token: {done:?}"
        );
    }
    put(one, &key, put_in.clone()).await;
    let found = read(other, &key).await.map(|found| found.record);
    let Some(found) = found else {
        panic!("another handle reads the record");
    };
    let secret = |secret: &Option<SecretString>| {
        secret
            .as_ref()
            .map(|secret| secret.expose_secret().to_owned())
    };
    assert_eq!(
        (
            found.access_token.expose_secret(),
            secret(&found.refresh_token),
            secret(&found.id_token),
            &found.scopes,
            (found.requested_at, found.lifetime, found.refresh_in),
            &found.redirect_uri,
        ),
        (
            put_in.access_token.expose_secret(),
            secret(&put_in.refresh_token),
            secret(&put_in.id_token),
            &put_in.scopes,
            (put_in.requested_at, put_in.lifetime, put_in.refresh_in),
            &put_in.redirect_uri,
        ),
        "every member is read as it was written"
    );
    delete(other, &key).await;
    assert!(
        read(one, &key).await.is_none(),
        "a deleted record is not returned"
    );
}

async fn replaces_only_what_was_expected(one: &impl TokenStore, other: &impl TokenStore) {
    let key = key("replaces");
    put(one, &key, record("first")).await;
    let stale = read(other, &key).await.map(|found| found.revision);
    put(one, &key, record("second")).await;
    let Some(stale) = stale else {
        panic!("another handle reads the record");
    };
    for done in [
        other.replace(&key, Some(stale), record("third")).await,
        other.replace(&key, None, record("third")).await,
        other.delete(&key, stale).await,
    ] {
        assert!(
            matches!(done, Ok(false)),
            "only the expected revision is changed: {done:?}"
        );
    }
    let found = read(one, &key).await.map(|found| found.record);
    let found = found
        .as_ref()
        .map(|record| record.access_token.expose_secret());
    assert_eq!(found, Some("second"), "nothing has changed");
    delete(one, &key).await;
    for done in [
        other.replace(&key, Some(stale), record("third")).await,
        other.delete(&key, stale).await,
    ] {
        assert!(matches!(done, Ok(false)), "there is no record: {done:?}");
    }
}

async fn never_gives_a_revision_twice(store: &impl TokenStore) {
    let key = key("revisions");
    let mut seen = Vec::new();
    for _ in 0..5 {
        for _ in 0..2 {
            put(store, &key, record("same")).await;
            let Some(found) = read(store, &key).await else {
                panic!("a written record can be read");
            };
            assert!(!seen.contains(&found.revision), "a revision is used once");
            seen.push(found.revision);
        }
        delete(store, &key).await;
    }
}

async fn keeps_keys_apart(store: &impl TokenStore) {
    let (one, other) = (key("one"), key("other"));
    put(store, &one, record("one")).await;
    assert!(
        read(store, &other).await.is_none(),
        "a record never reaches another key"
    );
    put(store, &other, record("other")).await;
    delete(store, &one).await;
    let found = read(store, &other).await.map(|found| found.record);
    let found = found
        .as_ref()
        .map(|record| record.access_token.expose_secret());
    assert_eq!(found, Some("other"), "a key is deleted without the others");
    delete(store, &other).await;
}

async fn lets_one_in_at_a_time<S: TokenStore + 'static>(one: Arc<S>, other: Arc<S>) {
    let (held, free) = (key("held"), key("free"));
    let lease = one.lock(&held).await;
    let lease = lease.unwrap_or_else(|error| panic!("a free key can be locked: {error}"));
    let elsewhere = other.lock(&free).await;
    drop(elsewhere.unwrap_or_else(|error| panic!("another key is not delayed: {error}")));
    let is_in = Arc::new(AtomicBool::new(false));
    let waits = tokio::spawn({
        let is_in = is_in.clone();
        async move {
            let lease = other.lock(&held).await;
            is_in.store(true, Ordering::SeqCst);
            lease.map(drop)
        }
    });
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
    assert!(
        !is_in.load(Ordering::SeqCst),
        "a key is held by one at a time"
    );
    drop(lease);
    let outcome = waits.await;
    assert!(
        matches!(outcome, Ok(Ok(()))),
        "a dropped lease releases the lock: {outcome:?}"
    );
}

async fn forgets_who_stopped_waiting(one: &impl TokenStore, other: &impl TokenStore) {
    let key = key("cancelled");
    let lease = one.lock(&key).await;
    let lease = lease.unwrap_or_else(|error| panic!("a free key can be locked: {error}"));
    {
        let mut waits = std::pin::pin!(other.lock(&key));
        for _ in 0..TURNS {
            tokio::select! {
                biased;
                _ = &mut waits => panic!("a key is held by one at a time"),
                () = tokio::task::yield_now() => {}
            }
        }
    }
    drop(lease);
    let again = one.lock(&key).await;
    drop(again.unwrap_or_else(|error| panic!("a cancelled waiter holds no lock: {error}")));
}

/// Callers may be cancelled at any point, even after the lock was acquired and before
/// the future has returned it.
async fn forgets_who_gave_up_a_free_key(one: &impl TokenStore, other: &impl TokenStore) {
    let key = key("given up");
    for turns in 0..MOMENTS {
        {
            let mut given_up = std::pin::pin!(other.lock(&key));
            for _ in 0..=turns {
                tokio::select! {
                    biased;
                    _ = &mut given_up => break,
                    () = tokio::task::yield_now() => {}
                }
            }
        }
        let lease = one.lock(&key).await;
        let lease =
            lease.unwrap_or_else(|error| panic!("a cancelled caller holds no lock: {error}"));
        lease.release().await;
    }
}

async fn loses_no_update<S: TokenStore + 'static>(handles: Vec<S>) {
    let key = key("updates");
    let writers: Vec<_> = handles
        .into_iter()
        .map(|store| {
            let key = key.clone();
            tokio::spawn(async move {
                let lease = store.lock(&key).await;
                let lease = lease.unwrap_or_else(|error| panic!("a key can be locked: {error}"));
                let count = read(&store, &key).await.map(|found| found.record.lifetime);
                let mut counted = record("counted");
                counted.lifetime = count.unwrap_or_default() + Duration::from_secs(1);
                put(&store, &key, counted).await;
                drop(lease);
                store
            })
        })
        .collect();
    let mut last = None;
    for writer in writers {
        last = writer.await.ok();
        assert!(last.is_some(), "every writer gets its turn");
    }
    if let Some(store) = last {
        let count = read(&store, &key)
            .await
            .map(|found| found.record.lifetime.as_secs());
        assert_eq!(count, Some(WRITERS), "no update is lost");
        delete(&store, &key).await;
    }
}
