//! Which requests are retried, when, and what the error reports about it.

use std::sync::Arc;
use std::time::Duration;

use perspio::{CallOptions, Client, Error, Method, RetryPolicy, StopReason};
use perspio_auth::clock::ManualClock;
use perspio_auth::{FixedToken, Profile};
use perspio_http::ApiClient;
use perspio_sandbox::{Endpoint, Fault, Sandbox, UserAccess};
use tokio::task::JoinHandle;

use crate::raw_server::RawServer;
use crate::support;

/// Retries have no back-off, so that they need no clock.
fn without_backoff() -> RetryPolicy {
    RetryPolicy::new().first_backoff(Duration::ZERO)
}

fn too_many_requests(seconds: u64) -> Fault {
    Fault::status(429).header("retry-after", seconds.to_string())
}

/// Returns a client of `sandbox` that may write, whose clock does not advance.
fn client_with_clock(sandbox: &Sandbox) -> (Client, ManualClock) {
    let clock = ManualClock::new();
    let token = FixedToken::new(sandbox.user_token(UserAccess::ReadWrite));
    let client = support::builder(sandbox, &[])
        .credential(token)
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap();
    (client, clock)
}

fn spawn_list(client: &Client) -> JoinHandle<Result<usize, Error>> {
    let client = client.clone();
    tokio::spawn(async move { Ok(client.assets_list().send().await?.len()) })
}

async fn list(client: &Client) -> Result<usize, Error> {
    Ok(client.assets_list().send().await?.len())
}

async fn update(client: &Client) -> Result<(), Error> {
    let call = client.assets_update().id("IN-000001");
    let call = call.body_map(|body| body.description(perspio::NullableText::from("words")));
    call.send().await?;
    Ok(())
}

#[tokio::test]
async fn a_429_is_retried_after_its_retry_after() {
    let sandbox = support::sandbox().await;
    sandbox.queue_fault(Endpoint::Api, too_many_requests(90));
    let (client, clock) = client_with_clock(&sandbox);
    let call = spawn_list(&client);
    clock.sleeps(1).await;
    clock.advance(Duration::from_millis(89_999));
    // The call has woken up before the end of the wait.
    clock.sleeps(2).await;
    assert_eq!(sandbox.log().api_requests().len(), 1);
    clock.advance(Duration::from_secs(1));
    assert_eq!(call.await.unwrap().unwrap(), 250);
    assert_eq!(sandbox.log().api_requests().len(), 2);
}

#[tokio::test]
async fn a_write_rejected_with_429_is_retried_with_its_body() {
    let sandbox = support::sandbox().await;
    let token = FixedToken::new(sandbox.user_token(UserAccess::ReadWrite));
    let builder = support::builder(&sandbox, &[]).credential(token);
    let client = builder.retry(without_backoff()).build().unwrap();
    let id = client.assets_list().send().await.unwrap()[0].id.clone();
    sandbox.log().clear();
    sandbox.queue_fault(Endpoint::Api, too_many_requests(0));
    let call = client.assets_update().id(id.unwrap());
    let call = call.body_map(|body| body.description(perspio::NullableText::from("words")));
    call.send().await.unwrap();
    let sent = sandbox.log().api_requests();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].body, sent[1].body);
}

#[tokio::test]
async fn a_wait_above_the_cap_is_not_started_and_the_error_reports_it() {
    let sandbox = support::sandbox().await;
    sandbox.queue_fault(Endpoint::Api, too_many_requests(121));
    let (client, clock) = client_with_clock(&sandbox);
    let error = list(&client).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(121)));
    assert!(
        error
            .to_string()
            .contains("asks for a wait of 121 s, and at most 120 s"),
        "{error}"
    );
    // The body of the response is read with a time limit, which is not part of the wait.
    let waits = clock.sleeps(0).await;
    assert!(waits.iter().all(|it| it.as_secs() <= 10), "{waits:?}");
    assert_eq!(sandbox.log().api_requests().len(), 1);
}

#[tokio::test]
async fn a_wait_beyond_the_timeout_of_the_call_is_not_started() {
    let sandbox = support::sandbox().await;
    sandbox.queue_fault(Endpoint::Api, too_many_requests(30));
    let (client, _clock) = client_with_clock(&sandbox);
    let client = client.with_options(CallOptions::new().timeout(Duration::from_secs(20)));
    let error = list(&client).await.unwrap_err();
    assert!(error.is_rate_limited() && !error.is_timeout(), "{error}");
    let stopped = error.attempts().unwrap().stopped;
    assert!(
        matches!(stopped, Some(StopReason::NoTimeLeft { .. })),
        "{error}"
    );
    assert_eq!(sandbox.log().api_requests().len(), 1);
}

#[tokio::test]
async fn retries_can_be_disabled_for_a_call() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox).with_options(CallOptions::new().without_retry());
    for status in [429, 503] {
        sandbox.log().clear();
        sandbox.queue_fault(Endpoint::Api, Fault::status(status));
        let error = list(&client).await.unwrap_err();
        assert_eq!(error.status().unwrap(), status);
        assert_eq!(sandbox.log().api_requests().len(), 1);
        let attempts = error.attempts().unwrap();
        assert_eq!((attempts.count, attempts.stopped), (1, None));
    }
}

#[tokio::test]
async fn an_outage_is_retried_for_reads_and_never_for_a_patch() {
    let sandbox = support::sandbox().await;
    let token = FixedToken::new(sandbox.user_token(UserAccess::ReadWrite));
    let builder = support::builder(&sandbox, &[]).credential(token);
    let client = builder.retry(without_backoff()).build().unwrap();
    let faults = [502, 503, 504].map(Fault::html).into_iter();
    for fault in faults.chain([Fault::cut()]) {
        sandbox.log().clear();
        sandbox.queue_fault(Endpoint::Api, fault.clone());
        assert_eq!(list(&client).await.unwrap(), 250);
        assert_eq!(sandbox.log().api_requests().len(), 2);
        sandbox.log().clear();
        sandbox.queue_fault(Endpoint::Api, fault);
        let error = update(&client).await.unwrap_err();
        assert!(
            error.may_have_been_applied() && error.is_transient(),
            "{error}"
        );
        let stopped = error.attempts().unwrap().stopped;
        assert_eq!(stopped, Some(StopReason::NotIdempotent));
        assert!(error.to_string().contains("not retried"), "{error}");
        assert_eq!(sandbox.log().api_requests().len(), 1);
    }
}

#[tokio::test]
async fn the_last_response_is_returned_with_the_number_of_attempts() {
    let sandbox = support::sandbox().await;
    for number in 1..=5 {
        let fault = Fault::status(503).body("text/plain", format!("outage {number}"));
        sandbox.queue_fault(Endpoint::Api, fault);
    }
    let client = support::builder(&sandbox, &[]).retry(without_backoff());
    let error = list(&client.build().unwrap()).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 503);
    let text = error.to_string();
    assert!(text.contains("outage 5 (5 attempts)"), "{text}");
    assert_eq!(sandbox.log().api_requests().len(), 5);
}

#[tokio::test]
async fn a_token_request_is_retried_as_a_call_is() {
    for fault in [
        Fault::html(503),
        Fault::status(429).header("retry-after", "0"),
        Fault::cut(),
        Fault::status(502),
    ] {
        let sandbox = support::sandbox().await;
        sandbox.queue_fault(Endpoint::Token, fault.clone());
        sandbox.queue_fault(Endpoint::Token, fault);
        let client = support::builder(&sandbox, &[]).retry(without_backoff());
        list(&client.build().unwrap()).await.unwrap();
        assert_eq!(sandbox.log().token_requests().len(), 3);
        assert_eq!(sandbox.log().api_requests().len(), 1);
    }
}

#[tokio::test]
async fn a_permanent_failure_of_a_token_request_is_not_retried() {
    let sandbox = support::sandbox().await;
    let body = r#"{"error":"invalid_client"}"#;
    let fault = Fault::status(401).body("application/json", body);
    sandbox.queue_fault(Endpoint::Token, fault);
    let client = support::builder(&sandbox, &[]).retry(without_backoff());
    let error = list(&client.build().unwrap()).await.unwrap_err();
    assert!(matches!(&error, Error::Auth(_)), "{error}");
    assert_eq!(sandbox.log().token_requests().len(), 1);
    assert!(sandbox.log().api_requests().is_empty());
}

/// Returns a client of `server` without generated code.
fn api_client(server: &RawServer, profile: Profile) -> ApiClient {
    let profile = profile.with_base_url(support::address(server.url()));
    let headers: Vec<_> = profile
        .headers()
        .iter()
        .map(|it| it.name().clone())
        .collect();
    let profile = headers.into_iter().fold(profile, |profile, name| {
        profile.with_header(name, &"value".into()).unwrap()
    });
    ApiClient::builder(profile)
        .retry(without_backoff())
        .credential(FixedToken::new("token"))
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_streamed_body_is_not_retried_and_a_buffered_one_is() {
    let server = RawServer::start().await;
    let client = api_client(&server, perspio::profile());
    let put = |body: reqwest::Body| {
        let request = client.request(Method::PUT, "/words");
        request.body("text/plain", body).send()
    };
    for _ in 0..2 {
        server.queue_http(429, "", "slow down");
    }
    let streamed = put(reqwest::Body::wrap(reqwest::Body::from("words"))).await;
    let error = streamed.unwrap_err();
    assert_eq!(server.requests().len(), 1);
    assert_eq!(error.status().unwrap(), 429);
    let attempts = error.attempts().unwrap();
    assert_eq!(
        (attempts.count, attempts.stopped),
        (1, Some(StopReason::StreamedBody))
    );
    assert!(error.to_string().contains("slow down"), "{error}");
    server.queue_http(200, "", "done");
    let copied = put("words".into()).await.unwrap();
    assert_eq!(copied.text().await.unwrap(), "done");
    let sent = server.requests();
    assert_eq!(sent.len(), 3);
    assert!(sent[1..].iter().all(|request| request.ends_with("words")));
}

#[tokio::test]
async fn dispogas_retries_no_write_that_may_have_been_applied() {
    let server = RawServer::start().await;
    let api = support::address(server.url());
    let dispogas = dispogas::profile(api, "directory", "tenancy").unwrap();
    for (profile, sent) in [(dispogas, 1), (perspio::profile(), 2)] {
        server.clear();
        server.queue_http(503, "", "");
        server.queue_http(200, "", "");
        let name = profile.name().to_owned();
        let client = api_client(&server, profile);
        let request = client
            .request(Method::PUT, "/words")
            .body("text/plain", "words");
        let outcome = request.send().await;
        assert_eq!(outcome.is_ok(), sent == 2, "{name}");
        assert_eq!(server.requests().len(), sent, "{name}");
    }
}

#[tokio::test]
async fn a_retry_is_traced_without_a_secret() {
    let sandbox = support::sandbox().await;
    let traces = support::Traces::record();
    sandbox.queue_fault(Endpoint::Api, Fault::html(503));
    let client = support::builder(&sandbox, &[]).retry(without_backoff());
    list(&client.build().unwrap()).await.unwrap();
    let text = traces.text();
    let line = text
        .lines()
        .find(|line| line.contains("will be retried"))
        .unwrap();
    for part in ["assets_list", "attempt", "wait_ms", "503"] {
        assert!(line.contains(part), "{part} is missing: {line}");
    }
    assert!(!text.contains(sandbox.subscription_key()), "{text}");
}
