//! The front page of the sandbox, which shows and controls a running sandbox.

use std::time::Duration;

use perspio_sandbox::{Sandbox, UserAccess};
use serde_json::{Value, json};

use super::Chromium;

const HEADING: &str = "A PerspioTalk to try things on";

/// Returns how many pixels of the page are beyond the right edge of the window.
const OVERFLOW: &str = "const root = document.documentElement;
    return root.scrollWidth - root.clientWidth;";

/// Returns the buttons, inputs and headers that have no text for a screen reader.
const UNNAMED: &str = "
    const named = (element) => element.textContent.trim() || element.ariaLabel
        || element.labels?.length || element.matches('meter:not([aria-label])') && element.labels.length;
    return [...document.querySelectorAll('button, input, select, meter, th, svg[role=img]')]
        .filter((element) => !named(element)).map((element) => element.outerHTML);";

impl Chromium {
    /// Emulates a window of this size.
    async fn resize(&self, width: u32, height: u32) {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.protocol("Emulation.setDeviceMetricsOverride", metrics)
            .await;
    }

    async fn value_of(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    async fn shows_text(&self, section: &str, text: &str) {
        let search = format!("//*[@id='{section}'][contains(., '{text}')]");
        if let Err(cause) = self.wait_for(&search).await {
            let text_of = format!("return document.getElementById('{section}').innerText");
            let shown = self.value_of(&text_of).await;
            panic!("{section} does not show {text:?}: {cause}: {shown}");
        }
    }
}

async fn call(sandbox: &Sandbox, token: &str) -> u16 {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http
        .get(format!("{}/assets/v3/IN-000001?code=c", sandbox.base_url()))
        .header("Ocp-Apim-Subscription-Key", sandbox.subscription_key())
        .header("tid", sandbox.tenant_id())
        .bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn the_live_page_shows_a_request_and_queues_a_fault_for_the_next_one() {
    let sandbox = Sandbox::builder()
        .documented_limits()
        .start()
        .await
        .unwrap();
    let token = sandbox.user_token(UserAccess::ReadWrite);
    let browser = Chromium::start().await;
    browser.resize(1280, 900).await;
    browser.open(sandbox.base_url()).await;
    browser.shows(HEADING).await;
    browser.screenshot("live-empty").await;

    assert_eq!(call(&sandbox, &token).await, 200);
    browser.shows_text("requests", "/assets/v3/IN-000001").await;
    browser.shows_text("requests", "Ada Sandbox").await;
    browser.shows_text("budgets", "1 of 20 requests").await;

    browser.click("429").await;
    browser.shows_text("faults", "api: 429").await;
    assert_eq!(call(&sandbox, &token).await, 429);
    browser.shows_text("requests", "429").await;
    browser.shows_text("faults", "No fault is queued").await;
    browser.click("Cut").await;
    browser.shows_text("faults", "cut connection").await;

    browser.click("+1 h").await;
    browser.shows_text("tokens", "expired").await;
    let moved = sandbox
        .clock()
        .now()
        .duration_since(std::time::SystemTime::now());
    assert!(moved.unwrap() > Duration::from_secs(3500));
    let token = sandbox.user_token(UserAccess::ReadOnly);
    browser.shows_text("tokens", "rosa@sandbox.example").await;
    let revoke = browser
        .wait_for("//button[normalize-space()='Revoke']")
        .await;
    revoke.unwrap().click().await.unwrap();
    browser.shows_text("tokens", "revoked").await;
    browser.click("Remove all").await;
    browser.shows_text("faults", "No fault is queued").await;
    assert_eq!(call(&sandbox, &token).await, 401);
    browser.shows_text("requests", "Rosa Sandbox").await;

    for (name, width, height) in [("live-desktop", 1280, 2000), ("live-phone", 390, 4200)] {
        browser.resize(width, height).await;
        assert_eq!(browser.value_of(OVERFLOW).await, 0, "{name}");
        browser.screenshot(name).await;
    }
    assert_eq!(browser.value_of(UNNAMED).await, json!([]));
    browser.resize(390, 844).await;
    browser.click("/assets/v3/IN-000001").await;
    browser.shows_text("details", "[access token]").await;
    browser
        .shows_text("details", "$PERSPIO_SUBSCRIPTION_KEY")
        .await;
    assert_eq!(browser.value_of(OVERFLOW).await, 0);
    browser.screenshot("live-details").await;
    browser.click("Close").await;
    browser.click("Reset").await;
    browser.shows_text("requests", "No request yet").await;
    assert!(sandbox.log().requests().is_empty());
    // No error of the script and no violation of the policy until here.
    browser.shows(HEADING).await;
}
