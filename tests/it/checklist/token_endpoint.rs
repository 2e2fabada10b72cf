//! Lines 15 to 19: the token endpoint.

use super::*;
use crate::token_events::TokenEvents;

#[tokio::test]
async fn checklist_15_a_token_response_over_1_mib_is_rejected_and_not_shown() {
    let filler = "canary ".repeat(200_000);
    let error = token_error(json(200, format!(r#"{{"access_token":"{filler}"}}"#))).await;
    assert!(
        error.to_string().contains("1 MiB") && !error.to_string().contains("canary"),
        "{error}"
    );
}

#[tokio::test]
async fn checklist_15_a_redirect_of_the_token_endpoint_is_not_followed() {
    let elsewhere = support::sandbox().await;
    let target = format!("{}/oauth2/v2.0/token", elsewhere.authority());
    let error = token_error(Fault::status(307).header("location", &target)).await;
    let text = error.to_string();
    assert!(
        text.contains("307") && text.contains("a redirect"),
        "{text}"
    );
    let target = target.trim_start_matches("http://");
    assert!(text.contains(&format!("to {target}")), "{text}");
    assert!(elsewhere.log().requests().is_empty());
}

#[tokio::test]
async fn checklist_17_a_token_type_other_than_bearer_is_rejected() {
    let error = token_error(json(200, r#"{"access_token":"t","token_type":"mac"}"#)).await;
    assert!(error.to_string().contains("token_type"), "{error}");
    let sandbox = support::sandbox().await;
    sandbox.queue_fault(
        Endpoint::Token,
        json(200, r#"{"access_token":"t","token_type":"BEARER"}"#),
    );
    let source = support::token_source(&sandbox, &support::profile(&sandbox));
    assert_eq!(source.token().await.unwrap().authorization(), "Bearer t");
}

#[tokio::test]
async fn checklist_17_a_narrower_scope_is_reported_and_offline_access_does_not_count() {
    let sandbox = support::sandbox().await;
    let scopes = Scopes::uniform([
        "api://perspiotalk/access_as_user",
        "api://perspiotalk/all_readwrite",
    ]);
    let profile = support::profile(&sandbox).with_scopes(scopes);
    let encoded = "api%3A%2F%2Fperspiotalk%2Faccess_as_user";
    let body = format!(r#"{{"access_token":"t","token_type":"Bearer","scope":"{encoded}"}}"#);
    sandbox.queue_fault(Endpoint::Token, json(200, body));
    let events = Arc::new(TokenEvents::default());
    let source =
        TokenSource::builder(&profile, stored_sign_in(&sandbox, "r")).observer(events.clone());
    source.build().unwrap().token().await.unwrap();
    assert_eq!(
        events.all(),
        ["narrowed: api://perspiotalk/all_readwrite", "renewed"]
    );
}

#[tokio::test]
async fn checklist_18_a_token_is_a_sensitive_header_value_or_rejected() {
    let body = r#"{"access_token":"canary\r\nx-admin: 1","token_type":"Bearer"}"#;
    let error = token_error(json(200, body)).await;
    assert!(
        error.to_string().contains("header") && !format!("{error:?}").contains("canary"),
        "{error}"
    );
    let sandbox = support::sandbox().await;
    let token = support::token_source(&sandbox, &support::profile(&sandbox))
        .token()
        .await
        .unwrap();
    assert!(token.authorization().is_sensitive());
}

#[tokio::test]
async fn checklist_19_no_429_5xx_or_body_that_is_not_oauth_is_an_oauth_error() {
    let verdict = r#"{"error":"invalid_grant","error_description":"AADSTS70008: no"}"#;
    for status in [429, 500, 502, 503, 504] {
        let error = token_error(json(status, verdict)).await;
        assert!(
            error.is_transient() && !error.needs_sign_in(),
            "{status}: {error}"
        );
    }
    for (status, body) in [
        (400, ""),
        (403, ""),
        (403, "<html>"),
        (400, r#"{"message":"no"}"#),
        (404, "[]"),
    ] {
        let error = token_error(Fault::status(status).body("text/html", body)).await;
        assert!(
            !error.needs_sign_in() && !error.is_configuration(),
            "{status} {body}: {error}"
        );
        assert!(error.to_string().contains(&status.to_string()), "{error}");
    }
}

#[tokio::test]
async fn checklist_19_retry_after_is_remembered_for_all_callers_and_no_request_goes_out() {
    let sandbox = support::sandbox().await;
    let clock = Arc::new(ManualClock::new());
    let profile = support::profile(&sandbox);
    let grant = ClientCredentials::new(support::application(&sandbox));
    let source = TokenSource::builder(&profile, grant)
        .clock(clock.clone())
        .build()
        .unwrap();
    sandbox.queue_fault(
        Endpoint::Token,
        Fault::status(429).header("retry-after", "120"),
    );
    assert_eq!(
        source.token().await.unwrap_err().retry_after(),
        Some(2 * MINUTE)
    );
    clock.advance(MINUTE);
    for _ in 0..5 {
        let error = source.token().await.unwrap_err();
        assert!(
            matches!(error, Error::BackingOff { retry_after, .. } if retry_after == MINUTE),
            "{error}"
        );
        assert!(error.is_transient());
    }
    assert_eq!(sandbox.log().token_requests().len(), 1);
    clock.advance(MINUTE);
    source.token().await.unwrap();
}

#[tokio::test]
async fn checklist_19_while_throttled_a_valid_token_is_still_returned() {
    let sandbox = support::sandbox().await;
    let clock = Arc::new(ManualClock::new());
    let profile = support::profile(&sandbox);
    let grant = ClientCredentials::new(support::application(&sandbox));
    let events = Arc::new(TokenEvents::default());
    let source = TokenSource::builder(&profile, grant)
        .clock(clock.clone())
        .observer(events.clone());
    let source = source.build().unwrap();
    let first = source.token().await.unwrap();
    clock.advance(50 * MINUTE);
    sandbox.queue_fault(
        Endpoint::Token,
        Fault::status(503).header("retry-after", "300"),
    );
    let hold = sandbox.hold(Endpoint::Token);
    source.token().await.unwrap();
    hold.arrived(1).await;
    drop(hold);
    while events.all().len() < 2 {
        tokio::task::yield_now().await;
    }
    for _ in 0..10 {
        let token = source.token().await.unwrap();
        assert_eq!(token.authorization(), first.authorization());
    }
    assert_eq!(sandbox.log().token_requests().len(), 2);
}

#[tokio::test]
async fn an_expired_or_empty_token_is_a_server_fault_and_not_sent() {
    for (body, part) in [
        (
            r#"{"access_token":"t","token_type":"Bearer","expires_in":0}"#,
            "expires_in",
        ),
        (
            r#"{"access_token":"t","token_type":"Bearer","expires_in":-5}"#,
            "expires_in",
        ),
        (
            r#"{"access_token":"","token_type":"Bearer"}"#,
            "access_token is empty",
        ),
        (
            r#"{"access_token":" ","token_type":"Bearer"}"#,
            "access_token is empty",
        ),
        (
            r#"{"access_token":"a ","token_type":"Bearer"}"#,
            "header value",
        ),
    ] {
        let sandbox = support::sandbox().await;
        sandbox.queue_fault(Endpoint::Token, json(200, body));
        let error = support::client(&sandbox)
            .assets_list()
            .send()
            .await
            .unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains(part) && text.contains("fault of the server"),
            "{text}"
        );
        assert!(sandbox.log().api_requests().is_empty());
    }
}

#[tokio::test]
async fn an_empty_fixed_token_is_a_configuration_error_and_not_sent() {
    let sandbox = support::sandbox().await;
    for token in ["", " ", "\t\n", "token\n", "Bearer token"] {
        let credential = perspio_auth::FixedToken::new(token);
        let source = TokenSource::new(&support::profile(&sandbox), credential).unwrap();
        let error = source.token().await.unwrap_err();
        assert!(error.is_configuration(), "{token:?}: {error}");
    }
    assert!(sandbox.log().requests().is_empty());
}
