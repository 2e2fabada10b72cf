//! Calls apart from their requests: limits of the response, timeouts, headers of the caller
//! and the runtime.

mod limits_of_responses;
mod middleware;
mod runtime;
mod timeouts;

use std::sync::Arc;
use std::time::Duration;

use perspio::auth::clock::ManualClock;
use perspio::auth::http::{HeaderName, HeaderValue};
use perspio::auth::{FixedToken, TokenSource};
use perspio::{CallOptions, Client, ClientBuilder, ClientBuilderExt, Error, Method};
use perspio_sandbox::{Endpoint, Fault, UserAccess};

use crate::raw_server::RawServer;
use crate::support;

#[tokio::test]
async fn a_header_that_the_client_sets_itself_is_an_error_and_not_dropped() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox);
    for name in ["authorization", "tid", "ocp-apim-subscription-key"] {
        let request = client
            .request(Method::GET, "/sites/v3/")
            .header(name, "mine");
        let name = HeaderName::from_static(name);
        let options = CallOptions::new().header(name.clone(), HeaderValue::from_static("mine"));
        let call = client.with_options(options);
        for error in [
            request.fetch::<serde_json::Value>().await.unwrap_err(),
            call.sites_list().send().await.unwrap_err(),
        ] {
            let text = error.to_string().to_lowercase();
            assert!(
                text.contains(name.as_str()) && text.contains("not sent"),
                "{text}"
            );
            assert!(!text.contains("mine"), "{text}");
        }
    }
    assert!(sandbox.log().api_requests().is_empty());
    // Any other header is sent.
    let request = client
        .request(Method::GET, "/sites/v3/")
        .header("x-trace", "1");
    request.fetch::<serde_json::Value>().await.unwrap();
    assert_eq!(sandbox.log().api_requests()[0].header("x-trace"), Some("1"));
}

#[tokio::test]
async fn a_call_waits_for_a_quota_as_azure_api_management_reports_it() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let builder = support::builder(&sandbox, &[]).clock(Arc::new(clock.clone()));
    let client = builder.build().unwrap();
    let fault = Fault::status(403).header("retry-after", "30");
    sandbox.queue_fault(Endpoint::Api, fault);
    let call = tokio::spawn(async move { client.sites_list().send().await.map(drop) });
    clock.sleeps(1).await;
    assert_eq!(sandbox.log().api_requests().len(), 1);
    clock.advance(Duration::from_secs(31));
    call.await.unwrap().unwrap();
    assert_eq!(sandbox.log().api_requests().len(), 2);
    assert_eq!(sandbox.log().token_requests().len(), 1, "the token is fine");
}

#[tokio::test]
async fn a_quota_beyond_the_longest_wait_is_a_rate_limit_error_with_the_wait() {
    let sandbox = support::sandbox().await;
    let fault = Fault::status(403).header("retry-after", "1800").body(
        "application/json",
        r#"{"statusCode":403,"message":"Out of call volume quota."}"#,
    );
    sandbox.queue_fault(Endpoint::Api, fault);
    let error = support::client(&sandbox)
        .sites_list()
        .send()
        .await
        .unwrap_err();
    assert!(error.is_rate_limited() && !error.is_forbidden(), "{error}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1800)));
    assert!(
        error.to_string().contains("Out of call volume quota"),
        "{error}"
    );
}

#[tokio::test]
async fn a_408_is_retried_if_the_request_is_idempotent() {
    let server = RawServer::start().await;
    let policy = perspio::RetryPolicy::new().first_backoff(Duration::ZERO);
    let client = server.builder().retry(policy).build().unwrap();
    server.queue_http(408, "", "");
    server.queue_http(200, "", "[]");
    client.sites_list().send().await.unwrap();
    assert_eq!(server.requests().len(), 2);
    server.clear();
    server.queue_http(408, "", "");
    let call = client.assets_update().id("IN-1");
    let call = call.body_map(|body| body.description(perspio::NullableText::from("words")));
    let error = call.send().await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
    assert!(error.may_have_been_applied(), "{error}");
}

#[tokio::test]
async fn a_malformed_response_head_is_not_retried() {
    let server = RawServer::start().await;
    let client = server.builder().build().unwrap();
    server.queue(crate::raw_server::RawResponse::Bytes(
        b"no HTTP at all\r\n\r\n".into(),
    ));
    let error = client.sites_list().send().await.unwrap_err();
    assert_eq!(server.requests().len(), 1, "{error}");
    assert!(error.to_string().contains("GET /sites/v3/"), "{error}");
}

#[tokio::test]
async fn a_client_for_another_token_source_shares_connections_and_rate_limits() {
    let sandbox = support::sandbox().await;
    let minute = Duration::from_secs(60);
    let limit = perspio::Limit::requests("test", perspio::Scope::Application, 10, minute);
    let limits = perspio::Limits::none().with(limit);
    let application = support::builder(&sandbox, &[])
        .limits(limits)
        .build()
        .unwrap();
    application.sites_list().send().await.unwrap();
    let token = FixedToken::new(sandbox.user_token(UserAccess::ReadWrite));
    let profile = support::profile(&sandbox);
    let user = application.with_token_source(TokenSource::new(&profile, token).unwrap());
    user.directory_user().send().await.unwrap();
    for client in [&application, &user] {
        assert_eq!(client.budget().limits[0].left, 8);
    }
    let requests = sandbox.log().api_requests();
    let tokens: Vec<_> = requests
        .iter()
        .map(|it| it.header("authorization"))
        .collect();
    assert_ne!(tokens[0], tokens[1]);
}

#[tokio::test]
async fn the_user_agent_and_other_settings_of_http_reach_every_request() {
    let server = RawServer::start().await;
    server.queue_http(200, "", "[]");
    let client = server
        .builder()
        .user_agent("nightly/1")
        .configure_http(|builder| {
            let name = HeaderName::from_static("x-site");
            builder.default_headers(
                [(name, HeaderValue::from_static("north"))]
                    .into_iter()
                    .collect(),
            )
        })
        .build()
        .unwrap();
    client.sites_list().send().await.unwrap();
    let sent = server.requests().remove(0);
    for line in ["user-agent: nightly/1", "x-site: north"] {
        assert!(sent.contains(line), "{line} is missing: {sent}");
    }
}

#[tokio::test]
async fn a_timeout_survives_other_options_that_are_set_after_it() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let client = support::builder(&sandbox, &[])
        .clock(Arc::new(clock.clone()))
        .timeout(Duration::from_secs(5))
        .options(CallOptions::new().without_retry())
        .build()
        .unwrap();
    let hold = sandbox.hold(Endpoint::Token);
    let call = tokio::spawn(async move { client.sites_list().send().await.map(drop) });
    hold.arrived(1).await;
    clock.advance(Duration::from_secs(5));
    assert!(call.await.unwrap().unwrap_err().is_timeout());
}

#[test]
fn clients_builders_and_errors_are_send_sync_and_static() {
    fn assert_shared<T: Send + Sync + 'static>() {}
    assert_shared::<Client>();
    assert_shared::<ClientBuilder>();
    assert_shared::<Error>();
    assert_shared::<dispogas::Client>();
    assert_shared::<perspio_http::ApiClient>();
    assert_shared::<perspio_http::ApiClientBuilder>();
    assert_shared::<perspio_auth::Authorizer>();
    assert_shared::<TokenSource>();
}

#[test]
fn the_futures_of_calls_are_send_and_those_of_requests_static() {
    fn assert_send<T: Send>(_: &T) {}
    fn assert_static<T: Send + 'static>(_: &T) {}
    let builder = Client::builder()
        .base_url("http://127.0.0.1:9")
        .tenant_id("in-test")
        .subscription_key("key")
        .credential(FixedToken::new("token"));
    let client = builder.build().unwrap();
    assert_send(&client.assets_list().send());
    assert_send(&client.assets_stream());
    let request = || client.request(Method::GET, "/sites/v3/");
    assert_static(&request().send());
    assert_static(&request().fetch::<serde_json::Value>());
    assert_static(&request().stream::<serde_json::Value>());
}
