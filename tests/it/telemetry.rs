//! The traces and metrics of calls.

use std::time::Duration;

use metrics_util::debugging::DebuggingRecorder;
use perspio::{CallOptions, Priority, RetryPolicy};
use perspio_sandbox::{Endpoint, Fault, Sandbox};

use crate::support::{self, Traces};

/// Returns a client that retries without a back-off.
fn client(sandbox: &Sandbox) -> perspio::Client {
    let policy = RetryPolicy::new().longest_backoff(Duration::ZERO);
    support::builder(sandbox, &[])
        .retry(policy)
        .build()
        .unwrap()
}

/// Returns the lines of this workspace's crates that contain `part`, at any level.
fn lines(traces: &Traces, part: &str) -> Vec<String> {
    let text = traces.text();
    let ours = text.lines().filter(|line| line.contains("perspio"));
    ours.filter(|line| line.contains(part))
        .map(str::to_owned)
        .collect()
}

fn contains_all(line: &str, parts: &[&str]) {
    for part in parts {
        assert!(line.contains(part), "{part} is missing in {line}");
    }
}

#[tokio::test]
async fn a_call_is_traced_with_operation_status_attempts_and_request_id() {
    let sandbox = support::sandbox().await;
    let traces = Traces::record();
    let fault = Fault::status(503).header("request-id", "r-503");
    sandbox.queue_fault(Endpoint::Api, fault);
    client(&sandbox)
        .assets_get()
        .id("IN-000001")
        .send()
        .await
        .unwrap();
    let ends = lines(&traces, "the call has ended");
    assert_eq!(ends.len(), 1, "{}", traces.text());
    let expected = [
        "api=\"PerspioTalk\"",
        "operation=\"assets_get\"",
        "method=GET",
        "status=200",
        "attempts=2",
        "waited_ms=0",
        "took_ms=",
    ];
    contains_all(&ends[0], &expected);
    let responses = lines(&traces, "the API has responded");
    assert_eq!(responses.len(), 2);
    contains_all(&responses[0], &["attempt=1", "status=503", "r-503"]);
    contains_all(&responses[1], &["attempt=2", "status=200"]);
}

#[tokio::test]
async fn a_call_is_traced_in_the_same_way_with_and_without_options() {
    let sandbox = support::sandbox().await;
    let plain = client(&sandbox);
    // Without a cached token the call waits for a token request.
    plain.sites_list().send().await.unwrap();
    let asks_for_more = plain.with_options(CallOptions::new().priority(Priority::Bulk));
    let mut reported = Vec::new();
    for client in [plain, asks_for_more] {
        let traces = Traces::record();
        client.sites_list().send().await.unwrap();
        let lines = lines(&traces, "perspio_http::telemetry");
        assert_eq!(lines.len(), 2, "{}", traces.text());
        reported.push(lines.iter().map(|line| timeless(line)).collect::<Vec<_>>());
    }
    assert_eq!(reported[0], reported[1]);
    contains_all(&reported[0][0], &["attempt=1", "status=200"]);
    contains_all(
        &reported[0][1],
        &["attempts=1", "status=200", "waited_ms=0"],
    );
}

/// Returns a line without its time, its duration and its request id.
fn timeless(line: &str) -> String {
    let changes = |word: &str| word.starts_with("took_ms=") || word.contains("request_id=");
    let words = line.split(' ').skip_while(|word| word.ends_with('Z'));
    words
        .filter(|word| !changes(word))
        .collect::<Vec<_>>()
        .join(" ")
}

#[tokio::test]
async fn a_failed_call_is_traced_with_the_class_of_its_error() {
    let sandbox = support::sandbox().await;
    let traces = Traces::record();
    let client = client(&sandbox);
    client.sites_list().send().await.unwrap();
    let base = sandbox.base_url().to_owned();
    drop(sandbox);
    let error = client.sites_list().send().await.unwrap_err();
    let ends = lines(&traces, "the call has ended");
    contains_all(&ends[1], &["error=\"transport\"", "attempts="]);
    assert!(
        !lines(&traces, "the API has not responded").is_empty(),
        "{error} {base}"
    );
}

#[tokio::test]
async fn checklist_29_no_trace_of_a_call_shows_a_secret_an_id_or_an_address() {
    let sandbox = support::sandbox().await;
    let traces = Traces::record();
    let client = client(&sandbox);
    client
        .assets_get()
        .id("canary-id")
        .send()
        .await
        .unwrap_err();
    let raw = client.request(perspio::Method::GET, "/canary/v1/path?canary=1");
    raw.send().await.unwrap_err();
    let sent = sandbox.log().api_requests();
    let token = sent[0].header("authorization").unwrap().to_owned();
    let text = traces.text();
    let secrets = [
        token.trim_start_matches("Bearer "),
        sandbox.client_secret(),
        sandbox.subscription_key(),
    ];
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} shows");
    }
    assert!(
        !lines(&traces, "operation=\"request\"").is_empty(),
        "{text}"
    );
    assert_eq!(lines(&traces, "canary"), [""; 0]);
}

#[tokio::test]
async fn calls_and_attempts_are_counted_by_operation_and_outcome() {
    let sandbox = support::sandbox().await;
    let recorder = DebuggingRecorder::new();
    let counted = recorder.snapshotter();
    let guard = metrics::set_default_local_recorder(&recorder);
    sandbox.queue_fault(Endpoint::Api, Fault::status(503));
    let client = client(&sandbox);
    client.sites_list().send().await.unwrap();
    client.assets_get().id("IN-0").send().await.unwrap_err();
    drop(guard);
    let mut reported: Vec<_> = counted
        .snapshot()
        .into_vec()
        .into_iter()
        .map(|(key, _, _, value)| {
            let labels = key.key().labels();
            let labels = labels.map(|label| format!("{}={}", label.key(), label.value()));
            let value = match value {
                metrics_util::debugging::DebugValue::Counter(count) => count.to_string(),
                _ => "measured".to_owned(),
            };
            let labels = labels.collect::<Vec<_>>().join(" ");
            format!("{} {labels}: {value}", key.key().name())
        })
        .filter(|line| line.starts_with("perspio_http"))
        .collect();
    reported.sort();
    let expected = [
        "perspio_http_attempts_total operation=assets_get outcome=404: 1",
        "perspio_http_attempts_total operation=sites_list outcome=200: 1",
        "perspio_http_attempts_total operation=sites_list outcome=503: 1",
        "perspio_http_call_seconds api=PerspioTalk operation=assets_get: measured",
        "perspio_http_call_seconds api=PerspioTalk operation=sites_list: measured",
        "perspio_http_calls_total api=PerspioTalk operation=assets_get outcome=404: 1",
        "perspio_http_calls_total api=PerspioTalk operation=sites_list outcome=200: 1",
        "perspio_http_wait_seconds api=PerspioTalk operation=assets_get: measured",
        "perspio_http_wait_seconds api=PerspioTalk operation=sites_list: measured",
    ];
    assert_eq!(reported, expected);
}
