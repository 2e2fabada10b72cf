//! The token request of every grant matches the documentation, for both profiles.

use std::sync::Arc;
use std::time::Duration;

use perspio_auth::clock::ManualClock;
use perspio_auth::{
    AuthorizationCode, ClientCredentials, Credential, DeviceCode, Profile, RefreshToken,
    SecretString, TokenSource,
};
use perspio_sandbox::{Endpoint, Fault, Sandbox};

use crate::support;

/// The response on the page of the authorization code grant.
const DOCUMENTED_RESPONSE: &str = r#"{"access_token":"eyBYY","token_type":"Bearer","expires_in":3599,
    "scope":"api://perspiotalk/access_as_user","refresh_token":"AwBB-2","id_token":"e30.e30.c"}"#;
/// The response on dispoGas' page: no scope, no id token, issued in 2020.
const DISPOGAS_RESPONSE: &str = r#"{"access_token":"de67","token_type":"bearer","expires_in":7200,
    "refresh_token":"8257","created_at":1607635748}"#;

fn dispogas(sandbox: &Sandbox) -> Profile {
    let api = support::address("https://gas.example/api");
    dispogas::profile(api, "directory", "tenancy-1")
        .unwrap()
        .with_authority(&support::address(sandbox.authority()))
}

fn code(sandbox: &Sandbox) -> Credential {
    AuthorizationCode::new(
        support::application(sandbox),
        SecretString::from("0.the~code+"),
        SecretString::from("the-verifier-of-43-characters-or-more-------"),
        "http://localhost",
    )
    .unwrap()
    .into()
}

fn refresh(sandbox: &Sandbox) -> Credential {
    let token = SecretString::from("AwBB-1");
    RefreshToken::new(
        support::application(sandbox),
        token,
        ["api://perspiotalk/access_as_user"],
    )
    .redirect_uri("http://localhost")
    .into()
}

/// Sends the token request of `credential` and snapshots it.
async fn shape(
    sandbox: &Sandbox,
    name: &str,
    profile: &Profile,
    credential: Credential,
    response: &str,
) {
    let fault = Fault::status(200).body("application/json", response.to_owned());
    sandbox.queue_fault(Endpoint::Token, fault);
    TokenSource::new(profile, credential)
        .unwrap()
        .token()
        .await
        .unwrap();
    let requests = sandbox.log().token_requests();
    support::snapshot(sandbox, name, requests.last().unwrap());
}

#[tokio::test]
async fn a_code_exchange_matches_the_documentation_plus_pkce() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    shape(
        &sandbox,
        "token_authorization_code_perspiotalk",
        &profile,
        code(&sandbox),
        DOCUMENTED_RESPONSE,
    )
    .await;
    let profile = dispogas(&sandbox);
    shape(
        &sandbox,
        "token_authorization_code_dispogas",
        &profile,
        code(&sandbox),
        DISPOGAS_RESPONSE,
    )
    .await;
}

#[tokio::test]
async fn a_refresh_requests_the_granted_scopes_and_a_redirect_uri_only_at_dispogas() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    shape(
        &sandbox,
        "token_refresh_perspiotalk",
        &profile,
        refresh(&sandbox),
        DOCUMENTED_RESPONSE,
    )
    .await;

    let token = SecretString::from("8257-0");
    let stored = RefreshToken::new(support::application(&sandbox), token, [""; 0])
        .redirect_uri("https://app.example/back");
    let profile = dispogas(&sandbox);
    shape(
        &sandbox,
        "token_refresh_dispogas",
        &profile,
        stored.into(),
        DISPOGAS_RESPONSE,
    )
    .await;
}

#[tokio::test]
async fn the_scope_of_the_documented_refresh_request_can_be_set() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let mut scopes = profile.scopes().clone();
    scopes.refresh = Some(vec![
        "api://perspiotalk/all_readwrite".into(),
        "offline_access".into(),
    ]);
    let profile = profile.with_scopes(scopes);
    shape(
        &sandbox,
        "token_refresh_all_readwrite",
        &profile,
        refresh(&sandbox),
        DOCUMENTED_RESPONSE,
    )
    .await;
}

#[tokio::test]
async fn dispogas_needs_the_redirect_uri_to_refresh() {
    let sandbox = support::sandbox().await;
    let token = SecretString::from("r");
    let grant = RefreshToken::new(support::application(&sandbox), token, [""; 0]);
    let error = TokenSource::new(&dispogas(&sandbox), grant)
        .unwrap()
        .token()
        .await
        .unwrap_err();
    assert!(
        error.is_configuration() && error.to_string().contains("redirect URI"),
        "{error}"
    );
    assert!(sandbox.log().requests().is_empty());
}

#[tokio::test]
async fn a_dispogas_token_expires_by_expires_in_and_not_by_its_date_of_2020() {
    let sandbox = support::sandbox().await;
    let fault = || Fault::status(200).body("application/json", DISPOGAS_RESPONSE);
    sandbox.queue_fault(Endpoint::Token, fault());
    let clock = Arc::new(ManualClock::new());
    let source = TokenSource::builder(&dispogas(&sandbox), code(&sandbox))
        .clock(clock.clone())
        .build()
        .unwrap();
    source.token().await.unwrap();
    clock.advance(Duration::from_secs(5900));
    source.token().await.unwrap();
    assert_eq!(sandbox.log().token_requests().len(), 1);
}

#[tokio::test]
async fn the_device_flow_polls_at_the_interval_of_the_server() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let clock = Arc::new(ManualClock::new());
    let begun = r#"{"device_code":"dev-1","user_code":"ABCD-1234","interval":5,"expires_in":900,
        "verification_uri":"https://microsoft.com/devicelogin","message":"…"}"#;
    sandbox.queue_fault(
        Endpoint::DeviceCode,
        Fault::status(200).body("application/json", begun),
    );
    let device = DeviceCode::begin(&profile, support::application(&sandbox), &*clock)
        .await
        .unwrap();
    support::snapshot(
        &sandbox,
        "device_code_perspiotalk",
        &sandbox.log().requests()[0],
    );
    assert_eq!(device.user_code(), "ABCD-1234");
    assert_eq!(
        device.verification_uri(),
        "https://microsoft.com/devicelogin"
    );
    assert_eq!(device.expires_in(), Duration::from_secs(900));
    assert!(!format!("{device:?}").contains("dev-1"));

    for error in [
        "authorization_pending",
        "slow_down",
        "authorization_pending",
    ] {
        let body = format!(r#"{{"error":"{error}"}}"#);
        sandbox.queue_fault(
            Endpoint::Token,
            Fault::status(400).body("application/json", body),
        );
    }
    sandbox.queue_fault(
        Endpoint::Token,
        Fault::status(200).body("application/json", DOCUMENTED_RESPONSE),
    );
    let source = TokenSource::builder(&profile, device)
        .clock(clock.clone())
        .build()
        .unwrap();
    let token = tokio::spawn(async move { source.token().await });
    for count in 1..=3 {
        let slept = clock.sleeps(count).await;
        clock.advance(slept[count - 1]);
    }
    token.await.unwrap().unwrap();
    let slept: Vec<_> = clock
        .sleeps(3)
        .await
        .iter()
        .map(Duration::as_secs)
        .collect();
    assert_eq!(slept, [5, 10, 10]);
    let requests = sandbox.log().token_requests();
    support::snapshot(&sandbox, "token_device_code_perspiotalk", &requests[0]);
}

// dispoGas' page documents neither of the two grants; its profile supports them anyway.
#[tokio::test]
async fn the_undocumented_grants_of_dispogas_request_its_own_scopes() {
    let sandbox = support::sandbox().await;
    let profile = dispogas(&sandbox);
    let grant = ClientCredentials::new(support::application(&sandbox));
    shape(
        &sandbox,
        "token_client_credentials_dispogas",
        &profile,
        grant.into(),
        DISPOGAS_RESPONSE,
    )
    .await;
    let begun = r#"{"device_code":"d","user_code":"u","expires_in":900,
        "verification_uri":"https://microsoft.com/devicelogin"}"#;
    sandbox.queue_fault(
        Endpoint::DeviceCode,
        Fault::status(200).body("application/json", begun),
    );
    let clock = ManualClock::new();
    let device = DeviceCode::begin(&profile, support::application(&sandbox), &clock)
        .await
        .unwrap();
    support::snapshot(
        &sandbox,
        "device_code_dispogas",
        sandbox.log().requests().last().unwrap(),
    );
    shape(
        &sandbox,
        "token_device_code_dispogas",
        &profile,
        device.into(),
        DISPOGAS_RESPONSE,
    )
    .await;
}

#[tokio::test]
async fn an_id_token_is_stored_and_its_claims_can_be_read() {
    let sandbox = support::sandbox().await;
    let response = DOCUMENTED_RESPONSE.replace("e30.e30.c", "e30.eyJuYW1lIjoiQWRhIn0.c");
    sandbox.queue_fault(
        Endpoint::Token,
        Fault::status(200).body("application/json", response),
    );
    let source = TokenSource::new(&support::profile(&sandbox), code(&sandbox)).unwrap();
    let token = source.token().await.unwrap();
    assert_eq!(
        token.id_token().unwrap().unverified_claims().unwrap()["name"],
        "Ada"
    );
    assert_eq!(token.scopes(), ["api://perspiotalk/access_as_user"]);
}

#[tokio::test]
async fn the_error_for_an_expired_code_states_its_lifetime() {
    let sandbox = support::sandbox().await;
    let rejection = r#"{"error":"invalid_grant","error_description":"AADSTS70008: expired","error_codes":[70008]}"#;
    sandbox.queue_fault(
        Endpoint::Token,
        Fault::status(400).body("application/json", rejection),
    );
    let source = TokenSource::new(&support::profile(&sandbox), code(&sandbox)).unwrap();
    let error = source.token().await.unwrap_err();
    assert!(error.needs_sign_in());
    assert!(
        error.to_string().contains("60 s") && error.to_string().contains("AADSTS70008"),
        "{error}"
    );
    // A code is single-use: it is not sent again.
    let error = source.token().await.unwrap_err();
    assert!(error.needs_sign_in(), "{error}");
    assert_eq!(sandbox.log().token_requests().len(), 1);
}

#[tokio::test]
async fn a_refresh_that_requires_user_interaction_has_its_own_error() {
    let sandbox = support::sandbox().await;
    for rejection in [
        r#"{"error":"invalid_grant","suberror":"consent_required","error_codes":[65001]}"#,
        r#"{"error":"access_denied"}"#,
        r#"{"error":"invalid_grant","error_description":"AADSTS50076: no"}"#,
    ] {
        sandbox.queue_fault(
            Endpoint::Token,
            Fault::status(400).body("application/json", rejection),
        );
        let source = TokenSource::new(&support::profile(&sandbox), refresh(&sandbox)).unwrap();
        let error = source.token().await.unwrap_err();
        assert!(
            matches!(error, perspio_auth::Error::UserActionRequired { .. }),
            "{error}"
        );
        assert!(error.needs_sign_in() && !error.is_configuration());
    }
}

#[tokio::test]
async fn a_write_by_an_application_is_rejected_with_advice() {
    let sandbox = support::sandbox().await;
    let change = support::client(&sandbox);
    let change = change.assets_update().id("IN-000001");
    let change = change.body_map(|body| body.description(perspio::Nullable::from("new")));
    let error = change.send().await.unwrap_err().to_string();
    for part in ["assets_update", "may only read", "API user"] {
        assert!(error.contains(part), "{part} is missing: {error}");
    }
    assert!(
        sandbox.log().requests().is_empty(),
        "nothing is sent, not even for a token"
    );
}

#[tokio::test]
async fn client_credentials_of_another_application_have_another_key() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let one = TokenSource::new(
        &profile,
        ClientCredentials::new(support::application(&sandbox)),
    )
    .unwrap();
    let other = perspio_auth::Application::confidential("other", "secret");
    let other = TokenSource::new(&profile, ClientCredentials::new(other)).unwrap();
    assert_ne!(one.key(), other.key());
}
