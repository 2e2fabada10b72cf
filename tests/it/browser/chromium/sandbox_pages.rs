//! The pages of the sandbox that are not part of an application's sign-in.

use super::Chromium;
use crate::support;

#[tokio::test]
async fn a_declined_sign_in_a_sign_out_and_an_unknown_path_are_pages() {
    let sandbox = support::sandbox().await;
    let browser = Chromium::start().await;
    browser.open(sandbox.base_url()).await;
    let link = browser.wait_for("//a[.='Try a sign-in']").await.unwrap();
    link.click().await.unwrap();
    let text = browser.shows("Pick an account").await;
    assert!(text.contains("Perspio sandbox application"), "{text}");
    browser.click("Cancel").await;
    let text = browser.shows("The sign-in failed").await;
    for part in ["access_denied", "AADSTS65004", "What to do:"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    browser.screenshot("callback-failed").await;
    let logout = format!("{}/oauth2/v2.0/logout", sandbox.authority());
    browser.open(&logout).await;
    browser.shows("You are signed out").await;
    browser.screenshot("signed-out").await;
    browser
        .open(&format!("{}/nowhere", sandbox.base_url()))
        .await;
    browser.shows("Page not found").await;
}
