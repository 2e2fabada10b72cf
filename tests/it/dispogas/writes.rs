//! Writes can send market messages, so none is retried automatically.

use dispogas::{CallOptions, RetryPolicy, StopReason};

use super::*;

#[tokio::test]
async fn a_write_that_may_have_been_applied_is_not_retried_and_a_read_is() {
    let signed_in = SignedIn::new().await;
    let retry = RetryPolicy::new().first_backoff(Duration::ZERO);
    let client = builder(&signed_in.sandbox, &[])
        .token_source(signed_in.source.clone())
        .retry(retry)
        .build()
        .unwrap();
    let faults = [500, 502, 503, 504].map(Fault::html).into_iter();
    for fault in faults.chain([Fault::cut()]) {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            signed_in.requests();
            signed_in.sandbox.queue_fault(Endpoint::Api, fault.clone());
            let request = client.request(method.clone(), "/upload/day/xml");
            let error = request.body("application/xml", "<day/>").send().await;
            let error = error.unwrap_err();
            assert!(error.may_have_been_applied(), "{method}: {error}");
            assert_eq!(signed_in.requests(), (1, 0), "{method}: {error}");
        }
    }
    signed_in
        .sandbox
        .queue_fault(Endpoint::Api, Fault::html(503));
    let request = client.request(Method::POST, "/upload/day/xml");
    let error = request.send().await.unwrap_err();
    assert_eq!(
        error.attempts().unwrap().stopped,
        Some(StopReason::NotIdempotent)
    );
    signed_in.requests();
    signed_in
        .sandbox
        .queue_fault(Endpoint::Api, Fault::html(503));
    account(&client).await.unwrap();
    assert_eq!(signed_in.requests(), (2, 0));
}

#[tokio::test]
async fn a_write_whose_timeout_elapses_is_not_retried() {
    let signed_in = SignedIn::new().await;
    let client = signed_in.client(&[]);
    account(&client).await.unwrap();
    signed_in.requests();
    let hold = signed_in.sandbox.hold(Endpoint::Api);
    let minute = Duration::from_secs(60);
    let writer = client.with_options(CallOptions::new().timeout(minute));
    let call = tokio::spawn(async move {
        let request = writer.request(Method::POST, "/upload/day/xml");
        request.body("application/xml", "<day/>").send().await
    });
    hold.arrived(1).await;
    signed_in.advance(minute);
    let error = call.await.unwrap().map(drop).unwrap_err();
    assert!(
        error.is_timeout() && error.may_have_been_applied(),
        "{error}"
    );
    drop(hold);
    // Requests that were sent before have arrived when this returns.
    account(&client).await.unwrap();
    assert_eq!(signed_in.requests(), (2, 0));
}
