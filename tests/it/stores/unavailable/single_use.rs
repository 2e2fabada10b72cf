//! A refresh token that can be used only once is not spent while its replacement cannot be
//! saved.

use perspio_auth::StoredSignIn;
use perspio_auth::retry::RetryPolicy;
use perspio_sandbox::{Endpoint, Fault};

use super::*;

async fn with_single_use_refresh_tokens() -> Fixture {
    let mut fixture = Fixture::new().await;
    fixture.profile = fixture.profile.with_single_use_refresh_tokens(true);
    fixture
}

#[tokio::test]
async fn checklist_20_a_single_use_refresh_token_is_not_spent_without_its_store() {
    let fixture = with_single_use_refresh_tokens().await;
    let source = fixture.signed_in_and_expired().await;
    let token = source.token().await.unwrap();
    assert_eq!(fixture.requests(), 1);
    fixture.store.set_unavailable(true);
    // Due, but still valid.
    fixture.advance(HOUR * 11 / 12);
    for _ in 0..3 {
        let same = source.token().await.unwrap();
        assert_eq!(same.expose_secret(), token.expose_secret());
    }
    // Expired.
    fixture.advance(HOUR / 12);
    for _ in 0..3 {
        let error = source.token().await.unwrap_err();
        assert!(matches!(error, Error::RefreshPostponed { .. }), "{error:?}");
        assert!(error.is_transient() && !error.needs_sign_in());
        assert!(error.to_string().contains("it is unavailable"), "{error}");
    }
    assert_eq!(fixture.requests(), 1);
    fixture.store.set_unavailable(false);
    source.token().await.unwrap();
    fixture.advance(HOUR);
    fixture.user().token().await.unwrap();
    assert_eq!(fixture.requests(), 3);
}

#[tokio::test]
async fn checklist_20_an_older_record_of_a_restored_store_does_not_replace_a_newer_one() {
    let fixture = with_single_use_refresh_tokens().await;
    let source = fixture.signed_in_and_expired().await;
    let key = source.key();
    let store = &fixture.store.store;
    let older = store.read(key).await.unwrap().unwrap().record;
    source.token().await.unwrap();
    let revision = store.read(key).await.unwrap().unwrap().revision;
    assert!(store.replace(key, Some(revision), older).await.unwrap());
    fixture.advance(HOUR);
    source.token().await.unwrap();
    // Another process reads the newest record again.
    fixture.advance(HOUR);
    fixture.user().token().await.unwrap();
}

#[tokio::test]
async fn checklist_20_a_new_process_uses_a_valid_token_while_the_identity_server_fails() {
    let fixture = with_single_use_refresh_tokens().await;
    let token = fixture.signed_in_and_expired().await.token().await.unwrap();
    fixture.advance(HOUR * 11 / 12);
    let clock = Arc::new(fixture.clock.clone());
    let stored = StoredSignIn::new(support::application(&fixture.sandbox));
    let source = TokenSource::builder(&fixture.profile, stored)
        .store(fixture.store.clone())
        .clock(clock)
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    fixture.sandbox.log().clear();
    fixture
        .sandbox
        .queue_fault(Endpoint::Token, Fault::status(500));
    for _ in 0..3 {
        let same = source.token().await.unwrap();
        assert_eq!(same.expose_secret(), token.expose_secret());
    }
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn checklist_20_after_an_outage_the_process_with_the_new_tokens_saves_first() {
    let fixture = with_single_use_refresh_tokens().await;
    let first = fixture.signed_in_and_expired().await;
    fixture.store.locks_run_out.store(true, Ordering::SeqCst);
    let before = fixture.store.read(first.key()).await.unwrap().unwrap();
    fixture.store.is_read_only.store(true, Ordering::SeqCst);
    let token = first.token().await.unwrap();
    fixture.store.set_unavailable(true);
    let other = fixture.user();
    other.token().await.unwrap_err();
    fixture.store.set_unavailable(false);
    fixture.store.is_read_only.store(false, Ordering::SeqCst);
    // The lock is free, and the store has the old refresh token.
    let error = other.token().await.unwrap_err();
    assert!(matches!(error, Error::RefreshPostponed { .. }), "{error:?}");
    let saved = fixture.saved(first.key(), before.revision);
    tokio::time::timeout(LONG, saved).await.unwrap();
    let same = other.token().await.unwrap();
    assert_eq!(same.expose_secret(), token.expose_secret());
    assert_eq!(fixture.requests(), 1);
}
