//! What is sent again, when, and what is said of it.

use std::sync::Arc;
use std::time::Duration;

use perspio::{CallOptions, Client, Error, GaveUp, RetryPolicy};
use perspio_auth::clock::ManualClock;
use perspio_auth::{FixedToken, Profile};
use perspio_http::{Retry, Tried};
use perspio_sandbox::{Endpoint, Fault, Sandbox, UserAccess};
use tokio::task::JoinHandle;

use crate::raw_server::RawServer;
use crate::support;

/// Repetitions come without a back-off, so that they need no clock.
fn at_once() -> RetryPolicy {
    RetryPolicy::new().first_backoff(Duration::ZERO)
}

fn refused(seconds: u64) -> Fault {
    Fault::status(429).header("retry-after", seconds.to_string())
}

/// A client of `sandbox` for a person, whose clock stands still.
fn by_hand(sandbox: &Sandbox) -> (Client, ManualClock) {
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
async fn a_429_is_repeated_when_the_wait_that_it_asks_for_is_over() {
    let sandbox = support::sandbox().await;
    sandbox.queue_fault(Endpoint::Api, refused(90));
    let (client, clock) = by_hand(&sandbox);
    let call = spawn_list(&client);
    clock.sleeps(1).await;
    clock.advance(Duration::from_millis(89_999));
    // It has woken up and found that it is not time.
    clock.sleeps(2).await;
    assert_eq!(sandbox.log().api_requests().len(), 1);
    clock.advance(Duration::from_secs(1));
    assert_eq!(call.await.unwrap().unwrap(), 250);
    assert_eq!(sandbox.log().api_requests().len(), 2);
}

#[tokio::test]
async fn a_429_of_a_write_is_repeated_with_its_body() {
    let sandbox = support::sandbox().await;
    let token = FixedToken::new(sandbox.user_token(UserAccess::ReadWrite));
    let builder = support::builder(&sandbox, &[]).credential(token);
    let client = builder.retry(at_once()).build().unwrap();
    let id = client.assets_list().send().await.unwrap()[0].id.clone();
    sandbox.log().clear();
    sandbox.queue_fault(Endpoint::Api, refused(0));
    let call = client.assets_update().id(id.unwrap());
    let call = call.body_map(|body| body.description(perspio::NullableText::from("words")));
    call.send().await.unwrap();
    let sent = sandbox.log().api_requests();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].body, sent[1].body);
}

#[tokio::test]
async fn a_wait_beyond_the_cap_is_not_begun_and_the_error_says_so() {
    let sandbox = support::sandbox().await;
    sandbox.queue_fault(Endpoint::Api, refused(121));
    let (client, clock) = by_hand(&sandbox);
    let error = list(&client).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(121)));
    assert!(
        error
            .to_string()
            .contains("asks to wait 121 s, and at most 120 s"),
        "{error}"
    );
    // The answer's body is not read for ever, which is no waiting.
    let waits = clock.sleeps(0).await;
    assert!(waits.iter().all(|it| it.as_secs() <= 10), "{waits:?}");
    assert_eq!(sandbox.log().api_requests().len(), 1);
}

#[tokio::test]
async fn a_wait_that_outlasts_the_call_is_not_begun() {
    let sandbox = support::sandbox().await;
    sandbox.queue_fault(Endpoint::Api, refused(30));
    let (client, _clock) = by_hand(&sandbox);
    let client = client.with_options(CallOptions::new().timeout(Duration::from_secs(20)));
    let error = list(&client).await.unwrap_err();
    assert!(error.is_rate_limited() && !error.is_timeout(), "{error}");
    let gave_up = error.tried().unwrap().gave_up;
    assert!(
        matches!(gave_up, Some(GaveUp::NoTimeLeft { .. })),
        "{error}"
    );
    assert_eq!(sandbox.log().api_requests().len(), 1);
}

#[tokio::test]
async fn a_call_may_ask_to_be_sent_once() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox).with_options(CallOptions::new().without_retry());
    for status in [429, 503] {
        sandbox.log().clear();
        sandbox.queue_fault(Endpoint::Api, Fault::status(status));
        let error = list(&client).await.unwrap_err();
        assert_eq!(error.status().unwrap(), status);
        assert_eq!(sandbox.log().api_requests().len(), 1);
        assert_eq!(error.tried(), Some(Tried::default()));
    }
}

#[tokio::test]
async fn an_outage_repeats_what_reads_and_never_a_change() {
    let sandbox = support::sandbox().await;
    let token = FixedToken::new(sandbox.user_token(UserAccess::ReadWrite));
    let builder = support::builder(&sandbox, &[]).credential(token);
    let client = builder.retry(at_once()).build().unwrap();
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
            error.may_have_been_done() && error.is_transient(),
            "{error}"
        );
        assert_eq!(error.tried().unwrap().gave_up, Some(GaveUp::MayBeDone));
        assert!(error.to_string().contains("not tried again"), "{error}");
        assert_eq!(sandbox.log().api_requests().len(), 1);
    }
}

#[tokio::test]
async fn the_last_answer_comes_back_with_how_often_it_was_tried() {
    let sandbox = support::sandbox().await;
    for number in 1..=5 {
        let fault = Fault::status(503).body("text/plain", format!("outage {number}"));
        sandbox.queue_fault(Endpoint::Api, fault);
    }
    let client = support::builder(&sandbox, &[]).retry(at_once());
    let error = list(&client.build().unwrap()).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 503);
    let text = error.to_string();
    assert!(text.contains("outage 5 (tried 5 times)"), "{text}");
    assert_eq!(sandbox.log().api_requests().len(), 5);
}

#[tokio::test]
async fn no_token_is_told_at_once() {
    let sandbox = support::sandbox().await;
    sandbox.queue_fault(Endpoint::Token, Fault::html(503));
    let client = support::builder(&sandbox, &[]).retry(at_once());
    let error = list(&client.build().unwrap()).await.unwrap_err();
    assert!(
        matches!(&error, Error::Auth(_)) && error.is_transient(),
        "{error}"
    );
    assert_eq!(sandbox.log().token_requests().len(), 1);
    assert!(sandbox.log().api_requests().is_empty());
}

/// The stage by itself, in front of a bare client.
fn alone(profile: &Profile, policy: RetryPolicy) -> reqwest_middleware::ClientWithMiddleware {
    let retry = Retry::new(profile, policy, Arc::new(ManualClock::new()));
    reqwest_middleware::ClientBuilder::new(support::local_client())
        .with(retry)
        .build()
}

#[tokio::test]
async fn a_streamed_body_is_sent_once_and_its_answer_comes_back_unread() {
    let server = RawServer::start().await;
    let client = alone(&perspio::profile(), at_once());
    let put = |body: reqwest::Body| client.put(server.url()).body(body).send();
    for _ in 0..2 {
        server.queue_http(429, "", "slow down");
    }
    let streamed = put(reqwest::Body::wrap(reqwest::Body::from("words")))
        .await
        .unwrap();
    assert_eq!(server.requests().len(), 1);
    assert_eq!(streamed.status(), 429);
    let tried = streamed.extensions().get::<Tried>().copied().unwrap();
    assert_eq!((tried.attempts, tried.gave_up), (1, Some(GaveUp::Streamed)));
    assert_eq!(streamed.text().await.unwrap(), "slow down");
    // The same in memory is sent again, whole.
    server.queue_http(200, "", "done");
    let copied = put("words".into()).await.unwrap();
    assert_eq!(copied.text().await.unwrap(), "done");
    let sent = server.requests();
    assert_eq!(sent.len(), 3);
    assert!(sent[1..].iter().all(|request| request.ends_with("words")));
}

#[tokio::test]
async fn dispogas_repeats_no_write_that_may_have_been_done() {
    let server = RawServer::start().await;
    let api = support::address(server.url());
    let dispogas = dispogas::profile(api, "directory", "tenancy").unwrap();
    for (profile, sent) in [(dispogas, 1), (perspio::profile(), 2)] {
        server.clear();
        server.queue_http(503, "", "");
        server.queue_http(200, "", "");
        let client = alone(&profile, at_once());
        client.put(server.url()).body("words").send().await.unwrap();
        assert_eq!(server.requests().len(), sent, "{}", profile.name());
    }
}

#[tokio::test]
async fn a_repetition_is_traced_without_a_secret() {
    let sandbox = support::sandbox().await;
    let traces = support::Traces::keep();
    sandbox.queue_fault(Endpoint::Api, Fault::html(503));
    let client = support::builder(&sandbox, &[]).retry(at_once());
    list(&client.build().unwrap()).await.unwrap();
    let text = traces.text();
    let line = text
        .lines()
        .find(|line| line.contains("is repeated"))
        .unwrap();
    for part in ["assets_list", "attempt", "wait_ms", "503"] {
        assert!(line.contains(part), "{part} is missing: {line}");
    }
    assert!(!text.contains(sandbox.subscription_key()), "{text}");
}
