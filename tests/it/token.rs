//! All callers share one token, which is renewed in time, and once more when the API rejects
//! it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::FutureExt;
use perspio::{Client, ClientBuilderExt};
use perspio_auth::clock::ManualClock;
use perspio_auth::{
    AccessToken, ClientCredentials, TokenKey, TokenObserver, TokenSource, TokenSources,
};
use perspio_sandbox::{Endpoint, Fault, Sandbox};

use crate::support;

const MINUTE: Duration = Duration::from_secs(60);

/// Returns a client of `sandbox` whose clock the test controls.
fn client_with_clock(sandbox: &Sandbox) -> (Client, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new());
    let builder = support::builder(sandbox, &[]).clock(clock.clone());
    (builder.build().unwrap(), clock)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_concurrent_first_callers_make_one_token_request() {
    let sandbox = support::sandbox().await;
    let source = support::token_source(&sandbox, &support::profile(&sandbox));
    let hold = sandbox.hold(Endpoint::Token);
    let callers: Vec<_> = (0..1000)
        .map(|_| {
            let source = source.clone();
            tokio::spawn(async move { source.token().await })
        })
        .collect();
    hold.arrived(1).await;
    drop(hold);
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    assert_eq!(sandbox.log().token_requests().len(), 1);
}

// As many as the usual limit of open files allows in one process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_concurrent_first_calls_make_one_token_request() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox);
    let hold = sandbox.hold(Endpoint::Token);
    support::calls_at_once(&client, 200, hold, 1).await;
    assert_eq!(sandbox.log().token_requests().len(), 1);
    assert_eq!(sandbox.log().api_requests().len(), 200);
}

#[tokio::test]
async fn a_rejected_token_is_renewed_and_the_request_is_retried_once() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox);
    client.assets_list().send().await.unwrap();
    sandbox.revoke_tokens();
    sandbox.log().clear();

    let body = client.assets_list().send().await.unwrap();
    assert_eq!(body.len(), 250);
    let requests = sandbox.log().api_requests();
    assert_eq!(sandbox.log().token_requests().len(), 1);
    assert_eq!(requests.len(), 2);
    let authorization = |index: usize| {
        requests[index]
            .headers
            .iter()
            .find(|(name, _)| name == "authorization")
            .cloned()
            .unwrap()
    };
    assert_ne!(authorization(0), authorization(1));
    assert_eq!(requests[0].path, requests[1].path);
}

#[tokio::test]
async fn a_401_for_an_already_renewed_token_causes_no_further_renewal() {
    let sandbox = support::sandbox().await;
    let source = support::token_source(&sandbox, &support::profile(&sandbox));
    let builder = support::builder(&sandbox, &[]).token_source(source.clone());
    let client = builder.build().unwrap();
    let old = source.token().await.unwrap();

    let hold = sandbox.hold(Endpoint::Api);
    sandbox.queue_fault(Endpoint::Api, Fault::status(401));
    let call = tokio::spawn(async move { client.sites_list().send().await });
    hold.arrived(1).await;
    assert!(source.reject(&old));
    let new = source.token().await.unwrap();
    drop(hold);

    call.await.unwrap().unwrap();
    let requests = sandbox.log().api_requests();
    let sent: Vec<_> = requests
        .iter()
        .map(|request| request.header("authorization").unwrap())
        .collect();
    let tokens = [&old, &new].map(|token| token.authorization().to_str().unwrap());
    assert_eq!(sent, tokens);
    assert_eq!(sandbox.log().token_requests().len(), 2);
}

#[tokio::test]
async fn a_second_401_is_returned() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox);
    for _ in 0..2 {
        sandbox.queue_fault(Endpoint::Api, Fault::status(401));
    }
    let error = client.assets_list().send().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 401);
    assert_eq!(sandbox.log().api_requests().len(), 2);
    assert_eq!(sandbox.log().token_requests().len(), 2);
}

#[tokio::test]
async fn a_write_rejected_with_401_is_retried_with_the_same_body() {
    let sandbox = support::sandbox().await;
    let builder = support::builder(&sandbox, &[]).writes_as_application(true);
    let client = builder.build().unwrap();
    sandbox.queue_fault(Endpoint::Api, Fault::status(401));
    let change = client.assets_update().id("IN-000001");
    let _ = change
        .body_map(|body| body.description(perspio::Nullable::from("new")))
        .send()
        .await;
    let requests = sandbox.log().api_requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].method, "PATCH");
    assert_eq!(
        (&requests[0].method, &requests[0].body),
        (&requests[1].method, &requests[1].body)
    );
}

#[tokio::test]
async fn a_403_does_not_renew_the_token() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox);
    sandbox.queue_fault(Endpoint::Api, Fault::status(403));
    client.assets_list().send().await.unwrap_err();
    assert_eq!(sandbox.log().api_requests().len(), 1);
    assert_eq!(sandbox.log().token_requests().len(), 1);
}

#[tokio::test]
async fn a_token_is_cached_for_50_minutes_and_then_renewed_in_the_background() {
    let sandbox = support::sandbox().await;
    let (client, clock) = client_with_clock(&sandbox);
    let call = || async { client.sites_list().send().await.unwrap() };
    call().await;
    clock.advance(49 * MINUTE);
    call().await;
    assert_eq!(sandbox.log().token_requests().len(), 1);

    // The token is due for renewal: the call completes while the token request is pending.
    clock.advance(MINUTE);
    let hold = sandbox.hold(Endpoint::Token);
    call().await;
    hold.arrived(1).await;
    call().await;
    assert_eq!(sandbox.log().token_requests().len(), 2);
    drop(hold);
}

#[tokio::test]
async fn an_expired_token_is_never_sent() {
    let sandbox = support::sandbox().await;
    let (client, clock) = client_with_clock(&sandbox);
    client.sites_list().send().await.unwrap();
    clock.advance(61 * MINUTE);
    sandbox.clock().advance(61 * MINUTE);
    client.sites_list().send().await.unwrap();
    assert_eq!(sandbox.log().token_requests().len(), 2);
    assert_eq!(sandbox.log().api_requests().len(), 2);
}

#[tokio::test]
async fn a_failed_token_request_is_retried_after_a_back_off() {
    let sandbox = support::sandbox().await;
    let clock = Arc::new(ManualClock::new());
    let client = support::builder(&sandbox, &[])
        .clock(clock.clone())
        .retry(perspio::RetryPolicy::none())
        .build()
        .unwrap();
    sandbox.queue_fault(Endpoint::Token, Fault::html(503));
    let first = client.sites_list().send().await.unwrap_err();
    let backoff = first.retry_after().unwrap();
    let again = client.sites_list().send().await.unwrap_err();
    assert!(again.is_transient() && again.retry_after() == Some(backoff));
    assert_eq!(sandbox.log().token_requests().len(), 1);
    clock.advance(backoff);
    client.sites_list().send().await.unwrap();
    assert_eq!(sandbox.log().token_requests().len(), 2);
}

#[tokio::test]
async fn the_lifetime_of_a_token_counts_from_before_the_request() {
    let sandbox = support::sandbox().await;
    let (client, clock) = client_with_clock(&sandbox);
    let hold = sandbox.hold(Endpoint::Token);
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.sites_list().send().await.map(drop) }
    });
    hold.arrived(1).await;
    // The response arrives after half an hour.
    clock.advance(30 * MINUTE);
    drop(hold);
    first.await.unwrap().unwrap();
    clock.advance(31 * MINUTE);
    client.sites_list().send().await.unwrap();
    assert_eq!(sandbox.log().token_requests().len(), 2, "it had expired");
}

/// An observer that panics once.
#[derive(Default)]
struct Panics(AtomicBool);

impl TokenObserver for Panics {
    fn on_renewed(&self, _: &TokenKey, _: &AccessToken, _: Duration) {
        assert!(
            self.0.swap(true, Ordering::SeqCst),
            "this observer panics on purpose"
        );
    }
}

#[tokio::test]
async fn a_panic_of_an_observer_does_not_prevent_later_renewals() {
    let sandbox = support::sandbox().await;
    let grant = ClientCredentials::new(support::application(&sandbox));
    let profile = support::profile(&sandbox);
    let source = TokenSource::builder(&profile, grant)
        .observer(Arc::new(Panics::default()))
        .build()
        .unwrap();
    let error = source.token().await.unwrap_err();
    assert!(error.to_string().contains("aborted"), "{error}");
    source.token().await.unwrap();
}

#[tokio::test]
async fn a_miss_on_one_key_does_not_delay_a_hit_on_another() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let sources = TokenSources::new(10);
    let source = |user: &str| {
        let grant = ClientCredentials::new(support::application(&sandbox));
        sources
            .get_or_build(TokenSource::builder(&profile, grant).user(user))
            .unwrap()
    };
    source("a").token().await.unwrap();
    let hold = sandbox.hold(Endpoint::Token);
    let missing = tokio::spawn({
        let missing = source("b");
        async move { missing.token().await }
    });
    hold.arrived(1).await;
    // Ready at the first poll: nothing is awaited.
    assert!(source("a").token().now_or_never().unwrap().is_ok());
    drop(hold);
    missing.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_hundred_callers_of_each_of_a_hundred_cold_keys_make_a_hundred_requests() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let sources = Arc::new(TokenSources::new(100));
    let callers: Vec<_> = (0..10_000)
        .map(|caller| {
            let grant = ClientCredentials::new(support::application(&sandbox));
            let builder = TokenSource::builder(&profile, grant).user((caller % 100).to_string());
            let sources = sources.clone();
            tokio::spawn(async move { sources.get_or_build(builder)?.token().await })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    assert_eq!(sandbox.log().token_requests().len(), 100);
}
