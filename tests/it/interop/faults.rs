//! Failures of the connection to the identity server, and the recovery from them.

use super::*;

fn application(provider: &OidcProvider) -> Held {
    Held::new(provider, ClientCredentials::new(provider.confidential()))
}

#[tokio::test]
async fn a_retry_after_of_the_token_endpoint_applies_to_all_callers() {
    let provider = OidcProvider::start();
    let throttled =
        json!({ "status": 429, "headers": { "retry-after": "30" }, "body": "slow down" });
    provider.queue_faults(json!([throttled])).await;
    let held = application(&provider);
    let error = held.token().await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
    held.clock.advance(Duration::from_secs(29));
    for _ in 0..3 {
        let error = held.token().await.unwrap_err();
        assert!(matches!(error, Error::BackingOff { .. }), "{error:?}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    }
    assert_eq!(provider.token_requests().await, 1);
    held.clock.advance(Duration::from_secs(1));
    held.token().await.unwrap();
}

#[tokio::test]
async fn an_outage_of_the_token_endpoint_is_transient() {
    let provider = OidcProvider::start();
    provider.queue_faults(json!([{ "status": 503 }])).await;
    let held = application(&provider);
    let error = held.token().await.unwrap_err();
    assert!(
        error.is_transient() && error.error_response().is_none(),
        "{error}"
    );
    held.backs_off();
    held.token().await.unwrap();
}

#[tokio::test]
async fn a_closed_connection_is_reported_as_a_transient_transport_error() {
    let provider = OidcProvider::start();
    let cuts = json!([{ "cut": "request" }, { "cut": "answer" }]);
    provider.queue_faults(cuts).await;
    let held = application(&provider);
    for _ in 0..2 {
        let error = held.token().await.unwrap_err();
        assert!(error.is_transient(), "{error}");
        let Error::Transport(error) = error.cause() else {
            panic!("{error:?}")
        };
        assert!(error.connected && !error.timeout, "{error:?}");
        held.backs_off();
    }
    held.token().await.unwrap();
    assert_eq!(provider.token_requests().await, 3);
}

#[tokio::test]
async fn an_html_page_from_the_token_endpoint_is_no_oauth_error() {
    let provider = OidcProvider::start();
    let headers = json!({ "content-type": "text/html; charset=utf-8" });
    let page = json!({ "status": 200, "headers": headers, "body": "<p>Back soon</p>" });
    provider.queue_faults(json!([page])).await;
    let held = application(&provider);
    let error = held.token().await.unwrap_err();
    assert!(
        matches!(error.cause(), Error::UnexpectedResponse { status: 200, .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("Back soon"), "{error}");
    held.backs_off();
    held.token().await.unwrap();
}

#[tokio::test]
async fn a_code_that_never_reached_the_server_is_exchanged_by_the_next_call() {
    let provider = OidcProvider::start();
    let held = Held::new(&provider, signed_in(&provider).await);
    let faults = json!([{ "cut": "request" }, { "status": 503 }]);
    provider.queue_faults(faults).await;
    for _ in 0..2 {
        assert!(held.token().await.unwrap_err().is_transient());
        held.backs_off();
    }
    held.token().await.unwrap();
}

#[tokio::test]
async fn a_code_whose_token_response_is_lost_requires_another_sign_in() {
    let provider = OidcProvider::start();
    let held = Held::new(&provider, signed_in(&provider).await);
    provider.queue_faults(json!([{ "cut": "answer" }])).await;
    assert!(held.token().await.unwrap_err().is_transient());
    held.backs_off();
    let error = held.token().await.unwrap_err();
    assert!(error.needs_sign_in(), "{error}");
    // After that, no request is sent.
    assert!(held.token().await.unwrap_err().needs_sign_in());
    assert_eq!(provider.token_requests().await, 2);
}
