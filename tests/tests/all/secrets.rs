//! No secret shows in anything that could be printed.

use std::fmt::Write;

use perspio::prelude::*;
use perspio_sandbox::{Endpoint, Fault};

use crate::support;

#[tokio::test]
async fn checklist_29_no_secret_shows_in_any_debug_or_error() {
    let sandbox = support::sandbox().await;
    let mut seen = String::new();
    let builder = support::builder(&sandbox, &[]);
    write!(seen, "{builder:?} {builder:#?}").unwrap();
    let client = builder.build().unwrap();
    write!(
        seen,
        "{client:?} {client:#?} {:?}",
        client.assets_get().id("a")
    )
    .unwrap();
    let answer = client.assets_list().send().await.unwrap();
    write!(seen, "{answer:?} {:?}", answer.headers()).unwrap();

    let token = sandbox
        .log()
        .api_requests()
        .iter()
        .flat_map(|request| request.headers.clone())
        .find_map(|(_, value)| value.strip_prefix("Bearer ").map(str::to_owned))
        .unwrap();
    // A server that repeats what it was sent.
    let echo = format!(
        r#"{{"error":"invalid_client","error_description":"got {}"}}"#,
        sandbox.client_secret()
    );
    sandbox.revoke_tokens();
    sandbox.queue_fault(
        Endpoint::Token,
        Fault::status(401).body("application/json", echo.clone()),
    );
    sandbox.queue_fault(Endpoint::Token, Fault::status(500).body("text/plain", echo));
    for fault in [
        Fault::status(500),
        Fault::html(200),
        Fault::cut(),
        Fault::status(302),
    ] {
        let error = client.assets_list().send().await.unwrap_err();
        write!(seen, "{error} {error:?} {error:#}").unwrap();
        let error = perspio::Error::from(error);
        write!(seen, "{error} {error:?} {error:#}").unwrap();
        sandbox.queue_fault(Endpoint::Api, fault);
    }
    assert!(
        seen.contains("got [redacted]"),
        "the server's echo is shown without the secret"
    );
    for secret in [&*token, sandbox.client_secret(), sandbox.subscription_key()] {
        assert!(!seen.contains(secret), "{secret} shows");
    }
}

#[tokio::test]
async fn checklist_16_no_secret_stands_in_a_url() {
    let sandbox = support::sandbox().await;
    support::client(&sandbox)
        .assets_list()
        .send()
        .await
        .unwrap();
    for request in sandbox.log().requests() {
        assert_eq!(request.query, None);
        assert!(!request.path.contains(sandbox.client_secret()));
    }
}
