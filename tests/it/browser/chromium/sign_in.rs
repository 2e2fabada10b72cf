//! Sign-ins from the account picker to the result page.

use std::path::PathBuf;

use perspio_auth::{Error, ResponseMode, TokenSource};
use perspio_sandbox::{Endpoint, Fault, Sandbox};

use super::Chromium;
use super::attempt::{Attempt, FAILED, SIGNED_IN};
use crate::sign_in::form;
use crate::support;

/// Asserts that the token permits a write, which only a user may do.
async fn may_write(sandbox: &Sandbox, source: TokenSource) {
    let client = support::builder(sandbox, &[]).token_source(source);
    let client = client.build().unwrap();
    let change = client.assets_update().id("IN-000001");
    let change = change.body_map(|body| body.description(perspio::Nullable::from("new")));
    change.send().await.unwrap();
    assert_eq!(sandbox.log().api_requests().len(), 1);
}

fn contains_all(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
}

#[tokio::test]
async fn a_click_on_an_account_signs_in_and_the_token_may_write() {
    let attempt = Attempt::new().await;
    let (browser, sandbox) = (&attempt.browser, &attempt.sandbox);
    browser.shows("Pick an account").await;
    browser.screenshot("picker").await;
    browser.click("Ada Sandbox").await;
    let text = browser.shows(SIGNED_IN).await;
    let user = "Ada Sandbox (ada@sandbox.example)";
    contains_all(&text, &[user, sandbox.client_id(), sandbox.tenant_id()]);
    contains_all(&text, &["close this tab"]);
    browser.screenshot("signed-in").await;
    attempt.address_is_clean().await;
    let finished = attempt.finish().await;
    assert_eq!(finished.token_requests().len(), 1);
    may_write(&finished.sandbox, finished.outcome.unwrap()).await;
}

#[tokio::test]
async fn a_code_in_a_form_post_is_in_no_file_of_the_browser() {
    let browser = Chromium::start().await;
    let attempt = Attempt::with(browser, |sign_in| {
        sign_in.response_mode(ResponseMode::FormPost)
    });
    let attempt = attempt.await;
    attempt.browser.click("Ada Sandbox").await;
    attempt.browser.shows(SIGNED_IN).await;
    attempt.address_is_clean().await;
    let result_page = attempt.browser.address().await;
    let finished = attempt.finish().await;
    let code = form(&finished.token_requests()[0])["code"].clone();
    may_write(&finished.sandbox, finished.outcome.unwrap()).await;
    let files = finished.browser.quit();
    assert_eq!(files.containing(&code), Vec::<PathBuf>::new());
    // Proves that the search finds what Chromium has stored.
    assert!(!files.containing(result_page.path()).is_empty());
}

#[tokio::test]
async fn a_user_who_must_consent_accepts_and_is_signed_in() {
    let attempt = Attempt::new().await;
    let browser = &attempt.browser;
    browser.click("Carl Sandbox").await;
    let text = browser.shows("Permissions requested").await;
    contains_all(&text, &["Carl Sandbox", "access_as_user"]);
    browser.screenshot("consent").await;
    browser.click("Accept").await;
    let text = browser.shows(SIGNED_IN).await;
    contains_all(&text, &["carl@sandbox.example"]);
    attempt.address_is_clean().await;
    attempt.finish().await.outcome.unwrap();
}

#[tokio::test]
async fn a_user_who_cancels_the_consent_sees_the_error_and_what_to_do() {
    let attempt = Attempt::new().await;
    let browser = &attempt.browser;
    browser.click("Carl Sandbox").await;
    browser.shows("Permissions requested").await;
    browser.click("Cancel").await;
    let text = browser.shows(FAILED).await;
    let ids = ["AADSTS65004", "access_denied", "Correlation ID", "Trace ID"];
    contains_all(&text, &ids);
    contains_all(&text, &["What to do:", "close this tab"]);
    browser.screenshot("declined").await;
    attempt.address_is_clean().await;
    let finished = attempt.finish().await;
    let error = finished.outcome.as_ref().unwrap_err();
    assert!(error.needs_sign_in(), "{error}");
    assert!(finished.token_requests().is_empty());
}

#[tokio::test]
async fn a_user_whose_password_has_expired_picks_another_account() {
    let attempt = Attempt::new().await;
    let browser = &attempt.browser;
    browser.click("Pia Sandbox").await;
    let text = browser.shows("The password has expired").await;
    contains_all(&text, &["AADSTS50055"]);
    browser.screenshot("password-expired").await;
    browser.click("Pick another account").await;
    browser.shows("Pick an account").await;
    browser.click("Ada Sandbox").await;
    browser.shows(SIGNED_IN).await;
    attempt.address_is_clean().await;
    attempt.finish().await.outcome.unwrap();
}

#[tokio::test]
async fn a_rejected_code_is_shown_with_the_ids_that_support_needs() {
    let attempt = Attempt::new().await;
    let (browser, sandbox) = (&attempt.browser, &attempt.sandbox);
    let rejected = r#"{"error":"invalid_grant","error_codes":[70008],
        "error_description":"AADSTS70008: The code has expired. Trace ID: t-2",
        "trace_id":"t-2","correlation_id":"c-2","timestamp":"2026-11-21 08:00:00Z"}"#;
    sandbox.queue_fault(
        Endpoint::Token,
        Fault::status(400).body("application/json", rejected),
    );
    browser.click("Ada Sandbox").await;
    let text = browser.shows(FAILED).await;
    let ids = ["AADSTS70008", "t-2", "c-2", "2026-11-21 08:00:00Z"];
    contains_all(&text, &ids);
    contains_all(&text, &["What to do:"]);
    browser.screenshot("rejected").await;
    attempt.address_is_clean().await;
    let error = attempt.finish().await.outcome.unwrap_err();
    assert!(matches!(error, Error::SignInRequired { .. }), "{error:?}");
}
