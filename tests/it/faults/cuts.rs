//! A connection that is closed at each byte of a response.

use super::*;

const BODY: &str = r#"[{"id":"IN-1","description":"one"},{"id":"IN-2","description":"two"}]"#;

fn chunked() -> Vec<u8> {
    let (one, two) = BODY.split_at(30);
    format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n\
         {:x}\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n\r\n",
        one.len(),
        two.len()
    )
    .into_bytes()
}

#[tokio::test]
async fn a_read_cut_at_any_byte_is_retried_and_returns_the_complete_list() {
    let server = RawServer::start().await;
    let client = server.builder().retry(without_backoff()).build().unwrap();
    for whole in [http(200, "request-id: r-1\r\n", BODY), chunked()] {
        for length in 0..whole.len() {
            server.clear();
            server.queue(RawResponse::Bytes(whole[..length].to_vec()));
            server.queue(RawResponse::Bytes(whole.clone()));
            let descriptions = list(&client).await.unwrap();
            assert_eq!(descriptions, ["one", "two"], "cut at {length}");
            assert_eq!(server.requests().len(), 2, "cut at {length}");
        }
    }
}

#[tokio::test]
async fn a_write_cut_at_any_byte_is_not_retried_and_may_have_been_applied() {
    let server = RawServer::start().await;
    let client = server.builder().retry(without_backoff()).build().unwrap();
    let whole = http(200, "request-id: r-1\r\n", r#"{"id":"IN-1"}"#);
    for length in 0..whole.len() {
        server.clear();
        server.queue(RawResponse::Bytes(whole[..length].to_vec()));
        server.queue(RawResponse::Bytes(whole.clone()));
        let error = update(&client).await.unwrap_err();
        assert!(error.may_have_been_applied(), "cut at {length}: {error}");
        assert!(!error.is_connect(), "cut at {length}: {error}");
        assert_eq!(server.requests().len(), 1, "cut at {length}");
    }
}

/// Without a length, the end of the connection is the end of the response.
#[tokio::test]
async fn a_truncated_response_without_a_length_is_never_accepted() {
    let server = RawServer::start().await;
    let client = server.builder().retry(without_backoff()).build().unwrap();
    let whole = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{BODY}").into_bytes();
    for length in 0..whole.len() {
        server.clear();
        for _ in 0..5 {
            server.queue(RawResponse::Bytes(whole[..length].to_vec()));
        }
        let error = list(&client).await.unwrap_err();
        let fits = matches!(error, Error::Transport { .. } | Error::Decode { .. });
        assert!(fits, "cut at {length}: {error}");
    }
    server.clear();
    server.queue(RawResponse::Bytes(whole));
    assert_eq!(list(&client).await.unwrap(), ["one", "two"]);
}

#[tokio::test]
async fn a_response_that_is_always_truncated_ends_after_five_attempts() {
    let server = RawServer::start().await;
    let client = server.builder().retry(without_backoff()).build().unwrap();
    let whole = http(200, "", BODY);
    for length in [0, 20, whole.len() - 1] {
        server.clear();
        for _ in 0..9 {
            server.queue(RawResponse::Bytes(whole[..length].to_vec()));
        }
        let error = list(&client).await.unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("broke") && text.contains("5 attempts"),
            "{text}"
        );
        assert_eq!(server.requests().len(), 5);
    }
}
