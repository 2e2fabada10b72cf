//! Requests that the document does not define are sent like all other calls.

use perspio::{CallOptions, ClientBuilderExt, Error, Method};
use perspio_sandbox::{Endpoint, Fault};
use serde_json::{Value, json};

use crate::support;

#[tokio::test]
async fn a_request_with_json_or_a_query_matches_its_snapshot() {
    let sandbox = support::sandbox().await;
    let client = support::users_client(&sandbox);
    let change = json!({"description": "Fork lift, hall 3"});
    let request = client.request(Method::PATCH, "/assets/v3/IN-000001");
    request.json(&change).send().await.unwrap();
    let request = client.request(Method::GET, "/assets/v3/?first=a%20b");
    let request = request.query(&[("second", "c d&e")]).header("x-mine", "1");
    request.send().await.unwrap();

    let requests = sandbox.log().api_requests();
    support::snapshot(&sandbox, "raw_json", &requests[0]);
    support::snapshot(&sandbox, "raw_query", &requests[1]);
}

#[tokio::test]
async fn bytes_are_sent_with_the_given_media_type() {
    let sandbox = support::sandbox().await;
    let client = support::users_client(&sandbox);
    let request = client.request(Method::POST, "/import/v3/");
    let error = request.body("text/csv", "a,b\n").send().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 404);
    let sent = &sandbox.log().api_requests()[0];
    assert_eq!(sent.header("content-type"), Some("text/csv"));
    assert_eq!(sent.body, b"a,b\n");
}

#[tokio::test]
async fn a_response_is_decoded_or_reported_with_status_and_path() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox);
    let fetch = async || {
        let request = client.request(Method::GET, "/tenant/v3/");
        request.fetch::<Option<Vec<u8>>>().await
    };
    let answers = |body: &'static str| {
        let fault = Fault::status(200).body("application/json", body);
        sandbox.queue_fault(Endpoint::Api, fault);
    };
    answers("[1,2]");
    assert_eq!(fetch().await.unwrap(), Some(vec![1, 2]));
    answers("");
    assert_eq!(fetch().await.unwrap(), None);
    answers(r#"[1,"canary"]"#);
    let error = fetch().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 200);
    assert!(
        matches!(&error, Error::Decode { path, excerpt, .. }
        if path == "[1]" && excerpt.contains("canary")),
        "{error}"
    );
    // The sandbox does not serve the path.
    assert_eq!(fetch().await.unwrap_err().status().unwrap(), 404);
}

#[tokio::test]
async fn the_method_decides_whether_a_request_is_a_write() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox);
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        let request = client.request(method.clone(), "/assets/v3/IN-000001");
        let error = request
            .json(&json!({}))
            .send()
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(&format!("{method} /assets/v3/IN-000001")),
            "{error}"
        );
    }
    assert!(sandbox.log().requests().is_empty());

    let client = support::builder(&sandbox, &[]).writes_as_application(true);
    let request = client
        .build()
        .unwrap()
        .request(Method::DELETE, "/assets/v3/IN-000001");
    request.send().await.unwrap_err();
    assert_eq!(sandbox.log().api_requests().len(), 1);
}

#[tokio::test]
async fn a_rejected_token_is_renewed() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox);
    let fetch = || client.request(Method::GET, "/sites/v3/").fetch::<Value>();
    fetch().await.unwrap();
    sandbox.revoke_tokens();
    fetch().await.unwrap();
    assert_eq!(sandbox.log().token_requests().len(), 2);
}

#[tokio::test]
async fn an_invalid_request_is_rejected_before_a_token_is_requested() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox);
    let requests = [
        client.request(Method::GET, "https://elsewhere.example/"),
        client.request(Method::GET, "/assets/../x"),
        client.request(Method::GET, "/a").header("a b", "c"),
        client.request(Method::GET, "/a").header("a", "c\nd"),
        client.request(Method::GET, "/a").query(&7),
    ];
    for request in requests {
        let error = request.send().await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest { .. }), "{error}");
    }
    assert!(sandbox.log().requests().is_empty());
}

#[tokio::test]
async fn a_request_accepts_call_options() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox);
    client
        .request(Method::GET, "/sites/v3/")
        .send()
        .await
        .unwrap();
    let hold = sandbox.hold(Endpoint::Api);
    let request = client.request(Method::GET, "/sites/v3/");
    let error = request
        .timeout(std::time::Duration::ZERO)
        .send()
        .await
        .unwrap_err();
    assert!(error.is_timeout(), "{error}");
    drop(hold);
    let named = CallOptions::new().header("x-job".parse().unwrap(), "nightly".parse().unwrap());
    let request = client.request(Method::GET, "/sites/v3/").options(named);
    request.without_retry().send().await.unwrap();
    let requests = sandbox.log().api_requests();
    assert_eq!(requests.last().unwrap().header("x-job"), Some("nightly"));
}
