//! Where credentials are sent, and the errors when they are rejected.

use perspio_auth::{AuthMiddleware, FixedToken, Scopes, TokenSource};
use perspio_sandbox::{Endpoint, Fault, Sandbox};

use crate::support;

async fn call_error(changes: &[(&'static str, &str)]) -> perspio::Error {
    let sandbox = support::sandbox().await;
    let client = support::builder(&sandbox, changes).build().unwrap();
    client.assets_list().send().await.unwrap_err()
}

#[tokio::test]
async fn a_wrong_secret_is_reported_with_its_code_and_where_to_reset_it() {
    let error = call_error(&[("PERSPIO_CLIENT_SECRET", "canary-secret")]).await;
    let text = error.to_string();
    for part in [
        "AADSTS7000215",
        "two years",
        "Admin → API",
        "correlation id",
        "trace id",
    ] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    assert!(!text.contains("canary"), "{text}");
    assert!(matches!(&error, perspio::Error::Auth(cause) if cause.is_configuration()));
}

#[tokio::test]
async fn an_unknown_client_and_a_wrong_scope_are_reported_with_their_codes() {
    let error = call_error(&[("PERSPIO_CLIENT_ID", "nobody")])
        .await
        .to_string();
    assert!(
        error.contains("AADSTS700016") && error.contains("client id"),
        "{error}"
    );
    let error = call_error(&[("PERSPIO_SCOPES", "api://perspiotalk/access_as_user")])
        .await
        .to_string();
    assert!(
        error.contains("AADSTS1002012") && error.contains("/.default"),
        "{error}"
    );
}

#[tokio::test]
async fn a_wrong_key_or_tenant_shows_the_gateways_message_and_names_both_headers() {
    for wrong in ["PERSPIO_SUBSCRIPTION_KEY", "PERSPIO_TENANT_ID"] {
        let error = call_error(&[(wrong, "in-wrong")]).await;
        assert_eq!(error.status().unwrap(), 401);
        let perspio::Error::Api { message, .. } = &error else {
            panic!("{error:?}")
        };
        assert!(!message.is_empty());
        let text = error.to_string();
        for part in [message, "tid", "Ocp-Apim-Subscription-Key", "Admin → API"] {
            assert!(text.contains(part), "{part} is missing: {text}");
        }
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_takes_no_credential_along() {
    let sandbox = support::sandbox().await;
    let elsewhere = support::sandbox().await;
    let target = format!("{}/assets/v3/", elsewhere.base_url());
    let client = support::client(&sandbox);
    for status in [301, 302, 303, 307, 308] {
        sandbox.queue_fault(
            Endpoint::Api,
            Fault::status(status).header("location", &target),
        );
        let error = client.assets_list().send().await.unwrap_err();
        assert_eq!(error.status().unwrap(), status);
        assert!(error.to_string().contains(elsewhere.base_url()), "{error}");
    }
    assert!(elsewhere.log().requests().is_empty());
}

/// Returns the middleware alone, as users with their own HTTP client have it.
fn signing(sandbox: &Sandbox) -> reqwest_middleware::ClientWithMiddleware {
    let profile = support::profile(sandbox).with_read_only_applications(false);
    let source = support::token_source(sandbox, &profile);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    reqwest_middleware::ClientBuilder::new(http)
        .with(AuthMiddleware::new(&profile, source).unwrap())
        .build()
}

#[tokio::test]
async fn the_middleware_signs_requests_of_any_client() {
    let sandbox = support::sandbox().await;
    let response = signing(&sandbox)
        .get(format!("{}/sites/v3/", sandbox.base_url()))
        .send()
        .await;
    assert_eq!(response.unwrap().status(), 200);
}

#[tokio::test]
async fn a_request_to_another_origin_is_not_sent() {
    let sandbox = support::sandbox().await;
    let elsewhere = support::sandbox().await;
    let error = signing(&sandbox)
        .get(elsewhere.base_url())
        .send()
        .await
        .unwrap_err();
    assert!(error.to_string().contains(elsewhere.base_url()), "{error}");
    assert!(elsewhere.log().requests().is_empty());
    assert!(sandbox.log().requests().is_empty());
}

#[tokio::test]
async fn a_request_with_a_streaming_body_is_never_replayed() {
    let sandbox = support::sandbox().await;
    let client = signing(&sandbox);
    sandbox.queue_fault(Endpoint::Api, Fault::status(401));
    let stream = reqwest::Body::wrap(reqwest::Body::from("{}"));
    let url = format!("{}/assets/v3/IN-000001", sandbox.base_url());
    let response = client.patch(url).body(stream).send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(sandbox.log().api_requests().len(), 1);
}

#[tokio::test]
async fn one_profiles_headers_do_not_reach_anothers_calls() {
    let sandbox = support::sandbox().await;
    let api = support::address(sandbox.base_url());
    let dispogas = dispogas::profile(api, "directory", "tenancy-1").unwrap();
    let source = TokenSource::new(&dispogas, FixedToken::new("t")).unwrap();
    let client = reqwest_middleware::ClientBuilder::new(support::local_client())
        .with(AuthMiddleware::new(&dispogas, source).unwrap())
        .build();
    client
        .get(format!("{}/account/me", sandbox.base_url()))
        .send()
        .await
        .unwrap();
    support::snapshot(
        &sandbox,
        "dispogas_account_me",
        &sandbox.log().requests()[0],
    );
}

#[tokio::test]
async fn a_403_from_dispogas_renews_only_a_token_reported_as_invalid() {
    let sandbox = support::sandbox().await;
    let api = support::address(sandbox.base_url());
    let dispogas = dispogas::profile(api, "directory", "tenancy-1")
        .unwrap()
        .with_authority(&support::address(sandbox.authority()))
        .with_scopes(Scopes::uniform(["api://perspiotalk/.default"]));
    let source = support::token_source(&sandbox, &dispogas);
    let client = reqwest_middleware::ClientBuilder::new(support::local_client())
        .with(AuthMiddleware::new(&dispogas, source).unwrap())
        .build();
    let url = format!("{}/account/v1/me", sandbox.base_url());
    sandbox.queue_fault(Endpoint::Api, Fault::status(403));
    assert_eq!(client.get(&url).send().await.unwrap().status(), 403);
    assert_eq!(sandbox.log().token_requests().len(), 1);
    let stale = Fault::status(403).header("www-authenticate", "Bearer error=\"invalid_token\"");
    sandbox.queue_fault(Endpoint::Api, stale);
    sandbox.queue_fault(Endpoint::Api, Fault::status(200));
    assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
    assert_eq!(sandbox.log().token_requests().len(), 2);
}

#[tokio::test]
async fn a_header_that_the_middleware_sets_itself_is_an_error_and_not_dropped() {
    let sandbox = support::sandbox().await;
    let url = format!("{}/sites/v3/", sandbox.base_url());
    let request = signing(&sandbox).get(url).header("tid", "mine");
    let error = request.send().await.unwrap_err().to_string();
    assert!(
        error.contains("tid") && error.contains("not sent"),
        "{error}"
    );
    assert!(sandbox.log().requests().is_empty());
}
