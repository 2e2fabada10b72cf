//! The limits of sizes, times and concurrent connections.

use super::*;

/// Returns a callback with `length` bytes of cookies, in headers of `each` bytes.
fn with_cookies(attempt: &Attempt, length: usize, each: usize) -> String {
    let cookies = format!("Cookie: a={}\r\n", "c".repeat(each)).repeat(length / each);
    format!(
        "GET /?code=c&state={} HTTP/1.1\r\nHost: localhost:{}\r\n{cookies}\r\n",
        attempt.state(),
        attempt.port
    )
}

#[tokio::test]
async fn checklist_12_a_callback_with_60_kib_of_cookies_is_accepted() {
    for each in [60 * 1024, 4096, 500] {
        let mut attempt = Attempt::new().await;
        let head = with_cookies(&attempt, 60 * 1024, each);
        let mut browser = attempt.connect().await;
        browser.write_all(head.as_bytes()).await.unwrap();
        Attempt::is_code(bounded(&mut attempt.response).await.unwrap(), "c");
    }
}

#[tokio::test]
async fn checklist_12_the_result_is_shown_to_a_browser_with_60_kib_of_cookies() {
    let mut attempt = Attempt::new().await;
    let _browser = attempt.callback("c").await;
    Attempt::is_code(bounded(&mut attempt.response).await.unwrap(), "c");
    attempt.server.conclude(Page::notice(StatusCode::OK, "r"));
    let head = with_cookies(&attempt, 60 * 1024, 60 * 1024);
    let target = head.split(' ').nth(1).unwrap();
    let head = head.replace(target, &attempt.result_path());
    assert_eq!(status(&attempt.send(&head).await), 200);
}

#[tokio::test]
async fn checklist_12_a_head_over_64_kib_is_rejected_and_the_sign_in_waits() {
    let mut attempt = Attempt::new().await;
    for each in [66 * 1024, 4096] {
        let head = with_cookies(&attempt, 68 * 1024, each);
        // The server may close the connection before it has read all of the head.
        let response = attempt.send_as_far_as_possible(&head).await;
        assert!(
            response.is_empty() || status(&response) == 431,
            "{response}"
        );
        attempt.still_waits();
    }
    let long = "a".repeat(66 * 1024);
    let head = format!("GET /?code={long} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let response = attempt.send_as_far_as_possible(&head).await;
    assert!(
        response.is_empty() || status(&response) >= 400,
        "{response}"
    );
    attempt.still_waits();
    let _browser = attempt.callback("c").await;
    Attempt::is_code(bounded(&mut attempt.response).await.unwrap(), "c");
}

#[tokio::test]
async fn checklist_12_a_body_over_16_kib_is_rejected_and_the_sign_in_waits() {
    let mut attempt = Attempt::with(LoopbackRedirect::localhost(), ResponseMode::FormPost).await;
    let (state, port) = (attempt.state(), attempt.port);
    let body = format!("code=c&state={state}&x={}", "a".repeat(17 * 1024));
    let form = format!(
        "POST / HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(status(&attempt.send(&form).await), 413);
    attempt.still_waits();
}

#[tokio::test]
async fn checklist_12_an_incomplete_request_is_closed_after_10_s_and_the_sign_in_waits() {
    let mut attempt = Attempt::new().await;
    let port = attempt.port;
    let mut silent = attempt.connect().await;
    let mut slow = attempt.connect().await;
    slow.write_all(b"GET /?code=c HTTP/1.1\r\nHo")
        .await
        .unwrap();
    let mut endless = attempt.connect().await;
    let head = format!("POST / HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 100\r\n\r\n");
    endless.write_all(head.as_bytes()).await.unwrap();
    attempt.clock.sleeps(3).await;
    attempt.clock.advance(Duration::from_secs(10));
    for stream in [&mut silent, &mut slow, &mut endless] {
        assert_eq!(read(stream).await, "");
    }
    attempt.still_waits();
    let _browser = attempt.callback("c").await;
    Attempt::is_code(bounded(&mut attempt.response).await.unwrap(), "c");
}

#[tokio::test]
async fn checklist_12_a_callback_that_waits_for_the_exchange_is_not_closed() {
    let mut attempt = Attempt::new().await;
    let mut browser = attempt.callback("c").await;
    Attempt::is_code(bounded(&mut attempt.response).await.unwrap(), "c");
    attempt.clock.advance(Duration::from_secs(30));
    attempt.server.conclude(Page::notice(StatusCode::OK, "r"));
    assert_eq!(status(&read(&mut browser).await), 303);
}

#[tokio::test]
async fn checklist_12_silent_connections_are_closed_in_favour_of_new_ones() {
    let mut attempt = Attempt::new().await;
    let mut silent = Vec::new();
    for _ in 0..4 * MOST_CONNECTIONS {
        silent.push(attempt.connect().await);
    }
    // The clock does not advance: the browser does not wait for the silent connections.
    let _browser = attempt.callback("c").await;
    Attempt::is_code(bounded(&mut attempt.response).await.unwrap(), "c");
    for oldest in &mut silent[..3 * MOST_CONNECTIONS] {
        assert_eq!(read(oldest).await, "", "it was closed");
    }
}

#[tokio::test]
async fn checklist_12_a_request_that_has_arrived_is_not_closed_by_later_connections() {
    use std::io::Write;
    let mut attempt = Attempt::new().await;
    let address = (Ipv4Addr::LOCALHOST, attempt.port);
    let (state, port) = (attempt.state(), attempt.port);
    // All are in the queue before the server runs again.
    let mut browser = std::net::TcpStream::connect(address).unwrap();
    write!(
        browser,
        "GET /?code=c&state={state} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"
    )
    .unwrap();
    let crowd = || std::net::TcpStream::connect(address).unwrap();
    let _crowd: Vec<_> = (0..4 * MOST_CONNECTIONS).map(|_| crowd()).collect();
    Attempt::is_code(bounded(&mut attempt.response).await.unwrap(), "c");
}

#[tokio::test]
async fn checklist_12_a_pending_callback_is_not_closed_by_silent_connections() {
    let mut attempt = Attempt::new().await;
    let mut browser = attempt.callback("c").await;
    Attempt::is_code(bounded(&mut attempt.response).await.unwrap(), "c");
    let mut silent = Vec::new();
    for _ in 0..2 * MOST_CONNECTIONS {
        silent.push(attempt.connect().await);
    }
    assert_eq!(read(&mut silent[0]).await, "", "it was closed");
    attempt.server.conclude(Page::notice(StatusCode::OK, "r"));
    assert_eq!(status(&read(&mut browser).await), 303);
}

#[tokio::test]
async fn checklist_12_ended_connections_do_not_count() {
    use std::io::Write;
    let mut attempt = Attempt::new().await;
    let address = (Ipv4Addr::LOCALHOST, attempt.port);
    let (state, port) = (attempt.state(), attempt.port);
    // All are in the queue before the server runs.
    let request = |target: &str| {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        write!(
            stream,
            "GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"
        )
        .unwrap();
        stream
    };
    let _crowd: Vec<_> = (0..100).map(|_| request("/favicon.ico")).collect();
    let _browser = request(&format!("/?code=c&state={state}"));
    Attempt::is_code(bounded(&mut attempt.response).await.unwrap(), "c");
}
