//! A code is exchanged once, whichever buttons the user presses.

use perspio_sandbox::Endpoint;

use super::Chromium;
use super::attempt::{Attempt, Finished, SIGNED_IN};

/// Asserts that the sign-in succeeds with one token request.
async fn succeeds_with_one_exchange(attempt: Attempt) -> Finished {
    attempt.address_is_clean().await;
    let finished = attempt.finish().await;
    assert_eq!(finished.token_requests().len(), 1);
    assert!(finished.outcome.is_ok(), "{:?}", finished.outcome);
    finished
}

#[tokio::test]
async fn a_double_click_on_an_account_issues_one_code_that_is_exchanged_once() {
    let attempt = Attempt::new().await;
    attempt.browser.double_click("Ada Sandbox").await;
    attempt.browser.shows(SIGNED_IN).await;
    succeeds_with_one_exchange(attempt).await;
}

#[tokio::test]
async fn after_a_sign_in_the_back_button_causes_no_second_exchange() {
    let attempt = Attempt::new().await;
    attempt.browser.click("Ada Sandbox").await;
    attempt.browser.shows(SIGNED_IN).await;
    let finished = succeeds_with_one_exchange(attempt).await;
    let browser = &finished.browser;
    browser.back().await;
    browser.shows("Pick an account").await;
    // The identity server issues another code, but the listener is closed.
    browser.click("Ada Sandbox").await;
    browser.fails_to_reach(&finished.redirect_uri).await;
    browser.back().await;
    browser.shows("Pick an account").await;
    assert_eq!(finished.token_requests().len(), 1);
}

#[tokio::test]
async fn after_a_sign_in_a_reload_of_the_result_page_fails() {
    let attempt = Attempt::new().await;
    attempt.browser.click("Ada Sandbox").await;
    attempt.browser.shows(SIGNED_IN).await;
    let finished = succeeds_with_one_exchange(attempt).await;
    let browser = &finished.browser;
    browser.reload().await;
    browser.fails_to_reach(&finished.redirect_uri).await;
    assert_eq!(finished.token_requests().len(), 1);
}

#[tokio::test]
async fn a_reload_during_the_exchange_leads_to_the_result_of_that_exchange() {
    // The page after the click loads only when the exchange is complete.
    let browser = Chromium::without_page_load_waits().await;
    let attempt = Attempt::with(browser, |sign_in| sign_in).await;
    let browser = &attempt.browser;
    let hold = attempt.sandbox.hold(Endpoint::Token);
    browser.mark_document().await;
    browser.click("Ada Sandbox").await;
    hold.arrived(1).await;
    // Chromium cancels the pending navigation and reloads the page that is
    // shown: the account picker.
    browser.reload().await;
    browser.replaces_marked_document().await;
    browser.shows("Pick an account").await;
    browser.click("Ada Sandbox").await;
    drop(hold);
    browser.shows(SIGNED_IN).await;
    succeeds_with_one_exchange(attempt).await;
}
