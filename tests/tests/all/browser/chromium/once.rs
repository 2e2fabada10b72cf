//! Whatever the person presses, a code is exchanged once.

use perspio_sandbox::Endpoint;

use super::Chromium;
use super::attempt::{Attempt, Finished, SIGNED_IN};

/// The sign-in has come off, with one exchange.
async fn once(attempt: Attempt) -> Finished {
    attempt.address_is_clean().await;
    let finished = attempt.finish().await;
    assert_eq!(finished.token_requests().len(), 1);
    assert!(finished.outcome.is_ok(), "{:?}", finished.outcome);
    finished
}

#[tokio::test]
async fn a_double_click_on_an_account_gives_one_code_that_is_exchanged_once() {
    let attempt = Attempt::new().await;
    attempt.browser.double_click("Ada Sandbox").await;
    attempt.browser.shows(SIGNED_IN).await;
    once(attempt).await;
}

#[tokio::test]
async fn after_the_end_the_back_button_leads_to_nothing_that_is_exchanged_again() {
    let attempt = Attempt::new().await;
    attempt.browser.click("Ada Sandbox").await;
    attempt.browser.shows(SIGNED_IN).await;
    let finished = once(attempt).await;
    let browser = &finished.browser;
    browser.back().await;
    browser.shows("Pick an account").await;
    // A new sign-in at the identity server, whose program waits no more.
    browser.click("Ada Sandbox").await;
    browser.is_refused().await;
    browser.back().await;
    browser.shows("Pick an account").await;
    assert_eq!(finished.token_requests().len(), 1);
}

#[tokio::test]
async fn after_the_end_a_reload_finds_nothing() {
    let attempt = Attempt::new().await;
    attempt.browser.click("Ada Sandbox").await;
    attempt.browser.shows(SIGNED_IN).await;
    let finished = once(attempt).await;
    finished.browser.reload().await;
    finished.browser.is_refused().await;
    assert_eq!(finished.token_requests().len(), 1);
}

#[tokio::test]
async fn a_reload_during_the_exchange_leads_back_and_on_to_its_result() {
    // No page comes before the exchange is over.
    let browser = Chromium::impatient().await;
    let attempt = Attempt::with(browser, |sign_in| sign_in).await;
    let browser = &attempt.browser;
    let hold = attempt.sandbox.hold(Endpoint::Token);
    browser.click("Ada Sandbox").await;
    hold.arrived(1).await;
    // Chromium gives the address up that has not answered yet, and reloads the
    // page that is there: the account picker.
    browser.reload().await;
    browser.shows("Pick an account").await;
    browser.click("Ada Sandbox").await;
    drop(hold);
    browser.shows(SIGNED_IN).await;
    once(attempt).await;
}
