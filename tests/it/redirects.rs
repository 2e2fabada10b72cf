//! Redirects are followed within the API's origin, and never to another one.

use crate::raw_server::{KEY, RawServer, TOKEN};

const ASSETS: &str = r#"[{"id":"IN-1"}]"#;

fn location(target: &str) -> String {
    format!("location: {target}\r\n")
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed_with_credentials() {
    let server = RawServer::start().await;
    let client = server.builder().build().unwrap();
    let absolute = format!("{}/moved/v4/?a=b", server.url());
    for target in ["/moved/v4/?a=b", &absolute] {
        for status in [301, 302, 303, 307, 308] {
            server.clear();
            server.queue_http(status, &location(target), "");
            server.queue_http(200, "", ASSETS);
            let assets = client.assets_list().send().await.unwrap();
            assert_eq!(assets.len(), 1, "{status} {target}");
            let second = &server.requests()[1];
            assert!(
                second.starts_with("GET /moved/v4/?a=b HTTP/1.1"),
                "{second}"
            );
            for part in [TOKEN, KEY, "tid: in-test", "accept: application/json"] {
                assert!(second.contains(part), "{part} is missing: {second}");
            }
        }
    }
}

#[tokio::test]
async fn a_redirected_write_keeps_its_body_except_after_a_303() {
    let server = RawServer::start().await;
    let client = server.builder().build().unwrap();
    let change = || {
        let call = client.assets_update().id("IN-1");
        let call = call.body_map(|body| body.description(perspio::NullableText::from("new words")));
        call.send()
    };
    for status in [301, 302, 307, 308] {
        server.clear();
        server.queue_http(status, &location("/elsewhere"), "");
        server.queue_http(204, "", "");
        change().await.unwrap();
        let second = &server.requests()[1];
        assert!(second.starts_with("PATCH /elsewhere "), "{second}");
        assert!(second.contains("new words"), "{second}");
    }
    server.clear();
    server.queue_http(303, &location("/elsewhere"), "");
    server.queue_http(200, "", r#"{"id":"IN-1"}"#);
    change().await.unwrap();
    let second = &server.requests()[1];
    assert!(second.starts_with("GET /elsewhere "), "{second}");
    assert!(
        !second.contains("new words") && !second.contains("content-"),
        "{second}"
    );
}

#[tokio::test]
async fn a_redirect_loop_ends_at_the_first_repeated_address() {
    let server = RawServer::start().await;
    for target in ["/a", "/b", "/a"] {
        server.queue_http(302, &location(target), "");
    }
    let client = server.builder().build().unwrap();
    let error = client.assets_list().send().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 302);
    assert!(error.to_string().contains("lead in a circle"), "{error}");
    assert_eq!(server.requests().len(), 3, "the list, a, b");
}

#[tokio::test]
async fn an_endless_redirect_chain_ends_after_ten_hops() {
    let server = RawServer::start().await;
    for hop in 0..20 {
        server.queue_http(307, &location(&format!("/{hop}")), "");
    }
    let client = server.builder().build().unwrap();
    let error = client.assets_list().send().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 307);
    assert!(
        error.to_string().contains("more than 10 redirects"),
        "{error}"
    );
    assert_eq!(server.requests().len(), 11, "the call and ten hops");
}

#[tokio::test]
async fn a_redirect_without_a_target_is_reported_as_one() {
    let server = RawServer::start().await;
    let client = server.builder().build().unwrap();
    for headers in ["", "location: http://[\r\n", "location: \u{fc}\r\n"] {
        server.clear();
        server.queue_http(302, headers, "");
        let error = client.assets_list().send().await.unwrap_err();
        assert_eq!(error.status().unwrap(), 302);
        assert!(
            error.to_string().contains("without a valid target"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_response_that_is_no_redirect_is_not_followed() {
    let server = RawServer::start().await;
    let client = server.builder().build().unwrap();
    for status in [300, 304, 305, 404] {
        server.clear();
        server.queue_http(status, &location("/elsewhere"), "");
        let error = client.assets_list().send().await.unwrap_err();
        assert_eq!(error.status().unwrap(), status);
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_retry_after_a_followed_303_repeats_the_get_and_not_the_post() {
    let server = RawServer::start().await;
    let policy = perspio::RetryPolicy::new().first_backoff(std::time::Duration::ZERO);
    let client = server.builder().retry(policy).build().unwrap();
    server.queue_http(303, "location: /jobs/1\r\n", "");
    server.queue_http(503, "", "");
    server.queue_http(200, "", "{}");
    let request = client.request(perspio::Method::POST, "/jobs");
    let job: serde_json::Value = request.json(&serde_json::json!({})).fetch().await.unwrap();
    assert_eq!(job, serde_json::json!({}));
    let sent = server.requests();
    let lines: Vec<_> = sent.iter().map(|it| it.lines().next().unwrap()).collect();
    let get = "GET /jobs/1 HTTP/1.1";
    assert_eq!(lines, ["POST /jobs HTTP/1.1", get, get]);
}

#[tokio::test]
async fn a_write_that_got_a_303_and_then_no_token_may_have_been_applied() {
    let server = RawServer::start().await;
    let client = server.builder().build().unwrap();
    // {"a":1}
    let challenge =
        r#"www-authenticate: Bearer error="insufficient_claims", claims="eyJhIjoxfQ==""#;
    server.queue_http(303, &location("/jobs/1"), "");
    server.queue_http(401, &format!("{challenge}\r\n"), "");
    let request = client.request(perspio::Method::POST, "/jobs");
    let request = request.json(&serde_json::json!({}));
    let error = request.fetch::<serde_json::Value>().await.unwrap_err();
    assert!(
        error.needs_sign_in() && error.may_have_been_applied(),
        "{error}"
    );
    let text = error.to_string();
    assert!(text.contains("GET /jobs/1 (127.0.0.1)"), "{text}");
    assert!(error.help().contains("may have been applied"), "{text}");
}

#[tokio::test]
async fn a_write_whose_303_leaves_the_origin_may_have_been_applied() {
    let server = RawServer::start().await;
    let client = server.builder().build().unwrap();
    for (status, is_processed) in [(303, true), (307, false)] {
        server.queue_http(status, &location("https://elsewhere.example/"), "");
        let call = client.assets_update().id("IN-1");
        let call = call.body_map(|body| body.description(perspio::NullableText::from("words")));
        let error = call.send().await.unwrap_err();
        assert_eq!(error.status().unwrap(), status);
        assert_eq!(error.may_have_been_applied(), is_processed, "{status}");
    }
}
