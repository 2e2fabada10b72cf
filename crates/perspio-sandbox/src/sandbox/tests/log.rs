//! What the log says about requests.

use reqwest::Method;
use serde_json::json;

use crate::log::RecordedRequest;
use crate::testing::{Answer, FORM, application_token, call, form, get, good_parameters, http};
use crate::{Endpoint, Sandbox};

#[tokio::test]
async fn a_request_is_recorded_as_it_was_sent() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = format!("{}/assets/v3/IN%2D1%20x?a=%41&b=c+d", sandbox.base_url());
    let request = http()
        .put(url)
        .header("x-second", "b")
        .header("X-First", "a")
        .header(
            "x-latin",
            reqwest::header::HeaderValue::from_bytes(b"\xe9").unwrap(),
        )
        .body(vec![0, 255, 10]);
    Answer::to(request).await;
    let requests = sandbox.log().requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.method, "PUT");
    assert_eq!(request.path, "/assets/v3/IN%2D1%20x");
    assert_eq!(request.query.as_deref(), Some("a=%41&b=c+d"));
    assert_eq!(request.body, [0, 255, 10]);
    assert_eq!(request.endpoint, Endpoint::Api);
    let own = request.headers.iter().filter(|(n, _)| n.starts_with("x-"));
    let own: Vec<_> = own.map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let sent = [("x-second", "b"), ("x-first", "a"), ("x-latin", "\u{fffd}")];
    assert_eq!(own, sent);
    assert_eq!(request.header("X-FIRST"), Some("a"));
    assert_eq!(request.header("content-length"), Some("3"));
    assert_eq!(request.header("x-third"), None);
}

#[tokio::test]
async fn the_log_keeps_apart_what_went_where_and_can_be_cleared() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = application_token(&sandbox).await;
    get(&sandbox, "/sites/v3/", &token).await;
    get(&sandbox, "/elsewhere", &token).await;
    let paths = |requests: Vec<RecordedRequest>| {
        let paths = requests.into_iter().map(|request| request.path);
        paths.collect::<Vec<_>>()
    };
    let token_path = "/5a4db0c5-0000-4000-8000-000000000001/oauth2/v2.0/token";
    let log = sandbox.log();
    let all = [token_path, "/sites/v3/", "/elsewhere"];
    assert_eq!(paths(log.requests()), all);
    assert_eq!(paths(log.token_requests()), [token_path]);
    assert_eq!(paths(log.api_requests()), ["/sites/v3/"]);
    let body = form(&good_parameters(&sandbox));
    let token_request = &log.token_requests()[0];
    assert_eq!(token_request.body, body.as_bytes());
    assert_eq!(token_request.header("content-type"), Some(FORM));
    assert_eq!(token_request.query, None);
    log.clear();
    assert_eq!(log.requests(), []);
}

#[tokio::test]
async fn query_parameters_of_the_api_are_recorded_as_unknown() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = application_token(&sandbox).await;
    for path in [
        "/sites/v3/?top=1&a%20b=c&top=2",
        "/sites/v3/",
        "/callback?code=a",
    ] {
        get(&sandbox, path, &token).await;
    }
    let requests = sandbox.log().requests();
    let unknown: Vec<_> = requests.iter().map(|r| r.unknown_query.clone()).collect();
    // The first request is for the token.
    assert_eq!(unknown, [vec![], vec!["top", "a b"], vec![], vec![]]);
    let base = sandbox.base_url();
    let listed = Answer::to(http().get(format!("{base}/sandbox/v1/requests"))).await;
    let listed = &listed.json()["requests"];
    assert_eq!(listed[1]["unknown_query"], json!(["top", "a b"]));
    let page = Answer::to(http().get(base)).await;
    let shown = "Unknown query parameters, ignored: top, a b";
    assert_eq!(page.text.matches(shown).count(), 1);
}

#[tokio::test]
async fn a_body_of_one_mebibyte_is_taken_and_a_larger_one_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = application_token(&sandbox).await;
    for (excess, status) in [(0, 405), (1, 413), (3_000_000, 413)] {
        sandbox.log().clear();
        let request = call(&sandbox, Method::PUT, "/sites/v3/", &token);
        let answer = Answer::to(request.body(vec![b'x'; 1_048_576 + excess])).await;
        assert_eq!(answer.problem().0, status);
        let requests = sandbox.log().requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].body.len(), 1_048_576);
    }
}
