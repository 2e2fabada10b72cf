//! What every token store must hold to, as a test-suite for stores of your own.
//!
//! ```no_run
//! use perspio_auth::store::{MemoryStore, conformance};
//!
//! # async fn example() {
//! // Each handle is what another process would have: here clones of one store.
//! let store = MemoryStore::new();
//! conformance::check(|| async { store.clone() }).await;
//! # }
//! ```
#![allow(clippy::panic, reason = "a test that cannot go on fails")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::{Stored, TokenKey, TokenRecord, TokenStore};
use crate::application::Application;
use crate::clock::{Clock, SystemClock};
use crate::credential::StoredSignIn;
use crate::profile::Profile;

/// How many update one record at once.
const WRITERS: u64 = 8;
/// How often the runtime is given a turn to do what it must not.
const TURNS: usize = 50;
/// At how many moments a caller gives up.
const MOMENTS: usize = 12;

/// Checks all that a [`TokenStore`] promises. `open` gives a handle to one and
/// the same place, which is empty at first, as another process would open it.
///
/// # Panics
/// With the promise that the store has broken.
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

/// A key for tests: that of the person `user`.
pub fn key(user: &str) -> TokenKey {
    let credential = StoredSignIn::new(Application::public("conformance"));
    TokenKey::new(&Profile::perspiotalk(), &credential.into(), Some(user))
}

/// A record for tests, of a token that was asked for just now, lives for 3599 s
/// and has no refresh token.
pub fn record(access_token: &str) -> TokenRecord {
    TokenRecord {
        access_token: SecretString::from(access_token),
        refresh_token: None,
        id_token: None,
        scopes: vec![
            "api://perspiotalk/access_as_user".to_owned(),
            "b".to_owned(),
        ],
        // Of now: a store may drop what has expired.
        asked_at: SystemClock.now().wall,
        lifetime: Duration::from_secs(3599),
        refresh_in: Some(Duration::from_secs(1800)),
        redirect_uri: Some("http://localhost:1".to_owned()),
    }
}

async fn read(store: &impl TokenStore, key: &TokenKey) -> Option<Stored> {
    let found = store.read(key).await;
    found.unwrap_or_else(|error| panic!("a record can be read: {error}"))
}

/// Puts `record` in the place of whatever stands there.
async fn put(store: &impl TokenStore, key: &TokenKey, record: TokenRecord) {
    let expected = read(store, key).await.map(|found| found.revision);
    let done = store.replace(key, expected, record).await;
    let done = done.unwrap_or_else(|error| panic!("a record can be replaced: {error}"));
    assert!(done, "what was just read can be replaced");
}

/// Deletes whatever stands there.
async fn delete(store: &impl TokenStore, key: &TokenKey) {
    let Some(found) = read(store, key).await else {
        return;
    };
    let done = store.delete(key, found.revision).await;
    let done = done.unwrap_or_else(|error| panic!("a record can be deleted: {error}"));
    assert!(done, "what was just read can be deleted");
}

async fn reads_what_was_put(one: &impl TokenStore, other: &impl TokenStore) {
    let key = key("reads");
    assert!(
        read(one, &key).await.is_none(),
        "an empty place reads as none"
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
            "a refresh token is refused where it would not be kept: {done:?}"
        );
    }
    put(one, &key, put_in.clone()).await;
    let found = read(other, &key).await.map(|found| found.record);
    let Some(found) = found else {
        panic!("another handle reads what was put");
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
            (found.asked_at, found.lifetime, found.refresh_in),
            &found.redirect_uri,
        ),
        (
            put_in.access_token.expose_secret(),
            secret(&put_in.refresh_token),
            secret(&put_in.id_token),
            &put_in.scopes,
            (put_in.asked_at, put_in.lifetime, put_in.refresh_in),
            &put_in.redirect_uri,
        ),
        "every member comes back as it was put"
    );
    delete(other, &key).await;
    assert!(
        read(one, &key).await.is_none(),
        "what was deleted reads as none"
    );
}

async fn replaces_only_what_was_expected(one: &impl TokenStore, other: &impl TokenStore) {
    let key = key("replaces");
    put(one, &key, record("first")).await;
    let stale = read(other, &key).await.map(|found| found.revision);
    put(one, &key, record("second")).await;
    let Some(stale) = stale else {
        panic!("another handle reads what was put");
    };
    for done in [
        other.replace(&key, Some(stale), record("third")).await,
        other.replace(&key, None, record("third")).await,
        other.delete(&key, stale).await,
    ] {
        assert!(
            matches!(done, Ok(false)),
            "another revision stands there: {done:?}"
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
        assert!(matches!(done, Ok(false)), "nothing stands there: {done:?}");
    }
}

async fn never_gives_a_revision_twice(store: &impl TokenStore) {
    let key = key("revisions");
    let mut seen = Vec::new();
    for _ in 0..5 {
        for _ in 0..2 {
            put(store, &key, record("same")).await;
            let Some(found) = read(store, &key).await else {
                panic!("what was put can be read");
            };
            assert!(!seen.contains(&found.revision), "a revision comes once");
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
        "a dropped lease lets the next one in: {outcome:?}"
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
    drop(again.unwrap_or_else(|error| panic!("who stopped waiting holds nothing: {error}")));
}

/// Callers give up at any moment: also when the key is theirs already, and
/// nobody has told them yet.
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
        let lease = lease.unwrap_or_else(|error| panic!("who gave up holds nothing: {error}"));
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
