//! Requests of another tab of the same browser.

use super::attempt::{Attempt, SIGNED_IN};

#[tokio::test]
async fn requests_of_another_tab_do_not_end_the_sign_in() {
    let attempt = Attempt::new().await;
    let browser = &attempt.browser;
    let own = browser.client.window().await.unwrap();
    browser.open_tab().await;
    // Chromium requests no icon itself, because the policy of the page forbids
    // images. The tab therefore opens its address.
    for path in [
        "",
        "/?code=made-up&state=made-up",
        "/favicon.ico",
        "/signed-in",
    ] {
        let url = attempt.redirect_uri().join(path).unwrap();
        browser.open(url.as_str()).await;
        let text = browser.shows("Not part of the sign-in").await;
        assert!(text.contains("continue in the window"), "{text}");
        assert!(!text.contains("made-up"), "{text}");
    }
    browser.open(attempt.redirect_uri().as_str()).await;
    browser.shows("Not part of the sign-in").await;
    browser.screenshot("not-part-of-the-sign-in").await;
    browser.client.switch_to_window(own).await.unwrap();
    browser.click("Ada Sandbox").await;
    browser.shows(SIGNED_IN).await;
    attempt.address_is_clean().await;
    attempt.finish().await.outcome.unwrap();
}
