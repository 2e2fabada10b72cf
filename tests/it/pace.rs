//! Pacing within the limits of the service, against a server that enforces them strictly.

#[cfg(unix)]
mod redis;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use perspio::{CallOptions, Client, Error, Limits};
use perspio_auth::FixedToken;
use perspio_auth::clock::ManualClock;
use perspio_sandbox::{Endpoint, Fault, Sandbox, SandboxBuilder, UserAccess};
use tokio::task::JoinSet;

use crate::support::builder;

/// A client and a server whose clocks stand still until the test advances them.
struct Both {
    sandbox: Sandbox,
    clock: ManualClock,
    client: Client,
}

impl Both {
    async fn start(sandbox: SandboxBuilder, limits: Limits) -> Self {
        let sandbox = sandbox.start().await.unwrap();
        sandbox.clock().freeze();
        let clock = ManualClock::new();
        let client = builder(&sandbox, &[])
            .limits(limits)
            .clock(Arc::new(clock.clone()))
            .build()
            .unwrap();
        Self {
            sandbox,
            clock,
            client,
        }
    }

    /// Starts both with the limits of `PerspioTalk`.
    async fn documented() -> Self {
        Self::start(Sandbox::builder().documented_limits(), perspio::limits()).await
    }

    fn advance(&self, by: Duration) {
        self.sandbox.clock().advance(by);
        self.clock.advance(by);
    }

    /// Waits until this number of calls wait for a slot.
    async fn waiting(&self, calls: usize) {
        while self.client.budget().waiting != calls {
            tokio::task::yield_now().await;
        }
    }
}

/// Every slot counts for the window and a thousandth of it.
const HOLD: Duration = Duration::from_millis(90_090);

#[tokio::test]
async fn four_hundred_calls_of_64_tasks_get_no_429_and_take_the_shortest_time() {
    let both = Both::documented().await;
    let completed = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for task in 0..64 {
        let (client, completed) = (both.client.clone(), completed.clone());
        tasks.spawn(async move {
            // 64 × 6 and 16 more.
            for _ in 0..if task < 16 { 7 } else { 6 } {
                client.sites_list().send().await?;
                completed.fetch_add(1, Ordering::SeqCst);
            }
            Ok::<_, Error>(())
        });
    }
    let mut passed = Duration::ZERO;
    for round in 1..=20 {
        while completed.load(Ordering::SeqCst) < 20 * round {
            tokio::task::yield_now().await;
        }
        if round < 20 {
            both.advance(HOLD.saturating_sub(Duration::from_nanos(1)));
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            let sent = both.sandbox.log().api_requests().len();
            assert_eq!(sent, 20 * round, "no call is sent early");
            both.advance(Duration::from_nanos(1));
            passed += HOLD;
        }
    }
    while let Some(outcome) = tasks.join_next().await {
        outcome.unwrap().unwrap();
    }
    assert_eq!(both.sandbox.log().api_requests().len(), 400);
    assert_eq!(both.sandbox.refused(), 0);
    let optimum = Duration::from_secs(19 * 90);
    assert!(passed <= optimum.mul_f64(1.02), "{passed:?}");
}

#[tokio::test]
async fn without_pacing_the_same_server_returns_429() {
    let both = Both::start(Sandbox::builder().documented_limits(), Limits::none()).await;
    let once = both.client.with_options(CallOptions::new().without_retry());
    for _ in 0..20 {
        once.sites_list().send().await.unwrap();
    }
    let error = once.sites_list().send().await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(90)));
    assert_eq!(both.sandbox.refused(), 1);
}

#[tokio::test]
async fn a_retry_after_of_the_service_delays_every_call() {
    let both = Both::documented().await;
    let fault = Fault::status(429).header("Retry-After", "30");
    both.sandbox.queue_fault(Endpoint::Api, fault);
    let once = both.client.with_options(CallOptions::new().without_retry());
    let error = once.sites_list().send().await.unwrap_err();
    assert!(error.is_rate_limited(), "{error}");
    let paused_for = both.client.budget().paused_for;
    assert_eq!(paused_for, Some(Duration::from_secs(30)));
    let client = both.client.clone();
    let waiting = tokio::spawn(async move { client.sites_list().send().await.map(drop) });
    both.waiting(1).await;
    both.advance(Duration::from_secs(29));
    both.waiting(1).await;
    assert!(!waiting.is_finished());
    both.advance(Duration::from_secs(1));
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_requested_pause_is_capped_at_an_hour() {
    let both = Both::documented().await;
    let fault = Fault::status(429).header("Retry-After", "86400");
    both.sandbox.queue_fault(Endpoint::Api, fault);
    let once = both.client.with_options(CallOptions::new().without_retry());
    once.sites_list().send().await.unwrap_err();
    let paused_for = both.client.budget().paused_for;
    assert_eq!(paused_for, Some(Duration::from_secs(3600)));
}

#[tokio::test]
async fn a_call_whose_timeout_is_shorter_than_the_wait_reports_the_wait() {
    let both = Both::documented().await;
    for _ in 0..20 {
        both.client.sites_list().send().await.unwrap();
    }
    let soon = CallOptions::new().timeout(Duration::from_secs(10));
    let error = both.client.with_options(soon).sites_list().send().await;
    let error = error.unwrap_err();
    assert!(error.is_rate_limited(), "{error}");
    assert_eq!(error.retry_after(), Some(HOLD));
    assert_eq!(error.status(), None, "the API has not responded");
    assert!(!error.may_have_been_applied() && error.help().contains("Nothing was sent"));
    let text = error.to_string();
    assert!(
        text.contains("not sent, ")
            && text.contains("wait 91 s")
            && text.contains("application rate"),
        "{text}"
    );
    assert_eq!(both.sandbox.log().api_requests().len(), 20);
}

/// Starts a call that waits for an hour, longer than its token is valid.
async fn waits_for_an_hour(both: &Both) -> tokio::task::JoinHandle<Result<(), Error>> {
    let fault = Fault::status(429).header("Retry-After", "3600");
    both.sandbox.queue_fault(Endpoint::Api, fault);
    let once = both.client.with_options(CallOptions::new().without_retry());
    once.sites_list().send().await.unwrap_err();
    both.sandbox.log().clear();
    let client = both.client.clone();
    let waiting = tokio::spawn(async move { client.sites_list().send().await.map(drop) });
    both.waiting(1).await;
    waiting
}

#[tokio::test]
async fn a_call_that_waits_longer_than_its_token_is_valid_gets_a_new_one() {
    let both = Both::documented().await;
    let waiting = waits_for_an_hour(&both).await;
    let hop = Fault::status(307).header("Location", "/sites/v3/?again");
    both.sandbox.queue_fault(Endpoint::Api, hop);
    both.advance(Duration::from_secs(3600));
    waiting.await.unwrap().unwrap();
    let sent = both.sandbox.log().api_requests();
    assert_eq!(sent.len(), 2, "none was rejected, one was redirected");
    assert_eq!(
        sent[0].header("authorization"),
        sent[1].header("authorization")
    );
    assert_eq!(both.sandbox.log().token_requests().len(), 1);
    let left = both.client.budget().limits[0].left;
    assert_eq!(left, 18, "each hop counts");
}

#[tokio::test]
async fn a_call_whose_token_cannot_be_renewed_releases_its_slot() {
    let both = Both::documented().await;
    let waiting = waits_for_an_hour(&both).await;
    both.sandbox.queue_fault(
        Endpoint::Token,
        Fault::status(400).body("application/json", r#"{"error":"invalid_client"}"#),
    );
    both.advance(Duration::from_secs(3600));
    let error = waiting.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Auth(_)), "{error}");
    assert!(both.sandbox.log().api_requests().is_empty());
    assert_eq!(both.client.budget().limits[0].left, 20);
}

#[tokio::test]
async fn a_call_cancelled_during_its_token_request_releases_its_slot() {
    let both = Both::documented().await;
    let waiting = waits_for_an_hour(&both).await;
    let hold = both.sandbox.hold(Endpoint::Token);
    both.advance(Duration::from_secs(3600));
    hold.arrived(1).await;
    assert_eq!(both.client.budget().limits[0].left, 19);
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert_eq!(both.client.budget().limits[0].left, 20);
}

#[tokio::test]
async fn the_bytes_of_responses_are_counted_as_they_arrive() {
    let sandbox = Sandbox::builder().documented_limits();
    let both = Both::start(sandbox, perspio::limits()).await;
    let response = both.client.assets_list().send().await.unwrap();
    let length = response.headers()["content-length"].to_str().unwrap();
    let left = both.client.budget().limits[2].left;
    assert_eq!(left, 40_000_000 - length.parse::<u64>().unwrap());
}

#[tokio::test]
async fn the_bytes_of_requests_are_counted() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = FixedToken::new(sandbox.user_token(UserAccess::ReadWrite));
    let builder = builder(&sandbox, &[]).credential(token);
    let client = builder.limits(perspio::limits()).build().unwrap();
    let call = client.assets_update().id("IN-000001");
    let call = call.body_map(|body| body.description(perspio::NullableText::from("words")));
    let response = call.send().await.unwrap();
    let received = response.headers()["content-length"].to_str().unwrap();
    let sent = sandbox.log().api_requests()[0].body.len() as u64;
    let left = client.budget().limits[2].left;
    assert!(sent > 0);
    assert_eq!(left, 40_000_000 - sent - received.parse::<u64>().unwrap());
}

#[tokio::test]
async fn a_client_of_a_loopback_address_has_no_limits_by_default() {
    let sandbox = crate::support::sandbox().await;
    let client = crate::support::client(&sandbox);
    assert!(client.budget().limits.is_empty());
    let service = builder(&sandbox, &[("PERSPIO_BASE_URL", "https://talk.perspio.io")]);
    let limits = service.build().unwrap().budget().limits;
    let names: Vec<_> = limits.iter().map(|it| (it.limit.name(), it.left)).collect();
    let documented = [
        ("application rate", 20),
        ("tenant quota", 10_000),
        ("tenant bandwidth", 40_000_000),
    ];
    assert_eq!(names, documented);
}
