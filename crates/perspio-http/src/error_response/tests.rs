use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use perspio_auth::clock::{ManualClock, SystemClock};

use perspio_auth::endpoint::Endpoint;
use reqwest::{ResponseBuilderExt, Url};

use super::*;

fn profile() -> Profile {
    let base = "https://api.example".parse::<Endpoint>().unwrap();
    Profile::custom("Example", base.clone(), &base)
}

fn failed(response: http::Response<reqwest::Body>) -> CallResponse {
    CallResponse::alone(response.into())
}

async fn error_of(status: u16, body: impl Into<reqwest::Body>) -> Error {
    let response = http::Response::builder()
        .status(status)
        .url(Url::parse("https://api.example/things?secret").unwrap())
        .header("retry-after", "7")
        .header("x-request-id", "r-9")
        .header("location", "https://elsewhere.example/path?secret")
        .body(body.into())
        .unwrap();
    read(failed(response), &profile(), &SystemClock, None).await
}

/// A body that stalls after this text.
struct Silent(Option<&'static str>);

impl Body for Silent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.0.take() {
            Some(words) => Poll::Ready(Some(Ok(Frame::data(words.into())))),
            None => Poll::Pending,
        }
    }
}

#[tokio::test]
async fn a_body_that_stalls_is_read_for_ten_seconds() {
    let clock = ManualClock::new();
    let moved = clock.clone();
    let call = tokio::spawn(async move {
        let body = reqwest::Body::wrap(Silent(Some("it is being repaired")));
        let mut response = http::Response::new(body);
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        read(failed(response), &profile(), &clock, None).await
    });
    moved.sleeps(1).await;
    moved.advance(MAX_READ_TIME);
    let error = call.await.unwrap();
    assert_eq!(error.status(), Some(StatusCode::SERVICE_UNAVAILABLE));
    assert!(error.to_string().contains("being repaired"), "{error}");
}

#[tokio::test]
async fn a_gateways_page_keeps_its_status() {
    let error = error_of(503, "<html><h1>503 Service Unavailable</h1></html>").await;
    assert_eq!(error.status(), Some(StatusCode::SERVICE_UNAVAILABLE));
    assert!(error.to_string().contains("<h1>503"), "{error}");
    assert_eq!(error.request_id(), Some("r-9"));
}

#[tokio::test]
async fn an_empty_or_broken_body_keeps_its_status() {
    for body in ["", "{\"message\":", "null", "[]", "{}"] {
        assert_eq!(
            error_of(404, body).await.status(),
            Some(StatusCode::NOT_FOUND),
            "{body}"
        );
    }
}

#[tokio::test]
async fn the_message_is_found_in_the_usual_places() {
    for body in [
        r#"{"statusCode":400,"message":"said"}"#,
        r#"{"error":{"code":1,"message":"said"}}"#,
        r#"{"title":"said"}"#,
    ] {
        let error = error_of(400, body).await;
        assert!(
            matches!(&error, Error::Api { message, .. } if &**message == "said"),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn the_beginning_of_a_huge_body_is_kept() {
    let error = error_of(500, "x".repeat(20 * 1024 * 1024)).await;
    assert!(matches!(&error, Error::Api { body, message, .. }
        if body.len() == MAX_BODY && message.len() == EXCERPT));
}

#[tokio::test]
async fn a_429_reports_how_long_to_wait() {
    let error = error_of(429, r#"{"message":"slow down"}"#).await;
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn every_status_reports_how_long_to_wait_and_its_help_when_to_call_again() {
    for status in [503, 500, 502, 504, 409, 413, 423] {
        let error = error_of(status, "").await;
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)), "{error}");
        assert!(error.help().contains("again in 7 s"), "{}", error.help());
        assert!(error.to_string().contains(&error.help()), "{error}");
    }
    // Where a wait does not help, something else is said.
    assert!(error_of(301, "").await.help().contains("base URL"));
}

#[tokio::test]
async fn a_403_with_a_wait_and_no_challenge_is_an_exhausted_quota() {
    let error = error_of(403, r#"{"message":"Out of call volume quota."}"#).await;
    assert!(error.is_rate_limited() && !error.is_forbidden(), "{error}");
    assert_eq!(error.status(), Some(StatusCode::FORBIDDEN));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    let challenged = http::Response::builder()
        .status(403)
        .header("retry-after", "7")
        .header("www-authenticate", "Bearer")
        .body(reqwest::Body::default());
    let error = read(failed(challenged.unwrap()), &profile(), &SystemClock, None).await;
    assert!(error.is_forbidden() && !error.is_rate_limited(), "{error}");
}

#[tokio::test]
async fn an_error_names_method_path_and_host_and_no_query() {
    let error = error_of(404, "").await;
    let text = error.to_string();
    assert!(text.contains("GET /things (api.example)"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}
