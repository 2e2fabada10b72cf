//! The device flow: the user types the code of another device in the browser.

use std::sync::Arc;
use std::time::Duration;

use perspio_auth::SignIn;
use perspio_auth::clock::ManualClock;

use super::Chromium;
use crate::support;

#[tokio::test]
async fn a_user_types_the_code_of_a_device_and_picks_an_account() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let attempt = SignIn::device(support::application(&sandbox))
        .clock(Arc::new(clock.clone()))
        .begin(&support::profile(&sandbox))
        .await
        .unwrap();
    let code = attempt.code().clone();
    let outcome = tokio::spawn(attempt.finish());
    assert_eq!(clock.sleeps(1).await, [Duration::from_secs(5)]);

    let browser = Chromium::start().await;
    browser.open(code.verification_uri()).await;
    browser.shows("Enter the code").await;
    browser.screenshot("device").await;
    browser.types("user_code", code.user_code()).await;
    browser.click("Next").await;
    let text = browser.shows("Pick an account").await;
    assert!(text.contains(code.user_code()), "{text}");
    browser.screenshot("device-picker").await;
    browser.click("Ada Sandbox").await;
    let text = browser.shows("You are signed in").await;
    assert!(text.contains("You can close this tab"), "{text}");
    assert!(text.contains("Ada Sandbox"), "{text}");
    browser.screenshot("device-signed-in").await;

    clock.advance(Duration::from_secs(5));
    let source = outcome.await.unwrap().unwrap();
    source.token().await.unwrap();
    assert_eq!(sandbox.log().token_requests().len(), 2);
}
