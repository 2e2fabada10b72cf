//! The device authorization grant.

use super::*;

/// Types the code at the verification address, and responds with `decision`.
/// Returns the name of the last page.
async fn type_in(device: &DeviceCode, decision: &str) -> String {
    let page = |page: &Page| page.json()["page"].as_str().unwrap().to_owned();
    let url = Url::parse(device.verification_uri()).unwrap();
    let mut browser = Browser::new(&url);
    let form = browser.get(&url).await;
    assert_eq!(page(&form), "input");
    let xsrf = form.json()["xsrf"].as_str().unwrap().to_owned();
    let typed = [("xsrf", xsrf.as_str()), ("user_code", device.user_code())];
    assert_eq!(page(&browser.submit(&url, &typed).await), "confirm");
    let fields = [&typed[..], &[(decision, "yes")]].concat();
    page(&browser.submit(&url, &fields).await)
}

/// Starts a sign-in that is polled once before the user makes the `decision`.
async fn sign_in(
    provider: &OidcProvider,
    decision: &str,
    end: &str,
) -> (Held, Result<String, Error>) {
    let clock = ManualClock::new();
    let device = DeviceCode::begin(&provider.profile(), provider.confidential(), &clock)
        .await
        .unwrap();
    assert_eq!(device.expires_in(), Duration::from_secs(600));
    let held = Held::new(provider, device.clone());
    let waits = tokio::spawn({
        let source = held.source.clone();
        async move { source.token().await }
    });
    let slept = held.clock.sleeps(1).await;
    assert_eq!(
        slept,
        [Duration::from_secs(5)],
        "RFC 8628 §3.2, if not said"
    );
    assert_eq!(provider.token_requests().await, 1);
    assert_eq!(type_in(&device, decision).await, end);
    held.clock.advance(Duration::from_secs(5));
    let outcome = waits.await.unwrap();
    (held, outcome.map(|token| token.expose_secret().to_owned()))
}

#[tokio::test]
async fn consent_on_another_device_returns_a_renewable_token() {
    let provider = OidcProvider::start();
    let (held, outcome) = sign_in(&provider, "confirm", "success").await;
    let first = outcome.unwrap();
    held.clock.advance(LATER);
    assert_ne!(held.token().await.unwrap(), first);
    assert_eq!(provider.token_requests().await, 3);
}

#[tokio::test]
async fn a_consent_declined_on_another_device_ends_the_sign_in() {
    let provider = OidcProvider::start();
    let (held, outcome) = sign_in(&provider, "abort", "AbortedError").await;
    let error = outcome.unwrap_err();
    assert!(error.needs_sign_in(), "{error}");
    assert_eq!(error.error_response().unwrap().error, "access_denied");
    assert!(error.to_string().contains("declined"), "{error}");
    // No credential is left for a token request.
    assert!(held.token().await.unwrap_err().needs_sign_in());
    assert_eq!(provider.token_requests().await, 2);
}
