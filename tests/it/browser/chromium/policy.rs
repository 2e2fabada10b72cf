//! The Content Security Policy of the result page, as Chromium enforces it.

use serde_json::json;

use super::attempt::{Attempt, SIGNED_IN};

/// Adds markup to the page, clicks its last element, and returns whether the
/// violation of `directive` that this causes is enforced or only reported.
/// Fails with a timeout if the policy allows the markup.
const PROVOKE: &str = "
    const [markup, directive, done] = arguments;
    addEventListener('securitypolicyviolation', (event) => {
        if (event.effectiveDirective === directive) done(event.disposition);
    });
    // Unlike `innerHTML`, a fragment runs the scripts in it.
    document.body.append(document.createRange().createContextualFragment(markup));
    document.body.lastElementChild.click();";

/// Reads what the markup would have changed.
const EFFECTS: &str = "return {
    scripts: [document.documentElement.dataset.element, document.documentElement.dataset.handler],
    display: getComputedStyle(document.querySelector('main')).display,
    base: document.baseURI === location.href,
};";

#[tokio::test]
async fn the_policy_of_the_result_holds_in_a_real_browser() {
    let attempt = Attempt::new().await;
    let (browser, sandbox) = (&attempt.browser, &attempt.sandbox);
    browser.click("Ada Sandbox").await;
    browser.shows(SIGNED_IN).await;
    let url = format!("{}/injected", sandbox.base_url());
    let script = |name| format!("document.documentElement.dataset.{name} = 'ran'");
    for (directive, markup) in [
        (
            "script-src-elem",
            format!("<script>{}</script>", script("element")),
        ),
        (
            "script-src-attr",
            format!("<button onclick=\"{}\">", script("handler")),
        ),
        (
            "style-src-elem",
            "<style>main { display: none }</style>".to_owned(),
        ),
        ("img-src", format!("<img src='{url}'>")),
        ("frame-src", format!("<iframe src='{url}'></iframe>")),
        ("base-uri", format!("<base href='{url}'>")),
        (
            "form-action",
            format!("<form id='form' action='{url}'></form><button form='form'>"),
        ),
    ] {
        let arguments = vec![markup.clone().into(), directive.into()];
        let violation = browser.client.execute_async(PROVOKE, arguments).await;
        let disposition =
            violation.unwrap_or_else(|cause| panic!("{directive} allows {markup}: {cause}"));
        assert_eq!(disposition, "enforce", "{directive}: {markup}");
    }
    let effects = browser.client.execute(EFFECTS, Vec::new()).await.unwrap();
    let none = json!({ "scripts": [null, null], "display": "block", "base": true });
    assert_eq!(effects, none);
    attempt.address_is_clean().await;
    let mut requests = sandbox.log().requests().into_iter();
    assert_eq!(requests.find(|request| request.path == "/injected"), None);
    attempt.finish().await.outcome.unwrap();
}
