//! No printable output contains a secret.

use std::fmt::Write;

use perspio_auth::{
    Application, AssertionRequest, ClientAssertion, ClientCredentials, Error, SecretString,
    TokenSource,
};
use perspio_sandbox::{Endpoint, Fault};

use crate::support::{self, Traces};

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
    let response = client.assets_list().send().await.unwrap();
    write!(seen, "{response:?} {:?}", response.headers()).unwrap();

    let token = sandbox
        .log()
        .api_requests()
        .iter()
        .flat_map(|request| request.headers.clone())
        .find_map(|(_, value)| value.strip_prefix("Bearer ").map(str::to_owned))
        .unwrap();
    // A server that repeats the content of the request.
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
async fn checklist_16_no_secret_is_in_a_url() {
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

#[derive(Debug)]
struct Canary;

#[async_trait::async_trait]
impl ClientAssertion for Canary {
    async fn assertion(&self, _: &AssertionRequest<'_>) -> Result<SecretString, Error> {
        Ok(SecretString::from("canary-assertion-canary-assertion"))
    }
}

#[tokio::test]
async fn checklist_29_a_client_assertion_is_in_no_trace_and_no_error() {
    let traces = Traces::record();
    let sandbox = support::sandbox().await;
    let application = Application::with_assertion(sandbox.client_id(), Canary);
    let grant = ClientCredentials::new(application);
    let source = TokenSource::new(&support::profile(&sandbox), grant).unwrap();
    let error = source.token().await.unwrap_err();
    let sent = sandbox.log().token_requests();
    let sent = String::from_utf8_lossy(&sent[0].body).into_owned();
    assert!(sent.contains("canary-assertion"), "{sent}");
    let seen = format!("{error} {error:?} {source:?} {}", traces.text());
    assert!(!seen.contains("canary"), "{seen}");
}

/// Output of a call to an API that repeats the content of the request.
#[tokio::test]
async fn checklist_29_credentials_that_the_api_repeats_are_not_shown() {
    let traces = Traces::record();
    let sandbox = support::sandbox().await;
    let client = support::builder(&sandbox, &[])
        .retry(perspio::RetryPolicy::none())
        .build()
        .unwrap();
    client.sites_list().send().await.unwrap();
    let sent = sandbox.log().api_requests()[0].clone();
    let token = sent
        .header("authorization")
        .unwrap()
        .trim_start_matches("Bearer ")
        .to_owned();
    let echo = format!(
        "authorization: Bearer {token}\nocp-apim-subscription-key: {}",
        sandbox.subscription_key()
    );
    // The key also spans the length at which texts are truncated.
    let straddling = format!("{}{}", "x".repeat(180), sandbox.subscription_key());
    for status in [200, 400, 401, 403, 429, 500, 502] {
        for body in [&echo, &straddling] {
            let fault = Fault::status(status)
                .body("text/plain", body.clone())
                .header("request-id", sandbox.subscription_key());
            sandbox.queue_fault(Endpoint::Api, fault.clone());
            sandbox.queue_fault(Endpoint::Api, fault);
            let error = client.assets_list().send().await.unwrap_err();
            let mut seen = format!("{error} {error:?} {error:#}");
            write!(seen, "{error} {error:?}").unwrap();
            if let perspio::Error::Api { body, message, .. } = &error {
                write!(seen, "{body} {message}").unwrap();
            }
            for secret in [token.as_str(), sandbox.subscription_key()] {
                assert!(!seen.contains(secret), "{status}: {seen}");
                assert!(
                    !seen.contains(&secret[..secret.len() / 2]),
                    "{status}, in part: {seen}"
                );
            }
            sandbox.log().clear();
            // Unused faults must not affect the next call.
            while client.sites_list().send().await.is_err() {}
        }
    }
    let traces = traces.text();
    assert!(traces.contains("request_id=\"[redacted]\""), "{traces}");
    assert!(!traces.contains(sandbox.subscription_key()), "{traces}");
}

#[tokio::test]
async fn checklist_29_the_body_of_an_unexpected_success_status_is_not_shown() {
    for status in [200, 201, 202, 203] {
        let sandbox = support::sandbox().await;
        let response = r#"{"access_token":"canary","token_type":"mac","refresh_token":"canary"}"#;
        sandbox.queue_fault(
            Endpoint::Token,
            Fault::status(status).body("application/json", response),
        );
        let error = support::client(&sandbox)
            .assets_list()
            .send()
            .await
            .unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
}

#[tokio::test]
async fn checklist_29_a_secret_at_the_end_of_a_truncated_text_is_not_shown_in_part() {
    let sandbox = support::sandbox().await;
    let body = format!("{}{}", "x".repeat(180), sandbox.client_secret());
    sandbox.queue_fault(Endpoint::Token, Fault::status(500).body("text/plain", body));
    let client = support::builder(&sandbox, &[]).retry(perspio::RetryPolicy::none());
    let client = client.build().unwrap();
    let error = client.assets_list().send().await.unwrap_err();
    assert!(
        !error.to_string().contains(&sandbox.client_secret()[..10]),
        "{error}"
    );
}
