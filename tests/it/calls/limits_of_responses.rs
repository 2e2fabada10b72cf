//! How much of a response is buffered, and how its body is encoded.

use futures::StreamExt;
use perspio::{Error, Method};

use crate::raw_server::{RawResponse, RawServer, http};

/// The head of a response whose body has no end.
const ENDLESS: &[u8] = b"HTTP/1.1 200 OK\r\nrequest-id: r-7\r\n\r\n";

#[tokio::test]
async fn an_endless_response_is_discarded_at_the_limit() {
    let server = RawServer::start().await;
    let client = server
        .builder()
        .max_response_bytes(100_000)
        .build()
        .unwrap();
    server.queue(RawResponse::Endless(ENDLESS.into()));
    let error = client.sites_list().send().await.unwrap_err();
    let Error::ResponseTooLarge { read, limit, .. } = &error else {
        panic!("{error}");
    };
    assert!(*read > 100_000 && *read < 1_000_000, "{read}");
    assert_eq!(*limit, 100_000);
    let text = error.to_string();
    for part in ["GET /sites/v3/", "100000", "r-7"] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    assert!(
        error.help().contains("max_response_bytes"),
        "{}",
        error.help()
    );
    assert_eq!(server.requests().len(), 1, "it is not retried");
}

#[tokio::test]
async fn a_response_at_the_limit_is_decoded_and_a_stream_has_no_limit() {
    let server = RawServer::start().await;
    let body = format!("[{}1]", "1,".repeat(1_000));
    let limit = body.len() as u64;
    let client = server.builder().max_response_bytes(limit).build().unwrap();
    server.queue_http(200, "", &body);
    let request = client.request(Method::GET, "/numbers");
    let numbers: Vec<u8> = request.fetch().await.unwrap();
    assert_eq!(numbers.len(), 1_001);
    let client = server.builder().max_response_bytes(10).build().unwrap();
    server.queue_http(200, "", &body);
    let request = client.request(Method::GET, "/numbers");
    let numbers = request.stream::<u8>().await.unwrap();
    assert_eq!(numbers.count().await, 1_001);
}

#[tokio::test]
async fn a_byte_order_mark_is_skipped_in_buffered_and_streamed_lists() {
    let server = RawServer::start().await;
    let client = server.builder().build().unwrap();
    for _ in 0..2 {
        server.queue_http(200, "", "\u{feff}[{\"id\":\"S-1\"}]");
    }
    assert_eq!(client.sites_list().send().await.unwrap().len(), 1);
    let mut sites = client.sites_stream().await.unwrap();
    assert!(sites.next().await.unwrap().is_ok());
    assert!(sites.next().await.is_none());
}

/// `[]` and a line end, compressed with gzip.
const GZIP: [u8; 23] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0x8b, 0x8e, 0xe5, 0x02, 0x00, 0x44,
    0xd2, 0x68, 0x70, 0x03, 0x00, 0x00, 0x00,
];

#[tokio::test]
async fn a_compressed_response_is_decoded_if_requested_and_an_error_otherwise() {
    let server = RawServer::start().await;
    let response = || {
        let head = http(200, "content-encoding: gzip\r\n", &"x".repeat(GZIP.len()));
        let head = &head[..head.len() - GZIP.len()];
        RawResponse::Bytes([head, &GZIP[..]].concat())
    };
    let client = server.builder().compression(true).build().unwrap();
    server.queue(response());
    assert!(client.sites_list().send().await.unwrap().is_empty());
    let sent = server.requests().remove(0);
    let accepted = sent
        .lines()
        .find(|line| line.starts_with("accept-encoding"));
    assert!(accepted.is_some_and(|line| line.contains("gzip")), "{sent}");
    let client = server.builder().build().unwrap();
    server.queue(response());
    let error = client.sites_list().send().await.unwrap_err();
    assert!(error.to_string().contains("encoded with gzip"), "{error}");
    assert!(!server.requests()[1].contains("accept-encoding"));
}
