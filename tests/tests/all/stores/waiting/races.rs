//! What others do between two steps of a source.

use perspio_sandbox::{Endpoint, Fault};

use super::*;

const DEAD: &str = r#"{"error":"invalid_grant","error_description":"AADSTS700082: expired"}"#;

/// Asks for the token, by a task of its own.
fn asks(source: &TokenSource) -> JoinHandle<Result<AccessToken, Error>> {
    let source = source.clone();
    tokio::spawn(async move { source.token().await })
}

#[tokio::test]
async fn a_caller_with_the_token_has_released_the_lock() {
    let fixture = Fixture::new().await;
    let source = fixture.application();
    fixture.store.release.stop(true);
    let asking = asks(&source);
    fixture.store.release.has_stopped_one().await;
    fixture.turns().await;
    assert!(
        !asking.is_finished(),
        "a program that ends now leaves it locked"
    );
    fixture.store.release.let_go();
    gets(asking).await.unwrap();
}

#[tokio::test]
async fn checklist_31_a_record_written_without_the_lock_during_a_sign_out_is_deleted() {
    let fixture = Fixture::new().await;
    let source = fixture.signed_in().await;
    let record = fixture.store.has(source.key()).await.unwrap();
    fixture.store.read.stop(true);
    let out = signs_out(&source);
    fixture.store.read.has_stopped_one().await;
    fixture.store.put(source.key(), record).await;
    fixture.store.read.stop(false);
    fixture.store.read.let_go();
    out.await.unwrap().unwrap();
    assert!(fixture.store.has(source.key()).await.is_none());
}

#[tokio::test]
async fn checklist_22_the_successor_of_a_dead_record_is_not_deleted() {
    let fixture = Fixture::new().await;
    let source = fixture.signed_in().await;
    let mut newer = fixture.store.has(source.key()).await.unwrap();
    newer.access_token = "newer".into();
    fixture.clock.advance(HOUR);
    let fault = Fault::status(400).body("application/json", DEAD);
    fixture.sandbox.queue_fault(Endpoint::Token, fault);
    let hold = fixture.sandbox.hold(Endpoint::Token);
    let asking = asks(&source);
    hold.arrived(1).await;
    fixture.store.read.stop(true);
    drop(hold);
    // It has seen that the dead one still stands there, and is about to delete it.
    fixture.store.read.has_stopped_one().await;
    let newer = fixture.of_now(newer);
    fixture.store.put(source.key(), newer).await;
    fixture.store.read.stop(false);
    fixture.store.read.let_go();
    let error = gets(asking).await.unwrap_err();
    assert!(error.needs_sign_in(), "{error}");
    assert!(error.to_string().contains("AADSTS700082"), "{error}");
    assert!(fixture.store.has(source.key()).await.is_some());
    // This process knows of no sign-in any more.
    fixture.store.cannot_be_read.store(true, Ordering::SeqCst);
    let error = source.token().await.unwrap_err();
    assert!(matches!(error, Error::Store(_)), "{error}");
    assert_eq!(fixture.requests(), 1);
}
