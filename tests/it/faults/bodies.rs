//! The bodies of error responses, with any content.

use std::fmt::Write as _;

use super::*;

/// Returns the key with JSON escapes.
fn escaped() -> String {
    KEY.bytes().fold(String::new(), |mut text, byte| {
        write!(text, "\\u{byte:04x}").unwrap();
        text
    })
}

/// Returns a body that repeats credentials of the request, as observed at real servers,
/// among other content.
fn body(random: &mut fastrand::Rng) -> Vec<u8> {
    let escaped = escaped();
    let pieces: [&[u8]; 12] = [
        b"{\"message\":\"",
        b"\"}",
        b"<html><body>",
        b"{\"error\":{\"message\":[",
        TOKEN.as_bytes(),
        KEY.as_bytes(),
        escaped.as_bytes(),
        b"\x1b[31m",
        b"\xff\xfe",
        "\u{202e}\u{fc}".as_bytes(),
        b"\r\n\r\nHTTP/1.1 200 OK\r\n",
        b"null",
    ];
    let mut body = Vec::new();
    for _ in 0..random.usize(0..12) {
        match random.usize(0..64) {
            0..48 => body.extend_from_slice(random.choice(&pieces).copied().unwrap_or_default()),
            48..63 => body.extend((0..random.usize(0..300)).map(|_| random.u8(..))),
            // Up to the length at which bodies are truncated, so that a secret may span it.
            _ => body.resize(body.len().max(65_536 - random.usize(0..40)), b'x'),
        }
    }
    body
}

#[tokio::test]
async fn a_thousand_random_bodies_keep_their_status_and_show_no_secret() {
    let server = RawServer::start().await;
    let client = server.builder().retry(RetryPolicy::none()).build().unwrap();
    let mut random = fastrand::Rng::with_seed(6);
    for number in 0..1_000 {
        // A 401 is a separate error here, because this token cannot be renewed.
        let status = match random.u16(400..600) {
            401 => 400,
            status => status,
        };
        let body = body(&mut random);
        let mut response = http(status, "x-request-id: r-9\r\n", "");
        let declared = format!("content-length: {}", body.len());
        let head = String::from_utf8(response).unwrap();
        response = head.replace("content-length: 0", &declared).into_bytes();
        response.extend_from_slice(&body);
        // Some of them are truncated.
        if random.u8(..) < 64 {
            response.truncate(response.len() - random.usize(0..=body.len()));
        }
        server.clear();
        server.queue(RawResponse::Bytes(response));
        let error = list(&client).await.unwrap_err();
        assert_eq!(error.status().unwrap(), status, "{number}: {error}");
        assert_eq!(error.request_id(), Some("r-9"), "{number}: {error}");
        let shown = shown(&error);
        // The error contains only a part, because the body may be long.
        for forbidden in ["canary-", "\x1b"] {
            let place = shown.find(forbidden);
            let around = place.map(|place| shown.get(place.saturating_sub(40)..place + 30));
            assert!(around.is_none(), "{number}: {around:?}");
        }
    }
}

#[tokio::test]
async fn a_body_truncated_within_a_secret_shows_no_part_of_it() {
    let server = RawServer::start().await;
    let client = server.builder().retry(RetryPolicy::none()).build().unwrap();
    let whole = http(403, "", &format!("you sent {TOKEN} and {KEY}"));
    let head = whole.len() - KEY.len();
    for length in head..whole.len() {
        server.queue(RawResponse::Bytes(whole[..length].to_vec()));
        let shown = shown(&list(&client).await.unwrap_err());
        assert!(shown.contains("you sent [redacted] and"), "{shown}");
        assert!(!shown.contains("cana"), "{shown}");
    }
}

#[tokio::test]
async fn a_json_escaped_secret_is_not_shown() {
    let server = RawServer::start().await;
    let client = server.builder().retry(RetryPolicy::none()).build().unwrap();
    let escaped = escaped();
    server.queue_http(400, "", &format!(r#"{{"message":"you sent {escaped}"}}"#));
    let text = list(&client).await.unwrap_err().to_string();
    assert!(text.contains("you sent [redacted]"), "{text}");
}

#[tokio::test]
async fn an_endless_error_body_is_read_up_to_the_limit_only() {
    let server = RawServer::start().await;
    let client = server.builder().retry(RetryPolicy::none()).build().unwrap();
    let head = "HTTP/1.1 500 Status\r\ncontent-length: 9999999999\r\n\r\n";
    server.queue(RawResponse::Endless(head.into()));
    let error = list(&client).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 500);
    // The server's write failed because the client has closed the connection.
    server.responded(1).await;
}

#[tokio::test]
async fn pages_and_empty_bodies_keep_their_status() {
    let server = RawServer::start().await;
    let client = server.builder().retry(RetryPolicy::none()).build().unwrap();
    for status in [400, 403, 404, 405, 429, 500, 502, 503, 504, 599] {
        for body in [
            "",
            "<html><h1>Bad Gateway</h1></html>",
            "{\"message\": \"tr",
            "[]",
            "0",
        ] {
            server.queue_http(status, "", body);
            let error = list(&client).await.unwrap_err();
            assert_eq!(error.status().unwrap(), status, "{body}");
        }
    }
}
