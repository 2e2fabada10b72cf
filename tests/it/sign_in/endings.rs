//! How a sign-in ends without a response: by its deadline or by a closed tab.

use std::sync::Arc;
use std::time::Duration;

use perspio_auth::clock::ManualClock;

use super::*;

/// Starts a sign-in whose clocks the test controls.
async fn waiting() -> (Sandbox, ManualClock, Opened) {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let sign_in = sign_in(&sandbox).clock(Arc::new(clock.clone()));
    let opened = Opened::new(sign_in, &support::profile(&sandbox)).await;
    clock.sleeps(1).await;
    (sandbox, clock, opened)
}

#[tokio::test]
async fn checklist_12_a_closed_tab_ends_with_the_deadline_as_a_typed_timeout() {
    let (_sandbox, clock, opened) = waiting().await;
    let redirect_uri = Url::parse(&opened.parameter("redirect_uri")).unwrap();
    clock.advance(Duration::from_secs(299));
    clock.sleeps(2).await;
    assert!(!opened.outcome.is_finished());
    clock.advance(Duration::from_secs(1));
    let error = opened.finish().await.unwrap_err();
    assert!(
        matches!(error, Error::SignInTimedOut { after, .. } if after == Duration::from_secs(300)),
        "{error}"
    );
    assert!(error.to_string().contains("300 s"), "{error}");
    assert!(
        support::local_client()
            .get(redirect_uri)
            .send()
            .await
            .unwrap_err()
            .is_connect()
    );
}

#[tokio::test]
async fn a_deadline_that_passes_during_system_sleep_ends_the_sign_in() {
    let (_sandbox, clock, opened) = waiting().await;
    // The monotonic clock does not advance while the machine sleeps.
    clock.sleep_machine(Duration::from_secs(301));
    let error = opened.finish().await.unwrap_err();
    assert!(matches!(error, Error::SignInTimedOut { .. }), "{error}");
}

#[tokio::test]
async fn a_wall_clock_that_is_set_back_does_not_extend_the_sign_in() {
    let (_sandbox, clock, opened) = waiting().await;
    clock.set_back(Duration::from_secs(3600));
    clock.advance(Duration::from_secs(300));
    let error = opened.finish().await.unwrap_err();
    assert!(matches!(error, Error::SignInTimedOut { .. }), "{error}");
}

#[tokio::test]
async fn a_tab_closed_after_the_redirect_does_not_lose_the_sign_in() {
    let (sandbox, clock, opened) = waiting().await;
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    let response = support::local_client()
        .get(opened.redirect(&[("code", "c")]))
        .send();
    assert_eq!(response.await.unwrap().status(), 303);
    while !opened.outcome.is_finished() {
        clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    opened.finish().await.unwrap();
}

#[tokio::test]
async fn a_dropped_sign_in_closes_its_port() {
    let sandbox = support::sandbox().await;
    let opened = Opened::new(sign_in(&sandbox), &support::profile(&sandbox)).await;
    let redirect_uri = Url::parse(&opened.parameter("redirect_uri")).unwrap();
    opened.outcome.abort();
    assert!(opened.outcome.await.unwrap_err().is_cancelled());
    assert!(
        support::local_client()
            .get(redirect_uri)
            .send()
            .await
            .unwrap_err()
            .is_connect()
    );
}
