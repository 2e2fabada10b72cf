//! A server that stalls in the middle of its response.

use std::sync::Arc;

use perspio::{CallOptions, Method, RetryPolicy};
use perspio_auth::clock::ManualClock;
use perspio_auth::http::HeaderName;
use perspio_auth::{FixedToken, Profile, SecretString};
use perspio_http::{ApiClient, ApiClientBuilder};

use super::*;
use crate::support;

#[tokio::test]
async fn a_call_to_a_silent_server_ends_with_its_timeout() {
    let whole = http(200, "", "[]");
    for length in [0, 12, whole.len() - 1] {
        let server = RawServer::start().await;
        server.queue(RawResponse::Stalling(whole[..length].to_vec()));
        let clock = ManualClock::new();
        let client = server.builder().clock(Arc::new(clock.clone()));
        let limited = CallOptions::new().timeout(Duration::from_secs(600));
        let client = client.options(limited).build().unwrap();
        let call = tokio::spawn(async move { list(&client).await });
        server.responded(1).await;
        clock.sleeps(1).await;
        clock.advance(Duration::from_secs(600));
        let error = call.await.unwrap().unwrap_err();
        assert!(error.is_timeout(), "{error}");
        assert!(!error.may_have_been_applied(), "it reads");
        let text = error.to_string();
        assert!(text.contains("timed out after 600 s"), "{text}");
        assert_eq!(server.requests().len(), 1, "there was no time for another");
    }
}

/// Returns a client without generated code whose attempts have a timeout of their own.
fn api_client(server: &RawServer) -> ApiClientBuilder {
    let header = |profile: Profile, name, value| {
        let value = SecretString::from(value);
        profile
            .with_header(HeaderName::from_static(name), &value)
            .unwrap()
    };
    let profile = perspio::profile().with_base_url(support::address(server.url()));
    let profile = header(profile, "tid", "in-test");
    let profile = header(profile, "ocp-apim-subscription-key", KEY);
    ApiClient::builder(profile).credential(FixedToken::new(TOKEN))
}

#[tokio::test]
async fn an_error_whose_body_stalls_keeps_its_status() {
    let server = RawServer::start().await;
    let client = server.builder().idle_timeout(Duration::from_secs(1));
    let client = client.build().unwrap();
    let whole = http(404, "request-id: r-1\r\n", r#"{"message":"no such asset"}"#);
    server.queue(RawResponse::Stalling(whole[..whole.len() - 10].to_vec()));
    let error = client.assets_list().send().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 404);
    assert_eq!(error.request_id(), Some("r-1"));
    assert!(error.to_string().contains("no su"), "{error}");
}

#[tokio::test]
async fn a_longer_call_timeout_does_not_disable_the_request_timeout() {
    let server = RawServer::start().await;
    let client = api_client(&server)
        .attempt_timeout(Duration::from_millis(50))
        .retry(RetryPolicy::none())
        .options(CallOptions::new().timeout(Duration::from_secs(600)))
        .build()
        .unwrap();
    server.queue(RawResponse::Stalling(Vec::new()));
    let call = client.request(Method::GET, "/assets/v3/").send();
    // Without this limit, the call would end much later.
    let outcome = tokio::time::timeout(Duration::from_secs(10), call).await;
    let error = outcome.expect("it has ended").unwrap_err();
    assert!(error.is_timeout(), "{error}");
}
