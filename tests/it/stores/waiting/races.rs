//! Changes by other processes between two steps of a source.

use perspio_sandbox::{Endpoint, Fault};

use super::*;

const DEAD: &str = r#"{"error":"invalid_grant","error_description":"AADSTS700082: expired"}"#;

/// Requests the token in a new task.
fn spawn_call(source: &TokenSource) -> JoinHandle<Result<AccessToken, Error>> {
    let source = source.clone();
    tokio::spawn(async move { source.token().await })
}

#[tokio::test]
async fn a_caller_with_the_token_has_released_the_lock() {
    let fixture = Fixture::new().await;
    let source = fixture.application();
    fixture.store.release_gate.set_closed(true);
    let call = spawn_call(&source);
    fixture.store.release_gate.wait_for_blocked().await;
    fixture.turns().await;
    assert!(
        !call.is_finished(),
        "a program that ends now leaves it locked"
    );
    fixture.store.release_gate.release();
    token_of(call).await.unwrap();
}

#[tokio::test]
async fn checklist_31_a_record_written_without_the_lock_during_a_sign_out_is_deleted() {
    let fixture = Fixture::new().await;
    let source = fixture.signed_in().await;
    let record = fixture.store.stored(source.key()).await.unwrap();
    fixture.store.read_gate.set_closed(true);
    let out = spawn_sign_out(&source);
    fixture.store.read_gate.wait_for_blocked().await;
    fixture.store.put(source.key(), record).await;
    fixture.store.read_gate.set_closed(false);
    fixture.store.read_gate.release();
    out.await.unwrap().unwrap();
    assert!(fixture.store.stored(source.key()).await.is_none());
}

#[tokio::test]
async fn checklist_22_the_successor_of_a_rejected_record_is_not_deleted() {
    let fixture = Fixture::new().await;
    let source = fixture.signed_in().await;
    let mut newer = fixture.store.stored(source.key()).await.unwrap();
    newer.access_token = "newer".into();
    fixture.clock.advance(HOUR);
    let fault = Fault::status(400).body("application/json", DEAD);
    fixture.sandbox.queue_fault(Endpoint::Token, fault);
    let hold = fixture.sandbox.hold(Endpoint::Token);
    let call = spawn_call(&source);
    hold.arrived(1).await;
    fixture.store.read_gate.set_closed(true);
    drop(hold);
    // The source has read the rejected record again and is about to delete it.
    fixture.store.read_gate.wait_for_blocked().await;
    let newer = fixture.of_now(newer);
    fixture.store.put(source.key(), newer).await;
    fixture.store.read_gate.set_closed(false);
    fixture.store.read_gate.release();
    let error = token_of(call).await.unwrap_err();
    assert!(error.needs_sign_in(), "{error}");
    assert!(error.to_string().contains("AADSTS700082"), "{error}");
    assert!(fixture.store.stored(source.key()).await.is_some());
    // This process has no sign-in in memory any more.
    fixture.store.fails_reads.store(true, Ordering::SeqCst);
    let error = source.token().await.unwrap_err();
    assert!(matches!(error, Error::Store(_)), "{error}");
    assert_eq!(fixture.requests(), 1);
}
