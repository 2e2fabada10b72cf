//! Faults and holds.

use futures::future::join_all;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::testing::{Answer, application_token, call, get, good_parameters, http, token_request};
use crate::{Endpoint, Fault, Sandbox};

#[tokio::test]
async fn faults_are_answered_in_the_order_queued_one_for_each_request() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = application_token(&sandbox).await;
    for status in [503, 429, 500] {
        sandbox.queue_fault(Endpoint::Api, Fault::status(status));
    }
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(get(&sandbox, "/sites/v3/", &token).await.status);
    }
    assert_eq!(statuses, [503, 429, 500, 200]);
    assert_eq!(sandbox.log().api_requests().len(), 4);
}

#[tokio::test]
async fn a_fault_waits_for_a_request_of_its_own_endpoint() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.queue_fault(Endpoint::Api, Fault::status(502));
    sandbox.queue_fault(Endpoint::Token, Fault::status(503));
    let ask = || Answer::to(token_request(&sandbox, &[]));
    assert_eq!(ask().await.status, 503);
    assert_eq!(ask().await.status, 400);
    assert_eq!(get(&sandbox, "/elsewhere", "").await.status, 404);
    assert_eq!(get(&sandbox, "/sites/v3/", "").await.status, 502);
    assert_eq!(get(&sandbox, "/sites/v3/", "").await.status, 401);
}

#[tokio::test]
async fn each_step_of_a_sign_in_has_faults_of_its_own() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.queue_fault(Endpoint::Authorize, Fault::status(502));
    sandbox.queue_fault(Endpoint::DeviceCode, Fault::status(503));
    sandbox.queue_fault(Endpoint::Other, Fault::status(504));
    for (path, status) in [("authorize", 502), ("devicecode", 503)] {
        let url = format!("{}/oauth2/v2.0/{path}", sandbox.authority());
        assert_eq!(Answer::to(http().post(url)).await.status, status);
    }
    assert_eq!(get(&sandbox, "/device", "").await.status, 504);
    let log = sandbox.log().requests();
    let endpoints: Vec<_> = log.iter().map(|request| request.endpoint).collect();
    let expected = [Endpoint::Authorize, Endpoint::DeviceCode, Endpoint::Other];
    assert_eq!(endpoints, expected);
}

#[tokio::test]
async fn a_fault_is_sent_as_it_was_built() {
    let sandbox = Sandbox::start().await.unwrap();
    let fault = Fault::status(429)
        .header("Retry-After", "7")
        .header("X-Twice", "a")
        .header("X-Twice", "b")
        .body("application/problem+json", "{\"a\":1}");
    sandbox.queue_fault(Endpoint::Api, fault);
    let answer = get(&sandbox, "/sites/v3/", "").await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.header("retry-after"), "7");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.headers.get_all("x-twice").iter().count(), 2);
    assert!(answer.headers.get("request-id").is_none());
    assert_eq!(answer.text, "{\"a\":1}");
}

#[tokio::test]
async fn a_fault_without_a_body_has_none_and_no_type() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.queue_fault(Endpoint::Api, Fault::status(503));
    let answer = get(&sandbox, "/sites/v3/", "").await;
    assert_eq!(answer.header("content-length"), "0");
    assert!(answer.headers.get("content-type").is_none());
}

#[tokio::test]
async fn a_gateways_page_is_html() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.queue_fault(Endpoint::Token, Fault::html(502));
    let answer = Answer::to(token_request(&sandbox, &[])).await;
    assert_eq!(answer.status, 502);
    assert_eq!(answer.header("content-type"), "text/html");
    assert!(answer.text.starts_with("<html>"));
    assert!(serde_json::from_str::<Value>(&answer.text).is_err());
}

#[tokio::test]
async fn a_fault_that_cannot_be_sent_says_so() {
    let sandbox = Sandbox::start().await.unwrap();
    for fault in [
        Fault::status(42),
        Fault::status(503).header("no header", "a"),
        Fault::status(503).header("a", "b\r\nc"),
    ] {
        sandbox.queue_fault(Endpoint::Api, fault);
        let answer = get(&sandbox, "/sites/v3/", "").await;
        assert_eq!(answer.status, 500);
        assert!(answer.text.starts_with("sandbox: "), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_cut_request_is_recorded_and_gets_not_one_byte() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.queue_fault(Endpoint::Api, Fault::cut().header("a", "b").body("c", "d"));
    let address = sandbox.base_url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = b"GET /sites/v3/ HTTP/1.1\r\nHost: a\r\n\r\n";
    stream.write_all(head).await.unwrap();
    let mut read = Vec::new();
    let _ = stream.read_to_end(&mut read).await;
    assert_eq!(read, b"");
    assert_eq!(sandbox.log().api_requests().len(), 1);
    assert_eq!(get(&sandbox, "/sites/v3/", "").await.status, 401);
}

#[tokio::test]
async fn held_requests_are_recorded_and_wait_until_the_hold_is_dropped() {
    let sandbox = Sandbox::start().await.unwrap();
    let hold = sandbox.hold(Endpoint::Token);
    let request = || token_request(&sandbox, &good_parameters(&sandbox));
    let calls: Vec<_> = (0..3)
        .map(|_| tokio::spawn(Answer::to(request())))
        .collect();
    hold.arrived(3).await;
    assert_eq!(sandbox.log().token_requests().len(), 3);
    // Another endpoint is not held.
    assert_eq!(get(&sandbox, "/sites/v3/", "").await.status, 401);
    assert!(calls.iter().all(|call| !call.is_finished()));
    drop(hold);
    for answer in join_all(calls).await {
        assert_eq!(answer.unwrap().status, 200);
    }
    assert_eq!(Answer::to(request()).await.status, 200);
}

#[tokio::test]
async fn a_new_hold_does_not_catch_the_requests_that_the_old_one_let_go() {
    let sandbox = Sandbox::start().await.unwrap();
    let first = sandbox.hold(Endpoint::Api);
    let call_of = || {
        tokio::spawn(Answer::to(call(
            &sandbox,
            reqwest::Method::GET,
            "/a/v1",
            "",
        )))
    };
    let released = call_of();
    first.arrived(1).await;
    drop(first);
    let second = sandbox.hold(Endpoint::Api);
    assert_eq!(released.await.unwrap().status, 404);
    let waiting = call_of();
    second.arrived(1).await;
    assert!(!waiting.is_finished());
    drop(second);
    assert_eq!(waiting.await.unwrap().status, 404);
}

#[tokio::test]
async fn requests_wait_for_the_last_of_two_holds() {
    let sandbox = Sandbox::start().await.unwrap();
    let (first, second) = (sandbox.hold(Endpoint::Api), sandbox.hold(Endpoint::Api));
    let waiting = tokio::spawn(Answer::to(
        http().get(format!("{}/a/v1", sandbox.base_url())),
    ));
    first.arrived(1).await;
    drop(first);
    second.arrived(1).await;
    // The server gets its turns here, and would have answered if it could.
    assert_eq!(get(&sandbox, "/elsewhere", "").await.status, 404);
    assert!(!waiting.is_finished());
    drop(second);
    assert_eq!(waiting.await.unwrap().status, 404);
}

#[tokio::test]
async fn a_fault_queued_while_a_request_is_held_is_its_answer() {
    let sandbox = Sandbox::start().await.unwrap();
    let hold = sandbox.hold(Endpoint::Api);
    let waiting = tokio::spawn(Answer::to(
        http().get(format!("{}/a/v1", sandbox.base_url())),
    ));
    hold.arrived(1).await;
    sandbox.queue_fault(Endpoint::Api, Fault::status(503));
    drop(hold);
    assert_eq!(waiting.await.unwrap().status, 503);
}
