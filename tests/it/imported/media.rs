//! Event streams, alternatives of media types, and downloads.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use perspio_auth::clock::ManualClock;
use perspio_auth::{FixedToken, Profile};
use perspio_http::{ApiClient, CallOptions, Error, EventStream, RetryPolicy};

use super::{Client, Sent, client, generated::types, thing};
use crate::raw_server::{RawResponse, RawServer, http};
use crate::support;

/// Returns a client without back-offs, whose clock does not advance.
fn client_with_clock(server: &RawServer) -> (Client, ManualClock) {
    let clock = ManualClock::new();
    let here = support::address(server.url());
    let client = ApiClient::builder(Profile::custom("hard", here.clone(), &here))
        .credential(FixedToken::new("canary-token"))
        .retry(RetryPolicy::new().first_backoff(Duration::ZERO))
        .clock(Arc::new(clock.clone()))
        .build();
    (Client::from(client.unwrap()), clock)
}

const EVENTS: &str = "content-type: text/event-stream\r\n";

/// Returns a response that breaks off after `body`.
fn broken(headers: &str, body: &str, length: usize) -> RawResponse {
    let head = format!("HTTP/1.1 200 OK\r\n{headers}content-length: {length}\r\n\r\n{body}");
    RawResponse::Bytes(head.into_bytes())
}

fn names(events: &[types::Thing]) -> Vec<&str> {
    events.iter().map(|thing| thing.name.as_str()).collect()
}

async fn all(events: EventStream<types::Thing>) -> (Vec<types::Thing>, Option<Error>) {
    let mut found = Vec::new();
    let mut events = std::pin::pin!(events.data());
    while let Some(event) = events.next().await {
        match event {
            Ok(thing) => found.push(thing),
            Err(error) => return (found, Some(error)),
        }
    }
    (found, None)
}

#[tokio::test]
async fn each_media_type_is_requested_by_its_operation() {
    let server = RawServer::start().await;
    let client = client(&server);
    let json = "content-type: application/json\r\n";
    server.queue_http(200, json, r#"{"name":"a"}"#);
    client.vendor().body(thing("x")).send().await.unwrap();
    let sent = Sent::last(&server);
    assert_eq!(
        sent.header("accept"),
        ["application/vnd.thing+json, application/problem+json"]
    );
    server.queue_http(200, "content-type: text/csv\r\n", "a,b");
    let csv = client
        .vendor_as_text_csv()
        .body(thing("x"))
        .send()
        .await
        .unwrap();
    let csv: Vec<_> = csv.into_inner_stream().try_collect().await.unwrap();
    assert_eq!(csv.concat(), b"a,b");
    let sent = Sent::last(&server);
    assert_eq!(sent.line(), "POST /vendor HTTP/1.1");
    assert_eq!(sent.header("accept"), ["text/csv"]);
    assert_eq!(sent.header("content-type"), ["application/vnd.thing+json"]);
}

#[tokio::test]
async fn events_are_decoded_with_status_and_headers() {
    let server = RawServer::start().await;
    let body =
        "event: changed\nid: 1\ndata: {\"name\":\"a\"}\n\n: comment\n\ndata: {\"name\":\"b\"}\n\n";
    server.queue_http(200, &format!("{EVENTS}x-left: 3\r\n"), body);
    let response = client(&server).events().send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["x-left"], "3");
    assert_eq!(Sent::last(&server).header("accept"), ["text/event-stream"]);
    let events = response.into_inner().without_reconnect();
    let events: Vec<_> = events.try_collect().await.unwrap();
    let [first, second] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!((first.event.as_str(), first.id.as_str()), ("changed", "1"));
    assert_eq!(
        (second.event.as_str(), second.id.as_str()),
        ("message", "1")
    );
    assert_eq!(
        (first.data.name.as_str(), second.data.name.as_str()),
        ("a", "b")
    );
}

#[tokio::test]
async fn a_broken_event_stream_continues_after_the_last_event() {
    let server = RawServer::start().await;
    let (client, clock) = client_with_clock(&server);
    let first = "id: 7\nretry: 3000\ndata: {\"name\":\"a\"}\n\nid: 8\ndata: {\"na";
    server.queue(broken(EVENTS, first, 1_000));
    server.queue_http(200, EVENTS, "data: {\"name\":\"b\"}\n\n");
    server.queue_http(204, "", "");
    let events = client.events().send().await.unwrap().into_inner();
    let read = tokio::spawn(all(events));
    clock.sleeps(1).await;
    assert_eq!(server.requests().len(), 1);
    clock.advance(Duration::from_secs(3));
    // The server has ended the response after an event with an id.
    assert_eq!(clock.sleeps(2).await, [Duration::from_secs(3); 2]);
    clock.advance(Duration::from_secs(3));
    let (found, error) = read.await.unwrap();
    assert!(error.is_none(), "{error:?}");
    assert_eq!(names(&found), ["a", "b"]);
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(!requests[0].contains("last-event-id"), "{}", requests[0]);
    for request in &requests[1..] {
        assert!(request.contains("last-event-id: 7\r\n"), "{request}");
        assert!(
            request.contains("authorization: Bearer canary-token\r\n"),
            "{request}"
        );
    }
}

#[tokio::test]
async fn an_event_stream_without_an_id_is_sent_again_only_if_it_breaks() {
    let server = RawServer::start().await;
    let (client, _) = client_with_clock(&server);
    server.queue(broken(EVENTS, "data: {\"name\":\"a\"}\n\n", 1_000));
    server.queue_http(200, EVENTS, "data: {\"name\":\"b\"}\n\n");
    let events = client.events().send().await.unwrap().into_inner();
    let (found, error) = all(events).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(names(&found), ["a", "b"]);
    assert!(!Sent::last(&server).0.contains("last-event-id"));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn connections_that_bring_nothing_are_bounded() {
    let server = RawServer::start().await;
    let (client, _) = client_with_clock(&server);
    for _ in 0..20 {
        server.queue(broken(EVENTS, "", 1_000));
    }
    let events = client.events().send().await.unwrap().into_inner();
    let (found, error) = all(events).await;
    assert!(found.is_empty());
    assert!(error.unwrap().transport().is_some());
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn the_events_of_a_post_are_not_requested_again() {
    let server = RawServer::start().await;
    let (client, _) = client_with_clock(&server);
    server.queue(broken(EVENTS, "id: 1\ndata: a\n\n", 1_000));
    let events = client
        .chat_as_event_stream()
        .body(thing("x"))
        .send()
        .await
        .unwrap();
    let mut events = events.into_inner();
    assert_eq!(events.try_next().await.unwrap().unwrap().data, "a");
    let error = events.try_next().await.unwrap_err();
    assert!(error.transport().is_some(), "{error}");
    assert!(events.next().await.is_none());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn the_end_marker_of_the_document_ends_the_stream() {
    let server = RawServer::start().await;
    server.queue_http(200, EVENTS, "data: a\n\ndata: [DONE]\n\ndata: b\n\n");
    let client = client(&server);
    let events = client
        .chat_as_event_stream()
        .body(thing("x"))
        .send()
        .await
        .unwrap();
    let data: Vec<_> = events.into_inner().data().try_collect().await.unwrap();
    assert_eq!(data, ["a"]);
}

#[tokio::test]
async fn an_event_stream_is_not_sent_again_if_that_is_disabled() {
    for with_options in [true, false] {
        let server = RawServer::start().await;
        let (client, _) = client_with_clock(&server);
        server.queue(broken(EVENTS, "id: 1\ndata: {\"name\":\"a\"}\n\n", 1_000));
        let events = if with_options {
            let client = client.with_options(CallOptions::new().without_retry());
            client.events().send().await.unwrap().into_inner()
        } else {
            client
                .events()
                .send()
                .await
                .unwrap()
                .into_inner()
                .without_reconnect()
        };
        let (found, error) = all(events).await;
        assert_eq!(names(&found), ["a"]);
        assert!(error.is_some());
        assert_eq!(server.requests().len(), 1);
    }
}

const TAG: &str = "etag: \"v1\"\r\n";

/// Returns the part of a file that begins at a byte.
fn part(tag: &str, range: &str, body: &str) -> Vec<u8> {
    http(206, &format!("{tag}content-range: bytes {range}\r\n"), body)
}

async fn downloaded(client: &Client) -> (Vec<u8>, Option<Error>) {
    let mut download = client.file().id("1").download_().await.unwrap();
    let mut found = Vec::new();
    loop {
        match download.try_next().await {
            Ok(Some(bytes)) => found.extend_from_slice(&bytes),
            Ok(None) => return (found, None),
            Err(error) => return (found, Some(error)),
        }
        assert_eq!(download.position(), found.len() as u64);
    }
}

#[tokio::test]
async fn a_broken_download_continues_with_the_next_byte() {
    for validator in [
        TAG,
        "last-modified: Mon, 02 Nov 2026 10:00:00 GMT\r\ndate: Mon, 02 Nov 2026 10:00:09 GMT\r\n",
    ] {
        let server = RawServer::start().await;
        let (client, _) = client_with_clock(&server);
        server.queue(broken(validator, "0123", 10));
        // A part may be smaller than the requested one.
        server.queue(RawResponse::Bytes(part("", "4-6/10", "456")));
        server.queue(RawResponse::Bytes(part("", "7-9/10", "789")));
        let (found, error) = downloaded(&client).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(found, b"0123456789");
        let requests = server.requests();
        assert_eq!(requests.len(), 3);
        assert!(
            requests[0].contains("accept-encoding: identity\r\n"),
            "{}",
            requests[0]
        );
        assert!(!requests[0].contains("range:"), "{}", requests[0]);
        let value = validator
            .lines()
            .next()
            .unwrap()
            .split_once(": ")
            .unwrap()
            .1;
        for (request, first) in requests[1..].iter().zip([4, 7]) {
            assert!(
                request.contains(&format!("\r\nrange: bytes={first}-\r\n")),
                "{request}"
            );
            assert!(
                request.contains(&format!("\r\nif-range: {value}\r\n")),
                "{request}"
            );
            assert!(
                request.contains("authorization: Bearer canary-token\r\n"),
                "{request}"
            );
        }
    }
}

#[tokio::test]
async fn a_download_of_a_changed_file_is_an_error_and_nothing_is_appended() {
    let changed = "etag: \"v2\"\r\n";
    for response in [
        http(200, changed, "abcdefghij"),
        part(changed, "4-9/10", "efghij"),
        part(TAG, "4-9/11", "efghij"),
        part(TAG, "0-9/10", "0123456789"),
        http(206, TAG, "456789"),
    ] {
        let server = RawServer::start().await;
        let (client, _) = client_with_clock(&server);
        server.queue(broken(TAG, "0123", 10));
        server.queue(RawResponse::Bytes(response));
        let (found, error) = downloaded(&client).await;
        assert_eq!(found, b"0123");
        let error = error.unwrap();
        assert!(
            matches!(error, Error::NotResumed { position: 4, .. }),
            "{error}"
        );
        assert!(!error.is_transient());
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_download_without_a_strong_validator_and_a_length_is_not_continued() {
    for (headers, length) in [
        ("", "content-length: 10\r\n"),
        ("etag: W/\"v1\"\r\n", "content-length: 10\r\n"),
        (TAG, "transfer-encoding: chunked\r\n"),
    ] {
        let server = RawServer::start().await;
        let (client, _) = client_with_clock(&server);
        let body = if length.starts_with("transfer") {
            "4\r\n0123\r\n"
        } else {
            "0123"
        };
        let head = format!("HTTP/1.1 200 OK\r\n{headers}{length}\r\n{body}");
        server.queue(RawResponse::Bytes(head.into_bytes()));
        let (found, error) = downloaded(&client).await;
        assert_eq!(found, b"0123");
        assert!(error.unwrap().transport().is_some());
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_download_begins_where_an_earlier_one_ended() {
    let server = RawServer::start().await;
    let (client, _) = client_with_clock(&server);
    let headers = format!("{TAG}content-type: text/csv\r\n");
    server.queue_http(200, &headers, "0123456789");
    let download = client.file().id("1").download_().await.unwrap();
    assert_eq!(download.length(), Some(10));
    assert_eq!(download.content_type(), Some("text/csv"));
    assert_eq!(
        (download.etag(), download.validator()),
        (Some("\"v1\""), Some("\"v1\""))
    );
    server.queue(RawResponse::Bytes(part(TAG, "8-9/10", "89")));
    let download = client
        .file()
        .id("1")
        .download_from(8, "\"v1\"")
        .await
        .unwrap();
    assert_eq!((download.position(), download.length()), (8, Some(10)));
    let rest: Vec<_> = download.try_collect().await.unwrap();
    assert_eq!(rest.concat(), b"89");
    server.queue_http(200, TAG, "0123456789");
    let error = client
        .file()
        .id("1")
        .download_from(8, "\"v0\"")
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::NotResumed { position: 8, .. }),
        "{error}"
    );
    let count = server.requests().len();
    let error = client
        .file()
        .id("1")
        .download_from(8, "W/\"v1\"")
        .await
        .unwrap_err();
    assert!(matches!(error, Error::InvalidRequest { .. }), "{error}");
    assert_eq!(server.requests().len(), count);
}
